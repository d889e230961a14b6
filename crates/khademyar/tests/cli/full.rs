//! A server whose disk is full.

use std::process::Command;

use serde_json::json;

use crate::{Folder, files::problem, server::Server};

/// `serve`, which cannot make a file longer than 64 blocks of half a KiB or, where the shell counts so, of one.
fn cramped(folder: &Folder) -> Server {
    let serve = folder.command(&["serve", "--listen", "127.0.0.1:0"]);
    let mut command = Command::new("sh");
    command.args(["-c", "trap '' XFSZ; ulimit -f 128; exec \"$0\" \"$@\""]).arg(serve.get_program());
    command.args(serve.get_args()).current_dir(folder.path());
    for (name, value) in serve.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    Server::begin(&mut command)
}

#[test]
fn who_finds_no_room_is_told_so_and_all_that_was_acknowledged_stays() {
    let folder = Folder::new();
    let id = folder.import(&problem(), "maryam");
    let districts = format!("/v1/festivals/{id}/districts");
    let server = Server::start(&folder, &[]);
    let token = server.token(&json!({"username": "maryam", "password": crate::PASSWORD}));
    let before = districts_of(&server, &districts, &token);
    server.stop();

    let server = cramped(&folder);
    let mut acknowledged = 0;
    let (status, refused) = loop {
        let body = json!({"code": format!("n{acknowledged}"), "name": {"fa": "منطقه"}, "priority": 3});
        let (status, answer) = server.ask("POST", &districts, Some(&token), Some(&body));
        if status != 201 {
            break (status, answer);
        }
        acknowledged += 1;
    };

    assert_eq!((status, &refused["type"]), (503, &json!("urn:khademyar:problem:no-room")), "{refused}");
    assert_eq!(server.ask("GET", "/healthz", None, None).0, 200);
    assert_eq!(server.ask("GET", "/readyz", None, None).0, 503);
    assert_eq!(server.ask("GET", &districts, Some(&token), None).0, 200);
    drop(server);
    let server = Server::start(&folder, &[]);
    assert_eq!(districts_of(&server, &districts, &token), before + acknowledged);
    assert_eq!(server.ask("GET", "/readyz", None, None).0, 200);
}

fn districts_of(server: &Server, path: &str, token: &str) -> usize {
    let (status, page) = server.ask("GET", &format!("{path}?limit=500"), Some(token), None);
    assert_eq!(status, 200, "{page}");
    page["items"].as_array().unwrap().len()
}
