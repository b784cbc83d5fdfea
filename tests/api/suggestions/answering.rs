//! A suggestion becomes a pair, or is dismissed, or goes stale.

use chrono::TimeDelta;
use mentorship::ids::PersonId;
use reqwest::Method;
use serde_json::json;

use super::world::{BLOCK, World, alter, ask, finds, only, relate};
use crate::harness::TestApp;

/// A mentee makes a pair of a suggestion, and the mentor answers it.
#[apply(on_both_engines!)]
async fn a_suggestion_becomes_a_pair(app: TestApp) {
    let world = World::new(app).await;
    let (mentee, mentor) = (world.mentee(app).await, world.mentor(app).await);
    let path = only(app, mentee).await;
    let create = format!("{path}/create-pair");
    let client = app.as_(mentee);
    let post = || {
        client
            .request(Method::POST, &create)
            .header("idempotency-key", "k1")
            .json(&json!({"goals_focus": "Speak up", "cadence": "weekly"}))
    };
    let first = client.send(post()).await.created().has("/status", "accepted");
    let again = client.send(post()).await.created();
    assert_eq!(first.bytes, again.bytes);
    let pair = first.header("location").to_owned();
    assert_eq!(pair, format!("/v1/pairs/{}", first.body["pair_id"].as_str().unwrap()));
    let pair = client.get(&pair).await.ok().has("/status", "proposed").has("/mentor/id", mentor.to_string());
    pair.has("/mentee/id", mentee.to_string())
        .has("/model", "one_on_one")
        .has("/goals_focus", "Speak up")
        .has("/cadence", "weekly");
    client.post(&create, json!({})).await.problem(409, "wrong_state");
    client.post(&format!("{path}/dismiss"), json!({"reason": "other"})).await.problem(409, "wrong_state");
    assert!(!finds(app, mentee, mentor).await);
}

/// A coordinator makes it within their program.
#[apply(on_both_engines!)]
async fn a_lead_makes_an_active_pair(app: TestApp) {
    let world = World::new(app).await;
    let (mentee, mentor, coordinator) = (world.mentee(app).await, world.mentor(app).await, app.person().await);
    let program = app.program(coordinator).await;
    let lead = app.as_with(coordinator, &["coordinator"]);
    let made = lead.post("/v1/suggestions", json!({"mentee_id": mentee, "program_id": program})).await.created();
    let made = made.has("/program/id", program.to_string()).has("/suggestions/0/mentor/id", mentor.to_string());
    let path = format!("/v1/suggestions/{}", made.body["suggestions"][0]["id"].as_str().unwrap());
    app.as_(mentee).get(&path).await.ok();
    let pair = lead
        .post(&format!("{path}/create-pair"), json!({"ends_on": "2026-12-31"}))
        .await
        .created()
        .header("location")
        .to_owned();
    lead.get(&pair)
        .await
        .ok()
        .has("/status", "active")
        .has("/program/id", program.to_string())
        .has("/ends_on", "2026-12-31");
    app.as_(mentee).get(&format!("/v1/people/{mentor}")).await.ok().has("/mentoring/active", 1);
}

/// The rules are checked again when the pair is made.
#[apply(on_both_engines!)]
async fn a_suggestion_that_no_longer_holds_becomes_no_pair(app: TestApp) {
    let world = World::new(app).await;
    let (mentee, mentor) = (world.mentee(app).await, world.mentor(app).await);
    let path = only(app, mentee).await;
    let create = format!("{path}/create-pair");
    let client = app.as_(mentee);
    alter(app, mentor, "update people set mentor_load = 3 where id = $1").await;
    client.post(&create, json!({})).await.problem(409, "mentor_at_capacity");
    client.post(&create, json!({"override_reason": "I want to"})).await.problem(403, "not_allowed");
    client.get(&path).await.ok().has("/status", "open");
    alter(app, mentor, "update people set mentor_load = 0, is_paused = true where id = $1").await;
    client.post(&create, json!({})).await.problem(409, "suggestion_stale");
    client.get(&path).await.ok().has("/status", "stale");
    alter(app, mentor, "update people set is_paused = false where id = $1").await;
    client.post(&create, json!({})).await.problem(409, "suggestion_stale");

    for (change, undo) in [
        ("update people set status = 'on_leave' where id = $1", "update people set status = 'active' where id = $1"),
        (
            "update people set offers_mentoring = false where id = $1",
            "update people set offers_mentoring = true where id = $1",
        ),
    ] {
        let path = only(app, mentee).await;
        alter(app, mentor, change).await;
        client.post(&format!("{path}/create-pair"), json!({})).await.problem(409, "suggestion_stale");
        client.get(&path).await.ok().has("/status", "stale");
        alter(app, mentor, undo).await;
    }
    // A block is no reason: that would tell of it. The mentor hears nothing; see `confidentiality::blocks`.
    let path = only(app, mentee).await;
    relate(app, mentor, mentee, BLOCK).await;
    client.post(&format!("{path}/create-pair"), json!({})).await.created();
}

