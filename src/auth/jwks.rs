//! The public keys of the identity provider, fetched from its JWKS address.

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

/// Shortest time between two fetches because of an unknown key id.
const ASK_AGAIN_AFTER: TimeDelta = TimeDelta::seconds(30);
/// Time until the next fetch after the provider did not answer.
const TRY_AGAIN_AFTER: TimeDelta = TimeDelta::seconds(5);
/// Age at which keys are fetched again, so that withdrawn keys stop working.
const KEYS_ARE_FRESH_FOR: TimeDelta = TimeDelta::seconds(600);
/// How long keys are used if they cannot be fetched again.
const KEYS_LIVE_FOR: TimeDelta = TimeDelta::hours(24);
/// Longest wait for the provider's whole answer.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(5);
/// Largest accepted key set, in bytes.
const LARGEST_SET: usize = 256 * 1024;
/// Largest number of requests that wait for keys at once.
const MOST_WAITING: usize = 64;

/// The trusted keys of one issuer, and the claims that identify people.
#[derive(Debug)]
pub struct Jwks {
    /// The issuer (`iss`) of the tokens.
    pub(super) issuer: String,
    audience: String,
    pub(super) person: PersonClaim,
    roles: RoleClaim,
    source: Arc<Source>,
    waiting: Semaphore,
}

/// The address of the keys, and the keys that were fetched.
#[derive(Debug)]
struct Source {
    address: Url,
    client: reqwest::Client,
    keys: RwLock<Keys>,
    /// Held by the request that fetches; other requests use the known keys.
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
    /// Whether the keys were fetched within `span`. A fetch in the future does not count: the clock was set back.
    fn asked_within(&self, span: TimeDelta, now: DateTime<Utc>) -> bool {
        let span = if self.has_failed { TRY_AGAIN_AFTER } else { span };
        self.asked_at.is_some_and(|at| at <= now && now < at + span)
    }

    /// The only key that fits. `None`: no key fits.
    fn fitting(&self, header: &Header, now: DateTime<Utc>) -> Result<Option<DecodingKey>, Refusal> {
        if self.fetched_at.is_none_or(|at| now >= at + KEYS_LIVE_FOR) {
            return Ok(None);
        }
        // The key determines the algorithm; a token with another algorithm finds no key.
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
    /// The scheme is not https, and the host is not this machine.
    NotHttps,
    /// The HTTP client cannot be built.
    Client(reqwest::Error),
}

impl fmt::Display for JwksError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAnAddress => f.write_str("must be a web address"),
            Self::NotHttps => f.write_str("must be https, unless it is on this machine"),
            Self::Client(error) => write!(f, "cannot be used: the HTTP client cannot be built: {error}"),
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
        let mut client = reqwest::Client::builder().timeout(ANSWER_TIMEOUT).redirect(reqwest::redirect::Policy::none());
        if is_here {
            // For other hosts HTTPS_PROXY and NO_PROXY of the environment apply.
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

    /// The same with another claim or other values for roles.
    #[must_use]
    pub fn with_roles(self, roles: RoleClaim) -> Self {
        Self { roles, ..self }
    }

    /// Fetches the keys, for `check`. Returns the number of usable keys, and the other keys with the reason.
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

    /// Waits until the keys were fetched. A waiting request does not count as a request in progress.
    pub(super) async fn wait(&self, header: &Header, now: DateTime<Utc>) -> Result<(), Refusal> {
        let _slot = self.waiting.try_acquire().map_err(|_| Refusal::TooManyWaiting)?;
        self.source.refresh(header, now).await;
        Ok(())
    }

    /// Verifies a token with the known keys.
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
    /// Fetches the keys, unless another request just did.
    async fn refresh(self: &Arc<Self>, header: &Header, now: DateTime<Utc>) {
        let is_known = self.keys.read().await.fitting(header, now).is_ok_and(|key| key.is_some());
        // A known key stays in use while another request fetches the keys.
        let asking = if is_known {
            let Ok(asking) = self.asking.clone().try_lock_owned() else { return };
            asking
        } else {
            self.asking.clone().lock_owned().await
        };
        let span = if is_known { KEYS_ARE_FRESH_FOR } else { ASK_AGAIN_AFTER };
        if !self.keys.read().await.asked_within(span, now) {
            // In a separate task, so that a client that disconnects does not cancel the fetch for the others.
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
        let had_failed = std::mem::replace(&mut keys.has_failed, fetched.is_err());
        match fetched {
            Ok((usable, left_out)) => {
                if left_out != keys.left_out {
                    for key in &left_out {
                        tracing::warn!(
                            event = "identity.key_left_out",
                            key = key.id,
                            reason = key.reason,
                            "identity provider: a key in its key set cannot be used; tokens that it signed are refused; \
                             publish signature keys for RS256, ES256 or EdDSA"
                        );
                    }
                }
                (keys.usable, keys.left_out, keys.fetched_at) = (usable, left_out, Some(now));
                if had_failed {
                    tracing::info!(
                        event = "identity.keys_recovered",
                        known_keys = keys.usable.len(),
                        "identity provider: its keys can be fetched again; all its tokens are verified as usual"
                    );
                }
            }
            Err(cause) => tracing::warn!(
                event = "identity.keys_unavailable",
                cause,
                known_keys = keys.usable.len(),
                "identity provider: its keys cannot be fetched; known keys are used for 24 h, tokens of other keys get 503; \
                 retrying with the next such token, at most every 5 s"
            ),
        }
    }

    async fn fetch(&self) -> Result<(Vec<ProviderKey>, Vec<LeftOut>), String> {
        let mut answer = self.client.get(self.address.clone()).send().await.map_err(|error| with_causes(&error))?;
        if !answer.status().is_success() {
            return Err(format!("status {}", answer.status()));
        }
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(|error| with_causes(&error))? {
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

/// The text of the error and of its causes; the library's own text omits the causes.
fn with_causes(error: &reqwest::Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(next) = cause {
        text = format!("{text}: {next}");
        cause = next.source();
    }
    text
}
