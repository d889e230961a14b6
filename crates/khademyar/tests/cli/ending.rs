//! A server that is asked to end.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    thread,
};

use serde_json::json;

use crate::{Folder, database::in_a_folder_on_each_engine, files::problem, server::Server};

/// The creation of a district whose body is on its way.
struct Slow {
    stream: BufReader<TcpStream>,
    body: String,
}

impl Slow {
    /// Sends all but the body, and waits until the server asks for that.
    fn begin(server: &Server, festival: &str, token: &str, code: &str) -> Self {
        let body = json!({"code": code, "name": {"fa": "منطقه"}, "priority": 3}).to_string();
        let mut stream = TcpStream::connect(&server.address).unwrap();
        write!(
            stream,
            "POST /v1/festivals/{festival}/districts HTTP/1.1\r\nhost: {}\r\ncontent-type: application/json\r\n\
             content-length: {}\r\nexpect: 100-continue\r\nauthorization: Bearer {token}\r\n\r\n",
            server.address,
            body.len(),
        )
        .unwrap();
        let mut stream = BufReader::new(stream);
        let mut line = String::new();
        stream.read_line(&mut line).unwrap();
        assert!(line.contains(" 100 "), "{line}");
        stream.read_line(&mut String::new()).unwrap();
        Self { stream, body }
    }

    /// Sends the body; the status of the answer.
    fn finish(mut self) -> String {
        self.stream.get_mut().write_all(self.body.as_bytes()).unwrap();
        let mut answer = String::new();
        self.stream.read_to_string(&mut answer).unwrap();
        answer.split(' ').nth(1).unwrap().to_owned()
    }
}

fn festival(folder: &Folder) -> String {
    folder.import(&problem(), "maryam")
}

#[test]
fn requests_under_way_are_answered_and_those_that_never_end_are_not_waited_for() {
    in_a_folder_on_each_engine(|folder| {
        let id = festival(folder);
        let server = Server::start(folder, &[]);
        let token = server.token(&json!({"username": "maryam", "password": crate::PASSWORD}));
        let slow = Slow::begin(&server, &id, &token, "slow");
        let endless = Slow::begin(&server, &id, &token, "endless");

        server.ask_to_end();
        // It takes nobody new from here on.
        while TcpStream::connect(&server.address).is_ok() {
            thread::yield_now();
        }

        assert_eq!(slow.finish(), "201");
        server.ended();
        drop(endless);
        let server = Server::start(folder, &[]);
        let (status, districts) =
            server.ask("GET", &format!("/v1/festivals/{id}/districts?limit=500"), Some(&token), None);
        assert_eq!(status, 200, "{districts}");
        let codes: Vec<_> = districts["items"].as_array().unwrap().iter().map(|row| &row["code"]).collect();
        assert!(codes.contains(&&json!("slow")) && !codes.contains(&&json!("endless")), "{codes:?}");
    });
}
