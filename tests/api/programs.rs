//! Programs and their coordinators.

use mentorship::ids::PersonId;
use mentorship::policy::Scope;
use reqwest::Method;
use serde_json::json;

use crate::harness::{Client, Person, TestApp};

async fn admin(app: &TestApp) -> Client {
    app.as_with(app.person().await, &["admin"])
}

async fn events(app: &TestApp) -> Vec<String> {
    let mut tx = app.db.read().await.expect("a snapshot");
    let rows: Vec<(String,)> = tx.query("select kind from events order by id").all().await.expect("events");
    rows.into_iter().map(|(kind,)| kind).collect()
}

/// An admin makes a program and says who coordinates it.
#[apply(on_both_engines!)]
async fn an_admin_creates_a_program(app: TestApp) {
    let admin = admin(app).await;
    let (one, two) = (app.person().await, app.person().await);
    let made = admin.post("/v1/programs", json!({
        "name": "First year", "objectives": "Nobody is lost.\nEver.", "model": "peer", "starts_on": "2026-04-01",
        "ends_on": "2027-03-31", "requires_acceptance": true, "is_formal": false, "coordinator_ids": [two, one],
    })).await.created();
    let path = made.header("location").to_owned();
    let made =
        made.has("/stage", "planning").has("/model", "peer").has("/is_formal", false).has("/withheld", json!([]));
    assert_eq!(made.body["coordinators"].as_array().map(Vec::len), Some(2));
    let read = app.as_(app.person().await).get(&path).await.ok();
    assert_eq!(read.bytes, made.bytes);
    let bare = admin.post("/v1/programs", json!({"name": "Second year"})).await.created();
    bare.has("/model", "one_on_one")
        .has("/is_formal", true)
        .has("/requires_acceptance", false)
        .has("/coordinators", json!([]));
    assert_eq!(events(app).await, ["program.created", "program.created"]);
}

/// Only an admin makes programs and names coordinators, not even a coordinator does.
#[apply(on_both_engines!)]
async fn nobody_else_creates_programs_or_assigns(app: TestApp) {
    let coordinator = app.person().await;
    let path = format!("/v1/programs/{}", app.program(coordinator).await);
    let scopes = &Scope::ALL;
    for other in [
        app.as_(app.person().await),
        app.as_with(coordinator, &["coordinator"]),
        app.as_service(app.service_account(scopes).await, scopes),
        app.as_service(app.service_account(&[Scope::ProgramsRead]).await, &[Scope::ProgramsRead]),
        app.as_service(app.service_account(&[Scope::PeopleRead]).await, &[Scope::PeopleRead]),
    ] {
        other.post("/v1/programs", json!({"name": "Mine"})).await.problem(403, "not_allowed");
        other.put(&format!("{path}/coordinators"), json!({"coordinator_ids": []})).await.problem(403, "not_allowed");
    }
    app.nobody().post("/v1/programs", json!({"name": "Mine"})).await.problem(401, "unauthenticated");
    admin(app).await.get(&path).await.ok().has("/coordinators/0/id", coordinator.to_string());
}

/// To lead takes the role in the token and a place on this program's list: both.
#[apply(on_both_engines!)]
async fn leading_takes_the_role_and_the_list(app: TestApp) {
    let (here, elsewhere, nowhere) = (app.person().await, app.person().await, app.person().await);
    let path = format!("/v1/programs/{}", app.program(here).await);
    app.program(elsewhere).await;
    let change = json!({"objectives": "Ours"});
    for colleague in [
        app.as_(here),
        app.as_with(elsewhere, &["coordinator"]),
        app.as_with(nowhere, &["coordinator"]),
        app.as_with(here, &["manager"]),
        app.as_(nowhere),
    ] {
        let read = colleague.get(&path).await.ok().has("/objectives", json!(null));
        colleague.patch(&path, change.clone()).await.problem(403, "not_allowed");
        colleague.patch_seen(&path, &read, change.clone()).await.problem(403, "not_allowed");
        colleague.post(&format!("{path}/advance"), json!({})).await.problem(403, "not_allowed");
    }
    app.as_with(here, &["coordinator"]).patch(&path, change).await.ok().has("/objectives", "Ours");
    app.as_with(here, &["coordinator"]).post(&format!("{path}/advance"), json!({})).await.ok();
    assert_eq!(events(app).await, ["program.changed", "program.advanced"]);
}

