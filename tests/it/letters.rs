//! Letters on paper: what they say, that nobody can change them, and all of them in one file.
//!
//! What is printed needs the fonts of `fonts/install`. Without them these tests say so and pass, unless
//! `KHADEMYAR_REQUIRE_FONTS` is set.

use std::{
    collections::BTreeMap,
    env, fs,
    io::{Cursor, Read},
    path::{Path, PathBuf},
    process::Command,
    sync::{Arc, LazyLock},
    time::{Duration, Instant},
};

use axum::http::{StatusCode, header};
use chrono::{DateTime, TimeDelta, Utc};
use khademyar_api::{
    Letters, Press,
    auth::{Forged, PublicKeys},
};
use khademyar_domain::{
    Id,
    festival::Festival,
    language::Language,
    letter::{LetterBundle, LetterKind},
};
use khademyar_storage::{
    Store, assignments, erasure,
    jobs::{self, JobKind},
    letter_bundles::{self, Piece},
    set_ups,
};
use khademyar_worker::{NotPrinted, Printer, Worker};
use sea_orm::{ConnectionTrait, Database};
use serde_json::{Value, json};
use tokio::sync::mpsc;
use uuid::Uuid;

use crate::{
    app::{TestApp, on_each_api},
    house::root,
    plans::unstopped,
    reports::{Thanked, call_the_roll},
    store::{TestStore, on_each_engine},
};

/// What prints, where there are fonts.
pub(crate) fn press() -> Option<Arc<Press>> {
    static PRESS: LazyLock<Option<Arc<Press>>> = LazyLock::new(|| {
        let folder = env::var("KHADEMYAR_FONTS").map_or_else(|_| root().join("fonts"), PathBuf::from);
        let entries = fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path());
        let mut fonts: Vec<_> =
            entries.filter(|path| path.extension().is_some_and(|kind| kind == "ttf")).collect();
        fonts.sort();
        match Press::new(fonts.iter().map(|path| fs::read(path).unwrap())) {
            Ok(press) => Some(Arc::new(press)),
            Err(missing) if env::var("KHADEMYAR_REQUIRE_FONTS").is_ok() => {
                panic!("{missing}: fetch them with fonts/install")
            }
            Err(missing) => {
                eprintln!("SKIPPED what is printed: {missing}. Fetch them with fonts/install.");
                None
            }
        }
    });
    PRESS.clone()
}

/// A bundle that is completed, whatever is in it.
pub(crate) async fn bundle(store: &Store, festival_id: Id<Festival>) -> String {
    let (id, now) = (Uuid::now_v7(), Utc::now());
    let asked = LetterBundle {
        kinds: vec![LetterKind::Certificate],
        language: Language::Persian,
        issued_on: now.date_naive(),
    };
    let db = store.begin().await.unwrap();
    letter_bundles::insert(&db, festival_id, id.into(), Uuid::now_v7(), &asked, now).await.unwrap();
    db.commit().await.unwrap();
    let claim = jobs::claim(store, JobKind::Print, now, TimeDelta::minutes(1)).await.unwrap().unwrap();
    let db = store.begin().await.unwrap();
    letter_bundles::start(&db, &claim, now).await.unwrap();
    let piece = Piece { bytes: b"PK".to_vec(), printed: 1, letters: 1 };
    letter_bundles::add(&db, &claim, 0, piece, now).await.unwrap();
    letter_bundles::finish(&db, &claim, now).await.unwrap();
    db.commit().await.unwrap();
    id.to_string()
}

/// Prints as the binary's worker does.
#[derive(Debug)]
struct Printing(Letters, DateTime<Utc>);

#[async_trait::async_trait]
impl Printer for Printing {
    async fn print(
        &self,
        festival_id: Id<Festival>,
        bundle: LetterBundle,
        _now: DateTime<Utc>,
        tell: mpsc::Sender<Piece>,
    ) -> Result<(), NotPrinted> {
        let printed = self.0.print_all(festival_id, bundle, self.1, tell).await;
        printed.map_err(|error| NotPrinted(error.to_string()))
    }
}

