//! How numbers of people are told: in whole fives, up or down by a chance that favours the nearer one.
//!
//! The chance is fixed by who is counted and by a secret of the attribute. Asked again about the same people, the report
//! says the same; about one more or one less, every number is drawn anew. So one difference of two reports rarely tells
//! whether one more person is in a group. Many do: who may change who is counted, and looks again each time, can find the
//! mean of the draws. Only admins may, and each load and each look is in the audit log. Statistics Canada publishes its
//! census in this way ("random rounding").

use aws_lc_rs::digest::{Context, SHA256};
use uuid::Uuid;

use super::model::FairnessStage;
use crate::ids::PersonId;
use crate::matching::engine::Level;
use crate::matching::engine::fairness::{MOST_OFF, Member, Part};

/// Numbers are told in multiples of this.
const STEP: usize = MOST_OFF + 1;

/// How the numbers about some people are rounded.
pub struct Rounding(Context);

impl Rounding {
    /// For these people, who are told apart by `salt`.
    pub fn of<'a>(salt: Uuid, stage: FairnessStage, people: impl Iterator<Item = (PersonId, Member<&'a str>)>) -> Self {
        let mut hash = Context::new(&SHA256);
        hash.update(salt.as_bytes());
        hash.update(&[stage as u8]);
        for (person, member) in people {
            hash.update(person.uuid().as_bytes());
            hash.update(&[member.selected.map_or(0, level_byte)]);
            say(&mut hash, member.group);
        }
        Self(hash)
    }

    /// A number of people of a group, as it is told.
    pub fn count(&self, group: &str, part: Part, count: usize) -> usize {
        let above = count % STEP;
        let mut hash = self.0.clone();
        hash.update(&[part_byte(part)]);
        say(&mut hash, group);
        let drawn = hash.finish().as_ref().iter().fold(0, |drawn, byte| (drawn * 256 + usize::from(*byte)) % STEP);
        if drawn < above { count - above + STEP } else { count - above }
    }
}

/// With its length, so that no two texts run into each other.
fn say(hash: &mut Context, text: &str) {
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
    fn the_same_people_are_told_alike_and_whole_fives_as_they_are() {
        for count in 0..100 {
            let told = of(40).count("a", Part::People, count);
            assert_eq!(told, of(40).count("a", Part::People, count));
            assert!(told.is_multiple_of(STEP) && told.abs_diff(count) < STEP, "{count} is told as {told}");
            assert!(!count.is_multiple_of(STEP) || told == count);
        }
    }

    #[test]
    fn over_many_draws_a_number_is_told_as_it_is() {
        let drawn: usize = (0..5_000).map(|people| of(people).count("a", Part::Selected, 42)).sum();
        assert!((41.8..42.2).contains(&(f64::from(u32::try_from(drawn).unwrap()) / 5_000.0)), "{drawn}");
    }

    #[test]
    fn one_more_person_draws_every_number_anew() {
        let draws = |count: usize| (0..200).map(move |people| of(people).count("b", Part::People, count));
        let changes = draws(42).zip(draws(42).skip(1)).filter(|(one, other)| one != other).count();
        assert!(changes > 60, "only {changes} of 199, though nobody came to the group or left it");
    }
}
