//! Tokens made by hand, so that nothing our own code would put right is put right.

use aws_lc_rs::hmac;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::{Value, json};

/// The header of an honest token of ours.
pub const HS256: &str = r#"{"alg":"HS256","typ":"JWT"}"#;

/// The key that the harness gives to every service under test.
pub fn our_key() -> Vec<u8> {
    (0..64).collect()
}

pub fn encode(part: impl AsRef<[u8]>) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(part)
}

/// A token whose parts are these very texts.
pub fn signed(header: &str, payload: &str, sign: impl FnOnce(&[u8]) -> Vec<u8>) -> String {
    let head = format!("{}.{}", encode(header), encode(payload));
    let signature = sign(head.as_bytes());
    format!("{head}.{}", encode(signature))
}

pub fn mac(algorithm: hmac::Algorithm, key: &[u8], text: &[u8]) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(algorithm, key), text).as_ref().to_vec()
}

/// A token that our key signed, honestly as to the signature.
pub fn ours(header: &str, payload: &str) -> String {
    signed(header, payload, |text| mac(hmac::HMAC_SHA256, &our_key(), text))
}

/// A token that somebody signed with HMAC under another key.
pub fn under(key: &[u8], header: &str, payload: &str) -> String {
    signed(header, payload, |text| mac(hmac::HMAC_SHA256, key, text))
}

/// `base` with some members replaced; `null` takes a member away.
pub fn with(base: &Value, changes: Value) -> String {
    let mut merged = base.as_object().expect("an object").clone();
    for (name, value) in changes.as_object().expect("an object") {
        if value.is_null() {
            merged.remove(name);
        } else {
            merged.insert(name.clone(), value.clone());
        }
    }
    Value::Object(merged).to_string()
}

/// A signing key of somebody else, with its public half as a JWK.
pub struct Signer {
    pair: Ed25519KeyPair,
    pub id: String,
}

impl Signer {
    pub fn new(id: &str) -> Self {
        Self { pair: Ed25519KeyPair::generate().expect("a key"), id: id.to_owned() }
    }

    pub fn public(&self) -> &[u8] {
        self.pair.public_key().as_ref()
    }

    pub fn jwk(&self) -> Value {
        json!({"kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": self.id, "x": encode(self.public())})
    }

    /// A token of this key, with a header that names it.
    pub fn sign(&self, payload: &str) -> String {
        self.sign_as(&json!({"alg": "EdDSA", "typ": "JWT", "kid": self.id}).to_string(), payload)
    }

    pub fn sign_as(&self, header: &str, payload: &str) -> String {
        signed(header, payload, |text| self.pair.sign(text).as_ref().to_vec())
    }
}
