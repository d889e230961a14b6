//! What is printed beside letters, and how it is found again: the festival report, names by searching, one's own certificate.
//!
//! It needs the fonts of `fonts/install`, as [`crate::letters`] does.

use axum::http::{StatusCode, header};
use serde_json::json;

use crate::{
    app::{TestApp, on_each_api},
    browser::Browser,
    letters::{plain, press, rename, words},
    parts::someone,
    reports::Thanked,
    store::TestStore,
};

#[tokio::test]
async fn the_festival_report_tells_what_was_done_and_names_nobody() {
    let Some(_) = press() else { return };
    on_each_api(async |app| {
        let there = Thanked::in_app(app).await;
        let path = format!("{}/reports/festival", there.path);
        for (language, said) in [
            (
                "fa",
                [
                    "گزارش رویداد",
                    "۲ خادمیار از ۳ نفری",
                    "باغ غدیر",
                    "شهرداری منطقهٔ ۱",
                    "خدمتی که وعده شده بود خادمیار آمد",
                ],
            ),
            (
                "en",
                [
                    "Festival Report",
                    "2 volunteers, of 3 who offered to",
                    "Of 6 seats that were asked for, 4 were filled: 67%",
                    "cannot be told how near the best",
                    "In 100% of 4 seats the volunteer came",
                ],
            ),
        ] {
            let first = app.get(format!("{path}?language={language}")).by(&there.organizer).await;
            let again = app.get(format!("{path}?language={language}")).by(&there.organizer).await;

            assert_eq!(first.status, StatusCode::OK, "{}", String::from_utf8_lossy(&first.bytes));
            assert_eq!(first.header(header::CONTENT_TYPE), "application/pdf");
            let name = format!("festival-report-1406-R-{language}.pdf");
            assert!(first.header(header::CONTENT_DISPOSITION).contains(&name));
            assert!(first.bytes == again.bytes, "of the same day the same to the byte");
            let Some(words) = words(&first.bytes) else { continue };
            for said in said {
                assert!(plain(&words).contains(&plain(said)), "{language}: {said} is not in {words}");
            }
            for name in ["کریمی", "ژیان", "امینی"] {
                assert!(!words.contains(name), "{language}: {name} is named");
            }
        }
        let coordinator = json!({"role": "coordinator", "district_ids": [there.districts[0]]});
        let coordinator = someone(app, &there.organizer, &there.path, "coordinator", coordinator).await;
        app.get(&*path).by(&coordinator).await.expect(StatusCode::FORBIDDEN);
        app.get(format!("{path}?language=tr"))
            .by(&there.organizer)
            .await
            .expect(StatusCode::UNPROCESSABLE_ENTITY);

        // One in which nothing happened yet.
        let empty = json!({"name": {"fa": "نیمهٔ شعبان"}, "first_night": "2027-05-08"});
        let empty = app.post("/v1/festivals", empty).by(&there.organizer).await;
        let empty = format!("{}/reports/festival?language=en", empty.header(header::LOCATION));
        let empty = app.get(empty).by(&there.organizer).await;
        assert_eq!(empty.status, StatusCode::OK, "{}", String::from_utf8_lossy(&empty.bytes));
        if let Some(words) = words(&empty.bytes) {
            assert!(words.contains("No service in shifts is counted yet."), "{words}");
        }
    })
    .await;
}

/// Every way in which names are hard to find again.
const HARD_TO_FIND: [&str; 9] = [
    "علی‌اکبر",
    "فاطمه‌سادات",
    "می‌رزا",
    "سید محمدرضا طباطبایی‌نژاد",
    "رؤیا",
    "لاله",
    "غلامرضا آلاله‌فروش",
    "حبیب‌الله ملائکه",
    "رضا Rezaei",
];

#[tokio::test]
async fn names_are_found_in_a_certificate_as_they_are_written() {
    let Some(_) = press() else { return };
    let store = TestStore::sqlite().await;
    let app = TestApp::start(&store).await;
    let there = Thanked::in_app(&app).await;
    for name in HARD_TO_FIND {
        rename(&app, &there, "volunteers", &there.zahra, json!({"fa": name})).await;
        let path = format!("{}/letters/certificate/{}", there.path, there.zahra.as_str().unwrap());
        let pdf = app.get(path).by(&there.organizer).await;
        assert_eq!(pdf.status, StatusCode::OK, "{name}");
        // Half-spaces and all, in one line; the bidi marks are `pdftotext`'s.
        if let Some(words) = words(&pdf.bytes) {
            let words = words.replace(['\u{202a}', '\u{202b}', '\u{202c}'], "");
            assert!(words.lines().any(|line| line.trim() == name), "{name} is not in {words}");
        }
    }
}

#[tokio::test]
async fn whoever_served_finds_the_certificate_beside_their_hours() {
    on_each_api(async |app| {
        let there = Thanked::in_app(app).await;
        let part = json!({"role": "volunteer", "volunteer_id": there.zahra});
        let zahra = someone(app, &there.organizer, &there.path, "zahra", part).await;
        let mut browser = Browser::signed_in(app, &zahra);

        browser.open("/me/hours").await.says("href=\"/me/certificate\"").says("href=\"/me/letter\"");
        if press().is_some() {
            let certificate = browser.open("/me/certificate").await;
            assert_eq!(certificate.status, StatusCode::OK, "{}", certificate.text);
            assert_eq!(certificate.headers["content-type"], "application/pdf");
        }
        // Where nothing is printed it leads to the page.
        let without = app.with(|services| services.press = None);
        Browser::signed_in(&without, &zahra).open("/me/certificate").await.leads_to("/me/letter");
    })
    .await;
}
