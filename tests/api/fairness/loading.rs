//! Loading groups.

use futures_util::future::join_all;
use serde_json::{Value, json};

use super::load;
use crate::harness::TestApp;

const HAND: &str = "/v1/fairness/attributes/hand";

/// A list replaces the one before, or adds to it; the answer counts.
#[apply(on_both_engines!)]
async fn what_is_loaded_replaces_or_adds(app: TestApp) {
    let admin = app.as_with(app.person().await, &["admin"]);
    let mut people = Vec::new();
    for _ in 0..25 {
        people.push(app.person().await);
    }
    let first = load(&admin, "Hand", people.iter().map(|who| (*who, "left"))).await.ok();
    first.has("/name", "Hand").has("/people", 25).has("/groups", json!(["left"])).lacks("/members");
    let more = json!({"keep_others": true, "members": [
        {"person_id": people[0], "group": "right"}, {"email": format!("{}@example.com", people[1]), "group": "right"}
    ]});
    admin.put(HAND, more).await.ok().has("/people", 25).has("/groups", json!(["left", "right"]));
    let list = admin.get("/v1/fairness/attributes").await.ok();
    assert_eq!(list.items().len(), 1, "names are the same in upper and lower case");
    admin
        .put(HAND, json!({"members": [{"person_id": people[0], "group": "both"}]}))
        .await
        .ok()
        .has("/people", Value::Null)
        .has("/groups", json!(["both"]));
    let old = admin.get("/v1/fairness/attributes").await.ok();
    assert_eq!(old.items()[0]["groups"], json!(["both"]));
    admin.delete(HAND).await.is(204);
    admin.delete(HAND).await.problem(404, "not_found");
    assert!(admin.get("/v1/fairness/attributes").await.ok().items().is_empty());
}

/// Of many who saw the same and load at once, one does; the others are told that it changed.
#[apply(on_both_engines!)]
async fn who_saw_the_same_loads_once(app: TestApp) {
    let (admin, somebody) = (app.as_with(app.person().await, &["admin"]), app.person().await);
    let names: Vec<_> = (0..6).map(|place| format!("group {place}")).collect();
    let member = |name: &str| json!({"members": [{"person_id": somebody, "group": name}]});
    for _ in 0..4 {
        let seen = admin.put(HAND, member("left")).await.ok();
        let all = names.iter().map(|name| admin.put_seen(HAND, &seen, member(name)));
        let mut all: Vec<_> = join_all(all).await.into_iter().map(|answer| answer.status).collect();
        all.sort_unstable();
        assert_eq!(all, [200, 412, 412, 412, 412, 412]);
    }
}

/// Who is not found is pointed at, and then nobody is loaded.
#[apply(on_both_engines!)]
async fn bad_lists_are_pointed_at(app: TestApp) {
    let admin = app.as_with(app.person().await, &["admin"]);
    let somebody = app.person().await;
    let member = |group: &str| json!({"person_id": somebody, "group": group});
    for (members, code, pointer) in [
        (json!([]), "invalid_value", "/members"),
        (json!(vec![member("left"); 2_001]), "invalid_value", "/members"),
        (json!([member("left"), {"external_id": "E-1", "group": "left"}]), "invalid_value", "/members/1/external_id"),
        (json!([{"email": "nobody@example.com", "group": "left"}]), "invalid_value", "/members/0/email"),
        (json!([{"person_id": uuid::Uuid::nil(), "group": "left"}]), "invalid_value", "/members/0/person_id"),
        (json!([member("left"), member("right")]), "invalid_value", "/members/1"),
        (json!([{"group": "left"}]), "invalid_value", "/members/0"),
        (json!([{"person_id": somebody, "external_id": "E-1", "group": "left"}]), "invalid_value", "/members/0"),
        (json!([{"person_id": somebody}]), "invalid_request", "/members/0/group"),
        (json!([member(" ")]), "invalid_value", "/members/0/group"),
        (json!([{"person_id": somebody, "group": "left", "why": 1}]), "invalid_request", "/members/0/why"),
        (json!("left"), "invalid_request", "/members"),
    ] {
        let status = if code == "invalid_value" { 422 } else { 400 };
        admin.put(HAND, json!({ "members": members })).await.problem(status, code).points_at(pointer);
    }
    let mut people = Vec::new();
    for place in 0..31 {
        people.push(json!({"person_id": app.person().await, "group": format!("group {place}")}));
    }
    admin.put(HAND, json!({ "members": people })).await.problem(422, "invalid_value").points_at("/members");
    assert!(admin.get("/v1/fairness/attributes").await.ok().items().is_empty());
    for number in 0..20 {
        load(&admin, &format!("attribute {number}"), [(somebody, "left")]).await.ok();
    }
    load(&admin, "one too many", [(somebody, "left")]).await.problem(409, "wrong_state");
    load(&admin, &"x".repeat(61), [(somebody, "left")]).await.points_at("{attribute}");
}
