//! What each letter says: the facts of whoever it is for, in the words of the festival.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;
use khademyar_domain::{
    Id, Name,
    assignment::Service,
    language::Language,
    letter::{LetterKind, Wording, filled},
    volunteer::{Gender, Registered, Volunteer},
};
use serde::Serialize;
use uuid::Uuid;

use super::{
    defaults,
    press::{CERTIFICATE, LETTER, NotPrinted, Press},
    say::{Say, year},
    tables::{contributions, people, services},
};
use crate::{
    facts::Facts,
    thank_you::{ContributionThanks, DistrictThanks, Effort, PartnerThanks, ThankYou, VolunteerThanks},
};

/// What more venues, and more specialties, than are named are called.
const PLACES: &str = "جای دیگر";
const FIELDS: &str = "عرصهٔ دیگر";

/// A letter, ready to be printed.
#[derive(Clone, Debug)]
pub struct Letter {
    /// Of which kind it is.
    pub kind: LetterKind,
    /// By what it is filed: `1406-C-v17`. Of the same kind and for the same one it is always the same.
    pub number: String,
    /// Whom it is for.
    pub name: String,
    /// The festival's name on it.
    pub festival: String,
    /// On how many nights they served, where that is told.
    pub nights: Option<usize>,
    /// For how many minutes, where that is told.
    pub minutes: Option<i64>,
    /// The date on it.
    pub issued_on: NaiveDate,
    sheet: Sheet,
}

/// What a template is given.
#[derive(Clone, Debug, Serialize)]
struct Sheet {
    language: Language,
    document: String,
    festival: String,
    dates: String,
    title: String,
    greeting: String,
    name: String,
    paragraphs: Vec<String>,
    figures: Vec<Labelled>,
    tables: Vec<Table>,
    closing: String,
    signatory: String,
    issued: Labelled,
    number: Labelled,
    /// What stands below the QR code.
    check: &'static str,
    page: &'static str,
    /// What is written across a letter that is none.
    draft: Option<&'static str>,
}

/// A figure and what it counts.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Labelled {
    label: String,
    value: String,
}

/// A table below the text.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Table {
    pub(super) title: &'static str,
    pub(super) head: Vec<&'static str>,
    /// How wide each column is beside the others.
    pub(super) widths: Vec<u8>,
    pub(super) rows: Vec<Vec<String>>,
}

#[derive(Serialize)]
struct Linked<'a> {
    #[serde(flatten)]
    sheet: &'a Sheet,
    link: &'a str,
}

impl Letter {
    /// The letter as a PDF, with a QR code of `link`.
    ///
    /// # Errors
    /// [`NotPrinted`] where a template is at fault.
    pub fn print(&self, press: &Press, link: &str) -> Result<Vec<u8>, NotPrinted> {
        let template = if self.kind == LetterKind::Certificate { CERTIFICATE } else { LETTER };
        let ident = format!("{} {}", self.number, self.sheet.language.tag());
        press.print(template, &Linked { sheet: &self.sheet, link }, Some(link), ident)
    }

    /// The same, with the word across it that it is a draft.
    #[must_use]
    pub fn as_draft(mut self) -> Self {
        self.sheet.draft = Some(Say(self.sheet.language).either("نمونه", "DRAFT"));
        self
    }
}

/// Writes the letters of a festival in one language.
#[derive(Debug)]
pub struct Writer<'a> {
    pub(super) facts: &'a Facts,
    pub(super) report: ThankYou,
    services: HashMap<Id<Volunteer>, Vec<&'a Service>>,
    people: HashMap<Id<Volunteer>, &'a Registered>,
    pub(super) wordings: BTreeMap<LetterKind, Wording>,
    pub(super) say: Say,
    pub(super) issued_on: NaiveDate,
}