/// A worker that prints, at the app's time.
fn worker(app: &TestApp, press: &Arc<Press>) -> Worker {
    let state = &app.state;
    let (keys, address) = (Arc::clone(&state.festival_keys), Arc::clone(&state.address));
    let letters = Letters::new(state.store.clone(), keys, Arc::clone(press), address);
    Worker::new(state.store.clone(), 1).with_printer(Arc::new(Printing(letters, state.clock.now())))
}

/// Makes every job due: workers go by the real clock, and the app's is ahead of it.
async fn make_due(store: &TestStore) {
    let database = Database::connect(&store.url).await.unwrap();
    let due = "UPDATE jobs SET run_at = '2000-01-01 00:00:00+00:00' WHERE state = 'queued'";
    assert_eq!(database.execute_unprepared(due).await.unwrap().rows_affected(), 1);
    database.close().await.unwrap();
}

fn id(value: &Value) -> &str {
    value.as_str().unwrap()
}

async fn keys(app: &TestApp, path: &str) -> PublicKeys {
    let keys = app.get(format!("{path}/keys")).await.expect(StatusCode::OK);
    PublicKeys::read(keys.to_string().as_bytes()).unwrap()
}

/// The token in the link of a letter.
fn token(pdf: &[u8]) -> String {
    let text = String::from_utf8_lossy(pdf);
    let (_, after) = text.split_once("/verify?token=").expect("the QR code is a link, too");
    after.chars().take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')).collect()
}

/// The words of a PDF, where there is `pdftotext`.
pub(crate) fn words(pdf: &[u8]) -> Option<String> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("letter.pdf");
    fs::write(&file, pdf).unwrap();
    let told = Command::new("pdftotext").arg(&file).arg("-").output().ok()?;
    assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
    Some(String::from_utf8(told.stdout).unwrap())
}

#[tokio::test]
async fn a_letter_is_what_the_festival_signed_and_no_other() {
    let Some(_) = press() else { return };
    on_each_api(async |app| {
        let there = Thanked::in_app(app).await;
        let path = format!("{}/letters/certificate/{}", there.path, id(&there.zahra));

        let first = app.get(&*path).by(&there.organizer).await;
        let again = app.get(&*path).by(&there.organizer).await;

        assert_eq!(first.status, StatusCode::OK, "{}", String::from_utf8_lossy(&first.bytes));
        assert_eq!(first.header(header::CONTENT_TYPE), "application/pdf");
        assert!(first.header(header::CONTENT_DISPOSITION).contains("certificate-1406-C-v1-fa.pdf"));
        assert_eq!(first.bytes, again.bytes, "of the same day the same to the byte");
        let keys = keys(app, &there.path).await;
        let facts = keys.file(&first.bytes).unwrap();
        assert_eq!(
            (facts.name.as_str(), facts.nights, facts.minutes, facts.number.as_str(), facts.kind),
            ("زهرا کریمی", Some(2), Some(300), "1406-C-v1", LetterKind::Certificate)
        );

        // A changed byte, wherever it is.
        let pdf = first.bytes;
        for at in [9, pdf.len() / 2, pdf.len() - 700] {
            let mut changed = pdf.clone();
            changed[at] ^= 1;
            assert!(keys.file(&changed).is_err(), "byte {at}");
        }
        let mut longer = pdf.clone();
        longer.extend_from_slice(b"% something more\n");
        assert_eq!(keys.file(&longer), Err(Forged::NoSeal));
        assert_eq!(keys.file(b"%PDF-1.7\n%%EOF\n"), Err(Forged::NoSeal));
        let other = app.post("/v1/festivals", json!({"name": {"fa": "دیگر"}, "first_night": "2027-05-08"}));
        let other = other.by(&there.organizer).await;
        let other = self::keys(app, other.header(header::LOCATION)).await;
        assert_eq!(other.file(&pdf), Err(Forged::Unsigned));

        // What the camera reads.
        let token = token(&pdf);
        assert_eq!(keys.letter(&format!("http://roster.test/verify?token={token}")).unwrap(), facts);
        assert_eq!(other.letter(&token), Err(Forged::Unsigned));
        let told = app.get(format!("/v1/letters/{token}")).await.expect(StatusCode::OK);
        assert_eq!((&told["name"], &told["minutes"]), (&json!("زهرا کریمی"), &json!(300)));
        let (claims, signature) = token.rsplit_once('.').unwrap();
        let turned: String = signature.chars().rev().collect();
        for forged in [format!("{claims}.{turned}"), claims.to_owned(), "x.y.z".to_owned()] {
            assert_eq!(keys.letter(&forged), Err(Forged::Unsigned));
            app.get(format!("/v1/letters/{forged}")).await.expect(StatusCode::NOT_FOUND);
        }
        // What another festival signed with its own key and calls ours is not ours.
        let pass = app.get(format!("/v1/letters/{}", there.organizer.token)).await;
        pass.expect(StatusCode::NOT_FOUND);
    })
    .await;
}

