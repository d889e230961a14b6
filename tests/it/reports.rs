//! The thank-you report and its letters.

use axum::http::{StatusCode, header};
use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::{DateTime, Utc};
use khademyar_sheets::{Limits, Table, read};
use khademyar_storage::{assignments, set_ups};
use sea_orm::{ConnectionTrait, Database};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::{
    app::{Person, TestApp, on_each_api},
    parts::someone,
    store::{TestStore, on_each_engine},
};

const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
/// A name that a spreadsheet would run.
const FORMULA: &str = "=HYPERLINK(\"http://x\")";

/// A festival after its nights: Zahra of the first district served twice in the garden, Reza of the second once there
/// and once at the base in his own, Sara not at all.
pub(crate) struct Thanked {
    pub(crate) organizer: Person,
    pub(crate) path: String,
    report: String,
    pub(crate) districts: Value,
    pub(crate) zahra: Value,
    reza: Value,
    pub(crate) sara: Value,
}

/// Minutes of each shift.
const MINUTES: i64 = 150;

async fn create(app: &TestApp, by: &Person, url: String, body: Value) -> Value {
    app.post(url, body).by(by).await.expect(StatusCode::CREATED)["id"].clone()
}

/// When the nights are over, everyone who was asked was there; the organizer as she is signed in then.
pub(crate) async fn call_the_roll(app: &TestApp, organizer: Person, path: &str) -> Person {
    let over: DateTime<Utc> = "2027-04-20T12:00:00Z".parse().unwrap();
    app.state.clock.advance(over - app.state.clock.now());
    let organizer = Person { token: app.token(organizer.id).await, ..organizer };
    let event = |row: &Value| {
        let at = &row["seat"]["ends_at"];
        json!({"id": Uuid::now_v7(), "assignment_id": row["id"], "kind": "present", "at": at})
    };
    let mut page = format!("{path}/assignments");
    loop {
        let rows = app.get(&*page).by(&organizer).await.expect(StatusCode::OK);
        let items: Vec<Value> = rows["items"].as_array().unwrap().iter().map(event).collect();
        let events = json!({"items": items});
        let told = app.post(format!("{path}/attendance-events"), events).by(&organizer).await;
        let told = told.expect(StatusCode::OK);
        assert!(told["items"].as_array().unwrap().iter().all(|item| item["outcome"] == "accepted"));
        let Some(cursor) = rows["next_cursor"].as_str() else { break };
        page = format!("{path}/assignments?cursor={cursor}");
    }
    organizer
}

impl Thanked {
    pub(crate) async fn in_app(app: &TestApp) -> Self {
        let (organizer, path) = app.festival().await;
        let add = async |list: &str, body| create(app, &organizer, format!("{path}/{list}"), body).await;
        let first = add(
            "districts",
            json!({"code": "d1", "name": {"fa": "منطقهٔ ۱"}, "priority": 3, "mayor": "مهندس رضا امینی"}),
        )
        .await;
        let second = add("districts", json!({"code": "d2", "name": {"fa": FORMULA}, "priority": 1})).await;
        let garden = add(
            "venues",
            json!({"code": "garden", "name": {"fa": "باغ غدیر"}, "kind": "fixed", "district_id": first}),
        )
        .await;
        let base = add(
            "venues",
            json!({"code": "base", "name": {"fa": "پایگاه ۷"}, "kind": "mobile", "stands": [{"night": 2, "district_id": second}]}),
        )
        .await;
        let partner =
            add("partners", json!({"code": "m1", "name": {"fa": "شهرداری منطقهٔ ۱"}, "district_id": first}))
                .await;
        let given =
            json!({"partner_id": partner, "kind": "place", "description": "باغ غدیر", "venue_id": garden});
        add("contributions", given).await;
        let specialties = app.get(format!("{path}/specialties")).by(&organizer).await.expect(StatusCode::OK);

        let mut positions = Vec::new();
        for (night, venue) in [(0, &garden), (1, &garden), (2, &base)] {
            let day = 8 + night;
            let shift = json!({
                "code": format!("s{night}"), "venue_id": venue, "night": night,
                "starts_at": format!("2027-04-{day:02}T16:00:00Z"), "ends_at": format!("2027-04-{day:02}T18:30:00Z"),
            });
            let shift = add("shifts", shift).await;
            let position = json!({
                "code": format!("p{night}"), "shift_id": shift, "specialty_id": specialties["items"][0]["id"],
                "minimum": 1, "desired": 2,
            });
            positions.push(add("positions", position).await);
        }
        let person = async |code: &str, name: &str, gender: &str, home: &Value| {
            add(
                "volunteers",
                json!({"code": code, "name": {"fa": name}, "gender": gender, "home_district_id": home}),
            )
            .await
        };
        let zahra = person("v1", "زهرا کریمی", "woman", &first).await;
        let reza = person("v2", "رضا ژیان", "man", &second).await;
        let sara = person("v3", "سارا امینی", "woman", &second).await;

        let id = |value: &Value| value.as_str().unwrap().parse::<Uuid>().unwrap();
        let festival_id = path.rsplit('/').next().unwrap().parse().unwrap();
        let pairs = [(&zahra, 0), (&reza, 0), (&zahra, 1), (&reza, 2)]
            .map(|(who, k): (_, usize)| (id(who).into(), id(&positions[k]).into()));
        let db = app.state.store.begin().await.unwrap();
        let set_up = set_ups::load(&db, festival_id).await.unwrap();
        assignments::import(&db, &set_up, &pairs, app.state.clock.now(), &mut Uuid::now_v7).await.unwrap();
        db.commit_change(festival_id).await.unwrap();
        let organizer = call_the_roll(app, organizer, &path).await;
        let report = format!("{path}/reports/thank-you");
        Self { organizer, path, report, districts: json!([first, second]), zahra, reza, sara }
    }

