//! The published roster: who is asked to serve where, and how that stands.

mod past;
mod publication;
mod standing;
mod undo;
mod vacancy;

use chrono::{DateTime, Utc};
use khademyar_domain::{
    Id,
    assignment::{Assignment, AssignmentState, Reason, Source},
    attendance::Attendance,
    district::District,
    festival::Festival,
    plan::Plan,
};
use sea_orm::{
    ConnectionTrait, ExprTrait, QueryResult,
    entity::prelude::*,
    sea_query::{Expr, Query},
};

pub use past::{last_asked, refused_by, refused_of};
pub use publication::{import, publish};
pub use standing::{Placement, attend, find, insert, lock, lock_all, save};
pub use undo::undo;
pub use vacancy::{
    Filling, Live, Vacancy, around, filling, is_elsewhere, live, planned, serves_between, unanswered, vacancy,
};

use crate::{
    Db, StorageError,
    listing::{Filter, FilterKind, Listing, Page},
    plans::Pair,
    seats::{self, Roster, Seat},
};

mod row {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "assignments")]
    pub(super) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub festival_id: Uuid,
        pub version: i64,
        pub volunteer_id: Uuid,
        pub position_id: Uuid,
        pub shift_id: Uuid,
        pub starts_at: DateTimeUtc,
        pub ends_at: DateTimeUtc,
        pub state: String,
        pub source: String,
        pub plan_id: Option<Uuid>,
        pub sequence: i32,
        pub created_at: DateTimeUtc,
        pub updated_at: DateTimeUtc,
        pub answer_until: Option<DateTimeUtc>,
        pub answered_at: Option<DateTimeUtc>,
        pub reason: Option<String>,
        pub note: Option<String>,
        #[sea_orm(column_type = "JsonBinary", nullable)]
        pub forced_against: Option<Json>,
        pub attendance: String,
        pub came_at: Option<DateTimeUtc>,
        pub left_at: Option<DateTimeUtc>,
        pub minutes_served: i32,
    }

    impl ActiveModelBehavior for ActiveModel {}
}
use row::{Column, Entity};

/// What lists of the published roster can be narrowed by.
pub const FILTERS: &[Filter] = &[
    Filter {
        name: "state",
        kind: FilterKind::Word(&[
            "offered",
            "accepted",
            "declined",
            "withdrawn",
            "cancelled",
            "replaced",
            "checked_in",
            "completed",
            "no_show",
            "excused",
        ]),
    },
    seats::FILTERS[0],
    seats::FILTERS[1],
    seats::FILTERS[2],
    seats::FILTERS[3],
    seats::FILTERS[4],
    seats::FILTERS[5],
    seats::FILTERS[6],
];

/// An assignment of the published roster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    /// Which.
    pub id: Id<Assignment>,
    /// How often it was written.
    pub version: i64,
    /// How it stands.
    pub state: AssignmentState,
    /// Who put the volunteer there.
    pub source: Source,
    /// The plan that it came with.
    pub plan_id: Option<Id<Plan>>,
    /// Rises with every change a calendar must hear of.
    pub sequence: i32,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last written.
    pub updated_at: DateTime<Utc>,
    /// Until when the offer can be accepted; none: until the shift is over.
    pub answer_until: Option<DateTime<Utc>>,
    /// When the volunteer answered last.
    pub answered_at: Option<DateTime<Utc>>,
    /// Why it ended before its shift did.
    pub reason: Option<Reason>,
    /// Why an organizer put the volunteer there against the rules.
    pub note: Option<String>,
    /// Whether the volunteer was there.
    pub attendance: Attendance,
    /// How many minutes of the shift they are credited with.
    pub minutes_served: i32,
    /// Whose, where, when.
    pub seat: Seat,
}

