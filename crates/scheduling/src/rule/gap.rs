//! Hard: between two assignments of one volunteer there is time for the way, and for rest between nights.

use crate::problem::{Problem, Shift};

/// Whether one volunteer can serve on both.
pub(crate) fn holds(problem: &Problem, a: &Shift, b: &Shift) -> bool {
    !problem.clash(a, b)
}

#[cfg(test)]
mod tests {
    use crate::sample;
    use crate::{ProblemFile, Rule};

    /// Amir on both positions.
    #[track_caller]
    fn check(change: impl FnOnce(&mut ProblemFile), positions: [&str; 2], broken: &[Rule]) {
        sample::check(change, &positions.map(|position| ("amir", position)), broken);
    }

    #[test]
    fn between_venues_of_a_night_there_is_time_for_the_way() {
        let way = |minutes| {
            move |file: &mut ProblemFile| {
                file.travel_minutes[0][1] = minutes;
                file.travel_minutes[1][0] = minutes;
            }
        };
        check(way(30), ["0-garden", "0-base"], &[]); // 22:00 to 22:30
        check(way(31), ["0-garden", "0-base"], &[Rule::Gap]);
    }

    #[test]
    fn at_one_venue_one_shift_may_follow_the_other_at_once() {
        let move_base = |start: &'static str| {
            move |file: &mut ProblemFile| {
                file.travel_minutes = vec![vec![5, 90], vec![90, 5]];
                file.shifts[1].venue = "garden".into();
                file.shifts[1].start = start.parse().expect("a time");
            }
        };
        check(move_base("2027-04-08T22:00:00+03:30"), ["0-garden", "0-base"], &[]);
        check(move_base("2027-04-08T21:59:00+03:30"), ["0-garden", "0-base"], &[Rule::Gap]);
    }

    #[test]
    fn between_nights_there_is_rest_and_time_for_the_way() {
        // 0-base ends at 23:59, 1-garden begins at 18:00: 1081 minutes.
        check(|file| file.rules.min_rest_minutes = 1081, ["0-base", "1-garden"], &[]);
        check(|file| file.rules.min_rest_minutes = 1082, ["0-base", "1-garden"], &[Rule::Gap]);
        let way = |file: &mut ProblemFile| file.travel_minutes = vec![vec![5, 1082], vec![1082, 5]];
        check(way, ["0-base", "1-garden"], &[Rule::Gap]);
        // Rest may reach beyond the next night.
        check(|file| file.rules.min_rest_minutes = 5_000, ["0-garden", "2-garden"], &[Rule::Gap]);
    }

    #[test]
    fn nobody_is_twice_in_a_shift() {
        check(|file| file.positions[1].shift = "0-garden".into(), ["0-garden", "0-base"], &[Rule::Gap]);
    }
}
