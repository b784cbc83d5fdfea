//! How much is taken on: quotas, requests at once, and time.

use std::num::NonZeroU32;
use std::time::{Duration, Instant};

use mentorship::auth::Quotas;
use mentorship::http::Limits;
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use super::wire::Wire;
use crate::harness::{Answer, Client, METRICS_TOKEN, Setup, TestApp};

fn two_a_minute() -> Setup {
    Setup { quotas: Some(Quotas::new(NonZeroU32::new(2).expect("not zero"))), ..Setup::default() }
}

fn one_at_once() -> Setup {
    Setup { limits: Some(Limits::new(1, Duration::from_secs(20))), ..Setup::default() }
}

fn five_at_once() -> Setup {
    Setup { limits: Some(Limits::new(5, Duration::from_secs(20))), ..Setup::default() }
}

fn in_a_hurry() -> Setup {
    Setup { limits: Some(Limits::new(100, Duration::from_millis(400))), ..Setup::default() }
}

/// Takes the only place there is, for a pair that has to wait; returns when it is taken.
async fn keep_busy(client: &Client, pair: Value) -> JoinHandle<Answer> {
    let poster = client.clone();
    let busy = actix_web::rt::spawn(async move {
        loop {
            let answer = poster.post("/v1/pairs", pair.clone()).await;
            // Whoever asks whether the place is taken may have it for a moment.
            if answer.status != 503 {
                return answer;
            }
        }
    });
    // Others may have the place for a moment too; whoever has it for this long waits for the one who holds the person.
    let mut taken = Instant::now();
    while taken.elapsed() < Duration::from_millis(500) {
        if client.get("/v1/pairs").await.status != 503 {
            taken = Instant::now();
        }
    }
    busy
}

/// The head of a POST that announces more than it sends.
fn unfinished(app: &TestApp, token: &str) -> String {
    let host = app.address.trim_start_matches("http://");
    format!(
        "POST /v1/pairs HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{{"
    )
}

/// Each viewer has a quota of their own, and always knows what is left of it.
#[apply(on_both_engines!)]
#[set_up_by(two_a_minute())]
async fn a_viewer_has_a_quota(app: TestApp) {
    let (one, other) = (app.as_(app.person().await), app.as_(app.person().await));
    // A problem costs as much as an answer.
    for (left, path) in [(1, "/v1/pairs"), (0, "/v1/pairs/x")] {
        let answer = one.get(path).await;
        assert_eq!(answer.header("ratelimit-policy"), "\"viewer\";q=2;w=60");
        assert_eq!(answer.header("ratelimit"), format!("\"viewer\";r={left};t=0"));
        assert!(!answer.headers.contains_key("retry-after"));
    }
    let refused = one.get("/v1/pairs").await.problem(429, "too_many_requests");
    let wait: u64 = refused.header("retry-after").parse().expect("seconds");
    assert!((1..=30).contains(&wait), "{wait}");
    assert_eq!(refused.header("ratelimit"), format!("\"viewer\";r=0;t={wait}"));
    assert_eq!(refused.header("ratelimit-policy"), "\"viewer\";q=2;w=60");
    // Whatever they ask for, and whatever token they use.
    one.post("/v1/pairs", json!({})).await.problem(429, "too_many_requests");
    other.get("/v1/pairs").await.ok();
}

/// Nobody has no quota: they are told to sign in, and what needs no token is answered.
#[apply(on_both_engines!)]
#[set_up_by(two_a_minute())]
async fn nobody_has_no_quota(app: TestApp) {
    for _ in 0..10 {
        let refused = app.nobody().get("/v1/pairs").await.problem(401, "unauthenticated");
        assert!(!refused.headers.contains_key("ratelimit"));
        app.nobody().get("/health/live").await.ok();
    }
}

