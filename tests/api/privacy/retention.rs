//! What goes by itself: when, what, and that nothing goes unless somebody said so.

use chrono::TimeDelta;
use mentorship::policy::Scope;
use mentorship::privacy::retention::model::Retention;
use serde_json::{Value, json};

use super::{disclose, session, write};
use crate::harness::{Pair, Setup, TestApp};

fn rules() -> Setup {
    let retention =
        Retention { ended_pairs_days: Some(30), closed_suggestions_days: Some(60), departed_profiles_days: Some(90) };
    Setup { retention, ..Setup::default() }
}

async fn days_pass(app: &TestApp, days: i64) {
    app.clock.advance(TimeDelta::days(days));
    app.service.delete_expired().await.expect("it tidies");
}

/// A pair that has said something everywhere.
async fn talkative(app: &TestApp) -> (Pair, String) {
    let pair = app.pair().await;
    let session = session(app, &pair).await;
    let at = format!("/v1/sessions/{session}");
    write(app, pair.mentor, &format!("{at}/notes"), json!({"text": "Hush"})).await;
    write(app, pair.mentee, &format!("{at}/agenda-items"), json!({"topic": "other", "text": "Hush"})).await;
    write(app, pair.mentee, &format!("{at}/action-items"), json!({"text": "Hush"})).await;
    write(app, pair.mentee, &format!("{}/notebook-entries", pair.path), json!({"text": "Hush"})).await;
    app.as_(pair.mentee).patch(&at, json!({"place": "Hush"})).await.ok();
    app.as_(pair.mentee).patch(&pair.path, json!({"cadence": "weekly"})).await.ok();
    app.as_(pair.mentor).post(&format!("{at}/complete"), json!({"outcome": "Counted"})).await.ok();
    app.as_(pair.mentee).put(&format!("{at}/reflection"), json!({"what_went_well": "Hush"})).await;
    disclose(app, pair.mentor, "pair.cadence", &pair.id.to_string(), "lead").await.created();
    (pair, at)
}

async fn rows(app: &TestApp) -> i64 {
    let mut tx = app.db.read_one().await.expect("a look");
    let count = tx.query(
        "select (select count(*) from notes) + (select count(*) from agenda_items) + (select count(*) from action_items)
            + (select count(*) from notebook_entries) + (select count(*) from reflections)
            + (select count(*) from disclosures) + (select count(*) from pair_notes)",
    );
    count.one::<(i64,)>().await.expect("a count").0
}

/// The words of a pair go thirty days after its end; another pair's stay.
#[apply(on_both_engines!)]
#[set_up_by(rules())]
async fn the_words_of_ended_pairs_go(app: TestApp) {
    let (ended, at) = talkative(app).await;
    let (live, _) = talkative(app).await;
    assert_eq!(rows(app).await, 12);
    app.as_(ended.mentor)
        .post(
            &format!("{}/end", ended.path),
            json!({"reason": "goals_met", "outcome_summary": "Counted", "end_note": "Hush"}),
        )
        .await
        .ok();
    let before = app.as_(ended.manager).get(&at).await.ok();
    days_pass(app, 30).await;
    assert_eq!(rows(app).await, 13, "thirty days are not over");
    days_pass(app, 1).await;
    assert_eq!(rows(app).await, 6);
    let read = app.as_(ended.mentee).get(&at).await.ok();
    read.has("/place", Value::Null).has("/outcome", "Counted").has("/notes", json!([]));
    let pair = app.as_(ended.mentee).get(&ended.path).await.ok();
    pair.has("/cadence", Value::Null).has("/end_notes", json!([])).has("/outcome_summary", "Counted");
    assert_eq!(app.as_(ended.manager).get(&at).await.ok().bytes, before.bytes, "to a manager nothing happened");
    app.as_(live.mentee).get(&live.path).await.ok().has("/cadence", "weekly");
}

