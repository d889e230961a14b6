//! The cells of a table of volunteers: what people write and what it means.

use std::collections::BTreeSet;

use chrono::Datelike;

use crate::{
    Text, jalali,
    persian::{normalise, search_key},
    volunteer::Gender,
};

/// The longest festival that is stored, in nights.
pub(super) const MOST_NIGHTS: i32 = 400;
/// From a Solar Hijri year to the Gregorian year in which it begins.
const JALALI_TO_GREGORIAN: i32 = 621;
/// What people put into a cell that they leave empty, as search keys; so are the two lists below.
const BLANKS: [&str; 8] = ["ندارد", "نامشخص", "نامحدود", "بدونمحدودیت", "خالی", "null", "none", "na"];
const WOMAN: [&str; 11] = ["زن", "خانم", "بانو", "خواهر", "دختر", "مونث", "ز", "woman", "female", "f", "w"];
const MAN: [&str; 9] = ["مرد", "اقا", "اقای", "برادر", "پسر", "مذکر", "man", "male", "m"];

/// Whether the cell is empty or says that there is nothing.
pub(super) fn is_blank(cell: &str) -> bool {
    let key = search_key(cell);
    key.is_empty() || BLANKS.contains(&key.as_str())
}

pub(super) fn gender(cell: &str) -> Option<Gender> {
    let key = search_key(cell);
    if WOMAN.contains(&key.as_str()) {
        Some(Gender::Woman)
    } else if MAN.contains(&key.as_str()) {
        Some(Gender::Man)
    } else {
        None
    }
}

/// 1375, 75 or 1375/4/12 of the Solar Hijri calendar, 1996 or 1996-07-03 of the Gregorian.
pub(super) fn birth_year(cell: &str) -> Option<i32> {
    let year = match whole_number(cell) {
        Some(short @ 10..=99) => short + 1300 + JALALI_TO_GREGORIAN,
        Some(jalali @ 1200..=1599) => jalali + JALALI_TO_GREGORIAN,
        Some(gregorian) => gregorian,
        None => {
            // A spreadsheet's date cell may carry a time of day.
            let cell = normalise(cell);
            let day = cell.split_once(' ').map_or(cell.as_str(), |(day, _)| day);
            jalali::parse(&cell).or_else(|_| jalali::parse(day)).ok()?.year()
        }
    };
    (1900..=2100).contains(&year).then_some(year)
}

/// «سلامت:2؛ فرهنگ», «سلامت (سطح ۲)، فرهنگ»: names with a level from 1 to 3 behind them, 1 where none is said.
pub(super) fn skills(cell: &str) -> Option<Vec<(Text, i32)>> {
    let items =
        cell.split(['؛', ';', '،', ',', '|', '\n', '+']).map(normalise).filter(|item| !item.is_empty());
    items.map(|item| skill(&item)).collect()
}

fn skill(item: &str) -> Option<(Text, i32)> {
    const LEVEL_WORDS: [&str; 4] = ["سطح", "درجه", "level", "grade"];
    const SEPARATORS: [char; 7] = [' ', ':', '=', '(', '[', '-', '/'];
    let item = item.trim_end_matches([')', ']', ' ']);
    let name = item.trim_end_matches(|c: char| c.is_ascii_digit());
    // Without a separator the digits belong to the name, as in the code `s3`.
    if name.len() == item.len() || !name.ends_with(SEPARATORS) {
        return Text::new(item).ok().map(|name| (name, 1));
    }
    let level = item[name.len()..].parse().ok().filter(|level| (1..=3).contains(level))?;
    let name = name.trim_end_matches(SEPARATORS);
    let name = LEVEL_WORDS.iter().find_map(|word| name.strip_suffix(word)).unwrap_or(name);
    Text::new(name.trim_end_matches(SEPARATORS)).ok().map(|name| (name, level))
}

/// «۱، ۳، ۵ تا ۷»: the nights' numbers from 1, as nights from 0.
pub(super) fn nights(cell: &str) -> Option<Vec<i32>> {
    let cell = normalise(cell).replace("تا", "-").replace("to", "-").replace('–', "-");
    let mut nights = BTreeSet::new();
    for part in cell.split(['؛', ';', '،', ',', '|', '+', 'و']).map(str::trim).filter(|part| !part.is_empty())
    {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let first = first.trim().parse::<i32>().ok()?;
        let last = last.trim().parse::<i32>().ok()?;
        if first < 1 || last > MOST_NIGHTS || first > last {
            return None;
        }
        nights.extend(first - 1..last);
    }
    (!nights.is_empty()).then(|| nights.into_iter().collect())
}

/// A whole number in any digits, as spreadsheets may write it: `3`, `۳`, `3.0`.
pub(super) fn whole_number(cell: &str) -> Option<i32> {
    let text = normalise(cell);
    text.strip_suffix(".0").unwrap_or(&text).parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_search_keys() {
        for word in BLANKS.iter().chain(&WOMAN).chain(&MAN) {
            assert_eq!(search_key(word), *word);
        }
        assert_eq!(
            [gender("آقا"), gender(" خانم"), gender("؟")],
            [Some(Gender::Man), Some(Gender::Woman), None]
        );
    }

    #[test]
    fn years_of_both_calendars_are_understood() {
        for (text, year) in [
            ("1375", Some(1996)),
            ("۱۳۷۵.۰", Some(1996)),
            ("75", Some(1996)),
            ("1375/12/25", Some(1997)),
            ("1996", Some(1996)),
            ("1996-07-03", Some(1996)),
            ("1996-07-03 00:30", Some(1996)),
            ("3", None),
            ("1700", None),
            ("دهه هفتاد", None),
        ] {
            assert_eq!(birth_year(text), year, "{text}");
        }
    }

    #[test]
    fn levels_stand_behind_names_in_many_ways() {
        for (text, name, level) in [
            ("سلامت", "سلامت", 1),
            ("سلامت ۲", "سلامت", 2),
            ("سلامت: ۲", "سلامت", 2),
            ("سلامت (۲)", "سلامت", 2),
            ("سلامت - سطح ۳", "سلامت", 3),
            ("پذیرش و راهنمایی=2", "پذیرش و راهنمایی", 2),
            ("s3", "s3", 1),
            ("s3:2", "s3", 2),
        ] {
            assert_eq!(skills(text), Some(vec![(Text::new(name).unwrap(), level)]), "{text}");
        }
        for text in ["سلامت: 0", "سلامت: 4", ": 2", "سلامت: 99999999999"] {
            assert_eq!(skills(text), None, "{text}");
        }
    }
}
