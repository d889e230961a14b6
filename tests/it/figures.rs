//! What operators see of the service: ids of requests, and figures that are true.

use axum::{
    body::Body,
    http::{Method, StatusCode},
};
use http_body_util::BodyExt;
use sea_orm::{ConnectionTrait, Database};

use crate::{
    app::{TestApp, on_each_api},
    evening::Evening,
    store::{TestStore, on_each_engine},
};

async fn metrics(app: &TestApp) -> String {
    let response = app.call(Method::GET, "/metrics".to_owned(), Body::empty(), None).begin().await;
    assert_eq!(response.status(), 200);
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[track_caller]
fn assert_line(metrics: &str, line: &str) {
    assert!(metrics.lines().any(|told| told == line), "no `{line}` in:\n{metrics}");
}

#[tokio::test]
async fn every_answer_carries_the_id_of_its_request() {
    on_each_api(async |app| {
        let own = app.get("/healthz").await;
        assert_eq!(own.headers["x-request-id"].len(), 36);
        let given = app.get("/healthz").with("x-request-id", "proxy-17").await;
        assert_eq!(given.headers["x-request-id"], "proxy-17");
        // What could break a line of the log is not taken over.
        let strange = app.get("/healthz").with("x-request-id", "a b").await;
        assert_eq!(strange.headers["x-request-id"].len(), 36);
    })
    .await;
}

#[tokio::test]
async fn what_is_answered_as_before_is_counted_as_before() {
    on_each_api(async |app| {
        let evening = Evening::on(app).await;
        for _ in 0..3 {
            app.get("/v1/me/schedule").by(&evening.narges).await.expect(StatusCode::OK);
        }
        let line = r#"khademyar_requests_total{method="GET",route="/v1/me/schedule",status="200"} 3"#;
        assert_line(&metrics(app).await, line);
    })
    .await;
}

#[tokio::test]
async fn the_figures_count_requests_jobs_messages_and_what_must_never_be() {
    on_each_api(async |app| {
        let evening = Evening::on(app).await;
        app.get(&evening.path).by(&evening.organizer).await;
        app.get(&evening.path).by(&evening.organizer).await;

        let told = metrics(app).await;

        let requests =
            r#"khademyar_requests_total{method="GET",route="/v1/festivals/{festival_id}",status="200"} 2"#;
        assert_line(&told, requests);
        assert_line(&told, r#"khademyar_jobs{state="done"} 1"#);
        assert_line(&told, r#"khademyar_messages{state="queued"} 3"#);
        assert_line(&told, "khademyar_solver_gap 0");
        assert_line(&told, "khademyar_double_bookings 0");
        assert_line(&told, "khademyar_overfull_positions 0");
        assert!(!told.contains(&evening.path), "a path with ids is told");
    })
    .await;
}

#[tokio::test]
async fn a_database_whose_rules_were_broken_is_told_of() {
    on_each_engine(async |store: &TestStore| {
        let app = TestApp::start(store).await;
        Evening::on(&app).await;
        // As if the rules of the database were not there.
        let database = Database::connect(&store.url).await.unwrap();
        let without = if store.is_postgres() {
            "ALTER TABLE assignments DROP CONSTRAINT assignments_no_overlap;
             ALTER TABLE assignments DISABLE TRIGGER assignments_within_desired;"
        } else {
            "PRAGMA ignore_check_constraints = ON"
        };
        database.execute_unprepared(without).await.unwrap();
        if !store.is_postgres() {
            let triggers = database
                .query_all_raw(sea_orm::Statement::from_string(
                    sea_orm::DbBackend::Sqlite,
                    "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name IN ('assignments', 'positions')",
                ))
                .await
                .unwrap();
            for row in triggers {
                let name: String = row.try_get_by_index(0).unwrap();
                database.execute_unprepared(&format!("DROP TRIGGER {name}")).await.unwrap();
            }
        }
        // Everyone comes to the leads' one seat.
        let crowd = "UPDATE assignments SET position_id = (SELECT id FROM positions WHERE code = 'early-lead'),
                            shift_id = (SELECT shift_id FROM positions WHERE code = 'early-lead'),
                            starts_at = (SELECT s.starts_at FROM shifts s WHERE s.code = 'early'),
                            ends_at = (SELECT s.ends_at FROM shifts s WHERE s.code = 'early')
                     WHERE position_id IN (SELECT id FROM positions WHERE code IN ('late-team', 'early-team'))
                       AND NOT (volunteer_id = (SELECT id FROM volunteers WHERE code = 'Maryam')
                                AND position_id = (SELECT id FROM positions WHERE code = 'early-team'))";
        database.execute_unprepared(crowd).await.unwrap();

        let told = metrics(&app).await;

        // Maryam is at the leads' seat and in the team of the same shift.
        assert_line(&told, "khademyar_double_bookings 1");
        assert_line(&told, "khademyar_overfull_positions 1");
    })
    .await;
}
