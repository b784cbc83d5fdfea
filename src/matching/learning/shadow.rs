//! A version in the shadow is asked along, and only counted.

use std::cmp::Reverse;

use chrono::TimeDelta;
use sqlx::FromRow;
use uuid::Uuid;

use crate::matching::engine::learn::Curve;
use crate::matching::engine::{Features, Score, Weights};
use crate::matching::weighting::basis::ModelVersion;

/// A version stays in the shadow for this long at least, on however many requests it was compared: one person can make
/// many in a minute.
pub const SHADOW_LASTS: TimeDelta = TimeDelta::days(7);
/// Sums are told of so many requests at a time.
pub const TOLD_AT_ONCE: i64 = 20;

/// The version in the shadow, while suggestions are made.
#[derive(Debug)]
pub struct Shadow {
    version: ModelVersion,
    weights: Weights,
    curve: Curve,
    /// Whom the version in use would take, the best first: whether they are shown, and how the shadow scores them.
    seen: Vec<(bool, u16, Uuid)>,
}

/// What one request's list would have been like under the version in the shadow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// Which version.
    pub version: ModelVersion,
    /// How many suggestions were made.
    pub shown: i64,
    /// How many of them it would have made, too: among as many, and not so low that nobody is suggested.
    pub stayed: i64,
    /// By how many places they would have stood elsewhere, in sum.
    pub shifted: i64,
}

impl Shadow {
    /// Has seen nobody yet.
    pub const fn new(version: ModelVersion, weights: Weights, curve: Curve) -> Self {
        Self { version, weights, curve, seen: Vec::new() }
    }

    /// The next one of the list, from the best down.
    pub fn look(&mut self, mentor: Uuid, features: Features, is_shown: bool) {
        self.seen.push((is_shown, Score::of(features, &self.weights).total(), mentor));
    }

    /// What it comes to; `None` where nobody was suggested.
    pub fn compare(&self) -> Option<Comparison> {
        let mut order: Vec<usize> = (0..self.seen.len()).collect();
        // As the index orders: of equals the smaller id first.
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

/// What is told of all comparisons.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, FromRow)]
pub struct Compared {
    /// Requests, a multiple of [`TOLD_AT_ONCE`].
    pub told_requests: i64,
    /// Suggestions made.
    pub told_shown: i64,
    /// Of them those that would have been made, too.
    pub told_stayed: i64,
    /// By how many places they would have stood elsewhere, in sum.
    pub told_shifted: i64,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matching::engine::learn::{Step, Steps};
    use crate::matching::engine::{FACTORS, Factor};

    fn compared(chance: f64) -> Option<Comparison> {
        let curve = Curve::Steps(Steps::new(vec![Step { from: 0, chance }]).unwrap());
        let weights = Weights::by(|one| if one == Factor::Format { 10_000 } else { 0 }).unwrap();
        let mut shadow = Shadow::new(ModelVersion::FIRST.next(), weights, curve);
        assert_eq!(shadow.compare(), None);
        for (mentor, format, is_shown) in [(1, 2_000, true), (2, 9_000, true), (3, 4_000, false), (4, 2_000, false)] {
            let features = Features::from([Some(5_000); FACTORS]).with(Factor::Format, Some(format));
            shadow.look(Uuid::from_u128(mentor), features, is_shown);
        }
        shadow.compare()
    }

    #[test]
    fn what_stays_and_what_moves_is_counted() {
        let version = ModelVersion::FIRST.next();
        // It would order them 2, 3, 1, 4: the first falls by two, the second rises by one and stays.
        assert_eq!(compared(0.9), Some(Comparison { version, shown: 2, stayed: 1, shifted: 3 }));
        // Where it believes in nobody, it would suggest nobody.
        assert_eq!(compared(0.01), Some(Comparison { version, shown: 2, stayed: 0, shifted: 3 }));
    }
}
