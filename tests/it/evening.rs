//! A published roster to read: three volunteers, two of whom come together, a shift with a lead, one past midnight, one at a base on night 1.

use axum::http::StatusCode;
use chrono::TimeDelta;
use khademyar_domain::{
    Id,
    event::Event,
    festival::Festival,
    plan::{PlanKind, PlanState, Score, Terms},
    position::Position,
    volunteer::Volunteer,
};
use khademyar_storage::{
    assignments,
    events::{self, Audience},
    jobs::{self, JobKind},
    plans::{self, Best, NewPlan},
};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::app::{Person, TestApp};

/// Maryam serves in all three shifts and leads the one at the base; Zahra leads the first, Narges serves there too.
pub(crate) struct Evening {
    pub(crate) organizer: Person,
    /// The festival's path.
    pub(crate) path: String,
    pub(crate) maryam: Person,
    pub(crate) narges: Person,
    pub(crate) zahra: Person,
    /// Where they are asked to serve: volunteer and position.
    pub(crate) roster: Vec<(String, String)>,
}

impl Evening {
    pub(crate) async fn on(app: &TestApp) -> Self {
        let (organizer, path) = app.festival().await;
        let create = async |list: &str, body: Value| -> String {
            let row =
                app.post(format!("{path}/{list}"), body).by(&organizer).await.expect(StatusCode::CREATED);
            row["id"].as_str().unwrap().to_owned()
        };
        let north = json!({"code": "d1", "name": {"fa": "منطقهٔ ۱", "en": "District 1"}, "priority": 3});
        let north = create("districts", north).await;
        let south =
            create("districts", json!({"code": "d2", "name": {"fa": "منطقهٔ ۲"}, "priority": 3})).await;
        let tea = json!({"code": "tea", "name": {"fa": "چای", "en": "Tea"}});
        let tea = create("specialties", tea).await;
        let garden = json!({
            "code": "garden", "name": {"fa": "باغ غدیر", "en": "Bagh-e Ghadir"}, "district_id": north,
            "address": "خیابان غدیر", "latitude": 32.63, "longitude": 51.7,
        });
        let garden = create("venues", garden).await;
        let base = json!({
            "code": "base", "name": {"fa": "پایگاه سیار"}, "kind": "mobile",
            "stands": [{"night": 1, "district_id": south}],
        });
        let base = create("venues", base).await;

        let shift = async |code: &str, venue: &str, night: i32, starts_at: &str, ends_at: &str| {
            let body = json!({
                "code": code, "venue_id": venue, "night": night, "starts_at": starts_at, "ends_at": ends_at,
            });
            create("shifts", body).await
        };
        let early = shift("early", &garden, 0, "2027-04-08T16:30:00Z", "2027-04-08T20:00:00Z").await;
        let late = shift("late", &garden, 0, "2027-04-08T21:30:00Z", "2027-04-08T23:30:00Z").await;
        let away = shift("away", &base, 1, "2027-04-09T16:30:00Z", "2027-04-09T18:30:00Z").await;

        let position = async |code: &str, shift: &str, level: i32, desired: i32| {
            let body = json!({
                "code": code, "shift_id": shift, "specialty_id": tea, "min_level": level, "minimum": 1, "desired": desired,
            });
            create("positions", body).await
        };
        let early_lead = position("early-lead", &early, 3, 1).await;
        let early_team = position("early-team", &early, 1, 3).await;
        let late_team = position("late-team", &late, 1, 2).await;
        let away_lead = position("away-lead", &away, 3, 1).await;

        let volunteer = async |code: &str, fa: &str, phone: &str| {
            let body = json!({
                "code": code, "name": {"fa": fa, "en": code}, "phone": phone, "gender": "woman",
                "home_district_id": north, "skills": [{"specialty_id": tea, "level": 3, "confirmed": true}],
            });
            let id = create("volunteers", body).await;
            let member = json!({
                "username": code.to_lowercase(), "name": fa, "role": "volunteer", "volunteer_id": id,
                "password": "سپید و سبز و بهار",
            });
            app.post(format!("{path}/members"), member).by(&organizer).await.expect(StatusCode::CREATED);
            (app.known(&code.to_lowercase()).await, id)
        };
        let (maryam, maryam_id) = volunteer("Maryam", "مریم امینی", "09131111111").await;
        let (narges, narges_id) = volunteer("Narges", "نرگس کریمی", "09132222222").await;
        let (zahra, zahra_id) = volunteer("Zahra", "زهرا رضایی", "09133333333").await;
        let come_together = json!({"kind": "companions", "first_id": maryam_id, "second_id": zahra_id});
        create("pairs", come_together).await;
        let roster = vec![
            (maryam_id.clone(), early_team.clone()),
            (maryam_id.clone(), late_team),
            (maryam_id, away_lead),
            (narges_id, early_team),
            (zahra_id, early_lead),
        ];
        let evening = Self { organizer, path, maryam, narges, zahra, roster };
        evening.publish(app, &evening.roster).await;
        evening
    }

