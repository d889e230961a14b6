//! Cost: wishes to serve on a night without a shift, and to rest on a night with one.

use crate::problem::{Shift, Volunteer};

pub(super) fn cost(who: &Volunteer, shifts: &[Shift]) -> i64 {
    let served = |night: u32| shifts.iter().any(|shift| shift.night == night);
    who.wish_base + who.wishes.iter().filter(|wish| served(wish.0)).map(|wish| wish.1).sum::<i64>()
}

#[cfg(test)]
mod tests {
    use crate::format::{Want, Wish};
    use crate::sample::{judged, problem};

    #[test]
    fn counts_wishes_not_granted_each_by_its_weight() {
        let wishes = [(0, Want::Serve, 5), (1, Want::Rest, 2), (1, Want::Rest, 2), (2, Want::Serve, 1)];
        let wishes = wishes.map(|(night, want, weight)| Wish { night, want, weight });
        let problem = problem(|file| file.volunteers[0].wishes = wishes.to_vec());
        let wish = |assignments: &[(&str, &str)]| judged(&problem, assignments).terms.wish;
        assert_eq!(wish(&[]), 7 * (5 + 1));
        assert_eq!(wish(&[("amir", "0-garden"), ("amir", "2-garden")]), 0);
        assert_eq!(wish(&[("amir", "1-garden"), ("amir", "1-base")]), 7 * (5 + 1 + 2 + 2)); // said twice, counts twice
    }
}
