//! Changes that would fill a seat: someone takes it, someone takes what they leave, and so on.

use rustc_hash::FxHashSet;

use super::force;
use crate::problem::{PositionIndex, VolunteerIndex};
use crate::roster::{Roster, Trial, has_time};
use crate::score::Score;

/// What one person changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Move {
    /// Who.
    pub volunteer: VolunteerIndex,
    /// What they take; none if they only give up something.
    pub takes: Option<PositionIndex>,
    /// What they give up for it.
    pub gives_up: Vec<PositionIndex>,
}

/// Changes after which the plan is valid and one more seat of the position is filled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain {
    /// The first takes the seat, each next one what the one before gave up.
    pub moves: Vec<Move>,
    /// What the score changes by; below zero is better than now.
    pub change: Score,
}

/// A seat that someone would leave.
struct Hole {
    position: PositionIndex,
    /// Who leaves it, for which hole, giving up what.
    left: Option<(usize, VolunteerIndex, Vec<PositionIndex>)>,
}

/// What a search for chains finds.
pub(super) struct Search {
    /// The shortest chain, of those the best.
    pub(super) chain: Option<Chain>,
    /// Without one: the positions whose people can't fill the seat but by leaving another of these.
    pub(super) stuck: Vec<PositionIndex>,
}

/// Looks for a chain breadth first over the seats that people would leave (alternating paths: Berge, 1957). While
/// `essential`, seats beyond a position's minimum may stay empty; else no other position ends with fewer people. Looks at
/// each eligible pair of the positions reached once.
pub(super) fn search(roster: &Roster<'_>, position: PositionIndex, essential: bool) -> Search {
    let spare = |p: PositionIndex| essential && roster.filled(p) > roster.problem.position(p).minimum;
    let mut holes = vec![Hole { position, left: None }];
    let mut seen: FxHashSet<PositionIndex> = FxHashSet::from_iter([position]);
    // Positions that stand in the way two at a time: no part of a chain, but of a proof.
    let mut aside: Vec<PositionIndex> = Vec::new();
    let mut level = 0..1;
    while !level.is_empty() {
        let mut best: Option<Chain> = None;
        let next = level.end;
        for at in level {
            for &volunteer in roster.problem.candidates(holes[at].position) {
                let ways = ways(roster, volunteer, holes[at].position, &mut aside);
                for given_up in ways {
                    let mut needed = given_up.iter().copied().filter(|&p| !spare(p));
                    match (needed.next(), needed.next()) {
                        (None, _) => {
                            if let Some(chain) = close(roster, &holes, at, volunteer, given_up)
                                && (!essential || chain.change.essential < 0)
                                && best.as_ref().is_none_or(|best| chain.change < best.change)
                            {
                                best = Some(chain);
                            }
                        }
                        (Some(left), None) => {
                            if seen.insert(left) {
                                holes.push(Hole { position: left, left: Some((at, volunteer, given_up)) });
                            }
                        }
                        (Some(_), Some(_)) => aside.extend(given_up),
                    }
                }
            }
        }
        if best.is_some() {
            return Search { chain: best, stuck: Vec::new() };
        }
        level = next..holes.len();
    }
    // What stands in the way of any of these belongs to them.
    let mut stuck: Vec<PositionIndex> = holes.iter().map(|hole| hole.position).collect();
    while let Some(position) = aside.pop() {
        if spare(position) || !seen.insert(position) {
            continue;
        }
        stuck.push(position);
        for &volunteer in roster.problem.candidates(position) {
            for given_up in ways(roster, volunteer, position, &mut aside) {
                aside.extend(given_up);
            }
        }
    }
    Search { chain: None, stuck }
}

