//! What the operator sees: why a token was refused, which keys are used, and whether the settings work.

use std::process::Command;

use chrono::TimeDelta;
use mentorship::auth::{Jwks, PersonClaim, Refusal};
use serde_json::{Value, json};

use super::forge::{Signer, with};
use super::keys::{KeyServer, Reply};
use super::provider::{ISSUER, claims, name_person};
use crate::harness::{Log, METRICS_TOKEN, Setup, TestApp};

/// Each refusal has its reason in the log, with the id of the request, and in the figures; the client gets none.
#[actix_web::test]
async fn a_refusal_has_a_reason_in_the_log_alone() {
    let (signer, log) = (Signer::new("one"), Log::default());
    let left_out = json!({"kty": "OKP", "crv": "Ed25519", "use": "enc", "kid": "for-secrets", "x": signer.jwk()["x"]});
    let server = KeyServer::start(Reply::json(&json!({"keys": [signer.jwk(), left_out]}))).await;
    let provider = Jwks::new(&server.address, ISSUER, "api", PersonClaim::email()).expect("settings");
    let setup = Setup { provider: Some(provider), log: Some(log.clone()), ..Setup::default() };
    let app = TestApp::on_sqlite_with(setup).await;
    name_person(&app, "hr-17", "kim@example.com").await;
    let base = with(&claims(&app, "s"), json!({"email": "kim@example.com"}));
    let base: Value = serde_json::from_str(&base).expect("JSON");
    let now = app.clock.now().timestamp();
    let signed = |changes: Value| signer.sign(&with(&base, changes));
    let cases = [
        ("malformed", "x".to_owned()),
        ("too_long", "x".repeat(9000)),
        ("unknown_key", Signer::new("two").sign(&base.to_string())),
        ("bad_signature", Signer::new("one").sign(&base.to_string())),
        ("header_not_allowed", signer.sign_as(r#"{"alg":"EdDSA","kid":"one","jku":"x"}"#, &base.to_string())),
        ("wrong_type", signer.sign_as(r#"{"alg":"EdDSA","kid":"one","typ":"logout+jwt"}"#, &base.to_string())),
        ("wrong_algorithm", signer.sign_as(r#"{"alg":"none","kid":"one"}"#, &base.to_string())),
        ("wrong_issuer", signed(json!({"iss": "x"}))),
        ("wrong_audience", signed(json!({"aud": ["x"]}))),
        ("expired", signed(json!({"exp": now - 60}))),
        ("no_expiry", signed(json!({"exp": null}))),
        ("not_yet_valid", signed(json!({"nbf": now + 60}))),
        ("no_subject", signed(json!({"sub": null}))),
        ("no_person_claim", signed(json!({"email": null}))),
        ("email_not_verified", signed(json!({"email_verified": false}))),
        ("unknown_person", signed(json!({"email": "lee@example.com"}))),
    ];
    for (reason, token) in cases {
        assert!(Refusal::ALL.iter().any(|known| known.name() == reason), "{reason} is not in the list");
        let before = log.bytes().len();
        let answer = app.bearing(&token).get("/v1/me").await.problem(401, "unauthenticated");
        assert!(!answer.body.to_string().contains(reason), "{}", answer.body);
        let told = String::from_utf8(log.bytes()[before..].to_vec()).expect("text");
        let line = told.lines().find(|line| line.contains("sign_in.refused"));
        let line = line.unwrap_or_else(|| panic!("nothing says {reason}: {told}"));
        assert!(line.contains(&format!("\"reason\":\"{reason}\"")), "{reason}: {line}");
        assert!(line.contains(answer.header("x-request-id")), "{line}");
        assert!(!line.contains("kim@example.com"), "{line}");
        app.clock.advance(TimeDelta::seconds(1));
    }
    let figures = String::from_utf8(app.bearing(METRICS_TOKEN).get("/metrics").await.ok().bytes).expect("text");
    assert!(figures.contains(r#"sign_in_refusals_total{reason="wrong_audience"}"#), "{figures}");
    let told = String::from_utf8(log.bytes()).expect("text");
    let line = told.lines().find(|line| line.contains("identity.key_left_out")).expect("a line");
    assert!(line.contains("for-secrets") && line.contains("not for signatures"), "{line}");
    app.stop().await;
}

/// `mentorship check` with these settings, and whether it is content.
async fn check(address: &str, environment: &[(&str, &str)]) -> (String, bool) {
    let folder = tempfile::tempdir().expect("a folder");
    let mut command = Command::new(env!("CARGO_BIN_EXE_mentorship"));
    command.arg("check").arg("--data").arg(folder.path()).env_remove("DATABASE_URL");
    command.args(["--jwks-address", address, "--jwks-issuer", ISSUER, "--jwks-audience", "api"]);
    for name in
        ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy"]
    {
        command.env_remove(name);
    }
    command.envs(environment.iter().copied());
    let done = tokio::task::spawn_blocking(move || command.output().expect("it runs")).await.expect("it runs");
    (String::from_utf8([done.stdout, done.stderr].concat()).expect("text"), done.status.success())
}

/// `check` fetches the keys: it says how many can be used, which were left out, and what is wrong with the address.
#[actix_web::test]
async fn check_fetches_the_keys() {
    let signer = Signer::new("one");
    let odd = json!({"keys": [signer.jwk(), {"kty": "EC", "crv": "P-521", "kid": "odd", "x": "AA", "y": "AA"}]});
    let server = KeyServer::start(Reply::json(&odd)).await;
    let (told, is_fine) = check(&server.address, &[]).await;
    assert!(is_fine && told.contains("ok     --jwks-address: 1 keys can be used; left out: key \"odd\""), "{told}");
    for reply in [Reply::json(&json!({"keys": []})), Reply::text("404 Not Found", "", "")] {
        server.answers(reply);
        let (told, is_fine) = check(&server.address, &[]).await;
        assert!(!is_fine && told.contains("wrong  --jwks-address: its keys cannot be fetched"), "{told}");
    }
}

/// The proxy of the environment is asked for other machines, and for this one it is not.
#[actix_web::test]
async fn the_proxy_of_the_environment_is_used() {
    let signer = Signer::new("one");
    let (server, proxy) = (
        KeyServer::start(Reply::keys(&[&signer])).await,
        KeyServer::start(Reply::text("502 Bad Gateway", "", "")).await,
    );
    let by = proxy.address.trim_end_matches("/jwks").to_owned();
    let proxied = [("HTTPS_PROXY", by.as_str()), ("HTTP_PROXY", by.as_str())];
    let (_, is_fine) = check(&server.address, &proxied).await;
    assert!(is_fine);
    assert_eq!(proxy.times_asked(), 0);
    check("https://id.example.invalid/jwks", &proxied).await;
    assert_eq!(proxy.times_asked(), 1, "HTTPS_PROXY is ignored");
    check("https://id.example.invalid/jwks", &[proxied[0], ("NO_PROXY", "example.invalid")]).await;
    assert_eq!(proxy.times_asked(), 1, "NO_PROXY is ignored");
}
