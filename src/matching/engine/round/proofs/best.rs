//! Tests that a plan is the best one, and that its bound says so.

use super::brute::{plans, worth};
use super::program::{Program, little};
use crate::matching::engine::random::Random;
use crate::matching::engine::round::{Effort, InstanceError, Objective, Unmatched, plan};

#[test]
fn no_plan_is_better_for_any_objective() {
    let mut random = Random::new(1);
    for seed in 0..3_000 {
        let program = Program::small(5, 4, &mut random);
        let all = plans(&program);
        let balance = Objective::Balance([0, 1, 3, 2_000][random.index(4)]);
        for objective in [Objective::Total, Objective::Nash, balance] {
            let made = plan(&program.instance(), objective, &little(&mut random), seed).unwrap();
            let most = all.iter().map(|plan| worth(&program, plan, objective).1).max().unwrap();
            assert!(program.allows(&made.mentors), "{program:?} {made:?}");
            assert_eq!(worth(&program, &made.mentors, objective).1, made.value, "{program:?} {objective:?} {made:?}");
            assert_eq!((made.value, made.gap()), (most, Some(0)), "{program:?} {objective:?}");
        }
    }
}

#[test]
fn coverage_comes_before_the_total() {
    let mut random = Random::new(2);
    for seed in 0..3_000 {
        let program = Program::small(5, 4, &mut random);
        let made = plan(&program.instance(), Objective::CoverageFirst, &little(&mut random), seed).unwrap();
        let of = |plan: &Vec<Option<u32>>| worth(&program, plan, Objective::CoverageFirst);
        assert_eq!(Some(of(&made.mentors)), plans(&program).iter().map(of).max(), "{program:?}");
        assert!(program.allows(&made.mentors));
        assert_eq!(made.gap(), Some(0));
    }
}

#[test]
fn a_larger_program_is_proven_too() {
    let mut random = Random::new(3);
    for seed in 0..40 {
        let program = match seed % 2 {
            0 => Program::free(80, 40, &mut random),
            _ => Program::contested(80, 60, &mut random),
        };
        for objective in [Objective::Total, Objective::CoverageFirst, Objective::Nash, Objective::Balance(700)] {
            let made = plan(&program.instance(), objective, &little(&mut random), seed).unwrap();
            assert!(program.allows(&made.mentors));
            assert_eq!(made.gap(), Some(0), "{objective:?} {program:?}");
        }
    }
}

#[test]
fn every_mentee_without_a_mentor_has_a_reason() {
    let program = Program {
        mentees: vec![1, 2, 3, 4],
        mentors: vec![5],
        places: vec![1],
        scores: vec![0, 4_000, 8_000, 7_000],
        least: 4_324,
        locks: vec![],
    };
    let made = plan(&program.instance(), Objective::Total, &Effort::default(), 0).unwrap();
    assert_eq!(made.mentors, [None, None, Some(0), None]);
    let why = [(0, Unmatched::NoMentorAllowed), (1, Unmatched::ScoresTooLow), (3, Unmatched::NoFreePlace)];
    assert_eq!(made.unmatched, why);
}

#[test]
fn an_invalid_instance_is_refused() {
    let fits =
        Program { mentees: vec![1, 2], mentors: vec![5], places: vec![1], scores: vec![1, 2], least: 1, locks: vec![] };
    let wrong = |change: fn(&mut Program)| {
        let mut program = fits.clone();
        change(&mut program);
        plan(&program.instance(), Objective::Total, &Effort::default(), 0).unwrap_err()
    };
    assert_eq!(wrong(|program| program.places.push(1)), InstanceError::Places);
    assert_eq!(wrong(|program| program.scores.push(1)), InstanceError::Scores);
    assert_eq!(wrong(|program| program.scores[0] = 10_001), InstanceError::HighScore);
    assert_eq!(wrong(|program| program.mentees[0] = 2), InstanceError::SameKey);
    assert_eq!(wrong(|program| program.locks.push((0, 1))), InstanceError::UnknownLock);
    assert_eq!(wrong(|program| program.locks.push((2, 0))), InstanceError::UnknownLock);
    assert_eq!(wrong(|program| program.locks.extend([(0, 0), (0, 0)])), InstanceError::LockedTwice);
    assert_eq!(wrong(|program| program.locks.extend([(0, 0), (1, 0)])), InstanceError::Overlocked);
}
