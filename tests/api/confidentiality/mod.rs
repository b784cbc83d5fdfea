//! Non-interference: two worlds that differ only in what a viewer may not see answer the viewer's
//! every request with the same bytes.
//!
//! A world is an organisation, a viewer, what happens where the viewer may not look, and what the
//! viewer asks. `MENTORSHIP_WORLDS` says how many of them, `MENTORSHIP_SEED` where chance begins;
//! a failure is cut down to a few steps and says how to play it again.

#![expect(clippy::large_futures, reason = "a test has a thread of its own")]

mod acts;
mod asks;
mod at_rest;
mod blocks;
mod chance;
mod changes;
mod declared;
pub mod dice;
mod directed;
mod figures;
mod gets;
mod ground;
mod job_ids;
mod lists;
mod outlets;
mod page;
mod restore;
mod shrink;
mod statics;
mod timing;
mod values;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use self::dice::Dice;
use self::ground::{Ground, setup};
use crate::harness::TestApp;

/// Worlds to an organisation.
const TO_EACH: usize = 300;

/// What a longer run asks for from outside.
pub fn setting(name: &str) -> Option<usize> {
    #[expect(clippy::disallowed_methods, reason = "a longer run is asked for from outside")]
    let value = std::env::var(name).ok();
    value.map(|value| value.parse().expect("a number"))
}

fn seed() -> u64 {
    setting("MENTORSHIP_SEED").unwrap_or(1) as u64
}

#[actix_web::test]
async fn what_is_hidden_changes_no_byte_on_sqlite() {
    let worlds = setting("MENTORSHIP_WORLDS").map_or(100, |all| all - all / 10);
    run("SQLite", worlds, async || Some(TestApp::on_sqlite_with(setup()).await)).await;
}

#[actix_web::test]
async fn what_is_hidden_changes_no_byte_on_postgres() {
    let worlds = setting("MENTORSHIP_WORLDS").map_or(10, |all| all / 10);
    run("PostgreSQL", worlds, async || TestApp::on_postgres_with(setup()).await).await;
}

/// What worlds were made of.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    worlds: usize,
    requests: usize,
    /// How often background jobs ran.
    worked: usize,
    /// Answers other than a problem.
    answered: usize,
    /// Hidden acts that were tried, and that came to pass.
    tried: usize,
    came_to_pass: usize,
}

/// What the directed pass compared.
#[derive(Debug, Default)]
struct DirectedTally {
    viewers: usize,
    /// Acts hidden from a viewer, and those that came to pass.
    tried: usize,
    came_to_pass: usize,
    /// Whether a act with this request ever came to pass, whichever the record.
    acts: BTreeMap<String, bool>,
    /// Answers, by operation.
    answers: BTreeMap<String, usize>,
    /// Mails, calls, feeds, notices and lists of deliveries.
    outlets: usize,
}

impl DirectedTally {
    fn note(&mut self, act: &acts::Act, came_to_pass: bool) {
        self.tried += 1;
        self.came_to_pass += usize::from(came_to_pass);
        *self.acts.entry(format!("{} {}", act.method, shape_of(&act.path))).or_default() |= came_to_pass;
    }

    /// Requests that proved nothing, because they were refused whenever they were tried.
    fn refused(&self) -> Vec<&str> {
        self.acts.iter().filter(|(_, came_to_pass)| !**came_to_pass).map(|(act, _)| act.as_str()).collect()
    }

    fn say(&self, page: &page::Page, acts: usize) {
        let Self { viewers, tried, came_to_pass, acts: _, answers, outlets } = self;
        page.say(&format!("{acts} acts × {} operations × {viewers} viewers", answers.len()));
        page.say(&format!("{tried} times a act was hidden from a viewer, {came_to_pass} times it came to pass"));
        let compared: usize = answers.values().sum();
        page.say(&format!("{compared} answers and {outlets} mails, calls, feeds and lists of notices compared"));
    }
}

/// A path, the same for all records: `{}` stands where it has a name in braces.
fn shape_of(path: &str) -> String {
    let segments = path.split('/').map(|segment| if segment.starts_with('{') { "{}" } else { segment });
    segments.collect::<Vec<_>>().join("/")
}

async fn run(engine: &str, worlds: usize, open: impl AsyncFn() -> Option<TestApp>) {
    let page = page::Page::open(&format!("30 worlds on {engine}"));
    let started = Instant::now();
    let only = setting("MENTORSHIP_WORLD");
    let (mut tally, mut preparing, mut taking_back) = (Tally::default(), Duration::ZERO, Duration::ZERO);
    let wanted: Vec<_> = only.map_or_else(|| (0..worlds).collect(), |world| vec![world]);
    for of_one in wanted.chunk_by(|a, b| a / TO_EACH == b / TO_EACH) {
        let begun = Instant::now();
        let Some(app) = open().await else { return };
        let organisation = of_one[0] / TO_EACH;
        let ground = Ground::prepare(&app, Some(&mut Dice::of(seed(), organisation, 0))).await;
        preparing += begun.elapsed();
        for world in of_one {
            let mut dice = Dice::of(seed(), organisation, 1 + world);
            let viewer = ground.pick_viewer(&mut dice);
            if let Some(found) = ground.tell_apart(&viewer, &mut dice, &mut tally).await {
                let found = ground.shrink(found).await;
                panic!("{found}\nMENTORSHIP_SEED={} MENTORSHIP_WORLD={world} plays it again, on {engine}.", seed());
            }
        }
        taking_back += ground.taking_back.get();
        drop(ground);
        app.stop().await;
    }
    let Tally { worlds, requests, worked, answered, tried, came_to_pass } = tally;
    page.say(&format!("{worlds} worlds from seed {}, {requests} requests, {answered} of them answered", seed()));
    page.say(&format!("background jobs ran {worked} times"));
    page.say(&format!("{tried} hidden acts, {came_to_pass} of them came to pass"));
    let all = started.elapsed();
    page.say(&format!(
        "no byte of difference, in {all:.0?}: {preparing:.0?} of building, {taking_back:.0?} of taking back"
    ));
    assert!(
        only.is_some() || (came_to_pass * 2 > tried && answered * 5 > requests),
        "much ado about nothing: {tally:?}"
    );
}
