//! The identity provider, played by a listener that the test owns: whom it names, how far its
//! word goes, and keys that rotate.

use chrono::TimeDelta;
use mentorship::auth::{Jwks, PersonClaim};
use serde_json::{Value, json};

use super::forge::{Signer, our_key, signed, under, with};
use super::keys::{KeyServer, Reply};
use crate::harness::{Setup, TestApp};

pub const ISSUER: &str = "https://id.example.com";

/// Runs the test on both engines, each with its own provider.
pub async fn on_both(claim: PersonClaim, reply: impl Fn() -> Reply, test: impl AsyncFn(&TestApp, &KeyServer)) {
    for is_postgres in [false, true] {
        let server = KeyServer::start(reply()).await;
        let provider = Jwks::new(&server.address, ISSUER, "api", claim.clone()).expect("settings");
        let setup = Setup { provider: Some(provider), ..Setup::default() };
        let app = if is_postgres {
            TestApp::on_postgres_with(setup).await
        } else {
            Some(TestApp::on_sqlite_with(setup).await)
        };
        if let Some(app) = app {
            test(&app, &server).await;
            app.stop().await;
        }
    }
}

pub fn claims(app: &TestApp, sub: &str) -> Value {
    let now = app.clock.now().timestamp();
    json!({"iss": ISSUER, "aud": "api", "exp": now + 100_000, "sub": sub})
}

pub async fn name_person(app: &TestApp, external_id: &str, email: &str) -> String {
    let person = app.person().await;
    let mut tx = app.db.write().await.expect("a unit of work");
    tx.query("update people set external_id = $2, email = $3 where id = $1")
        .bind(person)
        .bind(external_id)
        .bind(email)
        .run()
        .await
        .expect("it is named");
    tx.commit().await.expect("it commits");
    format!("/v1/people/{person}")
}

/// `sub` is compared as it is; nothing that the database would choke on reaches it.
#[actix_web::test]
async fn a_person_is_found_by_external_id() {
    let signer = Signer::new("one");
    on_both(
        PersonClaim::sub(),
        || Reply::keys(&[&signer]),
        async |app, _| {
            let path = name_person(app, "hr-17", "kim@example.com").await;
            let ask = async |sub: &str| app.bearing(&signer.sign(&claims(app, sub).to_string())).get(&path).await;
            ask("hr-17").await.ok().has("/external_id", "hr-17");
            for other in [
                "HR-17",
                "hr-17 ",
                " hr-17",
                "hr-18",
                "hr-17\u{0}",
                "\u{0}",
                "hr-17\u{200f}",
                "' or 1=1 --",
                "%",
                "_____",
                &"x".repeat(500),
            ] {
                ask(other).await.problem(401, "unauthenticated");
            }
        },
    )
    .await;
}

/// E-mail is compared without regard to case, of ASCII letters only, and only if it is verified.
#[actix_web::test]
async fn a_person_is_found_by_email() {
    let signer = Signer::new("one");
    on_both(
        PersonClaim::email(),
        || Reply::keys(&[&signer]),
        async |app, _| {
            let path = name_person(app, "hr-17", "kim@example.com").await;
            let ask = async |changes: Value| {
                let token = signer.sign(&with(&claims(app, "any"), changes));
                app.bearing(&token).get(&path).await
            };
            let refused = [
                json!({"email": "kim@example.com", "email_verified": false}),
                json!({"email": "kim@example.com", "email_verified": "false"}),
                json!({"email": "kim@example.com", "email_verified": null, "sub": ""}),
                json!({"email": "kim@example.com", "email_verified": 1}),
                // The Kelvin sign and the dotless i fold to k and i in some alphabets.
                json!({"email": "\u{212a}im@example.com"}),
                json!({"email": "k\u{0130}m@example.com"}),
                json!({"email": "kim@example.com\u{0}"}),
                json!({"email": "k_m@example.com"}),
                json!({"email": "%@example.com"}),
                json!({"email": ""}),
                json!({"email": ["kim@example.com"]}),
                json!({}),
            ];
            for changes in refused {
                ask(changes).await.problem(401, "unauthenticated");
            }
            // Some providers write the flag as text.
            ask(json!({"email": "Kim@Example.COM", "email_verified": "true"})).await.ok();
            ask(json!({"email": "kim@example.com", "email_verified": true})).await.ok();
        },
    )
    .await;
}

