//! Pseudo-random numbers that are the same on every platform: `SplitMix64` with whole numbers only.

/// Difference between the states of two successive numbers of a stream.
const STEP: u64 = 0x9E37_79B9_7F4A_7C15;

/// A pseudo-random number for a key. Different keys give different numbers.
pub(super) const fn mix(key: u64) -> u64 {
    let z = key.wrapping_add(STEP);
    let z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// A stream of random numbers, determined by its seed.
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    /// The stream of this seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits.
    pub const fn next(&mut self) -> u64 {
        let drawn = mix(self.0);
        self.0 = self.0.wrapping_add(STEP);
        drawn
    }

    /// A number below `end`, which is above 0.
    pub(super) fn below(&mut self, end: u32) -> u32 {
        let scaled = u64::from(u32::try_from(self.next() >> 32).unwrap_or(u32::MAX)) * u64::from(end);
        u32::try_from(scaled >> 32).unwrap_or(0)
    }

    /// An index into a list that is not empty.
    pub(super) fn index(&mut self, len: usize) -> usize {
        self.below(u32::try_from(len).unwrap_or(u32::MAX)) as usize
    }

    pub(super) fn percent(&mut self, chance: u32) -> bool {
        self.below(100) < chance
    }

    /// Approximately normal with mean 0 and standard deviation 1000: the sum of twelve uniform numbers.
    pub(super) fn normal(&mut self) -> i32 {
        (0..12).map(|_| self.below(1_001).cast_signed()).sum::<i32>() - 6_000
    }

    /// Geometric with the given mean: mostly small, sometimes large. At most 20 times the mean.
    pub(super) fn geometric(&mut self, mean: u32) -> u32 {
        let mut n = 0;
        while n < 20 * mean && self.below(mean + 1) != 0 {
            n += 1;
        }
        n
    }
}

/// Zipf's law: the first numbers are the most frequent. The exponent is given in quarters, so that integer roots are
/// enough.
#[derive(Debug, Clone)]
pub(super) struct Zipf(Vec<u32>);

impl Zipf {
    /// `len` is at least 1. Number n has a share of 1 / (n + 1)^(quarters / 4).
    pub fn new(len: u32, quarters: u32) -> Self {
        let mut sum = 0;
        let share = |n: u32| {
            // The fourth root of n^quarters · 2^64, that is n^(quarters / 4) · 2^16.
            let root = (u128::from(n).pow(quarters) << 64).isqrt().isqrt();
            u32::try_from((1_u128 << 36) / root).unwrap_or(u32::MAX)
        };
        Self(
            (1..=len)
                .map(|n| {
                    sum += share(n);
                    sum
                })
                .collect(),
        )
    }

    pub fn pick(&self, random: &mut Random) -> u32 {
        let at = random.below(self.0[self.0.len() - 1]);
        u32::try_from(self.0.partition_point(|&up_to| up_to <= at)).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stream_is_the_published_one() {
        let mut random = Random::new(1_234_567);
        assert_eq!([random.next(), random.next()], [6_457_827_717_110_365_317, 3_203_168_211_198_807_973]);
    }

    #[test]
    fn the_first_is_twice_as_frequent_as_the_second() {
        let (zipf, mut random) = (Zipf::new(900, 4), Random::new(1));
        let mut counts = [0_i32; 900];
        (0..100_000).for_each(|_| counts[zipf.pick(&mut random) as usize] += 1);
        assert!((counts[0] - 2 * counts[1]).abs() < counts[0] / 10, "{} {}", counts[0], counts[1]);
    }
}
