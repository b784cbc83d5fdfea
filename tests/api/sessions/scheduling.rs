//! How sessions are scheduled, by whom, and what is refused.

use mentorship::policy::Scope;
use reqwest::Method;
use serde_json::{Value, json};

use super::{events, hours, ids, session};
use crate::harness::TestApp;

/// One of the two schedules; what is not told has a good default.
#[apply(on_both_engines!)]
async fn a_party_schedules_a_session(app: TestApp) {
    let pair = app.pair().await;
    let body = json!({"pair_id": pair.id, "starts_at": "2026-03-04T16:00:00.5+01:00", "place": "The café", "link": "https://video.example.com/42"});
    let made = app.as_(pair.mentee).post("/v1/sessions", body).await.created();
    let path = made.header("location").to_owned();
    let (id, etag) = (made.id(), made.header("etag").to_owned());
    made.has("/starts_at", "2026-03-04T15:00:00Z")
        .has("/time_zone", "UTC")
        .has("/length_minutes", 45)
        .has("/kind", "regular")
        .has("/status", "scheduled")
        .has("/sequence", 0)
        .has("/event_id", id)
        .has("/place", "The café")
        .has("/warnings", json!([]))
        .has("/agenda", json!([]))
        .has("/notes", json!([]))
        .has("/action_items", json!([]))
        .has("/carried_over", json!([]))
        .has("/outcome", Value::Null)
        .has("/withheld", json!([]))
        .has("/mentor/id", pair.mentor.to_string());
    let read = app.as_(pair.mentor).get(&path).await.ok().has("/link", "https://video.example.com/42");
    assert_eq!(read.header("etag"), etag);
    let body = json!({"pair_id": pair.id, "starts_at": hours(app, 24), "time_zone": "Europe/Zurich", "length_minutes": 480, "kind": "kickoff"});
    app.as_(pair.mentor)
        .post("/v1/sessions", body)
        .await
        .created()
        .has("/time_zone", "Europe/Zurich")
        .has("/kind", "kickoff");
    assert_eq!(events(app, &pair).await, ["session.scheduled", "session.scheduled"]);
}

/// The same request with the same key has one effect.
#[apply(on_both_engines!)]
async fn a_key_schedules_once(app: TestApp) {
    let pair = app.pair().await;
    let mentor = app.as_(pair.mentor);
    let post = |path: &str, body: &Value| {
        mentor.request(Method::POST, path).header("idempotency-key", format!("k{path}")).json(body)
    };
    let body = json!({"pair_id": pair.id, "starts_at": hours(app, 2)});
    let first = mentor.send(post("/v1/sessions", &body)).await.created();
    let again = mentor.send(post("/v1/sessions", &body)).await.created();
    assert_eq!((&first.bytes, first.header("location")), (&again.bytes, again.header("location")));
    let path = format!("{}/reschedule", first.header("location"));
    let body = json!({"starts_at": hours(app, 5)});
    let moved = mentor.send(post(&path, &body)).await.created();
    assert_eq!(moved.bytes, mentor.send(post(&path, &body)).await.created().bytes);
    mentor.send(post(&path, &json!({"starts_at": hours(app, 6)}))).await.problem(422, "idempotency_key_reused");
    assert_eq!(ids(&mentor, "/v1/sessions?limit=50").await.len(), 2);
}

/// Only the two schedule, and only while their pair is at work.
#[apply(on_both_engines!)]
async fn only_the_two_schedule(app: TestApp) {
    let pair = app.pair().await;
    let body = json!({"pair_id": pair.id, "starts_at": hours(app, 24)});
    let admin = app.as_with(app.person().await, &["admin"]);
    for other in
        [app.as_(pair.manager), app.as_with(pair.coordinator, &["coordinator"]), admin, app.as_(app.person().await)]
    {
        other.post("/v1/sessions", body.clone()).await.problem(403, "not_allowed");
    }
    let all = app.service_account(&Scope::ALL).await;
    app.as_service(all, &Scope::ALL).post("/v1/sessions", body.clone()).await.problem(403, "not_allowed");
    app.nobody().post("/v1/sessions", body.clone()).await.problem(401, "unauthenticated");
    let mentor = app.as_(pair.mentor);
    let path = session(app, &pair, 24).await;
    mentor.post(&format!("{}/pause", pair.path), json!({})).await.ok();
    mentor.post("/v1/sessions", body.clone()).await.problem(409, "wrong_state");
    mentor.post(&format!("{path}/reschedule"), json!({"starts_at": hours(app, 30)})).await.problem(409, "wrong_state");
    mentor.post(&format!("{}/end", pair.path), json!({"reason": "other"})).await.ok();
    mentor.post("/v1/sessions", body).await.problem(409, "wrong_state");
    mentor.post(&format!("{path}/cancel"), json!({})).await.ok();
}

