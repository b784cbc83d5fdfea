//! The cohort solver beside other solvers.
//!
//! `compare.py` makes the instances with `make FAMILY MENTEES MENTORS FILE` and asks for a plan with `solve FILE`.

mod instances;

use std::path::Path;
use std::time::Instant;

use instances::Stored;
use mentorship::matching::engine::cohort::{Effort, Instance, Objective, plan};

fn main() {
    let given: Vec<String> = std::env::args().skip(1).collect();
    let given: Vec<&str> = given.iter().map(String::as_str).collect();
    match given[..] {
        ["make", family, mentees, mentors, file, ..] => {
            let size = |text: &str| text.parse().expect("a number");
            Stored::made(family, size(mentees), size(mentors)).expect("a family").write(Path::new(file)).unwrap();
        }
        ["solve", file, ..] => {
            let s = Stored::read(Path::new(file)).unwrap();
            let keys: Vec<u64> = (0..100_000_u64).collect();
            let (m, n) = (s.places.len(), s.values.len() / s.places.len());
            let objective = match given.get(2) {
                Some(&"coverage") => Objective::CoverageFirst,
                Some(&"nash") => Objective::Nash,
                Some(&"balance") => Objective::Balance(300),
                _ => Objective::Total,
            };
            let i = Instance {
                mentees: &keys[..n],
                mentors: &keys[..m],
                places: &s.places,
                scores: &s.values,
                least: 1,
                locks: &[],
            };
            let t = Instant::now();
            let p = plan(&i, objective, &Effort::default(), 1).unwrap();
            println!(
                "value {} gap {:?} matched {} {:?}",
                p.value,
                p.gap(),
                p.mentors.iter().flatten().count(),
                t.elapsed()
            );
        }
        _ => {}
    }
}
