//! From numbers to weights that add up to exactly 10 000.

use crate::matching::engine::{
    Factor, Weights,
    weights::{FACTORS, WHOLE},
};

/// Weights in these proportions. Each is rounded down, and the missing points go to the largest remainders, then to the
/// first factors. `None`: no number is above 0.
pub(super) fn shares(of: &[f64; FACTORS]) -> Option<Weights> {
    let sum: f64 = of.iter().sum();
    if sum <= 0.0 {
        return None;
    }
    let exact = of.map(|part| part / sum * f64::from(WHOLE));
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and a whole")]
    let mut weights = exact.map(|part| part.floor() as u16);
    let mut order = Factor::ALL.map(|factor| factor as usize);
    order.sort_by(|&a, &b| exact[b].fract().total_cmp(&exact[a].fract()));
    let missing = WHOLE.saturating_sub(weights.iter().sum());
    order.iter().take(usize::from(missing)).for_each(|&k| weights[k] += 1);
    Weights::new(weights).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matching::engine::random::Random;

    #[test]
    fn weights_are_their_own_shares() {
        let first = Weights::default();
        let parts = Factor::ALL.map(|factor| 6.0 * f64::from(first.of(factor)) / f64::from(WHOLE));
        assert_eq!(shares(&parts), Some(first));
    }

    #[test]
    fn whatever_the_numbers_the_weights_are_whole() {
        let mut random = Random::new(11);
        for _ in 0..2_000 {
            let parts = [(); FACTORS].map(|()| f64::from(random.below(1_000) * random.below(2)) / 7.0);
            let sum: f64 = parts.iter().sum();
            match shares(&parts) {
                None => assert!(sum == 0.0),
                Some(weights) => Factor::ALL.iter().zip(parts).for_each(|(&factor, part)| {
                    assert!((f64::from(weights.of(factor)) - part / sum * 1e4).abs() < 1.0);
                }),
            }
        }
    }
}
