//! What others have of one, and what one says of oneself: when one can serve, how much, and what one wishes for.

use askama::Template;
use axum::{
    Form,
    extract::{Query, State},
    http::StatusCode,
    response::Response,
};
use chrono::{DateTime, Utc};
use khademyar_domain::{
    Id, jalali,
    language::Language,
    phone::Phone,
    venue::Venue,
    volunteer::{Availability, OwnWish, Readiness, Want},
};
use serde::Deserialize;
use serde_json::json;

use crate::{
    Pages,
    form::{Choice, Filled, number, written},
    frame::{Frame, page},
    me::{Menu, Which, done, schedule::Schedule},
    trouble::Trouble,
    visitor::Visitor,
};

#[derive(Deserialize)]
struct Profile {
    version: i64,
    name: String,
    phone: Option<Phone>,
    home_district: String,
    centre: Option<String>,
    skills: Vec<Skill>,
    companions: Vec<String>,
    nights: Vec<FestivalNight>,
    venues: Vec<Place>,
    readiness: Readiness,
}

#[derive(Deserialize)]
struct Skill {
    specialty: String,
    level: i32,
    confirmed: bool,
}

#[derive(Deserialize)]
struct FestivalNight {
    night: i32,
    label: String,
    words: String,
}

#[derive(Deserialize)]
struct Place {
    id: Id<Venue>,
    name: String,
}

/// How somebody stands to a night: one answer for availability and wish.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mood {
    /// They wish to serve.
    Gladly,
    /// They can.
    Can,
    /// They can, and would rather rest.
    RatherNot,
    /// They cannot.
    Cannot,
}

impl Mood {
    const ALL: [Self; 4] = [Self::Gladly, Self::Can, Self::RatherNot, Self::Cannot];

    fn as_str(self) -> &'static str {
        match self {
            Self::Gladly => "gladly",
            Self::Can => "can",
            Self::RatherNot => "rather_not",
            Self::Cannot => "cannot",
        }
    }

    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Gladly => ("با شوق", "Gladly"),
            Self::Can => ("می‌توانم", "I can"),
            Self::RatherNot => ("کاش نه", "Rather not"),
            Self::Cannot => ("نمی‌توانم", "I cannot"),
        }
    }

    fn of(readiness: &Readiness, night: i32) -> Self {
        let whole = Availability::Night { night };
        let can = readiness.available.as_ref().is_none_or(|available| available.contains(&whole));
        let wishes = |want| readiness.wishes.contains(&OwnWish { night, want });
        match (can, wishes(Want::Serve), wishes(Want::Rest)) {
            (false, ..) => Self::Cannot,
            (true, _, true) => Self::RatherNot,
            (true, true, false) => Self::Gladly,
            (true, false, false) => Self::Can,
        }
    }
}

struct ShownNight {
    night: FestivalNight,
    choices: Vec<Choice>,
}

#[derive(Template)]
#[template(path = "me/profile.html")]
struct ProfilePage {
    frame: Frame,
    menu: Menu,
    festival: String,
    profile: Profile,
    nights: Vec<ShownNight>,
    /// Hours of which somebody said that they can serve within them.
    windows: Vec<Choice>,
    venues: Vec<Choice>,
    max_nights: Vec<Choice>,
    max_consecutive_nights: Vec<Choice>,
    max_shifts_per_night: Vec<Choice>,
    max_travel_minutes: Vec<Choice>,
    fault: Option<String>,
}

/// Shows one's profile.
pub(crate) async fn show(
    State(pages): State<Pages>,
    visitor: Visitor,
    Query(which): Query<Which>,
) -> Result<Response, Trouble> {
    let profile: Profile = pages.read(&visitor, &which.asks("/v1/me/profile")).await?;
    show_with(&pages, &visitor, which, profile, None).await
}

