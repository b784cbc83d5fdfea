//! One organisation, on which world after world is played and taken back.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use actix_web::http::Method;
use actix_web::test::TestRequest;
use mentorship::notify::webhook::{AllowedAddresses, WebhookClient};
use mentorship::privacy::retention::model::Retention;
use metrics::LocalRecorderGuard;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use serde_json::Value;

use super::Tally;
use super::acts::{Act, acts};
use super::asks::{Asks, Memory, Pool, Request};
use super::chance::{Organisation, PEOPLE, organisation};
use super::declared::{Known, is_declared};
use super::dice::Dice;
use super::job_ids::JobIds;
use super::outlets::{Outlets, Work, run_jobs};
use super::restore::{remember, run};
use super::shrink::Found;
use crate::harness::{Heard, Local, Setup, TestApp};
use crate::matrix::house::{Canary, House, fill, fill_body};
use crate::matrix::personas::{self, About};
use crate::notify::webhooks::receiver::Receiver;

/// Requests to a world.
const REQUESTS: u32 = 12;
/// Background jobs run after so many of a hundred requests, and at the end of each world.
const WORKED: usize = 10;
/// The clock jumps so far before: seldom, for what is due within hours is not due after weeks.
const JUMPS_HOURS: [u32; 8] = [0, 0, 0, 3, 23, 50, 9 * 24, 40 * 24];

/// An organisation with the service in front of it.
pub struct Ground<'a> {
    pub house: House<'a>,
    local: Local,
    /// Every act that may happen.
    pub menu: Vec<Act>,
    asks: Asks,
    /// What says who may learn of a act in a declared way.
    pub known: Known,
    /// Where mails, calls and calendars come out.
    pub outlets: Outlets,
    /// What the webhooks call.
    pub receiver: Receiver,
    /// What operators read of the requests here.
    pub figures: PrometheusHandle,
    _counting: LocalRecorderGuard<'static>,
    /// Who sees something and not everything, is asked most often.
    viewers: Vec<String>,
    /// The SQL that takes everything back.
    back: &'static str,
    /// How long that took so far.
    pub taking_back: Cell<Duration>,
}

/// One thing that happens in a world.
#[derive(Clone, Debug)]
pub enum Step {
    Hidden(Box<Happening>),
    Asked(Request),
    Worked(Work),
}

/// A hidden act, as it happens on the two sides: here, there, or on both in other words.
#[derive(Clone, Debug)]
pub struct Happening {
    pub act: Act,
    pub sides: [Option<Said>; 2],
}

/// What is particular to one side.
#[derive(Clone, Debug)]
pub struct Said {
    pub actor: String,
    pub words: String,
    pub key: Option<String>,
    /// When, in seconds of the world.
    pub after: f64,
    /// What its ids follow from.
    pub chance: u64,
}

/// A viewer and all that happens.
#[derive(Clone, Debug)]
pub struct World {
    pub viewer: String,
    pub steps: Vec<Step>,
}

/// One side of a world while it is played.
pub struct Side<'g, 'a> {
    pub ground: &'g Ground<'a>,
    number: usize,
    pub ids: BTreeMap<String, String>,
    pub places: Vec<String>,
    /// What the acts were about.
    touched: BTreeSet<String>,
    /// How far the clock jumped so far, in seconds.
    pub ahead: f64,
    pub job_ids: JobIds,
}

/// A service whose webhooks may be on this machine, and which keeps as little as it can be told to.
pub fn setup() -> Setup {
    let days = Some(30);
    let retention = Retention { ended_pairs_days: days, closed_suggestions_days: days, departed_profiles_days: days };
    Setup {
        webhook_client: Some(WebhookClient::new(AllowedAddresses::Anywhere).expect("a client")),
        retention,
        ..Setup::default()
    }
}

