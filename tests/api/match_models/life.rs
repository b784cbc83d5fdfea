//! Who decides which version is used, and what follows.

use chrono::TimeDelta;
use mentorship::matching::engine::Factor;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::ground::{Choice, Past, admin, learn, number};
use crate::harness::TestApp;

async fn set(app: &TestApp, sql: &'static str) {
    let mut tx = app.db.write().await.expect("a unit of work");
    tx.query(sql).run().await.expect("it is done");
    tx.commit().await.expect("it commits");
}

/// Who comes first, and what made the scores.
fn first(suggested: &[Value]) -> (&str, &str) {
    let text = |pointer: &str| suggested[0].pointer(pointer).and_then(Value::as_str).expect("a text");
    (text("/mentor/id"), text("/model_version"))
}

/// A version is learnt, waits in the shadow, is promoted, makes the scores everywhere, and is rolled back.
#[apply(on_both_engines!)]
async fn a_version_lives_from_learning_to_rolling_back(app: TestApp) {
    let (boss, past, choice) = (app.person().await, Past::new(app).await, Choice::new(app).await);
    let admin = app.as_with(boss, &["admin"]);
    past.of(app, 400, 11, &[Factor::Workload, Factor::Format]).await;
    let (teaches, is_free) = (choice.teaches.to_string(), choice.is_free.to_string());
    assert_eq!(first(&choice.ask(app).await), (teaches.as_str(), "prior-1"));
    let shadow =
        learn(app, &admin).await.has("/version", "learnt-1").has("/status", "shadow").has("/finding", "better");
    let top: Vec<_> = (0..2).map(|place| shadow.body["changes"][place]["factor"].as_str().expect("a factor")).collect();
    assert!(top.contains(&"workload") && top.contains(&"format"), "{}", shadow.body["changes"]);
    assert!(shadow.body["changes"][0]["sentence"].as_str().unwrap().contains("would count more: "), "{}", shadow.body);
    let weights = shadow.body["weights"].as_object().expect("weights");
    assert_eq!(weights.values().map(|weight| weight.as_i64().unwrap()).sum::<i64>(), 10_000);
    let prediction = &shadow.body["prediction"];
    assert!(prediction["percent"].as_f64() > prediction["base_percent"].as_f64(), "{prediction}");
    assert!(prediction["gain"].as_f64() >= prediction["needed"].as_f64(), "{prediction}");
    let shadow =
        shadow.has("/evidence/outcomes", 400).has("/base", "prior-1").has("/seed", 1).has("/withheld", json!([]));
    shadow.has("/next_step", "An admin may promote this version from 9 March 2026 on.");
    let promote = "/v1/match-models/learnt-1/promote";
    let early = admin.post(promote, json!({})).await.problem(409, "wrong_state");
    assert!(early.body["detail"].as_str().unwrap().contains("9 March 2026"), "{}", early.body);
    assert_eq!(first(&choice.ask(app).await), (teaches.as_str(), "prior-1"), "it only looks on");
    app.clock.advance(TimeDelta::days(7));
    let used =
        admin.post(promote, json!({})).await.ok().has("/status", "in_use").has("/promoted_by/id", boss.to_string());
    let headline = used.body["headline"].as_str().unwrap();
    assert!(headline.contains(" now count") && headline.ends_with("In use. Promoted on 9 March 2026."), "{headline}");
    admin.get("/v1/match-models/prior-1").await.ok().has("/status", "retired").has("/calibration/5/percent", 50);
    assert_eq!(first(&choice.ask(app).await), (is_free.as_str(), "learnt-1"));
    // Every instance sees it at once.
    let other = app.beside();
    let made = other.as_(choice.mentee).post("/v1/suggestions", json!({})).await.created();
    assert_eq!(first(made.body["suggestions"].as_array().unwrap()), (is_free.as_str(), "learnt-1"));
    other.leave().await;
    admin.post(promote, json!({})).await.problem(409, "wrong_state");

    let back = "/v1/match-models/learnt-1/roll-back";
    let gone =
        admin.post(back, json!({})).await.ok().has("/status", "retired").has("/rolled_back_by/id", boss.to_string());
    assert!(gone.body["headline"].as_str().unwrap().ends_with("Rolled back on 9 March 2026."), "{}", gone.body);
    assert_eq!(first(&choice.ask(app).await), (teaches.as_str(), "prior-1"));
    admin.post(back, json!({})).await.problem(409, "wrong_state");
    admin.post("/v1/match-models/prior-1/roll-back", json!({})).await.problem(409, "wrong_state");
    admin.post(promote, json!({})).await.problem(409, "wrong_state");
    admin.get("/v1/match-models/learnt-7").await.problem(404, "not_found");
    admin.get("/v1/match-models/learnt-07").await.problem(400, "invalid_request").points_at("{version}");
    let log = admin.get("/v1/audit-events?limit=200").await.ok();
    for act in ["learn_match_model", "promote_match_model", "roll_back_match_model"] {
        assert_eq!(log.items().iter().filter(|event| event["act"] == act).count(), 1, "{act}");
    }
}

