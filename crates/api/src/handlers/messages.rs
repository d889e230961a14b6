//! What people are written: how it stands, and what they want of it.

use axum::{
    Json,
    extract::{RawQuery, State},
};
use chrono::{DateTime, Utc};
use khademyar_domain::{Check, language::Language, message::MessageKind, rights::Action};
use khademyar_storage::messages::{self, Message, Preferences};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    contract::{Acting, Own, Querying, Writing},
    error::ApiError,
    extract::{At, Body, InFestival},
    own_part::OwnPart,
    query,
    state::AppState,
};

/// A message to someone, or to another system: how it stands, not what it says.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "id": "0190d1a0-5e6c-7a3b-8c1d-2f3a4b5c6d7e", "kind": "assignment_offered", "channel": "sms",
    "volunteer_id": "0190d1a0-5e6c-7a3b-8c1d-000000000001", "user_id": null, "webhook_id": null, "state": "sent", "attempts": 1,
    "next_at": null, "error": null, "created_at": "2027-03-01T08:30:00Z", "sent_at": "2027-03-01T08:30:02Z"
}))]
pub(crate) struct MessageBody {
    /// Its id, the same however often it is sent: a receiver knows by it what it has already.
    id: Uuid,
    /// What it is of.
    kind: MessageKind,
    /// How it leaves: `sms`; `webhook` to another system; `email` to a reader of the weekly reports.
    channel: String,
    /// For which volunteer.
    volunteer_id: Option<Uuid>,
    /// Or for which user, who looks after a district.
    user_id: Option<Uuid>,
    /// Or for which other system: its subscription.
    webhook_id: Option<Uuid>,
    /// `queued`; `sent`; `dead` after too many tries; `dropped` where nobody is to have it.
    state: String,
    /// How often it was tried.
    attempts: i32,
    /// When it is tried next.
    next_at: Option<DateTime<Utc>>,
    /// Why it did not leave. Of what was dropped: `no_phone`, `unwanted`, or `too_late` where the shift was over.
    error: Option<String>,
    /// When what it tells of happened.
    created_at: DateTime<Utc>,
    /// When it left.
    sent_at: Option<DateTime<Utc>>,
}

impl From<Message> for MessageBody {
    fn from(message: Message) -> Self {
        Self {
            id: message.id,
            kind: message.kind,
            channel: message.channel,
            volunteer_id: message.volunteer_id,
            user_id: message.user_id,
            webhook_id: message.webhook_id,
            state: message.state,
            attempts: message.attempts,
            next_at: message.next_at,
            error: message.error,
            created_at: message.created_at,
            sent_at: message.sent_at,
        }
    }
}

/// A page of messages.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MessagePageBody {
    /// The newest first, where nothing else is asked for.
    items: Vec<MessageBody>,
    /// Where the next page begins; null after the last.
    #[schema(example = json!(null))]
    next_cursor: Option<String>,
}

/// Lists the messages to the festival's people and to other systems, and how they stand: those that could not be sent among them.
#[utoipa::path(get, path = "/v1/festivals/{festival_id}/messages", tag = "roster",
    params(("festival_id" = Uuid, Path, description = "The festival."),
           ("limit" = Option<u64>, Query, description = "How many rows at the most.", minimum = 1, maximum = 500),
           ("cursor" = Option<String>, Query, description = "The `next_cursor` of the page before."),
           ("sort" = Option<String>, Query, description = "By what; with `-`, the newest first.", pattern = "^-?created_at$"),
           ("state" = Option<String>, Query, description = "Only those that stand so.", pattern = "^(queued|sent|dead|dropped)$"),
           ("kind" = Option<String>, Query, description = "Only those of this kind.", max_length = 100),
           ("volunteer_id" = Option<Uuid>, Query, description = "Only those to this volunteer."),
           ("webhook_id" = Option<Uuid>, Query, description = "Only those of this subscription.")),
    responses((status = 200, description = "A page.", body = MessagePageBody), Querying))]
pub(crate) async fn list_messages(
    State(app): State<AppState>,
    here: InFestival,
    RawQuery(query): RawQuery,
) -> Result<Json<MessagePageBody>, ApiError> {
    here.may(Action::Organize)?;
    let listing = query::newest_first(messages::FILTERS, messages::SORTS, query.as_deref())?;
    let page = messages::list(&app.store.reader(), here.festival_id, &listing).await?;
    Ok(Json(MessagePageBody {
        items: page.items.into_iter().map(MessageBody::from).collect(),
        next_cursor: page.next.map(|cursor| cursor.encode()),
    }))
}

/// Queues a message once more that is dead or was dropped. It keeps its id. What it tells is as things stand when it leaves.
#[utoipa::path(post, path = "/v1/festivals/{festival_id}/messages/{message_id}/resend", tag = "roster",
    params(("festival_id" = Uuid, Path, description = "The festival."),
           ("message_id" = Uuid, Path, description = "The message.")),
    responses((status = 200, description = "It is queued.", body = MessageBody), Acting))]
pub(crate) async fn resend_message(
    State(app): State<AppState>,
    here: InFestival,
    At((_festival_id, id)): At<(Uuid, Uuid)>,
) -> Result<Json<MessageBody>, ApiError> {
    here.may(Action::Organize)?;
    let db = app.store.begin().await?;
    let message = messages::resend(&db, here.festival_id, id, app.clock.now()).await?;
    db.commit().await?;
    Ok(Json(message.into()))
}

/// What one wants to be written, and in which language.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"language": "fa", "unwanted_sms": ["cover_asked"]}))]
pub(crate) struct PreferencesBody {
    /// In which language.
    language: Language,
    /// What is not to come as a text message.
    #[schema(max_items = 50)]
    unwanted_sms: Vec<MessageKind>,
}

impl Check for PreferencesBody {}

impl From<Preferences> for PreferencesBody {
    fn from(preferences: Preferences) -> Self {
        Self { language: preferences.language, unwanted_sms: preferences.unwanted }
    }
}

/// Tells what one wants to be written.
#[utoipa::path(get, path = "/v1/me/preferences", tag = "me",
    params(("festival_id" = Option<Uuid>, Query, description = "In which festival; left out: the one whose nights end next.")),
    responses((status = 200, description = "What one wants.", body = PreferencesBody), Own))]
pub(crate) async fn get_my_preferences(
    State(app): State<AppState>,
    own: OwnPart,
) -> Result<Json<PreferencesBody>, ApiError> {
    let wanted = messages::preferences(&app.store.reader(), own.festival_id, own.volunteer_id).await?;
    Ok(Json(wanted.into()))
}

/// Says what one wants to be written, and in which language.
#[utoipa::path(put, path = "/v1/me/preferences", tag = "me", request_body = PreferencesBody,
    params(("festival_id" = Option<Uuid>, Query, description = "In which festival; left out: the one whose nights end next.")),
    responses((status = 200, description = "What one wants.", body = PreferencesBody), Writing))]
pub(crate) async fn replace_my_preferences(
    State(app): State<AppState>,
    own: OwnPart,
    Body(body): Body<PreferencesBody>,
) -> Result<Json<PreferencesBody>, ApiError> {
    let mut unwanted: Vec<MessageKind> = Vec::new();
    for kind in body.unwanted_sms {
        if !unwanted.contains(&kind) {
            unwanted.push(kind);
        }
    }
    let wanted = Preferences { language: body.language, unwanted };
    let db = app.store.begin().await?;
    messages::set_preferences(&db, own.festival_id, own.volunteer_id, &wanted).await?;
    db.commit().await?;
    Ok(Json(wanted.into()))
}
