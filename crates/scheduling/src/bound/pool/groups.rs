//! Groups of positions whose people are counted together.
//!
//! A seat that is empty in part can often move on to another position at no cost, so that no head count of a single position
//! matters; that of all positions alike does.

use super::node::Work;
use crate::bound::lagrangian::{Heads, MOST_PRICE};
use crate::bound::model::Model;

/// The groups, of more than one position each.
pub(super) struct Groups {
    pub(super) sets: Vec<Vec<u32>>,
    /// By position: its groups.
    pub(super) of: Vec<Vec<u32>>,
}

impl Groups {
    /// All positions, and those that one kind of people, one night or one district fills, or that are worth the same.
    pub(super) fn new(model: &Model<'_>) -> Self {
        let problem = model.problem;
        let keys = |at: usize| {
            let (position, place) = (&problem.positions[at], model.places[at]);
            let district = problem.shifts[position.shift as usize].district;
            [
                (0, 0, 0),
                (1, i64::from(position.specialty), 0),
                (2, i64::from(place.night), 0),
                (3, i64::from(district), 0),
                (4, position.desired_worth, 0),
                (5, i64::from(position.specialty), i64::from(place.night)),
            ]
        };
        let mut keyed: Vec<_> =
            (0..problem.positions.len()).flat_map(|at| keys(at).map(|key| (key, at as u32))).collect();
        keyed.sort_unstable();
        let mut sets: Vec<Vec<u32>> = (keyed.chunk_by(|a, b| a.0 == b.0))
            .map(|same| same.iter().map(|&(_, at)| at).collect::<Vec<u32>>())
            .filter(|set| set.len() > 1)
            .collect();
        sets.sort();
        sets.dedup();
        let mut of = vec![Vec::new(); problem.positions.len()];
        for (group, set) in (0..).zip(&sets) {
            for &at in set {
                of[at as usize].push(group);
            }
        }
        Self { sets, of }
    }

    /// How many people the groups can have at all.
    pub(super) fn ranges(&self, model: &Model<'_>) -> Vec<Heads> {
        self.sets.iter().map(|set| [0, seats(model, set)]).collect()
    }
}

/// How many people the positions desire together.
pub(super) fn seats(model: &Model<'_>, set: &[u32]) -> u32 {
    set.iter().map(|&at| model.problem.positions[at as usize].desired).sum()
}

/// What the groups are paid for each of their people, scaled: by group, and by position what its groups add up to.
pub(super) struct Paid {
    by_group: Vec<i64>,
    pub(super) by_position: Vec<i64>,
}

impl Paid {
    pub(super) fn new(work: &Work<'_>, prices: &[f64]) -> Self {
        let one = work.lagrangian.scale();
        let most = MOST_PRICE as f64;
        let by_group: Vec<i64> =
            prices.iter().map(|price| (price * one).round().clamp(-most, most) as i64).collect();
        let sum = |groups: &Vec<u32>| groups.iter().map(|&group| by_group[group as usize]).sum();
        let by_position = work.groups.of.iter().map(sum).collect();
        Self { by_group, by_position }
    }

    /// What groups of so many people lose of what their positions were paid, at the least.
    pub(super) fn least(&self, ranges: &[Heads]) -> i128 {
        self.by_group.iter().zip(ranges).map(|(&price, range)| -most(price, *range)).sum()
    }

    /// Narrows the ranges down to what loses no more than `room` above that.
    pub(super) fn narrow(&self, ranges: &mut [Heads], room: i64) {
        for (&price, range) in self.by_group.iter().zip(ranges) {
            if price == 0 {
                continue;
            }
            let steps = i128::from(room.max(0)) / i128::from(price.unsigned_abs());
            let steps = u32::try_from(steps).unwrap_or(u32::MAX);
            if price > 0 {
                range[0] = range[0].max(range[1].saturating_sub(steps));
            } else {
                range[1] = range[1].min(range[0].saturating_add(steps));
            }
        }
    }
}

fn most(price: i64, [least, most]: Heads) -> i128 {
    let price = i128::from(price);
    (price * i128::from(least)).max(price * i128::from(most))
}
