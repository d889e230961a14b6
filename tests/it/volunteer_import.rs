//! Volunteers from files as people have them.

use std::io::{Cursor, Write};

use axum::http::{StatusCode, header};
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};
use serde_json::{Value, json};
use zip::{ZipWriter, write::SimpleFileOptions};

use crate::{
    app::{Answer, Person, TestApp, on_each_api},
    parts::someone,
};

const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// As it came from a spreadsheet in Isfahan: a byte order mark, semicolons, Arabic letters and digits, phones in every
/// form, somebody twice, somebody nobody can read, and a formula for a name.
const MESSY: &str = "\u{FEFF}كد;نام;نام خانوادگي;شماره موبایل *;منطقهٔ شهرداری;کانون;جنسيت (زن/مرد);سال تولد;تخصص ها;شب ها;توضیحات\r
;مريم;كاظمي;۰۹۱۳ ۱۲۳ ۴۵۶۷;منطقهٔ ٣;سلامت;خانم;۷۵;سلامت:2؛ فرهنگ;۱ تا ۳;\r
x7;حسن;ژيان;+98 913 222 3344;2;;آقا;1360/5/2;crowd-guidance;;با موتور\r
\r
;مریم;کاظمی;00989131234567;۳;;زن;;;;همان مریم\r
;علی;رضایی;12;منطقه ۹۹;ورزش;کودک;;آشپزی;۱۲;\r
;\"=HYPERLINK(\"\"http://x\"\")\";;٠٩١٣٤٤٤٥٥٦٦;1;;مرد;;;;\r
";

/// A festival of ten nights with three districts, each with a health centre.
async fn festival(app: &TestApp) -> (Person, String) {
    let (organizer, path) = app.festival().await;
    let districts = (1..=3)
        .map(|k| json!({"code": format!("d{k}"), "name": {"fa": format!("منطقهٔ {k}")}, "priority": 3}));
    let districts = json!({"items": districts.collect::<Vec<_>>()});
    let made = app
        .post(format!("{path}/districts/bulk"), districts)
        .by(&organizer)
        .await
        .expect(StatusCode::CREATED);
    let centres = made["ids"].as_array().unwrap().iter().enumerate().map(
        |(k, district)| json!({"code": format!("c{k}"), "name": {"fa": "کانون سلامت"}, "district_id": district}),
    );
    let centres = json!({"items": centres.collect::<Vec<_>>()});
    app.post(format!("{path}/centres/bulk"), centres).by(&organizer).await.expect(StatusCode::CREATED);
    (organizer, path)
}

async fn import(app: &TestApp, by: &Person, path: &str, mode: &str, csv: &str) -> Answer {
    app.send(format!("{path}/volunteers/import?mode={mode}"), "text/csv", csv.to_owned()).by(by).await
}

async fn volunteers(app: &TestApp, by: &Person, path: &str) -> Vec<Value> {
    let page = app.get(format!("{path}/volunteers?limit=500")).by(by).await.expect(StatusCode::OK);
    page["items"].as_array().unwrap().clone()
}

fn fates(body: &Value) -> Vec<(u64, &str)> {
    let rows = body["rows"].as_array().unwrap();
    rows.iter().map(|row| (row["number"].as_u64().unwrap(), row["fate"].as_str().unwrap())).collect()
}

/// A file of these people, without a fault.
fn people(names: &[&str]) -> String {
    let rows = names.iter().zip(1000..).map(|(name, k)| format!("{name},0913111{k},1,زن\n"));
    format!("نام,موبایل,منطقه,جنسیت\n{}", rows.collect::<String>())
}

