//! Laying a problem out.

use rustc_hash::FxHashMap;

use super::{Coupling, Entry, Link, Model, Person, Place, Side, Size, mix};
use crate::problem::Problem;

/// Larger amounts are cut to this: less cost can only lower a bound.
const MOST_AMOUNT: i64 = 1 << 40;

/// Venue bits that companion multipliers may claim; the other bits are for the other venues, shared if they are many.
const LINKED_BITS: usize = 40;

/// A coupling as one of its people sees it.
struct Linked {
    coupling: usize,
    side: usize,
    night: u32,
    common: Vec<u32>,
}

impl Size {
    fn of(problem: &Problem) -> Self {
        let count = problem.positions.len().max(1) as f64;
        let mean = |amounts: i64| amounts as f64 / count;
        let essential = mean(problem.positions.iter().map(|position| position.essential_worth).sum());
        let desired = mean(problem.positions.iter().map(|position| position.desired_worth).sum());
        let w = &problem.weights;
        let others = w.idle.max(w.fairness).max(w.continuity).max(w.companion).max(w.stability).max(w.venue);
        Self { essential: essential.max(1.0), cost: desired.max(others as f64).max(1.0) }
    }
}

impl<'a> Model<'a> {
    pub(in crate::bound) fn new(problem: &'a Problem, seed: u64) -> Self {
        let nights = problem.night_count();
        let count = problem.volunteers.len();
        let mut order: Vec<u32> = (0..count as u32).collect();
        order.sort_by_key(|&v| (mix(seed ^ u64::from(v)), v));
        let (mut longest, mut run) = (0, 0);
        for &follows in &problem.follows {
            run = if follows { run + 1 } else { 1 };
            longest = longest.max(run);
        }
        let places = problem
            .positions
            .iter()
            .map(|position| {
                let shift = &problem.shifts[position.shift as usize];
                Place { night: shift.night, venue: shift.venue }
            })
            .collect();
        let mut model = Self {
            problem,
            nights,
            follows: problem.follows.clone(),
            longest_run: longest,
            continuity: problem.weights.continuity,
            fairness: problem.weights.fairness,
            idle: problem.weights.idle,
            constant: 0,
            order,
            people: Vec::with_capacity(count),
            places,
            off_cost: vec![0; count * nights],
            serve_cost: vec![0; count * nights],
            couplings: Vec::new(),
            entries: Vec::new(),
            entry_first: Vec::with_capacity(count * nights + 1),
            links: Vec::new(),
            fates: Vec::new(),
            bits: 0,
            size: Size::of(problem),
        };
        let person_of = model.people_by_volunteer();
        let linked = model.couple(&person_of);
        let mut largest = model.serve_cost.iter().copied().max().unwrap_or(0);
        for (person, linked) in linked.iter().enumerate() {
            largest = largest.max(model.lay_out(person, linked));
        }
        model.entry_first.push(model.entries.len() as u32);
        model.size.cost = model.size.cost.max(model.mean_amount());
        model.bits = (42 - (largest.max(1) as u64).ilog2().min(42)).min(10);
        model
    }

    /// The mean of what a seat, or a night served or not, costs by itself.
    fn mean_amount(&self) -> f64 {
        let mean = |amounts: &mut dyn Iterator<Item = i64>| {
            let (mut sum, mut count) = (0.0, 1.0_f64);
            for amount in amounts.filter(|&amount| amount != 0) {
                sum += amount.abs() as f64;
                count += 1.0;
            }
            sum / count
        };
        let seats = mean(&mut self.entries.iter().map(|entry| entry.cost));
        seats.max(mean(&mut self.off_cost.iter().chain(&self.serve_cost).copied()))
    }

    /// Finds the nights that companions share; nights open to one of the two only are charged there and then.
    fn couple(&mut self, person_of: &[u32]) -> Vec<Vec<Linked>> {
        let problem = self.problem;
        let mut linked: Vec<Vec<Linked>> = (0..person_of.len()).map(|_| Vec::new()).collect();
        let mut claimed: Vec<Vec<u32>> = vec![Vec::new(); person_of.len()];
        let mut pairs: Vec<[u32; 2]> =
            problem.companions.iter().map(|&[a, b]| [a.min(b), a.max(b)]).collect();
        pairs.sort_unstable();
        for same in pairs.chunk_by(|a, b| a == b) {
            let [a, b] = same[0];
            let cost = problem.weights.companion.saturating_mul(same.len() as i64).min(MOST_AMOUNT);
            if cost == 0 || a == b {
                continue;
            }
            let open = [self.venues_by_night(a), self.venues_by_night(b)];
            let people = [person_of[a as usize] as usize, person_of[b as usize] as usize];
            for night in 0..self.nights {
                let [first, second] = [&open[0][night], &open[1][night]];
                if first.is_empty() || second.is_empty() {
                    for person in people {
                        self.serve_cost[person * self.nights + night] += cost;
                    }
                    continue;
                }
                let common: Vec<u32> =
                    first.iter().copied().filter(|venue| second.binary_search(venue).is_ok()).collect();
                let claims = people.map(|person| {
                    let mut venues = claimed[person].clone();
                    venues.extend(&common);
                    venues.sort_unstable();
                    venues.dedup();
                    venues
                });
                if claims.iter().any(|venues| venues.len() > LINKED_BITS) {
                    continue;
                }
                for (person, venues) in people.into_iter().zip(claims) {
                    claimed[person] = venues;
                }
                let at = self.couplings.len();
                let side = |open: &Vec<u32>, volunteer: u32| Side {
                    first_link: 0,
                    elsewhere: open.len() > common.len(),
                    max_shifts: problem.volunteer(volunteer).max_per_night,
                };
                self.couplings.push(Coupling {
                    sides: [side(first, a), side(second, b)],
                    common: common.len() as u32,
                    cost,
                });
                linked[people[0]].push(Linked {
                    coupling: at,
                    side: 0,
                    night: night as u32,
                    common: common.clone(),
                });
                linked[people[1]].push(Linked { coupling: at, side: 1, night: night as u32, common });
            }
        }
        linked
    }

