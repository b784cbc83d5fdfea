//! The few pairs of each mentee that a plan is made of.

use super::instance::Instance;

/// A pair that a mentee may get: the mentor, and what they are worth.
pub(super) type Choice = (u32, i32);

/// The choices of every mentee.
#[derive(Clone, Debug)]
pub(super) struct Core(Vec<Vec<Choice>>);

impl Core {
    /// The best `count` of each mentee, at these prices. Equals are drawn by lot, so that mentees who are alike do not
    /// all want the same mentor; `seed` makes another lot.
    pub(super) fn best(instance: &Instance<'_>, prices: &[i32], count: usize, seed: u64) -> Self {
        let of = |mentee: usize| {
            let row = instance.row(mentee).iter().zip(0_u32..);
            let wanted = row.filter(|(value, mentor)| **value > 0 && instance.places()[*mentor as usize] > 0);
            let mut choices: Vec<_> = wanted
                .map(|(value, mentor)| (prices[mentor as usize] - i32::from(*value), lot(mentee, mentor, seed), mentor))
                .collect();
            if choices.len() > count && count > 0 {
                choices.select_nth_unstable(count - 1);
                choices.truncate(count);
            }
            choices.sort_unstable();
            choices.into_iter().map(|(.., mentor)| (mentor, i32::from(instance.value(mentee, mentor)))).collect()
        };
        Self((0..instance.mentees()).map(of).collect())
    }

    /// The choices of a mentee.
    pub(super) fn of(&self, mentee: usize) -> &[Choice] {
        &self.0[mentee]
    }

    /// Adds the choices of another core.
    pub(super) fn join(&mut self, other: &Self) {
        for (mentee, choices) in other.0.iter().enumerate() {
            choices.iter().for_each(|choice| self.add(mentee, *choice));
        }
    }

    /// Adds a choice, unless it is there.
    pub(super) fn add(&mut self, mentee: usize, choice: Choice) {
        if !self.0[mentee].contains(&choice) {
            self.0[mentee].push(choice);
        }
    }
}

/// A number by chance that is the same each time (SplitMix64).
pub(super) fn lot(mentee: usize, mentor: u32, seed: u64) -> u32 {
    let mut z = seed ^ ((mentee as u64) << 32 | u64::from(mentor)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((z ^ (z >> 31)) >> 32) as u32
}
