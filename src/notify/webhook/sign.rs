//! Signatures of calls, as Standard Webhooks defines them: HMAC-SHA256 over id, time and body.

use std::fmt;

use aws_lc_rs::hmac::{HMAC_SHA256, Key, sign};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::ids::DeliveryId;
use crate::secret;

/// How long a replaced secret still signs.
pub const OVERLAP: TimeDelta = TimeDelta::hours(24);
/// The prefix of every secret.
const PREFIX: &str = "whsec_";

/// The secret that the service shares with the receiver of a webhook.
#[derive(Clone, Serialize, Deserialize)]
pub struct Secret(String);

/// The secrets of a webhook.
#[derive(Debug, Serialize, Deserialize)]
pub struct Secrets {
    newest: Secret,
    previous: Option<Previous>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Previous {
    secret: Secret,
    until: DateTime<Utc>,
}

impl Secret {
    /// 32 random bytes.
    fn new() -> Self {
        Self(format!("{PREFIX}{}", BASE64_STANDARD.encode(secret::random::<32>())))
    }

    /// The secret as text, for the one answer that has it.
    pub fn reveal(&self) -> String {
        self.0.clone()
    }

    fn signature(&self, id: DeliveryId, at: DateTime<Utc>, body: &str) -> String {
        let key = BASE64_STANDARD.decode(self.0.trim_start_matches(PREFIX)).unwrap_or_default();
        let signed = format!("{id}.{}.{body}", at.timestamp());
        let signature = sign(&Key::new(HMAC_SHA256, &key), signed.as_bytes());
        format!("v1,{}", BASE64_STANDARD.encode(signature))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<secret>")
    }
}

impl Secrets {
    /// One new secret.
    pub fn fresh() -> Self {
        Self { newest: Secret::new(), previous: None }
    }

    /// A new secret; the previous one stays valid for a day.
    #[must_use]
    pub fn rotated(self, now: DateTime<Utc>) -> Self {
        let previous = Previous { secret: self.newest, until: now + OVERLAP };
        Self { newest: Secret::new(), previous: Some(previous) }
    }

    /// The newest secret.
    pub const fn newest(&self) -> &Secret {
        &self.newest
    }

    /// The value of `webhook-signature`: one signature for each secret that is valid at this time.
    pub fn signatures(&self, id: DeliveryId, at: DateTime<Utc>, body: &str) -> String {
        let newest = self.newest.signature(id, at, body);
        match self.previous.as_ref().filter(|previous| at < previous.until) {
            Some(previous) => format!("{newest} {}", previous.secret.signature(id, at, body)),
            None => newest,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secrets() -> Secrets {
        Secrets { newest: Secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".to_owned()), previous: None }
    }

    /// The expected value is from Python's `hmac`, with the same secret and text.
    #[test]
    fn a_signature_is_as_other_implementations_compute_it() {
        let at = DateTime::from_timestamp(1_614_265_330, 0).expect("a moment");
        let signed = secrets().signatures(DeliveryId::first(), at, r#"{"test": 2432232314}"#);
        assert_eq!(signed, "v1,Y5/uRWupLQOPxe4D5mBYrd9dRGhY+xtWrnxDwy59WDE=");
    }

    #[test]
    fn an_old_secret_signs_for_a_day() {
        let at = DateTime::from_timestamp(1_614_265_330, 0).expect("a moment");
        let (id, old) = (DeliveryId::first(), secrets().signatures(DeliveryId::first(), at, "{}"));
        let rotated = secrets().rotated(at - OVERLAP + TimeDelta::seconds(1));
        let both = rotated.signatures(id, at, "{}");
        assert_eq!(both.split(' ').count(), 2);
        assert!(both.ends_with(&old) && !both.starts_with(&old));
        assert!(!secrets().rotated(at - OVERLAP).signatures(id, at, "{}").contains(&old));
        assert!(!format!("{rotated:?}").contains("whsec"));
    }
}
