//! Festivals from files and into files.

use std::fs;

use serde_json::{Value, json};

use crate::{
    Folder, assert_code, database::in_a_folder_on_each_engine, err, files::problem, out, server::Server,
};

fn exported(folder: &Folder) -> Value {
    assert_code(&folder.run(&["export", "-o", "out.json"]), 0);
    serde_json::from_slice(&fs::read(folder.path().join("out.json")).unwrap()).unwrap()
}

#[test]
fn what_was_imported_is_exported_and_the_organizer_sees_it() {
    in_a_folder_on_each_engine(|folder| {
        let mut festival = problem();
        festival["published"] = json!([{"volunteer": "reza", "position": "p0"}]);
        let id = folder.import(&festival, "maryam");

        let exported = exported(folder);
        for list in ["districts", "venues", "shifts", "positions", "volunteers"] {
            let codes = |file: &Value| -> Vec<Value> {
                file[list].as_array().unwrap().iter().map(|entry| entry["id"].clone()).collect()
            };
            assert_eq!(codes(&exported), codes(&festival), "{list}");
        }
        assert_eq!(exported["published"], festival["published"]);
        // The same problem to the engine.
        for (file, plan) in [("import.json", "in.plan"), ("out.json", "out.plan")] {
            assert_code(&folder.run(&["solve", file, "-o", plan, "--seconds", "0.5"]), 0);
            assert_code(&folder.run(&["check", "import.json", plan]), 0);
        }

        let server = Server::start(folder, &[]);
        let token = server.token(&json!({"username": "maryam", "password": crate::PASSWORD}));
        let (_, festivals) = server.ask("GET", "/v1/festivals", Some(&token), None);
        assert_eq!(festivals["items"][0]["id"], json!(id));
    });
}

#[test]
fn a_set_up_is_replaced_as_long_as_nobody_was_asked() {
    let folder = Folder::new();
    let id = folder.import(&problem(), "maryam");
    let mut changed = problem();
    changed["volunteers"].as_array_mut().unwrap().pop();
    let replace = |file: &Value| {
        fs::write(folder.path().join("changed.json.gz"), file.to_string()).unwrap();
        folder.run(&["import", "changed.json.gz", "--festival", &id])
    };

    let replaced = replace(&changed);
    assert_code(&replaced, 0);
    assert_eq!(out(&replaced).trim_end(), id);
    assert_eq!(exported(&folder)["volunteers"].as_array().unwrap().len(), 2);
    changed["published"] = json!([{"volunteer": "reza", "position": "p0"}]);
    assert_code(&replace(&changed), 0);

    let refused = replace(&problem());
    assert_code(&refused, 2);
    assert!(err(&refused).contains("cannot replace the set-up"), "{}", err(&refused));
}

#[test]
fn an_import_is_written_down_in_the_audit() {
    in_a_folder_on_each_engine(|folder| {
        let id = folder.import(&problem(), "maryam");
        assert_code(&folder.run(&["import", "import.json", "--festival", &id]), 0);

        let server = Server::start(folder, &[]);
        let token = server.token(&json!({"username": "maryam", "password": crate::PASSWORD}));
        let path = format!("/v1/festivals/{id}/audit?operation=khademyar%20import");
        let (_, told) = server.ask("GET", &path, Some(&token), None);
        let entries = told["items"].as_array().unwrap();
        assert!(entries.len() >= 2, "{told}");
        assert!(
            entries.iter().all(|entry| entry["actor_id"].is_null() && entry["address"].is_null()),
            "{told}"
        );
        assert_code(&folder.run(&["audit", "verify"]), 0);
    });
}

#[test]
fn a_file_with_faults_changes_nothing_and_all_are_told() {
    let folder = Folder::new();
    folder.import(&problem(), "maryam");
    let before = exported(&folder);
    let mut bad = problem();
    bad["positions"][0]["shift"] = json!("nowhere");
    bad["volunteers"][1]["home"] = json!("the moon");
    fs::write(folder.path().join("bad.json"), bad.to_string()).unwrap();

    let refused = folder.run(&["import", "bad.json", "--organizer", "maryam"]);

    assert_code(&refused, 2);
    for path in ["/positions/0/shift", "/volunteers/1/home"] {
        assert!(err(&refused).contains(path), "{}", err(&refused));
    }
    // Were there two, it could not say which.
    assert_eq!(exported(&folder), before);
}

#[test]
fn a_festival_needs_someone_to_organize_it() {
    let folder = Folder::new();
    fs::write(folder.path().join("import.json"), problem().to_string()).unwrap();

    assert_code(&folder.run(&["import", "import.json"]), 2);
    let unknown = folder.run(&["import", "import.json", "--organizer", "maryam"]);
    assert_code(&unknown, 2);
    assert!(err(&unknown).contains("khademyar user create maryam"), "{}", err(&unknown));
    let nothing = folder.run(&["export", "-o", "out.json"]);
    assert_code(&nothing, 2);
    assert!(err(&nothing).contains("there is no festival"), "{}", err(&nothing));
}

#[test]
fn of_several_festivals_one_must_be_named() {
    let folder = Folder::new();
    let first = folder.import(&problem(), "maryam");
    let second = folder.import(&problem(), "hassan");

    let refused = folder.run(&["export", "-o", "out.json"]);
    assert_code(&refused, 2);
    for id in [&first, &second] {
        assert!(err(&refused).contains(id.as_str()), "{}", err(&refused));
    }
    assert_code(&folder.run(&["export", "-o", "out.json", "--festival", &second]), 0);
}
