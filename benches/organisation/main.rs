//! Measures a large organisation over HTTP: the best mentors for a mentee among a million people, compared with the
//! engine alone, and a program of 10,000 mentees and 5,000 mentors from the plan to the pairs and back.
//!
//! `cargo bench --bench organisation`. `BENCH_PEOPLE` (default: 1,000,000) is the size, `BENCH_SECONDS` (default: 10)
//! the time for each figure. Set `BENCH_POSTGRES_URL` to an empty database to measure PostgreSQL instead of SQLite.

mod fill;
#[path = "../http/load.rs"]
mod load;
mod matching_round;
#[path = "../http/serve.rs"]
mod serve;

use std::hint::black_box;
use std::time::{Duration, Instant};

use mentorship::clock::Clock;
use mentorship::db::{Db, Durability};
use mentorship::ids::PersonId;
use mentorship::matching::engine::org::Organisation;
use mentorship::matching::engine::{Index, MentoringModel, Profile, Rules};
use mentorship::vault::Ring;
use serde_json::json;

use fill::Filler;
use load::{Figures, Request, run};
use serve::Serving;

/// Number of different mentees to search for.
const MENTEES: usize = 2000;
/// Numbers of mentees and mentors in the program.
const PROGRAM: (usize, usize) = (10_000, 5_000);
/// Numbers of concurrent clients.
const CONNECTIONS: [usize; 3] = [1, 4, 16];
/// Number of mentors that the service assesses for five suggestions. Cautions may remove some.
const ASSESSED: usize = 15;

/// A setting of the benchmark.
#[expect(clippy::disallowed_methods, reason = "a benchmark has no settings but these three")]
fn setting(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

#[actix_web::main]
async fn main() {
    let size = setting("BENCH_PEOPLE").and_then(|text| text.parse().ok()).unwrap_or(1_000_000);
    let seconds = setting("BENCH_SECONDS").and_then(|text| text.parse().ok()).unwrap_or(10);
    let folder = tempfile::tempdir_in(".").expect("a folder on a real disk");
    let file = format!("sqlite://{}", folder.path().join("bench.db").display());
    let url = setting("BENCH_POSTGRES_URL").unwrap_or(file);
    let db = Db::open(&url, 12, Durability::Full, Ring::of_one()).await.expect("it opens");
    db.migrate().await.expect("it migrates");
    let organisation = Organisation::new(size, 7);
    let mentees = some(&organisation, PROGRAM.0, |profile| profile.person.wants_mentor);
    let mentors =
        some(&organisation, PROGRAM.1, |profile| profile.person.offer.opted_in && profile.person.offer.free() > 0);
    let lead = PersonId::from(organisation.people[0].person.id);
    let (clock, started) = (Clock::system(), Instant::now());
    let mut tx = db.write().await.expect("a transaction");
    let mut filler = Filler::new(&mut tx, &clock);
    filler.organisation(&organisation).await;
    let program = filler.program(lead, &mentees, &mentors).await;
    tx.commit().await.expect("it commits");
    println!("{:?}: {size} people written in {:.0} s", db.engine(), started.elapsed().as_secs_f64());

    let serving = Serving::start(db, clock);
    let started = Instant::now();
    serving.service.warm_up().await;
    println!("the index of their mentors read in {:.1} s\n", started.elapsed().as_secs_f64());

    let step = (mentees.len() / MENTEES).max(1);
    let asking: Vec<&Profile> = mentees.iter().step_by(step).take(MENTEES).copied().collect();
    println!("| the best five for one mentee | clients | requests/s | median ms | p99 ms |");
    println!("|---|---:|---:|---:|---:|");
    let index = Index::build(organisation.mentors().cloned().collect(), organisation.graph.clone());
    let rules = Rules::of(MentoringModel::OneOnOne);
    let (median, p99) = engine(&asking, |mentee| index.top(mentee, &rules, ASSESSED));
    println!("| the engine alone | 1 | | {median:.2} | {p99:.2} |");
    let (median, p99) = engine(&asking, |mentee| index.excluded(mentee, &rules));
    println!("| the engine counting who is excluded | 1 | | {median:.2} | {p99:.2} |");
    drop(index);
    let requests = asking.iter().map(|mentee| {
        let token = serving.token(mentee.person.id.into(), &[]);
        Request::post("/v1/suggestions", &json!({"limit": 5})).bearing(&token)
    });
    let requests: Vec<_> = requests.collect();
    let themselves = asking.iter().map(|mentee| {
        let id = PersonId::from(mentee.person.id);
        Request::get(&format!("/v1/people/{id}")).bearing(&serving.token(id, &[]))
    });
    let themselves: Vec<_> = themselves.collect();
    for (what, requests) in [("GET /v1/people/{id}", &themselves), ("POST /v1/suggestions", &requests)] {
        for connections in CONNECTIONS {
            let Figures { per_second, median, p99 } =
                run(serving.address, requests, connections, Duration::from_secs(seconds)).await;
            println!("| `{what}` | {connections} | {per_second:.0} | {median:.2} | {p99:.2} |");
        }
    }
    let lead = serving.token(lead, &["coordinator"]);
    matching_round::measure(serving.address, &lead, program).await;
    serving.stop().await;
}

/// About this many people of a kind, from the whole organisation.
fn some(organisation: &Organisation, count: usize, is_wanted: impl Fn(&Profile) -> bool) -> Vec<&Profile> {
    let all: Vec<_> = organisation.people.iter().filter(|one| one.person.is_active && is_wanted(one)).collect();
    let step = (all.len() / count).max(1);
    all.into_iter().step_by(step).take(count).collect()
}

/// The time of the engine for one mentee, in milliseconds: median and p99.
fn engine<T>(mentees: &[&Profile], work: impl Fn(&Profile) -> T) -> (f64, f64) {
    let mut times: Vec<_> = mentees
        .iter()
        .map(|mentee| {
            let started = Instant::now();
            black_box(work(mentee));
            started.elapsed().as_secs_f64() * 1000.0
        })
        .collect();
    times.sort_by(f64::total_cmp);
    let at = |percent: usize| times[(times.len() - 1) * percent / 100];
    (at(50), at(99))
}
