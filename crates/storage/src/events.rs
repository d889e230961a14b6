//! What happened to a published roster, numbered in the order in which it was committed.

use chrono::{DateTime, Utc};
use khademyar_domain::{
    Id,
    district::District,
    event::{Event, EventKind, NewEvent},
    festival::Festival,
    member::User,
    position::Position,
    volunteer::Volunteer,
};
use sea_orm::{
    ActiveValue::Set, Condition, ConnectionTrait, QueryOrder, QuerySelect, Statement, entity::prelude::*,
};

use crate::{
    Db, StorageError,
    messages::{self, Occasion},
    table::insert_rows,
};

mod row {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "events")]
    pub(super) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub festival_id: Uuid,
        pub number: i64,
        pub kind: String,
        pub at: DateTimeUtc,
        pub by_user_id: Option<Uuid>,
        pub district_id: Option<Uuid>,
        pub volunteer_id: Option<Uuid>,
        pub assignment_id: Option<Uuid>,
        pub assignment_version: Option<i64>,
        pub position_id: Option<Uuid>,
        #[sea_orm(column_type = "JsonBinary")]
        pub body: Json,
    }

    impl ActiveModelBehavior for ActiveModel {}
}
use row::{ActiveModel, Column, Entity, Model};

/// Whose events are read.
#[derive(Clone, Copy, Debug)]
pub enum Audience<'a> {
    /// Everything that happens in the festival.
    Festival,
    /// What happens in these districts.
    Districts(&'a [Id<District>]),
    /// What happens in these positions.
    Positions(&'a [Id<Position>]),
    /// What happens to this volunteer.
    Volunteer(Id<Volunteer>),
}

fn from_row(row: Model) -> Result<Event, StorageError> {
    Ok(Event {
        id: row.id,
        number: row.number,
        at: row.at,
        by: row.by_user_id.map(Id::from),
        event: NewEvent {
            kind: EventKind::named(&row.kind).ok_or(StorageError::Corrupt("kind of an event"))?,
            district_id: row.district_id.map(Id::from),
            volunteer_id: row.volunteer_id.map(Id::from),
            assignment: row.assignment_id.map(Id::from).zip(row.assignment_version),
            position_id: row.position_id.map(Id::from),
            body: row.body,
        },
    })
}

/// Writes what happens in this transaction, and a message for every person and system that is to be told of it. To be called last before [`Db::commit_change`]: from here to the commit
/// others who write to the festival wait, so that whoever has read an event has read all that were committed before it.
///
/// # Errors
/// [`StorageError::Refused`] when this version of an assignment happened already.
pub async fn append(
    db: &Db,
    festival_id: Id<Festival>,
    events: Vec<NewEvent>,
    by: Option<Id<User>>,
    now: DateTime<Utc>,
    new_id: &mut (dyn FnMut() -> Uuid + Send),
) -> Result<(), StorageError> {
    if events.is_empty() {
        return Ok(());
    }
    let last = raise_number(db, festival_id, events.len() as i64).await?;
    let first = last - events.len() as i64 + 1;
    let occasion = Occasion { festival_id, first, last, by, now };
    let mut told = messages::of_events(db, &occasion, &events, new_id).await?;
    told.extend(messages::to_systems(db, &occasion, &events, new_id).await?);
    let rows = (first..)
        .zip(events)
        .map(|(number, event)| ActiveModel {
            id: Set(new_id()),
            festival_id: Set(festival_id.uuid()),
            number: Set(number),
            kind: Set(event.kind.as_str().to_owned()),
            at: Set(now),
            by_user_id: Set(by.map(Id::uuid)),
            district_id: Set(event.district_id.map(Id::uuid)),
            volunteer_id: Set(event.volunteer_id.map(Id::uuid)),
            assignment_id: Set(event.assignment.map(|(id, _)| id.uuid())),
            assignment_version: Set(event.assignment.map(|(_, version)| version)),
            position_id: Set(event.position_id.map(Id::uuid)),
            body: Set(event.body),
        })
        .collect();
    insert_rows(db, rows).await?;
    insert_rows(db, told).await
}

/// The events from number `first` to `last`, in order.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub(crate) async fn between(
    db: &Db,
    festival_id: Id<Festival>,
    first: i64,
    last: i64,
) -> Result<Vec<Event>, StorageError> {
    let rows = Entity::find()
        .filter(Column::FestivalId.eq(festival_id.uuid()))
        .filter(Column::Number.between(first, last))
        .order_by_asc(Column::Number)
        .all(&db.on())
        .await?;
    rows.into_iter().map(from_row).collect()
}

async fn raise_number(db: &Db, festival_id: Id<Festival>, by: i64) -> Result<i64, StorageError> {
    let raise = Statement::from_sql_and_values(
        db.on().get_database_backend(),
        "UPDATE festivals SET event_number = event_number + $1 WHERE id = $2 RETURNING event_number",
        [by.into(), festival_id.uuid().into()],
    );
    let row = db.on().query_one_raw(raise).await?.ok_or(StorageError::NotFound("festival"))?;
    Ok(row.try_get_by_index(0)?)
}

/// The number of the festival's last event; 0 where nothing happened yet.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn last_number(db: &Db, festival_id: Id<Festival>) -> Result<i64, StorageError> {
    let number: Option<Option<i64>> = Entity::find()
        .select_only()
        .expr(Column::Number.max())
        .filter(Column::FestivalId.eq(festival_id.uuid()))
        .into_tuple()
        .one(&db.on())
        .await?;
    Ok(number.flatten().unwrap_or(0))
}

/// What happened after event `number`, in order, `limit` events at the most.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn after(
    db: &Db,
    festival_id: Id<Festival>,
    audience: Audience<'_>,
    number: i64,
    limit: u64,
) -> Result<Vec<Event>, StorageError> {
    let concerned = match audience {
        Audience::Festival => Condition::all(),
        Audience::Districts(districts) => {
            Condition::all().add(Column::DistrictId.is_in(crate::table::uuids(districts)))
        }
        Audience::Positions(positions) => {
            Condition::all().add(Column::PositionId.is_in(crate::table::uuids(positions)))
        }
        Audience::Volunteer(volunteer) => Condition::all().add(Column::VolunteerId.eq(volunteer.uuid())),
    };
    let rows = Entity::find()
        .filter(Column::FestivalId.eq(festival_id.uuid()))
        .filter(Column::Number.gt(number))
        .filter(concerned)
        .order_by_asc(Column::Number)
        .limit(limit)
        .all(&db.on())
        .await?;
    rows.into_iter().map(from_row).collect()
}
