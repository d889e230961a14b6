//! Which pairs a good plan holds, as the dual sees it.
//!
//! The rosters that volunteers choose at good prices, averaged over the rounds, approach a fractional plan that is best
//! of all (volume algorithm: Barahona and Anbil, 2000). A pair that hardly ever stands in them hardly ever stands in a
//! good plan: on a city's festival one pair in ten is left to look at.

use crate::bound::Dual;
use crate::problem::{PositionIndex, Problem, Rows, VolunteerIndex};

/// By how much a round weighs more than the one before it.
const GROWTH: f32 = 1.025;
/// Share of the rounds that a pair must stand in.
const LEAST_SHARE: f32 = 0.04;
/// Rounds before a guide is worth anything.
const FEWEST_ROUNDS: u32 = 15;

/// The pairs to look at first.
#[derive(Clone, Debug)]
pub(crate) struct Guide {
    /// Positions by volunteer.
    pub(crate) options: Rows,
    /// Volunteers by position.
    pub(crate) candidates: Rows,
}

impl Guide {
    /// Every eligible pair.
    pub(crate) fn everything(problem: &Problem) -> Self {
        Self { options: problem.options.clone(), candidates: problem.candidates.clone() }
    }
}

/// How often the dual's solutions held each eligible pair, later rounds counting more.
pub(crate) struct Tally<'a> {
    problem: &'a Problem,
    /// By place among all options.
    counts: Vec<f32>,
    weight: f32,
    total: f32,
    rounds: u32,
}

impl<'a> Tally<'a> {
    pub(crate) fn new(problem: &'a Problem) -> Self {
        Self { problem, counts: vec![0.0; problem.options.len()], weight: 1.0, total: 0.0, rounds: 0 }
    }

    /// Rounds counted.
    pub(crate) fn rounds(&self) -> u32 {
        self.rounds
    }

    /// Counts the rosters at hand.
    pub(crate) fn add(&mut self, dual: &Dual<'_>) {
        if self.weight > 1e12 {
            self.counts.iter_mut().for_each(|count| *count /= self.weight);
            self.total /= self.weight;
            self.weight = 1.0;
        }
        self.weight *= GROWTH;
        self.total += self.weight;
        self.rounds += 1;
        for (volunteer, positions) in dual.rosters() {
            let (start, options) = (self.problem.options.start(volunteer), self.problem.options(volunteer));
            for position in positions {
                if let Ok(i) = options.binary_search(position) {
                    self.counts[start + i] += self.weight;
                }
            }
        }
    }

    /// The pairs that stood in enough of the rounds, the most frequent first.
    pub(crate) fn ranked(&self) -> Vec<(VolunteerIndex, PositionIndex)> {
        let problem = self.problem;
        let least = self.total * LEAST_SHARE;
        let mut ranked = Vec::new();
        for volunteer in 0..problem.volunteers.len() as u32 {
            let counts = &self.counts[problem.options.start(volunteer)..];
            for (&position, &count) in problem.options(volunteer).iter().zip(counts) {
                if count >= least {
                    ranked.push((count, volunteer, position));
                }
            }
        }
        ranked.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then((a.1, a.2).cmp(&(b.1, b.2))));
        ranked.into_iter().map(|(_, volunteer, position)| (volunteer, position)).collect()
    }

    /// The pairs that stood in enough of the rounds; every eligible pair when there were too few.
    pub(crate) fn guide(&self) -> Guide {
        let problem = self.problem;
        if self.rounds < FEWEST_ROUNDS {
            return Guide::everything(problem);
        }
        let least = self.total * LEAST_SHARE;
        let row = |volunteer: u32| -> Vec<u32> {
            let counts = &self.counts[problem.options.start(volunteer)..];
            let options = problem.options(volunteer).iter().zip(counts);
            options.filter(|&(_, &count)| count >= least).map(|(&position, _)| position).collect()
        };
        let rows: Vec<Vec<u32>> = (0..problem.volunteers.len() as u32).map(row).collect();
        let options = Rows::new(&rows);
        let candidates = options.turned(problem.positions.len());
        Guide { options, candidates }
    }
}