impl<'a> Writer<'a> {
    /// Counts the facts. Kinds that are in no wording here are worded as usual.
    #[must_use]
    pub fn new(
        facts: &'a Facts,
        wordings: BTreeMap<LetterKind, Wording>,
        language: Language,
        issued_on: NaiveDate,
    ) -> Self {
        let mut services: HashMap<_, Vec<_>> = HashMap::new();
        for service in &facts.services {
            services.entry(service.volunteer_id).or_default().push(service);
        }
        for services in services.values_mut() {
            services.sort_by_key(|service| (service.starts_at, service.shift_id));
        }
        Self {
            facts,
            report: ThankYou::count(facts),
            services,
            people: facts.volunteers.iter().map(|volunteer| (volunteer.id, volunteer)).collect(),
            wordings,
            say: Say(language),
            issued_on,
        }
    }

    /// For whom there is a letter of a kind when all are printed: those who served, every district that did something or
    /// gave something, every partner that gave something.
    pub fn subjects(&self, kind: LetterKind) -> Vec<Uuid> {
        match kind {
            LetterKind::Certificate | LetterKind::Volunteer => {
                self.report.volunteers.iter().map(|thanks| thanks.id.uuid()).collect()
            }
            LetterKind::District => {
                let shared = |thanks: &&DistrictThanks| {
                    thanks.sent.volunteers + thanks.hosted.assignments + thanks.contributions.len() > 0
                };
                self.report.districts.iter().filter(shared).map(|thanks| thanks.id.uuid()).collect()
            }
            LetterKind::Partner => {
                let gave = |thanks: &&PartnerThanks| !thanks.contributions.is_empty();
                self.report.partners.iter().filter(gave).map(|thanks| thanks.id.uuid()).collect()
            }
        }
    }

    /// Whether the facts know such a volunteer.
    #[must_use]
    pub fn knows(&self, volunteer: Uuid) -> bool {
        self.people.contains_key(&volunteer.into())
    }

    /// The letter of a kind for one of them; `None` where the facts know no such one, or where it would certify a service that
    /// was not given.
    #[must_use]
    pub fn write(&self, kind: LetterKind, subject: Uuid) -> Option<Letter> {
        match kind {
            LetterKind::Certificate | LetterKind::Volunteer => {
                let volunteer = self.people.get(&subject.into())?;
                let thanks = self.report.volunteers.iter().find(|thanks| thanks.id.uuid() == subject);
                if kind == LetterKind::Certificate && thanks.is_none() {
                    return None;
                }
                Some(self.to_volunteer(kind, volunteer, thanks))
            }
            LetterKind::District => {
                let thanks = self.report.districts.iter().find(|thanks| thanks.id.uuid() == subject)?;
                Some(self.to_district(thanks))
            }
            LetterKind::Partner => {
                let thanks = self.report.partners.iter().find(|thanks| thanks.id.uuid() == subject)?;
                Some(self.to_partner(thanks))
            }
        }
    }

