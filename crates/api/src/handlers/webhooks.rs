//! Subscriptions of other systems to what happens.

use axum::{
    Json,
    extract::State,
    http::{HeaderName, StatusCode, header},
};
use chrono::{DateTime, Utc};
use khademyar_domain::{Check, Fault, Id, Text, event::EventKind, webhook::Webhook};
use khademyar_senders::{BadAddress, written_secret};
use khademyar_storage::webhooks::{self, Subscription};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    auth::secret::random,
    contract::{Acting, Reading, Writing},
    error::ApiError,
    extract::{At, Body, Organizer},
    state::AppState,
};

/// How many subscriptions a festival may have: each is told of every change.
const MOST: usize = 20;

/// A subscription about to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "سامانهٔ شهرداری", "url": "https://city.example/khademyar", "kinds": ["assignment_withdrawn"]}))]
pub(crate) struct NewWebhookBody {
    /// What it is called, so that one knows later which system it is.
    name: Text,
    /// Where the system is told: a public `https://` address, or one that the configuration allows.
    #[schema(min_length = 1, max_length = 500)]
    url: String,
    /// Of what it is told; empty or left out: of everything.
    #[serde(default)]
    #[schema(max_items = 50)]
    kinds: Vec<EventKind>,
}

impl Check for NewWebhookBody {}

/// A subscription, without its secret.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "id": "0190d1a0-5e6c-7a3b-8c1d-2f3a4b5c6d7e", "name": "سامانهٔ شهرداری",
    "url": "https://city.example/khademyar", "kinds": ["assignment_withdrawn"], "created_at": "2027-03-01T08:30:00Z"
}))]
pub(crate) struct WebhookBody {
    /// Its id.
    id: Uuid,
    /// What it is called.
    name: Text,
    /// Where the system is told.
    url: String,
    /// Of what it is told; empty: of everything.
    kinds: Vec<EventKind>,
    /// Since when.
    created_at: DateTime<Utc>,
}

impl From<Subscription> for WebhookBody {
    fn from(subscription: Subscription) -> Self {
        Self {
            id: subscription.id.uuid(),
            name: subscription.name,
            url: subscription.url,
            kinds: subscription.kinds,
            created_at: subscription.created_at,
        }
    }
}

/// A subscription that was just made.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "id": "0190d1a0-5e6c-7a3b-8c1d-2f3a4b5c6d7e", "secret": "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oDTpvq8Rr9vHM="
}))]
pub(crate) struct MadeWebhookBody {
    /// Its id.
    id: Uuid,
    /// What deliveries are signed with. It is shown here and never again.
    secret: String,
}

/// The festival's subscriptions.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WebhooksBody {
    /// The newest first.
    items: Vec<WebhookBody>,
}

/// Lists the systems that are told what happens. What they were told, and what they did not take, stands among the
/// messages.
#[utoipa::path(get, path = "/v1/festivals/{festival_id}/webhooks", tag = "festivals",
    params(("festival_id" = Uuid, Path, description = "The festival.")),
    responses((status = 200, description = "The subscriptions.", body = WebhooksBody), Reading))]
pub(crate) async fn list_webhooks(
    State(app): State<AppState>,
    organizer: Organizer,
) -> Result<Json<WebhooksBody>, ApiError> {
    let subscriptions = webhooks::list(&app.store.reader(), organizer.festival_id).await?;
    Ok(Json(WebhooksBody { items: subscriptions.into_iter().map(WebhookBody::from).collect() }))
}

/// Has another system told what happens to the published roster: by signed requests with ids and no names, each change at
/// least once.
#[utoipa::path(post, path = "/v1/festivals/{festival_id}/webhooks", tag = "festivals", request_body = NewWebhookBody,
    params(("festival_id" = Uuid, Path, description = "The festival.")),
    responses((status = 201, description = "Made; the secret is shown this once.", body = MadeWebhookBody), Writing))]
pub(crate) async fn create_webhook(
    State(app): State<AppState>,
    organizer: Organizer,
    Body(mut body): Body<NewWebhookBody>,
) -> Result<(StatusCode, [(HeaderName, &'static str); 1], Json<MadeWebhookBody>), ApiError> {
    app.courier.senders().webhooks.check(&body.url).map_err(bad_address)?;
    body.kinds.sort_unstable_by_key(|kind| kind.as_str());
    body.kinds.dedup();
    let secret = random()?;
    let subscription = Subscription {
        id: app.new_id().into(),
        name: body.name,
        url: body.url,
        kinds: body.kinds,
        created_at: app.clock.now(),
    };
    let db = app.store.begin().await?;
    if webhooks::list(&db, organizer.festival_id).await?.len() >= MOST {
        return Err(ApiError::conflict(
            "too-many-webhooks",
            "Twenty systems are told already: end one of the subscriptions first.",
            "بیست سامانه هم‌اکنون باخبر می‌شوند: نخست یکی از اشتراک‌ها را پایان دهید.",
        ));
    }
    webhooks::insert(&db, organizer.festival_id, &subscription, &secret).await?;
    db.commit().await?;
    let made = MadeWebhookBody { id: subscription.id.uuid(), secret: written_secret(&secret) };
    Ok((StatusCode::CREATED, [(header::CACHE_CONTROL, "no-store")], Json(made)))
}

/// Tells another system nothing any more, at once.
#[utoipa::path(delete, path = "/v1/festivals/{festival_id}/webhooks/{id}", tag = "festivals",
    params(("festival_id" = Uuid, Path, description = "The festival."), ("id" = Uuid, Path, description = "Its id.")),
    responses((status = 204, description = "Ended."), Acting))]
pub(crate) async fn delete_webhook(
    State(app): State<AppState>,
    organizer: Organizer,
    At((_festival_id, id)): At<(Uuid, Id<Webhook>)>,
) -> Result<StatusCode, ApiError> {
    let db = app.store.begin().await?;
    webhooks::delete(&db, organizer.festival_id, id).await?;
    db.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

fn bad_address(error: BadAddress) -> ApiError {
    let (code, en, fa) = match error {
        BadAddress::Unreadable => (
            "not_an_address",
            "Give an address such as https://city.example/khademyar, without a name, a password or a fragment.",
            "نشانی‌ای مانند https://city.example/khademyar بدهید، بی نام کاربری و گذرواژه و بخش پس از #.",
        ),
        BadAddress::NotHttps => (
            "not_https",
            "Give an address that begins with https://.",
            "نشانی‌ای بدهید که با https:// آغاز شود.",
        ),
        BadAddress::Private => (
            "private_address",
            "Give a public address; the operator may allow others in the configuration.",
            "نشانی همگانی بدهید؛ گرداننده می‌تواند نشانی‌های دیگر را در پیکربندی مجاز کند.",
        ),
    };
    ApiError::Invalid(vec![Fault::new("/url", code, en, fa)])
}
