//! The assignment of mentees to mentors within a core, with prices that prove it is optimal (complementary slackness):
//!
//! - The gain of a mentee is the value of the pair minus the price of the place. No choice gives more.
//! - The price of a place is at least the cost of the last place that is taken, and at most the cost of the next one.
//!
//! Where this does not hold yet, a mentee waits or a place is vacant.

use super::core::{Core, index};
use super::effort::Deadline;
use super::frontier::Frontier;
use super::market::Market;

/// An assignment that is being computed.
#[derive(Clone, Debug)]
pub(super) struct Assignment<'a> {
    pub(super) market: &'a Market<'a>,
    /// The mentor of each mentee.
    pub(super) mentors: Vec<Option<u32>>,
    /// The gain of each mentee, or the gain with a free place.
    pub(super) gains: Vec<i32>,
    /// The price of a place of each mentor.
    pub(super) prices: Vec<i32>,
    /// The mentees of each mentor.
    pub(super) mentees: Vec<Vec<u32>>,
    pub(super) frontier: Frontier,
    waiting: Vec<usize>,
}

impl<'a> Assignment<'a> {
    /// All mentees wait. Places have these prices.
    pub(super) fn at(prices: Vec<i32>, market: &'a Market<'a>, core: &Core) -> Self {
        let gain = |mentee| {
            let left = core.choices(mentee).iter().map(|(mentor, worth)| worth - prices[*mentor as usize]);
            left.max().unwrap_or(0).max(0)
        };
        Self {
            mentors: vec![None; market.mentees()],
            gains: (0..market.mentees()).map(gain).collect(),
            mentees: vec![Vec::new(); market.mentors()],
            frontier: Frontier::new(market.mentors()),
            waiting: (0..market.mentees()).collect(),
            market,
            prices,
        }
    }

    /// Lets a mentee wait who could gain more.
    pub(super) fn call(&mut self, mentee: usize, gain: i32) {
        self.reseat(mentee, None);
        self.gains[mentee] = gain;
        self.waiting.push(mentee);
    }

    /// Finds the best plan within the core, as far as the time allows.
    pub(super) fn settle(&mut self, core: &Core, deadline: Deadline) {
        let mut waiting = std::mem::take(&mut self.waiting);
        // First the mentees who can have their best mentor without moving another mentee.
        waiting.retain(|mentee| !self.takes_the_best(*mentee, core));
        self.waiting = waiting;
        self.waiting.reverse();
        while let Some(mentee) = self.waiting.pop() {
            if deadline.is_over() {
                self.waiting.push(mentee);
                return;
            }
            self.seek(mentee, core);
        }
        for mentor in (0..self.market.mentors()).map(index) {
            while self.is_vacant(mentor) && !deadline.is_over() {
                self.refill(mentor, core);
            }
        }
    }

    /// Cost of the next place of a mentor. `None`: there is no free place.
    pub(super) fn next_cost(&self, mentor: u32) -> Option<i32> {
        let (mentor, taken) = (mentor as usize, self.mentees[mentor as usize].len());
        (taken < self.market.places(mentor)).then(|| self.market.cost(mentor, taken))
    }

    /// Gives a mentee another mentor or none, and returns the mentor before.
    pub(super) fn reseat(&mut self, mentee: usize, mentor: Option<u32>) -> Option<u32> {
        let before = std::mem::replace(&mut self.mentors[mentee], mentor);
        if let Some(before) = before {
            self.mentees[before as usize].retain(|other| *other as usize != mentee);
        }
        if let Some(mentor) = mentor {
            self.mentees[mentor as usize].push(index(mentee));
        }
        before
    }

    /// Changes the prices of the mentors that were passed on a path of this length, and the gains of their mentees. Up:
    /// a mentee seeks a place. Down: a place seeks a mentee.
    pub(super) fn adjust(&mut self, length: i32, up: bool) {
        for (mentor, distance) in self.frontier.passed() {
            let by = if up { length - distance } else { distance - length };
            self.prices[mentor as usize] += by;
            for mentee in &self.mentees[mentor as usize] {
                self.gains[*mentee as usize] -= by;
            }
        }
    }

    /// Whether a mentor has a free place with a price above its cost.
    fn is_vacant(&self, mentor: u32) -> bool {
        self.next_cost(mentor).is_some_and(|cost| cost < self.prices[mentor as usize])
    }

    /// Gives a mentee the best mentor if no one has to move for it. Also true if no mentor is as good as any.
    fn takes_the_best(&mut self, mentee: usize, core: &Core) -> bool {
        let gain = self.gains[mentee];
        let best = core.choices(mentee).iter().find(|(mentor, worth)| {
            let price = self.prices[*mentor as usize];
            worth - price == gain && self.next_cost(*mentor).is_some_and(|cost| cost <= price)
        });
        match best.copied() {
            Some((mentor, _)) => {
                self.reseat(mentee, Some(mentor));
                true
            }
            None => gain == 0,
        }
    }
}
