//! Every change has a name: who, when, by what, what was before and after; and whoever tampers with it is found.

use std::collections::BTreeSet;

use axum::http::{StatusCode, header};
use chrono::Utc;
use khademyar_domain::{Id, festival::Festival};
use khademyar_storage::audit::{self, Change, Origin};
use sea_orm::{ConnectionTrait, Database, DatabaseConnection};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    app::{Person, TestApp, on_each_api},
    evening::Evening,
    parts::someone,
    store::{TestStore, on_each_engine},
};

async fn entries(app: &TestApp, path: &str, who: &Person, query: &str) -> Vec<Value> {
    let page = app.get(format!("{path}/audit?{query}")).by(who).await.expect(StatusCode::OK);
    page["items"].as_array().unwrap().clone()
}

fn id_of(path: &str) -> Id<Festival> {
    path.rsplit('/').next().unwrap().parse().unwrap()
}

fn origin(n: u64) -> Origin {
    Origin {
        api_token: None,
        by: None,
        address: Some("192.0.2.7".to_owned()),
        operation: "test".into(),
        festival_id: None,
        object_id: None,
        at: Utc::now(),
        secret: [n as u8; 32],
    }
}

#[tokio::test]
async fn a_change_tells_who_what_and_how_it_was_before() {
    on_each_api(async |app| {
        let (organizer, path) = app.festival().await;
        let district = json!({"code": "d1", "name": {"fa": "منطقهٔ ۱"}, "priority": 3});
        let created = app.post(format!("{path}/districts"), district.clone()).by(&organizer).await;
        let one = created.header(header::LOCATION).to_owned();
        let id = created.expect(StatusCode::CREATED)["id"].as_str().unwrap().to_owned();
        let mut changed = district;
        changed["priority"] = json!(5);
        app.put(&one, changed).by(&organizer).await.expect(StatusCode::OK);
        app.delete(&one).by(&organizer).await.expect(StatusCode::NO_CONTENT);

        let told = entries(app, &path, &organizer, &format!("object_id={id}")).await;

        let operations: Vec<&str> = told.iter().map(|entry| entry["operation"].as_str().unwrap()).collect();
        assert_eq!(operations, ["delete_district", "replace_district", "create_district"]);
        assert_eq!(
            (&told[1]["before"], &told[1]["after"]),
            (&json!({"priority": 3}), &json!({"priority": 5}))
        );
        assert_eq!((&told[0]["before"]["priority"], &told[0]["after"]), (&json!(5), &Value::Null));
        assert!(told.iter().all(|entry| entry["actor_id"] == organizer.id.uuid().to_string()));
        assert!(told.iter().all(|entry| entry["kind"] == "districts" && entry["erased"] == false));
        let by_nobody = format!("actor_id={}", Uuid::nil());
        assert!(entries(app, &path, &organizer, &by_nobody).await.is_empty());
        let founded = entries(app, &path, &organizer, "operation=create_festival").await;
        assert!(founded.iter().any(|entry| entry["after"]["nights"].is_array()), "{founded:?}");
    })
    .await;
}

#[tokio::test]
async fn what_is_refused_or_repeated_leaves_no_entry() {
    on_each_api(async |app| {
        let (organizer, path) = app.festival().await;
        let count = async || entries(app, &path, &organizer, "limit=500").await.len();
        let before = count().await;
        let district = json!({"code": "d1", "name": {"fa": "منطقهٔ ۱"}, "priority": 3});
        let create = async || {
            app.post(format!("{path}/districts"), district.clone())
                .by(&organizer)
                .with("idempotency-key", "once")
                .await
                .expect(StatusCode::CREATED)
        };

        create().await;
        create().await;
        app.post(format!("{path}/districts"), district.clone())
            .by(&organizer)
            .await
            .expect(StatusCode::CONFLICT);

        assert_eq!(count().await, before + 1);
    })
    .await;
}