/// The same holds for the pairs of a program: a coordinator elsewhere is a mere colleague.
#[apply(on_both_engines!)]
async fn a_coordinator_leads_only_their_own_pairs(app: TestApp) {
    let pair = app.pair().await;
    let elsewhere = app.person().await;
    let other = app.program(elsewhere).await;
    app.as_with(pair.coordinator, &["coordinator"]).get(&pair.path).await.ok().has("/end_reason", json!(null));
    for colleague in [
        app.as_(pair.coordinator),
        app.as_with(elsewhere, &["coordinator"]),
        app.as_with(app.person().await, &["coordinator"]),
    ] {
        colleague.get(&pair.path).await.ok().lacks("/end_reason").lacks("/outcome_summary");
        colleague.post(&format!("{}/pause", pair.path), json!({})).await.problem(403, "not_allowed");
    }
    // Taken off the list, they lead no more; put on it, the others do.
    let admin = admin(app).await;
    let path = format!("/v1/programs/{}/coordinators", pair.program);
    admin.put(&path, json!({"coordinator_ids": [elsewhere]})).await.ok();
    let (before, after) = (app.as_with(pair.coordinator, &["coordinator"]), app.as_with(elsewhere, &["coordinator"]));
    before.get(&pair.path).await.ok().lacks("/end_reason");
    before.patch(&format!("/v1/programs/{}", pair.program), json!({"name": "x"})).await.problem(403, "not_allowed");
    after.get(&pair.path).await.ok().has("/end_reason", json!(null));
    after.post(&format!("{}/pause", pair.path), json!({})).await.ok();
    after.patch(&format!("/v1/programs/{other}"), json!({"name": "Other"})).await.ok();
}

/// Services read programs with their own scope, and change none.
#[apply(on_both_engines!)]
async fn services_read_programs_with_the_scope(app: TestApp) {
    let path = format!("/v1/programs/{}", app.program(app.person().await).await);
    let reader = app.as_service(app.service_account(&[Scope::ProgramsRead]).await, &[Scope::ProgramsRead]);
    reader.get(&path).await.ok();
    assert_eq!(reader.get("/v1/programs").await.ok().items().len(), 1);
    reader.patch(&path, json!({"name": "x"})).await.problem(403, "not_allowed");
    reader.post(&format!("{path}/advance"), json!({})).await.problem(403, "not_allowed");
    let others = [Scope::PeopleRead, Scope::PeopleWrite, Scope::PairsRead, Scope::OutcomesRead];
    let blind = app.as_service(app.service_account(&others).await, &others);
    blind.get(&path).await.problem(404, "not_found");
    blind.get("/v1/programs").await.problem(403, "not_allowed");
    blind.patch(&path, json!({"name": "x"})).await.problem(404, "not_found");
    app.nobody().get(&path).await.problem(401, "unauthenticated");
}

/// A program goes through its stages one by one, and never back.
#[apply(on_both_engines!)]
async fn a_program_advances_stage_by_stage(app: TestApp) {
    let admin = admin(app).await;
    let made = admin.post("/v1/programs", json!({"name": "First year"})).await.created();
    let (path, advance) = (made.header("location"), format!("{}/advance", made.header("location")));
    let stale = admin.request(Method::POST, &advance).header("if-match", made.header("etag"));
    let stale_again = stale.try_clone().expect("a request");
    app.clock.advance(chrono::TimeDelta::minutes(1));
    let moved = admin.send(stale).await.ok().has("/stage", "initiation");
    assert_ne!(moved.body["updated_at"], made.body["updated_at"]);
    admin.send(stale_again).await.problem(412, "stale_record");
    let keyed = || admin.request(Method::POST, &advance).header("idempotency-key", "k").json(&json!({}));
    admin.send(keyed()).await.ok().has("/stage", "mentoring");
    admin.send(keyed()).await.ok().has("/stage", "mentoring");
    admin.post(&advance, json!({"stage": "planning"})).await.problem(400, "invalid_request").points_at("/stage");
    admin.post(&advance, json!({})).await.ok().has("/stage", "evaluation");
    admin.post(&advance, json!({})).await.problem(409, "wrong_state");
    admin.patch(path, json!({"stage": "planning"})).await.problem(400, "invalid_request").points_at("/stage");
    let told = events(app).await;
    assert_eq!(told, ["program.created", "program.advanced", "program.advanced", "program.advanced"]);
}

