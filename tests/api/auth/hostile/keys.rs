//! Algorithms and keys that are not ours, or not the provider's.

use aws_lc_rs::hmac::{HMAC_SHA384, HMAC_SHA512};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use super::{Case, World, one};
use crate::auth::forge::{HS256, Signer, encode, mac, our_key, ours, signed, under};

impl World {
    pub fn algorithms(&self) -> Vec<Case> {
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

    pub fn keys(&self) -> Vec<Case> {
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
}

fn lines(base64: &str) -> String {
    base64.as_bytes().chunks(64).map(|line| String::from_utf8_lossy(line).into_owned()).collect::<Vec<_>>().join("\n")
}
