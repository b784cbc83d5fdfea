//! The headers that every answer has, whatever it is an answer to.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::json;

use crate::harness::{Answer, METRICS_TOKEN, TestApp};

/// Checks what every answer carries.
fn is_dressed(answer: &Answer) {
    let (told, status) = (&answer.told, answer.status);
    let expected = [
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-resource-policy", "same-origin"),
    ];
    for (name, value) in expected {
        assert_eq!(
            answer.headers.get(name).and_then(|value| value.to_str().ok()),
            Some(value),
            "{told} {status}: {name}"
        );
    }
    assert!(answer.header("content-security-policy").contains("frame-ancestors 'none'"), "{told}");
    assert!(answer.header("cache-control").contains("no-store"), "{told}");
    assert!(answer.header("vary").to_lowercase().contains("authorization"), "{told}");
    assert_eq!(answer.header("x-request-id").len(), 36, "{told}");
    for gossip in ["server", "x-powered-by", "via"] {
        assert!(!answer.headers.contains_key(gossip), "{told}: {gossip}");
    }
    assert!(!answer.headers.keys().any(|name| name.as_str().starts_with("access-control")), "{told}");
}

/// Answers of every status, from a list to a fault of the client's.
#[apply(on_both_engines!)]
async fn every_answer_is_dressed(app: TestApp) {
    let pair = app.pair().await;
    let mentor = app.as_(pair.mentor);
    let seen = mentor.get(&pair.path).await.ok();
    let agreement = format!("{}/agreement", pair.path);
    let entries = format!("{}/notebook-entries", pair.path);
    let entry = mentor.post(&entries, json!({"text": "x"})).await.created();
    let known = mentor.request(Method::GET, &pair.path).header("if-none-match", seen.header("etag"));
    let stale = mentor.request(Method::PATCH, &pair.path).header("if-match", "\"x\"").json(&json!({}));
    let large =
        mentor.request(Method::POST, &entries).header("content-type", "application/json").body("x".repeat(300_000));
    let plain = mentor.request(Method::POST, &entries).body("x");
    let answers = vec![
        mentor.get("/v1/pairs").await.is(200),
        mentor.send(known).await.is(304),
        mentor.get("/v1/pairs/x").await.is(400),
        app.nobody().get("/v1/pairs").await.is(401),
        app.as_(app.person().await).put(&agreement, json!({"text": "x"})).await.is(403),
        mentor.get("/v1/nothing").await.is(404),
        mentor.delete("/v1/pairs").await.is(405),
        mentor.post(&format!("{}/accept", pair.path), json!({})).await.is(409),
        mentor.send(stale).await.is(412),
        mentor.send(large).await.is(413),
        mentor.send(plain).await.is(415),
        mentor.post("/v1/pairs", json!({"mentor_id": pair.mentor, "mentee_id": pair.mentor})).await.is(422),
        mentor.put(&agreement, json!({"text": "x"})).await.is(428),
        app.nobody().get("/health/live").await.is(200),
        app.nobody().get("/health/ready").await.is(200),
        app.bearing(METRICS_TOKEN).get("/metrics").await.is(200),
        app.nobody().get("/problems/not_found").await.is(200),
        app.nobody().get("/problems/nothing").await.is(404),
        app.nobody().get("/openapi.json").await.is(200),
        app.nobody().get("/docs/").await.is(200),
        app.nobody().get("/docs").await,
        app.nobody().get("/docs/nothing.js").await,
        app.nobody().send(app.nobody().request(Method::OPTIONS, "/v1/pairs")).await.is(405),
        mentor.delete(entry.header("location")).await.is(204),
        seen,
        entry,
    ];
    answers.iter().for_each(is_dressed);
    let ids: BTreeSet<_> = answers.iter().map(|answer| answer.header("x-request-id")).collect();
    assert_eq!(ids.len(), answers.len(), "a request id came twice");
}

/// Nobody names our requests: an id from outside is not taken over.
#[apply(on_both_engines!)]
async fn request_ids_are_ours(app: TestApp) {
    let nobody = app.nobody();
    let answer = nobody.send(nobody.request(Method::GET, "/health/live").header("x-request-id", "theirs")).await.ok();
    assert_ne!(answer.header("x-request-id"), "theirs");
}

/// HEAD is GET without the body, everywhere.
#[apply(on_both_engines!)]
async fn head_answers_as_get_does(app: TestApp) {
    let pair = app.pair().await;
    let mentor = app.as_(pair.mentor);
    let (pages, unknown) = (format!("/v1/pairs?limit=1&person_id={}", pair.mentor), format!("/v1/people/{}", pair.id));
    for path in [
        &pair.path,
        "/v1/pairs",
        &pages,
        "/v1/pairs/x",
        &unknown,
        "/v1/nothing",
        "/health/live",
        "/health/ready",
        "/problems/not_found",
        "/openapi.json",
        "/docs/",
    ] {
        let get = mentor.get(path).await;
        let head = mentor.send(mentor.request(Method::HEAD, path)).await;
        assert_eq!(head.status, get.status, "{path}");
        assert!(head.bytes.is_empty(), "{path}");
        let same = |answer: &Answer| {
            let mut headers: Vec<_> =
                answer.headers.iter().map(|(name, value)| (name.to_string(), value.clone())).collect();
            headers.retain(|(name, _)| name != "x-request-id" && name != "date");
            headers.sort();
            headers
        };
        assert_eq!(same(&head), same(&get), "{path}");
    }
    app.nobody().send(app.nobody().request(Method::HEAD, &pair.path)).await.is(401);
}
