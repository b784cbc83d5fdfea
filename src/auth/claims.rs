//! Verifies the header and the claims of a token. A claim that is not needed and has an unexpected form is ignored.

use std::fmt;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use super::refusal::Refusal;

/// Longest token that is read, in bytes.
pub(super) const LONGEST_TOKEN: usize = 8 * 1024;
/// Accepted difference between two clocks, in seconds.
const LEEWAY_SECONDS: i64 = 30;
/// Largest number of audiences in a token.
const MOST_AUDIENCES: usize = 10;
/// Header members that would let a token choose its own key or meaning.
const REFUSED_HEADERS: [&str; 8] = ["jku", "jwk", "x5u", "x5c", "crit", "b64", "zip", "enc"];
/// Kinds of token, by RFC 7519 and RFC 9068.
const KINDS: [&str; 3] = ["JWT", "at+jwt", "application/at+jwt"];

/// The claims of a token with a valid signature and valid claims.
#[derive(Clone, Debug)]
pub(super) struct Claims {
    pub sub: String,
    /// Seconds since 1970.
    pub exp: i64,
    /// When the token was issued, in seconds since 1970. `None`: the token has no `iat`.
    pub iat: Option<i64>,
    /// Scopes, separated by spaces. On a token of the service it makes the subject a service account.
    pub scope: Option<String>,
    /// All claims.
    pub all: Map<String, Value>,
}

/// The algorithm and key that the header of a token asks for.
#[derive(Debug)]
pub(super) struct Header {
    pub algorithm: Algorithm,
    pub key_id: Option<String>,
}

/// Reads the header without trusting it.
pub(super) fn header(token: &str) -> Result<Header, Refusal> {
    let mut parts = token.split('.');
    let (Some(encoded), Some(_), Some(_), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
        return Err(Refusal::Malformed);
    };
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(encoded).map_err(|_| Refusal::Malformed)?;
    let header: Map<String, Value> = serde_json::from_slice(&bytes).map_err(|_| Refusal::Malformed)?;
    if REFUSED_HEADERS.iter().any(|name| header.contains_key(*name)) {
        return Err(Refusal::HeaderNotAllowed);
    }
    let kind = header.get("typ").map_or(Some("JWT"), Value::as_str).ok_or(Refusal::WrongType)?;
    if !KINDS.iter().any(|known| kind.eq_ignore_ascii_case(known)) {
        return Err(Refusal::WrongType);
    }
    // The names must match exactly: `nOnE` and `hs256` are refused.
    let algorithm = match header.get("alg").and_then(Value::as_str) {
        Some("HS256") => Algorithm::HS256,
        Some("RS256") => Algorithm::RS256,
        Some("ES256") => Algorithm::ES256,
        Some("EdDSA") => Algorithm::EdDSA,
        _ => return Err(Refusal::WrongAlgorithm),
    };
    let key_id = match header.get("kid") {
        None => None,
        Some(Value::String(id)) => Some(id.clone()),
        Some(_) => return Err(Refusal::UnknownKey),
    };
    Ok(Header { algorithm, key_id })
}

/// Verifies the signature and the claims with the key of one issuer.
pub(super) fn verify(
    token: &str,
    key: &DecodingKey,
    algorithm: Algorithm,
    (issuer, audience): (&str, &str),
    now: DateTime<Utc>,
) -> Result<Claims, Refusal> {
    let mut rules = Validation::new(algorithm);
    // The library checks the signature only. The claims are checked below, with the time of our own clock.
    rules.required_spec_claims.clear();
    (rules.validate_exp, rules.validate_nbf, rules.validate_aud) = (false, false, false);
    let Payload(all) = jsonwebtoken::decode::<Payload>(token, key, &rules)
        .map_err(|error| match error.kind() {
            jsonwebtoken::errors::ErrorKind::InvalidSignature => Refusal::BadSignature,
            _ => Refusal::Malformed,
        })?
        .claims;
    if all.get("iss").and_then(Value::as_str) != Some(issuer) {
        return Err(Refusal::WrongIssuer);
    }
    if !is_for(all.get("aud"), audience) {
        return Err(Refusal::WrongAudience);
    }
    let now = now.timestamp();
    let seconds = |name: &str| all.get(name).and_then(Value::as_i64);
    let exp = seconds("exp").ok_or(Refusal::NoExpiry)?;
    if exp.checked_add(LEEWAY_SECONDS).is_none_or(|last| last <= now) || DateTime::from_timestamp(exp, 0).is_none() {
        return Err(Refusal::Expired);
    }
    let is_early = |from: i64| from.saturating_sub(LEEWAY_SECONDS) > now;
    if all.contains_key("nbf") && seconds("nbf").is_none_or(is_early) {
        return Err(Refusal::NotYetValid);
    }
    let sub = all.get("sub").and_then(Value::as_str).filter(|sub| !sub.is_empty()).ok_or(Refusal::NoSubject)?;
    let scope = all.get("scope").and_then(Value::as_str).map(str::to_owned);
    Ok(Claims { sub: sub.to_owned(), exp, iat: seconds("iat"), scope, all })
}

/// The expiry that a token states. The signature is not checked.
pub(super) fn expiry_of(token: &str) -> Option<i64> {
    let payload = BASE64_URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
    serde_json::from_slice::<Payload>(&payload).ok()?.0.get("exp")?.as_i64()
}

/// Whether the token is meant for `audience` (RFC 7519 §4.1.3: one text or a list).
fn is_for(claim: Option<&Value>, audience: &str) -> bool {
    match claim {
        Some(Value::String(only)) => only == audience,
        Some(Value::Array(list)) => {
            list.len() <= MOST_AUDIENCES && list.iter().all(Value::is_string) && list.iter().any(|one| one == audience)
        }
        _ => false,
    }
}

/// An object in which no member occurs twice (RFC 7519 §4).
struct Payload(Map<String, Value>);

impl<'de> Deserialize<'de> for Payload {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = Map<String, Value>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut members: M) -> Result<Self::Value, M::Error> {
                let mut all = Map::new();
                while let Some((name, value)) = members.next_entry::<String, Value>()? {
                    if all.insert(name, value).is_some() {
                        return Err(M::Error::custom("a member occurs twice"));
                    }
                }
                Ok(all)
            }
        }
        from.deserialize_map(Members).map(Self)
    }
}
