//! The weekly report: how the festival goes, in figures that name nobody; when it is due, to whom it goes, what it says.

use chrono::{DateTime, Datelike, Days, NaiveDate, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    Check, Fault, Name,
    email::EmailAddress,
    jalali,
    language::Language::{self, English, Persian},
};

/// A day of the week.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Weekday {
    /// شنبه.
    Saturday,
    /// یکشنبه.
    Sunday,
    /// دوشنبه.
    Monday,
    /// سه‌شنبه.
    Tuesday,
    /// چهارشنبه.
    Wednesday,
    /// پنجشنبه.
    #[default]
    Thursday,
    /// جمعه.
    Friday,
}

impl Weekday {
    /// Every day, from the first of a Persian week.
    pub const ALL: [Self; 7] = [
        Self::Saturday,
        Self::Sunday,
        Self::Monday,
        Self::Tuesday,
        Self::Wednesday,
        Self::Thursday,
        Self::Friday,
    ];

    /// As it is stored and sent.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Saturday => "saturday",
            Self::Sunday => "sunday",
            Self::Monday => "monday",
            Self::Tuesday => "tuesday",
            Self::Wednesday => "wednesday",
            Self::Thursday => "thursday",
            Self::Friday => "friday",
        }
    }

    /// The day of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|day| day.as_str() == name)
    }

    fn of(date: NaiveDate) -> Self {
        match date.weekday() {
            chrono::Weekday::Sat => Self::Saturday,
            chrono::Weekday::Sun => Self::Sunday,
            chrono::Weekday::Mon => Self::Monday,
            chrono::Weekday::Tue => Self::Tuesday,
            chrono::Weekday::Wed => Self::Wednesday,
            chrono::Weekday::Thu => Self::Thursday,
            chrono::Weekday::Fri => Self::Friday,
        }
    }
}

/// When the weekly report is made, to whom it goes, and whether anybody may read it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(example = json!({
    "weekday": "thursday", "hour": 20, "recipients": ["mayor@isfahan.example"], "languages": ["fa"], "is_public": false
}))]
pub struct WeeklyReportSetting {
    /// On which day of the week.
    pub weekday: Weekday,
    /// At which hour, by the festival's clock.
    #[schema(minimum = 0, maximum = 23, default = 20)]
    pub hour: i32,
    /// To whom it goes by e-mail.
    #[schema(max_items = 100)]
    pub recipients: Vec<EmailAddress>,
    /// In which languages, one after the other.
    #[schema(min_items = 1, max_items = 2)]
    pub languages: Vec<Language>,
    /// Whether the last one is a page that anybody may read who has its address.
    pub is_public: bool,
}

impl Default for WeeklyReportSetting {
    fn default() -> Self {
        Self {
            weekday: Weekday::Thursday,
            hour: 20,
            recipients: Vec::new(),
            languages: vec![Persian],
            is_public: false,
        }
    }
}

impl Check for WeeklyReportSetting {
    fn check(&self) -> Vec<Fault> {
        let twice =
            |path: String| Fault::new(path, "repeated", "Name each one once.", "هر یک را یک بار بنویسید.");
        let recipients = (0..self.recipients.len())
            .filter(|&k| self.recipients[..k].contains(&self.recipients[k]))
            .map(|k| twice(format!("/recipients/{k}")));
        let languages = (0..self.languages.len())
            .filter(|&k| self.languages[..k].contains(&self.languages[k]))
            .map(|k| twice(format!("/languages/{k}")));
        recipients.chain(languages).collect()
    }
}

/// When a report was due: its day, by which its week is named, and the instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Due {
    /// The day.
    pub day: NaiveDate,
    /// The instant.
    pub at: DateTime<Utc>,
}

impl WeeklyReportSetting {
    /// When the last report was due, at `now`.
    #[must_use]
    pub fn last_due(&self, timezone: Tz, now: DateTime<Utc>) -> Due {
        let today = now.with_timezone(&timezone).date_naive();
        let mut day = today;
        // The day is within eight days: today's hour may be still to come.
        for _ in 0..8 {
            let at = self.at(timezone, day);
            if Weekday::of(day) == self.weekday && at <= now {
                return Due { day, at };
            }
            day = day.checked_sub_days(Days::new(1)).unwrap_or(day);
        }
        Due { day, at: self.at(timezone, day) }
    }

    /// The hour of a day; where the clock leaves it out, the next there is.
    fn at(&self, timezone: Tz, day: NaiveDate) -> DateTime<Utc> {
        let hour = u32::try_from(self.hour).unwrap_or_default().min(23);
        let time = day.and_hms_opt(hour, 0, 0).unwrap_or_default();
        [TimeDelta::zero(), TimeDelta::hours(1)]
            .into_iter()
            .find_map(|later| timezone.from_local_datetime(&(time + later)).earliest())
            .map_or_else(|| time.and_utc(), |at| at.with_timezone(&Utc))
    }
}

