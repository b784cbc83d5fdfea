//! Tests of stable plans.

use super::brute::plans;
use super::program::Program;
use crate::matching::engine::random::Random;
use crate::matching::engine::round::{Effort, InstanceError, Objective, Rankings, blocking_pairs, plan};

/// Random lists of wishes.
fn lists(own: usize, others: usize, random: &mut Random) -> Vec<Vec<u32>> {
    let mut list = || (0..random.index(4).min(others)).map(|_| random.index(others) as u32).collect();
    (0..own).map(|_| list()).collect()
}

#[test]
fn a_stable_plan_has_no_blocking_pair() {
    let mut random = Random::new(5);
    for seed in 0..300 {
        let program = Program::small(60, 90, &mut random);
        let (n, m) = (program.mentees.len(), program.mentors.len());
        let (mentees, mentors) = (lists(n, m, &mut random), lists(m, n, &mut random));
        let rankings = Rankings { mentees: &mentees, mentors: &mentors };
        let made = plan(&program.instance(), Objective::Stable(rankings), &Effort::default(), seed).unwrap();
        assert!(program.allows(&made.mentors));
        assert_eq!(blocking_pairs(&program.instance(), rankings, &made.mentors), Ok(0));
    }
}

/// All wishes are strict here: every mentee ranks all mentors, and every mentor ranks all mentees.
#[test]
fn of_all_stable_plans_each_mentee_has_the_mentor_wanted_most() {
    let mut random = Random::new(6);
    let order = |len: u32, random: &mut Random| {
        let mut order: Vec<u32> = (0..len).collect();
        (1..order.len()).for_each(|last| order.swap(last, random.index(last + 1)));
        order
    };
    for seed in 0..300 {
        let program = Program::free(4, 3, &mut random);
        let mentees: Vec<_> = (0..4).map(|_| order(3, &mut random)).collect();
        let mentors: Vec<_> = (0..3).map(|_| order(4, &mut random)).collect();
        let rankings = Rankings { mentees: &mentees, mentors: &mentors };
        let instance = program.instance();
        let made = plan(&instance, Objective::Stable(rankings), &Effort::default(), seed).unwrap();
        let rank = |mentee: usize, mentor: Option<u32>| {
            mentees[mentee].iter().position(|other| Some(*other) == mentor).unwrap_or(9)
        };
        for other in plans(&program).iter().filter(|plan| blocking_pairs(&instance, rankings, plan) == Ok(0)) {
            assert!((0..4).all(|mentee| rank(mentee, made.mentors[mentee]) <= rank(mentee, other[mentee])));
        }
    }
}

#[test]
fn the_highest_total_may_be_blocked() {
    // The pair with the highest score is not made, because the sum is higher without it.
    let scores = vec![9_000, 8_500, 8_500, 1_000];
    let program =
        Program { mentees: vec![1, 2], mentors: vec![3, 4], places: vec![1, 1], scores, least: 1, locks: vec![] };
    let (instance, effort) = (program.instance(), Effort::default());
    let most = plan(&instance, Objective::Total, &effort, 0).unwrap();
    assert_eq!((most.mentors.clone(), most.value), (vec![Some(1), Some(0)], 17_000));
    assert_eq!(blocking_pairs(&instance, Rankings::default(), &most.mentors), Ok(1));
    let stable = plan(&instance, Objective::Stable(Rankings::default()), &effort, 0).unwrap();
    assert_eq!((stable.mentors, stable.value, stable.bound), (vec![Some(0), Some(1)], 10_000, None));
}

#[test]
fn a_list_with_an_unknown_person_is_refused() {
    let program =
        Program { mentees: vec![1], mentors: vec![2], places: vec![1], scores: vec![1], least: 1, locks: vec![] };
    let lists = [vec![1]];
    let rankings = Rankings { mentees: &lists, mentors: &[] };
    let refused = plan(&program.instance(), Objective::Stable(rankings), &Effort::default(), 0);
    assert_eq!(refused, Err(InstanceError::UnknownRanked));
}