#[tokio::test]
async fn a_dry_run_tells_every_rows_fate_and_changes_nothing() {
    on_each_api(async |app| {
        let (organizer, path) = festival(app).await;
        let before = app.get(&path).by(&organizer).await;

        let answer = app.send(format!("{path}/volunteers/import"), "text/csv", MESSY).by(&organizer).await;

        let body = answer.expect(StatusCode::OK);
        assert_eq!((&body["mode"], &body["batch_id"]), (&json!("dry-run"), &Value::Null));
        assert_eq!(
            body["summary"],
            json!({"rows": 5, "created": 0, "would_create": 3, "duplicates": 1, "rejected": 1})
        );
        assert_eq!(
            fates(&body),
            [
                (2, "would_create"),
                (3, "would_create"),
                (5, "duplicate"),
                (6, "rejected"),
                (7, "would_create")
            ]
        );
        assert_eq!(body["columns"][0], json!({"heading": "كد", "field": "code"}));
        assert_eq!(body["columns"][10], json!({"heading": "توضیحات", "field": null}));
        let [maryam, hassan, again, ali, _] = body["rows"].as_array().unwrap().as_slice() else {
            panic!("{body}")
        };
        assert_eq!(
            (&maryam["name"], &maryam["code"], &maryam["id"]),
            (&json!("مریم کاظمی"), &json!("v0001"), &Value::Null)
        );
        assert_eq!(hassan["code"], json!("x7"));
        assert_eq!(
            again["duplicate_of"],
            json!({"by": "phone", "volunteer_id": null, "code": null, "row": 2})
        );
        assert_eq!(again["faults"][0]["detail"], json!("Row 2 has this phone already."));
        let said: Vec<_> = ali["faults"]
            .as_array()
            .unwrap()
            .iter()
            .map(|fault| (&fault["column"], &fault["code"]))
            .collect();
        let expected = [
            ("شماره موبایل *", "invalid_phone"),
            ("جنسيت (زن/مرد)", "unknown_gender"),
            ("منطقهٔ شهرداری", "unknown"),
            ("کانون", "unknown"),
            ("تخصص ها", "unknown"),
            ("شب ها", "unknown_night"),
        ];
        let expected = expected.map(|(column, code)| (json!(column), json!(code)));
        assert_eq!(said, expected.iter().map(|(column, code)| (column, code)).collect::<Vec<_>>());

        assert!(volunteers(app, &organizer, &path).await.is_empty());
        let batches = app.get(format!("{path}/batches")).by(&organizer).await.expect(StatusCode::OK);
        assert_eq!(batches["items"].as_array().unwrap().len(), 2, "those of the districts and the centres");
        let after = app.get(&path).by(&organizer).await;
        assert_eq!(before.header(header::ETAG), after.header(header::ETAG));
    })
    .await;
}

