//! A departure closes access, whatever else is wrong with the report of it.

use chrono::TimeDelta;
use mentorship::ids::PersonId;
use reqwest::Method;
use serde_json::{Value, json};

use super::events;
use crate::harness::{Client, TestApp};

/// A person whom HR knows by this external id, and what they are signed in with.
async fn employee(app: &TestApp, hr: &Client, external_id: &str) -> (String, Client) {
    let body = json!({"name": external_id, "email": format!("{external_id}@example.com"), "title": "Engineer"});
    let id = hr.put(&format!("/v1/roster/{external_id}"), body).await.created().id();
    let person: PersonId = id.parse::<uuid::Uuid>().expect("an id").into();
    (id, app.as_(person))
}

/// Bodies that report a departure beside something that is wrong, and where.
fn odd_reports() -> Vec<(Value, &'static str)> {
    let with = |extra: Value| {
        let mut body = json!({"status": "departed"});
        body.as_object_mut().expect("an object").extend(extra.as_object().expect("an object").clone());
        body
    };
    vec![
        (with(json!({"title": ""})), "/title"),
        (with(json!({"title": 5})), "/title"),
        (with(json!({"title": ["x"]})), "/title"),
        (with(json!({"name": null})), "/name"),
        (with(json!({"email": "nowhere"})), "/email"),
        (with(json!({"hired_on": "soon"})), "/hired_on"),
        (with(json!({"time_zone": "Mars/Olympus"})), "/time_zone"),
        (with(json!({"languages": ["en", 7]})), "/languages/1"),
        (with(json!({"team_id": "none"})), "/team_id"),
        (with(json!({"manager_id": {"id": 1}})), "/manager_id"),
        (with(json!({"terminated_by": "somebody", "": 1, "a/b~c": 2})), "/a~1b~0c"),
        (with(json!({"external_id": "E-other"})), "/external_id"),
        (with(json!({"manager_id": "01900000-0000-7000-8000-000000000000"})), "/manager_id"),
        (with(json!({"team_id": "01900000-0000-7000-8000-000000000000"})), "/team_id"),
        (with(json!({"email": "taken@example.com"})), "/email"),
    ]
}

/// By external id and by id: whoever left is out, and the other faults are answered beside it.
#[apply(on_both_engines!)]
async fn a_departure_takes_effect_whatever_else_is_odd(app: TestApp) {
    let hr = app.as_with(app.person().await, &["admin"]);
    hr.post("/v1/people", json!({"name": "Taken", "email": "taken@example.com"})).await.created();
    for (number, (body, pointer)) in odd_reports().into_iter().enumerate() {
        for way in ["put", "patch"] {
            let external_id = format!("e{number}-{way}");
            let (id, own) = employee(app, &hr, &external_id).await;
            own.get("/v1/me").await.ok();
            let answer = match way {
                "put" => hr.put(&format!("/v1/roster/{external_id}"), body.clone()).await,
                _ => hr.patch(&format!("/v1/people/{id}"), body.clone()).await,
            };
            let answer = answer.ok().has("/status", "departed").has("/title", "Engineer").has("/name", external_id);
            own.get("/v1/me").await.problem(401, "unauthenticated");
            let ignored = answer.body["ignored"].as_array().expect("a list");
            assert!(ignored.iter().any(|one| one["pointer"] == pointer), "{way} {body}: {}", answer.body["ignored"]);
            assert_eq!(events(app, "person.departed", &id).await, 1);
            assert_eq!(hr.get(&format!("/v1/people/{id}/history")).await.ok().items().len(), 2);
            // The answer's tag is that of the record.
            assert_eq!(hr.get(&format!("/v1/people/{id}")).await.ok().header("etag"), answer.header("etag"));
        }
    }
}

/// What could be read is said to be ignored, too, and why.
#[apply(on_both_engines!)]
async fn every_member_beside_a_departure_is_accounted_for(app: TestApp) {
    let hr = app.as_with(app.person().await, &["admin"]);
    employee(app, &hr, "E-1").await;
    let body = json!({"name": "Ada", "email": "ada@example.com", "title": "", "hired_on": 3, "status": "departed"});
    let answer = hr.put("/v1/roster/E-1", body.clone()).await.ok();
    let told: Vec<_> = answer.body["ignored"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|one| (one["pointer"].as_str(), one["code"].as_str()))
        .collect();
    let mut told: Vec<_> =
        told.into_iter().map(|(pointer, code)| (pointer.expect("a pointer"), code.expect("a code"))).collect();
    told.sort_unstable();
    assert_eq!(
        told,
        [
            ("/email", "not_applied"),
            ("/hired_on", "invalid_request"),
            ("/name", "not_applied"),
            ("/title", "invalid_value")
        ]
    );
    let again = hr.put("/v1/roster/E-1", body).await.ok();
    assert_eq!(again.bytes, answer.bytes);
    assert_eq!(events(app, "person.departed", &answer.id()).await, 1);
    assert!(
        hr.put("/v1/roster/E-1", json!({"status": "departed"})).await.ok().lacks("/ignored").body["title"].is_string()
    );
    // Thousands of members are no work.
    let many: serde_json::Map<_, _> =
        (0..20_000).map(|n| (format!("m{n}"), json!(1))).chain([("status".to_owned(), json!("departed"))]).collect();
    assert_eq!(
        hr.put("/v1/roster/E-1", Value::Object(many)).await.ok().body["ignored"].as_array().map(Vec::len),
        Some(50)
    );
}

