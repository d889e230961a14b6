//! Whether a volunteer was there: told by many phones, hours late and twice over, and merged to one record.

use std::collections::{BTreeMap, HashSet};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Id, assignment::AssignmentState};

/// Something that a phone tells of an assignment. What it holds is a [`Told`]; this names whose id it is.
#[derive(Debug)]
pub struct AttendanceEvent;

/// Whether somebody was there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Attendance {
    /// Nobody has said: this is not absent.
    #[default]
    Unknown,
    /// For the shift, or since they came.
    Present,
    /// For a part of the shift.
    Partial,
    /// Not at all.
    Absent,
    /// Not at all, with good reason.
    Excused,
}

/// What an event says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Saying {
    /// They come in now.
    CheckIn,
    /// They go now. Whom nobody saw coming was there from the start.
    CheckOut,
    /// They are here, from the start unless it is known when they came.
    Present,
    /// They were here for so many minutes.
    Partial(i32),
    /// They did not come: whoever was seen was somebody else.
    Absent,
    /// They did not come, with good reason.
    Excused,
    /// That event was a mistake. An undoing cannot be undone: one says it again.
    Undo(Id<AttendanceEvent>),
}

/// An event as phones send it: ordered by when it happened, and where two happened at once, by id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Told {
    /// When it happened, by the phone.
    pub at: DateTime<Utc>,
    /// Given by the phone, so that what is sent twice counts once.
    pub id: Id<AttendanceEvent>,
    /// What it says.
    pub saying: Saying,
}

/// How whoever calls the roll knew somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SeenBy {
    /// They knew the face, or asked for the name.
    Name,
    /// By the pass, read by a camera.
    Pass,
    /// By the code of the pass.
    Code,
}

/// When a shift starts and ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hours {
    /// When it starts.
    pub starts_at: DateTime<Utc>,
    /// When it ends.
    pub ends_at: DateTime<Utc>,
}

/// What all events of an assignment come to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Presence {
    /// Whether they were there.
    pub attendance: Attendance,
    /// Whether they are there still, as far as anybody has said.
    pub here: bool,
    /// When they came, where somebody saw it.
    pub came_at: Option<DateTime<Utc>>,
    /// When they went, where somebody saw it.
    pub left_at: Option<DateTime<Utc>>,
    /// How many minutes of the shift they are credited with; until they have gone, to its end.
    pub minutes: i64,
}

/// Who misses no more than this was there for the shift.
const GRACE_MINUTES: i64 = 15;

impl Attendance {
    /// Every word.
    pub const ALL: [Self; 5] = [Self::Unknown, Self::Present, Self::Partial, Self::Absent, Self::Excused];

    /// As it is stored and sent.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Present => "present",
            Self::Partial => "partial",
            Self::Absent => "absent",
            Self::Excused => "excused",
        }
    }

    /// The attendance of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|attendance| attendance.as_str() == name)
    }
}

impl SeenBy {
    /// As it is written down.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Pass => "pass",
            Self::Code => "code",
        }
    }
}

impl Saying {
    /// Whether it says that they were there.
    #[must_use]
    pub fn is_presence(self) -> bool {
        matches!(self, Self::CheckIn | Self::CheckOut | Self::Present | Self::Partial(_))
    }
}

impl Hours {
    /// How many minutes it lasts.
    pub(crate) fn minutes(self) -> i64 {
        (self.ends_at - self.starts_at).num_minutes()
    }

    /// The minutes of the shift between two moments.
    pub(crate) fn between(self, from: DateTime<Utc>, until: DateTime<Utc>) -> i64 {
        (until.min(self.ends_at) - from.max(self.starts_at)).num_minutes().max(0)
    }
}

/// What stands of `events`, in order: without those that were undone, and without the undoing.
#[must_use]
pub fn standing(events: impl IntoIterator<Item = Told>) -> Vec<Told> {
    // Of two with one id, which phones do not send, the earlier counts.
    let mut by_id: BTreeMap<Id<AttendanceEvent>, Told> = BTreeMap::new();
    for event in events {
        by_id.entry(event.id).and_modify(|known| *known = (*known).min(event)).or_insert(event);
    }
    let undone: HashSet<Id<AttendanceEvent>> = by_id
        .values()
        .filter_map(|event| match event.saying {
            Saying::Undo(id) => Some(id),
            _ => None,
        })
        .collect();
    let stands = |event: &Told| !matches!(event.saying, Saying::Undo(_)) && !undone.contains(&event.id);
    let mut standing: Vec<Told> = by_id.into_values().filter(stands).collect();
    standing.sort_unstable();
    standing
}

