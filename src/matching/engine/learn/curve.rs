//! From a score to the chance that such a pair does well, learnt from past outcomes.

use super::{
    fit::Belief,
    sample::{Point, row_of_score},
    steps::Steps,
};
use crate::matching::engine::{Calibration, Level, WHOLE, level::percent};

/// With at least this many outcomes the curve has steps; with fewer it is a line in log-odds.
const ENOUGH_FOR_STEPS: usize = 1_000;

/// The prior of the line: [`Calibration::default`].
const FIRST: Belief<2> = Belief { mean: [0.0, 6.0], sd: [10.0, 1.5] };

/// Smallest slope of a line, so that a higher score always means a higher chance.
const FLATTEST: f64 = 0.1;

/// The chance of each score. A higher score never has a lower chance.
#[derive(Debug, Clone, PartialEq)]
pub enum Curve {
    /// A line in log-odds (Platt).
    Line(Calibration),
    /// Steps (isotonic), from 1,000 outcomes.
    Steps(Steps),
}

/// The line before any outcome.
impl Default for Curve {
    fn default() -> Self {
        Self::Line(Calibration::default())
    }
}

impl Curve {
    /// The curve through points. `outcomes` is the number of all outcomes; the points may be nine tenths of them.
    pub(super) fn through(points: &[Point], outcomes: usize) -> Self {
        if outcomes < ENOUGH_FOR_STEPS { Self::Line(line(points)) } else { Self::Steps(Steps::through(points)) }
    }

    /// The estimated chance that a pair with this score does well.
    #[must_use]
    pub fn chance(&self, score: u16) -> f64 {
        match self {
            Self::Line(line) => line.chance(score),
            Self::Steps(steps) => steps.chance(score),
        }
    }

    /// The estimated chance in whole percent.
    #[must_use]
    pub fn percent(&self, score: u16) -> u8 {
        percent(self.chance(score))
    }

    /// The level of a score before cautions.
    #[must_use]
    pub fn level(&self, score: u16) -> Option<Level> {
        match self {
            Self::Line(line) => line.level(score),
            Self::Steps(steps) => Level::ALL.into_iter().find(|level| steps.chance(score) >= level.chance()),
        }
    }

    /// The lowest score that is shown, before cautions. Above [`WHOLE`]: no score is shown.
    #[must_use]
    pub fn least(&self) -> u16 {
        (0..=WHOLE).find(|score| self.level(*score).is_some()).unwrap_or(WHOLE + 1)
    }
}

/// The line through points, with the first line as the prior.
pub(super) fn line(points: &[Point]) -> Calibration {
    let rows: Vec<_> = points.iter().map(|point| row_of_score(point.score, point.label, point.weight)).collect();
    let [intercept, slope] = FIRST.after(&rows).mean;
    Calibration { intercept, slope: slope.max(FLATTEST) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matching::engine::random::Random;

    /// Points that scatter about a true line.
    fn points(count: u32, truth: Calibration) -> Vec<Point> {
        let mut random = Random::new(21);
        (0..count)
            .map(|_| {
                let score = u16::try_from(random.below(10_001)).unwrap_or(0);
                let went_well = f64::from(random.below(1_000_000)) < truth.chance(score) * 1e6;
                Point { score, label: f64::from(u8::from(went_well)), weight: 1.0 }
            })
            .collect()
    }

    const TRUTH: Calibration = Calibration { intercept: 0.5, slope: 4.0 };

    #[test]
    fn without_outcomes_the_line_is_the_first_one() {
        let Calibration { intercept, slope } = line(&[]);
        assert!(intercept.abs() < 1e-9 && (slope - Calibration::default().slope).abs() < 1e-9);
    }

    #[test]
    fn a_line_finds_the_line() {
        let line = line(&points(20_000, TRUTH));
        assert!((line.intercept - 0.5).abs() < 0.1 && (line.slope - 4.0).abs() < 0.2, "{line:?}");
    }

    #[test]
    fn either_curve_rises_and_is_near_the_truth() {
        for (count, most) in [(900, 0.06), (9_000, 0.12)] {
            let points = points(count, TRUTH);
            let curve = Curve::through(&points, points.len());
            assert_eq!(matches!(curve, Curve::Steps(_)), count > 999);
            let mut last = 0.0;
            for score in (0..=10_000).step_by(100) {
                let chance = curve.chance(score);
                assert!(chance >= last, "{score}");
                assert!((chance - TRUTH.chance(score)).abs() < most, "{score}: {chance}");
                last = chance;
            }
        }
    }

    #[test]
    fn the_line_stays_usable_if_scores_predict_the_opposite() {
        let upside_down = points(5_000, Calibration { intercept: 0.0, slope: -4.0 });
        assert!((line(&upside_down).slope - FLATTEST).abs() < 1e-12);
        assert_eq!(line(&upside_down).level(0), line(&upside_down).level(5_000));
    }
}
