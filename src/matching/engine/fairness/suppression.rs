//! Which groups nothing is told of.

/// Nothing is told of fewer people.
pub const LEAST_PEOPLE: usize = 20;

/// A number of people is told at most so far from what it is.
pub const MOST_OFF: usize = 4;

/// For each group, by its size as it is told, whether nothing is told of it.
///
/// Hidden are those that may be too small, and then the smallest of the others until the hidden are at least two groups
/// and surely [`LEAST_PEOPLE`] people: what is left when the groups shown are taken from the whole is a group like any
/// other. An empty group is one too small: else the groups beside it would tell whether somebody is in it.
#[must_use]
pub fn hidden(told: &[usize]) -> Vec<bool> {
    let sizes: Vec<usize> = told.iter().map(|size| size.saturating_sub(MOST_OFF)).collect();
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
        assert_eq!(hidden(&[23, 500, 30]), [true, false, true], "one small group takes the next smallest along");
        assert_eq!(hidden(&[15, 500, 15]), [true, false, true], "two small groups hide each other");
        assert_eq!(hidden(&[3, 500, 4, 30]), [true, false, true, true], "seven people are no crowd to hide in");
        assert_eq!(hidden(&[3, 500]), [true; 2]);
        assert_eq!((hidden(&[]), hidden(&[5]), hidden(&[50])), (vec![], vec![true], vec![false]));
    }

    #[test]
    fn nobody_is_hidden_like_one_person() {
        for other in [0, 1, 5, 20] {
            assert_eq!(hidden(&[0, 500, 30]), hidden(&[other, 500, 30]));
            assert_eq!(hidden(&[0, 500]), hidden(&[other, 500]));
            assert_eq!(hidden(&[0]), hidden(&[other]));
        }
    }

    #[test]
    fn what_is_left_over_is_never_a_small_group() {
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
