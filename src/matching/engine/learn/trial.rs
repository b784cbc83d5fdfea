//! Ten-fold cross-validation: each contender foretells every outcome from cases that do not contain it.

use super::{
    curve::{Curve, Point, line},
    fit::{Belief, TERMS},
    learner::{Learner, weights},
    odds::loss,
    reliability::{Forecast, calibration_error},
    sample::{Example, FOLDS},
    verdict::{Change, Contender, Gain, Trial},
};
use crate::matching::engine::{Factor, Weights};

/// The candidate that these examples make against the incumbent; `None` where no factor counts.
pub(super) fn trial(learner: &Learner, examples: &[Example]) -> Option<Trial> {
    let all: Vec<&Example> = examples.iter().collect();
    let belief = learner.belief(&all);
    let learnt = weights(&belief)?;
    let guesses = guesses(examples, |_| learner.incumbent);
    let incumbent = contender(learner.incumbent, &guesses);
    let better_guesses = self::guesses(examples, |rest| weights(&learner.belief(rest)).unwrap_or(learner.incumbent));
    let candidate = contender(learnt, &better_guesses);
    let gain = gain(&guesses, &better_guesses);
    Some(Trial { incumbent, candidate, gain, changes: changes(learner, &learnt, &belief) })
}

/// What a contender made of one outcome that it had not seen.
struct Guess {
    fold: u32,
    point: Point,
    loss: f64,
}

/// Weights and the meaning of their scores come from nine tenths, the guesses are about the last. Only outcomes are
/// foretold: how a suggestion was received helps to learn, but is not what matters.
fn guesses(examples: &[Example], weights_from: impl Fn(&[&Example]) -> Weights) -> Vec<Guess> {
    let mut guesses = Vec::new();
    for fold in 0..FOLDS {
        let (held_out, rest): (Vec<_>, Vec<_>) = examples.iter().partition(|example| example.fold == fold);
        let weights = weights_from(&rest);
        let seen: Vec<_> =
            rest.iter().filter(|example| example.label.is_outcome).map(|one| one.point(&weights)).collect();
        let line = line(&seen);
        guesses.extend(held_out.iter().filter(|example| example.label.is_outcome).map(|example| {
            let point = example.point(&weights);
            Guess { fold, point, loss: loss(line.log_odds(point.score), point.label) }
        }));
    }
    guesses
}

fn contender(weights: Weights, guesses: &[Guess]) -> Contender {
    // Scores of pairs not seen: a contender's own examples would make it look surer than it is.
    let points: Vec<_> = guesses.iter().map(|guess| guess.point).collect();
    let losses = guesses.iter().map(|guess| (guess.loss, guess.point.weight));
    Contender {
        weights,
        curve: Curve::through(&points),
        log_loss: mean(losses),
        calibration_error: calibration_error(&forecasts(guesses)),
    }
}

/// What a curve through the other folds says of each outcome.
fn forecasts(guesses: &[Guess]) -> Vec<Forecast> {
    let mut forecasts = Vec::with_capacity(guesses.len());
    for fold in 0..FOLDS {
        let rest: Vec<_> = guesses.iter().filter(|guess| guess.fold != fold).map(|guess| guess.point).collect();
        let curve = Curve::through(&rest);
        forecasts.extend(guesses.iter().filter(|guess| guess.fold == fold).map(|guess| {
            let Point { score, label, weight } = guess.point;
            Forecast { chance: curve.chance(score), label, weight }
        }));
    }
    forecasts
}

fn gain(incumbent: &[Guess], candidate: &[Guess]) -> Gain {
    let differences = || incumbent.iter().zip(candidate).map(|(a, b)| (a.loss - b.loss, a.point.weight));
    let mean = mean(differences());
    let whole: f64 = differences().map(|(_, weight)| weight).sum();
    let spread: f64 = differences().map(|(difference, weight)| (weight * (difference - mean)).powi(2)).sum();
    Gain { mean, standard_error: spread.sqrt() / whole }
}

fn mean(weighted: impl Iterator<Item = (f64, f64)>) -> f64 {
    let (sum, whole) =
        weighted.fold((0.0, 0.0), |(sum, whole), (value, weight)| (sum + value * weight, whole + weight));
    sum / whole
}

fn changes(learner: &Learner, learnt: &Weights, belief: &Belief<TERMS>) -> [Change; 10] {
    let prior = learner.prior();
    Factor::ALL.map(|factor| {
        let k = 1 + factor as usize;
        let doubt_left = (belief.sd[k] / prior.sd[k]).powi(2);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 100")]
        let learnt_percent = ((1.0 - doubt_left) * 100.0).round() as u8;
        Change { factor, from: learner.incumbent.of(factor), to: learnt.of(factor), learnt_percent }
    })
}
