//! Calls receivers of webhooks. A name is resolved and its addresses are checked in one step, so that a second
//! resolution cannot return another address.

use std::error::Error;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use reqwest::redirect::Policy;

use super::address::AllowedAddresses;
use crate::ids::DeliveryId;
use crate::notify::delivery::model::DeliveryError;

/// Longest time of a whole call.
const TIMEOUT: Duration = Duration::from_secs(15);
/// Longest time to connect.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Number of bytes of an answer that are read, so that the connection can be used again. The content is ignored.
const MOST_OF_AN_ANSWER: usize = 4096;
/// Longest pause that a receiver can ask for.
const LONGEST_WAIT: TimeDelta = TimeDelta::hours(24);

/// An HTTP client that calls only allowed addresses.
#[derive(Clone, Debug)]
pub struct WebhookClient {
    allowed: AllowedAddresses,
    client: reqwest::Client,
}

/// One call of a receiver.
#[derive(Debug)]
pub struct WebhookRequest {
    /// Id of the delivery, by which the receiver recognises a call that it has already.
    pub id: DeliveryId,
    /// Time of the call.
    pub at: DateTime<Utc>,
    /// Signatures that prove the sender.
    pub signatures: String,
    /// Body, as JSON.
    pub body: String,
}

/// The answer of a receiver.
#[derive(Debug)]
pub struct WebhookResponse {
    /// HTTP status.
    pub status: u16,
    /// Pause that the receiver asks for.
    pub wait: TimeDelta,
}

impl WebhookClient {
    /// A client for these addresses.
    pub fn new(allowed: AllowedAddresses) -> reqwest::Result<Self> {
        Self::resolving_by(
            allowed,
            |name| async move { tokio::net::lookup_host((name, 0)).await.map(Iterator::collect) },
        )
    }

    /// The same, with another function that resolves names.
    pub fn resolving_by<L, F>(allowed: AllowedAddresses, look_up: L) -> reqwest::Result<Self>
    where
        L: Fn(String) -> F + Send + Sync + 'static,
        F: Future<Output = io::Result<Vec<SocketAddr>>> + Send + 'static,
    {
        let client = reqwest::Client::builder()
            .user_agent(concat!("mentorship/", env!("CARGO_PKG_VERSION")))
            .timeout(TIMEOUT)
            .connect_timeout(CONNECT_TIMEOUT)
            .redirect(Policy::none())
            .no_proxy()
            .https_only(allowed == AllowedAddresses::Public)
            .dns_resolver(CheckedResolver { allowed, look_up })
            .build()?;
        Ok(Self { allowed, client })
    }

    /// The addresses that it may call.
    pub const fn allowed_addresses(&self) -> AllowedAddresses {
        self.allowed
    }

    /// Sends a call to an address.
    pub async fn send(&self, address: &str, call: WebhookRequest) -> Result<WebhookResponse, DeliveryError> {
        // Numeric addresses are never resolved, and the setting may have changed since the webhook was added.
        let forbidden = |_| DeliveryError::permanent("the address of the webhook is not allowed");
        let url = self.allowed.check(address).map_err(forbidden)?;
        let request = self
            .client
            .post(url)
            .header(CONTENT_TYPE, "application/json")
            .header("webhook-id", call.id.to_string())
            .header("webhook-timestamp", call.at.timestamp().to_string())
            .header("webhook-signature", call.signatures)
            .body(call.body);
        let mut answer = request.send().await.map_err(|error| error_of(&error))?;
        let status = answer.status().as_u16();
        let wait = answer.headers().get(RETRY_AFTER).and_then(|value| wait(value.to_str().ok()?, call.at));
        let mut left = MOST_OF_AN_ANSWER;
        while let Ok(Some(chunk)) = answer.chunk().await {
            let Some(less) = left.checked_sub(chunk.len()) else { break };
            left = less;
        }
        Ok(WebhookResponse { status, wait: wait.unwrap_or_default() })
    }
}

/// Resolves names. Refuses a name if one of its addresses is not allowed.
struct CheckedResolver<L> {
    allowed: AllowedAddresses,
    look_up: L,
}

impl<L, F> Resolve for CheckedResolver<L>
where
    L: Fn(String) -> F + Send + Sync + 'static,
    F: Future<Output = io::Result<Vec<SocketAddr>>> + Send + 'static,
{
    fn resolve(&self, name: Name) -> Resolving {
        let (allowed, found) = (self.allowed, (self.look_up)(name.as_str().to_owned()));
        Box::pin(async move {
            let found = found.await?;
            if !found.iter().all(|address| allowed.allows(address.ip())) {
                return Err(NotPublic.into());
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

/// The error for a name with an address that is not allowed.
#[derive(Debug)]
struct NotPublic;

impl fmt::Display for NotPublic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name has an address that is not public")
    }
}

impl Error for NotPublic {}

/// The delivery error for a failed call. The text of the library is not used, because it may have the address.
fn error_of(error: &reqwest::Error) -> DeliveryError {
    let mut cause: Option<&(dyn Error + 'static)> = error.source();
    while let Some(inner) = cause {
        if inner.is::<NotPublic>() {
            return DeliveryError::temporary("the host name of the webhook has an address that is not allowed");
        }
        cause = inner.source();
    }
    DeliveryError::temporary(if error.is_timeout() {
        "the receiver did not answer in time"
    } else if error.is_connect() {
        "the receiver cannot be reached"
    } else {
        "the answer of the receiver was not valid HTTP"
    })
}

/// The pause that a receiver asks for: seconds, or a date and time (RFC 9110 §10.2.3).
fn wait(asked: &str, now: DateTime<Utc>) -> Option<TimeDelta> {
    let wait = match asked.parse::<u32>() {
        Ok(seconds) => TimeDelta::seconds(seconds.into()),
        Err(_) => DateTime::parse_from_rfc2822(asked).ok()?.to_utc() - now,
    };
    Some(wait.clamp(TimeDelta::zero(), LONGEST_WAIT))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receiver_may_ask_for_a_pause_of_up_to_a_day() {
        let now = "1994-11-06T08:49:00Z".parse().expect("a moment");
        assert_eq!(wait("120", now), Some(TimeDelta::minutes(2)));
        assert_eq!(wait("Sun, 06 Nov 1994 08:49:37 GMT", now), Some(TimeDelta::seconds(37)));
        assert_eq!(wait("Sun, 06 Nov 1994 08:00:00 GMT", now), Some(TimeDelta::zero()));
        assert_eq!(wait("4294967295", now), Some(LONGEST_WAIT));
        assert_eq!(wait("-1", now), None);
        assert_eq!(wait("soon", now), None);
    }
}
