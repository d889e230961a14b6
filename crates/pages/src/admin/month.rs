//! A month of the Solar Hijri calendar with the festival's nights in it, weeks from Saturday.

use chrono::{Datelike, Days, NaiveDate};
use khademyar_domain::{
    jalali::{Jalali, MONTHS, WEEKDAYS, day_of_week},
    language::Language,
    persian::digits,
};

/// A month as it is drawn.
pub(crate) struct Month {
    pub(crate) name: String,
    /// The days of the week as columns are headed, with their whole names.
    pub(crate) columns: Vec<(String, String)>,
    /// Weeks of seven days each.
    pub(crate) weeks: Vec<Vec<Option<Day>>>,
}

/// A day of a month.
pub(crate) struct Day {
    pub(crate) number: String,
    /// The festival's night it is, from 1.
    pub(crate) night: Option<usize>,
}

const ENGLISH: [&str; 7] = ["Saturday", "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday"];

/// The months that hold the nights.
pub(crate) fn months(nights: &[NaiveDate], language: Language) -> Vec<Month> {
    let mut months: Vec<(i32, u8)> = nights.iter().map(|night| key(*night, language)).collect();
    months.dedup();
    months.into_iter().filter_map(|month| drawn(month, nights, language)).collect()
}

/// Which month a day is in, by its readers' calendar.
fn key(date: NaiveDate, language: Language) -> (i32, u8) {
    match language {
        Language::Persian => {
            let day = Jalali::from(date);
            (day.year(), day.month())
        }
        Language::English => (date.year(), date.month() as u8),
    }
}

fn drawn((year, month): (i32, u8), nights: &[NaiveDate], language: Language) -> Option<Month> {
    let (first, name) = match language {
        Language::Persian => {
            let first = Jalali::new(year, month, 1)?.gregorian();
            (first, digits(format_args!("{} {year}", MONTHS[usize::from(month) - 1])))
        }
        Language::English => {
            let first = NaiveDate::from_ymd_opt(year, month.into(), 1)?;
            (first, first.format("%B %Y").to_string())
        }
    };
    let mut days: Vec<Option<Day>> = (0..day_of_week(first)).map(|_| None).collect();
    let length = (0..31).filter_map(|day| first.checked_add_days(Days::new(day)));
    for (k, date) in length.take_while(|date| key(*date, language) == (year, month)).enumerate() {
        let number = match language {
            Language::Persian => digits(k + 1),
            Language::English => (k + 1).to_string(),
        };
        let night = nights.iter().position(|night| *night == date).map(|night| night + 1);
        days.push(Some(Day { number, night }));
    }
    while !days.len().is_multiple_of(7) {
        days.push(None);
    }
    let mut weeks = Vec::new();
    while !days.is_empty() {
        let rest = days.split_off(7);
        weeks.push(std::mem::replace(&mut days, rest));
    }
    let columns = (0..7).map(|day| match language {
        Language::Persian => (WEEKDAYS[day].chars().take(1).collect(), WEEKDAYS[day].to_owned()),
        Language::English => (ENGLISH[day].chars().take(2).collect(), ENGLISH[day].to_owned()),
    });
    Some(Month { name, columns: columns.collect(), weeks })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weeks_begin_on_saturday_and_nights_are_in_their_places() {
        let night = |day| NaiveDate::from_ymd_opt(2027, 4, day).unwrap();

        let months = months(&[night(8), night(9)], Language::Persian);

        // 1 Farvardin 1406 is a Sunday, and the first night a Thursday.
        let [month] = months.as_slice() else { panic!("one month") };
        assert_eq!(month.name, "فروردین ۱۴۰۶");
        assert!(month.weeks[0][0].is_none());
        assert_eq!(month.weeks[0][1].as_ref().unwrap().number, "۱");
        assert_eq!(month.weeks[2][5].as_ref().unwrap().night, Some(1));
        assert_eq!(month.weeks[2][6].as_ref().unwrap().night, Some(2));
        assert!(month.weeks.iter().all(|week| week.len() == 7));
    }
}
