//! Persian text: the form it is stored in, the keys it is searched and sorted by, and its digits.

use std::{fmt::Display, sync::LazyLock};

use icu_collator::{Collator, CollatorBorrowed, options::CollatorOptions};
use icu_locale_core::locale;
use unicode_normalization::{
    UnicodeNormalization,
    char::{decompose_compatible, is_combining_mark},
};

/// The half-space that parts a word's pieces without a gap (می‌آید).
const ZWNJ: char = '\u{200C}';
const MADDA_ABOVE: char = '\u{653}';
const HAMZA_ABOVE: char = '\u{654}';
const HAMZA_BELOW: char = '\u{655}';
/// Keeps a minus sign on the left of its number inside right-to-left text.
const LEFT_TO_RIGHT_MARK: char = '\u{200E}';

/// The form in which a line of text is stored and compared for equality.
///
/// NFC; Persian ی, ک and ه for their Arabic and Urdu look-alikes; ASCII digits; no vowel marks, tatweel, bidi or
/// control characters; half-spaces single and only inside words; one space between words and none around them.
/// What readers see as spelling stays: آ, ئ, ؤ, أ, ة and the hamza of «خانهٔ مهر», which has one form of several.
/// Applying it twice changes nothing.
#[must_use]
pub fn normalise(text: &str) -> String {
    let mut line = Line::default();
    for c in text.chars() {
        // Presentation forms come out of old programs and PDFs: each is a letter and its place in the word.
        if matches!(c, '\u{FB50}'..='\u{FDFF}' | '\u{FE70}'..='\u{FEFE}') {
            decompose_compatible(c, |part| line.decomposed.push(part));
        } else {
            line.decomposed.push(c);
        }
    }
    let decomposed = std::mem::take(&mut line.decomposed);
    for c in decomposed.nfd() {
        line.push(c);
    }
    line.text.nfc().collect()
}

/// A key equal for spellings people take for the same: letters and digits only, without spaces, half-spaces, case,
/// marks or hamza, آ as ا. A key found inside another's is a search hit; it never holds a pattern's wild cards.
#[must_use]
pub fn search_key(text: &str) -> String {
    let normalised = normalise(text);
    let folded = normalised.nfkd().flat_map(char::to_lowercase).collect::<String>();
    folded
        .nfkd()
        .filter(|&c| c.is_alphanumeric() && !is_combining_mark(c))
        .filter_map(|c| match c {
            'ء' => None,
            'ٱ' => Some('ا'),
            'ة' => Some('ه'),
            // What a compatibility form decomposes into is Arabic again.
            c => Some(persian_letter(c)),
        })
        .collect()
}

/// Bytes that sort as Persians sort (the Unicode collation algorithm with CLDR's rules for `fa`), numbers by value.
///
/// They depend on the collation data compiled in: where they are stored, they are rewritten when it is upgraded.
#[must_use]
pub fn sort_key(text: &str) -> Vec<u8> {
    static COLLATOR: LazyLock<CollatorBorrowed<'static>> = LazyLock::new(|| {
        Collator::try_new(locale!("fa-u-kn").into(), CollatorOptions::default())
            .expect("the collation data of fa is compiled in")
    });
    let mut key = Vec::with_capacity(text.len() * 2);
    let Ok(()) = COLLATOR.write_sort_key_to(&normalise(text), &mut key);
    key
}

/// The text of `value` with the digits ۰ to ۹ in place of all others that Persians type.
#[must_use]
pub fn digits(value: impl Display) -> String {
    value
        .to_string()
        .chars()
        .map(|c| match ascii_digit(c) {
            Some(digit) => char::from_u32(u32::from('۰') + u32::from(digit) - u32::from('0')).unwrap_or(c),
            None => c,
        })
        .collect()
}

/// A whole number for people to read: «۱٬۲۳۴٬۵۶۷».
#[must_use]
pub fn grouped(value: i64) -> String {
    let sign: &[char] = if value < 0 { &[LEFT_TO_RIGHT_MARK, '−'] } else { &[] };
    digits(format_args!("{}{}", String::from_iter(sign), in_threes(value.unsigned_abs(), '٬')))
}

/// A number in ASCII digits, in groups of three from its end.
pub(crate) fn in_threes(value: u64, between: char) -> String {
    let plain = value.to_string();
    let mut text = String::new();
    for (index, digit) in plain.chars().enumerate() {
        if index > 0 && (plain.len() - index).is_multiple_of(3) {
            text.push(between);
        }
        text.push(digit);
    }
    text
}

/// The ASCII digit that means what `c` means, if `c` is an ASCII, Arabic or Persian digit.
fn ascii_digit(c: char) -> Option<char> {
    let value = match c {
        '0'..='9' => u32::from(c) - u32::from('0'),
        '٠'..='٩' => u32::from(c) - u32::from('٠'),
        '۰'..='۹' => u32::from(c) - u32::from('۰'),
        _ => return None,
    };
    char::from_digit(value, 10)
}

