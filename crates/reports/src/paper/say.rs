//! How letters on paper say dates, times, counts and lists, in either language.

use chrono::{Datelike, NaiveDate};
use khademyar_domain::{
    Name, Text,
    jalali::{self, Jalali},
    language::Language::{self, English, Persian},
    partner::ContributionKind,
    persian::digits,
};

use crate::{
    letter::words::{self, shown},
    table::kind_name,
};

/// Says things in a language.
#[derive(Clone, Copy, Debug)]
pub(super) struct Say(pub(super) Language);

impl Say {
    /// One of two texts.
    pub(super) fn either<T>(self, persian: T, english: T) -> T {
        match self.0 {
            Persian => persian,
            English => english,
        }
    }

    pub(super) fn name(self, name: &Name) -> String {
        match self.0 {
            Persian => shown(name.fa.as_str()),
            English => name.english().to_owned(),
        }
    }

    pub(super) fn text(self, text: &Text) -> String {
        self.either(shown(text.as_str()), text.to_string())
    }

    pub(super) fn count(self, count: usize) -> String {
        self.number(count as i64)
    }

    pub(super) fn number(self, number: i64) -> String {
        // Letters have the minus of a keyboard, which whoever searches them types.
        match self.0 {
            English if number < 0 => format!("-{}", English.amount(number.saturating_neg())),
            language => language.amount(number),
        }
    }

    /// «۳ شب» or "3 nights".
    pub(super) fn counted(self, count: usize, persian: &str, one: &str, many: &str) -> String {
        let number = self.count(count);
        match self.0 {
            Persian => format!("{number} {persian}"),
            English => format!("{number} {}", if count == 1 { one } else { many }),
        }
    }

    /// «۸ ساعت و ۲۰ دقیقه».
    pub(super) fn duration(self, minutes: i64) -> String {
        let plural = |count: i64| if count == 1 { "" } else { "s" };
        match (self.0, minutes / 60, minutes % 60) {
            (Persian, ..) => words::duration(minutes),
            (English, 0, minutes) => format!("{minutes} minute{}", plural(minutes)),
            (English, hours, 0) => format!("{} hour{}", self.number(hours), plural(hours)),
            (English, hours, minutes) => format!(
                "{} hour{} and {minutes} minute{}",
                self.number(hours),
                plural(hours),
                plural(minutes)
            ),
        }
    }

    /// «۱٬۲۰۰ ساعت», or in minutes what is less than one.
    pub(super) fn duration_in_hours(self, minutes: i64) -> String {
        self.duration(if minutes < 60 { minutes } else { minutes / 60 * 60 })
    }

    /// A share, as «۹۳٪»; none and all of something are said only where it is none or all.
    pub(super) fn percent(self, share: f64) -> String {
        let rounded = (share * 100.0).round();
        let told = if share > 0.0 && share < 1.0 { rounded.clamp(1.0, 99.0) } else { rounded };
        self.either(format!("{}٪", digits(told)), format!("{told}%"))
    }

    /// A small share, as «۲٫۳٪».
    pub(super) fn thousandths(self, share: f64) -> String {
        let told = (share * 100.0).max(0.1);
        self.either(
            format!("{}٪", digits(format_args!("{told:.1}")).replace('.', "٫")),
            format!("{told:.1}%"),
        )
    }

    /// «۵ تا ۹» or "5–9".
    pub(super) fn range(self, from: i64, to: i64) -> String {
        let (from, to) = (self.number(from), self.number(to));
        self.either(format!("{from} تا {to}"), format!("{from}–{to}"))
    }

    /// «۸:۲۰».
    pub(super) fn hours(self, minutes: i64) -> String {
        match (self.0, minutes % 60) {
            (Persian, _) => words::hours_and_minutes(minutes),
            (English, 0) => self.number(minutes / 60),
            (English, over) => format!("{}:{over:02}", self.number(minutes / 60)),
        }
    }

    /// «باغ غدیر، گلستان شهدا و چهارباغ», and no more than four of them; the others are «۲ جای دیگر», by the word for `more`.
    pub(super) fn in_a_row(self, names: &[Name], more: &str) -> String {
        const MOST: usize = 4;
        if names.len() <= MOST {
            return self.all_in_a_row(names);
        }
        let said: Vec<String> = names[..MOST - 1].iter().map(|name| self.name(name)).collect();
        let (comma, and) = self.either(("، ", "و"), (", ", "and"));
        let over = self.count(names.len() - MOST + 1);
        format!("{} {and} {over} {}", said.join(comma), self.either(more, "more"))
    }

