//! Hostile tokens: whatever is wrong with one, the answer is the same.

mod claims;
mod keys;
mod shapes;

use aws_lc_rs::encoding::{AsDer as _, PublicKeyX509Der};
use aws_lc_rs::rsa;
use aws_lc_rs::signature::KeyPair as _;
use mentorship::auth::{Jwks, PersonClaim};
use mentorship::policy::Scope;
use reqwest::Method;
use reqwest::header::HeaderValue;
use serde_json::{Value, json};

use crate::auth::forge::{HS256, Signer, encode, ours, with};
use crate::auth::keys::{KeyServer, Reply};
use crate::harness::{Answer, Person, Setup, TestApp};

/// What a hostile client sends: a name for the case, and its `Authorization` headers.
type Case = (&'static str, Vec<HeaderValue>);

/// What the cases are made of.
struct World {
    /// The claims of a token that is accepted.
    base: Value,
    now: i64,
    other_person: String,
    departed: String,
    account: String,
    disabled: String,
    provider: Signer,
    rsa_der: Vec<u8>,
    rsa_jwk: Value,
}

fn one(name: &'static str, token: impl AsRef<str>) -> Case {
    let header = format!("Bearer {}", token.as_ref());
    (name, vec![HeaderValue::from_bytes(header.as_bytes()).expect("a header")])
}

fn raw(name: &'static str, header: &str) -> Case {
    (name, vec![HeaderValue::from_bytes(header.as_bytes()).expect("a header")])
}

impl World {
    fn good(&self) -> String {
        ours(HS256, &self.base.to_string())
    }

    /// A token that our key signed, with these claims changed.
    fn claims(&self, changes: Value) -> String {
        ours(HS256, &with(&self.base, changes))
    }

    /// A token that our key signed, with these members added to its header.
    fn header(&self, changes: Value) -> String {
        ours(&with(&json!({"alg": "HS256", "typ": "JWT"}), changes), &self.base.to_string())
    }

    /// A token that our key signed, with one claim written as no JSON library would write it.
    fn spelled(&self, claim: &str, value: &str) -> String {
        let rest = with(&self.base, json!({claim: null}));
        ours(HS256, &rest.replacen('{', &format!("{{\"{claim}\":{value},"), 1))
    }
}

/// What an answer says, without what differs between any two.
fn told(answer: &Answer) -> (u16, Vec<(String, String)>, Value) {
    let mut headers: Vec<_> = answer
        .headers
        .iter()
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap_or_default().to_owned()))
        .filter(|(name, _)| name != "x-request-id" && name != "date")
        .collect();
    headers.sort();
    let mut body = answer.body.clone();
    if let Some(body) = body.as_object_mut() {
        body.remove("instance");
    }
    (answer.status, headers, body)
}

async fn ask(app: &TestApp, path: &str, authorization: &[HeaderValue]) -> Answer {
    let nobody = app.nobody();
    let request = nobody.request(Method::GET, path);
    let request = authorization.iter().fold(request, |request, value| request.header("authorization", value.clone()));
    nobody.send(request).await
}

async fn world(app: &TestApp, provider: Signer, rsa_der: Vec<u8>, rsa_jwk: Value) -> World {
    let (person, other) = (app.person().await, app.person().await);
    let departed = app.person_with(Person { status: "departed", ..Person::default() }).await;
    let (account, disabled) = (app.service_account(&Scope::ALL).await, app.service_account(&Scope::ALL).await);
    let mut tx = app.db.write().await.expect("a unit of work");
    tx.query("update service_accounts set is_enabled = false where id = $1")
        .bind(disabled)
        .run()
        .await
        .expect("it is disabled");
    tx.commit().await.expect("it commits");
    let now = app.clock.now().timestamp();
    let base = json!({"iss": "mentorship", "aud": "mentorship", "exp": now + 600, "nbf": now, "sub": person});
    let (other_person, departed) = (other.to_string(), departed.to_string());
    let (account, disabled) = (account.to_string(), disabled.to_string());
    World { base, now, other_person, departed, account, disabled, provider, rsa_der, rsa_jwk }
}

/// Every hostile token gets the same answer, to the byte, besides the request's own id.
async fn all_are_refused_alike(app: &TestApp, world: World) {
    let path = format!("/v1/people/{}", world.other_person);
    // What the table mutates is accepted as it is; so is a service account, and a claim we do not know.
    let account = json!({"sub": world.account, "scope": "people:read"});
    let needless = json!({"roles": {"admin": true}, "scope": ["people:read"], "email_verified": 1, "iat": "then"});
    let goods = [
        world.good(),
        world.claims(account),
        world.claims(json!({"note": "x".repeat(3000)})),
        world.claims(json!({"aud": ["payroll", "mentorship"]})),
        world.claims(json!({"roles": ["admin", 1]})),
        world.claims(needless),
    ];
    for good in goods {
        ask(app, &path, &one("", good).1).await.ok();
    }
    let cases: Vec<Case> =
        [world.algorithms(), world.keys(), world.times_and_names(), world.subjects(), world.shapes(), world.headers()]
            .into_iter()
            .flatten()
            .collect();
    assert!(cases.len() >= 45, "only {} cases", cases.len());
    let expected = told(&app.nobody().get(&path).await.problem(401, "unauthenticated"));
    let mut wrong = Vec::new();
    for (name, authorization) in &cases {
        let answer = told(&ask(app, &path, authorization).await);
        if answer != expected {
            wrong.push(format!("{name}: {answer:?}"));
        }
    }
    for elsewhere in ["access_token", "token", "authorization", "bearer_token"] {
        let answer = told(&ask(app, &format!("{path}?{elsewhere}={}", world.good()), &[]).await);
        assert_eq!(answer, expected, "in the query as {elsewhere}");
    }
    assert!(wrong.is_empty(), "{} of {} differ from {expected:?}:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

/// A service that also trusts an identity provider, so that there is something to confuse.
async fn setup() -> (Setup, Signer, Vec<u8>, Value) {
    let signer = Signer::new("ed");
    let pair = rsa::KeyPair::generate(rsa::KeySize::Rsa2048).expect("a key");
    let public = pair.public_key();
    let der: PublicKeyX509Der<'_> = public.as_der().expect("it encodes");
    let (n, e) =
        (public.modulus().big_endian_without_leading_zero(), public.exponent().big_endian_without_leading_zero());
    let jwk = json!({"kty": "RSA", "kid": "rsa", "use": "sig", "alg": "RS256", "n": encode(n), "e": encode(e)});
    let server = KeyServer::start(Reply::json(&json!({"keys": [signer.jwk(), jwk]}))).await;
    let provider = Jwks::new(&server.address, "https://id.example.com", "api", PersonClaim::sub()).expect("settings");
    (Setup { provider: Some(provider), ..Setup::default() }, signer, der.as_ref().to_vec(), jwk)
}

mod hostile_tokens_are_refused_alike {
    use super::*;

    #[actix_web::test]
    async fn sqlite() {
        let (setup, signer, der, jwk) = setup().await;
        let app = TestApp::on_sqlite_with(setup).await;
        all_are_refused_alike(&app, world(&app, signer, der, jwk).await).await;
        app.stop().await;
    }

    #[actix_web::test]
    async fn postgres() {
        let (setup, signer, der, jwk) = setup().await;
        let Some(app) = TestApp::on_postgres_with(setup).await else { return };
        all_are_refused_alike(&app, world(&app, signer, der, jwk).await).await;
        app.stop().await;
    }
}
