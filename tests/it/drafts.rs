//! What if: drafts and comparisons; repairs, which change as little as they can; publications that are taken back.

use axum::http::StatusCode;
use khademyar_domain::{event::EventKind, set_up::SetUp};
use khademyar_roster::frozen;
use khademyar_scheduling::{Options, solve};
use khademyar_storage::{Store, assignments, set_ups};
use khademyar_worker::Worker;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    app::{Answer, TestApp, on_each_api},
    evening::Evening,
    plans::unstopped,
    sample::{self, Sample},
    store::on_each_engine,
};

async fn plan(app: &TestApp, evening: &Evening, body: Value) -> String {
    let asked = app.post(format!("{}/plans", evening.path), body).by(&evening.organizer).await;
    let plan = asked.expect(StatusCode::ACCEPTED);
    format!("{}/plans/{}", evening.path, plan["id"].as_str().unwrap())
}

async fn publish(app: &TestApp, evening: &Evening, plan: &str, word: &str) -> Answer {
    app.post(format!("{plan}/{word}"), Value::Null).by(&evening.organizer).await
}

async fn says(app: &TestApp, evening: &Evening, code: &str, position: &str, answer: &str) {
    let who = match code {
        "Maryam" => &evening.maryam,
        "Narges" => &evening.narges,
        _ => &evening.zahra,
    };
    let assignment = evening.assignment(app, code, position).await;
    let path = format!("/v1/me/assignments/{}/{answer}", assignment["id"].as_str().unwrap());
    app.post(path, json!({})).by(who).await.expect(StatusCode::OK);
}

fn pair(row: &Value) -> Value {
    json!({"volunteer_id": row["seat"]["volunteer_id"], "position_id": row["seat"]["position_id"]})
}

#[tokio::test]
async fn a_draft_is_the_roster_changed_by_hand_compared_and_published_or_dropped() {
    on_each_api(async |app| {
        let evening = Evening::within_rules(app).await;
        let (base, early) = (
            evening.assignment(app, "Maryam", "away-lead").await,
            evening.assignment(app, "Narges", "early-team").await,
        );
        let draft = plan(app, &evening, json!({"kind": "draft"})).await;
        let change = async |body: Value| {
            app.post(format!("{draft}/changes"), body).by(&evening.organizer).await
        };
        let compare = async || {
            app.get(format!("{draft}/comparison")).by(&evening.organizer).await.expect(StatusCode::OK)
        };
        let same = compare().await;
        assert_eq!((&same["kept"], &same["people"]), (&json!(4), &json!([])));

        // Narges leads at the base in Maryam's place; in both places at once would be too many.
        let narges = json!({"volunteer_id": early["seat"]["volunteer_id"], "position_id": base["seat"]["position_id"]});
        let both = change(json!({"add": [narges]})).await.expect(StatusCode::OK);
        assert_eq!(both["broken_rules"][0]["rule"], "capacity");
        let stale = publish(app, &evening, &draft, "publish").await.expect(StatusCode::CONFLICT);
        assert_eq!(stale["type"], "urn:khademyar:problem:plan-stale");
        let mended = change(json!({"remove": [pair(&base)]})).await.expect(StatusCode::OK);
        assert_eq!((&mended["broken_rules"], &mended["plan"]["kind"]), (&json!([]), &json!("draft")));
        let told = compare().await;
        assert_eq!((&told["kept"], &told["dropped"], &told["added"]), (&json!(3), &json!(1), &json!(1)));
        // What is not in it any more counts in its cost, wherever that is told.
        assert_eq!((&told["this"]["terms"]["stability"], &told["other"]["terms"]["stability"]), (&json!(40), &json!(0)));
        assert_eq!(told["this"]["score"], mended["plan"]["score"]);
        let people = told["people"].as_array().unwrap();
        let touched = |row: &Value| people.iter().find(|one| one["volunteer_id"] == row["seat"]["volunteer_id"]);
        assert_eq!(touched(&base).unwrap()["loses"], json!([base["seat"]["position_id"]]));
        assert_eq!(touched(&early).unwrap()["gains"], json!([base["seat"]["position_id"]]));

        let published = publish(app, &evening, &draft, "publish").await.expect(StatusCode::OK);
        assert_eq!(published["publication"]["offered"], 1);
        assert_eq!(evening.assignment(app, "Narges", "away-lead").await["state"], "offered");
        let late = change(json!({"add": [pair(&base)]})).await.expect(StatusCode::CONFLICT);
        assert_eq!(late["type"], "urn:khademyar:problem:not-a-draft");

        let other = plan(app, &evening, json!({"kind": "draft"})).await;
        let dropped = app.delete(&other).by(&evening.organizer).await.expect(StatusCode::OK);
        assert_eq!(dropped["state"], "cancelled");
        publish(app, &evening, &other, "publish").await.expect(StatusCode::CONFLICT);
        let unknown = json!({"add": [{"volunteer_id": Uuid::now_v7(), "position_id": Uuid::now_v7()}]});
        let draft = plan(app, &evening, json!({"kind": "draft"})).await;
        let refused = app.post(format!("{draft}/changes"), unknown).by(&evening.organizer).await;
        assert_eq!(refused.faults()["/add/0"], "unknown_pair");
    })
    .await;
}

