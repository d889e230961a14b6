//! The state machine of an assignment: where it may go from where it stands, and why not.
//!
//! What is promised goes one way only. What the roll says can be wrong and is set right: from whatever it said to anything
//! else that it can say, and back to what was promised.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;
use thiserror::Error;
use utoipa::ToSchema;

use super::{Assignment, AssignmentState, Reason};
use crate::{
    Id,
    district::District,
    event::{EventKind, NewEvent},
    position::Position,
    volunteer::Volunteer,
};

/// An assignment as it stands: what is decided by where its changes are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Which.
    pub id: Id<Assignment>,
    /// How often it was written.
    pub version: i64,
    /// How it stands.
    pub state: AssignmentState,
    /// Whose.
    pub volunteer_id: Id<Volunteer>,
    /// As what.
    pub position_id: Id<Position>,
    /// In which district.
    pub district_id: Id<District>,
    /// When the shift starts.
    pub starts_at: DateTime<Utc>,
    /// When the shift ends.
    pub ends_at: DateTime<Utc>,
    /// Until when an offer can be accepted; no later than the shift ends in any case.
    pub answer_until: Option<DateTime<Utc>>,
    /// When the volunteer answered last; an offer that somebody came to without a word has no answer.
    pub answered_at: Option<DateTime<Utc>>,
    /// Why it ended, if it did before its shift and somebody said why.
    pub reason: Option<Reason>,
}

/// A change that the state machine allows; nothing but a [`Standing`] makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Change {
    /// As it stood.
    pub before: Standing,
    /// How it stands then.
    pub to: AssignmentState,
    /// Why it ended, where somebody says.
    pub reason: Option<Reason>,
    /// When.
    pub at: DateTime<Utc>,
}

/// Why an assignment does not change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ChangeError {
    /// From where it stands there is no way there.
    #[error("an assignment that is {} does not become {}", .from.as_str(), .to.as_str())]
    NoWay {
        /// How it stands.
        from: AssignmentState,
        /// What was asked for.
        to: AssignmentState,
    },
    /// The offer was to be accepted until then.
    #[error("the offer ran out at {0}")]
    TooLate(DateTime<Utc>),
    /// The shift is over.
    #[error("the shift ended at {0}")]
    Over(DateTime<Utc>),
}

/// Why a volunteer cannot come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Excuse {
    /// Illness, one's own or in the family.
    Ill,
    /// The family needs one.
    Family,
    /// Work or study.
    Work,
    /// There is no way to get there.
    Transport,
    /// Anything else.
    Other,
}

impl From<Excuse> for Reason {
    fn from(excuse: Excuse) -> Self {
        match excuse {
            Excuse::Ill => Self::Ill,
            Excuse::Family => Self::Family,
            Excuse::Work => Self::Work,
            Excuse::Transport => Self::Transport,
            Excuse::Other => Self::Other,
        }
    }
}

/// Whether the state machine has a way from one state to another.
#[must_use]
pub fn allows(from: AssignmentState, to: AssignmentState) -> bool {
    use AssignmentState::{
        Accepted, Cancelled, CheckedIn, Completed, Declined, Excused, NoShow, Offered, Replaced, Withdrawn,
    };
    match from {
        Offered => matches!(to, Accepted | Declined | Cancelled | Replaced) || to.is_of_roll(),
        Accepted => matches!(to, Withdrawn | Cancelled | Replaced) || to.is_of_roll(),
        CheckedIn | Completed | NoShow | Excused => {
            from != to && (matches!(to, Offered | Accepted) || to.is_of_roll())
        }
        Declined | Withdrawn | Cancelled | Replaced => false,
    }
}

impl Standing {
    fn change(
        &self,
        to: AssignmentState,
        reason: Option<Reason>,
        at: DateTime<Utc>,
    ) -> Result<Change, ChangeError> {
        if allows(self.state, to) {
            Ok(Change { before: self.clone(), to, reason, at })
        } else {
            Err(ChangeError::NoWay { from: self.state, to })
        }
    }

