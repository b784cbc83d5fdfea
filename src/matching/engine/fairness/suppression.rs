//! Which groups nothing is told of.

/// Nothing is told of fewer people.
pub const LEAST_PEOPLE: usize = 20;

/// For each group, by its size, whether nothing is told of it.
///
/// Hidden are those too small, and then the smallest of the others until the hidden are at least two groups and at least
/// [`LEAST_PEOPLE`] people: what is left when the groups shown are taken from the whole is a group like any other. An
/// empty group has nothing to hide.
pub(super) fn hidden(sizes: &[usize]) -> Vec<bool> {
    let mut order: Vec<usize> = (0..sizes.len()).filter(|&group| sizes[group] > 0).collect();
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
        assert_eq!(hidden(&[20, 500, 30]), [false; 3]);
        assert_eq!(hidden(&[19, 500, 30]), [true, false, true], "one small group takes the next smallest along");
        assert_eq!(hidden(&[15, 500, 15]), [true, false, true], "two small groups hide each other");
        assert_eq!(hidden(&[3, 500, 4, 30]), [true, false, true, true], "seven people are no crowd to hide in");
        assert_eq!(hidden(&[3, 500]), [true; 2]);
        assert_eq!(hidden(&[0, 500, 30]), [false; 3]);
        assert_eq!((hidden(&[]), hidden(&[5])), (vec![], vec![true]));
    }

    #[test]
    fn what_is_left_over_is_never_a_small_group() {
        let mut random = Random::new(9);
        for _ in 0..5_000 {
            let sizes: Vec<usize> = (0..random.below(6)).map(|_| 1 + random.index(60)).collect();
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
