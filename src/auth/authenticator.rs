//! Authenticates every request: limits per address, verification of the token, the viewer, and the viewer's quota.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage as _, HttpRequest};
use chrono::DateTime;
use jsonwebtoken::Algorithm;
use tokio::sync::oneshot::Receiver;
use uuid::Uuid;

use super::address::ClientAddress;
use super::address_limits::{AddressLimits, Charge};
use super::arrival::{Arrival, Stopped, Wait, bearer};
use super::claims::{self, Header};
use super::first_sign_in::{Denied, FirstSignIn};
use super::jwks::Jwks;
use super::local::LocalKey;
use super::open_streams::OpenStreams;
use super::quota::Quotas;
use super::refusal::{Refusal, Refusals};
use super::session::Session;
use super::store;
use super::token_cache::{Hash, TokenCache, VerifiedToken, hash_of, token_id};

use crate::audit_log::AuditLog;
use crate::clock::Clock;
use crate::db::{Db, OnBehalfOf};
use crate::policy::Viewer;
use crate::problem::{Code, Problem};

/// Turns bearer tokens into viewers.
#[derive(Debug)]
pub struct Authenticator {
    pub(super) db: Db,
    pub(super) clock: Clock,
    local: LocalKey,
    pub(super) provider: Option<Jwks>,
    quotas: Option<Quotas>,
    address_limits: Option<AddressLimits>,
    address: ClientAddress,
    pub(super) first_sign_in: FirstSignIn,
    token_cache: TokenCache,
    refusals: Refusals,
    streams: OpenStreams,
}

impl Authenticator {
    /// Trusts the service's own key and, if there is one, the identity provider. `quotas` of `None`: no limits.
    pub fn new(db: Db, clock: Clock, local: LocalKey, provider: Option<Jwks>, quotas: Option<Quotas>) -> Self {
        Self {
            db,
            clock,
            local,
            provider,
            quotas,
            address_limits: None,
            address: ClientAddress::default(),
            first_sign_in: FirstSignIn::default(),
            token_cache: TokenCache::default(),
            refusals: Refusals::default(),
            streams: OpenStreams::default(),
        }
    }

    /// The same with a limit per address for requests without a valid token. `address` says how to find the address.
    #[must_use]
    pub fn with_address_limits(self, address_limits: Option<AddressLimits>, address: ClientAddress) -> Self {
        Self { address_limits, address, ..self }
    }

    /// The same with other periods for first sign-ins.
    #[must_use]
    pub fn with_first_sign_in(self, first_sign_in: FirstSignIn) -> Self {
        Self { first_sign_in, ..self }
    }

    /// The periods for first sign-ins.
    pub const fn first_sign_in(&self) -> FirstSignIn {
        self.first_sign_in
    }

    /// Checks a request before any work is done for it: its address may have failed too often.
    pub fn arrive(&self, request: &HttpRequest) -> Arrival {
        match bearer(request) {
            Some(token) => self.arrive_with(request, token),
            None => self.charged(request, Err(Refusal::NoToken)),
        }
    }

    /// The same for a token that is not in the `Authorization` header.
    pub fn arrive_with(&self, request: &HttpRequest, token: &str) -> Arrival {
        if token.len() > claims::LONGEST_TOKEN {
            return self.charged(request, Err(Refusal::TooLong));
        }
        // A token that was verified before is accepted, even if other clients at its address fail.
        if self.token_cache.knows(&hash_of(token)) {
            return Arrival { header: claims::header(token), charge: None, wait: None };
        }
        self.charged(request, claims::header(token))
    }

    fn charged(&self, request: &HttpRequest, header: Result<Header, Refusal>) -> Arrival {
        let Some(address_limits) = &self.address_limits else { return Arrival { header, charge: None, wait: None } };
        match address_limits.charge(self.address.of(request)) {
            Ok(charge) => Arrival { header, charge: Some(charge), wait: None },
            Err(wait) => Arrival { header: Err(Refusal::TooManyFromAddress), charge: None, wait: Some(wait) },
        }
    }

