//! Letters of thanks: printable Persian pages for a volunteer and for a district's mayor.

pub(crate) mod words;

use askama::Template;
use chrono::NaiveDate;
use khademyar_domain::{
    Id, Name,
    assignment::Service,
    district::District,
    jalali,
    language::Language,
    volunteer::{Gender, Volunteer},
};

use self::words::shown;
use crate::{
    facts::{Facts, name_by_id},
    thank_you::{ContributionThanks, ThankYou, VolunteerThanks},
};

/// The style of every letter, as it stands in their `<style>`; a content security policy can name its hash.
pub const STYLE: &str = include_str!("../templates/letter.css");

/// The page that thanks a volunteer, as HTML; `None` if the facts know no such volunteer.
///
/// Who did not get to serve is thanked for having offered.
#[must_use]
pub fn to_volunteer(facts: &Facts, id: Id<Volunteer>, issued_on: NaiveDate) -> Option<String> {
    let volunteer = facts.volunteers.iter().find(|volunteer| volunteer.id == id)?;
    let mut services: Vec<_> = facts.services.iter().filter(|service| service.volunteer_id == id).collect();
    services.sort_by_key(|service| (service.starts_at, service.shift_id));
    let page = VolunteerPage {
        head: Head::new(facts, issued_on),
        address: match volunteer.gender {
            Gender::Woman => "خادمیار گرامی، سرکار خانم",
            Gender::Man => "خادمیار گرامی، جناب آقای",
        },
        name: shown(volunteer.name.fa.as_str()),
        code: volunteer.code.to_string(),
        thanks: ThankYou::count(facts).volunteers.into_iter().find(|thanks| thanks.id == id),
        lines: service_lines(facts, &services),
    };
    page.render().ok()
}

/// The page that thanks a district through its mayor, as HTML; `None` if the facts know no such district.
#[must_use]
pub fn to_district(facts: &Facts, id: Id<District>, issued_on: NaiveDate) -> Option<String> {
    let report = ThankYou::count(facts);
    let district = report.districts.into_iter().find(|district| district.id == id)?;
    let page = DistrictPage {
        head: Head::new(facts, issued_on),
        name: shown(district.name.fa.as_str()),
        mayor: district.mayor.map(|mayor| shown(mayor.as_str())),
        sent_volunteers: district.sent.volunteers,
        sent_minutes: district.sent.total_minutes,
        sent_worklog_minutes: district.sent.worklog_minutes,
        hosted_shifts: district.hosted.shifts,
        hosted_assignments: district.hosted.assignments,
        venues: district.venues,
        contributions: district.contributions,
        volunteers: report.volunteers.into_iter().filter(|volunteer| volunteer.district_id == id).collect(),
    };
    page.render().ok()
}

/// What stands at the top and the bottom of every letter.
struct Head {
    festival: String,
    dates: String,
    issued_on: String,
}

impl Head {
    fn new(facts: &Facts, issued_on: NaiveDate) -> Self {
        let nights = &facts.festival.nights;
        Self {
            festival: shown(facts.festival.name.fa.as_str()),
            dates: match (nights.first(), nights.last()) {
                (Some(&first), Some(&last)) => words::period(first, last),
                _ => String::new(),
            },
            issued_on: jalali::day_month_year(issued_on),
        }
    }
}

#[derive(Template)]
#[template(path = "volunteer.html")]
struct VolunteerPage {
    head: Head,
    address: &'static str,
    name: String,
    code: String,
    thanks: Option<VolunteerThanks>,
    lines: Vec<ServiceLine>,
}

struct ServiceLine {
    night: String,
    date: String,
    venue: String,
    specialty: String,
}

#[derive(Template)]
#[template(path = "district.html")]
struct DistrictPage {
    head: Head,
    name: String,
    mayor: Option<String>,
    sent_volunteers: usize,
    sent_minutes: i64,
    sent_worklog_minutes: i64,
    hosted_shifts: usize,
    hosted_assignments: usize,
    venues: Vec<Name>,
    contributions: Vec<ContributionThanks>,
    volunteers: Vec<VolunteerThanks>,
}

