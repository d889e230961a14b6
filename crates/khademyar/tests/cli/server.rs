//! The server as people start it, asked over a socket.

use std::{
    io::{self, BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::{Child, Command, Stdio},
    time::Duration,
};

use serde_json::Value;

use crate::Folder;

/// `serve`, which ends with the test.
pub(crate) struct Server {
    process: Child,
    pub(crate) address: String,
}

impl Server {
    /// Starts it and waits until it tells its address.
    pub(crate) fn start(folder: &Folder, arguments: &[&str]) -> Self {
        Self::begin(&mut folder.command(&[&["serve", "--listen", "127.0.0.1:0"], arguments].concat()))
    }

    /// Starts `command`, which is to serve, and waits until it tells its address.
    pub(crate) fn begin(command: &mut Command) -> Self {
        let mut process = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let address = BufReader::new(process.stdout.take().unwrap())
            .lines()
            .map_while(Result::ok)
            .find_map(|line| {
                let address = line.strip_prefix("Khademyar answers at http")?.trim_start_matches('s');
                Some(address.strip_prefix("://")?.split_once(',')?.0.to_owned())
            })
            .expect("the server tells its address");
        Self { process, address }
    }

    /// Status and body of one request.
    pub(crate) fn ask(
        &self,
        method: &str,
        path: &str,
        token: Option<&str>,
        body: Option<&Value>,
    ) -> (u16, Value) {
        let body = body.map(Value::to_string).unwrap_or_default();
        let bearer = token.map(|token| format!("authorization: Bearer {token}\r\n")).unwrap_or_default();
        let (status, body) = exchange(&self.address, None, method, path, &bearer, &body).unwrap();
        (status, serde_json::from_str(&body).unwrap_or(Value::Null))
    }

    pub(crate) fn token(&self, sign_in: &Value) -> String {
        let (status, tokens) = self.ask("POST", "/v1/auth/token", None, Some(sign_in));
        assert_eq!(status, 200, "{tokens}");
        tokens["access_token"].as_str().unwrap().to_owned()
    }

    /// Sends it a signal, such as `-HUP`.
    #[cfg(unix)]
    pub(crate) fn signal(&self, signal: &str) {
        Command::new("kill").args([signal, &self.process.id().to_string()]).status().unwrap();
    }

    /// Ends it politely.
    #[cfg(unix)]
    pub(crate) fn stop(self) {
        self.ask_to_end();
        self.ended();
    }

    /// Asks it to end, as a service manager does.
    #[cfg(unix)]
    pub(crate) fn ask_to_end(&self) {
        self.signal("-TERM");
    }

    /// Waits until it has ended well.
    #[cfg(unix)]
    pub(crate) fn ended(mut self) {
        assert!(self.process.wait().unwrap().success());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// `worker`, which is killed when this goes.
pub(crate) struct Worker(Child);

impl Worker {
    /// Starts `command`, which is to work.
    pub(crate) fn begin(command: &mut Command) -> Self {
        Self(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap())
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// An answer that ends too early.
pub(crate) fn broken() -> io::Error {
    io::ErrorKind::UnexpectedEof.into()
}

/// Status and body of one request with these further lines of its head. It fails when the connection breaks off, also in the
/// midst of an answer, and when nothing comes for longer than `wait`.
pub(crate) fn exchange(
    address: &str,
    wait: Option<Duration>,
    method: &str,
    path: &str,
    head: &str,
    body: &str,
) -> io::Result<(u16, String)> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(wait)?;
    let request = format!(
        "{method} {path} HTTP/1.0\r\nhost: {address}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n{head}\r\n{body}",
        body.len(),
    );
    stream.write_all(request.as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let (head, body) = answer.split_once("\r\n\r\n").ok_or_else(broken)?;
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).ok_or_else(broken)?;
    let length = head
        .lines()
        .find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse::<usize>().ok());
    if length.is_some_and(|length| length != body.len()) {
        return Err(broken());
    }
    Ok((status, body.to_owned()))
}
