//! The roll of a shift: who is expected, and saying who is here.

use askama::Template;
use axum::{
    Form, Json,
    extract::{Query, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use chrono::{DateTime, TimeDelta, Utc};
use khademyar_domain::{
    assignment::AssignmentState,
    persian::{normalise, search_key},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Count, address};
use crate::{
    Pages,
    frame::{Frame, page},
    ground::{Ground, Me},
    news::{Last, News},
    session::lead,
    trouble::{FieldProblem, Trouble},
    visitor::Visitor,
};

/// The level of those who lead.
const LEADS: i32 = 3;

/// How long before a shift its roll may be opened without being told of its day.
const SOON: TimeDelta = TimeDelta::hours(12);

/// Which shift's roll, and whom one looks for in it.
#[derive(Clone, Deserialize)]
pub(crate) struct Which {
    festival: Uuid,
    shift: Uuid,
    #[serde(default)]
    q: String,
}

impl Which {
    /// Where the API has the roll.
    fn path(&self) -> String {
        format!("/v1/festivals/{}/shifts/{}/roll", self.festival, self.shift)
    }

    fn address(&self) -> String {
        address(self.festival, self.shift)
    }
}

#[derive(Deserialize)]
struct Roll {
    venue_id: Uuid,
    night: i32,
    starts_at: DateTime<Utc>,
    ends_at: DateTime<Utc>,
    sequence: i64,
    count: Count,
    people: Vec<Expected>,
}

#[derive(Deserialize)]
struct Expected {
    assignment_id: Uuid,
    state: AssignmentState,
    came_at: Option<DateTime<Utc>>,
    left_at: Option<DateTime<Utc>>,
    specialty: String,
    level: i32,
    volunteer_id: Uuid,
    name: String,
    pass_code: String,
    phone: Option<String>,
    events: Vec<Said>,
}

/// What was told of somebody, and stands.
#[derive(Serialize, Deserialize)]
struct Said {
    id: Uuid,
    kind: String,
    at: DateTime<Utc>,
}

#[derive(Deserialize)]
struct Keys {
    keys: Vec<Value>,
}

/// Somebody as the roll shows them.
struct Shown {
    expected: Expected,
    /// How they stand, as the script knows it.
    stands: &'static str,
    /// The same, in words.
    words: String,
    /// What was told of them, for the script.
    events: String,
    /// Whether they are looked for.
    is_found: bool,
    /// Why what was told just now does not count.
    refusal: Option<String>,
}

impl Shown {
    fn is_lead(&self) -> bool {
        self.expected.level >= LEADS
    }

    /// The event that is taken back next.
    fn last(&self) -> Option<Uuid> {
        self.expected.events.last().map(|said| said.id)
    }
}

#[derive(Template)]
#[template(path = "rolls/roll.html")]
struct RollPage {
    frame: Frame,
    ground: Ground,
    which: Which,
    venue: String,
    label: String,
    hours: (String, String),
    count: Count,
    /// Whether it is time that people came.
    has_begun: bool,
    /// The date, where the shift is of another day.
    date: Option<String>,
    people: Vec<Shown>,
    /// The festival's public key, for the script.
    key: String,
    /// Why a code finds nobody.
    code_fault: Option<String>,
    news: News,
    /// What can be said of somebody: the event, how they stand then, and the word for it.
    taps: [(&'static str, &'static str, &'static str); 4],
}

/// What was refused just now.
struct Refused {
    /// Of whom; nobody, where it was a code that is nobody's.
    assignment_id: Option<Uuid>,
    why: String,
}

/// Shows the roll.
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
    refused: Option<Refused>,
) -> Result<Response, Trouble> {
    let ground = Ground::of_rolls(pages, visitor, Some(which.festival)).await?;
    let roll: Roll = pages.read(visitor, &which.path()).await?;
    let Keys { keys } = pages.read(visitor, &format!("{}/keys", ground.path())).await?;
    let wanted = search_key(&which.q);
    let status = if refused.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let (of, why) = refused.map_or((None, None), |refused| (refused.assignment_id, Some(refused.why)));
    let venue = ground.venue(&roll.venue_id);
    let hours = (ground.hour(roll.starts_at), ground.hour(roll.ends_at));
    let title = visitor.say("حضور و غیاب", "Roll");
    let frame = Frame::new(visitor, "");
    let frame = Frame {
        title: format!(
            "{title}{}{venue}{}{}",
            frame.say(" ", ", "),
            frame.say("، ", ", "),
            frame.n(&hours.0)
        ),
        here: which.address(),
        ..frame
    };
    let people = roll.people.into_iter().map(|expected| {
        let (stands, words) = standing(&frame, &ground, &expected);
        Shown {
            stands,
            words,
            events: json!(expected.events).to_string(),
            is_found: search_key(&expected.name).contains(&wanted),
            refusal: why.clone().filter(|_| of == Some(expected.assignment_id)),
            expected,
        }
    });
    let is_ahead = roll.starts_at - pages.now() > SOON;
    let template = RollPage {
        has_begun: roll.starts_at <= pages.now(),
        date: is_ahead.then(|| ground.date(roll.night)),
        people: people.collect(),
        venue,
        label: ground.label(roll.night),
        hours,
        news: News::after(
            roll.sequence,
            &format!("/desk/roll/events?festival={}&shift={}", which.festival, which.shift),
        ),
        count: roll.count,
        key: keys.first().map(Value::to_string).unwrap_or_default(),
        code_fault: why.filter(|_| of.is_none()),
        taps: [
            ("check_in", "here", frame.say("حاضر", "Here")),
            ("check_out", "gone", frame.say("رفت", "Left")),
            ("absent", "absent", frame.say("غایب", "Absent")),
            ("excused", "excused", frame.say("با عذر", "Excused")),
        ],
        frame,
        ground,
        which,
    };
    Ok(page(visitor, status, &template))
}

/// How somebody stands, and in words.
fn standing(frame: &Frame, ground: &Ground, expected: &Expected) -> (&'static str, String) {
    let hour = |at: DateTime<Utc>| frame.n(ground.hour(at));
    match expected.state {
        AssignmentState::CheckedIn => {
            let words = expected.came_at.map_or_else(
                || frame.say("حاضر", "Here").to_owned(),
                |at| format!("{} {}", frame.say("حاضر از", "Here since"), hour(at)),
            );
            ("here", words)
        }
        AssignmentState::Completed => {
            let words = expected.left_at.map_or_else(
                || frame.say("رفت", "Left").to_owned(),
                |at| format!("{} {}", frame.say("رفت،", "Left at"), hour(at)),
            );
            ("gone", words)
        }
        AssignmentState::NoShow => ("absent", frame.say("نیامد", "Did not come").to_owned()),
        AssignmentState::Excused => {
            ("excused", frame.say("نیامد، با عذر", "Did not come, excused").to_owned())
        }
        _ => ("missing", frame.say("هنوز نیامده", "Not here yet").to_owned()),
    }
}

/// What a form says: of whom, or by which code, what; or which event was a mistake.
#[derive(Deserialize)]
pub(crate) struct Tap {
    assignment: Option<Uuid>,
    kind: Option<String>,
    undoes: Option<Uuid>,
    code: Option<String>,
}

#[derive(Deserialize)]
struct Heard {
    items: Vec<Became>,
}

#[derive(Deserialize)]
struct Became {
    refusal: Option<FieldProblem>,
}

/// Tells one thing of somebody, and leads back to them.
pub(crate) async fn tell(
    State(pages): State<Pages>,
    visitor: Visitor,
    Query(which): Query<Which>,
    Form(tap): Form<Tap>,
) -> Result<Response, Trouble> {
    let assignment_id = match (tap.assignment, &tap.code) {
        (Some(id), _) => id,
        (None, Some(code)) => match whose(&pages, &visitor, &which, code).await? {
            Ok(id) => id,
            Err(why) => {
                let refused = Refused { assignment_id: None, why: why.to_owned() };
                return shown(&pages, &visitor, which, Some(refused)).await;
            }
        },
        (None, None) => return Err(Trouble::NotFound),
    };
    let mut event = json!({"id": Uuid::now_v7(), "assignment_id": assignment_id, "at": pages.now()});
    match tap.undoes {
        Some(id) => (event["kind"], event["undoes_id"]) = ("undo".into(), json!(id)),
        None => event["kind"] = tap.kind.unwrap_or_else(|| "check_in".to_owned()).into(),
    }
    if let Some(code) = tap.code {
        event["code"] = code.into();
    }
    let path = format!("/v1/festivals/{}/attendance-events", which.festival);
    let heard: Heard = pages.post(&visitor, &path, json!({"items": [event]})).await?.read()?;
    match heard.items.into_iter().find_map(|became| became.refusal) {
        None => Ok(lead(&format!("{}#a-{assignment_id}", which.address()), Vec::new())),
        Some(refusal) => {
            let refused = Refused { assignment_id: Some(assignment_id), why: refusal.detail };
            shown(&pages, &visitor, which, Some(refused)).await
        }
    }
}

/// Whose code it is; or why it is nobody's.
async fn whose(
    pages: &Pages,
    visitor: &Visitor,
    which: &Which,
    code: &str,
) -> Result<Result<Uuid, &'static str>, Trouble> {
    let roll: Roll = pages.read(visitor, &which.path()).await?;
    let code = normalise(code);
    let mut theirs = roll.people.iter().filter(|person| person.pass_code == code);
    Ok(match (theirs.next(), theirs.next()) {
        (Some(person), None) => Ok(person.assignment_id),
        (None, _) => Err(visitor.say(
            "هیچ‌کس در این فهرست این کد را ندارد. دوباره بپرسید.",
            "Nobody on this roll has this code. Ask again.",
        )),
        (Some(_), Some(_)) => Err(visitor
            .say("این کد از آنِ دو نفر است: با نام ثبت کنید.", "Two people have this code: tap their name.")),
    })
}

/// What a phone tells that kept it while there was no network.
#[derive(Deserialize)]
pub(crate) struct Kept {
    /// Who was signed in on it.
    by: Uuid,
    items: Vec<Value>,
}

/// Which festival.
#[derive(Deserialize)]
pub(crate) struct Where {
    festival: Uuid,
}

/// Tells what a phone kept, in the name of who told it and nobody else's; answers as the API does.
pub(crate) async fn tell_all(
    State(pages): State<Pages>,
    visitor: Visitor,
    Query(Where { festival }): Query<Where>,
    Json(Kept { by, items }): Json<Kept>,
) -> Result<Response, Trouble> {
    let me: Me = pages.read(&visitor, "/v1/me").await?;
    if me.user_id != by {
        return Err(Trouble::SomebodyElse);
    }
    let path = format!("/v1/festivals/{festival}/attendance-events");
    let answer = pages.post(&visitor, &path, json!({"items": items})).await?;
    let kind = [(header::CONTENT_TYPE, "application/json")];
    Ok((answer.status, kind, answer.into_bytes()).into_response())
}

/// Follows what happens in the shift, for a script that then makes the page anew.
pub(crate) async fn follow(
    State(pages): State<Pages>,
    visitor: Visitor,
    Query(which): Query<Which>,
    Last(last): Last,
) -> Result<Response, Trouble> {
    pages.stream(&visitor, &format!("{}/events", which.path()), last).await
}
