//! A table of volunteers as people really have it: its headings recognised, its cells read, every fault said.

mod cell;
mod fate;
mod heading;

use std::collections::HashMap;

use crate::{
    Code, Fault, Text,
    district::LONGEST_WAY,
    persian::{digits, normalise},
    phone::Phone,
    volunteer::Gender,
};
use cell::MOST_NIGHTS;

pub use fate::{Duplicate, Fate, Judged, Likeness, Original, Register, judge};
pub use heading::{Field, recognise};

/// One volunteer as the table says, in checked values; names of districts, centres and specialties stay text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SheetRow {
    /// Where the row stands in the file.
    pub number: u64,
    /// What files call the volunteer.
    pub code: Option<Code>,
    /// The whole name.
    pub name: Option<Text>,
    /// The whole name in English.
    pub english_name: Option<Text>,
    /// The phone, the mobile one first.
    pub phone: Option<Phone>,
    /// The district they live in.
    pub district: Option<Text>,
    /// The centre they belong to.
    pub centre: Option<Text>,
    /// Woman or man.
    pub gender: Option<Gender>,
    /// The Gregorian year of birth; for a Solar Hijri year alone, the one in which it begins.
    pub birth_year: Option<i32>,
    /// Specialties with levels 1 to 3.
    pub skills: Vec<(Text, i32)>,
    /// The nights they can serve, from 0, in order; none said: always.
    pub nights: Option<Vec<i32>>,
    /// How far from home they go, in minutes.
    pub max_travel_minutes: Option<i32>,
    /// On how many nights at the most.
    pub max_nights: Option<i32>,
    /// On how many consecutive nights at the most.
    pub max_consecutive_nights: Option<i32>,
    /// How many shifts a night at the most.
    pub max_shifts_per_night: Option<i32>,
    /// How many shifts they hope for at least.
    pub min_shifts: Option<i32>,
    /// Everything wrong with the row; the path names the field.
    pub faults: Vec<Fault>,
}

/// Reads the rows (number in the file, cells) under the recognised headings.
pub fn read<'a>(
    fields: &[Option<Field>],
    rows: impl IntoIterator<Item = (u64, &'a [String])>,
) -> Vec<SheetRow> {
    rows.into_iter().map(|(number, cells)| read_row(fields, number, cells)).collect()
}

/// The cells of one row by field, and the faults found while they are read.
struct Cells<'a> {
    by_field: HashMap<Field, &'a str>,
    faults: Vec<Fault>,
}

impl<'a> Cells<'a> {
    /// What stands in the field's column, unless it is blank or says that there is nothing.
    fn get(&self, field: Field) -> Option<&'a str> {
        let cell = self.by_field.get(&field).copied()?;
        (!cell::is_blank(cell)).then_some(cell)
    }

    /// The field's value as `parse` reads it; text it does not take is a fault with the advice.
    fn read<T>(
        &mut self,
        field: Field,
        parse: impl Fn(&str) -> Option<T>,
        code: &str,
        (en, fa): (&str, &str),
    ) -> Option<T> {
        let cell = self.get(field)?;
        let value = parse(cell);
        if value.is_none() {
            let cell = excerpt(cell);
            self.fault(field, code, format!("“{cell}”: {en}"), format!("«{cell}»: {fa}"));
        }
        value
    }

    fn text(&mut self, field: Field) -> Option<Text> {
        self.read(
            field,
            |cell| Text::new(cell).ok(),
            "invalid_text",
            ("give a text of at most 200 characters.", "متنی با حداکثر ۲۰۰ نویسه بدهید."),
        )
    }

    fn count(&mut self, field: Field, least: i32, most: i32) -> Option<i32> {
        self.read(
            field,
            |text| cell::whole_number(text).filter(|count| (least..=most).contains(count)),
            "out_of_range",
            (
                &format!("give a whole number from {least} to {most}."),
                &format!("عددی از {} تا {} بدهید.", digits(least), digits(most)),
            ),
        )
    }

    fn fault(&mut self, field: Field, code: &str, en: impl Into<String>, fa: impl Into<String>) {
        self.faults.push(Fault::new(field.pointer(), code, en, fa));
    }

    fn require<T>(&mut self, field: Field, value: Option<&T>, en: &str, fa: &str) {
        let path = field.pointer();
        if value.is_none() && self.faults.iter().all(|fault| fault.path != path) {
            self.fault(field, "missing", en, fa);
        }
    }
}

