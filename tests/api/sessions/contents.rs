//! What hangs on a session: agenda, notes, action items, reflections; and advice on how often.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::{events, ids, session};
use crate::harness::TestApp;

/// Both write the agenda, each knowing what the other wrote.
#[apply(on_both_engines!)]
async fn both_edit_the_agenda(app: TestApp) {
    let pair = app.pair().await;
    let (mentor, mentee) = (app.as_(pair.mentor), app.as_(pair.mentee));
    let path = session(app, &pair, 30).await;
    let items = format!("{path}/agenda-items");
    let first = mentee
        .post(&items, json!({"topic": "career_planning", "text": "Where to?"}))
        .await
        .created()
        .has("/position", 1)
        .has("/is_late", false);
    let second =
        mentor.post(&items, json!({"topic": "feedback", "text": "The talk"})).await.created().has("/position", 2);
    app.clock.advance(TimeDelta::hours(7));
    let third = mentee
        .post(&items, json!({"topic": "other", "text": "Lunch", "position": 1}))
        .await
        .created()
        .has("/is_late", true);
    assert_eq!(ids(&mentor, &format!("{items}?limit=1")).await, [first.id(), third.id(), second.id()]);
    mentor.get(&path).await.ok().has("/agenda/1/text", "Lunch").has("/agenda/2/author_id", pair.mentor.to_string());
    let at = first.header("location").to_owned();
    let seen = mentor.get(&at).await.ok();
    mentor.patch(&at, json!({"text": "Up or out?"})).await.problem(428, "precondition_required");
    mentor
        .patch_seen(&at, &seen, json!({"text": "Up or out?", "position": 9}))
        .await
        .ok()
        .has("/text", "Up or out?")
        .has("/position", 9);
    mentee.patch_seen(&at, &seen, json!({"topic": "feedback"})).await.problem(412, "stale_record");
    mentee.delete(&at).await.is(204);
    mentee.get(&at).await.problem(404, "not_found");
    for (member, value) in [("topic", json!("gossip")), ("author_id", json!(pair.mentor))] {
        let mut body = json!({"topic": "other", "text": "x"});
        body[member] = value;
        mentee.post(&items, body).await.problem(400, "invalid_request").points_at(&format!("/{member}"));
    }
    for (member, value) in [("text", json!("")), ("position", json!(0)), ("position", json!(1001))] {
        let mut body = json!({"topic": "other", "text": "x"});
        body[member] = value;
        mentee.post(&items, body).await.problem(422, "invalid_value").points_at(&format!("/{member}"));
    }
    mentee.post(&items, json!({"topic": "other", "text": "Last", "position": 1000})).await.created();
    mentee.post(&items, json!({"topic": "other", "text": "After the last"})).await.created().has("/position", 1000);
    app.clock.advance(TimeDelta::hours(23));
    mentee.post(&format!("{path}/complete"), json!({})).await.ok();
    let (at, seen) = (second.header("location"), mentor.get(second.header("location")).await.ok());
    mentor.patch_seen(at, &seen, json!({"text": "x"})).await.problem(409, "wrong_state");
    mentor.delete(at).await.problem(409, "wrong_state");
}

/// An agenda is bounded.
#[apply(on_both_engines!)]
async fn an_agenda_is_bounded(app: TestApp) {
    let pair = app.pair().await;
    let mentee = app.as_(pair.mentee);
    let items = format!("{}/agenda-items", session(app, &pair, 30).await);
    for _ in 0..100 {
        mentee.post(&items, json!({"topic": "other", "text": "x"})).await.created();
    }
    mentee.post(&items, json!({"topic": "other", "text": "x"})).await.problem(409, "wrong_state");
    assert_eq!(ids(&mentee, &format!("{items}?limit=60")).await.len(), 100);
}

