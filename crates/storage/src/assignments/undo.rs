//! A publication is taken back while nobody has answered it.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use khademyar_domain::{
    Id,
    assignment::{AssignmentState, Reason},
    event::{EventKind, NewEvent},
    festival::Festival,
    member::User,
};
use sea_orm::{
    ActiveValue::Set, ConnectionTrait, ExprTrait, IntoActiveModel, PaginatorTrait, entity::prelude::*,
    sea_query::Expr,
};
use serde_json::json;

use super::{
    publication::{cancel, districts_of, told},
    row::{ActiveModel, Column, Entity, Model},
};
use crate::{
    Db, StorageError, events, festivals,
    plans::{self, PlanRun, Publication},
    table::insert_rows,
};

/// Takes back what a publication offered, and gives back what it took, as it stood. Each of these is an event: to be called
/// last. The caller has taken [`plans::lock`], and `run` is the festival's roster. False, and nothing is done, when somebody
/// answered.
///
/// # Errors
/// [`StorageError::Refused`] when what happened since leaves no room for what was there.
pub async fn undo(
    db: &Db,
    festival_id: Id<Festival>,
    run: &PlanRun,
    publication: &Publication,
    by: Option<Id<User>>,
    now: DateTime<Utc>,
    new_id: &mut (dyn FnMut() -> Uuid + Send),
) -> Result<bool, StorageError> {
    let offered = || {
        Entity::find()
            .filter(Column::FestivalId.eq(festival_id.uuid()))
            .filter(Column::PlanId.eq(run.id.uuid()))
            .filter(Column::CreatedAt.eq(publication.at))
    };
    let untouched = [AssignmentState::Offered, AssignmentState::Cancelled].map(AssignmentState::as_str);
    if offered().filter(Column::State.is_not_in(untouched)).count(&db.on()).await? > 0 {
        return Ok(false);
    }
    let districts = districts_of(db, festival_id).await?;
    let mut events = take_back(db, festival_id, run, publication, now, &districts).await?;
    let taken = Entity::find()
        .filter(Column::FestivalId.eq(festival_id.uuid()))
        .filter(Column::State.eq(AssignmentState::Cancelled.as_str()))
        .filter(Column::Reason.eq(Reason::Replanned.as_str()))
        .filter(Column::UpdatedAt.eq(publication.at))
        .all(&db.on())
        .await?;
    let rows: Vec<ActiveModel> = taken.into_iter().map(|row| again(row, new_id(), now)).collect();
    events.extend(rows.iter().map(|row| given_back(row, &districts)));
    insert_rows(db, rows).await?;
    plans::forget_publication(db, festival_id, run.id).await?;
    festivals::set_published(db, festival_id, run.published_after).await?;
    events.push(NewEvent {
        kind: EventKind::RosterUndone,
        district_id: None,
        volunteer_id: None,
        assignment: None,
        position_id: None,
        body: json!({"plan_id": run.id}),
    });
    events::append(db, festival_id, events, by, now, new_id).await?;
    Ok(true)
}

/// Cancels what was offered; the events of it.
async fn take_back(
    db: &Db,
    festival_id: Id<Festival>,
    run: &PlanRun,
    publication: &Publication,
    now: DateTime<Utc>,
    districts: &HashMap<Uuid, Uuid>,
) -> Result<Vec<NewEvent>, StorageError> {
    let (from, reason) = (AssignmentState::Offered, Reason::Undone);
    let update = cancel(festival_id, from, reason, now)
        .and_where(Expr::col(Column::PlanId).eq(run.id.uuid()))
        .and_where(Expr::col(Column::CreatedAt).eq(publication.at))
        .to_owned();
    db.on().query_all(&update).await?.iter().map(|row| told(row, from, reason, districts)).collect()
}

/// What was cancelled, once more: accepted where it had been answered so.
fn again(row: Model, id: Uuid, now: DateTime<Utc>) -> ActiveModel {
    let state = if row.answered_at.is_some() { AssignmentState::Accepted } else { AssignmentState::Offered };
    ActiveModel {
        id: Set(id),
        version: Set(1),
        state: Set(state.as_str().to_owned()),
        reason: Set(None),
        sequence: Set(0),
        created_at: Set(now),
        updated_at: Set(now),
        ..row.into_active_model().reset_all()
    }
}

fn given_back(row: &ActiveModel, districts: &HashMap<Uuid, Uuid>) -> NewEvent {
    let accepted = row.state.as_ref() == AssignmentState::Accepted.as_str();
    let kind = if accepted { EventKind::AssignmentAccepted } else { EventKind::AssignmentOffered };
    NewEvent {
        kind,
        district_id: districts.get(row.shift_id.as_ref()).map(|&district| district.into()),
        volunteer_id: Some((*row.volunteer_id.as_ref()).into()),
        assignment: Some(((*row.id.as_ref()).into(), 1)),
        position_id: Some((*row.position_id.as_ref()).into()),
        body: json!({"source": row.source.as_ref(), "undone": true}),
    }
}
