//! Phones are told to those who must call; of whoever may be under age less is told.

use axum::{
    body::Body,
    http::{Method, StatusCode},
};
use serde_json::{Value, json};

use crate::{
    api_tokens::{grants, system},
    app::{Person, TestApp, on_each_api},
    evening::Evening,
    parts::{someone, without_identity},
};

/// Changes somebody, as an organizer or a system does.
async fn change(app: &TestApp, by: &Person, path: &str, code: &str, key: &str, value: Value) -> Value {
    let row = read(app, by, path, code).await;
    let id = row["id"].as_str().unwrap().to_owned();
    let mut row = row;
    without_identity(&mut row);
    row[key] = value;
    app.put(format!("{path}/volunteers/{id}"), row).by(by).await.expect(StatusCode::OK)
}

async fn read(app: &TestApp, by: &Person, path: &str, code: &str) -> Value {
    let list = app.get(format!("{path}/volunteers?code={code}")).by(by).await.expect(StatusCode::OK);
    list["items"][0].clone()
}

#[tokio::test]
async fn another_system_is_told_no_phone_and_erases_none_by_leaving_it_out() {
    on_each_api(async |app| {
        let evening = Evening::on(app).await;
        let Evening { organizer, path, .. } = &evening;
        change(app, organizer, path, "Maryam", "birth_year", json!(1990)).await;
        let both = grants(&[("people", "read"), ("people", "write"), ("roster", "read"), ("audit", "read")]);
        let (_, system) = system(app, organizer, path, both).await;

        let seen = read(app, &system, path, "Maryam").await;
        assert_eq!((&seen["phone"], &seen["birth_year"]), (&Value::Null, &Value::Null));
        assert_eq!(seen["name"]["en"], "Maryam");
        let written = change(app, &system, path, "Maryam", "max_nights", json!(4)).await;
        assert_eq!((&written["phone"], &written["max_nights"]), (&Value::Null, &json!(4)));

        let stored = read(app, organizer, path, "Maryam").await;
        assert_eq!((&stored["phone"], &stored["birth_year"]), (&json!("+989131111111"), &json!(1990)));
        assert_eq!(stored["max_nights"], 4);
        change(app, &system, path, "Maryam", "phone", json!("09139999999")).await;
        assert_eq!(read(app, organizer, path, "Maryam").await["phone"], "+989139999999");

        let shift = app.get(format!("{path}/shifts?code=early")).by(organizer).await.expect(StatusCode::OK);
        let shift = shift["items"][0]["id"].as_str().unwrap().to_owned();
        for list in ["volunteers?limit=500", "problem", "audit?limit=500", &format!("shifts/{shift}/roll")] {
            let told = app.get(format!("{path}/{list}")).by(&system).await;
            assert_eq!(told.status, StatusCode::OK, "{list}: {}", told.body);
            let told = String::from_utf8_lossy(&told.bytes).into_owned();
            // A year as a value: its digits alone stand in hashes, too.
            for untold in ["9131111111", "9132222222", "9133333333", "9139999999", ":1990"] {
                assert!(!told.contains(untold), "{list} tells {untold}");
            }
        }
        let csv = "نام,موبایل\nکسی,09131111111\n";
        for refused in [
            app.get(format!("{path}/registrations")).by(&system).await,
            // Neither does it find out whose a phone is.
            app.get(format!("{path}/volunteers?phone=09132222222")).by(&system).await,
            app.call(Method::POST, format!("{path}/volunteers/import"), Body::from(csv), Some("text/csv"))
                .by(&system)
                .await,
            app.put(path, json!({"name": {"fa": "نام"}, "nights": ["2020-04-08"]})).by(&system).await,
        ] {
            assert_eq!(refused.body["type"], "urn:khademyar:problem:out-of-grant", "{}", refused.body);
        }
    })
    .await;
}

