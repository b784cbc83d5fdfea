//! Teams and departments, service accounts, and what everything that admins keep has in common.

use mentorship::ids::{DepartmentId, PersonId, TeamId};
use mentorship::policy::Scope;
use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Answer, Client, Person, TestApp};

const READ: &[Scope] = &[Scope::PeopleRead];
const WRITE: &[Scope] = &[Scope::PeopleRead, Scope::PeopleWrite];

async fn admin(app: &TestApp) -> Client {
    app.as_with(app.person().await, &["admin"])
}

async fn service(app: &TestApp, scopes: &[Scope]) -> Client {
    app.as_service(app.service_account(scopes).await, scopes)
}

/// What one column of one row becomes, written straight into the database.
async fn put_into_team(app: &TestApp, person: PersonId, team: &str) {
    let mut tx = app.db.write().await.expect("a unit of work");
    let team: TeamId = team.parse::<uuid::Uuid>().expect("an id").into();
    tx.query("update people set team_id = $2 where id = $1").bind(person).bind(team).run().await.expect("it fits");
    tx.commit().await.expect("it commits");
}

async fn put_skill(app: &TestApp, person: PersonId, skill: &str) {
    let mut tx = app.db.write().await.expect("a unit of work");
    let skill = skill.parse::<uuid::Uuid>().expect("an id");
    tx.query("insert into person_skills (person_id, skill_id, level) values ($1, $2, 3)")
        .bind(person)
        .bind(skill)
        .run()
        .await
        .expect("it fits");
    tx.commit().await.expect("it commits");
}

async fn put_role(app: &TestApp, person: PersonId, role: &str) {
    let mut tx = app.db.write().await.expect("a unit of work");
    let role = role.parse::<uuid::Uuid>().expect("an id");
    tx.query("update people set ladder_role_id = $2 where id = $1")
        .bind(person)
        .bind(role)
        .run()
        .await
        .expect("it fits");
    tx.commit().await.expect("it commits");
}

fn names(answer: &Answer) -> Vec<String> {
    answer.items().iter().map(|item| item["name"].as_str().expect("a name").to_owned()).collect()
}

async fn send_once(client: &Client, path: &str, key: &str, body: &Value) -> Answer {
    client.send(client.request(Method::POST, path).header("idempotency-key", key).json(body)).await
}

/// Whoever keeps the organisation writes it; everybody who works here reads it.
#[apply(on_both_engines!)]
async fn admins_and_writing_services_keep_the_organisation(app: TestApp) {
    let admin = admin(app).await;
    let ladder = json!({"name": "Engineering", "track": "individual"});
    for (path, body, change) in [
        ("/v1/departments", json!({"name": "Engineering"}), json!({"name": "R&D"})),
        ("/v1/teams", json!({"name": "Payments"}), json!({"name": "Billing"})),
        ("/v1/skills", json!({"name": "Rust"}), json!({"synonyms": ["rustlang"]})),
        ("/v1/career-ladders", ladder, json!({"track": "management"})),
    ] {
        let made = admin.post(path, body.clone()).await.created();
        let one = made.header("location").to_owned();
        assert_eq!(one, format!("{path}/{}", made.id()));
        let read = admin.get(&one).await.ok();
        assert_eq!(read.bytes, made.bytes);
        admin.patch_seen(&one, &read, change.clone()).await.ok();
        admin.patch_seen(&one, &read, change.clone()).await.problem(412, "stale_record");

        let other = json!({"name": "Another", "track": "individual"});
        let other = if path == "/v1/career-ladders" { other } else { json!({"name": "Another"}) };
        let coordinator = app.person().await;
        app.program(coordinator).await;
        for reader in
            [app.as_(app.person().await), app.as_with(coordinator, &["coordinator"]), service(app, READ).await]
        {
            reader.get(&one).await.ok();
            assert_eq!(reader.get(path).await.ok().items().len(), 1);
            reader.post(path, other.clone()).await.problem(403, "not_allowed");
            reader.patch(&one, change.clone()).await.problem(403, "not_allowed");
            reader.delete(&one).await.problem(403, "not_allowed");
        }
        for blind in [&[Scope::PairsRead, Scope::ProgramsRead, Scope::OutcomesRead][..], &[Scope::PeopleWrite]] {
            let blind = service(app, blind).await;
            blind.get(&one).await.problem(404, "not_found");
            blind.get(path).await.problem(403, "not_allowed");
            blind.post(path, other.clone()).await.problem(403, "not_allowed");
        }
        app.nobody().get(path).await.problem(401, "unauthenticated");
        app.nobody().post(path, other.clone()).await.problem(401, "unauthenticated");

        let writer = service(app, WRITE).await;
        let made = writer.post(path, other).await.created();
        writer.patch(&one, json!({"name": "Renamed"})).await.ok().has("/name", "Renamed");
        if ["/v1/skills", "/v1/career-ladders"].contains(&path) {
            // Whether it is in use tells of people's needs and aims.
            writer.delete(made.header("location")).await.problem(403, "not_allowed");
            admin.delete(made.header("location")).await.is(204);
        } else {
            writer.delete(made.header("location")).await.is(204);
        }
        writer.get(made.header("location")).await.problem(404, "not_found");
        admin.delete(&one).await.is(204);
        admin.patch(&one, change).await.problem(404, "not_found");
    }
}

