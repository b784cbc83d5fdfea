//! The roster: what HR keeps, who may change it, and what is kept of the past.

use chrono::TimeDelta;
use mentorship::ids::{LadderRoleId, PersonId, TeamId};
use mentorship::policy::Scope;
use serde_json::{Value, json};

use super::{a_ladder_role, a_team, events, ids};
use crate::harness::{Person, TestApp};

/// The roster is changed by admins and by services that may, and by nobody else.
#[apply(on_both_engines!)]
async fn only_hr_changes_the_roster(app: TestApp) {
    let pair = app.pair().await;
    let body = json!({"name": "Ada Lovelace", "email": "Ada@Example.com", "external_id": "E-1", "title": "Analyst"});
    let path = format!("/v1/people/{}", pair.mentee);
    let refused = [
        app.as_(pair.mentee),
        app.as_(pair.manager),
        app.as_(pair.mentor),
        app.as_with(pair.coordinator, &["coordinator"]),
    ];
    for other in refused {
        other.post("/v1/people", body.clone()).await.problem(403, "not_allowed");
        other.patch(&path, json!({"title": "Queen"})).await.problem(403, "not_allowed");
        other.put("/v1/roster/E-1", body.clone()).await.problem(403, "not_allowed");
    }
    app.nobody().post("/v1/people", body.clone()).await.problem(401, "unauthenticated");
    let all = [Scope::PeopleRead, Scope::PeopleWrite];
    let account = app.service_account(&all).await;
    for scopes in [&[Scope::PeopleRead][..], &[Scope::PeopleWrite], &[]] {
        app.as_service(account, scopes).post("/v1/people", body.clone()).await.problem(403, "not_allowed");
    }
    app.as_service(account, &[Scope::PeopleRead]).patch(&path, json!({"title": "x"})).await.problem(403, "not_allowed");
    app.as_service(account, &[Scope::PeopleWrite]).patch(&path, json!({"title": "x"})).await.problem(404, "not_found");
    let hr = app.as_service(account, &all);
    let made = hr.post("/v1/people", body).await.created();
    let id = made.id();
    assert_eq!(made.header("location"), format!("/v1/people/{id}"));
    let made =
        made.has("/email", "ada@example.com").has("/status", "active").has("/time_zone", "UTC").lacks("/hired_on");
    made.has("/mentoring/capacity", 3).has("/mentoring/offers_mentoring", false);
    assert_eq!(events(app, "person.created", &id).await, 1);
    hr.patch(&path, json!({"title": "Engineer"})).await.ok().has("/title", "Engineer");
    let admin = app.as_with(pair.mentor, &["admin"]);
    admin.patch(&path, json!({"title": null})).await.ok().has("/title", json!(null));
    admin.patch(&format!("/v1/people/{}", PersonId::new(&app.clock)), json!({})).await.problem(404, "not_found");
}

