//! How often each mentor is shown. People read suggestions from the top, so mentors who are never there are never
//! asked.

use std::collections::BTreeMap;

/// Exposure of each mentor in these lists, each list best first: Σ 1 / log₂(1 + rank), in the order of `mentors`.
/// People in a list who are not among the mentors are skipped, but keep their rank.
#[must_use]
pub fn exposures<'a, M: Ord + Copy + 'a>(mentors: &[M], lists: impl IntoIterator<Item = &'a [M]>) -> Vec<f64> {
    let mut seen: BTreeMap<M, f64> = mentors.iter().map(|&mentor| (mentor, 0.0)).collect();
    for list in lists {
        for (mentor, rank) in list.iter().zip(1_u32..) {
            if let Some(exposure) = seen.get_mut(mentor) {
                *exposure += 1.0 / (1.0 + f64::from(rank)).log2();
            }
        }
    }
    mentors.iter().map(|mentor| seen[mentor]).collect()
}

/// Gini coefficient of the exposure: 0 if all mentors have the same, near 1 if one has all. `None`: there is no
/// exposure.
#[must_use]
pub fn gini(exposures: &[f64]) -> Option<f64> {
    let mut sorted = exposures.to_vec();
    sorted.sort_by(f64::total_cmp);
    let (mut whole, mut ranked, mut count) = (0.0, 0.0, 0.0);
    for exposure in sorted {
        count += 1.0;
        whole += exposure;
        ranked += count * exposure;
    }
    (whole > 0.0).then(|| (2.0 * ranked / whole - count - 1.0) / count)
}

/// The share of mentors who were never shown. `None`: there are no mentors.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "numbers of people")]
pub fn share_never_shown(exposures: &[f64]) -> Option<f64> {
    let never = exposures.iter().filter(|&&exposure| exposure <= 0.0).count();
    (!exposures.is_empty()).then(|| never as f64 / exposures.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_is_seen_most() {
        let lists: [&[u8]; 3] = [&[1, 2, 3], &[1, 9, 2], &[]];
        let seen = exposures(&[1, 2, 3, 4], lists);
        let expected = [2.0, 1.0 / 3_f64.log2() + 0.5, 0.5, 0.0];
        assert!(seen.iter().zip(expected).all(|(seen, expected)| (seen - expected).abs() < 1e-12), "{seen:?}");
        assert_eq!(share_never_shown(&seen), Some(0.25));
    }

    #[test]
    fn gini_is_0_for_equal_exposure_and_largest_if_one_mentor_has_all() {
        assert!(gini(&[2.5; 7]).unwrap().abs() < 1e-12);
        assert!((gini(&[0.0, 0.0, 0.0, 4.0]).unwrap() - 0.75).abs() < 1e-12);
        assert!((gini(&[3.0, 1.0]).unwrap() - 0.25).abs() < 1e-12, "in any order");
        assert_eq!((gini(&[]), gini(&[0.0; 3]), share_never_shown(&[])), (None, None, None));
    }
}
