//! The solver of matching rounds, alone or compared with others.
//!
//! `cargo bench --bench matching_round` plans every family. `compare.py` calls `-- make FAMILY MENTEES MENTORS FILE`
//! and `-- solve FILE [OBJECTIVE]`.

mod instances;

use std::path::Path;
use std::time::Instant;
use std::{fs, io};

use instances::{FAMILIES, Stored};
use mentorship::matching::engine::round::{Effort, Instance, Objective, Plan, Rankings, plan};

/// The objectives by name.
const OBJECTIVES: [(&str, Objective<'_>); 5] = [
    ("total", Objective::Total),
    ("coverage", Objective::CoverageFirst),
    ("nash", Objective::Nash),
    ("balance", Objective::Balance(300)),
    ("stable", Objective::Stable(Rankings { mentees: &[], mentors: &[] })),
];

fn main() -> io::Result<()> {
    let given: Vec<String> = std::env::args().skip(1).collect();
    let given: Vec<&str> = given.iter().map(String::as_str).filter(|word| !word.starts_with("--")).collect();
    match given[..] {
        ["make", family, mentees, mentors, file] => {
            let size = |text: &str| text.parse().map_err(io::Error::other);
            let made = Stored::made(family, size(mentees)?, size(mentors)?);
            made.ok_or_else(|| io::Error::other("no such family"))?.write(Path::new(file))
        }
        ["solve", file, ref objective @ ..] => {
            let wanted = objective.first().copied().unwrap_or("total");
            let objective = OBJECTIVES.iter().find(|(name, _)| *name == wanted);
            let (_, objective) = objective.ok_or_else(|| io::Error::other("no such objective"))?;
            let stored = Stored::read(Path::new(file))?;
            let (made, seconds) = timed(&stored, *objective)?;
            let (value, gap, matched) = (made.value, gap(&made), made.mentors.iter().flatten().count());
            println!(
                r#"{{"value": {value}, "gap": {gap}, "matched": {matched}, "seconds": {seconds}, "peak_mib": {}}}"#,
                peak_mib()?
            );
            Ok(())
        }
        _ => table(),
    }
}

/// Plans every family for every objective.
fn table() -> io::Result<()> {
    println!("| family | objective | mentees × mentors | value | gap | matched | seconds |");
    println!("|---|---|---|---:|---:|---:|---:|");
    for family in FAMILIES {
        let (mentees, mentors) = if family == "typical" { (10_000, 5_000) } else { (5_000, 2_500) };
        let Some(stored) = Stored::made(family, mentees, mentors) else { continue };
        for (name, objective) in OBJECTIVES {
            let (made, seconds) = timed(&stored, objective)?;
            let (value, gap, matched) = (made.value, gap(&made), made.mentors.iter().flatten().count());
            println!("| {family} | {name} | {mentees} × {mentors} | {value} | {gap} | {matched} | {seconds:.2} |");
        }
    }
    Ok(())
}

fn timed(stored: &Stored, objective: Objective<'_>) -> io::Result<(Plan, f64)> {
    let mentors = stored.places.len();
    let (mentees, mentors): (Vec<u64>, Vec<u64>) =
        ((0..).take(stored.scores.len() / mentors.max(1)).collect(), (0..).take(mentors).collect());
    let instance = Instance {
        mentees: &mentees,
        mentors: &mentors,
        places: &stored.places,
        scores: &stored.scores,
        least: 1,
        locks: &[],
    };
    let started = Instant::now();
    let made = plan(&instance, objective, &Effort::default(), 1).map_err(io::Error::other)?;
    Ok((made, started.elapsed().as_secs_f64()))
}

/// The gap to the best plan as JSON. `null`: a stable plan has no gap.
fn gap(plan: &Plan) -> String {
    plan.gap().map_or_else(|| "null".to_owned(), |gap| gap.to_string())
}

/// The peak memory of this process. Linux only.
fn peak_mib() -> io::Result<u64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let peak =
        status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.split_whitespace().next()?.parse::<u64>().ok());
    Ok(peak.unwrap_or(0) / 1024)
}
