//! An instance as the search sees it: locked pairs taken out, scores turned into what they count for the objective, and
//! people numbered in the order of their lots, so that nothing depends on the order in which they came.

use std::borrow::Cow;

use super::instance::Instance;
use super::objective::{Objective, nash};
use crate::matching::engine::{WHOLE, random::mix};

/// The price of a place with a mentor who has none: nobody can pay it.
const CLOSED: i32 = 1 << 30;

/// Mentees who look for a place, and mentors.
#[derive(Clone, Debug)]
pub(super) struct Market<'a> {
    scores: Cow<'a, [u16]>,
    least: u16,
    /// What each pair counts besides its score.
    bonus: i32,
    /// By how much each further place of a mentor costs more than the one before.
    step: i32,
    rows: Vec<Member>,
    columns: Vec<Member>,
    /// The number of the mentor of each column.
    numbers: Vec<u32>,
    places: Vec<u8>,
    /// Places that are locked.
    locked: Vec<u8>,
}

/// Somebody: where the instance has them, and their lot.
#[derive(Clone, Copy, Debug)]
struct Member {
    at: u32,
    lot: u64,
}

impl<'a> Market<'a> {
    pub(super) fn new(instance: &Instance<'a>, objective: Objective<'_>, seed: u64) -> Self {
        let mut locked = vec![0; instance.mentors.len()];
        let mut is_locked = vec![false; instance.mentees.len()];
        for &(mentee, mentor) in instance.locks {
            locked[mentor as usize] += 1;
            is_locked[mentee as usize] = true;
        }
        let rows = by_lot(instance.mentees, seed).filter(|member| !is_locked[member.at as usize]);
        let columns: Vec<_> = by_lot(instance.mentors, !seed).collect();
        let mut numbers = vec![0; columns.len()];
        for (member, number) in columns.iter().zip(0..) {
            numbers[member.at as usize] = number;
        }
        let (mut scores, mut least) = (Cow::Borrowed(instance.scores), instance.least.max(1));
        if matches!(objective, Objective::Nash) {
            let table: Vec<_> = (0..=WHOLE).map(|score| if score < least { 0 } else { nash(score) }).collect();
            scores = Cow::Owned(scores.iter().map(|&score| table[usize::from(score)]).collect());
            least = 1;
        }
        let of = |list: &[u8]| columns.iter().map(|member| list[member.at as usize]).collect();
        let mut market = Self {
            scores,
            least,
            bonus: 0,
            step: if let Objective::Balance(step) = objective { i32::from(step) } else { 0 },
            rows: rows.collect(),
            places: of(instance.places),
            locked: of(&locked),
            columns,
            numbers,
        };
        if matches!(objective, Objective::CoverageFirst) {
            market.bonus = market.most_lost() + 1;
        }
        market
    }

    /// What one more pair can cost the others at most. The plan with one more differs from the best with as many as
    /// there are by one row of people who move up, each of whom loses no more than the highest score is above the least.
    fn most_lost(&self) -> i32 {
        let pairs = self.rows.len().min((0..self.mentors()).map(|mentor| self.places(mentor)).sum());
        let spread = i32::from(WHOLE.saturating_sub(self.least));
        i32::try_from(pairs).unwrap_or(i32::MAX).saturating_mul(spread)
    }

    /// How many mentees look for a place.
    pub(super) fn mentees(&self) -> usize {
        self.rows.len()
    }

    /// How many mentors there are, with places or without.
    pub(super) fn mentors(&self) -> usize {
        self.columns.len()
    }

    /// The places of a mentor that are not locked.
    pub(super) fn places(&self, mentor: usize) -> usize {
        usize::from(self.places[mentor] - self.locked[mentor])
    }

    /// What the next place of a mentor costs who has this many mentees, those who are locked not counted.
    pub(super) fn cost(&self, mentor: usize, mentees: usize) -> i32 {
        // Nobody has more than 255 places.
        self.step * (i32::from(self.locked[mentor]) + i32::try_from(mentees).unwrap_or(i32::from(u8::MAX)))
    }

    /// The same as a price: more than anybody can pay if there is no place.
    pub(super) fn price(&self, mentor: usize, mentees: usize) -> i32 {
        if mentees < self.places(mentor) { self.cost(mentor, mentees) } else { CLOSED }
    }

    /// What the pairs of a plan count together.
    pub(super) fn value(&self, mentors: &[Option<u32>]) -> i64 {
        let mut taken = vec![0; self.mentors()];
        let pairs = mentors.iter().enumerate().filter_map(|(mentee, mentor)| mentor.map(|mentor| (mentee, mentor)));
        let counts = pairs.map(|(mentee, mentor)| {
            let taken = &mut taken[mentor as usize];
            *taken += 1;
            i64::from(self.worth(mentee, mentor).unwrap_or(0)) - i64::from(self.cost(mentor as usize, *taken - 1))
        });
        counts.sum()
    }

    /// What a pair counts; `None` if it may not be.
    pub(super) fn worth(&self, mentee: usize, mentor: u32) -> Option<i32> {
        let score = self.row(mentee)[self.columns[mentor as usize].at as usize];
        (score >= self.least).then(|| self.bonus + i32::from(score))
    }

    /// A mentee's scores, in the order of the columns.
    pub(super) fn row(&self, mentee: usize) -> &[u16] {
        &self.scores[self.rows[mentee].at as usize * self.columns.len()..][..self.columns.len()]
    }

    /// The number of the mentor of a column.
    pub(super) fn number(&self, column: usize) -> u32 {
        self.numbers[column]
    }

    /// Prices by columns, with the bonus taken off, so that a score less this price is what is left to a mentee.
    pub(super) fn tags(&self, prices: &[i32]) -> Vec<i32> {
        let tag = |&mentor: &u32| match self.places(mentor as usize) {
            0 => CLOSED,
            _ => prices[mentor as usize] - self.bonus,
        };
        self.numbers.iter().map(tag).collect()
    }

    /// What each pair counts besides its score.
    pub(super) fn bonus(&self) -> i32 {
        self.bonus
    }

    /// The lowest score of a pair that may be.
    pub(super) fn least(&self) -> u16 {
        self.least
    }

    /// The lot between the pairs of one mentee.
    pub(super) fn lot(&self, mentee: usize, mentor: u32) -> u32 {
        let lot = mix(self.rows[mentee].lot ^ self.columns[mentor as usize].lot);
        u32::try_from(lot >> 32).unwrap_or(u32::MAX)
    }

    /// Where the instance has a mentee.
    pub(super) fn mentee_at(&self, mentee: usize) -> usize {
        self.rows[mentee].at as usize
    }

    /// Where the instance has a mentor.
    pub(super) fn mentor_at(&self, mentor: u32) -> u32 {
        self.columns[mentor as usize].at
    }
}

/// Everybody of one side, in the order of their lots.
fn by_lot(keys: &[u64], seed: u64) -> impl Iterator<Item = Member> {
    let mut members: Vec<_> = keys.iter().zip(0..).map(|(key, at)| Member { at, lot: mix(key ^ mix(seed)) }).collect();
    members.sort_unstable_by_key(|member| member.lot);
    members.into_iter()
}
