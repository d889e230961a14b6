//! From the file to the dense problem, with everything that is wrong.

use std::collections::hash_map::Entry;
use std::fmt::Display;
use std::ops::RangeInclusive;

use chrono::{DateTime, FixedOffset, TimeDelta};
use rustc_hash::FxHashMap;

use super::eligible;
use super::{Position, Problem, Rows, Shift, Volunteer};
use crate::format::{AssignmentEntry, Fault, PROBLEM_FORMAT, ProblemFile, VolunteerEntry, Want, Weights};
use crate::lock;

/// The largest number a file may hold.
const MOST: i64 = 1_000_000_000;
/// No plan's cost or essential may be able to exceed this: sums and differences of scores then fit in 64 bits.
pub(super) const CEILING: i128 = 1 << 60;

type Index<'a> = FxHashMap<&'a str, u32>;

/// The faults found so far.
#[derive(Default)]
struct Faults(Vec<Fault>);

impl Faults {
    fn add(&mut self, path: impl Display, message: impl Into<String>) {
        self.0.push(Fault::new(path.to_string(), message));
    }

    /// The number if it is within `range`, else a fault and the nearest that is.
    fn within(&mut self, number: i64, range: RangeInclusive<i64>, path: impl Display) -> i64 {
        if !range.contains(&number) {
            let bounds = (range.start(), range.end());
            let message = match bounds {
                (low, &MOST) => format!("must be {low} or more, and at most {MOST}"),
                (low, high) => format!("must be from {low} to {high}"),
            };
            self.add(path, message);
        }
        number.clamp(*range.start(), *range.end())
    }

    fn index<'a>(&mut self, list: &str, key: &str, ids: impl Iterator<Item = &'a String>) -> Index<'a> {
        let mut index = Index::default();
        for (i, id) in ids.enumerate() {
            if id.is_empty() {
                self.add(format_args!("$.{list}[{i}]{key}"), "must not be empty");
            }
            match index.entry(id.as_str()) {
                Entry::Vacant(free) => {
                    free.insert(i as u32);
                }
                Entry::Occupied(_) => {
                    self.add(format_args!("$.{list}[{i}]{key}"), format!("repeats the id {id}"));
                }
            }
        }
        index
    }

    fn find(&mut self, index: &Index<'_>, id: &str, kind: &str, path: impl Display) -> u32 {
        index.get(id).copied().unwrap_or_else(|| {
            self.add(path, format!("no {kind} has the id {id}"));
            0
        })
    }
}

