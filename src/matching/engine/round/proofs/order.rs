//! Tests that the plan does not depend on the order of the people or the number of threads.

use super::program::Program;
use crate::matching::engine::random::Random;
use crate::matching::engine::round::{Effort, Objective, Plan, plan};

/// The same program with the people in another order.
fn shuffled(program: &Program, random: &mut Random) -> Program {
    let mut order = |len: usize| {
        let mut order: Vec<usize> = (0..len).collect();
        (1..len).for_each(|last| order.swap(last, random.index(last + 1)));
        order
    };
    let (rows, columns) = (order(program.mentees.len()), order(program.mentors.len()));
    let at = |order: &[usize], before: u32| order.iter().position(|at| *at == before as usize).unwrap() as u32;
    let scores = rows.iter().flat_map(|row| columns.iter().map(|column| program.instance().row(*row)[*column]));
    Program {
        mentees: rows.iter().map(|row| program.mentees[*row]).collect(),
        mentors: columns.iter().map(|column| program.mentors[*column]).collect(),
        places: columns.iter().map(|column| program.places[*column]).collect(),
        scores: scores.collect(),
        least: program.least,
        locks: program.locks.iter().map(|(row, column)| (at(&rows, *row), at(&columns, *column))).collect(),
    }
}

/// The pairs, by keys.
fn pairs(program: &Program, plan: &Plan) -> Vec<(u64, Option<u64>)> {
    let mentors = plan.mentors.iter().map(|mentor| mentor.map(|mentor| program.mentors[mentor as usize]));
    let mut pairs: Vec<_> = program.mentees.iter().copied().zip(mentors).collect();
    pairs.sort_unstable();
    pairs
}

#[test]
fn the_order_of_people_and_the_threads_do_not_matter() {
    let mut random = Random::new(4);
    for seed in 0..60 {
        let program = match seed % 3 {
            0 => Program::contested(50, 40, &mut random),
            1 => Program::small(60, 90, &mut random),
            _ => Program::free(70, 35, &mut random),
        };
        let other = shuffled(&program, &mut random);
        let balance = Objective::Balance(300);
        let stable = Objective::Stable(<_>::default());
        for objective in [Objective::Total, Objective::CoverageFirst, Objective::Nash, balance, stable] {
            let choices = 1 + random.index(8);
            let made = |program: &Program, threads| {
                let effort = Effort { threads, choices, ..Effort::default() };
                pairs(program, &plan(&program.instance(), objective, &effort, seed).unwrap())
            };
            let first = made(&program, 1);
            assert_eq!(first, made(&other, 1), "{objective:?}");
            assert_eq!(first, made(&other, 3), "{objective:?}");
        }
    }
}

#[test]
fn another_seed_decides_differently_between_equal_pairs() {
    let scores = vec![5_000; 400];
    let program = Program {
        mentees: (0..20).collect(),
        mentors: (0..20).collect(),
        places: vec![1; 20],
        scores,
        least: 1,
        locks: vec![],
    };
    let made = |seed| plan(&program.instance(), Objective::Total, &Effort::default(), seed).unwrap();
    assert_eq!(made(1).value, made(2).value);
    assert_ne!(made(1).mentors, made(2).mentors);
}
