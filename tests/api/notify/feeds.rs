//! A person's own feed of sessions.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::calendars::{lines, read, rename, schedule};
use crate::harness::TestApp;

async fn make(app: &TestApp, person: impl Into<mentorship::ids::PersonId>) -> String {
    let made = app.as_(person).post("/v1/me/calendar-feed", json!({})).await.created();
    assert_eq!(made.header("location"), "/v1/me/calendar-feed");
    made.body["path"].as_str().expect("a path").to_owned()
}

async fn text(app: &TestApp, path: &str) -> String {
    let feed = app.nobody().get(path).await.ok();
    assert_eq!(feed.header("content-type"), "text/calendar; charset=utf-8");
    String::from_utf8(feed.bytes).expect("text")
}

/// Whoever knows the address reads when and with whom, and nothing else; nobody reads another's.
#[apply(on_both_engines!)]
async fn a_feed_tells_when_and_with_whom(app: TestApp) {
    let (pair, other) = (app.pair().await, app.pair().await);
    rename(app, pair.mentor, "Zoë").await;
    let session = schedule(
        app,
        &pair,
        json!({"place": "canary", "link": "https://example.com/canary", "time_zone": "Asia/Kathmandu"}),
    )
    .await;
    app.as_(pair.mentee).post(&format!("{session}/notes"), json!({"text": "canary"})).await.created();
    schedule(app, &pair, json!({"repeat": {"cadence": "weekly", "times": 3}, "place": "canary"})).await;
    let cancelled = schedule(app, &pair, json!({})).await;
    app.as_(pair.mentee).post(&format!("{cancelled}/cancel"), json!({"reason": "canary"})).await.ok();
    schedule(app, &other, json!({})).await;

    app.as_(pair.mentee).get("/v1/me/calendar-feed").await.problem(404, "not_found");
    let path = make(app, pair.mentee).await;
    app.as_(pair.mentee).get("/v1/me/calendar-feed").await.ok().has("/path", Value::Null);
    let feed = text(app, &path).await;
    let read_lines = lines(&feed);
    assert_eq!(read_lines.iter().filter(|line| line.starts_with("UID:")).count(), 4, "{feed}");
    assert!(
        read_lines.contains(&"METHOD:PUBLISH".to_owned())
            && read_lines.contains(&"DTSTART;TZID=Asia/Kathmandu:20260304T144500".to_owned()),
        "{feed}"
    );
    assert!(
        feed.contains("SUMMARY:Mentoring: Zoë and ") && !feed.contains("ATTENDEE") && !feed.contains("canary"),
        "{feed}"
    );
    let Some(read) = read(&[feed]) else { return };
    let starts: Vec<_> =
        read[0]["events"].as_array().expect("events").iter().filter_map(|event| event["starts_at"].as_str()).collect();
    assert_eq!(
        starts,
        ["2026-03-04T09:00:00Z", "2026-03-04T09:00:00Z", "2026-03-11T09:00:00Z", "2026-03-18T09:00:00Z"]
    );
}

/// Nothing is sent twice, and what only one's partner wrote changes not a byte.
#[apply(on_both_engines!)]
async fn a_feed_that_did_not_change_is_not_sent_again(app: TestApp) {
    let pair = app.pair().await;
    let session = schedule(app, &pair, json!({})).await;
    let path = make(app, pair.mentor).await;
    let first = app.nobody().get(&path).await.ok();
    let again = async || {
        let request = app.nobody().request(reqwest::Method::GET, &path).header("if-none-match", first.header("etag"));
        app.nobody().send(request).await
    };
    app.clock.advance(TimeDelta::hours(1));
    app.as_(pair.mentee).patch(&session, json!({"place": "The blue room"})).await.ok();
    again().await.is(304);
    app.as_(pair.mentee).patch(&session, json!({"length_minutes": 30})).await.ok();
    again().await.ok();
}

/// Made anew, taken away, or departed: the old address is no address.
#[apply(on_both_engines!)]
async fn an_address_can_be_taken_back(app: TestApp) {
    let pair = app.pair().await;
    let old = make(app, pair.mentee).await;
    text(app, &old).await;
    let new = make(app, pair.mentee).await;
    assert_ne!(old, new);
    let absent = app.nobody().get(&old).await.problem(404, "not_found");
    text(app, &new).await;
    app.as_(pair.mentee).delete("/v1/me/calendar-feed").await.is(204);
    let gone = app.nobody().get(&new).await.problem(404, "not_found");
    assert_eq!(absent.body["detail"], gone.body["detail"]);
    app.as_(pair.mentee).delete("/v1/me/calendar-feed").await.problem(404, "not_found");

    let path = make(app, pair.mentor).await;
    let admin = app.as_with(app.person().await, &["admin"]);
    admin.patch(&format!("/v1/people/{}", pair.mentor), json!({"status": "departed"})).await.ok();
    app.nobody().get(&path).await.problem(404, "not_found");
    for wrong in ["/v1/calendar/x.ics", "/v1/calendar/%00.ics", "/v1/calendar/.ics", &path.replace(".ics", "")] {
        app.nobody().get(wrong).await.problem(404, "not_found");
    }
}

/// Asked again with the same key, the address is not told again, and holds.
#[apply(on_both_engines!)]
async fn an_address_is_told_once(app: TestApp) {
    let pair = app.pair().await;
    let ask = async || {
        let client = app.as_(pair.mentee);
        let request = client
            .request(reqwest::Method::POST, "/v1/me/calendar-feed")
            .header("idempotency-key", "once")
            .json(&json!({}));
        client.send(request).await.created()
    };
    let path = ask().await.body["path"].as_str().expect("a path").to_owned();
    ask().await.has("/path", Value::Null);
    text(app, &path).await;
}
