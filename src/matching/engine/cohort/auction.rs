//! What places are worth, roughly: everybody bids for the mentor who leaves them most, in rounds of ever smaller steps
//! (Bertsekas' auction with equal places). Where all mentees want the same mentors, the best of each mentee are a bad
//! core; the best at these prices are a good one.

use std::collections::VecDeque;

use super::core::Choice;
use super::effort::Clock;
use super::market::Market;
use super::scan::Scan;

/// By how much bids rise, round by round, where nothing is known yet.
const FIRST: [i32; 4] = [2_000, 400, 80, 16];
/// The same from prices that are about right.
const AGAIN: [i32; 2] = [64, 8];
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
    /// Who got a place with whom.
    pub(super) pairs: Vec<(usize, u32)>,
}

/// An auction where nothing is known yet, or as much of it as the time allows.
pub(super) fn first(market: &Market<'_>, clock: Clock) -> Sale {
    rounds(market, vec![0; market.mentors()], &FIRST, clock)
}

/// An auction that begins at prices of a plan.
pub(super) fn again(market: &Market<'_>, prices: Vec<i32>, clock: Clock) -> Sale {
    rounds(market, prices, &AGAIN, clock)
}

fn rounds(market: &Market<'_>, prices: Vec<i32>, steps: &[i32], clock: Clock) -> Sale {
    let mut sale = Sale { prices, pairs: Vec::new() };
    for (at, step) in steps.iter().enumerate() {
        let mut round = Round::new(market, sale.prices);
        round.run(*step, clock);
        sale = round.sale(if at + 1 < steps.len() { *step } else { 0 });
    }
    sale
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

    fn run(&mut self, step: i32, clock: Clock) {
        let mut waiting: VecDeque<usize> = (0..self.market.mentees()).collect();
        for _ in 0..BIDS * self.market.mentees() {
            let Some(mentee) = waiting.pop_front().filter(|_| !clock.is_over()) else { return };
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

    /// What came of the round. For another one of smaller steps prices are `lowered`, so that bids may rise again, and
    /// whoever has a place left gives it for nothing; in the end only those do whom nobody wants.
    fn sale(self, lowered: i32) -> Sale {
        let mut sale = Sale { prices: vec![0; self.prices.len()], pairs: Vec::new() };
        for ((mentor, price), places) in (0..).zip(self.prices).zip(&self.places) {
            let taken = places.iter().filter_map(|(_, owner)| owner.map(|mentee| (mentee, mentor)));
            let before = sale.pairs.len();
            sale.pairs.extend(taken);
            let taken = sale.pairs.len() - before;
            let keeps_price = if lowered > 0 { taken == places.len() } else { taken > 0 };
            if keeps_price {
                sale.prices[mentor as usize] = (price - lowered).max(0);
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
