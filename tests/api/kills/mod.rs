//! Nothing that was acknowledged is lost, however the process ends.
//!
//! `MENTORSHIP_KILLS` says how often to kill it (10 times on SQLite and 4 on PostgreSQL unless
//! told), `MENTORSHIP_SEED` begins the chance; a failure prints it.

mod calls;
mod server;

use std::collections::BTreeSet;
use std::time::{Duration, SystemTime};

use mentorship::clock::Clock;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use self::server::{Home, Server, signal};
use crate::confidentiality::dice::Dice;
use crate::confidentiality::setting;
use crate::harness::{Client, postgres_url};

const WRITERS: usize = 8;

/// A POST with its key, and the record that it was told of, if it was told.
#[derive(Clone, Debug)]
struct Post {
    /// Which of the two sent it.
    who: usize,
    key: String,
    path: String,
    body: Value,
    id: Option<String>,
}

impl Post {
    /// `None`: the connection ended before the answer.
    async fn send(&self, client: &Client) -> Option<String> {
        let request = client.request(Method::POST, &self.path).header("idempotency-key", &self.key).json(&self.body);
        let answer = request.send().await.ok()?;
        let status = answer.status().as_u16();
        let body = answer.bytes().await.ok()?;
        assert_eq!(status, 201, "{self:?}: {}", String::from_utf8_lossy(&body));
        let body: Value = serde_json::from_slice(&body).expect("JSON");
        Some(body["id"].as_str().expect("an id").to_owned())
    }

    /// Where the record is read.
    fn place(&self, id: &str) -> String {
        format!("/v1/{}/{id}", self.path.rsplit('/').next().expect("a collection"))
    }
}

/// Two people, their pair, and all that was ever sent.
struct World {
    home: Home,
    tokens: [String; 2],
    pair: String,
    starts_at: String,
    sent: Vec<Post>,
}

impl World {
    async fn new(database: Option<String>) -> (Self, Server) {
        let home = Home::new(database);
        let admin = home.token(&["admin@example.com", "--create", "Admin", "--role", "admin"]);
        let tokens = ["mentor", "mentee"].map(|who| home.token(&[&format!("{who}@example.com"), "--create", who]));
        let server = home.start();
        let mut ids = Vec::new();
        for token in &tokens {
            ids.push(server.client(token).get("/v1/me").await.ok().body["person"]["id"].clone());
        }
        let pair = json!({"mentor_id": ids[0], "mentee_id": ids[1]});
        let pair = server.client(&admin).post("/v1/pairs", pair).await.created().id();
        let starts_at = (Clock::system().now() + chrono::TimeDelta::days(1)).format("%FT%TZ").to_string();
        (Self { home, tokens, pair, starts_at, sent: Vec::new() }, server)
    }

    /// The two at this service.
    fn clients(&self, server: &Server) -> [Client; 2] {
        self.tokens.each_ref().map(|token| server.client(token))
    }

    /// Lets all writers write until `end` has ended the service; what they sent is kept, and told.
    async fn write_until(
        &mut self,
        clients: &[Client; 2],
        round: usize,
        dice: &mut Dice,
        end: impl Future,
    ) -> Vec<Post> {
        let mut writers = JoinSet::new();
        for writer in 0..WRITERS {
            let who = writer % 2;
            let (client, name) = (clients[who].clone(), format!("{round}-{writer}"));
            writers.spawn(write((who, client), Dice(dice.roll()), name, self.pair.clone(), self.starts_at.clone()));
        }
        end.await;
        let sent: Vec<_> = writers.join_all().await.into_iter().flatten().collect();
        self.sent.extend(sent.iter().cloned());
        sent
    }

    /// There are as many records as posts that count. Notes belong to sessions of their own round.
    async fn count(&self, client: &Client, round: &[Post], counts: impl Fn(&Post) -> bool) {
        let of = |path: &str| self.sent.iter().filter(|post| post.path == path && counts(post)).count();
        let mut lists = BTreeSet::from(["/v1/sessions", "/v1/goals"]);
        lists.extend(round.iter().map(|post| &*post.path));
        for path in lists {
            let only = if path.ends_with("/notes") { String::new() } else { format!("pair_id={}&", self.pair) };
            client.get(&format!("{path}?{only}limit=1&count=exact")).await.ok().has("/total", of(path));
        }
    }
}

