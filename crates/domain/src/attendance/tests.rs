use chrono::TimeDelta;
use proptest::prelude::*;
use uuid::Uuid;

use super::*;

/// Minutes after the shift starts, which lasts 200.
fn at(minutes: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::minutes(minutes)
}

fn hours() -> Hours {
    Hours { starts_at: at(0), ends_at: at(200) }
}

fn id(n: u128) -> Id<AttendanceEvent> {
    Uuid::from_u128(n).into()
}

/// What these come to, the first with id 1.
fn told(sayings: &[(i64, Saying)]) -> Presence {
    let events = (1..).zip(sayings).map(|(n, &(minute, saying))| Told { id: id(n), at: at(minute), saying });
    Presence::of(events, hours())
}

#[test]
fn hours_are_credited_from_what_happened() {
    use Attendance::{Absent, Excused, Partial, Present, Unknown};
    use Saying::{CheckIn, CheckOut};
    for (sayings, attendance, here, minutes) in [
        (&[][..], Unknown, false, 0),
        (&[(5, Saying::Present)], Present, true, 200),
        (&[(230, Saying::Present)], Present, false, 200),
        (&[(10, CheckIn)], Present, true, 190),
        (&[(-20, CheckIn), (230, CheckOut)], Present, false, 200),
        (&[(60, CheckIn), (200, CheckOut)], Partial, false, 140),
        (&[(60, CheckIn), (70, Saying::Present)], Partial, true, 140),
        (&[(5, Saying::Present), (100, CheckOut)], Partial, false, 100),
        (&[(195, CheckOut)], Present, false, 195),
        (&[(195, CheckOut), (230, CheckOut)], Present, false, 195),
        (&[(0, CheckIn), (50, CheckOut), (100, CheckIn), (200, CheckOut)], Partial, false, 150),
        (&[(0, CheckIn), (50, CheckOut), (100, Saying::Present)], Partial, true, 150),
        (&[(0, CheckIn), (100, Saying::Partial(45)), (110, CheckOut)], Partial, false, 45),
        (&[(100, Saying::Partial(900))], Partial, false, 200),
        (&[(30, Saying::Absent)], Absent, false, 0),
        (&[(0, CheckIn), (30, Saying::Absent)], Absent, false, 0),
        (&[(30, Saying::Absent), (90, CheckIn)], Partial, true, 110),
        (&[(30, Saying::Absent), (90, Saying::Present)], Present, true, 200),
        (&[(30, Saying::Absent), (90, Saying::Excused)], Excused, false, 0),
        (&[(0, CheckIn), (5, Saying::Undo(id(1)))], Unknown, false, 0),
        (&[(5, Saying::Present), (30, Saying::Absent), (31, Saying::Undo(id(2)))], Present, true, 200),
        (&[(0, CheckIn), (5, Saying::Undo(id(1))), (6, Saying::Undo(id(2)))], Unknown, false, 0),
    ] {
        let presence = told(sayings);
        let seen = (presence.attendance, presence.here, presence.minutes);
        assert_eq!(seen, (attendance, here, minutes), "{sayings:?}");
    }
}

#[test]
fn when_they_came_and_went_is_what_was_seen() {
    let presence = told(&[(8, Saying::CheckIn), (20, Saying::CheckIn), (190, Saying::CheckOut)]);
    assert_eq!((presence.came_at, presence.left_at), (Some(at(8)), Some(at(190))));
    let back = told(&[(8, Saying::CheckIn), (90, Saying::CheckOut), (120, Saying::CheckIn)]);
    assert_eq!((back.came_at, back.left_at), (Some(at(8)), None));
    let only_told = told(&[(30, Saying::Present)]);
    assert_eq!((only_told.came_at, only_told.left_at), (None, None));
}

#[test]
fn two_that_happened_at_once_are_told_apart_by_id() {
    let (absent, present) = (Saying::Absent, Saying::Present);
    assert_eq!(told(&[(30, absent), (30, present)]).attendance, Attendance::Present);
    assert_eq!(told(&[(30, present), (30, absent)]).attendance, Attendance::Absent);
}

fn saying() -> impl Strategy<Value = Saying> {
    prop_oneof![
        3 => Just(Saying::CheckIn),
        3 => Just(Saying::CheckOut),
        2 => Just(Saying::Present),
        1 => (1..300).prop_map(Saying::Partial),
        1 => Just(Saying::Absent),
        1 => Just(Saying::Excused),
        // Of events that are there, that are not, and of other undoings.
        2 => (0..16u128).prop_map(|n| Saying::Undo(id(n))),
    ]
}

/// What three phones tell of one assignment, each with ids of its own.
fn events() -> impl Strategy<Value = Vec<Told>> {
    prop::collection::vec((-60..260i64, saying()), 0..12).prop_map(|sayings| {
        let event = |(n, (minute, saying))| Told { id: id(n), at: at(minute), saying };
        (0..).zip(sayings).map(event).collect()
    })
}

/// The same events as they may arrive: in any order, some of them again.
fn arrived() -> impl Strategy<Value = (Vec<Told>, Vec<Told>)> {
    events().prop_flat_map(|events| {
        let again = prop::sample::subsequence(events.clone(), 0..=events.len());
        again.prop_flat_map(move |again| {
            let all = events.iter().chain(&again).copied().collect::<Vec<_>>();
            (Just(events.clone()), Just(all).prop_shuffle())
        })
    })
}

proptest! {
    #[test]
    fn any_order_and_any_repetition_comes_to_the_same((sent, arrived) in arrived()) {
        prop_assert_eq!(Presence::of(arrived, hours()), Presence::of(sent, hours()));
    }

    #[test]
    fn nobody_is_credited_with_more_than_the_shift_or_with_less_than_nothing(events in events()) {
        let presence = Presence::of(events, hours());
        prop_assert!((0..=200).contains(&presence.minutes));
        let there = matches!(presence.attendance, Attendance::Present | Attendance::Partial);
        prop_assert!(there || (presence.minutes == 0 && !presence.here));
        let state = presence.state();
        prop_assert_eq!(state.is_some_and(AssignmentState::holds_seat), there);
    }
}