/// What the provider signs counts only for its own issuer, audience, time and algorithm.
#[actix_web::test]
async fn the_providers_word_has_bounds() {
    let signer = Signer::new("one");
    on_both(
        PersonClaim::sub(),
        || Reply::keys(&[&signer]),
        async |app, _| {
            let path = name_person(app, "hr-17", "kim@example.com").await;
            let (base, now) = (claims(app, "hr-17"), app.clock.now().timestamp());
            app.bearing(&signer.sign(&base.to_string())).get(&path).await.ok();
            // The provider's scopes are for others: this is a person still.
            app.bearing(&signer.sign(&with(&base, json!({"scope": "openid people:write"})))).get(&path).await.ok();
            app.bearing(&signer.sign(&with(&base, json!({"aud": ["account", "api"]})))).get(&path).await.ok();
            app.bearing(&signer.sign_as(r#"{"alg":"EdDSA"}"#, &base.to_string())).get(&path).await.ok();
            app.bearing(&signer.sign_as(r#"{"alg":"EdDSA","typ":"application/at+jwt"}"#, &base.to_string()))
                .get(&path)
                .await
                .ok();
            let wrong = [
                json!({"iss": "mentorship"}),
                json!({"iss": "https://id.example.com/"}),
                json!({"iss": null}),
                json!({"iss": [ISSUER]}),
                json!({"aud": "mentorship"}),
                json!({"aud": ["API", "other"]}),
                json!({"aud": null}),
                json!({"aud": "API"}),
                json!({"exp": now - 31}),
                json!({"exp": null}),
                json!({"nbf": now + 31}),
                json!({"sub": null}),
                json!({"sub": ""}),
            ];
            for changes in wrong {
                app.bearing(&signer.sign(&with(&base, changes))).get(&path).await.problem(401, "unauthenticated");
            }
            let payload = base.to_string();
            let headers = [
                json!({"alg": "RS256"}),
                json!({"alg": "RS256", "kid": "one"}),
                json!({"alg": "ES256", "kid": "one"}),
                json!({"alg": "EdDSA", "kid": "two"}),
                json!({"alg": "EdDSA", "kid": ""}),
                json!({"alg": "EdDSA", "kid": "one", "jwk": signer.jwk()}),
            ];
            for header in headers {
                app.bearing(&signer.sign_as(&header.to_string(), &payload))
                    .get(&path)
                    .await
                    .problem(401, "unauthenticated");
            }
            let confused = r#"{"alg":"HS256","kid":"one"}"#;
            let jwk = signer.jwk().to_string();
            for key in [signer.public(), jwk.as_bytes(), &our_key()] {
                app.bearing(&under(key, confused, &payload)).get(&path).await.problem(401, "unauthenticated");
            }
            let header = r#"{"alg":"EdDSA","kid":"one"}"#;
            app.bearing(&signed(header, &payload, |_| Vec::new())).get(&path).await.problem(401, "unauthenticated");
        },
    )
    .await;
}

/// Keys that rotate are found, and nobody can make us ask more than once in half a minute.
#[actix_web::test]
async fn keys_rotate_and_are_asked_for_seldom() {
    let (first, second, third) = (Signer::new("first"), Signer::new("second"), Signer::new("third"));
    on_both(
        PersonClaim::sub(),
        || Reply::keys(&[&first]),
        async |app, server| {
            let path = name_person(app, "hr-17", "kim@example.com").await;
            let payload = || claims(app, "hr-17").to_string();
            assert_eq!(server.times_asked(), 0, "nobody asks before there is a token");
            // Many at once share one question.
            let client = app.bearing(&first.sign(&payload()));
            let mut all = tokio::task::JoinSet::new();
            for _ in 0..10 {
                let (client, path) = (client.clone(), path.clone());
                all.spawn_local(async move { client.get(&path).await.ok() });
            }
            while let Some(done) = all.join_next().await {
                done.expect("accepted");
            }
            assert_eq!(server.times_asked(), 1);
            for id in 0..20 {
                let unknown = Signer::new(&format!("unknown-{id}"));
                app.bearing(&unknown.sign(&payload())).get(&path).await.problem(401, "unauthenticated");
            }
            assert_eq!(server.times_asked(), 1, "unknown ids made us ask again");
            // The new key is known only after half a minute, the old one until the keys are fetched again.
            server.answers(Reply::keys(&[&second]));
            app.bearing(&second.sign(&payload())).get(&path).await.problem(401, "unauthenticated");
            app.clock.advance(TimeDelta::seconds(30));
            app.bearing(&second.sign(&payload())).get(&path).await.ok();
            assert_eq!(server.times_asked(), 2);
            app.clock.advance(TimeDelta::seconds(61));
            app.bearing(&first.sign(&payload())).get(&path).await.problem(401, "unauthenticated");
            assert_eq!(server.times_asked(), 3);
            // Keys that are withdrawn stop to work in ten minutes, without an unknown id.
            server.answers(Reply::keys(&[&third]));
            app.clock.advance(TimeDelta::seconds(600));
            app.bearing(&second.sign(&payload())).get(&path).await.problem(401, "unauthenticated");
            assert_eq!(server.times_asked(), 4);
        },
    )
    .await;
}

/// A provider that is away for a while costs nobody their session.
#[actix_web::test]
async fn known_keys_outlive_a_provider_that_is_away() {
    let signer = Signer::new("one");
    on_both(
        PersonClaim::sub(),
        || Reply::keys(&[&signer]),
        async |app, server| {
            let path = name_person(app, "hr-17", "kim@example.com").await;
            app.bearing(&signer.sign(&claims(app, "hr-17").to_string())).get(&path).await.ok();
            server.answers(Reply::text("503 Service Unavailable", "", ""));
            app.clock.advance(TimeDelta::hours(1));
            app.bearing(&signer.sign(&claims(app, "hr-17").to_string())).get(&path).await.ok();
            assert_eq!(server.times_asked(), 2);
        },
    )
    .await;
}

/// A set with keys of other kinds costs us only those.
#[actix_web::test]
async fn strange_keys_are_left_out() {
    let signer = Signer::new("one");
    let strange = json!({"keys": [
        signer.jwk(), 1, {"kty": "new"}, {"kty": "RSA", "kid": "short", "n": "AQAB", "e": "AQAB"}, {"kty": "oct", "kid": "oct", "k": "c2VjcmV0"},
        {"kty": "OKP", "crv": "Ed25519", "use": "enc", "kid": "enc", "x": signer.jwk()["x"]},
        {"kty": "OKP", "crv": "Ed25519", "alg": "HS256", "kid": "mac", "x": signer.jwk()["x"]},
        {"kty": "OKP", "crv": "Ed25519", "x": signer.jwk()["x"]},
    ]});
    on_both(
        PersonClaim::sub(),
        || Reply::json(&strange),
        async |app, _| {
            let path = name_person(app, "hr-17", "kim@example.com").await;
            let payload = claims(app, "hr-17").to_string();
            app.bearing(&signer.sign(&payload)).get(&path).await.ok();
            for id in ["enc", "mac", "short", "oct"] {
                let header = json!({"alg": "EdDSA", "kid": id}).to_string();
                app.bearing(&signer.sign_as(&header, &payload)).get(&path).await.problem(401, "unauthenticated");
            }
            app.bearing(&under(b"secret", r#"{"alg":"HS256","kid":"oct"}"#, &payload))
                .get(&path)
                .await
                .problem(401, "unauthenticated");
        },
    )
    .await;
}
