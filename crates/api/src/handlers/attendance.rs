//! Who was there: what phones tell, hours late where there was no network.

use axum::{extract::State, http::StatusCode, response::Response};
use chrono::{DateTime, SubsecRound, Utc};
use khademyar_domain::{
    Check, Fault, Id,
    attendance::{Saying, SeenBy, Told},
    persian,
    rights::Action,
    volunteer::Volunteer,
};
use khademyar_roster::roll::{self, Outcome, Refusal, Telling};
use khademyar_storage::{
    attendance::{Place, Teller},
    events,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    auth::{Credential, FestivalKey},
    contract::Writing,
    extract::{Caller, InFestival},
    language::Spoken,
    problems::FieldProblem,
    state::AppState,
    work::{Ended, Post},
};

/// What an event says.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum AttendanceKind {
    /// They come in now.
    CheckIn,
    /// They go now.
    CheckOut,
    /// They are here, from the start unless it is known when they came.
    Present,
    /// They were here for so many `minutes`.
    Partial,
    /// They did not come.
    Absent,
    /// They did not come, with good reason.
    Excused,
    /// The event `undoes_id` was a mistake.
    Undo,
}

impl From<Saying> for AttendanceKind {
    fn from(saying: Saying) -> Self {
        match saying {
            Saying::CheckIn => Self::CheckIn,
            Saying::CheckOut => Self::CheckOut,
            Saying::Present => Self::Present,
            Saying::Partial(_) => Self::Partial,
            Saying::Absent => Self::Absent,
            Saying::Excused => Self::Excused,
            Saying::Undo(_) => Self::Undo,
        }
    }
}

/// Something that a phone tells of an assignment.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"id": "0190d1a0-5e6c-7a3b-8c1d-000000000009", "assignment_id": "0190d1a0-5e6c-7a3b-8c1d-000000000001", "kind": "check_in", "at": "2027-04-08T16:25:00Z"}))]
pub(crate) struct AttendanceEventBody {
    /// Made by the phone: what is sent twice counts once.
    id: Uuid,
    /// Of which assignment, as the roll names it.
    assignment_id: Uuid,
    /// What it says.
    kind: AttendanceKind,
    /// When it happened.
    at: DateTime<Utc>,
    /// With `partial`: how many minutes they were here.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 1440)]
    minutes: Option<i32>,
    /// With `undo`: which event was a mistake. It may arrive later.
    #[serde(default)]
    undoes_id: Option<Uuid>,
    /// The token of the pass that they showed: it must be theirs.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 1000)]
    pass: Option<String>,
    /// The code of the pass that they said, in Persian or Latin digits: it must be theirs.
    #[serde(default)]
    #[schema(min_length = 6, max_length = 20)]
    code: Option<String>,
}

/// What a phone tells at once.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AttendanceEventsBody {
    /// The events, in any order.
    #[schema(min_items = 1, max_items = 500)]
    items: Vec<AttendanceEventBody>,
}

impl Check for AttendanceEventsBody {
    fn check(&self) -> Vec<Fault> {
        self.items.iter().enumerate().flat_map(|(index, item)| item.faults(index)).collect()
    }
}

/// What became of an event.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum AttendanceOutcome {
    /// It counts.
    Accepted,
    /// It counted already.
    Duplicate,
    /// It does not count, and nothing of it was kept: `refusal` says why.
    Refused,
}

/// What became of an event.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HeardBody {
    /// Which.
    id: Uuid,
    /// What became of it.
    outcome: AttendanceOutcome,
    /// Why it does not count.
    refusal: Option<FieldProblem>,
}

/// What became of each event.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"items": [{"id": "0190d1a0-5e6c-7a3b-8c1d-000000000009", "outcome": "accepted", "refusal": null}]}))]
pub(crate) struct HeardEventsBody {
    /// In the order they were sent in.
    items: Vec<HeardBody>,
}