#[tokio::test]
async fn a_repair_fills_what_was_left_and_changes_as_little_as_any_plan_could() {
    on_each_api(async |app| {
        let evening = Evening::on(app).await;
        for (code, position) in [("Maryam", "early-team"), ("Maryam", "late-team"), ("Narges", "early-team")]
        {
            says(app, &evening, code, position, "accept").await;
        }
        says(app, &evening, "Maryam", "away-lead", "withdraw").await;

        let repair = plan(app, &evening, json!({"kind": "repair", "seconds": 60})).await;
        assert!(Worker::new(Store::clone(&app.state.store), 1).turn(&unstopped()).await.unwrap());
        let solved = app.get(&repair).by(&evening.organizer).await.expect(StatusCode::OK);
        assert_eq!((&solved["state"], &solved["kind"]), (&json!("completed"), &json!("repair")));
        // Maryam has two shifts on a night on which she takes one: that alone no plan can keep.
        assert_eq!(solved["changes"], json!({"dropped": 1, "bound": 1}));
        publish(app, &evening, &repair, "publish").await.expect(StatusCode::OK);
        let rows = evening.assignments(app, "Narges").await;
        assert!(rows.iter().any(|row| row["state"] == "accepted"));
    })
    .await;
}

#[tokio::test]
async fn what_has_begun_and_what_was_forced_no_plan_changes() {
    on_each_engine(async |store| {
        let sample = Sample::on(store).await;
        let set_up: SetUp = set_ups::load(&store.reader(), sample.festival_id).await.unwrap();
        let ([p0, p1, p2], [v0, _]) = (sample.positions, sample.volunteers);
        let db = store.begin().await.unwrap();
        assignments::import(&db, &set_up, &[(v0, p0)], sample::now(), &mut Uuid::now_v7).await.unwrap();
        db.commit_change(sample.festival_id).await.unwrap();
        let mut live = assignments::live(&store.reader(), sample.festival_id).await.unwrap();
        let plan = |live: &[assignments::Live], now| {
            let stored = frozen::changeable(&set_up, live, now).unwrap();
            let options = Options { max_steps: Some(5_000), threads: 1, ..Options::default() };
            stored.pairs(&solve(stored.problem(), &options, &|| 0.0, &mut |_| {}).plan)
        };

        let midst = plan(&live, sample::evening(0, 60));
        assert!(midst.contains(&(v0, p0)) && midst.iter().filter(|pair| pair.1 == p0).count() == 1);
        // Nothing was published: what has begun is left as it is, but a festival that is over is open to whoever looks back.
        assert!(plan(&[], sample::evening(0, 60)).iter().all(|pair| pair.1 != p0));
        assert!(plan(&[], sample::evening(30, 0)).iter().any(|pair| pair.1 == p0));
        live[0].forced = true;
        let around = plan(&live, sample::now());
        assert!(!around.iter().any(|pair| *pair == (v0, p0) || *pair == (v0, p1)), "{around:?}");
        assert!(around.contains(&(v0, p2)));
    })
    .await;
}

#[tokio::test]
async fn a_publication_is_taken_back_as_long_as_nobody_has_answered() {
    on_each_api(async |app| {
        let evening = Evening::within_rules(app).await;
        says(app, &evening, "Maryam", "early-team", "accept").await;
        let draft = plan(app, &evening, json!({"kind": "draft"})).await;
        let (maryam, narges) = (
            evening.assignment(app, "Maryam", "early-team").await,
            evening.assignment(app, "Narges", "early-team").await,
        );
        let change = json!({
            "remove": [pair(&maryam), pair(&narges)],
            "add": [{"volunteer_id": narges["seat"]["volunteer_id"],
                     "position_id": evening.assignment(app, "Maryam", "late-team").await["seat"]["position_id"]}],
        });
        app.post(format!("{draft}/changes"), change).by(&evening.organizer).await.expect(StatusCode::OK);
        let refused = publish(app, &evening, &draft, "unpublish").await.expect(StatusCode::CONFLICT);
        assert_eq!(refused["type"], "urn:khademyar:problem:plan-not-published");
        publish(app, &evening, &draft, "publish").await.expect(StatusCode::OK);
        assert_eq!(evening.assignment(app, "Maryam", "early-team").await["state"], "cancelled");

        let before = evening.events(app, 0).await.len() as i64;
        let undone = publish(app, &evening, &draft, "unpublish").await.expect(StatusCode::OK);
        assert_eq!(undone["publication"], Value::Null);
        assert_eq!(evening.assignment(app, "Maryam", "early-team").await["state"], "accepted");
        assert_eq!(evening.assignment(app, "Narges", "early-team").await["state"], "offered");
        let late = evening.assignment(app, "Narges", "late-team").await;
        assert_eq!((&late["state"], &late["reason"]), (&json!("cancelled"), &json!("undone")));
        let mut kinds: Vec<&str> =
            evening.events(app, before).await.iter().map(|event| event.event.kind.as_str()).collect();
        kinds.sort_unstable();
        let expected = [
            EventKind::AssignmentAccepted,
            EventKind::AssignmentCancelled,
            EventKind::AssignmentOffered,
            EventKind::RosterUndone,
        ];
        assert_eq!(kinds, expected.map(EventKind::as_str));

        // Again, and this time somebody answers.
        publish(app, &evening, &draft, "publish").await.expect(StatusCode::OK);
        says(app, &evening, "Narges", "late-team", "accept").await;
        let refused = publish(app, &evening, &draft, "unpublish").await.expect(StatusCode::CONFLICT);
        assert_eq!(refused["type"], "urn:khademyar:problem:answered-already");
    })
    .await;
}
