//! The best plan within a core: one mentee after the other gets the cheapest way to a place, by which others may move
//! (shortest augmenting paths with potentials, in whole numbers).

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::core::Core;

/// Not seen yet.
const FAR: i32 = i32::MAX;

/// Who goes to whom, and why nothing within the core is better: a mentee gains what is left of their pair's worth after
/// the price of the place, no choice leaves more, and only places that are all taken have a price.
#[derive(Clone, Debug)]
pub(super) struct Assignment {
    /// The mentor of each mentee.
    pub(super) mentors: Vec<Option<u32>>,
    /// What each mentee gains.
    pub(super) gains: Vec<i32>,
    /// What a place of each mentor costs.
    pub(super) prices: Vec<i32>,
}

/// Where a way ends.
#[derive(Clone, Copy)]
enum End {
    /// With this mentor, who has a place.
    Place(u32),
    /// With this mentee, who goes without.
    Without(usize),
}

struct Search<'a> {
    core: &'a Core,
    places: &'a [u8],
    plan: Assignment,
    /// Whom each mentor takes.
    mentees: Vec<Vec<usize>>,
    /// How far each mentor is on this way, and whom they would take.
    reached: Vec<(i32, usize)>,
    touched: Vec<u32>,
    passed: Vec<u32>,
    seen: Vec<(usize, i32)>,
    next: BinaryHeap<Reverse<(i32, u32)>>,
    /// The cheapest end so far.
    end: (i32, End),
}

/// The best plan within the core.
pub(super) fn assign(core: &Core, mentees: usize, places: &[u8]) -> Assignment {
    let gain = |mentee: usize| core.of(mentee).iter().map(|(_, value)| *value).max().unwrap_or(0);
    let plan = Assignment {
        mentors: vec![None; mentees],
        gains: (0..mentees).map(gain).collect(),
        prices: vec![0; places.len()],
    };
    let mut search = Search {
        core,
        places,
        plan,
        mentees: vec![Vec::new(); places.len()],
        reached: vec![(FAR, 0); places.len()],
        touched: Vec::new(),
        passed: Vec::new(),
        seen: Vec::new(),
        next: BinaryHeap::new(),
        end: (0, End::Without(0)),
    };
    // Whoever can have a mentor worth most to them has one, before anybody has to move.
    let left: Vec<_> = (0..mentees).filter(|mentee| !search.takes_the_best(*mentee)).collect();
    for mentee in left {
        search.place(mentee);
    }
    search.plan
}

impl Search<'_> {
    fn has_place(&self, mentor: u32) -> bool {
        self.mentees[mentor as usize].len() < usize::from(self.places[mentor as usize])
    }

    fn takes_the_best(&mut self, mentee: usize) -> bool {
        let best = self.core.of(mentee).iter().find(|(mentor, value)| {
            *value == self.plan.gains[mentee] && self.has_place(*mentor)
        });
        let Some((mentor, _)) = best.copied() else { return self.plan.gains[mentee] == 0 };
        self.plan.mentors[mentee] = Some(mentor);
        self.mentees[mentor as usize].push(mentee);
        true
    }

    /// Finds the cheapest way from a mentee to a place, or to somebody who goes without, and goes it.
    fn place(&mut self, root: usize) {
        self.end = (self.plan.gains[root], End::Without(root));
        self.visit(root, 0);
        while let Some(Reverse((distance, mentor))) = self.next.pop() {
            if distance >= self.end.0 {
                break;
            }
            if distance > self.reached[mentor as usize].0 {
                continue;
            }
            self.passed.push(mentor);
            for place in 0..self.mentees[mentor as usize].len() {
                let mentee = self.mentees[mentor as usize][place];
                let without = distance + self.plan.gains[mentee];
                if without < self.end.0 {
                    self.end = (without, End::Without(mentee));
                }
                self.visit(mentee, distance);
            }
        }
        self.settle();
        match self.end.1 {
            End::Place(mentor) => self.move_up(mentor, root),
            End::Without(mentee) if mentee == root => {}
            End::Without(mentee) => {
                let mentor = self.leave(mentee);
                self.move_up(mentor, root);
            }
        }
        for mentor in self.touched.drain(..) {
            self.reached[mentor as usize] = (FAR, 0);
        }
        self.next.clear();
    }

    /// Looks at the choices of a mentee who is that far away.
    fn visit(&mut self, mentee: usize, distance: i32) {
        self.seen.push((mentee, distance));
        let from = distance + self.plan.gains[mentee];
        for (mentor, value) in self.core.of(mentee) {
            let there = from - value + self.plan.prices[*mentor as usize];
            let reached = &mut self.reached[*mentor as usize];
            if there >= self.end.0 || there >= reached.0 {
                continue;
            }
            if reached.0 == FAR {
                self.touched.push(*mentor);
            }
            *reached = (there, mentee);
            if self.has_place(*mentor) {
                self.end = (there, End::Place(*mentor));
            } else {
                self.next.push(Reverse((there, *mentor)));
            }
        }
    }

    /// What places cost now, and what is left to whom.
    fn settle(&mut self) {
        let length = self.end.0;
        for (mentee, distance) in self.seen.drain(..) {
            self.plan.gains[mentee] -= (length - distance).max(0);
        }
        for mentor in self.passed.drain(..) {
            self.plan.prices[mentor as usize] += (length - self.reached[mentor as usize].0).max(0);
        }
    }

    fn leave(&mut self, mentee: usize) -> u32 {
        let mentor = self.plan.mentors[mentee].take().expect("who is on a way has a mentor");
        self.mentees[mentor as usize].retain(|other| *other != mentee);
        mentor
    }

    /// A mentor takes who came to them on the way; so does the mentor whom that one leaves.
    fn move_up(&mut self, mut mentor: u32, root: usize) {
        loop {
            let (_, mentee) = self.reached[mentor as usize];
            let left = (mentee != root).then(|| self.leave(mentee));
            self.plan.mentors[mentee] = Some(mentor);
            self.mentees[mentor as usize].push(mentee);
            match left {
                Some(other) => mentor = other,
                None => return,
            }
        }
    }
}