fn read_row(fields: &[Option<Field>], number: u64, cells: &[String]) -> SheetRow {
    let by_field =
        fields.iter().zip(cells).filter_map(|(field, cell)| Some(((*field)?, cell.as_str()))).collect();
    let mut cells = Cells { by_field, faults: Vec::new() };
    let phone_field = if cells.get(Field::Mobile).is_some() { Field::Mobile } else { Field::Phone };
    let mut row = SheetRow {
        number,
        code: cells.read(
            Field::Code,
            |cell| Code::new(&normalise(cell)).ok(),
            "invalid_code",
            ("give a code of at most 100 characters.", "کدی با حداکثر ۱۰۰ نویسه بدهید."),
        ),
        name: name(&mut cells),
        english_name: cells.text(Field::EnglishName),
        phone: cells.read(
            phone_field,
            |cell| Phone::parse(cell).ok(),
            "invalid_phone",
            (
                "no such telephone number; give one such as 09131234567.",
                "شماره تلفن نیست؛ مانند ۰۹۱۳۱۲۳۴۵۶۷ بدهید.",
            ),
        ),
        district: cells.text(Field::District),
        centre: cells.text(Field::Centre),
        gender: cells.read(
            Field::Gender,
            cell::gender,
            "unknown_gender",
            ("say woman or man.", "بنویسید زن یا مرد."),
        ),
        birth_year: cells.read(
            Field::BirthYear,
            cell::birth_year,
            "invalid_birth_year",
            ("give a year such as 1375 or 1996.", "سالی مانند ۱۳۷۵ یا ۱۹۹۶ بدهید."),
        ),
        skills: cells
            .read(
                Field::Skills,
                cell::skills,
                "invalid_skill",
                (
                    "write “health: 2; culture” with levels 1 to 3.",
                    "مانند «سلامت: ۲؛ فرهنگ» با درجهٔ ۱ تا ۳ بنویسید.",
                ),
            )
            .unwrap_or_default(),
        nights: cells.read(
            Field::Nights,
            cell::nights,
            "invalid_nights",
            ("write the nights’ numbers: 1, 3, 5-7.", "شماره‌های شب‌ها را بنویسید: ۱، ۳، ۵ تا ۷."),
        ),
        max_travel_minutes: cells.count(Field::MaxTravelMinutes, 0, LONGEST_WAY),
        max_nights: cells.count(Field::MaxNights, 1, MOST_NIGHTS),
        max_consecutive_nights: cells.count(Field::MaxConsecutiveNights, 1, MOST_NIGHTS),
        max_shifts_per_night: cells.count(Field::MaxShiftsPerNight, 1, 100),
        min_shifts: cells.count(Field::MinShifts, 0, 1_000),
        faults: Vec::new(),
    };
    cells.require(Field::Name, row.name.as_ref(), "The name is missing.", "نام نوشته نشده است.");
    cells.require(Field::Gender, row.gender.as_ref(), "Say woman or man.", "زن یا مرد بودن نوشته نشده است.");
    cells.require(
        Field::District,
        row.district.as_ref(),
        "The district is missing.",
        "منطقه نوشته نشده است.",
    );
    row.faults = cells.faults;
    row
}

