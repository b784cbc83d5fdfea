//! The state of a shortest-path search: the mentors it has reached, nearest first (Dijkstra).

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Not reached.
const FAR: i32 = i32::MAX;

/// A step of a path: this mentee moves from or to this mentor.
pub(super) type PathStep = (u32, u32);

/// Mentors by their distance from the start of the search.
#[derive(Clone, Debug)]
pub(super) struct Frontier {
    reached: Vec<(i32, PathStep)>,
    touched: Vec<u32>,
    passed: Vec<u32>,
    /// Mentors at the same distance as the last one that was passed. Many distances are equal, so most mentors are here
    /// and not in the heap.
    near: Vec<u32>,
    far: BinaryHeap<Reverse<(i32, u32)>>,
    now: i32,
}

impl Frontier {
    pub(super) fn new(mentors: usize) -> Self {
        Self {
            reached: vec![(FAR, (0, 0)); mentors],
            touched: Vec::new(),
            passed: Vec::new(),
            near: Vec::new(),
            far: BinaryHeap::new(),
            now: 0,
        }
    }

    /// Distance of a mentor.
    pub(super) fn distance(&self, mentor: u32) -> i32 {
        self.reached[mentor as usize].0
    }

    /// The last step of the path to a mentor.
    pub(super) fn step(&self, mentor: u32) -> PathStep {
        self.reached[mentor as usize].1
    }

    /// Records a path to a mentor that is shorter than those before.
    pub(super) fn reach(&mut self, mentor: u32, distance: i32, step: PathStep) {
        let reached = &mut self.reached[mentor as usize];
        if reached.0 == FAR {
            self.touched.push(mentor);
        }
        *reached = (distance, step);
        if distance == self.now {
            self.near.push(mentor);
        } else {
            self.far.push(Reverse((distance, mentor)));
        }
    }

    /// The next mentor, if there is one nearer than `limit`.
    pub(super) fn pass(&mut self, limit: i32) -> Option<(u32, i32)> {
        if self.now >= limit {
            return None;
        }
        if let Some(mentor) = self.near.pop() {
            self.passed.push(mentor);
            return Some((mentor, self.now));
        }
        while let Some(Reverse((distance, mentor))) = self.far.pop().filter(|Reverse((distance, _))| *distance < limit)
        {
            // A mentor that a shorter path has reached since is already passed.
            if distance == self.distance(mentor) {
                self.now = distance;
                self.passed.push(mentor);
                return Some((mentor, distance));
            }
        }
        None
    }

    /// The mentors that were passed, with their distances.
    pub(super) fn passed(&self) -> impl Iterator<Item = (u32, i32)> {
        self.passed.iter().map(|&mentor| (mentor, self.distance(mentor)))
    }

    /// Resets the search.
    pub(super) fn clear(&mut self) {
        for mentor in self.touched.drain(..) {
            self.reached[mentor as usize].0 = FAR;
        }
        self.passed.clear();
        self.near.clear();
        self.far.clear();
        self.now = 0;
    }
}
