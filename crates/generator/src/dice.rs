//! Chance that falls the same way for the same seed, on every machine and in every version.

/// `SplitMix64` (Steele, Lea & Flood 2014).
#[derive(Debug)]
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn bits(&mut self) -> u64 {
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
    pub(crate) fn between(&mut self, low: i64, high: i64) -> i64 {
        low + self.below((high - low + 1) as usize) as i64
    }

    pub(crate) fn percent(&mut self, chance: usize) -> bool {
        self.below(100) < chance
    }

    /// One of the choices, each as likely as its weight says.
    pub(crate) fn choose<T: Copy>(&mut self, choices: &[(T, usize)]) -> T {
        let weights: Vec<usize> = choices.iter().map(|choice| choice.1).collect();
        choices[self.weighted(&weights)].0
    }

    /// An index, each as likely as its weight says; the weights are not all 0.
    pub(crate) fn weighted(&mut self, weights: &[usize]) -> usize {
        let mut left = self.below(weights.iter().sum());
        let mut index = 0;
        while left >= weights[index] {
            left -= weights[index];
            index += 1;
        }
        index
    }
}
