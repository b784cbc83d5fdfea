//! Out is out: signing out, departures, disabled accounts and revoked tokens, for good.

use chrono::TimeDelta;
use mentorship::auth::TokenSubject;
use mentorship::policy::Scope;
use reqwest::Method;
use serde_json::{Value, json};

use super::{admin, count, hire, none, who};
use crate::auth::forge::{HS256, ours};
use crate::harness::{Answer, Client, TestApp};

/// `/oauth/revoke` takes a form, and no other token.
async fn revoke(app: &TestApp, token: &str) -> Answer {
    let nobody = app.nobody();
    let form = form_urlencoded::Serializer::new(String::new()).append_pair("token", token).finish();
    let request = nobody.request(Method::POST, "/oauth/revoke");
    nobody.send(request.header("content-type", "application/x-www-form-urlencoded").body(form)).await
}

/// All ways to leave; some of them may not be taken yet, and then they change nothing.
const WAYS_TO_LEAVE: [(&str, &str); 4] = [
    ("patch", r#"{"status": "departed"}"#),
    ("put", r#"{"name": "Kim", "email": "kim@example.com", "status": "departed"}"#),
    ("put", r#"{"status": "departed"}"#),
    ("put", r#"{"name": "Kim", "email": "kim@example.com", "status": "departed", "title": ""}"#),
];

async fn change(hr: &Client, how: &str, person: &str, body: &str) -> u16 {
    let body: Value = serde_json::from_str(body).expect("JSON");
    match how {
        "patch" => hr.patch(&format!("/v1/people/{person}"), body).await.status,
        _ => hr.put("/v1/roster/E-1", body).await.status,
    }
}

/// A rehire revives no token, no feed and no replay, however they left.
#[apply(on_both_engines!)]
async fn a_rehire_revives_nothing(app: TestApp) {
    let hr = admin(app).await;
    let person = hire(&hr, "E-1", "kim@example.com").await;
    let id: uuid::Uuid = person.parse().expect("an id");
    let mut left = 0;
    for (how, body) in WAYS_TO_LEAVE {
        app.clock.advance(TimeDelta::minutes(1));
        let kim = app.as_(mentorship::ids::PersonId::from(id));
        let keyed = || kim.request(Method::POST, "/v1/me/calendar-feed").header("idempotency-key", "k").json(&none());
        let feed = kim.post("/v1/me/calendar-feed", none()).await.created();
        let feed = feed.body["path"].as_str().expect("a path").to_owned();
        if change(&hr, how, &person, body).await >= 400 {
            continue;
        }
        left += 1;
        assert_eq!(who(&kim).await, None, "{how} {body}");
        app.nobody().get(&feed).await.problem(404, "not_found");
        app.clock.advance(TimeDelta::days(3));
        hr.patch(&format!("/v1/people/{person}"), json!({"status": "active"})).await.ok();
        assert_eq!(who(&kim).await, None, "{how} {body}: an old token is good again");
        kim.send(keyed()).await.problem(401, "unauthenticated");
        app.nobody().get(&feed).await.problem(404, "not_found");
        let fresh = app.as_(mentorship::ids::PersonId::from(id));
        assert_eq!(who(&fresh).await, Some(person.clone()));
    }
    assert!(left >= 2, "only {left} ways");
}

/// All tokens of one's own, or of another by an admin; a later token is good.
#[apply(on_both_engines!)]
async fn signing_out_ends_all_tokens(app: TestApp) {
    let (hr, person) = (admin(app).await, app.person().await);
    let path = format!("/v1/people/{person}/sign-out");
    for is_admins in [false, true] {
        let clients = [app.as_(person), app.as_with(person, &["coordinator"])];
        for client in &clients {
            assert!(who(client).await.is_some());
        }
        if is_admins {
            hr.post(&path, none()).await.is(204);
        } else {
            clients[0].post("/v1/me/sign-out", none()).await.is(204);
        }
        for client in &clients {
            assert_eq!(who(client).await, None);
        }
        app.clock.advance(TimeDelta::seconds(1));
        assert!(who(&app.as_(person)).await.is_some());
    }
    app.as_(person).post(&path, none()).await.problem(403, "not_allowed");
    assert!(who(&hr).await.is_some(), "others are signed out");
}

/// A service account: signed out by itself, by an admin, and by being disabled once.
#[apply(on_both_engines!)]
async fn an_account_signs_out_like_a_person(app: TestApp) {
    let hr = admin(app).await;
    let account = app.service_account(&[Scope::PeopleRead]).await;
    let path = format!("/v1/service-accounts/{account}");
    for way in ["itself", "admin", "disabled"] {
        app.clock.advance(TimeDelta::minutes(1));
        let service = app.as_service(account, &[Scope::PeopleRead]);
        service.get("/v1/people").await.ok();
        match way {
            "itself" => drop(service.post("/v1/me/sign-out", none()).await.is(204)),
            "admin" => drop(hr.post(&format!("{path}/sign-out"), none()).await.is(204)),
            _ => {
                hr.patch(&path, json!({"is_enabled": false})).await.ok();
                service.get("/v1/people").await.problem(401, "unauthenticated");
                hr.patch(&path, json!({"is_enabled": true})).await.ok();
            }
        }
        service.get("/v1/people").await.problem(401, "unauthenticated");
        app.clock.advance(TimeDelta::days(2));
        service.get("/v1/people").await.problem(401, "unauthenticated");
        app.as_service(account, &[Scope::PeopleRead]).get("/v1/people").await.ok();
    }
}

/// A token that does not say when it was issued is refused for a day after a sign-out.
#[apply(on_both_engines!)]
async fn an_undated_token_waits_for_a_day(app: TestApp) {
    let person = app.person().await;
    let now = app.clock.now().timestamp();
    let claims = json!({"iss": "mentorship", "aud": "mentorship", "exp": now + 1_000_000, "sub": person});
    let undated = app.bearing(&ours(HS256, &claims.to_string()));
    assert!(who(&undated).await.is_some());
    app.as_(person).post("/v1/me/sign-out", none()).await.is(204);
    assert_eq!(who(&undated).await, None);
    app.clock.advance(TimeDelta::hours(24) - TimeDelta::seconds(1));
    assert_eq!(who(&undated).await, None);
    app.clock.advance(TimeDelta::seconds(1));
    assert!(who(&undated).await.is_some());
}

/// One token of two of the same second; whoever has it may; what is no token is answered alike.
#[apply(on_both_engines!)]
async fn one_token_is_revoked(app: TestApp) {
    let person = app.person().await;
    let (one, two) =
        (app.token(TokenSubject::Person(person, Vec::new())), app.token(TokenSubject::Person(person, Vec::new())));
    assert_ne!(one, two);
    assert!(who(&app.bearing(&one)).await.is_some());
    let told = revoke(app, &one).await.ok();
    assert_eq!(who(&app.bearing(&one)).await, None);
    assert!(who(&app.bearing(&two)).await.is_some());
    for other in [one.as_str(), "garbage", "", &format!("{two}x")] {
        assert_eq!(revoke(app, other).await.ok().bytes, told.bytes);
    }
    assert!(who(&app.bearing(&two)).await.is_some());
    assert_eq!(count(app, "select count(*) from revoked_tokens").await, 1);
    let nobody = app.nobody();
    nobody.post("/oauth/revoke", json!({"token": two})).await.problem(415, "unsupported_media_type");
    let empty =
        nobody.request(Method::POST, "/oauth/revoke").header("content-type", "application/x-www-form-urlencoded");
    nobody.send(empty).await.problem(400, "invalid_request").points_at("");
    // It is kept until the token expires, and a day longer.
    app.clock.advance(TimeDelta::days(1000));
    app.service.delete_expired().await.expect("it tidies");
    assert_eq!(count(app, "select count(*) from revoked_tokens").await, 1);
    app.clock.advance(TimeDelta::days(2));
    app.service.delete_expired().await.expect("it tidies");
    assert_eq!(count(app, "select count(*) from revoked_tokens").await, 0);
}
