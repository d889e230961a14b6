//! Rows that are created many at once, and how it is told with the way to undo it.

use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{Pages, session::lead, trouble::Trouble, visitor::Visitor};

/// What a bulk creation made.
#[derive(Deserialize)]
pub(super) struct Batch {
    batch_id: Uuid,
    pub(super) ids: Vec<Uuid>,
}

/// What was made before, as an address says it.
#[derive(Default, Deserialize)]
pub(crate) struct Made {
    made: Option<usize>,
    batch: Option<Uuid>,
}

impl Batch {
    /// Creates rows in the list at a path of the API.
    pub(super) async fn create(
        pages: &Pages,
        visitor: &Visitor,
        list: &str,
        items: Vec<Value>,
    ) -> Result<Self, Trouble> {
        pages.post(visitor, &format!("{list}/bulk"), json!({"items": items})).await?.read()
    }

    /// Leads to a page, which tells how many were made.
    pub(super) fn told_at(&self, to: &str) -> Response {
        lead(&format!("{to}?made={}&batch={}", self.ids.len(), self.batch_id), Vec::new())
    }
}

impl Made {
    /// How many, and by which batch it is undone.
    pub(super) fn shown(&self) -> Option<(usize, Uuid)> {
        self.made.zip(self.batch)
    }
}