/// What is no departure, or cannot be read so far, is refused as before.
#[apply(on_both_engines!)]
async fn only_a_departure_is_read_so(app: TestApp) {
    let hr = app.as_with(app.person().await, &["admin"]);
    let (id, own) = employee(app, &hr, "E-1").await;
    let put = async |body: &str| {
        let request =
            hr.request(Method::PUT, "/v1/roster/E-1").header("content-type", "application/json").body(body.to_owned());
        hr.send(request).await
    };
    for (body, pointer) in [
        (r#"{"name": "A", "email": "a@example.com", "status": "gone"}"#, "/status"),
        (r#"{"name": "A", "email": "a@example.com", "status": "on_leave", "title": ""}"#, "/title"),
        (r#"{"name": "A", "email": "a@example.com", "status": ["departed"]}"#, "/status"),
        (r#"{"name": "A", "email": "a@example.com", "status": {"departed": null}}"#, "/status"),
        (r#"["E-1", "A", "a@example.com", "departed"]"#, ""),
    ] {
        let answer = put(body).await;
        assert!([400, 422].contains(&answer.status), "{body}: {}", answer.body);
        answer.points_at(pointer);
    }
    for body in [
        r#"{"name": "A", "email": "a@example.com", "status": "departed", "status": "active"}"#,
        r#"{"status": "departed""#,
        r#"{"status": "departed"} {}"#,
    ] {
        put(body).await.problem(400, "invalid_request");
    }
    let deep = format!(r#"{{"status": "departed", "x": {}{}}}"#, "[".repeat(40), "]".repeat(40));
    put(&deep).await.problem(400, "invalid_request");
    own.get("/v1/me").await.ok();
    // Only who may change the roster reports a departure, and only of the record they mean.
    app.as_(app.person().await)
        .put("/v1/roster/E-1", json!({"status": "departed", "title": ""}))
        .await
        .problem(403, "not_allowed");
    own.patch(&format!("/v1/people/{id}"), json!({"status": "departed", "title": ""}))
        .await
        .problem(403, "not_allowed");
    let stale =
        hr.request(Method::PUT, "/v1/roster/E-1").header("if-match", "\"stale\"").json(&json!({"status": "departed"}));
    hr.send(stale).await.problem(412, "stale_record");
    // A surrogate alone is no text, and no reason to stay.
    put(r#"{"status": "departed", "title": "\ud800"}"#).await.ok().has("/status", "departed");
    own.get("/v1/me").await.problem(401, "unauthenticated");
}

/// By e-mail where nobody has the external id, as any other entry; but nobody of another external id.
#[apply(on_both_engines!)]
async fn a_departure_means_one_person(app: TestApp) {
    let hr = app.as_with(app.person().await, &["admin"]);
    let id = hr.post("/v1/people", json!({"name": "Bo", "email": "bo@example.com"})).await.created().id();
    let (_, other) = employee(app, &hr, "e-2").await;
    hr.put("/v1/roster/E-9", json!({"email": "e-2@example.com", "status": "departed"}))
        .await
        .ok()
        .has("/outcome", "unknown");
    other.get("/v1/me").await.ok();
    let gone = hr
        .put("/v1/roster/E-1", json!({"email": "BO@example.com", "status": "departed", "title": ""}))
        .await
        .ok()
        .has("/status", "departed");
    assert_eq!(gone.id(), id);
    assert_eq!(gone.body["external_id"], Value::Null, "nothing but the status changes");
}

/// Whoever edits their profile all the time is out all the same.
#[apply(on_both_engines!)]
async fn nothing_at_the_same_moment_keeps_anybody_in(app: TestApp) {
    let hr = app.as_with(app.person().await, &["admin"]);
    for round in 0..6 {
        let external_id = format!("busy{round}");
        let (id, own) = employee(app, &hr, &external_id).await;
        let profile = format!("/v1/people/{id}/profile");
        let path = format!("/v1/roster/{external_id}");
        let edit = |word: &'static str| own.patch(&profile, json!({"bio": word}));
        let (_, _, gone, _, _) =
            tokio::join!(edit("a"), edit("b"), hr.put(&path, json!({"status": "departed"})), edit("c"), edit("d"));
        gone.ok().has("/status", "departed");
        own.get("/v1/me").await.problem(401, "unauthenticated");
        app.clock.advance(TimeDelta::seconds(1));
    }
}
