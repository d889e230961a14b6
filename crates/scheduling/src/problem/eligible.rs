//! Which volunteer may ever hold which position.

use rayon::prelude::*;

use super::{Problem, Rows};
use crate::rule::{availability, gender, reach, skill};

/// The eligible positions of each volunteer, sorted. Positions are looked up by specialty and district, so that a
/// volunteer is only compared with what lies within reach.
pub(super) fn options(problem: &Problem) -> Rows {
    let districts = problem.district_count;
    let mut by_kind: Vec<Vec<u32>> = vec![Vec::new(); problem.specialty_ids.len() * districts];
    for (i, position) in problem.positions.iter().enumerate() {
        let district = problem.shifts[position.shift as usize].district;
        by_kind[position.specialty as usize * districts + district as usize].push(i as u32);
    }
    let rows: Vec<Vec<u32>> = problem
        .volunteers
        .par_iter()
        .map(|who| {
            let mut row = Vec::new();
            for &(specialty, level) in &who.skills {
                for district in (0..districts as u32).filter(|&d| reach::holds(problem, who, d)) {
                    let kind = &by_kind[specialty as usize * districts + district as usize];
                    row.extend(kind.iter().copied().filter(|&p| {
                        let position = problem.position(p);
                        skill::enough(level, position)
                            && gender::holds(who, position)
                            && availability::holds(who, problem.shift_of(p))
                    }));
                }
            }
            row.sort_unstable();
            row.shrink_to_fit();
            row
        })
        .collect();
    Rows::new(&rows)
}
