//! Checks all pairs at given prices: the upper bound, and the pairs that a better plan may need.

use super::effort::Effort;
use super::market::Market;
use super::parallel::parts;
use super::scan::Scan;

/// Largest number of pairs of one mentee that are found at a time.
const MAX_PAIRS_FOUND: usize = 12;

/// The result of checking all pairs at some prices.
#[derive(Clone, Debug)]
pub(super) struct Pricing {
    /// Upper bound for the value of every plan: the gains of all mentees at these prices plus the income of all places.
    pub(super) bound: i64,
    /// Mentees who would gain more with other mentors.
    pub(super) missed: Vec<Missed>,
}

/// A mentee who would gain more with other mentors.
#[derive(Clone, Debug)]
pub(super) struct Missed {
    /// The mentee.
    pub(super) mentee: usize,
    /// The possible gain.
    pub(super) gain: i32,
    /// The best of these mentors.
    pub(super) mentors: Vec<u32>,
}

/// Checks all pairs at these prices.
pub(super) fn pricing(market: &Market<'_>, prices: &[i32], gains: &[i32], effort: &Effort) -> Pricing {
    let parts = parts(market.mentees(), effort.threads, |mentees| {
        let mut part = Pricing { bound: 0, missed: Vec::new() };
        let mut scan = Scan::new(market, prices);
        for mentee in mentees {
            let better: Vec<_> =
                scan.best(mentee, MAX_PAIRS_FOUND, gains[mentee]).iter().map(|offer| offer.mentor).collect();
            let gain = scan.most().max(0);
            part.bound += i64::from(gain);
            if !better.is_empty() {
                part.missed.push(Missed { mentee, gain, mentors: better });
            }
        }
        part
    });
    let mut whole = Pricing { bound: places(market, prices), missed: Vec::new() };
    for part in parts {
        whole.bound += part.bound;
        whole.missed.extend(part.missed);
    }
    whole
}

/// The income of all places: prices minus costs.
fn places(market: &Market<'_>, prices: &[i32]) -> i64 {
    let of = |mentor: usize| {
        let brings = |place| i64::from((prices[mentor] - market.cost(mentor, place)).max(0));
        (0..market.places(mentor)).map(brings).sum::<i64>()
    };
    (0..market.mentors()).map(of).sum()
}
