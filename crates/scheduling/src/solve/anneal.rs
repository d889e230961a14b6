//! The search's side of a solve: epochs at falling temperature, each on parts of the roster.

use rayon::prelude::*;

use super::{Options, Pool};
use crate::chance::Chance;
use crate::plan::Plan;
use crate::roster::Roster;
use crate::score::Score;
use crate::search::{Chains, Guide, Part, divide};

/// Steps between two looks at the budget.
const STEPS_PER_LOOK: u64 = 512;
/// Steps of an epoch and thread per volunteer, and at least.
const STEPS_PER_VOLUNTEER: u64 = 40;
const FEWEST_STEPS: u64 = 20_000;
/// A limit of steps is dealt out to so many epochs, so that the search cools down.
const EPOCHS_AT_LEAST: u64 = 100;
/// Temperature at the beginning and when the search has cooled down, as shares of a typical amount.
const HOT: f64 = 0.15;
const COLD: f64 = 0.012;
/// An essential seat is worth this share of a typical amount in the beginning, and more than all else from the share
/// [`FIRM`] of the budget on: what is essential may be traded for a while, and is not in the end.
const SOFT: f64 = 0.5;
const FIRM: f64 = 0.5;
/// Share of the budget after which nothing gets worse any more.
const FROZEN: f64 = 0.97;

/// A roster on its way.
pub(super) struct Annealing<'a> {
    roster: Roster<'a>,
    guide: Guide,
    chance: Chance,
    /// What an assignment typically costs.
    unit: f64,
    /// What one essential point is worth in cost, in the beginning and in the end.
    soft: f64,
    firm: f64,
    steps: u64,
    limit: u64,
}

impl<'a> Annealing<'a> {
    pub(super) fn new(roster: Roster<'a>, options: &Options, guide: Guide) -> Self {
        let problem = roster.problem;
        let most = problem.positions.iter().map(|position| position.desired_worth).max().unwrap_or(0) as f64;
        let assignments: usize = (0..problem.volunteers.len() as u32).map(|v| roster.held(v).len()).sum();
        let own: i64 = (0..problem.volunteers.len() as u32).map(|v| roster.own(v)).sum();
        let essential: i64 = problem.positions.iter().map(|position| position.essential_worth).sum();
        let unit = (own as f64 / assignments.max(1) as f64).max(most / 20.0).max(1.0);
        Self {
            guide,
            chance: Chance::new(options.seed),
            unit,
            soft: SOFT * unit * problem.positions.len() as f64 / essential.max(1) as f64,
            firm: 200.0 * unit + 10.0 * most,
            steps: 0,
            limit: options.max_steps.unwrap_or(u64::MAX),
            roster,
        }
    }

    pub(super) fn steps(&self) -> u64 {
        self.steps
    }

    pub(super) fn score(&self) -> Score {
        self.roster.score()
    }

    pub(super) fn plan(&self) -> Plan {
        self.roster.plan()
    }

    pub(super) fn set_guide(&mut self, guide: Guide) {
        self.guide = guide;
    }

    /// Searches for a while at the temperature that belongs to the share of the budget that is used.
    pub(super) fn epoch(&mut self, pool: &Pool, share: f64, spent: &(dyn Fn() -> f64 + Sync)) {
        let problem = self.roster.problem;
        let temperature =
            if share < FROZEN { self.unit * HOT * (COLD / HOT).powf(share / FROZEN) } else { 0.0 };
        let essential_worth = self.soft * (self.firm / self.soft).powf((share / FIRM).min(1.0));
        let parts = divide(problem, pool.threads, &mut self.chance);
        let steps = (problem.volunteers.len() as u64 * STEPS_PER_VOLUNTEER).max(FEWEST_STEPS);
        let threads = pool.threads as u64;
        let steps = steps
            .min((self.limit / threads / EPOCHS_AT_LEAST).max(1))
            .min((self.limit - self.steps).div_ceil(threads));
        let walks: Vec<(&Part, Chance)> =
            parts.iter().map(|part| (part, Chance::new(self.chance.next()))).collect();
        let walk = |(part, chance): (&Part, Chance)| {
            let mut chains = Chains::new(self.roster.clone(), part, &self.guide, chance, essential_worth);
            let mut done = 0;
            while done < steps && spent() < 1.0 {
                let batch = STEPS_PER_LOOK.min(steps - done);
                (0..batch).for_each(|_| chains.step(temperature));
                done += batch;
            }
            (chains.roster.into_lists(), done)
        };
        let found: Vec<_> = pool.run(|| walks.into_par_iter().map(walk).collect());
        self.steps =
            found.iter().map(|(_, done)| done).sum::<u64>().saturating_add(self.steps).min(self.limit);
        self.roster = join(&self.roster, &parts, found.into_iter().map(|(lists, _)| lists).collect());
        debug_assert!(self.roster.is_sound());
    }
}

/// Of each volunteer the list of the thread whose part they were.
fn join<'a>(roster: &Roster<'a>, parts: &[Part], mut lists: Vec<Vec<Vec<u32>>>) -> Roster<'a> {
    let mut joined = lists.pop().unwrap_or_default();
    for (part, lists) in parts.iter().zip(lists) {
        for (volunteer, list) in lists.into_iter().enumerate() {
            if part.may_change(volunteer as u32) {
                joined[volunteer] = list;
            }
        }
    }
    Roster::from_lists(roster.problem, joined)
}
