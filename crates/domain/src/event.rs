//! What happened to a published roster: what people are told, and what live views follow.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    Id,
    assignment::{Assignment, AssignmentState},
    district::District,
    member::User,
    position::Position,
    volunteer::Volunteer,
};

/// What kind of thing happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    /// A volunteer is asked to serve.
    AssignmentOffered,
    /// A volunteer said that they come.
    AssignmentAccepted,
    /// A volunteer who was asked said that they do not come.
    AssignmentDeclined,
    /// A volunteer who had accepted cannot come after all.
    AssignmentWithdrawn,
    /// The roster no longer asks for it.
    AssignmentCancelled,
    /// Someone else took it over.
    AssignmentReplaced,
    /// The volunteer is there.
    AssignmentCheckedIn,
    /// The volunteer was there to the end.
    AssignmentCompleted,
    /// The volunteer did not come.
    AssignmentNoShow,
    /// The volunteer did not come, with good reason.
    AssignmentExcused,
    /// What the roll said was a mistake: it stands as before the roll.
    AssignmentReopened,
    /// A plan became the festival's roster; what it offered and took back are events of their own, before this one.
    RosterPublished,
    /// A publication was taken back before anybody answered.
    RosterUndone,
    /// A volunteer asks others to take over a seat, or a coordinator asks who will.
    CoverOpened,
    /// It is a volunteer's turn to be asked.
    CoverAsked,
    /// Somebody said yes, and a coordinator has yet to approve.
    CoverTaken,
    /// The seat changed hands.
    CoverApproved,
    /// A coordinator did not approve.
    CoverDeclined,
    /// Whoever asked no longer does.
    CoverCancelled,
    /// The shift started before anybody took it.
    CoverExpired,
    /// A volunteer who was asked need not answer any more.
    CoverClosed,
    /// What a volunteer did outside their shifts is credited.
    WorklogApproved,
    /// What a volunteer wrote down is not credited.
    WorklogDeclined,
}

impl EventKind {
    /// Every kind.
    pub const ALL: [Self; 23] = [
        Self::AssignmentOffered,
        Self::AssignmentAccepted,
        Self::AssignmentDeclined,
        Self::AssignmentWithdrawn,
        Self::AssignmentCancelled,
        Self::AssignmentReplaced,
        Self::AssignmentCheckedIn,
        Self::AssignmentCompleted,
        Self::AssignmentNoShow,
        Self::AssignmentExcused,
        Self::AssignmentReopened,
        Self::RosterPublished,
        Self::RosterUndone,
        Self::CoverOpened,
        Self::CoverAsked,
        Self::CoverTaken,
        Self::CoverApproved,
        Self::CoverDeclined,
        Self::CoverCancelled,
        Self::CoverExpired,
        Self::CoverClosed,
        Self::WorklogApproved,
        Self::WorklogDeclined,
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
            Self::AssignmentCheckedIn => "assignment_checked_in",
            Self::AssignmentCompleted => "assignment_completed",
            Self::AssignmentNoShow => "assignment_no_show",
            Self::AssignmentExcused => "assignment_excused",
            Self::AssignmentReopened => "assignment_reopened",
            Self::RosterPublished => "roster_published",
            Self::RosterUndone => "roster_undone",
            Self::CoverOpened => "cover_opened",
            Self::CoverAsked => "cover_asked",
            Self::CoverTaken => "cover_taken",
            Self::CoverApproved => "cover_approved",
            Self::CoverDeclined => "cover_declined",
            Self::CoverCancelled => "cover_cancelled",
            Self::CoverExpired => "cover_expired",
            Self::CoverClosed => "cover_closed",
            Self::WorklogApproved => "worklog_approved",
            Self::WorklogDeclined => "worklog_declined",
        }
    }

    /// Who is told of it, besides those who follow: unless they did it themselves.
    pub fn hearers(self) -> Hearers {
        match self {
            Self::AssignmentOffered
            | Self::AssignmentAccepted
            | Self::AssignmentCancelled
            | Self::AssignmentReplaced
            | Self::CoverAsked
            | Self::CoverApproved
            | Self::CoverDeclined
            | Self::CoverCancelled
            | Self::CoverExpired
            | Self::CoverClosed
            | Self::WorklogApproved
            | Self::WorklogDeclined => Hearers { volunteer: true, coordinators: false },
            Self::AssignmentDeclined | Self::AssignmentWithdrawn | Self::CoverTaken => {
                Hearers { volunteer: true, coordinators: true }
            }
            Self::AssignmentCheckedIn
            | Self::AssignmentCompleted
            | Self::AssignmentNoShow
            | Self::AssignmentExcused
            | Self::AssignmentReopened
            | Self::RosterPublished
            | Self::RosterUndone
            | Self::CoverOpened => Hearers { volunteer: false, coordinators: false },
        }
    }

    /// The kind of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

/// Who is told of what happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hearers {
    /// The volunteer it happened to.
    pub volunteer: bool,
    /// Whoever looks after the district, where no volunteer is named or where the volunteer's seat is empty by it.
    pub coordinators: bool,
}

impl From<AssignmentState> for EventKind {
    /// What happened when an assignment came into this state.
    fn from(state: AssignmentState) -> Self {
        match state {
            AssignmentState::Offered => Self::AssignmentOffered,
            AssignmentState::Accepted => Self::AssignmentAccepted,
            AssignmentState::Declined => Self::AssignmentDeclined,
            AssignmentState::Withdrawn => Self::AssignmentWithdrawn,
            AssignmentState::Cancelled => Self::AssignmentCancelled,
            AssignmentState::Replaced => Self::AssignmentReplaced,
            AssignmentState::CheckedIn => Self::AssignmentCheckedIn,
            AssignmentState::Completed => Self::AssignmentCompleted,
            AssignmentState::NoShow => Self::AssignmentNoShow,
            AssignmentState::Excused => Self::AssignmentExcused,
        }
    }
}

/// Something that is about to have happened: it did when the transaction that writes it is committed.
#[derive(Clone, Debug, PartialEq)]
pub struct NewEvent {
    /// What.
    pub kind: EventKind,
    /// In which district: whose coordinators it concerns.
    pub district_id: Option<Id<District>>,
    /// To whom.
    pub volunteer_id: Option<Id<Volunteer>>,
    /// To which assignment, and the version it has since: an assignment's version happens once.
    pub assignment: Option<(Id<Assignment>, i64)>,
    /// In which position.
    pub position_id: Option<Id<Position>>,
    /// What else is to be told; an object without personal data.
    pub body: serde_json::Value,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Which: receivers know by it what they were told already.
    pub id: Uuid,
    /// Its number in the festival: numbers rise in the order in which changes were committed.
    pub number: i64,
    /// When.
    pub at: DateTime<Utc>,
    /// Who did it, where it was someone who signs in.
    pub by: Option<Id<User>>,
    /// What.
    pub event: NewEvent,
}
