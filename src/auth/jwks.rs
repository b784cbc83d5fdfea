//! The company's identity provider: its public keys, fetched from its JWKS address.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::DecodingKey;
use reqwest::Url;
use tokio::sync::{Mutex, RwLock, Semaphore};

use super::claims::{self, Claims, Header};
use super::key_set::{self, LeftOut, ProviderKey};
use super::naming::{Named, PersonClaim, RoleClaim, Roles};
use super::refusal::Refusal;

/// An unknown key id makes us ask again, at most this often.
const ASK_AGAIN_AFTER: TimeDelta = TimeDelta::seconds(30);
/// A provider that did not answer is asked again this soon.
const TRY_AGAIN_AFTER: TimeDelta = TimeDelta::seconds(5);
/// Keys older than this are fetched anew, so that withdrawn ones stop to work.
const KEYS_ARE_FRESH_FOR: TimeDelta = TimeDelta::seconds(600);
/// Keys that cannot be fetched anew are trusted this long.
const KEYS_LIVE_FOR: TimeDelta = TimeDelta::hours(24);
/// The provider's answer is waited for this long, body included.
const PATIENCE: Duration = Duration::from_secs(5);
/// No key set is larger, in bytes.
const LARGEST_SET: usize = 256 * 1024;
/// At most so many requests wait for keys at once.
const MOST_WAITING: usize = 64;

/// The trusted keys of one issuer, and how its tokens name people.
#[derive(Debug)]
pub struct Jwks {
    /// Whose tokens these are.
    pub(super) issuer: String,
    audience: String,
    pub(super) person: PersonClaim,
    roles: RoleClaim,
    source: Arc<Source>,
    waiting: Semaphore,
}

/// Where the keys come from, and those that came.
#[derive(Debug)]
struct Source {
    address: Url,
    client: reqwest::Client,
    keys: RwLock<Keys>,
    /// Held by the one who asks; the others go on with the keys there are.
    asking: Arc<Mutex<()>>,
}

#[derive(Debug, Default)]
struct Keys {
    usable: Vec<ProviderKey>,
    left_out: Vec<LeftOut>,
    asked_at: Option<DateTime<Utc>>,
    fetched_at: Option<DateTime<Utc>>,
    has_failed: bool,
}

impl Keys {
    /// Whether the provider need not be asked again yet; a clock that was set back says nothing.
    fn asked_within(&self, span: TimeDelta, now: DateTime<Utc>) -> bool {
        let span = if self.has_failed { TRY_AGAIN_AFTER } else { span };
        self.asked_at.is_some_and(|at| at <= now && now < at + span)
    }

    /// The one key that fits. `None`: there is none.
    fn fitting(&self, header: &Header, now: DateTime<Utc>) -> Result<Option<DecodingKey>, Refusal> {
        if self.fetched_at.is_none_or(|at| now >= at + KEYS_LIVE_FOR) {
            return Ok(None);
        }
        // The key decides on the algorithm; a token that names another one finds none.
        let fits = |key: &&ProviderKey| {
            key.algorithm == header.algorithm && (header.key_id.is_none() || key.id == header.key_id)
        };
        let mut fitting = self.usable.iter().filter(fits);
        match (fitting.next(), fitting.next()) {
            (Some(only), None) => Ok(Some(only.key.clone())),
            (None, _) => Ok(None),
            (Some(_), Some(_)) => Err(Refusal::NoSingleKey),
        }
    }
}

/// Why the settings of the identity provider are refused.
#[derive(Debug)]
pub enum JwksError {
    /// Not a web address.
    NotAnAddress,
    /// Neither https nor this machine.
    NotHttps,
    /// The HTTP client cannot be built.
    Client(reqwest::Error),
}

impl fmt::Display for JwksError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAnAddress => f.write_str("is not a web address"),
            Self::NotHttps => f.write_str("must be https, unless it is on this machine"),
            Self::Client(error) => write!(f, "no client for it: {error}"),
        }
    }
}

impl std::error::Error for JwksError {}

impl Jwks {
    /// Trusts the keys at `address` for tokens of `issuer` to `audience`.
    pub fn new(address: &str, issuer: &str, audience: &str, person: PersonClaim) -> Result<Self, JwksError> {
        let address = Url::parse(address).map_err(|_| JwksError::NotAnAddress)?;
        let is_here = matches!(address.host_str(), Some("127.0.0.1" | "[::1]" | "localhost"));
        if address.scheme() != "https" && !(is_here && address.scheme() == "http") {
            return Err(JwksError::NotHttps);
        }
        let mut client = reqwest::Client::builder().timeout(PATIENCE).redirect(reqwest::redirect::Policy::none());
        if is_here {
            // Elsewhere HTTPS_PROXY and NO_PROXY of the environment hold.
            client = client.no_proxy();
        }
        let client = client.build().map_err(JwksError::Client)?;
        let source = Source { address, client, keys: RwLock::default(), asking: Arc::default() };
        Ok(Self {
            issuer: issuer.to_owned(),
            audience: audience.to_owned(),
            person,
            roles: RoleClaim::default(),
            source: Arc::new(source),
            waiting: Semaphore::new(MOST_WAITING),
        })
    }

