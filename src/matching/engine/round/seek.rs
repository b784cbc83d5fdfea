//! A mentee seeks a place: the cheapest path on which others move until one takes a free place or stays without a
//! mentor (shortest augmenting path; Jonker & Volgenant 1987).

use super::assignment::Assignment;
use super::core::{Core, index};

/// The end of a path.
#[derive(Clone, Copy)]
enum End {
    /// A mentor with a free place.
    Place(u32),
    /// A mentee who stays without a mentor.
    Without(usize),
}

impl Assignment<'_> {
    /// Gives a waiting mentee a mentor, or decides that the mentee stays without one.
    pub(super) fn seek(&mut self, root: usize, core: &Core) {
        let mut end = (self.gains[root], End::Without(root));
        self.consider_choices(root, 0, core, &mut end);
        while let Some((mentor, distance)) = self.frontier.pass(end.0) {
            for place in 0..self.mentees[mentor as usize].len() {
                let mentee = self.mentees[mentor as usize][place] as usize;
                let without = distance + self.gains[mentee];
                if without < end.0 {
                    end = (without, End::Without(mentee));
                }
                self.consider_choices(mentee, distance, core, &mut end);
            }
        }
        self.gains[root] -= end.0;
        self.adjust(end.0, true);
        let mut vacant = match end.1 {
            End::Place(mentor) => Some(mentor),
            End::Without(mentee) => self.reseat(mentee, None),
        };
        while let Some(mentor) = vacant {
            vacant = self.reseat(self.frontier.step(mentor).0 as usize, Some(mentor));
        }
        self.frontier.clear();
    }

    /// Extends the search by the choices of a mentee at this distance.
    fn consider_choices(&mut self, mentee: usize, distance: i32, core: &Core, end: &mut (i32, End)) {
        let from = distance + self.gains[mentee];
        for &(mentor, worth) in core.choices(mentee) {
            let price = self.prices[mentor as usize];
            let there = from - worth + price;
            if there >= end.0 || there >= self.frontier.distance(mentor) {
                continue;
            }
            self.frontier.reach(mentor, there, (index(mentee), mentor));
            if let Some(cost) = self.next_cost(mentor) {
                let place = there + (cost - price).max(0);
                if place < end.0 {
                    *end = (place, End::Place(mentor));
                }
            }
        }
    }
}
