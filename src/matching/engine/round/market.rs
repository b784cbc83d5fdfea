//! An instance prepared for the search: without locked pairs, with values for the objective instead of scores, and with
//! people numbered by lot, so that nothing depends on the order of the input.

use std::borrow::Cow;

use super::instance::Instance;
use super::objective::{Objective, nash};
use crate::matching::engine::{WHOLE, random::mix};

/// The price for a mentor without a free place. It is above every value.
const CLOSED: i32 = 1 << 30;

/// Mentees without a locked pair, and mentors.
#[derive(Clone, Debug)]
pub(super) struct Market<'a> {
    scores: Cow<'a, [u16]>,
    least: u16,
    /// Bonus of each pair in addition to its score.
    bonus: i32,
    /// By how much each further place of a mentor costs more than the one before.
    step: i32,
    rows: Vec<Member>,
    columns: Vec<Member>,
    /// The number of the mentor of each column.
    numbers: Vec<u32>,
    places: Vec<u8>,
    /// Number of locked places of each mentor.
    locked: Vec<u8>,
}

/// A person: the position in the instance, and the lot.
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

    /// The largest loss of other pairs by one more pair. One more pair moves one chain of people, and each loses at
    /// most the difference between the highest and the lowest allowed score.
    fn most_lost(&self) -> i32 {
        let pairs = self.rows.len().min((0..self.mentors()).map(|mentor| self.places(mentor)).sum());
        let spread = i32::from(WHOLE.saturating_sub(self.least));
        i32::try_from(pairs).unwrap_or(i32::MAX).saturating_mul(spread)
    }

    /// Number of mentees without a locked pair.
    pub(super) fn mentees(&self) -> usize {
        self.rows.len()
    }

    /// Number of mentors, with or without free places.
    pub(super) fn mentors(&self) -> usize {
        self.columns.len()
    }

    /// Number of places of a mentor that are not locked.
    pub(super) fn places(&self, mentor: usize) -> usize {
        usize::from(self.places[mentor] - self.locked[mentor])
    }

    /// Cost of the next place of a mentor with this many mentees, not counting locked ones.
    pub(super) fn cost(&self, mentor: usize, mentees: usize) -> i32 {
        // A mentor has at most 255 places.
        self.step * (i32::from(self.locked[mentor]) + i32::try_from(mentees).unwrap_or(i32::from(u8::MAX)))
    }

    /// The same as a price. Without a free place it is above every value.
    pub(super) fn price(&self, mentor: usize, mentees: usize) -> i32 {
        if mentees < self.places(mentor) { self.cost(mentor, mentees) } else { CLOSED }
    }

    /// The value of a plan.
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

    /// The value of a pair. `None`: the pair is not allowed.
    pub(super) fn worth(&self, mentee: usize, mentor: u32) -> Option<i32> {
        let score = self.row(mentee)[self.columns[mentor as usize].at as usize];
        (score >= self.least).then(|| self.bonus + i32::from(score))
    }

    /// The scores of a mentee, in the order of the columns.
    pub(super) fn row(&self, mentee: usize) -> &[u16] {
        &self.scores[self.rows[mentee].at as usize * self.columns.len()..][..self.columns.len()]
    }

    /// The number of the mentor of a column.
    pub(super) fn number(&self, column: usize) -> u32 {
        self.numbers[column]
    }

    /// Prices by column minus the bonus, so that a score minus this value is the gain of a mentee.
    pub(super) fn tags(&self, prices: &[i32]) -> Vec<i32> {
        let tag = |&mentor: &u32| match self.places(mentor as usize) {
            0 => CLOSED,
            _ => prices[mentor as usize] - self.bonus,
        };
        self.numbers.iter().map(tag).collect()
    }

    /// Bonus of each pair in addition to its score.
    pub(super) fn bonus(&self) -> i32 {
        self.bonus
    }

    /// The lowest allowed score.
    pub(super) fn least(&self) -> u16 {
        self.least
    }

    /// The lot that decides between equal pairs of one mentee.
    pub(super) fn lot(&self, mentee: usize, mentor: u32) -> u32 {
        let lot = mix(self.rows[mentee].lot ^ self.columns[mentor as usize].lot);
        u32::try_from(lot >> 32).unwrap_or(u32::MAX)
    }

    /// Position of a mentee in the instance.
    pub(super) fn mentee_at(&self, mentee: usize) -> usize {
        self.rows[mentee].at as usize
    }

    /// Position of a mentor in the instance.
    pub(super) fn mentor_at(&self, mentor: u32) -> u32 {
        self.columns[mentor as usize].at
    }
}

/// All people of one side, in the order of their lots.
fn by_lot(keys: &[u64], seed: u64) -> impl Iterator<Item = Member> {
    let mut members: Vec<_> = keys.iter().zip(0..).map(|(key, at)| Member { at, lot: mix(key ^ mix(seed)) }).collect();
    members.sort_unstable_by_key(|member| member.lot);
    members.into_iter()
}
