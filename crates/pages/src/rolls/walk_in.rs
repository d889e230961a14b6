//! Taking in somebody who came without being asked.

use askama::Template;
use axum::{
    Form,
    extract::{Query, State},
    response::Response,
};
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use super::address;
use crate::{
    Pages,
    form::{Filled, Input, Shape, refilled},
    frame::{Frame, page},
    ground::{Ground, pages_of},
    session::lead,
    trouble::Trouble,
    visitor::Visitor,
};

/// In which shift.
#[derive(Clone, Copy, Deserialize)]
pub(crate) struct Which {
    festival: Uuid,
    shift: Uuid,
}

#[derive(Deserialize)]
struct Position {
    id: Uuid,
    specialty_id: Uuid,
    min_level: i32,
}

#[derive(Deserialize)]
struct Assignment {
    id: Uuid,
}

#[derive(Template)]
#[template(path = "rolls/walk_in.html")]
struct WalkInPage {
    frame: Frame,
    ground: Ground,
    which: Which,
    back: String,
    form: Vec<Input>,
    fault: Option<String>,
}

/// Asks who came.
pub(crate) async fn show(
    State(pages): State<Pages>,
    visitor: Visitor,
    Query(which): Query<Which>,
) -> Result<Response, Trouble> {
    shown(&pages, &visitor, which, None).await
}

async fn shown(
    pages: &Pages,
    visitor: &Visitor,
    which: Which,
    refused: Option<(Filled, Trouble)>,
) -> Result<Response, Trouble> {
    let ground = Ground::read(pages, visitor, Some(which.festival)).await?;
    let in_shift = format!("{}/positions?shift_id={}&limit=500", ground.path(), which.shift);
    let positions: Vec<Position> = pages_of(pages, visitor, &in_shift).await?;
    let frame = Frame::new(visitor, visitor.say("کسی که سرزده آمده", "Somebody came unasked"));
    let positions = positions.iter().map(|position| {
        let specialty = ground.specialty(&position.specialty_id);
        let level = frame.n(position.min_level);
        let label = format!("{specialty}{} {level}", frame.say("، درجهٔ", ", level"));
        (position.id.to_string(), label)
    });
    let genders = [("woman", ("بانو", "Woman")), ("man", ("آقا", "Man"))];
    let genders = genders.map(|(value, (fa, en))| (value.to_owned(), frame.say(fa, en).to_owned()));
    let mut form = vec![
        Input::new(Shape::Line, "name", frame.say("نام", "Name")).required(),
        Input::new(Shape::Choice, "gender", frame.say("بانو یا آقا", "Woman or man")).options(genders),
        Input::new(Shape::Choice, "position_id", frame.say("جایگاه", "Position")).options(positions),
        Input::new(Shape::Latin, "phone", frame.say("شمارهٔ همراه", "Mobile number")),
    ];
    let (status, fault) = refilled(&mut form, refused)?;
    let back = address(which.festival, which.shift);
    Ok(page(visitor, status, &WalkInPage { frame, ground, which, back, form, fault }))
}

/// Takes them in: they are a volunteer from now on, and are here.
pub(crate) async fn take_in(
    State(pages): State<Pages>,
    visitor: Visitor,
    Query(which): Query<Which>,
    Form(filled): Form<Filled>,
) -> Result<Response, Trouble> {
    let [name, gender, position] = ["name", "gender", "position_id"].map(|field| filled.get(field));
    let mut body = json!({"name": {"fa": name}, "gender": gender, "position_id": position});
    if !filled.get("phone").is_empty() {
        body["phone"] = filled.get("phone").into();
    }
    match pages.post(&visitor, &format!("/v1/festivals/{}/walk-ins", which.festival), body).await {
        Ok(answer) => {
            let Assignment { id } = answer.read()?;
            Ok(lead(&format!("{}#a-{id}", address(which.festival, which.shift)), Vec::new()))
        }
        Err(trouble) => shown(&pages, &visitor, which, Some((filled, trouble))).await,
    }
}