/// Weights of a program stay above what was learnt; where it has none, it follows.
#[apply(on_both_engines!)]
async fn programs_keep_their_own_weights(app: TestApp) {
    let (admin, past, choice) = (admin(app).await, Past::new(app).await, Choice::new(app).await);
    past.of(app, 400, 11, &[Factor::Workload, Factor::Format]).await;
    let program = app.program(app.person().await).await;
    let weights = format!("/v1/programs/{program}/weights");
    let end = program.to_string().split_off(28);
    learn(app, &admin).await.has("/status", "shadow");
    app.clock.advance(TimeDelta::days(7));
    admin.post("/v1/match-models/learnt-1/promote", json!({})).await.ok();
    let told = admin.get(&weights).await.ok().has("/model_version", "learnt-1").has("/weights", Value::Null);
    let asked = json!({"mentee_id": choice.mentee, "program_id": program});
    let suggested = async || {
        let made = admin.post("/v1/suggestions", asked.clone()).await.created();
        made.body["suggestions"].as_array().expect("a list").clone()
    };
    assert_eq!(first(&suggested().await), (choice.is_free.to_string().as_str(), "learnt-1"));
    admin
        .put_seen(&weights, &told, json!({"weights": null, "prefers_near_team": true}))
        .await
        .ok()
        .has("/model_version", format!("learnt-1+program-{end}-1"));
    let version = format!("learnt-1+program-{end}-1");
    assert_eq!(first(&suggested().await), (choice.is_free.to_string().as_str(), version.as_str()));
    let own = json!({"weights": {
        "skill_coverage": 10_000, "level_gap": 0, "aspiration": 0, "mutual_interest": 0, "experience_gap": 0,
        "team_distance": 0, "availability": 0, "workload": 0, "format": 0, "personal_fit": 0
    }});
    let version = format!("prior-1+program-{end}-2");
    admin.put(&weights, own.clone()).await.ok().has("/model_version", version.clone());
    assert_eq!(first(&suggested().await), (choice.teaches.to_string().as_str(), version.as_str()));
    // Another program with as many changes has a name of its own.
    let other = app.program(app.person().await).await;
    let weights = format!("/v1/programs/{other}/weights");
    admin.put(&weights, json!({"weights": null, "prefers_near_team": true})).await.ok();
    let named = admin.put(&weights, own).await.ok();
    assert_ne!(named.body["model_version"], version);
}

/// Many at once: one promotes, one rolls back, one learns, and one version is in use.
#[apply(on_both_engines!)]
async fn of_many_at_once_one_decides(app: TestApp) {
    let (admin, past) = (admin(app).await, Past::new(app).await);
    past.of(app, 300, 11, &[Factor::Format]).await;
    let volley = async |path: &'static str| {
        let mut flying = JoinSet::new();
        for _ in 0..8 {
            let admin = admin.clone();
            flying.spawn(async move { admin.post(path, json!({})).await });
        }
        let statuses: Vec<_> = flying.join_all().await.into_iter().map(|answer| answer.status).collect();
        assert!(statuses.iter().all(|status| [200, 201, 409].contains(status)), "{path} {statuses:?}");
        statuses.iter().filter(|status| **status < 300).count()
    };
    assert_eq!(volley("/v1/match-models").await, 1);
    let others: Vec<_> = (0..3).map(|_| app.beside()).collect();
    for learnt in futures_util::future::join_all(others.iter().map(|other| other.service.learn())).await {
        learnt.expect("it learns, or leaves it to the others");
    }
    for other in others {
        other.leave().await;
    }
    admin.get("/v1/match-models/learnt-1").await.ok().has("/status", "shadow");
    app.clock.advance(TimeDelta::days(7));
    let used = "select count(*) from match_models where status = 'in_use'";
    assert_eq!((volley("/v1/match-models/learnt-1/promote").await, number(app, used).await), (1, 1));
    assert_eq!((volley("/v1/match-models/learnt-1/roll-back").await, number(app, used).await), (1, 1));
    admin.get("/v1/match-models/prior-1").await.ok().has("/status", "in_use");
}

