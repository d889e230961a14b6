//! A seat that is to be taken over: somebody asks others to cover for them, or to change places, or a coordinator asks who
//! will take an empty seat. The first yes wins.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;
use thiserror::Error;
use utoipa::ToSchema;

use crate::{
    Id,
    assignment::Assignment,
    district::District,
    event::{EventKind, NewEvent},
    position::Position,
    volunteer::Volunteer,
};

/// A request that a seat be taken over, as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cover {
    /// Which.
    pub id: Id<Cover>,
    /// How often it was written.
    pub version: i64,
    /// How it stands.
    pub state: CoverState,
    /// Who asks, for which assignment of theirs; none where a coordinator asks for an empty seat.
    pub asker: Option<(Id<Volunteer>, Id<Assignment>)>,
    /// The assignment that the asker wants in return, where it is a swap.
    pub in_return: Option<Id<Assignment>>,
    /// The seat.
    pub position_id: Id<Position>,
    /// In which district.
    pub district_id: Id<District>,
    /// Who takes it, where somebody does.
    pub taken_by: Option<Id<Volunteer>>,
    /// When the shift starts: nobody is asked after that.
    pub starts_at: DateTime<Utc>,
}

/// How a request stands: `open → taken → approved | declined`, or `cancelled`, or `expired`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CoverState {
    /// People are being asked.
    Open,
    /// Somebody said yes, and a coordinator has yet to approve.
    Taken,
    /// The seat changed hands.
    Approved,
    /// A coordinator did not approve.
    Declined,
    /// Whoever asked no longer does.
    Cancelled,
    /// The shift started before anybody took it.
    Expired,
}

impl CoverState {
    /// Every state.
    pub const ALL: [Self; 6] =
        [Self::Open, Self::Taken, Self::Approved, Self::Declined, Self::Cancelled, Self::Expired];

    /// As it is stored and sent.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Taken => "taken",
            Self::Approved => "approved",
            Self::Declined => "declined",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
        }
    }

    /// The state of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }
}

/// How somebody who is asked to take a seat stands to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AskState {
    /// Their turn is yet to come.
    Waiting,
    /// They are asked.
    Asked,
    /// They said yes first.
    Yes,
    /// They said no.
    No,
    /// It is over, and they were told.
    Told,
}

impl AskState {
    /// As it is stored and sent.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Asked => "asked",
            Self::Yes => "yes",
            Self::No => "no",
            Self::Told => "told",
        }
    }

    /// The state of that name.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Waiting, Self::Asked, Self::Yes, Self::No, Self::Told]
            .into_iter()
            .find(|state| state.as_str() == name)
    }
}

/// A change of a request that may be made; nothing but a [`Cover`] makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CoverChange {
    /// As it stood.
    pub before: Cover,
    /// How it stands then.
    pub to: CoverState,
    /// Who takes the seat.
    pub taken_by: Option<Id<Volunteer>>,
    /// When.
    pub at: DateTime<Utc>,
}

/// Why a request does not change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum CoverError {
    /// Somebody else was faster, or it ended otherwise.
    #[error("the request is {} already", .0.as_str())]
    Over(CoverState),
    /// The shift has started.
    #[error("the shift has started")]
    Started,
    /// They were not asked, or said no.
    #[error("this volunteer is not asked")]
    NotAsked,
}

impl Cover {
    fn change(
        &self,
        from: &[CoverState],
        to: CoverState,
        taken_by: Option<Id<Volunteer>>,
        at: DateTime<Utc>,
    ) -> Result<CoverChange, CoverError> {
        if from.contains(&self.state) {
            Ok(CoverChange { before: self.clone(), to, taken_by, at })
        } else {
            Err(CoverError::Over(self.state))
        }
    }

    /// Somebody who is asked says yes; at once, or waiting for a coordinator where the festival asks for that. None: they
    /// said so already, and it holds.
    ///
    /// # Errors
    /// [`CoverError`] when somebody else was faster, it is over, or it is not their turn.
    pub fn take(
        &self,
        by: Id<Volunteer>,
        ask: Option<AskState>,
        approval: bool,
        now: DateTime<Utc>,
    ) -> Result<Option<CoverChange>, CoverError> {
        if self.taken_by == Some(by) && matches!(self.state, CoverState::Taken | CoverState::Approved) {
            return Ok(None);
        }
        let to = if approval { CoverState::Taken } else { CoverState::Approved };
        let change = self.change(&[CoverState::Open], to, Some(by), now)?;
        match ask {
            Some(AskState::Asked) if now < self.starts_at => Ok(Some(change)),
            Some(AskState::Asked) => Err(CoverError::Started),
            Some(AskState::Waiting | AskState::Yes | AskState::No | AskState::Told) | None => {
                Err(CoverError::NotAsked)
            }
        }
    }

    /// A coordinator approves of who said yes. None: that was done.
    ///
    /// # Errors
    /// [`CoverError::Over`] when nobody waits for it.
    pub fn approve(&self, now: DateTime<Utc>) -> Result<Option<CoverChange>, CoverError> {
        match self.state {
            CoverState::Approved => Ok(None),
            _ => self.change(&[CoverState::Taken], CoverState::Approved, self.taken_by, now).map(Some),
        }
    }

    /// A coordinator does not approve. None: that was said.
    ///
    /// # Errors
    /// [`CoverError::Over`] when nobody waits for it.
    pub fn refuse(&self, now: DateTime<Utc>) -> Result<Option<CoverChange>, CoverError> {
        match self.state {
            CoverState::Declined => Ok(None),
            _ => self.change(&[CoverState::Taken], CoverState::Declined, self.taken_by, now).map(Some),
        }
    }

