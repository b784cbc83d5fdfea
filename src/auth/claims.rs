//! What a token says, once its signature held. Strict: a claim of another form is no claim.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use clap::ValueEnum;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::text::{Email, Line};

/// Tokens longer than this are not read at all, in bytes.
pub(super) const LONGEST_TOKEN: usize = 8 * 1024;
/// How far two clocks may disagree, in seconds.
const LEEWAY_SECONDS: i64 = 30;
/// Header members that would let a token choose its own key or meaning.
const REFUSED_HEADERS: [&str; 8] = ["jku", "jwk", "x5u", "x5c", "crit", "b64", "zip", "enc"];

/// The claims this service reads.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Claims {
    pub iss: String,
    pub aud: String,
    /// Seconds since 1970.
    pub exp: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nbf: Option<i64>,
    pub sub: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<String>,
    /// Space-separated; its presence makes the subject a service account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email_verified: Option<bool>,
}

/// Which claim of the identity provider names the person, and the column it is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum PersonClaim {
    /// `sub` is the person's `external_id`.
    Sub,
    /// `email` is the person's work e-mail; refused where `email_verified` is false.
    Email,
}

impl Claims {
    /// How the identity provider calls the person, as the column of `claim` spells it. `None`:
    /// nothing that could stand there.
    pub(super) fn name_of_person(&self, claim: PersonClaim) -> Option<String> {
        match claim {
            // Compared as it is: trimmed or folded it could be somebody else.
            PersonClaim::Sub => {
                Line::<100>::parse(&self.sub).ok().map(|id| id.to_string()).filter(|id| *id == self.sub)
            }
            PersonClaim::Email if self.email_verified == Some(false) => None,
            PersonClaim::Email => Email::parse(self.email.as_deref()?).ok().map(|email| email.to_string()),
        }
    }
}

/// What the header asks for.
pub(super) struct Header {
    pub algorithm: Algorithm,
    pub key_id: Option<String>,
}

/// Reads the header without trusting it. `None`: not a token for us.
pub(super) fn header(token: &str) -> Option<Header> {
    if token.split('.').count() != 3 {
        return None;
    }
    let encoded = token.split('.').next()?;
    let header: Map<String, Value> = serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(encoded).ok()?).ok()?;
    let names_a_key_of_its_own = REFUSED_HEADERS.iter().any(|name| header.contains_key(*name));
    let kind = header.get("typ").map_or(Some("JWT"), Value::as_str)?;
    if names_a_key_of_its_own || !["JWT", "at+jwt"].iter().any(|known| kind.eq_ignore_ascii_case(known)) {
        return None;
    }
    // Exact names only: `nOnE` and `hs256` are nobody's.
    let algorithm = match header.get("alg")?.as_str()? {
        "HS256" => Algorithm::HS256,
        "RS256" => Algorithm::RS256,
        "ES256" => Algorithm::ES256,
        "EdDSA" => Algorithm::EdDSA,
        _ => return None,
    };
    let key_id = match header.get("kid") {
        None => None,
        Some(Value::String(id)) => Some(id.clone()),
        Some(_) => return None,
    };
    Some(Header { algorithm, key_id })
}

/// Verifies the signature and every claim against one issuer's key.
pub(super) fn verify(
    token: &str,
    key: &DecodingKey,
    algorithm: Algorithm,
    (issuer, audience): (&str, &str),
    now: DateTime<Utc>,
) -> Option<Claims> {
    let mut rules = Validation::new(algorithm);
    rules.set_issuer(&[issuer]);
    rules.set_audience(&[audience]);
    rules.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    // Our Clock decides on time, below; the library would ask the machine.
    rules.validate_exp = false;
    let claims = jsonwebtoken::decode::<Claims>(token, key, &rules).ok()?.claims;
    let now = now.timestamp();
    let is_current = claims.exp.checked_add(LEEWAY_SECONDS)? > now
        && claims.nbf.is_none_or(|from| from.saturating_sub(LEEWAY_SECONDS) <= now);
    (is_current && !claims.sub.is_empty()).then_some(claims)
}
