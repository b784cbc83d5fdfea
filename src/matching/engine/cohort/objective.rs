//! What makes one plan better than another.

use super::rankings::Rankings;
use crate::matching::engine::WHOLE;

/// What a plan is to be best at.
#[derive(Clone, Copy, Debug, Default)]
pub enum Objective<'a> {
    /// The highest sum of scores.
    #[default]
    Total,
    /// As many pairs as can be made; among such plans the highest sum of scores. A pair counts its score and, for being
    /// one, more than scores can make up for.
    CoverageFirst,
    /// The highest product of scores (Nash): costs the sum next to nothing and lifts the worst pairs. A pair counts
    /// 22000 + 4000·ln(score / 10⁴), rounded, and never less than 1.
    Nash,
    /// The highest sum of scores after a penalty for each further pair of one mentor: nothing for the first, this much
    /// for the second, twice this much for the third, and so on.
    Balance(u16),
    /// No two people who would both rather have each other than what they have (Gale & Shapley). Among such plans,
    /// the one that every mentee likes best.
    Stable(Rankings<'a>),
}

/// What a score counts by the logarithm.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "1 to 22000")]
pub(super) fn nash(score: u16) -> u16 {
    (22_000.0 + 4_000.0 * (f64::from(score.max(1)) / f64::from(WHOLE)).ln()).round().max(1.0) as u16
}