    /// Whoever asked no longer does. None: that was said.
    ///
    /// # Errors
    /// [`CoverError::Over`] when it is over.
    pub fn cancel(&self, now: DateTime<Utc>) -> Result<Option<CoverChange>, CoverError> {
        let open = [CoverState::Open, CoverState::Taken];
        match self.state {
            CoverState::Cancelled => Ok(None),
            _ => self.change(&open, CoverState::Cancelled, None, now).map(Some),
        }
    }

    /// The shift starts, and nobody took it.
    ///
    /// # Errors
    /// [`CoverError::Over`] when it is over.
    pub fn expire(&self, now: DateTime<Utc>) -> Result<CoverChange, CoverError> {
        self.change(&[CoverState::Open, CoverState::Taken], CoverState::Expired, None, now)
    }

    /// What is told to `volunteer`, or with none to the coordinators of the district.
    pub fn event(&self, kind: EventKind, volunteer: Option<Id<Volunteer>>) -> NewEvent {
        NewEvent {
            kind,
            district_id: volunteer.is_none().then_some(self.district_id),
            volunteer_id: volunteer,
            assignment: None,
            position_id: Some(self.position_id),
            body: json!({"cover_id": self.id, "state": self.state, "swap": self.in_return.is_some()}),
        }
    }
}

impl CoverChange {
    /// The request as it stands after it.
    #[must_use]
    pub fn after(&self) -> Cover {
        Cover {
            state: self.to,
            version: self.before.version + 1,
            taken_by: self.taken_by,
            ..self.before.clone()
        }
    }

    /// What the coordinators and whoever asked are told of it.
    #[must_use]
    pub fn events(&self) -> Vec<NewEvent> {
        let kind = match self.to {
            CoverState::Open => EventKind::CoverOpened,
            CoverState::Taken => EventKind::CoverTaken,
            CoverState::Approved => EventKind::CoverApproved,
            CoverState::Declined => EventKind::CoverDeclined,
            CoverState::Cancelled => EventKind::CoverCancelled,
            CoverState::Expired => EventKind::CoverExpired,
        };
        let after = self.after();
        let asker = after.asker.map(|(volunteer, _)| after.event(kind, Some(volunteer)));
        std::iter::once(after.event(kind, None)).chain(asker).collect()
    }
}

#[cfg(test)]
mod tests {
    use CoverState::{Approved, Cancelled, Declined, Expired, Open, Taken};
    use chrono::TimeDelta;
    use uuid::Uuid;

    use super::*;

    fn id<T>(n: u128) -> Id<T> {
        Uuid::from_u128(n).into()
    }

    fn at(minutes: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::minutes(minutes)
    }

    fn cover(state: CoverState) -> Cover {
        Cover {
            id: id(1),
            version: 1,
            state,
            asker: Some((id(2), id(3))),
            in_return: None,
            position_id: id(4),
            district_id: id(5),
            taken_by: matches!(state, Taken | Approved).then(|| id(6)),
            starts_at: at(60),
        }
    }

    type Outcome = Result<Option<CoverState>, CoverError>;

    fn to(change: Result<Option<CoverChange>, CoverError>) -> Outcome {
        change.map(|change| change.map(|change| change.to))
    }

    #[test]
    fn the_first_who_is_asked_and_says_yes_has_it() {
        let asked = Some(AskState::Asked);
        for (state, who, ask, approval, minute, expected) in [
            (Open, 7, asked, false, 0, Ok(Some(Approved))),
            (Open, 7, asked, true, 0, Ok(Some(Taken))),
            (Open, 7, asked, false, 60, Err(CoverError::Started)),
            (Open, 7, Some(AskState::Waiting), false, 0, Err(CoverError::NotAsked)),
            (Open, 7, Some(AskState::No), false, 0, Err(CoverError::NotAsked)),
            (Open, 7, None, false, 0, Err(CoverError::NotAsked)),
            (Taken, 7, asked, true, 0, Err(CoverError::Over(Taken))),
            (Taken, 6, asked, true, 0, Ok(None)),
            (Approved, 7, asked, false, 0, Err(CoverError::Over(Approved))),
            (Approved, 6, Some(AskState::Yes), false, 0, Ok(None)),
            (Cancelled, 7, asked, false, 0, Err(CoverError::Over(Cancelled))),
            (Expired, 7, asked, false, 0, Err(CoverError::Over(Expired))),
        ] {
            assert_eq!(
                to(cover(state).take(id(who), ask, approval, at(minute))),
                expected,
                "{state:?} {who} {ask:?} {approval} {minute}"
            );
        }
    }

    #[test]
    fn what_ended_has_ended() {
        for state in CoverState::ALL {
            let over = |state| Err(CoverError::Over(state));
            let waits = state == Taken;
            let lives = matches!(state, Open | Taken);
            let expected = |to: CoverState, may: bool| match state {
                state if state == to => Ok(None),
                _ if may => Ok(Some(to)),
                state => over(state),
            };
            assert_eq!(to(cover(state).approve(at(0))), expected(Approved, waits), "{state:?}");
            assert_eq!(to(cover(state).refuse(at(0))), expected(Declined, waits), "{state:?}");
            assert_eq!(to(cover(state).cancel(at(0))), expected(Cancelled, lives), "{state:?}");
            assert_eq!(cover(state).expire(at(0)).is_ok(), lives, "{state:?}");
        }
    }
}