#[tokio::test]
async fn everyone_gets_the_letters_that_are_for_them_in_either_language() {
    let Some(_) = press() else { return };
    on_each_api(async |app| {
        let there = Thanked::in_app(app).await;
        let letter = async |kind: &str, of: &Value, language: &str| {
            let path = format!("{}/letters/{kind}/{}?language={language}", there.path, id(of));
            app.get(path).by(&there.organizer).await
        };
        let partners = app.get(format!("{}/partners", there.path)).by(&there.organizer).await;
        let partner = &partners.expect(StatusCode::OK)["items"][0]["id"];

        // Who did not serve is thanked for the offer, and gets no certificate.
        let not_yet = letter("certificate", &there.sara, "fa").await.expect(StatusCode::CONFLICT);
        assert_eq!(not_yet["type"], "urn:khademyar:problem:not-served");
        letter("certificate", &there.districts[0], "fa").await.expect(StatusCode::NOT_FOUND);
        letter("district", &there.sara, "fa").await.expect(StatusCode::NOT_FOUND);
        letter("volunteer", &there.sara, "tr").await.expect(StatusCode::UNPROCESSABLE_ENTITY);
        for (kind, of, said) in [
            ("certificate", &there.zahra, ["باغ غدیر", "Certificate of Service"]),
            ("volunteer", &there.sara, ["آمادگی", "your readiness to serve"]),
            ("volunteer", &there.zahra, ["خدمت‌های شما", "Where you served"]),
            ("district", &there.districts[0], ["شهردار گرامی", "The district was host to 2 shifts"]),
            ("partner", partner, ["آنچه از آن برآمد", "What came of it"]),
        ] {
            for (language, said) in ["fa", "en"].into_iter().zip(said) {
                let pdf = letter(kind, of, language).await;
                assert_eq!(
                    pdf.status,
                    StatusCode::OK,
                    "{kind} {language}: {}",
                    String::from_utf8_lossy(&pdf.bytes)
                );
                // That it can be searched is that its words are told.
                if let Some(words) = words(&pdf.bytes) {
                    assert!(
                        plain(&words).contains(&plain(said)),
                        "{kind} {language}: {said} is not in {words}"
                    );
                }
            }
        }
    })
    .await;
}

/// A text without what readers of PDF leave out or add, and with what is one letter on paper as it is typed.
pub(crate) fn plain(text: &str) -> String {
    text.replace('ۀ', "هٔ").replace(['\u{200c}', ' ', '\n', '\u{c}', '\u{202a}', '\u{202b}', '\u{202c}'], "")
}

