//! Why a mentee has no mentor.

use super::instance::Instance;

/// Why a mentee has no mentor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unmatched {
    /// No mentor is allowed for this mentee.
    NoMentorAllowed,
    /// The scores with all allowed mentors are too low.
    ScoresTooLow,
    /// The suitable mentors have no free place, or the place is better used for another mentee or left free.
    NoFreePlace,
}

/// All mentees without a mentor.
pub(super) fn unmatched(instance: &Instance<'_>, mentors: &[Option<u32>]) -> Vec<(u32, Unmatched)> {
    let without = (0..).zip(mentors).filter(|(_, mentor)| mentor.is_none());
    let why = |mentee: u32| match instance.row(mentee as usize).iter().max() {
        None | Some(0) => Unmatched::NoMentorAllowed,
        Some(score) if *score < instance.least => Unmatched::ScoresTooLow,
        Some(_) => Unmatched::NoFreePlace,
    };
    without.map(|(mentee, _)| (mentee, why(mentee))).collect()
}