/// A name is taken in upper and lower case, and bad names are refused where they stand.
#[apply(on_both_engines!)]
async fn names_are_unique_when_folded(app: TestApp) {
    let admin = admin(app).await;
    for path in ["/v1/departments", "/v1/teams", "/v1/skills", "/v1/career-ladders"] {
        let body = |name: &str| {
            let mut body = json!({"name": name});
            if path == "/v1/career-ladders" {
                body["track"] = json!("management");
            }
            body
        };
        admin.post(path, body("Älpler Data")).await.created();
        admin.post(path, body("älpler   DATA")).await.problem(409, "already_exists").points_at("/name");
        let other = admin.post(path, body("Other")).await.created();
        admin
            .patch(other.header("location"), json!({"name": "ÄLPLER data"}))
            .await
            .problem(409, "already_exists")
            .points_at("/name");
        admin.patch(other.header("location"), json!({"name": "OTHER"})).await.ok().has("/name", "OTHER");
        admin.post(path, body(" ")).await.problem(422, "invalid_value").points_at("/name");
        admin.post(path, body(&"x".repeat(121))).await.problem(422, "invalid_value").points_at("/name");
        admin.post(path, json!({})).await.problem(400, "invalid_request").points_at("/name");
        admin
            .post(path, json!({"name": "x", "colour": "red"}))
            .await
            .problem(400, "invalid_request")
            .points_at("/colour");
        admin
            .patch(other.header("location"), json!({"name": null}))
            .await
            .problem(400, "invalid_request")
            .points_at("/name");
    }
}

/// The same request with the same key makes one record.
#[apply(on_both_engines!)]
async fn a_key_makes_one_record(app: TestApp) {
    let admin = admin(app).await;
    let ladder = admin.post("/v1/career-ladders", json!({"name": "Sales", "track": "individual"})).await.created();
    let roles = format!("{}/roles", ladder.header("location"));
    for (key, path, body) in [
        ("1", "/v1/departments", json!({"name": "One"})),
        ("2", "/v1/teams", json!({"name": "One"})),
        ("3", "/v1/skills", json!({"name": "One", "synonyms": ["Uno"]})),
        (
            "4",
            "/v1/career-ladders",
            json!({"name": "One", "track": "individual", "roles": [{"name": "A", "level": 1}]}),
        ),
        ("5", roles.as_str(), json!({"name": "One", "level": 1})),
        ("6", "/v1/service-accounts", json!({"name": "One", "scopes": ["people:read"]})),
    ] {
        let first = send_once(&admin, path, key, &body).await.created();
        let again = send_once(&admin, path, key, &body).await.created();
        assert_eq!((first.id(), first.bytes), (again.id(), again.bytes));
        admin.post(path, body).await.problem(409, "already_exists").points_at("/name");
    }
}

/// A change that changes nothing leaves the record as it was.
#[apply(on_both_engines!)]
async fn an_empty_change_does_not_move_updated_at(app: TestApp) {
    let admin = admin(app).await;
    let ladder = json!({"name": "One", "track": "individual"});
    for (path, body) in [
        ("/v1/departments", json!({"name": "One"})),
        ("/v1/teams", json!({"name": "One"})),
        ("/v1/skills", json!({"name": "One"})),
        ("/v1/career-ladders", ladder),
    ] {
        let made = admin.post(path, body).await.created();
        let one = made.header("location");
        app.clock.advance(chrono::TimeDelta::minutes(1));
        let same = admin.patch(one, json!({"name": "One"})).await.ok();
        assert_eq!(same.bytes, made.bytes);
        let changed = admin.patch(one, json!({"name": "Two"})).await.ok();
        assert_ne!(changed.body["updated_at"], made.body["updated_at"]);
        assert_eq!(changed.body["created_at"], made.body["created_at"]);
    }
}

