//! People and their roles.

use askama::Template;
use axum::{
    Form,
    extract::{Path, State},
    response::Response,
};
use khademyar_domain::member::Role;
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use super::{done, rows::Row};
use crate::{
    Pages,
    form::{Choice, Filled, Input, Shape, refilled},
    frame::{Frame, page},
    ground::{Ground, pages_of},
    trouble::Trouble,
    visitor::Visitor,
};

/// Who is given a part here; volunteers sign in by their phones.
const ROLES: [Role; 5] =
    [Role::Organizer, Role::Coordinator, Role::Secretary, Role::VenueLead, Role::Partner];

/// A member of the API.
#[derive(Deserialize)]
struct Member {
    id: Uuid,
    username: String,
    name: String,
    role: Role,
    #[serde(default)]
    district_ids: Vec<Uuid>,
    centre_id: Option<Uuid>,
    venue_id: Option<Uuid>,
}

struct Shown {
    id: Uuid,
    username: String,
    name: String,
    role: &'static str,
    note: String,
}

#[derive(Template)]
#[template(path = "admin/members.html")]
struct MembersPage {
    frame: Frame,
    ground: Ground,
    members: Vec<Shown>,
    form: Vec<Input>,
    fault: Option<String>,
}

fn role_words(role: Role, visitor: &Visitor) -> &'static str {
    let (fa, en) = match role {
        Role::Organizer => ("برگزارکننده", "Organizer"),
        Role::Coordinator => ("هماهنگ‌کنندهٔ منطقه", "Coordinator of districts"),
        Role::Secretary => ("دبیر کانون", "Secretary of a centre"),
        Role::VenueLead => ("سرگروه مکان", "Lead of a venue"),
        Role::Volunteer => ("خادمیار", "Volunteer"),
        Role::Partner => ("همکار", "Partner"),
    };
    visitor.say(fa, en)
}

async fn named(pages: &Pages, visitor: &Visitor, path: &str) -> Result<Vec<(Uuid, String)>, Trouble> {
    let rows: Vec<Row> = pages_of(pages, visitor, path).await?;
    Ok(rows.into_iter().map(|row| (row.id, row.title(visitor.language))).collect())
}

async fn shown(
    pages: &Pages,
    visitor: &Visitor,
    festival: Uuid,
    refused: Option<(Filled, Trouble)>,
) -> Result<Response, Trouble> {
    let ground = Ground::organized(pages, visitor, festival).await?;
    let path = ground.path();
    let districts = named(pages, visitor, &format!("{path}/districts?limit=500")).await?;
    let centres = named(pages, visitor, &format!("{path}/centres?limit=500")).await?;
    let venues = named(pages, visitor, &format!("{path}/venues?limit=500")).await?;
    let mut members: Vec<Member> = Vec::new();
    for role in ROLES {
        let only = format!("{path}/members?limit=500&role={}", role.as_str());
        members.extend(pages_of(pages, visitor, &only).await?);
    }
    let name_of = |names: &[(Uuid, String)], id: &Uuid| {
        names.iter().find(|(known, _)| known == id).map(|(_, name)| name.clone())
    };
    let members = members.into_iter().map(|member| {
        let mut of: Vec<String> =
            member.district_ids.iter().filter_map(|id| name_of(&districts, id)).collect();
        of.extend(member.centre_id.and_then(|id| name_of(&centres, &id)));
        of.extend(member.venue_id.and_then(|id| name_of(&venues, &id)));
        Shown {
            id: member.id,
            username: member.username,
            name: member.name,
            role: role_words(member.role, visitor),
            note: of.join(visitor.say("، ", ", ")),
        }
    });
    let members = members.collect();
    let mut form = form(visitor, &districts, &centres, &venues);
    let (status, fault) = refilled(&mut form, refused)?;
    // A password is never sent back.
    for input in form.iter_mut().filter(|input| input.shape == Shape::Password) {
        input.value.clear();
    }
    let frame = Frame::new(visitor, visitor.say("افراد و نقش‌ها", "People and roles"));
    Ok(page(visitor, status, &MembersPage { frame, ground, members, form, fault }))
}

