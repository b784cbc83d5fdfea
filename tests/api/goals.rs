//! Goals: how they are set, changed and listed, and what stays with the two.

mod ends;
mod progress;

use mentorship::policy::Scope;
use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Answer, Client, Pair, TestApp};

/// A goal of the pair, set by its mentee.
async fn draft(app: &TestApp, pair: &Pair, more: Value) -> Answer {
    let mut body = json!({"pair_id": pair.id, "title": "Lead the design review"});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    app.as_(pair.mentee).post("/v1/goals", body).await.created()
}

/// The path of an active goal.
async fn active(app: &TestApp, pair: &Pair) -> String {
    let goal = draft(app, pair, json!({"measurable": "It took place", "target_on": "2026-06-30"})).await;
    let path = format!("/v1/goals/{}", goal.id());
    app.as_(pair.mentor).post(&format!("{path}/activate"), json!({})).await.ok();
    path
}

/// Everybody but the two who can read a goal.
async fn others(app: &TestApp, pair: &Pair) -> Vec<Client> {
    let account = app.service_account(&[Scope::PairsRead, Scope::OutcomesRead]).await;
    vec![
        app.as_(pair.manager),
        app.as_with(pair.coordinator, &["coordinator"]),
        app.as_with(app.person().await, &["admin"]),
        app.as_(app.person().await),
        app.as_service(account, &[Scope::PairsRead, Scope::OutcomesRead]),
    ]
}

async fn end(app: &TestApp, pair: &Pair) {
    app.as_(pair.mentor).post(&format!("{}/end", pair.path), json!({"reason": "goals_met"})).await.ok();
}

/// Either party sets a goal, for the mentee unless told; everybody reads it.
#[apply(on_both_engines!)]
async fn a_party_sets_a_goal(app: TestApp) {
    let pair = app.pair().await;
    let goal = draft(app, &pair, json!({})).await;
    let path = goal.header("location").to_owned();
    let goal = goal.has("/status", "draft").has("/progress", 0).has("/owner/id", pair.mentee.to_string());
    goal.has("/owner_role", "mentee")
        .has("/key_results", json!([]))
        .has("/blockers", json!([]))
        .has("/result", json!(null));
    let own = json!({"pair_id": pair.id, "owner_id": pair.mentor, "title": "Learn to ask instead of tell"});
    app.as_(pair.mentor).post("/v1/goals", own).await.created().has("/owner_role", "mentor");
    for other in others(app, &pair).await {
        other.get(&path).await.ok().has("/title", "Lead the design review").lacks("/blockers");
        other.post("/v1/goals", json!({"pair_id": pair.id, "title": "x"})).await.problem(403, "not_allowed");
    }
    app.as_(app.person().await).get(&path).await.ok().lacks("/result").lacks("/outcome_summary");
    let account = app.service_account(&[Scope::PeopleRead]).await;
    let stranger = app.as_service(account, &[Scope::PeopleRead]);
    stranger.get(&path).await.problem(404, "not_found");
    stranger.get("/v1/goals").await.problem(403, "not_allowed");
    stranger.post("/v1/goals", json!({"pair_id": pair.id, "title": "x"})).await.problem(403, "not_allowed");
    stranger.get(&format!("{path}/blockers")).await.problem(404, "not_found");
    app.nobody().get(&path).await.problem(401, "unauthenticated");
}

/// What cannot be a goal is refused where it is wrong.
#[apply(on_both_engines!)]
async fn a_wrong_goal_is_refused(app: TestApp) {
    let pair = app.pair().await;
    let mentee = app.as_(pair.mentee);
    let ask = |more: Value| {
        let mut body = json!({"pair_id": pair.id, "title": "Lead the review"});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        mentee.post("/v1/goals", body)
    };
    let stranger = app.person().await;
    ask(json!({"pair_id": stranger})).await.problem(422, "invalid_value").points_at("/pair_id");
    ask(json!({"owner_id": stranger})).await.problem(422, "invalid_value").points_at("/owner_id");
    ask(json!({"target_on": "1999-01-01"})).await.problem(422, "invalid_value").points_at("/target_on");
    ask(json!({"title": ""})).await.problem(422, "invalid_value").points_at("/title");
    ask(json!({"title": null})).await.problem(400, "invalid_request").points_at("/title");
    ask(json!({"colour": "red"})).await.problem(400, "invalid_request").points_at("/colour");
    ask(json!({"specific": "a\u{0}b"})).await.problem(422, "invalid_value").points_at("/specific");
    mentee.post(&format!("{}/pause", pair.path), json!({})).await.ok();
    ask(json!({})).await.problem(409, "wrong_state");
}

