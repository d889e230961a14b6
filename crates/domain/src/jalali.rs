//! Solar Hijri (Jalali) dates: how a day is said, written and read.

use chrono::{Datelike, NaiveDate};
use icu_calendar::{Date, cal::Persian, types::RataDie};

use crate::{
    language::Language,
    persian::{digits, normalise},
};

/// The months in order, Farvardin first.
pub const MONTHS: [&str; 12] =
    ["فروردین", "اردیبهشت", "خرداد", "تیر", "مرداد", "شهریور", "مهر", "آبان", "آذر", "دی", "بهمن", "اسفند"];

/// The days of the week in order, Saturday first.
pub const WEEKDAYS: [&str; 7] = ["شنبه", "یکشنبه", "دوشنبه", "سه‌شنبه", "چهارشنبه", "پنجشنبه", "جمعه"];

/// A day of the Solar Hijri calendar; it exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Jalali {
    // Invariant: a date of the calendar, equal to `gregorian`.
    year: i32,
    month: u8,
    day: u8,
    gregorian: NaiveDate,
}

impl Jalali {
    /// The day with this year, month (1 to 12) and day of month, if there is one.
    #[must_use]
    pub fn new(year: i32, month: u8, day: u8) -> Option<Self> {
        let date = Date::try_new_persian(year, month, day).ok()?;
        let days = i32::try_from(date.to_rata_die().to_i64_date()).ok()?;
        NaiveDate::from_num_days_from_ce_opt(days).map(|gregorian| Self { year, month, day, gregorian })
    }

    /// The year, such as 1405.
    #[must_use]
    pub fn year(self) -> i32 {
        self.year
    }

    /// The month, 1 to 12.
    #[must_use]
    pub fn month(self) -> u8 {
        self.month
    }

    /// The day of the month, 1 to 31.
    #[must_use]
    pub fn day(self) -> u8 {
        self.day
    }

    /// The same day in the Gregorian calendar.
    #[must_use]
    pub fn gregorian(self) -> NaiveDate {
        self.gregorian
    }
}

impl From<NaiveDate> for Jalali {
    fn from(gregorian: NaiveDate) -> Self {
        let date = Date::from_rata_die(RataDie::new(gregorian.num_days_from_ce().into()), Persian);
        Self {
            year: date.year().extended_year(),
            month: date.month().number(),
            day: date.day_of_month().0,
            gregorian,
        }
    }
}

/// The day in full: «سه‌شنبه ۲۶ خرداد ۱۴۰۵» or "Tuesday 16 June 2026".
#[must_use]
pub fn long(date: NaiveDate, language: Language) -> String {
    match language {
        Language::Persian => format!("{} {}", weekday(date), day_month_year(date)),
        Language::English => date.format("%A %-d %B %Y").to_string(),
    }
}

/// The day without its weekday: «۲۶ خرداد ۱۴۰۵» or "16 June 2026".
#[must_use]
pub fn without_weekday(date: NaiveDate, language: Language) -> String {
    match language {
        Language::Persian => day_month_year(date),
        Language::English => date.format("%-d %B %Y").to_string(),
    }
}

/// The day without its weekday, in Persian: «۲۶ خرداد ۱۴۰۵».
#[must_use]
pub fn day_month_year(date: NaiveDate) -> String {
    let Jalali { year, month, day, .. } = date.into();
    let name = MONTHS[usize::from(month - 1)];
    digits(format_args!("{day} {name} {year}"))
}

/// The day in figures: «۱۴۰۵/۰۳/۲۶».
#[must_use]
pub fn short(date: NaiveDate) -> String {
    let Jalali { year, month, day, .. } = date.into();
    digits(format_args!("{year}/{month:02}/{day:02}"))
}

/// The name of the day of the week.
#[must_use]
pub fn weekday(date: NaiveDate) -> &'static str {
    WEEKDAYS[day_of_week(date)]
}

/// The place of the day in its week: 0 for Saturday to 6 for Friday.
#[must_use]
pub fn day_of_week(date: NaiveDate) -> usize {
    (date.weekday().num_days_from_sunday() as usize + 1) % 7
}

/// How the `ordinal`-th night of a festival is called, from 1: «شب سوم» or "Night 3".
#[must_use]
pub fn night_label(ordinal: u32, language: Language) -> String {
    match language {
        Language::Persian => ordinal_word(ordinal)
            .map_or_else(|| format!("شب {}", digits(ordinal)), |word| format!("شب {word}")),
        Language::English => format!("Night {ordinal}"),
    }
}

/// Reads a day written in figures with `/`, `-` or `.`, year first, in any digits: `1405/3/26`, `۱۴۰۵-۰۳-۲۶`.
///
/// Years 1200 to 1599 are Solar Hijri, 1800 to 2199 Gregorian.
///
/// # Errors
/// [`NotADate`] for other text, other years, and days that do not exist.
pub fn parse(text: &str) -> Result<NaiveDate, NotADate> {
    let text = normalise(text);
    let mut parts = text.split(['/', '-', '.']).map(|part| part.trim().parse::<u16>());
    let (Some(Ok(year)), Some(Ok(month)), Some(Ok(day)), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(NotADate);
    };
    match year {
        1200..=1599 => {
            let (Ok(month), Ok(day)) = (u8::try_from(month), u8::try_from(day)) else { return Err(NotADate) };
            Jalali::new(year.into(), month, day).map(Jalali::gregorian)
        }
        1800..=2199 => NaiveDate::from_ymd_opt(year.into(), month.into(), day.into()),
        _ => None,
    }
    .ok_or(NotADate)
}

