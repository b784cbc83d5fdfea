//! What all pairs come to at given prices: the bound, and the pairs that a better plan may need.

use super::effort::Effort;
use super::market::Market;
use super::parallel::parts;
use super::scan::Scan;

/// At most so many pairs of one mentee are found at a time.
const AT_ONCE: usize = 12;

/// All pairs at some prices.
#[derive(Clone, Debug)]
pub(super) struct Pricing {
    /// No plan is worth more: what each mentee would gain at these prices, and what all places bring in.
    pub(super) bound: i64,
    /// Mentees whom some mentors leave more than they gain.
    pub(super) missed: Vec<Missed>,
}

/// A mentee who would gain more elsewhere.
#[derive(Clone, Debug)]
pub(super) struct Missed {
    /// Who.
    pub(super) mentee: usize,
    /// How much.
    pub(super) gain: i32,
    /// With whom: the best of them.
    pub(super) mentors: Vec<u32>,
}

/// Prices all pairs.
pub(super) fn pricing(market: &Market<'_>, prices: &[i32], gains: &[i32], effort: &Effort) -> Pricing {
    let parts = parts(market.mentees(), effort.threads, |mentees| {
        let mut part = Pricing { bound: 0, missed: Vec::new() };
        let mut scan = Scan::new(market, prices);
        for mentee in mentees {
            let better: Vec<_> = scan.best(mentee, AT_ONCE, gains[mentee]).iter().map(|offer| offer.mentor).collect();
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

/// What all places bring in above what they cost.
fn places(market: &Market<'_>, prices: &[i32]) -> i64 {
    let of = |mentor: usize| {
        let brings = |place| i64::from((prices[mentor] - market.cost(mentor, place)).max(0));
        (0..market.places(mentor)).map(brings).sum::<i64>()
    };
    (0..market.mentors()).map(of).sum()
}
