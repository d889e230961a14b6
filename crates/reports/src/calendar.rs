//! A calendar feed (RFC 5545, with the refresh hints of RFC 7986) that phones subscribe to.

use chrono::{DateTime, Utc};

/// A feed of events, published for one reader.
#[derive(Clone, Debug, PartialEq)]
pub struct Calendar {
    /// What calendars list it under.
    pub name: String,
    /// The IANA zone its reader lives in; times themselves are UTC.
    pub timezone: String,
    /// How long a subscriber waits before it asks again, in minutes.
    pub refresh_minutes: u32,
    /// The events, cancelled ones included for as long as a subscriber may still show them.
    pub events: Vec<Event>,
}

/// An event of a feed.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// The same for as long as the event lives, unlike any other's in the world.
    pub uid: String,
    /// Grows with each change that its reader must learn of.
    pub sequence: u32,
    /// Whether its reader comes.
    pub status: Status,
    /// When it starts.
    pub starts_at: DateTime<Utc>,
    /// When it ends.
    pub ends_at: DateTime<Utc>,
    /// In a line.
    pub summary: String,
    /// In full; lines are kept.
    pub description: String,
    /// Where, in words.
    pub location: String,
    /// Where, in degrees north and east.
    pub geo: Option<(f64, f64)>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

/// Whether the reader of a feed comes to an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// They are asked, and have not answered.
    Tentative,
    /// They come.
    Confirmed,
    /// They do not.
    Cancelled,
}

/// Writes the feed. The same calendar gives the same text: its stamps are the events' own.
#[must_use]
pub fn to_ics(calendar: &Calendar) -> String {
    let mut feed = Feed::default();
    feed.line("BEGIN", "VCALENDAR");
    feed.line("VERSION", "2.0");
    feed.line("PRODID", "-//Khademyar//Khademyar//FA");
    feed.line("CALSCALE", "GREGORIAN");
    feed.line("METHOD", "PUBLISH");
    feed.text("NAME", &calendar.name);
    feed.text("X-WR-CALNAME", &calendar.name);
    feed.text("X-WR-TIMEZONE", &calendar.timezone);
    feed.line("REFRESH-INTERVAL;VALUE=DURATION", &format!("PT{}M", calendar.refresh_minutes));
    feed.line("X-PUBLISHED-TTL", &format!("PT{}M", calendar.refresh_minutes));
    for event in &calendar.events {
        feed.event(event);
    }
    feed.line("END", "VCALENDAR");
    feed.0
}

/// Folded lines, each ended by CRLF.
#[derive(Default)]
struct Feed(String);

impl Feed {
    fn event(&mut self, event: &Event) {
        let stamp = utc(event.updated_at);
        self.line("BEGIN", "VEVENT");
        self.text("UID", &event.uid);
        self.line("DTSTAMP", &stamp);
        self.line("LAST-MODIFIED", &stamp);
        self.line("SEQUENCE", &event.sequence.to_string());
        self.line("DTSTART", &utc(event.starts_at));
        self.line("DTEND", &utc(event.ends_at));
        self.text("SUMMARY", &event.summary);
        if !event.description.is_empty() {
            self.text("DESCRIPTION", &event.description);
        }
        if !event.location.is_empty() {
            self.text("LOCATION", &event.location);
        }
        if let Some((north, east)) = event.geo {
            self.line("GEO", &format!("{north:.6};{east:.6}"));
        }
        let (status, transparency) = match event.status {
            Status::Tentative => ("TENTATIVE", "OPAQUE"),
            Status::Confirmed => ("CONFIRMED", "OPAQUE"),
            Status::Cancelled => ("CANCELLED", "TRANSPARENT"),
        };
        self.line("STATUS", status);
        self.line("TRANSP", transparency);
        if event.status != Status::Cancelled {
            self.alarm(&event.summary);
        }
        self.line("END", "VEVENT");
    }

    /// Two hours before it starts: early enough to set out.
    fn alarm(&mut self, summary: &str) {
        self.line("BEGIN", "VALARM");
        self.line("ACTION", "DISPLAY");
        self.line("TRIGGER", "-PT2H");
        self.text("DESCRIPTION", summary);
        self.line("END", "VALARM");
    }

    /// A property of type TEXT: its reserved characters are escaped, other control characters left out.
    fn text(&mut self, name: &str, text: &str) {
        let mut value = String::with_capacity(text.len() + 8);
        for c in text.replace("\r\n", "\n").chars() {
            match c {
                '\\' | ';' | ',' => value.extend(['\\', c]),
                '\n' | '\r' => value.push_str("\\n"),
                c if c.is_control() && c != '\t' => {}
                c => value.push(c),
            }
        }
        self.line(name, &value);
    }

    /// A content line, folded after at most 75 octets and never inside a character.
    fn line(&mut self, name: &str, value: &str) {
        const MOST_OCTETS: usize = 75;
        let mut octets = 0;
        for c in name.chars().chain([':']).chain(value.chars()) {
            if octets + c.len_utf8() > MOST_OCTETS {
                self.0.push_str("\r\n ");
                octets = 1;
            }
            self.0.push(c);
            octets += c.len_utf8();
        }
        self.0.push_str("\r\n");
    }
}

