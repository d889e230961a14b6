//! The published roster: who is asked to serve where, and how that stands.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use khademyar_domain::{
    Id,
    assignment::{Assignment, AssignmentState, Source},
    district::District,
    festival::Festival,
    plan::Plan,
    set_up::SetUp,
};
use sea_orm::{
    ActiveValue::Set,
    ConnectionTrait, ExprTrait, QueryResult,
    entity::prelude::*,
    sea_query::{Expr, Query},
};

use crate::{
    Db, StorageError, festivals,
    listing::{Filter, FilterKind, Listing, Page},
    plans::{self, Pair, Publication},
    seats::{self, Roster, Seat},
    table::insert_rows,
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
    }

    impl ActiveModelBehavior for ActiveModel {}
}
use row::{ActiveModel, Column, Entity};

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
    /// Whose, where, when.
    pub seat: Seat,
}

const OWN_COLUMNS: [(&str, &str); 8] = [
    ("assignments", "id"),
    ("assignments", "version"),
    ("assignments", "state"),
    ("assignments", "source"),
    ("assignments", "plan_id"),
    ("assignments", "sequence"),
    ("assignments", "created_at"),
    ("assignments", "updated_at"),
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
        seat: seats::seat(row)?,
    })
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

/// Offers seats of a set-up that were given elsewhere.
///
/// # Errors
/// [`StorageError::Refused`] when someone would be in two places at once or a position hold too many,
/// [`StorageError::InUse`] for a position that is not in the set-up.
pub async fn import(
    db: &Db,
    set_up: &SetUp,
    pairs: &[Pair],
    now: DateTime<Utc>,
    new_id: &mut (dyn FnMut() -> Uuid + Send),
) -> Result<(), StorageError> {
    let shifts: HashMap<_, _> = set_up.shifts.iter().map(|shift| (shift.id, &shift.value)).collect();
    let positions: HashMap<_, _> =
        set_up.positions.iter().map(|position| (position.id, position.value.shift_id)).collect();
    let offer = |&(volunteer_id, position_id): &Pair| {
        let shift_id = *positions.get(&position_id)?;
        let shift = shifts.get(&shift_id)?;
        Some(ActiveModel {
            id: Set(new_id()),
            festival_id: Set(set_up.festival.id.uuid()),
            version: Set(1),
            volunteer_id: Set(volunteer_id.uuid()),
            position_id: Set(position_id.uuid()),
            shift_id: Set(shift_id.uuid()),
            starts_at: Set(shift.starts_at),
            ends_at: Set(shift.ends_at),
            state: Set(AssignmentState::Offered.as_str().to_owned()),
            source: Set(Source::Import.as_str().to_owned()),
            plan_id: Set(None),
            sequence: Set(0),
            created_at: Set(now),
            updated_at: Set(now),
        })
    };
    let offers = pairs.iter().map(offer).collect::<Option<Vec<_>>>();
    insert_rows(db, offers.ok_or(StorageError::InUse)?).await
}

/// Makes a plan the festival's roster: what people hold already stays as it stands; what the plan does not have is
/// cancelled, unless the volunteer is there or was; the rest is offered. The caller has taken [`plans::lock`].
///
/// # Errors
/// [`StorageError::Refused`] when what happened already leaves no room for the plan.
pub async fn publish(
    db: &Db,
    festival_id: Id<Festival>,
    plan_id: Id<Plan>,
    now: DateTime<Utc>,
    new_id: &mut (dyn FnMut() -> Uuid + Send),
) -> Result<Publication, StorageError> {
    // Seats are given up before they are taken: the rules against doubles and overfull positions hold at every step.
    let cancelled = cancel_others(db, festival_id, plan_id, now).await?;
    let held: HashSet<Pair> = pairs(db, festival_id).await?.into_iter().collect();
    let (mut kept, mut offers) = (0, Vec::new());
    for offer in offers_of(db, festival_id, plan_id).await? {
        if held.contains(&(offer.volunteer_id.into(), offer.position_id.into())) {
            kept += 1;
            continue;
        }
        offers.push(ActiveModel {
            id: Set(new_id()),
            festival_id: Set(festival_id.uuid()),
            version: Set(1),
            volunteer_id: Set(offer.volunteer_id),
            position_id: Set(offer.position_id),
            shift_id: Set(offer.shift_id),
            starts_at: Set(offer.starts_at),
            ends_at: Set(offer.ends_at),
            state: Set(AssignmentState::Offered.as_str().to_owned()),
            source: Set(Source::Solver.as_str().to_owned()),
            plan_id: Set(Some(plan_id.uuid())),
            sequence: Set(0),
            created_at: Set(now),
            updated_at: Set(now),
        });
    }
    let publication = Publication { at: now, offered: whole(offers.len() as u64), kept, cancelled };
    insert_rows(db, offers).await?;
    plans::note_publication(db, festival_id, plan_id, &publication).await?;
    festivals::set_published(db, festival_id, plan_id).await?;
    Ok(publication)
}

