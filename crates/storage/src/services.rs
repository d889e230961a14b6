//! What volunteers did, or are about to: the published roster as reports count it.

use khademyar_domain::{Id, assignment::Service, festival::Festival, volunteer::Volunteer};
use sea_orm::{
    ConnectionTrait, ExprTrait, QueryResult,
    sea_query::{Expr, Order, Query},
};
use uuid::Uuid;

use crate::{Db, StorageError, seats::Roster};

/// Every service of the published roster, or those of `only` one volunteer, in order of time.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn list(
    db: &Db,
    festival_id: Id<Festival>,
    only: Option<Id<Volunteer>>,
) -> Result<Vec<Service>, StorageError> {
    let mut query = Query::select()
        .columns([("assignments", "volunteer_id"), ("assignments", "shift_id")])
        .columns([("shifts", "venue_id"), ("shifts", "district_id")])
        .column(("positions", "specialty_id"))
        .column(("shifts", "night"))
        .columns([("assignments", "starts_at"), ("assignments", "ends_at")])
        .from("assignments")
        .inner_join("positions", Expr::col(("positions", "id")).equals(("assignments", "position_id")))
        .inner_join("shifts", Expr::col(("shifts", "id")).equals(("assignments", "shift_id")))
        .and_where(Expr::col(("assignments", "festival_id")).eq(festival_id.uuid()))
        .and_where_option(only.map(|id| Expr::col(("assignments", "volunteer_id")).eq(id.uuid())))
        .order_by(("assignments", "starts_at"), Order::Asc)
        .order_by(("assignments", "id"), Order::Asc)
        .to_owned();
    Roster::Live.within(&mut query);
    db.on().query_all(&query).await?.iter().map(service).collect()
}

fn service(row: &QueryResult) -> Result<Service, StorageError> {
    let id = |column| row.try_get_by_index::<Uuid>(column);
    Ok(Service {
        volunteer_id: id(0)?.into(),
        shift_id: id(1)?.into(),
        venue_id: id(2)?.into(),
        district_id: id(3)?.into(),
        specialty_id: id(4)?.into(),
        night: row.try_get_by_index(5)?,
        starts_at: row.try_get_by_index(6)?,
        ends_at: row.try_get_by_index(7)?,
    })
}
