//! The weights learnt against those in use, on even terms: both foretell the same outcomes, neither has seen them, and
//! both believe the same of what a score means before they have seen any.
//!
//! Weights in use that were learnt earlier have seen most of these outcomes after all. That favours them, so that a
//! model is not replaced for every few new outcomes.

use super::{
    curve::line,
    fit::{Belief, TERMS},
    learner::Learner,
    quadratic::dot,
    rehearsal::{Guess, Rehearsal},
    sample::Example,
    verdict::{Change, Contender, Gain, Trial},
};
use crate::matching::engine::{FACTORS, Factor, Weights};
use crate::number::in_parts;

/// The candidate that these examples make against the incumbent; `None` where no factor counts.
pub(super) fn trial(learner: &Learner, examples: &[Example]) -> Option<Trial> {
    let belief = learner.belief(&examples.iter().collect::<Vec<_>>());
    let learnt = belief.weights()?;
    let old = Rehearsal::of(examples, |rest| incumbent(learner, rest));
    let new = Rehearsal::of(examples, |rest| candidate(learner, rest));
    let (mean, standard_error) = old.gain_of(&new);
    Some(Trial {
        incumbent: contender(learner.incumbent, &old),
        candidate: contender(learnt, &new),
        gain: Gain { mean, standard_error },
        changes: changes(learner, &learnt, &belief),
    })
}

/// The weights in use, with what their scores mean after these outcomes. Reactions are left aside: they would bend the
/// line towards what is accepted, and it is asked for what ends well.
fn incumbent(learner: &Learner, examples: &[&Example]) -> impl Fn(&Example) -> Guess + use<> {
    let weights = learner.incumbent;
    let outcomes = examples.iter().filter(|example| example.label.is_outcome);
    let line = line(&outcomes.map(|one| one.point(one.score(&weights))).collect::<Vec<_>>());
    move |example| {
        let score = example.score(&weights);
        Guess { score, log_odds: line.log_odds(score) }
    }
}

/// What these examples teach.
fn candidate(learner: &Learner, examples: &[&Example]) -> impl Fn(&Example) -> Guess + use<> {
    let belief = learner.belief(examples);
    let weights = belief.weights().unwrap_or(learner.incumbent);
    move |example| Guess { score: example.score(&weights), log_odds: dot(&example.row().known, &belief.mean) }
}

fn contender(weights: Weights, rehearsal: &Rehearsal<'_>) -> Contender {
    Contender {
        weights,
        curve: rehearsal.curve(),
        log_loss: rehearsal.log_loss(),
        calibration_error: rehearsal.calibration_error(),
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
