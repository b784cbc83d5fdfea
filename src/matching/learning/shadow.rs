//! A version in the shadow computes its own scores for each request. They are only compared, never used.

use std::cmp::Reverse;

use chrono::TimeDelta;
use sqlx::FromRow;
use uuid::Uuid;

use crate::matching::engine::learn::Curve;
use crate::matching::engine::{Features, Score, Weights};
use crate::matching::weighting::basis::ModelVersion;

/// A version stays in the shadow for at least this time. The number of compared requests is no measure: one person can
/// make many in a minute.
pub const SHADOW_PERIOD: TimeDelta = TimeDelta::days(7);
/// The published sums are updated after this many requests, so that they never reveal a single request.
pub const REQUESTS_PER_UPDATE: i64 = 20;

/// The version in the shadow, while suggestions are made for one request.
#[derive(Debug)]
pub struct Shadow {
    version: ModelVersion,
    weights: Weights,
    curve: Curve,
    /// The mentors that the version in use found, best first: whether they are shown, their score in the shadow, their
    /// id.
    seen: Vec<(bool, u16, Uuid)>,
}

/// How the suggestions of one request would differ under the version in the shadow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// The version in the shadow.
    pub version: ModelVersion,
    /// Number of suggestions made.
    pub shown: i64,
    /// Number of these suggestions that the version would have made too: they are among its best `shown`, and their
    /// score is high enough.
    pub stayed: i64,
    /// Sum of the positions by which the suggestions would have moved.
    pub shifted: i64,
}

impl Shadow {
    /// A comparison without mentors yet.
    pub const fn new(version: ModelVersion, weights: Weights, curve: Curve) -> Self {
        Self { version, weights, curve, seen: Vec::new() }
    }

    /// Adds the next mentor of the list. Call it in order, best first.
    pub fn add(&mut self, mentor: Uuid, features: Features, is_shown: bool) {
        self.seen.push((is_shown, Score::of(features, &self.weights).total(), mentor));
    }

    /// The result. `None`: no suggestion was made.
    pub fn compare(&self) -> Option<Comparison> {
        let mut order: Vec<usize> = (0..self.seen.len()).collect();
        // The same order as in the index: for equal scores the smaller id comes first.
        order.sort_by_key(|&place| (Reverse(self.seen[place].1), self.seen[place].2));
        let (mut shown, mut stayed, mut shifted) = (0, 0, 0);
        let holds = self.seen.iter().filter(|(is_shown, ..)| *is_shown).count();
        for (place, before) in order.into_iter().enumerate().filter(|(_, before)| self.seen[*before].0) {
            shown += 1;
            stayed += i64::from(place < holds && self.curve.level(self.seen[before].1).is_some());
            shifted += i64::try_from(place.abs_diff(before)).unwrap_or(i64::MAX);
        }
        (shown > 0).then_some(Comparison { version: self.version, shown, stayed, shifted })
    }
}

/// The published sums of all comparisons.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, FromRow)]
pub struct Compared {
    /// Number of requests, a multiple of [`REQUESTS_PER_UPDATE`].
    pub told_requests: i64,
    /// Number of suggestions made.
    pub told_shown: i64,
    /// Number of these suggestions that the version would have made too.
    pub told_stayed: i64,
    /// Sum of the positions by which the suggestions would have moved.
    pub told_shifted: i64,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matching::engine::learn::{CurveStep, Steps};
    use crate::matching::engine::{FACTORS, Factor};

    fn compared(chance: f64) -> Option<Comparison> {
        let curve = Curve::Steps(Steps::new(vec![CurveStep { from: 0, chance }]).unwrap());
        let weights = Weights::by(|one| if one == Factor::Format { 10_000 } else { 0 }).unwrap();
        let mut shadow = Shadow::new(ModelVersion::FIRST.next(), weights, curve);
        assert_eq!(shadow.compare(), None);
        for (mentor, format, is_shown) in [(1, 2_000, true), (2, 9_000, true), (3, 4_000, false), (4, 2_000, false)] {
            let features = Features::from([Some(5_000); FACTORS]).with(Factor::Format, Some(format));
            shadow.add(Uuid::from_u128(mentor), features, is_shown);
        }
        shadow.compare()
    }

    #[test]
    fn kept_and_moved_suggestions_are_counted() {
        let version = ModelVersion::FIRST.next();
        // The version would order them 2, 3, 1, 4: the first falls by two positions, the second rises by one and is
        // kept.
        assert_eq!(compared(0.9), Some(Comparison { version, shown: 2, stayed: 1, shifted: 3 }));
        // With such a low chance it would suggest no one.
        assert_eq!(compared(0.01), Some(Comparison { version, shown: 2, stayed: 0, shifted: 3 }));
    }
}