    /// What the roll said nobody but the roll takes back.
    fn is_promised(&self, to: AssignmentState) -> Result<(), ChangeError> {
        if self.state.is_of_roll() { Err(ChangeError::NoWay { from: self.state, to }) } else { Ok(()) }
    }

    fn not_over(&self, now: DateTime<Utc>) -> Result<(), ChangeError> {
        if now < self.ends_at { Ok(()) } else { Err(ChangeError::Over(self.ends_at)) }
    }

    /// The volunteer comes. None: they said so already.
    ///
    /// # Errors
    /// [`ChangeError`] when it is too late, or the offer does not stand any more.
    pub fn accept(&self, now: DateTime<Utc>) -> Result<Option<Change>, ChangeError> {
        if matches!(
            self.state,
            AssignmentState::Accepted | AssignmentState::CheckedIn | AssignmentState::Completed
        ) {
            return Ok(None);
        }
        self.is_promised(AssignmentState::Accepted)?;
        let change = self.change(AssignmentState::Accepted, None, now)?;
        self.not_over(now)?;
        match self.answer_until {
            Some(until) if until <= now => Err(ChangeError::TooLate(until)),
            Some(_) | None => Ok(Some(change)),
        }
    }

    /// The volunteer was asked and does not come. None: they said so already.
    ///
    /// # Errors
    /// [`ChangeError`] when they had accepted, or the shift is over.
    pub fn decline(&self, excuse: Excuse, now: DateTime<Utc>) -> Result<Option<Change>, ChangeError> {
        if self.state == AssignmentState::Declined {
            return Ok(None);
        }
        let change = self.change(AssignmentState::Declined, Some(excuse.into()), now)?;
        self.not_over(now)?;
        Ok(Some(change))
    }

    /// The volunteer cannot attend, however it stands: an offer is declined, what was accepted is withdrawn. None: the
    /// roster does not count on them any more.
    ///
    /// # Errors
    /// [`ChangeError`] when they are or were there, or the shift is over.
    pub fn withdraw(&self, excuse: Excuse, now: DateTime<Utc>) -> Result<Option<Change>, ChangeError> {
        let to = match self.state {
            AssignmentState::Declined
            | AssignmentState::Withdrawn
            | AssignmentState::Cancelled
            | AssignmentState::Replaced
            | AssignmentState::Excused => return Ok(None),
            AssignmentState::Offered => AssignmentState::Declined,
            _ => AssignmentState::Withdrawn,
        };
        let change = self.change(to, Some(excuse.into()), now)?;
        self.not_over(now)?;
        Ok(Some(change))
    }

    /// The roster no longer asks for it.
    ///
    /// # Errors
    /// [`ChangeError::NoWay`] when the volunteer is or was there, or it ended already.
    pub fn cancel(&self, reason: Reason, now: DateTime<Utc>) -> Result<Change, ChangeError> {
        self.change(AssignmentState::Cancelled, Some(reason), now)
    }

    /// Someone else takes it over.
    ///
    /// # Errors
    /// [`ChangeError::NoWay`] when the volunteer is or was there, or it ended already.
    pub fn replace(&self, reason: Reason, now: DateTime<Utc>) -> Result<Change, ChangeError> {
        self.change(AssignmentState::Replaced, Some(reason), now)
    }

    /// The roll says so of the volunteer; none: it says nothing any more, and what was promised stands again. None: that
    /// is how it stands.
    ///
    /// # Errors
    /// [`ChangeError::NoWay`] when the roster does not count on them.
    pub fn attend(
        &self,
        said: Option<AssignmentState>,
        now: DateTime<Utc>,
    ) -> Result<Option<Change>, ChangeError> {
        let promised =
            if self.answered_at.is_some() { AssignmentState::Accepted } else { AssignmentState::Offered };
        let to = said.filter(|state| state.is_of_roll()).unwrap_or(promised);
        if self.state == to {
            return Ok(None);
        }
        self.change(to, None, now).map(Some)
    }

