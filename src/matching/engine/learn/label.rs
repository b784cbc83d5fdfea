//! From the results of a case to a label: did it go well, and how much does it count?

use super::case::{Case, Dated, Ending, Midpoint, Reaction};

/// After this many days an outcome counts half, because organisations change.
const HALF_LIFE_DAYS: f64 = 2.0 * 365.25;

/// The label of one case.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Label {
    /// 1: it went well. 0: it went badly.
    pub value: f64,
    /// How much it counts, at most 1.
    pub weight: f64,
    /// Whether the label comes from a pair. The answer to a suggestion is not an outcome.
    pub is_outcome: bool,
}

impl Label {
    /// The label of the strongest result: the ending, else the midpoint, else the reaction. `None`: nothing is known,
    /// or the ending is censored. In that case an earlier rating is only half of the result.
    pub fn of(case: &Case) -> Option<Self> {
        let ending = case.ending.map(|ending| (of_ending(ending.what), ending.days_ago, true));
        let midpoint =
            || case.midpoint.map(|Dated { what, days_ago }| (Some((contentment(what), 0.5)), days_ago, true));
        let reaction = || case.reaction.map(|Dated { what, days_ago }| (Some(of_reaction(what)), days_ago, false));
        let (said, days_ago, is_outcome) = ending.or_else(midpoint).or_else(reaction)?;
        let (value, weight) = said?;
        let weight = weight * (-f64::from(days_ago) / HALF_LIFE_DAYS).exp2();
        // The weight of a very old result is 0.
        (weight > 0.0).then_some(Self { value, weight, is_outcome })
    }

    /// Whether the case went well rather than badly.
    pub fn is_good(&self) -> bool {
        self.value >= 0.5
    }
}

const fn of_ending(ending: Ending) -> Option<(f64, f64)> {
    match ending {
        Ending::GoalsMet => Some((1.0, 1.0)),
        Ending::PoorChemistry | Ending::Mismatch => Some((0.0, 1.0)),
        Ending::MenteeDisengaged => Some((0.0, 0.5)),
        Ending::Censored => None,
    }
}

/// The harmonic mean of both ratings, scaled from 1–5 to 0–1. One happy side cannot make up for an unhappy one.
fn contentment(midpoint: Midpoint) -> f64 {
    let rating = |answer: u8| f64::from(answer.clamp(1, 5));
    let (mentee, mentor) = (rating(midpoint.mentee), rating(midpoint.mentor));
    (2.0 * mentee * mentor / (mentee + mentor) - 1.0) / 4.0
}

const fn of_reaction(reaction: Reaction) -> (f64, f64) {
    match reaction {
        Reaction::Accepted => (1.0, 0.1),
        Reaction::NotRelevant => (0.0, 0.1),
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::matching::engine::{FACTORS, Features};

    fn case() -> Case {
        let features = Features::from([None; FACTORS]);
        Case { id: Uuid::nil(), features, ending: None, midpoint: None, reaction: None }
    }

    const fn now<T>(what: T) -> Dated<T> {
        Dated { what, days_ago: 0 }
    }

    #[test]
    fn the_strongest_thing_known_counts() {
        let mut case = Case { reaction: Some(now(Reaction::Accepted)), ..case() };
        assert_eq!(Label::of(&case), Some(Label { value: 1.0, weight: 0.1, is_outcome: false }));
        case.midpoint = Some(now(Midpoint { mentee: 3, mentor: 3 }));
        assert_eq!(Label::of(&case), Some(Label { value: 0.5, weight: 0.5, is_outcome: true }));
        case.ending = Some(now(Ending::Mismatch));
        assert_eq!(Label::of(&case), Some(Label { value: 0.0, weight: 1.0, is_outcome: true }));
        case.ending = Some(now(Ending::Censored));
        assert_eq!(Label::of(&case), None);
    }

    #[test]
    fn two_years_halve_what_an_outcome_counts() {
        let ending = Some(Dated { what: Ending::MenteeDisengaged, days_ago: 1_461 });
        let label = Label::of(&Case { ending, ..case() }).unwrap();
        assert!((label.weight - 0.125).abs() < 1e-12, "half for the reason, a quarter for four years");
    }

    #[test]
    fn an_unhappy_side_outweighs_a_happy_one() {
        assert!(contentment(Midpoint { mentee: 1, mentor: 5 }) < 0.2);
        let same = contentment(Midpoint { mentee: 5, mentor: 1 }) - contentment(Midpoint { mentee: 1, mentor: 5 });
        assert!(same.abs() < 1e-12);
        assert!((contentment(Midpoint { mentee: 5, mentor: 5 }) - 1.0).abs() < 1e-12);
        assert!(
            contentment(Midpoint { mentee: 0, mentor: 200 }) >= 0.0,
            "answers out of range are read as the nearest"
        );
    }
}