/// The Persian letter for its Arabic, Urdu and Kurdish look-alikes.
fn persian_letter(c: char) -> char {
    match c {
        'ي' | 'ى' | '\u{6D2}' => 'ی',
        'ك' | '\u{6AA}' => 'ک',
        '\u{6BE}' | '\u{6C1}' | '\u{6D5}' => 'ه',
        c => c,
    }
}

/// Characters that readers cannot see or that only help pronunciation; a line is the same text without them.
fn is_dropped(c: char) -> bool {
    c.is_control()
        || matches!(c,
            // Harakat, Quranic annotation, tatweel.
            '\u{610}'..='\u{61A}' | '\u{640}' | '\u{64B}'..='\u{652}' | '\u{656}'..='\u{65F}' | '\u{670}'
            | '\u{6D6}'..='\u{6DC}' | '\u{6DF}'..='\u{6E4}' | '\u{6E7}' | '\u{6E8}' | '\u{6EA}'..='\u{6ED}'
            | '\u{8D3}'..='\u{8FF}'
            // Soft hyphen, joiners and fillers, bidi controls, byte order mark, annotation and tag characters.
            | '\u{AD}' | '\u{61C}' | '\u{180E}' | '\u{200B}' | '\u{200D}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E007F}')
}

/// A line being normalised: decomposed characters go in one by one.
#[derive(Default)]
struct Line {
    decomposed: String,
    text: String,
    // What stands between the last character of `text` and the next; it is written only if a next one comes.
    gap: Gap,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Gap {
    #[default]
    Nothing,
    HalfSpace,
    Space,
}

impl Line {
    fn push(&mut self, c: char) {
        if c.is_whitespace() {
            self.gap = Gap::Space;
        } else if c == ZWNJ || c == '¬' {
            // Word processors of old wrote the half-space as a not sign.
            if self.gap == Gap::Nothing {
                self.gap = Gap::HalfSpace;
            }
        } else if !is_dropped(c) {
            self.push_visible(ascii_digit(c).unwrap_or_else(|| persian_letter(c)));
        }
    }

    fn push_visible(&mut self, c: char) {
        if matches!(c, MADDA_ABOVE | HAMZA_ABOVE | HAMZA_BELOW) {
            // Only where it makes a letter of Persian spelling; anywhere else it is one more vowel mark.
            let last = self.text.chars().next_back().filter(|_| self.gap == Gap::Nothing);
            match (last, c) {
                (Some('ا'), _) | (Some('و' | 'ه'), HAMZA_ABOVE) => self.text.push(c),
                (Some('ی'), HAMZA_ABOVE) => {
                    self.text.pop();
                    self.text.push('ئ');
                }
                _ => {}
            }
            return;
        }
        match std::mem::take(&mut self.gap) {
            Gap::Space if !self.text.is_empty() => self.text.push(' '),
            Gap::HalfSpace if c.is_alphanumeric() && self.ends_in_word() => self.text.push(ZWNJ),
            _ => {}
        }
        self.text.push(c);
    }

