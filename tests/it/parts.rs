//! People with parts in a festival, and rows to write.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::app::{Person, TestApp};

/// Someone with the part in the festival at `path` that `role` says: `{"role": "coordinator", "district_ids": […]}`.
pub(crate) async fn someone(
    app: &TestApp,
    organizer: &Person,
    path: &str,
    username: &str,
    mut role: Value,
) -> Person {
    let person = app.person(username, false).await;
    role["username"] = json!(username);
    role["name"] = json!(username);
    app.post(format!("{path}/members"), role).by(organizer).await.expect(StatusCode::CREATED);
    person
}

/// Makes of a row that was read what is written in its place.
pub(crate) fn without_identity(row: &mut Value) {
    for key in ["id", "version"] {
        row.as_object_mut().unwrap().remove(key);
    }
}
