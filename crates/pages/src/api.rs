//! Asking the API, in process, as whoever asks for the page.

use axum::{
    body::{Body, Bytes, to_bytes},
    http::{HeaderValue, Method, Request, StatusCode, header, request::Builder},
    response::Response,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use khademyar_domain::{language::Language, persian::digits};
use serde::de::DeserializeOwned;
use serde_json::Value;
use sha2::{Digest, Sha256};
use tower::ServiceExt;
use uuid::Uuid;

use crate::{
    Pages,
    form::Filled,
    trouble::{Problem, Trouble},
    visitor::Visitor,
};

/// The largest answer that a page is made of, in bytes.
const LARGEST_ANSWER: usize = 64 * 1024 * 1024;

/// What the API says where a key came with another body before.
const KEY_REUSED: &str = "urn:khademyar:problem:idempotency-key-reused";

/// What the API answered; it did what was asked.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    bytes: Bytes,
}

impl Answer {
    /// The body, which is JSON.
    pub(crate) fn read<T: DeserializeOwned>(&self) -> Result<T, Trouble> {
        serde_json::from_slice(&self.bytes).map_err(|error| {
            // Where it is at fault, and nothing of what it says.
            tracing::error!(
                line = error.line(),
                column = error.column(),
                "an answer of the API is not as a page reads it"
            );
            Trouble::Ours
        })
    }

    /// The body as it came.
    pub(crate) fn into_bytes(self) -> Bytes {
        self.bytes
    }
}

impl Pages {
    /// Reads what the API has at `path`.
    pub(crate) async fn read<T: DeserializeOwned>(
        &self,
        visitor: &Visitor,
        path: &str,
    ) -> Result<T, Trouble> {
        self.ask(visitor, Method::GET, path, None, None).await?.read()
    }

    /// Posts `body`; once, however often the form arrives that it stood in and says the same.
    pub(crate) async fn post(&self, visitor: &Visitor, path: &str, body: Value) -> Result<Answer, Trouble> {
        let key = visitor.once.map(|once| key(once, &[path, &body.to_string()]));
        self.ask(visitor, Method::POST, path, Some(body), key.as_deref()).await
    }

    /// Posts `body`, of which a part was made up here: once, however often the form arrives that says what was `filled` in.
    /// `None`, where that was done before.
    pub(crate) async fn post_filled(
        &self,
        visitor: &Visitor,
        path: &str,
        body: Value,
        filled: &Filled,
    ) -> Result<Option<Answer>, Trouble> {
        let told = filled.0.iter().flat_map(|(name, value)| [name.as_str(), value.as_str()]);
        let key = visitor.once.map(|once| key(once, &[path].into_iter().chain(told).collect::<Vec<_>>()));
        match self.ask(visitor, Method::POST, path, Some(body), key.as_deref()).await {
            Err(Trouble::Problem(problem)) if problem.r#type == KEY_REUSED => Ok(None),
            answered => answered.map(Some),
        }
    }

    /// Deletes what the API has at `path`.
    pub(crate) async fn delete(&self, visitor: &Visitor, path: &str) -> Result<Answer, Trouble> {
        self.ask(visitor, Method::DELETE, path, None, None).await
    }

    /// Sends a file.
    pub(crate) async fn upload(&self, visitor: &Visitor, path: &str, file: Bytes) -> Result<Answer, Trouble> {
        let request =
            request(visitor, Method::POST, path).header(header::CONTENT_TYPE, "application/octet-stream");
        answered(visitor.language, self.send(request, Body::from(file)).await?).await
    }

    /// Hands on a file as it comes.
    ///
    /// # Errors
    /// [`Trouble`] when there is nothing.
    pub(crate) async fn hand_on(&self, visitor: &Visitor, path: &str) -> Result<Response, Trouble> {
        self.stream(visitor, path, None).await
    }

    /// What the API has at `path`, as it comes; of events those behind the `last` that had arrived.
    ///
    /// # Errors
    /// [`Trouble`] when there is nothing.
    pub(crate) async fn stream(
        &self,
        visitor: &Visitor,
        path: &str,
        last: Option<HeaderValue>,
    ) -> Result<Response, Trouble> {
        let mut request = request(visitor, Method::GET, path);
        if let Some(last) = last {
            request = request.header("last-event-id", last);
        }
        let response = self.send(request, Body::empty()).await?;
        if response.status() != StatusCode::OK {
            return Err(answered(visitor.language, response).await.err().unwrap_or(Trouble::Ours));
        }
        Ok(response)
    }

