//! An identity provider that misbehaves: its tokens are refused, and that is all.

use std::time::{Duration, Instant};

use mentorship::auth::{Jwks, JwksError, PersonClaim};
use serde_json::json;

use super::forge::Signer;
use super::keys::{KeyServer, Reply};
use super::provider::{ISSUER, claims, name_person};
use crate::harness::{Setup, TestApp};

/// Which of the answers below is a good one after all.
const UNKNOWN_ENCODING: usize = 10;

/// Whatever the provider does, the answer is 401, in bounded time; and other tokens go on.
#[actix_web::test]
async fn a_misbehaving_provider_is_no_fault_of_ours() {
    let signer = Signer::new("one");
    let elsewhere = KeyServer::start(Reply::keys(&[&signer])).await;
    let good = json!({"keys": [signer.jwk()]}).to_string();
    let endless = "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n".as_bytes().to_vec();
    let padded = json!({"keys": [signer.jwk()], "padding": "x".repeat(300 * 1024)});
    let replies = [
        Reply::json(&padded),
        Reply::Bytes([&b"HTTP/1.1 200 OK\r\n\r\n"[..], "x".repeat(300 * 1024).as_bytes()].concat()),
        Reply::text("302 Found", &format!("Location: {}\r\n", elsewhere.address), ""),
        Reply::text("307 Temporary Redirect", &format!("Location: {}\r\n", elsewhere.address), ""),
        Reply::text("200 OK", "", "not json"),
        Reply::text("200 OK", "", ""),
        Reply::text("200 OK", "", "[]"),
        Reply::text("200 OK", "", "{\"keys\":{}}"),
        Reply::text("200 OK", "", "{\"keys\":[]}"),
        Reply::text("200 OK", "", "{\"keys\":[{\"kty\":\"oct\",\"kid\":\"one\",\"k\":\"c2VjcmV0\"}]}"),
        Reply::text("200 OK", "Content-Encoding: gzip\r\n", &good),
        Reply::text("404 Not Found", "", &good),
        Reply::text("500 Internal Server Error", "", &good),
        Reply::Bytes(b"nonsense\r\n\r\n".to_vec()),
        Reply::Bytes(Vec::new()),
        Reply::Silence,
        Reply::Drip(endless),
    ];
    let mut all = tokio::task::JoinSet::new();
    for (case, reply) in replies.into_iter().enumerate() {
        // The provider is the same on both engines; here they take turns.
        let (signer, is_postgres) = (Signer::new("one"), case % 2 == 1);
        all.spawn_local(async move {
            let server = KeyServer::start(reply).await;
            let provider = Jwks::new(&server.address, ISSUER, "api", PersonClaim::sub()).expect("settings");
            let setup = Setup { provider: Some(provider), ..Setup::default() };
            let app = if is_postgres {
                TestApp::on_postgres_with(setup).await
            } else {
                Some(TestApp::on_sqlite_with(setup).await)
            };
            let Some(app) = app else { return };
            let path = name_person(&app, "hr-17", "kim@example.com").await;
            let started = Instant::now();
            let foreign = app.bearing(&signer.sign(&claims(&app, "hr-17").to_string()));
            let answer = foreign.get(&path).await;
            if case == UNKNOWN_ENCODING {
                // A plain set under a wrong name: its key is another one under the same id.
                answer.problem(401, "unauthenticated");
                return;
            }
            // Not refused: it cannot be judged.
            let unjudged = answer.problem(503, "sign_in_unavailable");
            assert_eq!(unjudged.header("retry-after"), "5");
            assert!(started.elapsed() < Duration::from_mins(1), "case {case} took {:?}", started.elapsed());
            app.as_(app.person().await).get(&path).await.ok();
            let asked = server.times_asked();
            foreign.get(&path).await.problem(503, "sign_in_unavailable");
            assert_eq!(server.times_asked(), asked, "case {case} asked again");
            app.stop().await;
        });
    }
    while let Some(done) = all.join_next().await {
        done.expect("refused");
    }
    assert_eq!(elsewhere.times_asked(), 0, "a redirect was followed");
}

/// Keys come over https, or from this machine.
#[test]
fn the_providers_address_is_safe() {
    let new = |address: &str| Jwks::new(address, ISSUER, "api", PersonClaim::sub());
    for address in
        ["https://id.example.com/jwks", "http://127.0.0.1:1/jwks", "http://localhost/jwks", "http://[::1]/jwks"]
    {
        assert!(new(address).is_ok(), "{address}");
    }
    for address in [
        "http://id.example.com/jwks",
        "http://127.0.0.1.example.com/",
        "http://localhost.example.com/",
        "ftp://localhost/",
        "file:///etc/passwd",
        "http://user@example.com/",
    ] {
        assert!(matches!(new(address), Err(JwksError::NotHttps)), "{address}");
    }
    assert!(matches!(new("jwks"), Err(JwksError::NotAnAddress)));
}