/// Takes in what phones tell of who was there. In whatever order, batches and repetitions events arrive, they come to the
/// same; those that are refused are named, and the others count. A venue lead tells of the venue, a coordinator of her
/// districts. A pass or a code that was shown is sent along, and must be that volunteer's; a phone without a network finds
/// the volunteer by it in the roll, and checks the pass by the festival's public key.
#[utoipa::path(post, path = "/v1/festivals/{festival_id}/attendance-events", tag = "roster", request_body = AttendanceEventsBody,
    params(("festival_id" = Uuid, Path, description = "The festival."),
           ("Idempotency-Key" = Option<String>, Header, description = "Makes repeating the request harmless; the ids of the events do so too.", min_length = 1, max_length = 200, pattern = "^[!-~]+$")),
    responses((status = 200, description = "What became of each.", body = HeardEventsBody), Writing))]
pub(crate) async fn send_attendance_events(
    State(app): State<AppState>,
    here: InFestival,
    Caller(bearer): Caller,
    Spoken(language): Spoken,
    Post { body, work }: Post<AttendanceEventsBody>,
) -> Result<Response, Ended> {
    let (festival_id, now) = (here.festival_id, app.clock.now());
    let scope = here.may(Action::CallRoll)?;
    let by = bearer.actor.user_id;
    let device_id = match bearer.by {
        Credential::Device(id) => Some(id),
        Credential::ApiToken(..) => None,
    };
    let told: Vec<Telling> = body.items.iter().filter_map(AttendanceEventBody::telling).collect();
    let reaches = |place: Place| scope.covers_venue(place.venue_id, place.district_id);
    let key = app.festival_keys.of(festival_id)?;
    let is_theirs = |index: usize, volunteer_id| body.items[index].is_shown_by(volunteer_id, &key);
    let teller = Teller { by, device_id, now };
    let heard = roll::hear(&work.db, festival_id, &told, reaches, is_theirs, teller).await?;
    let items = heard.outcomes.iter().zip(&told).enumerate().map(|(index, (outcome, telling))| {
        let (outcome, refusal) = match outcome {
            Outcome::Accepted => (AttendanceOutcome::Accepted, None),
            Outcome::Duplicate => (AttendanceOutcome::Duplicate, None),
            Outcome::Refused(refusal) => (AttendanceOutcome::Refused, Some(fault(index, *refusal))),
        };
        let refusal = refusal.map(|fault| FieldProblem::of(&fault, language));
        HeardBody { id: telling.told.id.uuid(), outcome, refusal }
    });
    let answer = HeardEventsBody { items: items.collect() };
    if !heard.outcomes.contains(&Outcome::Accepted) {
        return Ok(work.answer(None, StatusCode::OK, &[], &answer).await?);
    }
    events::append(&work.db, festival_id, heard.events, Some(by), now, &mut || app.new_id()).await?;
    Ok(work.answer_roster(festival_id, StatusCode::OK, &answer).await?)
}

impl AttendanceEventBody {
    /// What it says, or which field it lacks.
    fn saying(&self) -> Result<Saying, &'static str> {
        Ok(match self.kind {
            AttendanceKind::CheckIn => Saying::CheckIn,
            AttendanceKind::CheckOut => Saying::CheckOut,
            AttendanceKind::Present => Saying::Present,
            AttendanceKind::Partial => Saying::Partial(self.minutes.ok_or("minutes")?),
            AttendanceKind::Absent => Saying::Absent,
            AttendanceKind::Excused => Saying::Excused,
            AttendanceKind::Undo => Saying::Undo(self.undoes_id.ok_or("undoes_id")?.into()),
        })
    }

    /// Of which assignment it tells what; none where it lacks something, which its check has refused.
    fn telling(&self) -> Option<Telling> {
        // As PostgreSQL keeps it: what is sent again must be the same.
        let at = self.at.trunc_subsecs(6);
        let told = Told { at, id: self.id.into(), saying: self.saying().ok()? };
        Some(Telling { assignment_id: self.assignment_id.into(), told, seen_by: self.seen_by() })
    }

    fn seen_by(&self) -> SeenBy {
        match (&self.pass, &self.code) {
            (Some(_), _) => SeenBy::Pass,
            (None, Some(_)) => SeenBy::Code,
            (None, None) => SeenBy::Name,
        }
    }

    /// Whether what was shown, if anything was, is this volunteer's.
    fn is_shown_by(&self, volunteer_id: Id<Volunteer>, key: &FestivalKey) -> bool {
        let by_pass = self.pass.as_ref().map(|pass| key.bearer(pass.trim(), self.at) == Some(volunteer_id));
        let by_code = self
            .code
            .as_ref()
            .map(|code| key.code(volunteer_id).is_ok_and(|theirs| theirs == persian::normalise(code)));
        by_pass.or(by_code).unwrap_or(true)
    }

    fn faults(&self, index: usize) -> Vec<Fault> {
        let fault = |field: &str, code, en, fa| Fault::new(format!("/items/{index}/{field}"), code, en, fa);
        let shown = if self.pass.is_some() { "pass" } else { "code" };
        let mut faults = Vec::new();
        match self.saying() {
            Err(field) => faults.push(fault(
                field,
                "required",
                "An event of this kind needs it.",
                "این نوع رویداد به آن نیاز دارد.",
            )),
            Ok(saying) if !saying.is_presence() && self.seen_by() != SeenBy::Name => faults.push(fault(
                shown,
                "nobody_there",
                "Whoever shows something is there: leave it out, or say that they are here.",
                "کسی که چیزی نشان می‌دهد آنجاست: آن را نیاورید یا حضورش را ثبت کنید.",
            )),
            Ok(_) => {}
        }
        if self.pass.is_some() && self.code.is_some() {
            faults.push(fault(
                "code",
                "one_of_two",
                "Send the pass or its code, not both.",
                "یا کارت را بفرستید یا کد آن را، نه هر دو.",
            ));
        }
        faults
    }
}

