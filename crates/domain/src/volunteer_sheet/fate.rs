//! What becomes of each row: a new volunteer, someone who is there already, or a refusal with every fault.

use std::collections::{HashMap, HashSet};

use serde::Serialize;
use utoipa::ToSchema;

use super::{Field, SheetRow, excerpt};
use crate::{
    Code, Fault, Id, Name, Stored, Text,
    centre::Centre,
    district::District,
    name_index::{Found, NameIndex},
    persian::{digits, search_key},
    phone::Phone,
    specialty::Specialty,
    volunteer::{Availability, Gender, Registered, Skill, Volunteer},
};

/// What rows are held against: who and what the festival has already.
#[derive(Clone, Debug)]
pub struct Register {
    /// Its districts.
    pub districts: Vec<Stored<District>>,
    /// Its centres.
    pub centres: Vec<Stored<Centre>>,
    /// Its specialties.
    pub specialties: Vec<Stored<Specialty>>,
    /// How many nights it has.
    pub nights: usize,
    /// Its volunteers.
    pub volunteers: Vec<Registered>,
}

/// A row and what becomes of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// Where the row stands in the file.
    pub number: u64,
    /// The name it gives.
    pub name: Option<Text>,
    /// What becomes of it.
    pub fate: Fate,
}

/// What becomes of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is a new volunteer, with a code of their own even where the row gives none.
    New(Box<Volunteer>),
    /// It is someone who is there already.
    Duplicate(Duplicate),
    /// It cannot be taken, for all these reasons.
    Rejected(Vec<Fault>),
}

/// Someone who is there already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Duplicate {
    /// Who it is.
    pub of: Original,
    /// By what they are known.
    pub by: Likeness,
}

/// Whom a row repeats.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Original {
    /// A volunteer of the festival.
    Volunteer(Id<Volunteer>, Code),
    /// The new volunteer of an earlier row.
    Row(u64),
}

/// By what someone is known to be there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Likeness {
    /// They have the same code.
    Code,
    /// They have the same phone.
    Phone,
    /// They have the same name, district, gender and year of birth, and nothing that tells them apart.
    Person,
}

impl Duplicate {
    /// The same as a fault of the row.
    pub fn fault(&self) -> Fault {
        let (field, en, fa) = match self.by {
            Likeness::Code => (Field::Code, "has this code already", "همین کد را دارد"),
            Likeness::Phone => (Field::Phone, "has this phone already", "همین تلفن را دارد"),
            Likeness::Person => (
                Field::Name,
                "looks like the same person: give a code or a phone to tell them apart",
                "گویا همین شخص است: برای بازشناختن‌شان کد یا تلفن بدهید",
            ),
        };
        let (en, fa) = match &self.of {
            Original::Volunteer(_, code) => {
                (format!("The volunteer {code} {en}."), format!("خادمیار {code} {fa}."))
            }
            Original::Row(number) => {
                (format!("Row {number} {en}."), format!("ردیف {} {fa}.", digits(number)))
            }
        };
        Fault::new(field.pointer(), "duplicate", en, fa)
    }
}

/// Judges the rows in their order. A row repeats an earlier one only if that one is a new volunteer.
pub fn judge(rows: Vec<SheetRow>, register: &Register) -> Vec<Judged> {
    let lists = Lists::new(register);
    let mut known = Known::default();
    for volunteer in &register.volunteers {
        let original = Original::Volunteer(volunteer.id, volunteer.code.clone());
        let person = Person::new(
            &volunteer.name.fa,
            volunteer.home_district_id,
            volunteer.gender,
            volunteer.birth_year,
        );
        known.add(original, Some(&volunteer.code), volunteer.phone.as_ref(), person);
    }
    let mut codes = FreeCodes::new(
        register
            .volunteers
            .iter()
            .map(|volunteer| &volunteer.code)
            .chain(rows.iter().filter_map(|row| row.code.as_ref())),
    );
    rows.into_iter()
        .map(|row| {
            let (number, name) = (row.number, row.name.clone());
            Judged { number, name, fate: fate(row, &lists, &mut known, &mut codes) }
        })
        .collect()
}

