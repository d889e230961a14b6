//! What people are written, in both languages.

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Name, Text, event::EventKind, jalali, language::Language, persian};

/// What a message is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MessageKind {
    /// One is asked to serve.
    AssignmentOffered,
    /// One serves, as somebody else arranged.
    AssignmentAccepted,
    /// Somebody in one's district does not come.
    AssignmentDeclined,
    /// Somebody in one's district, or as somebody else said oneself, cannot come after all.
    AssignmentWithdrawn,
    /// One is no longer asked to serve.
    AssignmentCancelled,
    /// Somebody else serves in one's place.
    AssignmentReplaced,
    /// One is asked to take over from somebody.
    CoverAsked,
    /// Somebody would take over, which a coordinator has yet to approve.
    CoverTaken,
    /// A seat changed hands.
    CoverApproved,
    /// A coordinator did not approve.
    CoverDeclined,
    /// One's request was ended.
    CoverCancelled,
    /// Nobody took over before the shift started.
    CoverExpired,
    /// One need not answer any more.
    CoverClosed,
    /// What one did outside one's shifts is credited.
    WorklogApproved,
    /// What one wrote down is not credited.
    WorklogDeclined,
    /// Several things at once.
    RosterChanged,
    /// One serves soon.
    Reminder,
    /// What happened, to another system.
    Events,
    /// How the festival goes, to whoever reads the weekly reports.
    WeeklyReport,
}

impl MessageKind {
    /// Every kind.
    pub const ALL: [Self; 19] = [
        Self::AssignmentOffered,
        Self::AssignmentAccepted,
        Self::AssignmentDeclined,
        Self::AssignmentWithdrawn,
        Self::AssignmentCancelled,
        Self::AssignmentReplaced,
        Self::CoverAsked,
        Self::CoverTaken,
        Self::CoverApproved,
        Self::CoverDeclined,
        Self::CoverCancelled,
        Self::CoverExpired,
        Self::CoverClosed,
        Self::WorklogApproved,
        Self::WorklogDeclined,
        Self::RosterChanged,
        Self::Reminder,
        Self::Events,
        Self::WeeklyReport,
    ];

    /// As it is stored and sent.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AssignmentOffered => "assignment_offered",
            Self::AssignmentAccepted => "assignment_accepted",
            Self::AssignmentDeclined => "assignment_declined",
            Self::AssignmentWithdrawn => "assignment_withdrawn",
            Self::AssignmentCancelled => "assignment_cancelled",
            Self::AssignmentReplaced => "assignment_replaced",
            Self::CoverAsked => "cover_asked",
            Self::CoverTaken => "cover_taken",
            Self::CoverApproved => "cover_approved",
            Self::CoverDeclined => "cover_declined",
            Self::CoverCancelled => "cover_cancelled",
            Self::CoverExpired => "cover_expired",
            Self::CoverClosed => "cover_closed",
            Self::WorklogApproved => "worklog_approved",
            Self::WorklogDeclined => "worklog_declined",
            Self::RosterChanged => "roster_changed",
            Self::Reminder => "reminder",
            Self::Events => "events",
            Self::WeeklyReport => "weekly_report",
        }
    }

    /// The kind of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }

    /// Of one event: none where nobody is told of it.
    pub fn of(event: EventKind) -> Option<Self> {
        Self::named(event.as_str())
    }

    /// What happened, in a few words, to whoever reads it.
    fn words(self, language: Language) -> &'static str {
        let (fa, en) = match self {
            Self::AssignmentOffered => {
                ("به خدمت دعوت شدید؛ لطفاً پاسخ دهید", "you are asked to serve, please answer")
            }
            Self::AssignmentAccepted => ("خدمت شما ثبت شد", "you serve"),
            Self::AssignmentDeclined => ("دعوت پذیرفته نشد", "the offer was declined"),
            Self::AssignmentWithdrawn => ("انصراف از خدمت", "withdrawn"),
            Self::AssignmentCancelled => ("خدمت شما لغو شد", "you no longer serve"),
            Self::AssignmentReplaced => {
                ("خادمیار دیگری به جای شما خدمت می‌کند", "somebody else serves in your place")
            }
            Self::CoverAsked => ("آیا می‌توانید به جای دیگری خدمت کنید؟", "can you take over from somebody?"),
            Self::CoverTaken => (
                "کسی آمادهٔ جانشینی است؛ تأیید هماهنگ‌کننده لازم است",
                "somebody would take over, a coordinator has yet to approve",
            ),
            Self::CoverApproved => ("جانشینی انجام شد", "the seat changed hands"),
            Self::CoverDeclined => ("جانشینی تأیید نشد", "the cover was not approved"),
            Self::CoverCancelled => ("درخواست جانشینی لغو شد", "the request for cover was ended"),
            Self::CoverExpired => ("جانشینی پیدا نشد", "nobody could take over"),
            Self::CoverClosed => ("دیگر نیازی به پاسخ شما نیست", "you need not answer any more"),
            Self::WorklogApproved => {
                ("کار شما بیرون از شیفت‌ها تأیید شد", "your work outside shifts is approved")
            }
            Self::WorklogDeclined => {
                ("کار شما بیرون از شیفت‌ها تأیید نشد", "your work outside shifts was not approved")
            }
            Self::RosterChanged => ("برنامهٔ خدمت شما تغییر کرد", "your nights changed"),
            Self::Reminder => ("یادآوری خدمت", "a reminder"),
            Self::Events => ("رویدادها", "what happened"),
            Self::WeeklyReport => ("گزارش هفتگی", "a weekly report"),
        };
        match language {
            Language::Persian => fa,
            Language::English => en,
        }
    }
}

