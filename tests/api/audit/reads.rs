//! What is written down, and what is not.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;

use super::{accesses, alter, log, note, session};
use crate::harness::TestApp;

/// A look at a note is in the log of all looks, and in its author's list; the author's own is in the first alone.
#[apply(on_both_engines!)]
async fn who_reads_a_note_is_written_down(app: TestApp) {
    let pair = app.pair().await;
    let session = session(app, &pair).await;
    let note = note(app, &session, pair.mentor).await;
    assert!(accesses(app, pair.mentor).await.is_empty(), "nobody else read it");
    app.clock.advance(chrono::TimeDelta::seconds(1));
    let read = app.as_(pair.mentee).get(&format!("/v1/notes/{note}")).await.ok();
    let seen = accesses(app, pair.mentor).await;
    assert_eq!(seen.len(), 1, "{seen:?}");
    assert_eq!(seen[0]["viewer"]["id"], json!(pair.mentee));
    assert_eq!(seen[0]["relation"], "party");
    assert_eq!(seen[0]["record_kind"], "notes");
    assert_eq!(seen[0]["record_ids"], json!([note]));
    assert_eq!(seen[0]["fields"], json!(["text"]));
    assert_eq!(seen[0]["at"], "2026-03-02T09:00:01Z");
    assert!(accesses(app, pair.mentee).await.is_empty(), "it is the author's list");
    let events = log(app, &format!("&record_id={note}&kind=read")).await;
    assert_eq!(events.len(), 2, "{events:?}");
    assert_eq!((&events[0]["actor_id"], &events[0]["relation"]), (&json!(pair.mentor), &json!("author")));
    assert_eq!((&events[1]["actor_id"], &events[1]["relation"]), (&json!(pair.mentee), &json!("party")));
    assert_eq!(events[1]["request_id"], read.header("x-request-id"));
    assert_eq!(events[1]["author_id"], json!(pair.mentor));
}

/// A list of fifty notes is a few rows: one an author.
#[apply(on_both_engines!)]
async fn a_list_is_one_look_an_author(app: TestApp) {
    let pair = app.pair().await;
    let session = session(app, &pair).await;
    let mut notes = Vec::new();
    for author in [pair.mentor, pair.mentee, pair.mentor] {
        notes.push(note(app, &session, author).await);
    }
    app.as_(pair.mentee).get(&format!("/v1/sessions/{session}/notes")).await.ok();
    let seen = accesses(app, pair.mentor).await;
    assert_eq!(seen.len(), 1, "{seen:?}");
    assert_eq!(seen[0]["record_ids"], json!([notes[0], notes[2]]));
}

/// Who may not read the values leaves no look at them, and neither does a record without any.
#[apply(on_both_engines!)]
async fn who_sees_nothing_leaves_no_look(app: TestApp) {
    let pair = app.pair().await;
    let session = session(app, &pair).await;
    let note = note(app, &session, pair.mentor).await;
    for other in [pair.manager, pair.coordinator] {
        app.as_(other).get(&format!("/v1/notes/{note}")).await.problem(404, "not_found");
        app.as_(other).get(&pair.path).await.ok();
        app.as_(other).get(&format!("/v1/people/{}", pair.mentor)).await.ok();
        assert!(log(app, &format!("&actor_id={other}")).await.is_empty());
    }
    app.as_(pair.mentee).get(&pair.path).await.ok();
    assert!(log(app, &format!("&actor_id={}", pair.mentee)).await.is_empty(), "there was nothing to open");
}

/// What was done, to what, as what; and what came of it.
#[apply(on_both_engines!)]
async fn a_change_is_written_with_what_it_changes(app: TestApp) {
    let pair = app.pair().await;
    let session = session(app, &pair).await;
    let note = note(app, &session, pair.mentor).await;
    let mentor = app.as_(pair.mentor);
    mentor.patch(&format!("/v1/notes/{note}"), json!({"text": "Hush now"})).await.ok();
    mentor.delete(&format!("/v1/notes/{note}")).await.is(204);
    let events = log(app, &format!("&actor_id={}&kind=change", pair.mentor)).await;
    let told: Vec<_> = events
        .iter()
        .map(|event| {
            (event["act"].as_str().unwrap(), event["record_kind"].as_str().unwrap(), event["record_ids"].clone())
        })
        .collect();
    // All at one moment of the clock: in the order of chance.
    for expected in [
        ("schedule_session", "pairs", json!([pair.id, session])),
        ("write_in_session", "sessions", json!([session, note])),
        ("change_note", "notes", json!([note])),
    ] {
        assert!(told.contains(&expected), "{expected:?} is not among {told:?}");
    }
    assert_eq!(told.len(), 4, "{told:?}");
    assert!(events.iter().all(|event| event["fields"] == json!([]) && event["author_id"].is_null()));
}

/// What was refused, undone or done before was not done.
#[apply(on_both_engines!)]
async fn what_did_not_come_to_pass_is_not_written(app: TestApp) {
    let pair = app.pair().await;
    let mentor = app.as_(pair.mentor);
    mentor.post(&format!("{}/accept", pair.path), json!({})).await.problem(409, "wrong_state");
    app.as_(pair.manager).patch(&pair.path, json!({"goals_focus": "x"})).await.problem(403, "not_allowed");
    assert!(log(app, "&kind=change").await.is_empty());
    let session = session(app, &pair).await;
    let post = || {
        mentor
            .request(Method::POST, &format!("/v1/sessions/{session}/notes"))
            .header("idempotency-key", "k")
            .json(&json!({"text": "x"}))
    };
    mentor.send(post()).await.created();
    mentor.send(post()).await.created();
    let written = log(app, "&kind=change").await;
    assert_eq!(written.iter().filter(|event| event["act"] == "write_in_session").count(), 1, "{written:?}");
}

