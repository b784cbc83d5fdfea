//! The result of learning, with the reasons for each factor.

use super::curve::Curve;
use crate::matching::engine::{FACTORS, Factor, Weights};

/// The result of learning.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// The data that was learnt from.
    pub counts: Counts,
    /// The comparison with the weights in use. `None`: there was too little data.
    pub trial: Option<Trial>,
    /// Whether the learnt weights should be used.
    pub decision: Decision,
}

/// Number of cases per kind of result.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// All cases.
    pub cases: usize,
    /// Pairs that went well or badly, by their ending or their ratings in the middle.
    pub outcomes: usize,
    /// Pairs that went well.
    pub good: usize,
    /// Pairs that went badly.
    pub bad: usize,
    /// Suggestions without a pair, where only the answer is known.
    pub reactions: usize,
    /// Cases that are left out: nothing is known, or the ending is censored.
    pub silent: usize,
}

/// The comparison of the learnt weights with the weights in use, on pairs that neither has used.
#[derive(Debug, Clone, PartialEq)]
pub struct Trial {
    /// The weights in use.
    pub incumbent: EvaluatedWeights,
    /// The learnt weights.
    pub candidate: EvaluatedWeights,
    /// How much better the candidate predicts.
    pub gain: Gain,
    /// The change of each factor, in the order of [`Factor::ALL`].
    pub changes: [Change; FACTORS],
}

/// Weights, the curve of their scores, and how well they predict.
#[derive(Debug, Clone, PartialEq)]
pub struct EvaluatedWeights {
    /// How much each factor counts.
    pub weights: Weights,
    /// The chance that belongs to a score under these weights.
    pub curve: Curve,
    /// Mean log loss of the predictions, in nats. Tossing a coin gives ln 2 = 0.693.
    pub log_loss: f64,
    /// Expected calibration error, 0 to 1.
    pub calibration_error: f64,
}

/// The difference of two log-losses over the same pairs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Gain {
    /// Loss of the incumbent minus loss of the candidate. Above 0: the candidate is better.
    pub mean: f64,
    /// Standard error of `mean`.
    pub standard_error: f64,
}

/// A gain counts if it is at least this share of its standard error.
const CLEARLY: f64 = 0.5;

impl Gain {
    /// Smallest `mean` for a promotion.
    #[must_use]
    pub fn needed(self) -> f64 {
        CLEARLY * self.standard_error
    }

    /// Whether the gain is large enough for a promotion.
    #[must_use]
    pub fn is_clear(self) -> bool {
        self.mean > 0.0 && self.mean >= self.needed()
    }
}

/// The change of one factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    /// The factor.
    pub factor: Factor,
    /// Weight in use.
    pub from: u16,
    /// Learnt weight.
    pub to: u16,
    /// Share of the learnt weight that comes from outcomes, in percent. The rest comes from the first weight.
    pub learnt_percent: u8,
}

/// Whether the learnt weights should be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// The learnt weights predict clearly better: [`Gain::is_clear`].
    Promote,
    /// The weights in use stay in use.
    Keep(KeepReason),
}

/// Why the weights in use stay in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeepReason {
    /// There are too few outcomes.
    TooFewOutcomes {
        /// Number of missing outcomes.
        missing: usize,
    },
    /// Too few pairs went well.
    TooFewGood {
        /// Number of missing outcomes.
        missing: usize,
    },
    /// Too few pairs went badly.
    TooFewBad {
        /// Number of missing outcomes.
        missing: usize,
    },
    /// No factor predicts anything.
    NothingCounts,
    /// The learnt weights are the same as the weights in use.
    NothingNew,
    /// The learnt weights do not predict better by at least [`Gain::needed`].
    NotClearlyBetter,
}
