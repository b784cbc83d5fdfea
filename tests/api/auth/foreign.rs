//! Tokens that somebody else's code issued: the npm package oidc-provider, in `tests/foreign/oidc`.
//! Without node or npm these tests say so and pass; with `MENTORSHIP_TEST_FOREIGN=required`, as in
//! CI, they fail.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use mentorship::auth::{Jwks, PersonClaim};
use mentorship::ids::PersonId;
use serde_json::{Value, json};

use super::forge::{encode, under};
use crate::harness::{Setup, TestApp, is_required};

/// The running provider; it ends with its standard input.
struct Provider {
    child: Child,
    told: Value,
    http: reqwest::Client,
}

impl Drop for Provider {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

impl Provider {
    async fn start() -> Option<Self> {
        let started = tokio::task::spawn_blocking(launch).await.expect("it is launched");
        let (child, told) = match started {
            Ok(running) => running,
            Err(why) => {
                assert!(!is_required("MENTORSHIP_TEST_FOREIGN"), "the foreign identity provider does not start: {why}");
                eprintln!("NOT TESTED: tokens of a foreign identity provider. It does not start: {why}");
                return None;
            }
        };
        let http = reqwest::Client::builder().no_proxy().build().expect("a client");
        Some(Self { child, told, http })
    }

    fn text(&self, name: &str) -> &str {
        self.told[name].as_str().unwrap_or_else(|| panic!("no {name} in {}", self.told))
    }

    fn trust(&self, audience: &str, claim: PersonClaim) -> Setup {
        let jwks = Jwks::new(self.text("jwks_uri"), self.text("issuer"), audience, claim).expect("settings");
        Setup { provider: Some(jwks), ..Setup::default() }
    }

    /// A token, with these parameters added to the request for it.
    async fn token(&self, parameters: &[(&str, &str)]) -> String {
        let form = form_urlencoded::Serializer::new(String::new())
            .append_pair("grant_type", "client_credentials")
            .extend_pairs(parameters)
            .finish();
        let answer = self
            .http
            .post(self.text("token_endpoint"))
            .basic_auth(self.text("client_id"), Some(self.text("client_secret")))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form)
            .send()
            .await
            .expect("the provider answers");
        let body: Value = answer.json().await.expect("JSON");
        body["access_token"].as_str().unwrap_or_else(|| panic!("no token in {body}")).to_owned()
    }

    async fn keys(&self) -> Vec<Value> {
        let answer = self.http.get(self.text("jwks_uri")).send().await.expect("the provider answers");
        let body: Value = answer.json().await.expect("JSON");
        body["keys"].as_array().expect("keys").clone()
    }
}

fn launch() -> Result<(Child, Value), String> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let script = here.join("tests/foreign/npm.sh");
    let folder = here.join("target/foreign/oidc");
    let mut child = Command::new("bash")
        .arg(&script)
        .arg("oidc/provider.mjs")
        .arg(&folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("bash: {error}"))?;
    let mut line = String::new();
    let output = child.stdout.take().ok_or("no output")?;
    BufReader::new(output).read_line(&mut line).map_err(|error| error.to_string())?;
    if let Ok(told) = serde_json::from_str(&line) {
        return Ok((child, told));
    }
    let status = child.wait().map_err(|error| error.to_string())?;
    Err(format!("tests/foreign/npm.sh ends with {status}; it needs node, npm and its packages"))
}

/// A person whose tokens are the provider's: by `sub` they are `hr-17`, by `email` Kim.
async fn kim(app: &TestApp) -> (PersonId, String) {
    // The provider's tokens are of this very moment.
    app.clock.release();
    let person = app.person().await;
    let mut tx = app.db.write().await.expect("a unit of work");
    tx.query("update people set external_id = 'hr-17', email = 'kim@example.com' where id = $1")
        .bind(person)
        .run()
        .await
        .expect("it is named");
    tx.commit().await.expect("it commits");
    (person, format!("/v1/people/{person}"))
}

async fn on_both(provider: &Provider, claim: PersonClaim, test: impl AsyncFn(&TestApp)) {
    let audience = provider.text("default_audience");
    let app = TestApp::on_sqlite_with(provider.trust(audience, claim.clone())).await;
    test(&app).await;
    app.stop().await;
    if let Some(app) = TestApp::on_postgres_with(provider.trust(audience, claim.clone())).await {
        test(&app).await;
        app.stop().await;
    }
}