impl Problem {
    /// Validates a file and makes it dense. Time and memory are proportional to the file and to the pairs of
    /// volunteers and positions that the rules about a single seat allow.
    ///
    /// # Errors
    /// Every [`Fault`] of the file.
    pub fn new(file: &ProblemFile) -> Result<Self, Vec<Fault>> {
        let mut faults = Faults::default();
        if file.format != PROBLEM_FORMAT {
            faults.add("$.format", format!("must be {PROBLEM_FORMAT}"));
        }
        if file.timezone.parse::<chrono_tz::Tz>().is_err() {
            faults.add("$.timezone", format!("{} is not an IANA time zone", file.timezone));
        }
        let follows = follows(file, &mut faults);
        let districts = faults.index("districts", ".id", file.districts.iter().map(|d| &d.id));
        let specialties = faults.index("specialties", "", file.specialties.iter());
        let venues = faults.index("venues", ".id", file.venues.iter().map(|v| &v.id));
        let shift_index = faults.index("shifts", ".id", file.shifts.iter().map(|s| &s.id));
        let position_index = faults.index("positions", ".id", file.positions.iter().map(|p| &p.id));
        let volunteer_index = faults.index("volunteers", ".id", file.volunteers.iter().map(|v| &v.id));
        let travel = travel(file, &mut faults);
        check_weights(&file.weights, &mut faults);
        let min_rest = faults.within(file.rules.min_rest_minutes, 0..=MOST, "$.rules.min_rest_minutes");

        let priorities: Vec<u32> = file
            .districts
            .iter()
            .enumerate()
            .map(|(i, d)| faults.within(d.priority, 1..=5, format_args!("$.districts[{i}].priority")) as u32)
            .collect();
        let shifts: Vec<Shift> = (0..file.shifts.len())
            .map(|i| shift(file, i, &venues, &districts, &priorities, &mut faults))
            .collect();
        let mut positions: Vec<Position> = (0..file.positions.len())
            .map(|i| position(file, i, &shift_index, &specialties, &shifts, &mut faults))
            .collect();
        let reader =
            VolunteerReader { file, districts: &districts, specialties: &specialties, venues: &venues };
        let mut volunteers: Vec<Volunteer> =
            file.volunteers.iter().enumerate().map(|(i, entry)| reader.read(i, entry, &mut faults)).collect();
        let companions = pairs(&file.companions, "companions", &volunteer_index, &mut faults);
        let apart = pairs(&file.apart, "apart", &volunteer_index, &mut faults);
        let locked = assignments(&file.locked, "locked", &volunteer_index, &position_index, &mut faults);
        let published =
            assignments(&file.published, "published", &volunteer_index, &position_index, &mut faults);
        if !faults.0.is_empty() {
            return Err(faults.0);
        }

        for &[a, b] in &companions {
            volunteers[a as usize].companions.push(b);
            volunteers[b as usize].companions.push(a);
        }
        for &[a, b] in &apart {
            volunteers[a as usize].apart.push(b);
            volunteers[b as usize].apart.push(a);
        }
        // In order of time, so that sorted indices stand grouped by night and shift.
        let shift_order = order(shifts.len(), |i| (shifts[i].night, shifts[i].start, shifts[i].end));
        let shift_rank = ranks(&shift_order);
        for position in &mut positions {
            position.shift = shift_rank[position.shift as usize];
        }
        let position_order = order(positions.len(), |i| positions[i].shift);
        let position_rank = ranks(&position_order);
        let in_time = |list: &[(u32, u32)]| -> Vec<(u32, u32)> {
            list.iter().map(|&(v, p)| (v, position_rank[p as usize])).collect()
        };
        let locked_in_file_order = in_time(&locked);
        let mut problem = Self {
            name: file.name.clone(),
            follows,
            district_count: file.districts.len(),
            travel,
            specialty_ids: file.specialties.clone(),
            venue_ids: file.venues.iter().map(|v| v.id.clone()).collect(),
            shift_ids: shift_order.iter().map(|&i| file.shifts[i as usize].id.clone()).collect(),
            shifts: shift_order.iter().map(|&i| shifts[i as usize]).collect(),
            position_ids: position_order.iter().map(|&i| file.positions[i as usize].id.clone()).collect(),
            positions: position_order.iter().map(|&i| positions[i as usize]).collect(),
            volunteer_ids: file.volunteers.iter().map(|v| v.id.clone()).collect(),
            volunteers,
            options: Rows::default(),
            candidates: Rows::default(),
            companions,
            apart,
            locked: locked_in_file_order.clone(),
            published: in_time(&published),
            min_rest,
            weights: file.weights.clone(),
        };
        problem.options = eligible::options(&problem);
        problem.candidates = problem.options.turned(problem.positions.len());
        problem.published.sort_unstable();
        problem.locked.sort_unstable();
        problem.locked.dedup();
        let mut found = lock::faults(&problem, &locked_in_file_order);
        found.extend(ceiling_fault(&problem));
        if found.is_empty() { Ok(problem) } else { Err(found) }
    }
}

fn follows(file: &ProblemFile, faults: &mut Faults) -> Vec<bool> {
    (0..file.nights.len())
        .map(|k| {
            let Some(before) = k.checked_sub(1).map(|before| file.nights[before]) else { return false };
            if file.nights[k] <= before {
                faults.add(format_args!("$.nights[{k}]"), "must be later than the night before it");
            }
            file.nights[k].signed_duration_since(before) == TimeDelta::days(1)
        })
        .collect()
}

