//! The demo: loaded once, then served.

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::{Child, Command, Stdio},
};

use serde_json::{Value, json};

use crate::{Folder, assert_code, out};

/// `serve`, which ends with the test.
struct Server {
    process: Child,
    address: String,
}

impl Server {
    /// Starts it and waits until it tells its address.
    fn start(folder: &Folder, arguments: &[&str]) -> Self {
        let mut process = folder
            .command(&[&["serve", "--listen", "127.0.0.1:0"], arguments].concat())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let address = BufReader::new(process.stdout.take().unwrap())
            .lines()
            .map_while(Result::ok)
            .find_map(|line| {
                Some(line.strip_prefix("Khademyar answers at http://")?.split_once(',')?.0.to_owned())
            })
            .expect("the server tells its address");
        Self { process, address }
    }

    /// Status and body of one request.
    fn ask(&self, method: &str, path: &str, token: Option<&str>, body: Option<&Value>) -> (u16, Value) {
        let body = body.map(Value::to_string).unwrap_or_default();
        let bearer = token.map(|token| format!("authorization: Bearer {token}\r\n")).unwrap_or_default();
        let mut stream = TcpStream::connect(&self.address).unwrap();
        write!(
            stream,
            "{method} {path} HTTP/1.0\r\nhost: {}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n{bearer}\r\n{body}",
            self.address,
            body.len(),
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        (status, serde_json::from_str(body).unwrap_or(Value::Null))
    }

    fn token(&self, sign_in: &Value) -> String {
        let (status, tokens) = self.ask("POST", "/v1/auth/token", None, Some(sign_in));
        assert_eq!(status, 200, "{tokens}");
        tokens["access_token"].as_str().unwrap().to_owned()
    }

    #[cfg(unix)]
    fn stop(mut self) {
        Command::new("kill").args(["-TERM", &self.process.id().to_string()]).status().unwrap();
        assert!(self.process.wait().unwrap().success());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

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
    let unfilled = format!("/v1/festivals/{festival}/unfilled");
    let (status, unfilled) = server.ask("GET", &unfilled, Some(&coordinator), None);
    assert_eq!(status, 200, "{unfilled}");
    assert!(!unfilled["items"].as_array().unwrap().is_empty(), "{unfilled}");

    server.stop();
}
