//! The wall: the figures of tonight for a screen that everybody in a room sees. Its address holds a token of the API, by
//! which the page asks; it names nobody.

use std::collections::HashMap;

use askama::Template;
use axum::{
    extract::{Path, State},
    http::{HeaderValue, StatusCode, header},
    response::Response,
};
use khademyar_domain::jalali::{long, night_label};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    Pages,
    desk::{Cell, Coverage, Figures},
    frame::{Frame, page},
    ground::{Festival, Named, night_of, pages_of},
    rolls::Rolls,
    trouble::Trouble,
    visitor::Visitor,
};

/// What tokens of other systems begin with: whatever else stands in an address is none, and is asked nobody by.
const TOKEN: &str = "khademyar_";

/// What the token of a wall is for.
pub(crate) fn grants() -> Value {
    json!([{"data": "set_up", "access": "read"}, {"data": "figures", "access": "read"}])
}

/// The address of a wall.
pub(crate) fn path(festival_id: Uuid, token: &str) -> String {
    format!("/wall/{festival_id}/{token}")
}

/// A venue's figures.
#[derive(Default)]
struct Shown {
    name: String,
    desired: u32,
    filled: u32,
    essential_missing: u32,
    here: u32,
}

#[derive(Template)]
#[template(path = "wall.html")]
struct WallPage {
    frame: Frame,
    festival: String,
    label: String,
    date: String,
    /// When the figures were read, on the festival's clocks.
    read_at: String,
    total: Figures,
    here: u32,
    venues: Vec<Shown>,
}

#[derive(Template)]
#[template(path = "no_wall.html")]
struct NoWallPage {
    frame: Frame,
}

/// Shows the figures of tonight.
pub(crate) async fn show(
    State(pages): State<Pages>,
    visitor: Visitor,
    Path((festival_id, token)): Path<(Uuid, String)>,
) -> Result<Response, Trouble> {
    let is_token = token.starts_with(TOKEN)
        && token.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    // Whoever looks at it is nobody here: the token asks.
    let visitor = Visitor { access: is_token.then_some(token), told: None, ..visitor };
    let mut response = match read(&pages, &visitor, festival_id).await {
        Ok(template) => page(&visitor, StatusCode::OK, &template),
        Err(Trouble::Problem(problem)) if matches!(problem.status, 401 | 403 | 404) => {
            let visitor = Visitor { access: None, here: "/".to_owned(), ..visitor };
            let title = visitor.say("این تابلو خاموش است", "This wall is switched off");
            page(&visitor, StatusCode::NOT_FOUND, &NoWallPage { frame: Frame::new(&visitor, title) })
        }
        Err(trouble) => return Err(trouble),
    };
    let headers = response.headers_mut();
    // The address is the secret: it is told to no other page, and what it shows is kept nowhere.
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

async fn read(pages: &Pages, visitor: &Visitor, festival_id: Uuid) -> Result<WallPage, Trouble> {
    let path = format!("/v1/festivals/{festival_id}");
    let festival: Festival = pages.read(visitor, &path).await?;
    let night = night_of(&festival.nights, festival.timezone, pages.now());
    let venues: Vec<Named> = pages_of(pages, visitor, &format!("{path}/venues?limit=500")).await?;
    let coverage: Coverage = pages.read(visitor, &format!("{path}/coverage?night={night}")).await?;
    let Rolls { items } = pages.read(visitor, &format!("{path}/rolls?night={night}")).await?;
    let mut of: HashMap<Uuid, Shown> = HashMap::new();
    for Cell { venue_id, figures, .. } in coverage.cells {
        let shown = of.entry(venue_id).or_default();
        shown.desired += figures.desired;
        shown.filled += figures.filled;
        shown.essential_missing += figures.essential_missing;
    }
    for called in &items {
        of.entry(called.venue_id).or_default().here += called.count.here;
    }
    let named = venues.into_iter().filter_map(|venue| {
        let name = venue.name.in_language(visitor.language);
        of.remove(&venue.id).map(|shown| Shown { name, ..shown })
    });
    let mut venues: Vec<Shown> = named.collect();
    // Where somebody essential is missing comes first.
    venues.sort_by_key(|shown| std::cmp::Reverse(shown.essential_missing));
    let frame = Frame::new(visitor, visitor.say("تابلوی امشب", "Tonight on the wall"));
    let date = usize::try_from(night).ok().and_then(|night| festival.nights.get(night));
    let read_at = pages.now().with_timezone(&festival.timezone).format("%H:%M");
    Ok(WallPage {
        festival: festival.name.in_language(visitor.language),
        label: night_label(night.unsigned_abs() + 1, visitor.language),
        date: date.map_or_else(String::new, |date| long(*date, visitor.language)),
        read_at: frame.n(read_at),
        total: coverage.total,
        here: items.iter().map(|called| called.count.here).sum(),
        venues,
        frame,
    })
}