/// A lead may set the mentor's capacity aside, with a reason.
#[apply(on_both_engines!)]
async fn a_lead_may_override_the_capacity(app: TestApp) {
    let world = World::new(app).await;
    let (mentee, mentor) = (world.mentee(app).await, world.mentor(app).await);
    let path = only(app, mentee).await;
    alter(app, mentor, "update people set mentor_load = 3 where id = $1").await;
    let admin = app.as_with(app.person().await, &["admin"]);
    admin.post(&format!("{path}/create-pair"), json!({"override_reason": "She asked for it"})).await.created();
}

/// Dismissed is dismissed for a year; what is left open goes stale when one asks again.
#[apply(on_both_engines!)]
async fn a_dismissed_mentor_is_not_suggested_again(app: TestApp) {
    let world = World::new(app).await;
    let (mentee, mentor, other) = (world.mentee(app).await, world.mentor(app).await, world.mentor(app).await);
    let (_, made) = ask(app, mentee).await;
    let of = |mentor: PersonId| {
        let all = made["suggestions"].as_array().unwrap();
        let one = all.iter().find(|one| one["mentor"]["id"] == mentor.to_string()).unwrap();
        format!("/v1/suggestions/{}", one["id"].as_str().unwrap())
    };
    let (path, left) = (of(mentor), of(other));
    let client = app.as_(mentee);
    client.post(&format!("{path}/dismiss"), json!({})).await.problem(400, "invalid_request").points_at("/reason");
    client
        .post(&format!("{path}/dismiss"), json!({"reason": "ugly"}))
        .await
        .problem(400, "invalid_request")
        .points_at("/reason");
    let dismissed =
        client.post(&format!("{path}/dismiss"), json!({"reason": "too_senior", "note": "Not yet"})).await.ok();
    dismissed.has("/status", "dismissed").has("/dismissal", json!({"reason": "too_senior", "note": "Not yet"}));
    client.post(&format!("{path}/dismiss"), json!({"reason": "other"})).await.problem(409, "wrong_state");
    client.get(&left).await.ok().has("/status", "open");
    assert_eq!(ask(app, mentee).await.0, [other.to_string()]);
    client.get(&left).await.ok().has("/status", "stale");
    client.get(&path).await.ok().has("/status", "dismissed");
    app.clock.advance(TimeDelta::days(366));
    assert_eq!(ask(app, mentee).await.0.len(), 2);
}

/// Yes and no at the same moment, ten times each: one of them holds.
#[apply(on_both_engines!)]
async fn a_suggestion_is_answered_once(app: TestApp) {
    let world = World::new(app).await;
    world.mentor(app).await;
    for _ in 0..3 {
        let mentee = world.mentee(app).await;
        let path = only(app, mentee).await;
        let mut all = tokio::task::JoinSet::new();
        for (word, body) in
            [("create-pair", json!({})), ("dismiss", json!({"reason": "other"}))].into_iter().cycle().take(20)
        {
            let (client, path) = (app.as_(mentee), format!("{path}/{word}"));
            all.spawn(async move { client.post(&path, body).await });
        }
        let answers = all.join_all().await;
        let (won, lost): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status < 300);
        assert_eq!((won.len(), lost.len()), (1, 19));
        for answer in lost {
            answer.problem(409, "wrong_state");
        }
        app.as_(mentee).get(&path).await.ok().has("/status", won[0].body["status"].clone());
    }
    let mut tx = app.db.read_one().await.unwrap();
    let events = tx.query("select count(*) from events where kind in ('suggestion.accepted', 'suggestion.dismissed')");
    assert_eq!(events.one::<(i64,)>().await.unwrap(), (3,));
}
