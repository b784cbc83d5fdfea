//! Tests that a plan is ready in time, and that its bound is correct.

use std::time::{Duration, Instant};

use super::program::Program;
use crate::matching::engine::random::Random;
use crate::matching::engine::round::{Effort, Objective, plan};

#[test]
fn for_any_time_limit_the_plan_is_valid_and_the_bound_holds() {
    let mut random = Random::new(7);
    for seed in 0..30 {
        let program = match seed % 2 {
            0 => Program::contested(120, 90, &mut random),
            _ => Program::small(120, 90, &mut random),
        };
        for objective in [Objective::Total, Objective::CoverageFirst, Objective::Nash, Objective::Balance(900)] {
            let made = |time| {
                let effort = Effort { time, choices: 4, threads: 1 };
                plan(&program.instance(), objective, &effort, seed).unwrap()
            };
            let best = made(Duration::MAX);
            for microseconds in [0, 50, 200, 800] {
                let early = made(Duration::from_micros(microseconds));
                assert!(program.allows(&early.mentors));
                assert!(early.value <= best.value && early.bound >= Some(best.value), "{early:?} {best:?}");
            }
        }
    }
}

#[test]
fn a_plan_without_time_still_fills_the_places() {
    let program = Program::contested(200, 100, &mut Random::new(8));
    let effort = Effort { time: Duration::ZERO, ..Effort::default() };
    let began = Instant::now();
    let made = plan(&program.instance(), Objective::Total, &effort, 0).unwrap();
    let places: usize = program.places.iter().map(|places| usize::from(*places)).sum();
    assert_eq!(made.mentors.iter().flatten().count(), places.min(200));
    assert!(began.elapsed() < Duration::from_secs(10));
}