/// The service says what is missing, and what is too vague.
#[apply(on_both_engines!)]
async fn a_goal_is_read_as_by_a_critical_friend(app: TestApp) {
    let pair = app.pair().await;
    let vague = draft(app, &pair, json!({"title": "Be better", "target_on": "2026-03-01"})).await;
    let vague = vague.has("/smart/missing", json!(["specific", "measurable", "achievable", "relevant"]));
    let vague = vague.has("/smart/warnings", json!(["vague_words", "short_title", "target_passed"]));
    let vague = vague.has("/smart/vague_words", json!(["better"]));
    let path = format!("/v1/goals/{}/key-results", vague.id());
    app.as_(pair.mentor).post(&path, json!({"title": "Talks", "kind": "number", "target_value": 3})).await.created();
    let read = app.as_(pair.mentor).get(vague.header("location")).await.ok();
    read.has("/smart/missing", json!(["specific", "achievable", "relevant"])).has("/smart/vague_words", json!([]));
    let far = json!({"specific": "s", "measurable": "5 of them", "achievable": "a", "aligned_to": "OKR-1", "target_on": "2029-01-01"});
    draft(app, &pair, far).await.has("/smart/missing", json!([])).has("/smart/warnings", json!(["target_far"]));
}

/// A goal needs a day and a measure to be worked towards, and keeps them.
#[apply(on_both_engines!)]
async fn a_goal_is_activated_when_it_is_ready(app: TestApp) {
    let pair = app.pair().await;
    let (mentor, mentee) = (app.as_(pair.mentor), app.as_(pair.mentee));
    let goal = draft(app, &pair, json!({})).await;
    let path = goal.header("location").to_owned();
    let activate = format!("{path}/activate");
    mentee
        .post(&activate, json!({}))
        .await
        .problem(422, "invalid_value")
        .points_at("/target_on")
        .points_at("/measurable");
    let yes_no =
        mentee.post(&format!("{path}/key-results"), json!({"title": "Held", "kind": "yes_no"})).await.created();
    let seen = mentee.get(&path).await.ok();
    mentee.patch_seen(&path, &seen, json!({"target_on": "2026-06-30"})).await.ok().has("/target_on", "2026-06-30");
    for other in others(app, &pair).await {
        other.post(&activate, json!({})).await.problem(403, "not_allowed");
    }
    for early in ["achieve", "miss"] {
        mentor.post(&format!("{path}/{early}"), json!({})).await.problem(409, "wrong_state");
    }
    mentor.post(&activate, json!({})).await.ok().has("/status", "active");
    mentor.post(&activate, json!({})).await.problem(409, "wrong_state");
    let seen = mentor.get(&path).await.ok();
    mentor
        .patch_seen(&path, &seen, json!({"target_on": null}))
        .await
        .problem(422, "invalid_value")
        .points_at("/target_on");
    mentor.delete(&format!("/v1/key-results/{}", yes_no.id())).await.problem(409, "wrong_state");
    mentor.patch_seen(&path, &seen, json!({"measurable": "We held it"})).await.ok();
    mentor.delete(&format!("/v1/key-results/{}", yes_no.id())).await.is(204);
}

/// Both edit the words, so each says which words they saw.
#[apply(on_both_engines!)]
async fn words_are_changed_as_they_were_seen(app: TestApp) {
    let pair = app.pair().await;
    let goal = draft(app, &pair, json!({"specific": "first"})).await;
    let path = goal.header("location").to_owned();
    let (mentor, mentee) = (app.as_(pair.mentor), app.as_(pair.mentee));
    mentor.patch(&path, json!({"specific": "x"})).await.problem(428, "precondition_required");
    app.as_(pair.manager).patch(&path, json!({"specific": "x"})).await.problem(403, "not_allowed");
    mentor.patch_seen(&path, &goal, json!({"specific": "second"})).await.ok().has("/specific", "second");
    mentee.patch_seen(&path, &goal, json!({"specific": "third"})).await.problem(412, "stale_record");
    let seen = mentee.get(&path).await.ok();
    mentee
        .patch_seen(&path, &seen, json!({"status": "achieved"}))
        .await
        .problem(400, "invalid_request")
        .points_at("/status");
    mentee.patch_seen(&path, &seen, json!({"title": null})).await.problem(400, "invalid_request").points_at("/title");
    mentee.patch_seen(&path, &seen, json!({"specific": null})).await.ok().has("/specific", json!(null));
}

