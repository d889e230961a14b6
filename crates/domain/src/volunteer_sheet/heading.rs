//! The headings of a table of volunteers, and the fields they mean.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    Fault,
    persian::{normalise, search_key},
};

/// What a column of the table holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// What files call the volunteer.
    Code,
    /// The first or the whole name.
    Name,
    /// The family name, where it has a column of its own.
    FamilyName,
    /// The whole name in English.
    EnglishName,
    /// A mobile phone.
    Mobile,
    /// A phone that may or may not be mobile; read where there is no mobile one.
    Phone,
    /// The district they live in.
    District,
    /// The centre they belong to.
    Centre,
    /// Woman or man.
    Gender,
    /// The year or the day of birth.
    BirthYear,
    /// Specialties with their levels.
    Skills,
    /// The nights they can serve.
    Nights,
    /// How far from home they go, in minutes.
    MaxTravelMinutes,
    /// On how many nights at the most.
    MaxNights,
    /// On how many consecutive nights at the most.
    MaxConsecutiveNights,
    /// How many shifts a night at the most.
    MaxShiftsPerNight,
    /// How many shifts they hope for at least.
    MinShifts,
}

/// Headings in use, by the field they mean.
const HEADINGS: [(Field, &[&str]); 17] = [
    (
        Field::Code,
        &["کد", "شناسه", "کد خادمیار", "شناسه خادمیار", "کد خادمیاری", "شماره خادمیاری", "code", "id"],
    ),
    (
        Field::Name,
        &[
            "نام",
            "نام کوچک",
            "اسم",
            "نام و نام خانوادگی",
            "نام کامل",
            "نام خادمیار",
            "نام و نشان",
            "name",
            "first name",
            "given name",
            "full name",
        ],
    ),
    (Field::FamilyName, &["نام خانوادگی", "فامیل", "فامیلی", "شهرت", "last name", "family name", "surname"]),
    (Field::EnglishName, &["نام انگلیسی", "نام لاتین", "نام به انگلیسی", "english name", "name en"]),
    (
        Field::Mobile,
        &[
            "موبایل",
            "همراه",
            "شماره همراه",
            "تلفن همراه",
            "شماره موبایل",
            "شماره تلفن همراه",
            "گوشی",
            "mobile",
            "mobile phone",
            "mobile number",
            "cell",
            "cell phone",
        ],
    ),
    (
        Field::Phone,
        &["تلفن", "شماره", "شماره تلفن", "شماره تماس", "تلفن تماس", "تماس", "phone", "phone number", "tel"],
    ),
    (
        Field::District,
        &[
            "منطقه",
            "ناحیه",
            "منطقه شهرداری",
            "منطقه سکونت",
            "منطقه محل سکونت",
            "محل سکونت",
            "شماره منطقه",
            "district",
            "home district",
            "region",
            "area",
        ],
    ),
    (Field::Centre, &["کانون", "نام کانون", "کانون خادمیاری", "مرکز", "centre", "center", "kanoon"]),
    (Field::Gender, &["جنسیت", "جنس", "زن/مرد", "خانم/آقا", "gender", "sex"]),
    (
        Field::BirthYear,
        &[
            "سال تولد",
            "تولد",
            "تاریخ تولد",
            "متولد",
            "birth year",
            "year of birth",
            "birth date",
            "date of birth",
        ],
    ),
    (
        Field::Skills,
        &[
            "تخصص",
            "تخصص‌ها",
            "مهارت",
            "مهارت‌ها",
            "عرصه",
            "عرصه‌ها",
            "عرصه تخصصی",
            "عرصه خدمت",
            "زمینه فعالیت",
            "زمینه تخصصی",
            "skill",
            "skills",
            "specialty",
            "specialties",
        ],
    ),
    (Field::Nights, &["شب‌ها", "شب‌های حضور", "شب‌های خدمت", "شب‌های آمادگی", "nights", "available nights"]),
    (
        Field::MaxTravelMinutes,
        &[
            "حداکثر زمان رفت‌وآمد",
            "سقف دقیقه سفر",
            "حداکثر دقیقه راه",
            "سقف راه",
            "max travel minutes",
            "max travel",
        ],
    ),
    (
        Field::MaxNights,
        &["سقف شب", "سقف شب‌ها", "حداکثر شب", "حداکثر شب‌ها", "حداکثر تعداد شب", "تعداد شب", "max nights"],
    ),
    (
        Field::MaxConsecutiveNights,
        &["سقف شب پیاپی", "حداکثر شب پیاپی", "حداکثر شب متوالی", "سقف شب متوالی", "max consecutive nights"],
    ),
    (
        Field::MaxShiftsPerNight,
        &["سقف شیفت در شب", "حداکثر شیفت در شب", "حداکثر شیفت هر شب", "شیفت در شب", "max shifts per night"],
    ),
    (Field::MinShifts, &["حداقل شیفت", "کمینه شیفت", "min shifts"]),
];