/// What people who left said of themselves goes; what HR keeps stays.
#[apply(on_both_engines!)]
#[set_up_by(rules())]
async fn the_profiles_of_people_who_left_go(app: TestApp) {
    let (admin, person) = (app.as_with(app.person().await, &["admin"]), app.person().await);
    let path = format!("/v1/people/{person}");
    let profile = json!({"bio": "I ask", "career_goals": "Up", "accommodations": "Quiet", "topics": ["Talks"]});
    app.as_(person).patch(&format!("{path}/profile"), profile).await.ok();
    days_pass(app, 400).await;
    admin.patch(&path, json!({"title": "Engineer"})).await.ok();
    admin.patch(&path, json!({"status": "departed"})).await.ok();
    days_pass(app, 90).await;
    admin.get(&path).await.ok().has("/bio", "I ask");
    days_pass(app, 1).await;
    let kept = admin.get(&path).await.ok();
    kept.has("/bio", Value::Null).has("/career_goals", Value::Null).has("/topics", json!([])).has("/title", "Engineer");
    let revision = admin.get(&path).await.ok().header("etag").to_owned();
    days_pass(app, 1).await;
    assert_eq!(admin.get(&path).await.ok().header("etag"), revision, "once");
}

/// The keys of POSTs are remembered for a day.
#[apply(on_both_engines!)]
#[set_up_by(rules())]
async fn the_keys_of_requests_go(app: TestApp) {
    let pair = app.pair().await;
    let (mentee, path) = (app.as_(pair.mentee), format!("{}/notebook-entries", pair.path));
    let body = json!({"text": "Mine"});
    let ask = || mentee.request(reqwest::Method::POST, &path).header("idempotency-key", "k").json(&body);
    let first = mentee.send(ask()).await.created().id();
    app.clock.advance(TimeDelta::hours(23));
    app.service.delete_expired().await.expect("it tidies");
    assert_eq!(mentee.send(ask()).await.created().id(), first);
    app.clock.advance(TimeDelta::hours(2));
    app.service.delete_expired().await.expect("it tidies");
    assert_ne!(mentee.send(ask()).await.created().id(), first);
}

/// Whoever comes first applies a rule, and nobody again until it is due.
#[apply(on_both_engines!)]
#[set_up_by(rules())]
async fn a_rule_is_applied_by_one_instance(app: TestApp) {
    let (pair, _) = talkative(app).await;
    app.as_(pair.mentor).post(&format!("{}/end", pair.path), json!({"reason": "other"})).await.ok();
    app.clock.advance(TimeDelta::days(20));
    let (one, two) = tokio::join!(app.service.delete_expired(), app.service.delete_expired());
    one.and(two).expect("both tidy");
    app.clock.advance(TimeDelta::hours(23));
    app.service.delete_expired().await.expect("it tidies");
    let rules = app.as_(pair.mentee).get("/v1/retention").await.ok();
    rules
        .has("/items/1/kind", "words_of_ended_pairs")
        .has("/items/1/last_ran_at", "2026-03-22T09:00:00Z")
        .has("/items/0/last_ran_at", "2026-03-23T08:00:00Z");
}

/// Everybody may know what goes and after how long.
#[apply(on_both_engines!)]
#[set_up_by(rules())]
async fn everybody_reads_the_rules(app: TestApp) {
    let service = app.service_account(&[Scope::PairsRead]).await;
    for client in [app.as_(app.person().await), app.as_service(service, &[])] {
        let rules = client.get("/v1/retention").await.ok();
        assert_eq!(rules.items().len(), 6);
        let rules = rules.has("/items/0/kind", "idempotency_keys").has("/items/0/after_hours", 24);
        let rules = rules.has("/items/1/after_hours", 720).has("/items/1/last_ran_at", Value::Null);
        rules.has("/items/2/after_hours", 1440).has("/items/3/after_hours", 2160).has("/items/4/after_hours", 2160);
    }
}

/// Nobody said so, and ten years pass.
#[apply(on_both_engines!)]
async fn of_peoples_words_nothing_goes_unless_somebody_says_so(app: TestApp) {
    let (pair, at) = talkative(app).await;
    app.as_(pair.mentor).post(&format!("{}/end", pair.path), json!({"reason": "other"})).await.ok();
    app.clock.advance(TimeDelta::days(900));
    app.service.delete_expired().await.expect("it tidies");
    assert_eq!(rows(app).await, 6);
    app.as_(pair.mentee).get(&at).await.ok().has("/place", "Hush");
    let rules = app.as_(pair.mentee).get("/v1/retention").await.ok();
    rules.has("/items/1/after_hours", Value::Null).has("/items/1/last_ran_at", Value::Null);
}
