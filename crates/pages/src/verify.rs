//! Where the QR code of a letter leads: what the festival signed, for whoever compares it with the paper.

use askama::Template;
use axum::{
    extract::{Query, State},
    http::StatusCode,
    response::Response,
};
use chrono::NaiveDate;
use khademyar_domain::{jalali, letter::LetterKind};
use serde::Deserialize;

use crate::{
    Pages,
    frame::{Frame, page},
    trouble::Trouble,
    visitor::Visitor,
};

/// What the address holds.
#[derive(Debug, Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    token: String,
}

/// What the API tells of a letter.
#[derive(Debug, Deserialize)]
struct Letter {
    kind: LetterKind,
    number: String,
    name: String,
    festival: String,
    nights: Option<u32>,
    minutes: Option<i64>,
    issued_on: NaiveDate,
}

#[derive(Template)]
#[template(path = "verify.html")]
struct VerifyPage {
    frame: Frame,
    /// What was signed; nothing, where nothing was.
    facts: Vec<Fact>,
}

/// One thing that stands on the letter.
struct Fact {
    label: String,
    value: String,
}

/// What stands on a letter, as it stands there.
fn facts(frame: &Frame, letter: &Letter) -> Vec<Fact> {
    let kind = match letter.kind {
        LetterKind::Certificate => ("لوح سپاس", "Certificate"),
        LetterKind::Volunteer => ("نامهٔ سپاس به خادمیار", "Letter to a volunteer"),
        LetterKind::District => ("سپاس‌نامه به منطقه", "Letter to a district"),
        LetterKind::Partner => ("سپاس‌نامه به همراه", "Letter to a partner"),
    };
    let date = jalali::without_weekday(letter.issued_on, frame.language);
    let hours = letter.minutes.map(|minutes| frame.n(format_args!("{}:{:02}", minutes / 60, minutes % 60)));
    let facts = [
        (("برای", "For"), Some(letter.name.clone())),
        (("رویداد", "Festival"), Some(letter.festival.clone())),
        (("گونه", "Kind"), Some(frame.say(kind.0, kind.1).to_owned())),
        (("شب‌های خدمت", "Nights of service"), letter.nights.map(|nights| frame.n(nights))),
        (("ساعت‌های خدمت", "Hours of service"), hours),
        (("تاریخ", "Date"), Some(date)),
        (("شماره", "Number"), Some(letter.number.clone())),
    ];
    let facts = facts
        .into_iter()
        .filter_map(|((fa, en), value)| Some(Fact { label: frame.say(fa, en).to_owned(), value: value? }));
    facts.collect()
}

/// The page of a letter.
pub(crate) async fn show(
    State(pages): State<Pages>,
    visitor: Visitor,
    Query(asked): Query<Asked>,
) -> Result<Response, Trouble> {
    let is_digit = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    // Whoever passes a link on leaves a blank, a mark or a full stop at its end.
    let token = asked.token.trim_matches(|c| !is_digit(c));
    let letter = if token.is_empty() || !token.chars().all(|c| is_digit(c) || c == '.') {
        None
    } else {
        match pages.read::<Letter>(&visitor, &format!("/v1/letters/{token}")).await {
            Ok(letter) => Some(letter),
            Err(Trouble::Problem(problem)) if problem.status == 404 => None,
            Err(trouble) => return Err(trouble),
        }
    };
    let title = match &letter {
        Some(_) => visitor.say("این نامه را رویداد امضا کرده است", "The festival signed this letter"),
        None => visitor.say("این نامه امضای ما را ندارد", "We did not sign this letter"),
    };
    let status = if letter.is_some() { StatusCode::OK } else { StatusCode::NOT_FOUND };
    let frame = Frame::new(&visitor, title);
    let facts = letter.map(|letter| facts(&frame, &letter)).unwrap_or_default();
    Ok(page(&visitor, status, &VerifyPage { frame, facts }))
}