/// Who is not one of the two cannot learn that anything stands in the way.
#[apply(on_both_engines!)]
async fn blockers_are_for_the_two_alone(app: TestApp) {
    let pair = app.pair().await;
    let path = active(app, &pair).await;
    let blockers = format!("{path}/blockers");
    let (mentor, mentee) = (app.as_(pair.mentor), app.as_(pair.mentee));
    let others = others(app, &pair).await;
    let (mut before, mut listed) = (Vec::new(), Vec::new());
    for other in &others {
        before.push(other.get(&path).await.ok());
        listed.push(other.get("/v1/goals").await.ok());
        other.get(&blockers).await.problem(403, "not_allowed");
    }
    app.clock.advance(chrono::TimeDelta::minutes(5));
    let raised = mentee.post(&blockers, json!({"text": "My manager holds me back"})).await.created();
    let blocker = raised.header("location").to_owned();
    let by_mentor = mentor.post(&blockers, json!({"text": "I have no time"})).await.created();
    mentor
        .get(&path)
        .await
        .ok()
        .has("/blockers/0/text", "My manager holds me back")
        .has("/blockers/1/text", "I have no time");
    for (other, (before, listed)) in others.iter().zip(before.iter().zip(&listed)) {
        let after = other.get(&path).await.ok();
        assert_eq!((&after.bytes, after.header("etag")), (&before.bytes, before.header("etag")));
        assert_eq!(other.get("/v1/goals").await.ok().items(), listed.items());
        assert!(other.get("/v1/goals?updated_after=2026-03-02T09:05:00Z").await.ok().items().is_empty());
        other.get(&blockers).await.problem(403, "not_allowed");
        other.post(&blockers, json!({"text": "x"})).await.problem(403, "not_allowed");
        other.get(&blocker).await.problem(404, "not_found");
        other.patch(&blocker, json!({"text": "x"})).await.problem(404, "not_found");
        other.post(&format!("{blocker}/resolve"), json!({})).await.problem(404, "not_found");
    }
    mentor.patch(&blocker, json!({"text": "x"})).await.problem(403, "not_allowed");
    mentee.patch_seen(&blocker, &by_mentor, json!({"text": "x"})).await.problem(412, "stale_record");
    mentee.patch_seen(&blocker, &raised, json!({"text": "Little time"})).await.ok().has("/text", "Little time");
    mentor.post(&format!("{blocker}/resolve"), json!({})).await.ok().has("/resolved_by_id", pair.mentor.to_string());
    mentor.post(&format!("{blocker}/resolve"), json!({})).await.problem(409, "wrong_state");
    mentee.patch(&blocker, json!({"text": "x"})).await.problem(409, "wrong_state");
    mentee.get(&path).await.ok().has("/blockers/0/id", by_mentor.id()).lacks("/blockers/1");
    mentee
        .get(&format!("{blockers}?is_resolved=true"))
        .await
        .ok()
        .has("/items/0/text", "Little time")
        .lacks("/items/1");
    mentee
        .get(&format!("{blockers}?is_resolved=false"))
        .await
        .ok()
        .has("/items/0/id", by_mentor.id())
        .lacks("/items/1");
    assert_eq!(mentee.get(&blockers).await.ok().items().len(), 2);
}

/// A plan has steps with days and links.
#[apply(on_both_engines!)]
async fn a_goal_has_a_plan(app: TestApp) {
    let pair = app.pair().await;
    let path = active(app, &pair).await;
    let (mentee, steps) = (app.as_(pair.mentee), format!("{path}/plan-steps"));
    let step =
        json!({"text": "Sit in on two reviews", "due_on": "2026-04-01", "resources": ["https://example.com/guide"]});
    let step = mentee.post(&steps, step).await.created().has("/is_done", false);
    let location = step.header("location").to_owned();
    app.as_(pair.mentor)
        .patch_seen(&location, &step, json!({"is_done": true, "due_on": null}))
        .await
        .ok()
        .has("/due_on", json!(null));
    mentee.patch_seen(&location, &step, json!({"is_done": false})).await.problem(412, "stale_record");
    mentee
        .patch(&location, json!({"resources": vec!["https://example.com"; 11]}))
        .await
        .problem(422, "invalid_value")
        .points_at("/resources");
    mentee.patch(&location, json!({"due_on": "2222-01-01"})).await.problem(422, "invalid_value").points_at("/due_on");
    mentee
        .post(&steps, json!({"text": "x", "resources": ["javascript:alert(1)"]}))
        .await
        .problem(422, "invalid_value")
        .points_at("/resources/0");
    for other in others(app, &pair).await {
        other
            .get(&path)
            .await
            .ok()
            .has("/plan_steps/0/is_done", true)
            .has("/plan_steps/0/resources/0", "https://example.com/guide");
        other.patch(&location, json!({"is_done": false})).await.problem(403, "not_allowed");
        other.delete(&location).await.problem(403, "not_allowed");
    }
    mentee.delete(&location).await.is(204);
    mentee.get(&location).await.problem(404, "not_found");
}