    /// A seat that is offered, or taken at once: the first version of an assignment.
    pub fn event(&self, body: serde_json::Value) -> NewEvent {
        NewEvent {
            kind: EventKind::from(self.state),
            district_id: Some(self.district_id),
            volunteer_id: Some(self.volunteer_id),
            assignment: Some((self.id, self.version)),
            position_id: Some(self.position_id),
            body,
        }
    }
}

impl Change {
    /// The assignment as it stands after it.
    #[must_use]
    pub fn after(&self) -> Standing {
        Standing {
            state: self.to,
            version: self.before.version + 1,
            reason: self.reason,
            ..self.before.clone()
        }
    }

    /// Whether it empties a seat that people who could take it may be told of.
    #[must_use]
    pub fn frees_seat(&self) -> bool {
        self.before.state.holds_seat() && !self.to.holds_seat()
    }

    /// Whether what was promised stands again as before the roll.
    #[must_use]
    pub fn takes_roll_back(&self) -> bool {
        self.before.state.is_of_roll() && !self.to.is_of_roll()
    }

    /// What is to be told of it.
    #[must_use]
    pub fn event(&self) -> NewEvent {
        let mut body = json!({"from": self.before.state});
        if let Some(reason) = self.reason {
            body["reason"] = json!(reason);
        }
        let event = self.after().event(body);
        if self.takes_roll_back() {
            // Nobody is asked a second time, and nobody answered.
            return NewEvent { kind: EventKind::AssignmentReopened, ..event };
        }
        event
    }
}

#[cfg(test)]
mod tests {
    use AssignmentState::{
        Accepted, Cancelled, CheckedIn, Completed, Declined, Excused, NoShow, Offered, Replaced, Withdrawn,
    };
    use chrono::TimeDelta;
    use uuid::Uuid;

    use super::*;

    fn at(minutes: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::minutes(minutes)
    }

    /// A shift from minute 100 to 200, whose offer stands until minute 50.
    fn standing(state: AssignmentState) -> Standing {
        let id = Uuid::from_u128(1);
        Standing {
            id: id.into(),
            version: 3,
            state,
            volunteer_id: id.into(),
            position_id: id.into(),
            district_id: id.into(),
            starts_at: at(100),
            ends_at: at(200),
            answer_until: Some(at(50)),
            answered_at: None,
            reason: None,
        }
    }

    type Answer = Result<Option<AssignmentState>, ChangeError>;

    fn to(change: Result<Option<Change>, ChangeError>) -> Answer {
        change.map(|change| change.map(|change| change.to))
    }

    fn no_way(from: AssignmentState, to: AssignmentState) -> Answer {
        Err(ChangeError::NoWay { from, to })
    }

    #[test]
    fn what_a_volunteer_answers_depends_on_how_it_stands() {
        for (state, accepted, declined, withdrawn) in [
            (Offered, Ok(Some(Accepted)), Ok(Some(Declined)), Ok(Some(Declined))),
            (Accepted, Ok(None), no_way(Accepted, Declined), Ok(Some(Withdrawn))),
            (Declined, no_way(Declined, Accepted), Ok(None), Ok(None)),
            (Withdrawn, no_way(Withdrawn, Accepted), no_way(Withdrawn, Declined), Ok(None)),
            (Cancelled, no_way(Cancelled, Accepted), no_way(Cancelled, Declined), Ok(None)),
            (Replaced, no_way(Replaced, Accepted), no_way(Replaced, Declined), Ok(None)),
            (CheckedIn, Ok(None), no_way(CheckedIn, Declined), no_way(CheckedIn, Withdrawn)),
            (Completed, Ok(None), no_way(Completed, Declined), no_way(Completed, Withdrawn)),
            (NoShow, no_way(NoShow, Accepted), no_way(NoShow, Declined), no_way(NoShow, Withdrawn)),
            (Excused, no_way(Excused, Accepted), no_way(Excused, Declined), Ok(None)),
        ] {
            let standing = standing(state);
            assert_eq!(to(standing.accept(at(0))), accepted, "accept {state:?}");
            assert_eq!(to(standing.decline(Excuse::Ill, at(0))), declined, "decline {state:?}");
            assert_eq!(to(standing.withdraw(Excuse::Ill, at(0))), withdrawn, "withdraw {state:?}");
        }
    }

