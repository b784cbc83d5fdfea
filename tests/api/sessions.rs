//! Sessions: who sees what of them, how they move and how they end.

mod contents;
mod scheduling;

use chrono::{DateTime, TimeDelta, Utc};
use mentorship::policy::Scope;
use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Client, Pair, TestApp};

/// So many hours from now.
fn hours(app: &TestApp, ahead: i64) -> DateTime<Utc> {
    app.clock.now() + TimeDelta::hours(ahead)
}

/// The mentee schedules a session; its path.
async fn session(app: &TestApp, pair: &Pair, ahead: i64) -> String {
    let body = json!({"pair_id": pair.id, "starts_at": hours(app, ahead)});
    app.as_(pair.mentee).post("/v1/sessions", body).await.created().header("location").to_owned()
}

/// The ids of a list, following its pages.
async fn ids(client: &Client, path: &str) -> Vec<String> {
    let (mut seen, mut next) = (Vec::new(), path.to_owned());
    loop {
        let page = client.get(&next).await.ok();
        seen.extend(page.items().iter().map(|item| item["id"].as_str().unwrap().to_owned()));
        let Some(cursor) = page.body["next_cursor"].as_str() else { return seen };
        next = format!("{path}&cursor={cursor}");
    }
}

/// The kinds of what happened to a pair, in order.
async fn events(app: &TestApp, pair: &Pair) -> Vec<String> {
    let mut tx = app.db.read_one().await.unwrap();
    let kinds = tx.query("select kind from events where pair_id = $1 order by id").bind(pair.id);
    kinds.all::<(String,)>().await.unwrap().into_iter().map(|(kind,)| kind).collect()
}

fn id_of(path: &str) -> String {
    path.rsplit('/').next().unwrap().to_owned()
}

/// A manager and a lead learn that a session happened and what came of it, not what was said.
#[apply(on_both_engines!)]
async fn what_was_said_stays_with_the_two(app: TestApp) {
    let pair = app.pair().await;
    let (mentor, mentee) = (app.as_(pair.mentor), app.as_(pair.mentee));
    let body = json!({"pair_id": pair.id, "starts_at": hours(app, 1), "place": "hush place", "link": "https://hush.example.com"});
    let path = mentee.post("/v1/sessions", body).await.created().header("location").to_owned();
    let outcomes = app.service_account(&[Scope::OutcomesRead]).await;
    let others = [
        app.as_(pair.manager),
        app.as_with(pair.coordinator, &["coordinator"]),
        app.as_with(app.person().await, &["admin"]),
        app.as_service(outcomes, &[Scope::OutcomesRead]),
    ];
    let mut before = Vec::new();
    for other in &others {
        let read = other
            .get(&path)
            .await
            .ok()
            .has("/status", "scheduled")
            .has("/length_minutes", 45)
            .has("/outcome", Value::Null);
        for hidden in [
            "/place",
            "/link",
            "/agenda",
            "/notes",
            "/action_items",
            "/carried_over",
            "/warnings",
            "/cancellation_reason",
            "/closed_by_id",
        ] {
            assert!(read.body["withheld"].as_array().unwrap().contains(&json!(hidden[1..])), "{hidden}");
            assert_eq!(read.body.pointer(hidden), None, "{hidden}");
        }
        before.push((read.bytes, read.headers["etag"].clone(), other.get("/v1/sessions").await.ok().items().clone()));
    }
    app.clock.advance(TimeDelta::minutes(10));
    let agenda = mentee
        .post(&format!("{path}/agenda-items"), json!({"topic": "feedback", "text": "hush agenda"}))
        .await
        .created();
    let note = mentor.post(&format!("{path}/notes"), json!({"text": "hush note"})).await.created();
    let item = mentor.post(&format!("{path}/action-items"), json!({"text": "hush item"})).await.created();
    mentee.patch(&path, json!({"place": "hush elsewhere", "link": null})).await.ok();
    app.clock.advance(TimeDelta::minutes(60));
    mentee.put(&format!("{path}/reflection"), json!({"what_went_well": "hush reflection"})).await.ok();
    mentor.post(&format!("{}/complete", item.header("location")), json!({})).await.ok();
    for (other, (bytes, etag, list)) in others.iter().zip(before) {
        let read = other.get(&path).await.ok();
        assert_eq!((&read.bytes, &read.headers["etag"]), (&bytes, &etag), "a private change shows");
        assert_eq!(*other.get("/v1/sessions").await.ok().items(), list, "a private change shows in the list");
        for part in ["agenda-items", "notes"] {
            assert!(other.get(&format!("{path}/{part}")).await.ok().items().is_empty());
        }
        for part in ["agenda-items", "notes", "action-items"] {
            let body =
                if part == "agenda-items" { json!({"topic": "other", "text": "x"}) } else { json!({"text": "x"}) };
            other.post(&format!("{path}/{part}"), body).await.problem(403, "not_allowed");
        }
        for record in [&agenda, &note, &item] {
            let at = record.header("location");
            other.get(at).await.problem(404, "not_found");
            other.patch(at, json!({"text": "x"})).await.problem(404, "not_found");
        }
        other.get(&format!("{path}/reflection")).await.problem(404, "not_found");
        other.patch(&path, json!({"place": "x"})).await.problem(403, "not_allowed");
        other.post(&format!("{path}/complete"), json!({})).await.problem(403, "not_allowed");
    }
    mentor.post(&format!("{path}/complete"), json!({"outcome": "She leads the review."})).await.ok();
    for other in &others {
        other.get(&path).await.ok().has("/status", "completed").has("/outcome", "She leads the review.");
    }
}