impl Presence {
    /// What `events` come to, in whatever order and however often they arrived.
    #[must_use]
    pub fn of(events: impl IntoIterator<Item = Told>, hours: Hours) -> Self {
        let mut watch = Watch::new(hours);
        for event in standing(events) {
            watch.hear(event);
        }
        watch.presence()
    }

    /// How the assignment stands by it; none: as before anybody said anything.
    #[must_use]
    pub fn state(&self) -> Option<AssignmentState> {
        match self.attendance {
            Attendance::Unknown => None,
            Attendance::Present | Attendance::Partial if self.here => Some(AssignmentState::CheckedIn),
            Attendance::Present | Attendance::Partial => Some(AssignmentState::Completed),
            Attendance::Absent => Some(AssignmentState::NoShow),
            Attendance::Excused => Some(AssignmentState::Excused),
        }
    }
}

/// A shift as it is told, event by event.
struct Watch {
    hours: Hours,
    attendance: Attendance,
    /// Minutes of the times that are over; none: there was no such time.
    over: Option<i64>,
    /// Since when they are there.
    since: Option<DateTime<Utc>>,
    /// What somebody said that it was in all.
    judged: Option<i64>,
    came_at: Option<DateTime<Utc>>,
    left_at: Option<DateTime<Utc>>,
}

impl Watch {
    fn new(hours: Hours) -> Self {
        Self {
            hours,
            attendance: Attendance::Unknown,
            over: None,
            since: None,
            judged: None,
            came_at: None,
            left_at: None,
        }
    }

    fn hear(&mut self, event: Told) {
        match event.saying {
            Saying::CheckIn => {
                self.is_there();
                self.since.get_or_insert(event.at);
                self.came_at.get_or_insert(event.at);
                self.left_at = None;
            }
            Saying::CheckOut => {
                // A check-out twice over ends nothing more than the first.
                if self.since.is_some() || self.over.is_none() {
                    self.ends(event.at);
                }
                if self.attendance != Attendance::Partial {
                    self.is_there();
                }
                self.left_at.get_or_insert(event.at);
            }
            Saying::Present => {
                self.is_there();
                if event.at < self.hours.ends_at {
                    let from = if self.over.is_some() { event.at } else { self.hours.starts_at };
                    self.since.get_or_insert(from);
                    self.left_at = None;
                } else if self.since.is_some() || self.over.is_none() {
                    self.ends(event.at);
                }
            }
            Saying::Partial(minutes) => {
                self.attendance = Attendance::Partial;
                self.judged = Some(i64::from(minutes));
                self.since = None;
            }
            Saying::Absent => *self = Self { attendance: Attendance::Absent, ..Self::new(self.hours) },
            Saying::Excused => *self = Self { attendance: Attendance::Excused, ..Self::new(self.hours) },
            Saying::Undo(_) => {}
        }
    }

    fn is_there(&mut self) {
        self.attendance = Attendance::Present;
        self.judged = None;
    }

    fn ends(&mut self, at: DateTime<Utc>) {
        let from = self.since.take().unwrap_or(self.hours.starts_at);
        *self.over.get_or_insert(0) += self.hours.between(from, at);
    }

    fn presence(self) -> Presence {
        let whole = self.hours.minutes();
        let running = self.since.map_or(0, |since| self.hours.between(since, self.hours.ends_at));
        let seen = self.over.unwrap_or(0) + running;
        let (attendance, minutes) = match (self.attendance, self.judged) {
            (Attendance::Present, _) if seen + GRACE_MINUTES < whole => (Attendance::Partial, seen),
            (Attendance::Present, _) => (Attendance::Present, seen),
            (Attendance::Partial, judged) => (Attendance::Partial, judged.unwrap_or(seen).min(whole)),
            (other, _) => (other, 0),
        };
        let here = self.since.is_some();
        Presence { attendance, here, came_at: self.came_at, left_at: self.left_at, minutes }
    }
}

#[cfg(test)]
mod tests;
