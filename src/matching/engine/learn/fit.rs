//! Bayesian logistic regression: from a prior of the coefficients and examples to the most probable coefficients, by
//! Newton's method. Only the intercept may be below 0.

use super::{
    odds::loss,
    quadratic::{dot, lowest, widths},
};
use crate::matching::engine::{FACTORS, level::chance};

/// The intercept and a coefficient for each factor.
pub(super) const TERMS: usize = FACTORS + 1;

/// Largest number of Newton steps. About six are needed.
const MAX_STEPS: u32 = 100;

/// One example: a 1 for the intercept and the features, the label, and the weight.
#[derive(Debug, Clone, Copy)]
pub(super) struct TrainingRow<const N: usize> {
    pub known: [f64; N],
    pub label: f64,
    pub weight: f64,
}

/// A distribution of the coefficients: each is normal, with a mean and a standard deviation. The first is the
/// intercept.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Belief<const N: usize> {
    pub mean: [f64; N],
    pub sd: [f64; N],
}

impl<const N: usize> Belief<N> {
    /// The distribution after these examples. There is always exactly one solution: with the prior the cost is strictly
    /// convex, even without examples or if all have the same label.
    pub fn after(&self, rows: &[TrainingRow<N>]) -> Self {
        let mut at = self.mean;
        for _ in 0..MAX_STEPS {
            let (gradient, curvature) = self.shape(rows, &at);
            let step = lowest(&curvature, &gradient, &floor(&at));
            let expected = -dot(&gradient, &step);
            if expected < 1e-12 {
                break;
            }
            at = self.downhill(rows, &at, &step, expected);
        }
        Self { mean: at, sd: widths(&self.shape(rows, &at).1).map(f64::sqrt) }
    }

    /// Line search: the whole step, or the largest half, quarter … that lowers the cost enough. Near the end the
    /// expected decrease is smaller than the rounding error of the sum, so the check allows for rounding.
    fn downhill(&self, rows: &[TrainingRow<N>], at: &[f64; N], step: &[f64; N], expected: f64) -> [f64; N] {
        let before = self.cost(rows, at);
        let rounding = 1e-12 * before;
        let mut share = 1.0;
        loop {
            let mut to = *at;
            to.iter_mut().zip(step).for_each(|(to, step)| *to += share * step);
            if self.cost(rows, &to) <= before - 1e-4 * share * expected + rounding || share < 1e-9 {
                return to;
            }
            share /= 2.0;
        }
    }

    /// The cost: how badly coefficients fit the examples and the prior.
    fn cost(&self, rows: &[TrainingRow<N>], at: &[f64; N]) -> f64 {
        let misfit: f64 = rows.iter().map(|row| row.weight * loss(dot(&row.known, at), row.label)).sum();
        let surprise: f64 = (0..N).map(|k| ((at[k] - self.mean[k]) / self.sd[k]).powi(2) / 2.0).sum();
        misfit + surprise
    }

    /// Gradient and curvature of the cost.
    fn shape(&self, rows: &[TrainingRow<N>], at: &[f64; N]) -> ([f64; N], [[f64; N]; N]) {
        let (mut gradient, mut curvature) = ([0.0; N], [[0.0; N]; N]);
        for k in 0..N {
            let precision = self.sd[k].powi(-2);
            gradient[k] = precision * (at[k] - self.mean[k]);
            curvature[k][k] = precision;
        }
        for row in rows {
            let p = chance(dot(&row.known, at));
            let (error, spread) = (row.weight * (p - row.label), row.weight * p * (1.0 - p));
            for k in 0..N {
                gradient[k] += error * row.known[k];
                let along = spread * row.known[k];
                curvature[k].iter_mut().zip(&row.known).for_each(|(sum, known)| *sum += along * known);
            }
        }
        (gradient, curvature)
    }
}

/// The largest decrease of each coefficient that keeps it at or above 0. The intercept has no limit.
fn floor<const N: usize>(at: &[f64; N]) -> [f64; N] {
    let mut floor = at.map(|coefficient| -coefficient);
    floor[0] = f64::NEG_INFINITY;
    floor
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matching::engine::random::Random;

    const PRIOR: Belief<3> = Belief { mean: [0.0, 1.0, 2.0], sd: [10.0, 0.5, 0.5] };

    fn rows(count: usize, planted: [f64; 3], seed: u64) -> Vec<TrainingRow<3>> {
        let mut random = Random::new(seed);
        let mut share = || f64::from(random.below(1_000_000)) / 1e6;
        (0..count)
            .map(|_| {
                let known = [1.0, share() - 0.5, share() - 0.5];
                let label = if share() < chance(dot(&known, &planted)) { 1.0 } else { 0.0 };
                TrainingRow { known, label, weight: 1.0 }
            })
            .collect()
    }

    #[test]
    fn without_examples_nothing_changes() {
        let after = PRIOR.after(&[]);
        for k in 0..3 {
            assert!((after.mean[k] - PRIOR.mean[k]).abs() < 1e-9 && (after.sd[k] - PRIOR.sd[k]).abs() < 1e-9);
        }
    }

    #[test]
    fn much_data_recovers_what_was_planted() {
        let planted = [0.4, 3.0, 0.7];
        let after = PRIOR.after(&rows(40_000, planted, 3));
        assert!((0..3).all(|k| (after.mean[k] - planted[k]).abs() < 0.15), "{after:?}");
        assert!((0..3).all(|k| after.sd[k] < 0.06), "{after:?}");
    }

    #[test]
    fn no_coefficient_becomes_negative() {
        let after = PRIOR.after(&rows(5_000, [0.0, -3.0, 2.0], 4));
        assert!(after.mean[1].abs() < 1e-12, "{after:?}");
        assert!((after.mean[2] - 2.0).abs() < 0.3, "{after:?}");
    }

    /// At the minimum each slope is 0, or the coefficient is 0 and the slope points below 0.
    fn has_converged(rows: &[TrainingRow<3>]) -> bool {
        let at = PRIOR.after(rows).mean;
        let (slope, _) = PRIOR.shape(rows, &at);
        (0..3).all(|k| slope[k].abs() < 1e-4 || (k > 0 && at[k] <= 0.0 && slope[k] > 0.0))
    }

    #[test]
    fn it_always_converges() {
        let mut random = Random::new(6);
        for seed in 0..300 {
            let planted = [(); 3].map(|()| f64::from(random.normal()) / 100.0);
            let many = rows(random.index(200), planted, seed);
            assert!(has_converged(&many), "{planted:?} {seed}");
            let weighty: Vec<_> = many.iter().map(|row| TrainingRow { weight: 1e6, ..*row }).collect();
            assert!(PRIOR.after(&weighty).mean.iter().all(|mean| mean.is_finite()), "{planted:?} {seed}");
        }
    }

    #[test]
    fn it_converges_even_if_all_went_well() {
        let all_well: Vec<_> =
            rows(300, [9.0, 0.0, 0.0], 5).into_iter().map(|row| TrainingRow { label: 1.0, ..row }).collect();
        assert!(has_converged(&all_well));
    }
}
