//! The roll as a browser without scripts calls it, and as a phone sends what it kept.

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    app::{Person, TestApp, on_each_api},
    browser::{Browser, Page, next_event},
    evening::Evening,
    parts::someone,
};

/// The evening when the first shift has been going on for half an hour: from 20:00 on the festival's clocks.
struct Night {
    evening: Evening,
    festival: String,
    early: String,
    late: String,
}

impl Night {
    async fn on(app: &TestApp) -> Self {
        let mut evening = Evening::on(app).await;
        let then: DateTime<Utc> = "2027-04-08T17:00:00Z".parse().unwrap();
        app.state.clock.advance(then - app.state.clock.now() + TimeDelta::seconds(1));
        evening.sign_in_again(app).await;
        let [early, late] =
            [id(app, &evening, "shifts", "early").await, id(app, &evening, "shifts", "late").await];
        Self { festival: evening.festival_id().to_string(), evening, early, late }
    }

    /// Where the roll of the first shift is.
    fn roll(&self) -> String {
        format!("/desk/roll?festival={}&shift={}", self.festival, self.early)
    }

    async fn part(&self, app: &TestApp, username: &str, role: Value) -> Person {
        someone(app, &self.evening.organizer, &self.evening.path, username, role).await
    }

    /// Who leads the garden, where the first two shifts are.
    async fn lead(&self, app: &TestApp) -> Person {
        let garden = id(app, &self.evening, "venues", "garden").await;
        self.part(app, "lead", json!({"role": "venue_lead", "venue_id": garden})).await
    }

    async fn coordinator(&self, app: &TestApp) -> Person {
        let north = id(app, &self.evening, "districts", "d1").await;
        self.part(app, "coordinator", json!({"role": "coordinator", "district_ids": [north]})).await
    }

    /// Whom the first shift expects: the assignment.
    async fn expected(&self, app: &TestApp, code: &str) -> String {
        let position = if code == "Zahra" { "early-lead" } else { "early-team" };
        self.evening.assignment(app, code, position).await["id"].as_str().unwrap().to_owned()
    }

    async fn state(&self, app: &TestApp, code: &str) -> String {
        let position = if code == "Zahra" { "early-lead" } else { "early-team" };
        self.evening.assignment(app, code, position).await["state"].as_str().unwrap().to_owned()
    }

    async fn code(app: &TestApp, person: &Person) -> String {
        let pass = app.get("/v1/me/pass").by(person).await.expect(StatusCode::OK);
        pass["code"].as_str().unwrap().to_owned()
    }
}

async fn id(app: &TestApp, evening: &Evening, list: &str, code: &str) -> String {
    let page = app.get(format!("{}/{list}?limit=500", evening.path)).by(&evening.organizer).await;
    let page = page.expect(StatusCode::OK);
    let row = page["items"].as_array().unwrap().iter().find(|row| row["code"] == code).unwrap().clone();
    row["id"].as_str().unwrap().to_owned()
}

/// What the roll shows of somebody.
fn person<'a>(page: &'a Page, assignment: &str) -> &'a str {
    let from = page.text.find(&format!("id=\"a-{assignment}\"")).unwrap_or_else(|| panic!("{}", page.text));
    let rest = &page.text[from..];
    &rest[..rest.find("</li>").unwrap()]
}

/// The event that the page offers to take back.
fn last(person: &str) -> &str {
    person.split("name=\"undoes\" value=\"").nth(1).unwrap().split('"').next().unwrap()
}

fn persian(digits: &str) -> String {
    digits.bytes().map(|digit| char::from_u32(0x6F0 + u32::from(digit - b'0')).unwrap()).collect()
}

/// What a phone tells of somebody.
fn event(assignment: &str, kind: &str) -> Value {
    json!({"id": Uuid::now_v7(), "assignment_id": assignment, "kind": kind, "at": "2027-04-08T16:45:00Z"})
}

/// A phone sends what it kept.
async fn send(browser: &mut Browser, festival: &str, by: &str, items: Value) -> Page {
    let request = Request::post(format!("/desk/roll/events?festival={festival}"))
        .header("sec-fetch-site", "same-origin")
        .header(header::ACCEPT, "application/json")
        .header(header::CONTENT_TYPE, "application/json");
    browser.ask(request, Body::from(json!({"by": by, "items": items}).to_string())).await
}

