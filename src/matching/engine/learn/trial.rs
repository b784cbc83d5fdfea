//! Compares the learnt weights with the weights in use, under the same conditions: both predict the same outcomes,
//! which neither has used, and both start with the same prior of the curve.
//!
//! Weights in use that were learnt earlier have used most of these outcomes. That favours them, so that a model is not
//! replaced after every few new outcomes.

use super::{
    cross_validation::{CrossValidation, Prediction},
    curve::line,
    fit::{Belief, TERMS},
    learner::Learner,
    quadratic::dot,
    sample::Example,
    verdict::{Change, EvaluatedWeights, Gain, Trial},
};
use crate::matching::engine::{FACTORS, Factor, Weights};
use crate::number::in_parts;

/// Compares the weights learnt from these examples with the weights in use. `None`: no factor counts.
pub(super) fn trial(learner: &Learner, examples: &[Example]) -> Option<Trial> {
    let belief = learner.belief(&examples.iter().collect::<Vec<_>>());
    let learnt = belief.weights()?;
    let old = CrossValidation::of(examples, |rest| incumbent(learner, rest));
    let new = CrossValidation::of(examples, |rest| candidate(learner, rest));
    let (mean, standard_error) = old.gain_of(&new);
    Some(Trial {
        incumbent: evaluated(learner.incumbent, &old),
        candidate: evaluated(learnt, &new),
        gain: Gain { mean, standard_error },
        changes: changes(learner, &learnt, &belief),
    })
}

/// The weights in use, with a line through these outcomes. Reactions are not used: the line would follow which
/// suggestions are accepted, but it should predict which pairs end well.
fn incumbent(learner: &Learner, examples: &[&Example]) -> impl Fn(&Example) -> Prediction + use<> {
    let weights = learner.incumbent;
    let outcomes = examples.iter().filter(|example| example.label.is_outcome);
    let line = line(&outcomes.map(|one| one.point(one.score(&weights))).collect::<Vec<_>>());
    move |example| {
        let score = example.score(&weights);
        Prediction { score, log_odds: line.log_odds(score) }
    }
}

/// The weights learnt from these examples.
fn candidate(learner: &Learner, examples: &[&Example]) -> impl Fn(&Example) -> Prediction + use<> {
    let belief = learner.belief(examples);
    let weights = belief.weights().unwrap_or(learner.incumbent);
    move |example| Prediction { score: example.score(&weights), log_odds: dot(&example.row().known, &belief.mean) }
}

fn evaluated(weights: Weights, cross_validation: &CrossValidation<'_>) -> EvaluatedWeights {
    EvaluatedWeights {
        weights,
        curve: cross_validation.curve(),
        log_loss: cross_validation.log_loss(),
        calibration_error: cross_validation.calibration_error(),
    }
}

fn changes(learner: &Learner, learnt: &Weights, belief: &Belief<TERMS>) -> [Change; FACTORS] {
    let prior = learner.prior();
    Factor::ALL.map(|factor| {
        let term = 1 + factor as usize;
        let doubt_left = (belief.sd[term] / prior.sd[term]).powi(2).min(1.0);
        let learnt_percent = u8::try_from(in_parts(1.0 - doubt_left, 100)).unwrap_or(100);
        Change { factor, from: learner.incumbent.of(factor), to: learnt.of(factor), learnt_percent }
    })
}