    pub(crate) fn festival_id(&self) -> Id<Festival> {
        self.path.rsplit('/').next().unwrap().parse().unwrap()
    }

    /// One whose roster breaks no rule: Maryam serves once a night.
    pub(crate) async fn within_rules(app: &TestApp) -> Self {
        let evening = Self::on(app).await;
        let mut roster = evening.roster.clone();
        roster.remove(1);
        evening.publish(app, &roster).await;
        evening
    }

    /// Publishes a plan with this roster, as if the solver had found it.
    pub(crate) async fn publish(&self, app: &TestApp, roster: &[(String, String)]) {
        let (store, now, festival_id) = (&app.state.store, app.state.clock.now(), self.festival_id());
        let id = Uuid::now_v7().into();
        let plan = NewPlan {
            id,
            kind: PlanKind::Solve,
            job_id: Uuid::now_v7(),
            seconds: 1,
            seed: 1,
            by: Some(self.organizer.id),
        };
        let db = store.begin().await.unwrap();
        plans::insert(&db, festival_id, &plan, now).await.unwrap();
        db.commit().await.unwrap();
        let claim = jobs::claim(store, JobKind::Solve, now, TimeDelta::minutes(1)).await.unwrap().unwrap();
        let db = store.begin().await.unwrap();
        plans::start(&db, &claim, now).await.unwrap();
        let nothing = Score { essential: 0, cost: 0 };
        let best = Best { score: nothing, bound: nothing, terms: Some(Terms::default()) };
        let pairs: Vec<(Id<Volunteer>, Id<Position>)> = roster
            .iter()
            .map(|(volunteer, position)| (volunteer.parse().unwrap(), position.parse().unwrap()))
            .collect();
        plans::finish(&db, &claim, PlanState::Completed, &best, &pairs, now).await.unwrap();
        db.commit().await.unwrap();
        let db = store.begin().await.unwrap();
        plans::lock(&db, festival_id, id).await.unwrap();
        assignments::publish(&db, festival_id, id, Some(self.organizer.id), now, &mut Uuid::now_v7)
            .await
            .unwrap();
        db.commit_change(festival_id).await.unwrap();
    }

    /// Signs everyone in again, after time went by.
    pub(crate) async fn sign_in_again(&mut self, app: &TestApp) {
        for person in [&mut self.organizer, &mut self.maryam, &mut self.narges, &mut self.zahra] {
            person.token = app.token(person.id).await;
        }
    }

    /// The assignments of the published roster, in whatever state, of the volunteer with this code.
    pub(crate) async fn assignments(&self, app: &TestApp, code: &str) -> Vec<Value> {
        let page = app.get(format!("{}/assignments?limit=500", self.path)).by(&self.organizer).await;
        let items = page.expect(StatusCode::OK)["items"].as_array().unwrap().clone();
        items.into_iter().filter(|row| row["seat"]["volunteer_code"] == code).collect()
    }

    /// The assignment that the volunteer with this code has, or had last, in the position with that code.
    pub(crate) async fn assignment(&self, app: &TestApp, code: &str, position: &str) -> Value {
        let mine = self.assignments(app, code).await.into_iter();
        let mut there: Vec<Value> = mine.filter(|row| row["seat"]["position_code"] == position).collect();
        there.sort_by_key(|row| row["created_at"].to_string());
        there.pop().unwrap_or_else(|| panic!("{code} was never asked to be in {position}"))
    }

    /// What happened in the festival after event `number`: kinds, with who it happened to, and all of each event.
    pub(crate) async fn events(&self, app: &TestApp, number: i64) -> Vec<Event> {
        let db = app.state.store.reader();
        events::after(&db, self.festival_id(), Audience::Festival, number, 1_000).await.unwrap()
    }

    /// Publishes the roster without the place that Maryam has at the base.
    pub(crate) async fn withdraw_the_base(&self, app: &TestApp) {
        let mut roster = self.roster.clone();
        roster.remove(2);
        self.publish(app, &roster).await;
    }
}
