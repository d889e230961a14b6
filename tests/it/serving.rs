//! The socket: clients that are slow, a server that is asked to end, TLS and its certificates.

use std::{
    fs,
    net::SocketAddr,
    path::Path,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{Router, routing::get};
use khademyar_api::serving::{Serving, Tls};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::oneshot,
    task::JoinHandle,
};
use tokio_rustls::{
    TlsConnector,
    client::TlsStream,
    rustls::{ClientConfig, RootCertStore, crypto::aws_lc_rs, pki_types::CertificateDer},
};

/// A server, until it is told to stop.
struct Server {
    at: SocketAddr,
    stop: oneshot::Sender<()>,
    ended: JoinHandle<()>,
}

impl Server {
    async fn start(router: Router, tls: Option<Tls>, silence: Duration) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let serving = Serving { service: router, tls, silence };
        let ended = tokio::spawn(serving.serve(listener, async {
            let _ = stopped.await;
        }));
        Self { at, stop, ended }
    }
}

fn hello() -> Router {
    Router::new().route("/", get(|| async { "hello" }))
}

const LONG: Duration = Duration::from_mins(1);

/// What a client is answered that sends this and then waits.
async fn answered(at: SocketAddr, sent: &[u8]) -> String {
    let mut client = TcpStream::connect(at).await.unwrap();
    client.write_all(sent).await.unwrap();
    let mut answer = Vec::new();
    // A server that closes while something is unread resets the connection.
    let _ = client.read_to_end(&mut answer).await;
    String::from_utf8(answer).unwrap()
}

#[tokio::test]
async fn a_client_that_is_slow_with_its_head_is_left() {
    let server = Server::start(hello(), None, Duration::from_millis(50)).await;

    // It would wait for ever if the server did not end the connection.
    for slow in ["", "G", "GET / HTTP/1.1\r\n", "GET / HTTP/1.1\r\nhost: a\r\nx: "] {
        let answer = answered(server.at, slow.as_bytes()).await;
        assert!(!answer.contains("200"), "{slow:?}: {answer}");
    }
    let whole = answered(server.at, b"GET / HTTP/1.1\r\nhost: a\r\n\r\n").await;
    assert!(whole.starts_with("HTTP/1.1 200"), "{whole}");
}

#[tokio::test]
async fn a_head_without_end_is_not_kept() {
    let server = Server::start(hello(), None, LONG).await;
    let head = format!("GET / HTTP/1.1\r\nhost: a\r\nx: {}\r\n\r\n", "a".repeat(1 << 20));

    let answer = answered(server.at, head.as_bytes()).await;

    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 431"), "{answer}");
}

#[tokio::test]
async fn a_server_that_ends_answers_those_it_has_and_takes_no_others() {
    let (begun, has_begun) = oneshot::channel();
    let (finish, finished) = oneshot::channel::<()>();
    let once = Arc::new(Mutex::new(Some((begun, finished))));
    let slow = Router::new().route(
        "/",
        get(move || async move {
            let (begun, finished) = once.lock().unwrap().take().unwrap();
            begun.send(()).unwrap();
            finished.await.unwrap();
            "late"
        }),
    );
    let server = Server::start(slow, None, LONG).await;
    let idle = TcpStream::connect(server.at).await.unwrap();
    let at = server.at;
    let waiting = tokio::spawn(async move { answered(at, b"GET / HTTP/1.1\r\nhost: a\r\n\r\n").await });
    has_begun.await.unwrap();

    server.stop.send(()).unwrap();
    while TcpStream::connect(server.at).await.is_ok() {
        tokio::task::yield_now().await;
    }
    assert!(!server.ended.is_finished());
    finish.send(()).unwrap();

    assert!(waiting.await.unwrap().ends_with("late"));
    server.ended.await.unwrap();
    drop(idle);
}

/// Writes a new certificate for `localhost` and its key into a folder; the certificate.
fn certify(folder: &Path) -> CertificateDer<'static> {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    fs::write(folder.join("cert.pem"), made.cert.pem()).unwrap();
    fs::write(folder.join("key.pem"), made.signing_key.serialize_pem()).unwrap();
    made.cert.der().clone()
}

fn certificate(folder: &Path) -> Tls {
    Tls::read(folder.join("cert.pem"), folder.join("key.pem")).unwrap()
}

/// Connects by TLS as one who trusts this certificate alone.
async fn connect(
    at: SocketAddr,
    trusted: &CertificateDer<'static>,
    protocol: &[u8],
) -> std::io::Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots.add(trusted.clone()).unwrap();
    let mut config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![protocol.to_vec()];
    let stream = TcpStream::connect(at).await.unwrap();
    TlsConnector::from(Arc::new(config)).connect("localhost".try_into().unwrap(), stream).await
}

#[tokio::test]
async fn tls_is_spoken_when_asked_in_both_versions_of_http() {
    let folder = TempDir::new().unwrap();
    let trusted = certify(folder.path());
    let server = Server::start(hello(), Some(certificate(folder.path())), Duration::from_millis(500)).await;

    let mut client = connect(server.at, &trusted, b"http/1.1").await.unwrap();
    client.write_all(b"GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    client.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("hello"), "{answer}");

    let client = connect(server.at, &trusted, b"h2").await.unwrap();
    assert_eq!(client.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
    let executor = hyper_util::rt::TokioExecutor::new();
    let (mut sender, connection) =
        hyper::client::conn::http2::handshake(executor, hyper_util::rt::TokioIo::new(client)).await.unwrap();
    let connection = tokio::spawn(connection);
    let request = axum::http::Request::get("https://localhost/").body(axum::body::Body::empty()).unwrap();
    let answer = sender.send_request(request).await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.version()), (200, axum::http::Version::HTTP_2));
    drop((sender, answer));
    connection.await.unwrap().unwrap();

    // Plain HTTP and silence are both left.
    let plain = answered(server.at, b"GET / HTTP/1.1\r\nhost: a\r\n\r\n").await;
    assert!(!plain.contains("hello"), "{plain}");
    assert_eq!(answered(server.at, b"").await, "");
}

#[tokio::test]
async fn a_new_certificate_is_shown_to_whoever_connects_then() {
    let folder = TempDir::new().unwrap();
    let old = certify(folder.path());
    let tls = certificate(folder.path());
    let server = Server::start(hello(), Some(tls.clone()), LONG).await;
    let mut before = connect(server.at, &old, b"http/1.1").await.unwrap();

    let new = certify(folder.path());
    tls.reload().unwrap();
    assert!(connect(server.at, &old, b"http/1.1").await.is_err());
    connect(server.at, &new, b"http/1.1").await.unwrap();
    before.write_all(b"GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    before.read_to_string(&mut answer).await.unwrap();
    assert!(answer.ends_with("hello"), "who is connected stays so: {answer}");

    // What cannot be used changes nothing.
    let other = TempDir::new().unwrap();
    certify(other.path());
    fs::copy(other.path().join("key.pem"), folder.path().join("key.pem")).unwrap();
    assert!(tls.reload().unwrap_err().to_string().contains("cannot be used together"));
    fs::write(folder.path().join("cert.pem"), "nothing").unwrap();
    tls.reload().unwrap_err();
    connect(server.at, &new, b"http/1.1").await.unwrap();
}
