//! Who was asked when, and who said no.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use khademyar_domain::{
    Id, assignment::AssignmentState, cover::AskState, festival::Festival, position::Position,
    volunteer::Volunteer,
};
use sea_orm::{
    ConnectionTrait, ExprTrait,
    entity::prelude::*,
    sea_query::{Expr, Func, Query, UnionType},
};

use crate::{Db, StorageError};

/// When each volunteer was last asked to serve, by the roster or by others.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn last_asked(
    db: &Db,
    festival_id: Id<Festival>,
) -> Result<HashMap<Id<Volunteer>, DateTime<Utc>>, StorageError> {
    let mut by_roster = Query::select()
        .column("volunteer_id")
        .expr_as(Expr::col("created_at"), "asked_at")
        .from("assignments")
        .and_where(Expr::col("festival_id").eq(festival_id.uuid()))
        .to_owned();
    let by_others = Query::select()
        .columns(["volunteer_id", "asked_at"])
        .from("cover_asks")
        .and_where(Expr::col("festival_id").eq(festival_id.uuid()))
        .and_where(Expr::col("asked_at").is_not_null())
        .to_owned();
    let query = Query::select()
        .column(("asks", "volunteer_id"))
        .expr_as(Func::max(Expr::col(("asks", "asked_at"))), "asked_at")
        .from_subquery(by_roster.union(UnionType::All, by_others).to_owned(), "asks")
        .group_by_col(("asks", "volunteer_id"))
        .to_owned();
    let rows = db.on().query_all(&query).await?;
    rows.iter()
        .map(|row| Ok((row.try_get::<Uuid>("", "volunteer_id")?.into(), row.try_get("", "asked_at")?)))
        .collect()
}

/// The volunteers who said no to a position, or could not come after all.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn refused_by(
    db: &Db,
    festival_id: Id<Festival>,
    position_id: Id<Position>,
) -> Result<Vec<Id<Volunteer>>, StorageError> {
    refused(db, festival_id, "position_id", position_id.uuid(), "volunteer_id").await
}

/// The positions that a volunteer said no to, or could not come to after all.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn refused_of(
    db: &Db,
    festival_id: Id<Festival>,
    volunteer_id: Id<Volunteer>,
) -> Result<Vec<Id<Position>>, StorageError> {
    refused(db, festival_id, "volunteer_id", volunteer_id.uuid(), "position_id").await
}

/// Who declined, withdrew, or had themselves replaced; and who was asked to take the seat over and said no.
async fn refused<T>(
    db: &Db,
    festival_id: Id<Festival>,
    of: &'static str,
    id: Uuid,
    wanted: &'static str,
) -> Result<Vec<Id<T>>, StorageError> {
    let no = [AssignmentState::Declined, AssignmentState::Withdrawn, AssignmentState::Replaced];
    let mut query = Query::select()
        .column(wanted)
        .from("assignments")
        .and_where(Expr::col("festival_id").eq(festival_id.uuid()))
        .and_where(Expr::col(of).eq(id))
        .and_where(Expr::col("state").is_in(no.map(AssignmentState::as_str)))
        .to_owned();
    let column = |name| if name == "position_id" { ("covers", name) } else { ("cover_asks", name) };
    let asked = Query::select()
        .column(column(wanted))
        .from("cover_asks")
        .inner_join("covers", Expr::col(("covers", "id")).equals(("cover_asks", "cover_id")))
        .and_where(Expr::col(("cover_asks", "festival_id")).eq(festival_id.uuid()))
        .and_where(Expr::col(("cover_asks", "state")).eq(AskState::No.as_str()))
        .and_where(Expr::col(column(of)).eq(id))
        .to_owned();
    let rows = db.on().query_all(query.union(UnionType::Distinct, asked)).await?;
    rows.iter().map(|row| Ok(row.try_get_by_index::<Uuid>(0)?.into())).collect()
}