async fn show_with(
    pages: &Pages,
    visitor: &Visitor,
    which: Which,
    mut profile: Profile,
    fault: Option<String>,
) -> Result<Response, Trouble> {
    let schedule = Schedule::read(pages, visitor, which).await?;
    let mut frame = Frame::new(visitor, visitor.say("من", "Me"));
    frame.here = which.link("/me/profile");
    let readiness = &profile.readiness;
    let nights = std::mem::take(&mut profile.nights).into_iter().map(|night| {
        let mood = Mood::of(readiness, night.night);
        let choice = |one: Mood| {
            let (fa, en) = one.words();
            Choice {
                value: one.as_str().to_owned(),
                label: visitor.say(fa, en).to_owned(),
                is_chosen: one == mood,
            }
        };
        ShownNight { choices: Mood::ALL.map(choice).into(), night }
    });
    let nights: Vec<ShownNight> = nights.collect();
    let windows = readiness.available.iter().flatten().filter_map(|available| match *available {
        Availability::Night { .. } => None,
        Availability::Window { from, to } => {
            let [begins, ends] = [from, to].map(|at| at.with_timezone(&schedule.timezone));
            let day = jalali::long(begins.date_naive(), visitor.language);
            let hours = [begins, ends].map(|at| frame.n(at.format("%H:%M")));
            Some(Choice {
                value: format!("{}/{}", from.to_rfc3339(), to.to_rfc3339()),
                label: format!("{day}, {} – {}", hours[0], hours[1]),
                is_chosen: true,
            })
        }
    });
    let venues = profile.venues.iter().map(|venue| Choice {
        value: venue.id.to_string(),
        label: venue.name.clone(),
        is_chosen: readiness.preferred_venue_ids.contains(&venue.id),
    });
    let all = nights.len() as i32;
    let count = |chosen: Option<i32>, offered: Vec<i32>, none: Option<(&str, &str)>, unit: (&str, &str)| {
        counts(visitor, chosen, offered, none, unit)
    };
    let night = ("شب", "nights");
    let template = ProfilePage {
        menu: Menu::at("/me/profile", which),
        festival: schedule.festival.clone(),
        windows: windows.collect(),
        venues: venues.collect(),
        max_nights: count(readiness.max_nights, (1..=all).collect(), Some(("همهٔ شب‌ها", "All nights")), night),
        max_consecutive_nights: count(
            readiness.max_consecutive_nights,
            (1..=all).collect(),
            Some(("هر چند شب", "Any number")),
            night,
        ),
        max_shifts_per_night: count(
            Some(readiness.max_shifts_per_night),
            (1..=3).collect(),
            None,
            ("شیفت", "shifts"),
        ),
        max_travel_minutes: count(
            readiness.max_travel_minutes,
            vec![15, 30, 45, 60, 90],
            Some(("هر جا", "Anywhere")),
            ("دقیقه", "minutes"),
        ),
        fault,
        frame,
        nights,
        profile,
    };
    let status = if template.fault.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok(page(visitor, status, &template))
}

/// Numbers to choose from, with what was chosen among them.
fn counts(
    visitor: &Visitor,
    chosen: Option<i32>,
    mut offered: Vec<i32>,
    none: Option<(&str, &str)>,
    unit: (&str, &str),
) -> Vec<Choice> {
    offered.extend(chosen.filter(|chosen| !offered.contains(chosen)));
    offered.sort_unstable();
    let unit_of = |value: i32| match visitor.language {
        Language::English if value == 1 => unit.1.strip_suffix('s').unwrap_or(unit.1),
        Language::English => unit.1,
        Language::Persian => unit.0,
    };
    let none = none.map(|(fa, en)| Choice {
        value: String::new(),
        label: visitor.say(fa, en).to_owned(),
        is_chosen: chosen.is_none(),
    });
    let counted = offered.into_iter().map(|value| Choice {
        value: value.to_string(),
        label: format!("{} {}", written(value, visitor.language), unit_of(value)),
        is_chosen: chosen == Some(value),
    });
    none.into_iter().chain(counted).collect()
}

