//! What was asked for and what of it was filled: by night and district, and night by night.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use khademyar_domain::{Id, district::District};

use super::{
    Chapter, Course, Covered,
    chart::{Chart, Column, HeatCell, HeatRow, columns, share},
};
use crate::{paper::writer::Writer, thank_you::DistrictThanks};

/// How many nights stand beside each other at the most.
const NIGHTS_IN_A_ROW: usize = 15;
/// How many columns a chart has at the most.
const COLUMNS: usize = 31;

/// What was asked for, and what of it was filled.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Asked {
    minimum: u32,
    pub(super) desired: u32,
    filled: u32,
    essential_missing: u32,
}

impl Asked {
    pub(super) fn of<'a>(some: impl Iterator<Item = &'a Covered>) -> Self {
        some.fold(Self::default(), |sum, one| Self {
            minimum: sum.minimum + one.minimum,
            desired: sum.desired + one.desired,
            filled: sum.filled + one.filled,
            essential_missing: sum.essential_missing + one.essential_missing,
        })
    }

    pub(super) fn share(self) -> f64 {
        share(self.filled.min(self.desired).into(), self.desired.into())
    }
}

impl Writer<'_> {
    pub(super) fn covered(&self, course: &Course) -> Chapter {
        let say = self.say;
        let title = say.either("پوشش، شب به شب و منطقه به منطقه", "Coverage by night and district");
        let all = Asked::of(course.covered.iter());
        if all.desired == 0 {
            let why = say.either("هنوز جایی برای خدمت خواسته نشده است.", "Nobody was asked for yet.");
            return Chapter::empty(title, why);
        }
        let mut cells: BTreeMap<(Id<District>, usize), Vec<&Covered>> = BTreeMap::new();
        for covered in &course.covered {
            cells.entry((covered.district_id, covered.night)).or_default().push(covered);
        }
        let cells: BTreeMap<_, Asked> =
            cells.into_iter().map(|(key, some)| (key, Asked::of(some.into_iter()))).collect();
        let asked: BTreeSet<Id<District>> = cells.keys().map(|(district, _)| *district).collect();
        let districts: Vec<&DistrictThanks> =
            self.report.districts.iter().filter(|thanks| asked.contains(&thanks.id)).collect();
        let nights: BTreeSet<usize> = cells.keys().map(|(_, night)| *night).collect();
        let nights: Vec<usize> = nights.into_iter().collect();
        let cell = |filled: &Asked| HeatCell { share: filled.share(), text: say.percent(filled.share()) };
        let charts = nights.chunks(NIGHTS_IN_A_ROW).map(|nights| Chart::Heat {
            columns: nights.iter().map(|&night| say.count(night + 1)).collect(),
            rows: districts
                .iter()
                .map(|thanks| HeatRow {
                    label: say.name(&thanks.name),
                    cells: nights
                        .iter()
                        .map(|&night| {
                            cells.get(&(thanks.id, night)).filter(|filled| filled.desired > 0).map(cell)
                        })
                        .collect(),
                })
                .collect(),
            scale: [0.0, 0.25, 0.5, 0.75, 1.0]
                .map(|share| HeatCell { share, text: say.percent(share) })
                .into(),
        });
        let (filled, desired) = (all.filled.min(all.desired), all.desired);
        let mut paragraphs = vec![say.either(
            format!(
                "از {} جایی که خواسته شده بود {} جا پر شد: {}.",
                say.number(desired.into()),
                say.number(filled.into()),
                say.percent(all.share())
            ),
            format!(
                "Of {} seats that were asked for, {} were filled: {}.",
                say.number(desired.into()),
                say.number(filled.into()),
                say.percent(all.share())
            ),
        )];
        paragraphs.push(match (all.minimum, all.essential_missing) {
            (0, _) => say.either("هیچ جایی ضروری خوانده نشده بود.", "None was called essential.").to_owned(),
            (_, 0) => say.either("هیچ جای ضروری خالی نماند.", "No essential seat stayed empty.").to_owned(),
            (minimum, missing) => say.either(
                format!(
                    "از {} جای ضروری {} جا خالی ماند.",
                    say.number(minimum.into()),
                    say.number(missing.into())
                ),
                format!(
                    "Of {} essential seats {} stayed empty.",
                    say.number(minimum.into()),
                    say.number(missing.into())
                ),
            ),
        });
        let least = cells
            .iter()
            .filter(|(_, filled)| filled.desired > 0)
            .min_by(|(_, a), (_, b)| a.share().total_cmp(&b.share()));
        if let Some((&(district, night), filled)) = least
            && filled.share() < 1.0
            && cells.len() > 1
            && let Some(thanks) = districts.iter().find(|thanks| thanks.id == district)
        {
            let (night, share, district) =
                (say.night(night), say.percent(filled.share()), say.name(&thanks.name));
            paragraphs.push(say.either(
                format!("کم‌ترین پوشش، {share}، در {night} بود: {district}."),
                format!("Coverage was lowest, {share}, on {night}: {district}."),
            ));
        }
        paragraphs.push(
            say.either(
                "هر خانه یک شب در یک منطقه است و عدد آن سهم جاهایی که پر شد؛ هر چه پررنگ‌تر، پرتر. خانهٔ سفید: جایی خواسته نشده بود.",
                "Each field is a night in a district, its number the share of seats that were filled: the darker, the fuller. Where it is blank nobody was asked for.",
            )
            .to_owned(),
        );
        Chapter::new(title, paragraphs, charts.collect())
    }

    pub(super) fn night_by_night(&self, course: &Course) -> Chapter {
        let say = self.say;
        let title = say.either("شب به شب", "Night by night");
        let mut minutes: BTreeMap<usize, (i64, usize)> = BTreeMap::new();
        for service in &self.facts.services {
            let night = minutes.entry(usize::try_from(service.night).unwrap_or_default()).or_default();
            *night = (night.0 + service.minutes, night.1 + 1);
        }
        let mut asked: BTreeMap<usize, Vec<&Covered>> = BTreeMap::new();
        for covered in &course.covered {
            asked.entry(covered.night).or_default().push(covered);
        }
        let nights: BTreeSet<usize> = minutes.keys().chain(asked.keys()).copied().collect();
        if nights.is_empty() {
            let why = say.either("هنوز شبی شمرده نشده است.", "No night is counted yet.");
            return Chapter::empty(title, why);
        }
        let mut paragraphs = Vec::new();
        let mut charts = Vec::new();
        if let Some((&night, &(most, people))) =
            minutes.iter().max_by_key(|(night, (minutes, _))| (*minutes, Reverse(**night)))
        {
            let (night, hours) = (say.night(night), say.duration_in_hours(most));
            let people = say.counted(people, "خدمت", "service", "services");
            paragraphs.push(say.either(
                format!("پرکارترین شب {night} بود، با {people} و {hours}."),
                format!("Most was done on {night}: {people}, {hours}."),
            ));
            let nights: Vec<_> = nights.iter().copied().collect();
            for (part, nights) in nights.chunks(COLUMNS).enumerate() {
                charts.push(Chart::Columns {
                    title: if part == 0 {
                        say.either("ساعت خدمت در هر شب", "Hours served on each night").to_owned()
                    } else {
                        String::new()
                    },
                    columns: columns(
                        nights
                            .iter()
                            .map(|night| {
                                let minutes = minutes.get(night).map_or(0, |(minutes, _)| *minutes);
                                (say.count(night + 1), minutes as f64, say.number(minutes / 60))
                            })
                            .collect(),
                    ),
                    below: say.either("شب", "night").to_owned(),
                });
            }
        }
        let shares: Vec<(usize, f64)> = asked
            .iter()
            .map(|(&night, some)| (night, Asked::of(some.iter().copied())))
            .filter(|(_, filled)| filled.desired > 0)
            .map(|(night, filled)| (night, filled.share()))
            .collect();
        if let Some(&(night, least)) = shares.iter().min_by(|(_, a), (_, b)| a.total_cmp(b)) {
            paragraphs.push(if least < 1.0 {
                say.either(
                    format!(
                        "در {} کم‌ترین سهم از جاهای خواسته‌شده پر شد: {}.",
                        say.night(night),
                        say.percent(least)
                    ),
                    format!(
                        "The smallest share of what was asked for was filled on {}: {}.",
                        say.night(night),
                        say.percent(least)
                    ),
                )
            } else {
                say.either(
                    "در همهٔ شب‌ها هر چه خواسته شده بود پر شد.",
                    "On every night all that was asked for was filled.",
                )
                .to_owned()
            });
            for (part, shares) in shares.chunks(COLUMNS).enumerate() {
                let columns = shares.iter().map(|&(night, share)| Column {
                    label: say.count(night + 1),
                    value: say.percent(share),
                    share,
                });
                charts.push(Chart::Columns {
                    title: if part == 0 {
                        say.either(
                            "سهم پرشده از جاهای خواسته‌شده",
                            "Share of the seats asked for that was filled",
                        )
                        .to_owned()
                    } else {
                        String::new()
                    },
                    columns: columns.collect(),
                    below: say.either("شب", "night").to_owned(),
                });
            }
        }
        Chapter::new(title, paragraphs, charts)
    }
}