    fn to_volunteer(
        &self,
        kind: LetterKind,
        volunteer: &Registered,
        thanks: Option<&VolunteerThanks>,
    ) -> Letter {
        let say = self.say;
        let name = say.name(&volunteer.name);
        let honorific = match (say.0, volunteer.gender) {
            (Language::English, _) => "",
            (Language::Persian, Gender::Woman) => "سرکار خانم",
            (Language::Persian, Gender::Man) => "جناب آقای",
        };
        let addressee = format!("{honorific} {name}").trim().to_owned();
        let mut values = vec![
            ("addressee", addressee),
            ("honorific", honorific.to_owned()),
            ("service", service(say, thanks)),
        ];
        let mut figures = Vec::new();
        if let Some(thanks) = thanks {
            values.extend([
                ("nights", say.count(thanks.nights)),
                ("shifts", say.count(thanks.shifts)),
                ("hours", say.hours(thanks.total_minutes)),
                ("venues", say.in_a_row(&thanks.venues, PLACES)),
                ("specialties", say.in_a_row(&thanks.specialties, FIELDS)),
                ("district", thanks.district.as_ref().map(|name| say.name(name)).unwrap_or_default()),
            ]);
            if thanks.shifts > 0 {
                figures.push(labelled(say.either("شب خدمت", "nights of service"), say.count(thanks.nights)));
                figures.push(labelled(say.either("شیفت", "shifts"), say.count(thanks.shifts)));
            }
            if thanks.worklog_minutes > 0 && thanks.shifts > 0 {
                let outside = say.hours(thanks.worklog_minutes);
                figures.push(labelled(say.either("ساعت بیرون از شیفت", "hours outside shifts"), outside));
            }
            figures
                .push(labelled(say.either("ساعت خدمت", "hours of service"), say.hours(thanks.total_minutes)));
        }
        let served = self.services.get(&volunteer.id).map_or(&[][..], Vec::as_slice);
        let tables = match kind {
            LetterKind::Volunteer if !served.is_empty() => vec![services(say, self.facts, served)],
            _ => Vec::new(),
        };
        let letter = self.letter(kind, volunteer.code.as_str(), name, values, figures, tables);
        Letter {
            nights: thanks.map(|thanks| thanks.nights),
            minutes: thanks.map(|thanks| thanks.total_minutes),
            ..letter
        }
    }

    fn to_district(&self, thanks: &DistrictThanks) -> Letter {
        let say = self.say;
        let name = say.name(&thanks.name);
        let mayor = thanks.mayor.as_ref().map(|mayor| say.text(mayor));
        let addressee = match (say.0, mayor) {
            (Language::Persian, Some(mayor)) => format!("{mayor}، شهردار گرامی {name}"),
            (Language::Persian, None) => format!("شهردار گرامی {name}"),
            (Language::English, Some(mayor)) => format!("{mayor}, Mayor of {name}"),
            (Language::English, None) => format!("To the Mayor of {name}"),
        };
        let (sent, hosted) = (thanks.sent, thanks.hosted);
        let values = vec![
            ("addressee", addressee),
            ("sent", sent_sentence(say, sent)),
            ("hosted", hosted_sentence(say, thanks)),
            ("gifts", gifts_sentence(say, &thanks.contributions)),
            ("volunteers", say.count(sent.volunteers)),
            ("hours", say.hours(sent.total_minutes)),
            ("venues", say.in_a_row(&thanks.venues, PLACES)),
        ];
        let mut figures = Vec::new();
        if sent.volunteers > 0 {
            let (people, hours) = (say.count(sent.volunteers), say.number(sent.total_minutes / 60));
            figures.push(labelled(say.either("خادمیار از منطقه", "volunteers of the district"), people));
            figures.push(labelled(say.either("ساعت خدمت ایشان", "hours they served"), hours));
        }
        if hosted.assignments > 0 {
            let (shifts, hours) = (say.count(hosted.shifts), say.number(hosted.minutes / 60));
            figures.push(labelled(say.either("شیفت در منطقه", "shifts in the district"), shifts));
            figures.push(labelled(say.either("ساعت خدمت در منطقه", "hours served in it"), hours));
        }
        let home = |volunteer: &&VolunteerThanks| volunteer.district_id == thanks.id;
        let mut tables = Vec::new();
        if !thanks.contributions.is_empty() {
            let title = say.either("آنچه منطقه بخشید", "What the district gave");
            tables.push(contributions(say, title, &thanks.contributions));
        }
        let volunteers: Vec<_> = self.report.volunteers.iter().filter(home).collect();
        if !volunteers.is_empty() {
            tables.push(people(say, &volunteers));
        }
        let letter = self.letter(LetterKind::District, thanks.code.as_str(), name, values, figures, tables);
        Letter {
            nights: (sent.volunteers > 0).then_some(sent.nights),
            minutes: (sent.volunteers > 0).then_some(sent.total_minutes),
            ..letter
        }
    }