#[tokio::test]
async fn good_rows_are_created_and_undone_together() {
    on_each_api(async |app| {
        let (organizer, path) = festival(app).await;

        let answer = import(app, &organizer, &path, "good-rows", MESSY).await;

        let location = answer.header(header::LOCATION).to_owned();
        let body = answer.expect(StatusCode::CREATED);
        assert_eq!(location, format!("{path}/batches/{}", body["batch_id"].as_str().unwrap()));
        assert_eq!((&body["summary"]["created"], &body["summary"]["would_create"]), (&json!(3), &json!(0)));
        let there = volunteers(app, &organizer, &path).await;
        let names: Vec<_> = there.iter().map(|volunteer| volunteer["name"]["fa"].as_str().unwrap()).collect();
        assert_eq!(names, ["مریم کاظمی", "حسن ژیان", "=HYPERLINK(\"http://x\")"]);
        let maryam = &there[0];
        assert_eq!(maryam["id"], body["rows"][0]["id"]);
        assert_eq!(
            (&maryam["phone"], &maryam["gender"], &maryam["birth_year"]),
            (&json!("+989131234567"), &json!("woman"), &json!(1996))
        );
        assert_eq!(maryam["available"], json!([{"night": 0}, {"night": 1}, {"night": 2}]));
        assert_eq!(maryam["skills"].as_array().unwrap().len(), 2);
        assert!(there[1]["available"].is_null(), "nobody who says no nights is never free");
        let centre = app
            .get(format!("{path}/centres/{}", maryam["centre_id"].as_str().unwrap()))
            .by(&organizer)
            .await
            .expect(StatusCode::OK);
        assert_eq!(
            centre["district_id"], maryam["home_district_id"],
            "of three centres of one name, her district's"
        );

        app.delete(location).by(&organizer).await.expect(StatusCode::NO_CONTENT);
        assert!(volunteers(app, &organizer, &path).await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn all_or_nothing_names_every_bad_row_and_writes_nothing() {
    on_each_api(async |app| {
        let (organizer, path) = festival(app).await;

        let refused = import(app, &organizer, &path, "all-or-nothing", MESSY).await;

        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        let faults = refused.faults();
        assert_eq!(faults.get("/rows/5/phone").map(String::as_str), Some("duplicate"));
        assert_eq!(faults.get("/rows/6/phone").map(String::as_str), Some("invalid_phone"));
        assert_eq!(faults.get("/rows/6/nights").map(String::as_str), Some("unknown_night"));
        assert_eq!(faults.len(), 7, "{faults:?}");
        assert!(volunteers(app, &organizer, &path).await.is_empty());

        let taken = import(app, &organizer, &path, "all-or-nothing", &people(&["زهرا", "نرگس"])).await;
        assert_eq!(taken.expect(StatusCode::CREATED)["summary"]["created"], json!(2));
        assert_eq!(volunteers(app, &organizer, &path).await.len(), 2);
    })
    .await;
}

#[tokio::test]
async fn whoever_is_there_is_not_created_again() {
    on_each_api(async |app| {
        let (organizer, path) = festival(app).await;
        let csv = "کد,نام,موبایل,منطقه,جنسیت\na1,رضا,,1,مرد\n,زهرا,09131234567,1,زن\n,علی,,2,مرد\n";
        import(app, &organizer, &path, "good-rows", csv).await.expect(StatusCode::CREATED);

        let again = "شناسه,نام,همراه,منطقه,جنسیت\na1,رضای دیگر,,2,مرد\n,زهره,+98 913 123 4567,3,زن\n,على,,۲,آقا\n,علی,,3,مرد\n";
        let body = import(app, &organizer, &path, "good-rows", again).await.expect(StatusCode::CREATED);

        assert_eq!(fates(&body), [(2, "duplicate"), (3, "duplicate"), (4, "duplicate"), (5, "created")]);
        let by: Vec<_> = (0..3).map(|k| body["rows"][k]["duplicate_of"]["by"].as_str().unwrap()).collect();
        assert_eq!(by, ["code", "phone", "person"]);
        let there = volunteers(app, &organizer, &path).await;
        assert_eq!(body["rows"][0]["duplicate_of"]["volunteer_id"], there[0]["id"]);
        let codes: Vec<_> = there.iter().map(|volunteer| volunteer["code"].as_str().unwrap()).collect();
        assert_eq!(codes, ["a1", "v0001", "v0002", "v0003"]);

        let nobody_new = import(app, &organizer, &path, "good-rows", again).await.expect(StatusCode::OK);
        assert_eq!((&nobody_new["batch_id"], &nobody_new["summary"]["duplicates"]), (&Value::Null, &json!(4)));
    })
    .await;
}

#[tokio::test]
async fn the_same_request_has_one_effect() {
    on_each_api(async |app| {
        let (organizer, path) = festival(app).await;
        let url = format!("{path}/volunteers/import?mode=good-rows");
        let csv = people(&["زهرا", "نرگس"]);
        let form = |mark: &str| {
            format!("--{mark}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"v.csv\"\r\n\r\n{csv}\r\n--{mark}--\r\n")
        };
        let send = async |mark: &str| {
            let kind = format!("multipart/form-data; boundary={mark}");
            app.send(&*url, &kind, form(mark)).with("idempotency-key", "k1").by(&organizer).await
        };

        let first = send("abc").await;
        let second = send("xyz").await;

        assert_eq!(first.status, StatusCode::CREATED);
        assert_eq!(first.bytes, second.bytes);
        assert_eq!(second.headers["idempotency-replayed"], "true");
        assert_eq!(volunteers(app, &organizer, &path).await.len(), 2);
        let other = people(&["مینا"]);
        let other = app.send(&*url, "text/csv", other).with("idempotency-key", "k1").by(&organizer).await;
        assert_eq!(other.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(other.body["type"], json!("urn:khademyar:problem:idempotency-key-reused"));
    })
    .await;
}

#[tokio::test]
async fn a_workbook_is_read_as_people_see_it() {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    let headings = ["Full name", "Mobile", "District", "Gender", "Date of birth", "Skills", "Max nights"];
    for (column, heading) in (0..).zip(headings) {
        sheet.write(2, column, heading).unwrap();
    }
    let day = ExcelDateTime::from_ymd(1996, 7, 3).unwrap();
    sheet.write(3, 0, "زهرا  كريمي").unwrap().write(3, 1, 9_131_234_567_i64).unwrap().write(3, 2, 2).unwrap();
    sheet.write(3, 3, "Female").unwrap().write(3, 5, "Health 3, culture").unwrap().write(3, 6, 4).unwrap();
    sheet.write_with_format(3, 4, day, &Format::new().set_num_format("yyyy-mm-dd")).unwrap();
    let file = workbook.save_to_buffer().unwrap();

    on_each_api(async |app| {
        let (organizer, path) = festival(app).await;
        let url = format!("{path}/volunteers/import?mode=all-or-nothing");

        let body = app.send(&*url, XLSX, file.clone()).by(&organizer).await.expect(StatusCode::CREATED);

        assert_eq!(fates(&body), [(4, "created")]);
        let zahra = volunteers(app, &organizer, &path).await.remove(0);
        assert_eq!(zahra["name"]["fa"], json!("زهرا کریمی"));
        assert_eq!(
            (&zahra["phone"], &zahra["birth_year"], &zahra["max_nights"]),
            (&json!("+989131234567"), &json!(1996), &json!(4))
        );
        let levels: Vec<_> = zahra["skills"]
            .as_array()
            .unwrap()
            .iter()
            .map(|skill| skill["level"].as_i64().unwrap())
            .collect();
        assert_eq!(levels.iter().sum::<i64>(), 4);
    })
    .await;
}

#[tokio::test]
async fn what_is_no_table_or_too_large_is_refused() {
    let bomb = {
        let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
        archive.start_file("xl/worksheets/sheet1.xml", SimpleFileOptions::default()).unwrap();
        for _ in 0..65 {
            archive.write_all(&vec![b' '; 1 << 20]).unwrap();
        }
        archive.finish().unwrap().into_inner()
    };
    assert!(bomb.len() < 1 << 20, "it is small until it is unpacked");
    let long = format!("نام,منطقه,جنسیت\n{}", "زهرا,1,زن\n".repeat(20_001));
    let form =
        |name: &str| format!("--m\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\nx\r\n--m--\r\n");

    on_each_api(async |app| {
        let (organizer, path) = festival(app).await;
        let send = async |kind: &str, file: Vec<u8>| {
            app.send(format!("{path}/volunteers/import?mode=good-rows"), kind, file).by(&organizer).await
        };
        let problem = |answer: &Answer| (answer.status, answer.faults().into_iter().collect::<Vec<_>>());
        let fault = |path: &str, code: &str| vec![(path.to_owned(), code.to_owned())];

        let oversize = send("text/csv", vec![b'a'; 10 * 1024 * 1024 + 1]).await;
        assert_eq!(problem(&oversize), (StatusCode::PAYLOAD_TOO_LARGE, vec![]));
        assert_eq!(problem(&send(XLSX, bomb.clone()).await), (StatusCode::PAYLOAD_TOO_LARGE, vec![]));
        for (kind, file, code) in [
            ("text/csv", long.clone().into_bytes(), "too_many_rows"),
            ("text/csv", b"".to_vec(), "empty"),
            ("application/octet-stream", b"%PDF-1.7\0\0\0".to_vec(), "not_a_table"),
            (XLSX, [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1].to_vec(), "legacy_workbook"),
            (XLSX, b"PK\x03\x04broken".to_vec(), "damaged"),
            (
                "text/csv",
                format!("نام,منطقه,جنسیت\n{},1,زن", "ا".repeat(2_001)).into_bytes(),
                "cell_too_long",
            ),
        ] {
            assert_eq!(
                problem(&send(kind, file).await),
                (StatusCode::UNPROCESSABLE_ENTITY, fault("", code)),
                "{code}"
            );
        }
        let headless = send("text/csv", "نام,موبایل,منطقه\n".into()).await;
        let missing = fault("/columns/gender", "missing_column");
        assert_eq!(problem(&headless), (StatusCode::UNPROCESSABLE_ENTITY, missing));
        assert_eq!(send("application/json", b"{}".to_vec()).await.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
        let nothing = send("multipart/form-data; boundary=m", form("photo").into()).await;
        let faults = [("/file", "required"), ("/photo", "unknown_key")]
            .map(|(path, code)| (path.to_owned(), code.to_owned()));
        assert_eq!(nothing.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(nothing.faults(), faults.into());
        assert_eq!(send("multipart/form-data", form("file").into()).await.status, StatusCode::BAD_REQUEST);
        assert_eq!(
            send("multipart/form-data; boundary=other", form("file").into()).await.status,
            StatusCode::BAD_REQUEST
        );
        let odd = import(app, &organizer, &path, "some&limit=3", "").await;
        let mut odd_faults = odd.faults().into_iter().collect::<Vec<_>>();
        odd_faults.sort();
        assert_eq!(
            odd_faults,
            [("limit".into(), "unknown_parameter".into()), ("mode".into(), "not_a_choice".into())]
        );
        assert!(volunteers(app, &organizer, &path).await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn more_people_than_one_statement_holds_come_in_at_once() {
    let rows = (0..2_500).map(|k| format!("n{k},زهرا {k},{},زن,1-3,سلامت:2;فرهنگ\n", k % 3 + 1));
    let csv = format!("کد,نام,منطقه,جنسیت,شب‌ها,تخصص\n{}", rows.collect::<String>());

    on_each_api(async |app| {
        let (organizer, path) = festival(app).await;
        let body = import(app, &organizer, &path, "all-or-nothing", &csv).await.expect(StatusCode::CREATED);
        assert_eq!(body["summary"]["created"], json!(2_500));
        let last = app
            .get(format!("{path}/volunteers?sort=-ordinal&limit=1"))
            .by(&organizer)
            .await
            .expect(StatusCode::OK);
        assert_eq!(last["items"][0]["code"], json!("n2499"));
        assert_eq!(last["items"][0]["available"].as_array().unwrap().len(), 3);
    })
    .await;
}

#[tokio::test]
async fn only_organizers_import() {
    on_each_api(async |app| {
        let (organizer, path) = festival(app).await;
        let csv = people(&["زهرا"]);
        let made = import(app, &organizer, &path, "good-rows", &csv).await.expect(StatusCode::CREATED);
        let zahra = &made["rows"][0]["id"];
        let districts = app.get(format!("{path}/districts")).by(&organizer).await.expect(StatusCode::OK);
        let coordinator = someone(
            app,
            &organizer,
            &path,
            "narges",
            json!({"role": "coordinator", "district_ids": [districts["items"][0]["id"]]}),
        )
        .await;
        let volunteer =
            someone(app, &organizer, &path, "zahra", json!({"role": "volunteer", "volunteer_id": zahra}))
                .await;
        let stranger = app.person("stranger", true).await;

        for (person, status) in [
            (&coordinator, StatusCode::FORBIDDEN),
            (&volunteer, StatusCode::FORBIDDEN),
            (&stranger, StatusCode::NOT_FOUND),
        ] {
            assert_eq!(import(app, person, &path, "good-rows", &csv).await.status, status);
        }
        let nobody = app.send(format!("{path}/volunteers/import"), "text/csv", csv).await;
        assert_eq!(nobody.status, StatusCode::UNAUTHORIZED);
    })
    .await;
}

#[tokio::test]
async fn faults_are_told_in_the_readers_language() {
    on_each_api(async |app| {
        let (organizer, path) = festival(app).await;
        let url = format!("{path}/volunteers/import");
        let told = async |language: &str| {
            let body = app
                .send(&*url, "text/csv", "نام,منطقه,جنسیت\nعلی,99,مرد\n")
                .with("accept-language", language)
                .by(&organizer)
                .await
                .expect(StatusCode::OK);
            body["rows"][0]["faults"][0]["detail"].as_str().unwrap().to_owned()
        };
        assert_eq!(told("fa").await, "این رویداد منطقه «99» ندارد: درست بنویسید یا نخست آن را بسازید.");
        assert_eq!(
            told("en").await,
            "There is no district “99” in this festival: mend it, or create it first."
        );
    })
    .await;
}
