//! Ten-fold cross-validation: every outcome is predicted by weights from cases that do not contain it.
//!
//! The cases are divided into folds several times, and the mean counts. One division alone depends too much on luck: it
//! would promote weights that are not better about half as often again.

use super::{
    curve::Curve,
    odds::loss,
    reliability::{Forecast, calibration_error},
    sample::{DEALS, Example, FOLDS, Point},
};

/// The prediction for one pair.
#[derive(Debug, Clone, Copy)]
pub(super) struct Prediction {
    pub score: u16,
    pub log_odds: f64,
}

/// The predictions of all outcomes, in the order of the examples.
pub(super) struct CrossValidation<'a> {
    outcomes: Vec<&'a Example>,
    /// The loss of each outcome, averaged over the divisions.
    losses: Vec<f64>,
    /// The predictions of the first division.
    predictions: Vec<Prediction>,
}

impl<'a> CrossValidation<'a> {
    /// `made_from` learns from nine tenths of the cases. Only outcomes are predicted: the answers to suggestions help
    /// to learn, but they are not what the weights should predict.
    pub fn of<G: Fn(&Example) -> Prediction>(examples: &'a [Example], made_from: impl Fn(&[&Example]) -> G) -> Self {
        let outcomes: Vec<&Example> = examples.iter().filter(|example| example.label.is_outcome).collect();
        let deals: [Vec<Prediction>; DEALS] =
            std::array::from_fn(|deal| predictions(examples, &outcomes, deal, &made_from));
        let mean_loss = |(i, one): (usize, &&Example)| {
            let sum: f64 = deals.iter().map(|predictions| loss(predictions[i].log_odds, one.label.value)).sum();
            #[expect(clippy::cast_precision_loss, reason = "a handful")]
            let count = DEALS as f64;
            sum / count
        };
        let losses = outcomes.iter().enumerate().map(mean_loss).collect();
        let [predictions, ..] = deals;
        Self { outcomes, losses, predictions }
    }

    /// The mean loss.
    pub fn log_loss(&self) -> f64 {
        self.mean(&self.losses)
    }

    /// By how much the mean loss of `other` is smaller, and the standard error of that.
    pub fn gain_of(&self, other: &Self) -> (f64, f64) {
        let gains: Vec<f64> = self.losses.iter().zip(&other.losses).map(|(mine, others)| mine - others).collect();
        let mean = self.mean(&gains);
        let spread: f64 =
            self.outcomes.iter().zip(&gains).map(|(one, gain)| (one.label.weight * (gain - mean)).powi(2)).sum();
        (mean, spread.sqrt() / self.whole())
    }

    /// The curve through the scores of predicted pairs. Scores of the examples that were learnt from would give a curve
    /// that is too steep.
    pub fn curve(&self) -> Curve {
        Curve::through(&self.points(|_| true), self.outcomes.len())
    }

    /// The calibration error of a curve through the other folds.
    pub fn calibration_error(&self) -> f64 {
        let curves: [Curve; FOLDS] = std::array::from_fn(|fold| {
            Curve::through(&self.points(|example| example.folds[0] != fold), self.outcomes.len())
        });
        let forecasts = self.outcomes.iter().zip(&self.predictions).map(|(one, prediction)| Forecast {
            chance: curves[one.folds[0]].chance(prediction.score),
            label: one.label.value,
            weight: one.label.weight,
        });
        calibration_error(&forecasts.collect::<Vec<_>>())
    }

    fn points(&self, are: impl Fn(&Example) -> bool) -> Vec<Point> {
        let chosen = self.outcomes.iter().zip(&self.predictions).filter(|(one, _)| are(one));
        chosen.map(|(one, prediction)| one.point(prediction.score)).collect()
    }

    fn mean(&self, of: &[f64]) -> f64 {
        self.outcomes.iter().zip(of).map(|(one, value)| one.label.weight * value).sum::<f64>() / self.whole()
    }

    fn whole(&self) -> f64 {
        self.outcomes.iter().map(|one| one.label.weight).sum()
    }
}

fn predictions<G: Fn(&Example) -> Prediction>(
    examples: &[Example],
    outcomes: &[&Example],
    deal: usize,
    made_from: impl Fn(&[&Example]) -> G,
) -> Vec<Prediction> {
    let contenders: [G; FOLDS] = std::array::from_fn(|fold| {
        let rest: Vec<&Example> = examples.iter().filter(|example| example.folds[deal] != fold).collect();
        made_from(&rest)
    });
    outcomes.iter().map(|one| contenders[one.folds[deal]](one)).collect()
}
