//! `Idempotency-Key`: a POST sent twice has one effect.

use chrono::TimeDelta;
use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Answer, Client, TestApp};

async fn post(client: &Client, path: &str, key: &str, body: &Value) -> Answer {
    client.send(client.request(Method::POST, path).header("idempotency-key", key.as_bytes()).json(body)).await
}

async fn count(app: &TestApp, sql: &'static str) -> i64 {
    let mut tx = app.db.read_one().await.expect("a look");
    tx.query(sql).one::<(i64,)>().await.expect("a number").0
}

/// Ten at the same moment: one pair, ten equal answers.
#[apply(on_both_engines!)]
async fn parallel_twins_have_one_effect(app: TestApp) {
    let (mentor, mentee) = (app.person().await, app.person().await);
    let admin = app.as_with(app.person().await, &["admin"]);
    let body = json!({"mentor_id": mentor, "mentee_id": mentee});
    let mut all = tokio::task::JoinSet::new();
    for _ in 0..10 {
        let (admin, body) = (admin.clone(), body.clone());
        all.spawn(async move { post(&admin, "/v1/pairs", "twin", &body).await });
    }
    let mut answers = Vec::new();
    while let Some(answer) = all.join_next().await {
        answers.push(answer.expect("no panic").created());
    }
    for answer in &answers {
        assert_eq!(answer.bytes, answers[0].bytes);
        assert_eq!(answer.header("location"), answers[0].header("location"));
        assert_eq!(answer.header("etag"), answers[0].header("etag"));
    }
    assert_eq!(count(app, "select count(*) from pairs").await, 1);
    assert_eq!(count(app, "select count(*) from events").await, 1, "a replay wrote an event");
    admin.get(&format!("/v1/people/{mentor}")).await.ok().has("/mentoring/active", 1);
}

/// A key belongs to who sent it.
#[apply(on_both_engines!)]
async fn another_viewers_key_is_another_key(app: TestApp) {
    let pair = app.pair().await;
    let path = format!("{}/notebook-entries", pair.path);
    let body = json!({"text": "x"});
    let first = post(&app.as_(pair.mentor), &path, "k", &body).await.created();
    let second = post(&app.as_(pair.mentee), &path, "k", &body).await.created();
    assert_ne!(first.id(), second.id());
    assert_eq!(post(&app.as_(pair.mentor), &path, "k", &body).await.created().id(), first.id());
    // The same person with another token is the same person.
    assert_eq!(post(&app.as_with(pair.mentor, &["admin"]), &path, "k", &body).await.created().id(), first.id());
    post(&app.nobody(), &path, "k", &body).await.problem(401, "unauthenticated");
}

/// A request that was refused leaves its key to the next one.
#[apply(on_both_engines!)]
async fn a_failed_request_leaves_the_key_free(app: TestApp) {
    let pair = app.pair().await;
    let mentor = app.as_(pair.mentor);
    let (path, good) = (format!("{}/notebook-entries", pair.path), json!({"text": "x"}));
    post(&mentor, &path, "k", &json!({"text": ""})).await.problem(422, "invalid_value");
    post(&mentor, "/v1/pairs", "k", &json!({"mentor_id": pair.mentor, "mentee_id": pair.mentor}))
        .await
        .problem(422, "invalid_value");
    post(&mentor, "/v1/pairs", "k", &json!({"mentor_id": pair.mentor, "mentee_id": pair.mentee}))
        .await
        .problem(409, "pair_exists");
    post(&app.as_(pair.manager), &path, "k", &good).await.problem(403, "not_allowed");
    assert_eq!(count(app, "select count(*) from idempotency_keys").await, 0);
    post(&mentor, &path, "k", &good).await.created();
}

