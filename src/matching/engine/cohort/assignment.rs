//! Who goes to whom within a core, with the reason why nothing is better: a mentee gains what is left of their pair's
//! worth after the price of the place, no choice leaves more, and a place costs no less than with whom it is taken and
//! no more than without (complementary slackness). Where that does not hold yet, somebody waits or a place is vacant.

use super::core::{Core, index};
use super::effort::Deadline;
use super::frontier::Frontier;
use super::market::Market;

/// A plan in the making.
#[derive(Clone, Debug)]
pub(super) struct Assignment<'a> {
    pub(super) market: &'a Market<'a>,
    /// The mentor of each mentee.
    pub(super) mentors: Vec<Option<u32>>,
    /// What each mentee gains, or would if there were a place.
    pub(super) gains: Vec<i32>,
    /// What a place of each mentor costs.
    pub(super) prices: Vec<i32>,
    /// Whom each mentor takes.
    pub(super) mentees: Vec<Vec<u32>>,
    pub(super) frontier: Frontier,
    waiting: Vec<usize>,
}

impl<'a> Assignment<'a> {
    /// Everybody still waits; places have these prices.
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

    /// A mentee could gain more than they do: they wait for that.
    pub(super) fn call(&mut self, mentee: usize, gain: i32) {
        self.reseat(mentee, None);
        self.gains[mentee] = gain;
        self.waiting.push(mentee);
    }

    /// Finds the best plan within the core, or as much of it as the time allows.
    pub(super) fn settle(&mut self, core: &Core, deadline: Deadline) {
        let mut waiting = std::mem::take(&mut self.waiting);
        // Whoever can have a mentor worth most to them has one before anybody has to move.
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

    /// What the next place of a mentor costs at least, if there is one.
    pub(super) fn next_cost(&self, mentor: u32) -> Option<i32> {
        let (mentor, taken) = (mentor as usize, self.mentees[mentor as usize].len());
        (taken < self.market.places(mentor)).then(|| self.market.cost(mentor, taken))
    }

    /// Gives a mentee another mentor, or none. The one before.
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

    /// Changes the prices of the places that were passed on a way of this length, and what is left to their mentees:
    /// up for somebody who seeks a place, down for a place that seeks somebody.
    pub(super) fn adjust(&mut self, length: i32, up: bool) {
        for (mentor, distance) in self.frontier.passed() {
            let by = if up { length - distance } else { distance - length };
            self.prices[mentor as usize] += by;
            for mentee in &self.mentees[mentor as usize] {
                self.gains[*mentee as usize] -= by;
            }
        }
    }

    /// Whether a place costs something although nobody has it.
    fn is_vacant(&self, mentor: u32) -> bool {
        self.next_cost(mentor).is_some_and(|cost| cost < self.prices[mentor as usize])
    }

    /// Whether a mentee needs nobody to move: a mentor with a place, or nobody, is as good as any.
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
