//! What all pairs come to at the prices of a plan: the bound, and the pairs that a better plan may need.

use super::assign::Assignment;
use super::core::lot;
use super::instance::Instance;

/// At most so many pairs of one mentee are found at a time.
const AT_ONCE: usize = 12;

/// No plan is worth more than this: what each mentee would gain at these prices, and what all places cost.
#[derive(Clone, Debug)]
pub(super) struct Priced {
    /// The bound.
    pub(super) bound: i64,
    /// Pairs that leave a mentee more than they gain.
    pub(super) missed: Vec<(usize, u32)>,
}

/// Prices all pairs.
pub(super) fn price(instance: &Instance<'_>, plan: &Assignment, seed: u64) -> Priced {
    let places = instance.places().iter().zip(&plan.prices);
    let mut bound: i64 = places.map(|(places, price)| i64::from(*places) * i64::from(*price)).sum();
    let mut missed = Vec::new();
    for mentee in 0..instance.mentees() {
        let left = |(mentor, value): (usize, &u16)| {
            let is_possible = *value > 0 && instance.places()[mentor] > 0;
            if is_possible { i32::from(*value) - plan.prices[mentor] } else { 0 }
        };
        let row = || instance.row(mentee).iter().enumerate();
        let most = row().map(left).max().unwrap_or(0).max(0);
        bound += i64::from(most);
        if most <= plan.gains[mentee] {
            continue;
        }
        let better = row().zip(0_u32..).map(|(pair, mentor)| (left(pair), mentor));
        let better = better.filter(|(left, _)| *left > plan.gains[mentee]);
        let mut better: Vec<_> = better.map(|(left, mentor)| (-left, lot(mentee, mentor, seed), mentor)).collect();
        better.sort_unstable();
        missed.extend(better.into_iter().take(AT_ONCE).map(|(.., mentor)| (mentee, mentor)));
    }
    Priced { bound, missed }
}