#[tokio::test]
async fn only_organizers_read_the_audit() {
    on_each_api(async |app| {
        let evening = Evening::on(app).await;
        let path = format!("{}/audit", evening.path);
        let lead = json!({"role": "partner", "district_ids": [first(app, &evening, "districts").await]});
        let partner = someone(app, &evening.organizer, &evening.path, "partner", lead).await;
        let stranger = app.person("stranger", true).await;

        app.get(&path).by(&evening.maryam).await.expect(StatusCode::FORBIDDEN);
        app.get(&path).by(&partner).await.expect(StatusCode::FORBIDDEN);
        app.get(&path).by(&stranger).await.expect(StatusCode::NOT_FOUND);
        app.get(&path).await.expect(StatusCode::UNAUTHORIZED);
        let faulty = app.get(format!("{path}?object=1")).by(&evening.organizer).await;
        assert_eq!(faulty.faults()["object"], "unknown_parameter");
        faulty.expect(StatusCode::UNPROCESSABLE_ENTITY);
    })
    .await;
}

async fn first(app: &TestApp, evening: &Evening, list: &str) -> Value {
    let page = app.get(format!("{}/{list}", evening.path)).by(&evening.organizer).await;
    page.expect(StatusCode::OK)["items"][0]["id"].clone()
}

#[tokio::test]
async fn an_answer_is_personal_to_whom_it_is_of() {
    on_each_api(async |app| {
        let evening = Evening::on(app).await;
        let asked = evening.assignment(app, "Maryam", "early-team").await;
        let accept = format!("/v1/me/assignments/{}/accept", asked["id"].as_str().unwrap());
        app.post(accept, Value::Null).by(&evening.maryam).await.expect(StatusCode::OK);

        let of = asked["seat"]["volunteer_id"].as_str().unwrap();
        let told = entries(
            app,
            &evening.path,
            &evening.organizer,
            &format!("person_id={of}&operation=accept_assignment"),
        )
        .await;

        assert_eq!(told.len(), 1, "{told:?}");
        assert_eq!(told[0]["before"]["state"], "offered");
        assert_eq!(told[0]["after"]["state"], "accepted");
        assert_eq!(told[0]["actor_id"], evening.maryam.id.uuid().to_string());
    })
    .await;
}