/// One thing that a message tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// What.
    pub kind: MessageKind,
    /// Whose seat it is, where the reader is somebody else.
    pub who: Option<Name>,
    /// Of what.
    pub about: About,
}

/// What a message is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum About {
    /// A seat in a shift.
    Seat {
        /// In which field of service.
        specialty: Name,
        /// Where.
        venue: Name,
        /// On which evening.
        date: NaiveDate,
        /// From when.
        starts_at: DateTime<Utc>,
        /// Until when.
        ends_at: DateTime<Utc>,
    },
    /// What somebody did outside their shifts.
    Work {
        /// What; none where they were erased.
        what: Option<Text>,
        /// From when.
        started_at: DateTime<Utc>,
        /// Why it is not credited.
        reason: Option<Text>,
    },
}

impl Told {
    /// Whether it is too late to tell.
    #[must_use]
    pub fn is_over(&self, now: DateTime<Utc>) -> bool {
        matches!(self.about, About::Seat { ends_at, .. } if ends_at <= now)
    }

    /// Whether nothing is missed by whoever hears of it at `then`.
    #[must_use]
    pub fn can_wait_until(&self, then: DateTime<Utc>) -> bool {
        !matches!(self.about, About::Seat { starts_at, .. } if starts_at < then)
    }
}

/// How many things a message tells one by one.
const MOST: usize = 12;

/// The text of a message.
#[must_use]
pub fn text(festival: &Name, told: &[Told], timezone: Tz, language: Language) -> String {
    let mut lines = vec![festival.in_language(language)];
    lines.extend(told.iter().take(MOST).map(|told| line(told, timezone, language)));
    let more = told.len().saturating_sub(MOST);
    if more > 0 {
        lines.push(match language {
            Language::Persian => format!("و {} مورد دیگر", persian::digits(more)),
            Language::English => format!("and {more} more"),
        });
    }
    lines.join("\n")
}

fn line(told: &Told, timezone: Tz, language: Language) -> String {
    let comma = match language {
        Language::Persian => "، ",
        Language::English => ", ",
    };
    let who = told.who.as_ref().map(|who| who.in_language(language));
    let parts: Vec<String> = who.into_iter().chain(told.about.parts(timezone, language)).collect();
    format!("{}: {}", told.kind.words(language), parts.join(comma))
}

