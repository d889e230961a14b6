//! Chance that falls the same way for the same seed, on every machine and in every version.

/// `SplitMix64` (Steele, Lea & Flood 2014).
#[derive(Debug)]
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// 0 to `end - 1`; 0 when `end` is 0.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        ((u128::from(self.bits()) * end as u128) >> 64) as usize
    }

    /// `low` to `high`, both included.
    pub(crate) fn between(&mut self, low: i32, high: i32) -> i32 {
        low + self.below((high - low + 1) as usize) as i32
    }

    pub(crate) fn percent(&mut self, chance: usize) -> bool {
        self.below(100) < chance
    }

    pub(crate) fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }

    /// An index, each as likely as its weight says.
    pub(crate) fn weighted(&mut self, weights: &[u32]) -> usize {
        let mut left = self.below(weights.iter().map(|&weight| weight as usize).sum());
        for (index, &weight) in weights.iter().enumerate() {
            match left.checked_sub(weight as usize) {
                Some(rest) => left = rest,
                None => return index,
            }
        }
        0
    }

    /// One of `choices`, each as likely as its weight says.
    pub(crate) fn choose<T: Copy>(&mut self, choices: &[(T, u32)]) -> T {
        let weights: Vec<u32> = choices.iter().map(|&(_, weight)| weight).collect();
        choices[self.weighted(&weights)].0
    }

    /// `count` different indices below `end`, or all of them, in no order.
    pub(crate) fn sample(&mut self, count: usize, end: usize) -> Vec<usize> {
        let mut indices: Vec<usize> = (0..end).collect();
        let count = count.min(end);
        for k in 0..count {
            let other = k + self.below(end - k);
            indices.swap(k, other);
        }
        indices.truncate(count);
        indices
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_numbers_are_those_of_the_published_generator() {
        let mut dice = Dice::new(1_234_567);
        assert_eq!(dice.bits(), 6_457_827_717_110_365_317);
        assert_eq!(dice.bits(), 3_203_168_211_198_807_973);
    }

    #[test]
    fn what_has_no_weight_is_never_chosen_and_the_rest_is() {
        let mut dice = Dice::new(7);
        let mut seen = [0; 3];
        for _ in 0..1_000 {
            seen[dice.weighted(&[1, 0, 3])] += 1;
        }
        assert_eq!(seen[1], 0);
        assert!(seen[0] > 150 && seen[2] > 600, "{seen:?}");
    }

    #[test]
    fn a_sample_repeats_nothing() {
        let mut dice = Dice::new(7);
        let mut sample = dice.sample(20, 30);
        sample.sort_unstable();
        sample.dedup();
        assert_eq!(sample.len(), 20);
        assert_eq!(dice.sample(5, 2).len(), 2);
        assert_eq!(dice.below(0), 0);
    }
}