/// The name from its one or two columns.
fn name(cells: &mut Cells) -> Option<Text> {
    let parts = [Field::Name, Field::FamilyName].map(|field| cells.get(field));
    let whole = parts.into_iter().flatten().collect::<Vec<_>>().join(" ");
    if whole.is_empty() {
        return None;
    }
    let name = Text::new(&whole).ok();
    if name.is_none() {
        cells.fault(
            Field::Name,
            "invalid_text",
            "Give a name of at most 200 characters.",
            "نامی با حداکثر ۲۰۰ نویسه بدهید.",
        );
    }
    name
}

/// The start of a cell, as much of it as a message needs.
fn excerpt(cell: &str) -> String {
    let cell = normalise(cell);
    match cell.char_indices().nth(40) {
        Some((end, _)) => format!("{}…", &cell[..end]),
        None => cell,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn fields(headings: &str) -> Vec<Option<Field>> {
        recognise(&row(headings)).unwrap()
    }

    fn row(cells: &str) -> Vec<String> {
        cells.split('|').map(str::to_owned).collect()
    }

    fn read_all(headings: &str, rows: &[&str]) -> Vec<SheetRow> {
        let rows: Vec<_> = rows.iter().map(|cells| row(cells)).collect();
        read(&fields(headings), (2..).zip(rows.iter().map(Vec::as_slice)))
    }

    fn codes(row: &SheetRow) -> Vec<(&str, &str)> {
        row.faults.iter().map(|fault| (fault.path.as_str(), fault.code.as_str())).collect()
    }

    #[test]
    fn a_messy_row_is_read() {
        let rows = read_all(
            "کد|نام|نام خانوادگی|همراه|تلفن|منطقه|کانون|جنسیت|سال تولد|مهارت|شب‌ها|سقف شب",
            &[
                "v1|مريم | كاظمي|۰۹۱۳ ۱۲۳ ۴۵۶۷|031-33334444|منطقهٔ ٣|سلامت|خانم|۷۵|سلامت:2؛ فرهنگ ، قرآن (سطح ۳)|۱، ۳ و ۵ تا ۷|ندارد",
            ],
        );
        let text = |text: &str| Text::new(text).unwrap();
        assert_eq!(
            rows,
            [SheetRow {
                number: 2,
                code: Some(Code::new("v1").unwrap()),
                name: Some(text("مریم کاظمی")),
                phone: Some(Phone::parse("+989131234567").unwrap()),
                district: Some(text("منطقهٔ 3")),
                centre: Some(text("سلامت")),
                gender: Some(Gender::Woman),
                birth_year: Some(1996),
                skills: vec![(text("سلامت"), 2), (text("فرهنگ"), 1), (text("قرآن"), 3)],
                nights: Some(vec![0, 2, 4, 5, 6]),
                ..SheetRow::default()
            }]
        );
    }

    #[test]
    fn every_fault_of_a_row_is_said() {
        let rows = read_all(
            "نام|موبایل|منطقه|جنسیت|سال تولد|مهارت|شب‌ها|سقف شب|حداقل شیفت",
            &[" |12|-|?|3000|سلامت: ۴|صفر|۰|-1"],
        );
        assert_eq!(
            codes(&rows[0]),
            [
                ("/phone", "invalid_phone"),
                ("/birth_year", "invalid_birth_year"),
                ("/skills", "invalid_skill"),
                ("/nights", "invalid_nights"),
                ("/max_nights", "out_of_range"),
                ("/min_shifts", "out_of_range"),
                ("/name", "missing"),
                ("/gender", "missing"),
                ("/district", "missing"),
            ]
        );
        assert_eq!(rows[0].faults[4].fa, "«0»: عددی از ۱ تا ۴۰۰ بدهید.");
    }

    proptest! {
        #[test]
        fn no_cell_breaks_the_reading(cells in proptest::collection::vec(".{0,12}|[0-9۰-۹,:;()/-]{0,12}", 8)) {
            let fields = fields("نام|موبایل|منطقه|جنسیت|سال تولد|مهارت|شب‌ها|سقف شب");
            let rows = read(&fields, [(2, cells.as_slice())]);
            prop_assert_eq!(rows.len(), 1);
        }
    }
}