/// A team shows its department and its lead, and is found by either or by how it begins.
#[apply(on_both_engines!)]
async fn teams_are_found_by_name_department_and_lead(app: TestApp) {
    let admin = admin(app).await;
    let lead = app.person().await;
    let department = admin.post("/v1/departments", json!({"name": "Engineering"})).await.created().id();
    admin.post("/v1/departments", json!({"name": "Sales"})).await.created();
    let payments = json!({"name": "Payments", "department_id": department, "lead_id": lead});
    let payments = admin.post("/v1/teams", payments).await.created();
    let payments = payments.has("/department/name", "Engineering").has("/lead/id", lead.to_string());
    admin.post("/v1/teams", json!({"name": "Payroll"})).await.created().has("/lead", json!(null));
    admin.post("/v1/teams", json!({"name": "Search", "department_id": department})).await.created();
    let colleague = app.as_(lead);
    let found = async |query: &str| names(&colleague.get(&format!("/v1/teams?{query}")).await.ok());
    assert_eq!(found("").await, ["Payments", "Payroll", "Search"]);
    assert_eq!(found("q=PAY").await, ["Payments", "Payroll"]);
    assert_eq!(found("q=pay%25").await, [""; 0]);
    assert_eq!(found(&format!("q=pay&department_id={department}")).await, ["Payments"]);
    assert_eq!(found(&format!("department_id={department}")).await, ["Payments", "Search"]);
    assert_eq!(found(&format!("lead_id={lead}")).await, ["Payments"]);
    assert_eq!(found(&format!("lead_id={lead}&q=s")).await, [""; 0]);
    assert_eq!(names(&colleague.get("/v1/departments?q=eng").await.ok()), ["Engineering"]);
    let path = payments.header("location");
    let bare = admin.patch(path, json!({"department_id": null, "lead_id": null})).await.ok();
    bare.has("/department", json!(null)).has("/lead", json!(null)).has("/name", "Payments");
    // Leading a team gives no rights.
    admin.patch(path, json!({"lead_id": lead})).await.ok();
    colleague.patch(path, json!({"name": "Mine"})).await.problem(403, "not_allowed");
    for (query, pointer) in [("q=", "?q"), ("lead_id=42", "?lead_id"), ("limit=0", "?limit")] {
        colleague.get(&format!("/v1/teams?{query}")).await.problem(422, "invalid_value").points_at(pointer);
    }
    colleague.get("/v1/teams?size=1").await.problem(400, "invalid_request").points_at("?size");
}

/// A team refers to what is there.
#[apply(on_both_engines!)]
async fn a_team_refers_to_what_is_there(app: TestApp) {
    let admin = admin(app).await;
    let gone = app.person_with(Person { status: "departed", ..Person::default() }).await;
    let away = app.person_with(Person { status: "on_leave", ..Person::default() }).await;
    let (nobody, nowhere) = (PersonId::new(&app.clock), DepartmentId::new(&app.clock));
    let team = admin.post("/v1/teams", json!({"name": "Search", "lead_id": away})).await.created();
    let path = team.header("location");
    for (bad, status, code, pointer) in [
        (json!({"name": "A", "lead_id": gone}), 409, "person_not_active", "/lead_id"),
        (json!({"name": "A", "lead_id": nobody}), 422, "invalid_value", "/lead_id"),
        (json!({"name": "A", "department_id": nowhere}), 422, "invalid_value", "/department_id"),
        (json!({"name": "A", "department_id": "x"}), 422, "invalid_value", "/department_id"),
    ] {
        admin.post("/v1/teams", bad.clone()).await.problem(status, code).points_at(pointer);
        admin.patch(path, bad).await.problem(status, code).points_at(pointer);
    }
    admin.get(path).await.ok().has("/name", "Search");
}

/// What others refer to stays.
#[apply(on_both_engines!)]
async fn what_is_in_use_cannot_be_deleted(app: TestApp) {
    let admin = admin(app).await;
    let person = app.person().await;
    let department = admin.post("/v1/departments", json!({"name": "Engineering"})).await.created();
    let team = admin.post("/v1/teams", json!({"name": "Search", "department_id": department.id()})).await.created();
    let skill = admin.post("/v1/skills", json!({"name": "Rust", "synonyms": ["rustlang"]})).await.created();
    let roles = json!([{"name": "Engineer", "level": 3}, {"name": "Senior", "level": 5}]);
    let ladder =
        admin.post("/v1/career-ladders", json!({"name": "IC", "track": "individual", "roles": roles})).await.created();
    put_into_team(app, person, &team.id()).await;
    put_skill(app, person, &skill.id()).await;
    put_role(app, person, ladder.body["roles"][0]["id"].as_str().expect("an id")).await;
    for used in [&department, &team, &skill, &ladder] {
        let path = used.header("location");
        admin.delete(path).await.problem(409, "still_in_use");
        assert_eq!(admin.get(path).await.ok().bytes, used.bytes);
    }
    let role =
        |index: usize| format!("/v1/ladder-roles/{}", ladder.body["roles"][index]["id"].as_str().expect("an id"));
    admin.delete(&role(0)).await.problem(409, "still_in_use");
    admin.delete(&role(1)).await.is(204);
    // Pairs counted under a team keep it too.
    let other = admin.post("/v1/teams", json!({"name": "Ads"})).await.created();
    let pair = app.pair().await;
    admin.patch(&pair.path, json!({"team_id": other.id()})).await.ok();
    admin.delete(other.header("location")).await.problem(409, "still_in_use");
    let stale = admin.get(team.header("location")).await.ok();
    admin.patch(team.header("location"), json!({"name": "Find", "department_id": null})).await.ok();
    admin.delete(department.header("location")).await.is(204);
    let late = admin.request(Method::DELETE, team.header("location")).header("if-match", stale.header("etag"));
    admin.send(late).await.problem(412, "stale_record");
}

