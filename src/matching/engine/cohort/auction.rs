//! What places are worth, roughly: everybody bids for the mentor who leaves them most, in rounds of ever smaller steps
//! (Bertsekas' auction with equal places). Where all mentees want the same mentors, the best of each mentee are a bad
//! core; the best at these prices, with the pairs that they made, are a good one. An auction finds prices that are too
//! low, an assignment within the core those that are too high: by turns they come to the right ones.

use std::collections::VecDeque;

use super::core::Choice;
use super::effort::Deadline;
use super::market::Market;
use super::scan::Scan;

/// So many bids a mentee and round: those of a hopeless few come to an end.
const BIDS: usize = 30;
/// So many mentors of each mentee are kept in mind, so that not every bid is a look at all.
const IN_MIND: usize = 24;

/// What a place costs, and who has it.
type Place = (i32, Option<usize>);

/// A round of bids that rise by the same step.
struct Round<'a> {
    market: &'a Market<'a>,
    scan: Scan<'a>,
    prices: Vec<i32>,
    places: Vec<Vec<Place>>,
    in_mind: Vec<Option<InMind>>,
}

/// The mentors who left a mentee most when they last looked at all, and what the best of the rest left then. Prices only
/// rise in a round, so the rest leave no more now.
struct InMind {
    choices: Vec<Choice>,
    rest: i32,
}

/// The mentor who leaves most, what that is, and what the next one leaves, or nobody.
#[derive(Clone, Copy, Default)]
struct Bid {
    mentor: u32,
    first: i32,
    second: i32,
}

/// What came of an auction.
#[derive(Clone, Debug)]
pub(super) struct Sale {
    /// A price for each mentor.
    pub(super) prices: Vec<i32>,
    /// The mentor whose place each mentee got.
    pub(super) mentors: Vec<Option<u32>>,
}

/// An auction where nothing is known yet, or as much of it as the time allows.
pub(super) fn first(market: &Market<'_>, deadline: Deadline) -> Sale {
    rounds(market, vec![0; market.mentors()], &[2_000, 400, 80], 16, deadline)
}

/// An auction that begins at the prices of a plan.
pub(super) fn again(market: &Market<'_>, prices: Vec<i32>, deadline: Deadline) -> Sale {
    rounds(market, prices, &[64], 8, deadline)
}

/// Rounds in which bids rise by these steps, then one by the last.
fn rounds(market: &Market<'_>, mut prices: Vec<i32>, steps: &[i32], last: i32, deadline: Deadline) -> Sale {
    for step in steps {
        let mut round = Round::new(market, prices);
        round.run(*step, deadline);
        prices = round.lowered(*step);
    }
    let mut round = Round::new(market, prices);
    round.run(last, deadline);
    round.sale()
}

impl<'a> Round<'a> {
    fn new(market: &'a Market<'a>, mut prices: Vec<i32>) -> Self {
        let mut places = Vec::with_capacity(prices.len());
        for (mentor, price) in prices.iter_mut().enumerate() {
            *price = (*price).max(market.cost(mentor, 0));
            let cost = |place| (*price).max(market.cost(mentor, place));
            places.push((0..market.places(mentor)).map(|place| (cost(place), None)).collect());
        }
        let in_mind = (0..market.mentees()).map(|_| None).collect();
        Self { market, scan: Scan::new(market, &prices), prices, places, in_mind }
    }

    fn run(&mut self, step: i32, deadline: Deadline) {
        let mut waiting: VecDeque<usize> = (0..self.market.mentees()).collect();
        for _ in 0..BIDS * self.market.mentees() {
            let Some(mentee) = waiting.pop_front().filter(|_| !deadline.is_over()) else { return };
            let bid = self.bid(mentee);
            if bid.first <= 0 {
                continue;
            }
            let mentor = bid.mentor as usize;
            if let Some(place) = self.places[mentor].iter_mut().min_by_key(|(price, _)| *price) {
                waiting.extend(place.1.replace(mentee));
                place.0 += bid.first - bid.second + step;
            }
            self.prices[mentor] = self.places[mentor].iter().map(|(price, _)| *price).min().unwrap_or(0);
            self.scan.set(bid.mentor, self.prices[mentor]);
        }
    }

    fn bid(&mut self, mentee: usize) -> Bid {
        if let Some(in_mind) = &self.in_mind[mentee] {
            let bid = in_mind.best(&self.prices);
            if bid.second >= in_mind.rest {
                return bid;
            }
        }
        let offers = self.scan.best(mentee, IN_MIND + 1, 0);
        let rest = offers.get(IN_MIND).map_or(0, |offer| offer.left());
        let kept = offers.iter().take(IN_MIND);
        let choices = kept.map(|offer| (offer.mentor, offer.left() + self.prices[offer.mentor as usize])).collect();
        let in_mind = InMind { choices, rest };
        let mut bid = in_mind.best(&self.prices);
        bid.second = bid.second.max(rest);
        self.in_mind[mentee] = Some(in_mind);
        bid
    }

    /// Prices for a round of smaller steps: lower, so that bids may rise again, and nothing where a place is left.
    fn lowered(&self, step: i32) -> Vec<i32> {
        let places = self.prices.iter().zip(&self.places);
        let is_full = |places: &[Place]| places.iter().all(|(_, owner)| owner.is_some());
        places.map(|(price, places)| if is_full(places) { (price - step).max(0) } else { 0 }).collect()
    }

    /// What came of the auction: a mentor whom nobody took costs nothing.
    fn sale(&self) -> Sale {
        let mut sale = Sale { prices: vec![0; self.prices.len()], mentors: vec![None; self.market.mentees()] };
        for (mentor, places) in (0_u32..).zip(&self.places) {
            for mentee in places.iter().filter_map(|(_, owner)| *owner) {
                sale.mentors[mentee] = Some(mentor);
                sale.prices[mentor as usize] = self.prices[mentor as usize];
            }
        }
        sale
    }
}

impl InMind {
    fn best(&self, prices: &[i32]) -> Bid {
        let mut bid = Bid::default();
        for &(mentor, worth) in &self.choices {
            let left = worth - prices[mentor as usize];
            if left > bid.first {
                bid = Bid { mentor, first: left, second: bid.first };
            } else {
                bid.second = bid.second.max(left);
            }
        }
        bid
    }
}