#[tokio::test]
async fn a_festival_words_its_letters_and_sees_a_draft_first() {
    on_each_api(async |app| {
        let there = Thanked::in_app(app).await;
        let wordings = format!("{}/letter-wordings", there.path);
        let one = format!("{wordings}/certificate/en");
        let wording = |body: &str| {
            json!({"title": "Shield of Honour", "greeting": "for", "body": body, "closing": "Thanks",
                   "signatory": "{festival}"})
        };

        let listed = app.get(&*wordings).by(&there.organizer).await.expect(StatusCode::OK);
        assert_eq!(listed["items"].as_array().unwrap().len(), 8);
        assert_eq!(listed["items"][1]["usual"], true);
        // A place that is none is named, with its field and those there are.
        let refused = app.put(&*one, wording("for {hour} of {service")).by(&there.organizer).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(refused.body["errors"][0]["code"], "unknown_place");
        let detail = refused.body["errors"][0]["detail"].as_str().unwrap();
        assert!(detail.contains("{hour}") && detail.contains("{hours}"), "{detail}");
        assert_eq!(refused.faults()["/body"], "stray_brace");
        let told = app.put(&*one, wording("For {hours} hours.")).by(&there.organizer).await;
        assert_eq!(told.expect(StatusCode::OK)["usual"], false);

        if press().is_some() {
            let draft =
                app.post(format!("{one}/preview"), wording("Only a draft.")).by(&there.organizer).await;
            assert_eq!(draft.status, StatusCode::OK, "{}", String::from_utf8_lossy(&draft.bytes));
            let keys = keys(app, &there.path).await;
            assert_eq!(keys.file(&draft.bytes), Err(Forged::NoSeal), "nobody signs a draft");
            assert_eq!(keys.letter(&token(&draft.bytes)), Err(Forged::Unsigned));
            let letter = format!("{}/letters/certificate/{}?language=en", there.path, id(&there.zahra));
            let letter = app.get(letter).by(&there.organizer).await;
            if let Some(words) = words(&letter.bytes) {
                assert!(words.contains("Shield of Honour") && words.contains("For 5 hours."), "{words}");
            }
        }
        app.delete(&*one).by(&there.organizer).await.expect(StatusCode::NO_CONTENT);
        let listed = app.get(&*wordings).by(&there.organizer).await.expect(StatusCode::OK);
        assert_eq!(listed["items"][1]["usual"], true);
    })
    .await;
}

/// The files of a ZIP by their names.
fn unzipped(zip: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let mut zip = zip::ZipArchive::new(Cursor::new(zip)).unwrap();
    (0..zip.len())
        .map(|k| {
            let mut file = zip.by_index(k).unwrap();
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes).unwrap();
            (file.name().unwrap().into_owned(), bytes)
        })
        .collect()
}

#[tokio::test]
async fn all_letters_of_a_festival_come_in_one_file_that_is_printed_in_the_background() {
    let Some(press) = press() else { return };
    on_each_engine(async |store: &TestStore| {
        let app = &TestApp::start(store).await;
        let there = Thanked::in_app(app).await;
        let bundles = format!("{}/letter-bundles", there.path);
        let by = &there.organizer;
        let print = async || {
            let asked = app.post(&*bundles, json!({})).by(by).await;
            let path = asked.header(header::LOCATION).to_owned();
            let asked = asked.expect(StatusCode::ACCEPTED);
            assert_eq!((&asked["state"], &asked["progress"]), (&json!("queued"), &json!(0.0)));
            app.get(format!("{path}/file")).by(by).await.expect(StatusCode::CONFLICT);
            make_due(store).await;
            assert!(worker(app, &press).turn(&unstopped()).await.unwrap());
            let run = app.get(&*path).by(by).await.expect(StatusCode::OK);
            assert_eq!((&run["state"], &run["error"]), (&json!("completed"), &json!(null)));
            assert_eq!((&run["printed"], &run["letters"]), (&json!(8), &json!(8)));
            let file = app.get(format!("{path}/file")).by(by).await;
            assert_eq!(file.status, StatusCode::OK);
            assert_eq!(run["size"], json!(file.bytes.len()));
            (path, file.bytes)
        };

        let (path, file) = print().await;
        let (_, again) = print().await;

        assert!(file == again, "of the same day the same to the byte");
        let files = unzipped(&file);
        let names: Vec<&str> = files.keys().map(String::as_str).collect();
        assert_eq!(
            names,
            [
                "certificate-1406-C-v1-fa.pdf",
                "certificate-1406-C-v2-fa.pdf",
                "district-1406-D-d1-fa.pdf",
                "district-1406-D-d2-fa.pdf",
                "festival-report-1406-R-fa.pdf",
                "partner-1406-P-m1-fa.pdf",
                "volunteer-1406-V-v1-fa.pdf",
                "volunteer-1406-V-v2-fa.pdf",
            ]
        );
        let keys = keys(app, &there.path).await;
        let letters = files.iter().filter(|(name, _)| !name.starts_with("festival-report"));
        assert!(letters.into_iter().all(|(_, pdf)| keys.file(pdf).is_ok()));
        // Whoever is erased is in no file any more.
        let db = app.state.store.begin().await.unwrap();
        let festival_id = there.path.rsplit('/').next().unwrap().parse().unwrap();
        let zahra = id(&there.zahra).parse().unwrap();
        erasure::erase_volunteer(&db, festival_id, zahra, None, app.state.clock.now(), &mut Uuid::now_v7)
            .await
            .unwrap();
        db.commit_change(festival_id).await.unwrap();
        app.get(path).by(by).await.expect(StatusCode::NOT_FOUND);
    })
    .await;
}

