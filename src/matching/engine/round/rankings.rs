//! Which people each person prefers.

use std::cmp::Reverse;
use std::collections::HashMap;

use super::instance::{Instance, InstanceError};

/// The wishes of people, as positions in the instance; the first is wanted most. A side or a list may be empty. People
/// who are not on a list come after those who are, by score.
#[derive(Clone, Copy, Debug, Default)]
pub struct Rankings<'a> {
    /// For each mentee, the wanted mentors.
    pub mentees: &'a [Vec<u32>],
    /// For each mentor, the wanted mentees.
    pub mentors: &'a [Vec<u32>],
}

/// How much a person is wanted. Smaller means more.
pub(super) type Wish = (u32, Reverse<u16>);

/// The ranks of the other side, for each person of one side.
#[derive(Clone, Debug)]
pub(super) struct Ranks(Vec<HashMap<u32, u32>>);

impl Rankings<'_> {
    /// Whether the lists contain only people of the instance.
    pub(super) fn check(&self, instance: &Instance<'_>) -> Result<(), InstanceError> {
        let fits = |lists: &[Vec<u32>], own: &[u64], others: &[u64]| {
            lists.len() <= own.len() && lists.iter().flatten().all(|other| (*other as usize) < others.len())
        };
        let (mentees, mentors) = (instance.mentees, instance.mentors);
        let fit = fits(self.mentees, mentees, mentors) && fits(self.mentors, mentors, mentees);
        if fit { Ok(()) } else { Err(InstanceError::UnknownRanked) }
    }
}

impl Ranks {
    pub(super) fn new(lists: &[Vec<u32>]) -> Self {
        let ranks = |list: &Vec<u32>| {
            let mut ranks = HashMap::new();
            // If a person is on a list twice, the first position counts.
            (0..).zip(list).for_each(|(rank, other)| {
                ranks.entry(*other).or_insert(rank);
            });
            ranks
        };
        Self(lists.iter().map(ranks).collect())
    }

    /// How much one person wants another, with this score.
    pub(super) fn wish(&self, one: usize, other: u32, score: u16) -> Wish {
        let rank = self.0.get(one).and_then(|ranks| ranks.get(&other));
        (rank.copied().unwrap_or(u32::MAX), Reverse(score))
    }
}
