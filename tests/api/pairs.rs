//! Pairs: how they begin, who sees what, how they end.

use serde_json::json;

use crate::harness::{Person, TestApp};

/// A lead creates a pair, and it is at work.
#[apply(on_both_engines!)]
async fn a_lead_creates_an_active_pair(app: TestApp) {
    let (admin, mentor, mentee) = (app.person().await, app.person().await, app.person().await);
    let admin = app.as_with(admin, &["admin"]);
    let pair = admin
        .post("/v1/pairs", json!({"mentor_id": mentor, "mentee_id": mentee, "goals_focus": "Speak up"}))
        .await
        .created();
    let path = pair.header("location").to_owned();
    admin
        .get(&path)
        .await
        .ok()
        .has("/status", "active")
        .has("/goals_focus", "Speak up")
        .lacks("/cadence")
        .has("/end_reason", json!(null));
    admin.get(&format!("/v1/people/{mentor}")).await.ok().has("/mentoring/active", 1);
}

/// A pair is counted under a team that exists.
#[apply(on_both_engines!)]
async fn a_pair_belongs_to_a_team_that_exists(app: TestApp) {
    let (admin, mentor, mentee) = (app.person().await, app.person().await, app.person().await);
    let pair = json!({"mentor_id": mentor, "mentee_id": mentee, "team_id": mentor});
    let refused = app.as_with(admin, &["admin"]).post("/v1/pairs", pair).await;
    refused.problem(422, "invalid_value").points_at("/team_id");
}

/// What the pair wrote for itself stays with the two.
#[apply(on_both_engines!)]
async fn the_agreement_is_for_the_two_alone(app: TestApp) {
    let pair = app.pair().await;
    let mentor = app.as_(pair.mentor);
    let seen = mentor.get(&pair.path).await.ok();
    let agreement = format!("{}/agreement", pair.path);
    mentor.put(&agreement, json!({"text": "hush"})).await.problem(428, "precondition_required");
    mentor.put_seen(&agreement, &seen, json!({"text": "hush"})).await.ok();
    mentor.put_seen(&agreement, &seen, json!({"text": "again"})).await.problem(412, "stale_record");
    app.as_(pair.mentee).get(&pair.path).await.ok().has("/agreement/text", "hush");
    for other in [app.as_(pair.manager), app.as_with(pair.coordinator, &["coordinator"])] {
        other.get(&pair.path).await.ok().lacks("/agreement").has("/end_reason", json!(null));
        other.put(&agreement, json!({"text": "mine"})).await.problem(403, "not_allowed");
    }
    app.as_(app.person().await).get(&pair.path).await.ok().lacks("/agreement").lacks("/end_reason");
}

/// One of the two proposes; the other says yes.
#[apply(on_both_engines!)]
async fn a_proposal_waits_for_the_other_party(app: TestApp) {
    let (mentor, mentee) = (app.person().await, app.person().await);
    let pair = app.as_(mentee).post("/v1/pairs", json!({"mentor_id": mentor, "mentee_id": mentee})).await.created();
    let path = format!("/v1/pairs/{}", pair.id());
    let pair = pair.has("/status", "proposed").has("/mentee_accepted", true).has("/mentor_accepted", false);
    app.as_(mentee).post(&format!("{path}/accept"), json!({})).await.ok().has("/status", "proposed");
    app.as_(mentor)
        .post(&format!("{path}/accept"), json!({}))
        .await
        .ok()
        .has("/status", "active")
        .has("/expires_on", json!(null));
    app.as_(mentor).post(&format!("{path}/decline"), json!({})).await.problem(409, "wrong_state");
    drop(pair);
}

/// The same request with the same key has one effect.
#[apply(on_both_engines!)]
async fn a_key_makes_a_post_happen_once(app: TestApp) {
    let (mentor, mentee) = (app.person().await, app.person().await);
    let mentee_client = app.as_(mentee);
    let post = |body: serde_json::Value| {
        mentee_client.request(reqwest::Method::POST, "/v1/pairs").header("idempotency-key", "k1").json(&body)
    };
    let body = json!({"mentor_id": mentor, "mentee_id": mentee});
    let first = mentee_client.send(post(body.clone())).await.created();
    let again = mentee_client.send(post(body)).await.created();
    assert_eq!(first.bytes, again.bytes);
    let other = json!({"mentor_id": mentor, "mentee_id": mentee, "goals_focus": "x"});
    mentee_client.send(post(other)).await.problem(422, "idempotency_key_reused");
}