fn whole(count: u64) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

async fn cancel_others(
    db: &Db,
    festival_id: Id<Festival>,
    plan_id: Id<Plan>,
    now: DateTime<Utc>,
) -> Result<i32, StorageError> {
    let planned = Query::select()
        .expr(Expr::val(1))
        .from("plan_assignments")
        .and_where(Expr::col(("plan_assignments", "plan_id")).eq(plan_id.uuid()))
        .and_where(Expr::col(("plan_assignments", "position_id")).equals(("assignments", "position_id")))
        .and_where(Expr::col(("plan_assignments", "volunteer_id")).equals(("assignments", "volunteer_id")))
        .to_owned();
    let open = [AssignmentState::Offered, AssignmentState::Accepted].map(AssignmentState::as_str);
    let update = Entity::update_many()
        .set(ActiveModel {
            state: Set(AssignmentState::Cancelled.as_str().to_owned()),
            updated_at: Set(now),
            ..Default::default()
        })
        .col_expr(Column::Sequence, Expr::col(Column::Sequence).add(1))
        .col_expr(Column::Version, Expr::col(Column::Version).add(1))
        .filter(Column::FestivalId.eq(festival_id.uuid()))
        .filter(Column::State.is_in(open))
        .filter(Expr::exists(planned).not())
        .exec(&db.on())
        .await?;
    Ok(whole(update.rows_affected))
}

/// A plan's assignment with the times of its shift.
#[derive(sea_orm::FromQueryResult)]
struct Offer {
    volunteer_id: Uuid,
    position_id: Uuid,
    shift_id: Uuid,
    starts_at: DateTime<Utc>,
    ends_at: DateTime<Utc>,
}

async fn offers_of(
    db: &Db,
    festival_id: Id<Festival>,
    plan_id: Id<Plan>,
) -> Result<Vec<Offer>, StorageError> {
    use sea_orm::FromQueryResult;
    let query = Query::select()
        .columns([("plan_assignments", "volunteer_id"), ("plan_assignments", "position_id")])
        .columns([("shifts", "starts_at"), ("shifts", "ends_at")])
        .column(("positions", "shift_id"))
        .from("plan_assignments")
        .inner_join("positions", Expr::col(("positions", "id")).equals(("plan_assignments", "position_id")))
        .inner_join("shifts", Expr::col(("shifts", "id")).equals(("positions", "shift_id")))
        .and_where(Expr::col(("plan_assignments", "festival_id")).eq(festival_id.uuid()))
        .and_where(Expr::col(("plan_assignments", "plan_id")).eq(plan_id.uuid()))
        .order_by(("shifts", "starts_at"), sea_orm::Order::Asc)
        .order_by(("plan_assignments", "position_id"), sea_orm::Order::Asc)
        .order_by(("plan_assignments", "volunteer_id"), sea_orm::Order::Asc)
        .to_owned();
    let rows = db.on().query_all(&query).await?;
    Ok(rows.iter().map(|row| Offer::from_query_result(row, "")).collect::<Result<_, _>>()?)
}
