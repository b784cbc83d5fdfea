//! Opening one private value for one audience, and taking it back.

use mentorship::ids::PersonId;
use mentorship::policy::Scope;
use serde_json::{Value, json};

use super::{disclose, session, write};
use crate::harness::{Pair, Person, TestApp};

/// Everybody else than the two, with what they can bring.
async fn outsiders(app: &TestApp, pair: &Pair) -> Vec<(&'static str, crate::harness::Client)> {
    let service = app.service_account(&Scope::ALL).await;
    let boss = app.person().await;
    vec![
        ("manager", app.as_(pair.manager)),
        ("lead", app.as_with(pair.coordinator, &["coordinator"])),
        ("admin", app.as_with(boss, &["admin"])),
        ("coordinator without the role", app.as_(pair.coordinator)),
        ("colleague", app.as_(app.person().await)),
        ("another lead", {
            let other = app.person().await;
            app.program(other).await;
            app.as_with(other, &["coordinator"])
        }),
        ("service", app.as_service(service, &Scope::ALL)),
    ]
}

/// Which of them read the value, alone and in the list; all others find nothing.
async fn readers(app: &TestApp, pair: &Pair, id: &str, value: &str) -> Vec<&'static str> {
    let mut readers = Vec::new();
    for (who, client) in outsiders(app, pair).await {
        let one = client.get(&format!("/v1/disclosures/{id}")).await;
        let list = client.get("/v1/disclosures").await;
        if one.status == 200 {
            one.has("/value", value).has("/is_stale", false);
            assert!(list.body.to_string().contains(id), "{who}: {}", list.body);
            readers.push(who);
        } else {
            one.problem(404, "not_found");
            assert!(!list.body.to_string().contains(id), "{who}: {}", list.body);
        }
    }
    readers
}

/// A note for the manager: they and nobody else, there and nowhere else.
#[apply(on_both_engines!)]
async fn a_value_is_open_to_its_audience_alone(app: TestApp) {
    let pair = app.pair().await;
    let session = session(app, &pair).await;
    let note = write(app, pair.mentor, &format!("/v1/sessions/{session}/notes"), json!({"text": "Hush"})).await;
    let open = disclose(app, pair.mentor, "note.text", &note, "manager").await.created();
    let open = open.has("/value", "Hush").has("/is_stale", false).has("/withheld", json!([]));
    assert_eq!(readers(app, &pair, &open.id(), "Hush").await, ["manager"]);
    app.as_(pair.manager).get(&format!("/v1/notes/{note}")).await.problem(404, "not_found");
    app.as_(pair.manager).get(&format!("/v1/sessions/{session}")).await.ok().lacks("/notes");
    let also = disclose(app, pair.mentor, "note.text", &note, "lead").await.created();
    assert_eq!(readers(app, &pair, &also.id(), "Hush").await, ["lead", "admin"]);
    // Both are seen in the pair.
    for who in [pair.mentor, pair.mentee] {
        let list = app.as_(who).get(&format!("/v1/disclosures?pair_id={}", pair.id)).await.ok();
        assert_eq!(list.items().len(), 2);
        list.has("/items/0/audience", "manager").has("/items/1/audience", "lead");
    }
}

/// One's own words, not the other's; and never as somebody who does not know of them.
#[apply(on_both_engines!)]
async fn only_the_author_opens_a_value(app: TestApp) {
    let pair = app.pair().await;
    let session = session(app, &pair).await;
    let note = write(app, pair.mentor, &format!("/v1/sessions/{session}/notes"), json!({"text": "Hush"})).await;
    disclose(app, pair.mentee, "note.text", &note, "manager").await.problem(403, "not_allowed");
    for (who, client) in outsiders(app, &pair).await {
        let asked = json!({"field": "note.text", "record_id": note, "audience": "manager"});
        assert_eq!(client.post("/v1/disclosures", asked).await.status, 404, "{who}");
    }
    disclose(app, pair.mentor, "blocker.text", &note, "manager").await.problem(404, "not_found");
    let open = disclose(app, pair.mentor, "note.text", &note, "manager").await.created().id();
    let revoke = format!("/v1/disclosures/{open}/revoke");
    for who in [pair.mentee, pair.manager] {
        app.as_(who).post(&revoke, json!({})).await.problem(403, "not_allowed");
    }
    app.as_(pair.coordinator).post(&revoke, json!({})).await.problem(404, "not_found");
}

