//! Approximate prices of places: each mentee bids for the mentor with the largest gain, in rounds with smaller and
//! smaller steps (Bertsekas' auction with similar objects). If all mentees want the same mentors, the pairs with the
//! highest scores make a bad core. The best pairs at the prices of an auction make a good one. An auction finds prices
//! that are too low, and an assignment within the core prices that are too high; alternating, they converge.

use std::collections::VecDeque;

use super::core::Choice;
use super::effort::Deadline;
use super::market::Market;
use super::scan::Scan;

/// Bids per mentee and round. It ends the bidding of mentees without a chance.
const MAX_BIDS: usize = 30;
/// Number of mentors remembered for each mentee, so that not every bid scans all mentors.
const REMEMBERED: usize = 24;

/// The price of a place, and the mentee who has it.
type PricedPlace = (i32, Option<usize>);

/// A round of bids with the same step.
struct Round<'a> {
    market: &'a Market<'a>,
    scan: Scan<'a>,
    prices: Vec<i32>,
    places: Vec<Vec<PricedPlace>>,
    shortlist: Vec<Option<Shortlist>>,
}

/// The mentors with the largest gains at the last scan, and the largest gain among the rest at that time. Prices only
/// rise in a round, so the gains of the rest are not larger now.
struct Shortlist {
    choices: Vec<Choice>,
    rest: i32,
}

/// The mentor with the largest gain, that gain, and the second largest gain.
#[derive(Clone, Copy, Default)]
struct Bid {
    mentor: u32,
    first: i32,
    second: i32,
}

/// The result of an auction.
#[derive(Clone, Debug)]
pub(super) struct Sale {
    /// A price for each mentor.
    pub(super) prices: Vec<i32>,
    /// The mentor of each mentee.
    pub(super) mentors: Vec<Option<u32>>,
}

/// An auction without known prices, as far as the time allows.
pub(super) fn first(market: &Market<'_>, deadline: Deadline) -> Sale {
    rounds(market, vec![0; market.mentors()], &[2_000, 400, 80], 16, deadline)
}

/// An auction that starts with the prices of a plan.
pub(super) fn again(market: &Market<'_>, prices: Vec<i32>, deadline: Deadline) -> Sale {
    rounds(market, prices, &[64], 8, deadline)
}

/// Rounds with these steps, then one with the last step.
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
        let shortlist = (0..market.mentees()).map(|_| None).collect();
        Self { market, scan: Scan::new(market, &prices), prices, places, shortlist }
    }

    fn run(&mut self, step: i32, deadline: Deadline) {
        let mut waiting: VecDeque<usize> = (0..self.market.mentees()).collect();
        for _ in 0..MAX_BIDS * self.market.mentees() {
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
        if let Some(shortlist) = &self.shortlist[mentee] {
            let bid = shortlist.best(&self.prices);
            if bid.second >= shortlist.rest {
                return bid;
            }
        }
        let offers = self.scan.best(mentee, REMEMBERED + 1, 0);
        let rest = offers.get(REMEMBERED).map_or(0, |offer| offer.left());
        let kept = offers.iter().take(REMEMBERED);
        let choices = kept.map(|offer| (offer.mentor, offer.left() + self.prices[offer.mentor as usize])).collect();
        let shortlist = Shortlist { choices, rest };
        let mut bid = shortlist.best(&self.prices);
        bid.second = bid.second.max(rest);
        self.shortlist[mentee] = Some(shortlist);
        bid
    }

    /// Start prices for a round with smaller steps: lower, so that bids can rise again, and 0 for mentors with a free
    /// place.
    fn lowered(&self, step: i32) -> Vec<i32> {
        let places = self.prices.iter().zip(&self.places);
        let is_full = |places: &[PricedPlace]| places.iter().all(|(_, owner)| owner.is_some());
        places.map(|(price, places)| if is_full(places) { (price - step).max(0) } else { 0 }).collect()
    }

    /// The result of the auction. A mentor without mentees has the price 0.
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

impl Shortlist {
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