/// What HR does names the person, what an admin adds names the record.
#[apply(on_both_engines!)]
async fn changes_of_the_organisation_name_the_record(app: TestApp) {
    let admin = app.as_with(app.person().await, &["admin"]);
    let person = admin.post("/v1/people", json!({"name": "Ada", "email": "ada@example.com"})).await.created().id();
    admin.patch(&format!("/v1/people/{person}"), json!({"name": "Ada L."})).await.ok();
    let events = log(app, &format!("&record_id={person}")).await;
    assert_eq!(events.len(), 2, "{events:?}");
    assert!(
        events.iter().all(|event| event["act"] == "change_organisation" && event["record_ids"][1] == json!(person))
    );
}

/// The log tells that a list of blocks was changed, and not whom it holds.
#[apply(on_both_engines!)]
async fn the_log_does_not_tell_who_is_blocked(app: TestApp) {
    let (one, other) = (app.person().await, app.person().await);
    app.as_(one).put(&format!("/v1/me/blocks/{other}"), json!(null)).await.created();
    let events = log(app, "").await;
    assert_eq!(events.len(), 1);
    assert_eq!(events[0]["record_ids"], json!([one]));
    assert!(!events[0].to_string().contains(&other.to_string()));
}

/// The whole log is for admins; one's own list is one's own.
#[apply(on_both_engines!)]
async fn the_log_is_for_admins(app: TestApp) {
    let pair = app.pair().await;
    for who in [app.as_(pair.mentor), app.as_(pair.manager), app.as_with(pair.coordinator, &["coordinator"])] {
        who.get("/v1/audit-events").await.problem(403, "not_allowed");
        assert!(who.get("/v1/me/access-log").await.ok().items().is_empty());
    }
    let account = app.service_account(&mentorship::policy::Scope::ALL).await;
    let service = app.as_service(account, &mentorship::policy::Scope::ALL);
    service.get("/v1/audit-events").await.problem(403, "not_allowed");
    assert!(service.get("/v1/me/access-log").await.ok().items().is_empty());
}

/// Pages follow each other from the newest on, and moments bound them.
#[apply(on_both_engines!)]
async fn the_log_comes_in_pages_newest_first(app: TestApp) {
    let pair = app.pair().await;
    let mut made = Vec::new();
    for _ in 0..5 {
        app.clock.advance(chrono::TimeDelta::minutes(1));
        made.push(
            app.as_(pair.mentor)
                .post(&format!("{}/notebook-entries", pair.path), json!({"text": "x"}))
                .await
                .created()
                .id(),
        );
    }
    made.reverse();
    let admin = app.as_with(app.person().await, &["admin"]);
    for filter in
        ["kind=change".to_owned(), format!("actor_id={}&kind=change", pair.mentor), format!("record_id={}", pair.id)]
    {
        let mut next = format!("/v1/audit-events?limit=2&{filter}");
        let mut seen = Vec::new();
        loop {
            let page = admin.get(&next).await.ok();
            seen.extend(page.items().iter().map(|event| event["record_ids"][1].as_str().expect("an id").to_owned()));
            let Some(cursor) = page.body["next_cursor"].as_str() else { break };
            next = format!("/v1/audit-events?limit=2&{filter}&cursor={cursor}");
        }
        assert_eq!(seen, made, "{filter}");
    }
    let bounded = log(app, "&kind=change&from=2026-03-02T09:02:00Z&to=2026-03-02T09:04:00Z").await;
    let bounded: Vec<_> = bounded.iter().map(|event| event["record_ids"][1].clone()).collect();
    assert_eq!(bounded, [json!(made[3]), json!(made[2])]);
}

/// While looks cannot be written, nothing private opens; then it does again.
#[apply(on_both_engines!)]
async fn without_the_log_nothing_opens(app: TestApp) {
    let pair = app.pair().await;
    let session = session(app, &pair).await;
    let note = note(app, &session, pair.mentor).await;
    let (path, mentee) = (format!("/v1/notes/{note}"), app.as_(pair.mentee));
    alter(app, "alter table audit_events rename to audit_events_away").await;
    // The first looks may open before it is known that they cannot be written.
    let (mut opened, mut answer) = (1, mentee.get(&path).await);
    for _ in 0..50 {
        if answer.status == 503 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
        (opened, answer) = (opened + 1, mentee.get(&path).await);
    }
    answer = answer.problem(503, "overloaded");
    assert_eq!(answer.header("retry-after"), "1");
    mentee.get(&format!("/v1/sessions/{session}/notes")).await.problem(503, "overloaded");
    // What is not private stays open, and a change that cannot be written down is not done.
    app.as_(pair.manager).get(&pair.path).await.ok();
    app.as_(pair.mentor).delete(&path).await.problem(503, "overloaded");
    alter(app, "alter table audit_events_away rename to audit_events").await;
    for _ in 0..50 {
        answer = mentee.get(&path).await;
        if answer.status == 200 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    answer.ok();
    let seen = accesses(app, pair.mentor).await;
    assert!(seen.iter().all(|look| look["record_ids"] == json!([note])), "{seen:?}");
    // One of those counted was refused, and the last one opened.
    assert_eq!(seen.len(), opened, "what waited is written: {seen:?}");
}