    /// Returns the largest amount of one event.
    fn lay_out(&mut self, person: usize, linked: &[Linked]) -> i64 {
        let mut largest = 0;
        let problem = self.problem;
        let volunteer = self.order[person];
        let who = problem.volunteer(volunteer);
        let row = problem.options(volunteer);
        let first_link = self.links.len() as u32;
        let mut bits: FxHashMap<u32, u8> = FxHashMap::default();
        for coupled in linked {
            let link = self.links.len() as u32;
            self.couplings[coupled.coupling].sides[coupled.side].first_link = link;
            self.links.push(Link { night: coupled.night, bit: 0, venue: Link::ANY });
            for &venue in &coupled.common {
                let next = bits.len() as u8;
                let bit = *bits.entry(venue).or_insert(next);
                self.links.push(Link { night: coupled.night, bit, venue });
            }
        }
        let claimed = bits.len();
        let mut special: Vec<(u32, i64, bool)> = Vec::new();
        for &(_, seat) in of(&problem.published, volunteer) {
            let amount = problem.weights.stability;
            match special.iter_mut().find(|known| known.0 == seat) {
                Some(known) => known.1 = (known.1 + amount).min(MOST_AMOUNT),
                None => special.push((seat, amount, false)),
            }
        }
        self.constant += special.iter().map(|gift| i128::from(gift.1)).sum::<i128>();
        for &(_, seat) in of(&problem.locked, volunteer) {
            match special.iter_mut().find(|known| known.0 == seat) {
                Some(known) => known.2 = true,
                None => special.push((seat, 0, true)),
            }
        }
        let (mut at, mut most) = (0, 0);
        for night in 0..self.nights {
            self.entry_first.push(self.entries.len() as u32);
            let (mut last, mut shifts) = (None, 0);
            while at < row.len() && self.places[row[at] as usize].night as usize == night {
                let (seat, shift) = (row[at], problem.position(row[at]).shift);
                let here = special.iter().find(|known| known.0 == seat);
                if last != Some(shift) || here.is_some() {
                    let others = bits.len() - claimed;
                    let next = (claimed + others % (64 - claimed)) as u8;
                    let bit = *bits.entry(self.places[seat as usize].venue).or_insert(next);
                    let cost = problem.seat_cost(volunteer, seat).min(MOST_AMOUNT);
                    let (gift, required) = here.map_or((0, false), |known| (known.1, known.2));
                    largest = largest.max(cost).max(gift);
                    self.entries.push(Entry { cost: cost - gift, first: at as u32, shift, bit, required });
                    shifts += usize::from(last != Some(shift));
                    // The seats of the shift behind a special one make an entry of their own.
                    last = here.is_none().then_some(shift);
                }
                at += 1;
            }
            most = most.max(shifts);
        }
        let mut wished = i128::from(who.wish_base);
        for &(night, change) in &who.wishes {
            let cell = person * self.nights + night as usize;
            let amount = change.saturating_abs().min(MOST_AMOUNT);
            largest = largest.max(amount);
            if change < 0 {
                wished += i128::from(change);
                self.off_cost[cell] += amount;
            } else {
                self.serve_cost[cell] += amount;
            }
        }
        self.constant += wished + i128::from(self.idle) * i128::from(who.min_shifts);
        self.people.push(Person {
            max_nights: who.max_nights,
            max_run: who.max_consecutive,
            max_shifts: who.max_per_night.min(most as u32).max(1),
            min_shifts: u32::try_from(who.min_shifts).unwrap_or(u32::MAX),
            first_link,
        });
        largest
    }

    fn venues_by_night(&self, volunteer: u32) -> Vec<Vec<u32>> {
        let mut venues = vec![Vec::new(); self.nights];
        for &seat in self.problem.options(volunteer) {
            let place = self.places[seat as usize];
            venues[place.night as usize].push(place.venue);
        }
        for night in &mut venues {
            night.sort_unstable();
            night.dedup();
        }
        venues
    }
}

/// The seats of one volunteer in a sorted list.
fn of(list: &[(u32, u32)], volunteer: u32) -> &[(u32, u32)] {
    let from = list.partition_point(|entry| entry.0 < volunteer);
    let to = list.partition_point(|entry| entry.0 <= volunteer);
    &list[from..to]
}