impl About {
    fn parts(&self, timezone: Tz, language: Language) -> Vec<String> {
        match self {
            Self::Seat { specialty, venue, date, starts_at, ends_at } => {
                let clock = |at: &DateTime<Utc>| at.with_timezone(&timezone).format("%H:%M").to_string();
                let (from, until) = (clock(starts_at), clock(ends_at));
                let times = match language {
                    Language::Persian => persian::digits(format_args!("ساعت {from} تا {until}")),
                    Language::English => format!("{from} to {until}"),
                };
                let [specialty, venue] = [specialty, venue].map(|name| name.in_language(language));
                vec![specialty, venue, jalali::long(*date, language), times]
            }
            Self::Work { what, started_at, reason } => {
                let day = jalali::long(started_at.with_timezone(&timezone).date_naive(), language);
                let [what, reason] = [what, reason].map(|text| text.as_ref().map(ToString::to_string));
                what.into_iter().chain([day]).chain(reason).collect()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Text;

    fn name(fa: &str, en: &str) -> Name {
        let text = |text| Text::new(text).expect("a text");
        Name { fa: text(fa), en: Some(text(en)) }
    }

    fn told(kind: MessageKind) -> Told {
        Told {
            kind,
            who: None,
            about: About::Seat {
                specialty: name("چای", "Tea"),
                venue: name("باغ غدیر", "Bagh-e Ghadir"),
                date: NaiveDate::from_ymd_opt(2027, 4, 8).expect("a day"),
                starts_at: at("2027-04-08T16:30:00Z"),
                ends_at: at("2027-04-08T20:00:00Z"),
            },
        }
    }

    fn at(instant: &str) -> DateTime<Utc> {
        instant.parse().expect("an instant")
    }

    #[test]
    fn what_was_done_outside_shifts_is_told_whenever_it_was() {
        let text_of = |text| Some(Text::new(text).expect("a text"));
        let about = About::Work {
            what: text_of("آذین‌بندی"),
            started_at: at("2027-04-05T21:30:00Z"),
            reason: text_of("در آن روز شما را ندیدیم"),
        };
        let told = Told { kind: MessageKind::WorklogDeclined, who: None, about };

        let fa =
            text(&name("ده شب", "Nights"), std::slice::from_ref(&told), Tz::Asia__Tehran, Language::Persian);

        let line =
            "کار شما بیرون از شیفت‌ها تأیید نشد: آذین‌بندی، سه‌شنبه ۱۷ فروردین ۱۴۰۶، در آن روز شما را ندیدیم";
        assert_eq!(fa, format!("ده شب\n{line}"));
        let years_later = at("2030-01-01T00:00:00Z");
        assert!(!told.is_over(years_later) && told.can_wait_until(years_later));
    }

    #[test]
    fn a_message_says_what_where_and_when_in_both_languages() {
        let festival = name("دههٔ کرامت", "Ten Days of Karamat");
        let told = [told(MessageKind::Reminder)];

        let fa = text(&festival, &told, Tz::Asia__Tehran, Language::Persian);
        let en = text(&festival, &told, Tz::Asia__Tehran, Language::English);

        assert_eq!(
            fa,
            "دههٔ کرامت\nیادآوری خدمت: چای، باغ غدیر، پنجشنبه ۱۹ فروردین ۱۴۰۶، ساعت ۲۰:۰۰ تا ۲۳:۳۰"
        );
        assert_eq!(
            en,
            "Ten Days of Karamat\na reminder: Tea, Bagh-e Ghadir, Thursday 8 April 2027, 20:00 to 23:30"
        );
    }

    #[test]
    fn many_things_are_not_told_one_by_one() {
        let told = vec![told(MessageKind::AssignmentOffered); MOST + 3];

        let en = text(&name("ده شب", "Nights"), &told, Tz::Asia__Tehran, Language::English);

        assert_eq!(en.lines().count(), MOST + 2);
        assert!(en.ends_with("and 3 more"));
    }

    #[test]
    fn whatever_somebody_is_told_of_has_a_message() {
        for event in EventKind::ALL {
            let hearers = event.hearers();
            let told = hearers.volunteer || hearers.coordinators;
            assert_eq!(MessageKind::of(event).is_some(), told, "{event:?}");
        }
    }

    #[test]
    fn every_kind_is_found_by_its_name() {
        for kind in MessageKind::ALL {
            assert_eq!(MessageKind::named(kind.as_str()), Some(kind));
            assert_eq!(serde_json::to_value(kind).expect("a word"), kind.as_str());
        }
    }
}