#[tokio::test]
async fn where_nobody_is_to_be_thanked_no_file_of_letters_is_begun() {
    let Some(_) = press() else { return };
    on_each_api(async |app| {
        let (organizer, path) = app.festival().await;
        let bundles = format!("{path}/letter-bundles");

        let refused = app.post(&*bundles, json!({})).by(&organizer).await;

        assert_eq!(refused.status, StatusCode::CONFLICT);
        assert_eq!(refused.body["type"], "urn:khademyar:problem:nobody-to-thank");
        let listed = app.get(&*bundles).by(&organizer).await.expect(StatusCode::OK);
        assert_eq!(listed["items"], json!([]));

        let partner = json!({"code": "m1", "name": {"fa": "شهرداری"}});
        let partner = app.post(format!("{path}/partners"), partner).by(&organizer).await;
        let partner = &partner.expect(StatusCode::CREATED)["id"];
        let given = json!({"partner_id": partner, "kind": "equipment", "description": "صندلی"});
        app.post(format!("{path}/contributions"), given).by(&organizer).await.expect(StatusCode::CREATED);
        let volunteers = app.post(&*bundles, json!({"kinds": ["certificate", "volunteer"]}));
        volunteers.by(&organizer).await.expect(StatusCode::CONFLICT);
        app.post(&*bundles, json!({"kinds": ["partner"]})).by(&organizer).await.expect(StatusCode::ACCEPTED);
    })
    .await;
}

#[tokio::test]
async fn a_file_of_letters_is_forgotten_after_a_week() {
    on_each_api(async |app| {
        let (organizer, path) = app.festival().await;
        let festival_id = path.rsplit('/').next().unwrap().parse().unwrap();
        let id = bundle(&app.state.store, festival_id).await;
        let bundle = format!("{path}/letter-bundles/{id}");
        app.get(&*bundle).by(&organizer).await.expect(StatusCode::OK);

        let worker = Worker::new(app.state.store.clone(), 1);
        worker.forget_once(Utc::now() + TimeDelta::days(6)).await.unwrap();
        app.get(&*bundle).by(&organizer).await.expect(StatusCode::OK);
        worker.forget_once(Utc::now() + TimeDelta::days(8)).await.unwrap();
        app.get(&*bundle).by(&organizer).await.expect(StatusCode::NOT_FOUND);
    })
    .await;
}

