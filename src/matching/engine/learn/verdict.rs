//! What came of learning, as data: who asks for reasons is answered from here, factor by factor.

use super::curve::Curve;
use crate::matching::engine::{FACTORS, Factor, Weights};

/// What came of learning.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// What there was to learn from.
    pub counts: Counts,
    /// The weights learnt against those in use; `None` where there was too little to learn from.
    pub trial: Option<Trial>,
    /// Whether the weights learnt deserve to be used.
    pub decision: Decision,
}

/// How many cases said what.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Cases brought.
    pub cases: usize,
    /// Pairs that went well or badly, by how they ended or by what the two said half-way.
    pub outcomes: usize,
    /// Of them, those that went well.
    pub good: usize,
    /// Of them, those that did not.
    pub bad: usize,
    /// Suggestions of which only the reaction is known.
    pub reactions: usize,
    /// Cases left out, since nothing is known or nobody knows how they would have ended.
    pub silent: usize,
}

/// The weights learnt against those in use, each judged by pairs that it had not seen.
#[derive(Debug, Clone, PartialEq)]
pub struct Trial {
    /// What is in use.
    pub incumbent: Contender,
    /// What was learnt.
    pub candidate: Contender,
    /// How much better the candidate foretells how pairs go.
    pub gain: Gain,
    /// What would change, in the order of [`Factor::ALL`].
    pub changes: [Change; FACTORS],
}

/// Weights, what their scores mean, and how well they foretell.
#[derive(Debug, Clone, PartialEq)]
pub struct Contender {
    /// How much each factor counts.
    pub weights: Weights,
    /// The chance that belongs to a score under these weights.
    pub curve: Curve,
    /// How wrong it is on average about a pair it had not seen, in nats; ln 2 = .693 is a coin.
    pub log_loss: f64,
    /// By how much its chances and what happened differ on average (ECE), 0 to 1.
    pub calibration_error: f64,
}

/// The difference of two log-losses over the same pairs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Gain {
    /// The incumbent's less the candidate's: above 0 the candidate is better.
    pub mean: f64,
    /// How far `mean` may be off by chance.
    pub standard_error: f64,
}

/// The share of a standard error from which on a gain counts.
const CLEARLY: f64 = 0.5;

impl Gain {
    /// The least that `mean` must be for the candidate to be promoted.
    #[must_use]
    pub fn needed(self) -> f64 {
        CLEARLY * self.standard_error
    }

    /// Whether the candidate is better by more than chance would explain easily.
    #[must_use]
    pub fn is_clear(self) -> bool {
        self.mean > 0.0 && self.mean >= self.needed()
    }
}

/// What would change for one factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    /// Which.
    pub factor: Factor,
    /// Its weight in use.
    pub from: u16,
    /// Its weight as learnt.
    pub to: u16,
    /// How much of what is believed of the factor comes from outcomes, in percent; the rest is the first weight's.
    pub learnt_percent: u8,
}

/// Whether what was learnt deserves to be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// It foretells better, and by enough: [`Gain::is_clear`].
    Promote,
    /// What is in use stays.
    Keep(Refusal),
}

/// Why what is in use stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// So many outcomes are missing before anything is learnt.
    TooFewOutcomes {
        /// How many.
        missing: usize,
    },
    /// So many pairs that went well are missing.
    TooFewGood {
        /// How many.
        missing: usize,
    },
    /// So many pairs that went badly are missing.
    TooFewBad {
        /// How many.
        missing: usize,
    },
    /// No factor foretells anything.
    NothingCounts,
    /// What was learnt is what is in use.
    NothingNew,
    /// It does not foretell better, or not by [`Gain::needed`].
    NotClearlyBetter,
}
