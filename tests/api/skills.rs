//! Skills and career ladders.

use mentorship::ids::PersonId;
use mentorship::policy::Scope;
use serde_json::json;

use crate::harness::{Answer, Client, TestApp};

async fn admin(app: &TestApp) -> Client {
    app.as_with(app.person().await, &["admin"])
}

fn names(answer: &Answer) -> Vec<String> {
    answer.items().iter().map(|item| item["name"].as_str().expect("a name").to_owned()).collect()
}

/// No name means two skills, be it the name or a synonym.
#[apply(on_both_engines!)]
async fn no_name_means_two_skills(app: TestApp) {
    let admin = admin(app).await;
    let rust = admin.post("/v1/skills", json!({"name": "Rust", "synonyms": ["rustlang", "Ferris"]})).await.created();
    let rust = rust.has("/synonyms", json!(["Ferris", "rustlang"])).header("location").to_owned();
    let go = admin.post("/v1/skills", json!({"name": "Go", "synonyms": ["golang"]})).await.created();
    let go = go.header("location").to_owned();
    for (bad, status, code, pointer) in [
        (json!({"name": "X", "synonyms": ["a", "RUST"]}), 409, "already_exists", "/synonyms/1"),
        (json!({"name": "X", "synonyms": ["RustLang"]}), 409, "already_exists", "/synonyms/0"),
        (json!({"name": "FERRIS"}), 409, "already_exists", "/name"),
        (json!({"name": "X", "synonyms": ["a", "b", "A"]}), 422, "invalid_value", "/synonyms/2"),
        (json!({"name": "X", "synonyms": ["x"]}), 422, "invalid_value", "/synonyms/0"),
        (json!({"name": "X", "synonyms": ["ok", ""]}), 422, "invalid_value", "/synonyms/1"),
        (
            json!({"name": "X", "synonyms": (0..21).map(|n| format!("n{n}")).collect::<Vec<_>>()}),
            422,
            "invalid_value",
            "/synonyms",
        ),
    ] {
        admin.post("/v1/skills", bad.clone()).await.problem(status, code).points_at(pointer);
        admin.patch(&go, bad).await.problem(status, code).points_at(pointer);
    }
    admin.post("/v1/skills", json!({"name": "rust"})).await.problem(409, "already_exists").points_at("/name");
    admin.get(&go).await.ok().has("/name", "Go").has("/synonyms", json!(["golang"]));
    admin.patch(&rust, json!({"synonyms": ["Ferris"]})).await.ok().has("/synonyms", json!(["Ferris"]));
    admin.patch(&go, json!({"synonyms": ["rustlang"]})).await.ok();
    admin.delete(&go).await.is(204);
    admin.post("/v1/skills", json!({"name": "Rustlang"})).await.created();
}

/// Skills are found by how a name or a synonym begins.
#[apply(on_both_engines!)]
async fn skills_are_found_by_prefix_of_name_or_synonym(app: TestApp) {
    let admin = admin(app).await;
    for (name, synonyms) in
        [("Rust", json!(["Systems programming"])), ("System design", json!([])), ("Écriture", json!(["100%_fun"]))]
    {
        admin.post("/v1/skills", json!({"name": name, "synonyms": synonyms})).await.created();
    }
    let colleague = app.as_(app.person().await);
    for (q, expected) in [
        ("sys", vec!["Rust", "System design"]),
        ("SYSTEMS", vec!["Rust"]),
        ("%C3%A9c", vec!["Écriture"]),
        ("100%25_", vec!["Écriture"]),
        ("%25", vec![]),
        ("_ust", vec![]),
        ("ust", vec![]),
        ("rust", vec!["Rust"]),
    ] {
        assert_eq!(names(&colleague.get(&format!("/v1/skills?q={q}")).await.ok()), expected, "{q}");
    }
    let first = colleague.get("/v1/skills?q=sys&limit=1").await.ok();
    let cursor = first.body["next_cursor"].as_str().expect("a cursor");
    let second = colleague.get(&format!("/v1/skills?q=sys&limit=1&cursor={cursor}")).await.ok();
    assert_eq!((names(&first), names(&second)), (vec!["Rust".to_owned()], vec!["System design".to_owned()]));
    second.has("/next_cursor", json!(null));
    colleague.get("/v1/skills?cursor=x").await.problem(422, "invalid_cursor");
}