fn fate(row: SheetRow, lists: &Lists, known: &mut Known, codes: &mut FreeCodes) -> Fate {
    let mut faults = row.faults;
    let district = row.district.and_then(|text| lists.district(&text, &mut faults));
    let centre_id = row.centre.and_then(|text| lists.centre(&text, district, &mut faults));
    let skills = lists.skills(&row.skills, &mut faults);
    lists.check_nights(row.nights.as_deref(), &mut faults);
    // What is needed and absent is among the faults since the row was read.
    let (true, Some(name), Some(gender), Some(home_district_id)) =
        (faults.is_empty(), row.name, row.gender, district)
    else {
        return Fate::Rejected(faults);
    };
    let person = Person::new(&name, home_district_id, gender, row.birth_year);
    if let Some(duplicate) = known.find(row.code.as_ref(), row.phone.as_ref(), &person) {
        return Fate::Duplicate(duplicate);
    }
    known.add(Original::Row(row.number), row.code.as_ref(), row.phone.as_ref(), person);
    Fate::New(Box::new(Volunteer {
        code: row.code.unwrap_or_else(|| codes.next()),
        name: Name { fa: name, en: row.english_name },
        phone: row.phone,
        home_district_id,
        centre_id,
        gender,
        birth_year: row.birth_year,
        skills,
        available: row
            .nights
            .map(|nights| nights.into_iter().map(|night| Availability::Night { night }).collect()),
        max_travel_minutes: row.max_travel_minutes,
        max_nights: row.max_nights,
        max_consecutive_nights: row.max_consecutive_nights,
        max_shifts_per_night: row.max_shifts_per_night.unwrap_or(1),
        min_shifts: row.min_shifts.unwrap_or(0),
        preferred_venue_ids: Vec::new(),
        wishes: Vec::new(),
    }))
}

/// The festival's lists, to be searched by what people type.
struct Lists {
    districts: NameIndex<Id<District>>,
    centres: NameIndex<Id<Centre>>,
    centres_by_district: HashMap<Id<District>, NameIndex<Id<Centre>>>,
    specialties: NameIndex<Id<Specialty>>,
    nights: usize,
}

impl Lists {
    fn new(register: &Register) -> Self {
        let mut by_district: HashMap<_, Vec<&Stored<Centre>>> = HashMap::new();
        for centre in &register.centres {
            by_district.entry(centre.value.district_id).or_default().push(centre);
        }
        let of_centres = |centres: &[&Stored<Centre>]| {
            NameIndex::new(centres.iter().map(|row| (row.id, &row.value.code, &row.value.name)))
        };
        Self {
            districts: NameIndex::new(
                register.districts.iter().map(|row| (row.id, &row.value.code, &row.value.name)),
            ),
            centres: of_centres(&register.centres.iter().collect::<Vec<_>>()),
            centres_by_district: by_district
                .into_iter()
                .map(|(district, centres)| (district, of_centres(&centres)))
                .collect(),
            specialties: NameIndex::new(
                register.specialties.iter().map(|row| (row.id, &row.value.code, &row.value.name)),
            ),
            nights: register.nights,
        }
    }

    fn district(&self, text: &Text, faults: &mut Vec<Fault>) -> Option<Id<District>> {
        one(self.districts.find(text.as_str()), Field::District, text, ("district", "منطقه"), faults)
    }

