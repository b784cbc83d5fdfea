//! The result of learning, as it is stored with a version.

use serde::{Deserialize, Serialize};

use crate::matching::engine::WHOLE;
use crate::matching::engine::learn::{Change, Decision, EvaluatedWeights, KeepReason, Trial, Verdict};
use crate::matching::suggestion::assessment::SuggestionFactor;
use crate::matching::weighting::basis::ModelVersion;

values! {
    /// Result of learning.
    @may_grow pub enum MatchModelFinding {
        /// The version predicts clearly better than the version in use.
        Better,
        /// There are fewer than 100 outcomes to learn from.
        TooFewOutcomes,
        /// Fewer than 20 pairs went well.
        TooFewGood,
        /// Fewer than 20 pairs went badly.
        TooFewBad,
        /// No factor predicts how pairs go.
        NothingCounts,
        /// The learnt weights are the same as the weights in use.
        NothingNew,
        /// The data has not changed since an earlier version was learnt.
        SameData,
        /// Fewer than 20 outcomes were added since the last version. The difference could reveal how single pairs
        /// ended.
        TooLittleNew,
        /// The version does not predict clearly better than the version in use.
        NotClearlyBetter,
    }
}

/// The data that was learnt from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Number of pairs that went well or badly.
    pub outcomes: usize,
    /// Number of pairs that went well.
    pub good: usize,
    /// Number of pairs that went badly.
    pub bad: usize,
    /// Number of suggestions without a pair, where only the answer is known.
    pub reactions: usize,
    /// Number of proposals without a result that can be used.
    pub silent: usize,
}

/// How well weights predict pairs that were not used to learn them.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct PredictionQuality {
    /// Mean error in nats (log loss).
    pub log_loss: f64,
    /// Mean difference between predicted chances and results, 0 to 1.
    pub calibration_error: f64,
}

/// The change of one factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FactorMove {
    /// The factor.
    pub factor: SuggestionFactor,
    /// Weight in the version in use.
    pub from: u16,
    /// Learnt weight.
    pub to: u16,
    /// Share of the learnt weight that comes from outcomes, in percent.
    pub learnt_percent: u8,
}

impl FactorMove {
    /// The same with the learnt weight in whole percents. That is enough for a version that is not used.
    #[must_use]
    pub fn in_percents(self) -> Self {
        let percents = match self.to {
            0 | WHOLE => self.to / 100,
            to => ((to + 50) / 100).clamp(1, 99),
        };
        Self { to: 100 * percents, ..self }
    }
}

/// The comparison of the learnt weights with the weights in use.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrialReport {
    /// How well the version in use predicts.
    pub base: PredictionQuality,
    /// How well the learnt weights predict.
    pub learnt: PredictionQuality,
    /// By how much the mean error is smaller, in nats.
    pub gain: f64,
    /// Standard error of `gain`.
    pub standard_error: f64,
    /// The smallest `gain` that counts as clearly better.
    pub needed: f64,
    /// The change of each factor.
    pub changes: Vec<FactorMove>,
}

/// Everything that is stored about the learning of one version.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Result of learning.
    pub finding: MatchModelFinding,
    /// The earlier version that was learnt from the same data.
    pub same_as: Option<ModelVersion>,
    /// Too few pairs with the consent of both people have an outcome, so personal fit was left out.
    pub lacks_style: bool,
    /// The data that was learnt from. `None`: the data was the same as before, or too little was new.
    pub counts: Option<Counts>,
    /// The comparison with the version in use. `None`: there was too little data.
    pub trial: Option<TrialReport>,
}

impl Report {
    /// The report on what the engine found.
    pub fn of(verdict: &Verdict, lacks_style: bool) -> Self {
        let engine = verdict.counts;
        let counts = Counts {
            outcomes: engine.outcomes,
            good: engine.good,
            bad: engine.bad,
            reactions: engine.reactions,
            silent: engine.silent,
        };
        let finding = finding(verdict.decision);
        let trial = verdict.trial.as_ref().map(TrialReport::from);
        Self { finding, same_as: None, lacks_style, counts: Some(counts), trial }
    }

    /// The report for data that has not changed.
    pub const fn same_as(version: ModelVersion) -> Self {
        let finding = MatchModelFinding::SameData;
        Self { finding, same_as: Some(version), lacks_style: false, counts: None, trial: None }
    }

    /// The report for too few new outcomes. It contains nothing about them.
    pub const fn too_little_new() -> Self {
        let finding = MatchModelFinding::TooLittleNew;
        Self { finding, same_as: None, lacks_style: false, counts: None, trial: None }
    }
}

const fn finding(decision: Decision) -> MatchModelFinding {
    match decision {
        Decision::Promote => MatchModelFinding::Better,
        Decision::Keep(KeepReason::TooFewOutcomes { .. }) => MatchModelFinding::TooFewOutcomes,
        Decision::Keep(KeepReason::TooFewGood { .. }) => MatchModelFinding::TooFewGood,
        Decision::Keep(KeepReason::TooFewBad { .. }) => MatchModelFinding::TooFewBad,
        Decision::Keep(KeepReason::NothingCounts) => MatchModelFinding::NothingCounts,
        Decision::Keep(KeepReason::NothingNew) => MatchModelFinding::NothingNew,
        Decision::Keep(KeepReason::NotClearlyBetter) => MatchModelFinding::NotClearlyBetter,
    }
}

impl From<&Trial> for TrialReport {
    fn from(trial: &Trial) -> Self {
        let quality = |of: &EvaluatedWeights| PredictionQuality {
            log_loss: of.log_loss,
            calibration_error: of.calibration_error,
        };
        Self {
            base: quality(&trial.incumbent),
            learnt: quality(&trial.candidate),
            gain: trial.gain.mean,
            standard_error: trial.gain.standard_error,
            needed: trial.gain.needed(),
            changes: trial.changes.iter().map(FactorMove::from).collect(),
        }
    }
}

impl From<&Change> for FactorMove {
    fn from(change: &Change) -> Self {
        let Change { factor, from, to, learnt_percent } = *change;
        Self { factor: factor.into(), from, to, learnt_percent }
    }
}
