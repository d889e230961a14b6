//! Whom a roster lacks: what kinds of people would fill its empty seats.

use std::collections::HashMap;

use askama::Template;
use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};
use khademyar_domain::position::AskedGender;
use serde::Deserialize;
use uuid::Uuid;

use super::{rows::Row, shifts::told};
use crate::{
    Pages,
    frame::{Frame, page},
    ground::{Ground, pages_of},
    trouble::Trouble,
    visitor::Visitor,
};

#[derive(Deserialize)]
struct Recruitment {
    items: Vec<Kind>,
}

/// People of one kind, as the API tells of them.
#[derive(Deserialize)]
struct Kind {
    people: u32,
    gender: AskedGender,
    specialty_id: Uuid,
    min_level: u8,
    nights: Vec<i32>,
    home_district_id: Uuid,
    seats: u32,
    essential: i64,
}

struct Line {
    people: u32,
    who: &'static str,
    specialty: String,
    level: Option<u8>,
    nights: String,
    district: String,
    seats: u32,
    is_essential: bool,
}

#[derive(Template)]
#[template(path = "admin/recruitment.html")]
struct RecruitmentPage {
    frame: Frame,
    ground: Ground,
    plan: Uuid,
    lines: Vec<Line>,
}

/// Shows whom a plan lacks, those first who help most.
pub(crate) async fn show(
    State(pages): State<Pages>,
    visitor: Visitor,
    Path((festival, plan)): Path<(Uuid, Uuid)>,
) -> Result<Response, Trouble> {
    let ground = Ground::organized(&pages, &visitor, festival).await?;
    let path = ground.path();
    let Recruitment { items } = pages.read(&visitor, &format!("{path}/plans/{plan}/recruitment")).await?;
    let districts: Vec<Row> = pages_of(&pages, &visitor, &format!("{path}/districts?limit=500")).await?;
    let districts: HashMap<Uuid, String> =
        districts.iter().map(|row| (row.id, row.title(visitor.language))).collect();
    let frame = Frame::new(&visitor, visitor.say("چه کسانی کم‌اند؟", "Whom is it lacking?"));
    let lines = items.into_iter().map(|kind| Line {
        people: kind.people,
        who: match kind.gender {
            AskedGender::Any => visitor.say("نفر", "people"),
            AskedGender::Woman => visitor.say("بانو", "women"),
            AskedGender::Man => visitor.say("آقا", "men"),
        },
        specialty: ground.specialty(&kind.specialty_id),
        level: (kind.min_level > 1).then_some(kind.min_level),
        nights: told(&kind.nights, &frame),
        district: districts.get(&kind.home_district_id).cloned().unwrap_or_else(|| "—".to_owned()),
        seats: kind.seats,
        is_essential: kind.essential > 0,
    });
    let lines = lines.collect();
    Ok(page(&visitor, StatusCode::OK, &RecruitmentPage { frame, ground, plan, lines }))
}
