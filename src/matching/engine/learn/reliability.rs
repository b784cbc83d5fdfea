//! Whether forecasts mean what they say: of the pairs given 70 %, do seven in ten do well?

/// Into how many groups of about equal size forecasts are parted.
const GROUPS: usize = 10;

/// A chance that was foretold, and what happened.
#[derive(Debug, Clone, Copy)]
pub(super) struct Forecast {
    pub chance: f64,
    pub label: f64,
    pub weight: f64,
}

/// The expected calibration error: by how much forecasts and outcomes of the same group differ on average, 0 to 1.
pub(super) fn calibration_error(forecasts: &[Forecast]) -> f64 {
    let mut sorted: Vec<&Forecast> = forecasts.iter().collect();
    sorted.sort_by(|a, b| a.chance.total_cmp(&b.chance));
    let size = sorted.len().div_ceil(GROUPS).max(1);
    let (mut error, mut rest) = (0.0, sorted.as_slice());
    while let Some(last) = rest.get(size - 1).or(rest.last()) {
        // Equal forecasts stay together: which of them came first is nobody's merit.
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
    fn boasting_by_a_tenth_is_off_by_a_tenth() {
        assert!((calibration_error(&forecasts(|truth| truth + 0.1)) - 0.1).abs() < 0.01);
        let always_half = calibration_error(&forecasts(|_| 0.5));
        assert!(always_half < 0.01, "says nothing, but nothing wrong: {always_half}");
    }
}
