//! How the load was shared, and who came. Nobody is named.

use std::collections::BTreeMap;

use khademyar_domain::attendance::Attendance;

use super::{
    Chapter, Course,
    chart::{Chart, Key, StackRow, columns, share},
};
use crate::paper::{say::Say, writer::Writer};

/// How many columns a distribution has at the most.
const COLUMNS: i64 = 12;

impl Writer<'_> {
    pub(super) fn shared_load(&self) -> Chapter {
        let say = self.say;
        let title = say.either("آیا بار خدمت میان همه تقسیم شد؟", "Was the load shared?");
        let nights: Vec<i64> = self
            .report
            .volunteers
            .iter()
            .map(|thanks| thanks.nights as i64)
            .filter(|&nights| nights > 0)
            .collect();
        if nights.is_empty() {
            return Chapter::empty(title, self.nothing_served());
        }
        let minutes: Vec<i64> = self
            .report
            .volunteers
            .iter()
            .map(|thanks| thanks.total_minutes)
            .filter(|&minutes| minutes > 0)
            .collect();
        let hours: Vec<i64> = minutes.iter().map(|minutes| minutes / 60).collect();
        let mut paragraphs = Vec::new();
        let (middle, most) = (median(&nights), nights.iter().copied().max().unwrap_or_default());
        let said = |nights: i64| say.counted(nights.unsigned_abs() as usize, "شب", "night", "nights");
        paragraphs.push(if most == middle && nights.iter().all(|&n| n == most) {
            say.either(
                format!("هر که خدمت کرد {} خدمت کرد.", said(most)),
                format!("Everyone who served did so on {}.", said(most)),
            )
        } else {
            say.either(
                format!(
                    "نیمی از خادمیاران {} یا کم‌تر خدمت کردند و هیچ کس بیش از {}.",
                    said(middle),
                    said(most)
                ),
                format!(
                    "Half of those who served did so on {} or fewer, and nobody on more than {}.",
                    said(middle),
                    said(most)
                ),
            )
        });
        let whole: i64 = minutes.iter().sum();
        if minutes.len() >= 10 {
            let mut sorted = minutes.clone();
            sorted.sort_unstable_by(|a, b| b.cmp(a));
            let tenth: i64 = sorted[..sorted.len().div_ceil(10)].iter().sum();
            let tenth = say.percent(share(tenth as f64, whole as f64));
            paragraphs.push(say.either(
                format!("یک دهم خادمیاران که بیش از همه خدمت کردند {tenth} از ساعت‌ها را بر دوش داشتند؛ اگر بار یکسان بود ۱۰٪ می‌شد."),
                format!("The tenth who served the most gave {tenth} of the hours; were the load the same for all, it would be 10%."),
            ));
        }
        let idle = self.report.festival.registered.saturating_sub(self.report.volunteers.len());
        if idle > 0 {
            paragraphs.push(say.either(
                format!("{} نفر نام نوشته بودند و خدمتی از آنان شمرده نشده است.", say.count(idle)),
                format!(
                    "{} offered to serve and are not counted as having served.",
                    say.counted(idle, "", "person", "people")
                ),
            ));
        }
        let people = say.either("خادمیاران، بر پایهٔ شمار شب‌ها", "Volunteers by the number of their nights");
        let by_hours =
            say.either("خادمیاران، بر پایهٔ شمار ساعت‌ها", "Volunteers by the number of their hours");
        let charts = vec![
            distribution(say, people, &nights, 1, say.either("شب", "nights")),
            distribution(say, by_hours, &hours, 0, say.either("ساعت", "hours")),
        ];
        Chapter::new(title, paragraphs, charts)
    }

    pub(super) fn who_came(&self, course: &Course) -> Chapter {
        use Attendance::{Absent, Excused, Partial, Present, Unknown};
        const ORDER: [Attendance; 5] = [Present, Partial, Excused, Absent, Unknown];
        let say = self.say;
        let title = say.either("چه کسانی آمدند؟", "Who came?");
        let mut nights: BTreeMap<usize, [usize; 5]> = BTreeMap::new();
        for attended in &course.attended {
            let place = ORDER.iter().position(|&one| one == attended.attendance).unwrap_or(ORDER.len() - 1);
            nights.entry(attended.night).or_default()[place] += attended.seats;
        }
        let all = nights.values().fold([0; 5], |sum, night| std::array::from_fn(|k| sum[k] + night[k]));
        let seats: usize = all.iter().sum();
        if seats == 0 {
            let why = say.either("هنوز شیفتی به پایان نرسیده است.", "No shift is over yet.");
            return Chapter::empty(title, why);
        }
        if seats == all[4] {
            let why = say.either(
                "حضور و غیابی ثبت نشده است: دانسته نیست چه کسانی آمدند.",
                "Nobody called the roll: it is not known who came.",
            );
            return Chapter::empty(title, why);
        }
        let words = [
            say.either("حاضر", "present"),
            say.either("بخشی از شیفت", "for a part of the shift"),
            say.either("غایب با عذر", "excused"),
            say.either("غایب", "absent"),
            say.either("ثبت‌نشده", "not told"),
        ];
        let row = |label: String, parts: &[usize; 5]| {
            let whole: usize = parts.iter().sum();
            StackRow {
                label,
                value: say.count(whole),
                shares: parts.iter().map(|&part| share(part as f64, whole as f64)).collect(),
            }
        };
        let key = words.iter().enumerate().map(|(colour, word)| {
            let share = say.percent(share(all[colour] as f64, seats as f64));
            Key { label: format!("{word}: {} ({share})", say.count(all[colour])), colour }
        });
        let came = say.percent(share((all[0] + all[1]) as f64, seats as f64));
        let mut paragraphs = vec![say.either(
            format!("در {came} از {} خدمتی که وعده شده بود خادمیار آمد.", say.count(seats)),
            format!("In {came} of {} seats the volunteer came.", say.count(seats)),
        )];
        if all[3] + all[2] > 0 {
            let (absent, excused) = (say.count(all[3]), say.count(all[2]));
            paragraphs.push(say.either(
                format!("{absent} بار کسی بی خبر نیامد و {excused} بار با عذر."),
                format!("Somebody stayed away without a reason {absent} times, and with a good one {excused} times."),
            ));
        }
        if all[4] > 0 {
            let unknown = say.counted(all[4], "جا", "seat", "seats");
            paragraphs.push(say.either(
                format!("از {unknown} چیزی ثبت نشده است: این غیبت نیست."),
                format!("Of {unknown} nothing is told: that is not absence."),
            ));
        }
        let rows = nights.iter().map(|(&night, parts)| row(say.count(night + 1), parts));
        let charts = vec![
            Chart::Stack {
                title: say.either("در همهٔ شب‌ها", "On all nights").to_owned(),
                rows: vec![row(String::new(), &all)],
                key: key.collect(),
            },
            Chart::Stack {
                title: say.either("شب به شب", "Night by night").to_owned(),
                rows: rows.collect(),
                key: Vec::new(),
            },
        ];
        Chapter::new(title, paragraphs, charts)
    }
}

