//! The festivals that one organizes, and founding one.

use askama::Template;
use axum::{Form, extract::State, http::StatusCode, response::Response};
use chrono::{Days, NaiveDate};
use khademyar_domain::{Name, jalali, member::Role};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{done, when::date};
use crate::{
    Pages,
    form::{Filled, Input, Shape, fill, number, place_faults, refusal, written},
    frame::{Frame, page},
    trouble::Trouble,
    visitor::Visitor,
};

#[derive(Deserialize)]
struct Me {
    operator: bool,
    parts: Vec<Part>,
}

#[derive(Deserialize)]
struct Part {
    festival_id: Uuid,
    role: Role,
}

#[derive(Deserialize)]
struct Festivals {
    items: Vec<Festival>,
}

#[derive(Deserialize)]
struct Festival {
    id: Uuid,
    name: Name,
    nights: Vec<NaiveDate>,
}

/// A festival of the list.
struct Shown {
    id: Uuid,
    name: String,
    nights: usize,
    first: String,
}

#[derive(Template)]
#[template(path = "admin/festivals.html")]
struct FestivalsPage {
    frame: Frame,
    festivals: Vec<Shown>,
    may_found: bool,
    form: Vec<Input>,
    fault: Option<String>,
}

fn form(visitor: &Visitor) -> Vec<Input> {
    let line = |shape, name, fa, en| Input::new(shape, name, visitor.say(fa, en).to_owned());
    vec![
        line(Shape::Line, "name/fa", "نام رویداد", "Name in Persian").required(),
        line(Shape::Latin, "name/en", "نام انگلیسی", "Name in English"),
        line(Shape::Line, "first", "نخستین شب", "First evening").required().hint(
            visitor.say(
                "سال، ماه و روز خورشیدی، مانند ۱۴۰۶/۰۱/۱۹",
                "Year, month, day: 1406/01/19, or 2027-04-08",
            ),
        ),
        line(Shape::Number, "count", "شمار شب‌ها", "Number of nights")
            .required()
            .value(written(10, visitor.language)),
        zone(visitor, "Asia/Tehran"),
    ]
}

/// The zone that evenings are counted in.
pub(super) fn zone(visitor: &Visitor, chosen: &str) -> Input {
    const ZONES: [(&str, &str, &str); 7] = [
        ("Asia/Tehran", "ایران", "Iran"),
        ("Asia/Baghdad", "عراق", "Iraq"),
        ("Asia/Kabul", "افغانستان", "Afghanistan"),
        ("Asia/Karachi", "پاکستان", "Pakistan"),
        ("Asia/Beirut", "لبنان", "Lebanon"),
        ("Asia/Damascus", "سوریه", "Syria"),
        ("Europe/London", "بریتانیا", "Britain"),
    ];
    let mut zones: Vec<(String, String)> =
        ZONES.iter().map(|(zone, fa, en)| ((*zone).to_owned(), visitor.say(fa, en).to_owned())).collect();
    if !ZONES.iter().any(|(zone, ..)| *zone == chosen) {
        zones.push((chosen.to_owned(), chosen.to_owned()));
    }
    Input::new(Shape::Choice, "timezone", visitor.say("ساعت رسمی", "Clocks of")).options(zones).value(chosen)
}

/// Lists the festivals that one organizes.
pub(crate) async fn show(State(pages): State<Pages>, visitor: Visitor) -> Result<Response, Trouble> {
    shown(&pages, &visitor, form(&visitor), None, StatusCode::OK).await
}

async fn shown(
    pages: &Pages,
    visitor: &Visitor,
    form: Vec<Input>,
    fault: Option<String>,
    status: StatusCode,
) -> Result<Response, Trouble> {
    let me: Me = pages.read(visitor, "/v1/me").await?;
    let mine = |festival: &Festival| {
        me.parts.iter().any(|part| part.festival_id == festival.id && part.role == Role::Organizer)
    };
    let Festivals { items } = pages.read(visitor, "/v1/festivals").await?;
    let festivals: Vec<Shown> = items
        .into_iter()
        .filter(mine)
        .map(|festival| Shown {
            id: festival.id,
            name: festival.name.in_language(visitor.language),
            nights: festival.nights.len(),
            first: festival.nights.first().map_or_else(String::new, |first| date(*first, visitor.language)),
        })
        .collect();
    let may_found = me.operator || !festivals.is_empty();
    if !may_found {
        return Err(Trouble::NotFound);
    }
    let frame = Frame::new(visitor, visitor.say("رویدادهای من", "My festivals"));
    Ok(page(visitor, status, &FestivalsPage { frame, festivals, may_found, form, fault }))
}

/// Founds a festival and leads to it.
pub(crate) async fn found(
    State(pages): State<Pages>,
    visitor: Visitor,
    Form(filled): Form<Filled>,
) -> Result<Response, Trouble> {
    #[derive(Deserialize)]
    struct Founded {
        id: Uuid,
    }

    let mut asked = form(&visitor);
    fill(&mut asked, &filled);
    let first = jalali::parse(filled.get("first"));
    let count = number::<u64>(filled.get("count")).filter(|count| (1..=400).contains(count));
    let (Ok(first), Some(count)) = (first, count) else {
        if first.is_err() {
            asked[2].fault = Some(
                visitor
                    .say(
                        "این تاریخ خوانده نشد. سال، ماه و روز را مانند ۱۴۰۶/۰۱/۱۹ بنویسید.",
                        "This is no date. Write year, month and day, such as 1406/01/19.",
                    )
                    .to_owned(),
            );
        }
        if count.is_none() {
            asked[3].fault =
                Some(visitor.say("عددی از ۱ تا ۴۰۰ بنویسید.", "Give a number from 1 to 400.").to_owned());
        }
        return shown(&pages, &visitor, asked, None, StatusCode::UNPROCESSABLE_ENTITY).await;
    };
    let nights: Vec<NaiveDate> =
        (0..count).filter_map(|night| first.checked_add_days(Days::new(night))).collect();
    let body = json!({
        "name": name(filled.get("name/fa"), filled.get("name/en")),
        "timezone": filled.get("timezone"),
        "nights": nights,
    });
    match pages.post(&visitor, "/v1/festivals", body).await {
        Ok(answer) => {
            let Founded { id } = answer.read()?;
            Ok(done(&pages, &format!("/admin/{id}"), "founded"))
        }
        Err(trouble) => {
            let fault = place_faults(&mut asked, &refusal(trouble)?);
            shown(&pages, &visitor, asked, fault, StatusCode::UNPROCESSABLE_ENTITY).await
        }
    }
}

/// A name as the API takes it: without English where none is given.
pub(super) fn name(fa: &str, en: &str) -> Value {
    if en.is_empty() { json!({"fa": fa}) } else { json!({"fa": fa, "en": en}) }
}
