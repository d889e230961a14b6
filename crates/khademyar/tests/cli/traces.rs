//! Traces, sent to a collector where one is configured.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpListener,
    sync::mpsc,
    thread,
};

use crate::{
    Folder,
    server::{Server, exchange},
};

/// What a collector is sent: the path, and the body, in which texts stand as they are.
fn collector() -> (String, mpsc::Receiver<(String, Vec<u8>)>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let (tell, told) = mpsc::channel();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = BufReader::new(stream.unwrap());
            let (mut head, mut length) = (String::new(), 0);
            loop {
                let mut line = String::new();
                stream.read_line(&mut line).unwrap();
                if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
                    length = value.trim().parse().unwrap();
                }
                if line.trim().is_empty() {
                    break;
                }
                head.push_str(&line);
            }
            let mut body = vec![0; length];
            stream.read_exact(&mut body).unwrap();
            stream
                .get_mut()
                .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
                .unwrap();
            let path = head.split(' ').nth(1).unwrap().to_owned();
            if tell.send((path, body)).is_err() {
                return;
            }
        }
    });
    (address, told)
}

fn holds(body: &[u8], part: &[u8]) -> bool {
    body.windows(part.len()).any(|window| window == part)
}

#[cfg(unix)]
#[test]
fn a_request_is_traced_as_a_part_of_what_it_was_asked_in() {
    let folder = Folder::new();
    let (address, told) = collector();
    let mut command = folder.command(&["serve", "--listen", "127.0.0.1:0", "--no-worker"]);
    let server = Server::begin(command.env("KHADEMYAR_TRACES", address + "/"));
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    let head = format!("traceparent: 00-{trace}-00f067aa0ba902b7-01\r\nx-request-id: from-the-proxy\r\n");
    let (status, _) = exchange(&server.address, None, "GET", "/v1/me", &head, "").unwrap();
    assert_eq!(status, 401);
    // What was traced last is sent before the process ends.
    server.stop();
    let sent: Vec<(String, Vec<u8>)> = told.try_iter().collect();
    assert!(sent.iter().all(|(path, _)| path == "/v1/traces"));
    let id: Vec<u8> = (0..16).map(|k| u8::from_str_radix(&trace[2 * k..2 * k + 2], 16).unwrap()).collect();
    let parts: [&[u8]; 4] = [&id, b"request", b"from-the-proxy", b"/v1/me"];
    let of_ours = sent.iter().find(|(_, body)| parts.iter().all(|part| holds(body, part)));
    assert!(of_ours.is_some(), "{} bodies", sent.len());
}

#[test]
fn a_collector_needs_an_address_and_what_is_none_is_told() {
    let folder = Folder::new();
    let refused = folder.command(&["serve"]).env("KHADEMYAR_TRACES", "localhost:4317").output().unwrap();
    crate::assert_code(&refused, 2);
    assert!(crate::err(&refused).contains("traces is `localhost:4317`"), "{}", crate::err(&refused));
}
