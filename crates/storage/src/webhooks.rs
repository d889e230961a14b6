//! The subscriptions of other systems.

use chrono::{DateTime, Utc};
use khademyar_domain::{
    Id, Text,
    event::{Event, EventKind},
    festival::Festival,
    webhook::Webhook,
};
use sea_orm::{ActiveValue::Set, QueryOrder, entity::prelude::*};
use serde_json::json;

use crate::{Db, StorageError, audit::Change, districts::text, events, messages::Claim};

mod row {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "webhooks")]
    pub(super) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub festival_id: Uuid,
        pub name: String,
        pub url: String,
        pub kinds: String,
        pub secret: Vec<u8>,
        pub created_at: DateTimeUtc,
    }

    impl ActiveModelBehavior for ActiveModel {}
}
use row::{ActiveModel, Column, Entity, Model};

/// A subscription, without what is secret of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscription {
    /// Its id.
    pub id: Id<Webhook>,
    /// What it is called.
    pub name: Text,
    /// Where it is told.
    pub url: String,
    /// Of what; empty: of everything.
    pub kinds: Vec<EventKind>,
    /// Since when.
    pub created_at: DateTime<Utc>,
}

impl Subscription {
    pub(crate) fn wants(&self, kind: EventKind) -> bool {
        self.kinds.is_empty() || self.kinds.contains(&kind)
    }
}

/// What another system is told, and where. Debug output does not show the secret.
#[derive(Clone)]
pub struct Posting {
    /// Where.
    pub url: String,
    /// What it is signed with.
    pub secret: Vec<u8>,
    /// What happened, in order.
    pub events: Vec<Event>,
}

impl std::fmt::Debug for Posting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Posting").field("url", &self.url).finish_non_exhaustive()
    }
}

fn subscription(row: Model) -> Result<Subscription, StorageError> {
    let kinds = row.kinds.split_whitespace().map(EventKind::named).collect::<Option<_>>();
    Ok(Subscription {
        id: row.id.into(),
        name: text(row.name)?,
        url: row.url,
        kinds: kinds.ok_or(StorageError::Corrupt("kinds of a webhook"))?,
        created_at: row.created_at,
    })
}

/// Stores a subscription with its secret.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn insert(
    db: &Db,
    festival_id: Id<Festival>,
    subscription: &Subscription,
    secret: &[u8],
) -> Result<(), StorageError> {
    let kinds: Vec<&str> = subscription.kinds.iter().map(|kind| kind.as_str()).collect();
    let row = ActiveModel {
        id: Set(subscription.id.uuid()),
        festival_id: Set(festival_id.uuid()),
        name: Set(subscription.name.to_string()),
        url: Set(subscription.url.clone()),
        kinds: Set(kinds.join(" ")),
        secret: Set(secret.to_owned()),
        created_at: Set(subscription.created_at),
    };
    Entity::insert(row).exec_without_returning(&db.on()).await?;
    let told = json!({"name": subscription.name, "url": subscription.url, "kinds": kinds});
    db.record(Change::of("webhooks", subscription.id.uuid()).after(&told));
    Ok(())
}

/// The festival's subscriptions, the newest first.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn list(db: &Db, festival_id: Id<Festival>) -> Result<Vec<Subscription>, StorageError> {
    let rows = Entity::find()
        .filter(Column::FestivalId.eq(festival_id.uuid()))
        .order_by_desc(Column::CreatedAt)
        .order_by_desc(Column::Id)
        .all(&db.on())
        .await?;
    rows.into_iter().map(subscription).collect()
}

/// Ends a subscription, with what was still to be told.
///
/// # Errors
/// [`StorageError::NotFound`] when there is none.
pub async fn delete(db: &Db, festival_id: Id<Festival>, id: Id<Webhook>) -> Result<(), StorageError> {
    let deleted = Entity::delete_many()
        .filter(Column::FestivalId.eq(festival_id.uuid()))
        .filter(Column::Id.eq(id.uuid()))
        .exec(&db.on())
        .await?;
    if deleted.rows_affected == 0 {
        return Err(StorageError::NotFound("webhook"));
    }
    db.record(Change::of("webhooks", id.uuid()).before(&json!({"id": id})));
    Ok(())
}

/// What `claim` tells, and where; run it on a snapshot.
///
/// # Errors
/// [`StorageError::NotFound`] when the subscription is gone.
pub async fn posting(db: &Db, claim: &Claim) -> Result<Posting, StorageError> {
    let (Some(id), Some((first, last))) = (claim.webhook_id, claim.numbers) else {
        return Err(StorageError::Corrupt("recipient of a message"));
    };
    let row = Entity::find_by_id(id)
        .filter(Column::FestivalId.eq(claim.festival_id.uuid()))
        .one(&db.on())
        .await?
        .ok_or(StorageError::NotFound("webhook"))?;
    let secret = row.secret.clone();
    let wanted = subscription(row)?;
    let mut events = events::between(db, claim.festival_id, first, last).await?;
    events.retain(|event| wanted.wants(event.event.kind));
    Ok(Posting { url: wanted.url, secret, events })
}
