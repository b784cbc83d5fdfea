//! What the caller brings: pairs with the features that they were proposed for, and what became of them.

use uuid::Uuid;

use crate::matching::engine::Features;

/// One proposal, and what is known of how it went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// Which: the pair, or the suggestion that became none. Different for each case.
    pub id: Uuid,
    /// The features as they were when the two were proposed to each other: later ones know too much.
    pub features: Features,
    /// How the pair ended.
    pub ending: Option<Dated<Ending>>,
    /// What the two said half-way; `None` unless both did.
    pub midpoint: Option<Dated<Midpoint>>,
    /// What was made of the suggestion.
    pub reaction: Option<Dated<Reaction>>,
}

/// Something that happened some time ago.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dated<T> {
    /// What.
    pub what: T,
    /// How long ago.
    pub days_ago: u32,
}

/// How a pair ended, as far as it says something about who was put together with whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Ending {
    /// They got where they wanted.
    GoalsMet,
    /// They did not click.
    PoorChemistry,
    /// They were wrongly put together.
    Mismatch,
    /// The mentee lost interest, for which a pair is only half to blame.
    MenteeDisengaged,
    /// Burnout, a change of life, somebody left, the program was over: nobody knows how the pair would have ended.
    Censored,
}

/// How content the two are half-way, 1 to 5 each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Midpoint {
    /// The mentee's answer.
    pub mentee: u8,
    /// The mentor's answer.
    pub mentor: u8,
}

/// What was made of a suggestion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reaction {
    /// It became a pair.
    Accepted,
    /// Dismissed because it is not what the mentee needs. Other reasons to dismiss say too little to be brought here.
    NotRelevant,
}
