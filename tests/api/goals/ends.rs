//! How goals end: achieved, missed, abandoned, or with their pair.

use mentorship::policy::Scope;
use serde_json::json;

use super::{active, draft, end, others};
use crate::harness::TestApp;

/// That a goal is closed is public; what came of it is for development planning.
#[apply(on_both_engines!)]
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
    colleague
        .get(&path)
        .await
        .ok()
        .lacks("/result")
        .lacks("/outcome_summary")
        .has("/withheld", json!(["result", "outcome_summary", "blockers"]));
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
#[apply(on_both_engines!)]
async fn a_goal_is_missed_or_abandoned(app: TestApp) {
    let pair = app.pair().await;
    let mentor = app.as_(pair.mentor);
    let path = active(app, &pair).await;
    mentor
        .post(&format!("{path}/miss"), json!({"result": "No time"}))
        .await
        .ok()
        .has("/status", "missed")
        .has("/result", "No time");
    let path = draft(app, &pair, json!({})).await.header("location").to_owned();
    mentor.post(&format!("{path}/celebrations"), json!({"text": "x"})).await.problem(409, "wrong_state");
    mentor.post(&format!("{path}/check-ins"), json!({"confidence": "on_track"})).await.problem(409, "wrong_state");
    mentor.post(&format!("{path}/abandon"), json!({})).await.ok().has("/status", "abandoned");
}

/// Goals of a pair that ended stay to be read.
#[apply(on_both_engines!)]
async fn goals_of_an_ended_pair_stay_as_they_are(app: TestApp) {
    let pair = app.pair().await;
    let path = active(app, &pair).await;
    let mentor = app.as_(pair.mentor);
    let blocker = mentor
        .post(&format!("{path}/blockers"), json!({"text": "No time"}))
        .await
        .created()
        .header("location")
        .to_owned();
    let step = mentor
        .post(&format!("{path}/plan-steps"), json!({"text": "Begin"}))
        .await
        .created()
        .header("location")
        .to_owned();
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
