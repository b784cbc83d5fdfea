//! What is to be planned: mentees, mentors with places, what each pair is worth, and the pairs that are given.

use std::fmt;

use crate::matching::engine::WHOLE;

/// No plan has more pairs: its sums, with the number of pairs counted first, are kept in 32 bits.
pub const MOST_PAIRS: usize = 50_000;

/// A program to be planned. In which order people are listed is of no consequence: they are told apart by their keys,
/// and the lot between equals falls by these.
#[derive(Clone, Copy, Debug)]
pub struct Instance<'a> {
    /// A number for each mentee that is theirs alone and stays theirs, such as the random half of their id.
    pub mentees: &'a [u64],
    /// The same for each mentor.
    pub mentors: &'a [u64],
    /// The places that each mentor has free.
    pub places: &'a [u8],
    /// The scores: a row a mentee, in it a column a mentor. 0 where the two may not be paired.
    pub scores: &'a [u16],
    /// Pairs with a lower score are not made, though they might be.
    pub least: u16,
    /// Pairs that are given, as (mentee, mentor): each takes up a place, whatever its score.
    pub locks: &'a [(u32, u32)],
}

/// Why something is no instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Misfit {
    /// Not a number of places for each mentor.
    Places,
    /// Not a score for each mentee with each mentor.
    Scores,
    /// A score above 10 000.
    HighScore,
    /// A key that two members of one side have.
    SameKey,
    /// A lock that names nobody.
    UnknownLock,
    /// A mentee with two locks.
    LockedTwice,
    /// A mentor with more locks than places.
    Overlocked,
    /// A list of wishes that names nobody, or more lists than people.
    UnknownRanked,
    /// More than 50 000 mentees who might find a place.
    TooLarge,
}

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Places => "each mentor needs a number of places",
            Self::Scores => "each mentee needs a score with each mentor",
            Self::HighScore => "a score is above 10 000",
            Self::SameKey => "two people have the same key",
            Self::UnknownLock => "a locked pair names nobody",
            Self::LockedTwice => "a mentee has two locked pairs",
            Self::Overlocked => "a mentor has more locked pairs than places",
            Self::UnknownRanked => "a list of wishes names nobody, or is nobody's",
            Self::TooLarge => "more than 50 000 pairs might be made",
        })
    }
}

impl std::error::Error for Misfit {}

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

    /// Whether the parts fit together.
    pub(super) fn check(&self) -> Result<(), Misfit> {
        let (mentees, mentors) = (self.mentees.len(), self.mentors.len());
        let places: usize = self.places.iter().map(|&places| usize::from(places)).sum();
        if self.places.len() != mentors {
            Err(Misfit::Places)
        } else if self.scores.len() != mentees * mentors {
            Err(Misfit::Scores)
        } else if self.scores.iter().any(|&score| score > WHOLE) {
            Err(Misfit::HighScore)
        } else if has_twice(self.mentees) || has_twice(self.mentors) {
            Err(Misfit::SameKey)
        } else if places.min(mentees) > MOST_PAIRS {
            Err(Misfit::TooLarge)
        } else {
            self.check_locks()
        }
    }

    fn check_locks(&self) -> Result<(), Misfit> {
        let (mut is_locked, mut left) = (vec![false; self.mentees.len()], self.places.to_vec());
        for &(mentee, mentor) in self.locks {
            let is_locked = is_locked.get_mut(mentee as usize).ok_or(Misfit::UnknownLock)?;
            let left = left.get_mut(mentor as usize).ok_or(Misfit::UnknownLock)?;
            if std::mem::replace(is_locked, true) {
                return Err(Misfit::LockedTwice);
            }
            *left = left.checked_sub(1).ok_or(Misfit::Overlocked)?;
        }
        Ok(())
    }
}

fn has_twice(keys: &[u64]) -> bool {
    let mut sorted = keys.to_vec();
    sorted.sort_unstable();
    sorted.windows(2).any(|two| two[0] == two[1])
}
