//! The directed pass: every hidden act, every `GET` of the document, every kind of viewer; then 40 days pass, and once
//! more. Where worlds are made by chance, this is not.
//!
//! The acts hidden from one viewer happen in rounds on one side of the same organisation, and never on the other. No two
//! of a round are by the same person about the same record, so that none covers up another. After each round background
//! jobs run and everything is asked plainly; after the last, with every filter, count and page.

use std::time::Instant;

use super::acts::Act;
use super::asks::Request;
use super::dice::Dice;
use super::gets::{ASKED_AT, Gets};
use super::ground::{Ground, Happening, Said, Side, Step, World, setup};
use super::job_ids::next_cursor;
use super::outlets::Work;
use super::page::Page;
use super::shrink::Found;
use super::{DirectedTally, figures, setting};
use crate::document::document;
use crate::harness::{Heard, TestApp};
use crate::matrix::personas::columns;

/// In hours: in steps, for reminders of what is due are not made much later. The last but one step ends a month after the
/// pairs began.
const FORTY_DAYS: [u32; 6] = [23, 24, 25, 6 * 24, 23 * 24, 8 * 24];
/// So many pages of a list hold one record, the rest 20.
const SHORT_PAGES: usize = 5;

/// How thorough a pass is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// One round of all acts.
    Quick,
    /// Rounds in which no act can cover up another, and then everything else that can be asked.
    Full,
}

/// Acts that are always refused here, because another one about the same record came before. Worlds have them first, by
/// chance.
const TOO_LATE: &[&str] = &[
    "post /v1/enrolments/{}/decline",
    "post /v1/goals/{}/miss",
    "post /v1/mentor-requests",
    "post /v1/mentor-requests/{}/withdraw",
    "post /v1/suggestions/{}/dismiss",
];

/// A part of the pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// What is hidden happens on one side.
    Acts,
    /// What everybody sees happens on both sides, in other words.
    Together,
    /// Whatever changes something is asked after what is hidden.
    Changes,
}

impl Part {
    pub const ALL: [Self; 3] = [Self::Acts, Self::Together, Self::Changes];
}

/// One of each kind of viewer, for whom a run that nobody asked to be long is thorough, and on PostgreSQL is done at all.
const FULLY: [&str; 6] = ["mentee", "manager", "colleague", "lead", "admin", "outcomes_read"];

/// Everybody whom the matrix has a column for, those first who see something and not everything, and one more mentor.
pub fn viewers() -> Vec<&'static str> {
    let first =
        ["mentee", "manager", "mentor", "colleague", "lead", "admin", "outcomes_read", "pairs_read", "other_mentee"];
    let rest = columns().filter(|who| !first.contains(who));
    first.into_iter().chain(rest).chain(["guide"]).collect()
}

/// `Err`: the sides were told apart.
pub type Outcome = Result<(), Box<Found>>;

/// A request and all that was heard: one answer, or one a page.
type Snapshot = Vec<(Request, Vec<Heard>)>;

/// What the first side answered, on which nothing hidden happened.
struct Before {
    /// What came of the jobs after each round.
    told: Vec<Vec<Heard>>,
    plain: Snapshot,
    /// With filters, counts and pages.
    rest: Snapshot,
    /// What came of the jobs in the 40 days.
    later: Vec<Vec<Heard>>,
    after_all: Snapshot,
    accesses: i64,
}

/// The pass on one organisation.
pub struct Directed<'g, 'a> {
    pub ground: &'g Ground<'a>,
    gets: Gets,
    pub depth: Depth,
    /// What is found is played again by itself, which takes a while.
    pub plays_again: bool,
}

impl<'g, 'a> Directed<'g, 'a> {
    pub fn new(ground: &'g Ground<'a>, depth: Depth) -> Self {
        Self { ground, gets: Gets::new(&ground.house, &document()), depth, plays_again: true }
    }

    /// Whether the viewer can tell the sides apart in one part of the pass.
    pub async fn tell_apart(&self, viewer: &str, part: Part, tally: &mut DirectedTally) -> Option<Found> {
        let outcome = match part {
            Part::Acts => {
                let (rounds, deletions) = (self.rounds(viewer, false, false), self.rounds(viewer, false, true));
                self.compare(viewer, &rounds, &deletions, tally).await
            }
            Part::Together => self.compare(viewer, &self.rounds(viewer, true, false), &[], tally).await,
            Part::Changes => {
                let acts = self.rounds(viewer, false, false).concat();
                self.request_changes(viewer, &acts, tally).await
            }
        };
        outcome.err().map(|found| *found)
    }