    /// The centre meant; of several that are meant equally, the one in the volunteer's own district.
    fn centre(
        &self,
        text: &Text,
        district: Option<Id<District>>,
        faults: &mut Vec<Fault>,
    ) -> Option<Id<Centre>> {
        let mut found = self.centres.find(text.as_str());
        if let (Found::Several, Some(here)) =
            (found, district.and_then(|district| self.centres_by_district.get(&district)))
            && let Found::One(centre) = here.find(text.as_str())
        {
            found = Found::One(centre);
        }
        one(found, Field::Centre, text, ("centre", "کانون"), faults)
    }

    /// The skills, each once with its highest level.
    fn skills(&self, skills: &[(Text, i32)], faults: &mut Vec<Fault>) -> Vec<Skill> {
        let mut levels: Vec<Skill> = Vec::new();
        for (text, level) in skills {
            let found = self.specialties.find(text.as_str());
            let Some(specialty_id) = one(found, Field::Skills, text, ("specialty", "عرصه"), faults)
            else {
                continue;
            };
            match levels.iter_mut().find(|skill| skill.specialty_id == specialty_id) {
                Some(skill) => skill.level = skill.level.max(*level),
                None => levels.push(Skill { specialty_id, level: *level, confirmed: true }),
            }
        }
        levels
    }

    fn check_nights(&self, nights: Option<&[i32]>, faults: &mut Vec<Fault>) {
        let last = nights.and_then(<[i32]>::last).and_then(|&night| usize::try_from(night).ok());
        if last.is_some_and(|last| last >= self.nights) {
            faults.push(Fault::new(
                Field::Nights.pointer(),
                "unknown_night",
                format!("The festival has {} nights: give their numbers from 1.", self.nights),
                format!("این رویداد {} شب دارد: شماره‌های آن‌ها را از ۱ بدهید.", digits(self.nights)),
            ));
        }
    }
}

/// The one entry that was found; else a fault.
fn one<T>(
    found: Found<T>,
    field: Field,
    text: &Text,
    (en, fa): (&str, &str),
    faults: &mut Vec<Fault>,
) -> Option<T> {
    let cell = excerpt(text.as_str());
    match found {
        Found::One(entry) => return Some(entry),
        Found::Several => faults.push(Fault::new(
            field.pointer(),
            "ambiguous",
            format!("“{cell}” fits more than one {en}: give its whole name or its code."),
            format!("«{cell}» با بیش از یک {fa} می‌خواند: نام کامل یا کد آن را بدهید."),
        )),
        Found::None => faults.push(Fault::new(
            field.pointer(),
            "unknown",
            format!("There is no {en} “{cell}” in this festival: mend it, or create it first."),
            format!("این رویداد {fa} «{cell}» ندارد: درست بنویسید یا نخست آن را بسازید."),
        )),
    }
    None
}

/// What people are told apart by when they have neither code nor phone.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Person {
    name: String,
    district: Id<District>,
    gender: Gender,
    birth_year: Option<i32>,
}

impl Person {
    fn new(name: &Text, district: Id<District>, gender: Gender, birth_year: Option<i32>) -> Self {
        Self { name: search_key(name.as_str()), district, gender, birth_year }
    }
}

/// Everyone who is there, by all they are known by.
#[derive(Default)]
struct Known {
    by_code: HashMap<Code, Original>,
    by_phone: HashMap<Phone, Original>,
    without_phone: HashMap<Person, Original>,
}

impl Known {
    fn add(&mut self, original: Original, code: Option<&Code>, phone: Option<&Phone>, person: Person) {
        if let Some(code) = code {
            self.by_code.insert(code.clone(), original.clone());
        }
        match phone {
            Some(phone) => self.by_phone.insert(phone.clone(), original),
            None => self.without_phone.insert(person, original),
        };
    }

    fn find(&self, code: Option<&Code>, phone: Option<&Phone>, person: &Person) -> Option<Duplicate> {
        let by = |likeness, original: Option<&Original>| {
            original.map(|original| Duplicate { of: original.clone(), by: likeness })
        };
        by(Likeness::Code, code.and_then(|code| self.by_code.get(code)))
            .or_else(|| by(Likeness::Phone, phone.and_then(|phone| self.by_phone.get(phone))))
            .or_else(|| match (code, phone) {
                (None, None) => by(Likeness::Person, self.without_phone.get(person)),
                _ => None,
            })
    }
}

