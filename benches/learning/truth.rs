//! The true quality of pairs. It is known, so it can be compared with the learnt weights.

use mentorship::matching::engine::{FACTORS, Factor, Features, WHOLE, Weights};

use crate::chance::{Chance, chance_of};

/// A kind of organisation.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// Random weights, independent of the first ones. Nearly a sum, with small interactions of two factors.
    NearLinear,
    /// The same, but quality matters half as much and luck more.
    Faint,
    /// The first weights are right: nothing can be won, only lost.
    AsBelieved,
    /// Half of the quality comes from thresholds and interactions, which weights cannot express.
    NonLinear,
}

impl Family {
    pub const ALL: [Self; 4] = [Self::NearLinear, Self::Faint, Self::AsBelieved, Self::NonLinear];

    pub const fn name(self) -> &'static str {
        match self {
            Self::NearLinear => "near-linear",
            Self::Faint => "near-linear, faint",
            Self::AsBelieved => "as believed",
            Self::NonLinear => "strongly non-linear",
        }
    }

    /// Strength of single factors, of interactions and of thresholds, in log-odds.
    const fn strengths(self) -> (f64, f64, f64) {
        match self {
            Self::NearLinear => (12.0, 0.15, 0.0),
            Self::Faint => (6.0, 0.15, 0.0),
            Self::AsBelieved => (6.0, 0.0, 0.0),
            Self::NonLinear => (6.0, 2.0, 1.0),
        }
    }
}

/// Log-odds of a good pair, by its features.
pub struct Truth {
    middle: f64,
    alone: [f64; FACTORS],
    /// Two factors, and the strength of their interaction.
    together: [(usize, usize, f64); 3],
    /// A factor, its threshold, and the strength above it.
    beyond: [(usize, f64, f64); 2],
}

impl Truth {
    /// A quality function, shifted so that the `usual` pairs have the mean log-odds `usually`.
    pub fn plant(family: Family, usual: &[&Features], usually: f64, chance: &mut Chance) -> Self {
        let (alone, together, beyond) = family.strengths();
        let parts = Factor::ALL.map(|factor| match family {
            Family::AsBelieved => f64::from(Weights::default().of(factor)),
            _ => -chance.share().ln(),
        });
        let whole: f64 = parts.iter().sum();
        let mut truth = Self {
            middle: 0.0,
            alone: parts.map(|part| alone * part / whole),
            together: [(); 3]
                .map(|()| (chance.below(FACTORS), chance.below(FACTORS), together * (0.5 + chance.share()))),
            beyond: [(); 2]
                .map(|()| (chance.below(FACTORS), 0.2 + 0.6 * chance.share(), beyond * (0.5 + chance.share()))),
        };
        let (sum, count) = usual.iter().fold((0.0, 0.0), |(sum, count), one| (sum + truth.log_odds(one), count + 1.0));
        truth.middle = usually - sum / count;
        truth
    }

    pub fn log_odds(&self, features: &Features) -> f64 {
        let value = Factor::ALL.map(|factor| f64::from(features.value(factor)) / f64::from(WHOLE));
        let alone = self.alone.iter().zip(value).map(|(much, value)| much * value);
        let together =
            self.together.iter().map(|&(one, other, much)| 4.0 * much * (value[one] - 0.5) * (value[other] - 0.5));
        let beyond = self.beyond.iter().map(|&(factor, from, much)| if value[factor] >= from { much } else { 0.0 });
        self.middle + alone.chain(together).chain(beyond).sum::<f64>()
    }

    /// The standard deviation of the log-odds of pairs.
    pub fn spread<'a>(&self, pairs: impl Iterator<Item = &'a Features>) -> f64 {
        let (count, sum, squares) = pairs
            .map(|one| self.log_odds(one))
            .fold((0.0, 0.0, 0.0), |(n, sum, squares), x| (n + 1.0, sum + x, squares + x * x));
        let mean: f64 = sum / count;
        (squares / count - mean * mean).sqrt()
    }

    /// The chance that the pair does well, without luck.
    pub fn chance(&self, features: &Features) -> f64 {
        chance_of(self.log_odds(features))
    }
}
