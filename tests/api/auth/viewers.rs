//! Tokens that are accepted, and what the database still says about their subject.

use chrono::TimeDelta;
use mentorship::auth::TokenSubject;
use mentorship::policy::Scope;
use reqwest::Method;
use serde_json::json;

use super::forge::{HS256, ours};
use crate::harness::{Person, TestApp};

/// The scheme's name has no case, and nobody minds extra claims.
#[apply(on_both_engines!)]
async fn honest_spellings_are_accepted(app: TestApp) {
    let person = app.person().await;
    let path = format!("/v1/people/{person}");
    let token = app.token(TokenSubject::Person(person, Vec::new()));
    for scheme in ["Bearer", "bearer", "BEARER", "bEaReR"] {
        let nobody = app.nobody();
        nobody.send(nobody.request(Method::GET, &path).header("authorization", format!("{scheme} {token}"))).await.ok();
    }
    let now = app.clock.now().timestamp();
    let claims =
        json!({"iss": "mentorship", "aud": "mentorship", "exp": now + 60, "sub": person, "jti": "1", "iat": "then"});
    for header in [HS256, r#"{"alg":"HS256"}"#, r#"{"alg":"HS256","typ":"at+JWT"}"#] {
        app.bearing(&ours(header, &claims.to_string())).get(&path).await.ok();
    }
}

/// A token is good from its `nbf` to its `exp`, give or take half a minute.
#[apply(on_both_engines!)]
async fn a_token_has_its_time(app: TestApp) {
    let person = app.person().await;
    let path = format!("/v1/people/{person}");
    let now = app.clock.now().timestamp();
    let claims = json!({"iss": "mentorship", "aud": "mentorship", "nbf": now + 30, "exp": now + 100, "sub": person});
    let client = app.bearing(&ours(HS256, &claims.to_string()));
    client.get(&path).await.ok();
    app.clock.advance(TimeDelta::seconds(99));
    client.get(&path).await.ok();
    app.clock.advance(TimeDelta::seconds(30));
    client.get(&path).await.ok();
    app.clock.advance(TimeDelta::seconds(1));
    client.get(&path).await.problem(401, "unauthenticated");
}

/// Whoever leaves is out at once, though their token was just accepted and is remembered.
#[apply(on_both_engines!)]
async fn leaving_takes_effect_at_once(app: TestApp) {
    let (person, other) = (app.person().await, app.person().await);
    let (client, path) = (app.as_(person), format!("/v1/people/{other}"));
    client.get(&path).await.ok();
    let mut tx = app.db.write().await.expect("a unit of work");
    tx.query("update people set status = 'departed' where id = $1").bind(person).run().await.expect("they leave");
    tx.commit().await.expect("it commits");
    client.get(&path).await.problem(401, "unauthenticated");
    app.as_with(person, &["admin"]).get(&path).await.problem(401, "unauthenticated");
}

/// A disabled account is out at once; a scope taken from it too.
#[apply(on_both_engines!)]
async fn an_account_has_what_it_has_now(app: TestApp) {
    let path = format!("/v1/people/{}", app.person().await);
    let account = app.service_account(&[Scope::PeopleRead, Scope::PairsRead]).await;
    let client = app.as_service(account, &Scope::ALL);
    client.get(&path).await.ok();
    app.as_service(account, &[Scope::PairsRead]).get(&path).await.problem(404, "not_found");
    for change in [
        "update service_accounts set scopes = '[]' where id = $1",
        "update service_accounts set is_enabled = false where id = $1",
    ] {
        let mut tx = app.db.write().await.expect("a unit of work");
        tx.query(change).bind(account).run().await.expect("it changes");
        tx.commit().await.expect("it commits");
        let is_disabled = change.contains("is_enabled");
        let (status, code) = if is_disabled { (401, "unauthenticated") } else { (404, "not_found") };
        client.get(&path).await.problem(status, code);
    }
}

/// People on leave can sign in.
#[apply(on_both_engines!)]
async fn leave_keeps_the_door_open(app: TestApp) {
    let person = app.person_with(Person { status: "on_leave", ..Person::default() }).await;
    app.as_(person).get(&format!("/v1/people/{person}")).await.ok();
}

/// A scope that the token does not ask for is not had, whatever the account has.
#[apply(on_both_engines!)]
async fn roles_that_are_none_of_ours_mean_nothing(app: TestApp) {
    let pair = app.pair().await;
    let client = app.as_with(app.person().await, &["Admin", "ADMIN", "root", "admin ", "superuser", ""]);
    client.get(&pair.path).await.ok().lacks("/end_reason");
}