#[tokio::test]
async fn where_there_are_no_fonts_it_is_said_what_to_do() {
    on_each_api(async |app| {
        let app = app.with(|services| services.press = None);
        let (organizer, path) = app.festival().await;
        let letter = format!("{path}/letters/certificate/{}", Uuid::now_v7());

        let refused = app.get(letter).by(&organizer).await;
        let bundle = app.post(format!("{path}/letter-bundles"), json!({})).by(&organizer).await;

        for refused in [refused, bundle] {
            assert_eq!(refused.status, StatusCode::CONFLICT);
            assert_eq!(refused.body["type"], "urn:khademyar:problem:no-fonts");
            assert!(refused.body["detail"].as_str().unwrap().contains("fonts/install"));
        }
    })
    .await;
}

/// Draws a PDF's pages beside it, where there is `pdftoppm`.
fn draw(file: &Path) {
    let mut draw = Command::new("pdftoppm");
    draw.args(["-r", "70", "-png"]).arg(file).arg(file.with_extension(""));
    if let Ok(told) = draw.output() {
        assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
    }
}

/// Every letter, to be looked at, for people whose names are hard to set: `cargo test --workspace --test it
/// letters_to_look_at` leaves them in `target/letters`.
#[tokio::test]
async fn letters_to_look_at() {
    let Some(_) = press() else { return };
    let store = TestStore::sqlite().await;
    let app = TestApp::start(&store).await;
    let there = Thanked::in_app(&app).await;
    let folder = root().join("target/letters");
    fs::create_dir_all(&folder).unwrap();
    let partners = app.get(format!("{}/partners", there.path)).by(&there.organizer).await;
    let partner = partners.expect(StatusCode::OK)["items"][0]["id"].clone();
    let mut letters = vec![
        ("district", "district", there.districts[0].clone()),
        ("district-2", "district", there.districts[1].clone()),
        ("partner", "partner", partner),
        ("offer", "volunteer", there.sara.clone()),
    ];
    rename(
        &app,
        &there,
        "districts",
        &there.districts[1],
        json!({"fa": "منطقهٔ ۲ اصفهان", "en": "District 2"}),
    )
    .await;
    for (k, (fa, en)) in [
        ("علی‌اکبر مؤذن‌زادهٔ اردبیلی", "Ali-Akbar Moazzenzadeh Ardabili"),
        ("رؤیا جزء‌خوان‌پور", "Roya Joz'khanpour"),
        (
            "سیده فاطمه‌زهرا حاج‌میرزا‌محمدحسینی طباطبایی‌نژاد اصفهانی‌الاصل",
            "Seyyedeh Fatemeh-Zahra Haj Mirza Mohammad Hosseini Tabatabaeinejad Esfahani",
        ),
        ("رضا Rezaei (PhD)", "Reza Rezaei (PhD)"),
        ("نرگس", "علی"),
    ]
    .into_iter()
    .enumerate()
    {
        rename(&app, &there, "volunteers", &there.zahra, json!({"fa": fa, "en": en})).await;
        for language in ["fa", "en"] {
            let path = format!("{}/letters/certificate/{}?language={language}", there.path, id(&there.zahra));
            let pdf = app.get(path).by(&there.organizer).await;
            let file = folder.join(format!("certificate-{k}-{language}.pdf"));
            fs::write(&file, pdf.bytes).unwrap();
            draw(&file);
        }
    }
    rename(&app, &there, "volunteers", &there.zahra, json!({"fa": "علی‌اکبر مؤذن‌زادهٔ اردبیلی"})).await;
    letters.push(("volunteer", "volunteer", there.zahra.clone()));
    for (name, kind, of) in letters {
        for language in ["fa", "en"] {
            let path = format!("{}/letters/{kind}/{}?language={language}", there.path, id(&of));
            let pdf = app.get(path).by(&there.organizer).await;
            assert_eq!(pdf.status, StatusCode::OK, "{name}");
            let file = folder.join(format!("{name}-{language}.pdf"));
            fs::write(&file, pdf.bytes).unwrap();
            draw(&file);
        }
    }
    for language in ["fa", "en"] {
        let path = format!("{}/reports/festival?language={language}", there.path);
        let pdf = app.get(path).by(&there.organizer).await;
        assert_eq!(pdf.status, StatusCode::OK);
        let file = folder.join(format!("report-{language}.pdf"));
        fs::write(&file, pdf.bytes).unwrap();
        draw(&file);
    }
}

