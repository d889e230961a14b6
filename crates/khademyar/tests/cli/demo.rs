//! The demo: loaded once, then served.

use std::fs;

use serde_json::{Value, json};

use crate::{Folder, assert_code, out, server::Server};

fn sign_ins(folder: &Folder) -> Value {
    serde_json::from_slice(&fs::read(folder.path().join("data/demo-sign-ins.json")).unwrap()).unwrap()
}

#[cfg(unix)]
#[test]
fn the_demo_is_loaded_solved_published_and_served() {
    use std::os::unix::fs::PermissionsExt;

    let folder = Folder::new();
    let loaded = folder.run(&["demo"]);
    assert_code(&loaded, 0);
    let known = sign_ins(&folder);
    assert_eq!(known["address"], "http://127.0.0.1:8080");
    assert!(out(&loaded).contains(known["volunteer"]["password"].as_str().unwrap()));
    let mode = fs::metadata(folder.path().join("data/demo-sign-ins.json")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);

    let server = Server::start(&folder, &["--demo"]);
    let served = sign_ins(&folder);
    assert_eq!(served["address"], json!(format!("http://{}", server.address)));
    for role in ["organizer", "coordinator", "volunteer"] {
        assert_eq!(served[role], known[role]);
    }
    assert_eq!(server.ask("GET", "/healthz", None, None).0, 200);

    let volunteer = server.token(&served["volunteer"]);
    let (status, schedule) = server.ask("GET", "/v1/me/schedule", Some(&volunteer), None);
    assert_eq!(status, 200, "{schedule}");
    let nights = schedule["nights"].as_array().unwrap_or_else(|| panic!("{schedule}"));
    assert!(nights.len() >= 3, "{schedule}");

    let organizer = server.token(&served["organizer"]);
    let (status, festivals) = server.ask("GET", "/v1/festivals", Some(&organizer), None);
    assert_eq!(status, 200, "{festivals}");
    let festival = festivals["items"][0]["id"].as_str().unwrap();

    let coordinator = server.token(&served["coordinator"]);
    // Each explanation takes seconds where nothing is optimised.
    let unfilled = format!("/v1/festivals/{festival}/unfilled?limit=3");
    let (status, unfilled) = server.ask("GET", &unfilled, Some(&coordinator), None);
    assert_eq!(status, 200, "{unfilled}");
    assert!(!unfilled["items"].as_array().unwrap().is_empty(), "{unfilled}");

    server.stop();
}

#[test]
fn the_demo_keeps_out_of_a_database_in_use() {
    let folder = Folder::new();
    folder.import(&crate::files::problem(), "maryam");

    let loaded = folder.run(&["demo"]);

    assert_code(&loaded, 0);
    assert!(out(&loaded).contains("other festivals"), "{}", out(&loaded));
    assert!(!folder.path().join("data/demo-sign-ins.json").exists());
}