    /// Asks the API; with a `key`, a repetition is answered as the first was.
    ///
    /// # Errors
    /// [`Trouble`] when it did not do what was asked.
    pub(crate) async fn ask(
        &self,
        visitor: &Visitor,
        method: Method,
        path: &str,
        body: Option<Value>,
        key: Option<&str>,
    ) -> Result<Answer, Trouble> {
        let mut request = request(visitor, method, path);
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        let body = match body {
            Some(body) => {
                request = request.header(header::CONTENT_TYPE, "application/json");
                Body::from(body.to_string())
            }
            None => Body::empty(),
        };
        answered(visitor.language, self.send(request, body).await?).await
    }

    /// Puts `body` in the place of what is there; `version` is of what somebody read who wrote it.
    ///
    /// # Errors
    /// [`Trouble`] when it was not put there.
    pub(crate) async fn put(
        &self,
        visitor: &Visitor,
        path: &str,
        body: &Value,
        version: Option<i64>,
    ) -> Result<Answer, Trouble> {
        let mut request =
            request(visitor, Method::PUT, path).header(header::CONTENT_TYPE, "application/json");
        if let Some(version) = version {
            request = request.header(header::IF_MATCH, format!("\"{version}\""));
        }
        answered(visitor.language, self.send(request, Body::from(body.to_string())).await?).await
    }

    /// Has the API answer a request as it came.
    pub(crate) async fn pass(&self, request: Request<Body>) -> Response {
        let Ok(response) = self.0.api.clone().oneshot(request).await;
        response
    }

    async fn send(&self, request: Builder, body: Body) -> Result<Response, Trouble> {
        // A path that somebody made up may be none.
        let request = request.body(body).map_err(|_| Trouble::NotFound)?;
        Ok(self.pass(request).await)
    }
}

/// What makes a repetition known to the API: the form, and what it says.
fn key(once: Uuid, told: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in told {
        hash.update(part.len().to_le_bytes());
        hash.update(part);
    }
    format!("{once}:{}", URL_SAFE_NO_PAD.encode(hash.finalize()))
}

/// A request as whoever asks for the page would send it.
fn request(visitor: &Visitor, method: Method, path: &str) -> Builder {
    let mut request =
        Request::builder().method(method).uri(path).header(header::ACCEPT_LANGUAGE, visitor.language.tag());
    if let Some(access) = &visitor.access {
        request = request.header(header::AUTHORIZATION, format!("Bearer {access}"));
    }
    if let Some(agent) = &visitor.user_agent {
        request = request.header(header::USER_AGENT, agent);
    }
    for (name, value) in &visitor.forwarded {
        request = request.header(name, value);
    }
    match visitor.address {
        Some(address) => request.extension(address),
        None => request,
    }
}

/// The answer in a response, or the problem, in the words of `language`.
async fn answered(language: Language, response: Response) -> Result<Answer, Trouble> {
    let status = response.status();
    let wait = response.headers().get(header::RETRY_AFTER);
    let wait: Option<u64> = wait.and_then(|seconds| seconds.to_str().ok()?.parse().ok());
    let bytes = to_bytes(response.into_body(), LARGEST_ANSWER).await.map_err(|_| Trouble::Ours)?;
    let answer = Answer { status, bytes };
    if status.is_client_error() || status.is_server_error() {
        let mut problem: Problem = answer.read()?;
        // In a form, what is missing is told beside its place.
        for error in problem.errors.iter_mut().filter(|error| error.code == "required") {
            let (fa, en) = ("اینجا خالی است: پر کنید.", "This is empty: fill it in.");
            error.detail = if language == Language::Persian { fa.to_owned() } else { en.to_owned() };
        }
        if let (StatusCode::TOO_MANY_REQUESTS, Some(seconds)) = (status, wait) {
            problem.detail = too_often(language, seconds);
        }
        return Err(Trouble::Problem(Box::new(problem)));
    }
    Ok(answer)
}

/// What to say to whoever asked too often: nobody sees the header that tells a program.
fn too_often(language: Language, seconds: u64) -> String {
    let minutes = seconds.div_ceil(60);
    match (language, minutes) {
        (Language::Persian, 0 | 1) => "پشت سر هم بسیار فرستاده شد. یک دقیقهٔ دیگر دوباره بکوشید.".to_owned(),
        (Language::Persian, _) => {
            format!("پشت سر هم بسیار فرستاده شد. {} دقیقهٔ دیگر دوباره بکوشید.", digits(minutes))
        }
        (Language::English, 0 | 1) => "That was too often. Try again in a minute.".to_owned(),
        (Language::English, _) => format!("That was too often. Try again in {minutes} minutes."),
    }
}
