//! Measures how fast the index finds the best mentors among a million people, and checks that it finds the same mentors
//! as a full scan.
//!
//! `cargo bench --bench suggestions`; `BENCH_PEOPLE` (default 1,000,000) sets the size.

use std::hint::black_box;
use std::time::Instant;

use mentorship::matching::engine::org::Organisation;
use mentorship::matching::engine::{Index, MentoringModel, Profile, Rules};

/// Number of mentees to search for.
const MENTEES: usize = 2000;
/// Number of mentees whose result is compared with a full scan.
const COMPARED: usize = 300;

#[expect(clippy::disallowed_methods, reason = "a benchmark has no settings but this one")]
fn main() {
    let people = std::env::var("BENCH_PEOPLE").ok().and_then(|text| text.parse().ok()).unwrap_or(1_000_000);
    let started = Instant::now();
    let organisation = Organisation::new(people, 7);
    println!("{people} people made in {:.1} s", started.elapsed().as_secs_f64());
    let mentors: Vec<Profile> = organisation.mentors().cloned().collect();
    let wanting = organisation.people.iter().filter(|one| one.person.wants_mentor && one.person.is_active);
    let mentees: Vec<Profile> = wanting.step_by(people / 10_000 + 1).take(MENTEES).cloned().collect();
    let started = Instant::now();
    let count = mentors.len();
    let index = Index::build(mentors, organisation.graph.clone());
    println!("{count} mentors indexed in {:.2} s\n", started.elapsed().as_secs_f64());
    println!("| model | best | median ms | p99 ms | most ms |");
    println!("|---|---:|---:|---:|---:|");
    for model in [MentoringModel::OneOnOne, MentoringModel::Group, MentoringModel::SkillBased] {
        let rules = Rules::of(model);
        for best in [5, 10] {
            let mut times: Vec<_> = mentees.iter().map(|mentee| timed(|| index.top(mentee, &rules, best))).collect();
            times.sort_by(f64::total_cmp);
            let at = |share: usize| times[(times.len() - 1) * share / 100];
            println!("| {} | {best} | {:.2} | {:.2} | {:.2} |", model.name(), at(50), at(99), at(100));
        }
    }
    let rules = Rules::of(MentoringModel::OneOnOne);
    for mentee in mentees.iter().take(COMPARED) {
        let all = index.top(mentee, &rules, usize::MAX);
        let best = index.top(mentee, &rules, 10);
        assert!(best.iter().eq(all.iter().take(10)), "the index missed a mentor");
    }
    println!("\n{COMPARED} mentees: the same ten mentors as with a full scan");
}

fn timed<T>(work: impl FnOnce() -> T) -> f64 {
    let started = Instant::now();
    black_box(work());
    started.elapsed().as_secs_f64() * 1000.0
}
