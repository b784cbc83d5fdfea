//! Bayesian logistic regression: what to believe of the coefficients after some examples, starting from what was
//! believed before them. The most probable coefficients, by Newton's method; none but the intercept falls below 0.

use super::{
    odds::loss,
    quadratic::{dot, lowest, widths},
};
use crate::matching::engine::{FACTORS, level::chance};

/// The intercept and a coefficient for each factor.
pub(super) const TERMS: usize = FACTORS + 1;

/// Steps that Newton's method may take; it needs about six.
const MOST_STEPS: u32 = 100;

/// One example: what is known of it after a 1 for the intercept, how it went, how much that counts.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row<const N: usize> {
    pub known: [f64; N],
    pub label: f64,
    pub weight: f64,
}

/// What is believed of coefficients: each bell-shaped around a mean. The first is the intercept.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Belief<const N: usize> {
    pub mean: [f64; N],
    pub sd: [f64; N],
}

impl<const N: usize> Belief<N> {
    /// What to believe after these examples. There is always exactly one answer: the prior keeps the bowl round even
    /// without examples or when all went the same way.
    pub fn after(&self, rows: &[Row<N>]) -> Self {
        let mut at = self.mean;
        for _ in 0..MOST_STEPS {
            let (gradient, curvature) = self.shape(rows, &at);
            let step = lowest(&curvature, &gradient, &floor(&at));
            let promised = -dot(&gradient, &step);
            if promised < 1e-12 {
                break;
            }
            at = self.downhill(rows, &at, &step, promised);
        }
        Self { mean: at, sd: widths(&self.shape(rows, &at).1).map(f64::sqrt) }
    }

    /// The whole step, or the largest half, quarter … that keeps a fair part of what it promised. Near the end promises
    /// are smaller than the rounding of a sum over many rows, and no sum may be asked whether they were kept.
    fn downhill(&self, rows: &[Row<N>], at: &[f64; N], step: &[f64; N], promised: f64) -> [f64; N] {
        let before = self.cost(rows, at);
        let rounding = 1e-12 * before;
        let mut share = 1.0;
        loop {
            let mut to = *at;
            to.iter_mut().zip(step).for_each(|(to, step)| *to += share * step);
            if self.cost(rows, &to) <= before - 1e-4 * share * promised + rounding || share < 1e-9 {
                return to;
            }
            share /= 2.0;
        }
    }

    /// How badly coefficients fit the examples and the belief.
    fn cost(&self, rows: &[Row<N>], at: &[f64; N]) -> f64 {
        let misfit: f64 = rows.iter().map(|row| row.weight * loss(dot(&row.known, at), row.label)).sum();
        let surprise: f64 = (0..N).map(|k| ((at[k] - self.mean[k]) / self.sd[k]).powi(2) / 2.0).sum();
        misfit + surprise
    }

    /// Slope and curvature of the cost.
    fn shape(&self, rows: &[Row<N>], at: &[f64; N]) -> ([f64; N], [[f64; N]; N]) {
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

/// How far each coefficient may still fall.
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

    fn rows(count: usize, planted: [f64; 3], seed: u64) -> Vec<Row<3>> {
        let mut random = Random::new(seed);
        let mut share = || f64::from(random.below(1_000_000)) / 1e6;
        (0..count)
            .map(|_| {
                let known = [1.0, share() - 0.5, share() - 0.5];
                let label = if share() < chance(dot(&known, &planted)) { 1.0 } else { 0.0 };
                Row { known, label, weight: 1.0 }
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
    fn no_coefficient_turns_around() {
        let after = PRIOR.after(&rows(5_000, [0.0, -3.0, 2.0], 4));
        assert!(after.mean[1].abs() < 1e-12, "{after:?}");
        assert!((after.mean[2] - 2.0).abs() < 0.3, "{after:?}");
    }

    /// At the lowest point every slope is level, or points into the floor that the coefficient stands on.
    fn has_arrived(rows: &[Row<3>]) -> bool {
        let at = PRIOR.after(rows).mean;
        let (slope, _) = PRIOR.shape(rows, &at);
        (0..3).all(|k| slope[k].abs() < 1e-4 || (k > 0 && at[k] <= 0.0 && slope[k] > 0.0))
    }

    #[test]
    fn it_always_arrives() {
        let mut random = Random::new(6);
        for seed in 0..300 {
            let planted = [(); 3].map(|()| f64::from(random.bell()) / 100.0);
            let many = rows(random.index(200), planted, seed);
            assert!(has_arrived(&many), "{planted:?} {seed}");
            let weighty: Vec<_> = many.iter().map(|row| Row { weight: 1e6, ..*row }).collect();
            assert!(PRIOR.after(&weighty).mean.iter().all(|mean| mean.is_finite()), "{planted:?} {seed}");
        }
    }

    #[test]
    fn it_arrives_even_when_all_went_well() {
        let all_well: Vec<_> = rows(300, [9.0, 0.0, 0.0], 5).into_iter().map(|row| Row { label: 1.0, ..row }).collect();
        assert!(has_arrived(&all_well));
    }
}
