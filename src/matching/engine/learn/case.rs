//! The input of learning: proposals with their features and results.

use uuid::Uuid;

use crate::matching::engine::Features;

/// One proposal and its known results.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// Id of the pair, or of the suggestion that did not become a pair. Unique.
    pub id: Uuid,
    /// The features at the time of the proposal. Later features may already depend on how the pair went.
    pub features: Features,
    /// How the pair ended.
    pub ending: Option<Dated<Ending>>,
    /// Ratings in the middle of the pair. `None`: one of the two did not rate it.
    pub midpoint: Option<Dated<Midpoint>>,
    /// The answer to the suggestion.
    pub reaction: Option<Dated<Reaction>>,
}

/// A result with its age.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dated<T> {
    /// The result.
    pub what: T,
    /// Age in days.
    pub days_ago: u32,
}

/// How a pair ended, as far as the reason says whether the two people were a good match.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Ending {
    /// They reached their goals.
    GoalsMet,
    /// The chemistry was poor.
    PoorChemistry,
    /// They were not a good match.
    Mismatch,
    /// The mentee lost interest. This counts half, because the match is not the only cause.
    MenteeDisengaged,
    /// Burnout, a change of life, a departure or the end of the program: it is unknown how the pair would have ended.
    Censored,
}

/// How content the two people are in the middle of the pair, 1 to 5 each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Midpoint {
    /// The mentee's answer.
    pub mentee: u8,
    /// The mentor's answer.
    pub mentor: u8,
}

/// The answer to a suggestion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reaction {
    /// It became a pair.
    Accepted,
    /// The mentee dismissed it as not relevant. Other reasons to dismiss say too little to learn from.
    NotRelevant,
}
