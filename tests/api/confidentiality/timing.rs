//! What one may not know of and what is not there take the same way: the same statements, and so
//! about the same time.

use std::time::{Duration, Instant};

use actix_web::http::Method;
use actix_web::test::TestRequest;

use super::dice::Dice;
use super::page::Page;
use crate::harness::{Local, TestApp, Texts};
use crate::matrix::house::House;
use crate::matrix::personas::columns;
use crate::matrix::table::{documented, rows};

/// Samples of either kind.
const SAMPLES: usize = 2000;
/// What is timed: where something is that a colleague may not know of.
const TIMED: [&str; 4] = [
    "/v1/sessions/{session}",
    "/v1/notes/{mentor_note}",
    "/v1/blockers/{mentee_blocker}",
    "/v1/notebook-entries/{mentee_entry}",
];

fn request(house: &House<'_>, who: &str, method: &str, path: &str, body: Option<&[u8]>) -> TestRequest {
    let method = Method::from_bytes(method.to_uppercase().as_bytes()).expect("a method");
    let token = house.token(who).expect("a token");
    let asked = TestRequest::default().method(method).uri(path);
    let asked = asked.insert_header(("authorization", format!("Bearer {token}"))).insert_header(("if-match", "*"));
    match body {
        Some(body) => asked.insert_header(("content-type", "application/json")).set_payload(body.to_vec()),
        None => asked,
    }
}

/// Every operation that hides a record from somebody, asked for that record and for none.
#[apply(on_both_engines!)]
async fn absent_and_forbidden_run_the_same_statements(app: TestApp) {
    let mut house = House::new(app, &|canary| canary.name.clone()).await;
    house.furnish().await;
    let texts = Texts::default();
    texts.listen();
    let (local, operations, mut dice) = (Local::of(&app.service).await, documented(), Dice(7));
    let (mut compared, mut faults) = (0, Vec::new());
    for row in rows().filter(|row| row.1 != "fresh" && !row.1.contains("{who}")) {
        let Some(hidden) = house.ids.get(row.1).cloned() else { continue };
        let operation = &operations[row.0];
        for (column, who) in columns().enumerate().filter(|(_, who)| *who != "no_scope") {
            let (path, body) = row.request(&house.ids, operation, who);
            if row.expected(column) != '4' || !path.contains(&hidden) {
                continue;
            }
            let absent = path.replace(&hidden, &dice.uuid());
            let ran = async |path: &str| {
                // Once more, so that who is asking is remembered.
                for _ in 0..2 {
                    texts.take();
                    let asked = request(&house, who, &operation.method, path, body.as_deref());
                    assert_eq!(local.send(asked).await.status, 404, "{who} {path}");
                }
                texts.take()
            };
            compared += 1;
            // The audit log is written in the background, whenever it is its time: what differs must do so again.
            let mut found = (ran(&path).await, ran(&absent).await);
            for _ in 0..3 {
                if found.0 != found.1 {
                    found = (ran(&path).await, ran(&absent).await);
                }
            }
            if found.0 != found.1 {
                faults.push(format!("{} for {who}: {found:#?}", row.0));
            }
        }
    }
    assert!(compared > 200, "only {compared}");
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    let page = Page::open(&format!("60 absent and forbidden on {:?}", app.db.engine()));
    page.say(&format!("{compared} operations and viewers: the same statements, one by one"));
}

/// A report and no judgement: clocks on a shared machine are no judges.
#[actix_web::test]
async fn absent_and_forbidden_take_about_as_long() {
    let app = TestApp::on_sqlite().await;
    let mut house = House::new(&app, &|canary| canary.name.clone()).await;
    house.furnish().await;
    let (local, mut dice) = (Local::of(&app.service).await, Dice(8));
    let page = Page::open("70 time of absent and forbidden");
    page.say("median of absent, median of forbidden, chance that forbidden takes longer (0.50: nothing to learn)");
    for path in TIMED {
        let (collection, _) = path.split_once('{').expect("an id");
        let mut times = [Vec::new(), Vec::new()];
        for _ in 0..SAMPLES / TIMED.len() {
            // Which comes first is chance, too.
            let first = dice.below(2);
            for kind in [first, 1 - first] {
                let path = if kind == 0 { collection.to_owned() + &dice.uuid() } else { house.fill(path) };
                let asked = request(&house, "colleague", "get", &path, None);
                let begun = Instant::now();
                let status = local.send(asked).await.status;
                times[kind].push(begun.elapsed());
                assert_eq!(status, 404);
            }
        }
        let slower = slower(&times);
        let [absent, forbidden] = times.map(median);
        page.say(&format!("{absent:>5.0?} {forbidden:>5.0?} {slower:.2}  GET {path}"));
    }
    drop(house);
    app.stop().await;
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

/// The chance that one of the second kind took longer than one of the first (Mann and Whitney).
fn slower([absent, forbidden]: &[Vec<Duration>; 2]) -> f64 {
    let mut absent = absent.clone();
    absent.sort_unstable();
    let below: usize = forbidden.iter().map(|time| absent.partition_point(|other| other < time)).sum();
    #[expect(clippy::cast_precision_loss, reason = "some thousands")]
    let chance = below as f64 / (absent.len() * forbidden.len()) as f64;
    chance
}
