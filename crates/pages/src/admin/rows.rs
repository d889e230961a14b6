//! Rows of the lists of a set-up: shown, changed, taken out.

use std::collections::HashMap;

use askama::Template;
use axum::{
    Form,
    extract::{Path, Query, State},
    http::StatusCode,
    response::Response,
};
use khademyar_domain::{Name, jalali::night_label, language::Language};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    done,
    lists::{Field, Kind, List},
    shifts::nights as every_night,
};
use crate::{
    Pages,
    form::{Filled, Input, Shape, encoded, number, put, refilled, said, written},
    frame::{Frame, page},
    ground::{Ground, Page, pages_of},
    trouble::Trouble,
    visitor::Visitor,
};

/// How many rows a page shows.
const SHOWN: usize = 100;
/// Between the Solar Hijri year of a birth and the Gregorian one.
const YEARS_APART: i64 = 621;

/// A row of the API.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Row {
    pub(crate) id: Uuid,
    pub(crate) version: i64,
    #[serde(flatten)]
    pub(crate) value: Value,
}

impl Row {
    /// What it is called; a contribution is called by its description.
    pub(crate) fn title(&self, language: Language) -> String {
        let name: Option<Name> = serde_json::from_value(self.value["name"].clone()).ok();
        name.map_or_else(
            || written(self.value["description"].as_str().unwrap_or_default(), language),
            |name| name.in_language(language),
        )
    }
}

/// Rows that other rows refer to, by their lists.
struct Known(HashMap<&'static str, Vec<(String, String)>>);

impl Known {
    async fn read(pages: &Pages, visitor: &Visitor, path: &str, list: &List) -> Result<Self, Trouble> {
        let mut known = HashMap::new();
        for name in list.references() {
            let rows: Vec<Row> = pages_of(pages, visitor, &format!("{path}/{name}?limit=500")).await?;
            let named = rows.iter().map(|row| (row.id.to_string(), row.title(visitor.language)));
            known.insert(name, named.collect());
        }
        Ok(Self(known))
    }

    fn of(&self, list: &str) -> &[(String, String)] {
        self.0.get(list).map_or(&[], Vec::as_slice)
    }
}

/// Which page of a list, and what was done before.
#[derive(Default, Deserialize)]
pub(crate) struct Which {
    cursor: Option<String>,
    name: Option<String>,
    made: Option<usize>,
    batch: Option<Uuid>,
}

/// A row as it is shown.
struct Shown {
    id: Uuid,
    title: String,
    note: String,
}

#[derive(Template)]
#[template(path = "admin/rows.html")]
struct RowsPage {
    frame: Frame,
    ground: Ground,
    list: &'static List,
    rows: Vec<Shown>,
    next: Option<String>,
    wanted: String,
    /// Lists that must have rows before this one can.
    lacking: Vec<&'static List>,
    form: Vec<Input>,
    fault: Option<String>,
    pasted: Vec<Input>,
    pasted_fault: Option<String>,
    made: Option<(usize, Uuid)>,
}

#[derive(Template)]
#[template(path = "admin/row.html")]
struct RowPage {
    frame: Frame,
    ground: Ground,
    list: &'static List,
    row: Row,
    form: Vec<Input>,
    fault: Option<String>,
}

impl RowPage {
    /// The letters that are printed for it: the kind, and what it is called in both languages.
    fn letters(&self) -> &'static [(&'static str, &'static str, &'static str)] {
        match self.list.name {
            "volunteers" => {
                &[("certificate", "لوح سپاس", "Certificate"), ("volunteer", "نامهٔ سپاس", "Letter of thanks")]
            }
            "districts" => &[("district", "نامهٔ سپاس", "Letter of thanks")],
            "partners" => &[("partner", "نامهٔ سپاس", "Letter of thanks")],
            _ => &[],
        }
    }
}

impl RowsPage {
    /// Where one is after something was undone.
    fn back(&self) -> String {
        format!("/admin/{}/{}", self.ground.festival_id, self.list.name)
    }

    /// Whether the form of a single row was refused, so that it is shown as it was sent.
    fn is_refused(&self) -> bool {
        self.form.iter().any(|input| input.fault.is_some())
    }
}

