//! Why somebody cannot have a seat, in the words that are told.

use khademyar_scheduling::explain;
use serde::Serialize;
use utoipa::ToSchema;

/// Why somebody cannot have a seat as the roster stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EligibilityReason {
    /// They have not the specialty.
    SpecialtyMissing,
    /// They have the specialty, at a lower level.
    LevelTooLow,
    /// They say they have the specialty at the level, and nobody confirmed it.
    SpecialtyUnconfirmed,
    /// The position asks for the other gender.
    Gender,
    /// The shift lies outside the times they can come.
    Unavailable,
    /// They have another shift at that time.
    Overlap,
    /// It is further from home than they go, or too far from their other shift of the night.
    TravelTooLong,
    /// They would rest too little between two nights.
    RestTooShort,
    /// They have as many shifts that night as they take.
    ShiftsPerNight,
    /// They serve on as many nights as they take.
    NightsLimit,
    /// They would serve on too many consecutive nights.
    ConsecutiveNights,
    /// Someone they must be kept apart from is on the shift.
    Apart,
    /// Every seat is taken.
    Full,
    /// They have the seat already.
    AlreadyAssigned,
    /// They were asked to have this very seat and said no, or that they could not come after all.
    DeclinedBefore,
    /// No roster was published yet.
    NotPublished,
    /// The shift has started.
    Started,
    /// The shift is over.
    Ended,
}

impl From<explain::Reason> for EligibilityReason {
    fn from(reason: explain::Reason) -> Self {
        match reason {
            explain::Reason::SpecialtyMissing => Self::SpecialtyMissing,
            explain::Reason::LevelTooLow => Self::LevelTooLow,
            explain::Reason::Gender => Self::Gender,
            explain::Reason::Unavailable => Self::Unavailable,
            explain::Reason::TravelTooLong => Self::TravelTooLong,
            explain::Reason::Overlap => Self::Overlap,
            explain::Reason::RestTooShort => Self::RestTooShort,
            explain::Reason::ShiftsPerNight => Self::ShiftsPerNight,
            explain::Reason::NightsLimit => Self::NightsLimit,
            explain::Reason::ConsecutiveNights => Self::ConsecutiveNights,
            explain::Reason::Apart => Self::Apart,
            explain::Reason::Full => Self::Full,
            explain::Reason::AlreadyAssigned => Self::AlreadyAssigned,
        }
    }
}
