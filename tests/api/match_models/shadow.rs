//! What is told of a version in the shadow.

use chrono::TimeDelta;
use mentorship::matching::engine::Factor;
use serde_json::{Value, json};

use super::ground::{Choice, Past, admin, learn};
use crate::harness::TestApp;

/// It is told of twenty requests at a time, and of however many it is promoted after the week.
#[apply(on_both_engines!)]
async fn it_is_compared_on_every_request(app: TestApp) {
    let (admin, past, choice) = (admin(app).await, Past::new(app).await, Choice::new(app).await);
    past.of(app, 400, 11, &[Factor::Workload, Factor::Format]).await;
    choice.ask(app).await;
    let path = "/v1/match-models/learnt-1";
    let before = learn(app, &admin).await.has("/shadow/requests", 0).has("/shadow/stayed_percent", Value::Null);
    for _ in 0..19 {
        choice.ask(app).await;
    }
    assert_eq!(admin.get(path).await.ok().bytes, before.bytes, "nobody sees one request come in");
    choice.ask(app).await;
    let told = admin.get(path).await.ok().has("/shadow/requests", 20).has("/shadow/stayed_percent", 100.0);
    // Both are suggested either way, and change places.
    let sentence = "On 20 requests this version would have kept 100 % of the suggestions. On average a suggestion \
                    would have moved by 1.0 positions.";
    told.has("/shadow/mean_shift", 1.0).has("/shadow/sentence", sentence);
    let promote = format!("{path}/promote");
    for _ in 0..40 {
        choice.ask(app).await;
    }
    admin.get(path).await.ok().has("/shadow/requests", 60);
    let early = admin.post(&promote, json!({})).await.problem(409, "wrong_state");
    early.has("/detail", "This version stays in the shadow until 9 March 2026, 09:00 UTC. Promote it after that.");
    app.clock.advance(TimeDelta::days(7));
    admin.post(&promote, json!({})).await.ok().has("/status", "in_use").has("/shadow/requests", 60);
    for _ in 0..20 {
        choice.ask(app).await;
    }
    admin.get(path).await.ok().has("/shadow/requests", 60);
}

/// Whom it would place as high, and yet believe in too little to suggest them, does not stay.
#[apply(on_both_engines!)]
async fn whom_it_would_not_show_does_not_stay(app: TestApp) {
    let (admin, past, choice) = (admin(app).await, Past::new(app).await, Choice::new(app).await);
    past.of(app, 400, 11, &[Factor::Workload, Factor::Format]).await;
    learn(app, &admin).await.has("/status", "shadow");
    let mut tx = app.db.write().await.expect("a unit of work");
    let bleak =
        r#"update match_models set curve = '{"line": {"intercept": -9000000, "slope": 1000000}}' where version = 1"#;
    tx.query(bleak).run().await.expect("it is changed");
    tx.commit().await.expect("it commits");
    for _ in 0..20 {
        choice.ask(app).await;
    }
    let told = admin.get("/v1/match-models/learnt-1").await.ok().has("/shadow/requests", 20);
    told.has("/shadow/stayed_percent", 0.0).has("/calibration/10/level", Value::Null);
}

/// Those who coordinate read all of it and decide nothing; everybody else reads nothing.
#[apply(on_both_engines!)]
async fn who_answers_for_programs_sees_it(app: TestApp) {
    let (pair, past) = (app.pair().await, Past::new(app).await);
    past.of(app, 200, 11, &[Factor::Workload]).await;
    let admin = admin(app).await;
    let all = learn(app, &admin).await;
    let lead = app.as_with(pair.coordinator, &["coordinator"]);
    assert_eq!(lead.get("/v1/match-models/learnt-1").await.ok().bytes, all.bytes);
    assert_eq!(lead.get("/v1/match-models").await.ok().items().len(), 2);
    lead.post("/v1/match-models", json!({})).await.problem(403, "not_allowed");
    for person in [pair.mentor, pair.mentee, pair.manager, pair.coordinator] {
        let client = app.as_(person);
        assert!(client.get("/v1/match-models").await.ok().items().is_empty());
        client.get("/v1/match-models/learnt-1").await.problem(404, "not_found");
        client.post("/v1/match-models", json!({})).await.problem(403, "not_allowed");
    }
    for (path, status) in [("promote", 403), ("roll-back", 403)] {
        lead.post(&format!("/v1/match-models/learnt-1/{path}"), json!({})).await.problem(status, "not_allowed");
        app.as_(pair.mentee)
            .post(&format!("/v1/match-models/learnt-1/{path}"), json!({}))
            .await
            .problem(404, "not_found");
    }
    // Nothing in it is about anybody but those who decided.
    let told = all.body.to_string();
    for person in past.mentees.iter().chain(&past.mentors) {
        assert!(!told.contains(&person.to_string()));
    }
}
