//! Text messages by an HTTP gateway, whose request is configured: no two want the same.

use std::{fmt, time::Duration};

use reqwest::{
    Client, Method, Response, StatusCode, Url,
    header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue},
    redirect::Policy,
};

use crate::{
    SendError, Sms, WrongSetting,
    template::{Escape, Template},
};

/// How long one request may take.
const LONGEST: Duration = Duration::from_secs(15);
/// How much of an answer is read, in bytes.
const MOST_OF_ANSWER: usize = 64 * 1024;

/// The request that a gateway wants, with places such as `{to}` and `{text}` in its texts.
#[derive(Clone, Default)]
pub struct GatewayRequest {
    /// `GET`, `POST` or `PUT`.
    pub method: String,
    /// Where to; what is filled in is percent-encoded.
    pub url: String,
    /// One a line: `Name: value`.
    pub headers: String,
    /// What is filled in is escaped as the header `Content-Type` says. Empty: none.
    pub body: String,
    /// The URL for a message that tells a code, where the gateway has another for those. Empty: the same.
    pub code_url: String,
    /// The body for a message that tells a code. Empty: the same.
    pub code_body: String,
    /// What `{key}` stands for.
    pub key: String,
    /// What the answer must hold if the message was taken. Empty: any answer of success is one.
    pub success: String,
}

/// An HTTP gateway. Debug output does not show its request.
pub struct Gateway {
    client: Client,
    method: Method,
    usual: Form,
    codes: Form,
    headers: Vec<(HeaderName, Template)>,
    key: String,
    success: String,
}

struct Form {
    url: Template,
    body: Option<Template>,
}

impl Gateway {
    /// A gateway that wants such a request.
    ///
    /// # Errors
    /// [`WrongSetting`] when it is none that can be sent.
    pub fn new(request: GatewayRequest) -> Result<Self, WrongSetting> {
        let wrong = |name: &str, error: &dyn fmt::Display| WrongSetting(format!("{name}: {error}"));
        let method = match request.method.as_str() {
            "GET" => Method::GET,
            "POST" => Method::POST,
            "PUT" => Method::PUT,
            _ => return Err(wrong("sms_method", &"give GET, POST or PUT")),
        };
        let mut headers = Vec::new();
        let mut kind = Escape::Plain;
        for line in request.headers.lines().filter(|line| !line.trim().is_empty()) {
            let (name, value) = line
                .split_once(':')
                .ok_or_else(|| wrong("sms_headers", &"give one a line, as `Name: value`"))?;
            let name: HeaderName =
                name.trim().parse().map_err(|_| wrong("sms_headers", &"a name is no header's"))?;
            if name == CONTENT_TYPE {
                kind = Escape::of_content_type(value);
            }
            let value =
                Template::read(value.trim(), Escape::Plain).map_err(|error| wrong("sms_headers", &error))?;
            headers.push((name, value));
        }
        let url = |key: &str, text: &str| {
            let url = Template::read(text, Escape::Percent).map_err(|error| wrong(key, &error))?;
            match Url::parse(text) {
                Ok(parsed) if matches!(parsed.scheme(), "http" | "https") => Ok(url),
                _ => Err(wrong(key, &"give an address that begins with https:// or http://")),
            }
        };
        let body = |key: &str, text: &str| match text {
            "" => Ok(None),
            text => Template::read(text, kind).map(Some).map_err(|error| wrong(key, &error)),
        };
        let or = |text: &str, usual: &str| if text.is_empty() { usual.to_owned() } else { text.to_owned() };
        let usual = Form { url: url("sms_url", &request.url)?, body: body("sms_body", &request.body)? };
        let codes = Form {
            url: url("sms_code_url", &or(&request.code_url, &request.url))?,
            body: body("sms_code_body", &or(&request.code_body, &request.body))?,
        };
        let client = Client::builder()
            .timeout(LONGEST)
            // Nobody else is told what is meant for the gateway.
            .redirect(Policy::none())
            .build()
            .map_err(|error| wrong("sms", &error.without_url()))?;
        let (key, success) = (request.key, request.success);
        Ok(Self { client, method, usual, codes, headers, key, success })
    }

    pub(crate) async fn send(&self, sms: &Sms) -> Result<(), SendError> {
        let form = if sms.code.is_some() { &self.codes } else { &self.usual };
        let mut headers = HeaderMap::new();
        for (name, value) in &self.headers {
            let value = HeaderValue::from_str(&value.fill(sms, &self.key))
                .map_err(|_| SendError::Refused(format!("the header {name} cannot hold what it should")))?;
            headers.insert(name, value);
        }
        let url = form.url.fill(sms, &self.key);
        let url = Url::parse(&url)
            .map_err(|_| SendError::Refused("the gateway's address is none for this".to_owned()))?;
        let mut request = self.client.request(self.method.clone(), url).headers(headers);
        if let Some(body) = &form.body {
            request = request.body(body.fill(sms, &self.key));
        }
        // Without the address, which may hold the phone and the key.
        let passing = |error: reqwest::Error| {
            let error = error.without_url();
            SendError::Passing(format!("the gateway cannot be reached: {}", reason(&error)))
        };
        let answer = request.send().await.map_err(passing)?;
        let status = answer.status();
        if status.is_success() {
            if self.success.is_empty() || read(answer).await.map_err(passing)?.contains(&self.success) {
                return Ok(());
            }
            let told = "the gateway did not take the message: its answer does not say so";
            return Err(SendError::Refused(told.to_owned()));
        }
        let told = format!("the gateway answered {}", status.as_u16());
        let passes = status.is_server_error()
            || matches!(status, StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS);
        Err(if passes { SendError::Passing(told) } else { SendError::Refused(told) })
    }
}

impl fmt::Debug for Gateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gateway").field("method", &self.method).finish_non_exhaustive()
    }
}

/// What kind of error it is, in words of ours.
fn reason(error: &reqwest::Error) -> &'static str {
    if error.is_timeout() {
        "it took too long"
    } else if error.is_connect() {
        "there is no connection"
    } else {
        "the answer broke off"
    }
}

async fn read(mut answer: Response) -> Result<String, reqwest::Error> {
    let mut bytes = Vec::new();
    while let Some(chunk) = answer.chunk().await? {
        bytes.extend_from_slice(&chunk);
        if bytes.len() > MOST_OF_ANSWER {
            break;
        }
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
