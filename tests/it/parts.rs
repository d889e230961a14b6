//! People with parts in a festival.

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
