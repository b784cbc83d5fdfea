//! Random numbers for the experiment. They depend only on the seed.

use mentorship::matching::engine::Random;

/// A stream of random numbers.
pub struct Chance(Random);

impl Chance {
    pub const fn new(seed: u64) -> Self {
        Self(Random::new(seed))
    }

    pub const fn next(&mut self) -> u64 {
        self.0.next()
    }

    /// Uniform from 0 to 1, never 0.
    pub fn share(&mut self) -> f64 {
        let high = u32::try_from(self.next() >> 32).unwrap_or(0);
        (f64::from(high) + 0.5) / (f64::from(u32::MAX) + 1.0)
    }

    pub fn happens(&mut self, chance: f64) -> bool {
        self.share() < chance
    }

    pub fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end as u64).unwrap_or(0)
    }

    /// Normal with mean 0 and standard deviation 1 (Box–Muller).
    pub fn normal(&mut self) -> f64 {
        (-2.0 * self.share().ln()).sqrt() * (std::f64::consts::TAU * self.share()).cos()
    }

    /// Gumbel noise: with it, choosing the largest value is a choice by log-odds.
    pub fn gumbel(&mut self) -> f64 {
        -(-self.share().ln()).ln()
    }
}

/// The chance that belongs to log-odds.
pub fn chance_of(log_odds: f64) -> f64 {
    1.0 / (1.0 + (-log_odds).exp())
}
