//! The organizer's pages as a browser without scripts sees them: set-up by forms alone, files, rosters, and who sees them.

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use serde_json::{Value, json};

use crate::{
    app::{Person, TestApp, on_each_api},
    browser::{Browser, Page},
    evening::Evening,
    letters::press,
    parts::someone,
};

/// Where the pages of a festival are, which the API has at `path`.
fn home(path: &str) -> String {
    path.replace("/v1/festivals/", "/admin/")
}

/// Every value of an attribute on a page, of those that begin so.
fn found(page: &str, beginning: &str) -> Vec<String> {
    let parts = page.split('"').filter(|part| part.starts_with(beginning));
    parts.map(|part| part.replace("&amp;", "&")).collect()
}

/// The value of an option by what it says.
fn option(page: &str, words: &str) -> String {
    let option =
        page.split("<option value=\"").find(|option| option.contains(&format!(">{words}<"))).unwrap();
    option.split('"').next().unwrap().to_owned()
}

async fn items(app: &TestApp, organizer: &Person, path: &str) -> Vec<Value> {
    app.get(path).by(organizer).await.expect(StatusCode::OK)["items"].as_array().unwrap().clone()
}

#[tokio::test]
async fn a_festival_is_founded_by_a_persian_date_and_says_what_is_to_be_done_next() {
    on_each_api(async |app| {
        let operator = app.person("maryam", true).await;
        let mut browser = Browser::signed_in(app, &operator);
        browser.open("/").await.leads_to("/admin");
        let name = ("name/fa", "شب‌های کرامت");
        let zone = ("timezone", "Asia/Tehran");

        let refused = browser.send("/admin", &[name, ("first", "1404/12/30"), ("count", "۱۰"), zone]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        refused.says("این تاریخ خوانده نشد").says("aria-invalid=\"true\"").says("شب‌های کرامت");
        let founded = browser.send("/admin", &[name, ("first", "۱۴۰۶/۱/۱۹"), ("count", "۱۰"), zone]).await;

        assert_eq!(founded.status, StatusCode::SEE_OTHER);
        let to = founded.headers[header::LOCATION].to_str().unwrap().to_owned();
        let overview = browser.open(&to).await.says("رویداد ساخته شد").says("فروردین ۱۴۰۶").says("۱۰ شب");
        assert!(overview.text.find("منطقه‌ها").unwrap() < overview.text.find("گام بعدی").unwrap());
        let path = to.replace("/admin/", "/v1/festivals/");
        let festival = app.get(path).by(&operator).await.body;
        assert_eq!(festival["nights"][0], "2027-04-08");
        assert_eq!(festival["nights"].as_array().unwrap().len(), 10);
    })
    .await;
}

#[tokio::test]
async fn names_are_pasted_into_a_list_and_taken_back_together() {
    on_each_api(async |app| {
        let (organizer, path) = app.festival().await;
        let mut browser = Browser::signed_in(app, &organizer);
        let list = format!("{}/districts", home(&path));
        let names = ("names", "منطقهٔ ۱۴ / District 14\n\nمنطقهٔ ۱۵\n");

        let made = browser.send(&format!("{list}/many"), &[names, ("priority", "5")]).await;
        let to = made.headers[header::LOCATION].to_str().unwrap().to_owned();
        let shown = browser.open(&to).await.says("۲ تا افزوده شد").says("منطقهٔ ۱۵");
        let districts = items(app, &organizer, &format!("{path}/districts")).await;
        assert_eq!(districts[0]["name"], json!({"fa": "منطقهٔ 14", "en": "District 14"}));
        assert_eq!((&districts[0]["priority"], &districts[1]["code"]), (&json!(5), &json!("d2")));

        let undo = found(&shown.text, &format!("{}/batches/", home(&path))).remove(0);
        browser.send(&undo, &[("back", &list)]).await.leads_to(&list);
        browser.open(&list).await.says("پس گرفته شد").says("هنوز چیزی نیست");
        assert!(items(app, &organizer, &format!("{path}/districts")).await.is_empty());

        // What is not taken is told at its field, and nothing that was written is lost.
        let refused = browser.send(&list, &[("name/fa", "منطقهٔ ۱"), ("priority", "7")]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        refused.says("value=\"منطقهٔ ۱\"").says("aria-describedby=\"priority-told\"");
    })
    .await;
}

/// A festival of ten nights with a venue, an evening's shift and a late one on its first night.
async fn venue(app: &TestApp) -> (Person, String, Browser, String) {
    let (organizer, path) = app.festival().await;
    let mut browser = Browser::signed_in(app, &organizer);
    let at = home(&path);
    browser.send(&format!("{at}/districts/many"), &[("names", "منطقهٔ ۱۴"), ("priority", "5")]).await;
    let district = items(app, &organizer, &format!("{path}/districts")).await[0]["id"].clone();
    let venue = [("name/fa", "باغ غدیر"), ("kind", "fixed"), ("district_id", district.as_str().unwrap())];
    browser.send(&format!("{at}/venues"), &venue).await.leads_to(&format!("{at}/venues"));
    let venue = items(app, &organizer, &format!("{path}/venues")).await[0]["id"].as_str().unwrap().to_owned();
    let windows = [("from1", "18:00"), ("until1", "21:00"), ("from2", "۲۱:۰۰"), ("until2", "۰۰:۳۰")];
    let mut asked = windows.to_vec();
    asked.extend([("venue", venue.as_str()), ("night", "0")]);
    let made = browser.send(&format!("{at}/shifts"), &asked).await;
    assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.text);
    // The same asked again makes nothing.
    browser.send(&format!("{at}/shifts"), &asked).await.leads_to(&format!("{at}/shifts"));
    (organizer, path, browser, venue)
}

#[tokio::test]
async fn a_venues_sheet_is_filled_and_copied_from_night_to_night() {
    on_each_api(async |app| {
        let (organizer, path, mut browser, venue) = venue(app).await;
        let shifts = items(app, &organizer, &format!("{path}/shifts?sort=starts_at")).await;
        let hours: Vec<(&str, &str)> = shifts
            .iter()
            .map(|shift| (shift["starts_at"].as_str().unwrap(), shift["ends_at"].as_str().unwrap()))
            .collect();
        let late = ("2027-04-08T17:30:00Z", "2027-04-08T21:00:00Z");
        assert_eq!(hours, [("2027-04-08T14:30:00Z", "2027-04-08T17:30:00Z"), late]);
        let sheet = format!("{}/positions/{venue}", home(&path));
        let tea = option(&browser.open(&sheet).await.text, "پذیرایی");

        let line = [("specialty", tea.as_str()), ("gender", "woman"), ("level", "1"), ("hours", "")];
        let mut asked = line.to_vec();
        asked.extend([("minimum", "۱"), ("desired", "۲"), ("night", "0"), ("night", "1")]);
        let made = browser.send(&format!("{sheet}/lines"), &asked).await;
        assert!(made.headers[header::LOCATION].to_str().unwrap().contains("made=2"), "one for each shift");
        let cell = found(&browser.open(&sheet).await.text, "p.").remove(0);
        browser.send(&sheet, &[(&cell, "۲/۳")]).await.leads_to(&sheet);
        let copy = format!("{}/positions/copy", home(&path));
        let copied = browser.send(&copy, &[("from", "0"), ("to", "1"), ("to", "2")]).await;
        assert!(copied.headers[header::LOCATION].to_str().unwrap().contains("made=4"));

        let positions = items(app, &organizer, &format!("{path}/positions")).await;
        let numbers = |minimum: i32| {
            positions
                .iter()
                .filter(move |position| position["minimum"] == minimum)
                .map(|one| one["desired"].clone())
        };
        assert_eq!(numbers(2).collect::<Vec<_>>(), [3, 3, 3]);
        assert_eq!(numbers(1).collect::<Vec<_>>(), [2, 2, 2]);
        assert!(positions.iter().all(|position| position["gender"] == "woman"));
        assert_eq!(items(app, &organizer, &format!("{path}/shifts")).await.len(), 6);

        // What can be read by nobody changes nothing.
        let refused =
            browser.send(&sheet, &[(&found(&browser.window().open(&sheet).await.text, "p.")[0], "دو")]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        refused.says("در هر خانه یک عدد");
    })
    .await;
}

#[tokio::test]
async fn a_sheet_that_somebody_else_changed_meanwhile_overwrites_nothing() {
    on_each_api(async |app| {
        let (organizer, path, mut browser, venue) = venue(app).await;
        let sheet = format!("{}/positions/{venue}", home(&path));
        let tea = option(&browser.open(&sheet).await.text, "پذیرایی");
        let line = [("specialty", tea.as_str()), ("gender", "any"), ("level", "1"), ("hours", "")];
        let mut asked = line.to_vec();
        asked.extend([("minimum", "1"), ("desired", "2"), ("night", "0")]);
        browser.send(&format!("{sheet}/lines"), &asked).await;
        let seen = found(&browser.open(&sheet).await.text, "p.").remove(0);
        browser.send(&sheet, &[(&seen, "4/5")]).await.leads_to(&sheet);

        let late = browser.send(&sheet, &[(&seen, "3/3")]).await;

        assert_eq!(late.status, StatusCode::UNPROCESSABLE_ENTITY);
        late.says("role=\"alert\"").says("۴/۵");
        let positions = items(app, &organizer, &format!("{path}/positions")).await;
        assert!(positions.iter().any(|position| position["minimum"] == 4 && position["desired"] == 5));
    })
    .await;
}

/// Sends a file, as the form of volunteers does.
async fn upload(browser: &mut Browser, path: &str, name: &str, content: &str) -> Page {
    let mode = if name == "content" {
        "--part\r\ncontent-disposition: form-data; name=\"mode\"\r\n\r\ngood-rows\r\n"
    } else {
        ""
    };
    let body = format!(
        "{mode}--part\r\ncontent-disposition: form-data; name=\"{name}\"; filename=\"people.csv\"\r\n\r\n{content}\r\n--part--\r\n"
    );
    let request = Request::post(path)
        .header("sec-fetch-site", "same-origin")
        .header(header::CONTENT_TYPE, "multipart/form-data; boundary=part");
    browser.ask(request, Body::from(body)).await
}

#[tokio::test]
async fn a_file_is_shown_row_by_row_before_anybody_is_taken_in() {
    on_each_api(async |app| {
        let (organizer, path, mut browser, _) = venue(app).await;
        let at = format!("{}/import", home(&path));
        let file = "نام,موبایل,منطقه,جنسیت\nزهرا کریمی,09131234567,منطقهٔ ۱۴,زن\nمریم کاظمی,,منطقهٔ ۹۹,زن\n";

        let read = upload(&mut browser, &at, "file", file).await;
        assert_eq!(read.status, StatusCode::OK);
        let read = read.says("۲ ردیف خوانده شد").says("زهرا کریمی").says("مریم کاظمی").says("منطقه");
        assert!(items(app, &organizer, &format!("{path}/volunteers")).await.is_empty());

        let content = read.text.split("name=\"content\" value=\"").nth(1).unwrap().split('"').next().unwrap();
        let done = upload(&mut browser, &at, "content", content).await;
        assert!(done.headers[header::LOCATION].to_str().unwrap().contains("made=1"));
        let volunteers = items(app, &organizer, &format!("{path}/volunteers")).await;
        assert_eq!(volunteers.len(), 1);
        assert_eq!(volunteers[0]["phone"], "+989131234567");

        let refused = upload(&mut browser, &at, "file", "سن\n۳۰\n").await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        refused.says("role=\"alert\"");
    })
    .await;
}

#[tokio::test]
async fn a_roster_is_published_once_it_was_seen_whom_it_touches_and_can_be_taken_back() {
    on_each_api(async |app| {
        let evening = Evening::within_rules(app).await;
        let mut browser = Browser::signed_in(app, &evening.organizer);
        let at = home(&evening.path);

        // Nobody solves here: what waits is stopped at once.
        let asked = browser.send(&format!("{at}/plans"), &[("kind", "solve"), ("seconds", "۵")]).await;
        let plan = asked.headers[header::LOCATION].to_str().unwrap().to_owned();
        browser.open(&plan).await.says("در صف").says("data-live").says("۵ ثانیه");
        browser.send(&format!("{plan}/stop"), &[]).await.leads_to(&plan);
        browser.open(&plan).await.says("متوقف شد");
        let refused = browser.send(&format!("{at}/plans"), &[("kind", "solve"), ("seconds", "۰")]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);

        let plans = items(app, &evening.organizer, &format!("{}/plans", evening.path)).await;
        let when = |plan: &&Value| plan["publication"]["at"].as_str().map(str::to_owned);
        let published = plans.iter().max_by_key(when).unwrap();
        let published = format!("{at}/plans/{}", published["id"].as_str().unwrap());
        browser.open(&published).await.says("برنامهٔ رویداد همین است");
        browser.send(&format!("{published}/unpublish"), &[]).await.leads_to(&published);
        browser.open(&published).await.says("انتشار پس گرفته شد");
        let preview = browser.open(&format!("{published}/publish")).await;
        preview.says("مریم امینی").says("منتشر کن");
        browser.send(&format!("{published}/publish"), &[]).await.leads_to(&published);
        browser.open(&published).await.says("برنامه منتشر شد");
        let with = published.rsplit('/').next().unwrap();
        browser.open(&format!("{published}/comparison?with={with}")).await.says("هزینه روی هم");
    })
    .await;
}

#[tokio::test]
async fn ways_roles_reports_and_history_are_read_and_changed_by_forms() {
    on_each_api(async |app| {
        let evening = Evening::on(app).await;
        let (organizer, path) = (&evening.organizer, &evening.path);
        let mut browser = Browser::signed_in(app, organizer);
        let at = home(path);

        browser.send(&format!("{at}/ways"), &[("way.0.1", "۲۵")]).await.leads_to(&format!("{at}/ways"));
        let ways = app.get(format!("{path}/travel-minutes")).by(organizer).await.body;
        assert_eq!(ways["minutes"], json!([[0, 25], [25, 0]]));

        let district = ways["districts"][0].as_str().unwrap();
        let role =
            [("role", "coordinator"), ("name", "حسین ملک‌پور"), ("district_ids", district), ("venue_id", "")];
        let weak = [role.as_slice(), &[("username", "hossein"), ("password", "short")]].concat();
        let refused = browser.send(&format!("{at}/members"), &weak).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(!refused.text.contains("short"), "a password is not sent back");
        let member =
            [role.as_slice(), &[("username", "Hossein"), ("password", "سپید و سبز و بهاران")]].concat();
        browser.send(&format!("{at}/members"), &member).await.leads_to(&format!("{at}/members"));
        let members = browser.open(&format!("{at}/members")).await.says("حسین ملک‌پور").says("منطقهٔ ۱");
        let remove = found(&members.text, &format!("{at}/members/"));
        let own = browser.send(&remove[0], &[]).await;
        assert_eq!(own.status, StatusCode::CONFLICT, "the last organizer stays");

        browser.open(&format!("{at}/report")).await.says("نامهٔ سپاس").says("منطقهٔ ۲");
        if press().is_some() {
            let report = browser.open(&format!("{at}/report/festival?language=en")).await;
            assert_eq!(report.status, StatusCode::OK, "{}", report.text);
            assert_eq!(report.headers["content-type"], "application/pdf");
        }
        let table = browser.open(&format!("{at}/report/thank-you?table=districts")).await;
        assert!(table.headers[header::CONTENT_DISPOSITION].to_str().unwrap().contains("districts.csv"));
        // Who changed something is told by name.
        let other = someone(app, organizer, path, "second", json!({"role": "organizer"})).await;
        browser.open(&format!("{at}/audit")).await.says("شما").says("افزودن");
        let name = app.get("/v1/me").by(organizer).await.body["name"].as_str().unwrap().to_owned();
        Browser::signed_in(app, &other).open(&format!("{at}/audit")).await.says(&name);
    })
    .await;
}

#[tokio::test]
async fn letters_are_printed_and_worded_by_forms() {
    on_each_api(async |app| {
        let (organizer, path) = app.festival().await;
        let mut browser = Browser::signed_in(app, &organizer);
        let at = format!("{}/letters", home(&path));
        let wording = format!("{at}/wordings/partner/fa");

        browser.open(&at).await.says("رویداد هنوز به پایان نرسیده است").says("هنوز چیزی چاپ نشده است");
        browser.open(&wording).await.says("{gifts}").says("نام رویداد");
        let fields = [
            ("title", "سپاس"),
            ("greeting", "{addressee}"),
            ("body", "برای {gift}"),
            ("closing", "با سپاس"),
            ("signatory", "دبیرخانه"),
        ];
        let refused = browser.send(&wording, &fields).await.says("{gift} در این نامه نیست");
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        refused.says("aria-describedby=\"body-told\"").says("برای {gift}</textarea>");
        let fields = fields.map(|(name, text)| (name, if name == "body" { "برای {gifts}" } else { text }));
        browser.send(&wording, &fields).await.leads_to(&at);
        browser.open(&at).await.says("متن خودتان");
        let usual = format!("{wording}/usual");
        browser.send(&usual, &[]).await.leads_to(&at);
        assert!(!browser.open(&at).await.text.contains("متن خودتان"));

        if press().is_none() {
            return;
        }
        let sample = browser.send(&format!("{wording}/preview"), &fields).await;
        assert_eq!(
            (sample.status, &sample.headers["content-type"]),
            (StatusCode::OK, &"application/pdf".parse().unwrap())
        );
        let every = [("kinds", "certificate"), ("kinds", "partner"), ("language", "fa")];
        let refused = browser.send(&at, &every).await.says("کسی نیست که چنین نامه‌ای برایش چاپ شود");
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        let partner = json!({"code": "m1", "name": {"fa": "شهرداری"}});
        let partner = app.post(format!("{path}/partners"), partner).by(&organizer).await;
        let partner = partner.expect(StatusCode::CREATED)["id"].as_str().unwrap().to_owned();
        let given = json!({"partner_id": partner, "kind": "equipment", "description": "صندلی"});
        app.post(format!("{path}/contributions"), given).by(&organizer).await.expect(StatusCode::CREATED);
        browser.send(&at, &every).await.leads_to(&at);
        browser.open(&at).await.says("در صف چاپ").says("نامه به همکاران");
        let page = browser.open(&format!("{}/partners/{partner}", home(&path))).await;
        let letter = found(&page.text, &format!("{at}/partner/")).remove(0);
        assert_eq!(browser.open(&letter).await.headers["content-type"], "application/pdf");
    })
    .await;
}

#[tokio::test]
async fn a_form_that_is_sent_twice_is_done_once_and_one_that_says_something_else_too() {
    on_each_api(async |app| {
        let evening = Evening::on(app).await;
        let (organizer, path) = (&evening.organizer, &evening.path);
        let mut browser = Browser::signed_in(app, organizer);
        let at = home(path);
        let plans = async || items(app, organizer, &format!("{path}/plans")).await.len();
        let before = plans().await;
        let form = browser.open(&format!("{at}/plans")).await;
        let form = found(&form.text, &format!("{at}/plans?once=")).remove(0);
        let fields = [("kind", "solve"), ("seconds", "۵")];

        let (mut one, mut other) = (browser.window(), browser.window());
        let (first, second) = tokio::join!(one.send(&form, &fields), other.send(&form, &fields));
        let third = browser.send(&form, &fields).await;

        for page in [&second, &third] {
            assert_eq!(page.headers[header::LOCATION], first.headers[header::LOCATION], "{}", page.text);
        }
        assert_eq!(plans().await, before + 1);
        // Whoever goes back and says something else asks for something else.
        let another = browser.send(&form, &[("kind", "solve"), ("seconds", "۶")]).await;
        assert_ne!(another.headers[header::LOCATION], first.headers[header::LOCATION], "{}", another.text);
        assert_eq!(plans().await, before + 2);
        // Rows whose codes are made up here, too; and several at once take no code from each other.
        let list = format!("{at}/districts");
        let shown = browser.open(&list).await;
        let form = found(&shown.text, &format!("{list}?once=")).remove(0);
        let district = [("name/fa", "منطقهٔ ۹"), ("priority", "5")];
        browser.send(&form, &district).await.leads_to(&list);
        browser.send(&form, &district).await.leads_to(&list);
        let pasted = found(&shown.text, &format!("{list}/many?once=")).remove(0);
        let names = [("names", "منطقهٔ ۹\nمنطقهٔ ۱۰"), ("priority", "5")];
        assert_eq!(browser.send(&pasted, &names).await.status, StatusCode::SEE_OTHER);
        browser.send(&pasted, &names).await.leads_to(&list);
        let (mut one, mut other) = (browser.window(), browser.window());
        let others = [[("name/fa", "الف"), ("priority", "5")], [("name/fa", "ب"), ("priority", "5")]];
        let (first, second) = tokio::join!(one.send(&list, &others[0]), other.send(&list, &others[1]));
        first.leads_to(&list);
        second.leads_to(&list);
        let districts = items(app, organizer, &format!("{path}/districts")).await;
        assert_eq!(districts.iter().filter(|district| district["name"]["fa"] == "منطقهٔ 9").count(), 2);
    })
    .await;
}

#[tokio::test]
async fn none_but_organizers_see_the_pages_of_organizers() {
    on_each_api(async |app| {
        let evening = Evening::on(app).await;
        let at = home(&evening.path);
        let districts = items(app, &evening.organizer, &format!("{}/districts", evening.path)).await;
        let role = json!({"role": "coordinator", "district_ids": [districts[0]["id"]]});
        let coordinator = someone(app, &evening.organizer, &evening.path, "coordinator", role).await;
        let lists = [
            "",
            "/festival",
            "/districts",
            "/shifts",
            "/positions",
            "/import",
            "/plans",
            "/members",
            "/audit",
            "/letters",
        ];

        Browser::on(app).open("/admin").await.leads_to("/sign-in");
        for person in [&coordinator, &evening.maryam] {
            let mut browser = Browser::signed_in(app, person);
            for list in lists {
                let page = browser.open(&format!("{at}{list}")).await;
                assert_eq!(page.status, StatusCode::NOT_FOUND, "{list}");
            }
            assert_eq!(browser.open("/admin").await.status, StatusCode::NOT_FOUND);
            let sent =
                browser.send(&format!("{at}/districts"), &[("name/fa", "منطقه"), ("priority", "1")]).await;
            assert!(sent.status.is_client_error(), "{}", sent.status);
        }
        let mut organizer = Browser::signed_in(app, &evening.organizer);
        for list in lists {
            assert_eq!(organizer.open(&format!("{at}{list}")).await.status, StatusCode::OK, "{list}");
        }
        assert_eq!(organizer.open(&format!("{at}/nothing")).await.status, StatusCode::NOT_FOUND);
    })
    .await;
}
