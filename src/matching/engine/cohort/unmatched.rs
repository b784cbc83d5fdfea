//! Why a mentee has no mentor.

use super::instance::Instance;

/// Why a mentee has no mentor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unmatched {
    /// There is no mentor whom they may have.
    NobodyAllowed,
    /// With all whom they may have, the score is too low.
    ScoresTooLow,
    /// Every mentor who would do has no place left, or none that is better used for this mentee than for others or than
    /// left free.
    PlacesTaken,
}

/// All mentees without a mentor.
pub(super) fn unmatched(instance: &Instance<'_>, mentors: &[Option<u32>]) -> Vec<(u32, Unmatched)> {
    let without = (0..).zip(mentors).filter(|(_, mentor)| mentor.is_none());
    let why = |mentee: u32| match instance.row(mentee as usize).iter().max() {
        None | Some(0) => Unmatched::NobodyAllowed,
        Some(score) if *score < instance.least => Unmatched::ScoresTooLow,
        Some(_) => Unmatched::PlacesTaken,
    };
    without.map(|(mentee, _)| (mentee, why(mentee))).collect()
}
