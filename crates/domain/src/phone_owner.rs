//! Whose phone it is: who signs in, once someone has proved that a phone is theirs.
//!
//! An organizer says which phone a volunteer has, in their own festival. So a phone opens what is held on the volunteers who
//! have it, and never more: a user who was made a volunteer with somebody else's phone is not opened by that phone, and
//! whoever staffs a festival signs in with a password and a second factor instead.

use crate::{Id, Text, festival::Festival, member::User, volunteer::Volunteer};

/// A volunteer who has the phone, in one festival.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bearer {
    /// Where.
    pub festival_id: Id<Festival>,
    /// Who.
    pub volunteer_id: Id<Volunteer>,
    /// Their name.
    pub name: Text,
    /// The user they are, if they are one.
    pub user: Option<Linked>,
}

/// A user who is such a volunteer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Linked {
    /// Who.
    pub user_id: Id<User>,
    /// Whether they run the installation, or have a part in a festival that is not a volunteer's.
    pub staff: bool,
    /// Whether they proved to have some phone.
    pub proved: bool,
    /// Whether all volunteers they are have this phone.
    pub this_phone_alone: bool,
}

/// What is known of a phone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// The user who proved to have it, and whether they are staff.
    pub holder: Option<(Id<User>, bool)>,
    /// Everyone who has it.
    pub bearers: Vec<Bearer>,
}

/// Who signs in by a phone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// This user.
    User(Id<User>),
    /// A user who is yet to be made.
    New,
}

impl Known {
    /// Who signs in by the phone; nobody where no volunteer has it, or its owner is staff.
    pub fn owner(&self) -> Option<Owner> {
        if self.bearers.is_empty() {
            return None;
        }
        match self.holder {
            Some((_, true)) => return None,
            Some((user_id, false)) => return Some(Owner::User(user_id)),
            None => {}
        }
        let adoptable = |user: &Linked| !user.staff && !user.proved && user.this_phone_alone;
        let linked = self.bearers.iter().filter_map(|bearer| bearer.user);
        if let Some(user) = linked.filter(adoptable).min_by_key(|user| user.user_id) {
            return Some(Owner::User(user.user_id));
        }
        self.bearers.iter().any(|bearer| is_free(bearer, None)).then_some(Owner::New)
    }

    /// The volunteers that `owner` becomes by signing in: those who are no user yet, and those who were one that proved to
    /// have another phone, which is theirs no longer.
    pub fn becomes(&self, owner: Id<User>) -> impl Iterator<Item = &Bearer> {
        self.bearers.iter().filter(move |bearer| is_free(bearer, Some(owner)))
    }
}

fn is_free(bearer: &Bearer, owner: Option<Id<User>>) -> bool {
    match bearer.user {
        None => true,
        Some(user) => Some(user.user_id) != owner && user.proved && !user.staff,
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn user(n: u128) -> Id<User> {
        Uuid::from_u128(n).into()
    }

    fn linked(n: u128) -> Linked {
        Linked { user_id: user(n), staff: false, proved: false, this_phone_alone: true }
    }

    fn known(holder: Option<(Id<User>, bool)>, users: &[Option<Linked>]) -> Known {
        let bearer = |(festival, user): (u128, &Option<Linked>)| Bearer {
            festival_id: Uuid::from_u128(festival).into(),
            volunteer_id: Uuid::from_u128(festival).into(),
            name: Text::new("زهرا").unwrap(),
            user: *user,
        };
        Known { holder, bearers: (1..).zip(users).map(bearer).collect() }
    }

    #[test]
    fn a_phone_opens_the_volunteers_who_have_it_and_nothing_else() {
        let staff = Linked { staff: true, ..linked(5) };
        let others = Linked { this_phone_alone: false, ..linked(6) };
        let moved = Linked { proved: true, ..linked(7) };
        let holder = Some((user(9), false));
        for (what, known, expected) in [
            ("nobody has it", known(None, &[]), None),
            ("nobody has it any more", known(holder, &[]), None),
            ("a volunteer who is no user", known(None, &[None]), Some(Owner::New)),
            ("one who is a user", known(None, &[Some(linked(5))]), Some(Owner::User(user(5)))),
            ("whoever proved it", known(holder, &[None]), Some(Owner::User(user(9)))),
            (
                "whoever proved it, before others",
                known(holder, &[Some(linked(5))]),
                Some(Owner::User(user(9))),
            ),
            ("staff who proved it", known(Some((user(9), true)), &[None]), None),
            ("staff", known(None, &[Some(staff)]), None),
            ("a user who is somebody else elsewhere", known(None, &[Some(others)]), None),
            ("one who had another phone", known(None, &[Some(moved)]), Some(Owner::New)),
            ("two users", known(None, &[Some(linked(8)), Some(linked(5))]), Some(Owner::User(user(5)))),
            ("staff here and no user there", known(None, &[Some(staff), None]), Some(Owner::New)),
        ] {
            assert_eq!(known.owner(), expected, "{what}");
        }
    }

    #[test]
    fn the_owner_becomes_whom_nobody_else_is() {
        let staff = Linked { staff: true, proved: true, ..linked(5) };
        let moved = Linked { proved: true, ..linked(7) };
        let own = Linked { proved: true, ..linked(9) };
        let known =
            known(Some((user(9), false)), &[None, Some(linked(4)), Some(staff), Some(moved), Some(own)]);
        let becomes: Vec<u128> = known.becomes(user(9)).map(|b| b.festival_id.uuid().as_u128()).collect();
        assert_eq!(becomes, [1, 4]);
    }
}
