//! The dual solved to its end as a linear programme: rosters and companions' nights as columns, brought in as they are
//! worth it (column generation: Dantzig & Wolfe 1960; Gilmore & Gomory 1961).
//!
//! The programme is solved in floating point, so that it only suggests prices; what they prove is counted in integers.

use rustc_hash::FxHashSet;

use super::lagrangian::Lagrangian;
use super::model::{Decision, Fate, Model};
use super::roster::Roster;
use super::simplex::{Column, Simplex};
use super::value::{Level, Point, Value};

/// Cost of a unit by which a row is off: above any price, small enough for floating point. At the essential level nothing
/// is worth more than a few hundred.
const PENALTY: [f64; 2] = [1e4, 1e6];
/// The same for rosters that have been decided against.
const BANNED: f64 = 100.0;
/// How much more than its limit a position may lack, so that the perturbed rows can be met.
const SLACK: f64 = 1e-3;
/// Pivots before the prices are looked at in any case.
const MOST_PIVOTS: u32 = 5_000;
/// A column must be worth so much to come in.
const GAIN: f64 = 1e-6;

/// A roster that is a column.
#[derive(Clone)]
struct Entrant {
    person: usize,
    /// Sorted.
    seats: Vec<u32>,
    column: u32,
}

/// The programme over the columns that are known.
#[derive(Clone)]
pub(super) struct Master {
    level: Level,
    simplex: Simplex,
    penalty: f64,
    entrants: Vec<Entrant>,
    known: FxHashSet<(usize, Vec<u32>)>,
    known_pairs: FxHashSet<(usize, Vec<u32>)>,
    people_from: u32,
    links_from: u32,
    pairs_from: u32,
}

impl Master {
    pub(super) fn new(model: &Model<'_>, level: Level) -> Self {
        let positions = &model.problem.positions;
        let people_from = positions.len() as u32;
        let links_from = people_from + model.people.len() as u32;
        let pairs_from = links_from + model.link_count() as u32;
        let essential_row = pairs_from + model.couplings.len() as u32;
        let mut sums: Vec<f64> = positions.iter().map(|position| f64::from(position.desired)).collect();
        sums.resize(links_from as usize, 1.0);
        sums.resize(pairs_from as usize, 0.0);
        sums.resize(essential_row as usize, 1.0);
        let penalty = match level {
            Level::Essential => PENALTY[0],
            Level::Cost(essential) => {
                sums.push(essential as f64);
                PENALTY[1]
            }
        };
        let mut simplex = Simplex::new(sums, penalty);
        for (row, position) in (0..).zip(positions) {
            let worth = position.essential_worth as f64;
            if position.minimum > 0 {
                let upper = f64::from(position.minimum) + SLACK;
                simplex.add(match level {
                    Level::Essential => Column { cost: worth, upper, entries: vec![(row, 1.0)] },
                    Level::Cost(_) => {
                        Column { cost: 0.0, upper, entries: vec![(row, 1.0), (essential_row, worth)] }
                    }
                });
            }
            if position.desired > position.minimum {
                let cost = if level == Level::Essential { 0.0 } else { position.desired_worth as f64 };
                let upper = f64::from(position.desired - position.minimum) + SLACK;
                simplex.add(Column { cost, upper, entries: vec![(row, 1.0)] });
            }
        }
        for pair in 0..model.couplings.len() as u32 {
            let entries = vec![(pairs_from + pair, 1.0)];
            simplex.add(Column { cost: 0.0, upper: f64::INFINITY, entries });
        }
        let (entrants, known) = (Vec::new(), FxHashSet::default());
        let known_pairs = (0..model.couplings.len()).map(|pair| (pair, Vec::new())).collect();
        Self { level, simplex, penalty, entrants, known, known_pairs, people_from, links_from, pairs_from }
    }

