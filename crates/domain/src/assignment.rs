//! A volunteer in a position, after publication.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Id, district::District, shift::Shift, specialty::Specialty, venue::Venue, volunteer::Volunteer};

pub mod change;

pub use change::{Change, ChangeError, Excuse, Standing};

/// A volunteer in a position. What it holds is in its row; this names whose id it is.
#[derive(Debug)]
pub struct Assignment;

/// How an assignment stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AssignmentState {
    /// Published: the volunteer is told.
    Offered,
    /// The volunteer comes.
    Accepted,
    /// The volunteer does not come, and said so when asked.
    Declined,
    /// The volunteer had accepted, and cannot come after all.
    Withdrawn,
    /// The roster no longer asks for it.
    Cancelled,
    /// Someone else took it over.
    Replaced,
    /// The volunteer is there.
    CheckedIn,
    /// The volunteer was there to the end.
    Completed,
    /// The volunteer did not come.
    NoShow,
    /// The volunteer did not come, with good reason.
    Excused,
}

impl AssignmentState {
    /// Every state.
    pub const ALL: [Self; 10] = [
        Self::Offered,
        Self::Accepted,
        Self::Declined,
        Self::Withdrawn,
        Self::Cancelled,
        Self::Replaced,
        Self::CheckedIn,
        Self::Completed,
        Self::NoShow,
        Self::Excused,
    ];

    /// As it is stored and sent.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Offered => "offered",
            Self::Accepted => "accepted",
            Self::Declined => "declined",
            Self::Withdrawn => "withdrawn",
            Self::Cancelled => "cancelled",
            Self::Replaced => "replaced",
            Self::CheckedIn => "checked_in",
            Self::Completed => "completed",
            Self::NoShow => "no_show",
            Self::Excused => "excused",
        }
    }

    /// The state of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }

    /// Whether it is the roll that says so.
    pub fn is_of_roll(self) -> bool {
        matches!(self, Self::CheckedIn | Self::Completed | Self::NoShow | Self::Excused)
    }

    /// Whether the roll asks for the volunteer: the roster counts on them, or did until the roll was called.
    pub fn is_on_roll(self) -> bool {
        matches!(self, Self::Offered | Self::Accepted) || self.is_of_roll()
    }

    /// Whether the assignment takes a seat and the volunteer's time.
    pub fn holds_seat(self) -> bool {
        matches!(self, Self::Offered | Self::Accepted | Self::CheckedIn | Self::Completed)
    }
}

/// Why an assignment ended before its shift did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The volunteer: illness, their own or in the family.
    Ill,
    /// The volunteer: the family needs them.
    Family,
    /// The volunteer: work or study.
    Work,
    /// The volunteer: there is no way to get there.
    Transport,
    /// The volunteer: something else.
    Other,
    /// Another plan was published that does not have it.
    Replanned,
    /// A coordinator took it out.
    Removed,
    /// A coordinator gave the volunteer another seat for it.
    Moved,
    /// The offer was not answered in time.
    Unanswered,
    /// The publication that offered it was taken back.
    Undone,
    /// Someone else covers for the volunteer.
    Covered,
    /// Two volunteers changed places.
    Swapped,
}

impl Reason {
    const ALL: [Self; 12] = [
        Self::Ill,
        Self::Family,
        Self::Work,
        Self::Transport,
        Self::Other,
        Self::Replanned,
        Self::Removed,
        Self::Moved,
        Self::Unanswered,
        Self::Undone,
        Self::Covered,
        Self::Swapped,
    ];

    /// As it is stored and sent.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ill => "ill",
            Self::Family => "family",
            Self::Work => "work",
            Self::Transport => "transport",
            Self::Other => "other",
            Self::Replanned => "replanned",
            Self::Removed => "removed",
            Self::Moved => "moved",
            Self::Unanswered => "unanswered",
            Self::Undone => "undone",
            Self::Covered => "covered",
            Self::Swapped => "swapped",
        }
    }

    /// The reason of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == name)
    }
}

/// Who put a volunteer into a position.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// The solver.
    Solver,
    /// A coordinator, by hand.
    Coordinator,
    /// The volunteer.
    #[serde(rename = "self")]
    Themselves,
    /// A swap between two volunteers.
    Swap,
    /// A file.
    Import,
}

impl Source {
    /// As it is stored and sent.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Solver => "solver",
            Self::Coordinator => "coordinator",
            Self::Themselves => "self",
            Self::Swap => "swap",
            Self::Import => "import",
        }
    }

    /// The source of that name.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Solver, Self::Coordinator, Self::Themselves, Self::Swap, Self::Import]
            .into_iter()
            .find(|source| source.as_str() == name)
    }
}

/// What one volunteer did in one shift.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Service {
    /// Who.
    pub volunteer_id: Id<Volunteer>,
    /// In which shift.
    pub shift_id: Id<Shift>,
    /// At what place.
    pub venue_id: Id<Venue>,
    /// In which district that night.
    pub district_id: Id<District>,
    /// As what.
    pub specialty_id: Id<Specialty>,
    /// On which festival night, from 0.
    pub night: i32,
    /// From when.
    pub starts_at: DateTime<Utc>,
    /// Until when.
    pub ends_at: DateTime<Utc>,
    /// How many minutes of that they are credited with.
    pub minutes: i64,
}
