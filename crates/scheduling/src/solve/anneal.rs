//! The search's side of a solve: epochs at falling temperature, each on parts of the roster.

use rayon::prelude::*;

use super::{Options, Pool};
use crate::chance::Chance;
use crate::plan::Plan;
use crate::problem::Problem;
use crate::roster::Roster;
use crate::score::Score;
use crate::search::{Chains, Guide, Heat, Part, divide};

/// Steps between two looks at the budget.
const STEPS_PER_LOOK: u64 = 512;
/// Steps of an epoch and thread per volunteer, and at least.
const STEPS_PER_VOLUNTEER: u64 = 40;
const FEWEST_STEPS: u64 = 20_000;
/// Steps per volunteer in which it cools down once where good plans are wanted beside the best one.
const STEPS_PER_CYCLE: u64 = 15_000;
/// A limit of steps is dealt out to so many epochs, so that the search cools down.
const EPOCHS_AT_LEAST: u64 = 100;
/// Temperature at the beginning and when the search has cooled down, as shares of a typical amount of cost.
const HOT: f64 = 0.15;
/// Temperature at the beginning where the plan to begin with is a good one, which more heat would spoil.
const WARM: f64 = 0.07;
const COLD: f64 = 0.012;
/// Share of the budget after which nothing gets worse any more.
const FROZEN: f64 = 0.97;
/// The same for essential alone, as shares of what an essential seat is worth on average.
const ESSENTIAL_HOT: f64 = 0.2;
const ESSENTIAL_COLD: f64 = 0.004;
/// And what a typical amount of cost is worth then, in essential seats, so that no more is undone than need be.
const ESSENTIAL_COST: f64 = 0.01;

/// What the search minds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Aim {
    /// Essential seats alone.
    Essential,
    /// Cost, and no essential seat given up for it.
    Cost,
}

/// A roster on its way.
pub(super) struct Annealing<'a> {
    roster: Roster<'a>,
    guide: Guide,
    chance: Chance,
    /// Temperature to begin with, as a share of [`Self::unit`].
    hot: f64,
    /// What an assignment typically costs.
    unit: f64,
    /// What one essential point is worth in cost: more than a chain can gain.
    essential_worth: f64,
    /// What an essential seat is worth on average.
    essential_unit: f64,
    steps: u64,
    limit: u64,
}

impl<'a> Annealing<'a> {
    pub(super) fn new(roster: Roster<'a>, options: &Options) -> Self {
        let problem = roster.problem;
        let most = problem.positions.iter().map(|position| position.desired_worth).max().unwrap_or(0) as f64;
        let assignments: usize = (0..problem.volunteers.len() as u32).map(|v| roster.held(v).len()).sum();
        let own: i64 = (0..problem.volunteers.len() as u32).map(|v| roster.own(v)).sum();
        let essential: i64 = problem.positions.iter().map(|position| position.essential_worth).sum();
        let unit = (own as f64 / assignments.max(1) as f64).max(most / 20.0).max(1.0);
        Self {
            guide: Guide::everything(problem),
            chance: Chance::new(options.seed),
            hot: HOT,
            unit,
            essential_worth: 200.0 * unit + 10.0 * most + 4.0 * problem.weights.stability as f64,
            essential_unit: essential as f64 / problem.positions.len().max(1) as f64,
            steps: 0,
            limit: options.max_steps.unwrap_or(u64::MAX),
            roster,
        }
    }

    pub(super) fn problem(&self) -> &'a Problem {
        self.roster.problem
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

    /// Goes on from a valid plan.
    pub(super) fn set_plan(&mut self, plan: &Plan) {
        self.roster = Roster::with(self.roster.problem, plan.assignments());
    }

    /// Goes on from a roster that is near the best already.
    pub(super) fn start_at(&mut self, roster: Roster<'a>) {
        self.roster = roster;
        self.hot = WARM;
    }

    /// Steps in which it may cool down once where it does so again and again.
    pub(super) fn steps_of_cycle(&self) -> u64 {
        self.roster.problem.volunteers.len() as u64 * STEPS_PER_CYCLE
    }

    /// Begins to cool down once more.
    pub(super) fn heat_up(&mut self) {
        self.hot = HOT;
    }

    /// Goes on from a plan that is to be searched from the beginning.
    pub(super) fn start_over(&mut self, plan: &Plan) {
        self.set_plan(plan);
        self.hot = HOT;
    }

    /// Searches for a while, as hot as belongs to the share of its time that is over.
    pub(super) fn epoch(&mut self, pool: &Pool, aim: Aim, share: f64, spent: &(dyn Fn() -> f64 + Sync)) {
        let problem = self.roster.problem;
        let heat = self.heat(aim, share);
        let parts = divide(problem, &self.guide, pool.threads, &mut self.chance);
        let steps = self.steps_of_epoch(problem, aim, pool.threads as u64);
        let walks: Vec<(&Part, Chance)> =
            parts.iter().map(|part| (part, Chance::new(self.chance.next()))).collect();
        let walk = |(part, chance): (&Part, Chance)| {
            let mut chains = Chains::new(self.roster.clone(), part, &self.guide, chance, heat);
            let mut done = 0;
            while done < steps && spent() < 1.0 {
                let batch = STEPS_PER_LOOK.min(steps - done);
                (0..batch).for_each(|_| chains.step());
                done += batch;
            }
            (chains.into_roster().into_lists(), done)
        };
        let found: Vec<_> = pool.run(|| walks.into_par_iter().map(walk).collect());
        self.steps =
            found.iter().map(|(_, done)| done).sum::<u64>().saturating_add(self.steps).min(self.limit);
        self.roster = join(problem, &parts, found.into_iter().map(|(lists, _)| lists).collect());
        debug_assert!(self.roster.is_sound());
    }

    fn heat(&self, aim: Aim, share: f64) -> Heat {
        let cooled = |hot: f64, cold: f64| hot * (cold / hot).powf((share / FROZEN).min(1.0));
        match aim {
            Aim::Essential => Heat {
                temperature: self.essential_unit * cooled(ESSENTIAL_HOT, ESSENTIAL_COLD),
                essential_worth: 1.0,
                cost_worth: ESSENTIAL_COST * self.essential_unit / self.unit,
            },
            Aim::Cost => Heat {
                temperature: if share < FROZEN { self.unit * cooled(self.hot, COLD) } else { 0.0 },
                essential_worth: self.essential_worth,
                cost_worth: 1.0,
            },
        }
    }

    /// Steps of one epoch for each thread.
    fn steps_of_epoch(&self, problem: &Problem, aim: Aim, threads: u64) -> u64 {
        // Essential may be reached at any moment, and it is looked for between epochs.
        let each = if aim == Aim::Essential { STEPS_PER_VOLUNTEER / 2 } else { STEPS_PER_VOLUNTEER };
        let steps = (problem.volunteers.len() as u64 * each).max(FEWEST_STEPS);
        let dealt = (self.limit / threads / EPOCHS_AT_LEAST).max(1);
        steps.min(dealt).min((self.limit - self.steps).div_ceil(threads))
    }
}

/// Of each volunteer the list of the thread whose part they were.
fn join<'a>(problem: &'a Problem, parts: &[Part], mut lists: Vec<Vec<Vec<u32>>>) -> Roster<'a> {
    let mut joined = lists.pop().unwrap_or_default();
    for (part, lists) in parts.iter().zip(lists) {
        for (volunteer, list) in lists.into_iter().enumerate() {
            if part.may_change(volunteer as u32) {
                joined[volunteer] = list;
            }
        }
    }
    Roster::from_lists(problem, joined)
}