/// Only admins know of service accounts, and what they change holds at once.
#[apply(on_both_engines!)]
async fn service_accounts_are_the_admins_alone(app: TestApp) {
    let admin = admin(app).await;
    let body = json!({"name": "HRIS", "scopes": ["people:write", "people:read", "people:read"]});
    let made = admin.post("/v1/service-accounts", body.clone()).await.created().has("/is_enabled", true);
    let made = made.has("/scopes", json!(["people:read", "people:write"])).lacks("/token");
    let path = made.header("location").to_owned();
    let id = made.id().parse::<uuid::Uuid>().expect("an id").into();
    let account = app.as_service(id, WRITE);
    account.get("/v1/teams").await.ok();
    let coordinator = app.person().await;
    app.program(coordinator).await;
    let others = [
        app.as_(app.person().await),
        app.as_with(coordinator, &["coordinator"]),
        service(app, &Scope::ALL).await,
        account.clone(),
    ];
    for other in &others {
        other.get("/v1/service-accounts").await.problem(403, "not_allowed");
        other.get(&path).await.problem(404, "not_found");
        other.post("/v1/service-accounts", body.clone()).await.problem(403, "not_allowed");
        other.patch(&path, json!({"is_enabled": false})).await.problem(404, "not_found");
    }
    assert_eq!(admin.get("/v1/service-accounts?limit=1").await.ok().items().len(), 1);
    admin.patch(&path, json!({"scopes": ["pairs:read"]})).await.ok();
    account.get("/v1/teams").await.problem(403, "not_allowed");
    let seen = admin.patch(&path, json!({"scopes": ["people:read"], "name": "HR"})).await.ok().has("/name", "HR");
    account.get("/v1/teams").await.ok();
    account.post("/v1/teams", json!({"name": "Search"})).await.problem(403, "not_allowed");
    admin.patch_seen(&path, &seen, json!({"is_enabled": false})).await.ok().has("/is_enabled", false);
    admin.patch_seen(&path, &seen, json!({"is_enabled": true})).await.problem(412, "stale_record");
    account.get("/v1/teams").await.problem(401, "unauthenticated");
    admin
        .post("/v1/service-accounts", json!({"name": "hr", "scopes": ["people:read"]}))
        .await
        .problem(409, "already_exists")
        .points_at("/name");
    for scopes in [json!([]), json!(["people:all"])] {
        let (status, code) = if scopes == json!([]) { (422, "invalid_value") } else { (400, "invalid_request") };
        let pointer = if scopes == json!([]) { "/scopes" } else { "/scopes/0" };
        admin
            .post("/v1/service-accounts", json!({"name": "X", "scopes": scopes}))
            .await
            .problem(status, code)
            .points_at(pointer);
        admin.patch(&path, json!({"scopes": scopes})).await.problem(status, code).points_at(pointer);
    }
    app.nobody().get("/v1/service-accounts").await.problem(401, "unauthenticated");
}

/// Pages follow each other without gap or repetition.
#[apply(on_both_engines!)]
async fn organisation_lists_come_in_pages(app: TestApp) {
    let admin = admin(app).await;
    for path in ["/v1/departments", "/v1/teams", "/v1/skills", "/v1/career-ladders", "/v1/service-accounts"] {
        let mut made = Vec::new();
        for n in 0..3 {
            let mut body = json!({"name": format!("N{n}")});
            match path {
                "/v1/career-ladders" => body["track"] = json!("individual"),
                "/v1/service-accounts" => body["scopes"] = json!(["people:read"]),
                _ => {}
            }
            made.push(admin.post(path, body).await.created().id());
        }
        let (mut next, mut seen) = (format!("{path}?limit=2"), Vec::new());
        loop {
            let page = admin.get(&next).await.ok();
            seen.extend(page.items().iter().map(|item| item["id"].as_str().expect("an id").to_owned()));
            let Some(cursor) = page.body["next_cursor"].as_str() else { break };
            next = format!("{path}?limit=2&cursor={cursor}");
        }
        assert_eq!(seen, made, "{path}");
    }
}
