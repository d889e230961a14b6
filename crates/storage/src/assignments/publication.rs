//! Many assignments at once: a plan becomes the published roster, or a roster comes from elsewhere.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use khademyar_domain::{
    Id,
    assignment::{AssignmentState, Reason, Source},
    attendance::Attendance,
    event::{EventKind, NewEvent},
    festival::Festival,
    member::User,
    plan::Plan,
    set_up::SetUp,
};
use sea_orm::{
    ActiveValue::Set,
    ConnectionTrait, ExprTrait, FromQueryResult, QueryResult,
    entity::prelude::*,
    sea_query::{Expr, Query, UpdateStatement},
};
use serde_json::json;

use super::{
    pairs,
    row::{ActiveModel, Column},
};
use crate::{
    Db, StorageError, events, festivals,
    plans::{self, Pair, Publication},
    table::insert_rows,
};

/// A seat that is offered, before it has a row.
#[derive(FromQueryResult)]
struct Offer {
    volunteer_id: Uuid,
    position_id: Uuid,
    shift_id: Uuid,
    district_id: Uuid,
    starts_at: DateTime<Utc>,
    ends_at: DateTime<Utc>,
}

/// What all offers of one hour share.
struct Offering {
    festival_id: Id<Festival>,
    source: Source,
    plan_id: Option<Id<Plan>>,
    answer_until: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
}

impl Offering {
    fn row(&self, id: Uuid, offer: &Offer) -> ActiveModel {
        ActiveModel {
            id: Set(id),
            festival_id: Set(self.festival_id.uuid()),
            version: Set(1),
            volunteer_id: Set(offer.volunteer_id),
            position_id: Set(offer.position_id),
            shift_id: Set(offer.shift_id),
            starts_at: Set(offer.starts_at),
            ends_at: Set(offer.ends_at),
            state: Set(AssignmentState::Offered.as_str().to_owned()),
            source: Set(self.source.as_str().to_owned()),
            plan_id: Set(self.plan_id.map(Id::uuid)),
            sequence: Set(0),
            created_at: Set(self.now),
            updated_at: Set(self.now),
            answer_until: Set(self.answer_until),
            answered_at: Set(None),
            reason: Set(None),
            note: Set(None),
            forced_against: Set(None),
            attendance: Set(Attendance::Unknown.as_str().to_owned()),
            came_at: Set(None),
            left_at: Set(None),
            minutes_served: Set(0),
        }
    }

    /// The source is told, so that nobody is written to of a roster that was told elsewhere.
    fn event(&self, id: Uuid, offer: &Offer) -> NewEvent {
        NewEvent {
            kind: EventKind::AssignmentOffered,
            district_id: Some(offer.district_id.into()),
            volunteer_id: Some(offer.volunteer_id.into()),
            assignment: Some((id.into(), 1)),
            position_id: Some(offer.position_id.into()),
            body: json!({"source": self.source}),
        }
    }
}

/// Offers seats of a set-up that were given elsewhere, and writes the events of it: to be called last.
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
        Some(Offer {
            volunteer_id: volunteer_id.uuid(),
            position_id: position_id.uuid(),
            shift_id: shift_id.uuid(),
            district_id: shift.district_id?.uuid(),
            starts_at: shift.starts_at,
            ends_at: shift.ends_at,
        })
    };
    let offers = pairs.iter().map(offer).collect::<Option<Vec<_>>>().ok_or(StorageError::InUse)?;
    let offering = Offering {
        festival_id: set_up.festival.id,
        source: Source::Import,
        plan_id: None,
        answer_until: set_up.festival.value.arrangements.answer_until(now),
        now,
    };
    let events = insert_offers(db, &offering, &offers, new_id).await?;
    events::append(db, set_up.festival.id, events, None, now, new_id).await
}

async fn insert_offers(
    db: &Db,
    offering: &Offering,
    offers: &[Offer],
    new_id: &mut (dyn FnMut() -> Uuid + Send),
) -> Result<Vec<NewEvent>, StorageError> {
    let offers: Vec<(Uuid, &Offer)> = offers.iter().map(|offer| (new_id(), offer)).collect();
    insert_rows(db, offers.iter().map(|&(id, offer)| offering.row(id, offer)).collect()).await?;
    Ok(offers.iter().map(|&(id, offer)| offering.event(id, offer)).collect())
}