/// A colleague learns nothing of sessions; nor does a service without the scope.
#[apply(on_both_engines!)]
async fn a_colleague_learns_nothing(app: TestApp) {
    let pair = app.pair().await;
    let path = session(app, &pair, 24).await;
    // The coordinator has the duty, not the role: without it they are a colleague.
    for other in [app.person().await, pair.coordinator] {
        let other = app.as_(other);
        let absent = other.get("/v1/sessions/01988b64-97e0-7d1e-a3b5-6d7e8f9a0b1c").await.problem(404, "not_found");
        let hidden = other.get(&path).await.problem(404, "not_found");
        assert_eq!(absent.body["detail"], hidden.body["detail"]);
        for part in ["agenda-items", "notes", "reflection"] {
            other.get(&format!("{path}/{part}")).await.problem(404, "not_found");
        }
        other.post(&format!("{path}/notes"), json!({"text": "x"})).await.problem(404, "not_found");
        other.put(&format!("{path}/reflection"), json!({})).await.problem(404, "not_found");
        other.post(&format!("{path}/cancel"), json!({})).await.problem(404, "not_found");
        other.patch(&path, json!({"place": "x"})).await.problem(404, "not_found");
        for list in [
            "/v1/sessions".to_owned(),
            format!("/v1/sessions?pair_id={}", pair.id),
            format!("/v1/action-items?pair_id={}", pair.id),
        ] {
            assert!(other.get(&list).await.ok().items().is_empty(), "{list}");
        }
    }
    let pairs_only = app.service_account(&[Scope::PairsRead]).await;
    let service = app.as_service(pairs_only, &[Scope::PairsRead]);
    service.get("/v1/sessions").await.problem(403, "not_allowed");
    service.get("/v1/action-items").await.problem(403, "not_allowed");
    service.get(&path).await.problem(404, "not_found");
    app.nobody().get("/v1/sessions").await.problem(401, "unauthenticated");
}

