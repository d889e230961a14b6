//! What a branch of the search has decided.

use super::Model;

/// Whether a person is to hold a position, in one branch of the search.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::bound) enum Fate {
    #[default]
    Open,
    Never,
    Always,
}

/// A fate for one option of one person, an index into [`Model::options`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::bound) struct Decision {
    pub(in crate::bound) person: usize,
    pub(in crate::bound) option: usize,
    pub(in crate::bound) fate: Fate,
}

impl Model<'_> {
    /// Whether a branch of the search forbids the option, an index into [`Self::options`].
    pub(in crate::bound) fn is_banned(&self, person: usize, option: usize) -> bool {
        !self.fates.is_empty() && self.fate(person, option) == Fate::Never
    }

    pub(in crate::bound) fn fate(&self, person: usize, option: usize) -> Fate {
        let at = self.problem.options.start(self.order[person]) + option;
        self.fates.get(at).copied().unwrap_or_default()
    }

    /// Whether anything about the person is undecided.
    pub(in crate::bound) fn is_open(&self, person: usize) -> bool {
        (0..self.options(person).len()).any(|option| self.fate(person, option) == Fate::Open)
    }

    /// The seats that are always the person's.
    pub(in crate::bound) fn decided(&self, person: usize) -> Vec<u32> {
        let options = self.options(person).iter().enumerate();
        let always = options.filter(|&(option, _)| self.fate(person, option) == Fate::Always);
        always.map(|(_, &seat)| seat).collect()
    }

    /// Whether a roster, sorted, is in keeping with what was decided.
    pub(in crate::bound) fn allows(&self, person: usize, seats: &[u32]) -> bool {
        self.options(person).iter().enumerate().all(|(option, seat)| match self.fate(person, option) {
            Fate::Open => true,
            Fate::Never => seats.binary_search(seat).is_err(),
            Fate::Always => seats.binary_search(seat).is_ok(),
        })
    }

    /// Decides an option; one that is always taken closes the others of its shift. Returns whether that contradicts what
    /// was decided before.
    pub(in crate::bound) fn decide(&mut self, decision: Decision) -> bool {
        let Decision { person, option, fate } = decision;
        self.fates.resize(self.problem.options.len(), Fate::Open);
        let row = self.options(person);
        let start = self.problem.options.start(self.order[person]);
        let mut contradicts = ![fate, Fate::Open].contains(&self.fates[start + option]);
        self.fates[start + option] = fate;
        if fate != Fate::Always {
            return contradicts;
        }
        let shift = self.problem.position(row[option]).shift;
        for (other, &seat) in row.iter().enumerate() {
            if other != option && self.problem.position(seat).shift == shift {
                contradicts |= self.fates[start + other] == Fate::Always;
                self.fates[start + other] = Fate::Never;
            }
        }
        let index = self.entry_with(person, option);
        self.entries[index].required = true;
        contradicts
    }

    /// What `work` finds if an open option were decided.
    pub(in crate::bound) fn supposing<T>(&mut self, decision: Decision, work: impl FnOnce(&Self) -> T) -> T {
        let Decision { person, option, .. } = decision;
        self.fates.resize(self.problem.options.len(), Fate::Open);
        let start = self.problem.options.start(self.order[person]);
        let fates = self.fates[start..start + self.options(person).len()].to_vec();
        let index = self.entry_with(person, option);
        let required = self.entries[index].required;
        self.decide(decision);
        let found = work(self);
        self.entries[index].required = required;
        self.fates[start..start + fates.len()].copy_from_slice(&fates);
        found
    }

    fn entry_with(&self, person: usize, option: usize) -> usize {
        let range = self.entries_of_all(person);
        range.start + self.entries[range].partition_point(|entry| entry.first as usize <= option) - 1
    }
}