/// One writer, until the service is gone: sessions with notes, and goals.
async fn write(
    (who, client): (usize, Client),
    mut dice: Dice,
    name: String,
    pair: String,
    starts_at: String,
) -> Vec<Post> {
    let (mut sent, mut session) = (Vec::new(), None::<String>);
    for number in 0.. {
        let (path, body) = match (dice.below(3), &session) {
            (0, Some(session)) => (format!("/v1/sessions/{session}/notes"), json!({"text": dice.words()})),
            (1, _) => ("/v1/goals".to_owned(), json!({"pair_id": pair, "title": format!("Goal {number}")})),
            _ => ("/v1/sessions".to_owned(), json!({"pair_id": pair, "starts_at": starts_at})),
        };
        let mut post = Post { who, key: format!("{name}-{number}"), path, body, id: None };
        post.id = post.send(&client).await;
        if post.path == "/v1/sessions" {
            session.clone_from(&post.id);
        }
        let is_told = post.id.is_some();
        sent.push(post);
        if !is_told {
            break;
        }
    }
    sent
}

/// Kills the service at moments nobody chose, and looks what is left.
async fn kill_often(database: Option<String>, times: usize) {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(1, |since| since.as_secs());
    let seed = setting("MENTORSHIP_SEED").map_or(since, |seed| seed as u64);
    println!("MENTORSHIP_SEED={seed}");
    let mut dice = Dice(seed);
    let (mut world, mut server) = World::new(database).await;
    let mut clients = world.clients(&server);
    let (mut told, mut untold) = (0, 0);
    for round in 0..setting("MENTORSHIP_KILLS").unwrap_or(times) {
        let moment = Duration::from_micros(50_000 + dice.roll() % 400_000);
        let id = server.id();
        let killing = async {
            tokio::time::sleep(moment).await;
            signal("-KILL", id);
        };
        let sent = world.write_until(&clients, round, &mut dice, killing).await;
        assert!(!server.wait().await.success());
        server = world.home.start();
        clients = world.clients(&server);
        for post in &sent {
            let client = &clients[post.who];
            if let Some(id) = &post.id {
                client.get(&post.place(id)).await.ok();
                told += 1;
            } else {
                let first = post.send(client).await.expect("it answers");
                let again = post.send(client).await.expect("it answers");
                assert_eq!(first, again, "one key, two records: {post:?}");
                client.get(&post.place(&first)).await.ok();
                untold += 1;
            }
        }
        world.count(&clients[0], &sent, |_| true).await;
    }
    signal("-TERM", server.id());
    assert!(server.wait().await.success());
    world.home.verify();
    assert!(told > 0 && untold > 0, "{told} were acknowledged and {untold} were not: the moments are badly chosen");
}

/// Asks the service to stop while everybody writes: who was let in is answered.
async fn stop_often(database: Option<String>) {
    let mut dice = Dice(setting("MENTORSHIP_SEED").map_or(1, |seed| seed as u64));
    let (mut world, mut server) = World::new(database).await;
    let mut clients = world.clients(&server);
    for round in 0..3 {
        let id = server.id();
        let stopping = async {
            tokio::time::sleep(Duration::from_millis(300)).await;
            signal("-TERM", id);
        };
        let sent = world.write_until(&clients, round, &mut dice, stopping).await;
        let status = server.wait().await;
        assert_eq!(status.code(), Some(0), "{status}");
        assert!(sent.iter().any(|post| post.id.is_some()));
        world.home.verify();
        server = world.home.start();
        clients = world.clients(&server);
        // Whatever came to pass was acknowledged.
        world.count(&clients[0], &sent, |post| post.id.is_some()).await;
    }
}

#[actix_web::test]
async fn what_was_acknowledged_survives_kill_9_on_sqlite() {
    kill_often(None, 10).await;
}

#[actix_web::test]
async fn what_was_acknowledged_survives_kill_9_on_postgres() {
    let Some(database) = postgres_url().await else { return };
    kill_often(Some(database), 4).await;
}

#[actix_web::test]
async fn no_request_at_work_fails_when_the_service_stops_on_sqlite() {
    stop_often(None).await;
}

#[actix_web::test]
async fn no_request_at_work_fails_when_the_service_stops_on_postgres() {
    let Some(database) = postgres_url().await else { return };
    stop_often(Some(database)).await;
}
