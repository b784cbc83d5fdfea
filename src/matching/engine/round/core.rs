//! The core: the few pairs of each mentee from which a plan is made.

use super::effort::Effort;
use super::market::Market;
use super::parallel::parts;
use super::scan::{ANY, Scan};

/// The other person of a pair, and the value of the pair.
pub(super) type Choice = (u32, i32);

/// The pairs, from both sides.
#[derive(Clone, Debug)]
pub(super) struct Core {
    choices: Vec<Vec<Choice>>,
    wanted_by: Vec<Vec<Choice>>,
}

impl Core {
    /// The best pairs of each mentee at these prices.
    pub(super) fn best(market: &Market<'_>, prices: &[i32], effort: &Effort) -> Self {
        let mut core =
            Self { choices: vec![Vec::new(); market.mentees()], wanted_by: vec![Vec::new(); market.mentors()] };
        core.extend(market, prices, effort);
        core
    }

    /// Adds the best pairs at other prices.
    pub(super) fn extend(&mut self, market: &Market<'_>, prices: &[i32], effort: &Effort) {
        let best = parts(market.mentees(), effort.threads, |mentees| {
            let mut scan = Scan::new(market, prices);
            mentees
                .map(|mentee| scan.best(mentee, effort.choices.max(1), ANY).iter().map(|offer| offer.mentor).collect())
                .collect::<Vec<Vec<u32>>>()
        });
        for (mentee, mentors) in best.into_iter().flatten().enumerate() {
            self.add(market, mentee, &mentors);
        }
    }

    /// Adds pairs of one mentee. Pairs that are not allowed or already there are skipped.
    pub(super) fn add(&mut self, market: &Market<'_>, mentee: usize, mentors: &[u32]) {
        for mentor in mentors {
            if let Some(worth) = market.worth(mentee, *mentor)
                && self.choices[mentee].iter().all(|(other, _)| other != mentor)
            {
                self.choices[mentee].push((*mentor, worth));
                self.wanted_by[*mentor as usize].push((index(mentee), worth));
            }
        }
    }

    /// The mentors that a mentee may get.
    pub(super) fn choices(&self, mentee: usize) -> &[Choice] {
        &self.choices[mentee]
    }

    /// The mentees who may get a mentor.
    pub(super) fn wanted_by(&self, mentor: u32) -> &[Choice] {
        &self.wanted_by[mentor as usize]
    }
}

/// The number of a person as 32 bits. An instance fits into memory, so it has fewer people.
pub(super) fn index(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
