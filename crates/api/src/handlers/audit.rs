//! Who changed what.

use std::collections::HashMap;

use axum::{
    Json,
    extract::{RawQuery, State},
};
use chrono::{DateTime, Utc};
use khademyar_domain::{Id, Text, disclosure::Reader, rights::Action};
use khademyar_storage::{
    audit::{self, Entry},
    users,
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{contract::Querying, error::ApiError, extract::InFestival, query, state::AppState};

/// Something that was changed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "number": 17, "at": "2027-03-01T08:30:00Z", "actor_id": "0190d1a0-5e6c-7a3b-8c1d-2f3a4b5c6d7e",
    "actor_name": "مریم نیک‌اندیش", "address": "192.0.2.7",
    "api_token_id": null, "operation": "replace_district", "kind": "districts", "object_id": "0190d1a0-5e6c-7a3b-8c1d-2f3a4b5c6d7f",
    "before": {"priority": 3}, "after": {"priority": 5}, "erased": false, "hash": "9f86d081884c7d65"
}))]
pub(crate) struct AuditEntryBody {
    /// Its place in the festival's chain, from 1.
    number: i64,
    /// When.
    at: DateTime<Utc>,
    /// Who, as a user; null: the service itself.
    actor_id: Option<Uuid>,
    /// What they are called now; null where they are no user any more.
    actor_name: Option<String>,
    /// The address it came from; null where nobody knows.
    address: Option<String>,
    /// The token for another system that asked in their name; null where it was themselves.
    api_token_id: Option<Uuid>,
    /// By which operation of the API.
    operation: String,
    /// In which list.
    kind: Option<String>,
    /// What.
    object_id: Option<Uuid>,
    /// How it was, as far as it differs.
    before: Option<serde_json::Value>,
    /// How it is, as far as it differs.
    after: Option<serde_json::Value>,
    /// Whether what was before and after is erased, with the person it told of.
    erased: bool,
    /// The hash of the entry, in hexadecimal: the next entry holds it.
    hash: String,
}

impl AuditEntryBody {
    fn new(entry: Entry, names: &HashMap<Uuid, (String, Text)>) -> Self {
        let told = |part: &str| entry.change.as_ref().and_then(|change| change.get(part).cloned());
        Self {
            before: told("before"),
            after: told("after"),
            erased: entry.change.is_none(),
            hash: entry.hash,
            number: entry.number,
            at: entry.at,
            actor_id: entry.by.map(Id::uuid),
            actor_name: entry.by.and_then(|by| names.get(&by.uuid())).map(|(_, name)| name.to_string()),
            address: entry.address,
            api_token_id: entry.api_token.map(Id::uuid),
            operation: entry.operation,
            kind: entry.kind,
            object_id: entry.object_id,
        }
    }
}

impl AuditEntryBody {
    /// As much of it as `reader` is told: as of volunteers themselves.
    fn told(mut self, reader: Reader) -> Self {
        if reader != Reader::InCharge {
            for told in
                [&mut self.before, &mut self.after].into_iter().flatten().filter_map(|v| v.as_object_mut())
            {
                told.retain(|key, _| key != "phone" && key != "birth_year");
            }
        }
        self
    }
}

/// A page of what was changed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AuditPageBody {
    /// The newest first, where nothing else is asked for.
    items: Vec<AuditEntryBody>,
    /// Where the next page begins; null after the last.
    #[schema(example = json!(null))]
    next_cursor: Option<String>,
}

/// Lists who changed what in the festival, when and from where, with what was before and after.
#[utoipa::path(get, path = "/v1/festivals/{festival_id}/audit", tag = "festivals",
    params(("festival_id" = Uuid, Path, description = "The festival."),
           ("limit" = Option<u64>, Query, description = "How many rows at the most.", minimum = 1, maximum = 500),
           ("cursor" = Option<String>, Query, description = "The `next_cursor` of the page before."),
           ("sort" = Option<String>, Query, description = "By what; with `-`, the newest first.", pattern = "^-?number$"),
           ("object_id" = Option<Uuid>, Query, description = "Only changes of this."),
           ("actor_id" = Option<Uuid>, Query, description = "Only changes by this user."),
           ("person_id" = Option<Uuid>, Query, description = "Only changes of what is personal to this volunteer or user."),
           ("operation" = Option<String>, Query, description = "Only changes by this operation.", max_length = 100)),
    responses((status = 200, description = "A page.", body = AuditPageBody), Querying))]
pub(crate) async fn list_audit_entries(
    State(app): State<AppState>,
    here: InFestival,
    RawQuery(query): RawQuery,
) -> Result<Json<AuditPageBody>, ApiError> {
    let scope = here.may(Action::ReadAudit)?;
    let listing = query::newest_first(audit::FILTERS, audit::SORTS, query.as_deref())?;
    let db = app.store.reader();
    let page = audit::list(&db, here.festival_id, &listing).await?;
    let actors = page.items.iter().filter_map(|entry| entry.by).map(Id::uuid).collect();
    let names = users::names(&db, actors).await?;
    Ok(Json(AuditPageBody {
        items: page
            .items
            .into_iter()
            .map(|entry| AuditEntryBody::new(entry, &names).told(here.reader(&scope)))
            .collect(),
        next_cursor: page.next.map(|cursor| cursor.encode()),
    }))
}