#[tokio::test]
async fn a_minors_phone_is_for_those_in_charge_and_fellows_know_the_first_name() {
    on_each_api(async |app| {
        let evening = Evening::on(app).await;
        let Evening { organizer, path, .. } = &evening;
        let row = async |list: &str, code: &str| {
            let page = app.get(format!("{path}/{list}?code={code}")).by(organizer).await;
            page.expect(StatusCode::OK)["items"][0]["id"].clone()
        };
        let (shift, venue, north) =
            (row("shifts", "early").await, row("venues", "garden").await, row("districts", "d1").await);
        let lead =
            someone(app, organizer, path, "lead", json!({"role": "venue_lead", "venue_id": venue})).await;
        let part = json!({"role": "coordinator", "district_ids": [north]});
        let coordinator = someone(app, organizer, path, "coordinator", part).await;
        let phones = async |reader: &Person| -> Vec<Value> {
            let roll = app.get(format!("{path}/shifts/{}/roll", shift.as_str().unwrap())).by(reader).await;
            let roll = roll.expect(StatusCode::OK);
            roll["people"].as_array().unwrap().iter().map(|person| person["phone"].clone()).collect()
        };
        let (zahra, maryam, narges) =
            (json!("+989133333333"), json!("+989131111111"), json!("+989132222222"));
        let all = vec![zahra, maryam, narges.clone()];
        assert_eq!(phones(&lead).await, all);
        let schedule = async || {
            let schedule = app.get("/v1/me/schedule").by(&evening.maryam).with("accept-language", "fa").await;
            let schedule = schedule.expect(StatusCode::OK);
            schedule["nights"][0]["services"][0].clone()
        };
        let early = schedule().await;
        assert_eq!((&early["leads"][0]["phone"], &early["team"][0]), (&all[0], &json!("نرگس کریمی")));

        for code in ["Zahra", "Narges"] {
            change(app, organizer, path, code, "birth_year", json!(2010)).await;
        }

        assert_eq!(phones(&lead).await, [Value::Null, all[1].clone(), Value::Null]);
        for in_charge in [&coordinator, organizer] {
            assert_eq!(phones(in_charge).await, all);
            assert_eq!(read(app, in_charge, path, "Narges").await["phone"], narges);
        }
        // Maryam lives in the north, and the base is in the south that night.
        change(app, organizer, path, "Maryam", "birth_year", json!(2010)).await;
        let (away, south) = (row("shifts", "away").await, row("districts", "d2").await);
        let part = json!({"role": "coordinator", "district_ids": [south]});
        let southern = someone(app, organizer, path, "southern", part).await;
        let roll = app.get(format!("{path}/shifts/{}/roll", away.as_str().unwrap())).by(&southern).await;
        assert_eq!(roll.expect(StatusCode::OK)["people"][0]["phone"], Value::Null);
        let seat = evening.assignment(app, "Maryam", "away-lead").await["id"].as_str().unwrap().to_owned();
        let asked = json!({"volunteer_ids": [row("volunteers", "Zahra").await]});
        let asked = app.post(format!("/v1/me/assignments/{seat}/covers"), asked).by(&evening.maryam).await;
        asked.expect(StatusCode::CREATED);
        let covers = app.get("/v1/me/covers").by(&evening.zahra).await.expect(StatusCode::OK);
        assert_eq!(covers["items"][0]["asker"]["name"]["fa"], "مریم", "{covers}");
        let covers = app.get(format!("{path}/covers")).by(organizer).await.expect(StatusCode::OK);
        assert_eq!(covers["items"][0]["asker"]["name"]["fa"], "مریم امینی", "{covers}");
        let early = schedule().await;
        assert_eq!(early["leads"][0].get("phone"), None, "{early}");
        assert_eq!((&early["leads"][0]["name"], &early["team"][0]), (&json!("زهرا"), &json!("نرگس")));
        assert_eq!(early["companions"][0], "زهرا رضایی", "whoever comes with her knows her");
    })
    .await;
}
