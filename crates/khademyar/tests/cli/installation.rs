//! What keeps an installation: configuration, the schema, users.

use std::{fs, io::Write, process::Stdio};

use serde_json::json;

use crate::{Folder, PASSWORD, assert_code, err, files::problem, out, server::Server};

#[test]
fn flags_overrule_the_environment_and_that_the_file() {
    let folder = Folder::new();
    fs::write(
        folder.path().join("khademyar.toml"),
        "listen = \"127.0.0.1:1\"\nlog = \"warn\"\ndata = \"d\"\n",
    )
    .unwrap();

    let told = folder
        .command(&["config", "--listen", "127.0.0.1:3"])
        .env("KHADEMYAR_LISTEN", "127.0.0.1:2")
        .env("KHADEMYAR_LOG", "debug")
        .env("DATABASE_URL", "postgres://anna:secret@db/k")
        .output()
        .unwrap();

    assert_code(&told, 0);
    let told = out(&told);
    for (line, source) in [
        ("listen = \"127.0.0.1:3\"", "flag --listen"),
        ("log = \"debug\"", "environment KHADEMYAR_LOG"),
        ("data = \"d\"", "file khademyar.toml"),
        ("database_url = \"postgres://anna:***@db/k\"", "environment DATABASE_URL"),
        ("solver_threads = 0", "default"),
    ] {
        let found = told.lines().any(|told| told.starts_with(line) && told.ends_with(source));
        assert!(found, "no `{line} # {source}` in:\n{told}");
    }
    assert!(!told.contains("secret"));
}

#[test]
fn a_key_that_is_none_is_named() {
    let folder = Folder::new();
    fs::write(folder.path().join("khademyar.toml"), "lissten = \"127.0.0.1:1\"\n").unwrap();

    let told = folder.run(&["config"]);

    assert_code(&told, 2);
    assert!(err(&told).contains("lissten"), "{}", err(&told));
}

#[test]
fn the_schema_goes_up_and_down() {
    let folder = Folder::new();

    let waiting = out(&folder.run(&["migrate", "status"])).lines().count();
    assert!(waiting > 1);
    assert_code(&folder.run(&["migrate"]), 0);
    assert!(folder.path().join("data/khademyar.sqlite").exists());
    assert_eq!(out(&folder.run(&["migrate", "status"])), "the schema is up to date\n");
    assert_code(&folder.run(&["migrate", "down", "2"]), 0);
    assert_eq!(out(&folder.run(&["migrate", "status"])).lines().count(), 2);
    assert_code(&folder.run(&["migrate", "up"]), 0);
    assert_eq!(out(&folder.run(&["migrate", "status"])), "the schema is up to date\n");
}

#[test]
fn the_first_user_is_made_here() {
    let folder = Folder::new();

    let made = folder.run(&["user", "create", "anna", "--name", "آنا", "--operator"]);
    assert_code(&made, 0);
    assert!(out(&made).contains("anna can sign in with the password "), "{}", out(&made));
    let again = folder.run(&["user", "create", "anna", "--name", "آنا"]);
    assert_code(&again, 2);

    let mut new_password = folder
        .command(&["user", "password", "anna", "--password-stdin"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    new_password.stdin.take().unwrap().write_all("بهار و باران\n".as_bytes()).unwrap();
    let new_password = new_password.wait_with_output().unwrap();
    assert_code(&new_password, 0);
    assert_eq!(out(&new_password), "anna can sign in\n");
    assert_code(&folder.run(&["user", "password", "nobody"]), 2);
}

#[test]
fn a_new_key_signs_nobody_out() {
    let folder = Folder::new();
    folder.import(&problem(), "maryam");
    let server = Server::start(&folder, &[]);
    let token = server.token(&json!({"username": "maryam", "password": PASSWORD}));

    let rotated = folder.run(&["keys", "rotate"]);

    assert_code(&rotated, 0);
    assert!(out(&rotated).contains("signs from now on"), "{}", out(&rotated));
    assert_eq!(server.ask("GET", "/v1/me", Some(&token), None).0, 200);
    drop(server);
    let server = Server::start(&folder, &[]);
    assert_eq!(server.ask("GET", "/v1/me", Some(&token), None).0, 200);
    let (_, jwks) = server.ask("GET", "/.well-known/jwks.json", None, None);
    assert_eq!(jwks["keys"].as_array().unwrap().len(), 2);
    assert!(out(&rotated).contains(jwks["keys"][0]["kid"].as_str().unwrap()), "{jwks}");

    assert_code(&folder.run(&["keys", "rotate", "--leaked"]), 0);
    drop(server);
    let server = Server::start(&folder, &[]);
    assert_eq!(server.ask("GET", "/v1/me", Some(&token), None).0, 401);
    drop(server);
}

#[test]
fn a_gateway_that_cannot_be_asked_is_named_at_the_start() {
    let folder = Folder::new();
    let file = "sms = \"gateway\"\nsms_url = \"https://sms.example/{kay}/send\"\nsms_key = \"k3y\"\n";
    fs::write(folder.path().join("khademyar.toml"), file).unwrap();

    for command in ["config", "serve"] {
        let told = folder.run(&[command]);

        assert_code(&told, 2);
        assert!(err(&told).contains("sms_url: there is no place {kay}"), "{}", err(&told));
        assert!(!err(&told).contains("k3y"));
    }
}
