//! What an address may send without a valid token, and what waiting for the provider's keys costs others.

use std::num::NonZeroU32;
use std::time::{Duration, Instant};

use mentorship::auth::{AddressLimits, Jwks, PersonClaim, TokenSubject};
use mentorship::http::Limits;
use serde_json::json;

use super::forge::Signer;
use super::keys::{KeyServer, Reply};
use super::provider::{ISSUER, claims, name_person};
use crate::harness::{Setup, TestApp};

fn three_a_minute() -> Setup {
    Setup { address_limits: Some(AddressLimits::new(NonZeroU32::new(3).expect("not zero"))), ..Setup::default() }
}

/// Only failures count; a token that was verified before passes whatever its neighbours send.
#[apply(on_both_engines!)]
#[set_up_by(three_a_minute())]
async fn an_address_may_fail_so_often(app: TestApp) {
    let person = app.person().await;
    let known = app.as_(person);
    for _ in 0..20 {
        known.get("/v1/me").await.ok();
        app.as_(person).get("/v1/me").await.ok();
        app.nobody().get("/health/live").await.ok();
    }
    let feed = known.post("/v1/me/calendar-feed", json!({})).await.created();
    let feed = feed.body["path"].as_str().expect("a path").to_owned();
    for _ in 0..10 {
        app.nobody().get(&feed).await.ok();
    }
    app.bearing("garbage").get("/v1/me").await.problem(401, "unauthenticated");
    app.nobody().get("/v1/people").await.problem(401, "unauthenticated");
    app.nobody().get("/v1/calendar/guess.ics").await.problem(404, "not_found");
    for client in [app.bearing("garbage"), app.nobody(), app.as_(app.person().await)] {
        let refused = client.get("/v1/me").await.problem(429, "too_many_requests");
        let wait: u64 = refused.header("retry-after").parse().expect("seconds");
        assert!((1..=20).contains(&wait), "{wait}");
    }
    app.nobody().get("/v1/calendar/guess.ics").await.problem(429, "too_many_requests");
    let nobody = app.nobody();
    let revoking = nobody.request(reqwest::Method::POST, "/oauth/revoke");
    let revoking = revoking.header("content-type", "application/x-www-form-urlencoded").body("token=x");
    nobody.send(revoking).await.problem(429, "too_many_requests");
    known.get("/v1/me").await.ok();
    app.clock.advance(chrono::TimeDelta::minutes(2));
    known.get("/v1/me").await.ok();
    app.nobody().get("/health/ready").await.ok();
}

/// A provider that hangs, and a crowd whose tokens name its keys: the others are served, and nobody is refused for it.
#[actix_web::test]
async fn waiting_for_keys_holds_no_place() {
    for is_postgres in [false, true] {
        let server = KeyServer::start(Reply::Silence).await;
        let provider = Jwks::new(&server.address, ISSUER, "api", PersonClaim::sub()).expect("settings");
        let limits = Some(Limits::new(3, Duration::from_secs(20)));
        let setup = Setup { provider: Some(provider), limits, ..Setup::default() };
        let app = if is_postgres {
            TestApp::on_postgres_with(setup).await
        } else {
            Some(TestApp::on_sqlite_with(setup).await)
        };
        let Some(app) = app else { continue };
        let signer = Signer::new("one");
        let token = signer.sign(&claims(&app, "hr-17").to_string());
        let mut crowd = tokio::task::JoinSet::new();
        for n in 0..100 {
            // Waiting or turned away at once, each is told that it cannot be judged now.
            let client = app.bearing(&if n % 2 == 0 { format!("{token}x") } else { token.clone() });
            crowd.spawn_local(async move { client.get("/v1/me").await });
        }
        let own = app.bearing(&app.token(TokenSubject::Person(app.person().await, Vec::new())));
        while server.times_asked() == 0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let started = Instant::now();
        for _ in 0..10 {
            own.get("/v1/me").await.ok();
        }
        let took = started.elapsed();
        while let Some(done) = crowd.join_next().await {
            let answer = done.expect("no panic").is(503);
            assert!(["1", "5"].contains(&answer.header("retry-after")), "{}", answer.body);
        }
        assert!(took < Duration::from_secs(4), "the others waited {took:?}");
        assert_eq!(server.times_asked(), 1);
        app.stop().await;
    }
}

/// An empty set, or one without a key that can be used, is no set: known keys serve on, for a day at most.
#[actix_web::test]
async fn a_bad_answer_locks_nobody_out() {
    let signer = Signer::new("one");
    let encrypting =
        json!({"keys": [{"kty": "OKP", "crv": "Ed25519", "use": "enc", "kid": "enc", "x": signer.jwk()["x"]}]});
    let bad = [Reply::json(&json!({"keys": []})), Reply::json(&encrypting), Reply::text("200 OK", "", "{}")];
    let server = KeyServer::start(Reply::keys(&[&signer])).await;
    let provider = Jwks::new(&server.address, ISSUER, "api", PersonClaim::sub()).expect("settings");
    let app = TestApp::on_sqlite_with(Setup { provider: Some(provider), ..Setup::default() }).await;
    let path = name_person(&app, "hr-17", "kim@example.com").await;
    let fresh = || app.bearing(&signer.sign(&claims(&app, "hr-17").to_string()));
    fresh().get(&path).await.ok();
    for reply in bad {
        server.answers(reply);
        app.clock.advance(chrono::TimeDelta::minutes(11));
        fresh().get(&path).await.ok();
        let stranger = Signer::new("two");
        let unknown = app.bearing(&stranger.sign(&claims(&app, "hr-17").to_string()));
        unknown.get(&path).await.problem(503, "sign_in_unavailable");
    }
    app.clock.advance(chrono::TimeDelta::hours(24));
    fresh().get(&path).await.problem(503, "sign_in_unavailable");
    server.answers(Reply::keys(&[&signer]));
    app.clock.advance(chrono::TimeDelta::seconds(5));
    fresh().get(&path).await.ok();
    app.stop().await;
}
