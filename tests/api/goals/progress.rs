//! How far a goal is: its key results, and the check-ins that report them.

use serde_json::{Value, json};

use super::{active, others};
use crate::harness::{Client, TestApp};

/// Progress is the weighted mean of the key results, whatever happens to them.
#[apply(on_both_engines!)]
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
#[apply(on_both_engines!)]
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
#[apply(on_both_engines!)]
async fn both_check_in(app: TestApp) {
    let pair = app.pair().await;
    let path = active(app, &pair).await;
    let check_ins = format!("{path}/check-ins");
    let (mentor, mentee) = (app.as_(pair.mentor), app.as_(pair.mentee));
    mentee.post(&check_ins, json!({"progress": 30, "confidence": "on_track", "note": "Begun"})).await.created();
    let second = mentor.post(&check_ins, json!({"progress": 20, "confidence": "at_risk"})).await.created();
    let second =
        second.has("/progress_before", 30).has("/progress_after", 20).has("/author/id", pair.mentor.to_string());
    mentor
        .post(&check_ins, json!({"progress": 101, "confidence": "at_risk"}))
        .await
        .problem(422, "invalid_value")
        .points_at("/progress");
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
#[apply(on_both_engines!)]
async fn a_check_in_reports_key_results(app: TestApp) {
    let pair = app.pair().await;
    let path = active(app, &pair).await;
    let (mentee, check_ins) = (app.as_(pair.mentee), format!("{path}/check-ins"));
    let part = json!({"title": "Reviews", "kind": "number", "target_value": 4});
    let part = mentee.post(&format!("{path}/key-results"), part).await.created().id();
    let held = json!({"title": "Held", "kind": "yes_no"});
    let held = mentee.post(&format!("{path}/key-results"), held).await.created().id();
    mentee
        .post(&check_ins, json!({"confidence": "on_track", "progress": 9}))
        .await
        .problem(422, "invalid_value")
        .points_at("/progress");
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

/// Two who report at the same moment are both heard.
#[apply(on_both_engines!)]
async fn check_ins_at_one_moment_do_not_lose_each_other(app: TestApp) {
    let pair = app.pair().await;
    let path = active(app, &pair).await;
    let (mentor, mentee) = (app.as_(pair.mentor), app.as_(pair.mentee));
    let mut parts = Vec::new();
    for title in ["One", "Two"] {
        parts.push(
            mentor.post(&format!("{path}/key-results"), json!({"title": title, "kind": "yes_no"})).await.created().id(),
        );
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
