//! Counts blocking pairs: how far a plan is from a stable one.

use super::core::index;
use super::instance::{Instance, InstanceError};
use super::rankings::{Rankings, Ranks, Wish};

/// What a mentor would give up for another mentee.
#[derive(Clone, Copy, Debug)]
enum Worst {
    /// Nothing: all places are locked, or there are none.
    Nothing,
    /// A free place.
    Free,
    /// The least wanted mentee.
    Mentee(Wish),
}

/// Number of pairs that block a plan: two people who may be paired and both prefer each other to what they have. A
/// mentor with a free place prefers every mentee. Locked people and places do not change.
///
/// `mentors` is the mentor of each mentee, as in a plan of the same instance.
pub fn blocking_pairs(
    instance: &Instance<'_>,
    rankings: Rankings<'_>,
    mentors: &[Option<u32>],
) -> Result<usize, InstanceError> {
    instance.check()?;
    rankings.check(instance)?;
    let (by_mentees, by_mentors) = (Ranks::new(rankings.mentees), Ranks::new(rankings.mentors));
    let mut is_locked = vec![false; instance.mentees.len()];
    let mut left = instance.places.to_vec();
    for &(mentee, mentor) in instance.locks {
        is_locked[mentee as usize] = true;
        left[mentor as usize] -= 1;
    }
    let looking = || (0..).zip(mentors).zip(&is_locked).filter(|(_, is_locked)| !**is_locked).map(|(pair, _)| pair);
    let mut kept = vec![Vec::new(); left.len()];
    for (mentee, mentor) in looking() {
        if let Some(mentor) = mentor.filter(|mentor| (*mentor as usize) < kept.len()) {
            let score = instance.score(mentee, mentor);
            kept[mentor as usize].push(by_mentors.wish(mentor as usize, index(mentee), score));
        }
    }
    let worst: Vec<_> = left.iter().zip(&kept).map(|(left, kept)| Worst::of(usize::from(*left), kept)).collect();
    let blocked_by = |(mentee, mentor): (usize, &Option<u32>)| {
        let own = mentor.and_then(|mentor| {
            let score = instance.row(mentee).get(mentor as usize)?;
            Some(by_mentees.wish(mentee, mentor, *score))
        });
        let others = instance.row(mentee).iter().zip(0..).filter(|(score, _)| **score >= instance.least.max(1));
        let better = others.filter(|(score, mentor)| {
            own.is_none_or(|own| by_mentees.wish(mentee, *mentor, **score) < own)
                && worst[*mentor as usize].yields_to(|| by_mentors.wish(*mentor as usize, index(mentee), **score))
        });
        better.count()
    };
    Ok(looking().map(blocked_by).sum())
}

impl Worst {
    fn of(places: usize, kept: &[Wish]) -> Self {
        match kept.iter().max() {
            _ if places == 0 => Self::Nothing,
            Some(worst) if kept.len() >= places => Self::Mentee(*worst),
            _ => Self::Free,
        }
    }

    fn yields_to(self, wish: impl FnOnce() -> Wish) -> bool {
        match self {
            Self::Nothing => false,
            Self::Free => true,
            Self::Mentee(worst) => wish() < worst,
        }
    }
}
