//! Walls: addresses that show the figures of tonight to whoever has them.

use askama::Template;
use axum::{
    Form,
    extract::{Path, State},
    http::{HeaderValue, header},
    response::Response,
};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{done, when::moment};
use crate::{
    Pages,
    form::{Filled, Input, Shape, number, refilled, written},
    frame::{Frame, page},
    ground::{Ground, evening},
    trouble::Trouble,
    visitor::Visitor,
    wall::{grants, path},
};

/// For how many days an address is good at the most.
const MOST_DAYS: i64 = 366;

#[derive(Deserialize)]
struct Tokens {
    items: Vec<Token>,
}

/// A token of the API.
#[derive(Deserialize)]
struct Token {
    id: Uuid,
    name: String,
    grants: Value,
    expires_at: DateTime<Utc>,
    last_used_at: Option<DateTime<Utc>>,
    revoked_at: Option<DateTime<Utc>>,
}

#[derive(Deserialize)]
struct Made {
    token: String,
}

/// A wall that can be looked at.
struct Shown {
    id: Uuid,
    name: String,
    until: String,
    last: Option<String>,
}

#[derive(Template)]
#[template(path = "admin/walls.html")]
struct WallsPage {
    frame: Frame,
    ground: Ground,
    walls: Vec<Shown>,
    /// The address that was made just now.
    address: Option<String>,
    form: Vec<Input>,
    fault: Option<String>,
}

async fn shown(
    pages: &Pages,
    visitor: &Visitor,
    festival: Uuid,
    address: Option<String>,
    refused: Option<(Filled, Trouble)>,
) -> Result<Response, Trouble> {
    let ground = Ground::organized(pages, visitor, festival).await?;
    let now = pages.now();
    let Tokens { items } = pages.read(visitor, &format!("{}/api-tokens", ground.path())).await?;
    let is_wall =
        |token: &Token| token.grants == grants() && token.revoked_at.is_none() && token.expires_at > now;
    let frame = Frame {
        here: format!("/admin/{festival}/walls"),
        ..Frame::new(visitor, visitor.say("تابلوها", "Walls"))
    };
    let words = |at: DateTime<Utc>| moment(at, &ground, &frame);
    let walls = items.into_iter().filter(is_wall).map(|token| Shown {
        id: token.id,
        name: token.name,
        until: words(token.expires_at),
        last: token.last_used_at.map(words),
    });
    let walls = walls.collect();
    let mut form = vec![
        Input::new(Shape::Line, "name", frame.say("نام", "Name"))
            .required()
            .value(frame.say("اتاق هماهنگی", "Coordination room"))
            .hint(frame.say("تا بدانید کدام صفحه‌نمایش است.", "So that you know which screen it is.")),
        Input::new(Shape::Number, "days", frame.say("چند روز", "For how many days"))
            .required()
            .value(written(days(&ground, now), visitor.language))
            .hint(frame.say("پس از آن خودش خاموش می‌شود.", "After that it switches itself off.")),
    ];
    let (status, fault) = refilled(&mut form, refused)?;
    let is_secret = address.is_some();
    let mut response = page(visitor, status, &WallsPage { frame, ground, walls, address, form, fault });
    if is_secret {
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    Ok(response)
}

/// How many days it is until the festival is over.
fn days(ground: &Ground, now: DateTime<Utc>) -> i64 {
    let last = ground.nights.last().map_or(0, |last| (*last - evening(now, ground.timezone)).num_days());
    (last + 2).clamp(1, MOST_DAYS)
}

/// Lists the walls, with the form that makes one.
pub(crate) async fn show(
    State(pages): State<Pages>,
    visitor: Visitor,
    Path(festival): Path<Uuid>,
) -> Result<Response, Trouble> {
    shown(&pages, &visitor, festival, None, None).await
}

/// Makes the address of a wall, and shows it once.
pub(crate) async fn make(
    State(pages): State<Pages>,
    visitor: Visitor,
    Path(festival): Path<Uuid>,
    Form(filled): Form<Filled>,
) -> Result<Response, Trouble> {
    let days: Option<i64> = number(filled.get("days"));
    let body = json!({"name": filled.get("name"), "grants": grants(), "days": days});
    match pages.post(&visitor, &format!("/v1/festivals/{festival}/api-tokens"), body).await {
        Ok(answer) => {
            let Made { token } = answer.read()?;
            let address = format!("{}{}", pages.0.address, path(festival, &token));
            shown(&pages, &visitor, festival, Some(address), None).await
        }
        Err(trouble) => shown(&pages, &visitor, festival, None, Some((filled, trouble))).await,
    }
}

/// Switches a wall off: its address shows nothing any more.
pub(crate) async fn switch_off(
    State(pages): State<Pages>,
    visitor: Visitor,
    Path((festival, token)): Path<(Uuid, Uuid)>,
) -> Result<Response, Trouble> {
    pages.delete(&visitor, &format!("/v1/festivals/{festival}/api-tokens/{token}")).await?;
    Ok(done(&pages, &format!("/admin/{festival}/walls"), "wall_off"))
}
