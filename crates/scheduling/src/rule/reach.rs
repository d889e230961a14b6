//! Hard: the shift's district is no further from home than the volunteer goes.

use crate::problem::{Problem, Volunteer};

pub(crate) fn holds(problem: &Problem, who: &Volunteer, district: u32) -> bool {
    problem.travel(who.home, district) <= who.max_travel
}

#[cfg(test)]
mod tests {
    use crate::Rule;
    use crate::sample::check;

    #[test]
    fn nobody_goes_further_than_they_say() {
        let far = [("amir", "0-base")]; // 20 minutes
        check(|file| file.volunteers[0].max_travel_minutes = Some(20), &far, &[]);
        check(|file| file.volunteers[0].max_travel_minutes = Some(19), &far, &[Rule::Reach]);
        check(|file| file.volunteers[0].max_travel_minutes = None, &far, &[]);
    }
}