/// An instance dies while it learns: another one takes it up, and what always fails is given up.
#[apply(on_both_engines!)]
async fn learning_survives_whoever_learns(app: TestApp) {
    let (admin, past) = (admin(app).await, Past::new(app).await);
    past.of(app, 300, 11, &[Factor::Format]).await;
    admin.post("/v1/match-models", json!({})).await.created();
    let mut tx = app.db.write().await.expect("a unit of work");
    let claimed = tx.query("update match_models set claimed_until = $1, attempts = 1 where status = 'learning'");
    claimed.bind(app.clock.now() + TimeDelta::minutes(15)).run().await.expect("it is claimed");
    tx.commit().await.expect("it commits");
    app.service.learn().await.expect("somebody is at it");
    let path = "/v1/match-models/learnt-1";
    admin.get(path).await.ok().has("/status", "learning");
    admin.post("/v1/match-models", json!({})).await.problem(409, "wrong_state");
    app.clock.advance(TimeDelta::minutes(15));
    let apart = app.apart(app.db.keys().ring().clone()).await;
    apart.service.learn().await.expect("it learns");
    apart.stop().await;
    admin.get(path).await.ok().has("/status", "shadow");
    past.of(app, 10, 12, &[]).await;
    admin.post("/v1/match-models", json!({})).await.created();
    set(app, "update match_models set attempts = 3 where status = 'learning'").await;
    app.service.learn().await.expect("it gives up");
    admin.get("/v1/match-models/learnt-2").await.ok().has("/status", "failed").has("/finding", Value::Null);
    admin.get(path).await.ok().has("/status", "shadow");
}

/// A database that does not answer is no reason to give up: what is put back was not tried.
#[apply(on_both_engines!)]
async fn troubles_of_the_database_do_not_count(app: TestApp) {
    let (admin, past) = (admin(app).await, Past::new(app).await);
    past.of(app, 300, 11, &[Factor::Format]).await;
    admin.post("/v1/match-models", json!({})).await.created();
    set(app, "alter table match_cases rename to match_cases_elsewhere").await;
    for _ in 0..4 {
        app.service.learn().await.expect_err("it cannot be read");
    }
    assert_eq!(number(app, "select attempts from match_models where version = 1").await, 0);
    set(app, "alter table match_cases_elsewhere rename to match_cases").await;
    app.service.learn().await.expect("it learns");
    admin.get("/v1/match-models/learnt-1").await.ok().has("/status", "shadow");
}

/// A version that was learnt against one that is no longer in use goes with it.
#[apply(on_both_engines!)]
async fn a_shadow_goes_with_what_it_was_learnt_against(app: TestApp) {
    let (admin, past) = (admin(app).await, Past::new(app).await);
    past.of(app, 300, 11, &[Factor::Format]).await;
    learn(app, &admin).await.has("/status", "shadow");
    app.clock.advance(TimeDelta::days(7));
    admin.post("/v1/match-models/learnt-1/promote", json!({})).await.ok();
    past.of(app, 600, 12, &[Factor::Workload]).await;
    learn(app, &admin).await.has("/status", "shadow").has("/base", "learnt-1");
    admin.post("/v1/match-models/learnt-1/roll-back", json!({})).await.ok();
    admin.get("/v1/match-models/learnt-2").await.ok().has("/status", "retired").has("/promoted_at", Value::Null);
    // What happened is the same, yet the answer is another: it is learnt anew.
    learn(app, &admin).await.has("/status", "shadow").has("/base", "prior-1");
}
