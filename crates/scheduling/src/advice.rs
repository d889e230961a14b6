//! Whom to recruit: a few lines of people whom the festival lacks, and how many seats each line fills.

mod newcomer;
mod relief;
#[cfg(test)]
mod tests;

use crate::bound::Dual;
use crate::format::Gender;
use crate::plan::Plan;
use crate::problem::{PositionIndex, Problem, VolunteerIndex};
use crate::roster::{Roster, Trial};
use crate::score::Score;
use newcomer::{Newcomer, Typical};
use relief::{Relief, reliefs};

/// People beyond whom no more are counted.
const MOST_PEOPLE: u32 = 200;

/// People of one kind, whom the festival lacks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recruits {
    /// How many.
    pub people: u32,
    /// Of which gender; `None` = any.
    pub gender: Option<Gender>,
    /// With which specialty, an index into the file's list.
    pub specialty: u32,
    /// At which level at least.
    pub level: u8,
    /// The nights on which they are free, sorted; they take a shift on each.
    pub nights: Vec<u32>,
    /// The district from which they come, an index into the file's list.
    pub home: u32,
    /// The districts in which they serve, sorted.
    pub districts: Vec<u32>,
    /// Minutes from home to the furthest of them.
    pub travel: i64,
    /// Seats that are filled with them and are empty without.
    pub seats: u32,
    /// What that is worth: essential lost no more, and the desired seats' amount of the cost.
    pub worth: Score,
    /// The positions that each of them takes, in order of time.
    pub takes: Vec<Vec<PositionIndex>>,
    /// People of the plan who change places for it: who leaves the first position, which a newcomer takes, for the second.
    pub moves: Vec<(VolunteerIndex, PositionIndex, PositionIndex)>,
}

/// Names at most `lines` kinds of people whom a valid plan lacks most, in the order in which they help: essential seats
/// before desired ones.
///
/// Seats count by the prices of the dual, as far as it has come: a desired seat without a price is left empty for its
/// cost and not for want of people, and a newcomer is only sought for a seat that a price makes dear, be it an empty one or that
/// of someone who would fill the empty one. Kinds are chosen greedily, each next one for the plan with those before it
/// (Nemhauser, Wolsey and Fisher, 1978), so that no seat is counted twice; each line stands for people that the
/// plan could take as it is. Newcomers are thought to be typical: limits of nights and of the way are the medians of
/// those who are registered, one shift a night.
#[must_use]
pub fn recruit(problem: &Problem, plan: &Plan, dual: &Dual<'_>, lines: usize) -> Vec<Recruits> {
    let mut roster = Roster::with(problem, plan.assignments());
    let mut reliefs = reliefs(&roster, dual);
    let typical = Typical::of(problem);
    let mut found: Vec<Recruits> = Vec::new();
    for _ in 0..MOST_PEOPLE {
        let Some(newcomer) = newcomer::best(problem, &typical, &reliefs) else { break };
        let (taken, worth) = place(&mut roster, &mut reliefs, &newcomer);
        if taken.is_empty() {
            continue;
        }
        let line = line(problem, &newcomer, &taken, worth);
        match found.iter().position(|known| known.covers(&line)) {
            Some(known) => found[known].add(line),
            None if found.len() == lines => break,
            None => found.push(line),
        }
    }
    found
}

/// Gives the newcomer the seats that are still to be had, people of the plan moving as it needs. What is not to be had
/// any more is taken off the list.
fn place(roster: &mut Roster<'_>, reliefs: &mut Vec<Relief>, newcomer: &Newcomer) -> (Vec<Relief>, Score) {
    let mut taken = Vec::new();
    let mut worth = Score::default();
    for &index in &newcomer.chosen {
        let relief = reliefs[index].clone();
        if let Some(who) = relief.mover {
            let mut trial = Trial::default();
            if !roster.held(who).contains(&relief.takes) {
                continue;
            }
            trial.remove(roster, who, relief.takes);
            if !trial.fits(roster, who, relief.fills) {
                continue;
            }
            trial.insert(roster, who, relief.fills);
            let more = trial.weigh(roster);
            roster.take_over(&trial, more);
        }
        worth.essential += relief.worth.essential;
        worth.cost += if relief.worth.essential > 0 { 0 } else { relief.amount };
        taken.push(relief);
    }
    // Each seat counts once; a mover who moved or can't move is tried no more.
    let tried: Vec<Relief> = newcomer.chosen.iter().map(|&index| reliefs[index].clone()).collect();
    reliefs.retain(|relief| {
        let gone = taken.iter().any(|other| (other.fills, other.seat) == (relief.fills, relief.seat));
        let moved = tried.iter().any(|other| relief.mover.is_some() && other.mover == relief.mover);
        !gone && !moved
    });
    (taken, worth)
}

fn line(problem: &Problem, newcomer: &Newcomer, taken: &[Relief], worth: Score) -> Recruits {
    let mut takes: Vec<u32> = taken.iter().map(|relief| relief.takes).collect();
    takes.sort_unstable();
    let asked = takes.iter().map(|&p| problem.position(p));
    let level = asked.clone().map(|position| position.min_level).max().unwrap_or(1);
    let anyone = asked.clone().all(|p| [Gender::Woman, Gender::Man].iter().all(|&g| p.gender.admits(g)));
    let mut districts: Vec<u32> = takes.iter().map(|&p| problem.shift_of(p).district).collect();
    districts.sort_unstable();
    districts.dedup();
    let way = |&district: &u32| problem.travel(newcomer.home, district);
    Recruits {
        people: 1,
        gender: (!anyone).then_some(newcomer.gender),
        specialty: newcomer.specialty,
        level,
        nights: takes.iter().map(|&p| problem.shift_of(p).night).collect(),
        home: newcomer.home,
        travel: districts.iter().map(way).max().unwrap_or(0),
        districts,
        seats: taken.len() as u32,
        worth,
        moves: taken.iter().filter_map(|relief| Some((relief.mover?, relief.takes, relief.fills))).collect(),
        takes: vec![takes],
    }
}

impl Recruits {
    /// Whether those of the other line are people of this kind.
    fn covers(&self, other: &Self) -> bool {
        (self.gender, self.specialty, self.level, self.home)
            == (other.gender, other.specialty, other.level, other.home)
            && other.nights.iter().all(|night| self.nights.contains(night))
            && other.districts.iter().all(|district| self.districts.contains(district))
    }

    fn add(&mut self, other: Self) {
        self.people += other.people;
        self.seats += other.seats;
        self.worth.essential += other.worth.essential;
        self.worth.cost += other.worth.cost;
        self.takes.extend(other.takes);
        self.moves.extend(other.moves);
    }
}
