//! Hard: not too many shifts on a night, nights in all, or nights on consecutive dates.

use crate::problem::Volunteer;

/// The limits that a volunteer's shifts break.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Broken {
    pub(crate) shifts_per_night: bool,
    pub(crate) nights: bool,
    pub(crate) consecutive: bool,
}

impl Broken {
    pub(crate) fn any(self) -> bool {
        self.shifts_per_night || self.nights || self.consecutive
    }
}

/// `nights`: the night of each shift, sorted. `follows[k]`: night k's date is the day after night k-1's.
pub(crate) fn broken(who: &Volunteer, follows: &[bool], nights: impl Iterator<Item = u32>) -> Broken {
    let (mut count, mut run, mut shifts) = (0, 0, 0);
    let mut broken = Broken::default();
    let mut last = None;
    for night in nights {
        if last == Some(night) {
            shifts += 1;
        } else {
            let on = last.is_some_and(|last| last + 1 == night && follows[night as usize]);
            run = if on { run + 1 } else { 1 };
            count += 1;
            shifts = 1;
        }
        last = Some(night);
        broken.shifts_per_night |= shifts > who.max_per_night;
        broken.nights |= count > who.max_nights;
        broken.consecutive |= run > who.max_consecutive;
    }
    broken
}

#[cfg(test)]
mod tests {
    use crate::sample::check;
    use crate::{ProblemFile, Rule};

    #[test]
    fn shifts_nights_and_consecutive_nights_have_limits() {
        let one_night = [("amir", "0-garden"), ("amir", "0-base")];
        let two_nights = [("amir", "0-garden"), ("amir", "1-garden")];
        let all = [("amir", "0-garden"), ("amir", "1-garden"), ("amir", "2-garden")];
        let amir = |change: fn(&mut crate::format::VolunteerEntry)| {
            move |file: &mut ProblemFile| change(&mut file.volunteers[0])
        };
        check(amir(|v| v.max_shifts_per_night = 2), &one_night, &[]);
        check(amir(|v| v.max_shifts_per_night = 1), &one_night, &[Rule::Nights]);
        check(amir(|v| v.max_nights = 1), &one_night, &[]);
        check(amir(|v| v.max_nights = 2), &two_nights, &[]);
        check(amir(|v| v.max_nights = 1), &two_nights, &[Rule::Nights]);
        check(amir(|v| v.max_consecutive_nights = 1), &two_nights, &[Rule::Nights]);
        check(amir(|v| v.max_consecutive_nights = 2), &all, &[]); // the last night's date does not follow
    }
}