/// Gives a row of a list another name.
pub(crate) async fn rename(app: &TestApp, there: &Thanked, list: &str, of: &Value, name: Value) {
    let path = format!("{}/{list}/{}", there.path, id(of));
    let mut row = app.get(&*path).by(&there.organizer).await.expect(StatusCode::OK);
    row["name"] = name;
    let row = row.as_object().unwrap().iter().filter(|(key, _)| !matches!(key.as_str(), "id" | "version"));
    let row: Value =
        row.map(|(key, value)| (key.clone(), value.clone())).collect::<serde_json::Map<_, _>>().into();
    app.put(path, row).by(&there.organizer).await.expect(StatusCode::OK);
}

/// As many certificates as a large festival asks for at once, by `cargo test --release --workspace --test it -- --ignored
/// twelve_hundred`: how long they take, and how much memory, is printed.
#[tokio::test]
#[ignore = "takes a minute or two, and tells of nothing but speed"]
async fn twelve_hundred_certificates_take_two_minutes_at_the_most() {
    const MANY: usize = 1200;
    let press = press().expect("fonts");
    let store = TestStore::sqlite().await;
    let app = TestApp::start(&store).await;
    let there = Thanked::in_app(&app).await;
    let (by, path) = (&there.organizer, &there.path);
    let festival_id: Id<Festival> = path.rsplit('/').next().unwrap().parse().unwrap();
    let volunteers: Vec<Value> = (0..MANY)
        .map(|k| {
            json!({"code": format!("n{k}"), "name": {"fa": format!("علی‌اکبر مؤذن‌زادهٔ {k}")}, "gender": "man",
                   "home_district_id": there.districts[0]})
        })
        .collect();
    let items = json!({"items": volunteers});
    app.post(format!("{path}/volunteers/bulk"), items).by(by).await.expect(StatusCode::CREATED);
    let shifts = app.get(format!("{path}/shifts")).by(by).await.expect(StatusCode::OK);
    let specialties = app.get(format!("{path}/specialties")).by(by).await.expect(StatusCode::OK);
    let position = json!({"code": "many", "shift_id": shifts["items"][0]["id"], "minimum": 1, "desired": MANY,
                          "specialty_id": specialties["items"][0]["id"]});
    let position = app.post(format!("{path}/positions"), position).by(by).await.expect(StatusCode::CREATED);
    let position: Uuid = id(&position["id"]).parse().unwrap();
    let db = app.state.store.begin().await.unwrap();
    let set_up = set_ups::load(&db, festival_id).await.unwrap();
    let pairs: Vec<_> = set_up
        .volunteers
        .iter()
        .filter(|row| row.value.code.as_str().starts_with('n'))
        .map(|row| (row.id, position.into()))
        .collect();
    assignments::import(&db, &set_up, &pairs, app.state.clock.now(), &mut Uuid::now_v7).await.unwrap();
    db.commit_change(festival_id).await.unwrap();
    call_the_roll(&app, there.organizer.clone(), path).await;
    let asked = app.post(format!("{path}/letter-bundles"), json!({"kinds": ["certificate"]})).by(by).await;
    let bundle = asked.header(header::LOCATION).to_owned();

    make_due(&store).await;
    let begun = Instant::now();
    assert!(worker(&app, &press).turn(&unstopped()).await.unwrap());
    let took = begun.elapsed();

    let run = app.get(bundle).by(by).await.expect(StatusCode::OK);
    assert_eq!((&run["state"], &run["letters"]), (&json!("completed"), &json!(MANY + 2)));
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let memory = status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or_default();
    eprintln!("{} certificates in {took:.1?}, {} bytes; {memory}", MANY + 2, run["size"]);
    assert!(took < Duration::from_mins(2), "{took:?}");
}