/// One key, one request: to the byte, the address and its query.
#[apply(on_both_engines!)]
async fn a_key_does_not_fit_another_request(app: TestApp) {
    let pair = app.pair().await;
    let mentor = app.as_(pair.mentor);
    let path = format!("{}/notebook-entries", pair.path);
    post(&mentor, &path, "k", &json!({"text": "x"})).await.created();
    for (path, body) in [
        (path.as_str(), json!({"text": "y"})),
        (&format!("{path}?x=1"), json!({"text": "x"})),
        ("/v1/pairs", json!({"mentor_id": pair.mentor, "mentee_id": pair.manager})),
    ] {
        post(&mentor, path, "k", &body).await.problem(422, "idempotency_key_reused");
    }
    post(&mentor, &format!("{}/pause", pair.path), "k", &json!({})).await.problem(422, "idempotency_key_reused");
    mentor.get(&pair.path).await.ok().has("/status", "active");
}

/// What happened once is told again even when it could not happen now.
#[apply(on_both_engines!)]
async fn a_replay_tells_what_is_there_today(app: TestApp) {
    let pair = app.pair().await;
    let mentor = app.as_(pair.mentor);
    let pause = format!("{}/pause", pair.path);
    post(&mentor, &pause, "k", &json!({})).await.ok().has("/status", "paused");
    post(&mentor, &pause, "k", &json!({})).await.ok().has("/status", "paused");
    mentor.post(&pause, json!({})).await.problem(409, "wrong_state");
    let path = format!("{}/notebook-entries", pair.path);
    let entry = post(&mentor, &path, "e", &json!({"text": "x"})).await.created();
    mentor.patch(entry.header("location"), json!({"text": "y"})).await.ok();
    post(&mentor, &path, "e", &json!({"text": "x"})).await.created().has("/text", "y");
    mentor.delete(entry.header("location")).await.is(204);
    post(&mentor, &path, "e", &json!({"text": "x"})).await.problem(404, "not_found");
    assert_eq!(count(app, "select count(*) from notebook_entries").await, 0);
}

/// Whoever may no longer do it is told so, not what it gave before.
#[apply(on_both_engines!)]
async fn a_replay_obeys_todays_policy(app: TestApp) {
    let pair = app.pair().await;
    let path = format!("{}/notebook-entries", pair.path);
    post(&app.as_(pair.mentor), &path, "k", &json!({"text": "x"})).await.created();
    let mut tx = app.db.write().await.expect("a unit of work");
    tx.query("update people set status = 'departed' where id = $1").bind(pair.mentor).run().await.expect("they leave");
    tx.commit().await.expect("it commits");
    post(&app.as_(pair.mentor), &path, "k", &json!({"text": "x"})).await.problem(401, "unauthenticated");
}

/// Keys are 1 to 200 visible ASCII characters, and one.
#[apply(on_both_engines!)]
async fn keys_have_a_form(app: TestApp) {
    let pair = app.pair().await;
    let mentor = app.as_(pair.mentor);
    let (path, body) = (format!("{}/notebook-entries", pair.path), json!({"text": "x"}));
    for key in ["", &"k".repeat(201), "\u{fc}", &"k".repeat(5000), "a\tb"] {
        post(&mentor, &path, key, &body).await.problem(400, "invalid_request");
    }
    let two =
        mentor.request(Method::POST, &path).header("idempotency-key", "a").header("idempotency-key", "b").json(&body);
    mentor.send(two).await.problem(400, "invalid_request");
    for key in ["k", &"k".repeat(200), "';drop/**/table/**/idempotency_keys;--", "\"quoted\""] {
        let first = post(&mentor, &path, key, &body).await.created();
        assert_eq!(post(&mentor, &path, key, &body).await.created().id(), first.id(), "{key}");
    }
    // Letters count.
    assert_ne!(
        post(&mentor, &path, "K", &body).await.created().id(),
        post(&mentor, &path, "k", &body).await.created().id()
    );
}

/// A key is good for a day at least.
#[apply(on_both_engines!)]
async fn a_key_is_remembered_for_a_day(app: TestApp) {
    let pair = app.pair().await;
    let mentor = app.as_(pair.mentor);
    let (path, body) = (format!("{}/notebook-entries", pair.path), json!({"text": "x"}));
    let first = post(&mentor, &path, "k", &body).await.created();
    app.clock.advance(TimeDelta::hours(24));
    assert_eq!(post(&mentor, &path, "k", &body).await.created().id(), first.id());
}