fn travel(file: &ProblemFile, faults: &mut Faults) -> Vec<i64> {
    let (rows, n) = (&file.travel_minutes, file.districts.len());
    if rows.len() != n {
        faults.add(
            "$.travel_minutes",
            format!("must have a row for each of the {n} districts, has {}", rows.len()),
        );
    }
    let mut travel = Vec::with_capacity(n * n);
    for (i, row) in rows.iter().enumerate() {
        if row.len() != n {
            faults.add(
                format_args!("$.travel_minutes[{i}]"),
                format!("must have a number for each of the {n} districts, has {}", row.len()),
            );
        }
        for (j, &minutes) in row.iter().enumerate() {
            travel.push(faults.within(minutes, 0..=MOST, format_args!("$.travel_minutes[{i}][{j}]")));
            if j < i && rows[j].get(i).is_some_and(|&back| back != minutes) {
                faults.add(format_args!("$.travel_minutes[{i}][{j}]"), format!("must equal [{j}][{i}]"));
            }
        }
    }
    travel
}

fn check_weights(weights: &Weights, faults: &mut Faults) {
    let Weights { desired, travel, venue, wish, idle, fairness, continuity, companion, stability } = *weights;
    for (name, weight) in [
        ("desired", desired),
        ("travel", travel),
        ("venue", venue),
        ("wish", wish),
        ("idle", idle),
        ("fairness", fairness),
        ("continuity", continuity),
        ("companion", companion),
        ("stability", stability),
    ] {
        faults.within(weight, 0..=MOST, format_args!("$.weights.{name}"));
    }
}

/// Whole minutes since 1970; a second within a minute belongs to that minute.
fn minute(at: DateTime<FixedOffset>) -> i64 {
    at.timestamp().div_euclid(60)
}

fn night(number: i64, file: &ProblemFile, path: impl Display, faults: &mut Faults) -> u32 {
    if file.nights.is_empty() || !(0..file.nights.len() as i64).contains(&number) {
        faults.add(path, format!("must be the index of one of the {} nights", file.nights.len()));
        return 0;
    }
    number as u32
}

fn shift(
    file: &ProblemFile,
    i: usize,
    venues: &Index<'_>,
    districts: &Index<'_>,
    priorities: &[u32],
    faults: &mut Faults,
) -> Shift {
    let entry = &file.shifts[i];
    let path = |key| format!("$.shifts[{i}].{key}");
    let district = faults.find(districts, &entry.district, "district", path("district"));
    let (start, end) = (minute(entry.start), minute(entry.end));
    if end <= start {
        faults.add(path("end"), "must be later than the start");
    }
    Shift {
        start,
        end,
        night: night(entry.night, file, path("night"), faults),
        venue: faults.find(venues, &entry.venue, "venue", path("venue")),
        district,
        priority: priorities.get(district as usize).copied().unwrap_or(1),
    }
}

fn position(
    file: &ProblemFile,
    i: usize,
    shift_index: &Index<'_>,
    specialties: &Index<'_>,
    shifts: &[Shift],
    faults: &mut Faults,
) -> Position {
    let entry = &file.positions[i];
    let path = |key| format!("$.positions[{i}].{key}");
    let shift = faults.find(shift_index, &entry.shift, "shift", path("shift"));
    let specialty = faults.find(specialties, &entry.specialty, "specialty", path("specialty"));
    let min_level = faults.within(entry.min_level, 1..=3, path("min_level")) as u8;
    let minimum = faults.within(entry.minimum, 0..=MOST, path("minimum"));
    let desired = faults.within(entry.desired, 0..=MOST, path("desired"));
    let weight = faults.within(entry.weight, 1..=10, path("weight"));
    if minimum > desired {
        faults.add(path("minimum"), format!("must not be above desired ({desired})"));
    }
    let priority = i64::from(shifts.get(shift as usize).map_or(1, |shift| shift.priority));
    Position {
        shift,
        specialty,
        min_level,
        gender: entry.gender,
        minimum: minimum as u32,
        desired: desired as u32,
        essential_worth: priority * weight,
        desired_worth: file.weights.desired.clamp(0, MOST) * priority,
    }
}

