//! The least that answering can cost: an axum handler that returns a constant. `benches/load.py` measures the service against
//! it. `bare PORT BYTES` answers with so many bytes at `/`.

use std::{env, net::Ipv4Addr};

use axum::{Router, http::header, routing::get};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() {
    let numbers: Vec<usize> = env::args().skip(1).filter_map(|number| number.parse().ok()).collect();
    let &[port, bytes] = &numbers[..] else { panic!("usage: bare PORT BYTES") };
    let body = format!("\"{}\"", "x".repeat(bytes.saturating_sub(2)));
    let answer = get(async move || ([(header::CONTENT_TYPE, "application/json")], body.clone()));
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port as u16)).await.expect("the port is free");
    axum::serve(listener, Router::new().route("/", answer)).await.expect("it serves");
}