fn utc(instant: DateTime<Utc>) -> String {
    instant.format("%Y%m%dT%H%M%SZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeZone;
    use icalendar::{CalendarDateTime, Component, DatePerhapsTime, EventLike};
    use proptest::prelude::*;

    fn event() -> Event {
        let at = |hour| Utc.with_ymd_and_hms(2027, 4, 8, hour, 30, 0).unwrap();
        Event {
            uid: "0196-a@khademyar".into(),
            sequence: 2,
            status: Status::Confirmed,
            starts_at: at(15),
            ends_at: at(19),
            summary: "خدمت در باغ غدیر؛ پذیرایی, سرپرست".into(),
            description: "پنجشنبه ۱۹ فروردین ۱۴۰۶\nشب اول; با مریم\\زهرا".into(),
            location: "اصفهان، باغ غدیر".into(),
            geo: Some((32.631_23, 51.7)),
            updated_at: at(9),
        }
    }

    fn calendar(events: Vec<Event>) -> Calendar {
        Calendar {
            name: "خادمیار".into(), timezone: "Asia/Tehran".into(), refresh_minutes: 60, events
        }
    }

    fn parsed(text: &str) -> icalendar::Calendar {
        text.parse().unwrap()
    }

    #[test]
    fn a_feed_reads_back_in_another_library() {
        let text = to_ics(&calendar(vec![event()]));
        let calendar = parsed(&text);
        assert_eq!(calendar.get_name(), Some("خادمیار"));
        assert_eq!(calendar.property_value("METHOD"), Some("PUBLISH"));
        assert_eq!(calendar.property_value("X-WR-TIMEZONE"), Some("Asia/Tehran"));
        let read = calendar.components[0].as_event().unwrap();
        let event = event();
        assert_eq!(read.get_uid(), Some(&*event.uid));
        assert_eq!(read.get_sequence(), Some(2));
        assert_eq!(read.get_summary(), Some(&*event.summary));
        assert_eq!(read.get_description(), Some(&*event.description));
        assert_eq!(read.get_location(), Some(&*event.location));
        assert_eq!(read.get_start(), Some(DatePerhapsTime::DateTime(CalendarDateTime::Utc(event.starts_at))));
        assert_eq!(read.get_end(), Some(DatePerhapsTime::DateTime(CalendarDateTime::Utc(event.ends_at))));
        assert_eq!(read.get_timestamp(), Some(event.updated_at));
        assert_eq!(read.property_value("STATUS"), Some("CONFIRMED"));
        assert_eq!(read.property_value("GEO"), Some("32.631230;51.700000"));
    }

    #[test]
    fn a_cancelled_event_is_still_told_and_wakes_nobody() {
        let cancelled = Event { status: Status::Cancelled, sequence: 3, ..event() };
        let text = to_ics(&calendar(vec![cancelled]));
        assert!(text.contains("\r\nSTATUS:CANCELLED\r\n") && text.contains("\r\nSEQUENCE:3\r\n"));
        assert!(!text.contains("VALARM"), "{text}");
    }

    #[test]
    fn what_is_not_answered_is_tentative_and_the_phone_rings_two_hours_before() {
        let text = to_ics(&calendar(vec![Event { status: Status::Tentative, ..event() }]));
        assert!(
            text.contains("\r\nSTATUS:TENTATIVE\r\n") && text.contains("\r\nTRIGGER:-PT2H\r\n"),
            "{text}"
        );
        assert_eq!(parsed(&text).components.len(), 1);
    }

    #[test]
    fn an_empty_feed_is_a_calendar() {
        let text = to_ics(&calendar(vec![]));
        assert!(text.starts_with("BEGIN:VCALENDAR\r\n") && text.ends_with("\r\nEND:VCALENDAR\r\n"));
        assert!(text.contains("\r\nREFRESH-INTERVAL;VALUE=DURATION:PT60M\r\n"));
    }

    #[test]
    fn text_cannot_add_a_line() {
        let text = to_ics(&calendar(vec![Event { summary: "x\r\nATTACH:evil\u{0}\u{7}".into(), ..event() }]));
        assert!(text.contains("SUMMARY:x\\nATTACH:evil\r\n"), "{text}");
    }

    proptest! {
        #[test]
        fn lines_are_short_and_text_survives(summary in "[^\\p{Cc}]{1,200}", description in "[\\PC\n]{1,400}") {
            let event = Event { summary, description, ..event() };
            let text = to_ics(&calendar(vec![event.clone()]));
            for line in text.split_terminator("\r\n") {
                prop_assert!(line.len() <= 75 && !line.contains(['\r', '\n']));
            }
            let unfolded = text.replace("\r\n ", "");
            let value = |name: &str| {
                let line = unfolded.lines().find_map(|line| line.strip_prefix(name)).unwrap();
                let mut chars = line.chars();
                let mut value = String::new();
                while let Some(c) = chars.next() {
                    value.push(match c {
                        '\\' => match chars.next().unwrap() { 'n' => '\n', c => c },
                        c => c,
                    });
                }
                value
            };
            prop_assert_eq!(value("SUMMARY:"), event.summary);
            prop_assert_eq!(value("DESCRIPTION:"), event.description);
        }
    }
}
