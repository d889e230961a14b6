//! What no plan can change once a roster is published: what has begun, and what an organizer forced.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Days, Utc};
use khademyar_domain::{
    Id, Stored,
    festival::Festival,
    pair::Pin,
    position::Position,
    set_up::SetUp,
    volunteer::{Availability, Volunteer},
};
use khademyar_scheduling::Fault;
use khademyar_storage::{
    assignments::{Live, planned},
    plans::Pair,
};
use uuid::Uuid;

use crate::StoredProblem;

/// From when until when.
type Time = (DateTime<Utc>, DateTime<Utc>);

/// The problem of what can still change at `now`: shifts that have begun keep whom they have and take nobody else; seats
/// that were forced are no seats, and who has one is not there for others at that time. Where nothing was published before
/// the festival was over, it is all open: someone rosters it to look back, or to compare.
///
/// # Errors
/// Every [`Fault`] that keeps the festival from being rostered.
pub fn changeable(set_up: &SetUp, live: &[Live], now: DateTime<Utc>) -> Result<StoredProblem, Vec<Fault>> {
    let unseen = live.is_empty() && set_up.shifts.iter().all(|shift| shift.value.starts_at <= now);
    let now = if unseen { DateTime::<Utc>::MIN_UTC } else { now };
    let begun = |live: &&Live| !live.forced && live.starts_at <= now;
    let published = planned(live);
    let forced: Vec<&Live> = live.iter().filter(|live| live.forced).collect();
    let past: Vec<&Live> = live.iter().filter(begun).collect();
    let (kept, pinned) = without(set_up, &forced, &past, now);
    StoredProblem::new(&SetUp { pins: pinned, ..kept }, &published).or_else(|_| {
        // What has begun may break rules that were changed since: then it is taken as given.
        let given: Vec<&Live> = forced.iter().chain(&past).copied().collect();
        let published: Vec<Pair> =
            published.iter().filter(|pair| !past.iter().any(|live| live.pair == **pair)).copied().collect();
        let (kept, pinned) = without(set_up, &given, &[], now);
        StoredProblem::new(&SetUp { pins: pinned, ..kept }, &published)
    })
}

/// The set-up without the seats that are `given`, and with those of `past` fixed; with the pins it has then.
fn without(set_up: &SetUp, given: &[&Live], past: &[&Live], now: DateTime<Utc>) -> (SetUp, Vec<Stored<Pin>>) {
    let mut set_up = set_up.clone();
    let begun: HashMap<_, bool> =
        set_up.shifts.iter().map(|shift| (shift.id, shift.value.starts_at <= now)).collect();
    let mut held: HashMap<Id<Position>, i32> = HashMap::new();
    for live in past {
        *held.entry(live.pair.1).or_default() += 1;
    }
    let mut gone: HashMap<Id<Position>, i32> = HashMap::new();
    let mut busy: HashMap<Id<Volunteer>, Vec<Time>> = HashMap::new();
    for live in given {
        *gone.entry(live.pair.1).or_default() += 1;
        busy.entry(live.pair.0).or_default().push((live.starts_at, live.ends_at));
    }
    let mut closed: HashSet<Id<Position>> = HashSet::new();
    for position in &mut set_up.positions {
        let seats = &mut position.value;
        if begun.get(&seats.shift_id).copied().unwrap_or_default() {
            seats.desired = held.get(&position.id).copied().unwrap_or_default();
            seats.minimum = seats.desired;
            closed.insert(position.id);
        } else if let Some(gone) = gone.get(&position.id) {
            seats.desired = (seats.desired - gone).max(0);
            seats.minimum = (seats.minimum - gone).clamp(0, seats.desired);
        }
    }
    for volunteer in &mut set_up.volunteers {
        if let Some(times) = busy.get(&volunteer.id) {
            let free = free_times(&set_up.festival.value, &volunteer.value, times);
            volunteer.value.available = Some(free);
        }
    }
    let given: Vec<Pair> = given.iter().map(|live| live.pair).collect();
    let mut pins = std::mem::take(&mut set_up.pins);
    pins.retain(|pin| {
        let pair = (pin.value.volunteer_id, pin.value.position_id);
        let over = closed.contains(&pair.1) && !past.iter().any(|live| live.pair == pair);
        !given.contains(&pair) && !over
    });
    for live in past {
        let (volunteer_id, position_id) = live.pair;
        let known = |pin: &Stored<Pin>| (pin.value.volunteer_id, pin.value.position_id) == live.pair;
        if !pins.iter().any(known) {
            // It is never stored: any id will do.
            let id = Uuid::nil().into();
            pins.push(Stored { id, version: 1, value: Pin { volunteer_id, position_id } });
        }
    }
    (set_up, pins)
}