    async fn letter(&self, app: &TestApp, of: &str, id: &Value) -> crate::app::Answer {
        app.get(format!("{}/{of}/{}", self.report, id.as_str().unwrap())).by(&self.organizer).await
    }
}

#[tokio::test]
async fn the_totals_are_those_of_the_assignments() {
    on_each_api(async |app| {
        let there = Thanked::in_app(app).await;

        let report = app.get(&*there.report).by(&there.organizer).await.expect(StatusCode::OK);

        let effort = &report["festival"]["effort"];
        assert_eq!(
            *effort,
            json!({"volunteers": 2, "nights": 3, "shifts": 3, "assignments": 4, "minutes": 4 * MINUTES, "hours": 10.0,
                   "worklog_minutes": 0, "total_minutes": 4 * MINUTES, "total_hours": 10.0})
        );
        assert_eq!((&report["festival"]["registered"], &report["festival"]["first_night"]), (&json!(3), &json!("2027-04-08")));
        let names: Vec<_> = report["volunteers"].as_array().unwrap().iter().map(|thanks| thanks["name"]["fa"].as_str().unwrap()).collect();
        assert_eq!(names, ["رضا ژیان", "زهرا کریمی"], "in the order of the alphabet");
        let zahra = &report["volunteers"][1];
        assert_eq!((&zahra["nights"], &zahra["shifts"], &zahra["hours"]), (&json!(2), &json!(2), &json!(5.0)));
        for share in ["sent", "hosted"] {
            let districts = report["districts"].as_array().unwrap();
            let sum: i64 = districts.iter().map(|thanks| thanks[share]["assignments"].as_i64().unwrap()).sum();
            assert_eq!(sum, 4, "{share}");
        }
        let first = report["districts"].as_array().unwrap().iter().find(|thanks| thanks["code"] == "d1").unwrap();
        assert_eq!((&first["sent"]["assignments"], &first["hosted"]["assignments"]), (&json!(2), &json!(3)));
        assert_eq!(first["contributions"][0]["effort"]["assignments"], json!(3));
        assert_eq!(report["partners"][0]["contributions"][0]["venue"]["fa"], json!("باغ غدیر"));
    })
    .await;
}