    /// The same with roles from another claim, or by other values.
    #[must_use]
    pub fn with_roles(self, roles: RoleClaim) -> Self {
        Self { roles, ..self }
    }

    /// Fetches the keys and says what came, for `check`: how many can be used, and which were left out and why.
    pub async fn probe(&self) -> Result<(usize, Vec<String>), String> {
        let (usable, left_out) = self.source.fetch().await?;
        Ok((usable.len(), left_out.iter().map(ToString::to_string).collect()))
    }

    /// Whether a token with this header has to wait for the provider.
    pub(super) async fn has_to_wait(&self, header: &Header, now: DateTime<Utc>) -> bool {
        let keys = self.source.keys.read().await;
        let is_known = keys.fitting(header, now).is_ok_and(|key| key.is_some());
        !keys.asked_within(if is_known { KEYS_ARE_FRESH_FOR } else { ASK_AGAIN_AFTER }, now)
    }

    /// Waits until the provider was asked. Whoever waits holds no place among the requests at work.
    pub(super) async fn wait(&self, header: &Header, now: DateTime<Utc>) -> Result<(), Refusal> {
        let _place = self.waiting.try_acquire().map_err(|_| Refusal::TooManyWaiting)?;
        self.source.refresh(header, now).await;
        Ok(())
    }

    /// Verifies with the keys there are.
    pub(super) async fn verify(&self, token: &str, header: &Header, now: DateTime<Utc>) -> Result<Claims, Refusal> {
        let key = {
            let keys = self.source.keys.read().await;
            let unknown = if keys.has_failed || keys.fetched_at.is_none() {
                Refusal::KeysUnavailable
            } else if header.key_id.is_none() {
                Refusal::NoSingleKey
            } else {
                Refusal::UnknownKey
            };
            keys.fitting(header, now)?.ok_or(unknown)?
        };
        claims::verify(token, &key, header.algorithm, (&self.issuer, &self.audience), now)
    }

    pub(super) fn name(&self, claims: &Claims) -> Named {
        self.person.name(&claims.all)
    }

    pub(super) fn roles(&self, claims: &Claims) -> Roles {
        self.roles.read(&claims.all)
    }
}

impl Source {
    /// Asks the provider unless somebody just did.
    async fn refresh(self: &Arc<Self>, header: &Header, now: DateTime<Utc>) {
        let is_known = self.keys.read().await.fitting(header, now).is_ok_and(|key| key.is_some());
        // A key that is there serves on while somebody asks whether it still holds.
        let asking = if is_known {
            let Ok(asking) = self.asking.clone().try_lock_owned() else { return };
            asking
        } else {
            self.asking.clone().lock_owned().await
        };
        let span = if is_known { KEYS_ARE_FRESH_FOR } else { ASK_AGAIN_AFTER };
        if !self.keys.read().await.asked_within(span, now) {
            // A task of its own: a client that goes away must not leave the others without keys.
            let source = self.clone();
            let asked = tokio::spawn(async move {
                source.ask(now).await;
                drop(asking);
            });
            let _ = asked.await;
        }
    }

    async fn ask(&self, now: DateTime<Utc>) {
        let fetched = self.fetch().await;
        let mut keys = self.keys.write().await;
        keys.asked_at = Some(now);
        keys.has_failed = fetched.is_err();
        match fetched {
            Ok((usable, left_out)) => {
                if left_out != keys.left_out {
                    for key in &left_out {
                        tracing::warn!(
                            event = "identity.key_left_out",
                            key = key.id,
                            reason = key.reason,
                            "identity provider: a key of its set cannot be used; tokens that it signed are refused"
                        );
                    }
                }
                (keys.usable, keys.left_out, keys.fetched_at) = (usable, left_out, Some(now));
            }
            Err(cause) => tracing::warn!(
                event = "identity.keys_unavailable",
                cause,
                known_keys = keys.usable.len(),
                "identity provider: its keys cannot be fetched; known keys serve for 24 h, tokens of others get 503; \
                 trying again in 5 s"
            ),
        }
    }

    async fn fetch(&self) -> Result<(Vec<ProviderKey>, Vec<LeftOut>), String> {
        let mut answer = self.client.get(self.address.clone()).send().await.map_err(|error| told(&error))?;
        if !answer.status().is_success() {
            return Err(format!("status {}", answer.status()));
        }
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(|error| told(&error))? {
            body.extend_from_slice(&chunk);
            if body.len() > LARGEST_SET {
                return Err(format!("larger than {LARGEST_SET} bytes"));
            }
        }
        let set: serde_json::Value = serde_json::from_slice(&body).map_err(|error| error.to_string())?;
        let (usable, left_out) = key_set::read(set["keys"].as_array().ok_or("no member `keys`")?);
        if usable.is_empty() {
            let why: Vec<_> = left_out.iter().map(ToString::to_string).collect();
            return Err(format!("no key that can be used in a set of {} ({})", left_out.len(), why.join("; ")));
        }
        Ok((usable, left_out))
    }
}

/// The error and what lies below it: the library says the latter only when asked.
fn told(error: &reqwest::Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(next) = cause {
        text = format!("{text}: {next}");
        cause = next.source();
    }
    text
}
