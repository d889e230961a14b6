//! Parts of a festival that nothing couples: cities whose volunteers never reach each other's places.
//!
//! Two volunteers, or a volunteer and a position, belong together when an eligible pair, a published one, companions,
//! or people to be kept apart who could share a shift connect them (connected components: Tarjan 1975, by union and
//! find). No rule and no term of the score looks across two islands, so that plans of them join to a valid plan, and
//! scores and bounds add up. Time is proportional to the eligible pairs.

use super::{PositionIndex, Problem, Rows, Volunteer, VolunteerIndex};

/// A part of a festival as a festival of its own.
#[derive(Clone, Debug)]
pub(crate) struct Island {
    pub(crate) problem: Problem,
    /// By volunteer of [`Self::problem`]: who that is in the whole.
    pub(crate) volunteers: Vec<VolunteerIndex>,
    /// By position of [`Self::problem`]: which that is in the whole.
    pub(crate) positions: Vec<PositionIndex>,
}

/// The islands of a festival, those of fewest eligible pairs first. What has less than `least_pairs` of them is put
/// together into one; empty where all is one island.
pub(crate) fn islands(problem: &Problem, least_pairs: usize) -> Vec<Island> {
    let mut shores = Shores::of(problem);
    let count = problem.volunteers.len() + problem.positions.len();
    let mut pairs = vec![0_usize; count];
    for volunteer in 0..problem.volunteers.len() as u32 {
        pairs[shores.find(volunteer) as usize] += problem.options(volunteer).len();
    }
    // By root: the number of its island; 0 is the one of all that is small.
    let mut numbers = vec![0_u32; count];
    let mut sizes = vec![0];
    for (&pairs, number) in pairs.iter().zip(&mut numbers) {
        if pairs < least_pairs.max(1) {
            sizes[0] += pairs;
        } else {
            *number = sizes.len() as u32;
            sizes.push(pairs);
        }
    }
    if sizes.len() <= 2 && (sizes.len() == 1 || sizes[0] < least_pairs.max(1)) {
        return Vec::new();
    }
    let mut members: Vec<[Vec<u32>; 2]> = sizes.iter().map(|_| Default::default()).collect();
    for node in 0..count as u32 {
        let number = numbers[shores.find(node) as usize] as usize;
        match node.checked_sub(problem.volunteers.len() as u32) {
            None => members[number][0].push(node),
            Some(position) => members[number][1].push(position),
        }
    }
    drop(shores);
    let mut order: Vec<usize> = (0..sizes.len()).collect();
    order.sort_by_key(|&number| (sizes[number], number));
    let taken = order.into_iter().map(|number| std::mem::take(&mut members[number]));
    taken.filter(|[v, p]| !v.is_empty() || !p.is_empty()).map(|[v, p]| problem.island(v, p)).collect()
}

/// Who and what is connected, by union and find.
struct Shores {
    parents: Vec<u32>,
}

impl Shores {
    fn of(problem: &Problem) -> Self {
        let first_position = problem.volunteers.len() as u32;
        let mut shores = Self { parents: (0..first_position + problem.positions.len() as u32).collect() };
        for volunteer in 0..first_position {
            for &position in problem.options(volunteer) {
                shores.join(volunteer, first_position + position);
            }
        }
        for &(volunteer, position) in &problem.published {
            shores.join(volunteer, first_position + position);
        }
        for &[a, b] in &problem.companions {
            shores.join(a, b);
        }
        for &[a, b] in &problem.apart {
            if problem.may_share_a_shift(a, b) {
                shores.join(a, b);
            }
        }
        shores
    }

    fn find(&mut self, mut node: u32) -> u32 {
        while self.parents[node as usize] != node {
            let grandparent = self.parents[self.parents[node as usize] as usize];
            self.parents[node as usize] = grandparent;
            node = grandparent;
        }
        node
    }