/// The text is not a day of the Solar Hijri or the Gregorian calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a date such as 1405/03/26 or 2026-06-16")]
pub struct NotADate;

/// «سوم» for 3; words go as far as any festival lasts.
fn ordinal_word(ordinal: u32) -> Option<String> {
    const UNITS: [&str; 9] = ["یکم", "دوم", "سوم", "چهارم", "پنجم", "ششم", "هفتم", "هشتم", "نهم"];
    const TEENS: [&str; 10] =
        ["دهم", "یازدهم", "دوازدهم", "سیزدهم", "چهاردهم", "پانزدهم", "شانزدهم", "هفدهم", "هجدهم", "نوزدهم"];
    let unit = |value: u32| UNITS[value as usize - 1];
    Some(match ordinal {
        1 => "اول".to_owned(),
        2..=9 => unit(ordinal).to_owned(),
        10..=19 => TEENS[ordinal as usize - 10].to_owned(),
        20 => "بیستم".to_owned(),
        21..=29 => format!("بیست‌و{}", unit(ordinal - 20)),
        30 => "سی‌ام".to_owned(),
        31..=39 => format!("سی‌و{}", unit(ordinal - 30)),
        40 => "چهلم".to_owned(),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn day(year: i32, month: u32, day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(year, month, day).unwrap()
    }

    #[test]
    fn says_a_day_in_both_languages() {
        assert_eq!(long(day(2026, 6, 16), Language::Persian), "سه‌شنبه ۲۶ خرداد ۱۴۰۵");
        assert_eq!(long(day(2026, 6, 16), Language::English), "Tuesday 16 June 2026");
        assert_eq!(long(day(2027, 4, 8), Language::Persian), "پنجشنبه ۱۹ فروردین ۱۴۰۶");
        assert_eq!(short(day(2026, 6, 16)), "۱۴۰۵/۰۳/۲۶");
    }

    #[test]
    fn the_new_year_falls_where_the_calendar_says() {
        for (gregorian, (year, month, date)) in [
            (day(2021, 3, 20), (1399, 12, 30)),
            (day(2021, 3, 21), (1400, 1, 1)),
            (day(2025, 3, 20), (1403, 12, 30)),
            (day(2026, 3, 21), (1405, 1, 1)),
            (day(1979, 2, 11), (1357, 11, 22)),
        ] {
            let jalali = Jalali::from(gregorian);
            assert_eq!((jalali.year(), jalali.month(), jalali.day()), (year, month, date));
            assert_eq!(Jalali::new(year, month, date), Some(jalali));
        }
        assert_eq!(Jalali::new(1404, 12, 30), None, "1404 is a common year");
    }

    #[test]
    fn the_week_starts_on_saturday() {
        assert_eq!(day_of_week(day(2026, 6, 13)), 0);
        assert_eq!(weekday(day(2026, 6, 13)), "شنبه");
        assert_eq!(day_of_week(day(2026, 6, 19)), 6);
        assert_eq!(weekday(day(2026, 6, 19)), "جمعه");
    }

    #[test]
    fn nights_have_names() {
        for (ordinal, label) in [
            (1, "شب اول"),
            (3, "شب سوم"),
            (10, "شب دهم"),
            (18, "شب هجدهم"),
            (21, "شب بیست‌ویکم"),
            (30, "شب سی‌ام"),
            (40, "شب چهلم"),
            (41, "شب ۴۱"),
            (0, "شب ۰"),
        ] {
            assert_eq!(night_label(ordinal, Language::Persian), label);
        }
        assert_eq!(night_label(3, Language::English), "Night 3");
    }

    #[test]
    fn reads_dates_as_people_write_them() {
        for text in ["1405/3/26", "۱۴۰۵-۰۳-۲۶", " ١٤٠٥ / ٠٣ / ٢٦ ", "1405.03.26", "2026-06-16"]
        {
            assert_eq!(parse(text), Ok(day(2026, 6, 16)), "{text}");
        }
        for text in
            ["", "26/3/1405", "1405/13/1", "1404/12/30", "1405/3", "1405/3/26/1", "1405/3/-1", "1405/300/1"]
        {
            assert_eq!(parse(text), Err(NotADate), "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_day_of_three_centuries_reads_back(days in 670_000..770_000_i32) {
            let date = NaiveDate::from_num_days_from_ce_opt(days).unwrap();
            prop_assert_eq!(parse(&short(date)), Ok(date));
        }

        #[test]
        fn no_date_is_too_far_to_be_said(days: i32) {
            if let Some(date) = NaiveDate::from_num_days_from_ce_opt(days) {
                prop_assert!(!long(date, Language::Persian).is_empty());
            }
        }
    }
}
