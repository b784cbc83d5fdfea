//! From a score to its level: high, medium, low, or not shown.

use super::{
    profile::MentoringOffer,
    score::Score,
    weights::{Factor, WHOLE, Weights},
};
use crate::number::in_parts;

/// The chance that a pair with some score does well: p = σ(intercept + slope × (score − 5000) / 10⁴).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Calibration {
    /// Log-odds at the middle of the scale.
    pub intercept: f64,
    /// Increase of the log-odds over the whole scale. Above 0.
    pub slope: f64,
}

/// The chance that belongs to log-odds.
pub(super) fn chance(log_odds: f64) -> f64 {
    1.0 / (1.0 + (-log_odds).exp())
}

/// A chance in whole percent.
pub(super) fn percent(chance: f64) -> u8 {
    u8::try_from(in_parts(chance, 100)).unwrap_or(100)
}

impl Default for Calibration {
    fn default() -> Self {
        Self { intercept: 0.0, slope: 6.0 }
    }
}

impl Calibration {
    /// The estimated chance that such a pair does well, in whole percent.
    #[must_use]
    pub fn percent(&self, score: u16) -> u8 {
        percent(self.chance(score))
    }

    /// The estimated chance, 0 to 1.
    #[must_use]
    pub fn chance(&self, score: u16) -> f64 {
        chance(self.log_odds(score))
    }

    /// ln(p / (1 − p)) of the estimated chance p.
    #[must_use]
    pub fn log_odds(&self, score: u16) -> f64 {
        self.intercept + self.slope * (f64::from(score) - f64::from(WHOLE / 2)) / f64::from(WHOLE)
    }

    /// The level of a score before cautions. The thresholds are whole scores computed without `exp`, so that all
    /// platforms agree. Default: High from 7310, Medium from 5676, Low from 4324.
    #[must_use]
    pub fn level(&self, score: u16) -> Option<Level> {
        Level::ALL.into_iter().find(|level| f64::from(score) >= self.threshold(*level))
    }

    fn threshold(&self, level: Level) -> f64 {
        let score = f64::from(WHOLE / 2) + f64::from(WHOLE) * (level.log_odds() - self.intercept) / self.slope;
        score.round()
    }
}

/// Level of a suggestion. Below low it is not shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Level {
    /// From a chance of 80 %.
    High,
    /// From a chance of 60 %.
    Medium,
    /// From a chance of 40 %.
    Low,
}

impl Level {
    /// Every level, from the highest.
    pub const ALL: [Self; 3] = [Self::High, Self::Medium, Self::Low];

    /// The name in the API.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::High => "high",
            Self::Medium => "medium",
            Self::Low => "low",
        }
    }

    /// Advice to the person who decides.
    #[must_use]
    pub const fn advice(self) -> &'static str {
        match self {
            Self::High => "proceed with confidence",
            Self::Medium => "review the reasoning, may need extra support",
            Self::Low => "consider other options or wait",
        }
    }

    /// The lowest chance.
    pub(super) const fn chance(self) -> f64 {
        match self {
            Self::High => 0.8,
            Self::Medium => 0.6,
            Self::Low => 0.4,
        }
    }

    /// ln(p / (1 − p)) of the lowest chance p.
    const fn log_odds(self) -> f64 {
        match self {
            Self::High => 2.0 * std::f64::consts::LN_2,
            Self::Medium => 0.405_465_108_108_164_4,
            Self::Low => -0.405_465_108_108_164_4,
        }
    }

    const fn lowered(self) -> Option<Self> {
        match self {
            Self::High => Some(Self::Medium),
            Self::Medium => Some(Self::Low),
            Self::Low => None,
        }
    }
}

/// Why a suggestion is shown one level lower than its score. Several cautions lower it only once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Caution {
    /// The pair would take the last free place of a mentor with a capacity of two or more.
    LastFreePlace,
    /// The mentor covers less than a fifth of what the mentee wants to learn.
    LittleSkillCoverage,
    /// The values of factors with more than 40 % of the weight are unknown.
    MuchUnknown,
}

impl Caution {
    /// Every caution.
    pub const ALL: [Self; 3] = [Self::LastFreePlace, Self::LittleSkillCoverage, Self::MuchUnknown];

    /// The name in the API.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::LastFreePlace => "last_free_place",
            Self::LittleSkillCoverage => "little_skill_coverage",
            Self::MuchUnknown => "much_unknown",
        }
    }

    /// The cautions that hold for a pair.
    pub(super) fn of(score: &Score, weights: &Weights, mentor: MentoringOffer) -> Vec<Self> {
        let features = score.features();
        // Private factors never count as unknown: the level would reveal who did not answer or did not consent.
        let unknown = |factor: &Factor| !factor.is_private() && !features.is_known(*factor);
        let holds = |caution: &Self| match caution {
            Self::LastFreePlace => mentor.capacity >= 2 && mentor.free() == 1,
            Self::LittleSkillCoverage => features.value(Factor::SkillCoverage) < 2_000,
            Self::MuchUnknown => Factor::ALL.into_iter().filter(unknown).map(|f| weights.of(f)).sum::<u16>() > 4_000,
        };
        Self::ALL.into_iter().filter(holds).collect()
    }

    /// The level after these cautions.
    pub(super) fn after_cautions(cautions: &[Self], level: Option<Level>) -> Option<Level> {
        if cautions.is_empty() { level } else { level.and_then(Level::lowered) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{features::Features, weights::FACTORS};
    use super::*;

    #[test]
    fn the_thresholds_are_those_of_the_specification() {
        let level = |score| Calibration::default().level(score);
        assert_eq!(
            [10_000, 7_310, 7_309, 5_676].map(level),
            [Level::High, Level::High, Level::Medium, Level::Medium].map(Some)
        );
        assert_eq!([5_675, 4_324].map(level), [Some(Level::Low); 2]);
        assert_eq!([4_323, 0].map(level), [None; 2]);
        assert_eq!(Calibration::default().percent(7_310), 80);
        assert_eq!(Calibration::default().percent(5_000), 50);
    }

    #[test]
    fn cautions_lower_the_level_once() {
        let last = MentoringOffer { opted_in: true, capacity: 2, active: 1 };
        let mut values = [Some(10_000); FACTORS];
        values[Factor::SkillCoverage as usize] = Some(1_999);
        let weights = Weights::default();
        let cautions = Caution::of(&Score::of(Features::from(values), &weights), &weights, last);
        assert_eq!(cautions, [Caution::LastFreePlace, Caution::LittleSkillCoverage]);
        assert_eq!(Caution::after_cautions(&cautions, Some(Level::High)), Some(Level::Medium));
        assert_eq!(Caution::after_cautions(&cautions, Some(Level::Low)), None);
    }

    proptest! {
        #[test]
        fn answers_about_style_change_no_caution(
            values in prop::array::uniform10(prop::option::of(0..=WHOLE)),
        ) {
            let offer = MentoringOffer { opted_in: true, capacity: 3, active: 0 };
            let weights = Weights::default();
            let cautions = |style| {
                let mut values = values;
                values[Factor::Style as usize] = style;
                Caution::of(&Score::of(Features::from(values), &weights), &weights, offer)
            };
            prop_assert_eq!(cautions(None), cautions(Some(5_000)));
        }
    }
}
