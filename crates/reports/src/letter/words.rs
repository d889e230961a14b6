//! How the letters say dates, times, counts and lists.
//!
//! Templates hand fields over by reference and results by value: numbers are taken either way.

use std::borrow::Borrow;

use chrono::NaiveDate;
use khademyar_domain::{
    Name,
    jalali::{self, Jalali},
    partner::ContributionKind,
    persian::{digits, grouped},
};

use crate::table::kind_name;

/// «پنجشنبه ۱۹ فروردین».
pub(crate) fn day(date: NaiveDate) -> String {
    let jalali = Jalali::from(date);
    format!("{} {}", jalali::weekday(date), day_month(jalali))
}

fn day_month(date: Jalali) -> String {
    format!("{} {}", digits(date.day()), jalali::MONTHS[usize::from(date.month() - 1)])
}

/// «۱۹ تا ۲۸ فروردین ۱۴۰۶», saying month and year once where both days share them.
pub(crate) fn period(first: NaiveDate, last: NaiveDate) -> String {
    let (from, to) = (Jalali::from(first), Jalali::from(last));
    let end = jalali::day_month_year(last);
    if first == last {
        end
    } else if from.year() != to.year() {
        format!("{} تا {end}", jalali::day_month_year(first))
    } else if from.month() != to.month() {
        format!("{} تا {end}", day_month(from))
    } else {
        format!("{} تا {end}", digits(from.day()))
    }
}

/// Persian text with Persian digits; text with Latin letters keeps its own.
pub(crate) fn shown(text: &str) -> String {
    if text.contains(|c: char| c.is_ascii_alphabetic()) { text.to_owned() } else { digits(text) }
}

/// «باغ غدیر، گلستان شهدا و چهارباغ», and no more than four of them.
pub(crate) fn in_a_row(names: &[Name]) -> String {
    const MOST: usize = 4;
    let shown: Vec<_> = names.iter().map(|name| shown(name.fa.as_str())).collect();
    match shown.as_slice() {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., last] if names.len() <= MOST => format!("{} و {last}", most.join("، ")),
        many => format!("{} و {} جای دیگر", many[..MOST - 1].join("، "), digits(names.len() - MOST + 1)),
    }
}

/// «۸ ساعت و ۲۰ دقیقه».
pub(crate) fn duration(minutes: impl Borrow<i64>) -> String {
    let minutes = *minutes.borrow();
    match (minutes / 60, minutes % 60) {
        (0, minutes) => format!("{} دقیقه", digits(minutes)),
        (hours, 0) => format!("{} ساعت", grouped(hours)),
        (hours, minutes) => format!("{} ساعت و {} دقیقه", grouped(hours), digits(minutes)),
    }
}

/// Hours without what is over.
pub(crate) fn whole_hours(minutes: impl Borrow<i64>) -> String {
    grouped(minutes.borrow() / 60)
}

/// «تجهیزات».
pub(crate) fn kind(kind: impl Borrow<ContributionKind>) -> &'static str {
    kind_name(*kind.borrow())
}

/// «۱٬۲۰۰».
pub(crate) fn amount(amount: impl Borrow<i64>) -> String {
    grouped(*amount.borrow())
}

pub(crate) fn count(count: impl Borrow<usize>) -> String {
    grouped(*count.borrow() as i64)
}

/// «۸:۲۰», for columns.
pub(crate) fn hours_and_minutes(minutes: impl Borrow<i64>) -> String {
    let minutes = *minutes.borrow();
    match (minutes / 60, minutes % 60) {
        (hours, 0) => grouped(hours),
        (hours, minutes) => format!("{}:{}", grouped(hours), digits(format_args!("{minutes:02}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use khademyar_domain::Text;

    fn name(fa: &str) -> Name {
        Name { fa: Text::new(fa).unwrap(), en: None }
    }

    #[test]
    fn lists_and_times_are_said_as_people_say_them() {
        let names: Vec<_> = ["الف", "ب", "پ", "ت", "ث"].map(name).into();
        assert_eq!(in_a_row(&names[..1]), "الف");
        assert_eq!(in_a_row(&names[..3]), "الف، ب و پ");
        assert_eq!(in_a_row(&names), "الف، ب، پ و ۲ جای دیگر");
        assert_eq!(duration(45), "۴۵ دقیقه");
        assert_eq!(duration(120_000), "۲٬۰۰۰ ساعت");
        assert_eq!(duration(125), "۲ ساعت و ۵ دقیقه");
        assert_eq!(hours_and_minutes(125), "۲:۰۵");
        assert_eq!(shown("منطقهٔ 3"), "منطقهٔ ۳");
        assert_eq!(shown("Base 7"), "Base 7");
        let day = |month, day| NaiveDate::from_ymd_opt(2027, month, day).unwrap();
        assert_eq!(period(day(4, 8), day(4, 8)), "۱۹ فروردین ۱۴۰۶");
        assert_eq!(period(day(4, 18), day(4, 27)), "۲۹ فروردین تا ۷ اردیبهشت ۱۴۰۶");
        assert_eq!(period(day(3, 18), day(3, 27)), "۲۷ اسفند ۱۴۰۵ تا ۷ فروردین ۱۴۰۶");
    }
}
