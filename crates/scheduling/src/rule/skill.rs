//! Hard: the volunteer has the position's specialty at its level or above.

use crate::problem::{Position, Volunteer};

/// The volunteer's level in the position's specialty; 0 = none.
pub(crate) fn level(who: &Volunteer, position: &Position) -> u8 {
    who.skills.iter().find(|skill| skill.0 == position.specialty).map_or(0, |skill| skill.1)
}

pub(crate) fn enough(level: u8, position: &Position) -> bool {
    level >= position.min_level
}

pub(crate) fn holds(who: &Volunteer, position: &Position) -> bool {
    enough(level(who, position), position)
}

#[cfg(test)]
mod tests {
    use crate::Rule;
    use crate::sample::check;

    #[test]
    fn asks_for_the_specialty_at_its_level() {
        let amir = [("amir", "0-garden")];
        check(|_| {}, &amir, &[]);
        check(|file| file.positions[0].min_level = 2, &amir, &[]); // exactly
        check(|file| file.positions[0].min_level = 3, &amir, &[Rule::Skill]);
        check(|file| file.positions[0].specialty = "quran".into(), &amir, &[Rule::Skill]);
        check(|file| file.volunteers[0].skills.clear(), &amir, &[Rule::Skill]);
    }
}