/// What is near me, I am near to.
#[apply(on_both_engines!)]
async fn related_skills_are_related_both_ways(app: TestApp) {
    let admin = admin(app).await;
    let rust = admin.post("/v1/skills", json!({"name": "Rust"})).await.created();
    app.clock.advance(chrono::TimeDelta::minutes(1));
    let cpp = admin.post("/v1/skills", json!({"name": "C++", "related_ids": [rust.id()]})).await.created();
    let cpp = cpp.has("/related/0/name", "Rust").lacks("/related/0/of_id");
    let near = admin.get(rust.header("location")).await.ok().has("/related/0/id", cpp.id());
    assert_eq!(near.body["updated_at"], cpp.body["updated_at"]);
    for (related, pointer) in [
        (json!([rust.id(), cpp.id()]), "/related_ids/1"),
        (json!([rust.id(), rust.id()]), "/related_ids/1"),
        (json!([PersonId::new(&app.clock)]), "/related_ids/0"),
        (json!((0..21).map(|_| PersonId::new(&app.clock)).collect::<Vec<_>>()), "/related_ids"),
    ] {
        let bad = json!({"related_ids": related});
        admin.patch(cpp.header("location"), bad).await.problem(422, "invalid_value").points_at(pointer);
    }
    admin.patch(rust.header("location"), json!({"related_ids": []})).await.ok().has("/related", json!([]));
    admin.get(cpp.header("location")).await.ok().has("/related", json!([]));
    for n in 0..20 {
        admin.post("/v1/skills", json!({"name": format!("Near {n}"), "related_ids": [rust.id()]})).await.created();
    }
    let more = json!({"name": "One more", "related_ids": [cpp.id(), rust.id()]});
    admin.post("/v1/skills", more).await.problem(422, "invalid_value").points_at("/related_ids/1");
    admin.delete(rust.header("location")).await.is(204);
    assert_eq!(admin.get("/v1/skills?q=near%200").await.ok().items()[0]["related"], json!([]));
}

/// Roles stand by level, change one by one, and their ladder changes with them.
#[apply(on_both_engines!)]
async fn a_ladder_keeps_its_roles_in_order(app: TestApp) {
    let admin = admin(app).await;
    let roles = json!([{"name": "Staff", "level": 6}, {"name": "Engineer", "level": 3}]);
    let ladder =
        admin.post("/v1/career-ladders", json!({"name": "IC", "track": "individual", "roles": roles})).await.created();
    let path = ladder.header("location").to_owned();
    let ladder = ladder.has("/roles/0/name", "Engineer").has("/roles/1/level", 6).has("/track", "individual");
    app.clock.advance(chrono::TimeDelta::minutes(1));
    let role = admin.post(&format!("{path}/roles"), json!({"name": "Senior", "level": 5})).await.created();
    let role_path = format!("/v1/ladder-roles/{}", role.id());
    assert_eq!(role.header("location"), role_path);
    let grown = admin.get(&path).await.ok().has("/roles/1/name", "Senior");
    assert_ne!(grown.body["updated_at"], ladder.body["updated_at"]);
    let reader = app.as_(app.person().await);
    let role = reader.get(&role_path).await.ok().has("/ladder/name", "IC").has("/level", 5);
    reader.patch(&role_path, json!({"level": 9})).await.problem(403, "not_allowed");
    reader.delete(&role_path).await.problem(403, "not_allowed");
    reader.post(&format!("{path}/roles"), json!({"name": "X", "level": 1})).await.problem(403, "not_allowed");
    let blind = app.as_service(app.service_account(&[Scope::PairsRead]).await, &[Scope::PairsRead]);
    blind.get(&role_path).await.problem(404, "not_found");
    admin.patch_seen(&role_path, &role, json!({"level": 7})).await.ok().has("/level", 7);
    admin.patch_seen(&role_path, &role, json!({"level": 8})).await.problem(412, "stale_record");
    admin.get(&path).await.ok().has("/roles/2/name", "Senior");
    admin.patch(&role_path, json!({"name": "STAFF"})).await.problem(409, "already_exists").points_at("/name");
    for level in [json!(0), json!(21), json!(1.5), json!("3"), json!(null)] {
        let (status, code) = if level.is_i64() { (422, "invalid_value") } else { (400, "invalid_request") };
        let bad = json!({"name": "X", "level": level});
        admin.post(&format!("{path}/roles"), bad.clone()).await.problem(status, code).points_at("/level");
        admin.patch(&role_path, bad).await.problem(status, code).points_at("/level");
    }
    let twice =
        json!({"name": "Two", "track": "management", "roles": [{"name": "A", "level": 1}, {"name": "a", "level": 2}]});
    admin.post("/v1/career-ladders", twice).await.problem(409, "already_exists").points_at("/roles/1/name");
    admin
        .post("/v1/career-ladders", json!({"name": "Two", "track": "sideways"}))
        .await
        .problem(400, "invalid_request")
        .points_at("/track");
    let many: Vec<_> = (0..51).map(|n| json!({"name": format!("R{n}"), "level": 1})).collect();
    let many = json!({"name": "Two", "track": "management", "roles": many});
    admin.post("/v1/career-ladders", many).await.problem(422, "invalid_value").points_at("/roles");
    admin
        .post(&format!("/v1/career-ladders/{}/roles", role.id()), json!({"name": "X", "level": 1}))
        .await
        .problem(404, "not_found");
    admin.delete(&role_path).await.is(204);
    admin.get(&role_path).await.problem(404, "not_found");
    admin.get(&path).await.ok().lacks("/roles/2");
    admin.delete(&path).await.is(204);
}
