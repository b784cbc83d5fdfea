//! What places are worth, roughly: everybody bids for the mentor who leaves them most, in rounds of ever smaller steps
//! (Bertsekas' auction with equal places). Where all mentees want the same mentors, the best of each mentee are a bad
//! core; the best at these prices are a good one.

use std::collections::VecDeque;

use super::core::Choice;
use super::effort::Clock;
use super::market::Market;
use super::scan::Scan;

/// The steps by which bids rise.
const STEPS: [i32; 4] = [2_000, 400, 80, 16];
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

/// Holds an auction, or as much of it as the time allows.
pub(super) fn auction(market: &Market<'_>, clock: Clock) -> Sale {
    let mut prices = vec![0; market.mentors()];
    for step in STEPS {
        let mut round = Round::new(market, prices);
        round.run(step, clock);
        if step == STEPS[STEPS.len() - 1] {
            return round.sale();
        }
        prices = round.close(step);
    }
    Sale { prices, pairs: Vec::new() }
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

    /// The prices to go on with. A place that nobody took costs nothing.
    fn close(self, step: i32) -> Vec<i32> {
        let is_full = |places: &[Place]| places.iter().all(|(_, owner)| owner.is_some());
        let places = self.prices.iter().zip(&self.places);
        places.map(|(price, places)| if is_full(places) { (price - step).max(0) } else { 0 }).collect()
    }

    /// The last prices, but nothing for a mentor whom nobody wants.
    fn sale(self) -> Sale {
        let owners = |(mentor, places): (u32, &Vec<Place>)| -> Vec<_> {
            places.iter().filter_map(|(_, owner)| owner.map(|mentee| (mentee, mentor))).collect()
        };
        let pairs: Vec<_> = (0..).zip(&self.places).flat_map(owners).collect();
        let mut prices = vec![0; self.prices.len()];
        for (_, mentor) in &pairs {
            prices[*mentor as usize] = self.prices[*mentor as usize];
        }
        Sale { prices, pairs }
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
