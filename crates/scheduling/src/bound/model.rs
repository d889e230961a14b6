//! The relaxation's data: every volunteer's nights laid out for the dynamic programme, and the pairs that couple them.
//!
//! Each amount is at most what the score says it is (amounts beyond [`MOST_AMOUNT`] are cut), and no roster that a rule
//! allows is missing: so what is computed on it stays below the truth.

use rustc_hash::FxHashMap;

use crate::problem::Problem;

/// Larger amounts are cut to this: less cost can only lower a bound.
const MOST_AMOUNT: i64 = 1 << 40;

/// Venue bits that companion multipliers may claim; the other bits are for the other venues, shared if they are many.
const LINKED_BITS: usize = 40;

/// A person's limits.
#[derive(Clone, Copy, Debug)]
pub(super) struct Person {
    pub(super) max_nights: u32,
    pub(super) max_run: u32,
    /// Shifts on one night; never more than the fullest night offers.
    pub(super) max_shifts: u32,
    pub(super) min_shifts: u32,
    pub(super) first_link: u32,
}

/// Seats of one shift that cost a person the same.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    pub(super) cost: i64,
    /// Where its positions begin in the volunteer's options; they end where the next entry's begin.
    pub(super) first: u32,
    pub(super) shift: u32,
    /// The venue among the person's venues.
    pub(super) bit: u8,
    /// A locked assignment: part of every roster.
    pub(super) required: bool,
}

/// One multiplier of one person: "serves on this night", or "serves at this venue on this night".
#[derive(Clone, Copy, Debug)]
pub(super) struct Link {
    pub(super) night: u32,
    pub(super) bit: u8,
    pub(super) venue: u32,
}

impl Link {
    /// Stands for any venue.
    pub(super) const ANY: u32 = u32::MAX;

    /// Whether serving there makes the event happen.
    pub(super) fn is_at(&self, place: Place) -> bool {
        place.night == self.night && (self.venue == Self::ANY || self.venue == place.venue)
    }
}

/// Two companions on one night on which both could serve.
#[derive(Clone, Debug)]
pub(super) struct Coupling {
    pub(super) sides: [Side; 2],
    /// Venues open to both.
    pub(super) common: u32,
    /// Cost when they do not serve together.
    pub(super) cost: i64,
}

/// One person in a coupling; its links are "serves" and then one for each common venue.
#[derive(Clone, Copy, Debug)]
pub(super) struct Side {
    pub(super) first_link: u32,
    /// Whether the person could serve at a venue that is not common.
    pub(super) elsewhere: bool,
    pub(super) max_shifts: u32,
}

/// Where and when a position is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) night: u32,
    pub(super) venue: u32,
}

/// Whether a person is to hold a position, in one branch of the search.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Fate {
    #[default]
    Open,
    Never,
    Always,
}

/// A fate for one option of one person, an index into [`Model::options`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Decision {
    pub(super) person: usize,
    pub(super) option: usize,
    pub(super) fate: Fate,
}

/// A coupling as one of its people sees it.
struct Linked {
    coupling: usize,
    side: usize,
    night: u32,
    common: Vec<u32>,
}

/// The laid-out problem.
#[derive(Clone)]
pub(super) struct Model<'a> {
    pub(super) problem: &'a Problem,
    pub(super) nights: usize,
    pub(super) follows: Vec<bool>,
    /// Longest run of nights on consecutive dates.
    pub(super) longest_run: usize,
    pub(super) continuity: i64,
    pub(super) fairness: i64,
    pub(super) idle: i64,
    /// Costs that no choice changes.
    pub(super) constant: i128,
    /// Volunteers in the order they are re-planned: shuffled, so that a block of them is a fair sample.
    pub(super) order: Vec<u32>,
    pub(super) people: Vec<Person>,
    pub(super) places: Vec<Place>,
    pub(super) off_cost: Vec<i64>,
    pub(super) serve_cost: Vec<i64>,
    pub(super) couplings: Vec<Coupling>,
    entries: Vec<Entry>,
    entry_first: Vec<u32>,
    links: Vec<Link>,
    /// By option of the problem: what a branch of the search has decided. Empty at the root.
    fates: Vec<Fate>,
    /// Amounts are scaled by `1 << bits`: fine enough for prices, small enough for sums.
    pub(super) bits: u32,
    /// Typical amounts, to measure steps by.
    pub(super) size: Size,
}

