//! How a node falls apart: by the head count of a position, or by whether a person holds a seat.
//!
//! Head counts first: a seat that is empty in part is what the dual is furthest off by, and whole head counts change
//! much. What is branched on is what lifts both parts most in a short trial (strong branching: Applegate, Bixby, Chvátal &
//! Cook 1995).

use rustc_hash::FxHashMap;

use super::node::{Node, Work};
use super::programme::Programme;

/// Choices that are tried.
const TOTALS: usize = 8;
const HEADS: usize = 6;
const HOLDINGS: usize = 8;
/// Pivots in a trial, and in those of the few choices of which more is asked.
const TRIAL: u32 = 25;
const PROVEN: usize = 3;
const PIVOTS: u32 = 240;
const PORTION: u32 = 80;
/// Shares this near to none or all are rounding.
const NEARLY: f64 = 1e-2;
/// What a part is raised by at least, in merit.
const LEAST_GAIN: f64 = 1e-3;

/// A choice between two parts.
#[derive(Clone, Copy, Debug)]
enum Choice {
    /// A position has so many people at most, or more.
    Heads(usize, u32),
    /// A group of positions has.
    Total(usize, u32),
    /// Of a unit, whether a person holds a seat.
    Holding(u32, (u32, u32)),
}

impl Choice {
    /// Whether a part keeps a column.
    fn keeps(self, node: &Node, part: usize, unit: u32, column: u32) -> bool {
        match self {
            Self::Holding(of, held) if of == unit => {
                let column = &node.units[unit as usize].columns[column as usize];
                column.held.binary_search(&held).is_ok() == (part == 0)
            }
            _ => true,
        }
    }

    /// The part's programme.
    fn programme(self, work: &Work<'_>, node: &Node, programme: &Programme, part: usize) -> Programme {
        let mut programme = programme.clone();
        match self {
            Self::Heads(at, most) => {
                let mut heads = node.heads[at];
                heads[1 - part] = most + part as u32;
                let position = &work.model.problem.positions[at];
                programme.set_heads(at, position, heads, &work.groups.of[at]);
            }
            Self::Total(group, most) => {
                let mut range = node.totals[group];
                range[1 - part] = most + part as u32;
                programme.set_total(group, range);
            }
            Self::Holding(..) => programme.retain(|unit, column| self.keeps(node, part, unit, column)),
        }
        programme
    }
}

impl Node {
    /// The parts that it falls into, apart from those in which no plan is below the limit; `None` if the programme leaves
    /// nothing open that could be branched on.
    pub(super) fn split(&self, work: &mut Work<'_>) -> Option<Vec<Self>> {
        let programme = self.programme.as_deref()?;
        let choices = self.choices(work, programme);
        let base = programme.cost();
        let room = work.lagrangian.amount(work.room(self.value)) + 1.0;
        let mut tried: Vec<(f64, Choice, [Programme; 2])> = Vec::new();
        for choice in choices {
            if (work.stop)() {
                break;
            }
            let parts = [0, 1].map(|part| {
                let mut programme = choice.programme(work, self, programme, part);
                programme.solve_again(TRIAL, room);
                programme
            });
            let gains = parts.each_ref().map(|part| (part.cost() - base).clamp(LEAST_GAIN, room));
            tried.push((gains[0] * gains[1], choice, parts));
            tried.sort_by(|a, b| b.0.total_cmp(&a.0));
            tried.truncate(PROVEN);
        }
        // The programmes do not know all columns yet, so that those gains are only hopes.
        let mut best: Option<(f64, Vec<Self>)> = None;
        for (_, choice, programmes) in tried {
            let parts = [0, 1].into_iter().zip(programmes);
            let parts = parts.filter_map(|(part, programme)| self.part(work, choice, part, programme));
            let parts: Vec<Self> = parts.collect();
            if parts.len() < 2 {
                return Some(parts);
            }
            let costs = parts.iter().filter_map(|part| part.programme.as_ref()).map(|part| part.cost());
            let merit = costs.map(|cost| (cost - base).clamp(LEAST_GAIN, room)).product();
            if best.as_ref().is_none_or(|(known, _)| merit > *known) {
                best = Some((merit, parts));
            }
        }
        best.map(|(_, parts)| parts)
    }