    /// Whether the identity provider has to be asked before the token can be judged.
    pub async fn has_to_wait(&self, arrival: &Arrival) -> bool {
        match (&self.provider, &arrival.header) {
            (Some(provider), Ok(header)) if header.algorithm != Algorithm::HS256 => {
                provider.has_to_wait(header, self.clock.now()).await
            }
            _ => false,
        }
    }

    /// Asks the identity provider for its keys, or waits for another request that does.
    pub async fn wait_for_keys(&self, arrival: &mut Arrival) {
        if let (Some(provider), Ok(header)) = (&self.provider, &arrival.header)
            && let Err(refusal) = provider.wait(header, self.clock.now()).await
        {
            arrival.header = Err(refusal);
        }
    }

    /// Identifies the viewer before the path and the body are read, so that 401, 429 and 503 precede other answers.
    /// Returns on whose behalf the database is to be read.
    pub async fn recognise(
        &self,
        request: &HttpRequest,
        arrival: Arrival,
        audit_log: &AuditLog,
        request_id: Uuid,
    ) -> Result<OnBehalfOf, Stopped> {
        let Arrival { header, charge, wait } = arrival;
        let admitted = match header {
            Ok(header) => self.admit(bearer(request).unwrap_or_default(), &header).await,
            Err(refusal) => Err(refusal.into()),
        };
        let (viewer, session) = match admitted {
            Ok(admitted) => admitted,
            Err(Denied::Refused(refusal)) => {
                self.refusals.note(refusal, request_id);
                if let Some(wait) = wait {
                    request.extensions_mut().insert(Wait(wait));
                    return Err(Stopped::AtOnce(refusal.problem()));
                }
                request.extensions_mut().insert(Recognised(Err(refusal.problem())));
                if matches!(refusal, Refusal::KeysUnavailable | Refusal::TooManyWaiting) {
                    // The service could not verify the token, so the address has not failed.
                    self.give_back(charge);
                    return Err(Stopped::Anonymous(None));
                }
                return Err(Stopped::Anonymous(charge));
            }
            Err(Denied::Failed(problem)) => {
                self.give_back(charge);
                request.extensions_mut().insert(Recognised(Err(problem)));
                return Err(Stopped::Anonymous(None));
            }
        };
        self.give_back(charge);
        request.extensions_mut().insert(session);
        let asker = OnBehalfOf::Viewer(viewer.subject.uuid());
        let counted = self.count(request, viewer.recorded_in(audit_log, request_id));
        let is_counted = counted.is_ok();
        request.extensions_mut().insert(Recognised(counted));
        if is_counted { Ok(asker) } else { Err(Stopped::Anonymous(None)) }
    }

    /// Gives back what a request was charged, because its token was accepted.
    pub fn give_back(&self, charge: Option<Charge>) {
        if let (Some(address_limits), Some(charge)) = (&self.address_limits, charge) {
            address_limits.give_back(charge);
        }
    }

    /// The viewer that `token` identifies.
    async fn admit(&self, token: &str, header: &Header) -> Result<(Viewer, Session), Denied> {
        let hash = hash_of(token);
        let as_of = self.db.admission();
        if let Some(admitted) = as_of.and_then(|as_of| self.token_cache.admitted(&hash, as_of, self.clock.now())) {
            return Ok(admitted);
        }
        let known = match self.verified(hash, token, header).await {
            Ok(known) => known,
            Err(refusal) => {
                self.token_cache.forget(&hash);
                return Err(refusal.into());
            }
        };
        let (viewer, session) = self.look_up(&known).await?;
        if let Some(as_of) = as_of {
            self.token_cache.admit(&hash, &viewer, session, as_of, self.clock.now());
        }
        Ok((viewer, session))
    }