/// What cannot be is refused where it stands.
#[apply(on_both_engines!)]
async fn bad_sessions_are_refused_with_a_pointer(app: TestApp) {
    let pair = app.pair().await;
    let mentee = app.as_(pair.mentee);
    let with = |member: &str, value: Value| {
        let mut body = json!({"pair_id": pair.id, "starts_at": hours(app, 24)});
        body[member] = value;
        body
    };
    for (member, value) in [
        ("starts_at", json!(hours(app, -25))),
        ("starts_at", json!(hours(app, 24 * 800))),
        ("starts_at", json!("+262000-01-01T00:00:00Z")),
        ("starts_at", json!("soon")),
        ("length_minutes", json!(4)),
        ("length_minutes", json!(481)),
        ("time_zone", json!("Mars/Olympus")),
        ("link", json!("javascript:alert(1)")),
        ("place", json!("two\nlines")),
        ("pair_id", json!(pair.mentee)),
    ] {
        mentee
            .post("/v1/sessions", with(member, value))
            .await
            .problem(422, "invalid_value")
            .points_at(&format!("/{member}"));
    }
    for (member, value) in [("length_minutes", json!(45.5)), ("kind", json!("chat")), ("status", json!("completed"))] {
        mentee
            .post("/v1/sessions", with(member, value))
            .await
            .problem(400, "invalid_request")
            .points_at(&format!("/{member}"));
    }
    mentee
        .post("/v1/sessions", json!({"pair_id": pair.id}))
        .await
        .problem(400, "invalid_request")
        .points_at("/starts_at");
    mentee.post("/v1/sessions", with("starts_at", json!(hours(app, -23)))).await.created();
    let path = session(app, &pair, 24).await;
    mentee.patch(&path, json!({"length_minutes": 0})).await.problem(422, "invalid_value").points_at("/length_minutes");
    mentee.patch(&path, json!({"kind": null})).await.problem(400, "invalid_request").points_at("/kind");
    mentee
        .patch(&path, json!({"starts_at": hours(app, 30)}))
        .await
        .problem(400, "invalid_request")
        .points_at("/starts_at");
    mentee
        .post(&format!("{path}/reschedule"), json!({"starts_at": hours(app, -48)}))
        .await
        .problem(422, "invalid_value")
        .points_at("/starts_at");
    mentee.get("/v1/sessions?from=soon").await.problem(422, "invalid_value").points_at("?from");
    mentee.get("/v1/sessions?status=gone").await.problem(400, "invalid_request").points_at("?status");
    mentee.get("/v1/sessions?cursor=x").await.problem(422, "invalid_cursor");
    let (early, late) = ("-200000-01-01T00:00:00Z", "%2B200000-01-01T00:00:00Z");
    let far = format!("/v1/sessions?from={early}&to={late}&updated_after={early}");
    mentee.get(&far).await.problem(422, "invalid_value");
    mentee.get("/v1/sessions/42").await.problem(400, "invalid_request");
}

/// A warning tells you of your own sessions, never of what the other does elsewhere.
#[apply(on_both_engines!)]
async fn overlaps_are_told_to_whom_they_belong(app: TestApp) {
    let (one, two) = (app.pair().await, app.pair().await);
    let mut tx = app.db.write().await.unwrap();
    tx.query("update pairs set mentor_id = $2 where id = $1").bind(two.id).bind(one.mentor).run().await.unwrap();
    tx.commit().await.unwrap();
    let first = session(app, &one, 24).await;
    let second = session(app, &two, 24).await;
    let third = session(app, &one, 48).await;
    let mentor = app.as_(one.mentor);
    for path in [&first, &second] {
        mentor.get(path).await.ok().has("/warnings", json!(["overlaps"]));
    }
    app.as_(one.mentee).get(&first).await.ok().has("/warnings", json!([]));
    app.as_(two.mentee).get(&second).await.ok().has("/warnings", json!([]));
    mentor.get(&third).await.ok().has("/warnings", json!([]));
    mentor.post(&format!("{second}/cancel"), json!({})).await.ok().has("/warnings", json!([]));
    mentor.get(&first).await.ok().has("/warnings", json!([]));
}
