//! The tables that stand in letters, below the text.

use khademyar_domain::{Name, assignment::Service};

use super::{say::Say, writer::Table};
use crate::{
    facts::{Facts, name_by_id},
    thank_you::{ContributionThanks, VolunteerThanks},
};

/// Where and when somebody served.
pub(super) fn services(say: Say, facts: &Facts, services: &[&Service]) -> Table {
    let venues = name_by_id(&facts.venues, |venue| &venue.name);
    let specialties = name_by_id(&facts.specialties, |specialty| &specialty.name);
    let name = |name: Option<&&Name>| name.map(|name| say.name(name)).unwrap_or_default();
    let rows = services.iter().map(|service| {
        let night = usize::try_from(service.night).unwrap_or_default();
        let date = facts.festival.nights.get(night).map(|&date| say.day(date)).unwrap_or_default();
        vec![
            say.night(night),
            date,
            name(venues.get(&service.venue_id)),
            name(specialties.get(&service.specialty_id)),
        ]
    });
    Table {
        title: say.either("خدمت‌های شما", "Where you served"),
        head: say
            .either(vec!["شب", "تاریخ", "جای خدمت", "عرصه"], vec!["Night", "Date", "Venue", "Specialty"]),
        widths: vec![2, 4, 5, 4],
        rows: rows.collect(),
    }
}

/// Who of a district served.
pub(super) fn people(say: Say, volunteers: &[&VolunteerThanks]) -> Table {
    let rows = volunteers.iter().enumerate().map(|(place, thanks)| {
        vec![
            say.count(place + 1),
            say.name(&thanks.name),
            say.count(thanks.nights),
            say.count(thanks.shifts),
            say.hours(thanks.total_minutes),
        ]
    });
    Table {
        title: say.either("خادمیاران منطقه", "Volunteers of the district"),
        head: say
            .either(vec!["", "نام", "شب", "شیفت", "ساعت"], vec!["", "Name", "Nights", "Shifts", "Hours"]),
        widths: vec![1, 8, 2, 2, 2],
        rows: rows.collect(),
    }
}

/// What was given, and what was done where it went.
pub(super) fn contributions(say: Say, title: &'static str, contributions: &[ContributionThanks]) -> Table {
    let rows = contributions.iter().map(|given| {
        let came_of_it = match (&given.venue, given.effort) {
            (Some(venue), Some(effort)) if effort.assignments > 0 => {
                // The name last: what it is written in must not turn the figures around it.
                let (venue, duration) = (say.name(venue), say.duration(effort.minutes));
                let people = say.counted(effort.volunteers, "خادمیار", "volunteer", "volunteers");
                say.either(
                    format!("{people} و {duration} خدمت در {venue}"),
                    format!("{people}, {duration} of service at {venue}"),
                )
            }
            (Some(venue), _) => say.name(venue),
            (None, _) => String::new(),
        };
        vec![say.kind(given.kind).to_owned(), say.text(&given.description), amount(say, given), came_of_it]
    });
    Table {
        title,
        head: say.either(
            vec!["گونه", "شرح", "اندازه", "آنچه از آن برآمد"],
            vec!["Kind", "What", "How much", "What came of it"],
        ),
        widths: vec![3, 7, 4, 6],
        rows: rows.collect(),
    }
}

/// «۱٬۲۰۰ عدد»; empty where it cannot be counted.
pub(super) fn amount(say: Say, given: &ContributionThanks) -> String {
    match (given.amount, &given.unit) {
        (Some(amount), Some(unit)) => format!("{} {}", say.number(amount), say.text(unit)),
        (Some(amount), None) => say.number(amount),
        (None, _) => String::new(),
    }
}
