//! From cases to a verdict.

use super::{
    case::Case,
    fit::{Belief, TERMS},
    sample::{Example, sample},
    shares::shares,
    trial::trial,
    verdict::{Counts, Decision, Refusal, Trial, Verdict},
};
use crate::matching::engine::{Calibration, Factor, Weights, weights::WHOLE};

/// Below so many outcomes nothing is learnt.
const LEAST_OUTCOMES: usize = 100;
/// Nor below so many that went well, or so many that did not.
const LEAST_OF_A_KIND: usize = 20;
/// The share of a standard error by which the candidate must be better.
const CLEARLY: f64 = 0.5;

/// How far a coefficient is believed to be from the first weights, in log-odds over the whole scale of its factor.
const SD: f64 = 0.5;
/// Wide enough to leave the intercept free, yet it ends somewhere even when all pairs went the same way.
const FREE: f64 = 10.0;

/// What learning starts from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Learner {
    /// The weights before anything was learnt: what is believed until outcomes say otherwise.
    pub first: Weights,
    /// The weights in use.
    pub incumbent: Weights,
    /// Decides which cases are judged together.
    pub seed: u64,
}

impl Learner {
    /// What these cases teach. The order of the cases does not matter.
    #[must_use]
    pub fn learn(&self, cases: &[Case]) -> Verdict {
        let examples = sample(cases, self.seed);
        let counts = count(cases.len(), &examples);
        if let Some(refusal) = too_little(&counts) {
            return Verdict { counts, trial: None, decision: Decision::Keep(refusal) };
        }
        let Some(trial) = trial(self, &examples) else {
            return Verdict { counts, trial: None, decision: Decision::Keep(Refusal::NothingCounts) };
        };
        let decision = decide(&trial);
        Verdict { counts, trial: Some(trial), decision }
    }

    /// What to believe of each factor after these examples.
    pub(super) fn belief(&self, examples: &[&Example]) -> Belief<TERMS> {
        let rows: Vec<_> = examples.iter().map(|example| example.row()).collect();
        self.prior().after(&rows)
    }

    pub(super) fn prior(&self) -> Belief<TERMS> {
        let slope = Calibration::default().slope;
        let (mut mean, mut sd) = ([0.0; TERMS], [SD; TERMS]);
        for (mean, factor) in mean[1..].iter_mut().zip(Factor::ALL) {
            *mean = slope * f64::from(self.first.of(factor)) / f64::from(WHOLE);
        }
        sd[0] = FREE;
        Belief { mean, sd }
    }
}

/// The weights that a belief stands for; `None` where no factor counts.
pub(super) fn weights(belief: &Belief<TERMS>) -> Option<Weights> {
    shares(&Factor::ALL.map(|factor| belief.mean[1 + factor as usize]))
}

fn count(cases: usize, examples: &[Example]) -> Counts {
    let how_many = |is: fn(&Example) -> bool| examples.iter().filter(|example| is(example)).count();
    Counts {
        cases,
        outcomes: how_many(|one| one.label.is_outcome),
        good: how_many(|one| one.label.is_outcome && one.label.is_good()),
        bad: how_many(|one| one.label.is_outcome && !one.label.is_good()),
        reactions: how_many(|one| !one.label.is_outcome),
        silent: cases - examples.len(),
    }
}

fn too_little(counts: &Counts) -> Option<Refusal> {
    let missing = |have: usize, need: usize| need.checked_sub(have).filter(|&missing| missing > 0);
    missing(counts.outcomes, LEAST_OUTCOMES)
        .map(|missing| Refusal::TooFewOutcomes { missing })
        .or_else(|| missing(counts.good, LEAST_OF_A_KIND).map(|missing| Refusal::TooFewGood { missing }))
        .or_else(|| missing(counts.bad, LEAST_OF_A_KIND).map(|missing| Refusal::TooFewBad { missing }))
}

fn decide(trial: &Trial) -> Decision {
    if trial.candidate.weights == trial.incumbent.weights {
        return Decision::Keep(Refusal::NothingNew);
    }
    let gain = trial.gain;
    if gain.mean > 0.0 && gain.mean >= CLEARLY * gain.standard_error {
        Decision::Promote
    } else {
        Decision::Keep(Refusal::NotClearlyBetter)
    }
}