    fn join(&mut self, a: u32, b: u32) {
        let (a, b) = (self.find(a), self.find(b));
        // The lower number is the root, so that islands are numbered the same however they were found.
        self.parents[a.max(b) as usize] = a.min(b);
    }
}

impl Problem {
    fn may_share_a_shift(&self, a: VolunteerIndex, b: VolunteerIndex) -> bool {
        let shifts = |v| self.options(v).iter().map(|&position| self.position(position).shift);
        let (mut of_a, mut of_b) = (shifts(a).peekable(), shifts(b).peekable());
        while let (Some(&a), Some(&b)) = (of_a.peek(), of_b.peek()) {
            match a.cmp(&b) {
                std::cmp::Ordering::Equal => return true,
                std::cmp::Ordering::Less => of_a.next(),
                std::cmp::Ordering::Greater => of_b.next(),
            };
        }
        false
    }

    /// These volunteers and positions, given in order, as a festival of their own.
    fn island(&self, volunteers: Vec<VolunteerIndex>, positions: Vec<PositionIndex>) -> Island {
        let new_volunteer = renumbered(&volunteers, self.volunteers.len());
        let new_position = renumbered(&positions, self.positions.len());
        let mut shifts: Vec<u32> = positions.iter().map(|&p| self.position(p).shift).collect();
        shifts.dedup();
        let new_shift = renumbered(&shifts, self.shifts.len());
        let both = |[a, b]: [VolunteerIndex; 2]| Some([new_volunteer(a)?, new_volunteer(b)?]);
        let seat = |&(v, p): &(VolunteerIndex, PositionIndex)| Some((new_volunteer(v)?, new_position(p)?));
        let here = |list: &[VolunteerIndex]| list.iter().filter_map(|&v| new_volunteer(v)).collect();
        let row = |&v: &VolunteerIndex| self.options(v).iter().filter_map(|&p| new_position(p)).collect();
        let options = Rows::new(&volunteers.iter().map(row).collect::<Vec<_>>());
        let problem = Self {
            name: self.name.clone(),
            follows: self.follows.clone(),
            district_count: self.district_count,
            travel: self.travel.clone(),
            specialty_ids: self.specialty_ids.clone(),
            venue_ids: self.venue_ids.clone(),
            shift_ids: shifts.iter().map(|&s| self.shift_ids[s as usize].clone()).collect(),
            shifts: shifts.iter().map(|&s| self.shifts[s as usize]).collect(),
            position_ids: positions.iter().map(|&p| self.position_ids[p as usize].clone()).collect(),
            positions: positions
                .iter()
                .map(|&p| {
                    let position = *self.position(p);
                    super::Position { shift: new_shift(position.shift).unwrap_or(0), ..position }
                })
                .collect(),
            volunteer_ids: volunteers.iter().map(|&v| self.volunteer_ids[v as usize].clone()).collect(),
            volunteers: volunteers
                .iter()
                .map(|&v| {
                    let who = self.volunteer(v).clone();
                    Volunteer { companions: here(&who.companions), apart: here(&who.apart), ..who }
                })
                .collect(),
            candidates: options.turned(positions.len()),
            options,
            companions: self.companions.iter().copied().filter_map(both).collect(),
            apart: self.apart.iter().copied().filter_map(both).collect(),
            locked: self.locked.iter().filter_map(seat).collect(),
            published: self.published.iter().filter_map(seat).collect(),
            min_rest: self.min_rest,
            weights: self.weights.clone(),
        };
        Island { problem, volunteers, positions }
    }
}

/// From the number in the whole, of `count`, to the number in the part, where it is there. The order stays.
fn renumbered(members: &[u32], count: usize) -> impl Fn(u32) -> Option<u32> + use<> {
    const ELSEWHERE: u32 = u32::MAX;
    let mut numbers = vec![ELSEWHERE; count];
    for (number, &member) in members.iter().enumerate() {
        numbers[member as usize] = number as u32;
    }
    move |member| Some(numbers[member as usize]).filter(|&number| number != ELSEWHERE)
}
