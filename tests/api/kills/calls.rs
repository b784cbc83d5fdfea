//! Webhooks and `kill -9`: three instances on one PostgreSQL, or the one on its file, are killed at moments nobody
//! chose while people change their pairs. Whatever happened is told, in order for each pair, and what is told
//! twice has the same id.
//!
//! `MENTORSHIP_EVENTS` says how many changes there are (300 unless told), `MENTORSHIP_SEED` begins the chance.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::rc::Rc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::time::sleep;

use super::server::{Home, Pool, Server, signal};
use crate::confidentiality::dice::Dice;
use crate::confidentiality::setting;
use crate::harness::{Client, is_required, postgres_url};
use crate::notify::webhooks::receiver::{Call, Receiver};

/// So many pairs change at once.
const PAIRS: usize = 6;
/// What is planned and not brought yet, and what is not planned.
const WAITING: &str = "select (select count(*) from deliveries where channel = 'webhook' and status = 'pending')
    + (select count(*) from events where not is_planned)";
/// The lease of whoever died is over: nobody waits five minutes for it here.
const MINUTES_PASS: &str = "update deliveries set next_at = created_at where status = 'pending'";

type Running = Rc<RefCell<Vec<Server>>>;

/// Changes a pair again and again, at whichever instance is there; tells how often that was acknowledged.
async fn change(running: Running, token: String, path: String, times: usize, mut dice: Dice) -> usize {
    let mut acknowledged = 0;
    while acknowledged < times {
        let client = {
            let running = running.borrow();
            running[dice.below(running.len())].client(&token)
        };
        let request = client.request(reqwest::Method::PATCH, &path);
        let focus = json!({"goals_focus": format!("Change {acknowledged}")});
        match request.json(&focus).send().await {
            Ok(answer) if answer.status() == 200 => acknowledged += 1,
            // While an instance starts, everything here waits, also who is sending.
            Ok(answer) => assert_eq!(answer.status(), 408),
            Err(_) => sleep(Duration::from_millis(50)).await,
        }
    }
    acknowledged
}

async fn pairs(admin: &Client) -> Vec<String> {
    let mut pairs = Vec::new();
    for number in 0..PAIRS {
        let mut two = Vec::new();
        for role in ["mentor", "mentee"] {
            let person = json!({"name": role, "email": format!("{role}{number}@example.com")});
            two.push(admin.post("/v1/people", person).await.created().id());
        }
        let pair = json!({"mentor_id": two[0], "mentee_id": two[1], "override_reason": "For the test."});
        pairs.push(admin.post("/v1/pairs", pair).await.created().id());
    }
    pairs
}

/// Kills one instance after another, each while something is just being told, and waits until all is.
async fn kill_while(running: &Running, home: &Home, pool: &Pool, receiver: &Receiver, dice: &mut Dice) -> usize {
    let (mut kills, mut heard) = (0, 0);
    // A kill for every forty events. What dies too often is given up; so the last of it is left in peace.
    let most = 4 + setting("MENTORSHIP_EVENTS").unwrap_or(300) / 40;
    while kills < most {
        while receiver.count() <= heard {
            sleep(Duration::from_millis(2)).await;
        }
        sleep(Duration::from_micros(dice.roll() % 20_000)).await;
        let which = dice.below(running.borrow().len());
        signal("-KILL", running.borrow()[which].id());
        heard = receiver.count();
        let fresh = home.start();
        let mut dead = std::mem::replace(&mut running.borrow_mut()[which], fresh);
        assert!(!dead.wait().await.success());
        pool.run(MINUTES_PASS).await;
        kills += 1;
    }
    kills
}

/// Until nothing waits any more.
async fn settle(pool: &Pool) {
    while pool.count(WAITING).await > 0 {
        sleep(Duration::from_millis(200)).await;
        pool.run(MINUTES_PASS).await;
    }
}

fn check(calls: &[Call], acknowledged: usize, planned: i64) {
    let mut ids = BTreeMap::<(String, String, DateTime<Utc>), BTreeSet<&str>>::new();
    let mut lines = BTreeMap::<String, Vec<DateTime<Utc>>>::new();
    for call in calls {
        let of = |pointer: &str| call.body.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        // Moments, not their spellings: a whole second is written without the dot that sorts before its Z.
        let (pair, at) = (of("/data/pair_id").to_owned(), of("/timestamp").parse().expect("a moment"));
        ids.entry((call.kind().to_owned(), pair.clone(), at)).or_default().insert(call.id());
        let line = lines.entry(pair).or_default();
        if !line.contains(&at) {
            line.push(at);
        }
    }
    assert!(ids.values().all(|ids| ids.len() == 1), "what is told twice has the same id");
    assert_eq!(i64::try_from(ids.len()), Ok(planned), "everything is told");
    assert!(ids.len() >= acknowledged, "whatever was acknowledged is told");
    for (pair, line) in lines {
        let late = line.windows(2).find(|two| two[0] > two[1]);
        assert!(late.is_none(), "the events of {pair} do not keep their order: {late:?}");
    }
}

