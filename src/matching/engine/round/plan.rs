//! From a core to the best plan, or to a plan whose distance from the best is known.

use super::assignment::Assignment;
use super::auction;
use super::core::Core;
use super::effort::{Deadline, Effort};
use super::instance::{Instance, InstanceError};
use super::market::Market;
use super::objective::Objective;
use super::pricing::pricing;
use super::scan::Scan;
use super::stable;
use super::unmatched::{Unmatched, unmatched};

/// If more than one in this many mentees would gain more elsewhere, the prices are wrong in general. An auction
/// corrects them faster.
const AUCTION_SHARE: usize = 4;

/// A plan: the mentor of each mentee.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The mentor of each mentee, including locked pairs.
    pub mentors: Vec<Option<u32>>,
    /// The mentees without a mentor, with the reason.
    pub unmatched: Vec<(u32, Unmatched)>,
    /// Value of the pairs for the objective, without locked pairs. For a stable plan: the sum of scores.
    pub value: i64,
    /// Upper bound for the value of every plan with the same locks. `None`: a stable plan, which does not maximise a
    /// value.
    pub bound: Option<i64>,
}

impl Plan {
    /// The pairs, as mentee and mentor.
    pub fn pairs(&self) -> impl Iterator<Item = (u32, u32)> + '_ {
        (0..).zip(&self.mentors).filter_map(|(mentee, mentor)| Some((mentee, (*mentor)?)))
    }

    /// By how much the best plan may be better. 0: this plan is proven to be the best. `None`: a stable plan.
    #[must_use]
    pub fn gap(&self) -> Option<i64> {
        self.bound.map(|bound| bound - self.value)
    }
}

/// Makes the best plan or, if the time is too short, a plan with a known gap.
///
/// The same people, objective and seed give the same plan, whatever the order of the people and the number of threads,
/// if the time is long enough. Another seed decides differently between equal pairs.
pub fn plan(
    instance: &Instance<'_>,
    objective: Objective<'_>,
    effort: &Effort,
    seed: u64,
) -> Result<Plan, InstanceError> {
    let deadline = Deadline::after(effort.time);
    instance.check()?;
    let market = Market::new(instance, objective, seed);
    let (found, bound) = if let Objective::Stable(rankings) = objective {
        rankings.check(instance)?;
        (stable::accepted(&market, rankings), None)
    } else {
        let (found, bound) = best(&market, effort, deadline);
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

/// The best plan found, and an upper bound for all plans.
fn best(market: &Market<'_>, effort: &Effort, deadline: Deadline) -> (Vec<Option<u32>>, i64) {
    let prices = vec![0; market.mentors()];
    let mut core = Core::best(market, &prices, effort);
    let mut assignment = Assignment::at(prices, market, &core);
    let mut found = BestPlan { value: 0, mentors: vec![None; market.mentees()] };
    let mut bound = i64::MAX;
    let mut auctions = 0;
    loop {
        assignment.settle(&core, deadline);
        found.or(market, &assignment.mentors);
        let pricing = pricing(market, &assignment.prices, &assignment.gains, effort);
        bound = bound.min(pricing.bound);
        if found.value == bound {
            return (found.mentors, bound);
        }
        if deadline.is_over() {
            fill(market, &mut found.mentors);
            return (found.mentors, bound);
        }
        for missed in &pricing.missed {
            core.add(market, missed.mentee, &missed.mentors);
        }
        if pricing.missed.len() > market.mentees() / AUCTION_SHARE {
            let sale = match auctions {
                0 => auction::first(market, deadline),
                _ => auction::again(market, assignment.prices, deadline),
            };
            auctions += 1;
            found.or(market, &sale.mentors);
            core.extend(market, &sale.prices, effort);
            for (mentee, mentor) in sale.mentors.iter().enumerate() {
                core.add(market, mentee, mentor.as_slice());
            }
            assignment = Assignment::at(sale.prices, market, &core);
        } else {
            for missed in &pricing.missed {
                assignment.call(missed.mentee, missed.gain);
            }
        }
    }
}

/// The best plan so far.
struct BestPlan {
    value: i64,
    mentors: Vec<Option<u32>>,
}

impl BestPlan {
    /// Keeps another plan if it is better.
    fn or(&mut self, market: &Market<'_>, mentors: &[Option<u32>]) {
        let value = market.value(mentors);
        if value > self.value {
            *self = Self { value, mentors: mentors.to_vec() };
        }
    }
}

/// When the time is over: gives the mentees without a mentor the best of the free places.
fn fill(market: &Market<'_>, mentors: &mut [Option<u32>]) {
    let mut taken = vec![0; market.mentors()];
    for mentor in mentors.iter().flatten() {
        taken[*mentor as usize] += 1;
    }
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
