//! What phones told of who was there: rows that are never changed.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use khademyar_domain::{
    Id,
    assignment::{Assignment, Standing},
    attendance::{Saying, SeenBy, Told},
    device::Device,
    district::District,
    festival::Festival,
    member::User,
    venue::Venue,
};
use sea_orm::{
    ActiveValue::Set,
    ConnectionTrait, ExprTrait,
    entity::prelude::*,
    sea_query::{Expr, Query},
};
use serde_json::json;

use crate::{
    Db, StorageError,
    audit::Change,
    table::{insert_rows, uuids},
};

mod row {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "attendance_events")]
    pub(super) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub festival_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub assignment_id: Uuid,
        pub kind: String,
        pub minutes: Option<i32>,
        pub undoes_id: Option<Uuid>,
        pub at: DateTimeUtc,
        pub received_at: DateTimeUtc,
        pub by_user_id: Option<Uuid>,
        pub device_id: Option<Uuid>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}
use row::{ActiveModel, Column, Entity, Model};

/// Who tells, from what, and when it arrives.
#[derive(Clone, Copy, Debug)]
pub struct Teller {
    /// Who.
    pub by: Id<User>,
    /// What they are signed in on; none: another system's token.
    pub device_id: Option<Id<Device>>,
    /// When.
    pub now: DateTime<Utc>,
}

/// Where an assignment is served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// At which venue.
    pub venue_id: Id<Venue>,
    /// In which district that night.
    pub district_id: Id<District>,
}

/// How it is stored: the word, the minutes, what is undone.
fn columns(saying: Saying) -> (&'static str, Option<i32>, Option<Uuid>) {
    match saying {
        Saying::CheckIn => ("check_in", None, None),
        Saying::CheckOut => ("check_out", None, None),
        Saying::Present => ("present", None, None),
        Saying::Partial(minutes) => ("partial", Some(minutes), None),
        Saying::Absent => ("absent", None, None),
        Saying::Excused => ("excused", None, None),
        Saying::Undo(id) => ("undo", None, Some(id.uuid())),
    }
}

fn told(row: &Model) -> Result<Told, StorageError> {
    let saying = match (row.kind.as_str(), row.minutes, row.undoes_id) {
        ("check_in", None, None) => Saying::CheckIn,
        ("check_out", None, None) => Saying::CheckOut,
        ("present", None, None) => Saying::Present,
        ("partial", Some(minutes), None) => Saying::Partial(minutes),
        ("absent", None, None) => Saying::Absent,
        ("excused", None, None) => Saying::Excused,
        ("undo", None, Some(id)) => Saying::Undo(id.into()),
        _ => return Err(StorageError::Corrupt("attendance event")),
    };
    Ok(Told { at: row.at, id: row.id.into(), saying })
}

/// Where these assignments are served; those that the festival does not have are left out.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn places(
    db: &Db,
    festival_id: Id<Festival>,
    ids: &[Id<Assignment>],
) -> Result<HashMap<Id<Assignment>, Place>, StorageError> {
    let query = Query::select()
        .column(("assignments", "id"))
        .columns([("shifts", "venue_id"), ("shifts", "district_id")])
        .from("assignments")
        .inner_join("shifts", Expr::col(("shifts", "id")).equals(("assignments", "shift_id")))
        .and_where(Expr::col(("assignments", "festival_id")).eq(festival_id.uuid()))
        .and_where(Expr::col(("assignments", "id")).is_in(uuids(ids)))
        .to_owned();
    let rows = db.on().query_all(&query).await?;
    rows.iter()
        .map(|row| {
            let id = |column| row.try_get_by_index::<Uuid>(column);
            Ok((id(0)?.into(), Place { venue_id: id(1)?.into(), district_id: id(2)?.into() }))
        })
        .collect()
}

/// What was told of these assignments; to be asked once they are locked.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn of_assignments(
    db: &Db,
    festival_id: Id<Festival>,
    ids: &[Id<Assignment>],
) -> Result<HashMap<Id<Assignment>, Vec<Told>>, StorageError> {
    let rows = Entity::find()
        .filter(Column::FestivalId.eq(festival_id.uuid()))
        .filter(Column::AssignmentId.is_in(uuids(ids)))
        .all(&db.on())
        .await?;
    let mut all: HashMap<Id<Assignment>, Vec<Told>> = HashMap::new();
    for row in rows {
        all.entry(row.assignment_id.into()).or_default().push(told(&row)?);
    }
    Ok(all)
}

/// The events with these ids that were told already, with the assignment that each was told of.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn known(
    db: &Db,
    festival_id: Id<Festival>,
    ids: impl Iterator<Item = Uuid>,
) -> Result<HashMap<Uuid, (Id<Assignment>, Told)>, StorageError> {
    let rows = Entity::find()
        .filter(Column::FestivalId.eq(festival_id.uuid()))
        .filter(Column::Id.is_in(ids))
        .all(&db.on())
        .await?;
    rows.iter().map(|row| Ok((row.id, (row.assignment_id.into(), told(row)?)))).collect()
}

/// Writes what was told of an assignment.
///
/// # Errors
/// [`StorageError::Refused`] when an event of that id was told meanwhile.
pub async fn insert(
    db: &Db,
    festival_id: Id<Festival>,
    standing: &Standing,
    events: &[(Told, SeenBy)],
    teller: Teller,
) -> Result<(), StorageError> {
    for (event, seen_by) in events {
        let (kind, ..) = columns(event.saying);
        let record = Change::of("attendance-events", event.id.uuid()).person(standing.volunteer_id.uuid());
        let after =
            json!({"assignment_id": standing.id, "kind": kind, "at": event.at, "seen_by": seen_by.as_str()});
        db.record(record.after(&after));
    }
    let rows = events.iter().map(|(event, _)| {
        let (kind, minutes, undoes_id) = columns(event.saying);
        ActiveModel {
            festival_id: Set(festival_id.uuid()),
            id: Set(event.id.uuid()),
            assignment_id: Set(standing.id.uuid()),
            kind: Set(kind.to_owned()),
            minutes: Set(minutes),
            undoes_id: Set(undoes_id),
            at: Set(event.at),
            received_at: Set(teller.now),
            by_user_id: Set(Some(teller.by.uuid())),
            device_id: Set(teller.device_id.map(Id::uuid)),
        }
    });
    insert_rows(db, rows.collect()).await
}
