//! The door: every request that names a viewer passes here.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage as _, HttpRequest};
use chrono::DateTime;
use jsonwebtoken::Algorithm;
use tokio::sync::oneshot::Receiver;
use uuid::Uuid;

use super::address::ClientAddress;
use super::arrival::{Arrival, Stopped, Wait, bearer};
use super::claims::{self, Header};
use super::first_sign_in::{Denied, FirstSignIn};
use super::jwks::Jwks;
use super::local::LocalKey;
use super::memory::{Hash, Known, Memory, hash_of, token_id};
use super::quota::Quotas;
use super::refusal::{Refusal, Refusals};
use super::session::{OpenStreams, Session};
use super::store;
use super::strangers::{Charge, Strangers};
use crate::clock::Clock;
use crate::db::{Asker, Db};
use crate::policy::Viewer;
use crate::problem::{Code, Problem};
use crate::trail::Trail;

/// Turns bearer tokens into viewers.
#[derive(Debug)]
pub struct Gate {
    pub(super) db: Db,
    pub(super) clock: Clock,
    local: LocalKey,
    pub(super) provider: Option<Jwks>,
    quotas: Option<Quotas>,
    strangers: Option<Strangers>,
    address: ClientAddress,
    pub(super) first_sign_in: FirstSignIn,
    memory: Memory,
    refusals: Refusals,
    streams: OpenStreams,
}

impl Gate {
    /// Trusts our own key and, if there is one, the identity provider. `quotas` of `None` lets
    /// everybody ask as often as they like.
    pub fn new(db: Db, clock: Clock, local: LocalKey, provider: Option<Jwks>, quotas: Option<Quotas>) -> Self {
        Self {
            db,
            clock,
            local,
            provider,
            quotas,
            strangers: None,
            address: ClientAddress::default(),
            first_sign_in: FirstSignIn::default(),
            memory: Memory::default(),
            refusals: Refusals::default(),
            streams: OpenStreams::default(),
        }
    }

    /// The same with a limit on what each address may send without a valid token, and where a client's address stands.
    #[must_use]
    pub fn limiting(self, strangers: Option<Strangers>, address: ClientAddress) -> Self {
        Self { strangers, address, ..self }
    }

    /// The same with other times for first sign-ins.
    #[must_use]
    pub fn tying(self, first_sign_in: FirstSignIn) -> Self {
        Self { first_sign_in, ..self }
    }

    /// How long first sign-ins are open.
    pub const fn first_sign_in(&self) -> FirstSignIn {
        self.first_sign_in
    }

    /// Looks at a request before any work is done for it: its address may have failed too often.
    pub fn arrive(&self, request: &HttpRequest) -> Arrival {
        match bearer(request) {
            Some(token) => self.arrive_with(request, token),
            None => self.charged(request, Err(Refusal::NoToken)),
        }
    }

    /// The same for a token that stands elsewhere than in the header.
    pub fn arrive_with(&self, request: &HttpRequest, token: &str) -> Arrival {
        if token.len() > claims::LONGEST_TOKEN {
            return self.charged(request, Err(Refusal::TooLong));
        }
        // A token that was verified before is welcome, whatever its neighbours send.
        if self.memory.knows(&hash_of(token)) {
            return Arrival { header: claims::header(token), charge: None, wait: None };
        }
        self.charged(request, claims::header(token))
    }

