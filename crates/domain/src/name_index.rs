//! Which of a list's entries a person meant by what they typed.

use std::collections::HashMap;

use crate::{Code, Name, Text, persian::search_key};

/// Words, as search keys, that say what an entry is and not which: «منطقهٔ ۳» and "3" are one district.
const KINDS: [&str; 13] = [
    "شهرداریمنطقه",
    "منطقه",
    "ناحیه",
    "کانون",
    "مرکز",
    "عرصه",
    "تخصص",
    "گروه",
    "district",
    "region",
    "zone",
    "centre",
    "center",
];
/// The fewest letters that may stand for a longer name.
const SHORTEST_START: usize = 3;

/// Entries of a list by their codes and names, to be found by what people type for them.
#[derive(Clone, Debug)]
pub struct NameIndex<T> {
    exact: HashMap<String, Found<T>>,
    by_number: HashMap<String, Found<T>>,
    partial: Vec<Partial<T>>,
}

/// What a part of a name is compared with.
#[derive(Clone, Debug)]
struct Partial<T> {
    key: String,
    key_without_kind: String,
    words: Vec<String>,
    entry: T,
}

/// What a text stands for in a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found<T> {
    /// One entry.
    One(T),
    /// Several entries, equally well.
    Several,
    /// No entry.
    None,
}

impl<T: Copy + PartialEq> NameIndex<T> {
    /// An index of entries with their codes and names.
    pub fn new<'a>(entries: impl IntoIterator<Item = (T, &'a Code, &'a Name)>) -> Self {
        let mut index = Self { exact: HashMap::new(), by_number: HashMap::new(), partial: Vec::new() };
        for (entry, code, name) in entries {
            let names = std::iter::once(name.fa.as_str()).chain(name.en.as_ref().map(Text::as_str));
            for text in names.clone().chain([code.as_str()]) {
                add(&mut index.exact, search_key(text), entry);
            }
            for text in names {
                let key = search_key(text);
                if let Some(number) = lone_number(&key) {
                    add(&mut index.by_number, number, entry);
                }
                index.partial.push(Partial {
                    key_without_kind: without_kind(&key).to_owned(),
                    words: text.split([' ', '\u{200C}', '-', '/', '،']).map(search_key).collect(),
                    key,
                    entry,
                });
            }
        }
        index
    }

    /// The entry meant by `text`: the one with that code or name in any spelling; else the one with that number;
    /// else the only one whose name starts with it or has it for a word.
    pub fn find(&self, text: &str) -> Found<T> {
        let key = search_key(text);
        if let Some(&found) = self.exact.get(&key) {
            return found;
        }
        let which = without_kind(&key);
        if let Some(&found) = self.exact.get(which) {
            return found;
        }
        if which.contains(|c: char| c.is_ascii_digit()) {
            let number = lone_number(which).filter(|_| which.chars().all(|c| c.is_ascii_digit()));
            return number.and_then(|number| self.by_number.get(&number).copied()).unwrap_or(Found::None);
        }
        if which.chars().count() < SHORTEST_START {
            return Found::None;
        }
        self.partial
            .iter()
            .filter(|name| {
                name.key.starts_with(which)
                    || name.key_without_kind.starts_with(which)
                    || name.words.iter().any(|word| word == which)
            })
            .fold(Found::None, |found, name| found.and(name.entry))
    }
}

impl<T: Copy + PartialEq> Found<T> {
    fn and(self, entry: T) -> Self {
        match self {
            Self::None => Self::One(entry),
            Self::One(other) if other == entry => self,
            _ => Self::Several,
        }
    }
}

fn add<T: Copy + PartialEq>(map: &mut HashMap<String, Found<T>>, key: String, entry: T) {
    let found = map.entry(key).or_insert(Found::None);
    *found = found.and(entry);
}

fn without_kind(key: &str) -> &str {
    KINDS.iter().find_map(|kind| key.strip_prefix(kind)).filter(|rest| !rest.is_empty()).unwrap_or(key)
}

/// The number in a key that holds exactly one, without leading zeros.
fn lone_number(key: &str) -> Option<String> {
    let mut runs = key.split(|c: char| !c.is_ascii_digit()).filter(|run| !run.is_empty());
    match (runs.next(), runs.next()) {
        (Some(run), None) => Some(run.trim_start_matches('0').to_owned()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::specialty;

    fn districts() -> NameIndex<usize> {
        let entries: Vec<_> = (1..=15)
            .map(|k| {
                let name = Name { fa: Text::new(&format!("منطقهٔ {k}")).unwrap(), en: None };
                (Code::new(&format!("d{k:02}")).unwrap(), name)
            })
            .collect();
        NameIndex::new(entries.iter().zip(1..).map(|((code, name), k)| (k, code, name)))
    }

    #[test]
    fn a_district_is_known_by_its_number() {
        let districts = districts();
        for text in ["منطقه ۳", "منطقهٔ٣", "3", "۰۳", "ناحیه 3", "شهرداری منطقه 3", "District 3", "d03"]
        {
            assert_eq!(districts.find(text), Found::One(3), "{text}");
        }
        assert_eq!(districts.find("15"), Found::One(15));
        for text in ["16", "منطقه", "", "0", "3 و 4"] {
            assert_ne!(districts.find(text), Found::One(3), "{text}");
            assert!(!matches!(districts.find(text), Found::One(_)), "{text}");
        }
    }

    #[test]
    fn a_specialty_is_known_by_part_of_its_name() {
        let catalogue = specialty::default_catalogue();
        let index =
            NameIndex::new(catalogue.iter().enumerate().map(|(k, entry)| (k, &entry.code, &entry.name)));
        for (text, code) in [
            ("سلامت", "health"),
            ("درمان", "health"),
            ("سلامت و درمان", "health"),
            ("فرهنگ", "culture"),
            ("هنر", "arts"),
            ("عرصه قرآن", "quran"),
            ("حمل و نقل", "transport"),
            ("Health", "health"),
            ("CROWD", "crowd-guidance"),
            ("crowd-guidance", "crowd-guidance"),
        ] {
            let Found::One(k) = index.find(text) else { panic!("{text}: {:?}", index.find(text)) };
            assert_eq!(catalogue[k].code.as_str(), code, "{text}");
        }
        assert_eq!(index.find("پذیر"), Found::Several);
        assert_eq!(index.find("آشپزی"), Found::None);
        assert_eq!(index.find("و"), Found::None);
    }

    #[test]
    fn kinds_are_search_keys() {
        for kind in KINDS {
            assert_eq!(search_key(kind), kind);
        }
    }

    #[test]
    fn two_entries_of_one_name_are_not_told_apart() {
        let name = Name { fa: Text::new("کانون سلامت").unwrap(), en: None };
        let codes = ["a", "b"].map(|code| Code::new(code).unwrap());
        let index = NameIndex::new([(1, &codes[0], &name), (2, &codes[1], &name)]);
        assert_eq!(index.find("كانون سلامت"), Found::Several);
        assert_eq!(index.find("b"), Found::One(2));
    }
}
