//! People's names: a given name, a family's name, in both languages.

use khademyar_domain::{Name, volunteer::Gender};

use crate::{
    dice::Dice,
    name,
    names::{FAMILIES, MEN, Spelling, WOMEN},
};

/// About two in five of those who serve are women.
pub(crate) const GENDERS: [(Gender, u32); 2] = [(Gender::Woman, 2), (Gender::Man, 3)];

/// Someone's name, and the family's in it.
pub(crate) struct FullName {
    pub(crate) name: Name,
    pub(crate) family: usize,
}

/// A name for someone, of `family` where that is known.
pub(crate) fn full_name(dice: &mut Dice, gender: Gender, family: Option<usize>) -> FullName {
    let given = match gender {
        Gender::Woman => WOMEN,
        Gender::Man => MEN,
    };
    let given = given[common_first(dice, given)];
    let family = family.unwrap_or_else(|| common_first(dice, FAMILIES));
    let last = FAMILIES[family];
    FullName { name: name(&format!("{} {}", given.0, last.0), &format!("{} {}", given.1, last.1)), family }
}

/// An index, the first ten times as likely as the last.
fn common_first(dice: &mut Dice, list: &[Spelling]) -> usize {
    let end = list.len() as u32;
    let weights: Vec<u32> = (0..end).map(|k| end + 9 * (end - 1 - k)).collect();
    dice.weighted(&weights)
}