const OWN_COLUMNS: [(&str, &str); 14] = [
    ("assignments", "id"),
    ("assignments", "version"),
    ("assignments", "state"),
    ("assignments", "source"),
    ("assignments", "plan_id"),
    ("assignments", "sequence"),
    ("assignments", "created_at"),
    ("assignments", "updated_at"),
    ("assignments", "answer_until"),
    ("assignments", "answered_at"),
    ("assignments", "reason"),
    ("assignments", "note"),
    ("assignments", "attendance"),
    ("assignments", "minutes_served"),
];

fn published(row: &QueryResult) -> Result<Published, StorageError> {
    let state: String = row.try_get("", "state")?;
    let source: String = row.try_get("", "source")?;
    Ok(Published {
        id: row.try_get::<Uuid>("", "id")?.into(),
        version: row.try_get("", "version")?,
        state: AssignmentState::named(&state).ok_or(StorageError::Corrupt("state of an assignment"))?,
        source: Source::named(&source).ok_or(StorageError::Corrupt("source of an assignment"))?,
        plan_id: row.try_get::<Option<Uuid>>("", "plan_id")?.map(Id::from),
        sequence: row.try_get("", "sequence")?,
        created_at: row.try_get("", "created_at")?,
        updated_at: row.try_get("", "updated_at")?,
        answer_until: row.try_get("", "answer_until")?,
        answered_at: row.try_get("", "answered_at")?,
        reason: reason(row)?,
        note: row.try_get("", "note")?,
        attendance: attendance(row)?,
        minutes_served: row.try_get("", "minutes_served")?,
        seat: seats::seat(row)?,
    })
}

pub(crate) fn attendance(row: &QueryResult) -> Result<Attendance, StorageError> {
    let name: String = row.try_get("", "attendance")?;
    Attendance::named(&name).ok_or(StorageError::Corrupt("attendance"))
}

fn reason(row: &QueryResult) -> Result<Option<Reason>, StorageError> {
    row.try_get::<Option<String>>("", "reason")?.map(named_reason).transpose()
}

#[expect(clippy::needless_pass_by_value, reason = "it is mapped over what a row holds")]
fn named_reason(name: String) -> Result<Reason, StorageError> {
    Reason::named(&name).ok_or(StorageError::Corrupt("reason of an assignment"))
}

/// A page of the published roster, in whatever state; only the seats of `districts` where they are given.
///
/// # Errors
/// [`StorageError::NotFound`] for a cursor of another list.
pub async fn list(
    db: &Db,
    festival_id: Id<Festival>,
    districts: Option<&[Id<District>]>,
    listing: &Listing,
) -> Result<Page<Published>, StorageError> {
    let mut query = seats::select(festival_id, "assignments", "id", districts, listing)?;
    let mut rows = db.on().query_all(query.columns(OWN_COLUMNS)).await?;
    let next = seats::next(&mut rows, listing, "id")?;
    Ok(Page { items: rows.iter().map(published).collect::<Result<_, _>>()?, next })
}

/// Who holds which position in the published roster.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn pairs(db: &Db, festival_id: Id<Festival>) -> Result<Vec<Pair>, StorageError> {
    let mut query = Query::select()
        .columns(["volunteer_id", "position_id"])
        .from("assignments")
        .and_where(Expr::col("festival_id").eq(festival_id.uuid()))
        .order_by("position_id", sea_orm::Order::Asc)
        .order_by("volunteer_id", sea_orm::Order::Asc)
        .to_owned();
    Roster::Live.within(&mut query);
    let rows = db.on().query_all(&query).await?;
    rows.iter()
        .map(|row| Ok((row.try_get_by_index::<Uuid>(0)?.into(), row.try_get_by_index::<Uuid>(1)?.into())))
        .collect()
}

/// Whether anyone was ever asked to serve.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn exist(db: &Db, festival_id: Id<Festival>) -> Result<bool, StorageError> {
    let one = Entity::find().filter(Column::FestivalId.eq(festival_id.uuid())).one(&db.on()).await?;
    Ok(one.is_some())
}
