//! What people are written, in both languages.

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Name, event::EventKind, jalali, language::Language, persian};

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
    pub const ALL: [Self; 17] = [
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
    /// In which field of service.
    pub specialty: Name,
    /// Where.
    pub venue: Name,
    /// On which evening.
    pub date: NaiveDate,
    /// From when.
    pub starts_at: DateTime<Utc>,
    /// Until when.
    pub ends_at: DateTime<Utc>,
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
    let clock = |at: DateTime<Utc>| at.with_timezone(&timezone).format("%H:%M").to_string();
    let (from, until) = (clock(told.starts_at), clock(told.ends_at));
    let (comma, times) = match language {
        Language::Persian => ("، ", persian::digits(format_args!("ساعت {from} تا {until}"))),
        Language::English => (", ", format!("{from} to {until}")),
    };
    let who = told.who.as_ref().map(|who| who.in_language(language));
    let place = [
        told.specialty.in_language(language),
        told.venue.in_language(language),
        jalali::long(told.date, language),
        times,
    ];
    let parts: Vec<String> = who.into_iter().chain(place).collect();
    format!("{}: {}", told.kind.words(language), parts.join(comma))
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
            specialty: name("چای", "Tea"),
            venue: name("باغ غدیر", "Bagh-e Ghadir"),
            date: NaiveDate::from_ymd_opt(2027, 4, 8).expect("a day"),
            starts_at: "2027-04-08T16:30:00Z".parse().expect("an instant"),
            ends_at: "2027-04-08T20:00:00Z".parse().expect("an instant"),
        }
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
