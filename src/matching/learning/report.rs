//! What came of learning, as it is kept with a version.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::matching::engine::WHOLE;
use crate::matching::engine::learn::{Change, Contender, Decision, Refusal, Trial, Verdict};
use crate::matching::suggestion::assessment::SuggestionFactor;
use crate::matching::weighting::basis::ModelVersion;

/// What learning came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MatchModelFinding {
    /// It foretells clearly better than the version in use.
    Better,
    /// There is too little to learn from: fewer than 100 outcomes.
    TooFewOutcomes,
    /// Fewer than 20 pairs went well.
    TooFewGood,
    /// Fewer than 20 pairs went badly.
    TooFewBad,
    /// No factor foretells anything.
    NothingCounts,
    /// What was learnt is what is in use.
    NothingNew,
    /// Nothing has happened since it was learnt from before.
    SameData,
    /// Fewer than 20 outcomes were added since it was learnt from before: the difference would tell how few pairs went.
    TooLittleNew,
    /// It does not foretell clearly better.
    NotClearlyBetter,
}

/// What there was to learn from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Pairs that went well or badly.
    pub outcomes: usize,
    /// Of them, those that went well.
    pub good: usize,
    /// Of them, those that did not.
    pub bad: usize,
    /// Suggestions of which only the answer is known.
    pub reactions: usize,
    /// Proposals of which nothing is known that counts.
    pub silent: usize,
}

/// How well weights foretell pairs that they had not seen.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Foretold {
    /// How wrong they are on average, in nats.
    pub log_loss: f64,
    /// By how much chances and what happened differ on average.
    pub calibration_error: f64,
}

/// What would change for one factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FactorMove {
    /// Which.
    pub factor: SuggestionFactor,
    /// Its weight in the version in use.
    pub from: u16,
    /// Its weight as learnt.
    pub to: u16,
    /// How much of it comes from outcomes, in percent.
    pub learnt_percent: u8,
}

impl FactorMove {
    /// With what was learnt in whole percents: enough to see what nobody uses.
    #[must_use]
    pub fn in_percents(self) -> Self {
        let percents = match self.to {
            0 | WHOLE => self.to / 100,
            to => ((to + 50) / 100).clamp(1, 99),
        };
        Self { to: 100 * percents, ..self }
    }
}

/// The weights learnt against those in use.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrialReport {
    /// The version in use.
    pub base: Foretold,
    /// What was learnt.
    pub learnt: Foretold,
    /// How much less wrong it is.
    pub gain: f64,
    /// By how much that may be chance.
    pub standard_error: f64,
    /// How much was needed.
    pub needed: f64,
    /// Factor by factor.
    pub changes: Vec<FactorMove>,
}

/// All that is kept of one learning.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// What it came to.
    pub finding: MatchModelFinding,
    /// The version that was learnt from the same.
    pub same_as: Option<ModelVersion>,
    /// Too few of those who agreed have an outcome, so that how alike people like to work was left out.
    pub lacks_style: bool,
    /// What there was to learn from; nothing where it was the same as before, or little more.
    pub counts: Option<Counts>,
    /// `None` where there was too little to learn from.
    pub trial: Option<TrialReport>,
}

impl Report {
    /// Of what the engine found.
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

    /// Where nothing has happened since.
    pub const fn same_as(version: ModelVersion) -> Self {
        let finding = MatchModelFinding::SameData;
        Self { finding, same_as: Some(version), lacks_style: false, counts: None, trial: None }
    }

    /// Where too little has happened since. It tells nothing of what has.
    pub const fn too_little_new() -> Self {
        let finding = MatchModelFinding::TooLittleNew;
        Self { finding, same_as: None, lacks_style: false, counts: None, trial: None }
    }
}

const fn finding(decision: Decision) -> MatchModelFinding {
    match decision {
        Decision::Promote => MatchModelFinding::Better,
        Decision::Keep(Refusal::TooFewOutcomes { .. }) => MatchModelFinding::TooFewOutcomes,
        Decision::Keep(Refusal::TooFewGood { .. }) => MatchModelFinding::TooFewGood,
        Decision::Keep(Refusal::TooFewBad { .. }) => MatchModelFinding::TooFewBad,
        Decision::Keep(Refusal::NothingCounts) => MatchModelFinding::NothingCounts,
        Decision::Keep(Refusal::NothingNew) => MatchModelFinding::NothingNew,
        Decision::Keep(Refusal::NotClearlyBetter) => MatchModelFinding::NotClearlyBetter,
    }
}

impl From<&Trial> for TrialReport {
    fn from(trial: &Trial) -> Self {
        let foretold = |of: &Contender| Foretold { log_loss: of.log_loss, calibration_error: of.calibration_error };
        Self {
            base: foretold(&trial.incumbent),
            learnt: foretold(&trial.candidate),
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