fn fault(index: usize, refusal: Refusal) -> Fault {
    let (field, code, en, fa) = match refusal {
        Refusal::Unknown => (
            "assignment_id",
            "unknown_assignment",
            "There is no such assignment, or it is not yours to call: read the roll again.",
            "چنین خدمتی نیست یا حضور و غیاب آن با شما نیست: فهرست را دوباره بخوانید.",
        ),
        Refusal::NotOnRoll => (
            "assignment_id",
            "not_on_roll",
            "The roster does not count on them in this shift any more: take them in as a walk-in.",
            "برنامه دیگر در این شیفت روی او حساب نمی‌کند: او را سرزده بپذیرید.",
        ),
        Refusal::NotTheirs(SeenBy::Code) => (
            "code",
            "not_theirs",
            "It is not this volunteer's code: ask for it again, or look for who has it in the roll.",
            "این کد از آنِ این خادمیار نیست: دوباره بپرسید یا در فهرست دارندهٔ آن را بیابید.",
        ),
        Refusal::NotTheirs(_) => (
            "pass",
            "not_theirs",
            "It is not this volunteer's pass, or not of this festival, or it has run out: look for whose it is.",
            "این کارت از آنِ این خادمیار یا این رویداد نیست یا زمانش گذشته است: دارندهٔ آن را بیابید.",
        ),
        Refusal::IdTaken => (
            "id",
            "id_taken",
            "Another event has this id: give every event one of its own.",
            "رویداد دیگری این شناسه را دارد: به هر رویداد شناسه‌ای از خودش بدهید.",
        ),
        Refusal::Future => (
            "at",
            "in_the_future",
            "It has yet to happen: set the phone's clock right and send it again.",
            "زمان آن هنوز نرسیده است: ساعت گوشی را درست کنید و دوباره بفرستید.",
        ),
        Refusal::TooEarly => (
            "at",
            "too_early",
            "It is more than six hours before the shift: check the time.",
            "بیش از شش ساعت پیش از شیفت است: زمان را بررسی کنید.",
        ),
        Refusal::Full => (
            "assignment_id",
            "full",
            "Somebody else has the seat since: raise what the position asks for, then send it again.",
            "جای او را کس دیگری گرفته است: شمار جایگاه را بیشتر کنید و دوباره بفرستید.",
        ),
        Refusal::Elsewhere => (
            "assignment_id",
            "overlap",
            "They have another seat at that time: say there that they did not come, then send it again.",
            "او در همان زمان جای دیگری دارد: نخست آنجا غیبت او را ثبت کنید و دوباره بفرستید.",
        ),
    };
    Fault::new(format!("/items/{index}/{field}"), code, en, fa)
}