/// Both read a note, only its author changes it.
#[apply(on_both_engines!)]
async fn a_note_is_its_authors_to_change(app: TestApp) {
    let pair = app.pair().await;
    let (mentor, mentee) = (app.as_(pair.mentor), app.as_(pair.mentee));
    let path = session(app, &pair, 1).await;
    let first = mentor.post(&format!("{path}/notes"), json!({"text": "She was nervous"})).await.created();
    let second = mentee.post(&format!("{path}/notes"), json!({"text": "So was he"})).await.created();
    assert_eq!(ids(&mentee, &format!("{path}/notes?limit=1")).await, [first.id(), second.id()]);
    mentee
        .get(&path)
        .await
        .ok()
        .has("/notes/0/text", "She was nervous")
        .has("/notes/1/author_id", pair.mentee.to_string());
    let at = first.header("location");
    mentee.get(at).await.ok().has("/text", "She was nervous");
    mentee.patch(at, json!({"text": "x"})).await.problem(403, "not_allowed");
    mentee.delete(at).await.problem(403, "not_allowed");
    app.clock.advance(TimeDelta::minutes(1));
    mentor
        .patch_seen(at, &first, json!({"text": "She was calm"}))
        .await
        .ok()
        .has("/updated_at", "2026-03-02T09:01:00Z");
    mentor.patch_seen(at, &first, json!({"text": "x"})).await.problem(412, "stale_record");
    mentor.patch(at, json!({"text": null})).await.problem(400, "invalid_request").points_at("/text");
    mentor.delete(at).await.is(204);
    mentor.delete(at).await.problem(404, "not_found");
    mentee.get(&path).await.ok().has("/notes/0/text", "So was he").lacks("/notes/1");
}

/// What is open comes with the next session, until somebody says that it is done.
#[apply(on_both_engines!)]
async fn open_items_come_with_the_next_session(app: TestApp) {
    let pair = app.pair().await;
    let (mentor, mentee) = (app.as_(pair.mentor), app.as_(pair.mentee));
    let (past, next) = (session(app, &pair, 1).await, session(app, &pair, 100).await);
    let items = format!("{past}/action-items");
    let item = mentor.post(&items, json!({"text": "Write the document", "due_on": "2026-03-10"})).await.created();
    let item = item
        .has("/owner", "mentee")
        .has("/owner_id", pair.mentee.to_string())
        .has("/author_id", pair.mentor.to_string())
        .has("/status", "open");
    let own = mentee
        .post(&items, json!({"text": "Introduce me to Mira", "owner": "mentor"}))
        .await
        .created()
        .has("/owner_id", pair.mentor.to_string());
    let later = mentee.post(&format!("{next}/action-items"), json!({"text": "Later"})).await.created();
    mentee.get(&past).await.ok().has("/action_items/0/text", "Write the document").has("/carried_over", json!([]));
    mentee
        .get(&next)
        .await
        .ok()
        .has("/carried_over/0/id", item.id())
        .has("/carried_over/1/id", own.id())
        .lacks("/carried_over/2")
        .has("/action_items/0/text", "Later");
    assert_eq!(ids(&mentor, "/v1/action-items?limit=2").await, [item.id(), own.id(), later.id()]);
    assert_eq!(ids(&mentor, "/v1/action-items?limit=1&mine=true").await, [own.id()]);
    assert_eq!(
        ids(&mentee, &format!("/v1/action-items?limit=1&mine=true&pair_id={}", pair.id)).await,
        [item.id(), later.id()]
    );
    let at = item.header("location").to_owned();
    app.clock.advance(TimeDelta::minutes(5));
    mentee.post(&format!("{at}/reopen"), json!({})).await.problem(409, "wrong_state");
    mentee
        .post(&format!("{at}/complete"), json!({}))
        .await
        .ok()
        .has("/status", "completed")
        .has("/closed_by_id", pair.mentee.to_string())
        .has("/closed_at", "2026-03-02T09:05:00Z");
    mentor.post(&format!("{at}/complete"), json!({})).await.problem(409, "wrong_state");
    mentor.patch(&at, json!({"text": "x"})).await.problem(409, "wrong_state");
    mentor.get(&next).await.ok().has("/carried_over/0/id", own.id()).lacks("/carried_over/1");
    assert_eq!(ids(&mentor, "/v1/action-items?limit=1&status=completed").await, [item.id()]);
    mentor
        .post(&format!("{at}/reopen"), json!({}))
        .await
        .ok()
        .has("/status", "open")
        .has("/closed_by_id", Value::Null)
        .has("/closed_at", Value::Null);
    mentor
        .patch(&at, json!({"owner": "mentor", "due_on": null, "text": "Read it"}))
        .await
        .ok()
        .has("/owner_id", pair.mentor.to_string())
        .has("/due_on", Value::Null);
    mentor.patch_seen(&at, &item, json!({"text": "x"})).await.problem(412, "stale_record");
    for (day, pointer) in [("2026-02-28", "/due_on"), ("2029-01-01", "/due_on"), ("+200000-01-01", "/due_on")] {
        mentee.post(&items, json!({"text": "x", "due_on": day})).await.problem(422, "invalid_value").points_at(pointer);
        mentor.patch(&at, json!({"due_on": day})).await.problem(422, "invalid_value").points_at(pointer);
    }
    mentee
        .post(&items, json!({"text": "x", "owner": "manager"}))
        .await
        .problem(400, "invalid_request")
        .points_at("/owner");
    for other in [
        app.as_(pair.manager),
        app.as_with(pair.coordinator, &["coordinator"]),
        app.as_with(app.person().await, &["admin"]),
    ] {
        assert!(other.get(&format!("/v1/action-items?pair_id={}", pair.id)).await.ok().items().is_empty());
        assert!(other.get("/v1/action-items").await.ok().items().is_empty());
        other.post(&format!("{at}/complete"), json!({})).await.problem(404, "not_found");
    }
    let happened = events(app, &pair).await;
    assert_eq!(
        happened[2..],
        [
            "action_item.added",
            "action_item.added",
            "action_item.added",
            "action_item.completed",
            "action_item.reopened"
        ]
    );
}

