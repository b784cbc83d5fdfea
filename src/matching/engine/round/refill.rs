//! A vacant place with a price seeks a mentee: the cheapest path on which others move until a mentee without a mentor
//! comes, or until a place stays empty that has no price. It is the search of [`seek`](super::seek) from the other end.
//! It is needed after new choices have moved mentees away from their mentors.

use super::assignment::Assignment;
use super::core::Core;
use super::frontier::PathStep;

/// The end of a path.
#[derive(Clone, Copy)]
enum End {
    /// A place of this mentor stays empty.
    Empty(u32),
    /// This mentee comes to this mentor.
    Comes(PathStep),
}

impl Assignment<'_> {
    /// Fills a vacant place, or lowers its price to its cost.
    pub(super) fn refill(&mut self, root: u32, core: &Core) {
        let least = self.next_cost(root).unwrap_or(0);
        let mut end = (self.prices[root as usize] - least, End::Empty(root));
        self.frontier.reach(root, 0, (0, root));
        while let Some((mentor, distance)) = self.frontier.pass(end.0) {
            self.ask(mentor, distance, core, &mut end);
        }
        self.adjust(end.0, false);
        let mut vacant = match end.1 {
            End::Empty(mentor) => mentor,
            End::Comes((mentee, mentor)) => {
                self.reseat(mentee as usize, Some(mentor));
                mentor
            }
        };
        while vacant != root {
            let (mentee, to) = self.frontier.step(vacant);
            self.reseat(mentee as usize, Some(to));
            vacant = to;
        }
        self.frontier.clear();
    }

    /// Extends the search by the mentees who may get a mentor at this distance.
    fn ask(&mut self, mentor: u32, distance: i32, core: &Core, end: &mut (i32, End)) {
        let from = distance + self.prices[mentor as usize];
        for &(mentee, worth) in core.wanted_by(mentor) {
            let there = from - worth + self.gains[mentee as usize];
            if there >= end.0 {
                continue;
            }
            let Some(other) = self.mentors[mentee as usize] else {
                *end = (there, End::Comes((mentee, mentor)));
                continue;
            };
            if there >= self.frontier.distance(other) {
                continue;
            }
            self.frontier.reach(other, there, (mentee, mentor));
            let cost = self.market.cost(other as usize, self.mentees[other as usize].len() - 1);
            let empty = there + (self.prices[other as usize] - cost).max(0);
            if empty < end.0 {
                *end = (empty, End::Empty(other));
            }
        }
    }
}
