//! What if: rosters that people change by hand are counted, and compared term by term and person by person.

use std::collections::{BTreeMap, BTreeSet};

use khademyar_domain::{
    Id,
    plan::{Score, Terms},
    position::Position,
    volunteer::Volunteer,
};
use khademyar_scheduling::{Rule, judge};
use khademyar_storage::plans::{Best, Pair};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{Known, score};

/// A rule that a roster breaks, and where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct BrokenRule {
    /// Which.
    rule: RuleName,
    /// Who.
    volunteer_id: Uuid,
    /// Where.
    position_id: Uuid,
}

/// A rule of every roster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RuleName {
    /// The volunteer has not the specialty at the level.
    Skill,
    /// The position asks for the other gender.
    Gender,
    /// The shift lies outside the times the volunteer can come.
    Availability,
    /// The shift is further from home than the volunteer goes.
    Reach,
    /// The position holds more than it desires.
    Capacity,
    /// There is no time between two shifts of the volunteer.
    Gap,
    /// A limit of the volunteer's: shifts on a night, nights, or consecutive nights.
    Nights,
    /// Two who must be kept apart share a shift.
    Apart,
    /// A pinned assignment is missing.
    Pinned,
}

impl From<Rule> for RuleName {
    fn from(rule: Rule) -> Self {
        match rule {
            Rule::Skill => Self::Skill,
            Rule::Gender => Self::Gender,
            Rule::Availability => Self::Availability,
            Rule::Reach => Self::Reach,
            Rule::Capacity => Self::Capacity,
            Rule::Gap => Self::Gap,
            Rule::Nights => Self::Nights,
            Rule::Apart => Self::Apart,
            Rule::Locked => Self::Pinned,
        }
    }
}

/// Counts a roster: how good it is, and every rule that it breaks. What is `published` and not in it is what it changes.
/// Nothing is proven of a roster made by hand.
#[must_use]
pub fn count(known: &Known, roster: &[Pair], published: &[Pair]) -> (Best, Vec<BrokenRule>) {
    let stored = known.stored();
    let judgement = judge(stored.problem(), &stored.plan(roster));
    let held: BTreeSet<Pair> = roster.iter().copied().collect();
    let dropped = published.iter().filter(|pair| !held.contains(pair)).count() as i64;
    let (mut score, mut terms) = (score::of(judgement.score), score::terms(judgement.terms));
    terms.stability += dropped * known.set_up().festival.value.weights.stability;
    score.cost += terms.stability;
    let best = Best { score, bound: Score { essential: 0, cost: 0 }, terms: Some(terms) };
    let broken = judgement.breaches.into_iter().map(|breach| BrokenRule {
        rule: breach.rule.into(),
        volunteer_id: stored.volunteer_id(breach.volunteer).uuid(),
        position_id: stored.position_id(breach.position).uuid(),
    });
    (best, broken.collect())
}

/// How good a roster is, term by term.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Counted {
    /// The score.
    score: Score,
    /// The cost by term.
    terms: Terms,
    /// How many rules are broken.
    broken_rules: u32,
}

/// What changes for one person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Touched {
    /// Who.
    volunteer_id: Uuid,
    /// The positions that they lose.
    loses: Vec<Uuid>,
    /// The positions that they gain.
    gains: Vec<Uuid>,
}

/// A roster beside another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Comparison {
    /// How good it is.
    this: Counted,
    /// How good the other is.
    other: Counted,
    /// Assignments that are in both.
    kept: u32,
    /// Assignments that are in the other only.
    dropped: u32,
    /// Assignments that are in this one only.
    added: u32,
    /// Whom it touches, if this one takes the other's place.
    people: Vec<Touched>,
}

/// Compares a roster with the one whose place it would take; what of the `published` roster each changes counts as in a solve.
#[must_use]
pub fn compare(known: &Known, this: &[Pair], other: &[Pair], published: &[Pair]) -> Comparison {
    let counted = |roster: &[Pair]| {
        let (best, broken) = count(known, roster, published);
        Counted {
            score: best.score,
            terms: best.terms.unwrap_or_default(),
            broken_rules: broken.len() as u32,
        }
    };
    let [now, then]: [BTreeSet<Pair>; 2] = [this, other].map(|roster| roster.iter().copied().collect());
    let mut people: BTreeMap<Id<Volunteer>, (Vec<Uuid>, Vec<Uuid>)> = BTreeMap::new();
    let id = |position: Id<Position>| position.uuid();
    for &(volunteer, position) in then.difference(&now) {
        people.entry(volunteer).or_default().0.push(id(position));
    }
    for &(volunteer, position) in now.difference(&then) {
        people.entry(volunteer).or_default().1.push(id(position));
    }
    Comparison {
        this: counted(this),
        other: counted(other),
        kept: now.intersection(&then).count() as u32,
        dropped: then.difference(&now).count() as u32,
        added: now.difference(&then).count() as u32,
        people: people
            .into_iter()
            .map(|(volunteer, (loses, gains))| Touched { volunteer_id: volunteer.uuid(), loses, gains })
            .collect(),
    }
}
