//! The input of a plan: mentees, mentors with their free places, the score of each pair, and the locked pairs.

use std::fmt;

use crate::matching::engine::WHOLE;

/// Largest number of pairs in a plan. The sums with the bonus per pair must fit into 32 bits.
pub const MOST_PAIRS: usize = 50_000;

/// A program to be planned. The order of the people does not matter: they are identified by keys, and the keys decide
/// between equal pairs.
#[derive(Clone, Copy, Debug)]
pub struct Instance<'a> {
    /// A key for each mentee: unique and constant, such as the random half of the id.
    pub mentees: &'a [u64],
    /// The same for each mentor.
    pub mentors: &'a [u64],
    /// Number of free places of each mentor.
    pub places: &'a [u8],
    /// Scores: one row per mentee, one column per mentor. 0: the pair is not allowed.
    pub scores: &'a [u16],
    /// Pairs with a lower score are not made.
    pub least: u16,
    /// Locked pairs, as (mentee, mentor). Each takes a place, whatever its score.
    pub locks: &'a [(u32, u32)],
}

/// Why an instance is not valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InstanceError {
    /// Not every mentor has a number of free places.
    Places,
    /// Not every mentee has a score with every mentor.
    Scores,
    /// A score above 10 000.
    HighScore,
    /// Two people of one side have the same key.
    SameKey,
    /// A locked pair has an unknown mentee or mentor.
    UnknownLock,
    /// A mentee has two locked pairs.
    LockedTwice,
    /// A mentor has more locked pairs than free places.
    Overlocked,
    /// A list of wishes contains an unknown person, or there are more lists than people.
    UnknownRanked,
    /// More than 50 000 pairs are possible.
    TooLarge,
}

impl fmt::Display for InstanceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Places => "each mentor needs a number of free places",
            Self::Scores => "each mentee needs a score with each mentor",
            Self::HighScore => "a score is above 10 000",
            Self::SameKey => "two people have the same key",
            Self::UnknownLock => "a locked pair has an unknown mentee or mentor",
            Self::LockedTwice => "a mentee has two locked pairs",
            Self::Overlocked => "a mentor has more locked pairs than free places",
            Self::UnknownRanked => "a list of wishes contains an unknown person, or there are more lists than people",
            Self::TooLarge => "more than 50 000 pairs are possible",
        })
    }
}

impl std::error::Error for InstanceError {}

impl<'a> Instance<'a> {
    /// A mentee's scores.
    #[must_use]
    pub fn row(&self, mentee: usize) -> &'a [u16] {
        &self.scores[mentee * self.mentors.len()..][..self.mentors.len()]
    }

    /// The score of one pair.
    #[must_use]
    pub fn score(&self, mentee: usize, mentor: u32) -> u16 {
        self.row(mentee)[mentor as usize]
    }

    /// Whether the instance is valid.
    pub(super) fn check(&self) -> Result<(), InstanceError> {
        let (mentees, mentors) = (self.mentees.len(), self.mentors.len());
        let places: usize = self.places.iter().map(|&places| usize::from(places)).sum();
        if self.places.len() != mentors {
            Err(InstanceError::Places)
        } else if self.scores.len() != mentees * mentors {
            Err(InstanceError::Scores)
        } else if self.scores.iter().any(|&score| score > WHOLE) {
            Err(InstanceError::HighScore)
        } else if has_twice(self.mentees) || has_twice(self.mentors) {
            Err(InstanceError::SameKey)
        } else if places.min(mentees) > MOST_PAIRS {
            Err(InstanceError::TooLarge)
        } else {
            self.check_locks()
        }
    }

    fn check_locks(&self) -> Result<(), InstanceError> {
        let (mut is_locked, mut left) = (vec![false; self.mentees.len()], self.places.to_vec());
        for &(mentee, mentor) in self.locks {
            let is_locked = is_locked.get_mut(mentee as usize).ok_or(InstanceError::UnknownLock)?;
            let left = left.get_mut(mentor as usize).ok_or(InstanceError::UnknownLock)?;
            if std::mem::replace(is_locked, true) {
                return Err(InstanceError::LockedTwice);
            }
            *left = left.checked_sub(1).ok_or(InstanceError::Overlocked)?;
        }
        Ok(())
    }
}

fn has_twice(keys: &[u64]) -> bool {
    let mut sorted = keys.to_vec();
    sorted.sort_unstable();
    sorted.windows(2).any(|two| two[0] == two[1])
}