/// What was done in some time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PeriodFigures {
    /// People who served, in shifts or outside them.
    pub volunteers: usize,
    /// Minutes credited in shifts, of all people together.
    pub minutes: i64,
    /// Minutes credited outside shifts.
    pub worklog_minutes: i64,
    /// Seats of the shifts that began in it: people who were welcome.
    pub desired: u32,
    /// How many of them were there in the roster.
    pub filled: u32,
    /// What the roll tells of the seats whose shifts were over in it.
    pub attendance: AttendanceFigures,
}

/// Of how many seats the roll tells what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AttendanceFigures {
    /// Somebody was there.
    pub present: usize,
    /// For a part of the shift.
    pub partial: usize,
    /// Nobody came.
    pub absent: usize,
    /// Nobody came, with good reason.
    pub excused: usize,
    /// It tells nothing.
    pub unknown: usize,
}

/// How far a district is covered, of all nights.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WeeklyDistrict {
    /// What it is called.
    pub name: Name,
    /// People who are welcome.
    pub desired: u32,
    /// How many of them there are.
    pub filled: u32,
    /// Essential people who are still missing: of shifts to come.
    pub essential_missing: u32,
}

/// A weekly report: figures, and nobody's name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({
    "festival": {"fa": "دههٔ کرامت"}, "day": "2027-04-15", "registered": 1400,
    "week": {"volunteers": 900, "minutes": 540_000, "worklog_minutes": 1200, "desired": 2400, "filled": 2300,
             "attendance": {"present": 2100, "partial": 50, "absent": 40, "excused": 10, "unknown": 100}},
    "all": {"volunteers": 900, "minutes": 540_000, "worklog_minutes": 1200, "desired": 4000, "filled": 3800,
            "attendance": {"present": 2100, "partial": 50, "absent": 40, "excused": 10, "unknown": 100}},
    "essential_missing": 3,
    "districts": [{"name": {"fa": "منطقهٔ ۱۴"}, "desired": 400, "filled": 380, "essential_missing": 3}]
}))]
pub struct WeeklyFigures {
    /// What the festival is called.
    pub festival: Name,
    /// The day the report is of: its week ends at its hour.
    pub day: NaiveDate,
    /// How many people offered to serve.
    pub registered: usize,
    /// What was done in the week.
    pub week: PeriodFigures,
    /// What was done until then; of seats, all that are asked for, also those to come.
    pub all: PeriodFigures,
    /// Essential people who are still missing: of shifts to come.
    pub essential_missing: u32,
    /// The districts, in the order of their names.
    pub districts: Vec<WeeklyDistrict>,
}

impl WeeklyFigures {
    /// What the mail of it is called.
    #[must_use]
    pub fn subject(&self, language: Language) -> String {
        let (festival, day) =
            (self.festival.in_language(language), jalali::without_weekday(self.day, language));
        match language {
            Persian => format!("گزارش هفتگی {festival}، {day}"),
            English => format!("{festival}: weekly report of {day}"),
        }
    }