/// Typical amounts of a position.
#[derive(Clone, Copy, Debug)]
pub(super) struct Size {
    pub(super) essential: f64,
    pub(super) cost: f64,
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
    pub(super) fn new(problem: &'a Problem, seed: u64) -> Self {
        let nights = problem.night_count();
        let count = problem.volunteers.len();
        let mut order: Vec<u32> = (0..count as u32).collect();
        order.sort_by_key(|&v| (mix(seed ^ u64::from(v)), v));
        let mut person_of = vec![0u32; count];
        for (person, &volunteer) in order.iter().enumerate() {
            person_of[volunteer as usize] = person as u32;
        }
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

    /// Entries of a person on a night, as indices.
    pub(super) fn entries_of(&self, person: usize, night: usize) -> std::ops::Range<usize> {
        let at = person * self.nights + night;
        self.entry_first[at] as usize..self.entry_first[at + 1] as usize
    }

    /// All entries of a person.
    pub(super) fn entries_of_all(&self, person: usize) -> std::ops::Range<usize> {
        self.entry_first[person * self.nights] as usize..self.entry_first[(person + 1) * self.nights] as usize
    }

    /// Where the options of an entry end; see [`Entry::first`].
    pub(super) fn entry_end(&self, person: usize, index: usize) -> usize {
        let last = self.entries_of_all(person).end == index + 1;
        if last { self.options(person).len() } else { self.entries[index + 1].first as usize }
    }

    pub(super) fn entry(&self, index: usize) -> &Entry {
        &self.entries[index]
    }

    /// The options of a person, which [`Entry::first`] points into.
    pub(super) fn options(&self, person: usize) -> &'a [u32] {
        self.problem.options(self.order[person])
    }

    /// Whether a branch of the search forbids the option, an index into [`Self::options`].
    pub(super) fn is_banned(&self, person: usize, option: usize) -> bool {
        !self.fates.is_empty() && self.fate(person, option) == Fate::Never
    }

    pub(super) fn fate(&self, person: usize, option: usize) -> Fate {
        let at = self.problem.options.start(self.order[person]) + option;
        self.fates.get(at).copied().unwrap_or_default()
    }

    /// Whether anything about the person is undecided.
    pub(super) fn is_open(&self, person: usize) -> bool {
        (0..self.options(person).len()).any(|option| self.fate(person, option) == Fate::Open)
    }

    /// The seats that are always the person's.
    pub(super) fn decided(&self, person: usize) -> Vec<u32> {
        let options = self.options(person).iter().enumerate();
        let always = options.filter(|&(option, _)| self.fate(person, option) == Fate::Always);
        always.map(|(_, &seat)| seat).collect()
    }

    /// Whether a roster, sorted, is in keeping with what was decided.
    pub(super) fn allows(&self, person: usize, seats: &[u32]) -> bool {
        self.options(person).iter().enumerate().all(|(option, seat)| match self.fate(person, option) {
            Fate::Open => true,
            Fate::Never => seats.binary_search(seat).is_err(),
            Fate::Always => seats.binary_search(seat).is_ok(),
        })
    }

    /// Decides an option; one that is always taken closes the others of its shift. Returns whether that contradicts what
    /// was decided before.
    pub(super) fn decide(&mut self, decision: Decision) -> bool {
        let Decision { person, option, fate } = decision;
        self.fates.resize(self.problem.options.len(), Fate::Open);
        let row = self.options(person);
        let start = self.problem.options.start(self.order[person]);
        let mut contradicts = ![fate, Fate::Open].contains(&self.fates[start + option]);
        self.fates[start + option] = fate;
        if fate != Fate::Always {
            return contradicts;
        }
        let shift = self.problem.position(row[option]).shift;
        for (other, &seat) in row.iter().enumerate() {
            if other != option && self.problem.position(seat).shift == shift {
                contradicts |= self.fates[start + other] == Fate::Always;
                self.fates[start + other] = Fate::Never;
            }
        }
        let index = self.entry_with(person, option);
        self.entries[index].required = true;
        contradicts
    }

    /// What `work` finds if an open option were decided.
    pub(super) fn supposing<T>(&mut self, decision: Decision, work: impl FnOnce(&Self) -> T) -> T {
        let Decision { person, option, .. } = decision;
        self.fates.resize(self.problem.options.len(), Fate::Open);
        let start = self.problem.options.start(self.order[person]);
        let fates = self.fates[start..start + self.options(person).len()].to_vec();
        let index = self.entry_with(person, option);
        let required = self.entries[index].required;
        self.decide(decision);
        let found = work(self);
        self.entries[index].required = required;
        self.fates[start..start + fates.len()].copy_from_slice(&fates);
        found
    }

    fn entry_with(&self, person: usize, option: usize) -> usize {
        let range = self.entries_of_all(person);
        range.start + self.entries[range].partition_point(|entry| entry.first as usize <= option) - 1
    }

    pub(super) fn links_of(&self, person: usize) -> &[Link] {
        let first = self.people[person].first_link as usize;
        let end = self.people.get(person + 1).map_or(self.links.len(), |next| next.first_link as usize);
        &self.links[first..end]
    }

    pub(super) fn link_count(&self) -> usize {
        self.links.len()
    }

    /// Whether one person can serve on both shifts of one night.
    pub(super) fn same_night_gap(&self, a: u32, b: u32) -> bool {
        !self.problem.clash(&self.problem.shifts[a as usize], &self.problem.shifts[b as usize])
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

/// A well-mixed 64-bit number (the finaliser of `SplitMix64`, Steele, Lea & Flood 2014).
pub(super) fn mix(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
