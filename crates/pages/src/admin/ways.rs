//! How long the ways between districts take.

use askama::Template;
use axum::{
    Form,
    extract::{Path, State},
    http::{Method, StatusCode},
    response::Response,
};
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use super::{done, rows::Row};
use crate::{
    Pages,
    form::{Filled, number, refusal},
    frame::{Frame, page},
    ground::{Ground, pages_of},
    trouble::Trouble,
    visitor::Visitor,
};

/// Minutes between all districts, as the API has them.
#[derive(Deserialize)]
struct TravelMinutes {
    districts: Vec<Uuid>,
    minutes: Vec<Vec<i64>>,
}

/// A district, with the ways from it to all.
struct Line {
    name: String,
    cells: Vec<Cell>,
}

struct Cell {
    /// What its field is called; none where the way back stands.
    field: Option<String>,
    label: String,
    minutes: i64,
}

#[derive(Template)]
#[template(path = "admin/ways.html")]
struct WaysPage {
    frame: Frame,
    ground: Ground,
    lines: Vec<Line>,
    fault: Option<String>,
}

async fn read(pages: &Pages, visitor: &Visitor, path: &str) -> Result<TravelMinutes, Trouble> {
    pages.read(visitor, &format!("{path}/travel-minutes")).await
}

async fn shown(
    pages: &Pages,
    visitor: &Visitor,
    ground: Ground,
    fault: Option<String>,
) -> Result<Response, Trouble> {
    let path = ground.path();
    let rows: Vec<Row> = pages_of(pages, visitor, &format!("{path}/districts?limit=500")).await?;
    let TravelMinutes { districts, minutes } = read(pages, visitor, &path).await?;
    let name = |id: &Uuid| rows.iter().find(|row| row.id == *id).map(|row| row.title(visitor.language));
    let names: Vec<String> = districts.iter().filter_map(name).collect();
    let lines = names.iter().zip(minutes).enumerate().map(|(a, (from, minutes))| {
        let cells = names.iter().zip(minutes).enumerate().map(|(b, (to, minutes))| Cell {
            field: (b >= a).then(|| format!("way.{a}.{b}")),
            label: format!("{from} {} {to}", visitor.say("تا", "to")),
            minutes,
        });
        Line { name: from.clone(), cells: cells.collect() }
    });
    let lines = lines.collect();
    let status = if fault.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let frame = Frame::new(visitor, visitor.say("راه‌ها", "Ways"));
    Ok(page(visitor, status, &WaysPage { frame, ground, lines, fault }))
}

/// Shows the minutes between all districts.
pub(crate) async fn show(
    State(pages): State<Pages>,
    visitor: Visitor,
    Path(festival): Path<Uuid>,
) -> Result<Response, Trouble> {
    let ground = Ground::organized(&pages, &visitor, festival).await?;
    shown(&pages, &visitor, ground, None).await
}

/// Keeps the minutes that were given; the way back takes as long.
pub(crate) async fn save(
    State(pages): State<Pages>,
    visitor: Visitor,
    Path(festival): Path<Uuid>,
    Form(filled): Form<Filled>,
) -> Result<Response, Trouble> {
    let ground = Ground::organized(&pages, &visitor, festival).await?;
    let path = ground.path();
    let TravelMinutes { districts, mut minutes } = read(&pages, &visitor, &path).await?;
    for (key, text) in filled.under("way.") {
        let places = key.split_once('.').and_then(|(a, b)| Some((a.parse().ok()?, b.parse().ok()?)));
        let Some((a, b)): Option<(usize, usize)> = places else { continue };
        if a >= minutes.len() || b >= minutes.len() {
            continue;
        }
        let Some(given) = number(text) else {
            let why = visitor.say("در هر خانه شمار دقیقه‌ها را بنویسید.", "Write minutes into each cell.");
            return shown(&pages, &visitor, ground, Some(why.to_owned())).await;
        };
        minutes[a][b] = given;
        minutes[b][a] = given;
    }
    let body = json!({"districts": districts, "minutes": minutes});
    match pages.ask(&visitor, Method::PUT, &format!("{path}/travel-minutes"), Some(body), None).await {
        Ok(_) => Ok(done(&pages, &format!("/admin/{festival}/ways"), "saved")),
        Err(trouble) => {
            let why = refusal(trouble)?.remedy();
            shown(&pages, &visitor, ground, Some(why)).await
        }
    }
}
