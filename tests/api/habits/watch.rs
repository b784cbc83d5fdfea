//! What operators see: health and figures, open to everybody and about nobody.

use reqwest::Method;
use serde_json::json;

use crate::harness::{METRICS_TOKEN, TestApp};

/// Health needs no token, and minds none.
#[apply(on_both_engines!)]
async fn health_needs_no_token(app: TestApp) {
    for path in ["/health/live", "/health/ready"] {
        app.nobody().get(path).await.ok().has("/status", "ok");
        app.bearing("nonsense").get(path).await.ok();
        assert_eq!(app.nobody().get(path).await.body, json!({"status": "ok"}));
    }
}

/// Figures count by route; no name, address or id is in them, whatever was asked for.
#[apply(on_both_engines!)]
async fn figures_hold_nothing_about_people(app: TestApp) {
    let pair = app.pair().await;
    let mentor = app.as_(pair.mentor);
    mentor.get(&pair.path).await.ok();
    mentor.get(&format!("/v1/people/{}", pair.mentee)).await.ok();
    mentor.patch(&pair.path, json!({"goals_focus": "canary-goals-focus"})).await.ok();
    mentor.get("/v1/canary-address?canary-query=canary-value").await.is(404);
    mentor.get("/v1/pairs/canary-id").await.is(400);
    app.bearing("canary-token").get(&pair.path).await.is(401);
    for method in ["CANARY-METHOD", "CANARY-METHOD-2", "BREW"] {
        let method = Method::from_bytes(method.as_bytes()).expect("a token");
        mentor.send(mentor.request(method, "/v1/pairs")).await.is(405);
    }
    let answer = app.bearing(METRICS_TOKEN).get("/metrics").await.ok();
    assert!(answer.header("content-type").starts_with("text/plain"));
    let figures = String::from_utf8(answer.bytes).expect("text");
    assert!(figures.contains("http_request_duration_seconds"), "{figures}");
    assert!(figures.contains("route=\"/v1/people/{id}\""), "{figures}");
    assert!(figures.contains("route=\"/v1/pairs\""), "{figures}");
    assert!(!figures.contains("/v1/pairs/{id}"), "{figures}");
    assert!(figures.contains("unmatched"), "{figures}");
    for id in [pair.id.to_string(), pair.mentor.to_string(), pair.mentee.to_string()] {
        assert!(!figures.contains(&id), "an id is in the figures");
    }
    for secret in ["canary", "CANARY", "BREW", "Person ", "@example.com", "Bearer"] {
        assert!(!figures.contains(secret), "{secret} is in the figures");
    }
}

/// Figures are for whoever has their token; of what is private one cannot be told from another.
#[apply(on_both_engines!)]
async fn figures_count_nothing_private(app: TestApp) {
    for client in [app.nobody(), app.bearing("wrong"), app.as_with(app.person().await, &["admin"])] {
        client.get("/metrics").await.problem(401, "unauthenticated");
    }
    let person = app.as_(app.person().await);
    let blocked = app.person().await;
    person.put(&format!("/v1/me/blocks/{blocked}"), json!({})).await.is(201);
    person.get("/v1/me/blocks").await.ok();
    person.get("/v1/notes/01900000-0000-7000-8000-000000000000").await.is(404);
    let figures = app.bearing(METRICS_TOKEN).get("/metrics").await.ok();
    let figures = String::from_utf8(figures.bytes).expect("text");
    for private in ["block", "notes", "reflection", "notebook", "needs", "disclosures", "agenda"] {
        assert!(!figures.contains(private), "{private} is in the figures");
    }
    let own = figures.lines().filter(|line| line.contains("route=\"/v1/me\""));
    assert!(own.clone().count() > 0);
    for line in own {
        assert!(line.contains("method=\"any\"") && line.contains("xx\""), "{line}");
    }
}

/// A service that is about to end says so to the balancer, and serves what still comes.
#[apply(on_both_engines!)]
async fn a_stopping_service_is_not_ready(app: TestApp) {
    let person = app.as_(app.person().await);
    app.nobody().get("/health/ready").await.ok();
    app.state.stop();
    let answer = app.nobody().get("/health/ready").await.problem(503, "overloaded");
    assert_eq!(answer.header("retry-after"), "1");
    app.nobody().get("/health/live").await.ok();
    person.get("/v1/pairs").await.ok();
}

/// The document and its page are for everybody.
#[apply(on_both_engines!)]
async fn the_document_is_open(app: TestApp) {
    let answer = app.nobody().get("/openapi.json").await.ok();
    assert_eq!(answer.header("content-type"), "application/json");
    assert!(answer.body["openapi"].as_str().is_some_and(|version| version.starts_with("3.1")));
    let page = app.nobody().get("/docs/").await.ok();
    assert!(page.header("content-type").starts_with("text/html"));
    assert!(page.header("content-security-policy").contains("default-src 'self'"));
}
