//! Messages as organizers see them: how they stand, not what they say.

use chrono::{DateTime, Utc};
use khademyar_domain::{Id, festival::Festival, message::MessageKind};
use sea_orm::{ActiveValue::Set, entity::prelude::*};

use super::row::{ActiveModel, Column, Entity, Model};
use crate::{
    Db, StorageError,
    audit::Change,
    listing::{self, Filter, FilterKind, Listing, Page, Sort},
};

const STATES: &[&str] = &["queued", "sent", "dead", "dropped"];

/// What lists of messages can be narrowed by.
pub const FILTERS: &[Filter] = &[
    Filter { name: "state", kind: FilterKind::Word(STATES) },
    Filter { name: "kind", kind: FilterKind::Text },
    Filter { name: "volunteer_id", kind: FilterKind::Id },
    Filter { name: "webhook_id", kind: FilterKind::Id },
];

/// What lists of messages can be sorted by.
pub const SORTS: &[Sort] = &[Sort { name: "created_at", column: "created_at" }];

/// A message as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Which: receivers know by it what they were sent already.
    pub id: Uuid,
    /// Of what.
    pub kind: MessageKind,
    /// How: `sms` or `webhook`.
    pub channel: String,
    /// For which volunteer.
    pub volunteer_id: Option<Uuid>,
    /// Or for which user.
    pub user_id: Option<Uuid>,
    /// Or for which subscription.
    pub webhook_id: Option<Uuid>,
    /// `queued`, `sent`, `dead` or `dropped`.
    pub state: String,
    /// How often it was tried.
    pub attempts: i32,
    /// When it is tried next, where it is queued.
    pub next_at: Option<DateTime<Utc>>,
    /// Why it did not leave.
    pub error: Option<String>,
    /// When what it tells of was committed.
    pub created_at: DateTime<Utc>,
    /// When it left.
    pub sent_at: Option<DateTime<Utc>>,
}

fn from_row(row: Model) -> Result<Message, StorageError> {
    Ok(Message {
        id: row.id,
        kind: MessageKind::named(&row.kind).ok_or(StorageError::Corrupt("kind of a message"))?,
        channel: row.channel,
        volunteer_id: row.volunteer_id,
        user_id: row.user_id,
        webhook_id: row.webhook_id,
        next_at: (row.state == "queued").then_some(row.next_at),
        state: row.state,
        attempts: row.attempts,
        error: row.error,
        created_at: row.created_at,
        sent_at: row.sent_at,
    })
}

/// One page of a festival's messages.
///
/// # Errors
/// [`StorageError::NotFound`] for a cursor of another list.
pub async fn list(
    db: &Db,
    festival_id: Id<Festival>,
    listing: &Listing,
) -> Result<Page<Message>, StorageError> {
    let mut rows = Entity::find().filter(Column::FestivalId.eq(festival_id.uuid()));
    for (name, value) in &listing.filters {
        rows = rows.filter(listing::having::<Entity>(name, value)?);
    }
    let page = listing::page(listing::select(rows, listing)?.all(&db.on()).await?, listing)?;
    let items = page.items.into_iter().map(from_row).collect::<Result<_, _>>()?;
    Ok(Page { items, next: page.next })
}

/// The rule that only what did not leave is sent again.
pub(crate) const NOT_LEFT: &str = "messages_not_left";

/// Queues a message once more that is dead or was dropped; it keeps its id.
///
/// # Errors
/// [`StorageError::NotFound`] when there is none, [`StorageError::Refused`] when it was sent or is queued.
pub async fn resend(
    db: &Db,
    festival_id: Id<Festival>,
    id: Uuid,
    now: DateTime<Utc>,
) -> Result<Message, StorageError> {
    let of_id = || Entity::find_by_id(id).filter(Column::FestivalId.eq(festival_id.uuid()));
    let before = of_id().one(&db.on()).await?.ok_or(StorageError::NotFound("message"))?;
    let update = Entity::update_many()
        .set(ActiveModel {
            state: Set("queued".to_owned()),
            attempts: Set(0),
            next_at: Set(now),
            error: Set(None),
            ..Default::default()
        })
        .filter(Column::Id.eq(id))
        .filter(Column::State.is_in(["dead", "dropped"]))
        .exec(&db.on())
        .await?;
    if update.rows_affected == 0 {
        return Err(StorageError::Refused(NOT_LEFT.to_owned()));
    }
    let states = [&before.state, "queued"].map(|state| serde_json::json!({"state": state}));
    db.record(Change::of("messages", id).before(&states[0]).after(&states[1]));
    from_row(of_id().one(&db.on()).await?.ok_or(StorageError::NotFound("message"))?)
}