struct VolunteerReader<'a> {
    file: &'a ProblemFile,
    districts: &'a Index<'a>,
    specialties: &'a Index<'a>,
    venues: &'a Index<'a>,
}

impl VolunteerReader<'_> {
    fn read(&self, i: usize, entry: &VolunteerEntry, faults: &mut Faults) -> Volunteer {
        let path = |key: &str| format!("$.volunteers[{i}].{key}");
        let mut skills = Vec::with_capacity(entry.skills.len());
        for (id, &level) in &entry.skills {
            let specialty =
                faults.find_at(self.specialties, id, "specialty", || path(&format!("skills.{id}")));
            skills.push((specialty, faults.within_at(level, 1..=3, || path(&format!("skills.{id}"))) as u8));
        }
        skills.sort_unstable();
        let windows = entry.available.as_ref().map(|windows| {
            let mut minutes = Vec::with_capacity(windows.len());
            for (j, window) in windows.iter().enumerate() {
                let (from, to) = (minute(window.from), minute(window.to));
                if to < from {
                    faults.add(path(&format!("available[{j}].to")), "must not be before from");
                }
                minutes.push((from, to));
            }
            minutes
        });
        let mut preferred: Vec<u32> = entry
            .preferred_venues
            .iter()
            .enumerate()
            .map(|(j, id)| {
                faults.find_at(self.venues, id, "venue", || path(&format!("preferred_venues[{j}]")))
            })
            .collect();
        preferred.sort_unstable();
        preferred.dedup();
        let nights = self.file.nights.len() as i64;
        let (wish_base, wishes) = self.wishes(i, entry, faults);
        Volunteer {
            home: faults.find_at(self.districts, &entry.home, "district", || path("home")),
            gender: entry.gender,
            skills,
            windows,
            max_travel: entry
                .max_travel_minutes
                .map_or(i64::MAX, |most| faults.within_at(most, 0..=MOST, || path("max_travel_minutes"))),
            max_nights: faults.within_at(entry.max_nights, 1..=nights.max(1), || path("max_nights")) as u32,
            max_consecutive: faults
                .within_at(entry.max_consecutive_nights, 1..=MOST, || path("max_consecutive_nights"))
                as u32,
            max_per_night: faults
                .within_at(entry.max_shifts_per_night, 1..=MOST, || path("max_shifts_per_night"))
                as u32,
            min_shifts: faults.within_at(entry.min_shifts, 0..=MOST, || path("min_shifts")),
            preferred,
            wish_base,
            wishes,
            companions: Vec::new(),
            apart: Vec::new(),
        }
    }

    /// The cost of the wishes of someone who never serves, and what each night served adds to it.
    fn wishes(&self, i: usize, entry: &VolunteerEntry, faults: &mut Faults) -> (i64, Vec<(u32, i64)>) {
        let (mut base, mut changes): (i64, Vec<(u32, i64)>) = (0, Vec::new());
        for (j, wish) in entry.wishes.iter().enumerate() {
            let path = |key| format!("$.volunteers[{i}].wishes[{j}].{key}");
            let weight = faults.within_at(wish.weight, 0..=MOST, || path("weight"));
            let night = night(wish.night, self.file, path("night"), faults);
            // Two factors up to MOST fit in 64 bits; the ceiling refuses sums that would not.
            let amount = self.file.weights.wish.clamp(0, MOST) * weight;
            let change = match wish.want {
                Want::Rest => amount,
                Want::Serve => {
                    base = base.saturating_add(amount);
                    -amount
                }
            };
            match changes.iter_mut().find(|known| known.0 == night) {
                Some(known) => known.1 = known.1.saturating_add(change),
                None => changes.push((night, change)),
            }
        }
        changes.sort_unstable();
        (base, changes)
    }
}

