//! Who learns of a suggestion, and the habits of HTTP.

use mentorship::ids::SkillId;
use mentorship::policy::Scope;
use reqwest::Method;
use serde_json::{Value, json};

use super::world::{World, alter, ask, relate};
use crate::harness::TestApp;

/// A suggestion is the mentee's and the leads', and does not exist for anybody else.
#[apply(on_both_engines!)]
async fn nobody_else_learns_of_a_suggestion(app: TestApp) {
    let world = World::new(app).await;
    let (mentee, mentor, manager, coordinator, elsewhere) =
        (world.mentee(app).await, world.mentor(app).await, app.person().await, app.person().await, app.person().await);
    relate(app, mentee, manager, "update people set manager_id = $2 where id = $1").await;
    let (program, another) = (app.program(coordinator).await, app.program(elsewhere).await);
    let own = json!({"mentee_id": mentee, "program_id": program});
    let made = app.as_(mentee).post("/v1/suggestions", own.clone()).await.created();
    let (request, id) =
        (made.header("location").to_owned(), made.body["suggestions"][0]["id"].as_str().unwrap().to_owned());
    let path = format!("/v1/suggestions/{id}");
    let account = app.service_account(&Scope::ALL).await;
    let strangers = [
        app.as_(mentor),
        app.as_(manager),
        app.as_(app.person().await),
        app.as_(coordinator),
        app.as_with(elsewhere, &["coordinator"]),
        app.as_service(account, &Scope::ALL),
    ];
    for stranger in strangers {
        stranger.get(&path).await.problem(404, "not_found");
        stranger.get(&request).await.problem(404, "not_found");
        stranger.post(&format!("{path}/dismiss"), json!({"reason": "other"})).await.problem(404, "not_found");
        stranger.post(&format!("{path}/create-pair"), json!({})).await.problem(404, "not_found");
        stranger.post("/v1/suggestions", own.clone()).await.problem(403, "not_allowed");
        stranger.post("/v1/suggestions", json!({"mentee_id": mentee})).await.problem(403, "not_allowed");
    }
    for filter in ["", "?status=open", &format!("?mentee_id={mentee}"), &format!("?program_id={program}")] {
        let list = format!("/v1/suggestions{filter}");
        for stranger in
            [app.as_(mentor), app.as_(manager), app.as_(coordinator), app.as_with(elsewhere, &["coordinator"])]
        {
            assert!(stranger.get(&list).await.ok().items().is_empty(), "{list}");
        }
        app.as_service(account, &Scope::ALL).get(&list).await.problem(403, "not_allowed");
        for reader in [app.as_(mentee), app.as_with(coordinator, &["coordinator"]), app.as_with(elsewhere, &["admin"])]
        {
            assert_eq!(reader.get(&list).await.ok().items().len(), 1, "{list}");
            reader.get(&path).await.ok();
            reader.get(&request).await.ok();
        }
    }
    let coordinates_another = app.as_with(elsewhere, &["coordinator"]);
    coordinates_another.post("/v1/suggestions", json!({"mentee_id": mentee, "program_id": another})).await.created();
    assert_eq!(coordinates_another.get("/v1/suggestions").await.ok().items().len(), 1);
    app.nobody().get(&path).await.problem(401, "unauthenticated");
}

/// What cannot be is refused where it stands.
#[apply(on_both_engines!)]
async fn bad_requests_are_pointed_at(app: TestApp) {
    let world = World::new(app).await;
    let (mentee, admin) = (world.mentee(app).await, app.as_with(app.person().await, &["admin"]));
    let me = app.as_(mentee);
    for limit in [json!(0), json!(11), json!("5"), json!(2.5)] {
        let answer = me.post("/v1/suggestions", json!({"limit": limit})).await.points_at("/limit");
        assert!([400, 422].contains(&answer.status), "{}", answer.body);
    }
    me.post("/v1/suggestions", json!({"model": "speed_dating"}))
        .await
        .problem(400, "invalid_request")
        .points_at("/model");
    me.post("/v1/suggestions", json!({"colour": "red"})).await.problem(400, "invalid_request").points_at("/colour");
    let nobody = SkillId::new(&app.clock);
    admin
        .post("/v1/suggestions", json!({"mentee_id": nobody}))
        .await
        .problem(422, "invalid_value")
        .points_at("/mentee_id");
    admin
        .post("/v1/suggestions", json!({"mentee_id": mentee, "program_id": nobody}))
        .await
        .problem(422, "invalid_value")
        .points_at("/program_id");
    admin.post("/v1/suggestions", json!({})).await.problem(409, "wrong_state");
    alter(app, mentee, "update people set wants_mentoring = false where id = $1").await;
    me.post("/v1/suggestions", json!({})).await.problem(409, "wrong_state");
    alter(app, mentee, "update people set wants_mentoring = true, status = 'on_leave' where id = $1").await;
    admin
        .post("/v1/suggestions", json!({"mentee_id": mentee}))
        .await
        .problem(409, "person_not_active")
        .points_at("/mentee_id");
    admin.get(&format!("/v1/suggestions/{nobody}")).await.problem(404, "not_found");
    admin.get("/v1/suggestions?status=red").await.problem(400, "invalid_request").points_at("?status");
    admin.get("/v1/suggestions?cursor=nonsense").await.problem(422, "invalid_cursor");
}

/// A key makes asking happen once; pages follow each other; an answer given on an old view is refused.
#[apply(on_both_engines!)]
async fn the_habits_of_http_hold(app: TestApp) {
    let world = World::new(app).await;
    let mentee = world.mentee(app).await;
    for _ in 0..4 {
        world.mentor(app).await;
    }
    let me = app.as_(mentee);
    let post = |limit: i64| {
        me.request(Method::POST, "/v1/suggestions").header("idempotency-key", "k").json(&json!({"limit": limit}))
    };
    let first = me.send(post(3)).await.created();
    let again = me.send(post(3)).await.created();
    assert_eq!((first.bytes.clone(), first.header("location")), (again.bytes.clone(), again.header("location")));
    me.send(post(4)).await.problem(422, "idempotency_key_reused");
    let (mut next, mut seen) = ("/v1/suggestions?limit=2".to_owned(), Vec::new());
    loop {
        let page = me.get(&next).await.ok();
        seen.extend(page.items().clone());
        let Some(cursor) = page.body["next_cursor"].as_str() else { break };
        next = format!("/v1/suggestions?limit=2&cursor={cursor}");
    }
    assert_eq!(Value::from(seen), first.body["suggestions"]);
    let path = format!("/v1/suggestions/{}", first.body["suggestions"][0]["id"].as_str().unwrap());
    let old = me.get(&path).await.ok();
    ask(app, mentee).await;
    let late = me
        .request(Method::POST, &format!("{path}/dismiss"))
        .header("if-match", old.header("etag"))
        .json(&json!({"reason": "other"}));
    me.send(late).await.problem(412, "stale_record");
    assert_eq!(me.get("/v1/suggestions?status=stale").await.ok().items().len(), 3);
}
