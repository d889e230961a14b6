//! The dual solved to its end as a linear programme: rosters and companions' nights as columns, brought in as they are
//! worth it (column generation: Dantzig & Wolfe 1960; Gilmore & Gomory 1961).
//!
//! The programme is solved in floating point, so that it only suggests prices; what they prove is counted in integers.

use rustc_hash::FxHashSet;

use super::lagrangian::Lagrangian;
use super::model::{Decision, Fate, Model};
use super::roster::Roster;
use super::simplex::{Column, PERTURBATION, Simplex};
use super::value::{Level, Point, Value};
use crate::problem::Position;

/// Cost of a unit by which a row is off: above any price, small enough for floating point. At the essential level nothing
/// is worth more than a few hundred.
const PENALTY: [f64; 2] = [1e4, 1e5];
/// The same for rosters that have been decided against.
const BANNED: f64 = 100.0;
/// How much more than its limit a position may lack, so that the perturbed rows can be met.
const SLACK: f64 = PERTURBATION;
/// Smaller shares of a roster are rounding.
const ABSENT: f64 = 1e-5;
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
    cost: f64,
    column: u32,
}

/// The programme over the columns that are known, for the people of whom something is open.
#[derive(Clone)]
pub(super) struct Master {
    level: Level,
    simplex: Simplex,
    penalty: f64,
    entrants: Vec<Entrant>,
    known: FxHashSet<(usize, Vec<u32>)>,
    known_pairs: FxHashSet<(usize, Vec<u32>)>,
    rows: Rows,
    /// What everyone chose last, and what it costs, scaled.
    rosters: Vec<(Roster, i64)>,
    /// How many seats of each position go to people of whom nothing is open.
    taken: Vec<u32>,
}

/// Where the rows are; [`Rows::NONE`] for what is decided.
#[derive(Clone)]
struct Rows {
    positions: Vec<u32>,
    people: Vec<u32>,
    links_from: u32,
    pairs_from: u32,
    essential: u32,
}

impl Rows {
    const NONE: u32 = u32::MAX;

    fn new(model: &Model<'_>) -> Self {
        let mut count = 0;
        let mut next = |open: bool| {
            count += u32::from(open);
            if open { count - 1 } else { Self::NONE }
        };
        let mut open = vec![false; model.places.len()];
        let people: Vec<bool> = (0..model.people.len()).map(|person| model.is_open(person)).collect();
        for person in (0..people.len()).filter(|&person| people[person]) {
            for (option, &seat) in model.options(person).iter().enumerate() {
                open[seat as usize] |= model.fate(person, option) != Fate::Never;
            }
        }
        let positions = open.into_iter().map(&mut next).collect();
        let people = people.into_iter().map(&mut next).collect();
        let links_from = count;
        let pairs_from = links_from + model.link_count() as u32;
        let essential = pairs_from + model.couplings.len() as u32;
        Self { positions, people, links_from, pairs_from, essential }
    }
}

impl Master {
    pub(super) fn new(model: &Model<'_>, level: Level) -> Self {
        let positions = &model.problem.positions;
        let rows = Rows::new(model);
        let mut sums = vec![1.0; rows.essential as usize];
        sums[rows.links_from as usize..rows.pairs_from as usize].fill(0.0);
        let mut taken = vec![0; positions.len()];
        for person in (0..model.people.len()).filter(|&person| rows.people[person] == Rows::NONE) {
            let held = model.decided(person);
            for &seat in &held {
                taken[seat as usize] += 1;
            }
            let first = (rows.links_from + model.people[person].first_link) as usize;
            for (sum, link) in sums[first..].iter_mut().zip(model.links_of(person)) {
                *sum -= f64::from(u8::from(held.iter().any(|&seat| link.is_at(model.places[seat as usize]))));
            }
        }
        let mut pieces = Vec::new();
        let mut essential = level.target();
        for (at, position) in positions.iter().enumerate() {
            let row = rows.positions[at];
            let short = position.minimum.saturating_sub(taken[at]);
            let lacking = position.desired.saturating_sub(taken[at].max(position.minimum));
            if row == Rows::NONE {
                essential -= i64::from(short) * position.essential_worth;
                continue;
            }
            sums[row as usize] = f64::from(short + lacking);
            let worth = position.essential_worth as f64;
            if short > 0 {
                pieces.push(match level {
                    Level::Essential => (worth, short, vec![(row, 1.0)]),
                    Level::Cost(_) => (0.0, short, vec![(row, 1.0), (rows.essential, worth)]),
                });
            }
            if lacking > 0 {
                let cost = if level == Level::Essential { 0.0 } else { position.desired_worth as f64 };
                pieces.push((cost, lacking, vec![(row, 1.0)]));
            }
        }
        let penalty = if level == Level::Essential { PENALTY[0] } else { PENALTY[1] };
        if level != Level::Essential {
            sums.push(essential as f64);
        }
        let mut simplex = Simplex::new(sums, penalty);
        for (cost, seats, entries) in pieces {
            simplex.add(Column { cost, upper: f64::from(seats) + SLACK, entries });
        }
        for pair in 0..model.couplings.len() as u32 {
            let entries = vec![(rows.pairs_from + pair, 1.0)];
            simplex.add(Column { cost: 0.0, upper: f64::INFINITY, entries });
        }
        let (entrants, known) = (Vec::new(), FxHashSet::default());
        let known_pairs = (0..model.couplings.len()).map(|pair| (pair, Vec::new())).collect();
        Self { level, simplex, penalty, entrants, known, known_pairs, rows, rosters: Vec::new(), taken }
    }