impl Faults {
    /// Like [`Self::find`], for lists so long that making every path would take time.
    fn find_at(&mut self, index: &Index<'_>, id: &str, kind: &str, path: impl Fn() -> String) -> u32 {
        if let Some(&i) = index.get(id) { i } else { self.find(index, id, kind, path()) }
    }

    /// Like [`Self::within`], for lists so long that making every path would take time.
    fn within_at(&mut self, number: i64, range: RangeInclusive<i64>, path: impl Fn() -> String) -> i64 {
        if range.contains(&number) { number } else { self.within(number, range, path()) }
    }
}

fn pairs(entries: &[[String; 2]], list: &str, index: &Index<'_>, faults: &mut Faults) -> Vec<[u32; 2]> {
    let read = |(i, [a, b]): (usize, &[String; 2])| {
        if a == b {
            faults.add(format_args!("$.{list}[{i}]"), "must name two different volunteers");
        }
        let a = faults.find_at(index, a, "volunteer", || format!("$.{list}[{i}][0]"));
        [a, faults.find_at(index, b, "volunteer", || format!("$.{list}[{i}][1]"))]
    };
    entries.iter().enumerate().map(read).collect()
}

fn assignments(
    entries: &[AssignmentEntry],
    list: &str,
    volunteers: &Index<'_>,
    positions: &Index<'_>,
    faults: &mut Faults,
) -> Vec<(u32, u32)> {
    let read = |(i, entry): (usize, &AssignmentEntry)| {
        let volunteer =
            faults.find_at(volunteers, &entry.volunteer, "volunteer", || format!("$.{list}[{i}].volunteer"));
        (
            volunteer,
            faults.find_at(positions, &entry.position, "position", || format!("$.{list}[{i}].position")),
        )
    };
    entries.iter().enumerate().map(read).collect()
}

/// Indices below `n`, sorted by `key`; equal keys keep their order.
fn order<K: Ord>(n: usize, key: impl Fn(usize) -> K) -> Vec<u32> {
    let mut order: Vec<u32> = (0..n as u32).collect();
    order.sort_by_key(|&i| key(i as usize));
    order
}

fn ranks(order: &[u32]) -> Vec<u32> {
    let mut ranks = vec![0; order.len()];
    for (rank, &i) in order.iter().enumerate() {
        ranks[i as usize] = rank as u32;
    }
    ranks
}

/// What no plan's essential and cost can exceed.
pub(super) fn ceilings(problem: &Problem) -> (i128, i128) {
    let w = &problem.weights;
    let wide = |n: i64| i128::from(n);
    let mut essential = 0_i128;
    let mut cost = wide(w.stability) * problem.published.len() as i128;
    for position in &problem.positions {
        essential += wide(position.essential_worth) * i128::from(position.minimum);
        cost += wide(position.desired_worth) * i128::from(position.desired - position.minimum);
    }
    let furthest = wide(problem.travel.iter().copied().max().unwrap_or(0));
    for (i, who) in problem.volunteers.iter().enumerate() {
        let limit = i128::from(who.max_nights) * i128::from(who.max_per_night);
        let shifts = limit.min(problem.options(i as u32).len() as i128);
        cost += shifts * (wide(w.travel) * furthest + wide(w.venue) + wide(w.continuity));
        cost += wide(w.fairness) * shifts * shifts + wide(w.idle) * wide(who.min_shifts);
        cost += wide(who.wish_base) + who.wishes.iter().map(|wish| wide(wish.1.abs())).sum::<i128>();
    }
    cost += wide(w.companion) * problem.companions.len() as i128 * problem.night_count() as i128;
    (essential, cost)
}

/// A fault if some plan's score might not fit.
fn ceiling_fault(problem: &Problem) -> Option<Fault> {
    let (essential, cost) = ceilings(problem);
    let (path, what) = if essential > CEILING {
        ("$.positions", "minimums, weights and priorities")
    } else if cost > CEILING {
        ("$.weights", "weights")
    } else {
        return None;
    };
    Some(Fault::new(path, format!("{what} are so large that a plan's score may not fit in 60 bits")))
}
