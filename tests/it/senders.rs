//! Messages leave by real servers on this machine, and what goes wrong tells nothing secret.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, Method, StatusCode, Uri},
};
use khademyar_domain::phone::Phone;
use khademyar_senders::{
    Courier, Email, EmailWay, FileSender, Gateway, GatewayRequest, Message, Patience, Security, SendError,
    Senders, Sms, SmsWay, Smtp, SmtpServer, Webhooks,
};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};

const PATIENCE: Patience = Patience { tries: 3, first_wait: Duration::from_millis(5) };
const SECRET: &str = "k3y/of+ours";

fn sms(code: Option<&str>) -> Message {
    Message::Sms(Sms {
        id: None,
        to: Phone::parse("09121234567").unwrap(),
        text: "نوبت شما: \"باغ غدیر\" & ساعت ۱۸".to_owned(),
        code: code.map(str::to_owned),
    })
}

fn email() -> Message {
    Message::Email(Email {
        id: None,
        to: "zahra@example.org".to_owned(),
        subject: "نوبت شما".to_owned(),
        text: "سلام\n.\nباغ غدیر".to_owned(),
    })
}

fn webhooks() -> Webhooks {
    Webhooks::new("").unwrap()
}

fn by_sms(sms: SmsWay) -> Senders {
    Senders { sms, email: EmailWay::None, webhooks: webhooks(), patience: PATIENCE }
}

fn by_email(email: EmailWay) -> Senders {
    Senders { sms: SmsWay::None, email, webhooks: webhooks(), patience: PATIENCE }
}

#[track_caller]
fn tells_nothing(error: &SendError) {
    let told = format!("{error} {error:?}");
    for secret in [SECRET, "k3y", "9121234567", "zahra", "غدیر", "654321"] {
        assert!(!told.contains(secret), "{told}");
    }
}

/// What a gateway was asked.
#[derive(Clone, Debug)]
struct Asked {
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: String,
}

