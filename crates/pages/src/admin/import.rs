//! Volunteers from a file: first what would become of each row, then, once somebody has seen that, the doing.

use askama::Template;
use axum::{
    body::Bytes,
    extract::{Multipart, Path, State},
    http::StatusCode,
    response::Response,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde::Deserialize;
use uuid::Uuid;

use crate::{
    Pages,
    form::refusal,
    frame::{Frame, page},
    ground::Ground,
    session::lead,
    trouble::Trouble,
    visitor::Visitor,
};

/// How many rows are shown: those that somebody must look at before all others.
const SHOWN: usize = 1_000;

/// What would become of a file, or became of it.
#[derive(Deserialize)]
struct Outcome {
    batch_id: Option<Uuid>,
    summary: Summary,
    columns: Vec<Column>,
    rows: Vec<Row>,
}

#[derive(Deserialize)]
struct Summary {
    rows: usize,
    created: usize,
    would_create: usize,
    duplicates: usize,
    rejected: usize,
}

#[derive(Deserialize)]
struct Column {
    heading: String,
    field: Option<String>,
}

#[derive(Deserialize)]
struct Row {
    number: u64,
    fate: Fate,
    name: Option<String>,
    faults: Vec<Fault>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Fate {
    Created,
    WouldCreate,
    Duplicate,
    Rejected,
}

#[derive(Deserialize)]
struct Fault {
    column: Option<String>,
    detail: String,
}

impl Row {
    fn is_good(&self) -> bool {
        matches!(self.fate, Fate::Created | Fate::WouldCreate)
    }

    fn is_known(&self) -> bool {
        self.fate == Fate::Duplicate
    }
}

impl Outcome {
    /// The headings of columns that are not read.
    fn unread(&self) -> Vec<&str> {
        self.columns
            .iter()
            .filter(|column| column.field.is_none() && !column.heading.is_empty())
            .map(|column| column.heading.as_str())
            .collect()
    }
}

/// What is shown of a file that was read.
struct Read {
    outcome: Outcome,
    /// The file as text, to be sent again without being chosen again.
    content: String,
    more: usize,
}

#[derive(Template)]
#[template(path = "admin/import.html")]
struct ImportPage {
    frame: Frame,
    ground: Ground,
    read: Option<Read>,
    fault: Option<String>,
}

async fn shown(
    pages: &Pages,
    visitor: &Visitor,
    festival: Uuid,
    read: Option<Read>,
    fault: Option<String>,
) -> Result<Response, Trouble> {
    let ground = Ground::organized(pages, visitor, festival).await?;
    let mut frame = Frame::new(visitor, visitor.say("خادمیاران از پرونده", "Volunteers from a file"));
    frame.here = format!("/admin/{festival}/import");
    let status = if fault.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok(page(visitor, status, &ImportPage { frame, ground, read, fault }))
}

/// Asks for the file.
pub(crate) async fn show(
    State(pages): State<Pages>,
    visitor: Visitor,
    Path(festival): Path<Uuid>,
) -> Result<Response, Trouble> {
    shown(&pages, &visitor, festival, None, None).await
}

/// What the form was sent with.
#[derive(Default)]
struct Sent {
    file: Bytes,
    /// Whether it is to be done.
    is_meant: bool,
}

async fn sent(mut form: Multipart) -> Option<Sent> {
    let mut sent = Sent::default();
    while let Some(part) = form.next_field().await.ok()? {
        let name = part.name().unwrap_or_default().to_owned();
        let bytes = part.bytes().await.ok()?;
        match name.as_str() {
            "file" => sent.file = bytes,
            "content" => sent.file = STANDARD.decode(&bytes).ok()?.into(),
            "mode" => sent.is_meant = true,
            _ => {}
        }
    }
    Some(sent)
}

/// Reads the file: what would become of each row; or takes in the rows that can be.
pub(crate) async fn read(
    State(pages): State<Pages>,
    visitor: Visitor,
    Path(festival): Path<Uuid>,
    form: Multipart,
) -> Result<Response, Trouble> {
    let Some(Sent { file, is_meant }) = sent(form).await.filter(|sent| !sent.file.is_empty()) else {
        let why = visitor.say(
            "پرونده نرسید یا خالی است. پروندهٔ CSV یا XLSX را برگزینید (حداکثر ۱۰ مگابایت).",
            "The file did not arrive or is empty. Choose a CSV or an XLSX of at most 10 MB.",
        );
        return shown(&pages, &visitor, festival, None, Some(why.to_owned())).await;
    };
    let mode = if is_meant { "good-rows" } else { "dry-run" };
    let path = format!("/v1/festivals/{festival}/volunteers/import?mode={mode}");
    let mut outcome: Outcome = match pages.upload(&visitor, &path, file.clone()).await {
        Ok(answer) => answer.read()?,
        Err(trouble) => {
            let why = refusal(trouble)?.remedy();
            return shown(&pages, &visitor, festival, None, Some(why)).await;
        }
    };
    if let Some(batch) = outcome.batch_id {
        let made = format!("made={}&batch={batch}", outcome.summary.created);
        return Ok(lead(&format!("/admin/{festival}/volunteers?{made}"), Vec::new()));
    }
    let more = outcome.rows.len().saturating_sub(SHOWN);
    if more > 0 {
        outcome.rows.sort_by_key(Row::is_good);
        outcome.rows.truncate(SHOWN);
    }
    let read = Read { outcome, content: STANDARD.encode(&file), more };
    shown(&pages, &visitor, festival, Some(read), None).await
}
