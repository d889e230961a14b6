//! The festival as a whole: its name, its nights, its clocks.

use askama::Template;
use axum::{
    Form,
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};
use khademyar_domain::{
    jalali::{self, night_label, short},
    language::Language,
};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    done,
    founding::{name, zone},
    rows::Row,
};
use crate::{
    Pages,
    form::{Filled, Input, Shape, fill, number, place_faults, refusal, written},
    frame::{Frame, page},
    ground::Ground,
    trouble::Trouble,
    visitor::Visitor,
};

#[derive(Template)]
#[template(path = "admin/whole.html")]
struct WholePage {
    frame: Frame,
    ground: Ground,
    version: i64,
    form: Vec<Input>,
    fault: Option<String>,
}

fn form(visitor: &Visitor, ground: &Ground, festival: &Value) -> Vec<Input> {
    let text = |at: &str| festival.pointer(at).and_then(Value::as_str).unwrap_or_default().to_owned();
    let rest = festival["min_rest_minutes"].as_i64().unwrap_or_default();
    let mut form = vec![
        Input::new(Shape::Line, "name/fa", visitor.say("نام رویداد", "Name in Persian"))
            .required()
            .value(text("/name/fa")),
        Input::new(Shape::Latin, "name/en", visitor.say("نام انگلیسی", "Name in English"))
            .value(text("/name/en")),
        zone(visitor, &text("/timezone")),
        Input::new(
            Shape::Number,
            "min_rest_minutes",
            visitor.say("کمترین استراحت میان دو شب، به دقیقه", "Shortest rest between nights, in minutes"),
        )
        .required()
        .value(written(rest, visitor.language)),
    ];
    let dates = ground.nights.iter().map(|night| match visitor.language {
        Language::Persian => short(*night),
        Language::English => night.to_string(),
    });
    let dates: Vec<String> = dates.chain([String::new()]).collect();
    form.extend(dates.into_iter().enumerate().map(|(k, date)| {
        Input::new(
            Shape::Line,
            &format!("night.{k}"),
            if date.is_empty() {
                visitor.say("یک شب دیگر", "One more night").to_owned()
            } else {
                night_label(k as u32 + 1, visitor.language)
            },
        )
        .value(date)
        .plain()
    }));
    form
}

/// Shows the festival as a whole.
pub(crate) async fn show(
    State(pages): State<Pages>,
    visitor: Visitor,
    Path(festival): Path<Uuid>,
) -> Result<Response, Trouble> {
    let ground = Ground::organized(&pages, &visitor, festival).await?;
    let row: Row = pages.read(&visitor, &ground.path()).await?;
    let form = form(&visitor, &ground, &row.value);
    let frame = Frame::new(&visitor, visitor.say("نام و شب‌ها", "Name and nights"));
    let template = WholePage { frame, ground, version: row.version, form, fault: None };
    Ok(page(&visitor, StatusCode::OK, &template))
}

/// Keeps what was changed; what the page does not show stays as it was.
pub(crate) async fn save(
    State(pages): State<Pages>,
    visitor: Visitor,
    Path(festival): Path<Uuid>,
    Form(filled): Form<Filled>,
) -> Result<Response, Trouble> {
    let ground = Ground::organized(&pages, &visitor, festival).await?;
    let mut row: Row = pages.read(&visitor, &ground.path()).await?;
    let mut asked = form(&visitor, &ground, &row.value);
    let version = number(filled.get("version")).unwrap_or_default();
    let mut nights = Vec::new();
    let mut is_read = true;
    let given: Vec<&str> = filled.under("night.").map(|(_, date)| date).collect();
    let (whole, dates) = asked.split_at_mut(4);
    fill(whole, &filled);
    for (input, text) in dates.iter_mut().zip(given) {
        text.clone_into(&mut input.value);
        match jalali::parse(text) {
            _ if text.is_empty() => {}
            Ok(night) => nights.push(night),
            Err(_) => {
                is_read = false;
                input.fault = Some(
                    visitor.say("این تاریخ خوانده نشد.", "This is no date, such as 1406/01/19.").to_owned(),
                );
            }
        }
    }
    let mut fault = None;
    if is_read {
        row.value["name"] = name(filled.get("name/fa"), filled.get("name/en"));
        row.value["timezone"] = json!(filled.get("timezone"));
        row.value["min_rest_minutes"] = match number::<i64>(filled.get("min_rest_minutes")) {
            Some(minutes) => json!(minutes),
            None => json!(filled.get("min_rest_minutes")),
        };
        row.value["nights"] = json!(nights);
        match pages.put(&visitor, &ground.path(), &row.value, Some(version)).await {
            Ok(_) => return Ok(done(&pages, &format!("/admin/{festival}/festival"), "saved")),
            Err(trouble) => fault = place_faults(&mut asked, &refusal(trouble)?),
        }
    }
    let frame = Frame::new(&visitor, visitor.say("نام و شب‌ها", "Name and nights"));
    let template = WholePage { frame, ground, version, form: asked, fault };
    Ok(page(&visitor, StatusCode::UNPROCESSABLE_ENTITY, &template))
}
