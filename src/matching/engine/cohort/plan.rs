//! From a core to the best plan of all, or to one whose distance from the best is known.

use super::assignment::Assignment;
use super::auction;
use super::core::Core;
use super::effort::{Clock, Effort};
use super::instance::{Instance, Misfit};
use super::market::Market;
use super::objective::Objective;
use super::price::price;
use super::scan::Scan;
use super::stable;
use super::unmatched::{Unmatched, unmatched};

/// If more than one mentee of so many misses somebody, the prices are wrong everywhere, and an auction mends them sooner.
const MANY: usize = 4;

/// Who goes to whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The mentor of each mentee, with the locked pairs.
    pub mentors: Vec<Option<u32>>,
    /// Every mentee without a mentor, and why.
    pub unmatched: Vec<(u32, Unmatched)>,
    /// What the pairs count together for the objective, without the locked ones; for a stable plan, the sum of scores.
    pub value: i64,
    /// No plan with the same locks counts more. `None` for a stable plan, which is not made to count most.
    pub bound: Option<i64>,
}

impl Plan {
    /// How much more the best plan may count: 0 if this one is proven to be the best. `None` for a stable plan.
    #[must_use]
    pub fn gap(&self) -> Option<i64> {
        self.bound.map(|bound| bound - self.value)
    }
}

/// Makes a plan: the best there is, if the time suffices, otherwise one with a known gap.
///
/// The same people, objective and seed make the same plan, whatever their order and the number of threads, as long as
/// the time suffices. Another seed is another lot between equals.
pub fn plan(instance: &Instance<'_>, objective: Objective<'_>, effort: &Effort, seed: u64) -> Result<Plan, Misfit> {
    let clock = Clock::start(effort);
    instance.check()?;
    let market = Market::new(instance, objective, seed);
    let (found, bound) = if let Objective::Stable(rankings) = objective {
        rankings.check(instance)?;
        (stable::accepted(&market, rankings), None)
    } else {
        let (found, bound) = best(&market, effort, clock);
        (found, Some(bound))
    };
    let mut mentors = vec![None; instance.mentees.len()];
    for &(mentee, mentor) in instance.locks {
        mentors[mentee as usize] = Some(mentor);
    }
    for (mentee, mentor) in found.iter().enumerate() {
        mentors[market.mentee_at(mentee)] = mentor.map(|mentor| market.mentor_at(mentor));
    }
    Ok(Plan { unmatched: unmatched(instance, &mentors), mentors, value: market.value(&found), bound })
}

/// The best plan found, and a bound for all plans.
fn best(market: &Market<'_>, effort: &Effort, clock: Clock) -> (Vec<Option<u32>>, i64) {
    let prices = vec![0; market.mentors()];
    let mut core = Core::best(market, &prices, effort);
    let mut assignment = Assignment::at(prices, market, &core);
    let (mut found, mut value, mut bound) = (Vec::new(), i64::MIN, i64::MAX);
    let mut is_first = true;
    loop {
        assignment.settle(&core, clock);
        let priced = price(market, &assignment.prices, &assignment.gains, effort);
        bound = bound.min(priced.bound);
        if market.value(&assignment.mentors) > value {
            found.clone_from(&assignment.mentors);
            value = market.value(&found);
        }
        if value == bound {
            return (found, bound);
        }
        if clock.is_over() {
            fill(market, &mut found);
            return (found, bound);
        }
        for missed in &priced.missed {
            missed.mentors.iter().for_each(|mentor| core.add(market, missed.mentee, *mentor));
        }
        if priced.missed.len() > market.mentees() / MANY {
            let sale = match is_first {
                true => auction::first(market, clock),
                false => auction::again(market, assignment.prices, clock),
            };
            is_first = false;
            core.extend(market, &sale.prices, effort);
            sale.pairs.iter().for_each(|(mentee, mentor)| core.add(market, *mentee, *mentor));
            assignment = Assignment::at(sale.prices, market, &core);
        } else {
            priced.missed.iter().for_each(|missed| assignment.call(missed.mentee, missed.gain));
        }
    }
}

/// Gives whom the time did not suffice for the best of the places that are left.
fn fill(market: &Market<'_>, mentors: &mut [Option<u32>]) {
    let mut taken = vec![0; market.mentors()];
    mentors.iter().flatten().for_each(|mentor| taken[*mentor as usize] += 1);
    let costs: Vec<_> = taken.iter().enumerate().map(|(mentor, taken)| market.price(mentor, *taken)).collect();
    let mut scan = Scan::new(market, &costs);
    for (mentee, mentor) in mentors.iter_mut().enumerate().filter(|(_, mentor)| mentor.is_none()) {
        *mentor = scan.best(mentee, 1, 0).first().map(|offer| offer.mentor);
        if let Some(mentor) = *mentor {
            let taken = &mut taken[mentor as usize];
            *taken += 1;
            scan.set(mentor, market.price(mentor as usize, *taken));
        }
    }
}