    /// The same over again for a model of which more is decided.
    pub(super) fn rebuilt(&self, model: &Model<'_>) -> Self {
        let mut fresh = Self { rosters: self.rosters.clone(), ..Self::new(model, self.level) };
        for entrant in &self.entrants {
            if fresh.rows.people[entrant.person] != Rows::NONE && model.allows(entrant.person, &entrant.seats)
            {
                fresh.enter(model, entrant.person, entrant.seats.clone(), entrant.cost);
            }
        }
        fresh
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
        let mut rosters = std::mem::take(&mut self.rosters);
        if self.entrants.is_empty() {
            lagrangian.respond(model, point, &mut rosters);
            self.enlarge(model, lagrangian, &rosters);
        }
        for _ in 0..rounds {
            self.simplex.solve(MOST_PIVOTS, super::simplex::GAIN);
            let here = self.point(model);
            let worth = lagrangian.respond(model, &here, &mut rosters);
            if worth.beyond(target) > value.beyond(target) {
                (*point, *value) = (here, worth);
            }
            if value.ceiling(target) >= limit || !self.enlarge(model, lagrangian, &rosters) {
                break;
            }
        }
        self.rosters = rosters;
    }

    /// The prices that the programme suggests. Of a position with nothing open, what its next seat is worth: so it gains
    /// nothing by another head count than the one decided.
    fn point(&mut self, model: &Model<'_>) -> Point {
        let duals = self.simplex.duals();
        let theta = &duals[self.rows.links_from as usize..self.rows.pairs_from as usize];
        let (mu, unit) = match self.level {
            Level::Essential => (1.0, 0.0),
            Level::Cost(_) => (-duals.last().copied().unwrap_or(0.0), 1.0),
        };
        let positions = self.rows.positions.iter().zip(&self.taken).zip(&model.problem.positions);
        let price = |((&row, &taken), position): ((&u32, &u32), &Position)| {
            if row != Rows::NONE {
                duals[row as usize]
            } else if taken < position.minimum {
                mu * position.essential_worth as f64
            } else if taken < position.desired {
                unit * position.desired_worth as f64
            } else {
                -self.penalty
            }
        };
        Point { prices: positions.map(price).collect(), theta: theta.iter().map(|dual| -dual).collect(), mu }
    }

    /// A roster as a column.
    fn column(&self, model: &Model<'_>, person: usize, seats: &[u32], cost: f64) -> Column {
        let first_link = self.rows.links_from + model.people[person].first_link;
        let links = (first_link..).zip(model.links_of(person));
        let active =
            links.filter(|(_, link)| seats.iter().any(|&seat| link.is_at(model.places[seat as usize])));
        let entries = (seats.iter().map(|&seat| (self.rows.positions[seat as usize], 1.0)))
            .chain([(self.rows.people[person], 1.0)])
            .chain(active.map(|(link, _)| (link, 1.0)))
            .collect();
        Column { cost, upper: f64::INFINITY, entries }
    }

    fn enter(&mut self, model: &Model<'_>, person: usize, seats: Vec<u32>, cost: f64) {
        let column = self.simplex.add(self.column(model, person, &seats, cost));
        self.known.insert((person, seats.clone()));
        self.entrants.push(Entrant { person, seats, cost, column });
    }

    /// Takes in the rosters and companions' nights that would make the programme cheaper; true if there are any.
    fn enlarge(&mut self, model: &Model<'_>, lagrangian: &mut Lagrangian, rosters: &[(Roster, i64)]) -> bool {
        let duals = self.simplex.duals();
        let mut found = false;
        for (person, (roster, cost)) in rosters.iter().enumerate() {
            if self.rows.people[person] == Rows::NONE {
                continue;
            }
            let cost = lagrangian.amount(*cost);
            let column = self.column(model, person, &roster.seats, cost);
            if column.reduced_cost(&duals) < -GAIN && !self.known.contains(&(person, roster.seats.clone())) {
                found = true;
                self.enter(model, person, roster.seats.clone(), cost);
            }
        }
        for (pair, coupling) in model.couplings.iter().enumerate() {
            let (cost, events) = lagrangian.pair(coupling);
            let entries = [(self.rows.pairs_from + pair as u32, 1.0)]
                .into_iter()
                .chain(events.iter().map(|&link| (self.rows.links_from + link, -1.0)))
                .collect();
            let column = Column { cost, upper: f64::INFINITY, entries };
            if column.reduced_cost(&duals) < -GAIN && self.known_pairs.insert((pair, events)) {
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

    /// Who holds which seat, and how much of it; of those of whom something is open.
    pub(super) fn shares(&self) -> Vec<(usize, u32, f64)> {
        let taken = self.simplex.taken();
        let mut shares: Vec<(usize, u32, f64)> = Vec::new();
        for entrant in &self.entrants {
            let share = taken[entrant.column as usize];
            if share > ABSENT {
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
