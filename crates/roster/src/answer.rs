//! What is to be said of an empty seat: that people are too few, and for what, or what it takes to fill it.

use khademyar_scheduling::explain::{self, Chain, Witness};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::StoredProblem;

/// Why a seat is empty and what can be done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Answer {
    /// A proof that no roster fills these seats, this one among them. Paid at the prices, all seats together cost
    /// `asked`; of that, all rosters that the rules allow the people who could hold them collect `most` at the most, which is
    /// less. Where all prices are 1, these are numbers of seats.
    TooFew {
        /// The seats.
        seats: Vec<PricedSeats>,
        /// How many people could hold any of them.
        people: u32,
        /// What all the seats pay.
        asked: i64,
        /// What those people can collect.
        most: i64,
    },
    /// Changes after which the roster is valid and the seat is filled.
    Changes {
        /// The first takes the seat, each next one what the one before gave up.
        moves: Vec<Move>,
        /// What they add to the essential seats missing, weighted; below 0 is better.
        essential: i64,
        /// What they add to the cost; below 0 is better.
        cost: i64,
    },
    /// Pins or people to be kept apart stand in the way, and more cannot be said.
    Bound,
}

/// Seats of one position, in a proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct PricedSeats {
    /// Which position.
    position_id: Uuid,
    /// How many people it asks for: the essential ones where one of those is missing, else all that are welcome.
    seats: u32,
    /// What each of them is paid.
    price: i64,
}

/// What one person would change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Move {
    /// Who.
    volunteer_id: Uuid,
    /// The position that they take; null if they only give up something.
    takes: Option<Uuid>,
    /// The positions that they give up for it.
    gives_up: Vec<Uuid>,
}

impl Answer {
    pub(crate) fn of(stored: &StoredProblem, answer: explain::Answer) -> Self {
        let position = |index: u32| stored.position_id(index).uuid();
        match answer {
            explain::Answer::TooFew(Witness { seats, people, asked, most }) => {
                let seat = |seat: explain::PricedSeats| PricedSeats {
                    position_id: position(seat.position),
                    seats: seat.seats,
                    price: seat.price,
                };
                let seats = seats.into_iter().map(seat).collect();
                Self::TooFew { seats, people: people.len() as u32, asked, most }
            }
            explain::Answer::Chain(Chain { moves, change }) => {
                let change_of = |step: explain::Move| Move {
                    volunteer_id: stored.volunteer_id(step.volunteer).uuid(),
                    takes: step.takes.map(position),
                    gives_up: step.gives_up.into_iter().map(position).collect(),
                };
                let moves = moves.into_iter().map(change_of).collect();
                Self::Changes { moves, essential: change.essential, cost: change.cost }
            }
            explain::Answer::Bound => Self::Bound,
        }
    }
}