/// A field as it stands in a form; `row` is what it shows, null for a new one.
fn input(field: &Field, row: &Value, known: &Known, ground: &Ground, visitor: &Visitor) -> Option<Input> {
    let label = said(visitor, field.label);
    let value = row.pointer(&format!("/{}", field.at));
    let text = match value {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        _ => field.usual.unwrap_or_default().to_owned(),
    };
    let line = |shape| Input::new(shape, field.at, label);
    let mut input = match field.kind {
        Kind::Text => line(Shape::Line).value(written(text, visitor.language)),
        Kind::Latin | Kind::Decimal => line(Shape::Latin).value(text),
        Kind::Number => line(Shape::Number).value(written(text, visitor.language)),
        Kind::Year => {
            let year = value.and_then(Value::as_i64).map(|year| match visitor.language {
                Language::Persian => written(year - YEARS_APART, Language::Persian),
                Language::English => year.to_string(),
            });
            line(Shape::Number).value(year.unwrap_or_default())
        }
        Kind::Word(words) => line(Shape::Choice)
            .options(words.iter().map(|(word, label)| ((*word).to_owned(), said(visitor, *label).to_owned())))
            .value(text),
        Kind::Of(list) => {
            let mut options = known.of(list).to_vec();
            if !field.is_required {
                options.insert(0, (String::new(), "—".to_owned()));
            }
            line(Shape::Choice).options(options).value(text)
        }
        Kind::Stands => {
            if row["kind"] != "mobile" {
                return None;
            }
            let stands = row["stands"].as_array().cloned().unwrap_or_default();
            let usual = visitor.say("همان منطقهٔ همیشگی", "where it usually is").to_owned();
            let options =
                || [(String::new(), usual.clone())].into_iter().chain(known.of("districts").to_vec());
            let mut group = line(Shape::Group);
            group.group = (0..ground.nights.len())
                .map(|night| {
                    let stand = stands.iter().find(|stand| stand["night"] == night);
                    let district = stand.and_then(|stand| stand["district_id"].as_str());
                    let label = night_label(night as u32 + 1, visitor.language);
                    Input::new(Shape::Choice, &format!("stands.{night}"), label)
                        .options(options())
                        .value(district.unwrap_or_default())
                })
                .collect();
            group
        }
        Kind::Skills => {
            let skills = row["skills"].as_array().cloned().unwrap_or_default();
            let levels = [
                ("", "—", "—"),
                ("1", "درجهٔ ۱", "level 1"),
                ("2", "درجهٔ ۲", "level 2"),
                ("3", "درجهٔ ۳", "level 3"),
            ];
            let mut group = line(Shape::Group);
            let specialties = known.of("specialties").iter();
            group.group = specialties
                .map(|(id, name)| {
                    let skill = skills.iter().find(|skill| skill["specialty_id"] == **id);
                    let level = skill.and_then(|skill| skill["level"].as_i64());
                    let options = levels
                        .iter()
                        .map(|(level, fa, en)| ((*level).to_owned(), visitor.say(fa, en).to_owned()));
                    Input::new(Shape::Choice, &format!("skills.{id}"), name.clone())
                        .options(options)
                        .value(level.map_or_else(String::new, |level| level.to_string()))
                })
                .collect();
            group
        }
        Kind::Nights => {
            let nights = row["available"].as_array();
            // Windows of time within nights are kept as they are, and changed elsewhere.
            if nights.is_some_and(|nights| nights.iter().any(|night| night["night"].is_null())) {
                return None;
            }
            let mut ticks = every_night(visitor, ground, field.at, label)
                .hint(visitor.say("اگر هیچ‌کدام را نزنید، همهٔ شب‌ها", "None ticked: every night"));
            for (night, choice) in ticks.options.iter_mut().enumerate() {
                choice.is_chosen =
                    nights.is_some_and(|nights| nights.iter().any(|known| known["night"] == night));
            }
            ticks
        }
    };
    input.required = field.is_required;
    Some(input)
}

fn form(list: &List, row: &Value, known: &Known, ground: &Ground, visitor: &Visitor) -> Vec<Input> {
    list.fields.iter().filter_map(|field| input(field, row, known, ground, visitor)).collect()
}

/// The form of many at once: their names, and what they have in common.
fn pasted(list: &List, known: &Known, ground: &Ground, visitor: &Visitor) -> Vec<Input> {
    if !list.is_pasted {
        return Vec::new();
    }
    let names = Input::new(Shape::Lines, "names", visitor.say("نام‌ها، هر یک در یک سطر", "Names, one a line"))
        .required()
        .hint(visitor.say(
            "نام انگلیسی را، اگر هست، پس از / بنویسید",
            "The English name, where there is one, behind a /",
        ));
    let shared = list.fields.iter().filter(|field| field.is_required && !field.at.starts_with("name/"));
    let shared = shared.filter_map(|field| input(field, &Value::Null, known, ground, visitor));
    let mut form: Vec<Input> = [names].into_iter().chain(shared).collect();
    for input in &mut form {
        input.id.insert_str(0, "many-");
    }
    form
}