/// Everybody lists exactly the sessions they may read, by when they begin.
#[apply(on_both_engines!)]
async fn a_list_holds_what_the_viewer_may_read(app: TestApp) {
    let (one, two) = (app.pair().await, app.pair().await);
    let mut first = Vec::new();
    for ahead in [30, 10, 20] {
        first.push(id_of(&session(app, &one, ahead).await));
    }
    let (late, early, middle) = (first[0].clone(), first[1].clone(), first[2].clone());
    let other = id_of(&session(app, &two, 15).await);
    let in_order = vec![early.clone(), middle.clone(), late.clone()];
    for reader in
        [app.as_(one.mentor), app.as_(one.mentee), app.as_(one.manager), app.as_with(one.coordinator, &["coordinator"])]
    {
        assert_eq!(ids(&reader, "/v1/sessions?limit=2").await, in_order);
        assert_eq!(ids(&reader, &format!("/v1/sessions?limit=1&pair_id={}", one.id)).await, in_order);
        assert!(ids(&reader, &format!("/v1/sessions?limit=1&pair_id={}", two.id)).await.is_empty());
    }
    let account = app.service_account(&[Scope::OutcomesRead]).await;
    for reader in [app.as_with(app.person().await, &["admin"]), app.as_service(account, &[Scope::OutcomesRead])] {
        let everything = vec![early.clone(), other.clone(), middle.clone(), late.clone()];
        assert_eq!(ids(&reader, "/v1/sessions?limit=2").await, everything);
        assert_eq!(ids(&reader, "/v1/sessions?limit=3&status=scheduled").await, everything);
        assert_eq!(
            ids(&reader, &format!("/v1/sessions?limit=2&pair_id={}", two.id)).await,
            std::slice::from_ref(&other)
        );
        assert!(ids(&reader, "/v1/sessions?limit=2&status=completed").await.is_empty());
    }
    let mentor = app.as_(one.mentor);
    let at = |ahead| hours(app, ahead).to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    assert_eq!(
        ids(&mentor, &format!("/v1/sessions?limit=1&from={}&to={}", at(10), at(30))).await,
        [early.clone(), middle.clone()]
    );
    // The filter reaches back five minutes.
    app.clock.advance(TimeDelta::minutes(6));
    let before = at(0);
    mentor.patch(&format!("/v1/sessions/{early}"), json!({"place": "private"})).await.ok();
    mentor.patch(&format!("/v1/sessions/{late}"), json!({"length_minutes": 30})).await.ok().has("/sequence", 1);
    for reader in [mentor, app.as_(one.manager), app.as_with(app.person().await, &["admin"])] {
        assert_eq!(
            ids(&reader, &format!("/v1/sessions?limit=1&updated_after={before}")).await,
            std::slice::from_ref(&late)
        );
    }
}

/// A session lives once: what is closed stays closed.
#[apply(on_both_engines!)]
async fn a_closed_session_stays_closed(app: TestApp) {
    let pair = app.pair().await;
    let (mentor, mentee) = (app.as_(pair.mentor), app.as_(pair.mentee));
    let path = session(app, &pair, 2).await;
    mentor.post(&format!("{path}/complete"), json!({})).await.problem(409, "wrong_state");
    app.clock.advance(TimeDelta::hours(1));
    mentor
        .post(&format!("{path}/complete"), json!({"outcome": "Agreed on a plan", "colour": 1}))
        .await
        .problem(400, "invalid_request")
        .points_at("/colour");
    mentor
        .post(&format!("{path}/complete"), json!({"outcome": "Agreed on a plan"}))
        .await
        .ok()
        .has("/status", "completed")
        .has("/closed_by_id", pair.mentor.to_string())
        .has("/closed_at", "2026-03-02T10:00:00Z");
    let cancelled = session(app, &pair, 5).await;
    mentee.post(&format!("{cancelled}/cancel"), json!({"reason": "My child is ill"})).await.ok().has("/sequence", 1);
    mentor
        .get(&cancelled)
        .await
        .ok()
        .has("/cancellation_reason/text", "My child is ill")
        .has("/cancellation_reason/author_id", pair.mentee.to_string());
    app.as_(pair.manager)
        .get(&cancelled)
        .await
        .ok()
        .has("/status", "cancelled")
        .lacks("/cancellation_reason")
        .lacks("/closed_by_id");
    let moved = session(app, &pair, 6).await;
    mentee.post(&format!("{moved}/reschedule"), json!({"starts_at": hours(app, 9)})).await.created();
    for closed in [&path, &cancelled, &moved] {
        mentee.post(&format!("{closed}/complete"), json!({})).await.problem(409, "wrong_state");
        mentee.post(&format!("{closed}/cancel"), json!({})).await.problem(409, "wrong_state");
        mentee
            .post(&format!("{closed}/reschedule"), json!({"starts_at": hours(app, 9)}))
            .await
            .problem(409, "wrong_state");
        mentee.patch(closed, json!({"length_minutes": 30})).await.problem(409, "wrong_state");
        mentee
            .post(&format!("{closed}/agenda-items"), json!({"topic": "other", "text": "x"}))
            .await
            .problem(409, "wrong_state");
    }
    mentee.post(&format!("{path}/notes"), json!({"text": "afterwards"})).await.created();
    mentee.post(&format!("{cancelled}/notes"), json!({"text": "x"})).await.problem(409, "wrong_state");
    mentee.post(&format!("{moved}/action-items"), json!({"text": "x"})).await.problem(409, "wrong_state");
    let happened = events(app, &pair).await;
    for kind in ["session.completed", "session.cancelled", "session.rescheduled"] {
        assert_eq!(happened.iter().filter(|happened| *happened == kind).count(), 1, "{kind}");
    }
}

