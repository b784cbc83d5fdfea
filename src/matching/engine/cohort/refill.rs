//! A vacant place that has a price seeks a mentee: the cheapest way by which others move until somebody without a mentor
//! comes, or until a place is left empty for which nobody pays. The way of [`seek`](super::seek), walked from its other
//! end; what remains to be done after new choices have called mentees away from their places.

use super::assignment::Assignment;
use super::core::Core;
use super::frontier::Step;

/// Where a way ends.
#[derive(Clone, Copy)]
enum End {
    /// A place of this mentor stays empty.
    Empty(u32),
    /// This mentee comes to this mentor.
    Comes(Step),
}

impl Assignment<'_> {
    /// Fills a vacant place, or lowers its price to what it costs.
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

    /// Asks those who may get a mentor who is that far away.
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
