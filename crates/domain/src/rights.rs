//! Who may do what: one pure function, deny by default.

use crate::{
    Id,
    district::District,
    festival::Festival,
    member::{Role, User},
    volunteer::Volunteer,
};

/// Whoever sent a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// Who.
    pub user_id: Id<User>,
    /// Whether they run the installation: they may found festivals.
    pub operator: bool,
    /// Their parts in festivals.
    pub parts: Vec<Part>,
}

impl Actor {
    /// Whether they may found a festival: operators, and whoever organizes one already.
    pub fn may_found_festivals(&self) -> bool {
        self.operator || self.parts.iter().any(|part| part.role == PartRole::Organizer)
    }

    /// The volunteer they are in each festival they serve in.
    pub fn volunteers(&self) -> impl Iterator<Item = (Id<Festival>, Id<Volunteer>)> {
        self.parts.iter().filter_map(|part| match part.role {
            PartRole::Volunteer(volunteer_id) => Some((part.festival_id, volunteer_id)),
            PartRole::Organizer | PartRole::Coordinator(_) => None,
        })
    }
}

/// An actor's part in one festival.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Where.
    pub festival_id: Id<Festival>,
    /// As what.
    pub role: PartRole,
}

/// A role with what it is limited to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PartRole {
    /// All of the festival.
    Organizer,
    /// Certain districts.
    Coordinator(Vec<Id<District>>),
    /// Themselves.
    Volunteer(Id<Volunteer>),
}

impl PartRole {
    /// The role's name.
    pub fn role(&self) -> Role {
        match self {
            Self::Organizer => Role::Organizer,
            Self::Coordinator(_) => Role::Coordinator,
            Self::Volunteer(_) => Role::Volunteer,
        }
    }
}

/// What someone wants to do in a festival.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Read what everyone in the festival may know: its nights, districts, specialties, venues.
    ReadFestival,
    /// Read the roster's people and seats.
    ReadRoster,
    /// Change who serves where in the published roster.
    ManageRoster,
    /// Change the set-up, see all of it, solve, publish, report.
    Organize,
}

/// How far a right reaches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Everything in the festival.
    Festival,
    /// What belongs to these districts.
    Districts(Vec<Id<District>>),
}

impl Scope {
    /// The districts it is limited to, where it is.
    pub fn districts(&self) -> Option<&[Id<District>]> {
        match self {
            Self::Festival => None,
            Self::Districts(districts) => Some(districts),
        }
    }

    /// Whether what belongs to `district` is within reach.
    pub fn covers(&self, district: Id<District>) -> bool {
        match self {
            Self::Festival => true,
            Self::Districts(districts) => districts.contains(&district),
        }
    }
}

/// Why not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The actor has no part in the festival, and is not told that it exists.
    Hidden,
    /// The actor's part does not reach so far.
    Denied,
}

/// How far `actor` may do `action` in `festival_id`.
///
/// # Errors
/// [`Refusal`] when not at all.
pub fn may(actor: &Actor, action: Action, festival_id: Id<Festival>) -> Result<Scope, Refusal> {
    let parts: Vec<&PartRole> =
        actor.parts.iter().filter(|part| part.festival_id == festival_id).map(|part| &part.role).collect();
    if parts.is_empty() {
        return Err(Refusal::Hidden);
    }
    if parts.contains(&&PartRole::Organizer) {
        return Ok(Scope::Festival);
    }
    let districts: Vec<Id<District>> = parts
        .iter()
        .filter_map(|part| match part {
            PartRole::Coordinator(districts) => Some(districts),
            PartRole::Organizer | PartRole::Volunteer(_) => None,
        })
        .flatten()
        .copied()
        .collect();
    match action {
        Action::ReadFestival => Ok(Scope::Festival),
        Action::ReadRoster | Action::ManageRoster if !districts.is_empty() => Ok(Scope::Districts(districts)),
        Action::ReadRoster | Action::ManageRoster | Action::Organize => Err(Refusal::Denied),
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn actor(parts: Vec<PartRole>) -> Actor {
        let parts = parts.into_iter().map(|role| Part { festival_id: festival(1), role }).collect();
        Actor { user_id: Uuid::nil().into(), operator: false, parts }
    }

    fn festival(n: u128) -> Id<Festival> {
        Uuid::from_u128(n).into()
    }

    #[test]
    fn a_festival_one_has_no_part_in_is_hidden() {
        let organizer = actor(vec![PartRole::Organizer]);
        assert_eq!(may(&organizer, Action::ReadFestival, festival(2)), Err(Refusal::Hidden));
        assert_eq!(may(&organizer, Action::Organize, festival(1)), Ok(Scope::Festival));
    }

    #[test]
    fn a_coordinator_reaches_her_districts_and_does_not_organize() {
        let district = Uuid::from_u128(7).into();
        let coordinator = actor(vec![PartRole::Coordinator(vec![district])]);
        assert_eq!(may(&coordinator, Action::ReadRoster, festival(1)), Ok(Scope::Districts(vec![district])));
        assert_eq!(
            may(&coordinator, Action::ManageRoster, festival(1)),
            Ok(Scope::Districts(vec![district]))
        );
        assert_eq!(may(&coordinator, Action::Organize, festival(1)), Err(Refusal::Denied));
    }

    #[test]
    fn a_volunteer_knows_the_festival_and_not_its_people() {
        let volunteer = actor(vec![PartRole::Volunteer(Uuid::from_u128(3).into())]);
        assert_eq!(may(&volunteer, Action::ReadFestival, festival(1)), Ok(Scope::Festival));
        assert_eq!(may(&volunteer, Action::ReadRoster, festival(1)), Err(Refusal::Denied));
        assert_eq!(may(&volunteer, Action::ManageRoster, festival(1)), Err(Refusal::Denied));
    }
}
