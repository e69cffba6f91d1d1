//! Random numbers that are the same in every run: xorshift64*, seeded by a constant.
//!
//! Good enough to draw resamples; for nothing that must not be guessed.
//! Source: Vigna, ACM TOMS 42(4), 2016.

/// Any odd number would do; this one is the golden ratio in 64 bits.
const SEED: u64 = 0x9E37_79B9_7F4A_7C15;

/// A stream of random numbers.
#[derive(Debug)]
pub(super) struct Random(u64);

impl Random {
    /// The stream from its start.
    pub(super) fn new() -> Self {
        Self(SEED)
    }

    /// A number from 0 to `n` - 1; `n` is below 2^32.
    pub(super) fn below(&mut self, n: usize) -> usize {
        let n = u64::try_from(n).unwrap_or(u64::MAX);
        usize::try_from(((self.next() >> 32).wrapping_mul(n)) >> 32).unwrap_or(0)
    }

    /// True half of the time.
    pub(super) fn coin(&mut self) -> bool {
        self.next() >> 63 == 1
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_spread_and_the_same_every_time() {
        let draw = || {
            let mut random = Random::new();
            let mut counts = [0; 5];
            (0..5_000).for_each(|_| counts[random.below(5)] += 1);
            counts
        };
        assert_eq!(draw(), draw());
        assert!(draw().iter().all(|n| (900..1_100).contains(n)), "{:?}", draw());
    }
}
