//! Who leaves, leaves their pairs.

use serde_json::json;

use crate::harness::{Person, TestApp};

async fn leave(app: &TestApp, person: impl Into<mentorship::ids::PersonId>) {
    let admin = app.as_with(app.person().await, &["admin"]);
    admin.patch(&format!("/v1/people/{}", person.into()), json!({"status": "departed"})).await.ok();
}

async fn events(app: &TestApp, kind: &str, record: &str) -> i64 {
    let mut tx = app.db.read_one().await.expect("a look");
    let record: uuid::Uuid = record.parse().expect("an id");
    let query = tx.query("select count(*) from events where kind = $1 and record_id = $2").bind(kind).bind(record);
    query.one::<(i64,)>().await.expect("a count").0
}

/// A mentee leaves: the pair ends, and the mentor has the place back.
#[apply(on_both_engines!)]
async fn a_mentor_gets_the_place_back_when_the_mentee_leaves(app: TestApp) {
    let pair = app.pair().await;
    let mentor = format!("/v1/people/{}", pair.mentor);
    app.as_(pair.mentor).get(&mentor).await.ok().has("/mentoring/active", 1);
    leave(app, pair.mentee).await;
    app.as_(pair.mentor).get(&pair.path).await.ok().has("/status", "active");
    app.service.deliver().await.expect("it delivers");
    app.as_(pair.mentor)
        .get(&pair.path)
        .await
        .ok()
        .has("/status", "ended")
        .has("/end_reason", "person_left")
        .has("/ended_on", "2026-03-02");
    app.as_(pair.mentor).get(&mentor).await.ok().has("/mentoring/active", 0);
    assert_eq!(events(app, "pair.ended", &pair.id.to_string()).await, 1);
}

/// A mentor leaves: what runs ends, what is proposed is declined, and other pairs go on.
#[apply(on_both_engines!)]
async fn proposals_of_who_left_are_declined(app: TestApp) {
    let (pair, other) = (app.pair().await, app.pair().await);
    let mentee = app.person_with(Person::default()).await;
    let proposed = app
        .as_(mentee)
        .post("/v1/pairs", json!({"mentor_id": pair.mentor, "mentee_id": mentee, "model": "one_on_one"}))
        .await
        .created();
    let at = format!("/v1/pairs/{}", proposed.id());
    leave(app, pair.mentor).await;
    app.service.deliver().await.expect("it delivers");
    app.as_(mentee).get(&at).await.ok().has("/status", "declined").has("/end_reason", serde_json::Value::Null);
    app.as_(pair.mentee).get(&pair.path).await.ok().has("/status", "ended");
    app.as_(other.mentee).get(&other.path).await.ok().has("/status", "active");
    assert_eq!(events(app, "pair.declined", &proposed.id()).await, 1);
    let mut tx = app.db.read_one().await.expect("a look");
    let load: (i64,) =
        tx.query("select mentor_load from people where id = $1").bind(pair.mentor).one().await.expect("a load");
    assert_eq!(load.0, 0);
}

/// Somebody who was back before it was noticed keeps their pairs.
#[apply(on_both_engines!)]
async fn who_is_back_in_time_keeps_their_pairs(app: TestApp) {
    let pair = app.pair().await;
    leave(app, pair.mentee).await;
    let admin = app.as_with(app.person().await, &["admin"]);
    admin.patch(&format!("/v1/people/{}", pair.mentee), json!({"status": "active"})).await.ok();
    app.service.deliver().await.expect("it delivers");
    // With a sign-in of after their return.
    app.clock.advance(chrono::TimeDelta::seconds(1));
    app.as_(pair.mentee).get(&pair.path).await.ok().has("/status", "active");
}
