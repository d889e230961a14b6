//! Copies of a database that is served, and the way back.

use std::fs;

use serde_json::json;

use crate::{Folder, PASSWORD, assert_code, err, files::problem, out, server::Server};

#[test]
fn a_database_that_is_served_is_copied_and_put_back() {
    let folder = Folder::new();
    let id = folder.import(&problem(), "maryam");
    let server = Server::start(&folder, &[]);
    let token = server.token(&json!({"username": "maryam", "password": PASSWORD}));
    let districts = format!("/v1/festivals/{id}/districts");
    let count = || server.ask("GET", &districts, Some(&token), None).1["items"].as_array().unwrap().len();
    let before = count();

    assert_code(&folder.run(&["backup", "kept.sqlite"]), 0);
    let another = json!({"code": "another", "name": {"fa": "منطقه"}, "priority": 1});
    assert_eq!(server.ask("POST", &districts, Some(&token), Some(&another)).0, 201);
    assert_eq!(count(), before + 1);
    let unsaid = folder.run(&["restore", "kept.sqlite"]);
    assert_code(&unsaid, 2);
    assert_code(&folder.run(&["restore", "kept.sqlite", "--overwrite"]), 0);

    assert_eq!(count(), before);
    // What the database forbids came back with it.
    assert_eq!(server.ask("POST", &districts, Some(&token), Some(&another)).0, 201);
    assert_eq!(server.ask("POST", &districts, Some(&token), Some(&another)).0, 409);
    let verified = folder.run(&["audit", "verify"]);
    assert_code(&verified, 0);
    assert_eq!(out(&folder.run(&["migrate", "status"])), "the schema is up to date\n");
}

#[test]
fn a_backup_overwrites_nothing_and_what_is_none_is_not_restored() {
    let folder = Folder::new();
    folder.import(&problem(), "maryam");
    fs::write(folder.path().join("kept.sqlite"), "precious").unwrap();
    fs::write(folder.path().join("none.sqlite"), "x".repeat(8_192)).unwrap();
    let export = || {
        assert_code(&folder.run(&["export", "-o", "exported.json"]), 0);
        fs::read_to_string(folder.path().join("exported.json")).unwrap()
    };
    let exported = export();

    let again = folder.run(&["backup", "kept.sqlite"]);
    assert_code(&again, 2);
    assert!(err(&again).contains("is there already"), "{}", err(&again));
    assert_eq!(fs::read_to_string(folder.path().join("kept.sqlite")).unwrap(), "precious");
    let none = folder.run(&["restore", "none.sqlite", "--overwrite"]);
    assert_code(&none, 2);
    assert_code(&folder.run(&["restore", "missing.sqlite", "--overwrite"]), 2);

    assert_eq!(export(), exported);
}
