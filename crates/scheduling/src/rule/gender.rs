//! Hard: the position asks for anyone, or for the volunteer's gender.

use crate::problem::{Position, Volunteer};

pub(crate) fn holds(who: &Volunteer, position: &Position) -> bool {
    position.gender.admits(who.gender)
}

#[cfg(test)]
mod tests {
    use crate::Rule;
    use crate::format::AskedGender;
    use crate::sample::check;

    #[test]
    fn asks_for_women_for_men_or_for_anyone() {
        let ask = |gender| move |file: &mut crate::ProblemFile| file.positions[0].gender = gender;
        check(ask(AskedGender::Woman), &[("zahra", "0-garden")], &[]);
        check(ask(AskedGender::Woman), &[("amir", "0-garden")], &[Rule::Gender]);
        check(ask(AskedGender::Man), &[("amir", "0-garden")], &[]);
        check(ask(AskedGender::Man), &[("zahra", "0-garden")], &[Rule::Gender]);
    }
}