    fn ends_in_word(&self) -> bool {
        self.text.chars().next_back().is_some_and(|c| c.is_alphanumeric() || is_combining_mark(c))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check(typed: &str, stored: &str) {
        assert_eq!(
            normalise(typed),
            stored,
            "{typed:?} is {:?}",
            normalise(typed).escape_unicode().to_string()
        );
    }

    #[test]
    fn stores_what_is_typed_on_any_keyboard_in_one_form() {
        check("علي كاظمي", "علی کاظمی");
        check("  مريم\u{A0}\t  سادات\r\n", "مریم سادات");
        check("مُحَمَّد", "محمد");
        check("رحمــــان", "رحمان");
        check("٠٩١٢ و ۰۹۱۲", "0912 و 0912");
        check("\u{202B}زهرا\u{202C}\u{200F}", "زهرا");
        check("Zahra\0 Ahmadi\u{7}", "Zahra Ahmadi");
        check("", "");
        check(" \u{200C} ", "");
    }

    #[test]
    fn half_spaces_stand_once_and_inside_words() {
        check("نیم\u{200C}\u{200C}فاصله", "نیم\u{200C}فاصله");
        check("\u{200C}علی\u{200C} \u{200C}رضا\u{200C}", "علی رضا");
        check("علی\u{200C}،", "علی،");
        check("می¬آید", "می\u{200C}آید");
        check("علی\u{200C}\u{202C}رضا", "علی\u{200C}رضا");
    }

    #[test]
    fn spelling_that_readers_see_stays_in_one_form() {
        check("ا\u{653}رش", "آرش");
        check("مسي\u{654}ول", "مسئول");
        check("مسی\u{654}ول", "مسئول");
        check("خان\u{6C0} مهر", "خانه\u{654} مهر");
        check("خانه\u{654} مهر", "خانه\u{654} مهر");
        check("خانهٔ\u{200C}مهر", "خانه\u{654}\u{200C}مهر");
        check("دایرةالمعارف", "دایرةالمعارف");
        check("مؤمن", "مؤمن");
        check("ر\u{654}ضا", "رضا");
    }

    #[test]
    fn presentation_forms_become_letters() {
        check("ﺳﻼﻡ", "سلام");
        check("ﷲ", "الله");
    }

    #[test]
    fn emoji_and_latin_marks_survive() {
        check("Rene\u{301} 🌙", "René 🌙");
    }

    #[test]
    fn spellings_of_one_name_have_one_search_key() {
        for group in [
            ["علی\u{200C}رضا", "عليرضا", "علی رضا"],
            ["فاطمه\u{654} زهرا", "فاطمة زهرا", "فَاطِمَه زهراء"],
            ["آرش", "ارش", "أرش"],
            ["مسئول", "مسیول", "مسيول"],
            ["منطقه ۱۲", "منطقهٔ ١٢", "منطقه-12"],
            ["René", "RENE", "rene\u{301}"],
        ] {
            let keys = group.map(search_key);
            assert_eq!([&keys[0]; 2], [&keys[1], &keys[2]], "{group:?}");
        }
        assert!(search_key("زهرا احمدی").contains(&search_key("احمدي")));
        assert_eq!(search_key("100%_*"), "100");
    }

    #[test]
    fn sorts_as_persians_sort_whatever_the_typist_used() {
        let sorted = [
            "آرش",
            "احمد",
            "بابک",
            "پرویز",
            "ثریا",
            "چمران",
            "زهرا",
            "ژاله",
            "قاسم",
            "كاظم",
            "گلی",
            "منطقهٔ ۲",
            "منطقهٔ ۱۰",
            "وحید",
            "هانیه",
            "ياسر",
        ];
        let mut names = sorted;
        names.reverse();
        names.sort_by_key(|name| sort_key(name));
        assert_eq!(names, sorted);
        assert_eq!(sort_key("علی\u{200C}رضا"), sort_key("علیرضا"));
    }

    #[test]
    fn numbers_are_written_in_persian() {
        assert_eq!(digits(1405), "۱۴۰۵");
        assert_eq!(digits("٢۱:05"), "۲۱:۰۵");
        assert_eq!(grouped(0), "۰");
        assert_eq!(grouped(999), "۹۹۹");
        assert_eq!(grouped(1_234_567), "۱٬۲۳۴٬۵۶۷");
        assert_eq!(grouped(-1234), "\u{200E}−۱٬۲۳۴");
        assert_eq!(grouped(i64::MIN), "\u{200E}−۹٬۲۲۳٬۳۷۲٬۰۳۶٬۸۵۴٬۷۷۵٬۸۰۸");
    }

    /// Text as people could type it, thick with what normalising is about.
    fn text() -> impl Strategy<Value = String> {
        let persian = proptest::char::ranges(
            vec![
                '\u{600}'..='\u{6FF}',
                '\u{200B}'..='\u{200F}',
                'a'..='f',
                ' '..=' ',
                '\u{FB50}'..='\u{FEFF}',
            ]
            .into(),
        );
        prop_oneof![
            proptest::collection::vec(persian, 0..24).prop_map(String::from_iter),
            proptest::collection::vec(any::<char>(), 0..24).prop_map(String::from_iter),
        ]
    }

    proptest! {
        #[test]
        fn normalising_twice_changes_nothing(text in text()) {
            let once = normalise(&text);
            prop_assert_eq!(normalise(&once), once);
        }

        #[test]
        fn a_search_key_is_its_own_key_and_that_of_the_stored_form(text in text()) {
            let key = search_key(&text);
            prop_assert_eq!(search_key(&normalise(&text)), &key[..]);
            prop_assert_eq!(search_key(&key), key);
        }

        #[test]
        fn no_unseen_character_is_stored(text in text()) {
            let stored = normalise(&text);
            prop_assert!(!stored.chars().any(|c| c.is_control() || ('٠'..='٩').contains(&c) || ('۰'..='۹').contains(&c)));
            prop_assert!(!stored.contains("  ") && stored.trim() == stored);
            prop_assert!(!stored.starts_with(ZWNJ) && !stored.ends_with(ZWNJ));
        }

        #[test]
        fn persian_digits_fold_back(value: i64) {
            prop_assert_eq!(normalise(&digits(value)), value.to_string());
        }
    }
}