/// Makes a plan the festival's roster: what people hold already stays as it stands; what the plan does not have is
/// cancelled, unless its shift has started or an organizer forced it; the rest is offered, where there was no roster before
/// or its shift has not started. Each of these is an event: to be called last.
/// The caller has taken [`plans::lock`].
///
/// # Errors
/// [`StorageError::Refused`] when what happened already leaves no room for the plan.
pub async fn publish(
    db: &Db,
    festival_id: Id<Festival>,
    plan_id: Id<Plan>,
    by: Option<Id<User>>,
    now: DateTime<Utc>,
    new_id: &mut (dyn FnMut() -> Uuid + Send),
) -> Result<Publication, StorageError> {
    // Seats are given up before they are taken: the rules against doubles and overfull positions hold at every step.
    let mut events = cancel_others(db, festival_id, plan_id, now).await?;
    let cancelled = whole(events.len());
    let before = festivals::published_plan(db, festival_id).await?;
    let held: HashSet<Pair> = pairs(db, festival_id).await?.into_iter().collect();
    let (kept, mut offers): (Vec<Offer>, Vec<Offer>) = offers_of(db, festival_id, plan_id)
        .await?
        .into_iter()
        .partition(|offer| held.contains(&(offer.volunteer_id.into(), offer.position_id.into())));
    if before.is_some() || !held.is_empty() {
        // Whoever left since the plan was asked for is not asked again while the shift goes on.
        offers.retain(|offer| offer.starts_at > now);
    }
    let offering = Offering {
        festival_id,
        source: Source::Solver,
        plan_id: Some(plan_id),
        answer_until: festivals::arrangements(db, festival_id).await?.answer_until(now),
        now,
    };
    events.append(&mut insert_offers(db, &offering, &offers, new_id).await?);
    let publication =
        Publication { at: now, offered: whole(offers.len()), kept: whole(kept.len()), cancelled };
    plans::note_publication(db, festival_id, plan_id, &publication, before).await?;
    festivals::set_published(db, festival_id, Some(plan_id)).await?;
    events.push(NewEvent {
        kind: EventKind::RosterPublished,
        district_id: None,
        volunteer_id: None,
        assignment: None,
        position_id: None,
        body: json!({
            "plan_id": plan_id, "offered": publication.offered, "kept": publication.kept,
            "cancelled": publication.cancelled,
        }),
    });
    events::append(db, festival_id, events, by, now, new_id).await?;
    Ok(publication)
}

fn whole(count: usize) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

/// Cancels what the plan does not have; the events of it.
async fn cancel_others(
    db: &Db,
    festival_id: Id<Festival>,
    plan_id: Id<Plan>,
    now: DateTime<Utc>,
) -> Result<Vec<NewEvent>, StorageError> {
    let planned = Query::select()
        .expr(Expr::val(1))
        .from("plan_assignments")
        .and_where(Expr::col(("plan_assignments", "plan_id")).eq(plan_id.uuid()))
        .and_where(Expr::col(("plan_assignments", "position_id")).equals(("assignments", "position_id")))
        .and_where(Expr::col(("plan_assignments", "volunteer_id")).equals(("assignments", "volunteer_id")))
        .to_owned();
    let mut cancelled = Vec::new();
    // One after the other, so that each event can tell what the seat was.
    for from in [AssignmentState::Offered, AssignmentState::Accepted] {
        let update = cancel(festival_id, from, Reason::Replanned, now)
            // What an organizer forced no plan can have, and what began no plan can change.
            .and_where(Expr::col(Column::ForcedAgainst).is_null())
            .and_where(Expr::col(Column::StartsAt).gt(now))
            .and_where(Expr::exists(planned.clone()).not())
            .to_owned();
        cancelled.extend(db.on().query_all(&update).await?.into_iter().map(|row| (from, row)));
    }
    if cancelled.is_empty() {
        return Ok(Vec::new());
    }
    let districts = districts_of(db, festival_id).await?;
    cancelled.iter().map(|(from, row)| told(row, *from, Reason::Replanned, &districts)).collect()
}

/// Cancels many at once that are in a state; [`told`] reads what it returns.
pub(super) fn cancel(
    festival_id: Id<Festival>,
    from: AssignmentState,
    reason: Reason,
    now: DateTime<Utc>,
) -> UpdateStatement {
    Query::update()
        .table("assignments")
        .value(Column::State, AssignmentState::Cancelled.as_str())
        .value(Column::Reason, reason.as_str())
        .value(Column::UpdatedAt, now)
        .value(Column::Sequence, Expr::col(Column::Sequence).add(1))
        .value(Column::Version, Expr::col(Column::Version).add(1))
        .and_where(Expr::col(Column::FestivalId).eq(festival_id.uuid()))
        .and_where(Expr::col(Column::State).eq(from.as_str()))
        .returning(Query::returning().columns([
            Column::Id,
            Column::Version,
            Column::VolunteerId,
            Column::PositionId,
            Column::ShiftId,
        ]))
        .to_owned()
}

/// The event of an assignment that [`cancel`] ended.
pub(super) fn told(
    row: &QueryResult,
    from: AssignmentState,
    reason: Reason,
    districts: &HashMap<Uuid, Uuid>,
) -> Result<NewEvent, StorageError> {
    let id = |column| row.try_get::<Uuid>("", column);
    Ok(NewEvent {
        kind: EventKind::AssignmentCancelled,
        district_id: districts.get(&id("shift_id")?).map(|&district| district.into()),
        volunteer_id: Some(id("volunteer_id")?.into()),
        assignment: Some((id("id")?.into(), row.try_get("", "version")?)),
        position_id: Some(id("position_id")?.into()),
        body: json!({"from": from, "reason": reason}),
    })
}

/// The district of each shift.
pub(super) async fn districts_of(
    db: &Db,
    festival_id: Id<Festival>,
) -> Result<HashMap<Uuid, Uuid>, StorageError> {
    let query = Query::select()
        .columns(["id", "district_id"])
        .from("shifts")
        .and_where(Expr::col("festival_id").eq(festival_id.uuid()))
        .to_owned();
    let rows = db.on().query_all(&query).await?;
    rows.iter().map(|row| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?))).collect()
}

async fn offers_of(
    db: &Db,
    festival_id: Id<Festival>,
    plan_id: Id<Plan>,
) -> Result<Vec<Offer>, StorageError> {
    let query = Query::select()
        .columns([("plan_assignments", "volunteer_id"), ("plan_assignments", "position_id")])
        .columns([("shifts", "starts_at"), ("shifts", "ends_at"), ("shifts", "district_id")])
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