    #[test]
    fn an_offer_runs_out_and_a_refusal_never_does_before_the_shift_is_over() {
        for (minute, accepted, declined) in [
            (49, Ok(Some(Accepted)), Ok(Some(Declined))),
            (50, Err(ChangeError::TooLate(at(50))), Ok(Some(Declined))),
            (199, Err(ChangeError::TooLate(at(50))), Ok(Some(Declined))),
            (200, Err(ChangeError::Over(at(200))), Err(ChangeError::Over(at(200)))),
        ] {
            assert_eq!(to(standing(Offered).accept(at(minute))), accepted, "{minute}");
            assert_eq!(to(standing(Offered).decline(Excuse::Work, at(minute))), declined, "{minute}");
        }
        let open = Standing { answer_until: None, ..standing(Offered) };
        assert_eq!(to(open.accept(at(199))), Ok(Some(Accepted)));
    }

    #[test]
    fn what_the_roster_and_the_roll_say_keeps_to_the_table() {
        for from in AssignmentState::ALL {
            let standing = standing(from);
            for (to, change) in [
                (Cancelled, standing.cancel(Reason::Removed, at(0)).map(Some)),
                (Replaced, standing.replace(Reason::Covered, at(0)).map(Some)),
                (CheckedIn, standing.attend(Some(CheckedIn), at(0))),
                (Completed, standing.attend(Some(Completed), at(0))),
                (NoShow, standing.attend(Some(NoShow), at(0))),
                (Excused, standing.attend(Some(Excused), at(0))),
            ] {
                let expected = match () {
                    () if from == to && to.is_of_roll() => Ok(None),
                    () if allows(from, to) => Ok(Some(to)),
                    () => no_way(from, to),
                };
                assert_eq!(change.map(|change| change.map(|change| change.to)), expected, "{from:?} {to:?}");
            }
        }
    }

    #[test]
    fn what_the_roll_takes_back_stands_as_it_was_promised_and_nobody_is_asked_again() {
        for (answered_at, promised) in [(None, Offered), (Some(at(-9)), Accepted)] {
            for said in [CheckedIn, Completed, NoShow, Excused] {
                let standing = Standing { answered_at, ..standing(said) };
                let change = standing.attend(None, at(120)).unwrap().unwrap();
                assert_eq!((change.to, change.event().kind), (promised, EventKind::AssignmentReopened));
            }
            let standing = Standing { answered_at, ..standing(promised) };
            assert_eq!(standing.attend(None, at(120)), Ok(None));
        }
    }

    #[test]
    fn only_the_roll_leads_back_and_what_ended_has_ended() {
        for from in AssignmentState::ALL {
            assert_eq!(allows(from, Offered), from.is_of_roll(), "{from:?}");
            assert!(!allows(from, from), "{from:?}");
        }
        for over in [Declined, Withdrawn, Cancelled, Replaced] {
            assert!(AssignmentState::ALL.into_iter().all(|to| !allows(over, to)), "{over:?}");
        }
    }

    #[test]
    fn a_change_tells_what_became_of_which_version() {
        let change = standing(Accepted).withdraw(Excuse::Ill, at(7)).unwrap().unwrap();
        assert!(change.frees_seat());
        let event = change.event();
        assert_eq!(event.kind, EventKind::AssignmentWithdrawn);
        assert_eq!(event.assignment, Some((Uuid::from_u128(1).into(), 4)));
        assert_eq!(event.body, json!({"from": "accepted", "reason": "ill"}));
    }
}
