//! Ten-fold cross-validation: a contender foretells every outcome from cases that do not contain it.
//!
//! The cases are dealt into folds several times, and what counts is the mean. One deal alone is a lottery: it would
//! promote weights that are no better about half as often again.

use super::{
    curve::{Curve, Point},
    odds::loss,
    reliability::{Forecast, calibration_error},
    sample::{DEALS, Example, FOLDS},
};

/// What a contender makes of one pair.
#[derive(Debug, Clone, Copy)]
pub(super) struct Guess {
    pub score: u16,
    pub log_odds: f64,
}

/// How a contender foretold the outcomes, in the order of the examples.
pub(super) struct Rehearsal<'a> {
    outcomes: Vec<&'a Example>,
    /// The loss of each, averaged over the deals.
    losses: Vec<f64>,
    /// The guesses of the first deal.
    guesses: Vec<Guess>,
}

impl<'a> Rehearsal<'a> {
    /// `made_from` makes the contender from nine tenths of the cases. It is asked for outcomes only: how a suggestion
    /// was received may help to learn, yet is not what matters.
    pub fn of<G: Fn(&Example) -> Guess>(examples: &'a [Example], made_from: impl Fn(&[&Example]) -> G) -> Self {
        let outcomes: Vec<&Example> = examples.iter().filter(|example| example.label.is_outcome).collect();
        let deals: [Vec<Guess>; DEALS] = std::array::from_fn(|deal| guesses(examples, &outcomes, deal, &made_from));
        let mean_loss = |(i, one): (usize, &&Example)| {
            let sum: f64 = deals.iter().map(|guesses| loss(guesses[i].log_odds, one.label.value)).sum();
            #[expect(clippy::cast_precision_loss, reason = "a handful")]
            let count = DEALS as f64;
            sum / count
        };
        let losses = outcomes.iter().enumerate().map(mean_loss).collect();
        let [guesses, ..] = deals;
        Self { outcomes, losses, guesses }
    }

    /// The mean loss of an outcome.
    pub fn log_loss(&self) -> f64 {
        self.mean(&self.losses)
    }

    /// The mean of how much less `other` lost, and its standard error.
    pub fn gain_of(&self, other: &Self) -> (f64, f64) {
        let gains: Vec<f64> = self.losses.iter().zip(&other.losses).map(|(mine, others)| mine - others).collect();
        let mean = self.mean(&gains);
        let spread: f64 =
            self.outcomes.iter().zip(&gains).map(|(one, gain)| (one.label.weight * (gain - mean)).powi(2)).sum();
        (mean, spread.sqrt() / self.whole())
    }

    /// The curve through scores of pairs not seen; those of its own examples would make a contender look too sure.
    pub fn curve(&self) -> Curve {
        Curve::through(&self.points(|_| true), self.outcomes.len())
    }

    /// The calibration error of a curve through the other folds.
    pub fn calibration_error(&self) -> f64 {
        let curves: [Curve; FOLDS] = std::array::from_fn(|fold| {
            Curve::through(&self.points(|example| example.folds[0] != fold), self.outcomes.len())
        });
        let forecasts = self.outcomes.iter().zip(&self.guesses).map(|(one, guess)| Forecast {
            chance: curves[one.folds[0]].chance(guess.score),
            label: one.label.value,
            weight: one.label.weight,
        });
        calibration_error(&forecasts.collect::<Vec<_>>())
    }

    fn points(&self, are: impl Fn(&Example) -> bool) -> Vec<Point> {
        let chosen = self.outcomes.iter().zip(&self.guesses).filter(|(one, _)| are(one));
        chosen.map(|(one, guess)| one.point(guess.score)).collect()
    }

    fn mean(&self, of: &[f64]) -> f64 {
        self.outcomes.iter().zip(of).map(|(one, value)| one.label.weight * value).sum::<f64>() / self.whole()
    }

    fn whole(&self) -> f64 {
        self.outcomes.iter().map(|one| one.label.weight).sum()
    }
}

fn guesses<G: Fn(&Example) -> Guess>(
    examples: &[Example],
    outcomes: &[&Example],
    deal: usize,
    made_from: impl Fn(&[&Example]) -> G,
) -> Vec<Guess> {
    let contenders: [G; FOLDS] = std::array::from_fn(|fold| {
        let rest: Vec<&Example> = examples.iter().filter(|example| example.folds[deal] != fold).collect();
        made_from(&rest)
    });
    outcomes.iter().map(|one| contenders[one.folds[deal]](one)).collect()
}