impl<'a> Ground<'a> {
    /// Prepares an organisation, with people and pairs made by chance where there are `dice`.
    pub async fn prepare(app: &'a TestApp, dice: Option<&mut Dice>) -> Self {
        // It lives as long as the test.
        let mut house = House::new(app, &|canary: &Canary| canary.name.clone()).await;
        house.people().await;
        // Neighbours among skills: taking them back makes the roster of mentors anew.
        let related = serde_json::json!({"related_ids": ["{talks}"]});
        house.act("admin", "patch", "/v1/skills/{rust}", related).await;
        let organisation = match dice {
            Some(dice) => organisation(&mut house, dice).await,
            None => Organisation::default(),
        };
        house.relationships().await;
        let receiver = Receiver::start();
        let outlets = Outlets::open(&mut house, &receiver.url).await;
        let weighed = |(name, weight): (&str, usize)| vec![name.to_owned(); weight];
        let people = personas::PEOPLE.into_iter().zip([3, 3, 5, 4, 4, 3, 5, 2]);
        let services = personas::SERVICES.into_iter().map(|(name, scopes)| (name, 1 + usize::from(scopes.len() > 1)));
        let by_chance = (0..PEOPLE / 3).map(|number| format!("p{number}"));
        let by_chance = by_chance.filter(|name| house.ids.contains_key(name));
        let viewers = people.chain(services).flat_map(weighed).chain(by_chance).collect();
        // What the house brought about is delivered before, so that a world delivers what happens in it.
        house.step();
        run_jobs(&app.service).await;
        let (local, back) = (Local::of(&app.service).await, remember(&app.db).await);
        // Other tests of this process count elsewhere.
        let recorder = Box::leak(Box::new(PrometheusBuilder::new().build_recorder()));
        let figures = recorder.handle();
        let ground = Self {
            known: Known::new(&house.ids),
            house,
            local,
            menu: acts(&organisation),
            asks: Asks::new(),
            outlets,
            receiver,
            figures,
            _counting: metrics::set_default_local_recorder(recorder),
            viewers,
            back,
            taking_back: Cell::default(),
        };
        ground.letters("");
        ground
    }

    pub fn pick_viewer(&self, dice: &mut Dice) -> String {
        dice.pick(&self.viewers).clone()
    }

    /// Makes up a world as it is played on the second side, and plays it on the first.
    pub async fn tell_apart(&self, viewer: &str, dice: &mut Dice, tally: &mut Tally) -> Option<Found> {
        let mut world = World { viewer: viewer.to_owned(), steps: Vec::new() };
        let of = |is_meant: &dyn Fn(&Act) -> bool| -> Vec<&Act> {
            let hidden = self.menu.iter().filter(|act| act.is_hidden_from(viewer, &act.actor));
            hidden.filter(|act| is_meant(act)).collect()
        };
        // As often about one as about another, though there are more acts about some.
        let is_main = |act: &Act| act.about == About::Pair("main");
        let is_personal = |act: &Act| matches!(act.about, About::Person(_));
        let mut menus = vec![of(&is_main), of(&is_personal), of(&|_| true)];
        menus.retain(|menu| !menu.is_empty());
        let (mut side, mut memory, mut heard) = (self.begin(viewer, 1).await, Memory::default(), Vec::new());
        for number in 1..=REQUESTS {
            // Something has happened before the first question.
            let acts = if number == 1 { 1 + dice.below(3) } else { dice.below(3) };
            for _ in 0..acts {
                let menu = dice.pick(&menus);
                let Some(act) = (0..50).map(|_| *dice.pick(menu)).find(|act| side.knows(act)) else { continue };
                let happening = Happening::of(act, dice, viewer, number);
                if !is_declared(&self.known, &world, &happening.act) {
                    tally.tried += usize::from(happening.sides[1].is_some());
                    tally.came_to_pass += usize::from(side.happen(&happening).await);
                    world.steps.push(Step::Hidden(Box::new(happening)));
                }
            }
            let own = side.ids.get(viewer).map(String::as_str);
            let now = self.house.app.clock.now();
            let pool = Pool { ids: &side.ids, places: &side.places, touched: &side.touched, own, now };
            let request = self.asks.request(dice, &pool, (&world, &self.known), &memory, number);
            let (answer, has_job_ids) = side.ask(viewer, &request).await;
            tally.requests += 1;
            tally.answered += usize::from(answer.status < 400);
            if !has_job_ids {
                memory.keep(&answer);
            }
            heard.push(answer);
            world.steps.push(Step::Asked(request));
            if number == REQUESTS || dice.percent(WORKED) {
                let work = Work { number, jump_hours: *dice.pick(&JUMPS_HOURS) };
                heard.extend(side.work(viewer, &work).await);
                tally.worked += 1;
                world.steps.push(Step::Worked(work));
            }
        }
        tally.worlds += 1;
        let first = self.play(&world, 0).await;
        if let Some(broken) = first.iter().chain(&heard).find(|answer| answer.status >= 500) {
            panic!("{world}\n{}", super::shrink::told(broken));
        }
        (first != heard).then_some(Found { world, heard: [first, heard] })
    }

