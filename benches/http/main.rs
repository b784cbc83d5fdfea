//! Measures how fast the service answers, compared with two baselines: an actix handler that answers constant JSON, and
//! the same query with plain sqlx in such a handler.
//!
//! `cargo bench --bench http` measures SQLite. Set `BENCH_POSTGRES_URL` to an empty database to measure PostgreSQL too.
//! `BENCH_SECONDS` (default: 3) is the time for each figure. `BENCH_ONLY` is the only line to measure.

mod bare;
mod load;
mod serve;
mod world;

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::HttpServer;
use chrono::{SubsecRound as _, TimeDelta};
use mentorship::clock::Clock;
use mentorship::db::{Db, Durability};
use mentorship::ids::PersonId;
use mentorship::vault::{Address, Bound, Owner, Ring, WrappedKey};

use load::{Figures, Request, run};
use serve::Serving;
use world::World;

/// Numbers of concurrent clients.
const CONNECTIONS: [usize; 3] = [1, 16, 64];

/// A setting of the benchmark.
#[expect(clippy::disallowed_methods, reason = "a benchmark has no settings but these three")]
fn setting(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

#[actix_web::main]
async fn main() {
    let seconds = setting("BENCH_SECONDS").and_then(|text| text.parse().ok()).unwrap_or(3);
    let each = Duration::from_secs(seconds);
    let folder = tempfile::tempdir_in(".").expect("a folder on a real disk");
    let file = format!("sqlite://{}", folder.path().join("bench.db").display());
    measure("SQLite", &file, each).await;
    match setting("BENCH_POSTGRES_URL") {
        Some(url) => measure("PostgreSQL", &url, each).await,
        None => println!("\nPostgreSQL was not measured: set BENCH_POSTGRES_URL to an empty database."),
    }
}

async fn measure(engine: &str, url: &str, each: Duration) {
    let db = Db::open(url, 12, Durability::Full, Ring::of_one()).await.expect("it opens");
    db.migrate().await.expect("it migrates");
    let clock = Clock::system();
    let world = World::build(&db, &clock).await;
    let starts_at = (clock.now() + TimeDelta::days(1)).trunc_subsecs(0);
    let serving = Serving::start(db, clock);
    let (ours_at, token) = (serving.address, serving.token(world.mentor, &[]));
    let bare = bare::Bare::open(url).await;
    let floor =
        HttpServer::new(move || bare.worker()).workers(2).disable_signals().bind(("127.0.0.1", 0)).expect("a port");
    let floor_at = floor.addrs()[0];
    let floor = floor.run();
    let floor_handle = floor.handle();
    actix_web::rt::spawn(floor);

    let pair = world.pair;
    let notes = format!("/v1/sessions/{}/notes?limit=50", world.session);
    let note = format!("/v1/notes/{}", world.note);
    let session = |pair| serde_json::json!({ "pair_id": pair, "starts_at": starts_at, "length_minutes": 45 });
    let sessions = world.pairs.iter().map(|pair| Request::post("/v1/sessions", &session(*pair)).bearing(&token));
    let plan = [
        ("constant JSON", floor_at, vec![Request::get("/constant")]),
        ("read a pair, bare sqlx", floor_at, vec![Request::get(&format!("/pairs/{pair}"))]),
        ("read a pair", ours_at, vec![Request::get(&format!("/v1/pairs/{pair}")).bearing(&token)]),
        ("list 50 pairs, bare sqlx", floor_at, vec![Request::get("/pairs")]),
        ("list 50 pairs", ours_at, vec![Request::get("/v1/pairs?limit=50").bearing(&token)]),
        ("read a sealed note", ours_at, vec![Request::get(&note).bearing(&token)]),
        ("list 50 sealed notes", ours_at, vec![Request::get(&notes).bearing(&token)]),
        ("one row a commit, bare sqlx", floor_at, vec![Request::post("/rows", &serde_json::json!({}))]),
        ("create a session", ours_at, sessions.collect()),
    ];
    let only = setting("BENCH_ONLY");
    println!("\n{engine}, {} s for each figure\n", each.as_secs());
    println!("opening 50 sealed notes takes {:.3} ms of a thread\n", opening());
    println!("| what | connections | requests/s | median ms | p99 ms |");
    println!("|---|---:|---:|---:|---:|");
    for connections in CONNECTIONS {
        for (what, address, requests) in
            plan.iter().filter(|(what, ..)| only.as_deref().is_none_or(|only| *what == only))
        {
            let Figures { per_second, median, p99 } = run(*address, requests, connections, each).await;
            println!("| {what} | {connections} | {per_second:.0} | {median:.2} | {p99:.2} |");
        }
    }
    floor_handle.stop(false).await;
    serving.stop().await;
}

/// The time to open 50 sealed notes, in milliseconds.
fn opening() -> f64 {
    const ROUNDS: u32 = 1000;
    let (ring, owner) = (Ring::of_one(), Owner { scope_id: uuid::Uuid::nil(), author_id: PersonId::first() });
    let key = WrappedKey::new(owner, &ring).unwrap(&ring).expect("it unwraps").expect("it is there");
    let bound = Bound { scope_id: owner.scope_id, author_id: None, around: [uuid::Uuid::nil(); 4], revision: 0 };
    let place = Address { table: "notes", row: uuid::Uuid::nil(), column: "text", tier: "private", bound };
    let sealed = Arc::new(key).seal(serde_json::to_vec(&world::words()).expect("JSON"), place);
    let started = Instant::now();
    for _ in 0..50 * ROUNDS {
        black_box(serde_json::from_slice::<String>(&sealed.open(place).expect("it opens")).expect("JSON"));
    }
    started.elapsed().as_secs_f64() * 1000.0 / f64::from(ROUNDS)
}