/// What a form says of oneself; of nights that it does not name, nothing changes.
fn readiness(before: &Readiness, fields: &Filled, nights: &[FestivalNight]) -> Readiness {
    let moods: Vec<(i32, Mood)> = nights
        .iter()
        .map(|night| {
            let name = format!("night-{}", night.night);
            let told = fields.get(&name);
            let mood = Mood::ALL.into_iter().find(|mood| told == mood.as_str());
            (night.night, mood.unwrap_or_else(|| Mood::of(before, night.night)))
        })
        .collect();
    let windows: Vec<Availability> = fields
        .under("window-")
        .map(|(_, window)| window)
        .filter_map(|window| {
            let (from, to) = window.split_once('/')?;
            let at = |text: &str| text.parse::<DateTime<Utc>>().ok();
            Some(Availability::Window { from: at(from)?, to: at(to)? })
        })
        .collect();
    let can = moods.iter().filter(|(_, mood)| *mood != Mood::Cannot);
    let whole: Vec<Availability> = can.map(|&(night, _)| Availability::Night { night }).collect();
    // Whoever can on every night can also when a night is added.
    let always = windows.is_empty() && whole.len() == nights.len();
    let wish = |&(night, mood): &(i32, Mood)| match mood {
        Mood::Gladly => Some(OwnWish { night, want: Want::Serve }),
        Mood::RatherNot => Some(OwnWish { night, want: Want::Rest }),
        Mood::Can | Mood::Cannot => None,
    };
    Readiness {
        available: (!always).then(|| [whole, windows].concat()),
        max_travel_minutes: number(fields.get("max_travel_minutes")),
        max_nights: number(fields.get("max_nights")),
        max_consecutive_nights: number(fields.get("max_consecutive_nights")),
        max_shifts_per_night: number(fields.get("max_shifts_per_night"))
            .unwrap_or(before.max_shifts_per_night),
        preferred_venue_ids: fields.under("venue-").filter_map(|(_, id)| id.parse().ok()).collect(),
        wishes: moods.iter().filter_map(wish).collect(),
    }
}

/// Keeps what one says of oneself.
pub(crate) async fn save(
    State(pages): State<Pages>,
    visitor: Visitor,
    Query(which): Query<Which>,
    Form(fields): Form<Filled>,
) -> Result<Response, Trouble> {
    let path = which.asks("/v1/me/profile");
    let mut profile: Profile = pages.read(&visitor, &path).await?;
    let told = readiness(&profile.readiness, &fields, &profile.nights);
    let version = number(fields.get("version"));
    match pages.put(&visitor, &path, &json!(told), version).await {
        Ok(_) => Ok(done(&pages, &which.link("/me/profile"), "profile")),
        Err(Trouble::Problem(problem)) if matches!(problem.status, 412 | 422) => {
            profile.readiness = told;
            show_with(&pages, &visitor, which, profile, Some(problem.remedy())).await
        }
        Err(trouble) => Err(trouble),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nights() -> Vec<FestivalNight> {
        let night = |night| FestivalNight { night, label: String::new(), words: String::new() };
        (0..3).map(night).collect()
    }

    fn always() -> Readiness {
        Readiness {
            available: None,
            max_travel_minutes: None,
            max_nights: Some(2),
            max_consecutive_nights: None,
            max_shifts_per_night: 1,
            preferred_venue_ids: Vec::new(),
            wishes: Vec::new(),
        }
    }

    fn sent(fields: &[(&str, &str)]) -> Filled {
        Filled(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    #[test]
    fn one_answer_a_night_is_both_when_one_can_and_what_one_wishes_for() {
        let fields = sent(&[
            ("night-0", "gladly"),
            ("night-1", "rather_not"),
            ("night-2", "cannot"),
            ("max_nights", ""),
        ]);

        let told = readiness(&always(), &fields, &nights());

        let can = [0, 1].map(|night| Availability::Night { night });
        let wishes = vec![OwnWish { night: 0, want: Want::Serve }, OwnWish { night: 1, want: Want::Rest }];
        assert_eq!(told, Readiness { available: Some(can.into()), max_nights: None, wishes, ..always() });
        let moods = [0, 1, 2].map(|night| Mood::of(&told, night));
        assert_eq!(moods, [Mood::Gladly, Mood::RatherNot, Mood::Cannot]);
    }

    #[test]
    fn whoever_can_every_night_can_always_and_hours_that_were_told_stay() {
        let window = "2027-04-08T16:00:00+00:00/2027-04-08T18:00:00+00:00";
        assert_eq!(readiness(&always(), &sent(&[]), &nights()).available, None);

        let told = readiness(&always(), &sent(&[("night-0", "cannot"), ("window-0", window)]), &nights());

        let [from, to] = ["2027-04-08T16:00:00Z", "2027-04-08T18:00:00Z"].map(|at| at.parse().unwrap());
        let [second, third] = [1, 2].map(|night| Availability::Night { night });
        assert_eq!(told.available, Some(vec![second, third, Availability::Window { from, to }]));
    }
}