    /// What the viewer hears on one side.
    pub async fn play(&self, world: &World, side: usize) -> Vec<Heard> {
        let (mut side, mut heard) = (self.begin(&world.viewer, side).await, Vec::new());
        for step in &world.steps {
            match step {
                Step::Hidden(happening) => {
                    side.happen(happening).await;
                }
                Step::Asked(request) => heard.push(side.ask(&world.viewer, request).await.0),
                Step::Worked(work) => heard.extend(side.work(&world.viewer, work).await),
            }
        }
        heard
    }

    /// Takes back what happened before, for the next side.
    pub async fn begin(&self, viewer: &str, number: usize) -> Side<'_, 'a> {
        let begun = Instant::now();
        run(&self.house.app.db, self.back).await;
        self.enable_webhook_of(viewer).await;
        // The clock went back as well.
        self.house.stop_at(f64::from(self.house.steps()), 1);
        self.house.app.service.renew_index().await.expect("it renews the index");
        self.taking_back.set(self.taking_back.get() + begun.elapsed());
        let (ids, places) = (self.house.ids.clone(), self.house.places.clone());
        let (touched, job_ids) = (BTreeSet::new(), JobIds::default());
        Side { ground: self, number, ids, places, touched, ahead: 0.0, job_ids }
    }

    /// Waits until no matching round is worked on: that goes on beside requests, at no certain pace.
    async fn rest(&self) {
        for _ in 0..1000 {
            let mut tx = self.house.app.db.read_one().await.expect("it looks");
            let busy =
                tx.query("select count(*) from matching_rounds where status in ('planning', 'publishing', 'undoing')");
            let (busy,): (i64,) = busy.one().await.expect("a count");
            if busy == 0 {
                return;
            }
            drop(tx);
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("a matching round does not come to rest");
    }

    pub async fn send(
        &self,
        who: &str,
        method: &str,
        path: &str,
        body: Option<Vec<u8>>,
        headers: &[(&str, String)],
    ) -> Heard {
        let method = Method::from_bytes(method.to_uppercase().as_bytes()).expect("a method");
        let mut request = TestRequest::default().method(method).uri(path);
        if let Some(token) = self.house.token(who) {
            request = request.insert_header(("authorization", format!("Bearer {token}")));
        }
        for (name, value) in headers {
            request = request.insert_header((*name, value.as_str()));
        }
        if let Some(body) = body {
            request = request.insert_header(("content-type", "application/json")).set_payload(body);
        }
        self.local.send(request).await
    }
}

impl Happening {
    /// How a act happens, before the request of this number.
    fn of(act: &Act, dice: &mut Dice, viewer: &str, number: u32) -> Self {
        let both = (dice.roll() >> 8, 0.1);
        let which: &[usize] = if act.is_paired { &[0, 1] } else { dice.pick::<&[usize]>(&[&[0], &[1], &[1], &[0, 1]]) };
        let partner = act.partner.as_ref().filter(|partner| act.is_hidden_from(viewer, partner));
        let sides = [0, 1].map(|side| {
            which.contains(&side).then(|| {
                let own = (dice.roll() >> 8, *dice.pick(&[0.2, 0.3, 0.5, 0.9]));
                let (chance, nudge) = if act.is_paired { both } else { own };
                let actor = partner.filter(|_| dice.percent(20)).unwrap_or(&act.actor).clone();
                // What everybody sees happens on both sides, whatever was sent with the key before.
                let key = (act.method == "post" && !act.is_paired && dice.percent(30)).then(|| dice.key());
                Said { actor, words: dice.words(), key, after: f64::from(number) - 1.0 + nudge, chance }
            })
        });
        Self { act: act.clone(), sides }
    }
}

impl Said {
    /// A body filled with ids, with the words of this side where the act has `{words}`.
    pub fn body(&self, filled: &Value, act: &Value) -> Vec<u8> {
        let mut said = filled.clone();
        for (name, value) in said.as_object_mut().into_iter().flatten() {
            if act[name] == "{words}" {
                *value = Value::String(self.words.clone());
            }
        }
        said.to_string().into_bytes()
    }
}

impl Side<'_, '_> {
    /// Stops the clock at a second of the world.
    pub fn stop_at(&self, second: f64, seed: u64) {
        self.ground.house.stop_at(f64::from(self.ground.house.steps()) + self.ahead + second, seed);
    }

