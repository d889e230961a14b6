//! How near the roster was to the best possible, in words that need no mathematics.

use std::cmp::Ordering;

use super::{
    Chapter, Course, Quality,
    chart::{Bar, Chart, Key, bars, share},
};
use crate::paper::writer::Writer;

impl Writer<'_> {
    pub(super) fn near_the_best(&self, course: &Course) -> Chapter {
        let say = self.say;
        let title =
            say.either("برنامه چقدر به بهترین نزدیک بود؟", "How near the best possible was the roster?");
        let Some(quality @ Quality { score, bound, terms }) = course.roster else {
            let why = say.either(
                "برنامه‌ای که رایانه یافته باشد منتشر نشده است؛ پس نمی‌توان گفت که چقدر به بهترین نزدیک بود.",
                "No roster that the computer found was published: so it cannot be told how near the best it was.",
            );
            return Chapter::empty(title, why);
        };
        let mut paragraphs = vec![
            say.either(
                "رایانه چینش‌های بسیاری را سنجید و در کنار آن ثابت کرد که هیچ چینش درستی، هر که آن را بسازد، از مرزی بهتر نمی‌شود. پس این‌ها حدس نیست.",
                "The computer weighed very many rosters, and proved beside it that none, whoever makes it, can be better than a certain limit. So what follows is not guessed.",
            )
            .to_owned(),
        ];
        paragraphs.push(match (score.essential, score.essential.cmp(&bound.essential)) {
            (0, _) => say
                .either(
                    "در این برنامه برای هر جای ضروری کسی بود.",
                    "In this roster there was somebody for every essential seat.",
                )
                .to_owned(),
            (_, Ordering::Greater) => say
                .either(
                    "برای برخی جاهای ضروری کسی نبود؛ و ثابت نشده است که بیش از این شدنی نبود.",
                    "Some essential seats had nobody; and it is not proven that no more was possible.",
                )
                .to_owned(),
            (..) => say
                .either(
                    "برای برخی جاهای ضروری کسی نبود؛ و ثابت شده است که با این خادمیاران بیش از این شدنی نبود.",
                    "Some essential seats had nobody; and it is proven that with these volunteers no more was possible.",
                )
                .to_owned(),
        });
        paragraphs.push(self.gap_said(quality));
        paragraphs.push(
            say.either(
                "این سنجش از برنامه‌ای است که منتشر شد؛ آنچه پس از آن با دست یا با انصراف کسی دگرگون شد در آن نیست.",
                "This tells of the roster that was published; what was changed by hand or by somebody's leave after it is not in it.",
            )
            .to_owned(),
        );
        let mut charts = Vec::new();
        if score.essential == bound.essential && score.cost > 0 {
            let rows = [
                (say.either("این برنامه", "This roster"), score.cost, 0),
                (
                    say.either(
                        "مرزی که هیچ برنامه‌ای از آن پایین‌تر نیست",
                        "The limit that no roster is below",
                    ),
                    bound.cost,
                    1,
                ),
            ];
            charts.push(Chart::Bars {
                title: say.either("هزینه: هر چه کم‌تر، بهتر", "Cost: the lower, the better").to_owned(),
                rows: rows
                    .map(|(label, cost, colour)| Bar {
                        label: label.to_owned(),
                        value: say.number(cost),
                        share: share(cost as f64, score.cost as f64),
                        colour,
                    })
                    .into(),
                key: Vec::new(),
            });
        }
        if let Some(terms) = terms {
            let parts = [
                (say.either("جاهای مطلوبی که خالی ماند", "welcome seats left empty"), terms.desired),
                (say.either("راه از خانه تا جای خدمت", "the way from home"), terms.travel),
                (say.either("جای خدمتی جز جای دلخواه", "venues that were not preferred"), terms.venue),
                (say.either("خواسته‌های برآورده‌نشده", "wishes not granted"), terms.wish),
                (say.either("شیفت‌هایی که امید می‌رفت و نشد", "shifts hoped for and not given"), terms.idle),
                (say.either("نابرابری بار", "load that is not the same"), terms.fairness),
                (say.either("جابه‌جایی میان جاها", "changing between venues"), terms.continuity),
                (say.either("همراهانی که جدا ماندند", "companions who were parted"), terms.companion),
                (say.either("دگرگونی برنامهٔ پیشین", "changes of the roster before"), terms.stability),
            ];
            let mut parts: Vec<_> = parts.into_iter().filter(|(_, cost)| *cost > 0).collect();
            parts.sort_by_key(|(_, cost)| std::cmp::Reverse(*cost));
            if !parts.is_empty() {
                let rows = parts
                    .into_iter()
                    .map(|(label, cost)| (label.to_owned(), cost as f64, say.number(cost), 2));
                charts.push(Chart::Bars {
                    title: say
                        .either("هزینهٔ این برنامه از چیست", "What the cost of this roster is made of")
                        .to_owned(),
                    rows: bars(rows.collect()),
                    key: Vec::<Key>::new(),
                });
            }
        }
        Chapter::new(title, paragraphs, charts)
    }

    fn gap_said(&self, Quality { score, bound, .. }: Quality) -> String {
        let say = self.say;
        match score.gap(bound) {
            None => say
                .either(
                    "تا این ثابت نشود، از بقیه (راه‌های کوتاه، خواسته‌های برآورده، بار یکسان) نمی‌توان گفت که چقدر به بهترین نزدیک است.",
                    "Until that is proven it cannot be told how near the best all the rest is: short ways, granted wishes, a fair load.",
                )
                .to_owned(),
            Some(gap) if gap <= 0.0 => say
                .either(
                    "و در بقیه (راه‌های کوتاه، خواسته‌های برآورده، بار یکسان) بهترین برنامهٔ ممکن است: هیچ برنامه‌ای از آن بهتر نیست.",
                    "And in all the rest (short ways, granted wishes, a fair load) it is the best possible: there is no better one.",
                )
                .to_owned(),
            Some(gap) => {
                let gap = say.thousandths(gap);
                say.either(
                    format!("در بقیه (راه‌های کوتاه، خواسته‌های برآورده، بار یکسان) حداکثر {gap} با بهترین برنامهٔ ممکن فاصله دارد."),
                    format!("In all the rest (short ways, granted wishes, a fair load) it is within {gap} of the best possible at the most."),
                )
            }
        }
    }
}