/// Writes what was filled in into a row; a field that the form did not have stays as it is.
pub(super) fn write(list: &List, row: &mut Value, filled: &Filled) {
    for field in list.fields {
        let text = filled.get(field.at);
        let value = match field.kind {
            Kind::Stands => {
                let stands: Vec<Value> = filled
                    .under("stands.")
                    .filter(|(_, district)| !district.is_empty())
                    .filter_map(|(night, district)| {
                        Some(json!({"night": number::<i32>(night)?, "district_id": district}))
                    })
                    .collect();
                // Only a mobile base stands elsewhere.
                Some(if row["kind"] == "mobile" { json!(stands) } else { json!([]) })
            }
            Kind::Skills => {
                let known = row["skills"].as_array().cloned().unwrap_or_default();
                let skills: Vec<Value> = filled
                    .under("skills.")
                    .filter_map(|(specialty, level)| {
                        let level: i32 = number(level)?;
                        let was = known.iter().find(|skill| skill["specialty_id"] == specialty);
                        let confirmed = was.and_then(|skill| skill["confirmed"].as_bool()).unwrap_or(true);
                        Some(json!({"specialty_id": specialty, "level": level, "confirmed": confirmed}))
                    })
                    .collect();
                Some(json!(skills))
            }
            Kind::Nights => {
                let has_windows = row["available"]
                    .as_array()
                    .is_some_and(|nights| nights.iter().any(|night| night["night"].is_null()));
                if has_windows {
                    continue;
                }
                let nights: Vec<Value> = filled
                    .all(field.at)
                    .filter_map(|night| Some(json!({"night": number::<i32>(night)?})))
                    .collect();
                (!nights.is_empty()).then(|| json!(nights))
            }
            _ if text.is_empty() => None,
            Kind::Number => Some(number::<i64>(text).map_or_else(|| json!(text), |number| json!(number))),
            Kind::Year => Some(number::<i64>(text).map_or_else(
                || json!(text),
                |year| json!(if year < 1_600 { year + YEARS_APART } else { year }),
            )),
            Kind::Decimal => Some(number::<f64>(text).map_or_else(|| json!(text), |number| json!(number))),
            Kind::Word(words) if words.iter().all(|(word, _)| word.parse::<i64>().is_ok()) => {
                Some(number::<i64>(text).map_or_else(|| json!(text), |number| json!(number)))
            }
            Kind::Text | Kind::Latin | Kind::Word(_) | Kind::Of(_) => Some(json!(text)),
        };
        put(row, field.at, value);
    }
}

/// What is said of a row beside its name.
fn note(list: &List, row: &Value, known: &Known, visitor: &Visitor) -> String {
    let told = list.fields.iter().filter(|field| !field.at.starts_with("name/") && field.at != "description");
    let words = told.filter_map(|field| {
        let value = row.pointer(&format!("/{}", field.at))?;
        let text = match value {
            Value::String(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            _ => return None,
        };
        match field.kind {
            Kind::Word(words) => {
                let (_, label) = words.iter().find(|(word, _)| *word == text)?;
                let label = said(visitor, *label);
                Some(if text.parse::<i64>().is_ok() {
                    format!("{} {label}", said(visitor, field.label))
                } else {
                    label.to_owned()
                })
            }
            Kind::Of(list) => known.of(list).iter().find(|(id, _)| *id == text).map(|(_, name)| name.clone()),
            // A phone as it is dialled here; it is read from left to right.
            Kind::Latin => {
                let dialled =
                    text.strip_prefix("+98").map_or_else(|| text.clone(), |rest| format!("0{rest}"));
                Some(format!("\u{2066}{}\u{2069}", written(dialled, visitor.language)))
            }
            Kind::Text => Some(written(text, visitor.language)),
            Kind::Number if field.at == "amount" => {
                value.as_i64().map(|value| visitor.language.amount(value))
            }
            _ => None,
        }
    });
    words.collect::<Vec<_>>().join(visitor.say("، ", ", "))
}

/// What a form was refused for.
#[derive(Default)]
pub(super) struct Refused {
    pub(super) single: Option<(Filled, Trouble)>,
    pub(super) many: Option<(Filled, Trouble)>,
}

pub(super) async fn shown(
    pages: &Pages,
    visitor: &Visitor,
    festival: Uuid,
    list: &'static List,
    which: Which,
    refused: Refused,
) -> Result<Response, Trouble> {
    let ground = Ground::organized(pages, visitor, festival).await?;
    let path = ground.path();
    let known = Known::read(pages, visitor, &path, list).await?;
    let wanted = which.name.unwrap_or_default();
    let mut query = format!("limit={SHOWN}");
    if list.name == "volunteers" && !wanted.is_empty() {
        query = format!("{query}&name={}", encoded(&wanted));
    }
    if let Some(cursor) = &which.cursor {
        query = format!("{query}&cursor={}", encoded(cursor));
    }
    let (rows, next) =
        pages.read::<Page<Row>>(visitor, &format!("{path}/{}?{query}", list.name)).await?.parts();
    let rows = rows.iter().map(|row| Shown {
        id: row.id,
        title: row.title(visitor.language),
        note: note(list, &row.value, &known, visitor),
    });
    let needed = list.fields.iter().filter(|field| field.is_required);
    let lacking = needed.filter_map(|field| match field.kind {
        Kind::Of(other) if known.of(other).is_empty() => List::named(other),
        _ => None,
    });
    let mut form = form(list, &Value::Null, &known, &ground, visitor);
    let mut pasted = pasted(list, &known, &ground, visitor);
    let (of_single, fault) = refilled(&mut form, refused.single)?;
    let (of_many, pasted_fault) = refilled(&mut pasted, refused.many)?;
    let status = of_single.max(of_many);
    let mut frame = Frame::new(visitor, said(visitor, list.title));
    if status != StatusCode::OK {
        // Where a form was sent to is no page to come back to.
        frame.here = format!("/admin/{festival}/{}", list.name);
    }
    let template = RowsPage {
        frame,
        list,
        rows: rows.collect(),
        next: next.map(|cursor| encoded(&cursor)),
        lacking: lacking.collect(),
        wanted,
        form,
        fault,
        pasted,
        pasted_fault,
        made: which.made.zip(which.batch),
        ground,
    };
    Ok(page(visitor, status, &template))
}

pub(super) fn named(name: &str) -> Result<&'static List, Trouble> {
    List::named(name).ok_or(Trouble::NotFound)
}