    /// The acts hidden from the viewer, in rounds. What deletes comes last of all: it covers up what was before.
    fn rounds(&self, viewer: &str, is_paired: bool, deletes: bool) -> Vec<Vec<Happening>> {
        let is_meant = |act: &Act| {
            let is_wanted = act.is_paired == is_paired && (act.method == "delete") == deletes;
            is_wanted && act.is_hidden_from(viewer, &act.actor)
        };
        let mut rounds: Vec<Vec<(String, Happening)>> = Vec::new();
        for (place, act) in self.ground.menu.iter().enumerate().filter(|(_, act)| is_meant(act)) {
            let about = format!("{} {}", act.actor, record_of(act));
            let round = match self.depth {
                Depth::Full => rounds.iter().position(|round| round.iter().all(|(other, _)| *other != about)),
                Depth::Quick => (!rounds.is_empty()).then_some(0),
            };
            let round = round.unwrap_or_else(|| {
                rounds.push(Vec::new());
                rounds.len() - 1
            });
            let happening = happening(act, place, round, rounds[round].len());
            rounds[round].push((about, happening));
        }
        rounds.into_iter().map(|round| round.into_iter().map(|(_, happening)| happening).collect()).collect()
    }

    async fn before(&self, viewer: &str, rounds: &[Vec<Happening>], is_paired: bool) -> Before {
        let mut side = self.ground.begin(viewer, 0).await;
        let mut told = Vec::new();
        for (number, round) in rounds.iter().enumerate() {
            for happening in round {
                side.happen(happening).await;
            }
            told.push(side.work(viewer, &work(number, 0)).await);
        }
        let accesses = self.count_accesses(&side, viewer).await;
        let plain = self.ask_all(&mut side, viewer, &self.gets.plain).await;
        let mut rest = Vec::new();
        if !is_paired {
            rest = self.ask_all(&mut side, viewer, &self.gets.filtered).await;
            rest.extend(self.ask_all(&mut side, viewer, &self.gets.paged).await);
        }
        let mut later = Vec::new();
        for hours in FORTY_DAYS {
            later.push(side.work(viewer, &work(rounds.len(), hours)).await);
        }
        let mut after_all = Vec::new();
        if !is_paired {
            after_all = self.ask_all(&mut side, viewer, &self.gets.plain).await;
        }
        Before { told, plain, rest, later, after_all, accesses }
    }

    async fn compare(
        &self,
        viewer: &str,
        rounds: &[Vec<Happening>],
        deletions: &[Vec<Happening>],
        tally: &mut DirectedTally,
    ) -> Outcome {
        let is_paired = rounds.iter().flatten().any(|happening| happening.sides[0].is_some());
        let before = self.before(viewer, rounds, is_paired).await;
        let mut world = World { viewer: viewer.to_owned(), steps: Vec::new() };
        let mut side = self.ground.begin(viewer, 1).await;
        for (number, round) in rounds.iter().enumerate() {
            for happening in round {
                tally.note(&happening.act, side.happen(happening).await);
                world.steps.push(Step::Hidden(Box::new(happening.clone())));
            }
            self.work(&mut side, &mut world, work(number, 0), &before.told[number], tally).await?;
            let is_last = number + 1 == rounds.len();
            if is_last {
                let count = self.count_accesses(&side, viewer).await;
                if count != before.accesses {
                    let log = get("list_accesses", "/v1/me/access-log?limit=200");
                    return Err(self.found(&world, Some(log)).await);
                }
            }
            // Later rounds add to what the others did, and seldom cover it up.
            if is_last || (!is_paired && number < 2) {
                self.differs(&mut side, &world, &before.plain, tally).await?;
            }
        }
        self.differs(&mut side, &world, &before.rest, tally).await?;
        self.are_absent(&mut side, &world, tally).await?;
        for (hours, told) in FORTY_DAYS.into_iter().zip(&before.later) {
            self.work(&mut side, &mut world, work(rounds.len(), hours), told, tally).await?;
        }
        self.differs(&mut side, &world, &before.after_all, tally).await?;
        self.are_absent(&mut side, &world, tally).await?;
        for happening in deletions.iter().flatten() {
            tally.note(&happening.act, side.happen(happening).await);
            world.steps.push(Step::Hidden(Box::new(happening.clone())));
        }
        if deletions.is_empty() { Ok(()) } else { self.differs(&mut side, &world, &before.after_all, tally).await }
    }
    /// Lets the jobs run, on which the world goes on.
    async fn work(
        &self,
        side: &mut Side<'_, '_>,
        world: &mut World,
        work: Work,
        told: &[Heard],
        tally: &mut DirectedTally,
    ) -> Outcome {
        world.steps.push(Step::Worked(work));
        let heard = side.work(&world.viewer, &work).await;
        tally.outlets += heard.len();
        if heard == told { Ok(()) } else { Err(self.found(world, None).await) }
    }