/// What HR sends is checked, and each refusal says where.
#[apply(on_both_engines!)]
async fn a_wrong_roster_entry_is_refused_with_its_place(app: TestApp) {
    let person = app.person().await;
    let admin = app.as_with(person, &["admin"]);
    let with = |extra: Value| {
        let mut body = json!({"name": "Bo", "email": "bo@example.com"});
        body.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        body
    };
    let post = async |extra| admin.post("/v1/people", with(extra)).await;
    admin
        .post("/v1/people", json!({"email": "bo@example.com"}))
        .await
        .problem(400, "invalid_request")
        .points_at("/name");
    post(json!({"email": "bo"})).await.problem(422, "invalid_value").points_at("/email");
    post(json!({"bio": "x"})).await.problem(400, "invalid_request").points_at("/bio");
    post(json!({"mentor_load": 3})).await.problem(400, "invalid_request").points_at("/mentor_load");
    post(json!({"time_zone": "Mars/Olympus"})).await.problem(422, "invalid_value").points_at("/time_zone");
    post(json!({"team_id": TeamId::new(&app.clock)})).await.problem(422, "invalid_value").points_at("/team_id");
    post(json!({"manager_id": PersonId::new(&app.clock)})).await.problem(422, "invalid_value").points_at("/manager_id");
    post(json!({"ladder_role_id": LadderRoleId::new(&app.clock)}))
        .await
        .problem(422, "invalid_value")
        .points_at("/ladder_role_id");
    post(json!({"manager_external_id": "E-0"})).await.problem(422, "invalid_value").points_at("/manager_external_id");
    post(json!({"manager_id": person, "manager_external_id": "E-0"}))
        .await
        .problem(422, "invalid_value")
        .points_at("/manager_external_id");
    post(json!({"hired_on": "1066-10-14"})).await.problem(422, "invalid_value").points_at("/hired_on");
    post(json!({"languages": ["en", "de", "en"]})).await.problem(422, "invalid_value").points_at("/languages/2");
    let gone = app.person_with(Person { status: "departed", ..Person::default() }).await;
    post(json!({"manager_id": gone})).await.problem(409, "person_not_active").points_at("/manager_id");
    post(json!({"external_id": "E-1"})).await.created();
    post(json!({"external_id": "E-2"})).await.problem(409, "already_exists").points_at("/email");
    post(json!({"external_id": "E-1", "email": "other@example.com"}))
        .await
        .problem(409, "already_exists")
        .points_at("/external_id");
    let path = format!("/v1/people/{person}");
    admin.patch(&path, json!({"email": "bo@example.com"})).await.problem(409, "already_exists").points_at("/email");
    admin.patch(&path, json!({"name": null})).await.problem(400, "invalid_request").points_at("/name");
    admin
        .patch(&path, json!({"team_id": TeamId::new(&app.clock)}))
        .await
        .problem(422, "invalid_value")
        .points_at("/team_id");
    let seen = admin.get(&path).await.ok();
    admin.patch_seen(&path, &seen, json!({"title": "Boss"})).await.ok();
    admin.patch_seen(&path, &seen, json!({"title": "Clerk"})).await.problem(412, "stale_record");
}

/// A POST sent twice with one key makes one person.
#[apply(on_both_engines!)]
async fn a_person_is_added_once(app: TestApp) {
    let admin = app.as_with(app.person().await, &["admin"]);
    let body = json!({"name": "Ada", "email": "ada@example.com"});
    let post = || admin.request(reqwest::Method::POST, "/v1/people").header("idempotency-key", "k").json(&body);
    let (first, again) = (admin.send(post()).await.created(), admin.send(post()).await.created());
    assert_eq!(first.bytes, again.bytes);
    admin.post("/v1/people", body.clone()).await.problem(409, "already_exists").points_at("/email");
}