/// Shows a list, with the forms to add to it.
pub(crate) async fn show(
    State(pages): State<Pages>,
    visitor: Visitor,
    Path((festival, list)): Path<(Uuid, String)>,
    Query(which): Query<Which>,
) -> Result<Response, Trouble> {
    shown(&pages, &visitor, festival, named(&list)?, which, Refused::default()).await
}

async fn shown_one(
    pages: &Pages,
    visitor: &Visitor,
    festival: Uuid,
    list: &'static List,
    row: Row,
    refused: Option<(Filled, Trouble)>,
) -> Result<Response, Trouble> {
    let ground = Ground::organized(pages, visitor, festival).await?;
    let known = Known::read(pages, visitor, &ground.path(), list).await?;
    let mut form = form(list, &row.value, &known, &ground, visitor);
    let (status, fault) = refilled(&mut form, refused)?;
    let frame = Frame::new(visitor, row.title(visitor.language));
    Ok(page(visitor, status, &RowPage { frame, ground, list, row, form, fault }))
}

/// Shows a row, to be changed.
pub(crate) async fn show_one(
    State(pages): State<Pages>,
    visitor: Visitor,
    Path((festival, list, row)): Path<(Uuid, String, Uuid)>,
) -> Result<Response, Trouble> {
    let list = named(&list)?;
    let row: Row = pages.read(&visitor, &format!("/v1/festivals/{festival}/{}/{row}", list.name)).await?;
    shown_one(&pages, &visitor, festival, list, row, None).await
}

/// Changes a row; refused where somebody else changed it meanwhile.
pub(crate) async fn save(
    State(pages): State<Pages>,
    visitor: Visitor,
    Path((festival, list, row)): Path<(Uuid, String, Uuid)>,
    Form(filled): Form<Filled>,
) -> Result<Response, Trouble> {
    let list = named(&list)?;
    let path = format!("/v1/festivals/{festival}/{}/{row}", list.name);
    let row: Row = pages.read(&visitor, &path).await?;
    let mut value = row.value.clone();
    write(list, &mut value, &filled);
    let version = number(filled.get("version")).unwrap_or_default();
    match pages.put(&visitor, &path, &value, Some(version)).await {
        Ok(_) => Ok(done(&pages, &format!("/admin/{festival}/{}", list.name), "saved")),
        Err(trouble) => shown_one(&pages, &visitor, festival, list, row, Some((filled, trouble))).await,
    }
}

/// Takes a row out; refused as long as others refer to it.
pub(crate) async fn remove(
    State(pages): State<Pages>,
    visitor: Visitor,
    Path((festival, list, row)): Path<(Uuid, String, Uuid)>,
) -> Result<Response, Trouble> {
    let list = named(&list)?;
    pages.delete(&visitor, &format!("/v1/festivals/{festival}/{}/{row}", list.name)).await?;
    Ok(done(&pages, &format!("/admin/{festival}/{}", list.name), "removed"))
}