/// What is never shared has no name here.
#[apply(on_both_engines!)]
async fn never_shared_values_cannot_be_named(app: TestApp) {
    let pair = app.pair().await;
    let path = format!("{}/notebook-entries", pair.path);
    let entry = write(app, pair.mentor, &path, json!({"text": "Mine"})).await;
    for field in ["notebook_entry.text", "reflection.energy", "block.person", "note.author_id"] {
        disclose(app, pair.mentor, field, &entry, "lead").await.problem(400, "invalid_request").points_at("/field");
    }
    disclose(app, pair.mentor, "note.text", &entry, "lead").await.problem(404, "not_found");
    disclose(app, pair.mentor, "note.text", &entry, "colleague").await.problem(400, "invalid_request");
}

/// Every kind of value, by whoever wrote it.
#[apply(on_both_engines!)]
async fn every_kind_of_private_value_can_be_opened(app: TestApp) {
    let pair = app.pair().await;
    let (mentor, mentee) = (app.as_(pair.mentor), app.as_(pair.mentee));
    let starts = json!({"pair_id": pair.id, "starts_at": "2026-03-03T09:00:00Z", "place": "The quiet room", "link": "https://video.example.com/quiet"});
    let session = write(app, pair.mentor, "/v1/sessions", starts).await;
    let moved = mentor
        .post(&format!("/v1/sessions/{session}/reschedule"), json!({"starts_at": "2026-03-04T09:00:00Z"}))
        .await
        .created()
        .id();
    let at = format!("/v1/sessions/{moved}");
    let agenda =
        write(app, pair.mentee, &format!("{at}/agenda-items"), json!({"topic": "feedback", "text": "My lead"})).await;
    let action = write(app, pair.mentor, &format!("{at}/action-items"), json!({"text": "Say it"})).await;
    let goal = write(app, pair.mentee, "/v1/goals", json!({"pair_id": pair.id, "title": "Give four talks"})).await;
    let blocker = write(app, pair.mentee, &format!("/v1/goals/{goal}/blockers"), json!({"text": "Fear"})).await;
    mentee.patch(&pair.path, json!({"cadence": "weekly"})).await.ok();
    let seen = mentee.get(&pair.path).await.ok();
    mentee.put_seen(&format!("{}/agreement", pair.path), &seen, json!({"text": "We keep quiet"})).await.ok();
    mentor.post(&format!("{at}/cancel"), json!({"reason": "Ill"})).await.ok();
    mentor.post(&format!("{}/end", pair.path), json!({"reason": "other", "end_note": "Farewell"})).await.ok();
    let id = pair.id.to_string();
    for (who, field, record, value) in [
        (pair.mentor, "session.place", &moved, "The quiet room"),
        (pair.mentor, "session.link", &session, "https://video.example.com/quiet"),
        (pair.mentor, "session.cancellation_reason", &moved, "Ill"),
        (pair.mentee, "agenda_item.topic", &agenda, "feedback"),
        (pair.mentee, "agenda_item.text", &agenda, "My lead"),
        (pair.mentor, "action_item.text", &action, "Say it"),
        (pair.mentee, "blocker.text", &blocker, "Fear"),
        (pair.mentor, "pair.cadence", &id, "weekly"),
        (pair.mentee, "pair.cadence", &id, "weekly"),
        (pair.mentee, "pair.agreement", &id, "We keep quiet"),
        (pair.mentor, "pair.end_note", &id, "Farewell"),
    ] {
        // The pair is over, and what was said in it still belongs to who said it.
        let open = disclose(app, who, field, record, "manager").await.created().has("/value", value);
        let read = app.as_(pair.manager).get(&format!("/v1/disclosures/{}", open.id())).await.ok();
        read.has("/value", value).has("/field", field);
        let other = if who == pair.mentor { pair.mentee } else { pair.mentor };
        if field != "pair.cadence" {
            let refused = disclose(app, other, field, record, "manager").await;
            assert!([403, 404].contains(&refused.status), "{field}: {}", refused.body);
        }
    }
    disclose(app, pair.mentor, "session.cancellation_reason", &session, "lead").await.problem(409, "wrong_state");
}

/// What is taken back is gone for the audience at once, and stays on record for the two.
#[apply(on_both_engines!)]
async fn a_disclosure_is_taken_back(app: TestApp) {
    let pair = app.pair().await;
    let session = session(app, &pair).await;
    let note = write(app, pair.mentor, &format!("/v1/sessions/{session}/notes"), json!({"text": "Hush"})).await;
    let id = disclose(app, pair.mentor, "note.text", &note, "manager").await.created().id();
    let path = format!("/v1/disclosures/{id}");
    app.as_(pair.manager).get(&path).await.ok().has("/value", "Hush");
    let revoked = app.as_(pair.mentor).post(&format!("{path}/revoke"), json!({})).await.ok();
    revoked.has("/value", Value::Null).has("/is_stale", false);
    assert!(readers(app, &pair, &id, "Hush").await.is_empty());
    app.as_(pair.mentee).get(&path).await.ok().has("/value", Value::Null);
    app.as_(pair.mentor).post(&format!("{path}/revoke"), json!({})).await.problem(409, "wrong_state");
    disclose(app, pair.mentor, "note.text", &note, "manager").await.created().has("/value", "Hush");
}