    /// «باغ غدیر، گلستان شهدا و چهارباغ», however many there are.
    pub(super) fn all_in_a_row(self, names: &[Name]) -> String {
        let said: Vec<String> = names.iter().map(|name| self.name(name)).collect();
        let (comma, and) = self.either(("، ", "و"), (", ", "and"));
        match said.as_slice() {
            [] => String::new(),
            [one] => one.clone(),
            [most @ .., last] => format!("{} {and} {last}", most.join(comma)),
        }
    }

    /// Several texts, one after the other.
    pub(super) fn list(self, texts: &[String]) -> String {
        texts.join(self.either("؛ ", "; "))
    }

    /// «۱۹ تا ۲۸ فروردین ۱۴۰۶».
    pub(super) fn period(self, first: NaiveDate, last: NaiveDate) -> String {
        if self.0 == Persian {
            return words::period(first, last);
        }
        let end = self.date(last);
        if first == last {
            end
        } else if first.year() != last.year() {
            format!("{} to {end}", self.date(first))
        } else if first.month() != last.month() {
            format!("{} to {end}", first.format("%-d %B"))
        } else {
            format!("{} to {end}", first.day())
        }
    }

    /// «۱۹ فروردین ۱۴۰۶».
    pub(super) fn date(self, date: NaiveDate) -> String {
        jalali::without_weekday(date, self.0)
    }

    /// «پنجشنبه ۱۹ فروردین».
    pub(super) fn day(self, date: NaiveDate) -> String {
        match self.0 {
            Persian => words::day(date),
            English => date.format("%A %-d %B").to_string(),
        }
    }

    /// How a night is called, from 0.
    pub(super) fn night(self, night: usize) -> String {
        jalali::night_label(night as u32 + 1, self.0)
    }

    pub(super) fn kind(self, kind: ContributionKind) -> &'static str {
        match (self.0, kind) {
            (Persian, kind) => kind_name(kind),
            (English, ContributionKind::Place) => "Place",
            (English, ContributionKind::Equipment) => "Equipment",
            (English, ContributionKind::Money) => "Money",
            (English, ContributionKind::People) => "People",
        }
    }
}

/// The Solar Hijri year of a day, in ASCII digits: numbers of letters begin with it.
pub(super) fn year(date: NaiveDate) -> i32 {
    Jalali::from(date).year()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn english_is_said_as_people_say_it() {
        let say = Say(English);
        let name = |text: &str| Name { fa: Text::new("نام").unwrap(), en: Some(Text::new(text).unwrap()) };
        let names: Vec<_> = ["A", "B", "C", "D", "E"].map(name).into();
        assert_eq!(say.in_a_row(&names[..1], "جای دیگر"), "A");
        assert_eq!(say.in_a_row(&names[..3], "جای دیگر"), "A, B and C");
        assert_eq!(say.in_a_row(&names, "جای دیگر"), "A, B, C and 2 more");
        assert_eq!(Say(Persian).in_a_row(&names, "جای دیگر"), "نام، نام، نام و ۲ جای دیگر");
        assert_eq!(say.duration(61), "1 hour and 1 minute");
        assert_eq!(say.duration(120_000), "2,000 hours");
        assert_eq!(say.hours(125), "2:05");
        assert_eq!(say.number(-1_234_567), "-1,234,567");
        assert_eq!(
            [0.0, 0.001, 0.934, 0.999, 1.0].map(|share| say.percent(share)),
            ["0%", "1%", "93%", "99%", "100%"]
        );
        assert_eq!(
            (Say(Persian).percent(0.5), Say(Persian).thousandths(0.0234)),
            ("۵۰٪".to_owned(), "۲٫۳٪".to_owned())
        );
        assert_eq!(
            (say.duration_in_hours(59), say.duration_in_hours(121)),
            ("59 minutes".to_owned(), "2 hours".to_owned())
        );
        let day = |month, day| NaiveDate::from_ymd_opt(2027, month, day).unwrap();
        assert_eq!(say.period(day(4, 8), day(4, 17)), "8 to 17 April 2027");
        assert_eq!(say.period(day(3, 28), day(4, 6)), "28 March to 6 April 2027");
        assert_eq!(say.period(day(4, 8), day(4, 8)), "8 April 2027");
    }
}