async fn tell_though_killed(database: Option<String>, instances: usize) {
    let seed = setting("MENTORSHIP_SEED").map_or(1, |seed| seed as u64);
    println!("MENTORSHIP_SEED={seed}");
    let mut dice = Dice(seed);
    let (home, receiver) = (Home::new(database).calling_near(), Receiver::start());
    let token = home.token(&["admin@example.com", "--create", "Admin", "--role", "admin"]);
    let running: Running = Rc::new(RefCell::new((0..instances).map(|_| home.start()).collect()));
    let admin = running.borrow()[0].client(&token);
    let hook = json!({"url": receiver.url, "scopes": ["pairs:read"]});
    admin.post("/v1/webhooks", hook).await.created();
    let pairs = pairs(&admin).await;
    let pool = home.pool().await;
    let times = setting("MENTORSHIP_EVENTS").unwrap_or(300).div_ceil(PAIRS);
    let changes = async {
        let of = |pair: &String| {
            let path = format!("/v1/pairs/{pair}");
            change(running.clone(), token.clone(), path, times, Dice(dice.roll()))
        };
        futures_util::future::join_all(pairs.iter().map(of).collect::<Vec<_>>()).await.into_iter().sum::<usize>()
    };
    let mut chance = Dice(seed + 1);
    let (acknowledged, kills) = tokio::join!(changes, kill_while(&running, &home, &pool, &receiver, &mut chance));
    settle(&pool).await;
    let undelivered = "select count(*) from deliveries where channel = 'webhook' and status <> 'delivered'";
    assert_eq!(pool.count(undelivered).await, 0);
    let planned = pool.count("select count(*) from deliveries where channel = 'webhook'").await;
    let calls = receiver.take();
    println!("{acknowledged} changes acknowledged, {kills} kills, {planned} events told in {} calls", calls.len());
    check(&calls, acknowledged, planned);
}

#[actix_web::test]
async fn whatever_happened_is_told_though_killed_on_sqlite() {
    tell_though_killed(None, 1).await;
}

#[actix_web::test]
async fn whatever_happened_is_told_though_three_are_killed_on_postgres() {
    let Some(database) = postgres_url().await else { return };
    tell_though_killed(Some(database), 3).await;
}

/// A receiver in another language behind TLS; it ends with this.
struct BehindTls {
    child: Child,
    address: String,
}

impl Drop for BehindTls {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl BehindTls {
    fn start(folder: &TempDir) -> Option<Self> {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/foreign/webhooks/tls.py");
        let mut python = Command::new("python3");
        let child = python.arg(script).arg(folder.path()).stdin(Stdio::null()).stdout(Stdio::piped()).spawn();
        let mut address = String::new();
        if let Ok(mut child) = child {
            BufReader::new(child.stdout.take()?).read_line(&mut address).expect("text");
            let address = address.trim().to_owned();
            if !address.is_empty() {
                return Some(Self { child, address });
            }
            let _ = child.wait();
        }
        assert!(!is_required("MENTORSHIP_TEST_FOREIGN"), "it needs python3 and openssl");
        eprintln!("NOT TESTED: webhooks behind TLS. There is no python3, or no openssl.");
        None
    }
}

/// By https a webhook is called where the certificate is one that this machine trusts, and nowhere else.
#[actix_web::test]
async fn a_receiver_behind_tls_has_to_be_who_it_says() {
    let folder = tempfile::tempdir().expect("a folder");
    let Some(receiver) = BehindTls::start(&folder) else { return };
    for is_trusted in [true, false] {
        let home = Home::new(None).calling_near();
        let home = if is_trusted { home.trusting(folder.path().join("ca.pem")) } else { home };
        let token = home.token(&["admin@example.com", "--create", "Admin", "--role", "admin"]);
        let server = home.start();
        let admin = server.client(&token);
        let hook = json!({"url": format!("https://{}/hooks", receiver.address), "scopes": ["pairs:read"]});
        let hook = admin.post("/v1/webhooks", hook).await.created().id();
        admin.post(&format!("/v1/webhooks/{hook}/test"), json!({})).await.ok();
        let told = format!("/v1/deliveries?recipient_id={hook}");
        let mut delivery = Value::Null;
        for _ in 0..100 {
            sleep(Duration::from_millis(100)).await;
            delivery = admin.get(&told).await.ok().body["items"][0].clone();
            if delivery["status"] == "delivered" || !delivery["last_error"].is_null() {
                break;
            }
        }
        let expected =
            if is_trusted { ("delivered", Value::Null) } else { ("pending", json!("the receiver cannot be reached")) };
        assert_eq!(
            (delivery["status"].as_str().unwrap_or_default(), delivery["last_error"].clone()),
            expected,
            "{delivery}"
        );
    }
}