/// At its limit the service says so at once, and goes on when there is room again.
#[apply(on_both_engines!)]
#[set_up_by(one_at_once())]
async fn overload_is_answered_not_suffered(app: TestApp) {
    let (person, mentor) = (app.person().await, app.person().await);
    let client = app.as_(person);
    // Somebody else has what the one request at work needs.
    let mut others = app.db.write().await.expect("a unit of work");
    others.lock(mentor.into()).await.expect("it is held");
    let busy = keep_busy(&client, json!({"mentor_id": mentor, "mentee_id": person})).await;
    for _ in 0..20 {
        let started = Instant::now();
        let answer = client.get("/v1/pairs").await.problem(503, "overloaded");
        assert!(started.elapsed() < Duration::from_millis(500), "{:?}", started.elapsed());
        assert_eq!(answer.header("retry-after"), "1");
        assert_eq!(answer.body["instance"], answer.header("x-request-id"));
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
    }
    // Whoever watches a busy service does not take it for a dead one.
    app.nobody().get("/health/live").await.ok();
    app.nobody().get("/health/ready").await.ok();
    app.bearing(METRICS_TOKEN).get("/metrics").await.ok();
    drop(others);
    busy.await.expect("no panic").created();
    client.get("/v1/pairs").await.ok();
}

/// Who has sent all at last finds a place, or is told that there is none.
#[apply(on_both_engines!)]
#[set_up_by(one_at_once())]
async fn who_comes_late_may_find_no_place(app: TestApp) {
    let (person, mentor) = (app.person().await, app.person().await);
    let token = app.token(mentorship::auth::TokenSubject::Person(person, Vec::new()));
    let mut slow = Wire::open(app).await;
    slow.send(&unfinished(app, &token)).await;
    let mut others = app.db.write().await.expect("a unit of work");
    others.lock(mentor.into()).await.expect("it is held");
    let busy = keep_busy(&app.as_(person), json!({"mentor_id": mentor, "mentee_id": person})).await;
    slow.send("}").await;
    let answer = slow.read_until("overloaded").await;
    assert!(answer.starts_with("HTTP/1.1 503"), "{answer}");
    drop(others);
    busy.await.expect("no panic").created();
    app.as_(person).get("/v1/pairs").await.ok();
}

/// A body that does not come takes nobody's place, and no place is lost when its client leaves.
#[apply(on_both_engines!)]
#[set_up_by(five_at_once())]
async fn who_sends_slowly_takes_no_place(app: TestApp) {
    let person = app.person().await;
    let token = app.token(mentorship::auth::TokenSubject::Person(person, Vec::new()));
    let (client, mut slow) = (app.as_(person), Vec::new());
    for _ in 0..20 {
        let mut wire = Wire::open(app).await;
        wire.send(&unfinished(app, &token)).await;
        slow.push(wire);
        client.get("/v1/pairs").await.ok();
    }
    let mut last = slow.pop().expect("twenty");
    last.send("}").await;
    let answer = last.read_until("mentor_id").await;
    assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
    drop(slow);
    tokio::time::sleep(Duration::from_millis(200)).await;
    client.get("/v1/pairs").await.ok();
}

/// A body that does not come is not waited for.
#[apply(on_both_engines!)]
#[set_up_by(in_a_hurry())]
async fn a_slow_body_is_timed_out(app: TestApp) {
    let token = app.token(mentorship::auth::TokenSubject::Person(app.person().await, Vec::new()));
    let mut slow = Wire::open(app).await;
    let started = Instant::now();
    slow.send(&unfinished(app, &token)).await;
    let answer = slow.read_until("timed_out").await;
    assert!(answer.starts_with("HTTP/1.1 503"), "{answer}");
    assert!(answer.to_lowercase().contains("\r\nretry-after: 1\r\n"), "{answer}");
    assert!(answer.to_lowercase().contains("\r\nx-request-id: "), "{answer}");
    assert!(
        (Duration::from_millis(350)..Duration::from_secs(3)).contains(&started.elapsed()),
        "{:?}",
        started.elapsed()
    );
}

/// Work that waits too long for others is undone, and done when it is asked for again.
#[apply(on_both_engines!)]
#[set_up_by(in_a_hurry())]
async fn slow_work_is_undone(app: TestApp) {
    let (mentor, mentee) = (app.person().await, app.person().await);
    let admin = app.as_with(app.person().await, &["admin"]);
    let body = json!({"mentor_id": mentor, "mentee_id": mentee});
    let mut others = app.db.write().await.expect("a unit of work");
    others.lock(mentor.into()).await.expect("it is held");
    for _ in 0..3 {
        let answer = admin.post("/v1/pairs", body.clone()).await.problem(503, "timed_out");
        assert_eq!(answer.header("retry-after"), "1");
    }
    drop(others);
    assert!(admin.get("/v1/pairs").await.ok().items().is_empty());
    admin.post("/v1/pairs", body).await.created();
}