/// Sent twice with one key, it happens once.
#[apply(on_both_engines!)]
async fn a_key_makes_a_goal_and_a_check_in_once(app: TestApp) {
    let pair = app.pair().await;
    let path = active(app, &pair).await;
    let mentee = app.as_(pair.mentee);
    let parts = [
        ("/v1/goals".to_owned(), json!({"pair_id": pair.id, "title": "IdempotencyKey only"})),
        (format!("{path}/check-ins"), json!({"progress": 7, "confidence": "on_track"})),
        (format!("{path}/key-results"), json!({"title": "Held", "kind": "yes_no"})),
        (format!("{path}/plan-steps"), json!({"text": "Begin"})),
        (format!("{path}/celebrations"), json!({"text": "Begun"})),
        (format!("{path}/blockers"), json!({"text": "No time"})),
    ];
    for (n, (at, body)) in parts.iter().enumerate() {
        let post = || mentee.request(Method::POST, at).header("idempotency-key", format!("k{n}")).json(body);
        let first = mentee.send(post()).await.created();
        let again = mentee.send(post()).await.created();
        assert_eq!((&first.bytes, first.header("location")), (&again.bytes, again.header("location")));
    }
    let done =
        || mentee.request(Method::POST, &format!("{path}/achieve")).header("idempotency-key", "end").json(&json!({}));
    mentee.send(done()).await.ok();
    mentee.send(done()).await.ok().has("/status", "achieved");
}

/// Lists are filtered and come in pages.
#[apply(on_both_engines!)]
async fn goals_are_listed(app: TestApp) {
    let (pair, other) = (app.pair().await, app.pair().await);
    let mut made = Vec::new();
    for _ in 0..3 {
        made.push(draft(app, &pair, json!({})).await.id());
    }
    app.clock.advance(chrono::TimeDelta::hours(1));
    let late = active(app, &other).await;
    let late = late.rsplit('/').next().unwrap().to_owned();
    let colleague = app.as_(app.person().await);
    let ids = async |query: String| {
        let (mut ids, mut next) = (Vec::new(), String::new());
        loop {
            let page = colleague.get(&format!("/v1/goals?limit=2{query}{next}")).await.ok();
            ids.extend(page.items().iter().map(|goal| goal["id"].as_str().unwrap().to_owned()));
            let Some(cursor) = page.body["next_cursor"].as_str() else { break ids };
            next = format!("&cursor={cursor}");
        }
    };
    let all: Vec<_> = made.iter().chain([&late]).cloned().collect();
    assert_eq!(ids(String::new()).await, all);
    assert_eq!(ids(format!("&pair_id={}", pair.id)).await, made);
    assert_eq!(ids(format!("&owner_id={}&status=draft", pair.mentee)).await, made);
    assert!(ids(format!("&pair_id={}&status=active", pair.id)).await.is_empty());
    assert_eq!(ids("&status=active".to_owned()).await, std::slice::from_ref(&late));
    assert_eq!(ids("&updated_after=2026-03-02T09:30:00Z".to_owned()).await, [late]);
    colleague.get("/v1/goals?status=open").await.problem(400, "invalid_request").points_at("?status");
    colleague.get("/v1/goals?cursor=x").await.problem(422, "invalid_cursor");
    colleague.get("/v1/goals/42").await.problem(400, "invalid_request");
}

/// What happened is in the outbox; that somebody is stuck is not.
#[apply(on_both_engines!)]
async fn events_tell_of_goals_and_not_of_blockers(app: TestApp) {
    let pair = app.pair().await;
    let path = active(app, &pair).await;
    let mentor = app.as_(pair.mentor);
    mentor.post(&format!("{path}/blockers"), json!({"text": "No time"})).await.created();
    mentor.post(&format!("{path}/check-ins"), json!({"confidence": "on_track"})).await.created();
    mentor.post(&format!("{path}/achieve"), json!({})).await.ok();
    mentor.post(&format!("{path}/celebrations"), json!({"text": "Done"})).await.created();
    let mut tx = app.db.read_one().await.unwrap();
    let kinds: Vec<(String,)> =
        tx.query("select kind from events where pair_id = $1 order by id").bind(pair.id).all().await.unwrap();
    let kinds: Vec<_> = kinds.iter().map(|(kind,)| kind.as_str()).collect();
    assert_eq!(kinds, ["goal.set", "goal.activated", "goal.checked_in", "goal.closed", "goal.celebrated"]);
}