    /// Asks each, page by page where it begins a list.
    async fn ask_all(&self, side: &mut Side<'_, '_>, viewer: &str, requests: &[Request]) -> Snapshot {
        let mut snapshot = Vec::new();
        for request in requests {
            let mut pages = Vec::new();
            let mut next = request.clone();
            loop {
                let raw = side.ask_as_it_is(viewer, &next).await;
                let cursor =
                    next_cursor(&String::from_utf8_lossy(&raw.body)).filter(|_| request.path.contains(ONE_A_PAGE));
                pages.push(side.job_ids.comparable(raw).0);
                let Some(cursor) = cursor else { break };
                let few = if pages.len() < SHORT_PAGES { ONE_A_PAGE } else { "?limit=20" };
                next.path = format!("{}&cursor={cursor}", request.path.replace(ONE_A_PAGE, few));
            }
            snapshot.push((request.clone(), pages));
        }
        snapshot
    }

    /// Asks the same again, and compares.
    async fn differs(
        &self,
        side: &mut Side<'_, '_>,
        world: &World,
        all: &Snapshot,
        tally: &mut DirectedTally,
    ) -> Outcome {
        for (request, before) in all {
            let heard = self.ask_all(side, &world.viewer, std::slice::from_ref(request)).await.pop();
            *tally.answers.entry(request.operation.clone()).or_default() += before.len();
            if heard.is_some_and(|(_, heard)| heard != *before) {
                let mut request = request.clone();
                // Where pages part shows on a long one.
                request.path = request.path.replace(ONE_A_PAGE, "?limit=200");
                return Err(self.found(world, Some(request)).await);
            }
        }
        Ok(())
    }

    /// What the hidden acts made is to the viewer as if it were not there.
    async fn are_absent(&self, side: &mut Side<'_, '_>, world: &World, tally: &mut DirectedTally) -> Outcome {
        let made: Vec<_> = side.places.iter().skip(self.ground.house.places.len()).cloned().collect();
        for place in made.iter().filter(|place| !place.starts_with("/v1/pairs/")) {
            let (collection, _) = place.rsplit_once('/').expect("an id");
            let none = format!("{collection}/{}", Dice(9).uuid());
            for asked in [get("a record that was made", place), change("a record that was made", place)] {
                let of_none = Request { path: none.clone(), ..asked.clone() };
                let heard = [side.ask(&world.viewer, &asked).await.0, side.ask(&world.viewer, &of_none).await.0];
                *tally.answers.entry(asked.operation.clone()).or_default() += 1;
                if heard[0] != heard[1] {
                    return Err(self.found(world, Some(asked)).await);
                }
            }
        }
        Ok(())
    }

    /// The same as a world of its own, to be cut down and told.
    pub async fn found(&self, world: &World, request: Option<Request>) -> Box<Found> {
        let mut world = world.clone();
        world.steps.extend(request.map(Step::Asked));
        if !self.plays_again {
            return Box::new(Found { world, heard: [Vec::new(), Vec::new()] });
        }
        let heard = [self.ground.play(&world, 0).await, self.ground.play(&world, 1).await];
        assert!(heard[0] != heard[1], "differs in the pass and not when it is played again:\n{world}");
        Box::new(Found { world, heard })
    }

    /// How many have read the words of the viewer: the log is not taken back, so it is not compared as it is.
    async fn count_accesses(&self, side: &Side<'_, '_>, viewer: &str) -> i64 {
        let request = get("list_accesses", "/v1/me/access-log?limit=1&count=exact");
        side.ask_as_it_is(viewer, &request).await.json()["total"].as_i64().unwrap_or_default()
    }
}

