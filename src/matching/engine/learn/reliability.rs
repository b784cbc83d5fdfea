//! Whether forecasts are calibrated: of the pairs with a forecast of 70 %, do seven in ten do well?

/// Number of groups of about equal size.
const GROUPS: usize = 10;

/// A predicted chance and the result.
#[derive(Debug, Clone, Copy)]
pub(super) struct Forecast {
    pub chance: f64,
    pub label: f64,
    pub weight: f64,
}

/// The expected calibration error: the mean difference between forecasts and results of a group, 0 to 1.
pub(super) fn calibration_error(forecasts: &[Forecast]) -> f64 {
    let mut sorted: Vec<&Forecast> = forecasts.iter().collect();
    sorted.sort_by(|a, b| a.chance.total_cmp(&b.chance));
    let size = sorted.len().div_ceil(GROUPS).max(1);
    let (mut error, mut rest) = (0.0, sorted.as_slice());
    while let Some(last) = rest.get(size - 1).or(rest.last()) {
        // Equal forecasts stay in one group, because their order has no meaning.
        let end = rest.partition_point(|forecast| forecast.chance <= last.chance);
        error += rest[..end].iter().map(|f| f.weight * (f.chance - f.label)).sum::<f64>().abs();
        rest = &rest[end..];
    }
    let whole: f64 = sorted.iter().map(|forecast| forecast.weight).sum();
    if whole > 0.0 { error / whole } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matching::engine::random::Random;

    fn forecasts(said: impl Fn(f64) -> f64) -> Vec<Forecast> {
        let mut random = Random::new(31);
        let mut share = || f64::from(random.below(1_000_000)) / 1e6;
        (0..50_000)
            .map(|_| {
                let truth = share();
                let label = if share() < truth { 1.0 } else { 0.0 };
                Forecast { chance: said(truth), label, weight: 1.0 }
            })
            .collect()
    }

    #[test]
    fn a_perfect_forecaster_is_not_off() {
        assert!(calibration_error(&forecasts(|truth| truth)) < 0.01);
        assert!(calibration_error(&[]).abs() < 1e-12);
    }

    #[test]
    fn forecasts_too_high_by_a_tenth_are_off_by_a_tenth() {
        assert!((calibration_error(&forecasts(|truth| truth + 0.1)) - 0.1).abs() < 0.01);
        let always_half = calibration_error(&forecasts(|_| 0.5));
        assert!(always_half < 0.01, "a forecast of 50 % is useless but calibrated: {always_half}");
    }
}
