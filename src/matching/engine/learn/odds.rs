//! The error of a forecast.

/// Log loss in nats: 0 for a certain and right forecast, ln 2 for a chance of 50 %.
///
/// It is −label · ln p − (1 − label) · ln(1 − p), written so that nothing overflows.
pub(super) fn loss(log_odds: f64, label: f64) -> f64 {
    log_odds.max(0.0) - label * log_odds + (-log_odds.abs()).exp().ln_1p()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matching::engine::level::chance;

    #[test]
    fn the_loss_is_the_logarithm_of_the_chance() {
        for log_odds in [-3.0, -0.1, 0.0, 2.5] {
            assert!((loss(log_odds, 1.0) + chance(log_odds).ln()).abs() < 1e-12);
            assert!((loss(log_odds, 0.0) + (1.0 - chance(log_odds)).ln()).abs() < 1e-12);
        }
        assert!(loss(1e6, 1.0).abs() < 1e-12 && loss(-1e6, 1.0) > 9e5);
    }
}