/// How many people have how many of something, from `least` on, in no more than a dozen columns of the same width.
fn distribution(say: Say, title: &str, values: &[i64], least: i64, below: &str) -> Chart {
    let most = values.iter().copied().max().unwrap_or(least).max(least);
    // Widths that people count in.
    let width = [1, 2, 4, 5, 10, 20, 25, 50, 100, 200, 500, 1000]
        .into_iter()
        .find(|width| (most - least) / width < COLUMNS)
        .unwrap_or((most - least) / COLUMNS + 1);
    let last = (most - least) / width;
    let mut people = vec![0_usize; usize::try_from(last + 1).unwrap_or(1)];
    for value in values {
        if let Some(count) = usize::try_from((value - least) / width).ok().and_then(|k| people.get_mut(k)) {
            *count += 1;
        }
    }
    let label = |k: usize| {
        let from = least + k as i64 * width;
        if width == 1 { say.number(from) } else { say.range(from, from + width - 1) }
    };
    let columns = columns(
        people.into_iter().enumerate().map(|(k, count)| (label(k), count as f64, say.count(count))).collect(),
    );
    Chart::Columns { title: title.to_owned(), columns, below: below.to_owned() }
}

fn median(values: &[i64]) -> i64 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    sorted.get((sorted.len().max(1) - 1) / 2).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use khademyar_domain::language::Language::English;

    use super::*;

    fn labelled(values: &[i64], least: i64) -> Vec<(String, String)> {
        let Chart::Columns { columns, .. } = distribution(Say(English), "", values, least, "") else {
            panic!("columns")
        };
        columns.into_iter().map(|column| (column.label, column.value)).collect()
    }

    #[test]
    fn everyone_stands_in_one_column() {
        let told = |pairs: &[(&str, &str)]| {
            pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect::<Vec<_>>()
        };
        assert_eq!(labelled(&[1, 3, 3], 1), told(&[("1", "1"), ("2", "0"), ("3", "2")]));
        assert_eq!(labelled(&[4], 4), told(&[("4", "1")]));
        let wide = labelled(&[0, 1, 23, 59, 59], 0);
        assert_eq!((wide.len(), wide[0].clone()), (12, ("0–4".to_owned(), "2".to_owned())));
        assert_eq!(wide[11], ("55–59".to_owned(), "2".to_owned()));
        assert_eq!(labelled(&[0, 1_000_000], 0).len(), 12);
    }

    #[test]
    fn half_have_no_more_than_the_median() {
        assert_eq!([median(&[]), median(&[3]), median(&[1, 9]), median(&[5, 1, 2])], [0, 3, 1, 2]);
    }
}
