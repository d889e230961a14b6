//! Hours served: in shifts, night for night, and outside them, which one writes down oneself; and the letter and the
//! certificate that thank.

use askama::Template;
use axum::{
    Form,
    extract::{Path, Query, State},
    http::{Method, StatusCode},
    response::{IntoResponse, Redirect, Response},
};
use chrono::{DateTime, Days, NaiveDate, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;
use khademyar_domain::{
    jalali,
    language::Language,
    persian::{self, digits},
    worklog::WorklogState,
};
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use crate::{
    Pages,
    form::{Words, said},
    frame::{Frame, page},
    me::{Menu, Which, done, schedule::Schedule},
    trouble::{NO_FONTS, Trouble},
    visitor::Visitor,
};

#[derive(Deserialize)]
struct Worklog {
    items: Vec<Entry>,
    first_day: Option<NaiveDate>,
    last_day: Option<NaiveDate>,
}

#[derive(Deserialize)]
struct Entry {
    id: Uuid,
    what: Option<String>,
    started_at: DateTime<Utc>,
    ended_at: DateTime<Utc>,
    minutes: i64,
    state: WorklogState,
    reason: Option<String>,
}

/// What one did outside shifts, as it is shown.
struct Shown {
    id: Uuid,
    what: String,
    date: String,
    hours: (String, String),
    length: String,
    state: WorklogState,
    reason: Option<String>,
}

impl Shown {
    fn is_waiting(&self) -> bool {
        self.state == WorklogState::Waiting
    }

    fn is_approved(&self) -> bool {
        self.state == WorklogState::Approved
    }
}

/// A service that counted.
struct Served {
    night: String,
    venue: String,
    length: String,
}

/// What the form says.
#[derive(Clone, Default, Deserialize)]
pub(crate) struct Draft {
    what: String,
    day: String,
    from: String,
    until: String,
}

#[derive(Template)]
#[template(path = "me/hours.html")]
struct HoursPage {
    frame: Frame,
    menu: Menu,
    festival: String,
    total: String,
    in_shifts: String,
    outside: String,
    /// Whether there is something to be thanked for.
    is_thanked: bool,
    served: Vec<Served>,
    entries: Vec<Shown>,
    /// Where nothing can be written down today: since when it can, or until when it could.
    is_closed: Option<String>,
    draft: Draft,
    /// Why what was given is not enough.
    fault: Option<String>,
}

/// Shows one's hours.
pub(crate) async fn show(
    State(pages): State<Pages>,
    visitor: Visitor,
    Query(which): Query<Which>,
) -> Result<Response, Trouble> {
    show_with(&pages, &visitor, which, None).await
}

async fn show_with(
    pages: &Pages,
    visitor: &Visitor,
    which: Which,
    refused: Option<(Draft, String)>,
) -> Result<Response, Trouble> {
    let schedule = Schedule::read(pages, visitor, which).await?;
    let worklog: Worklog = pages.read(visitor, &which.asks("/v1/me/worklog")).await?;
    let language = visitor.language;
    let served = schedule.nights.iter().flat_map(|night| {
        let counted = night.services.iter().filter(|service| service.minutes_served > 0);
        counted.map(|service| Served {
            night: night.label.clone(),
            venue: service.venue.name.clone(),
            length: length(service.minutes_served, language),
        })
    });
    let status = if refused.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let today = pages.now().with_timezone(&schedule.timezone).date_naive();
    let (draft, fault) = match refused {
        Some((draft, fault)) => (draft, Some(fault)),
        None => (Draft { day: day(today, language), ..Draft::default() }, None),
    };
    // Whoever was refused reads why, beside what they wrote.
    let is_closed = match (worklog.first_day, worklog.last_day) {
        _ if fault.is_some() => None,
        (Some(first), _) if today < first => {
            let first = jalali::without_weekday(first, language);
            Some(match language {
                Language::Persian => format!("از {first} می‌توانید بنویسید."),
                Language::English => format!("You can write it down from {first} on."),
            })
        }
        (_, Some(last)) if today > last => {
            let last = jalali::without_weekday(last, language);
            Some(match language {
                Language::Persian => format!("تا {last} می‌شد نوشت."),
                Language::English => format!("It could be written down until {last}."),
            })
        }
        _ => None,
    };
    let mut frame = Frame::new(visitor, visitor.say("ساعت‌های خدمت", "Hours served"));
    // The address that a form was sent to is the page's own.
    frame.here = which.link("/me/hours");
    let template = HoursPage {
        frame,
        menu: Menu::at("/me/profile", which),
        total: length(schedule.total_minutes, language),
        in_shifts: length(schedule.minutes_served, language),
        outside: length(schedule.worklog_minutes, language),
        is_thanked: schedule.total_minutes > 0,
        served: served.collect(),
        entries: worklog.items.into_iter().map(|entry| shown(entry, schedule.timezone, language)).collect(),
        is_closed,
        draft,
        fault,
        festival: schedule.festival.clone(),
    };
    Ok(page(visitor, status, &template))
}

fn shown(entry: Entry, timezone: Tz, language: Language) -> Shown {
    let [from, until] = [entry.started_at, entry.ended_at].map(|at| at.with_timezone(&timezone));
    Shown {
        id: entry.id,
        what: entry.what.unwrap_or_else(|| "—".to_owned()),
        date: jalali::long(from.date_naive(), language),
        hours: (from.format("%H:%M").to_string(), until.format("%H:%M").to_string()),
        length: length(entry.minutes, language),
        state: entry.state,
        reason: entry.reason,
    }
}

/// So many minutes, as it is said.
fn length(minutes: i64, language: Language) -> String {
    let (hours, rest) = (minutes / 60, minutes % 60);
    match (language, hours, rest) {
        (Language::Persian, 0, _) => format!("{} دقیقه", digits(rest)),
        (Language::Persian, _, 0) => format!("{} ساعت", digits(hours)),
        (Language::Persian, ..) => format!("{} ساعت و {} دقیقه", digits(hours), digits(rest)),
        (Language::English, 0, _) => format!("{rest} min"),
        (Language::English, _, 0) => format!("{hours} h"),
        (Language::English, ..) => format!("{hours} h {rest} min"),
    }
}

/// A day as one writes it.
fn day(date: NaiveDate, language: Language) -> String {
    match language {
        Language::Persian => jalali::short(date),
        Language::English => date.to_string(),
    }
}

/// What is said of days and hours that cannot be read, in both languages.
const UNREADABLE: Words = (
    "روز را مانند ۱۴۰۶/۰۱/۲۰ و ساعت‌ها را مانند ۱۸:۳۰ بنویسید.",
    "Write the day like 2027-04-09 and the hours like 18:30.",
);
/// What is said where the end comes before the beginning, and no night lies between that would be as long.
const BACKWARDS: Words = (
    "پایان کار پیش از آغاز آن است: ساعت‌ها را جابه‌جا نوشته‌اید؟",
    "The end is before the beginning: are the hours the wrong way round?",
);
/// The longest that work past midnight goes on.
const LONGEST_NIGHT: TimeDelta = TimeDelta::hours(16);

/// From when until when a draft tells of; past midnight, until the next day.
///
/// # Errors
/// What is wrong with it.
fn window(draft: &Draft, timezone: Tz) -> Result<(DateTime<Utc>, DateTime<Utc>), Words> {
    let date = jalali::parse(draft.day.trim()).map_err(|_| UNREADABLE)?;
    let hour = |text: &str| {
        NaiveTime::parse_from_str(persian::normalise(text).trim(), "%H:%M").map_err(|_| UNREADABLE)
    };
    let (from, until) = (hour(&draft.from)?, hour(&draft.until)?);
    let is_past_midnight = until <= from;
    if is_past_midnight && TimeDelta::days(1) - (from - until) > LONGEST_NIGHT {
        return Err(BACKWARDS);
    }
    let last_day = date.checked_add_days(Days::new(is_past_midnight.into())).ok_or(UNREADABLE)?;
    let at = |date: NaiveDate, time| {
        let at = timezone.from_local_datetime(&date.and_time(time)).earliest();
        at.map(|at| at.with_timezone(&Utc)).ok_or(UNREADABLE)
    };
    Ok((at(date, from)?, at(last_day, until)?))
}

/// Writes down what one did outside shifts.
pub(crate) async fn write(
    State(pages): State<Pages>,
    visitor: Visitor,
    Query(which): Query<Which>,
    Form(draft): Form<Draft>,
) -> Result<Response, Trouble> {
    let schedule = Schedule::read(&pages, &visitor, which).await?;
    let (from, until) = match window(&draft, schedule.timezone) {
        Ok(window) => window,
        Err(fault) => {
            return show_with(&pages, &visitor, which, Some((draft, said(&visitor, fault).to_owned()))).await;
        }
    };
    let body = json!({
        "festival_id": schedule.festival_id, "what": draft.what, "started_at": from, "ended_at": until,
    });
    match pages.post(&visitor, "/v1/me/worklog", body).await {
        Ok(_) => Ok(done(&pages, &which.link("/me/hours"), "written")),
        Err(Trouble::Problem(problem)) if matches!(problem.status, 409 | 422) => {
            show_with(&pages, &visitor, which, Some((draft, problem.remedy()))).await
        }
        Err(trouble) => Err(trouble),
    }
}

/// Takes back what one wrote down.
pub(crate) async fn withdraw(
    State(pages): State<Pages>,
    visitor: Visitor,
    Path(entry_id): Path<Uuid>,
    Query(which): Query<Which>,
) -> Result<Response, Trouble> {
    pages.ask(&visitor, Method::DELETE, &format!("/v1/me/worklog/{entry_id}"), None, None).await?;
    Ok(done(&pages, &which.link("/me/hours"), "unwritten"))
}

/// The page that thanks, as the API has it.
pub(crate) async fn letter(
    State(pages): State<Pages>,
    visitor: Visitor,
    Query(which): Query<Which>,
) -> Result<Response, Trouble> {
    let Schedule { festival_id, volunteer_id, .. } = Schedule::read(&pages, &visitor, which).await?;
    let path = format!("/v1/festivals/{festival_id}/reports/thank-you/volunteers/{volunteer_id}");
    pages.hand_on(&visitor, &path).await
}

/// The certificate as a PDF; the page that thanks, where nothing is printed because there are no fonts.
pub(crate) async fn certificate(
    State(pages): State<Pages>,
    visitor: Visitor,
    Query(which): Query<Which>,
) -> Result<Response, Trouble> {
    let Schedule { festival_id, volunteer_id, .. } = Schedule::read(&pages, &visitor, which).await?;
    let language = visitor.language.tag();
    let path = format!("/v1/festivals/{festival_id}/letters/certificate/{volunteer_id}?language={language}");
    match pages.hand_on(&visitor, &path).await {
        Err(Trouble::Problem(problem)) if problem.r#type == NO_FONTS => {
            Ok(Redirect::to(&which.link("/me/letter")).into_response())
        }
        answered => answered,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_in_persian_is_a_window_of_time_that_may_pass_midnight() {
        let draft = |day: &str, from: &str, until: &str| Draft {
            what: String::new(),
            day: day.to_owned(),
            from: from.to_owned(),
            until: until.to_owned(),
        };
        let told = |draft| {
            let (from, until) = window(&draft, chrono_tz::Asia::Tehran).ok()?;
            Some(format!("{} {}", from.format("%dT%H:%M"), until.format("%dT%H:%M")))
        };
        for (written, expected) in [
            (draft("۱۴۰۶/۰۱/۲۰", "18:30", "20:00"), Some("09T15:00 09T16:30")),
            (draft("1406/1/20", "۲۲:۳۰", "۰۱:۰۰"), Some("09T19:00 09T21:30")),
            (draft("2027-04-09", "18:30", "20:00"), Some("09T15:00 09T16:30")),
            (draft("۱۴۰۶/۱۳/۲۰", "18:30", "20:00"), None),
            (draft("۱۴۰۶/۰۱/۲۰", "شب", "20:00"), None),
            (draft("", "", ""), None),
            // Not a night of 23 hours.
            (draft("۱۴۰۶/۰۱/۲۰", "18:00", "17:00"), None),
        ] {
            assert_eq!(told(written.clone()).as_deref(), expected, "{}", written.day);
        }
    }

    #[test]
    fn minutes_are_said_as_hours() {
        for (minutes, fa, en) in
            [(0, "۰ دقیقه", "0 min"), (120, "۲ ساعت", "2 h"), (210, "۳ ساعت و ۳۰ دقیقه", "3 h 30 min")]
        {
            assert_eq!(length(minutes, Language::Persian), fa);
            assert_eq!(length(minutes, Language::English), en);
        }
    }
}
