//! Bulk creations, and their undoing.

use axum::{Json, extract::State, http::StatusCode};
use chrono::{DateTime, Utc};
use khademyar_domain::{Id, festival::Festival};
use khademyar_storage::{Db, StorageError, Table, batches, table};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    contract::{Acting, Reading},
    error::ApiError,
    extract::{At, Organizer},
    state::AppState,
};

/// A bulk creation.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BatchRowBody {
    /// Its id.
    id: Uuid,
    /// The list its rows are in.
    #[schema(example = "volunteers")]
    resource: String,
    /// How many rows it created.
    rows_created: i32,
    /// When.
    created_at: DateTime<Utc>,
    /// When it was undone, if it was.
    undone_at: Option<DateTime<Utc>>,
}

/// The festival's bulk creations.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BatchesBody {
    /// The newest first.
    items: Vec<BatchRowBody>,
}

/// Lists the bulk creations of the festival, the newest first.
#[utoipa::path(get, path = "/v1/festivals/{festival_id}/batches", tag = "set-up",
    params(("festival_id" = Uuid, Path, description = "The festival.")),
    responses((status = 200, description = "The bulk creations.", body = BatchesBody), Reading))]
pub(crate) async fn list_batches(
    State(app): State<AppState>,
    organizer: Organizer,
) -> Result<Json<BatchesBody>, ApiError> {
    let rows = batches::list(&app.store.reader(), organizer.festival_id).await?;
    let items = rows
        .into_iter()
        .map(|batch| BatchRowBody {
            id: batch.id,
            resource: batch.resource,
            rows_created: batch.rows_created,
            created_at: batch.created_at,
            undone_at: batch.undone_at,
        })
        .collect();
    Ok(Json(BatchesBody { items }))
}

/// Undoes a bulk creation: deletes its rows, unless one was changed since or others refer to it.
#[utoipa::path(delete, path = "/v1/festivals/{festival_id}/batches/{batch_id}", tag = "set-up",
    params(("festival_id" = Uuid, Path, description = "The festival."), ("batch_id" = Uuid, Path, description = "The batch.")),
    responses((status = 204, description = "Undone."), Acting))]
pub(crate) async fn undo_batch(
    State(app): State<AppState>,
    organizer: Organizer,
    At((_festival_id, batch_id)): At<(Uuid, Uuid)>,
) -> Result<StatusCode, ApiError> {
    let db = app.store.begin().await?;
    let batch = batches::get(&db, organizer.festival_id, batch_id).await?;
    batches::mark_undone(&db, organizer.festival_id, batch_id, app.clock.now()).await?;
    delete(&db, organizer.festival_id, &batch.resource, batch_id).await?;
    db.commit_change(organizer.festival_id).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn delete(
    db: &Db,
    festival_id: Id<Festival>,
    resource: &str,
    batch_id: Uuid,
) -> Result<u64, StorageError> {
    use khademyar_domain as domain;
    macro_rules! delete_from {
        ($($type:ty),+ $(,)?) => {
            match resource {
                $(<$type as Table>::NAME => table::delete_batch::<$type>(db, festival_id, batch_id).await,)+
                _ => Err(StorageError::Corrupt("batch")),
            }
        };
    }
    delete_from!(
        domain::district::District,
        domain::centre::Centre,
        domain::specialty::Specialty,
        domain::venue::Venue,
        domain::shift::Shift,
        domain::position::Position,
        domain::volunteer::Volunteer,
        domain::pair::Pair,
        domain::pair::Pin,
        domain::partner::Partner,
        domain::partner::Contribution,
    )
}