/// What asks for a list one record a page.
const ONE_A_PAGE: &str = "?limit=1";

fn get(operation: &str, path: &str) -> Request {
    let (operation, path, method) = (operation.to_owned(), path.to_owned(), "get".to_owned());
    Request { number: ASKED_AT, operation, method, path, body: None, headers: Vec::new() }
}

/// A change of the record as it never was.
fn change(operation: &str, path: &str) -> Request {
    let stale = vec![("if-match", "\"stale\"".to_owned())];
    Request { method: "patch".to_owned(), body: Some(b"{}".to_vec()), headers: stale, ..get(operation, path) }
}

/// What a act is about: the record in its path, or the list that it adds to.
fn record_of(act: &Act) -> &str {
    // `…/complete` is about the record before it.
    match act.path.rsplit_once('/') {
        Some((record, _)) if record.ends_with('}') && act.method == "post" && act.makes.is_none() => record,
        _ => &act.path,
    }
}

/// A act by itself.
pub fn alone(act: &Act, place: usize) -> Happening {
    happening(act, place, 0, place)
}

fn work(number: usize, jump_hours: u32) -> Work {
    Work { number: u32::try_from(number).expect("a few") * 5 + 5, jump_hours }
}

/// The act as it happens: on the second side, or on both in other words.
fn happening(act: &Act, place: usize, round: usize, within: usize) -> Happening {
    let mut dice = Dice::of(7, place, 0);
    // In the seconds before the jobs of its round, and never at their millisecond.
    let milliseconds = u32::try_from(5000 * round + 302 + 10 * (within % 400)).expect("a few minutes");
    let (after, chance) = (f64::from(milliseconds) / 1000.0, dice.roll() >> 8);
    let key = (act.method == "post").then(|| format!("key-of-{place}"));
    let mut said = || Said { actor: act.actor.clone(), words: dice.words(), key: key.clone(), after, chance };
    let second = Some(said());
    Happening { act: act.clone(), sides: [act.is_paired.then(said), second] }
}

async fn run(engine: &str, otherwise: Depth, open: impl AsyncFn() -> Option<TestApp>) {
    let page = Page::open(&format!("35 directed pass on {engine}"));
    let started = Instant::now();
    let Some(app) = open().await else { return };
    let is_long = setting("MENTORSHIP_ROUNDS").is_some_and(|rounds| rounds > 0);
    let depth = if is_long { Depth::Full } else { otherwise };
    let ground = Ground::prepare(&app, None).await;
    let (mut directed, mut tally) = (Directed::new(&ground, depth), DirectedTally::default());
    let mut leaks = Vec::new();
    for viewer in if is_long || depth == Depth::Full { viewers() } else { FULLY.to_vec() } {
        tally.viewers += 1;
        let is_full = depth == Depth::Full && (is_long || FULLY.contains(&viewer));
        directed.depth = if is_full { Depth::Full } else { Depth::Quick };
        for part in Part::ALL.into_iter().filter(|part| is_full || *part == Part::Acts) {
            if let Some(found) = directed.tell_apart(viewer, part, &mut tally).await {
                leaks.push(ground.shrink(found).await.to_string());
            }
        }
    }
    assert!(leaks.is_empty(), "{} leaks on {engine}:\n{}", leaks.len(), leaks.join("\n\n"));
    let routes = figures::private_routes(&ground).await;
    tally.say(&page, ground.menu.len());
    page.say(&format!("figures for operators: {routes} private acts under one route"));
    page.say(&format!("0 leaks found, in {:.0?}", started.elapsed()));
    assert!(tally.came_to_pass * 2 > tally.tried, "too few acts came to pass: {tally:?}");
    if depth == Depth::Full {
        assert_eq!(tally.refused(), TOO_LATE, "acts that never came to pass, or that now do");
    }
    drop(ground);
    app.stop().await;
}

#[actix_web::test]
async fn no_get_tells_of_a_hidden_deed_on_sqlite() {
    run("SQLite", Depth::Full, async || Some(TestApp::on_sqlite_with(setup()).await)).await;
}

#[actix_web::test]
async fn no_get_tells_of_a_hidden_deed_on_postgres() {
    run("PostgreSQL", Depth::Quick, async || TestApp::on_postgres_with(setup()).await).await;
}