/// HR's nightly run: the same again changes nothing at all.
#[apply(on_both_engines!)]
async fn an_upsert_is_idempotent(app: TestApp) {
    let account = app.service_account(&[Scope::PeopleRead, Scope::PeopleWrite, Scope::OutcomesRead]).await;
    let hr = app.as_service(account, &[Scope::PeopleRead, Scope::PeopleWrite, Scope::OutcomesRead]);
    let put = async |id: &str, body: Value| hr.put(&format!("/v1/roster/{id}"), body).await;
    let boss = put("E-1", json!({"name": "Boss", "email": "boss@example.com"})).await.created().id();
    let body = json!({"name": "Ada", "email": "ada@example.com", "manager_external_id": "E-1", "hired_on": "2024-03-01", "languages": ["en", "fr"]});
    let made = put("E-2", body.clone())
        .await
        .created()
        .has("/external_id", "E-2")
        .has("/manager/id", boss.clone())
        .has("/hired_on", "2024-03-01");
    let id = made.id();
    assert_eq!(made.header("location"), format!("/v1/people/{id}"));
    app.clock.advance(TimeDelta::hours(1));
    let again = put("E-2", body).await.ok();
    assert_eq!(made.bytes, again.bytes);
    assert_eq!(events(app, "person.changed", &id).await, 0);
    let history = format!("/v1/people/{id}/history");
    assert_eq!(hr.get(&history).await.ok().items().len(), 1);

    // A day that not everybody sees moves nothing that everybody sees.
    let colleague = app.as_(app.person().await);
    let path = format!("/v1/people/{id}");
    let before = colleague.get(&path).await.ok();
    let body = json!({"name": "Ada", "email": "ada@example.com", "manager_id": boss, "hired_on": "2024-04-01"});
    put("E-2", body).await.ok().has("/hired_on", "2024-04-01").has("/languages", json!(["en", "fr"]));
    assert_eq!(before.bytes, colleague.get(&path).await.ok().bytes);
    assert_eq!(events(app, "person.changed", &id).await, 0);

    // What is left out becomes empty.
    let body = json!({"name": "Ada King", "email": "ada@example.com"});
    put("E-2", body).await.ok().has("/name", "Ada King").has("/manager", json!(null)).has("/hired_on", json!(null));
    assert_eq!(events(app, "person.changed", &id).await, 1);
    assert_eq!(hr.get(&history).await.ok().items().len(), 2);

    // By e-mail second: who has no external id yet gets it; who has another one is somebody else.
    let known = hr.post("/v1/people", json!({"name": "Bo", "email": "bo@example.com"})).await.created().id();
    let found = put("E-3", json!({"name": "Bo", "email": "BO@example.com"})).await.ok().has("/external_id", "E-3");
    assert_eq!(found.id(), known);
    put("E-4", json!({"name": "Bo", "email": "bo@example.com"}))
        .await
        .problem(409, "already_exists")
        .points_at("/email");
    put("E-3", json!({"name": "Bo", "email": "bo@example.com", "external_id": "E-9"}))
        .await
        .problem(422, "invalid_value")
        .points_at("/external_id");
    put("E-3", json!({"name": "Bo", "email": "ada@example.com"}))
        .await
        .problem(409, "already_exists")
        .points_at("/email");
    put("E-3", json!({"name": "Bo", "email": "bo@example.com", "manager_external_id": "E-3"}))
        .await
        .problem(409, "reporting_loop")
        .points_at("/manager_external_id");
    // An id that reads like another address is still an id.
    put("skills", json!({"name": "Cy", "email": "cy@example.com"})).await.created().has("/external_id", "skills");
    put("E%0A3", json!({"name": "Bo", "email": "bo@example.com"})).await.problem(400, "invalid_request");
}

/// The same new person sent by two runs at once is one person.
#[apply(on_both_engines!)]
async fn upserts_at_once_make_one_person(app: TestApp) {
    let admin = app.as_with(app.person().await, &["admin"]);
    let body = json!({"name": "Ada", "email": "ada@example.com"});
    let put = || admin.put("/v1/roster/E-1", body.clone());
    let answers = tokio::join!(put(), put(), put(), put());
    let mut statuses = [answers.0.status, answers.1.status, answers.2.status, answers.3.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 200, 200, 201]);
}

/// Nobody is above themselves, at any depth.
#[apply(on_both_engines!)]
async fn reporting_loops_are_refused(app: TestApp) {
    let top = app.person().await;
    let middle = app.person_under(top).await;
    let low = app.person_under(middle).await;
    let admin = app.as_with(top, &["admin"]);
    let set = async |person: PersonId, manager: PersonId| {
        admin.patch(&format!("/v1/people/{person}"), json!({"manager_id": manager})).await
    };
    for manager in [top, middle, low] {
        set(top, manager).await.problem(409, "reporting_loop").points_at("/manager_id");
    }
    set(middle, low).await.problem(409, "reporting_loop");
    set(low, top).await.ok().has("/manager/id", top.to_string());
    set(middle, low).await.ok();
    set(low, middle).await.problem(409, "reporting_loop");
}

/// Nor by two changes at the same moment.
#[apply(on_both_engines!)]
async fn two_changes_at_once_make_no_loop(app: TestApp) {
    let admin = app.as_with(app.person().await, &["admin"]);
    for _ in 0..8 {
        let (one, two, three) = (app.person().await, app.person().await, app.person().await);
        let set = async |person: PersonId, manager: PersonId| {
            admin.patch(&format!("/v1/people/{person}"), json!({"manager_id": manager})).await.status
        };
        let (a, b, c) = tokio::join!(set(one, two), set(two, three), set(three, one));
        let mut statuses = [a, b, c];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 200, 409]);
    }
}