fn service_lines(facts: &Facts, services: &[&Service]) -> Vec<ServiceLine> {
    let venues = name_by_id(&facts.venues, |venue| &venue.name);
    let specialties = name_by_id(&facts.specialties, |specialty| &specialty.name);
    let name = |name: Option<&&Name>| name.map(|name| shown(name.fa.as_str())).unwrap_or_default();
    services
        .iter()
        .map(|service| {
            let night = usize::try_from(service.night).unwrap_or_default();
            ServiceLine {
                night: jalali::night_label(night as u32 + 1, Language::Persian),
                date: facts.festival.nights.get(night).map(|&date| words::day(date)).unwrap_or_default(),
                venue: name(venues.get(&service.venue_id)),
                specialty: name(specialties.get(&service.specialty_id)),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example;
    use khademyar_domain::{Text, worklog::Credit};

    fn issued() -> NaiveDate {
        NaiveDate::from_ymd_opt(2027, 4, 20).unwrap()
    }

    fn name(fa: &str) -> Name {
        Name { fa: Text::new(fa).unwrap(), en: None }
    }

    #[test]
    fn a_volunteer_is_thanked_for_what_they_did() {
        let facts = example::facts(10);
        let page = to_volunteer(&facts, facts.volunteers[3].id, issued()).unwrap();
        for text in [
            "جناب آقای <strong><bdi>حسن ژیان</bdi></strong>",
            "۳ شب و در مجموع ۱۲ ساعت و ۳۰ دقیقه، در باغ غدیر، در عرصهٔ پذیرایی",
            "۱۹ تا ۲۸ فروردین ۱۴۰۶",
            "<td>شب سوم</td><td>شنبه ۲۱ فروردین</td><td>باغ غدیر</td><td>پذیرایی</td>",
            "شناسه: <bdi>v4</bdi>",
            "تاریخ: ۳۱ فروردین ۱۴۰۶",
        ] {
            assert!(page.contains(text), "{text} is not in {page}");
        }
        assert_eq!(page.matches("<tr><td>").count(), 3);
        assert_eq!(to_volunteer(&facts, example::id(7), issued()), None);
    }

    #[test]
    fn who_got_no_place_is_thanked_for_the_offer() {
        let mut facts = example::facts(1);
        facts.services.clear();
        let page = to_volunteer(&facts, facts.volunteers[0].id, issued()).unwrap();
        assert!(page.contains("اعلام آمادگی") && !page.contains("<table"));
    }

    #[test]
    fn what_was_done_outside_shifts_is_thanked_too() {
        let mut facts = example::facts(10);
        let [both, outside] = [facts.volunteers[3].clone(), facts.volunteers[5].clone()];
        facts.services.retain(|service| service.volunteer_id != outside.id);
        facts.credits = [(both.id, 45), (outside.id, 125)]
            .map(|(volunteer_id, minutes)| Credit { volunteer_id, minutes })
            .to_vec();

        let page = to_volunteer(&facts, both.id, issued()).unwrap();
        for text in [
            "در عرصهٔ پذیرایی، و ۴۵ دقیقه بیرون از شیفت‌ها؛ روی هم ۱۳ ساعت و ۱۵ دقیقه.",
            "<dt>ساعت در شیفت</dt><dd>۱۲:۳۰</dd>",
            "<dt>بیرون از شیفت</dt><dd>۰:۴۵</dd>",
            "<dt>جمع ساعت‌ها</dt><dd>۱۳:۱۵</dd>",
        ] {
            assert!(page.contains(text), "{text} is not in {page}");
        }
        let page = to_volunteer(&facts, outside.id, issued()).unwrap();
        assert!(page.contains("غنیمت شمردید: ۲ ساعت و ۵ دقیقه بیرون از شیفت‌ها. هر که"), "{page}");
        assert!(
            !page.contains("<table") && !page.contains("<dt>شب</dt>") && !page.contains("روی هم"),
            "{page}"
        );
        let page = to_district(&facts, outside.home_district_id, issued()).unwrap();
        for text in [
            "در مجموع ۲ ساعت و ۵ دقیقه (۲ ساعت و ۵ دقیقه از آن بیرون از شیفت‌ها) به مردم خدمت کرد",
            "<dt>بیرون از شیفت</dt><dd>۲:۰۵</dd>",
            "<td class=\"number\">۰</td><td class=\"number\">۰</td><td class=\"number\">۰</td><td class=\"number\">۲:۰۵</td><td class=\"number\">۲:۰۵</td>",
        ] {
            assert!(page.contains(text), "{text} is not in {page}");
        }
    }

    #[test]
    fn a_district_reads_what_its_people_and_places_gave() {
        let facts = example::facts(30);
        let page = to_district(&facts, example::id(1), issued()).unwrap();
        for text in [
            "<strong><bdi>مهندس شهردار ۱</bdi></strong>، شهردار گرامی منطقهٔ ۱",
            "۲ خادمیار از این منطقه",
            "در باغ غدیر میزبان",
            "مکان: واگذاری باغ غدیر و آماده‌سازی محوطه (باغ غدیر؛",
        ] {
            assert!(page.contains(text), "{text} is not in {page}");
        }
        let page = to_district(&facts, example::id(4), issued()).unwrap();
        assert!(page.contains("<strong>شهردار گرامی منطقهٔ ۴</strong>"), "without a mayor's name: {page}");
        assert_eq!(to_district(&facts, example::id(99), issued()), None);
    }

    #[test]
    fn text_is_escaped() {
        let mut facts = example::facts(1);
        facts.volunteers[0].name = name("<script>alert(1)</script> & \"رضا\"");
        facts.festival.name = name("<b>دهه");
        let page = to_volunteer(&facts, facts.volunteers[0].id, issued()).unwrap();
        assert!(!page.contains("<script") && !page.contains("<b>"));
    }
}
