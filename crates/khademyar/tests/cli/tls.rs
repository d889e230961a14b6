//! TLS as it is configured, and a new certificate while it is served.

use std::{
    fs,
    io::{Read, Write},
    net::TcpStream,
    path::Path,
    sync::Arc,
};

use tokio_rustls::rustls::{
    ClientConfig, ClientConnection, RootCertStore, StreamOwned, crypto::aws_lc_rs, pki_types::CertificateDer,
};

use crate::{Folder, assert_code, err, server::Server};

/// Writes a new certificate for `localhost` and its key into a folder; the certificate.
fn certify(folder: &Path) -> CertificateDer<'static> {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    fs::write(folder.join("key.pem"), made.signing_key.serialize_pem()).unwrap();
    fs::write(folder.join("cert.pem"), made.cert.pem()).unwrap();
    made.cert.der().clone()
}

/// What `/healthz` answers one who trusts this certificate alone; nothing where another is shown.
fn healthz(address: &str, trusted: &CertificateDer<'static>) -> Option<String> {
    let mut roots = RootCertStore::empty();
    roots.add(trusted.clone()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let connection = ClientConnection::new(Arc::new(config), "localhost".try_into().unwrap()).unwrap();
    let mut stream = StreamOwned::new(connection, TcpStream::connect(address).unwrap());
    stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    Some(answer)
}

#[test]
fn tls_is_spoken_and_a_new_certificate_is_read_when_asked() {
    let folder = Folder::new();
    let old = certify(folder.path());
    fs::write(folder.path().join("khademyar.toml"), "tls_cert = \"cert.pem\"\ntls_key = \"key.pem\"\n")
        .unwrap();
    let server = Server::start(&folder, &[]);
    let answer = healthz(&server.address, &old).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(answer.contains("strict-transport-security: max-age="), "{answer}");

    let new = certify(folder.path());
    assert!(healthz(&server.address, &new).is_none());
    server.signal("-HUP");
    while healthz(&server.address, &new).is_none() {}
    assert!(healthz(&server.address, &old).is_none());
    server.stop();
}

#[test]
fn what_the_gate_cannot_be_is_named_at_the_start() {
    let folder = Folder::new();
    for (file, fault) in [
        ("tls_cert = \"cert.pem\"\n", "tls_cert and tls_key belong together"),
        ("tls_cert = \"cert.pem\"\ntls_key = \"key.pem\"\n", "cert.pem cannot be read"),
        ("trusted_proxies = \"everyone\"\n", "trusted_proxies is `everyone`"),
        ("cors_origins = \"*\"\n", "cors_origins is `*`"),
        ("proxy_header = \"via\"\n", "proxy_header is `via`"),
        ("silence_seconds = 0\n", "silence_seconds is `0`"),
    ] {
        fs::write(folder.path().join("khademyar.toml"), file).unwrap();
        for command in ["config", "serve"] {
            let told = folder.run(&[command]);
            assert_code(&told, 2);
            assert!(err(&told).contains(fault), "{}", err(&told));
        }
    }
}