/// Who leaves is out on the very next request, and can come back.
#[apply(on_both_engines!)]
async fn who_leaves_is_out_at_once(app: TestApp) {
    let person = app.person().await;
    let (own, admin) = (app.as_(person), app.as_with(app.person().await, &["admin"]));
    let path = format!("/v1/people/{person}");
    own.get("/v1/me").await.ok();
    admin.patch(&path, json!({"status": "departed"})).await.ok().has("/status", "departed");
    own.get("/v1/me").await.problem(401, "unauthenticated");
    own.get(&path).await.problem(401, "unauthenticated");
    assert_eq!(events(app, "person.departed", &person.to_string()).await, 1);
    admin.patch(&path, json!({"status": "departed", "title": "Was here"})).await.ok();
    assert_eq!(events(app, "person.departed", &person.to_string()).await, 1);
    let id = person.to_string();
    assert!(!ids(admin.get("/v1/people").await.ok().items()).contains(&id.as_str()));
    assert_eq!(ids(admin.get("/v1/people?status=departed").await.ok().items()), [id]);
    admin.patch(&path, json!({"status": "on_leave"})).await.ok();
    // Whoever comes back signs in again: what they had when they left stays refused.
    own.get("/v1/me").await.problem(401, "unauthenticated");
    app.clock.advance(TimeDelta::seconds(1));
    app.as_(person).get("/v1/me").await.ok();
}

/// Promotions and moves are kept, for the person, their manager and their leads.
#[apply(on_both_engines!)]
async fn the_history_keeps_moves_for_those_who_may_know(app: TestApp) {
    let pair = app.pair().await;
    let (team, _) = a_team(app).await;
    let (junior, senior) = (a_ladder_role(app, 3).await, a_ladder_role(app, 5).await);
    let admin = app.as_with(app.person().await, &["admin"]);
    let path = format!("/v1/people/{}", pair.mentee);
    let history = format!("{path}/history");
    admin
        .patch(&path, json!({"ladder_role_id": junior, "team_id": team, "title": "Engineer"}))
        .await
        .ok()
        .has("/ladder_role/level", 3);
    app.clock.advance(TimeDelta::days(10));
    admin.patch(&path, json!({"ladder_role_id": senior})).await.ok();
    admin.patch(&path, json!({"location": "Zurich"})).await.ok();
    admin.patch(&path, json!({"status": "on_leave"})).await.ok();
    for reader in
        [app.as_(pair.mentee), app.as_(pair.manager), app.as_with(pair.coordinator, &["coordinator"]), admin.clone()]
    {
        let read = reader.get(&history).await.ok();
        assert_eq!(read.items().len(), 3);
        let read = read
            .has("/items/0/starts_on", "2026-03-02")
            .has("/items/0/ladder_role/level", 3)
            .has("/items/0/team/id", team.to_string());
        let read = read
            .has("/items/1/starts_on", "2026-03-12")
            .has("/items/1/ladder_role/level", 5)
            .has("/items/1/title", "Engineer");
        read.has("/items/1/manager/id", pair.manager.to_string())
            .has("/items/2/status", "on_leave")
            .has("/items/2/withheld", json!([]));
    }
    for other in [app.as_(pair.mentor), app.as_(pair.coordinator), app.as_(app.person().await)] {
        other.get(&history).await.problem(403, "not_allowed");
    }
    let account = app.service_account(&Scope::ALL).await;
    app.as_service(account, &[Scope::OutcomesRead, Scope::PeopleRead])
        .get(&history)
        .await
        .ok()
        .has("/items/0/title", "Engineer");
    app.as_service(account, &[Scope::PeopleRead]).get(&history).await.problem(403, "not_allowed");
    app.as_service(account, &[]).get(&history).await.problem(404, "not_found");
    let first = admin.get(&format!("{history}?limit=2")).await.ok();
    assert_eq!(first.items().len(), 2);
    let rest =
        admin.get(&format!("{history}?limit=2&cursor={}", first.body["next_cursor"].as_str().unwrap())).await.ok();
    rest.has("/items/0/status", "on_leave").has("/next_cursor", json!(null));
    admin.get(&format!("/v1/people/{}/history", PersonId::new(&app.clock))).await.problem(404, "not_found");
}
