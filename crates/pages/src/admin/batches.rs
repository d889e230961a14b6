//! What was created in bulk, and taking it back.

use askama::Template;
use axum::{
    Form,
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use uuid::Uuid;

use super::{done, lists::List, when::moment};
use crate::{
    Pages,
    form::{Filled, said},
    frame::{Frame, page},
    ground::Ground,
    settings::local,
    trouble::Trouble,
    visitor::Visitor,
};

#[derive(Deserialize)]
struct Batches {
    items: Vec<Batch>,
}

#[derive(Deserialize)]
struct Batch {
    id: Uuid,
    resource: String,
    rows_created: u32,
    created_at: DateTime<Utc>,
    undone_at: Option<DateTime<Utc>>,
}

struct Shown {
    id: Uuid,
    what: &'static str,
    rows: u32,
    when: String,
    is_undone: bool,
}

#[derive(Template)]
#[template(path = "admin/batches.html")]
struct BatchesPage {
    frame: Frame,
    ground: Ground,
    batches: Vec<Shown>,
}

/// Lists the bulk creations.
pub(crate) async fn show(
    State(pages): State<Pages>,
    visitor: Visitor,
    Path(festival): Path<Uuid>,
) -> Result<Response, Trouble> {
    let ground = Ground::organized(&pages, &visitor, festival).await?;
    let Batches { items } = pages.read(&visitor, &format!("{}/batches", ground.path())).await?;
    let what = |resource: &str| match resource {
        "shifts" => visitor.say("شیفت", "shifts"),
        "positions" => visitor.say("جایگاه", "positions"),
        _ => List::named(resource).map_or(visitor.say("ردیف", "rows"), |list| said(&visitor, list.title)),
    };
    let frame = Frame::new(&visitor, visitor.say("افزودن‌های گروهی", "Bulk creations"));
    let batches = items
        .into_iter()
        .map(|batch| Shown {
            id: batch.id,
            what: what(&batch.resource),
            rows: batch.rows_created,
            when: moment(batch.created_at, &ground, &frame),
            is_undone: batch.undone_at.is_some(),
        })
        .collect();
    Ok(page(&visitor, StatusCode::OK, &BatchesPage { frame, ground, batches }))
}

/// Takes a bulk creation back, and leads to where one came from.
pub(crate) async fn undo(
    State(pages): State<Pages>,
    visitor: Visitor,
    Path((festival, batch)): Path<(Uuid, Uuid)>,
    Form(filled): Form<Filled>,
) -> Result<Response, Trouble> {
    pages.delete(&visitor, &format!("/v1/festivals/{festival}/batches/{batch}")).await?;
    Ok(done(&pages, local(filled.get("back")), "undone"))
}