    /// Whether all that the act is about exists on this side.
    fn knows(&self, act: &Act) -> bool {
        names(&act.path).all(|name| self.ids.contains_key(name))
    }

    /// Something hidden happens, if it does on this side. Whether it came to pass.
    pub async fn happen(&mut self, Happening { act, sides }: &Happening) -> bool {
        let Some(said) = &sides[self.number] else { return false };
        if !self.knows(act) {
            return false;
        }
        let path = fill(&act.path, &self.ids);
        let body = fill_body(&without_words(&act.body), &self.ids);
        self.stop_at(said.after, (1 << 60) + said.chance);
        let mut headers = Vec::new();
        // A `PUT` that makes a record is refused with it.
        if act.method == "patch" || act.path.ends_with("/agreement") {
            headers.push(("if-match", "*".to_owned()));
        }
        headers.extend(said.key.clone().map(|key| ("idempotency-key", key)));
        let body = (!body.is_null()).then(|| said.body(&body, &act.body));
        let answer = self.ground.send(&said.actor, act.method, &path, body, &headers).await;
        assert!(answer.status < 500 && answer.status != 400, "{act:?}: {}", answer.json());
        if path.contains("/matching_round") {
            self.ground.rest().await;
        }
        let location = answer.header("location").map(str::to_owned);
        if let (201, Some(name), Some(place)) = (answer.status, &act.makes, location) {
            self.ids.insert(name.clone(), place.rsplit('/').next().unwrap_or_default().to_owned());
            self.touched.insert(place.clone());
            self.places.push(place);
        }
        let actor = self.ids.get(&said.actor).map(|id| format!("/v1/people/{id}"));
        let is_named = |place: &&String| place.rsplit('/').next().is_some_and(|id| path.contains(id));
        self.touched.extend(self.places.iter().filter(is_named).cloned().chain(actor));
        answer.status < 300
    }

    /// What the viewer hears, as it is compared, and whether there was an id of a job in it.
    pub async fn ask(&mut self, viewer: &str, request: &Request) -> (Heard, bool) {
        let heard = self.ask_as_it_is(viewer, request).await;
        self.job_ids.comparable(heard)
    }

    pub async fn ask_as_it_is(&self, viewer: &str, request: &Request) -> Heard {
        self.stop_at(f64::from(request.number), u64::from(request.number));
        let Request { method, path, body, headers, .. } = request;
        let heard = self.ground.send(viewer, method, path, body.clone(), headers).await;
        if method == "post" && path.contains("/matching-rounds") {
            self.ground.rest().await;
        }
        heard
    }
}

/// The names in braces.
fn names(text: &str) -> impl Iterator<Item = &str> {
    text.split('{').skip(1).filter_map(|rest| rest.split_once('}').map(|(name, _)| name))
}

/// A body with `{words}` made harmless, for the house to fill in the rest.
fn without_words(body: &Value) -> Value {
    serde_json::from_str(&body.to_string().replace("{words}", "words")).expect("still JSON")
}
