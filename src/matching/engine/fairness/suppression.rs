//! Which groups are withheld.

/// Figures about fewer people than this are withheld.
pub const LEAST_PEOPLE: usize = 20;

/// Largest difference between a rounded number of people and the exact one.
pub const MOST_OFF: usize = 4;

/// For each group, by its rounded size, whether it is hidden.
///
/// Groups that may be too small are hidden, and then the smallest of the others, until at least two groups with
/// together at least [`LEAST_PEOPLE`] people are hidden. Then the total minus the visible groups reveals no small
/// group. An empty group is hidden too: otherwise the other groups would reveal whether it is empty.
#[must_use]
pub fn hidden(rounded: &[usize]) -> Vec<bool> {
    let sizes: Vec<usize> = rounded.iter().map(|size| size.saturating_sub(MOST_OFF)).collect();
    let mut order: Vec<usize> = (0..sizes.len()).collect();
    order.sort_by_key(|&group| sizes[group]);
    let mut hidden = vec![false; sizes.len()];
    let (mut groups, mut people) = (0, 0);
    for group in order {
        let is_enough = groups == 0 || (groups > 1 && people >= LEAST_PEOPLE);
        if sizes[group] >= LEAST_PEOPLE && is_enough {
            break;
        }
        hidden[group] = true;
        groups += 1;
        people += sizes[group];
    }
    hidden
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matching::engine::random::Random;

    #[test]
    fn small_groups_are_hidden_and_never_one_alone() {
        assert_eq!(hidden(&[24, 500, 30]), [false; 3]);
        assert_eq!(hidden(&[23, 500, 30]), [true, false, true], "a small group hides the next smallest one");
        assert_eq!(hidden(&[15, 500, 15]), [true, false, true], "two small groups hide each other");
        assert_eq!(hidden(&[3, 500, 4, 30]), [true, false, true, true], "seven people are too few to hide");
        assert_eq!(hidden(&[3, 500]), [true; 2]);
        assert_eq!((hidden(&[]), hidden(&[5]), hidden(&[50])), (vec![], vec![true], vec![false]));
    }

    #[test]
    fn an_empty_group_is_hidden_like_a_small_one() {
        for other in [0, 1, 5, 20] {
            assert_eq!(hidden(&[0, 500, 30]), hidden(&[other, 500, 30]));
            assert_eq!(hidden(&[0, 500]), hidden(&[other, 500]));
            assert_eq!(hidden(&[0]), hidden(&[other]));
        }
    }

    #[test]
    fn the_hidden_groups_are_never_a_small_group() {
        let mut random = Random::new(9);
        for _ in 0..5_000 {
            let sizes: Vec<usize> = (0..random.below(6)).map(|_| random.index(60)).collect();
            let hidden = hidden(&sizes);
            let left: Vec<usize> =
                sizes.iter().zip(&hidden).filter(|(_, hidden)| **hidden).map(|(size, _)| *size).collect();
            let is_safe =
                left.is_empty() || left.len() == sizes.len() || (left.len() > 1 && left.iter().sum::<usize>() >= 20);
            assert!(is_safe, "{sizes:?} {hidden:?}");
            assert!(sizes.iter().zip(&hidden).all(|(size, hidden)| *size >= 20 || *hidden), "{sizes:?} {hidden:?}");
        }
    }
}