#[tokio::test]
async fn only_those_who_come_are_thanked() {
    on_each_engine(async |store: &TestStore| {
        let app = TestApp::start(store).await;
        let there = Thanked::in_app(&app).await;
        let database = Database::connect(&store.url).await.unwrap();
        let last = "UPDATE assignments SET state = 'no_show', attendance = 'absent', minutes_served = 0 WHERE starts_at = (SELECT max(starts_at) FROM assignments)";
        assert_eq!(database.execute_unprepared(last).await.unwrap().rows_affected(), 1);
        database.close().await.unwrap();

        let report = app.get(&*there.report).by(&there.organizer).await.expect(StatusCode::OK);

        assert_eq!(report["festival"]["effort"]["assignments"], json!(3));
        assert_eq!(report["festival"]["effort"]["minutes"], json!(3 * MINUTES));
        let letter = there.letter(&app, "volunteers", &there.reza).await;
        let page = String::from_utf8(letter.bytes).unwrap();
        assert!(page.contains("باغ غدیر") && !page.contains("پایگاه"), "{page}");
    })
    .await;
}

#[tokio::test]
async fn the_report_comes_in_the_format_asked_for() {
    on_each_api(async |app| {
        let there = Thanked::in_app(app).await;
        let get = async |query: &str, accept: &str| {
            app.get(format!("{}{query}", there.report)).with("accept", accept).by(&there.organizer).await
        };
        let told = async |query: &str, accept: &str| {
            let answer = get(query, accept).await;
            assert_eq!(answer.status, StatusCode::OK);
            let disposition = answer.header(header::CONTENT_DISPOSITION).to_owned();
            (answer.header(header::CONTENT_TYPE).to_owned(), disposition)
        };
        let csv = (
            "text/csv; charset=utf-8".to_owned(),
            "attachment; filename=\"thank-you-2027-04-08-volunteers.csv\"".to_owned(),
        );
        let xlsx = (XLSX.to_owned(), "attachment; filename=\"thank-you-2027-04-08.xlsx\"".to_owned());
        assert_eq!(
            told("", "*/*").await,
            ("application/json".to_owned(), "inline; filename=\"thank-you-2027-04-08.json\"".to_owned())
        );
        assert_eq!(told("", "text/csv").await, csv);
        assert_eq!(told("?format=csv", "application/json").await, csv);
        assert_eq!(told("", XLSX).await, xlsx);
        assert_eq!(told("?format=xlsx&table=venues", "*/*").await, xlsx);

        let table = |bytes: &[u8]| read(bytes, &Limits::default()).unwrap();
        let rows = |table: Table| table.rows.into_iter().map(|row| row.cells).collect::<Vec<_>>();
        let volunteers = rows(table(&get("?format=csv", "").await.bytes));
        assert_eq!(volunteers[1][..2], ["v1", "زهرا کریمی"]);
        assert_eq!(volunteers[1][4..7], ["2", "2", "5"], "nights, shifts, hours");
        let sheet = table(&get("?format=xlsx", "").await.bytes);
        assert_eq!(sheet.headings, ["شرح", "مقدار"]);
        let services = rows(sheet).into_iter().find(|row| row[0].starts_with("خدمت‌ها")).unwrap();
        assert_eq!(services[1], "4");

        let odd = get("?format=pdf&table=people&year=1406", "").await;
        assert_eq!(odd.status, StatusCode::UNPROCESSABLE_ENTITY);
        let mut faults: Vec<_> = odd.faults().into_keys().collect();
        faults.sort();
        assert_eq!(faults, ["format", "table", "year"]);
    })
    .await;
}

