//! Non-interference: two worlds that differ only in what a viewer may not see answer the viewer's
//! every request with the same bytes.
//!
//! `MENTORSHIP_WORLDS` says how many worlds (42 unless told), `MENTORSHIP_SEED` where to begin: a
//! failure prints both the seed and what happened.

mod deeds;
pub mod dice;
mod lists;
mod script;

use serde_json::Value;

use self::deeds::{Deed, deeds};
use self::dice::Dice;
use self::script::{Known, Memory, Request};
use crate::harness::{Answer, Setup, TestApp};
use crate::matrix::house::{Canary, House};
use crate::matrix::personas::may_learn;
use crate::matrix::table::{Operation, documented};

/// Viewers who share a house: what is hidden there is hidden from each of them, so that what
/// happened for one is as hidden from the next. Who can change most comes last.
const HOUSES: &[&[&str]] = &[
    &["hris"],
    &["colleague", "other_mentee", "other_lead"],
    &["manager", "lead"],
    &["all_scopes", "outcomes_read", "admin"],
    &["mentor"],
    &["mentee"],
];
/// Worlds to a house.
const ROUNDS: usize = 7;
/// Requests to a world.
const REQUESTS: u32 = 25;

/// What a longer run asks for from outside.
pub fn setting(name: &str, otherwise: u64) -> u64 {
    #[expect(clippy::disallowed_methods, reason = "a longer run is asked for from outside")]
    let value = std::env::var(name);
    value.map_or(otherwise, |value| value.parse().expect("a number"))
}

#[actix_web::test]
async fn what_is_hidden_changes_no_byte_on_sqlite() {
    run(async || Some(TestApp::on_sqlite_with(Setup::default()).await)).await;
}

#[actix_web::test]
async fn what_is_hidden_changes_no_byte_on_postgres() {
    run(async || TestApp::on_postgres_with(Setup::default()).await).await;
}

async fn run(open: impl AsyncFn() -> Option<TestApp>) {
    let worlds = usize::try_from(setting("MENTORSHIP_WORLDS", 42)).expect("a number");
    let seed = setting("MENTORSHIP_SEED", 1);
    let (mut done, mut deeds) = (0, (0, 0));
    for house in 0.. {
        let (Some(left), Some(right)) = (open().await, open().await) else { return };
        let viewers = HOUSES[house % HOUSES.len()];
        let mut two = Two::build([&left, &right], viewers, (seed, house)).await;
        for round in 0..ROUNDS {
            two.live(viewers[round * viewers.len() / ROUNDS]).await;
            done += 1;
        }
        deeds = (deeds.0 + two.deeds.0, deeds.1 + two.deeds.1);
        drop(two);
        left.stop().await;
        right.stop().await;
        if done >= worlds {
            break;
        }
    }
    assert!(deeds.0 * 2 > deeds.1, "of {} hidden deeds only {} came to pass", deeds.1, deeds.0);
}

/// Both worlds, and what is hidden from the viewers.
struct Two<'a> {
    houses: [House<'a>; 2],
    menu: Vec<Deed>,
    operations: Vec<Operation>,
    dice: Dice,
    now: u32,
    seed: u64,
    told: Vec<String>,
    /// Hidden deeds that came to pass, and that were tried.
    deeds: (usize, usize),
}

