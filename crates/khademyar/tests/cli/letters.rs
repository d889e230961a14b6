//! `verify`: what whoever holds a letter is told of it, without a database.

use std::{
    env, fs,
    io::{Read, Write},
    net::TcpStream,
    path::{Path, PathBuf},
};

use serde_json::{Value, json};

use crate::{Folder, PASSWORD, assert_code, err, out, server::Server};

/// The fonts that letters are printed with, where `fonts/install` has fetched them.
fn fonts() -> Option<PathBuf> {
    let usual = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fonts");
    let folder = env::var("KHADEMYAR_FONTS").map_or_else(|_| usual(), PathBuf::from);
    let there = fs::read_dir(&folder).is_ok_and(|entries| {
        entries.filter_map(Result::ok).any(|entry| entry.path().extension().is_some_and(|kind| kind == "ttf"))
    });
    assert!(there || env::var("KHADEMYAR_REQUIRE_FONTS").is_err(), "fetch the fonts with fonts/install");
    if !there {
        eprintln!("SKIPPED what is printed: there are no fonts. Fetch them with fonts/install.");
    }
    there.then_some(folder)
}

/// What is answered, byte for byte.
fn download(server: &Server, path: &str, token: &str) -> Vec<u8> {
    let mut stream = TcpStream::connect(&server.address).unwrap();
    write!(
        stream,
        "GET {path} HTTP/1.0\r\nhost: {}\r\nauthorization: Bearer {token}\r\n\r\n",
        server.address
    )
    .unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
    let head = String::from_utf8_lossy(&answer[..end]).into_owned();
    assert!(head.contains(" 200 "), "{head}{}", String::from_utf8_lossy(&answer[end..]));
    answer.split_off(end + 4)
}

#[test]
fn a_letter_is_verified_and_nothing_that_was_changed_is() {
    let Some(fonts) = fonts() else { return };
    let folder = Folder::new();
    assert_code(&folder.run(&["generate", "hamlet", "1", "-o", "hamlet.json"]), 0);
    let problem: Value =
        serde_json::from_slice(&fs::read(folder.path().join("hamlet.json")).unwrap()).unwrap();
    let festival = folder.import(&problem, "maryam");
    let mut serve = folder.command(&["serve", "--listen", "127.0.0.1:0"]);
    let server = Server::begin(serve.env("KHADEMYAR_FONTS", fonts));
    let token = server.token(&json!({"username": "maryam", "password": PASSWORD}));
    let path = format!("/v1/festivals/{festival}");
    let (_, volunteers) = server.ask("GET", &format!("{path}/volunteers?limit=1"), Some(&token), None);
    let volunteer = &volunteers["items"][0];
    let letter = format!("{path}/letters/volunteer/{}", volunteer["id"].as_str().unwrap());
    let pdf = download(&server, &letter, &token);
    fs::write(folder.path().join("keys.json"), download(&server, &format!("{path}/keys"), &token)).unwrap();
    // Nothing but the file and the key is asked.
    drop(server);
    fs::remove_dir_all(folder.path().join("data")).unwrap();
    let verify = |file: &[u8]| {
        fs::write(folder.path().join("letter.pdf"), file).unwrap();
        folder.run(&["verify", "letter.pdf", "--keys", "keys.json"])
    };

    let good = verify(&pdf);
    assert_code(&good, 0);
    let name = volunteer["name"]["fa"].as_str().unwrap();
    assert!(out(&good).starts_with("true: volunteer "), "{}", out(&good));
    assert!(out(&good).contains(name) && out(&good).contains(&festival), "{}", out(&good));
    let told = folder.run(&["verify", "letter.pdf", "--keys", "keys.json", "--json"]);
    let told: Value = serde_json::from_slice(&told.stdout).unwrap();
    assert_eq!((&told["name"], &told["kind"]), (&json!(name), &json!("volunteer")));

    let mut changed = pdf.clone();
    changed[pdf.len() / 2] ^= 1;
    let changed = verify(&changed);
    assert_code(&changed, 1);
    assert!(
        out(&changed).contains("NOT TRUE: the file was changed after it was sealed"),
        "{}",
        out(&changed)
    );

    // The seal's signature is the end of the last line.
    let mut signature = pdf.clone();
    let at = pdf.len() - 20;
    signature[at] = if pdf[at] == b'A' { b'B' } else { b'A' };
    let signature = verify(&signature);
    assert_code(&signature, 1);
    assert!(out(&signature).contains("its signature was changed"), "{}", out(&signature));

    fs::write(folder.path().join("keys.json"), r#"{"keys": []}"#).unwrap();
    let others = verify(&pdf);
    assert_code(&others, 1);
    assert!(out(&others).contains("signed with none of these keys"), "{}", out(&others));
}

#[test]
fn what_is_no_letter_is_refused_with_what_is_wrong() {
    let folder = Folder::new();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write("keys.json", r#"{"keys": []}"#);
    write("note.txt", "Just a note.\n");

    let note = folder.run(&["verify", "note.txt", "--keys", "keys.json"]);
    assert_code(&note, 1);
    assert!(out(&note).contains("does not end with a seal: it is no letter of Khademyar"), "{}", out(&note));
    let token = folder.run(&["verify", "a.b.c", "--keys", "keys.json"]);
    assert_code(&token, 1);
    assert!(out(&token).contains("signed with none of these keys"), "{}", out(&token));
    let missing = folder.run(&["verify", "nowhere.pdf", "--keys", "keys.json"]);
    assert_code(&missing, 2);
    assert!(err(&missing).contains("cannot read nowhere.pdf"), "{}", err(&missing));
    let no_keys = folder.run(&["verify", "note.txt", "--keys", "nowhere.json"]);
    assert_code(&no_keys, 2);
    assert!(err(&no_keys).contains("cannot read nowhere.json"), "{}", err(&no_keys));
    let odd_keys = folder.run(&["verify", "note.txt", "--keys", "note.txt"]);
    assert_code(&odd_keys, 2);
    assert!(err(&odd_keys).contains("note.txt is no list of public keys"), "{}", err(&odd_keys));
}
