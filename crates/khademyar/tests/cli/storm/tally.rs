//! What was done, and what was acknowledged.

use std::{collections::BTreeMap, fmt};

use uuid::Uuid;

/// Something that a process answered for.
#[derive(Clone, Debug)]
pub(super) enum Kept {
    /// An assignment had this version, and this state by it.
    Seat(Uuid, i64, String),
    /// A coordinator made this assignment.
    Placed(Uuid),
    /// An event of a phone.
    Told(Uuid),
    /// A cover had this version, and this state by it.
    Cover(Uuid, i64, String),
    /// A plan was published.
    Published(Uuid),
    /// A user's request with this key was answered with this status.
    Key(String, String, u16),
}

#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) kept: Vec<Kept>,
    /// Whether a volunteer's user stands by on a night, by the last answer.
    pub(super) standbys: BTreeMap<(String, usize), bool>,
    /// By operation: how many were asked for, and how many done.
    done: BTreeMap<&'static str, (usize, usize)>,
    refused: BTreeMap<String, usize>,
    /// Why requests were sent again.
    again: BTreeMap<String, usize>,
}

impl Tally {
    pub(super) fn count(&mut self, operation: &'static str, done: bool) {
        let counts = self.done.entry(operation).or_default();
        counts.0 += 1;
        counts.1 += usize::from(done);
    }

    pub(super) fn refused(&mut self, why: String) {
        *self.refused.entry(why).or_default() += 1;
    }

    pub(super) fn again(&mut self, why: String) {
        *self.again.entry(why).or_default() += 1;
    }

    pub(super) fn add(&mut self, other: Self) {
        self.kept.extend(other.kept);
        self.standbys.extend(other.standbys);
        for (operation, (asked, done)) in other.done {
            let counts = self.done.entry(operation).or_default();
            *counts = (counts.0 + asked, counts.1 + done);
        }
        for (why, count) in other.refused {
            *self.refused.entry(why).or_default() += count;
        }
        for (why, count) in other.again {
            *self.again.entry(why).or_default() += count;
        }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "done of asked:")?;
        for (operation, (asked, done)) in &self.done {
            writeln!(f, "{done:8} of {asked:6}  {operation}")?;
        }
        writeln!(f, "refused: {:?}\nsent again: {:?}", self.refused, self.again)
    }
}