    /// Solves the programme, or comes near in so many rounds; keeps the best point in `best` and stops when its value
    /// reaches `limit`.
    pub(super) fn raise(
        &mut self,
        model: &Model<'_>,
        lagrangian: &mut Lagrangian,
        best: (&mut Point, &mut Value),
        limit: i64,
        rounds: u32,
    ) {
        let target = self.level.target();
        let (point, value) = best;
        let mut rosters = Vec::new();
        if self.entrants.is_empty() {
            lagrangian.respond(model, point, &mut rosters);
            self.enlarge(model, lagrangian, &rosters);
        }
        for _ in 0..rounds {
            self.simplex.solve(MOST_PIVOTS);
            let here = self.point();
            let worth = lagrangian.respond(model, &here, &mut rosters);
            if worth.beyond(target) > value.beyond(target) {
                (*point, *value) = (here, worth);
            }
            if value.ceiling(target) >= limit || !self.enlarge(model, lagrangian, &rosters) {
                return;
            }
        }
    }

    /// The prices that the programme suggests.
    fn point(&self) -> Point {
        let duals = self.simplex.duals();
        let theta = &duals[self.links_from as usize..self.pairs_from as usize];
        Point {
            prices: duals[..self.people_from as usize].to_vec(),
            theta: theta.iter().map(|dual| -dual).collect(),
            mu: match self.level {
                Level::Essential => 1.0,
                Level::Cost(_) => -duals.last().copied().unwrap_or(0.0),
            },
        }
    }

    /// Takes in the rosters and companions' nights that would make the programme cheaper; true if there are any.
    fn enlarge(
        &mut self,
        model: &Model<'_>,
        lagrangian: &mut Lagrangian,
        rosters: &[(Roster, f64)],
    ) -> bool {
        let duals = self.simplex.duals();
        let mut found = false;
        for (person, (roster, cost)) in rosters.iter().enumerate() {
            let mut seats = roster.seats.clone();
            seats.sort_unstable();
            let first_link = self.links_from + model.people[person].first_link;
            let links = (first_link..).zip(&roster.active).filter(|&(_, &active)| active);
            let entries = (seats.iter().map(|&seat| (seat, 1.0)))
                .chain([(self.people_from + person as u32, 1.0)])
                .chain(links.map(|(link, _)| (link, 1.0)))
                .collect();
            let column = Column { cost: *cost, upper: f64::INFINITY, entries };
            if self.simplex.reduced_cost(&column, &duals) < -GAIN
                && self.known.insert((person, seats.clone()))
            {
                found = true;
                let column = self.simplex.add(column);
                self.entrants.push(Entrant { person, seats, column });
            }
        }
        for (pair, coupling) in model.couplings.iter().enumerate() {
            let (cost, events) = lagrangian.pair(coupling);
            let entries = [(self.pairs_from + pair as u32, 1.0)]
                .into_iter()
                .chain(events.iter().map(|&link| (self.links_from + link, -1.0)))
                .collect();
            let column = Column { cost, upper: f64::INFINITY, entries };
            if self.simplex.reduced_cost(&column, &duals) < -GAIN && self.known_pairs.insert((pair, events)) {
                found = true;
                self.simplex.add(column);
            }
        }
        found
    }

    /// Closes the rosters that a decision rules out; `seat` is the option's.
    pub(super) fn decide(&mut self, decision: Decision, seat: u32) {
        for entrant in self.entrants.iter().filter(|entrant| entrant.person == decision.person) {
            if entrant.seats.contains(&seat) != (decision.fate == Fate::Always) {
                self.simplex.set_cost(entrant.column, BANNED * self.penalty);
            }
        }
    }

    /// Who holds which seat, and how much of it.
    pub(super) fn shares(&self) -> Vec<(usize, u32, f64)> {
        let taken = self.simplex.taken();
        let mut shares: Vec<(usize, u32, f64)> = Vec::new();
        for entrant in &self.entrants {
            let share = taken[entrant.column as usize];
            if share > SLACK {
                shares.extend(entrant.seats.iter().map(|&seat| (entrant.person, seat, share)));
            }
        }
        shares.sort_by_key(|&(person, seat, _)| (person, seat));
        shares.dedup_by(|next, kept| {
            let same = (next.0, next.1) == (kept.0, kept.1);
            if same {
                kept.2 += next.2;
            }
            same
        });
        shares
    }
}