/// A moved session stays one calendar event, and takes its agenda along.
#[apply(on_both_engines!)]
async fn a_moved_session_is_one_calendar_event(app: TestApp) {
    let pair = app.pair().await;
    let (mentor, mentee) = (app.as_(pair.mentor), app.as_(pair.mentee));
    let body = json!({"pair_id": pair.id, "starts_at": hours(app, 2), "time_zone": "Asia/Tokyo", "length_minutes": 30, "kind": "midpoint", "place": "Room 4"});
    let first = mentee.post("/v1/sessions", body).await.created();
    let path = first.header("location").to_owned();
    mentee
        .post(&format!("{path}/agenda-items"), json!({"topic": "networking", "text": "Whom to ask"}))
        .await
        .created()
        .has("/is_late", true);
    let second = mentor.post(&format!("{path}/reschedule"), json!({"starts_at": hours(app, 72)})).await.created();
    let second = second
        .has("/event_id", first.id())
        .has("/predecessor_id", first.id())
        .has("/sequence", 1)
        .has("/kind", "midpoint")
        .has("/time_zone", "Asia/Tokyo")
        .has("/length_minutes", 30)
        .has("/place", "Room 4")
        .has("/agenda/0/text", "Whom to ask")
        .has("/agenda/0/is_late", false);
    mentee
        .get(&path)
        .await
        .ok()
        .has("/status", "rescheduled")
        .has("/successor_id", second.id())
        .has("/agenda", json!([]));
    let third = format!("{}/reschedule", second.header("location"));
    let third = mentor
        .post(&third, json!({"starts_at": hours(app, 96), "time_zone": "Europe/Paris", "length_minutes": 60}))
        .await
        .created();
    third.has("/event_id", first.id()).has("/sequence", 2).has("/time_zone", "Europe/Paris").has("/length_minutes", 60);
    app.as_(pair.manager).get(&path).await.ok().has("/successor_id", second.id());
}

/// A change is refused when the record is not as it was seen.
#[apply(on_both_engines!)]
async fn a_stale_session_is_not_changed(app: TestApp) {
    let pair = app.pair().await;
    let (mentor, mentee) = (app.as_(pair.mentor), app.as_(pair.mentee));
    let path = session(app, &pair, 24).await;
    let seen = mentor.get(&path).await.ok();
    mentee
        .patch_seen(&path, &seen, json!({"place": "Room 4", "kind": "closing"}))
        .await
        .ok()
        .has("/place", "Room 4")
        .has("/kind", "closing");
    mentor.patch_seen(&path, &seen, json!({"place": "Room 5"})).await.problem(412, "stale_record");
    let cancel = mentor
        .request(Method::POST, &format!("{path}/cancel"))
        .header("if-match", seen.header("etag"))
        .json(&json!({}));
    mentor.send(cancel).await.problem(412, "stale_record");
    let known = mentor.get(&path).await.ok();
    let again = mentor.request(Method::GET, &path).header("if-none-match", known.header("etag"));
    mentor.send(again).await.is(304);
    assert_eq!(events(app, &pair).await, ["session.scheduled", "session.changed", "session.place_changed"]);
}
