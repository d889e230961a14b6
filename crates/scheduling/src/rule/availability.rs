//! Hard: the whole shift lies within one of the volunteer's windows.

use crate::problem::{Shift, Volunteer};

pub(crate) fn holds(who: &Volunteer, shift: &Shift) -> bool {
    let Some(windows) = &who.windows else { return true };
    windows.iter().any(|&(from, to)| from <= shift.start && shift.end <= to)
}

#[cfg(test)]
mod tests {
    use crate::Rule;
    use crate::format::Window;
    use crate::sample::check;

    /// Amir on the first night's garden, 18:00 to 22:00, with windows of that evening.
    #[track_caller]
    fn check_windows(windows: &[(&str, &str)], broken: &[Rule]) {
        let at = |time: &str| format!("2027-04-08T{time}:00+03:30").parse().expect("a time");
        let windows = windows.iter().map(|&(from, to)| Window { from: at(from), to: at(to) }).collect();
        check(|file| file.volunteers[0].available = Some(windows), &[("amir", "0-garden")], broken);
    }

    #[test]
    fn the_whole_shift_lies_in_one_window() {
        check_windows(&[("18:00", "22:00")], &[]); // both ends included
        check_windows(&[("18:01", "23:00")], &[Rule::Availability]);
        check_windows(&[("17:00", "21:59")], &[Rule::Availability]);
        check_windows(&[("17:00", "20:00"), ("20:00", "23:00")], &[Rule::Availability]); // two halves are no whole
        check_windows(&[], &[Rule::Availability]); // never
        check(|file| file.volunteers[0].available = None, &[("amir", "0-garden")], &[]); // always
    }
}