#[tokio::test]
async fn a_venue_lead_calls_the_roll_by_plain_forms_and_takes_back_what_was_a_slip() {
    on_each_api(async |app| {
        let night = Night::on(app).await;
        let mut lead = Browser::signed_in(app, &night.lead(app).await);
        lead.open("/").await.leads_to("/desk/rolls");
        let rolls = lead.open("/desk/rolls").await.says("شب اول").says("باغ غدیر").says("۳ هنوز نیامده");
        assert!(!rolls.text.contains("پایگاه سیار"), "another venue's");
        assert!(rolls.text.contains(&night.late), "the later shift of the same night");
        let roll = night.roll();
        assert!(rolls.text.contains(&roll.replace('&', "&#38;")), "{}", rolls.text);

        let (zahra, maryam) = (night.expected(app, "Zahra").await, night.expected(app, "Maryam").await);
        let before = lead.open(&roll).await;
        assert_eq!(before.status, StatusCode::OK, "{}", before.text);
        assert!(person(&before, &maryam).contains("هنوز نیامده"));
        assert!(person(&before, &maryam).contains("tel:+989131111111"));
        assert!(
            before.text.find("زهرا رضایی").unwrap() < before.text.find("مریم امینی").unwrap(),
            "who leads is first"
        );
        assert!(!before.text.contains("walk-in"), "whom a coordinator alone may take in");

        let here = lead.send(&roll, &[("assignment", &maryam), ("kind", "check_in")]).await;
        here.leads_to(&format!("{roll}#a-{maryam}"));
        assert_eq!(night.state(app, "Maryam").await, "checked_in");
        let after = lead.open(&roll).await.says("data-count=\"here\">۱<").says("data-count=\"missing\">۲<");
        assert!(person(&after, &maryam).contains("حاضر از ۲۰:۳۰"));
        assert!(person(&after, &zahra).contains("value=\"\" hidden"), "nothing to take back");

        let slip = last(person(&after, &maryam)).to_owned();
        lead.send(&roll, &[("assignment", &maryam), ("undoes", &slip)])
            .await
            .leads_to(&format!("{roll}#a-{maryam}"));
        assert_eq!(night.state(app, "Maryam").await, "offered");
        for (kind, state) in [("absent", "no_show"), ("excused", "excused"), ("check_out", "completed")] {
            lead.send(&roll, &[("assignment", &zahra), ("kind", kind)]).await;
            assert_eq!(night.state(app, "Zahra").await, state, "{kind}");
        }
        let found = lead.open(&format!("{roll}&q=%D8%B2%D9%87%D8%B1%D8%A7")).await;
        assert!(
            !person(&found, &zahra).contains(" hidden>\n<form")
                && person(&found, &maryam).contains(" hidden>\n<form")
        );
    })
    .await;
}

#[tokio::test]
async fn a_code_that_is_said_finds_whose_it_is_and_one_of_somebody_else_is_refused_beside_them() {
    on_each_api(async |app| {
        let night = Night::on(app).await;
        let mut lead = Browser::signed_in(app, &night.lead(app).await);
        let roll = night.roll();
        let (narges, maryam) = (night.expected(app, "Narges").await, night.expected(app, "Maryam").await);
        let code = Night::code(app, &night.evening.narges).await;

        lead.send(&roll, &[("code", &persian(&code))]).await.leads_to(&format!("{roll}#a-{narges}"));
        assert_eq!(night.state(app, "Narges").await, "checked_in");

        let nobodys = lead.send(&roll, &[("code", "12")]).await;
        assert_eq!(nobodys.status, StatusCode::UNPROCESSABLE_ENTITY);
        nobodys.says("هیچ‌کس در این فهرست این کد را ندارد").says("aria-invalid=\"true\"");

        let others =
            lead.send(&roll, &[("assignment", &maryam), ("kind", "check_in"), ("code", &code)]).await;
        assert_eq!(others.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(person(&others, &maryam).contains("این کد از آنِ این خادمیار نیست"));
        assert_eq!(night.state(app, "Maryam").await, "offered");
    })
    .await;
}

#[tokio::test]
async fn a_coordinator_comes_to_the_roll_from_her_desk_and_takes_in_who_came_unasked() {
    on_each_api(async |app| {
        let night = Night::on(app).await;
        let mut desk = Browser::signed_in(app, &night.coordinator(app).await);
        let garden = id(app, &night.evening, "venues", "garden").await;
        let choice = format!("/desk/rolls?festival={}&night=0&venue={garden}", night.festival);
        desk.open("/desk").await.says(&choice.replace('&', "&#38;"));
        desk.open(&choice).await.says(&night.early).says(&night.late);

        let form = desk.open(&night.roll()).await;
        let to = format!("/desk/roll/walk-in?festival={}&shift={}", night.festival, night.early);
        assert!(form.text.contains(&to.replace('&', "&amp;")));
        let asked = desk.open(&to).await.says("کسی که سرزده آمده").says("چای، درجهٔ ۱");
        let team = asked.text.split("<option value=\"").find(|option| option.contains("درجهٔ ۱<")).unwrap();
        let team = team.split('"').next().unwrap();
        let fields = [("name", "لیلا حسینی"), ("gender", "woman"), ("position_id", team), ("phone", "۱۲")];
        let refused = desk.send(&to, &fields).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.text);
        refused.says("aria-invalid=\"true\"").says("لیلا حسینی");

        let fields = [("name", "لیلا حسینی"), ("gender", "woman"), ("position_id", team), ("phone", "")];
        let taken = desk.send(&to, &fields).await;
        assert_eq!(taken.status, StatusCode::SEE_OTHER, "{}", taken.text);
        desk.open(&night.roll())
            .await
            .says("لیلا حسینی")
            .says("data-count=\"expected\">۴<")
            .says("data-count=\"here\">۱<");
    })
    .await;
}

