//! Whom each person would rather have.

use std::cmp::Reverse;
use std::collections::HashMap;

use super::instance::{Instance, Misfit};

/// The lists that people have handed in, by their places in the instance: the first of a list is wanted most. A side or
/// a list may be empty. Whoever is not on a list comes after all who are, by score.
#[derive(Clone, Copy, Debug, Default)]
pub struct Rankings<'a> {
    /// For each mentee, mentors.
    pub mentees: &'a [Vec<u32>],
    /// For each mentor, mentees.
    pub mentors: &'a [Vec<u32>],
}

/// How much somebody is wanted. The smallest most.
pub(super) type Wish = (u32, Reverse<u16>);

/// The lists of one side, turned around.
#[derive(Clone, Debug)]
pub(super) struct Ranks(Vec<HashMap<u32, u32>>);

impl Rankings<'_> {
    /// Whether the lists name people of the instance.
    pub(super) fn check(&self, instance: &Instance<'_>) -> Result<(), Misfit> {
        let fits = |lists: &[Vec<u32>], own: &[u64], others: &[u64]| {
            lists.len() <= own.len() && lists.iter().flatten().all(|other| (*other as usize) < others.len())
        };
        let (mentees, mentors) = (instance.mentees, instance.mentors);
        let fit = fits(self.mentees, mentees, mentors) && fits(self.mentors, mentors, mentees);
        if fit { Ok(()) } else { Err(Misfit::UnknownRanked) }
    }
}

impl Ranks {
    pub(super) fn new(lists: &[Vec<u32>]) -> Self {
        let ranks = |list: &Vec<u32>| {
            let mut ranks = HashMap::new();
            // Of a name that is on a list twice, the first counts.
            (0..).zip(list).for_each(|(rank, other)| {
                ranks.entry(*other).or_insert(rank);
            });
            ranks
        };
        Self(lists.iter().map(ranks).collect())
    }

    /// How much one wants the other, with this score.
    pub(super) fn wish(&self, one: usize, other: u32, score: u16) -> Wish {
        let rank = self.0.get(one).and_then(|ranks| ranks.get(&other));
        (rank.copied().unwrap_or(u32::MAX), Reverse(score))
    }
}