/// Real tokens of every algorithm are accepted, and say who asks.
#[actix_web::test]
async fn real_tokens_are_accepted() {
    let Some(provider) = Provider::start().await else { return };
    for algorithm in ["RS256", "ES256", "EdDSA"] {
        on_both(&provider, PersonClaim::sub(), async |app| {
            let (_, path) = kim(app).await;
            let token = provider.token(&[("alg", algorithm), ("sub", "hr-17")]).await;
            app.bearing(&token).get(&path).await.ok().has("/learning_style", json!(null));
            let stranger = provider.token(&[("alg", algorithm), ("sub", "hr-18")]).await;
            app.bearing(&stranger).get(&path).await.problem(401, "unauthenticated");
        })
        .await;
        on_both(&provider, PersonClaim::email(), async |app| {
            let (_, path) = kim(app).await;
            let token = provider.token(&[("alg", algorithm), ("sub", "x"), ("email", "Kim@example.com")]).await;
            app.bearing(&token).get(&path).await.ok().has("/learning_style", json!(null));
            let unverified =
                [("alg", algorithm), ("email", "kim@example.com"), ("claims", r#"{"email_verified":false}"#)];
            app.bearing(&provider.token(&unverified).await).get(&path).await.problem(401, "unauthenticated");
        })
        .await;
    }
}

/// Roles come from the provider too; line management never does.
#[actix_web::test]
async fn real_tokens_carry_roles() {
    let Some(provider) = Provider::start().await else { return };
    on_both(&provider, PersonClaim::sub(), async |app| {
        kim(app).await;
        let pair = app.pair().await;
        let plain = provider.token(&[("sub", "hr-17")]).await;
        app.bearing(&plain).get(&pair.path).await.ok().lacks("/end_reason");
        let admin = provider.token(&[("sub", "hr-17"), ("roles", "admin")]).await;
        app.bearing(&admin).get(&pair.path).await.ok().has("/end_reason", json!(null)).lacks("/agreement");
    })
    .await;
}

/// What is not meant for us, or no longer, is refused, whoever signed it.
#[actix_web::test]
async fn real_tokens_for_others_are_refused() {
    let Some(provider) = Provider::start().await else { return };
    on_both(&provider, PersonClaim::sub(), async |app| {
        let (_, path) = kim(app).await;
        for algorithm in ["RS256", "ES256", "EdDSA"] {
            let refused = [
                ("audience", "urn:payroll"),
                ("claims", r#"{"iss":"https://elsewhere.example.com"}"#),
                ("claims", r#"{"iss":"mentorship","aud":"mentorship"}"#),
                ("claims", r#"{"aud":["urn:payroll"]}"#),
                ("claims", r#"{"iss":null}"#),
                ("claims", r#"{"sub":null}"#),
                ("claims", r#"{"exp":null}"#),
                ("claims", r#"{"exp":1000000000}"#),
                ("claims", r#"{"nbf":4102444800}"#),
            ];
            for parameter in refused {
                let token = provider.token(&[("alg", algorithm), ("sub", "hr-17"), parameter]).await;
                app.bearing(&token).get(&path).await.problem(401, "unauthenticated");
            }
        }
        let good = provider.token(&[("sub", "hr-17")]).await;
        app.bearing(&good).get(&path).await.ok();
        let several = [("sub", "hr-17"), ("claims", r#"{"aud":["urn:mentorship:api","urn:payroll"]}"#)];
        app.bearing(&provider.token(&several).await).get(&path).await.ok();
        let parts: Vec<_> = good.split('.').collect();
        let renamed = encode(json!({"alg": "RS256", "typ": "at+jwt", "kid": "unknown"}).to_string());
        app.bearing(&format!("{renamed}.{}.{}", parts[1], parts[2])).get(&path).await.problem(401, "unauthenticated");
    })
    .await;
}

/// Another start of the provider has other keys: its word is a stranger's.
#[actix_web::test]
async fn real_tokens_of_another_provider_are_refused() {
    let (Some(provider), Some(other)) = (Provider::start().await, Provider::start().await) else { return };
    on_both(&provider, PersonClaim::sub(), async |app| {
        let (_, path) = kim(app).await;
        let claims = json!({"iss": provider.text("issuer")}).to_string();
        for algorithm in ["RS256", "ES256", "EdDSA"] {
            let token = other.token(&[("alg", algorithm), ("sub", "hr-17"), ("claims", &claims)]).await;
            app.bearing(&token).get(&path).await.problem(401, "unauthenticated");
        }
    })
    .await;
}

/// A public key is no secret, in none of its spellings.
#[actix_web::test]
async fn real_public_keys_sign_nothing() {
    let Some(provider) = Provider::start().await else { return };
    on_both(&provider, PersonClaim::sub(), async |app| {
        let (_, path) = kim(app).await;
        let good = provider.token(&[("sub", "hr-17")]).await;
        let payload = String::from_utf8(base64url(good.split('.').nth(1).unwrap_or_default())).expect("text");
        for key in provider.keys().await {
            let header = json!({"alg": "HS256", "typ": "at+jwt", "kid": key["kid"]}).to_string();
            let mut secrets = vec![key.to_string().into_bytes(), serde_json::to_vec_pretty(&key).expect("JSON")];
            for part in ["n", "x", "y"] {
                let Some(text) = key[part].as_str() else { continue };
                secrets.extend([text.as_bytes().to_vec(), base64url(text)]);
            }
            for secret in secrets {
                app.bearing(&under(&secret, &header, &payload)).get(&path).await.problem(401, "unauthenticated");
            }
        }
        app.bearing(&good).get(&path).await.ok();
    })
    .await;
}

fn base64url(text: &str) -> Vec<u8> {
    use base64::Engine as _;
    base64::prelude::BASE64_URL_SAFE_NO_PAD.decode(text).expect("base64url")
}