    /// What it says, a line each.
    #[must_use]
    pub fn text(&self, language: Language) -> String {
        let say = |fa: String, en: String| if language == Persian { fa } else { en };
        let n = |count: usize| language.amount(count as i64);
        let hours = |minutes: i64| language.amount(minutes / 60);
        let mut lines = vec![self.subject(language), String::new()];
        for (title, period) in
            [(("در این هفته", "This week"), &self.week), (("تا کنون", "Until now"), &self.all)]
        {
            let (desired, filled) = (n(period.desired as usize), n(period.filled as usize));
            let AttendanceFigures { present, partial, absent, excused, unknown } = period.attendance;
            lines.push(say(format!("{}:", title.0), format!("{}:", title.1)));
            lines.push(say(
                format!("– {} خادمیار خدمت کردند.", n(period.volunteers)),
                format!("- {} volunteers served.", n(period.volunteers)),
            ));
            lines.push(say(
                format!(
                    "– {} ساعت در شیفت‌ها و {} ساعت بیرون از آن‌ها.",
                    hours(period.minutes),
                    hours(period.worklog_minutes)
                ),
                format!(
                    "- {} hours in shifts and {} outside them.",
                    hours(period.minutes),
                    hours(period.worklog_minutes)
                ),
            ));
            lines.push(say(
                format!("– {filled} جا از {desired} جای خواسته‌شده پر است."),
                format!("- {filled} of {desired} seats are filled."),
            ));
            lines.push(say(
                format!(
                    "– حضور: {} حاضر، {} بخشی از شیفت، {} غایب، {} با عذر، {} ثبت‌نشده.",
                    n(present),
                    n(partial),
                    n(absent),
                    n(excused),
                    n(unknown)
                ),
                format!(
                    "- The roll: {} present, {} for a part, {} absent, {} excused, {} not told.",
                    n(present),
                    n(partial),
                    n(absent),
                    n(excused),
                    n(unknown)
                ),
            ));
            lines.push(String::new());
        }
        lines.push(say(
            format!("{} نفر نام نوشته‌اند.", n(self.registered)),
            format!("{} people offered to serve.", n(self.registered)),
        ));
        lines.push(match self.essential_missing {
            0 => say("هیچ جای ضروری خالی نیست.".to_owned(), "No essential seat is empty.".to_owned()),
            missing => say(
                format!("{} جای ضروری هنوز خالی است.", n(missing as usize)),
                format!("{} essential seats are still empty.", n(missing as usize)),
            ),
        });
        if !self.districts.is_empty() {
            lines.push(String::new());
            lines.push(say("منطقه‌ها:".to_owned(), "Districts:".to_owned()));
            lines.extend(self.districts.iter().map(|district| {
                let name = district.name.in_language(language);
                let (desired, filled) = (n(district.desired as usize), n(district.filled as usize));
                let missing = match district.essential_missing {
                    0 => String::new(),
                    missing => say(
                        format!("، {} جای ضروری خالی", n(missing as usize)),
                        format!(", {} essential seats empty", n(missing as usize)),
                    ),
                };
                say(
                    format!("– {name}: {filled} از {desired}{missing}"),
                    format!("- {name}: {filled} of {desired}{missing}"),
                )
            }));
        }
        lines.join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Text;

    fn due(now: &str, weekday: Weekday, hour: i32) -> (String, String) {
        let setting = WeeklyReportSetting { weekday, hour, ..WeeklyReportSetting::default() };
        let Due { day, at } = setting.last_due(Tz::Asia__Tehran, now.parse().unwrap());
        (day.to_string(), at.to_rfc3339())
    }

    #[test]
    fn a_report_is_due_at_its_hour_by_the_festivals_clock() {
        let told = |day: &str, at: &str| (day.to_owned(), at.to_owned());
        // Thursday 15 April 2027, 20:00 in Tehran is 16:30 in UTC.
        let this = told("2027-04-15", "2027-04-15T16:30:00+00:00");
        let last = told("2027-04-08", "2027-04-08T16:30:00+00:00");
        assert_eq!(due("2027-04-15T16:30:00Z", Weekday::Thursday, 20), this);
        assert_eq!(due("2027-04-22T16:29:59Z", Weekday::Thursday, 20), this);
        assert_eq!(due("2027-04-15T16:29:59Z", Weekday::Thursday, 20), last);
        // Friday at midnight in Tehran is Thursday in UTC.
        let friday = told("2027-04-16", "2027-04-15T20:30:00+00:00");
        assert_eq!(due("2027-04-15T21:00:00Z", Weekday::Friday, 0), friday);
    }

    #[test]
    fn an_hour_that_the_clock_leaves_out_is_the_next() {
        let setting =
            WeeklyReportSetting { weekday: Weekday::Sunday, hour: 2, ..WeeklyReportSetting::default() };
        let due = setting.last_due(Tz::Europe__Berlin, "2027-03-28T12:00:00Z".parse().unwrap());
        assert_eq!(due.at.to_rfc3339(), "2027-03-28T01:00:00+00:00", "3:00 there");
    }

    #[test]
    fn whoever_is_named_twice_is_told_so() {
        let address = EmailAddress::parse("a@b.ir").unwrap();
        let setting = WeeklyReportSetting {
            recipients: vec![address.clone(), address],
            languages: vec![English, Persian, English],
            ..WeeklyReportSetting::default()
        };
        let paths: Vec<_> = setting.check().into_iter().map(|fault| fault.path).collect();
        assert_eq!(paths, ["/recipients/1", "/languages/2"]);
    }

    #[test]
    fn it_says_figures_in_both_languages() {
        let name = |fa: &str, en: &str| Name { fa: Text::new(fa).unwrap(), en: Some(Text::new(en).unwrap()) };
        let week = PeriodFigures {
            volunteers: 1200,
            minutes: 600,
            desired: 10,
            filled: 9,
            ..PeriodFigures::default()
        };
        let figures = WeeklyFigures {
            festival: name("دههٔ کرامت", "Karamat"),
            day: NaiveDate::from_ymd_opt(2027, 4, 15).unwrap(),
            registered: 1400,
            week,
            all: week,
            essential_missing: 2,
            districts: vec![WeeklyDistrict {
                name: name("منطقهٔ ۱", "District 1"),
                desired: 5,
                filled: 4,
                essential_missing: 2,
            }],
        };
        assert_eq!(figures.subject(Persian), "گزارش هفتگی دههٔ کرامت، ۲۶ فروردین ۱۴۰۶");
        let fa = figures.text(Persian);
        assert!(fa.contains("۱٬۲۰۰ خادمیار") && fa.contains("۱۰ ساعت در شیفت‌ها"), "{fa}");
        let en = figures.text(English);
        assert!(
            en.starts_with(
                "Karamat: weekly report of 15 April 2027\n\nThis week:\n- 1,200 volunteers served."
            ),
            "{en}"
        );
        assert!(en.ends_with("- District 1: 4 of 5, 2 essential seats empty"), "{en}");
    }
}