    /// The claims of a token with a valid signature and valid claims, remembered for a minute.
    async fn verified(&self, hash: Hash, token: &str, header: &Header) -> Result<VerifiedToken, Refusal> {
        let now = self.clock.now();
        if let Some(known) = self.token_cache.known(&hash, now) {
            return Ok(known);
        }
        // Each issuer has its own algorithms: the service's key never verifies a public-key token, nor the reverse.
        let (claims, is_ours, roles) = match (header.algorithm, &self.provider) {
            (Algorithm::HS256, _) => {
                let claims = self.local.verify(token, now)?;
                let roles = LocalKey::roles(&claims);
                (claims, true, roles)
            }
            (_, Some(provider)) => {
                let claims = provider.verify(token, header, now).await?;
                let roles = provider.roles(&claims);
                (claims, false, roles)
            }
            (_, None) => return Err(Refusal::UnknownKey),
        };
        let known = VerifiedToken { claims, is_ours, roles, token_id: token_id(token) };
        self.token_cache.keep(hash, &known, now);
        Ok(known)
    }

    /// Revokes a token (RFC 7009). The token itself is the proof that the caller may. A token that is not accepted
    /// needs no revocation.
    pub async fn revoke(&self, arrival: Arrival, token: &str) -> Result<(), Problem> {
        let Arrival { header, charge, .. } = arrival;
        let verified = match header {
            Ok(header) => self.verified(hash_of(token), token, &header).await,
            Err(refusal) => Err(refusal),
        };
        match verified {
            Ok(known) => {
                self.give_back(charge);
                self.revoke_known(known.token_id, known.claims.exp).await
            }
            Err(refusal @ (Refusal::KeysUnavailable | Refusal::TooManyWaiting | Refusal::TooManyFromAddress)) => {
                Err(refusal.problem())
            }
            Err(_) => Ok(()),
        }
    }

    /// Revokes a token without verifying it, for the operator.
    pub async fn revoke_unverified(&self, token: &str) -> Result<(), Problem> {
        let unreadable = || {
            Problem::new(
                Code::InvalidRequest,
                "The text is not a token with an `exp` claim. Give the whole token, as it was issued.",
            )
        };
        let exp = claims::expiry_of(token).ok_or_else(unreadable)?;
        self.revoke_known(token_id(token), exp).await
    }

    async fn revoke_known(&self, token_id: Uuid, exp: i64) -> Result<(), Problem> {
        let expires_at = DateTime::from_timestamp(exp, 0).unwrap_or(DateTime::UNIX_EPOCH);
        let mut tx = self.db.write().await?;
        if store::revoke(&mut tx, token_id, expires_at).await? {
            tx.commit().await?;
            tracing::info!(event = "token.revoked", %token_id, "token: a token was revoked; every instance refuses it from now on");
        }
        Ok(())
    }

    /// Registers a stream that this token opened. The stream must end when the receiver completes.
    pub fn open_stream(&self, session: Session) -> Receiver<()> {
        self.streams.open(session)
    }

    /// Ends the streams of tokens that expired or are no longer valid; called twice a second.
    pub async fn end_streams(&self) -> sqlx::Result<()> {
        self.streams.sweep(&self.db, self.clock.now()).await
    }

    /// Drops cached tokens and counts that are no longer needed; called regularly.
    pub fn tidy(&self) {
        self.token_cache.tidy(self.clock.now());
        if let Some(quotas) = &self.quotas {
            quotas.tidy();
        }
        if let Some(address_limits) = &self.address_limits {
            address_limits.tidy();
        }
    }

    fn count(&self, request: &HttpRequest, viewer: Viewer) -> Result<Viewer, Problem> {
        let Some(quotas) = &self.quotas else { return Ok(viewer) };
        let taken = quotas.take(viewer.subject.uuid());
        request.extensions_mut().insert(taken.unwrap_or_else(|left| left));
        match taken {
            Ok(_) => Ok(viewer),
            Err(_) => Err(Problem::new(
                Code::TooManyRequests,
                "You have sent too many requests. Wait for the number of seconds in Retry-After, then try again.",
            )),
        }
    }
}

/// The viewer of a request, or the problem to answer with.
struct Recognised(Result<Viewer, Problem>);

impl FromRequest for Viewer {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let recognised = request.extensions_mut().remove::<Recognised>();
        let missing = || Err(Problem::internal("the request was not authenticated"));
        ready(recognised.map_or_else(missing, |Recognised(viewer)| viewer))
    }
}
