//! The assignments of a plan.

use std::collections::HashSet;

use khademyar_domain::{Id, festival::Festival, plan::Plan, position::Position, volunteer::Volunteer};
use sea_orm::{
    ActiveValue::Set,
    ConnectionTrait, ExprTrait, QueryOrder, QuerySelect,
    entity::prelude::*,
    sea_query::{Alias, Expr, Query},
};

use crate::{Db, StorageError, store::rows_per_statement};

#[expect(clippy::struct_field_names, reason = "its columns are ids and nothing else")]
mod row {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "plan_assignments")]
    pub(super) struct Model {
        pub festival_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub plan_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub position_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub volunteer_id: Uuid,
    }

    impl ActiveModelBehavior for ActiveModel {}
}
use row::{ActiveModel, Column, Entity};

/// A volunteer in a position.
pub type Pair = (Id<Volunteer>, Id<Position>);

/// Every assignment of a plan, in the order of positions.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn pairs(db: &Db, festival_id: Id<Festival>, plan_id: Id<Plan>) -> Result<Vec<Pair>, StorageError> {
    let pairs: Vec<(Uuid, Uuid)> = Entity::find()
        .select_only()
        .columns([Column::VolunteerId, Column::PositionId])
        .filter(Column::FestivalId.eq(festival_id.uuid()))
        .filter(Column::PlanId.eq(plan_id.uuid()))
        .order_by_asc(Column::PositionId)
        .order_by_asc(Column::VolunteerId)
        .into_tuple()
        .all(&db.on())
        .await?;
    Ok(pairs.into_iter().map(|(volunteer, position)| (volunteer.into(), position.into())).collect())
}

pub(super) async fn clear(db: &Db, festival_id: Id<Festival>, plan_id: Id<Plan>) -> Result<(), StorageError> {
    Entity::delete_many()
        .filter(Column::FestivalId.eq(festival_id.uuid()))
        .filter(Column::PlanId.eq(plan_id.uuid()))
        .exec(&db.on())
        .await?;
    Ok(())
}

/// Takes assignments out of a plan, those that are in it.
pub(super) async fn remove(
    db: &Db,
    festival_id: Id<Festival>,
    plan_id: Id<Plan>,
    pairs: &[Pair],
) -> Result<(), StorageError> {
    for (volunteer, position) in pairs {
        Entity::delete_many()
            .filter(Column::FestivalId.eq(festival_id.uuid()))
            .filter(Column::PlanId.eq(plan_id.uuid()))
            .filter(Column::VolunteerId.eq(volunteer.uuid()))
            .filter(Column::PositionId.eq(position.uuid()))
            .exec(&db.on())
            .await?;
    }
    Ok(())
}

/// Puts assignments into a plan, those that are not in it.
pub(super) async fn add(
    db: &Db,
    festival_id: Id<Festival>,
    plan_id: Id<Plan>,
    pairs: &[Pair],
) -> Result<(), StorageError> {
    let there: HashSet<Pair> = self::pairs(db, festival_id, plan_id).await?.into_iter().collect();
    for &(volunteer, position) in pairs.iter().filter(|pair| !there.contains(*pair)) {
        let row = ActiveModel {
            festival_id: Set(festival_id.uuid()),
            plan_id: Set(plan_id.uuid()),
            position_id: Set(position.uuid()),
            volunteer_id: Set(volunteer.uuid()),
        };
        Entity::insert(row).exec_without_returning(&db.on()).await?;
    }
    Ok(())
}

/// Replaces a plan's assignments; those of volunteers and positions that are gone are left out.
pub(super) async fn save(
    db: &Db,
    festival_id: Id<Festival>,
    plan_id: Id<Plan>,
    roster: &[Pair],
) -> Result<(), StorageError> {
    clear(db, festival_id, plan_id).await?;
    let volunteers = ids(db, "volunteers", festival_id).await?;
    let positions = ids(db, "positions", festival_id).await?;
    let rows: Vec<ActiveModel> = roster
        .iter()
        .filter(|(volunteer, position)| {
            volunteers.contains(&volunteer.uuid()) && positions.contains(&position.uuid())
        })
        .map(|(volunteer, position)| ActiveModel {
            festival_id: Set(festival_id.uuid()),
            plan_id: Set(plan_id.uuid()),
            position_id: Set(position.uuid()),
            volunteer_id: Set(volunteer.uuid()),
        })
        .collect();
    for rows in rows.chunks(rows_per_statement(4)) {
        Entity::insert_many(rows.to_vec()).exec_without_returning(&db.on()).await?;
    }
    Ok(())
}

async fn ids(db: &Db, table: &'static str, festival_id: Id<Festival>) -> Result<HashSet<Uuid>, StorageError> {
    let query = Query::select()
        .column("id")
        .from(Alias::new(table))
        .and_where(Expr::col("festival_id").eq(festival_id.uuid()))
        .to_owned();
    let rows = db.on().query_all(&query).await?;
    Ok(rows.iter().map(|row| row.try_get_by_index(0)).collect::<Result<_, _>>()?)
}