/// When a volunteer can come, without the times they are busy.
fn free_times(festival: &Festival, volunteer: &Volunteer, busy: &[Time]) -> Vec<Availability> {
    let nights = 0..festival.nights.len();
    let whole: Vec<Time> = if let Some(available) = &volunteer.available {
        let time = |available: &Availability| match *available {
            Availability::Night { night } => festival.whole_night(usize::try_from(night).ok()?),
            Availability::Window { from, to } => Some((from, to)),
        };
        available.iter().filter_map(time).collect()
    } else {
        let times = nights.filter_map(|night| festival.whole_night(night));
        let bounds = times.fold(None, |all: Option<Time>, (from, to)| {
            Some(all.map_or((from, to), |(first, last)| (first.min(from), last.max(to))))
        });
        // Shifts may begin before the first evening and end after the last night.
        bounds.map(|(from, to)| (from - Days::new(3), to + Days::new(3))).into_iter().collect()
    };
    let mut free = whole;
    for &(start, end) in busy {
        free = free
            .into_iter()
            .flat_map(|(from, to)| [(from, to.min(start)), (from.max(end), to)])
            .filter(|(from, to)| from < to)
            .collect();
    }
    free.into_iter().map(|(from, to)| Availability::Window { from, to }).collect()
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    fn at(hours: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::hours(hours)
    }

    #[track_caller]
    fn check(busy: &[(i64, i64)], expected: &[(i64, i64)]) {
        let festival = khademyar_domain::festival::Festival {
            name: khademyar_domain::Name {
                fa: khademyar_domain::Text::new("رویداد").unwrap(), en: None
            },
            timezone: "UTC".parse().unwrap(),
            nights: Vec::new(),
            min_rest_minutes: 0,
            weights: khademyar_domain::festival::Weights::default(),
            arrangements: khademyar_domain::festival::Arrangements::default(),
        };
        let volunteer = Volunteer {
            code: "v".to_owned().try_into().unwrap(),
            name: festival.name.clone(),
            phone: None,
            home_district_id: Uuid::nil().into(),
            centre_id: None,
            gender: khademyar_domain::volunteer::Gender::Woman,
            birth_year: None,
            skills: Vec::new(),
            available: Some(vec![Availability::Window { from: at(10), to: at(20) }]),
            max_travel_minutes: None,
            max_nights: None,
            max_consecutive_nights: None,
            max_shifts_per_night: 1,
            min_shifts: 0,
            preferred_venue_ids: Vec::new(),
            wishes: Vec::new(),
        };
        let busy: Vec<_> = busy.iter().map(|&(start, end)| (at(start), at(end))).collect();
        let free: Vec<_> =
            expected.iter().map(|&(from, to)| Availability::Window { from: at(from), to: at(to) }).collect();
        assert_eq!(free_times(&festival, &volunteer, &busy), free);
    }

    #[test]
    fn who_is_busy_is_free_before_and_after() {
        check(&[], &[(10, 20)]);
        check(&[(12, 14)], &[(10, 12), (14, 20)]);
        check(&[(12, 14), (14, 16)], &[(10, 12), (16, 20)]);
        check(&[(8, 12), (18, 22)], &[(12, 18)]);
        check(&[(8, 22)], &[]);
    }
}
