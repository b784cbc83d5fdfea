//! The best few mentors found so far.

use std::{cmp::Reverse, collections::BinaryHeap};

use uuid::Uuid;

/// A mentor that a search found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pick {
    /// Id of the mentor.
    pub mentor: Uuid,
    /// Score, 0 to 10 000.
    pub score: u16,
}

/// The best mentors so far: higher score first, then smaller id.
pub(super) struct Best {
    limit: usize,
    worst_first: BinaryHeap<Reverse<(u16, Reverse<Uuid>)>>,
}

impl Best {
    /// Keeps at most `limit` mentors. `limit` is above 0.
    pub const fn of(limit: usize) -> Self {
        Self { limit, worst_first: BinaryHeap::new() }
    }

    /// The lowest score that can still enter the list. An equal score enters only with a smaller id.
    pub fn floor(&self) -> u16 {
        let worst = self.worst_first.peek().filter(|_| self.worst_first.len() >= self.limit);
        worst.map_or(0, |Reverse((score, _))| *score)
    }

    pub fn add(&mut self, score: u16, mentor: Uuid) {
        let new = Reverse((score, Reverse(mentor)));
        if self.worst_first.len() < self.limit {
            self.worst_first.push(new);
        } else if let Some(mut worst) = self.worst_first.peek_mut()
            && new < *worst
        {
            *worst = new;
        }
    }

    /// The mentors, best first.
    pub fn picks(self) -> Vec<Pick> {
        let sorted = self.worst_first.into_sorted_vec();
        sorted.into_iter().map(|Reverse((score, Reverse(mentor)))| Pick { mentor, score }).collect()
    }
}