    fn to_partner(&self, thanks: &PartnerThanks) -> Letter {
        let say = self.say;
        let name = say.name(&thanks.name);
        let addressee = match &thanks.contact {
            Some(contact) => format!("{}{}{name}", say.text(contact), say.either("، ", ", ")),
            None => name.clone(),
        };
        let gifts: Vec<String> = thanks.contributions.iter().map(|given| gift(say, given)).collect();
        let values = vec![
            ("addressee", addressee),
            ("gifts", say.list(&gifts)),
            ("outcome", outcome(say, &thanks.contributions)),
        ];
        let tables = if thanks.contributions.is_empty() {
            Vec::new()
        } else {
            let title = say.either("آنچه بخشیدید، و آنچه از آن برآمد", "What you gave, and what came of it");
            vec![contributions(say, title, &thanks.contributions)]
        };
        self.letter(LetterKind::Partner, thanks.code.as_str(), name, values, Vec::new(), tables)
    }

    /// The dates of the festival, as people say them.
    pub(super) fn dates(&self) -> String {
        let nights = &self.facts.festival.nights;
        nights
            .first()
            .zip(nights.last())
            .map(|(&first, &last)| self.say.period(first, last))
            .unwrap_or_default()
    }

    fn letter(
        &self,
        kind: LetterKind,
        code: &str,
        name: String,
        values: Vec<(&'static str, String)>,
        figures: Vec<Labelled>,
        tables: Vec<Table>,
    ) -> Letter {
        let say = self.say;
        let first = self.facts.festival.nights.first();
        let dates = self.dates();
        let festival = say.name(&self.facts.festival.name);
        let mut values: BTreeMap<&str, String> = values.into_iter().collect();
        values.insert("name", name.clone());
        values.insert("festival", festival.clone());
        values.insert("dates", dates.clone());
        let value = |place: &str| values.get(place).cloned().unwrap_or_default();
        let usual = || defaults::wording(kind, say.0);
        let wording = self.wordings.get(&kind).cloned().unwrap_or_else(usual);
        let line = |text: &str| filled(text, value).unwrap_or_default();
        let number = format!("{}-{}-{code}", year(first.copied().unwrap_or(self.issued_on)), kind.initial());
        let title = line(wording.title.as_str());
        Letter {
            kind,
            number: number.clone(),
            festival: festival.clone(),
            nights: None,
            minutes: None,
            issued_on: self.issued_on,
            sheet: Sheet {
                language: say.0,
                document: format!("{title} – {name}"),
                festival,
                dates,
                title,
                greeting: line(wording.greeting.as_str()),
                name: name.clone(),
                paragraphs: wording.body.as_str().lines().filter_map(|text| filled(text, value)).collect(),
                figures,
                tables,
                closing: line(wording.closing.as_str()),
                signatory: line(wording.signatory.as_str()),
                issued: labelled(say.either("تاریخ", "Date"), say.date(self.issued_on)),
                number: labelled(say.either("شماره", "Number"), number),
                check: say.either("راستی‌آزمایی این برگه", "Verify this letter"),
                page: say.either("صفحهٔ", "Page"),
                draft: None,
            },
            name,
        }
    }
}

pub(super) fn labelled(label: &str, value: String) -> Labelled {
    Labelled { label: label.to_owned(), value }
}

/// «۳ شب خدمت (در مجموع ۱۲ ساعت و ۳۰ دقیقه) در باغ غدیر، در عرصهٔ پذیرایی».
fn service(say: Say, thanks: Option<&VolunteerThanks>) -> String {
    let Some(thanks) = thanks else {
        return say.either("اعلام آمادگی برای خدمت", "your readiness to serve").to_owned();
    };
    let outside = say.duration(thanks.worklog_minutes);
    if thanks.shifts == 0 {
        return say.either(
            format!("{outside} خدمت بیرون از شیفت‌ها"),
            format!("{outside} of service outside shifts"),
        );
    }
    let nights = say.counted(thanks.nights, "شب خدمت", "night of service", "nights of service");
    let duration = say.duration(thanks.minutes);
    let (venues, specialties) =
        (say.in_a_row(&thanks.venues, PLACES), say.in_a_row(&thanks.specialties, FIELDS));
    let mut said = say.either(
        format!("{nights} (در مجموع {duration}) در {venues}، در عرصهٔ {specialties}"),
        format!("{nights} ({duration} in all) at {venues}, in {specialties}"),
    );
    if thanks.worklog_minutes > 0 {
        said +=
            &say.either(format!("، و {outside} بیرون از شیفت‌ها"), format!(", and {outside} outside shifts"));
    }
    said
}

fn sent_sentence(say: Say, sent: Effort) -> String {
    if sent.volunteers == 0 {
        return String::new();
    }
    let people = say.counted(sent.volunteers, "خادمیار", "volunteer", "volunteers");
    let duration = say.duration(sent.total_minutes);
    let served = if sent.volunteers == 1 { "کرد" } else { "کردند" };
    say.either(
        format!("{people} از این منطقه در مجموع {duration} به مردم خدمت {served}."),
        format!("{people} of the district served people for {duration} in all."),
    )
}

fn hosted_sentence(say: Say, thanks: &DistrictThanks) -> String {
    let hosted = thanks.hosted;
    if hosted.assignments == 0 {
        return String::new();
    }
    let venues = say.in_a_row(&thanks.venues, PLACES);
    let shifts = say.counted(hosted.shifts, "شیفت خدمت", "shift", "shifts");
    let people = say.counted(hosted.volunteers, "خادمیار", "volunteer", "volunteers");
    say.either(
        format!("این منطقه در {venues} میزبان {shifts} بود که {people} در آن به مردم خدمت کردند."),
        format!("The district was host to {shifts} at {venues}, in which {people} served."),
    )
}

fn gifts_sentence(say: Say, contributions: &[ContributionThanks]) -> String {
    if contributions.is_empty() {
        return String::new();
    }
    let gifts: Vec<String> = contributions.iter().map(|given| gift(say, given)).collect();
    let gifts = say.list(&gifts);
    say.either(format!("آنچه این منطقه در میان نهاد: {gifts}."), format!("What the district gave: {gifts}."))
}

/// «صندلی تاشو (۱٬۲۰۰ عدد)».
fn gift(say: Say, given: &ContributionThanks) -> String {
    let what = say.text(&given.description);
    match super::tables::amount(say, given) {
        amount if amount.is_empty() => what,
        amount => format!("{what} ({amount})"),
    }
}

/// What was done at the venues that a partner gave something to.
fn outcome(say: Say, contributions: &[ContributionThanks]) -> String {
    let mut venues: Vec<(&Name, Effort)> = Vec::new();
    for given in contributions {
        if let (Some(venue), Some(effort)) = (&given.venue, given.effort)
            && effort.assignments > 0
            && !venues.iter().any(|(known, _)| *known == venue)
        {
            venues.push((venue, effort));
        }
    }
    if venues.is_empty() {
        return String::new();
    }
    let shifts: usize = venues.iter().map(|(_, effort)| effort.shifts).sum();
    let minutes: i64 = venues.iter().map(|(_, effort)| effort.minutes).sum();
    let names: Vec<Name> = venues.into_iter().map(|(name, _)| name.clone()).collect();
    let (names, duration) = (say.in_a_row(&names, PLACES), say.duration(minutes));
    let shifts = say.counted(shifts, "شیفت", "shift", "shifts");
    say.either(
        format!("به یاری شما در {names} {duration} خدمت در {shifts} به مردم رسید."),
        format!("With your help people were served at {names} for {duration}, in {shifts}."),
    )
}
