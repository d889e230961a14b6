//! What keeps an installation: configuration, the schema, users.

use std::{fs, io::Write, process::Stdio};

use crate::{Folder, assert_code, err, out};

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
