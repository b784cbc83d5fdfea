//! Hostile tokens: whatever is wrong with one, the answer is the same.

use aws_lc_rs::encoding::{AsDer as _, PublicKeyX509Der};
use aws_lc_rs::hmac::{HMAC_SHA384, HMAC_SHA512};
use aws_lc_rs::rsa;
use aws_lc_rs::signature::KeyPair as _;
use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_STANDARD_NO_PAD};
use mentorship::auth::{Jwks, PersonClaim};
use mentorship::policy::Scope;
use reqwest::Method;
use reqwest::header::HeaderValue;
use serde_json::{Value, json};

use super::forge::{HS256, Signer, encode, mac, our_key, ours, signed, under, with};
use super::keys::{KeyServer, Reply};
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

    fn algorithms(&self) -> Vec<Case> {
        let payload = self.base.to_string();
        let unsigned =
            |alg: &str| format!("{}.{}.", encode(json!({"alg": alg, "typ": "JWT"}).to_string()), encode(&payload));
        let honest = |header: &str| ours(header, &payload);
        let pem = format!(
            "-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n",
            lines(&BASE64_STANDARD.encode(&self.rsa_der))
        );
        let confused = json!({"alg": "HS256", "typ": "JWT", "kid": self.rsa_jwk["kid"]}).to_string();
        let modulus = self.rsa_jwk["n"].as_str().unwrap_or_default().as_bytes().to_vec();
        vec![
            one("alg none, unsigned", unsigned("none")),
            one("alg none, signed", honest(r#"{"alg":"none","typ":"JWT"}"#)),
            one("alg None", unsigned("None")),
            one("alg nOnE", unsigned("nOnE")),
            one("alg nOnE, signed", honest(r#"{"alg":"nOnE"}"#)),
            one("alg NONE", unsigned("NONE")),
            one("alg empty", unsigned("")),
            one("alg missing", honest(r#"{"typ":"JWT"}"#)),
            one("alg null", honest(r#"{"alg":null,"typ":"JWT"}"#)),
            one("alg a number", honest(r#"{"alg":256}"#)),
            one("alg a list", honest(r#"{"alg":["HS256"]}"#)),
            one("alg in lower case", honest(r#"{"alg":"hs256"}"#)),
            one("alg with a space", honest(r#"{"alg":"HS256 "}"#)),
            one("alg twice, none last", honest(r#"{"alg":"HS256","alg":"none"}"#)),
            one("alg twice, none first", honest(r#"{"alg":"none","alg":"HS256"}"#)),
            one(
                "HS384 with our key",
                signed(r#"{"alg":"HS384"}"#, &payload, |text| mac(HMAC_SHA384, &our_key(), text)),
            ),
            one(
                "HS512 with our key",
                signed(r#"{"alg":"HS512"}"#, &payload, |text| mac(HMAC_SHA512, &our_key(), text)),
            ),
            one("HS256 named, HS512 made", signed(HS256, &payload, |text| mac(HMAC_SHA512, &our_key(), text))),
            one("RS256 named, HS256 made", honest(r#"{"alg":"RS256","kid":"rsa"}"#)),
            one("ES256 named, HS256 made", honest(r#"{"alg":"ES256","kid":"rsa"}"#)),
            one("EdDSA named, HS256 made", honest(&json!({"alg": "EdDSA", "kid": self.provider.id}).to_string())),
            one("PS256", honest(r#"{"alg":"PS256","kid":"rsa"}"#)),
            one("ES256 with a signature of zeros", signed(r#"{"alg":"ES256","kid":"rsa"}"#, &payload, |_| vec![0; 64])),
            one(
                "EdDSA with a signature of zeros",
                signed(&json!({"alg": "EdDSA", "kid": self.provider.id}).to_string(), &payload, |_| vec![0; 64]),
            ),
            one("HS256 under the provider's PEM", under(pem.as_bytes(), &confused, &payload)),
            one(
                "HS256 under the PEM without its last line feed",
                under(pem.trim_end().as_bytes(), &confused, &payload),
            ),
            one("HS256 under the provider's DER", under(&self.rsa_der, &confused, &payload)),
            one("HS256 under the provider's JWK", under(self.rsa_jwk.to_string().as_bytes(), &confused, &payload)),
            one("HS256 under the provider's modulus", under(&modulus, &confused, &payload)),
            one("HS256 under the provider's Ed25519 key", under(self.provider.public(), &confused, &payload)),
        ]
    }

    fn keys(&self) -> Vec<Case> {
        let payload = self.base.to_string();
        let naming = |id: Value| json!({"alg": "HS256", "typ": "JWT", "kid": id}).to_string();
        let (mallory, provided) = (Signer::new("mallory"), Signer::new(&self.provider.id));
        vec![
            one("an empty key", under(b"", HS256, &payload)),
            one("the key `secret`", under(b"secret", HS256, &payload)),
            one("the key of another service", under(&(1..65).collect::<Vec<u8>>(), HS256, &payload)),
            one("the first half of our key", under(&our_key()[..32], HS256, &payload)),
            one("our key as base64url", under(encode(our_key()).as_bytes(), HS256, &payload)),
            one("kid climbs to an empty file", under(b"", &naming(json!("../../../../../../dev/null")), &payload)),
            one("kid climbs, percent-encoded", under(b"", &naming(json!("..%2f..%2fdev%2fnull")), &payload)),
            one("kid is SQL that gives a key", under(b"k", &naming(json!("x' union select 'k' -- ")), &payload)),
            one("kid is a command", under(b"", &naming(json!("| whoami")), &payload)),
            one("kid holds NUL", under(b"", &naming(json!("rsa\u{0}")), &payload)),
            one("kid a number", ours(&naming(json!(1)), &payload)),
            one("kid a list", ours(&naming(json!(["rsa"])), &payload)),
            one("kid null", ours(r#"{"alg":"HS256","kid":null}"#, &payload)),
            one("jku, honestly signed", self.header(json!({"jku": "https://example.com/jwks"}))),
            one("x5u, honestly signed", self.header(json!({"x5u": "https://example.com/cert"}))),
            one("x5c, honestly signed", self.header(json!({"x5c": ["MIIB"]}))),
            one("jwk, honestly signed", self.header(json!({"jwk": mallory.jwk()}))),
            one("crit, honestly signed", self.header(json!({"crit": ["exp"]}))),
            one("b64, honestly signed", self.header(json!({"b64": false}))),
            one("zip, honestly signed", self.header(json!({"zip": "DEF"}))),
            one("enc, honestly signed", self.header(json!({"enc": "A256GCM"}))),
            one("typ of something else", self.header(json!({"typ": "JWE"}))),
            one("typ empty", self.header(json!({"typ": ""}))),
            one("typ a number", self.header(json!({"typ": 1}))),
            one(
                "brings its own key",
                mallory.sign_as(&json!({"alg": "EdDSA", "jwk": mallory.jwk()}).to_string(), &payload),
            ),
            one("a key nobody knows", mallory.sign(&payload)),
            one("another key under a known id", provided.sign(&payload)),
            one("the provider signs for our issuer", self.provider.sign(&payload)),
            one("no kid, signed by the provider", self.provider.sign_as(r#"{"alg":"EdDSA"}"#, &payload)),
        ]
    }

    fn times_and_names(&self) -> Vec<Case> {
        let now = self.now;
        vec![
            one("expired", self.claims(json!({"exp": now - 31}))),
            one("expired at the leeway's end", self.claims(json!({"exp": now - 30}))),
            one("exp missing", self.claims(json!({"exp": null}))),
            one("exp null", self.spelled("exp", "null")),
            one("exp a string", self.claims(json!({"exp": (now + 60).to_string()}))),
            one("exp a fraction", self.claims(json!({"exp": 4e9 + 0.5}))),
            one("exp with an exponent", self.spelled("exp", "4e9")),
            one("exp negative", self.claims(json!({"exp": -1}))),
            one("exp zero", self.claims(json!({"exp": 0}))),
            one("exp the largest of 63 bits", self.claims(json!({"exp": i64::MAX}))),
            one("exp the largest of 64 bits", self.claims(json!({"exp": u64::MAX}))),
            one("exp beyond every number", self.spelled("exp", "1e400")),
            one("exp in milliseconds beyond the calendar", self.claims(json!({"exp": 9_000_000_000_000_000_i64}))),
            one("exp true", self.claims(json!({"exp": true}))),
            one("exp a list", self.claims(json!({"exp": [now + 60]}))),
            one("nbf in the future", self.claims(json!({"nbf": now + 31}))),
            one("nbf a string", self.claims(json!({"nbf": "0"}))),
            one("nbf a fraction", self.spelled("nbf", "0.5")),
            one("aud missing", self.claims(json!({"aud": null}))),
            one("aud of another service", self.claims(json!({"aud": "payroll"}))),
            one("aud in capitals", self.claims(json!({"aud": "Mentorship"}))),
            one("aud empty", self.claims(json!({"aud": ""}))),
            one("aud a list", self.claims(json!({"aud": ["mentorship"]}))),
            one("aud a number", self.claims(json!({"aud": 1}))),
            one("iss missing", self.claims(json!({"iss": null}))),
            one("iss of another service", self.claims(json!({"iss": "payroll"}))),
            one("iss with a slash", self.claims(json!({"iss": "mentorship/"}))),
            one("iss a list", self.claims(json!({"iss": ["mentorship"]}))),
            one("iss of the provider", self.claims(json!({"iss": "https://id.example.com"}))),
            one("exp twice, the last one good", self.spelled("exp", &format!("{},\"exp\":{}", now - 99, now + 99))),
            one("sub twice", self.spelled("sub", &format!("\"{}\",\"sub\":{}", self.other_person, self.base["sub"]))),
            one("aud twice", self.spelled("aud", "\"payroll\",\"aud\":\"mentorship\"")),
        ]
    }

    fn subjects(&self) -> Vec<Case> {
        let scope = "people:read";
        let own = self.base["sub"].as_str().unwrap_or_default();
        let wide: String = own.chars().map(|c| char::from_u32(c as u32 + 0xfee0).unwrap_or(c)).collect();
        vec![
            one("sub missing", self.claims(json!({"sub": null}))),
            one("sub null", self.spelled("sub", "null")),
            one("sub empty", self.claims(json!({"sub": ""}))),
            one("sub a number", self.claims(json!({"sub": 1}))),
            one("sub a list", self.claims(json!({"sub": [own]}))),
            one("sub an object", self.claims(json!({"sub": {"id": own}}))),
            one("sub a name", self.claims(json!({"sub": "admin"}))),
            one("sub SQL", self.claims(json!({"sub": "' or 1=1 -- "}))),
            one("sub with NUL", self.claims(json!({"sub": format!("{own}\u{0}")}))),
            one("sub with a space", self.claims(json!({"sub": format!(" {own}")}))),
            one("sub in full-width letters", self.claims(json!({"sub": wide}))),
            one("sub with a direction mark", self.claims(json!({"sub": format!("\u{202e}{own}")}))),
            one("an unknown person", self.claims(json!({"sub": "01900000-0000-7000-8000-000000000000"}))),
            one("nobody's id", self.claims(json!({"sub": "00000000-0000-0000-0000-000000000000"}))),
            one("a person who left", self.claims(json!({"sub": self.departed}))),
            one("an admin who left", self.claims(json!({"sub": self.departed, "roles": ["admin"]}))),
            one("a disabled account", self.claims(json!({"sub": self.disabled, "scope": scope}))),
            one("an account as a person", self.claims(json!({"sub": self.account}))),
            one("a person as an account", self.claims(json!({"scope": scope}))),
            one("an account with roles", self.claims(json!({"sub": self.account, "scope": scope, "roles": ["admin"]}))),
            one(
                "an unknown account",
                self.claims(json!({"sub": "01900000-0000-7000-8000-000000000000", "scope": scope})),
            ),
            one("scope a list", self.claims(json!({"sub": self.account, "scope": [scope]}))),
            one("roles a text", self.claims(json!({"roles": "admin"}))),
            one("roles with a number", self.claims(json!({"roles": ["admin", 1]}))),
            one("roles an object", self.claims(json!({"roles": {"admin": true}}))),
        ]
    }

    fn shapes(&self) -> Vec<Case> {
        let good = self.good();
        let other = self.claims(json!({"sub": self.other_person}));
        let parts: Vec<_> = good.split('.').collect();
        let [head, payload, signature] = parts[..] else { unreachable!("three parts") };
        let others_signature = other.rsplit('.').next().unwrap_or_default();
        let others_payload = other.split('.').nth(1).unwrap_or_default();
        let flipped = if signature.starts_with('A') { "B" } else { "A" };
        let deep = format!("{{\"alg\":\"HS256\",\"x\":{}{}}}", "[".repeat(2000), "]".repeat(2000));
        let deep_payload = with(&self.base, json!({"roles": "@"}))
            .replace("\"@\"", &format!("{}{}", "[".repeat(2000), "]".repeat(2000)));
        let last = signature.chars().last().unwrap_or('A');
        vec![
            one("signature missing", format!("{head}.{payload}")),
            one("signature empty", format!("{head}.{payload}.")),
            one("signature cut by one", &good[..good.len() - 1]),
            one("signature cut by half", format!("{head}.{payload}.{}", &signature[..20])),
            one("signature changed", format!("{head}.{payload}.{flipped}{}", &signature[1..])),
            one("signature's spare bits changed", format!("{}{}", &good[..good.len() - 1], next_in_alphabet(last))),
            one("signature of another token", format!("{head}.{payload}.{others_signature}")),
            one("payload of another token", format!("{head}.{others_payload}.{signature}")),
            one("signature twice as long", format!("{head}.{payload}.{signature}{signature}")),
            one("header alone", head),
            one("two dots", ".."),
            one("one dot", "."),
            one("parts empty but the last", format!("..{signature}")),
            one("payload empty", ours(HS256, "")),
            one("header empty", format!(".{payload}.{signature}")),
            one("a dot too many", format!("{good}.")),
            one("a dot before", format!(".{good}")),
            one("four parts", format!("{good}.{signature}")),
            one("five parts", format!("{head}.{payload}.{signature}.{payload}.{signature}")),
            one(
                "a JWE",
                format!("{}.{payload}.{payload}.{payload}.{payload}", encode(r#"{"alg":"dir","enc":"A256GCM"}"#)),
            ),
            one("padding on the signature", format!("{good}=")),
            one("padding on the header", format!("{head}=.{payload}.{signature}")),
            one("padding on the payload", format!("{head}.{payload}==.{signature}")),
            one(
                "standard base64",
                format!(
                    "{}.{}.{}",
                    BASE64_STANDARD.encode(HS256),
                    BASE64_STANDARD.encode(self.base.to_string()),
                    BASE64_STANDARD_NO_PAD.encode([251; 32])
                ),
            ),
            one("not base64", "!!!.???.***"),
            one("garbage", "garbage"),
            one("garbage after", format!("{good}~")),
            one("a letter after", format!("{good}A")),
            one("a second token after", format!("{good} {good}")),
            one("a comma and a token after", format!("{good},{good}")),
            one("a comment after", format!("{good};x=1")),
            one("in quotes", format!("\"{good}\"")),
            one("percent-encoded dots", good.replace('.', "%2e")),
            one("dots of another script", good.replace('.', "\u{2024}")),
            one("an invisible character inside", good.replacen('.', ".\u{200b}", 1)),
            one("header not JSON", ours("alg=HS256", &self.base.to_string())),
            one("header a list", ours(r#"["HS256"]"#, &self.base.to_string())),
            one("header with a byte order mark", ours(&format!("\u{feff}{HS256}"), &self.base.to_string())),
            one("header with a comma at the end", ours(r#"{"alg":"HS256",}"#, &self.base.to_string())),
            one("header with more after it", ours(&format!("{HS256}{{}}"), &self.base.to_string())),
            one("header nested deeply", ours(&deep, &self.base.to_string())),
            one("payload nested deeply", ours(HS256, &deep_payload)),
            one("payload not JSON", ours(HS256, "sub=1")),
            one("payload a list", ours(HS256, &format!("[{}]", self.base))),
            one("payload a text", ours(HS256, &json!(self.base.to_string()).to_string())),
            one("payload with more after it", ours(HS256, &format!("{}{{}}", self.base))),
            one("payload not UTF-8", self.not_utf8()),
            one("over 8 kB, honestly signed", self.claims(json!({"note": "x".repeat(7000)}))),
            one("over 8 kB of dots", ".".repeat(9000)),
        ]
    }

    fn headers(&self) -> Vec<Case> {
        let good = self.good();
        let mut twice = raw("two headers", &format!("Bearer {good}"));
        twice.1.extend(twice.1.clone());
        let mut mixed = raw("a good header and a bad one", &format!("Bearer {good}"));
        mixed.1.extend(raw("", "Bearer x").1);
        vec![
            ("no header", Vec::new()),
            twice,
            mixed,
            raw("empty header", ""),
            raw("no scheme", &good),
            raw("scheme alone", "Bearer"),
            raw("scheme and a space", "Bearer "),
            raw("empty bearer", "Bearer  "),
            raw("a tab for a space", &format!("Bearer\t{good}")),
            raw("an equals sign", &format!("Bearer={good}")),
            raw("Basic with the token", &format!("Basic {good}")),
            raw("Basic", &format!("Basic {}", BASE64_STANDARD.encode("admin:admin"))),
            raw("Token", &format!("Token {good}")),
            raw("Digest", "Digest username=\"admin\""),
            raw("the scheme in full-width letters", &format!("\u{ff22}earer {good}")),
            raw("two schemes", &format!("Basic x, Bearer {good}")),
        ]
    }

    fn not_utf8(&self) -> String {
        let mut payload = with(&self.base, json!({"roles": ["@"]})).into_bytes();
        let at = payload.iter().position(|byte| *byte == b'@').unwrap_or_default();
        payload[at] = 0xff;
        let head = format!("{}.{}", encode(HS256), encode(payload));
        let signature = mac(aws_lc_rs::hmac::HMAC_SHA256, &our_key(), head.as_bytes());
        format!("{head}.{}", encode(signature))
    }
}

/// The neighbour of a base64url digit that differs in its lowest bit only.
fn next_in_alphabet(digit: char) -> char {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let at = DIGITS.iter().position(|known| char::from(*known) == digit).unwrap_or_default();
    char::from(DIGITS[at ^ 1])
}

fn lines(base64: &str) -> String {
    base64.as_bytes().chunks(64).map(|line| String::from_utf8_lossy(line).into_owned()).collect::<Vec<_>>().join("\n")
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
    for good in [world.good(), world.claims(account), world.claims(json!({"note": "x".repeat(3000)}))] {
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
    let provider = Jwks::new(&server.address, "https://id.example.com", "api", PersonClaim::Sub).expect("settings");
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