/// Rules about the two people.
#[apply(on_both_engines!)]
async fn the_reporting_line_is_respected(app: TestApp) {
    let admin = app.as_with(app.person().await, &["admin"]);
    let top = app.person().await;
    let middle = app.person_under(top).await;
    let low = app.person_under(middle).await;
    let ask = |mentor, mentee, reason: Option<&str>| json!({"mentor_id": mentor, "mentee_id": mentee, "override_reason": reason});
    admin.post("/v1/pairs", ask(middle, low, Some("because"))).await.problem(409, "direct_report");
    admin.post("/v1/pairs", ask(low, middle, None)).await.problem(409, "direct_report");
    admin.post("/v1/pairs", ask(top, low, None)).await.problem(409, "reporting_line");
    app.as_(low).post("/v1/pairs", ask(top, low, Some("because"))).await.problem(403, "not_allowed");
    admin.post("/v1/pairs", ask(top, low, Some("She asked for it"))).await.created();
    let gone = app.person_with(Person { status: "departed", ..Person::default() }).await;
    admin.post("/v1/pairs", ask(gone, low, None)).await.problem(409, "person_not_active").points_at("/mentor_id");
    let full = app.person_with(Person { capacity: 1, ..Person::default() }).await;
    admin.post("/v1/pairs", ask(full, middle, None)).await.created();
    admin.post("/v1/pairs", ask(full, low, None)).await.problem(409, "mentor_at_capacity");
    admin.post("/v1/pairs", ask(middle, full, None)).await.problem(409, "pair_exists");
}

/// A notebook does not exist for anybody but its author.
#[apply(on_both_engines!)]
async fn a_notebook_is_its_authors_alone(app: TestApp) {
    let pair = app.pair().await;
    let path = format!("{}/notebook-entries", pair.path);
    let entry = app.as_(pair.mentee).post(&path, json!({"text": "I am afraid of him"})).await.created();
    let entry = entry.header("location").to_owned();
    app.as_(pair.mentee).get(&entry).await.ok().has("/text", "I am afraid of him");
    for other in [pair.mentor, pair.manager, pair.coordinator] {
        app.as_(other).get(&entry).await.problem(404, "not_found");
        assert!(app.as_(other).get(&path).await.ok().items().is_empty());
    }
    app.as_(pair.manager).post(&path, json!({"text": "x"})).await.problem(403, "not_allowed");
}

/// Pages follow each other without gap or repetition.
#[apply(on_both_engines!)]
async fn pairs_come_in_pages(app: TestApp) {
    let admin = app.as_with(app.person().await, &["admin"]);
    let mentor = app.person_with(Person { capacity: 10, ..Person::default() }).await;
    let mut made = Vec::new();
    for _ in 0..5 {
        let mentee = app.person().await;
        made.push(admin.post("/v1/pairs", json!({"mentor_id": mentor, "mentee_id": mentee})).await.created().id());
    }
    let mut next = format!("/v1/pairs?limit=2&person_id={mentor}&role=mentor");
    let mut seen = Vec::new();
    loop {
        let page = admin.get(&next).await.ok();
        seen.extend(page.items().iter().map(|pair| pair["id"].as_str().unwrap().to_owned()));
        let Some(cursor) = page.body["next_cursor"].as_str() else { break };
        next = format!("/v1/pairs?limit=2&person_id={mentor}&role=mentor&cursor={cursor}");
    }
    assert_eq!(seen, made);
    admin.get("/v1/pairs?cursor=nonsense").await.problem(422, "invalid_cursor");
    admin.get("/v1/pairs?limit=201").await.problem(422, "invalid_value").points_at("?limit");
    admin.get("/v1/pairs?colour=red").await.problem(400, "invalid_request").points_at("?colour");
    admin.get("/v1/pairs/42").await.problem(400, "invalid_request");
    admin
        .post("/v1/pairs", json!({"mentor_id": mentor, "colour": "red"}))
        .await
        .problem(400, "invalid_request")
        .points_at("/colour");
    admin.post("/v1/pairs", json!({"mentor_id": mentor})).await.problem(400, "invalid_request").points_at("/mentee_id");
    admin.delete("/v1/pairs").await.problem(405, "method_not_allowed");
    admin.get("/v1/nothing").await.problem(404, "not_found");
    app.nobody().get("/v1/pairs").await.problem(401, "unauthenticated");
}