/// A program changes member by member.
#[apply(on_both_engines!)]
async fn a_lead_changes_a_program(app: TestApp) {
    let coordinator = app.person().await;
    let path = format!("/v1/programs/{}", app.program(coordinator).await);
    let lead = app.as_with(coordinator, &["coordinator"]);
    let before = lead.get(&path).await.ok();
    app.clock.advance(chrono::TimeDelta::minutes(1));
    let same = lead.patch(&path, json!({})).await.ok();
    assert_eq!(same.bytes, before.bytes);
    let change = json!({"name": "Second year", "model": "group", "starts_on": "2026-05-01", "ends_on": "2026-05-01",
        "is_formal": false, "requires_acceptance": true, "objectives": "Learn"});
    let changed =
        lead.patch_seen(&path, &before, change.clone()).await.ok().has("/name", "Second year").has("/model", "group");
    assert_ne!(changed.body["updated_at"], before.body["updated_at"]);
    lead.patch_seen(&path, &before, change).await.problem(412, "stale_record");
    lead.patch(&path, json!({"ends_on": "2026-04-30"})).await.problem(422, "invalid_value").points_at("/ends_on");
    lead.patch(&path, json!({"starts_on": "2026-05-02"})).await.problem(422, "invalid_value").points_at("/ends_on");
    lead.patch(&path, json!({"ends_on": null, "objectives": null}))
        .await
        .ok()
        .has("/ends_on", json!(null))
        .has("/objectives", json!(null));
    lead.patch(&path, json!({"model": null})).await.problem(400, "invalid_request").points_at("/model");
    lead.patch(&path, json!({"coordinator_ids": []}))
        .await
        .problem(400, "invalid_request")
        .points_at("/coordinator_ids");
    assert_eq!(events(app).await, ["program.changed", "program.changed"]);
}

/// Bad programs are refused where they are wrong.
#[apply(on_both_engines!)]
async fn bad_programs_are_refused(app: TestApp) {
    let admin = admin(app).await;
    let gone = app.person_with(Person { status: "departed", ..Person::default() }).await;
    let (here, nobody) = (app.person().await, PersonId::new(&app.clock));
    let made = admin.post("/v1/programs", json!({"name": "First year"})).await.created();
    admin.post("/v1/programs", json!({"name": "FIRST  year"})).await.problem(409, "already_exists").points_at("/name");
    let many: Vec<_> = (0..51).map(|_| PersonId::new(&app.clock)).collect();
    for (bad, status, code, pointer) in [
        (json!([here, nobody]), 422, "invalid_value", "/coordinator_ids/1"),
        (json!([here, gone]), 409, "person_not_active", "/coordinator_ids/1"),
        (json!([here, here]), 422, "invalid_value", "/coordinator_ids/1"),
        (json!(many), 422, "invalid_value", "/coordinator_ids"),
        (json!([here, "x"]), 422, "invalid_value", "/coordinator_ids/1"),
    ] {
        let body = json!({"coordinator_ids": bad});
        admin
            .put(&format!("{}/coordinators", made.header("location")), body)
            .await
            .problem(status, code)
            .points_at(pointer);
        let body = json!({"name": "Other", "coordinator_ids": bad});
        admin.post("/v1/programs", body).await.problem(status, code).points_at(pointer);
    }
    for (bad, status, code, pointer) in [
        (json!({"name": "X", "starts_on": "2026-02-02", "ends_on": "2026-02-01"}), 422, "invalid_value", "/ends_on"),
        (json!({"name": "X", "starts_on": "soon"}), 422, "invalid_value", "/starts_on"),
        (json!({"name": "X", "model": "speed_dating"}), 400, "invalid_request", "/model"),
        (json!({"name": "X", "stage": "mentoring"}), 400, "invalid_request", "/stage"),
        (json!({"objectives": "X"}), 400, "invalid_request", "/name"),
    ] {
        admin.post("/v1/programs", bad).await.problem(status, code).points_at(pointer);
    }
    admin
        .put(&format!("/v1/programs/{nobody}/coordinators"), json!({"coordinator_ids": []}))
        .await
        .problem(404, "not_found");
    assert_eq!(admin.get("/v1/programs").await.ok().items().len(), 1);
    admin.get(made.header("location")).await.ok().has("/coordinators", json!([]));
}

