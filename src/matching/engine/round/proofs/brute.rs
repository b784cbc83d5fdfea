//! All possible plans of a small program.

use super::program::Program;
use crate::matching::engine::round::Objective;

/// All plans of a program.
pub(super) fn plans(program: &Program) -> Vec<Vec<Option<u32>>> {
    let mut plans = vec![Vec::new()];
    for mentee in 0..program.mentees.len() {
        let lock = program.locks.iter().find(|(locked, _)| *locked as usize == mentee).map(|(_, mentor)| *mentor);
        let mentors = (0..program.mentors.len() as u32).map(Some);
        let choices: Vec<_> = if lock.is_some() { vec![lock] } else { mentors.chain([None]).collect() };
        plans = plans
            .iter()
            .flat_map(|plan| choices.iter().map(|choice| plan.iter().copied().chain([*choice]).collect()))
            .filter(|plan: &Vec<Option<u32>>| may_go_on(program, plan))
            .collect();
    }
    plans.retain(|plan| program.allows(plan));
    plans
}

/// Whether no mentor has too many mentees so far, and all pairs are allowed.
fn may_go_on(program: &Program, plan: &[Option<u32>]) -> bool {
    let Some(Some(mentor)) = plan.last() else { return true };
    let taken = plan.iter().filter(|other| **other == Some(*mentor)).count();
    let pair = ((plan.len() - 1) as u32, *mentor);
    let score = program.instance().score(plan.len() - 1, *mentor);
    taken <= usize::from(program.places[*mentor as usize])
        && (program.locks.contains(&pair) || score > 0 && score >= program.least)
}

/// Number of pairs that are not locked, and their value for an objective.
pub(super) fn worth(program: &Program, plan: &[Option<u32>], objective: Objective<'_>) -> (i64, i64) {
    let mut taken = vec![0_i64; program.mentors.len()];
    program.locks.iter().for_each(|(_, mentor)| taken[*mentor as usize] += 1);
    let (mut pairs, mut sum) = (0, 0);
    for (mentee, mentor) in plan.iter().enumerate() {
        let Some(mentor) = *mentor else { continue };
        if program.locks.contains(&(mentee as u32, mentor)) {
            continue;
        }
        let score = program.instance().score(mentee, mentor);
        let penalty =
            if let Objective::Balance(step) = objective { i64::from(step) * taken[mentor as usize] } else { 0 };
        let counts = match objective {
            Objective::Nash => (22_000.0 + 4_000.0 * (f64::from(score) / 10_000.0).ln()).round().max(1.0) as i64,
            _ => i64::from(score),
        };
        taken[mentor as usize] += 1;
        pairs += 1;
        sum += counts - penalty;
    }
    (pairs, sum)
}