/// Codes for those who were given none: `v0001` and so on, after the highest such code there is.
struct FreeCodes {
    taken: HashSet<Code>,
    last: u32,
}

impl FreeCodes {
    fn new<'a>(taken: impl Iterator<Item = &'a Code>) -> Self {
        let taken: HashSet<Code> = taken.cloned().collect();
        let last = taken.iter().filter_map(|code| code.as_str().strip_prefix('v')?.parse().ok());
        // Longer ones are someone else's numbers, and may leave no room after them.
        let last = last.filter(|&last: &u32| last < 1_000_000).max().unwrap_or(0);
        Self { taken, last }
    }

    fn next(&mut self) -> Code {
        loop {
            self.last += 1;
            let code = Code::new(&format!("v{:04}", self.last)).expect("a code of five to eleven letters");
            if self.taken.insert(code.clone()) {
                return code;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::{
        specialty,
        volunteer_sheet::{read, recognise},
    };

    fn id<T>(number: u128) -> Id<T> {
        Uuid::from_u128(number).into()
    }

    fn name(fa: &str) -> Name {
        Name { fa: Text::new(fa).unwrap(), en: None }
    }

    fn code(code: &str) -> Code {
        Code::new(code).unwrap()
    }

    /// Districts 1 to 3, each with a health centre, the first with one of culture too; one volunteer in the first.
    fn register() -> Register {
        let centre = |number, district, fa| Stored {
            id: id(number),
            version: 1,
            value: Centre {
                code: code(&format!("c{number}")),
                name: name(fa),
                district_id: id(district),
                secretary: None,
            },
        };
        Register {
            districts: (1..=3)
                .map(|k| Stored {
                    id: id(k),
                    version: 1,
                    value: District {
                        code: code(&format!("d{k}")),
                        name: name(&format!("منطقهٔ {k}")),
                        priority: 3,
                        mayor: None,
                    },
                })
                .collect(),
            centres: vec![
                centre(11, 1, "کانون سلامت"),
                centre(12, 2, "کانون سلامت"),
                centre(13, 3, "کانون سلامت"),
                centre(14, 1, "کانون فرهنگ"),
            ],
            specialties: specialty::default_catalogue()
                .into_iter()
                .zip(100..)
                .map(|(value, k)| Stored { id: id(k), version: 1, value })
                .collect(),
            nights: 10,
            volunteers: vec![Registered {
                id: id(7),
                code: code("v0041"),
                name: name("زهرا کریمی"),
                phone: Some(Phone::parse("09131234567").unwrap()),
                home_district_id: id(1),
                centre_id: None,
                gender: Gender::Woman,
                birth_year: None,
            }],
        }
    }

    fn judged(headings: &str, rows: &[&str]) -> Vec<Judged> {
        let cells = |line: &str| line.split('|').map(str::to_owned).collect::<Vec<_>>();
        let fields = recognise(&cells(headings)).unwrap();
        let rows: Vec<_> = rows.iter().map(|line| cells(line)).collect();
        judge(read(&fields, (2..).zip(rows.iter().map(Vec::as_slice))), &register())
    }

    fn new(judged: &Judged) -> &Volunteer {
        match &judged.fate {
            Fate::New(volunteer) => volunteer,
            other => panic!("row {}: {other:?}", judged.number),
        }
    }

    fn duplicate(judged: &Judged) -> (&Original, Likeness) {
        match &judged.fate {
            Fate::Duplicate(duplicate) => (&duplicate.of, duplicate.by),
            other => panic!("row {}: {other:?}", judged.number),
        }
    }

    #[test]
    fn names_become_what_they_stand_for() {
        let rows = judged(
            "نام|منطقه|جنسیت|کانون|تخصص|شب‌ها",
            &["مريم كاظمي|٢|زن|سلامت|سلامت: ۲، درمان: ۳؛ هنر|۱ تا ۳", "حسن ژیان|d1|مرد|کانون فرهنگ||"],
        );
        let maryam = new(&rows[0]);
        assert_eq!(maryam.home_district_id, id(2));
        assert_eq!(maryam.centre_id, Some(id(12)), "of three of that name, the one in her district");
        let levels: Vec<_> = maryam.skills.iter().map(|skill| skill.level).collect();
        assert_eq!(levels, [3, 1], "a skill said twice counts once, at its highest");
        assert_eq!(
            maryam.available.as_deref(),
            Some(&[0, 1, 2].map(|night| Availability::Night { night })[..])
        );
        assert_eq!(new(&rows[1]).centre_id, Some(id(14)));
        assert_eq!(new(&rows[1]).available, None);
    }

    #[test]
    fn every_fault_of_a_row_is_said_and_it_stands_in_nobodys_way() {
        let rows = judged(
            "نام|موبایل|منطقه|جنسیت|کانون|تخصص|شب‌ها",
            &["علی|09121112233|منطقه ۹|آقا|ورزش|پذیر، آشپزی|۹ تا ۱۱", "علی|09121112233|۳|آقا|||"],
        );
        let Fate::Rejected(faults) = &rows[0].fate else { panic!("{rows:?}") };
        let said: Vec<_> = faults.iter().map(|fault| (fault.path.as_str(), fault.code.as_str())).collect();
        assert_eq!(
            said,
            [
                ("/district", "unknown"),
                ("/centre", "unknown"),
                ("/skills", "ambiguous"),
                ("/skills", "unknown"),
                ("/nights", "unknown_night"),
            ]
        );
        new(&rows[1]);
    }

    #[test]
    fn whoever_is_there_is_known_again() {
        let rows = judged(
            "کد|نام|موبایل|منطقه|جنسیت",
            &[
                "|زهرا کریمی|۰۹۱۳ ۱۲۳ ۴۵۶۷|۱|زن",
                "v0041|کسی دیگر||۲|زن",
                "a|رضا|09121112233|1|مرد",
                "a|حسن||1|مرد",
                "b|حسین|+989121112233|1|مرد",
                "|علی||1|مرد",
                "|على||1|مرد",
                "|علی||2|مرد",
                "c|علی||1|مرد",
            ],
        );
        let there = Original::Volunteer(id(7), code("v0041"));
        assert_eq!(duplicate(&rows[0]), (&there, Likeness::Phone));
        assert_eq!(duplicate(&rows[1]), (&there, Likeness::Code));
        new(&rows[2]);
        assert_eq!(duplicate(&rows[3]), (&Original::Row(4), Likeness::Code));
        assert_eq!(duplicate(&rows[4]), (&Original::Row(4), Likeness::Phone));
        new(&rows[5]);
        assert_eq!(duplicate(&rows[6]), (&Original::Row(7), Likeness::Person));
        new(&rows[7]);
        new(&rows[8]);
        let Fate::Duplicate(said) = &rows[6].fate else { unreachable!("seen above") };
        assert_eq!(said.fault().path, "/name");
        assert!(said.fault().fa.starts_with("ردیف ۷ "), "{}", said.fault().fa);
    }

    #[test]
    fn who_brings_no_code_gets_a_free_one() {
        let rows = judged(
            "کد|نام|منطقه|جنسیت",
            &["|علی|1|مرد", "v0043|رضا|1|مرد", "|حسن|1|مرد", "v99999999999|نقی|1|مرد"],
        );
        let codes: Vec<_> = rows.iter().map(|row| new(row).code.as_str()).collect();
        assert_eq!(codes, ["v0044", "v0043", "v0045", "v99999999999"]);
    }
}
