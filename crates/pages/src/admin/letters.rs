//! Letters: all of them in one file, printed in the background; one by one; and how the festival words them.

use askama::Template;
use axum::{
    Form,
    extract::{Path, Query, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use khademyar_domain::{
    language::Language,
    letter::{BundleState, LetterKind, Wording},
};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{done, when::moment};
use crate::{
    Pages,
    form::{Filled, Input, LANGUAGES, Shape, Words, encoded, language_words, refilled, said},
    frame::{Frame, page},
    ground::Ground,
    trouble::{NO_FONTS, Trouble},
    visitor::Visitor,
};

/// What a kind of letter is called, in both languages.
fn kind_words(kind: LetterKind) -> Words {
    match kind {
        LetterKind::Certificate => ("لوح سپاس خادمیاران", "Certificates of volunteers"),
        LetterKind::Volunteer => ("نامه به خادمیاران", "Letters to volunteers"),
        LetterKind::District => ("نامه به منطقه‌ها", "Letters to districts"),
        LetterKind::Partner => ("نامه به همکاران", "Letters to partners"),
    }
}

/// What stands in the place of a name in braces, in both languages.
fn place_words(place: &str) -> Words {
    match place {
        "festival" => ("نام رویداد", "the festival's name"),
        "dates" => ("تاریخ شب‌ها", "the dates of its nights"),
        "addressee" => ("آنکه نامه به اوست", "whom it is addressed to"),
        "honorific" => ("نام با «سرکار خانم» یا «جناب آقای»", "the name with Ms or Mr"),
        "name" => ("نام", "the name"),
        "service" => ("خدمت: شب‌ها، ساعت‌ها، جاها", "the service: nights, hours, venues"),
        "nights" => ("شمار شب‌ها", "how many nights"),
        "shifts" => ("شمار شیفت‌ها", "how many shifts"),
        "hours" => ("ساعت‌ها", "the hours"),
        "venues" => ("مکان‌ها", "the venues"),
        "specialties" => ("عرصه‌ها", "the specialties"),
        "district" => ("منطقهٔ خانه", "the home district"),
        "sent" => ("آنچه منطقه فرستاد", "whom the district sent"),
        "hosted" => ("آنچه در منطقه شد", "what was done in it"),
        "gifts" => ("کمک‌ها", "the contributions"),
        "volunteers" => ("شمار خادمیاران", "how many volunteers"),
        "outcome" => ("آنچه به بار آمد", "what came of it"),
        _ => ("", ""),
    }
}

#[derive(Deserialize)]
struct Bundles {
    items: Vec<Bundle>,
}

/// Letters that were asked for together.
#[derive(Deserialize)]
struct Bundle {
    id: Uuid,
    kinds: Vec<LetterKind>,
    language: Language,
    state: BundleState,
    printed: i32,
    letters: Option<i32>,
    progress: f64,
    error: Option<String>,
    created_at: DateTime<Utc>,
    kept_until: DateTime<Utc>,
}

impl Bundle {
    fn is_ready(&self) -> bool {
        self.state == BundleState::Completed
    }

    fn is_begun(&self) -> bool {
        self.state == BundleState::Running
    }

    fn is_going_on(&self) -> bool {
        matches!(self.state, BundleState::Queued | BundleState::Running)
    }

    fn kinds_words(&self, visitor: &Visitor) -> String {
        let words: Vec<&str> = self.kinds.iter().map(|kind| said(visitor, kind_words(*kind))).collect();
        words.join(visitor.say("، ", ", "))
    }
}

/// A bundle as it is shown.
struct Shown {
    bundle: Bundle,
    what: String,
    /// Its language, where it is not the reader's.
    language: Option<&'static str>,
    when: String,
    kept: String,
}

#[derive(Deserialize)]
struct Wordings {
    items: Vec<Worded>,
}

/// What letters of a kind say in a language.
#[derive(Deserialize)]
struct Worded {
    kind: LetterKind,
    language: Language,
    usual: bool,
    wording: Wording,
}

impl Worded {
    /// What it is a wording of.
    fn told(&self, frame: &Frame) -> String {
        let [kind, language] =
            [kind_words(self.kind), language_words(self.language)].map(|(fa, en)| frame.say(fa, en));
        format!("{kind}{}{language}", frame.say("، ", ", "))
    }
}

#[derive(Template)]
#[template(path = "admin/letters.html")]
struct LettersPage {
    frame: Frame,
    ground: Ground,
    bundles: Vec<Shown>,
    wordings: Vec<Worded>,
    form: Vec<Input>,
    fault: Option<String>,
}

#[derive(Template)]
#[template(path = "admin/wording.html")]
struct WordingPage {
    frame: Frame,
    ground: Ground,
    kind: LetterKind,
    language: Language,
    usual: bool,
    form: Vec<Input>,
    fault: Option<String>,
}

impl WordingPage {
    /// Where its forms are sent.
    fn address(&self) -> String {
        let (festival, kind, language) = (self.ground.festival_id, self.kind.as_str(), self.language.tag());
        format!("/admin/{festival}/letters/wordings/{kind}/{language}")
    }

    fn is_persian(&self) -> bool {
        self.language == Language::Persian
    }

    /// What can be filled in, and with what.
    fn places(&self) -> impl Iterator<Item = (String, &'static str)> {
        let places = self.kind.places().iter();
        places.map(|place| {
            let (fa, en) = place_words(place);
            (format!("{{{place}}}"), self.frame.say(fa, en))
        })
    }
}

fn form(visitor: &Visitor) -> Vec<Input> {
    let kinds =
        LetterKind::ALL.map(|kind| (kind.as_str().to_owned(), said(visitor, kind_words(kind)).to_owned()));
    let mut ticks = Input::new(Shape::Ticks, "kinds", visitor.say("کدام نامه‌ها؟", "Which letters?"))
        .options(kinds)
        .hint(visitor.say(
            "همه با هم، گزارش رویداد را هم در بر دارد.",
            "All of them together come with the festival report.",
        ));
    for option in &mut ticks.options {
        option.is_chosen = true;
    }
    let languages = LANGUAGES
        .map(|language| (language.tag().to_owned(), said(visitor, language_words(language)).to_owned()));
    let language = Input::new(Shape::Choice, "language", visitor.say("به چه زبانی؟", "In which language?"))
        .options(languages)
        .value("fa");
    vec![ticks, language]
}

async fn listed(
    pages: &Pages,
    visitor: &Visitor,
    festival: Uuid,
    refused: Option<(Filled, Trouble)>,
) -> Result<Response, Trouble> {
    let ground = Ground::organized(pages, visitor, festival).await?;
    let path = ground.path();
    let bundles: Bundles = pages.read(visitor, &format!("{path}/letter-bundles")).await?;
    let wordings: Wordings = pages.read(visitor, &format!("{path}/letter-wordings")).await?;
    let mut form = form(visitor);
    let (status, fault) = refilled(&mut form, refused)?;
    let mut frame = Frame::new(visitor, visitor.say("نامه‌ها", "Letters"));
    frame.here = format!("/admin/{festival}/letters");
    let bundles = bundles.items.into_iter().map(|bundle| Shown {
        what: bundle.kinds_words(visitor),
        language: (bundle.language != frame.language).then(|| said(visitor, language_words(bundle.language))),
        when: moment(bundle.created_at, &ground, &frame),
        kept: moment(bundle.kept_until, &ground, &frame),
        bundle,
    });
    let bundles = bundles.collect();
    let template = LettersPage { frame, ground, bundles, wordings: wordings.items, form, fault };
    Ok(page(visitor, status, &template))
}

/// Shows what was printed together, and how letters are worded.
pub(crate) async fn show(
    State(pages): State<Pages>,
    visitor: Visitor,
    Path(festival): Path<Uuid>,
) -> Result<Response, Trouble> {
    listed(&pages, &visitor, festival, None).await
}

/// Has letters printed together.
pub(crate) async fn print_all(
    State(pages): State<Pages>,
    visitor: Visitor,
    Path(festival): Path<Uuid>,
    Form(filled): Form<Filled>,
) -> Result<Response, Trouble> {
    let kinds: Vec<&str> = filled.all("kinds").collect();
    let body = json!({"kinds": kinds, "language": filled.get("language")});
    match pages.post(&visitor, &format!("/v1/festivals/{festival}/letter-bundles"), body).await {
        Ok(_) => Ok(done(&pages, &format!("/admin/{festival}/letters"), "printing")),
        Err(trouble) => listed(&pages, &visitor, festival, Some((filled, trouble))).await,
    }
}

/// Hands out what was printed together, as a ZIP file.
pub(crate) async fn all(
    State(pages): State<Pages>,
    visitor: Visitor,
    Path((festival, bundle)): Path<(Uuid, Uuid)>,
) -> Result<Response, Trouble> {
    pages.hand_on(&visitor, &format!("/v1/festivals/{festival}/letter-bundles/{bundle}/file")).await
}

/// In which language a letter is; Persian where none is named.
#[derive(Deserialize)]
pub(crate) struct Printed {
    language: Option<String>,
}

/// Hands out one letter as a PDF; as a page, where nothing is printed because there are no fonts.
pub(crate) async fn one(
    State(pages): State<Pages>,
    visitor: Visitor,
    Path((festival, kind, subject)): Path<(Uuid, String, Uuid)>,
    Query(printed): Query<Printed>,
) -> Result<Response, Trouble> {
    let kind = LetterKind::named(&kind).ok_or(Trouble::NotFound)?;
    let language = printed.language.as_deref().unwrap_or("fa");
    let path = format!("/v1/festivals/{festival}");
    let letter = format!("{path}/letters/{}/{subject}?language={}", kind.as_str(), encoded(language));
    let page = match kind {
        LetterKind::Volunteer | LetterKind::Certificate => "volunteers",
        LetterKind::District => "districts",
        LetterKind::Partner => return pages.hand_on(&visitor, &letter).await,
    };
    match pages.hand_on(&visitor, &letter).await {
        Err(Trouble::Problem(problem)) if problem.r#type == NO_FONTS => {
            pages.hand_on(&visitor, &format!("{path}/reports/thank-you/{page}/{subject}")).await
        }
        printed => printed,
    }
}

/// Which wording.
type Which = (Uuid, String, String);

fn named((festival, kind, language): Which) -> Result<(Uuid, LetterKind, Language), Trouble> {
    let kind = LetterKind::named(&kind).ok_or(Trouble::NotFound)?;
    let language = Language::tagged(&language).ok_or(Trouble::NotFound)?;
    Ok((festival, kind, language))
}

/// Where the API has a wording.
fn path((festival, kind, language): (Uuid, LetterKind, Language)) -> String {
    format!("/v1/festivals/{festival}/letter-wordings/{}/{}", kind.as_str(), language.tag())
}

async fn worded(
    pages: &Pages,
    visitor: &Visitor,
    (festival, kind, language): (Uuid, LetterKind, Language),
    refused: Option<(Filled, Trouble)>,
) -> Result<Response, Trouble> {
    let ground = Ground::organized(pages, visitor, festival).await?;
    let wordings: Wordings = pages.read(visitor, &format!("{}/letter-wordings", ground.path())).await?;
    let asked = |one: &&Worded| (one.kind, one.language) == (kind, language);
    let found = wordings.items.iter().find(asked).ok_or(Trouble::NotFound)?;
    let Worded { usual, wording, .. } = found;
    let mut form: Vec<Input> = wording
        .fields()
        .into_iter()
        .map(|(name, text)| {
            let (label, shape) = match name {
                "title" => (("سرنامه", "Title"), Shape::Line),
                "greeting" => (("خطاب", "Greeting"), Shape::Line),
                "body" => (("متن؛ هر بند در یک سطر", "Text; a paragraph a line"), Shape::Lines),
                "closing" => (("پایان", "Closing"), Shape::Line),
                _ => (("امضا", "Signed by"), Shape::Line),
            };
            Input::new(shape, name, said(visitor, label)).required().value(text)
        })
        .collect();
    let (status, fault) = refilled(&mut form, refused)?;
    let mut frame = Frame::new(visitor, "");
    frame.title = found.told(&frame);
    let mut template = WordingPage { frame, ground, kind, language, usual: *usual, form, fault };
    template.frame.here = template.address();
    Ok(page(visitor, status, &template))
}

/// Shows how letters of a kind are worded, to be changed.
pub(crate) async fn wording(
    State(pages): State<Pages>,
    visitor: Visitor,
    Path(which): Path<Which>,
) -> Result<Response, Trouble> {
    worded(&pages, &visitor, named(which)?, None).await
}

/// The wording that a form holds, as the API takes it.
fn told(filled: &Filled) -> Value {
    let fields = ["title", "greeting", "body", "closing", "signatory"];
    fields
        .iter()
        .map(|name| ((*name).to_owned(), json!(filled.get(name))))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

/// Words letters of a kind.
pub(crate) async fn word(
    State(pages): State<Pages>,
    visitor: Visitor,
    Path(which): Path<Which>,
    Form(filled): Form<Filled>,
) -> Result<Response, Trouble> {
    let which = named(which)?;
    match pages.put(&visitor, &path(which), &told(&filled), None).await {
        Ok(_) => Ok(done(&pages, &format!("/admin/{}/letters", which.0), "saved")),
        Err(trouble) => worded(&pages, &visitor, which, Some((filled, trouble))).await,
    }
}

/// Words letters of a kind as is usual again.
pub(crate) async fn word_as_usual(
    State(pages): State<Pages>,
    visitor: Visitor,
    Path(wanted): Path<Which>,
) -> Result<Response, Trouble> {
    let which = named(wanted)?;
    pages.delete(&visitor, &path(which)).await?;
    Ok(done(&pages, &format!("/admin/{}/letters", which.0), "usual"))
}

/// Prints a sample of what a form holds, without saving it.
pub(crate) async fn preview(
    State(pages): State<Pages>,
    visitor: Visitor,
    Path(wanted): Path<Which>,
    Form(filled): Form<Filled>,
) -> Result<Response, Trouble> {
    let which = named(wanted)?;
    match pages.post(&visitor, &format!("{}/preview", path(which)), told(&filled)).await {
        Ok(answer) => {
            let headers = [
                (header::CONTENT_TYPE, "application/pdf"),
                (header::CONTENT_DISPOSITION, "inline; filename=\"sample.pdf\""),
            ];
            Ok((StatusCode::OK, headers, answer.into_bytes()).into_response())
        }
        Err(trouble) => worded(&pages, &visitor, which, Some((filled, trouble))).await,
    }
}