#[tokio::test]
async fn what_a_phone_kept_is_told_in_the_name_of_who_told_it_alone() {
    on_each_api(async |app| {
        let night = Night::on(app).await;
        let lead = night.lead(app).await;
        let mut phone = Browser::signed_in(app, &lead);
        let maryam = night.expected(app, "Maryam").await;
        let came = event(&maryam, "check_in");
        let mut taken_back = event(&maryam, "undo");
        taken_back["undoes_id"] = came["id"].clone();
        let stranger = event(&Uuid::now_v7().to_string(), "absent");
        let items = json!([came, taken_back, stranger]);

        let somebody = night.evening.maryam.id.to_string();
        let other = send(&mut phone, &night.festival, &somebody, items.clone()).await;
        assert_eq!(other.status, StatusCode::CONFLICT);
        other.says("کس دیگری ثبت کرد");
        assert_eq!(night.state(app, "Maryam").await, "offered");

        let by = lead.id.to_string();
        for outcome in ["accepted", "duplicate"] {
            let heard = send(&mut phone, &night.festival, &by, items.clone()).await;
            assert_eq!(heard.status, StatusCode::OK, "{}", heard.text);
            let heard: Value = serde_json::from_str(&heard.text).unwrap();
            let outcomes: Vec<&Value> =
                heard["items"].as_array().unwrap().iter().map(|item| &item["outcome"]).collect();
            assert_eq!(outcomes, [outcome, outcome, "refused"]);
            assert!(
                heard["items"][2]["refusal"]["detail"].as_str().unwrap().contains("فهرست را دوباره بخوانید")
            );
        }
        // What was taken back is on the roll no more, and so is not taken back twice.
        let roll = phone.open(&night.roll()).await;
        assert!(person(&roll, &maryam).contains("data-events=\"[]\""), "{}", person(&roll, &maryam));
    })
    .await;
}

#[tokio::test]
async fn a_roll_is_followed_by_who_calls_it_and_tells_of_its_own_shift_alone() {
    on_each_api(async |app| {
        let night = Night::on(app).await;
        let lead = night.lead(app).await;
        let browser = Browser::signed_in(app, &lead);
        let path = format!("/desk/roll/events?festival={}&shift={}", night.festival, night.early);
        let stream = browser.follow(&path).await;
        assert_eq!(stream.status(), StatusCode::OK);
        let mut body = stream.into_body();
        assert!(next_event(&mut body).await.contains("event: ready"));

        let late = night.evening.assignment(app, "Maryam", "late-team").await;
        let elsewhere = event(late["id"].as_str().unwrap(), "excused");
        let here = event(&night.expected(app, "Zahra").await, "check_in");
        for told in [elsewhere, here] {
            let path = format!("{}/attendance-events", night.evening.path);
            app.post(path, json!({"items": [told]}))
                .by(&night.evening.organizer)
                .await
                .expect(StatusCode::OK);
        }

        assert!(
            next_event(&mut body).await.contains("event: assignment_checked_in"),
            "of the other shift nothing is told"
        );
    })
    .await;
}

#[tokio::test]
async fn nobody_calls_a_roll_that_is_not_theirs() {
    on_each_api(async |app| {
        let night = Night::on(app).await;
        let base = id(app, &night.evening, "venues", "base").await;
        let elsewhere = night.part(app, "elsewhere", json!({"role": "venue_lead", "venue_id": base})).await;
        let districts = json!([id(app, &night.evening, "districts", "d1").await]);
        let partner = night.part(app, "partner", json!({"role": "partner", "district_ids": districts})).await;
        let lead = night.lead(app).await;
        let maryam = night.expected(app, "Maryam").await;
        let fields = [("assignment", maryam.as_str()), ("kind", "check_in")];

        let mut of_base = Browser::signed_in(app, &elsewhere);
        assert_eq!(of_base.open(&night.roll()).await.status, StatusCode::NOT_FOUND);
        of_base.open("/desk/rolls?night=0").await.says("این شب شیفتی ندارد");
        let refused = of_base.send(&night.roll(), &fields).await;
        assert_eq!(refused.status, StatusCode::NOT_FOUND, "the roll is not theirs to read either");

        for other in [&partner, &night.evening.maryam] {
            let mut browser = Browser::signed_in(app, other);
            for path in ["/desk/rolls".to_owned(), night.roll()] {
                assert_eq!(browser.open(&path).await.status, StatusCode::NOT_FOUND, "{path}");
            }
            assert_eq!(browser.send(&night.roll(), &fields).await.status, StatusCode::FORBIDDEN);
            let by = other.id.to_string();
            let sent = send(&mut browser, &night.festival, &by, json!([event(&maryam, "check_in")])).await;
            assert_eq!(sent.status, StatusCode::FORBIDDEN);
        }
        let walk_in = format!("/desk/roll/walk-in?festival={}&shift={}", night.festival, night.early);
        assert_eq!(Browser::signed_in(app, &lead).open(&walk_in).await.status, StatusCode::NOT_FOUND);
        assert_eq!(night.state(app, "Maryam").await, "offered");
    })
    .await;
}