/// A gateway that gives these answers one after another, and the last of them from then on.
#[derive(Clone)]
struct TestGateway {
    answers: Arc<Mutex<Vec<(StatusCode, &'static str)>>>,
    asked: Arc<Mutex<Vec<Asked>>>,
    address: SocketAddr,
}

impl TestGateway {
    async fn start(mut answers: Vec<(StatusCode, &'static str)>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        answers.reverse();
        let gateway = Self {
            answers: Arc::new(Mutex::new(answers)),
            asked: Arc::default(),
            address: listener.local_addr().unwrap(),
        };
        let router = Router::new().fallback(answer).with_state(gateway.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        gateway
    }

    fn senders(&self, request: GatewayRequest) -> Senders {
        let url = |url: String| url.replace("GATEWAY", &format!("http://{}", self.address));
        let request = GatewayRequest {
            key: SECRET.to_owned(),
            url: url(request.url),
            code_url: url(request.code_url),
            ..request
        };
        by_sms(SmsWay::Gateway(Box::new(Gateway::new(request).unwrap())))
    }

    fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

async fn answer(
    State(gateway): State<TestGateway>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, &'static str) {
    let body = String::from_utf8(body.to_vec()).unwrap();
    gateway.asked.lock().unwrap().push(Asked { method, uri, headers, body });
    let mut answers = gateway.answers.lock().unwrap();
    if answers.len() > 1 { answers.pop().unwrap() } else { answers[0] }
}

fn json_request() -> GatewayRequest {
    GatewayRequest {
        method: "POST".to_owned(),
        url: "GATEWAY/v1/send".to_owned(),
        headers: "Content-Type: application/json\nX-Api-Key: {key}\n".to_owned(),
        body: r#"{"mobiles": ["{to_local}"], "messageText": "{text}"}"#.to_owned(),
        ..GatewayRequest::default()
    }
}

#[tokio::test]
async fn a_gateway_that_wants_json_and_another_form_for_codes() {
    let gateway = TestGateway::start(vec![(StatusCode::OK, "")]).await;
    let senders = gateway.senders(GatewayRequest {
        code_url: "GATEWAY/v1/send/verify".to_owned(),
        code_body: r#"{"mobile": "{to_digits}", "templateId": 7, "parameters": [{"name": "CODE", "value": "{code}"}]}"#
            .to_owned(),
        ..json_request()
    });

    senders.send(&sms(None)).await.unwrap();
    senders.send(&sms(Some("654321"))).await.unwrap();

    let asked = gateway.asked();
    assert_eq!((asked[0].method.as_str(), asked[0].uri.path()), ("POST", "/v1/send"));
    assert_eq!(asked[0].headers["x-api-key"], SECRET);
    let body: Value = serde_json::from_str(&asked[0].body).unwrap();
    assert_eq!(body, json!({"mobiles": ["09121234567"], "messageText": "نوبت شما: \"باغ غدیر\" & ساعت ۱۸"}));
    assert_eq!(asked[1].uri.path(), "/v1/send/verify");
    let body: Value = serde_json::from_str(&asked[1].body).unwrap();
    assert_eq!(body["mobile"], "989121234567");
    assert_eq!(body["parameters"][0]["value"], "654321");
}

#[tokio::test]
async fn a_gateway_that_wants_everything_in_the_address_or_in_a_form() {
    let gateway = TestGateway::start(vec![(StatusCode::OK, "")]).await;
    let get = gateway.senders(GatewayRequest {
        method: "GET".to_owned(),
        url: "GATEWAY/v1/{key}/send.json?receptor={to_local}&message={text}".to_owned(),
        ..GatewayRequest::default()
    });
    let form = gateway.senders(GatewayRequest {
        method: "POST".to_owned(),
        url: "GATEWAY/send".to_owned(),
        headers: "Content-Type: application/x-www-form-urlencoded".to_owned(),
        body: "to={to}&text={text}".to_owned(),
        ..GatewayRequest::default()
    });

    get.send(&sms(None)).await.unwrap();
    form.send(&sms(None)).await.unwrap();

    let asked = gateway.asked();
    assert_eq!(asked[0].method, "GET");
    assert_eq!(asked[0].uri.path(), "/v1/k3y%2Fof%2Bours/send.json");
    let query = asked[0].uri.query().unwrap();
    assert!(query.starts_with("receptor=09121234567&message=%D9%86"), "{query}");
    assert_eq!(query.matches('&').count(), 1, "{query}");
    assert!(asked[1].body.starts_with("to=%2B989121234567&text=%D9%86"), "{}", asked[1].body);
}

#[tokio::test]
async fn what_may_succeed_later_is_tried_again_and_what_will_not_is_not() {
    let busy = (StatusCode::SERVICE_UNAVAILABLE, "0912 1234567 k3y/of+ours");
    let gateway = TestGateway::start(vec![busy, busy, (StatusCode::OK, "")]).await;
    gateway.senders(json_request()).send(&sms(None)).await.unwrap();
    assert_eq!(gateway.asked().len(), 3);

    let gateway = TestGateway::start(vec![busy]).await;
    let error = gateway.senders(json_request()).send(&sms(None)).await.unwrap_err();
    assert_eq!(error, SendError::Passing("the gateway answered 503".to_owned()));
    tells_nothing(&error);
    assert_eq!(gateway.asked().len(), 3);

    let gateway = TestGateway::start(vec![(StatusCode::FORBIDDEN, "+989121234567 k3y/of+ours")]).await;
    let error = gateway.senders(json_request()).send(&sms(None)).await.unwrap_err();
    assert_eq!(error, SendError::Refused("the gateway answered 403".to_owned()));
    assert_eq!(gateway.asked().len(), 1);
}

#[tokio::test]
async fn an_answer_of_success_that_does_not_say_so_is_none() {
    let success = GatewayRequest { success: "\"status\":200".to_owned(), ..json_request() };
    let gateway = TestGateway::start(vec![(StatusCode::OK, r#"{"return":{"status":200}}"#)]).await;
    gateway.senders(success.clone()).send(&sms(None)).await.unwrap();

    let gateway =
        TestGateway::start(vec![(StatusCode::OK, r#"{"return":{"status":418},"to":"09121234567"}"#)]).await;
    let error = gateway.senders(success).send(&sms(None)).await.unwrap_err();
    assert!(matches!(error, SendError::Refused(_)), "{error}");
    tells_nothing(&error);
}

#[tokio::test]
async fn a_gateway_that_is_not_there_is_told_of_without_its_address() {
    let gone = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let request = GatewayRequest {
        method: "GET".to_owned(),
        url: format!("http://{gone}/{{key}}?to={{to}}&text={{text}}&code={{code}}"),
        key: SECRET.to_owned(),
        ..GatewayRequest::default()
    };
    let senders = by_sms(SmsWay::Gateway(Box::new(Gateway::new(request).unwrap())));

    let error = senders.send(&sms(Some("654321"))).await.unwrap_err();

    assert!(matches!(error, SendError::Passing(_)), "{error}");
    tells_nothing(&error);
    assert!(!error.to_string().contains(&gone.port().to_string()), "{error}");
    assert!(!format!("{senders:?} {:?}", sms(Some("654321"))).contains("k3y"));
}

#[tokio::test]
async fn a_gateway_does_not_send_us_elsewhere() {
    let gateway = TestGateway::start(vec![(StatusCode::TEMPORARY_REDIRECT, "")]).await;

    let error = gateway.senders(json_request()).send(&sms(None)).await.unwrap_err();

    assert_eq!(error, SendError::Refused("the gateway answered 307".to_owned()));
    assert_eq!(gateway.asked().len(), 1);
}

#[test]
fn a_request_that_cannot_be_sent_is_refused_at_the_start() {
    let refused = |request: GatewayRequest| Gateway::new(request).unwrap_err().to_string();
    let request = || GatewayRequest { url: "https://gateway.example/send".to_owned(), ..json_request() };
    assert!(Gateway::new(request()).is_ok());
    for (wrong, key) in [
        (GatewayRequest { method: "DELETE".to_owned(), ..request() }, "sms_method"),
        (GatewayRequest { url: String::new(), ..request() }, "sms_url"),
        (GatewayRequest { url: "file:///etc/passwd".to_owned(), ..request() }, "sms_url"),
        (GatewayRequest { headers: "no colon".to_owned(), ..request() }, "sms_headers"),
        (GatewayRequest { body: "{txt}".to_owned(), ..request() }, "sms_body"),
        (GatewayRequest { code_body: "{kod}".to_owned(), ..request() }, "sms_code_body"),
    ] {
        let told = refused(wrong);
        assert!(told.starts_with(&format!("{key}: ")), "{told}");
    }
}

/// A mail server that takes what it is given, once it said `refusals` times what `refusal` says.
async fn mail_server(refusal: &'static str, refusals: usize) -> (SocketAddr, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let letters: Arc<Mutex<Vec<String>>> = Arc::default();
    let taken = Arc::clone(&letters);
    tokio::spawn(async move {
        for k in 0.. {
            let (stream, _) = listener.accept().await.unwrap();
            let refusal = (k < refusals).then_some(refusal);
            // A client that hangs up is done.
            let _ = converse(stream, refusal, &taken).await;
        }
    });
    (address, letters)
}

async fn converse(
    stream: TcpStream,
    refusal: Option<&str>,
    letters: &Mutex<Vec<String>>,
) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    stream.write_all(b"220 mail.test\r\n").await?;
    let mut letter = String::new();
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let command = line.to_uppercase();
        letter.push_str(&line);
        let answer = match () {
            () if command.starts_with("EHLO") => "250 mail.test\r\n".to_owned(),
            () if command.starts_with("RCPT") => match refusal {
                Some(refusal) => format!("{refusal}\r\n"),
                None => "250 ok\r\n".to_owned(),
            },
            () if command.starts_with("DATA") => {
                stream.write_all(b"354 go on\r\n").await?;
                loop {
                    let mut line = String::new();
                    stream.read_line(&mut line).await?;
                    if line == ".\r\n" {
                        break;
                    }
                    letter.push_str(&line);
                }
                letters.lock().unwrap().push(std::mem::take(&mut letter));
                "250 taken\r\n".to_owned()
            }
            () if command.starts_with("QUIT") => return stream.write_all(b"221 bye\r\n").await,
            () => "250 ok\r\n".to_owned(),
        };
        stream.write_all(answer.as_bytes()).await?;
    }
}

fn smtp(address: SocketAddr, security: Security) -> Senders {
    let server = SmtpServer {
        host: address.ip().to_string(),
        port: address.port(),
        security,
        username: String::new(),
        password: String::new(),
        from: "Khademyar <roster@example.org>".to_owned(),
    };
    by_email(EmailWay::Smtp(Box::new(Smtp::new(server).unwrap())))
}

#[tokio::test]
async fn mail_leaves_by_a_mail_server() {
    let (address, letters) = mail_server("", 0).await;

    smtp(address, Security::None).send(&email()).await.unwrap();

    let letters = letters.lock().unwrap();
    let letter = &letters[0];
    for line in [
        "MAIL FROM:<roster@example.org>",
        "RCPT TO:<zahra@example.org>",
        "From: Khademyar <roster@example.org>",
        "To: zahra@example.org",
        "Subject: =?utf-8?b?",
    ] {
        assert!(letter.contains(line), "no `{line}` in:\n{letter}");
    }
}

#[tokio::test]
async fn a_mail_server_that_is_busy_is_asked_again_and_one_that_refuses_is_not() {
    let (address, letters) = mail_server("451 zahra@example.org later", 2).await;
    smtp(address, Security::None).send(&email()).await.unwrap();
    assert_eq!(letters.lock().unwrap().len(), 1);

    let (address, letters) = mail_server("550 zahra@example.org is nobody", 9).await;
    let error = smtp(address, Security::None).send(&email()).await.unwrap_err();
    assert_eq!(error, SendError::Refused("the mail server refused it with 550".to_owned()));
    tells_nothing(&error);
    assert!(letters.lock().unwrap().is_empty());

    let (address, _) = mail_server("451 zahra@example.org later", 9).await;
    let error = smtp(address, Security::None).send(&email()).await.unwrap_err();
    assert_eq!(error, SendError::Passing("the mail server did not take it with 451".to_owned()));
}

#[tokio::test]
async fn nothing_is_sent_in_the_clear_where_the_way_is_to_be_secured() {
    for security in [Security::StartTls, Security::Tls] {
        let (address, letters) = mail_server("", 0).await;
        let mut senders = smtp(address, security);
        senders.patience.tries = 1;

        let error = tokio::time::timeout(Duration::from_secs(30), senders.send(&email())).await.unwrap();

        tells_nothing(&error.unwrap_err());
        assert!(letters.lock().unwrap().is_empty(), "{security:?}");
    }
    let server = SmtpServer {
        host: "mail.example".to_owned(),
        port: 25,
        security: Security::None,
        username: "roster".to_owned(),
        password: SECRET.to_owned(),
        from: "roster@example.org".to_owned(),
    };
    assert!(Smtp::new(server).unwrap_err().to_string().starts_with("smtp_username: "));
}

#[tokio::test]
async fn a_header_cannot_be_slipped_into_a_letter() {
    let (address, letters) = mail_server("", 0).await;
    let senders = smtp(address, Security::None);
    let mail = |to: &str, subject: &str| {
        Message::Email(Email {
            id: None,
            to: to.to_owned(),
            subject: subject.to_owned(),
            text: "سلام".to_owned(),
        })
    };

    let slipped = senders.send(&mail("zahra@example.org\r\nBcc: all@example.org", "x")).await;
    assert!(matches!(slipped, Err(SendError::Refused(_))), "{slipped:?}");
    senders.send(&mail("zahra@example.org", "x\r\nBcc: all@example.org")).await.unwrap();

    let letters = letters.lock().unwrap();
    assert_eq!(letters.len(), 1);
    assert!(!letters[0].lines().any(|line| line.to_lowercase().starts_with("bcc:")), "{}", letters[0]);
}

#[tokio::test]
async fn messages_go_into_a_file_for_its_owner_alone() {
    let folder = tempfile::TempDir::new().unwrap();
    let path = folder.path().join("data").join("messages.jsonl");
    let senders = Senders {
        sms: SmsWay::File(FileSender::new(path.clone())),
        email: EmailWay::File(FileSender::new(path.clone())),
        webhooks: webhooks(),
        patience: PATIENCE,
    };

    senders.send(&sms(Some("654321"))).await.unwrap();
    senders.send(&email()).await.unwrap();

    let lines: Vec<Value> = std::fs::read_to_string(&path)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!((&lines[0]["to"], &lines[0]["code"]), (&json!("+989121234567"), &json!("654321")));
    assert_eq!((&lines[1]["to"], &lines[1]["subject"]), (&json!("zahra@example.org"), &json!("نوبت شما")));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[tokio::test]
async fn without_a_way_a_message_is_refused() {
    let senders =
        Senders { sms: SmsWay::None, email: EmailWay::None, webhooks: webhooks(), patience: PATIENCE };
    assert_eq!(senders.send(&sms(None)).await, Err(SendError::NoWay("text messages")));
    assert_eq!(senders.send(&email()).await, Err(SendError::NoWay("e-mail")));
}

#[tokio::test]
async fn a_courier_sends_while_others_go_on() {
    let busy = (StatusCode::BAD_GATEWAY, "");
    let gateway = TestGateway::start(vec![busy, (StatusCode::OK, "")]).await;
    let courier = Courier::new(gateway.senders(json_request()));

    for _ in 0..5 {
        courier.take(sms(None));
    }
    courier.idle().await;

    assert_eq!(gateway.asked().len(), 6);
}
