//! Measures whether learning finds the factors that make a good pair. The organisations have a known truth and short,
//! biased histories. The result is the share of the lost quality of the first weights that the learnt weights win back.
//!
//! `cargo bench --bench learning`. `BENCH_REPLICATES` (default: 100) is the number of organisations of each kind.

mod chance;
mod history;
mod truth;
mod world;

use std::thread;

use chance::Chance;
use history::{history, usual};
use mentorship::matching::engine::Weights;
use mentorship::matching::engine::learn::{Decision, Learner};
use truth::{Family, Truth};
use world::{Candidate, World, best, best_by_weights};

/// Numbers of known outcomes. The first is too small to learn from.
const OUTCOMES: [usize; 5] = [90, 100, 500, 1_000, 4_000];
/// Number of mentors suggested to each mentee afterwards.
const SHOWN: usize = 3;
/// Log-odds of a usual pair: two of three go well.
const USUALLY: f64 = 0.7;
/// Number of people in an organisation, and number of organisations that the replicates share.
const PEOPLE: usize = 4_000;
const WORLDS: u64 = 4;

#[expect(clippy::disallowed_methods, reason = "a benchmark has no settings but this one")]
fn main() {
    let replicates = std::env::var("BENCH_REPLICATES").ok().and_then(|text| text.parse().ok()).unwrap_or(100);
    let worlds: Vec<World> = (0..WORLDS).map(|seed| World::new(PEOPLE, seed)).collect();
    println!(
        "| organisation | spread | outcomes | first | best | in use | regret removed | promoted | worse | points lost | ECE |"
    );
    println!("|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|");
    let mut worse = Vec::new();
    for family in Family::ALL {
        for outcomes in OUTCOMES {
            let results = in_parallel(replicates, |seed| replicate(&worlds, family, outcomes, seed));
            let spread = mean(results.iter().map(|one| one.spread));
            println!("| {} | {spread:.2} | {outcomes} | {} |", family.name(), summary(&results));
            // If nothing can be learnt, nothing can get worse. Counting these would make the figure too good.
            if outcomes > OUTCOMES[0] {
                worse.extend(results.iter().map(|one| is(one.in_use < one.first)));
            }
        }
    }
    println!("\nWorse than the first weights in {:.1} % of {} replicates", percent(&worse), worse.len());
}

/// The share of pairs that do well with different weights, and the result of learning.
struct Replicate {
    /// Standard deviation of the true log-odds among all allowed pairs.
    spread: f64,
    first: f64,
    best: f64,
    in_use: f64,
    is_promoted: bool,
    calibration_error: Option<f64>,
}

fn replicate(worlds: &[World], family: Family, outcomes: usize, seed: u64) -> Replicate {
    // The same truth and luck for every number of outcomes, so that the rows of a kind can be compared.
    let mut chance = Chance::new(seed);
    let world = &worlds[chance.below(worlds.len())];
    let truth = Truth::plant(family, &usual(world), USUALLY, &mut chance);
    let cases = history(world, &truth, outcomes, &mut chance);
    let first = Weights::default();
    let verdict = Learner { first, incumbent: first, seed }.learn(&cases);
    let is_promoted = verdict.decision == Decision::Promote;
    let learnt = verdict.trial.as_ref().filter(|_| is_promoted).map_or(first, |trial| trial.candidate.weights);
    let by = |weights| worth(world, &truth, |list| best_by_weights(list, weights, SHOWN));
    #[expect(clippy::cast_possible_truncation, reason = "parts in a million million")]
    let best = worth(world, &truth, |list| best(list, SHOWN, |one| (truth.log_odds(&one.features) * 1e12) as i64));
    Replicate {
        spread: truth.spread(world.future().flatten().map(|one| &one.features)),
        first: by(&first),
        best,
        in_use: by(&learnt),
        is_promoted,
        calibration_error: verdict.trial.map(|trial| trial.candidate.calibration_error),
    }
}

/// The share of the pairs chosen for future mentees that do well.
fn worth(world: &World, truth: &Truth, choose: impl Fn(&[Candidate]) -> Vec<&Candidate>) -> f64 {
    mean(world.future().flat_map(choose).map(|one| truth.chance(&one.features)))
}

fn summary(results: &[Replicate]) -> String {
    let of = |number: fn(&Replicate) -> f64| mean(results.iter().map(number));
    let (first, best, in_use) = (of(|one| one.first), of(|one| one.best), of(|one| one.in_use));
    // If the first weights are almost right, there is no regret to remove.
    let removed = if best - first < 0.001 { "–".into() } else { format!("{:.2}", (in_use - first) / (best - first)) };
    let promoted: Vec<f64> = results.iter().map(|one| is(one.is_promoted)).collect();
    let worse: Vec<f64> = results.iter().map(|one| is(one.in_use < one.first)).collect();
    let lost = 100.0 * of(|one| (one.first - one.in_use).max(0.0));
    let errors: Vec<f64> = results.iter().filter_map(|one| one.calibration_error).collect();
    let error = if errors.is_empty() { "–".into() } else { format!("{:.3}", mean(errors.into_iter())) };
    format!(
        "{first:.3} | {best:.3} | {in_use:.3} | {removed} | {:.0} % | {:.1} % | {lost:.2} | {error}",
        percent(&promoted),
        percent(&worse)
    )
}

fn is(claim: bool) -> f64 {
    f64::from(u8::from(claim))
}

fn percent(claims: &[f64]) -> f64 {
    100.0 * mean(claims.iter().copied())
}

fn mean(numbers: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = numbers.fold((0.0, 0.0), |(sum, count), number| (sum + number, count + 1.0));
    sum / count
}

/// The results in the order of the seeds.
fn in_parallel<T: Send>(count: u64, work: impl Fn(u64) -> T + Sync) -> Vec<T> {
    let threads = thread::available_parallelism().map_or(1, |threads| threads.get() as u64);
    let work = &work;
    let mut results: Vec<(u64, T)> = thread::scope(|scope| {
        let share = |first: u64| (first..count).step_by(usize::try_from(threads).unwrap_or(1));
        let handles: Vec<_> = (0..threads)
            .map(|first| scope.spawn(move || share(first).map(|seed| (seed, work(seed))).collect::<Vec<_>>()))
            .collect();
        handles.into_iter().flat_map(|handle| handle.join().expect("a replicate failed")).collect()
    });
    results.sort_by_key(|(seed, _)| *seed);
    results.into_iter().map(|(_, result)| result).collect()
}