/// Mixed operations by parallel clients, and their chain; in which festival.
async fn work_in_parallel(app: &TestApp, clients: usize, each: usize) -> Id<Festival> {
    let (organizer, path) = app.festival().await;
    let home = json!({"code": "home", "name": {"fa": "منطقه"}, "priority": 3});
    let home = app.post(format!("{path}/districts"), home).by(&organizer).await.expect(StatusCode::CREATED);
    let before = audit::verify(&app.state.store.reader(), id_of(&path)).await.unwrap().entries;
    let clients: Vec<_> = (0..clients)
        .map(|client| {
            let (app, organizer, path) = (app.clone(), organizer.clone(), path.clone());
            let home = home["id"].clone();
            tokio::spawn(async move {
                let lists = [
                    ("specialties", json!({})),
                    ("volunteers", json!({"gender": "man", "home_district_id": home})),
                    ("districts", json!({"priority": 2})),
                    ("partners", json!({})),
                ];
                let mut changes = 0;
                for (list, body) in lists.iter().cycle().take(each.div_ceil(3)) {
                    let mut body = body.clone();
                    body["code"] = json!(format!("c{client}-{changes}"));
                    body["name"] = json!({"fa": "نام"});
                    let made = app.post(format!("{path}/{list}"), body.clone()).by(&organizer).await;
                    let one = made.header(header::LOCATION).to_owned();
                    made.expect(StatusCode::CREATED);
                    body["name"]["fa"] = json!("نام دیگر");
                    app.put(&one, body).by(&organizer).await.expect(StatusCode::OK);
                    app.delete(&one).by(&organizer).await.expect(StatusCode::NO_CONTENT);
                    changes += 3;
                }
                changes
            })
        })
        .collect();
    let mut changes = 0;
    for client in clients {
        changes += client.await.unwrap();
    }

    let chain = audit::verify(&app.state.store.reader(), id_of(&path)).await.unwrap();
    assert_eq!((chain.faults, chain.entries), (Vec::new(), before + changes));
    id_of(&path)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_chain_is_whole_after_ten_thousand_changes_and_a_row_tampered_with_is_found() {
    on_each_engine(async |store| {
        let app = &TestApp::start(store).await;
        let festival_id = work_in_parallel(app, 16, 627).await;
        let db = past_the_triggers(store).await;

        let sql = "UPDATE audit_entries SET operation = 'nothing' WHERE number = 5000";
        assert_eq!(db.execute_unprepared(sql).await.unwrap().rows_affected(), 1);

        let chain = audit::verify(&store.reader(), festival_id).await.unwrap();
        assert_eq!(chain.faults.first().map(|fault| fault.number), Some(5000), "{:?}", chain.faults);
        db.close().await.unwrap();
    })
    .await;
}

/// The database, as whoever owns it has it.
async fn past_the_triggers(store: &TestStore) -> DatabaseConnection {
    let db = Database::connect(&store.url).await.unwrap();
    let triggers: &[&str] = if store.is_postgres() {
        &["ALTER TABLE audit_entries DISABLE TRIGGER USER", "ALTER TABLE audit_details DISABLE TRIGGER USER"]
    } else {
        &[
            "DROP TRIGGER audit_entries_no_update",
            "DROP TRIGGER audit_entries_no_delete",
            "DROP TRIGGER audit_details_no_update",
            "DROP TRIGGER audit_details_no_delete",
        ]
    };
    for sql in triggers {
        db.execute_unprepared(sql).await.unwrap();
    }
    db
}

/// Writes three entries about a festival that is nowhere else.
async fn three_entries(store: &khademyar_storage::Store) -> Id<Festival> {
    let festival_id: Id<Festival> = Uuid::now_v7().into();
    for n in 1..=3_u64 {
        let write = async {
            let db = store.begin().await.unwrap();
            let change = Change::of("things", Uuid::now_v7()).person(Uuid::from_u128(n.into()));
            db.record(change.in_festival(festival_id).after(&json!({"n": n})));
            db.commit().await.unwrap();
        };
        audit::within(origin(n), write).await;
    }
    festival_id
}

#[tokio::test]
async fn the_database_refuses_to_change_what_was_written_down() {
    on_each_engine(async |store| {
        let festival_id = three_entries(store).await;
        let db = Database::connect(&store.url).await.unwrap();

        for sql in [
            "UPDATE audit_entries SET operation = 'nothing'",
            "DELETE FROM audit_entries",
            "UPDATE audit_details SET content = '{}'",
            "DELETE FROM audit_details",
        ] {
            let refused = db.execute_unprepared(sql).await.unwrap_err().to_string();
            assert!(
                refused.contains("audit_append_only") || refused.contains("only grows"),
                "{sql}: {refused}"
            );
        }

        let chain = audit::verify(&store.reader(), festival_id).await.unwrap();
        assert_eq!((chain.entries, chain.faults), (3, Vec::new()));
        db.close().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn who_gets_past_the_triggers_is_found_by_the_chain() {
    on_each_engine(async |store| {
        let db = past_the_triggers(store).await;
        for (sql, number) in [
            ("UPDATE audit_entries SET operation = 'other' WHERE number = 2", 2),
            ("UPDATE audit_details SET content = '{}' WHERE number = 2 AND part = 'change'", 2),
            ("DELETE FROM audit_details WHERE number = 3 AND part = 'origin'", 3),
            ("DELETE FROM audit_details WHERE number = 2; DELETE FROM audit_entries WHERE number = 2", 3),
            ("DELETE FROM audit_details WHERE number = 3; DELETE FROM audit_entries WHERE number = 3", 3),
        ] {
            let festival_id = three_entries(store).await;
            // The tables hold only this festival's entries that are not tampered with yet.
            db.execute_unprepared(sql).await.unwrap();
            let chain = audit::verify(&store.reader(), festival_id).await.unwrap();
            let numbers: BTreeSet<i64> = chain.faults.iter().map(|fault| fault.number).collect();
            assert!(numbers.contains(&number), "{sql}: {:?}", chain.faults);
        }
        db.close().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn what_is_erased_is_gone_and_the_chain_is_whole() {
    on_each_engine(async |store| {
        let festival_id = three_entries(store).await;

        let db = store.begin().await.unwrap();
        assert_eq!(audit::erase(&db, &[Uuid::from_u128(2)]).await.unwrap(), 1);
        db.commit().await.unwrap();

        let chain = audit::verify(&store.reader(), festival_id).await.unwrap();
        assert_eq!((chain.entries, chain.erased, chain.faults), (3, 1, Vec::new()));
        let left = audit::of_person(&store.reader(), &[1, 2, 3].map(Uuid::from_u128)).await.unwrap();
        assert_eq!(left.iter().filter(|entry| entry.change.is_none()).count(), 1);
    })
    .await;
}