/// The fields of the headings, in their order; `None` for a heading that says nothing to us.
///
/// # Errors
/// A fault for each needed column that is missing and for each that stands twice.
pub fn recognise(headings: &[String]) -> Result<Vec<Option<Field>>, Vec<Fault>> {
    let fields: Vec<_> = headings.iter().map(|heading| field_of(heading)).collect();
    let mut faults = Vec::new();
    let mut seen = BTreeMap::new();
    for (field, heading) in fields.iter().zip(headings) {
        let Some(field) = field else { continue };
        if let Some(earlier) = seen.insert(field, heading) {
            faults.push(Fault::new(
                field.pointer(),
                "repeated_column",
                format!("The columns “{earlier}” and “{heading}” say the same: leave one."),
                format!("ستون‌های «{earlier}» و «{heading}» یک چیز را می‌گویند: یکی را نگه دارید."),
            ));
        }
    }
    for (field, en, fa) in [
        (Field::Name, "name", "نام"),
        (Field::Gender, "gender", "جنسیت"),
        (Field::District, "district", "منطقه"),
    ] {
        if !seen.contains_key(&field) {
            faults.push(Fault::new(
                field.pointer(),
                "missing_column",
                format!("No column is headed “{en}”: add it."),
                format!("ستونی با عنوان «{fa}» نیست: آن را بیفزایید."),
            ));
        }
    }
    if faults.is_empty() { Ok(fields) } else { Err(faults) }
}

impl Field {
    /// Where faults of the field are said to be: `/phone`.
    pub fn pointer(self) -> &'static str {
        match self {
            Field::Code => "/code",
            Field::Name | Field::FamilyName => "/name",
            Field::EnglishName => "/english_name",
            Field::Mobile | Field::Phone => "/phone",
            Field::District => "/district",
            Field::Centre => "/centre",
            Field::Gender => "/gender",
            Field::BirthYear => "/birth_year",
            Field::Skills => "/skills",
            Field::Nights => "/nights",
            Field::MaxTravelMinutes => "/max_travel_minutes",
            Field::MaxNights => "/max_nights",
            Field::MaxConsecutiveNights => "/max_consecutive_nights",
            Field::MaxShiftsPerNight => "/max_shifts_per_night",
            Field::MinShifts => "/min_shifts",
        }
    }
}

fn field_of(heading: &str) -> Option<Field> {
    let find = |text: &str| {
        let key = search_key(text);
        HEADINGS
            .iter()
            .find(|(_, words)| words.iter().any(|word| search_key(word) == key))
            .map(|&(field, _)| field)
    };
    // «سال تولد (شمسی)»: what stands in brackets is a remark, if it is not part of the heading.
    let heading = normalise(heading);
    find(&heading).or_else(|| heading.split_once('(').and_then(|(plain, _)| find(plain)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    fn row(cells: &str) -> Vec<String> {
        cells.split('|').map(str::to_owned).collect()
    }

    fn fields(headings: &str) -> Vec<Option<Field>> {
        recognise(&row(headings)).unwrap()
    }

    #[test]
    fn every_synonym_means_one_field() {
        let mut meanings = HashMap::new();
        for (field, words) in HEADINGS {
            for word in words {
                let key = search_key(word);
                assert_eq!(*meanings.entry(key).or_insert(field), field, "{word}");
            }
        }
    }

    #[test]
    fn headings_are_known_as_people_type_them() {
        let headings = "كد خادميار|نام|نام‌خانوادگي|شماره موبايل *|تلفن|منطقهٔ شهرداری|کانون|جنسيت (زن/مرد)|سال تولّد (شمسي)|\
                        عرصه های تخصصی|سقف شب|توضیحات";
        let headings = headings.replace("عرصه های تخصصی", "مهارتها");
        assert_eq!(
            fields(&headings),
            [
                Some(Field::Code),
                Some(Field::Name),
                Some(Field::FamilyName),
                Some(Field::Mobile),
                Some(Field::Phone),
                Some(Field::District),
                Some(Field::Centre),
                Some(Field::Gender),
                Some(Field::BirthYear),
                Some(Field::Skills),
                Some(Field::MaxNights),
                None
            ]
        );
        assert_eq!(
            fields("Full Name|Phone Number|HOME DISTRICT|Gender|Year of birth|Skills|max_nights"),
            [
                Field::Name,
                Field::Phone,
                Field::District,
                Field::Gender,
                Field::BirthYear,
                Field::Skills,
                Field::MaxNights
            ]
            .map(Some)
        );
    }

    #[test]
    fn needed_columns_must_be_there_once() {
        let faults = recognise(&row("نام|اسم|موبایل|جنسیت")).unwrap_err();
        let said: Vec<_> = faults.iter().map(|fault| (fault.path.as_str(), fault.code.as_str())).collect();
        assert_eq!(said, [("/name", "repeated_column"), ("/district", "missing_column")]);
    }
}
