//! The input of learning, and what is believed about the factors before and after some outcomes.

use super::{
    fit::{Belief, TERMS},
    sample::Example,
    shares::shares,
};
use crate::matching::engine::{Calibration, Factor, Weights, weights::WHOLE};

/// Prior standard deviation of a coefficient around the first weight, in log-odds over the whole scale of its factor.
const SD: f64 = 0.55;
/// Prior standard deviation of the intercept: wide, but finite, so that it converges even if all pairs went the same
/// way.
const FREE: f64 = 10.0;

/// The input of learning besides the cases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Learner {
    /// The weights before anything is learnt. They are the prior.
    pub first: Weights,
    /// The weights in use.
    pub incumbent: Weights,
    /// Decides how cases are divided into folds.
    pub seed: u64,
}

impl Learner {
    /// The distribution of the coefficients after these examples.
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

impl Belief<TERMS> {
    /// The weights in proportion to the coefficients. `None`: no factor counts.
    pub(super) fn weights(&self) -> Option<Weights> {
        shares(&Factor::ALL.map(|factor| self.mean[1 + factor as usize]))
    }
}