    /// A part, unless it holds no plan below the limit.
    fn part(&self, work: &mut Work<'_>, choice: Choice, part: usize, programme: Programme) -> Option<Self> {
        let mut child = self.clone_without_programme();
        match choice {
            Choice::Heads(at, most) => child.heads[at][1 - part] = most + part as u32,
            Choice::Total(group, most) => child.totals[group][1 - part] = most + part as u32,
            Choice::Holding(unit, _) => {
                let keeps = |column: &u32| choice.keeps(self, part, unit, *column);
                child.units[unit as usize].alive.retain(keeps);
            }
        }
        child.programme = Some(Box::new(programme));
        child.raise(work, PIVOTS, PORTION);
        (child.is_possible() && child.cost(work.level) < work.limit).then_some(child)
    }

    pub(super) fn clone_without_programme(&self) -> Self {
        Self {
            units: self.units.clone(),
            heads: self.heads.clone(),
            totals: self.totals.clone(),
            paid: self.paid.clone(),
            point: self.point.clone(),
            programme: None,
            wanting: Vec::new(),
            ..*self
        }
    }

    /// What the programme takes in part, the most promising first.
    fn choices(&self, work: &Work<'_>, programme: &Programme) -> Vec<Choice> {
        let off = |share: f64| (share - share.floor()).min(share.ceil() - share);
        let mut heads: Vec<(f64, Choice)> = Vec::new();
        for (at, filled) in programme.heads(work.model) {
            let position = &work.model.problem.positions[at];
            let least = filled.floor().max(0.0) as u32;
            if off(filled) > NEARLY && least >= self.heads[at][0] && least < self.heads[at][1] {
                let worth = if least < position.minimum {
                    position.essential_worth as f64 * self.point.mu
                } else {
                    position.desired_worth as f64
                };
                heads.push((-off(filled) * worth, Choice::Heads(at, least)));
            }
        }
        heads.sort_by(|a, b| a.0.total_cmp(&b.0));
        heads.truncate(HEADS);
        let totals = programme.totals().into_iter().enumerate().filter_map(|(group, total)| {
            let (least, range) = ((total + NEARLY).floor().max(0.0) as u32, self.totals[group]);
            let is_open = off(total) > NEARLY && least >= range[0] && least < range[1];
            is_open.then_some((group, off(total), least))
        });
        let mut totals: Vec<_> = totals.collect();
        totals.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        totals.truncate(TOTALS);
        let totals = totals.into_iter().map(|(group, _, least)| Choice::Total(group, least));
        let mut shares: FxHashMap<(u32, (u32, u32)), f64> = FxHashMap::default();
        for (unit, column, share) in programme.taken() {
            let of = &self.units[unit as usize];
            if of.complete && of.settled().is_none() {
                for &held in &of.columns[column as usize].held {
                    *shares.entry((unit, held)).or_default() += share;
                }
            }
        }
        let shares = shares.into_iter().filter(|&(_, share)| off(share) > NEARLY && share < 1.0);
        let mut holdings: Vec<_> =
            shares.map(|((unit, held), share)| ((share - 0.5).abs(), unit, held)).collect();
        holdings.sort_by(|a, b| a.0.total_cmp(&b.0).then_with(|| (a.1, a.2).cmp(&(b.1, b.2))));
        holdings.truncate(HOLDINGS);
        let holdings = holdings.into_iter().map(|(_, unit, held)| Choice::Holding(unit, held));
        let heads = heads.into_iter().map(|(_, choice)| choice);
        let choices: Vec<Choice> = totals.chain(heads).chain(holdings).collect();
        if choices.is_empty() { self.any_choice().into_iter().collect() } else { choices }
    }

    /// Something that is open though the programme is of one mind.
    fn any_choice(&self) -> Option<Choice> {
        let mut open = (0..).zip(&self.units).filter(|(_, unit)| unit.complete && unit.alive.len() > 1);
        open.find_map(|(at, unit)| {
            let [first, second] = [0, 1].map(|which| &unit.columns[unit.alive[which] as usize].held);
            let differs = |held: &&(u32, u32)| first.contains(held) != second.contains(held);
            first.iter().chain(second).find(differs).map(|&held| Choice::Holding(at, held))
        })
    }
}
