//! The objective of a plan: what makes one plan better than another.

use super::rankings::Rankings;
use crate::matching::engine::WHOLE;

/// The objective of a plan.
#[derive(Clone, Copy, Debug, Default)]
pub enum Objective<'a> {
    /// The highest sum of scores.
    #[default]
    Total,
    /// As many pairs as possible; among such plans, the highest sum of scores. Each pair counts its score and a bonus
    /// that is larger than any difference of scores.
    CoverageFirst,
    /// The highest product of scores (Nash). It lowers the sum only a little and improves the worst pairs. A pair
    /// counts 22000 + 4000·ln(score / 10⁴), rounded, and at least 1.
    Nash,
    /// The highest sum of scores after a penalty for each further pair of one mentor: none for the first, this value
    /// for the second, twice this value for the third, and so on.
    Balance(u16),
    /// A stable plan: no mentee and mentor both prefer each other to what they have (Gale & Shapley). Among such plans,
    /// the one that is best for every mentee.
    Stable(Rankings<'a>),
}

/// The value of a score for [`Objective::Nash`].
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "1 to 22000")]
pub(super) fn nash(score: u16) -> u16 {
    (22_000.0 + 4_000.0 * (f64::from(score.max(1)) / f64::from(WHOLE)).ln()).round().max(1.0) as u16
}
