//! Goals: how they are set, measured and closed, and what stays with the two.

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

on_both_engines! {
    /// Either party sets a goal, for the mentee unless told; everybody reads it.
    async fn a_party_sets_a_goal(app: TestApp) {
        let pair = app.pair().await;
        let goal = draft(app, &pair, json!({})).await;
        let path = goal.header("location").to_owned();
        let goal = goal.has("/status", "draft").has("/progress", 0).has("/owner/id", pair.mentee.to_string());
        goal.has("/owner_role", "mentee").has("/key_results", json!([])).has("/blockers", json!([])).has("/result", json!(null));
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
    async fn a_goal_is_activated_when_it_is_ready(app: TestApp) {
        let pair = app.pair().await;
        let (mentor, mentee) = (app.as_(pair.mentor), app.as_(pair.mentee));
        let goal = draft(app, &pair, json!({})).await;
        let path = goal.header("location").to_owned();
        let activate = format!("{path}/activate");
        mentee.post(&activate, json!({})).await.problem(422, "invalid_value").points_at("/target_on").points_at("/measurable");
        let yes_no = mentee.post(&format!("{path}/key-results"), json!({"title": "Held", "kind": "yes_no"})).await.created();
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
        mentor.patch_seen(&path, &seen, json!({"target_on": null})).await.problem(422, "invalid_value").points_at("/target_on");
        mentor.delete(&format!("/v1/key-results/{}", yes_no.id())).await.problem(409, "wrong_state");
        mentor.patch_seen(&path, &seen, json!({"measurable": "We held it"})).await.ok();
        mentor.delete(&format!("/v1/key-results/{}", yes_no.id())).await.is(204);
    }

    /// Both edit the words, so each says which words they saw.
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
        mentee.patch_seen(&path, &seen, json!({"status": "achieved"})).await.problem(400, "invalid_request").points_at("/status");
        mentee.patch_seen(&path, &seen, json!({"title": null})).await.problem(400, "invalid_request").points_at("/title");
        mentee.patch_seen(&path, &seen, json!({"specific": null})).await.ok().has("/specific", json!(null));
    }

    /// Progress is the weighted mean of the key results, whatever happens to them.
    async fn progress_follows_from_key_results(app: TestApp) {
        let pair = app.pair().await;
        let path = active(app, &pair).await;
        let (mentor, key_results) = (app.as_(pair.mentor), format!("{path}/key-results"));
        let money = json!({"title": "Saved", "kind": "currency", "currency": "EUR", "start_value": 0, "target_value": 1000.5, "current_value": 500.25, "weight": 3});
        let money = mentor.post(&key_results, money).await.created().has("/progress", 50).has("/current_value", 500.25);
        mentor.get(money.header("location")).await.ok().has("/currency", "EUR").has("/withheld", json!([]));
        mentor.get(&path).await.ok().has("/progress", 50);
        let falling = json!({"title": "Minutes late", "kind": "number", "start_value": 40, "target_value": 20});
        let falling = mentor.post(&key_results, falling).await.created().has("/progress", 0).has("/current_value", 40);
        let falling = format!("/v1/key-results/{}", falling.id());
        mentor.get(&path).await.ok().has("/progress", 38);
        mentor.patch(&falling, json!({"current_value": 10})).await.ok().has("/progress", 100);
        mentor.get(&path).await.ok().has("/progress", 63);
        mentor.patch(&falling, json!({"weight": 9, "title": "Late"})).await.ok().has("/title", "Late");
        app.as_(pair.manager).get(&path).await.ok().has("/progress", 88).has("/key_results/1/weight", 9);
        mentor.delete(&format!("/v1/key-results/{}", money.id())).await.is(204);
        mentor.delete(&falling).await.is(204);
        mentor.delete(&falling).await.problem(404, "not_found");
        mentor.get(&path).await.ok().has("/progress", 100).has("/key_results", json!([]));
        for other in others(app, &pair).await {
            other.post(&key_results, json!({"title": "x", "kind": "yes_no"})).await.problem(403, "not_allowed");
        }
    }

    /// Key results are numbers of their kind.
    async fn a_wrong_key_result_is_refused(app: TestApp) {
        let pair = app.pair().await;
        let path = format!("{}/key-results", active(app, &pair).await);
        let mentor = app.as_(pair.mentor);
        for (status, pointer, body) in [
            (422, "/target_value", json!({"kind": "number"})),
            (422, "/target_value", json!({"kind": "number", "target_value": 0})),
            (422, "/target_value", json!({"kind": "percentage", "target_value": 101})),
            (422, "/start_value", json!({"kind": "percentage", "start_value": -1})),
            (422, "/current_value", json!({"kind": "yes_no", "current_value": 0.5})),
            (422, "/target_value", json!({"kind": "yes_no", "start_value": 1, "target_value": 0})),
            (422, "/currency", json!({"kind": "currency", "target_value": 1})),
            (422, "/currency", json!({"kind": "number", "target_value": 1, "currency": "EUR"})),
            (422, "/currency", json!({"kind": "currency", "target_value": 1, "currency": "euro"})),
            (422, "/currency", json!({"kind": "currency", "target_value": 1, "currency": "eur"})),
            (422, "/target_value", json!({"kind": "number", "target_value": 0.0001})),
            (422, "/target_value", json!({"kind": "number", "target_value": 1e13})),
            (422, "/weight", json!({"kind": "yes_no", "weight": 0})),
            (422, "/weight", json!({"kind": "yes_no", "weight": 101})),
            (400, "/kind", json!({"kind": "mood"})),
        ] {
            let mut body = body;
            body["title"] = json!("Something");
            let code = if status == 422 { "invalid_value" } else { "invalid_request" };
            mentor.post(&path, body).await.problem(status, code).points_at(pointer);
        }
        for _ in 0..20 {
            mentor.post(&path, json!({"title": "One of many", "kind": "yes_no"})).await.created();
        }
        mentor.post(&path, json!({"title": "One too many", "kind": "yes_no"})).await.problem(409, "wrong_state");
    }

    /// Both check in; the history keeps who said what.
    async fn both_check_in(app: TestApp) {
        let pair = app.pair().await;
        let path = active(app, &pair).await;
        let check_ins = format!("{path}/check-ins");
        let (mentor, mentee) = (app.as_(pair.mentor), app.as_(pair.mentee));
        mentee.post(&check_ins, json!({"progress": 30, "confidence": "on_track", "note": "Begun"})).await.created();
        let second = mentor.post(&check_ins, json!({"progress": 20, "confidence": "at_risk"})).await.created();
        let second = second.has("/progress_before", 30).has("/progress_after", 20).has("/author/id", pair.mentor.to_string());
        mentor.post(&check_ins, json!({"progress": 101, "confidence": "at_risk"})).await.problem(422, "invalid_value").points_at("/progress");
        mentor.post(&check_ins, json!({"progress": 50})).await.problem(400, "invalid_request").points_at("/confidence");
        let unknown = json!({"confidence": "on_track", "key_results": [{"id": second.id(), "current_value": 1}]});
        mentor.post(&check_ins, unknown).await.problem(422, "invalid_value").points_at("/key_results/0/id");
        for other in others(app, &pair).await {
            other.post(&check_ins, json!({"confidence": "on_track"})).await.problem(403, "not_allowed");
            let goal = other.get(&path).await.ok().has("/progress", 20).has("/confidence", "at_risk");
            goal.has("/check_ins/0/id", second.id()).has("/check_ins/1/note", "Begun");
            let page = other.get(&format!("{check_ins}?limit=1")).await.ok().has("/items/0/progress_after", 30);
            let next = page.body["next_cursor"].as_str().unwrap();
            let page = other.get(&format!("{check_ins}?limit=1&cursor={next}")).await.ok();
            page.has("/items/0/id", second.id()).has("/next_cursor", json!(null));
            other.get(second.header("location")).await.ok().has("/confidence", "at_risk");
        }
    }

    /// A goal with key results is reported by their values.
    async fn a_check_in_reports_key_results(app: TestApp) {
        let pair = app.pair().await;
        let path = active(app, &pair).await;
        let (mentee, check_ins) = (app.as_(pair.mentee), format!("{path}/check-ins"));
        let part = json!({"title": "Reviews", "kind": "number", "target_value": 4});
        let part = mentee.post(&format!("{path}/key-results"), part).await.created().id();
        let held = json!({"title": "Held", "kind": "yes_no"});
        let held = mentee.post(&format!("{path}/key-results"), held).await.created().id();
        mentee.post(&check_ins, json!({"confidence": "on_track", "progress": 9})).await.problem(422, "invalid_value").points_at("/progress");
        let ask = |reports: Value| mentee.post(&check_ins, json!({"confidence": "on_track", "key_results": reports}));
        let twice = json!([{"id": part, "current_value": 1}, {"id": part, "current_value": 2}]);
        ask(twice).await.problem(422, "invalid_value").points_at("/key_results/1/id");
        let half = json!([{"id": held, "current_value": 0.5}]);
        ask(half).await.problem(422, "invalid_value").points_at("/key_results/0/current_value");
        let many = vec![json!({"id": part, "current_value": 1}); 21];
        ask(json!(many)).await.problem(422, "invalid_value").points_at("/key_results");
        let told = ask(json!([{"id": part, "current_value": 3.5}])).await.created();
        let told = told.has("/progress_before", 0).has("/progress_after", 44).has("/key_results/0/title", "Reviews");
        told.has("/key_results/0/value_before", 0).has("/key_results/0/value_after", 3.5);
        mentee.get(&path).await.ok().has("/progress", 44).has("/key_results/0/current_value", 3.5);
        mentee.delete(&format!("/v1/key-results/{part}")).await.is(204);
        mentee.get(&check_ins).await.ok().has("/items/0/key_results/0/value_after", 3.5);
    }

    /// Who is not one of the two cannot learn that anything stands in the way.
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
        mentor.get(&path).await.ok().has("/blockers/0/text", "My manager holds me back").has("/blockers/1/text", "I have no time");
        for (other, (before, listed)) in others.iter().zip(before.iter().zip(&listed)) {
            let after = other.get(&path).await.ok();
            assert_eq!((&after.bytes, after.header("etag")), (&before.bytes, before.header("etag")));
            assert_eq!(other.get("/v1/goals").await.ok().bytes, listed.bytes);
            assert!(other.get("/v1/goals?updated_after=2026-03-02T09:01:00Z").await.ok().items().is_empty());
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
        mentee.get(&format!("{blockers}?is_resolved=true")).await.ok().has("/items/0/text", "Little time").lacks("/items/1");
        mentee.get(&format!("{blockers}?is_resolved=false")).await.ok().has("/items/0/id", by_mentor.id()).lacks("/items/1");
        assert_eq!(mentee.get(&blockers).await.ok().items().len(), 2);
    }

    /// That a goal is closed is public; what came of it is for development planning.
    async fn a_goal_is_achieved_and_celebrated(app: TestApp) {
        let pair = app.pair().await;
        let path = active(app, &pair).await;
        let outcome = json!({"result": "9 of 10 liked it", "outcome_summary": "She can lead reviews"});
        app.as_(pair.manager).post(&format!("{path}/achieve"), outcome.clone()).await.problem(403, "not_allowed");
        app.as_(pair.mentee).post(&format!("{path}/achieve"), outcome).await.ok().has("/status", "achieved");
        let celebrations = format!("{path}/celebrations");
        let glad = app.as_(pair.mentor).post(&celebrations, json!({"text": "Well led!"})).await.created();
        for other in others(app, &pair).await {
            other.post(&celebrations, json!({"text": "Me too"})).await.problem(403, "not_allowed");
            other.get(&path).await.ok().has("/status", "achieved").has("/celebrations/0/text", "Well led!");
            other.get(glad.header("location")).await.ok().has("/author/id", pair.mentor.to_string());
        }
        for leader in [app.as_(pair.manager), app.as_with(pair.coordinator, &["coordinator"])] {
            leader.get(&path).await.ok().has("/result", "9 of 10 liked it").has("/outcome_summary", "She can lead reviews");
        }
        let colleague = app.as_(app.person().await);
        colleague.get(&path).await.ok().lacks("/result").lacks("/outcome_summary").has("/withheld", json!(["result", "outcome_summary", "blockers"]));
        colleague.get("/v1/goals").await.ok().lacks("/items/0/result").has("/items/0/status", "achieved");
        let account = app.service_account(&[Scope::PairsRead, Scope::OutcomesRead]).await;
        app.as_service(account, &[Scope::PairsRead]).get(&path).await.ok().lacks("/result");
        let mentor = app.as_(pair.mentor);
        for (way, body) in [
            ("miss", json!({})),
            ("abandon", json!({})),
            ("check-ins", json!({"confidence": "on_track"})),
            ("key-results", json!({"title": "x", "kind": "yes_no"})),
            ("plan-steps", json!({"text": "x"})),
            ("blockers", json!({"text": "x"})),
        ] {
            mentor.post(&format!("{path}/{way}"), body).await.problem(409, "wrong_state");
        }
        let seen = mentor.get(&path).await.ok();
        mentor.patch_seen(&path, &seen, json!({"title": "Another"})).await.problem(409, "wrong_state");
    }

    /// A goal may be missed, and even a draft given up.
    async fn a_goal_is_missed_or_abandoned(app: TestApp) {
        let pair = app.pair().await;
        let mentor = app.as_(pair.mentor);
        let path = active(app, &pair).await;
        mentor.post(&format!("{path}/miss"), json!({"result": "No time"})).await.ok().has("/status", "missed").has("/result", "No time");
        let path = draft(app, &pair, json!({})).await.header("location").to_owned();
        mentor.post(&format!("{path}/celebrations"), json!({"text": "x"})).await.problem(409, "wrong_state");
        mentor.post(&format!("{path}/check-ins"), json!({"confidence": "on_track"})).await.problem(409, "wrong_state");
        mentor.post(&format!("{path}/abandon"), json!({})).await.ok().has("/status", "abandoned");
    }

    /// A plan has steps with days and links.
    async fn a_goal_has_a_plan(app: TestApp) {
        let pair = app.pair().await;
        let path = active(app, &pair).await;
        let (mentee, steps) = (app.as_(pair.mentee), format!("{path}/plan-steps"));
        let step = json!({"text": "Sit in on two reviews", "due_on": "2026-04-01", "resources": ["https://example.com/guide"]});
        let step = mentee.post(&steps, step).await.created().has("/is_done", false);
        let location = step.header("location").to_owned();
        app.as_(pair.mentor).patch_seen(&location, &step, json!({"is_done": true, "due_on": null})).await.ok().has("/due_on", json!(null));
        mentee.patch_seen(&location, &step, json!({"is_done": false})).await.problem(412, "stale_record");
        mentee.patch(&location, json!({"resources": vec!["https://example.com"; 11]})).await.problem(422, "invalid_value").points_at("/resources");
        mentee.patch(&location, json!({"due_on": "2222-01-01"})).await.problem(422, "invalid_value").points_at("/due_on");
        mentee.post(&steps, json!({"text": "x", "resources": ["javascript:alert(1)"]})).await.problem(422, "invalid_value").points_at("/resources/0");
        for other in others(app, &pair).await {
            other.get(&path).await.ok().has("/plan_steps/0/is_done", true).has("/plan_steps/0/resources/0", "https://example.com/guide");
            other.patch(&location, json!({"is_done": false})).await.problem(403, "not_allowed");
            other.delete(&location).await.problem(403, "not_allowed");
        }
        mentee.delete(&location).await.is(204);
        mentee.get(&location).await.problem(404, "not_found");
    }

    /// Goals of a pair that ended stay to be read.
    async fn goals_of_an_ended_pair_stay_as_they_are(app: TestApp) {
        let pair = app.pair().await;
        let path = active(app, &pair).await;
        let mentor = app.as_(pair.mentor);
        let blocker = mentor.post(&format!("{path}/blockers"), json!({"text": "No time"})).await.created().header("location").to_owned();
        let step = mentor.post(&format!("{path}/plan-steps"), json!({"text": "Begin"})).await.created().header("location").to_owned();
        let part = json!({"title": "Held", "kind": "yes_no"});
        let part = mentor.post(&format!("{path}/key-results"), part).await.created().header("location").to_owned();
        end(app, &pair).await;
        let seen = mentor.get(&path).await.ok().has("/blockers/0/text", "No time");
        mentor.patch_seen(&path, &seen, json!({"title": "Another"})).await.problem(409, "wrong_state");
        for (way, body) in [
            ("achieve", json!({})),
            ("check-ins", json!({"confidence": "on_track"})),
            ("celebrations", json!({"text": "x"})),
            ("blockers", json!({"text": "x"})),
        ] {
            mentor.post(&format!("{path}/{way}"), body).await.problem(409, "wrong_state");
        }
        mentor.patch(&blocker, json!({"text": "x"})).await.problem(409, "wrong_state");
        mentor.post(&format!("{blocker}/resolve"), json!({})).await.problem(409, "wrong_state");
        mentor.patch(&step, json!({"is_done": true})).await.problem(409, "wrong_state");
        mentor.delete(&step).await.problem(409, "wrong_state");
        mentor.patch(&part, json!({"current_value": 1})).await.problem(409, "wrong_state");
        mentor.delete(&part).await.problem(409, "wrong_state");
        mentor.post("/v1/goals", json!({"pair_id": pair.id, "title": "x"})).await.problem(409, "wrong_state");
    }

    /// Sent twice with one key, it happens once.
    async fn a_key_makes_a_goal_and_a_check_in_once(app: TestApp) {
        let pair = app.pair().await;
        let path = active(app, &pair).await;
        let mentee = app.as_(pair.mentee);
        let parts = [
            ("/v1/goals".to_owned(), json!({"pair_id": pair.id, "title": "Once only"})),
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
        let done = || mentee.request(Method::POST, &format!("{path}/achieve")).header("idempotency-key", "end").json(&json!({}));
        mentee.send(done()).await.ok();
        mentee.send(done()).await.ok().has("/status", "achieved");
    }

    /// Lists are filtered and come in pages.
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
    async fn events_tell_of_goals_and_not_of_blockers(app: TestApp) {
        let pair = app.pair().await;
        let path = active(app, &pair).await;
        let mentor = app.as_(pair.mentor);
        mentor.post(&format!("{path}/blockers"), json!({"text": "No time"})).await.created();
        mentor.post(&format!("{path}/check-ins"), json!({"confidence": "on_track"})).await.created();
        mentor.post(&format!("{path}/achieve"), json!({})).await.ok();
        mentor.post(&format!("{path}/celebrations"), json!({"text": "Done"})).await.created();
        let mut tx = app.db.look().await.unwrap();
        let kinds: Vec<(String,)> = tx.query("select kind from events where pair_id = $1 order by id").bind(pair.id).all().await.unwrap();
        let kinds: Vec<_> = kinds.iter().map(|(kind,)| kind.as_str()).collect();
        assert_eq!(kinds, ["goal.set", "goal.activated", "goal.checked_in", "goal.closed", "goal.celebrated"]);
    }

    /// Two who report at the same moment are both heard.
    async fn check_ins_at_one_moment_do_not_lose_each_other(app: TestApp) {
        let pair = app.pair().await;
        let path = active(app, &pair).await;
        let (mentor, mentee) = (app.as_(pair.mentor), app.as_(pair.mentee));
        let mut parts = Vec::new();
        for title in ["One", "Two"] {
            parts.push(mentor.post(&format!("{path}/key-results"), json!({"title": title, "kind": "yes_no"})).await.created().id());
        }
        let check_ins = format!("{path}/check-ins");
        let report = |who: &Client, part: &str| {
            let (who, check_ins) = (who.clone(), check_ins.clone());
            let body = json!({"confidence": "on_track", "key_results": [{"id": part, "current_value": 1}]});
            actix_web::rt::spawn(async move { who.post(&check_ins, body).await })
        };
        let (one, two) = (report(&mentor, &parts[0]), report(&mentee, &parts[1]));
        one.await.unwrap().created();
        two.await.unwrap().created();
        mentor.get(&path).await.ok().has("/progress", 100);
    }
}
