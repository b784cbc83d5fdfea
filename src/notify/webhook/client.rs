//! Calls receivers. Every name is resolved here and every address vetted in the same step, so that
//! no second look at a name can find another one.

use std::error::Error;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use reqwest::redirect::Policy;

use super::address::Reach;
use crate::ids::DeliveryId;
use crate::notify::delivery::model::Trouble;

/// A receiver has this long for everything.
const PATIENCE: Duration = Duration::from_secs(15);
/// And this long to be there at all.
const PATIENCE_AT_THE_DOOR: Duration = Duration::from_secs(5);
/// So much of an answer is taken off the line, in bytes, so that the line can be used again. Nobody looks at it.
const MOST_OF_AN_ANSWER: usize = 4096;
/// No receiver's wish for a pause is longer.
const LONGEST_WAIT: TimeDelta = TimeDelta::hours(24);

/// Calls receivers, as far as it reaches.
#[derive(Clone, Debug)]
pub struct Caller {
    reach: Reach,
    client: reqwest::Client,
}

/// What a receiver gets.
#[derive(Debug)]
pub struct Letter {
    /// Tells it what it has already.
    pub id: DeliveryId,
    /// When it is sent.
    pub at: DateTime<Utc>,
    /// Who it is from.
    pub signatures: String,
    /// JSON.
    pub body: String,
}

/// What a receiver says.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// How long it wants to be left alone.
    pub wait: TimeDelta,
}

impl Caller {
    /// Calls as far as `reach` goes.
    pub fn new(reach: Reach) -> reqwest::Result<Self> {
        Self::resolving_by(reach, |name| async move { tokio::net::lookup_host((name, 0)).await.map(Iterator::collect) })
    }

    /// The same, finding addresses by `look_up`.
    pub fn resolving_by<L, F>(reach: Reach, look_up: L) -> reqwest::Result<Self>
    where
        L: Fn(String) -> F + Send + Sync + 'static,
        F: Future<Output = io::Result<Vec<SocketAddr>>> + Send + 'static,
    {
        let client = reqwest::Client::builder()
            .user_agent(concat!("mentorship/", env!("CARGO_PKG_VERSION")))
            .timeout(PATIENCE)
            .connect_timeout(PATIENCE_AT_THE_DOOR)
            .redirect(Policy::none())
            .no_proxy()
            .https_only(reach == Reach::Public)
            .dns_resolver(Vetted { reach, look_up })
            .build()?;
        Ok(Self { reach, client })
    }

    /// How far it calls.
    pub const fn reach(&self) -> Reach {
        self.reach
    }

    /// Brings a letter to an address.
    pub async fn bring(&self, address: &str, letter: Letter) -> Result<Answer, Trouble> {
        // Addresses written as numbers are never resolved; and the setting may be another one by now.
        let url = self.reach.vet(address).map_err(|_| Trouble::lasting("its address must not be called"))?;
        let request = self
            .client
            .post(url)
            .header(CONTENT_TYPE, "application/json")
            .header("webhook-id", letter.id.to_string())
            .header("webhook-timestamp", letter.at.timestamp().to_string())
            .header("webhook-signature", letter.signatures)
            .body(letter.body);
        let mut answer = request.send().await.map_err(|error| trouble(&error))?;
        let status = answer.status().as_u16();
        let wait = answer.headers().get(RETRY_AFTER).and_then(|value| wait(value.to_str().ok()?, letter.at));
        let mut left = MOST_OF_AN_ANSWER;
        while let Ok(Some(chunk)) = answer.chunk().await {
            let Some(less) = left.checked_sub(chunk.len()) else { break };
            left = less;
        }
        Ok(Answer { status, wait: wait.unwrap_or_default() })
    }
}

/// Finds addresses of names, if all of them may be called.
struct Vetted<L> {
    reach: Reach,
    look_up: L,
}

impl<L, F> Resolve for Vetted<L>
where
    L: Fn(String) -> F + Send + Sync + 'static,
    F: Future<Output = io::Result<Vec<SocketAddr>>> + Send + 'static,
{
    fn resolve(&self, name: Name) -> Resolving {
        let (reach, found) = (self.reach, (self.look_up)(name.as_str().to_owned()));
        Box::pin(async move {
            let found = found.await?;
            if !found.iter().all(|address| reach.allows(address.ip())) {
                return Err(NotPublic.into());
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

/// A name that stands for an address which must not be called.
#[derive(Debug)]
struct NotPublic;

impl fmt::Display for NotPublic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name stands for an address that is not public")
    }
}

impl Error for NotPublic {}

/// In words of our own.
fn trouble(error: &reqwest::Error) -> Trouble {
    let mut cause: Option<&(dyn Error + 'static)> = error.source();
    while let Some(inner) = cause {
        if inner.is::<NotPublic>() {
            return Trouble::passing("its name stands for an address that must not be called");
        }
        cause = inner.source();
    }
    Trouble::passing(if error.is_timeout() {
        "the receiver did not answer in time"
    } else if error.is_connect() {
        "the receiver cannot be reached"
    } else {
        "the receiver did not answer as the web does"
    })
}

/// How long a receiver wants to be left alone: seconds, or a day and time (RFC 9110 §10.2.3).
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
    fn receivers_are_left_alone_as_they_wish_within_a_day() {
        let now = "1994-11-06T08:49:00Z".parse().expect("a moment");
        assert_eq!(wait("120", now), Some(TimeDelta::minutes(2)));
        assert_eq!(wait("Sun, 06 Nov 1994 08:49:37 GMT", now), Some(TimeDelta::seconds(37)));
        assert_eq!(wait("Sun, 06 Nov 1994 08:00:00 GMT", now), Some(TimeDelta::zero()));
        assert_eq!(wait("4294967295", now), Some(LONGEST_WAIT));
        assert_eq!(wait("-1", now), None);
        assert_eq!(wait("soon", now), None);
    }
}
