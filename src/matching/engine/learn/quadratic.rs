//! The minimum of a convex quadratic function with lower limits.

/// Largest number of rounds. Badly conditioned problems need some hundreds.
const MAX_ROUNDS: u32 = 20_000;

/// The step that minimises `gradient · step + ½ step · curvature · step`, with no coordinate below its floor.
///
/// Coordinate descent: `curvature` is symmetric and positive definite, so it always converges to the only minimum.
pub(super) fn lowest<const N: usize>(curvature: &[[f64; N]; N], gradient: &[f64; N], floor: &[f64; N]) -> [f64; N] {
    let mut step = [0.0; N];
    for _ in 0..MAX_ROUNDS {
        let mut moved = 0.0_f64;
        for k in 0..N {
            let slope = gradient[k] + dot(&curvature[k], &step);
            let to = (step[k] - slope / curvature[k][k]).max(floor[k]);
            moved = moved.max((to - step[k]).abs());
            step[k] = to;
        }
        if moved < 1e-13 {
            break;
        }
    }
    step
}

/// The diagonal of the inverse of a curvature: the variance of each coordinate.
pub(super) fn widths<const N: usize>(curvature: &[[f64; N]; N]) -> [f64; N] {
    let mut widths = [0.0; N];
    for (k, width) in widths.iter_mut().enumerate() {
        let mut pull = [0.0; N];
        pull[k] = -1.0;
        *width = lowest(curvature, &pull, &[f64::NEG_INFINITY; N])[k];
    }
    widths
}

pub(super) fn dot<const N: usize>(a: &[f64; N], b: &[f64; N]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOWL: [[f64; 2]; 2] = [[2.0, 1.0], [1.0, 3.0]];

    #[test]
    fn the_lowest_point_solves_the_equations() {
        let step = lowest(&BOWL, &[-4.0, -7.0], &[f64::NEG_INFINITY; 2]);
        assert!((step[0] - 1.0).abs() < 1e-9 && (step[1] - 2.0).abs() < 1e-9, "{step:?}");
    }

    #[test]
    fn at_a_lower_limit_the_other_coordinate_is_optimal() {
        let step = lowest(&BOWL, &[5.0, -7.0], &[0.0; 2]);
        assert!(step[0].abs() < 1e-9 && (step[1] - 7.0 / 3.0).abs() < 1e-9, "{step:?}");
    }

    #[test]
    fn the_widths_are_those_of_the_inverse() {
        let widths = widths(&BOWL);
        assert!((widths[0] - 0.6).abs() < 1e-9 && (widths[1] - 0.4).abs() < 1e-9, "{widths:?}");
    }
}