#[tokio::test]
async fn no_name_becomes_a_command() {
    on_each_api(async |app| {
        let there = Thanked::in_app(app).await;
        let get = async |format: &str| {
            app.get(format!("{}?{format}", there.report)).by(&there.organizer).await.bytes
        };

        let csv = String::from_utf8(get("format=csv&table=districts").await).unwrap();
        let line = csv.lines().find(|line| line.starts_with("d2,")).unwrap();
        assert!(line.contains("\"'=HYPERLINK(\"\"http://x\"\")\""), "{line}");

        let mut archive = zip::ZipArchive::new(std::io::Cursor::new(get("format=xlsx").await)).unwrap();
        for number in 1..=5 {
            let name = format!("xl/worksheets/sheet{number}.xml");
            let sheet = std::io::read_to_string(archive.by_name(&name).unwrap()).unwrap();
            assert!(!sheet.contains("<f>"), "{name}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_letter_is_a_page_that_shows_its_own_style_and_nothing_else() {
    on_each_api(async |app| {
        let there = Thanked::in_app(app).await;

        let zahra = there.letter(app, "volunteers", &there.zahra).await;
        let district = there.letter(app, "districts", &there.districts[0]).await;
        let sara = there.letter(app, "volunteers", &there.sara).await;

        for letter in [&zahra, &district, &sara] {
            assert_eq!(letter.status, StatusCode::OK);
            assert_eq!(letter.header(header::CONTENT_TYPE), "text/html; charset=utf-8");
            let page = std::str::from_utf8(&letter.bytes).unwrap();
            let style = page.split_once("<style>").unwrap().1.split_once("</style>").unwrap().0;
            let hash = STANDARD.encode(Sha256::digest(style));
            let policy = letter.header(header::CONTENT_SECURITY_POLICY);
            assert!(
                policy.starts_with("default-src 'none';") && policy.contains(&format!("'sha256-{hash}'")),
                "{policy}"
            );
        }
        let text = |letter: crate::app::Answer| String::from_utf8(letter.bytes).unwrap();
        let zahra = text(zahra);
        assert!(zahra.contains("سرکار خانم <strong><bdi>زهرا کریمی</bdi></strong>"), "{zahra}");
        assert_eq!(zahra.matches("<tr><td>").count(), 2);
        let district = text(district);
        assert!(district.contains("مهندس رضا امینی") && district.contains("زهرا کریمی"), "{district}");
        assert!(text(sara).contains("اعلام آمادگی"), "who got no place is thanked for the offer");
    })
    .await;
}

#[tokio::test]
async fn organizers_read_all_letters_and_volunteers_their_own() {
    on_each_api(async |app| {
        let there = Thanked::in_app(app).await;
        let Thanked { organizer, path, report, .. } = &there;
        let coordinator = json!({"role": "coordinator", "district_ids": [there.districts[0]]});
        let coordinator = someone(app, organizer, path, "narges", coordinator).await;
        let zahra = json!({"role": "volunteer", "volunteer_id": there.zahra});
        let zahra = someone(app, organizer, path, "zahra", zahra).await;
        let stranger = app.person("stranger", true).await;
        let own = format!("{report}/volunteers/{}", there.zahra.as_str().unwrap());
        let others = format!("{report}/volunteers/{}", there.reza.as_str().unwrap());
        let district = format!("{report}/districts/{}", there.districts[0].as_str().unwrap());
        let nobodys = format!("{report}/volunteers/{}", Uuid::now_v7());
        let nowhere = format!("{report}/districts/{}", Uuid::now_v7());

        for (person, url, status) in [
            (organizer, &nobodys, StatusCode::NOT_FOUND),
            (organizer, &nowhere, StatusCode::NOT_FOUND),
            (&zahra, &own, StatusCode::OK),
            (&zahra, &others, StatusCode::NOT_FOUND),
            (&zahra, &nobodys, StatusCode::NOT_FOUND),
            (&zahra, &district, StatusCode::FORBIDDEN),
            (&zahra, report, StatusCode::FORBIDDEN),
            (&coordinator, &own, StatusCode::FORBIDDEN),
            (&coordinator, &district, StatusCode::FORBIDDEN),
            (&coordinator, report, StatusCode::FORBIDDEN),
            (&stranger, &own, StatusCode::NOT_FOUND),
            (&stranger, report, StatusCode::NOT_FOUND),
        ] {
            assert_eq!(app.get(url.as_str()).by(person).await.status, status, "{url}");
        }
        assert_eq!(app.get(own).await.status, StatusCode::UNAUTHORIZED);

        let founded = json!({"name": {"fa": "نیمهٔ شعبان"}, "first_night": "2027-01-20"});
        let other = app.post("/v1/festivals", founded).by(&stranger).await.expect(StatusCode::CREATED);
        let elsewhere = format!("/v1/festivals/{}/reports/thank-you", other["id"].as_str().unwrap());
        let stolen = format!("{elsewhere}/volunteers/{}", there.zahra.as_str().unwrap());
        assert_eq!(
            app.get(stolen).by(&stranger).await.status,
            StatusCode::NOT_FOUND,
            "another festival's volunteer"
        );
        let empty = app.get(elsewhere).by(&stranger).await.expect(StatusCode::OK);
        assert_eq!(empty["festival"]["effort"]["assignments"], json!(0));
    })
    .await;
}