impl<'a> Two<'a> {
    async fn build(apps: [&'a TestApp; 2], viewers: &'static [&'static str], (seed, house): (u64, usize)) -> Self {
        let words = |world: u64| -> Box<dyn Fn(&Canary) -> String> {
            Box::new(move |canary| {
                let may = |who: &&str| may_learn(who, canary.reach, &canary.about, Some(canary.author));
                let is_hidden = !viewers.iter().any(may);
                let length = if is_hidden { canary.name.len() * usize::try_from(world).unwrap_or(0) } else { 0 };
                format!("text{}", "x".repeat(length))
            })
        };
        // They live as long as the test.
        let (left, right) = (Box::leak(words(0)), Box::leak(words(3)));
        let (mut left, mut right) = tokio::join!(House::new(apps[0], left), House::new(apps[1], right));
        tokio::join!(left.furnish(), right.furnish());
        assert_eq!(left.ids, right.ids, "both worlds begin alike");
        let menu = deeds().into_iter().filter(|deed| deed.is_hidden_from(viewers)).collect();
        let operations = documented().into_values().collect();
        let now = left.steps();
        let told = vec![format!("house {house}, viewers {viewers:?}")];
        let dice = Dice(seed.wrapping_add(house as u64 * 1000));
        Self { houses: [left, right], menu, operations, dice, now, seed, told, deeds: (0, 0) }
    }

    /// One world's worth of requests by one viewer, with hidden deeds in between.
    async fn live(&mut self, who: &str) {
        let mut memory = Memory::default();
        self.told.push(format!("as {who}"));
        for _ in 0..REQUESTS {
            self.now += 1;
            for _ in 0..self.dice.below(3) {
                self.happen().await;
            }
            let mut places: Vec<_> = self.houses.iter().flat_map(|house| house.places.clone()).collect();
            places.sort_unstable();
            places.dedup();
            let operations = self.operations.iter().collect();
            let known = Known { house: &self.houses[0], places, operations };
            let request = known.request(&mut self.dice, who, &memory);
            self.compare(who, &request, &mut memory).await;
        }
    }

    /// Something hidden happens: here, there, or on both sides in other words.
    async fn happen(&mut self) {
        let deed = self.dice.pick(&self.menu).clone();
        let sides: &[usize] =
            if deed.is_paired { &[0, 1] } else { self.dice.pick::<&[usize]>(&[&[0], &[1], &[1], &[0, 1]]) };
        let happening = self.dice.roll() >> 8;
        for side in sides {
            let (text, nudge) = (self.dice.words(), *self.dice.pick(&[0.1, 0.3, 0.5, 0.9]));
            let house = &mut self.houses[*side];
            let is_known = |text: &str| names(text).all(|name| house.ids.contains_key(name));
            if !is_known(&deed.path) {
                continue;
            }
            let body = say(&house.fill_body(&without_words(&deed.body)), &deed.body, &text);
            let path = house.fill(&deed.path);
            let at = f64::from(self.now) - 1.0 + if deed.is_paired { 0.1 } else { nudge };
            let chance = if deed.is_paired { happening } else { self.dice.roll() >> 8 };
            house.hold(at, (1 << 60) + chance);
            let headers: &[_] =
                if ["put", "patch"].contains(&deed.method) { &[("if-match", "*".to_owned())] } else { &[] };
            let body = (!body.is_null()).then(|| body.to_string().into_bytes());
            let answer = house.send(deed.actor, deed.method, &path, body.as_deref(), headers).await;
            assert!(answer.status < 500 && answer.status != 400, "{deed:?}: {}", answer.body);
            self.deeds.1 += 1;
            self.deeds.0 += usize::from(answer.status < 300);
            self.told.push(format!("  world {side}: {} {} → {}", deed.actor, answer.told, answer.status));
            if let (201, Some(name)) = (answer.status, &deed.makes) {
                let place = answer.header("location").to_owned();
                let id = place.rsplit('/').next().unwrap_or_default().to_owned();
                house.ids.insert(name.clone(), id);
                house.places.push(place);
            }
        }
    }

    async fn compare(&mut self, who: &str, request: &Request, memory: &mut Memory) {
        let Request { method, path, body, headers } = request;
        for house in &self.houses {
            house.hold(f64::from(self.now), u64::from(self.now));
        }
        let [left, right] = &self.houses;
        let (left, right) = tokio::join!(
            left.send(who, method, path, body.as_deref(), headers),
            right.send(who, method, path, body.as_deref(), headers),
        );
        let body = body.as_deref().map(String::from_utf8_lossy).unwrap_or_default();
        self.told.push(format!("{method} {path} {headers:?} {body} → {}", left.status));
        assert!(
            bytes(&left) == bytes(&right),
            "{who} can tell two worlds apart (MENTORSHIP_SEED={} once more):\n{}\nworld 0: {}\nworld 1: {}",
            self.seed,
            self.told.join("\n"),
            bytes(&left),
            bytes(&right),
        );
        assert!(left.status < 500, "{}: {}", left.told, left.body);
        memory.etags.extend(left.headers.get("etag").and_then(|etag| etag.to_str().ok()).map(str::to_owned));
        memory.cursors.extend(left.body["next_cursor"].as_str().map(str::to_owned));
    }
}

/// All of an answer besides the date, and whether the server closes a connection whose body it
/// did not read.
fn bytes(answer: &Answer) -> String {
    let headers = answer.headers.iter().filter(|(name, _)| !["date", "connection"].contains(&name.as_str()));
    let mut lines: Vec<_> = headers.map(|(name, value)| format!("{name}: {value:?}")).collect();
    lines.sort_unstable();
    format!("{} {}\n\n{}", answer.status, lines.join("\n"), String::from_utf8_lossy(&answer.bytes))
}

/// The names in braces.
fn names(text: &str) -> impl Iterator<Item = &str> {
    text.split('{').skip(1).filter_map(|rest| rest.split_once('}').map(|(name, _)| name))
}

/// A body with `{words}` made harmless, for the house to fill in the rest.
fn without_words(body: &Value) -> Value {
    serde_json::from_str(&body.to_string().replace("{words}", "words")).expect("still JSON")
}

/// Puts the words of this world where the deed has `{words}`.
fn say(filled: &Value, deed: &Value, text: &str) -> Value {
    let Value::Object(members) = filled else { return filled.clone() };
    let mut said = members.clone();
    for (name, value) in &mut said {
        if deed[name] == "{words}" {
            *value = Value::String(text.to_owned());
        }
    }
    Value::Object(said)
}