/// A reflection does not exist for anybody but its author.
#[apply(on_both_engines!)]
async fn a_reflection_is_its_authors_alone(app: TestApp) {
    let pair = app.pair().await;
    let mentee = app.as_(pair.mentee);
    let path = session(app, &pair, 1).await;
    let reflection = format!("{path}/reflection");
    let seen = app.as_(pair.mentor).get(&path).await.ok();
    mentee.put(&reflection, json!({"energy": 4})).await.problem(409, "wrong_state");
    app.clock.advance(TimeDelta::hours(1));
    mentee.get(&reflection).await.problem(404, "not_found");
    let first =
        mentee.put(&reflection, json!({"what_went_well": "I spoke up", "energy": 4, "talk_share": 5})).await.ok();
    let first = first
        .has("/what_went_well", "I spoke up")
        .has("/talk_share", 5)
        .has("/next_step", Value::Null)
        .has("/withheld", json!([]));
    let read = mentee.get(&reflection).await.ok();
    assert_eq!(read.bytes, first.bytes);
    mentee
        .put_seen(&reflection, &read, json!({"what_to_change": "Listen"}))
        .await
        .ok()
        .has("/id", first.id())
        .has("/energy", Value::Null)
        .has("/what_to_change", "Listen");
    mentee.put_seen(&reflection, &read, json!({})).await.problem(412, "stale_record");
    for other in [
        app.as_(pair.mentor),
        app.as_(pair.manager),
        app.as_with(pair.coordinator, &["coordinator"]),
        app.as_with(app.person().await, &["admin"]),
    ] {
        other.get(&reflection).await.problem(404, "not_found");
    }
    assert_eq!(app.as_(pair.mentor).get(&path).await.ok().bytes, seen.bytes);
    app.as_(pair.manager).put(&reflection, json!({})).await.problem(403, "not_allowed");
    app.as_(pair.mentor).put(&reflection, json!({"energy": 1})).await.ok();
    mentee.get(&reflection).await.ok().has("/energy", Value::Null);
    for (member, value) in [("energy", json!(0)), ("talk_share", json!(6)), ("next_step", json!(""))] {
        let mut body = json!({});
        body[member] = value;
        mentee.put(&reflection, body).await.problem(422, "invalid_value").points_at(&format!("/{member}"));
    }
    mentee.put(&reflection, json!({"mood": 1})).await.problem(400, "invalid_request").points_at("/mood");
}

/// How often to meet, and for whom that is right.
#[apply(on_both_engines!)]
async fn cadences_come_with_advice(app: TestApp) {
    let list = app.as_(app.person().await).get("/v1/cadences").await.ok();
    list.has("/items/0/cadence", "weekly")
        .has("/items/1/interval_days", 14)
        .has("/items/3/interval_days", Value::Null)
        .has("/items/3/is_risky", true)
        .has("/next_cursor", Value::Null);
    app.nobody().get("/v1/cadences").await.problem(401, "unauthenticated");
}
