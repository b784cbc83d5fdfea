//! What really makes a good pair: planted, so that it can be compared with what was learnt.

use mentorship::matching::engine::{FACTORS, Factor, Features, WHOLE, Weights};

use crate::chance::{Chance, chance_of};

/// A kind of organisation.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// Weights drawn without a look at the first ones; nearly a sum, with a little that two factors make together.
    NearLinear,
    /// The same, but quality decides half as much and luck the more.
    Faint,
    /// The first weights are right: there is nothing to learn, only something to lose.
    AsBelieved,
    /// Half of it are thresholds and factors that only count together: no weights can say it.
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

    /// How much the factors decide one by one, two together, and from a threshold on; in log-odds.
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
    /// Two factors, and how much it counts that both are high or both low.
    together: [(usize, usize, f64); 3],
    /// A factor, the value from which on it counts, and how much.
    beyond: [(usize, f64, f64); 2],
}

impl Truth {
    /// A quality function, moved so that pairs like the `usual` ones go well with mean log-odds of `usually`.
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

    /// How far the log-odds of pairs lie apart: their standard deviation.
    pub fn spread<'a>(&self, pairs: impl Iterator<Item = &'a Features>) -> f64 {
        let (count, sum, squares) = pairs
            .map(|one| self.log_odds(one))
            .fold((0.0, 0.0, 0.0), |(n, sum, squares), x| (n + 1.0, sum + x, squares + x * x));
        let mean: f64 = sum / count;
        (squares / count - mean * mean).sqrt()
    }

    /// The chance that the pair does well, luck aside.
    pub fn chance(&self, features: &Features) -> f64 {
        chance_of(self.log_odds(features))
    }
}