/// Coordinators are put all at once; who is on leave may be one.
#[apply(on_both_engines!)]
async fn coordinators_are_put_all_at_once(app: TestApp) {
    let admin = admin(app).await;
    let away = app.person_with(Person { status: "on_leave", ..Person::default() }).await;
    let (one, two) = (app.person().await, app.person().await);
    let made = admin.post("/v1/programs", json!({"name": "First year", "coordinator_ids": [one]})).await.created();
    let path = format!("{}/coordinators", made.header("location"));
    app.clock.advance(chrono::TimeDelta::minutes(1));
    let same = admin.put(&path, json!({"coordinator_ids": [one]})).await.ok();
    assert_eq!(same.bytes, made.bytes);
    let put = admin.put_seen(&path, &same, json!({"coordinator_ids": [two, away]})).await.ok();
    assert_eq!(put.body["coordinators"].as_array().map(Vec::len), Some(2));
    assert_ne!(put.body["updated_at"], made.body["updated_at"]);
    admin.put_seen(&path, &same, json!({"coordinator_ids": []})).await.problem(412, "stale_record");
    admin.put(&path, json!({"coordinator_ids": []})).await.ok().has("/coordinators", json!([]));
    assert_eq!(events(app).await, ["program.created", "program.changed", "program.changed"]);
}

/// Programs are found by stage, coordinator and change, page by page.
#[apply(on_both_engines!)]
async fn programs_are_listed_by_what_they_are(app: TestApp) {
    let admin = admin(app).await;
    let one = app.person().await;
    let mut made = Vec::new();
    for n in 0..3 {
        let body =
            json!({"name": format!("Program {n}"), "coordinator_ids": if n == 1 { json!([]) } else { json!([one]) }});
        made.push(admin.post("/v1/programs", body).await.created());
    }
    app.clock.advance(chrono::TimeDelta::minutes(6));
    admin.post(&format!("{}/advance", made[2].header("location")), json!({})).await.ok();
    // The filter reaches back five minutes.
    let since = app.clock.now().to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    let reader = app.as_(one);
    for (query, expected) in [
        (String::new(), vec![0, 1, 2]),
        ("stage=planning".to_owned(), vec![0, 1]),
        ("stage=initiation".to_owned(), vec![2]),
        (format!("coordinator_id={one}"), vec![0, 2]),
        (format!("coordinator_id={one}&stage=planning"), vec![0]),
        (format!("updated_after={since}"), vec![2]),
        (format!("updated_after={since}&stage=planning"), vec![]),
    ] {
        let page = reader.get(&format!("/v1/programs?{query}")).await.ok();
        let found: Vec<_> = page.items().iter().map(|item| item["id"].as_str().expect("an id").to_owned()).collect();
        assert_eq!(found, expected.into_iter().map(|index: usize| made[index].id()).collect::<Vec<_>>(), "{query}");
    }
    let (mut next, mut seen) = ("/v1/programs?limit=2".to_owned(), 0);
    loop {
        let page = reader.get(&next).await.ok();
        seen += page.items().len();
        let Some(cursor) = page.body["next_cursor"].as_str() else { break };
        next = format!("/v1/programs?limit=2&cursor={cursor}");
    }
    assert_eq!(seen, 3);
    reader.get("/v1/programs?stage=over").await.problem(400, "invalid_request").points_at("?stage");
    reader.get("/v1/programs/42").await.problem(400, "invalid_request").points_at("{id}");
}

/// The same request with the same key makes one program.
#[apply(on_both_engines!)]
async fn a_key_makes_one_program(app: TestApp) {
    let admin = admin(app).await;
    let post = |name: &str| {
        admin.request(Method::POST, "/v1/programs").header("idempotency-key", "k").json(&json!({"name": name}))
    };
    let first = admin.send(post("One")).await.created();
    assert_eq!(admin.send(post("One")).await.created().bytes, first.bytes);
    admin.send(post("Two")).await.problem(422, "idempotency_key_reused");
    assert_eq!(events(app).await, ["program.created"]);
}
