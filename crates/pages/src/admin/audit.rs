//! Who changed what.

use askama::Template;
use axum::{
    extract::{Path, Query, State},
    http::StatusCode,
    response::Response,
};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use super::{lists::List, when::moment};
use crate::{
    Pages,
    form::{encoded, said},
    frame::{Frame, page},
    ground::{Ground, Page},
    trouble::Trouble,
    visitor::Visitor,
};

/// How many entries a page shows.
const SHOWN: usize = 50;

#[derive(Deserialize)]
struct Entry {
    number: i64,
    at: DateTime<Utc>,
    actor_id: Option<Uuid>,
    actor_name: Option<String>,
    address: Option<String>,
    operation: String,
    kind: Option<String>,
    before: Option<Value>,
    after: Option<Value>,
    erased: bool,
}

/// A field that was changed.
struct Change {
    field: String,
    before: String,
    after: String,
}

struct Shown {
    number: String,
    when: String,
    who: String,
    address: Option<String>,
    what: String,
    changes: Vec<Change>,
    is_erased: bool,
}

/// Where in the history.
#[derive(Deserialize)]
pub(crate) struct Which {
    cursor: Option<String>,
}

#[derive(Deserialize)]
struct Me {
    user_id: Uuid,
}

#[derive(Template)]
#[template(path = "admin/audit.html")]
struct AuditPage {
    frame: Frame,
    ground: Ground,
    entries: Vec<Shown>,
    next: Option<String>,
}

/// What was done, in words: operations are named by a verb and what it was done to.
fn what(entry: &Entry, visitor: &Visitor) -> String {
    let verbs = [
        ("create_", "افزودن", "added"),
        ("replace_", "تغییر", "changed"),
        ("delete_", "برداشتن", "removed"),
        ("undo_", "پس گرفتن", "undone"),
        ("import_", "خواندن از پرونده", "imported"),
        ("publish_", "انتشار", "published"),
        ("unpublish_", "پس گرفتن انتشار", "publication taken back"),
        ("stop_", "توقف", "stopped"),
        ("assign_", "دادن جا", "seat given"),
        ("remove_", "گرفتن جا", "seat taken"),
        ("move_", "جابه‌جایی", "moved"),
        ("accept_", "پذیرفتن", "accepted"),
        ("decline_", "نپذیرفتن", "declined"),
        ("withdraw_", "انصراف", "withdrawn"),
    ];
    let objects = [
        ("shifts", ("شیفت", "shift")),
        ("positions", ("جایگاه", "position")),
        ("festivals", ("رویداد", "festival")),
        ("members", ("نقش", "member")),
        ("plans", ("برنامه", "plan")),
        ("assignments", ("خدمت", "assignment")),
        ("batches", ("افزودن گروهی", "bulk creation")),
    ];
    let verb = verbs.iter().find(|(beginning, ..)| entry.operation.starts_with(beginning));
    let Some((_, fa, en)) = verb else { return entry.operation.clone() };
    let kind = entry.kind.as_deref().unwrap_or_default();
    let object = objects.iter().find(|(name, _)| *name == kind).map(|(_, words)| *words);
    let object = object.or_else(|| List::named(kind).map(|list| list.title));
    match object {
        Some(object) => format!("{}: {}", said(visitor, object), visitor.say(fa, en)),
        None => visitor.say(fa, en).to_owned(),
    }
}

/// Every field that differs.
fn changes(entry: &Entry) -> Vec<Change> {
    let empty = serde_json::Map::new();
    let [before, after] =
        [&entry.before, &entry.after].map(|side| side.as_ref().and_then(Value::as_object).unwrap_or(&empty));
    let mut fields: Vec<&String> = before.keys().chain(after.keys()).collect();
    fields.sort();
    fields.dedup();
    let text = |value: Option<&Value>| match value {
        None | Some(Value::Null) => "—".to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(value) => value.to_string(),
    };
    fields
        .into_iter()
        .map(|field| Change {
            field: field.clone(),
            before: text(before.get(field)),
            after: text(after.get(field)),
        })
        .collect()
}

/// Shows the history, the newest first.
pub(crate) async fn show(
    State(pages): State<Pages>,
    visitor: Visitor,
    Path(festival): Path<Uuid>,
    Query(which): Query<Which>,
) -> Result<Response, Trouble> {
    let ground = Ground::organized(&pages, &visitor, festival).await?;
    let me: Me = pages.read(&visitor, "/v1/me").await?;
    let cursor = which.cursor.map_or_else(String::new, |cursor| format!("&cursor={}", encoded(&cursor)));
    let path = format!("{}/audit?limit={SHOWN}{cursor}", ground.path());
    let (entries, next) = pages.read::<Page<Entry>>(&visitor, &path).await?.parts();
    let frame = Frame::new(&visitor, visitor.say("تاریخچه", "History"));
    let shown = entries.iter().map(|entry| Shown {
        number: frame.n(entry.number),
        when: moment(entry.at, &ground, &frame),
        who: match entry.actor_id {
            None => visitor.say("سامانه", "the service").to_owned(),
            Some(id) if id == me.user_id => visitor.say("شما", "you").to_owned(),
            Some(_) => entry.actor_name.clone().unwrap_or_else(|| "—".to_owned()),
        },
        address: entry.address.clone(),
        what: what(entry, &visitor),
        changes: changes(entry),
        is_erased: entry.erased,
    });
    let entries = shown.collect();
    let next = next.map(|cursor| encoded(&cursor));
    Ok(page(&visitor, StatusCode::OK, &AuditPage { frame, ground, entries, next }))
}
