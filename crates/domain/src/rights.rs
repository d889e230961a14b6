//! Who may do what: one pure function, deny by default.

use crate::{
    Id,
    centre::Centre,
    district::District,
    festival::Festival,
    member::{Role, User},
    venue::Venue,
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

    /// Whether they do anything but serve.
    pub fn is_staff(&self) -> bool {
        self.operator || self.parts.iter().any(|part| part.role.role() != Role::Volunteer)
    }

    /// The volunteer they are in each festival they serve in.
    pub fn volunteers(&self) -> impl Iterator<Item = (Id<Festival>, Id<Volunteer>)> {
        self.parts.iter().filter_map(|part| match part.role {
            PartRole::Volunteer(volunteer_id) => Some((part.festival_id, volunteer_id)),
            PartRole::Organizer
            | PartRole::Coordinator(_)
            | PartRole::Secretary(_)
            | PartRole::VenueLead(_)
            | PartRole::Partner(_) => None,
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
    /// The volunteers of a centre.
    Secretary(Id<Centre>),
    /// A venue.
    VenueLead(Id<Venue>),
    /// Themselves.
    Volunteer(Id<Volunteer>),
    /// The figures of certain districts.
    Partner(Vec<Id<District>>),
}

impl PartRole {
    /// The role's name.
    pub fn role(&self) -> Role {
        match self {
            Self::Organizer => Role::Organizer,
            Self::Coordinator(_) => Role::Coordinator,
            Self::Secretary(_) => Role::Secretary,
            Self::VenueLead(_) => Role::VenueLead,
            Self::Volunteer(_) => Role::Volunteer,
            Self::Partner(_) => Role::Partner,
        }
    }

    /// What the role is limited to.
    fn limit(&self) -> Scope {
        match self {
            Self::Organizer => Scope::Festival,
            Self::Coordinator(districts) | Self::Partner(districts) => Scope::Districts(districts.clone()),
            Self::Secretary(centre) => Scope::Centre(*centre),
            Self::VenueLead(venue) => Scope::Venue(*venue),
            Self::Volunteer(volunteer) => Scope::Own(*volunteer),
        }
    }
}

/// What someone wants to do in a festival.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// Read what everyone in the festival may know: its nights, districts, specialties, venues.
    ReadFestival,
    /// Read how many serve, and how many are missing: figures without names.
    ReadFigures,
    /// Read the roster's people and seats.
    ReadRoster,
    /// Read who is registered.
    ReadPeople,
    /// Read how a volunteer is thanked.
    ReadThanks,
    /// Say who serves where once a roster is published: fill seats, settle covers and swaps, send messages.
    Staff,
    /// Let people in who registered by themselves.
    Approve,
    /// Erase somebody, who asked for it.
    Erase,
    /// Call the roll, and read who is expected.
    CallRoll,
    /// Read who changed what.
    ReadAudit,
    /// Change the set-up, see all of it, solve, publish, report.
    Organize,
}

impl Action {
    /// Every action.
    pub const ALL: [Self; 11] = [
        Self::ReadFestival,
        Self::ReadFigures,
        Self::ReadRoster,
        Self::ReadPeople,
        Self::ReadThanks,
        Self::Staff,
        Self::Approve,
        Self::Erase,
        Self::CallRoll,
        Self::ReadAudit,
        Self::Organize,
    ];
}

/// How far a right reaches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Everything in the festival.
    Festival,
    /// What belongs to these districts.
    Districts(Vec<Id<District>>),
    /// What belongs to the volunteers of this centre.
    Centre(Id<Centre>),
    /// What happens at this venue.
    Venue(Id<Venue>),
    /// What concerns this volunteer, who is the actor.
    Own(Id<Volunteer>),
}

impl Scope {
    /// The districts it is limited to, where it is limited; a scope that is no district's reaches none.
    pub fn districts(&self) -> Option<&[Id<District>]> {
        match self {
            Self::Festival => None,
            Self::Districts(districts) => Some(districts),
            Self::Centre(_) | Self::Venue(_) | Self::Own(_) => Some(&[]),
        }
    }

    /// Whether what belongs to `district` is within reach.
    pub fn covers(&self, district: Id<District>) -> bool {
        self.districts().is_none_or(|districts| districts.contains(&district))
    }

    /// Whether what happens at `venue`, which stands in `district` then, is within reach.
    pub fn covers_venue(&self, venue: Id<Venue>, district: Id<District>) -> bool {
        match self {
            Self::Venue(own) => *own == venue,
            Self::Festival | Self::Districts(_) | Self::Centre(_) | Self::Own(_) => self.covers(district),
        }
    }

    /// Whether what belongs to `volunteer`, whose home is in `district`, is within reach.
    pub fn covers_volunteer(
        &self,
        volunteer: Id<Volunteer>,
        centre: Option<Id<Centre>>,
        district: Id<District>,
    ) -> bool {
        match self {
            Self::Own(own) => *own == volunteer,
            Self::Centre(own) => centre == Some(*own),
            Self::Festival | Self::Districts(_) | Self::Venue(_) => self.covers(district),
        }
    }

    /// Where an actor has several parts, the widest counts.
    fn width(&self) -> u8 {
        match self {
            Self::Festival => 4,
            Self::Districts(_) => 3,
            Self::Centre(_) => 2,
            Self::Venue(_) => 1,
            Self::Own(_) => 0,
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

/// How far a role reaches by an action.
enum Reach {
    /// Over all of the festival.
    Festival,
    /// Over what the role is limited to.
    Limited,
}

/// What each role may do; all else is denied.
fn grant(role: Role, action: Action) -> Option<Reach> {
    match (role, action) {
        (Role::Organizer, _) | (_, Action::ReadFestival) => Some(Reach::Festival),
        (
            Role::Coordinator,
            Action::ReadFigures
            | Action::ReadRoster
            | Action::ReadPeople
            | Action::Staff
            | Action::Approve
            | Action::Erase
            | Action::CallRoll,
        )
        | (Role::Secretary, Action::ReadPeople | Action::Approve)
        | (Role::VenueLead, Action::CallRoll)
        | (Role::Volunteer, Action::ReadThanks)
        | (Role::Partner, Action::ReadFigures) => Some(Reach::Limited),
        _ => None,
    }
}

/// How far `actor` may do `action` in `festival_id`.
///
/// # Errors
/// [`Refusal`] when not at all.
pub fn may(actor: &Actor, action: Action, festival_id: Id<Festival>) -> Result<Scope, Refusal> {
    let mut refusal = Refusal::Hidden;
    let mut widest: Option<Scope> = None;
    for part in actor.parts.iter().filter(|part| part.festival_id == festival_id) {
        refusal = Refusal::Denied;
        let scope = match grant(part.role.role(), action) {
            Some(Reach::Festival) => Scope::Festival,
            Some(Reach::Limited) => part.role.limit(),
            None => continue,
        };
        widest = Some(match (widest, scope) {
            (Some(Scope::Districts(mut some)), Scope::Districts(others)) => {
                some.extend(others);
                Scope::Districts(some)
            }
            (Some(wide), scope) if wide.width() >= scope.width() => wide,
            (_, scope) => scope,
        });
    }
    widest.ok_or(refusal)
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
        assert_eq!(may(&coordinator, Action::Organize, festival(1)), Err(Refusal::Denied));
    }

    #[test]
    fn a_volunteer_knows_the_festival_and_not_its_people() {
        let volunteer = actor(vec![PartRole::Volunteer(Uuid::from_u128(3).into())]);
        assert_eq!(may(&volunteer, Action::ReadFestival, festival(1)), Ok(Scope::Festival));
        assert_eq!(may(&volunteer, Action::ReadRoster, festival(1)), Err(Refusal::Denied));
    }

    #[test]
    fn a_secretary_a_venue_lead_and_a_partner_reach_what_is_theirs() {
        let (centre, venue) = (Uuid::from_u128(4).into(), Uuid::from_u128(5).into());
        let district = Uuid::from_u128(7).into();
        let secretary = actor(vec![PartRole::Secretary(centre)]);
        assert_eq!(may(&secretary, Action::ReadPeople, festival(1)), Ok(Scope::Centre(centre)));
        assert_eq!(may(&secretary, Action::ReadRoster, festival(1)), Err(Refusal::Denied));
        let lead = actor(vec![PartRole::VenueLead(venue)]);
        assert_eq!(may(&lead, Action::CallRoll, festival(1)), Ok(Scope::Venue(venue)));
        assert_eq!(may(&lead, Action::ReadPeople, festival(1)), Err(Refusal::Denied));
        let partner = actor(vec![PartRole::Partner(vec![district])]);
        assert_eq!(may(&partner, Action::ReadFigures, festival(1)), Ok(Scope::Districts(vec![district])));
        assert_eq!(may(&partner, Action::ReadRoster, festival(1)), Err(Refusal::Denied));
    }

    #[test]
    fn of_several_parts_the_widest_counts() {
        let (north, south) = (Uuid::from_u128(7).into(), Uuid::from_u128(8).into());
        let both = actor(vec![
            PartRole::Secretary(Uuid::from_u128(4).into()),
            PartRole::Partner(vec![north]),
            PartRole::Coordinator(vec![south]),
        ]);
        assert_eq!(may(&both, Action::ReadPeople, festival(1)), Ok(Scope::Districts(vec![south])));
        assert_eq!(may(&both, Action::ReadFigures, festival(1)), Ok(Scope::Districts(vec![north, south])));
    }

    #[test]
    fn a_scope_that_is_no_districts_reaches_no_district() {
        let (district, venue) = (Uuid::from_u128(7).into(), Uuid::from_u128(5).into());
        let (volunteer, centre) = (Uuid::from_u128(3).into(), Uuid::from_u128(4).into());
        for scope in [Scope::Centre(centre), Scope::Venue(venue), Scope::Own(volunteer)] {
            assert!(!scope.covers(district), "{scope:?}");
            assert_eq!(scope.covers_venue(venue, district), scope == Scope::Venue(venue));
            let own = !matches!(scope, Scope::Venue(_));
            assert_eq!(scope.covers_volunteer(volunteer, Some(centre), district), own);
        }
    }
}