    fn charged(&self, request: &HttpRequest, header: Result<Header, Refusal>) -> Arrival {
        let Some(strangers) = &self.strangers else { return Arrival { header, charge: None, wait: None } };
        match strangers.charge(self.address.of(request)) {
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

    /// Asks the identity provider, or waits for who does.
    pub async fn wait_for_keys(&self, arrival: &mut Arrival) {
        if let (Some(provider), Ok(header)) = (&self.provider, &arrival.header)
            && let Err(refusal) = provider.wait(header, self.clock.now()).await
        {
            arrival.header = Err(refusal);
        }
    }

    /// Finds out who sends the request, before anything looks at its path or body: 401, 429 and 503
    /// come before every other answer. Says for whom the work goes on, if it does.
    pub async fn recognise(
        &self,
        request: &HttpRequest,
        arrival: Arrival,
        trail: &Trail,
        request_id: Uuid,
    ) -> Result<Asker, Stopped> {
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
                    // Where we cannot judge it is not their failure.
                    self.give_back(charge);
                    return Err(Stopped::AsNobody(None));
                }
                return Err(Stopped::AsNobody(charge));
            }
            Err(Denied::Failed(problem)) => {
                self.give_back(charge);
                request.extensions_mut().insert(Recognised(Err(problem)));
                return Err(Stopped::AsNobody(None));
            }
        };
        self.give_back(charge);
        request.extensions_mut().insert(session);
        let asker = Asker::Viewer(viewer.subject.uuid());
        let counted = self.count(request, viewer.seen_by(trail, request_id));
        let is_counted = counted.is_ok();
        request.extensions_mut().insert(Recognised(counted));
        if is_counted { Ok(asker) } else { Err(Stopped::AsNobody(None)) }
    }

    /// Gives back what a request was charged: it was welcome.
    pub fn give_back(&self, charge: Option<Charge>) {
        if let (Some(strangers), Some(charge)) = (&self.strangers, charge) {
            strangers.give_back(charge);
        }
    }

    /// The viewer whom `token` names.
    async fn admit(&self, token: &str, header: &Header) -> Result<(Viewer, Session), Denied> {
        let hash = hash_of(token);
        let as_of = self.db.admission();
        if let Some(admitted) = as_of.and_then(|as_of| self.memory.admitted(&hash, as_of, self.clock.now())) {
            return Ok(admitted);
        }
        let known = match self.verified(hash, token, header).await {
            Ok(known) => known,
            Err(refusal) => {
                self.memory.forget(&hash);
                return Err(refusal.into());
            }
        };
        let (viewer, session) = self.look_up(&known).await?;
        if let Some(as_of) = as_of {
            self.memory.admit(&hash, &viewer, session, as_of, self.clock.now());
        }
        Ok((viewer, session))
    }

    /// The claims of a token whose signature and claims hold, remembered for a minute.
    async fn verified(&self, hash: Hash, token: &str, header: &Header) -> Result<Known, Refusal> {
        let now = self.clock.now();
        if let Some(known) = self.memory.known(&hash, now) {
            return Ok(known);
        }
        // One family an issuer: our own key never verifies a public-key token, nor the reverse.
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
        let known = Known { claims, is_ours, roles, token_id: token_id(token) };
        self.memory.keep(hash, &known, now);
        Ok(known)
    }

    /// Takes a token back (RFC 7009): whoever has it may. One that is not accepted is none already.
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

    /// Takes a token back without asking whether it is good: for the operator.
    pub async fn revoke_unverified(&self, token: &str) -> Result<(), Problem> {
        let unreadable = || Problem::new(Code::InvalidRequest, "This is not a token with an expiry.");
        let exp = claims::expiry_of(token).ok_or_else(unreadable)?;
        self.revoke_known(token_id(token), exp).await
    }

    async fn revoke_known(&self, token_id: Uuid, exp: i64) -> Result<(), Problem> {
        let expires_at = DateTime::from_timestamp(exp, 0).unwrap_or(DateTime::UNIX_EPOCH);
        let mut tx = self.db.write().await?;
        if store::revoke(&mut tx, token_id, expires_at).await? {
            tx.commit().await?;
            tracing::info!(event = "token.revoked", %token_id, "sign-in: a token was taken back; it is refused from now on");
        }
        Ok(())
    }

    /// Takes in a stream that this token opens; it has to end when the receiver is done.
    pub fn open_stream(&self, session: Session) -> Receiver<()> {
        self.streams.open(session)
    }

    /// Ends the streams of tokens that expired or are no longer good; called twice a second.
    pub async fn end_streams(&self) -> sqlx::Result<()> {
        self.streams.sweep(&self.db, self.clock.now()).await
    }

    /// Drops what is no longer needed; called now and then.
    pub fn tidy(&self) {
        self.memory.tidy(self.clock.now());
        if let Some(quotas) = &self.quotas {
            quotas.tidy();
        }
        if let Some(strangers) = &self.strangers {
            strangers.tidy();
        }
    }

    fn count(&self, request: &HttpRequest, viewer: Viewer) -> Result<Viewer, Problem> {
        let Some(quotas) = &self.quotas else { return Ok(viewer) };
        let taken = quotas.take(viewer.subject.uuid());
        request.extensions_mut().insert(taken.unwrap_or_else(|left| left));
        match taken {
            Ok(_) => Ok(viewer),
            Err(_) => Err(Problem::new(Code::TooManyRequests, "Wait as Retry-After says, then go on.")),
        }
    }
}

/// Who sends a request, or why nobody does.
struct Recognised(Result<Viewer, Problem>);

impl FromRequest for Viewer {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let recognised = request.extensions_mut().remove::<Recognised>();
        ready(recognised.map_or_else(|| Err(Problem::internal("nobody was at the gate")), |Recognised(who)| who))
    }
}