/// What was agreed to be opened was the text of that day.
#[apply(on_both_engines!)]
async fn edited_words_have_to_be_opened_again(app: TestApp) {
    let pair = app.pair().await;
    let session = session(app, &pair).await;
    let note = write(app, pair.mentor, &format!("/v1/sessions/{session}/notes"), json!({"text": "Hush"})).await;
    let first = disclose(app, pair.mentor, "note.text", &note, "manager").await.created().id();
    app.as_(pair.mentor).patch(&format!("/v1/notes/{note}"), json!({"text": "Much worse"})).await.ok();
    let path = format!("/v1/disclosures/{first}");
    for who in [pair.manager, pair.mentor, pair.mentee] {
        app.as_(who).get(&path).await.ok().has("/is_stale", true).has("/value", Value::Null);
    }
    let second = disclose(app, pair.mentor, "note.text", &note, "manager").await.created().id();
    app.as_(pair.manager).get(&path).await.problem(404, "not_found");
    app.as_(pair.manager).get(&format!("/v1/disclosures/{second}")).await.ok().has("/value", "Much worse");
    app.as_(pair.mentor).delete(&format!("/v1/notes/{note}")).await.is(204);
    let gone = app.as_(pair.manager).get(&format!("/v1/disclosures/{second}")).await.ok();
    gone.has("/is_stale", true).has("/value", Value::Null);
    // The agreement is what the two wrote last, whoever wrote before.
    let write = async |who: PersonId, text: &str| {
        let seen = app.as_(who).get(&pair.path).await.ok();
        app.clock.advance(chrono::TimeDelta::seconds(1));
        app.as_(who).put_seen(&format!("{}/agreement", pair.path), &seen, json!({"text": text})).await.ok();
    };
    write(pair.mentee, "We meet").await;
    let id = disclose(app, pair.mentee, "pair.agreement", &pair.id.to_string(), "lead").await.created().id();
    write(pair.mentor, "We meet at night").await;
    let lead = app.as_with(pair.coordinator, &["coordinator"]);
    lead.get(&format!("/v1/disclosures/{id}")).await.ok().has("/is_stale", true).has("/value", Value::Null);
    disclose(app, pair.mentee, "pair.agreement", &pair.id.to_string(), "lead").await.problem(403, "not_allowed");
}

/// The manager of today reads it, not the one of yesterday.
#[apply(on_both_engines!)]
async fn the_audience_is_who_they_are_today(app: TestApp) {
    let pair = app.pair().await;
    let session = session(app, &pair).await;
    let note = write(app, pair.mentee, &format!("/v1/sessions/{session}/notes"), json!({"text": "Hush"})).await;
    let id = disclose(app, pair.mentee, "note.text", &note, "manager").await.created().id();
    let (next, admin) = (app.person_with(Person::default()).await, app.person().await);
    let move_to = json!({"manager_id": next});
    app.as_with(admin, &["admin"]).patch(&format!("/v1/people/{}", pair.mentee), move_to).await.ok();
    app.as_(pair.manager).get(&format!("/v1/disclosures/{id}")).await.problem(404, "not_found");
    app.as_(next).get(&format!("/v1/disclosures/{id}")).await.ok().has("/value", "Hush");
}

/// Sent twice with one key it is one disclosure.
#[apply(on_both_engines!)]
async fn a_disclosure_is_made_once(app: TestApp) {
    let pair = app.pair().await;
    let session = session(app, &pair).await;
    let note = write(app, pair.mentee, &format!("/v1/sessions/{session}/notes"), json!({"text": "Hush"})).await;
    let body = json!({"field": "note.text", "record_id": note, "audience": "lead"});
    let mentee = app.as_(pair.mentee);
    let ask = || mentee.request(reqwest::Method::POST, "/v1/disclosures").header("idempotency-key", "k").json(&body);
    let (one, two) = (mentee.send(ask()).await.created().id(), mentee.send(ask()).await.created().id());
    assert_eq!(one, two);
    assert_eq!(mentee.get("/v1/disclosures").await.ok().items().len(), 1);
}