/// The ways in which the volunteer could take the position, each by what they give up: what clashes, and one more shift of the
/// night or all of another night where limits ask for it. What stands in the way and is no way goes into `aside`.
fn ways(
    roster: &Roster<'_>,
    volunteer: VolunteerIndex,
    position: PositionIndex,
    aside: &mut Vec<PositionIndex>,
) -> Vec<Vec<PositionIndex>> {
    let problem = roster.problem;
    let (who, shift) = (problem.volunteer(volunteer), problem.shift_of(position));
    let held = roster.held(volunteer);
    if held.contains(&position) {
        return Vec::new();
    }
    let night = |p: PositionIndex| problem.shift_of(p).night;
    let locked = |p: &PositionIndex| problem.locked.binary_search(&(volunteer, *p)).is_ok();
    let (clashing, others): (Vec<u32>, Vec<u32>) =
        held.iter().partition(|&&p| problem.clash(problem.shift_of(p), shift));
    if clashing.iter().any(locked) {
        return Vec::new();
    }
    if has_time(problem, who, &others, position) {
        return vec![clashing];
    }
    let mut units: Vec<Vec<PositionIndex>> = Vec::new();
    for &p in &others {
        match units.last_mut() {
            Some(unit) if night(unit[0]) == night(p) && night(p) != shift.night => unit.push(p),
            _ => units.push(vec![p]),
        }
    }
    let mut found = Vec::new();
    for unit in units.iter().filter(|unit| !unit.iter().any(locked)) {
        let rest: Vec<u32> = others.iter().copied().filter(|p| !unit.contains(p)).collect();
        if has_time(problem, who, &rest, position) {
            found.push(clashing.iter().chain(unit).copied().collect());
        }
    }
    if found.is_empty() {
        aside.extend(held);
    }
    found
}

/// The chain that ends with `last` taking the seat of the hole, if the plan is valid after it.
fn close(
    roster: &Roster<'_>,
    holes: &[Hole],
    hole: usize,
    last: VolunteerIndex,
    gives_up: Vec<PositionIndex>,
) -> Option<Chain> {
    let takes = |hole: usize| Some(holes[hole].position);
    let mut moves = vec![Move { volunteer: last, takes: takes(hole), gives_up }];
    let mut at = hole;
    while let Some((before, volunteer, gives_up)) = &holes[at].left {
        if moves.iter().any(|earlier| earlier.volunteer == *volunteer) {
            return None;
        }
        moves.push(Move { volunteer: *volunteer, takes: takes(*before), gives_up: gives_up.clone() });
        at = *before;
    }
    moves.reverse();
    let mut trial = Trial::default();
    for (volunteer, position) in moves.iter().flat_map(|m| m.gives_up.iter().map(|&p| (m.volunteer, p))) {
        trial.remove(roster, volunteer, position);
    }
    for Move { volunteer, takes, .. } in &moves {
        let position = (*takes)?;
        if !trial.fits(roster, *volunteer, position) {
            return None;
        }
        trial.insert(roster, *volunteer, position);
    }
    Some(Chain { moves, change: trial.weigh(roster) })
}

/// The best chain of those who take the seat and give up what stands in the way, seats that others then miss included.
pub(super) fn forced(roster: &Roster<'_>, position: PositionIndex) -> Option<Chain> {
    let candidates = roster.problem.candidates(position).iter();
    let forced = candidates.filter_map(|&v| Some((v, force::force(roster, v, position)?)));
    // One who must be kept apart may leave this very position.
    let forced = forced.filter(|(_, forced)| forced.given_up.iter().all(|pair| pair.1 != position));
    let (volunteer, forced) = forced.min_by_key(|(v, forced)| (forced.change, *v))?;
    let (own, theirs): (Vec<_>, Vec<_>) = forced.given_up.into_iter().partition(|pair| pair.0 == volunteer);
    let gives_up = own.into_iter().map(|pair| pair.1).collect();
    let mut moves = vec![Move { volunteer, takes: Some(position), gives_up }];
    moves.extend(theirs.into_iter().map(|(v, p)| Move { volunteer: v, takes: None, gives_up: vec![p] }));
    Some(Chain { moves, change: forced.change })
}
