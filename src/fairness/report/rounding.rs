//! Rounds numbers of people to multiples of 5, up or down at random, more often to the nearer one.
//!
//! The random value depends on the counted people and on a secret of the attribute. The same people give the same
//! numbers; one person more or less draws all numbers again. So a comparison of two reports rarely shows the group of a
//! person. Many comparisons can: an admin who changes the counted people and reads the report each time can compute the
//! mean of the draws. The audit log records each load and each reading. Statistics Canada publishes its census in this
//! way ("random rounding").

use aws_lc_rs::digest::{Context, SHA256};
use uuid::Uuid;

use super::model::FairnessStage;
use crate::ids::PersonId;
use crate::matching::engine::Level;
use crate::matching::engine::fairness::{MOST_OFF, Member, Part};

/// Numbers are rounded to multiples of this.
const STEP: usize = MOST_OFF + 1;

/// Rounding of the numbers about some people.
pub struct Rounding(Context);

impl Rounding {
    /// Rounding for these people, with the secret `salt`.
    pub fn of<'a>(salt: Uuid, stage: FairnessStage, people: impl Iterator<Item = (PersonId, Member<&'a str>)>) -> Self {
        let mut hash = Context::new(&SHA256);
        hash.update(salt.as_bytes());
        hash.update(&[stage as u8]);
        for (person, member) in people {
            hash.update(person.uuid().as_bytes());
            hash.update(&[member.selected.map_or(0, level_byte)]);
            add(&mut hash, member.group);
        }
        Self(hash)
    }

    /// A rounded number of people of a group.
    pub fn count(&self, group: &str, part: Part, count: usize) -> usize {
        let above = count % STEP;
        let mut hash = self.0.clone();
        hash.update(&[part_byte(part)]);
        add(&mut hash, group);
        let drawn = hash.finish().as_ref().iter().fold(0, |drawn, byte| (drawn * 256 + usize::from(*byte)) % STEP);
        if drawn < above { count - above + STEP } else { count - above }
    }
}

/// Adds a text with its length, so that two texts in a row are not ambiguous.
fn add(hash: &mut Context, text: &str) {
    hash.update(&text.len().to_be_bytes());
    hash.update(text.as_bytes());
}

const fn level_byte(level: Level) -> u8 {
    match level {
        Level::Low => 1,
        Level::Medium => 2,
        Level::High => 3,
    }
}

const fn part_byte(part: Part) -> u8 {
    match part {
        Part::People => 4,
        Part::Selected => 5,
        Part::At(level) => level_byte(level),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(people: u128) -> Rounding {
        let member = Member { group: "a", selected: None };
        let people = (0..people).map(|person| (PersonId::from(Uuid::from_u128(person)), member));
        Rounding::of(Uuid::from_u128(7), FairnessStage::Matched, people)
    }

    #[test]
    fn the_same_people_give_the_same_numbers_and_multiples_of_five_stay() {
        for count in 0..100 {
            let rounded = of(40).count("a", Part::People, count);
            assert_eq!(rounded, of(40).count("a", Part::People, count));
            assert!(rounded.is_multiple_of(STEP) && rounded.abs_diff(count) < STEP, "{count} is rounded to {rounded}");
            assert!(!count.is_multiple_of(STEP) || rounded == count);
        }
    }

    #[test]
    fn the_mean_of_many_draws_is_the_number() {
        let drawn: usize = (0..5_000).map(|people| of(people).count("a", Part::Selected, 42)).sum();
        assert!((41.8..42.2).contains(&(f64::from(u32::try_from(drawn).unwrap()) / 5_000.0)), "{drawn}");
    }

    #[test]
    fn one_more_person_draws_every_number_anew() {
        let draws = |count: usize| (0..200).map(move |people| of(people).count("b", Part::People, count));
        let changes = draws(42).zip(draws(42).skip(1)).filter(|(one, other)| one != other).count();
        assert!(changes > 60, "only {changes} of 199, although the group did not change");
    }
}
