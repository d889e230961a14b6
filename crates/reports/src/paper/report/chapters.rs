//! What was done: the figures, where and as what people served, what partners gave.

use std::collections::HashMap;

use khademyar_domain::{Id, Name, district::District};

use super::{
    Chapter, Course,
    chart::{Chart, Key, bars, share},
    coverage::Asked,
};
use crate::{
    facts::name_by_id,
    paper::{
        tables::amount,
        writer::{Table, Writer, labelled},
    },
    thank_you::DistrictThanks,
};

/// From this priority on a district counts as one of the least served.
const DEPRIVED: i32 = 4;
/// How many bars a chart has at the most; what is over is one bar more.
const BARS: usize = 24;

impl Chapter {
    pub(super) fn new(title: impl Into<String>, paragraphs: Vec<String>, charts: Vec<Chart>) -> Self {
        Self { title: title.into(), paragraphs, charts }
    }

    /// A chapter of which there is nothing to tell but this.
    pub(super) fn empty(title: impl Into<String>, why: impl Into<String>) -> Self {
        Self::new(title, vec![why.into()], Vec::new())
    }
}

impl Writer<'_> {
    pub(super) fn at_a_glance(&self) -> Chapter {
        let say = self.say;
        let festival = &self.report.festival;
        let effort = festival.effort;
        let venues = self.report.venues.iter().filter(|venue| venue.effort.assignments > 0).count();
        let hosts = self.report.districts.iter().filter(|thanks| thanks.hosted.assignments > 0).count();
        let hours = effort.total_minutes / 60;
        let figure = |fa, en, value: String| labelled(say.either(fa, en), value);
        let items = vec![
            figure("خادمیار خدمت کرد", "volunteers served", say.count(effort.volunteers)),
            figure("ساعت خدمت", "hours of service", say.number(hours)),
            figure("شب", "nights", say.count(festival.nights)),
            figure("شیفت", "shifts", say.count(effort.shifts)),
            figure("جای خدمت", "venues", say.count(venues)),
            figure("منطقهٔ میزبان", "host districts", say.count(hosts)),
            figure("همکار", "partners", say.count(festival.partners)),
            figure("کمک همکاران", "contributions of partners", say.count(festival.contributions)),
        ];
        let mut paragraphs = vec![if effort.volunteers == 0 {
            say.either(
                format!(
                    "{} نفر برای خدمت نام نوشتند و هنوز خدمتی شمرده نشده است.",
                    say.count(festival.registered)
                ),
                format!(
                    "{} offered to serve; no service is counted yet.",
                    say.counted(festival.registered, "", "person", "people")
                ),
            )
        } else {
            let people = say.counted(effort.volunteers, "خادمیار", "volunteer", "volunteers");
            let places = say.counted(venues, "جای خدمت", "venue", "venues");
            let districts = say.counted(hosts, "منطقه", "district", "districts");
            let served = say.duration_in_hours(effort.total_minutes);
            let registered = say.count(festival.registered);
            say.either(
                format!("{people} از {registered} نفری که نام نوشته بودند، در {places} و {districts} در مجموع {served} به مردم خدمت کردند."),
                format!("{people}, of {registered} who offered to, served people for {served} in all, at {places} in {districts}."),
            )
        }];
        if effort.volunteers > 0 {
            let each = say.duration(effort.total_minutes / effort.volunteers as i64);
            paragraphs.push(say.either(
                format!("این به طور میانگین {each} برای هر نفر است."),
                format!("On average that is {each} for each of them."),
            ));
        }
        if effort.worklog_minutes > 0 {
            let outside = say.duration_in_hours(effort.worklog_minutes);
            paragraphs.push(say.either(
                format!("{outside} از آن بیرون از شیفت‌ها بود: آذین‌بندی، بسته‌بندی و کارهای دیگر، که تأیید شده است."),
                format!("Of that {outside} were outside shifts, in decorating, packing and the like, and approved."),
            ));
        }
        paragraphs.push(if festival.roll_taken {
            let unknown = say.counted(festival.unknown, "جا", "seat", "seats");
            if festival.unknown == 0 {
                say.either("ساعت‌ها از حضور و غیاب است.", "Hours are those that the roll tells.").to_owned()
            } else {
                say.either(
                    format!("ساعت‌ها از حضور و غیاب است؛ دربارهٔ {unknown} چیزی ثبت نشده و شمرده نشده است."),
                    format!("Hours are those that the roll tells; of {unknown} it tells nothing, and they are not counted."),
                )
            }
        } else {
            say.either(
                "حضور و غیابی ثبت نشده است؛ جاهای پذیرفته‌شده‌ای که شیفت‌شان گذشته شمرده می‌شود.",
                "Nobody called the roll: accepted seats whose shifts are over are counted.",
            )
            .to_owned()
        });
        Chapter::new(
            say.either("رویداد در یک نگاه", "The festival at a glance"),
            paragraphs,
            vec![Chart::Figures { items }],
        )
    }

    pub(super) fn by_specialty(&self) -> Chapter {
        let say = self.say;
        let title = say.either("ساعت خدمت در هر عرصه", "Hours by specialty");
        let names = name_by_id(&self.facts.specialties, |specialty| &specialty.name);
        let mut by: HashMap<_, i64> = HashMap::new();
        for service in &self.facts.services {
            *by.entry(service.specialty_id).or_default() += service.minutes;
        }
        let rows: Vec<(&Name, i64)> =
            by.into_iter().filter_map(|(id, minutes)| Some((*names.get(&id)?, minutes))).collect();
        // The name last: what it is written in must not turn the figures around it.
        self.ranked(title, rows, |name, share, count| match count {
            1 => say.either(
                format!("همهٔ خدمت در یک عرصه بود: {name}."),
                format!("All of it was in one specialty: {name}."),
            ),
            _ => say.either(
                format!("از میان {} عرصه، {share} از ساعت‌ها در یکی گذشت: {name}.", say.count(count)),
                format!("Of {} specialties, {share} of the hours went to one: {name}.", say.count(count)),
            ),
        })
    }

    pub(super) fn by_venue(&self) -> Chapter {
        let say = self.say;
        let title = say.either("ساعت خدمت در هر جا", "Hours by venue");
        let served = self.report.venues.iter().filter(|venue| venue.effort.minutes > 0);
        let rows: Vec<(&Name, i64)> = served.map(|venue| (&venue.name, venue.effort.minutes)).collect();
        self.ranked(title, rows, |name, share, count| match count {
            1 => say.either(
                format!("همهٔ خدمت در یک جا بود: {name}."),
                format!("All of it was at one venue: {name}."),
            ),
            _ => say.either(
                format!("از میان {} جا، {share} از ساعت‌ها در یکی گذشت: {name}.", say.count(count)),
                format!("Of {} venues, {share} of the hours were served at one: {name}.", say.count(count)),
            ),
        })
    }

    /// Minutes by name as bars, the longest first, and a sentence on the longest.
    fn ranked(
        &self,
        title: &str,
        mut rows: Vec<(&Name, i64)>,
        first: impl Fn(String, String, usize) -> String,
    ) -> Chapter {
        let say = self.say;
        let all: i64 = rows.iter().map(|(_, minutes)| minutes).sum();
        rows.sort_by(|(name, minutes), (other, others)| {
            others.cmp(minutes).then_with(|| name.fa.as_str().cmp(other.fa.as_str()))
        });
        let Some(&(most, minutes)) = rows.first().filter(|_| all > 0) else {
            return Chapter::empty(title, self.nothing_served());
        };
        let said = |minutes: i64| {
            let share = say.percent(share(minutes as f64, all as f64));
            say.either(
                format!("{} ساعت · {share}", say.number(minutes / 60)),
                format!("{} h · {share}", say.number(minutes / 60)),
            )
        };
        let paragraph = first(say.name(most), say.percent(share(minutes as f64, all as f64)), rows.len());
        let over: i64 = rows.iter().skip(BARS).map(|(_, minutes)| minutes).sum();
        let more = rows.len().saturating_sub(BARS);
        let mut listed: Vec<_> = rows
            .iter()
            .take(BARS)
            .map(|&(name, minutes)| (say.name(name), minutes as f64, said(minutes), 0))
            .collect();
        if more > 0 {
            let label = say.either(
                format!("{} تای دیگر، با هم", say.count(more)),
                format!("{} more, together", say.count(more)),
            );
            listed.push((label, over as f64, said(over), 1));
        }
        Chapter::new(
            title,
            vec![paragraph],
            vec![Chart::Bars { title: String::new(), rows: bars(listed), key: Vec::new() }],
        )
    }

    pub(super) fn nothing_served(&self) -> &'static str {
        self.say.either("هنوز خدمتی در شیفت‌ها شمرده نشده است.", "No service in shifts is counted yet.")
    }

    pub(super) fn by_district(&self, course: &Course) -> Chapter {
        let say = self.say;
        let title = say.either(
            "سهم منطقه‌ها، و منطقه‌های کم‌برخوردار",
            "The districts' share, and the least served of them",
        );
        let priority: HashMap<Id<District>, i32> =
            self.facts.districts.iter().map(|district| (district.id, district.value.priority)).collect();
        let deprived = |id: &Id<District>| priority.get(id).is_some_and(|&priority| priority >= DEPRIVED);
        let rows: Vec<&DistrictThanks> = self
            .report
            .districts
            .iter()
            .filter(|thanks| thanks.hosted.minutes > 0 || thanks.sent.total_minutes > 0)
            .collect();
        if rows.is_empty() {
            return Chapter::empty(title, self.nothing_served());
        }
        let hosted: i64 = rows.iter().map(|thanks| thanks.hosted.minutes).sum();
        let there: i64 =
            rows.iter().filter(|thanks| deprived(&thanks.id)).map(|thanks| thanks.hosted.minutes).sum();
        let many = self.report.districts.iter().filter(|thanks| deprived(&thanks.id)).count();
        let mut paragraphs = Vec::new();
        if many == 0 {
            paragraphs.push(
                say.either(
                    "هیچ منطقه‌ای کم‌برخوردار خوانده نشده است (اولویت ۴ یا ۵).",
                    "No district is called one of the least served (a priority of 4 or 5).",
                )
                .to_owned(),
            );
        } else {
            let among = say.count(self.report.districts.len());
            let (many, share) = (say.count(many), say.percent(share(there as f64, hosted as f64)));
            paragraphs.push(say.either(
                format!("{share} از ساعت‌های خدمت در {many} منطقهٔ کم‌برخوردار گذشت، از {among} منطقه."),
                format!("{share} of the hours were served in the least served districts: {many} of {among}."),
            ));
            let of = |which: bool| {
                Asked::of(course.covered.iter().filter(|covered| deprived(&covered.district_id) == which))
            };
            let (theirs, others) = (of(true), of(false));
            if theirs.desired > 0 && others.desired > 0 {
                let (theirs, others) = (say.percent(theirs.share()), say.percent(others.share()));
                paragraphs.push(say.either(
                    format!("از جاهای خواسته‌شده، {theirs} در این منطقه‌ها و {others} در دیگر منطقه‌ها پر شد."),
                    format!("Of the seats asked for, {theirs} were filled in these and {others} in the other districts."),
                ));
            }
        }
        let key = |fa: &str, en: &str, colour| Key { label: say.either(fa, en).to_owned(), colour };
        let key = vec![
            key("منطقهٔ کم‌برخوردار (اولویت ۴ و ۵)", "one of the least served (priority 4 and 5)", 1),
            key("دیگر منطقه‌ها", "other districts", 0),
        ];
        let of = |title: &str, minutes: &dyn Fn(&DistrictThanks) -> i64| {
            let mut rows: Vec<&DistrictThanks> =
                rows.iter().copied().filter(|thanks| minutes(thanks) > 0).collect();
            rows.sort_by_key(|thanks| std::cmp::Reverse(minutes(thanks)));
            let bars = bars(
                rows.iter()
                    .map(|thanks| {
                        let minutes = minutes(thanks);
                        let said = say.either(
                            format!("{} ساعت", say.number(minutes / 60)),
                            format!("{} h", say.number(minutes / 60)),
                        );
                        (say.name(&thanks.name), minutes as f64, said, usize::from(deprived(&thanks.id)))
                    })
                    .collect(),
            );
            Chart::Bars { title: title.to_owned(), rows: bars, key: key.clone() }
        };
        let charts = [
            of(say.either("ساعت خدمت در منطقه", "Hours served in the district"), &|thanks| {
                thanks.hosted.minutes
            }),
            of(
                say.either(
                    "ساعت خدمت مردم منطقه، هر جا که بود",
                    "Hours that its people served, wherever it was",
                ),
                &|thanks| thanks.sent.total_minutes,
            ),
        ];
        let charts = charts
            .into_iter()
            .filter(|chart| matches!(chart, Chart::Bars { rows, .. } if !rows.is_empty()))
            .collect();
        Chapter::new(title, paragraphs, charts)
    }

    pub(super) fn gifts(&self) -> Chapter {
        let say = self.say;
        let title = say.either("همکاران، و آنچه بخشیدند", "Partners, and what they gave");
        let partners = &self.report.partners;
        if partners.is_empty() {
            let why = say.either("همکاری ثبت نشده است.", "No partner is written down.");
            return Chapter::empty(title, why);
        }
        let given: usize = partners.iter().map(|partner| partner.contributions.len()).sum();
        let (count, gifts) = (
            say.counted(partners.len(), "همکار", "partner", "partners"),
            say.counted(given, "کمک", "contribution", "contributions"),
        );
        let paragraph = say.either(
            format!("{count} با {gifts} در این رویداد همراه بودند."),
            format!("{count} helped with {gifts}."),
        );
        let rows = partners.iter().flat_map(|partner| {
            let name = say.name(&partner.name);
            let mut lines: Vec<Vec<String>> = partner
                .contributions
                .iter()
                .map(|given| {
                    vec![say.kind(given.kind).to_owned(), say.text(&given.description), amount(say, given)]
                })
                .collect();
            if lines.is_empty() {
                lines.push(vec![String::new(), "—".to_owned(), String::new()]);
            }
            lines.into_iter().enumerate().map(move |(k, mut line)| {
                line.insert(0, if k == 0 { name.clone() } else { String::new() });
                line
            })
        });
        let table = Table {
            title: "",
            head: say
                .either(vec!["همکار", "گونه", "شرح", "اندازه"], vec!["Partner", "Kind", "What", "How much"]),
            widths: vec![6, 3, 7, 4],
            rows: rows.collect(),
        };
        Chapter::new(title, vec![paragraph], vec![Chart::Table(table)])
    }

    pub(super) fn thanks(&self) -> Chapter {
        let say = self.say;
        let districts: Vec<Name> = self
            .report
            .districts
            .iter()
            .filter(|thanks| thanks.sent.volunteers + thanks.hosted.assignments > 0)
            .map(|thanks| thanks.name.clone())
            .collect();
        let mut paragraphs = vec![
            say.either(
                "هر که سپاس مردم نگزارد، سپاس خدا نگزارده است.",
                "Whoever does not thank people has not thanked God.",
            )
            .to_owned(),
            say.either(
                "از همهٔ خادمیاران، خانواده‌های شکیبای آنان، هماهنگ‌کنندگان و مسئولان جاهای خدمت صمیمانه سپاسگزاریم. آنچه در این برگه‌ها به عدد آمد، به دست و دل آنان شد.",
                "We thank all volunteers and their patient families, the coordinators and those who led at each venue. What these pages put into numbers was the work of their hands and hearts.",
            )
            .to_owned(),
        ];
        if !districts.is_empty() {
            let names = say.all_in_a_row(&districts);
            paragraphs.push(say.either(
                format!("از شهرداری‌ها و مردم شریف {names} که میزبان و همراه این خدمت بودند قدردانی می‌کنیم."),
                format!("We are grateful to the municipalities and the people of {names}, who were hosts and companions."),
            ));
        }
        if !self.report.partners.is_empty() {
            let names: Vec<Name> = self.report.partners.iter().map(|partner| partner.name.clone()).collect();
            let names = say.all_in_a_row(&names);
            paragraphs.push(say.either(
                format!("و از همکارانی که بی یاری‌شان این رویداد به سامان نمی‌رسید: {names}."),
                format!("And to the partners without whom it would not have been possible: {names}."),
            ));
        }
        Chapter::new(say.either("سپاس", "With thanks"), paragraphs, Vec::new())
    }
}