fn form(
    visitor: &Visitor,
    districts: &[(Uuid, String)],
    centres: &[(Uuid, String)],
    venues: &[(Uuid, String)],
) -> Vec<Input> {
    let roles = ROLES.map(|role| (role.as_str().to_owned(), role_words(role, visitor).to_owned()));
    let none = || (String::new(), "—".to_owned());
    let choices = |names: &[(Uuid, String)]| {
        let named: Vec<_> = names.iter().map(|(id, name)| (id.to_string(), name.clone())).collect();
        [none()].into_iter().chain(named)
    };
    let mut ticks = Input::new(
        Shape::Ticks,
        "district_ids",
        visitor.say("منطقه‌ها (هماهنگ‌کننده یا همکار)", "Districts of a coordinator or a partner"),
    );
    ticks.options = districts
        .iter()
        .map(|(id, name)| Choice { value: id.to_string(), label: name.clone(), is_chosen: false })
        .collect();
    let mut form = vec![
        Input::new(Shape::Choice, "role", visitor.say("نقش", "Role")).options(roles).value("coordinator"),
        Input::new(Shape::Line, "name", visitor.say("نام", "Name")).required(),
        Input::new(Shape::Latin, "username", visitor.say("نام کاربری", "Username")).required().hint(
            visitor.say(
                "حروف کوچک لاتین، رقم و نقطه؛ با آن وارد می‌شود. شمارهٔ همراه هم می‌شود.",
                "Small Latin letters, digits and dots; a mobile number will do.",
            ),
        ),
        Input::new(Shape::Password, "password", visitor.say("گذرواژه", "Password")).hint(visitor.say(
            "دست‌کم ۱۰ نویسه. اگر این نام کاربری پیش‌تر ساخته شده، خالی بگذارید.",
            "At least 10 characters. Leave it empty for a username that is there already.",
        )),
    ];
    if !districts.is_empty() {
        form.push(ticks);
    }
    if !centres.is_empty() {
        let label = visitor.say("کانون (دبیر)", "Centre of a secretary");
        form.push(Input::new(Shape::Choice, "centre_id", label).options(choices(centres)));
    }
    if !venues.is_empty() {
        let label = visitor.say("مکان (سرگروه)", "Venue of a lead");
        form.push(Input::new(Shape::Choice, "venue_id", label).options(choices(venues)));
    }
    form
}

/// Lists who has which part, with the form that gives one.
pub(crate) async fn show(
    State(pages): State<Pages>,
    visitor: Visitor,
    Path(festival): Path<Uuid>,
) -> Result<Response, Trouble> {
    shown(&pages, &visitor, festival, None).await
}

/// Gives somebody a part.
pub(crate) async fn add(
    State(pages): State<Pages>,
    visitor: Visitor,
    Path(festival): Path<Uuid>,
    Form(filled): Form<Filled>,
) -> Result<Response, Trouble> {
    let role = filled.get("role");
    let username = khademyar_domain::persian::normalise(filled.get("username")).to_lowercase();
    let mut body = json!({"username": username, "name": filled.get("name"), "role": role});
    // What is of another role is left out, whatever was chosen of it.
    match role {
        "coordinator" | "partner" => {
            body["district_ids"] = json!(filled.all("district_ids").collect::<Vec<_>>());
        }
        "secretary" if !filled.get("centre_id").is_empty() => {
            body["centre_id"] = json!(filled.get("centre_id"));
        }
        "venue_lead" if !filled.get("venue_id").is_empty() => {
            body["venue_id"] = json!(filled.get("venue_id"));
        }
        _ => {}
    }
    if !filled.get("password").is_empty() {
        body["password"] = json!(filled.get("password"));
    }
    match pages.post(&visitor, &format!("/v1/festivals/{festival}/members"), body).await {
        Ok(_) => Ok(done(&pages, &format!("/admin/{festival}/members"), "added")),
        Err(trouble) => shown(&pages, &visitor, festival, Some((filled, trouble))).await,
    }
}

/// Takes somebody's part away.
pub(crate) async fn remove(
    State(pages): State<Pages>,
    visitor: Visitor,
    Path((festival, member)): Path<(Uuid, Uuid)>,
) -> Result<Response, Trouble> {
    pages.delete(&visitor, &format!("/v1/festivals/{festival}/members/{member}")).await?;
    Ok(done(&pages, &format!("/admin/{festival}/members"), "removed"))
}
