//! The door: every request that names a viewer passes here.

use std::collections::HashMap;
use std::future::{Ready, ready};
use std::sync::{Mutex, MutexGuard, PoisonError};

use actix_web::body::MessageBody;
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::header::AUTHORIZATION;
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, FromRequest, HttpMessage as _, HttpRequest};
use aws_lc_rs::digest::{SHA256, digest};
use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::Algorithm;
use uuid::Uuid;

use super::claims::{self, Claims, PersonClaim};
use super::jwks::Jwks;
use super::local::LocalKey;
use super::quota::Quotas;
use super::store;
use crate::clock::Clock;
use crate::db::Db;
use crate::policy::{Scope, Subject, Viewer};
use crate::problem::{Code, Problem};

/// A verified token is not verified again for this long, in seconds.
const REMEMBERED_SECONDS: i64 = 60;
/// More verified tokens than this are not remembered.
const REMEMBERED_TOKENS: usize = 20_000;

/// Turns bearer tokens into viewers.
#[derive(Debug)]
pub struct Gate {
    db: Db,
    clock: Clock,
    local: LocalKey,
    provider: Option<Jwks>,
    quotas: Option<Quotas>,
    remembered: Mutex<Memory>,
}

/// Claims, and how their issuer names a person (`None`: by our own id).
type Known = (Claims, Option<PersonClaim>);
/// What is known of a token, by its hash, and until when.
type Memory = HashMap<[u8; 32], (Known, DateTime<Utc>)>;

impl Gate {
    /// Trusts our own key and, if there is one, the identity provider. `quotas` of `None` lets
    /// everybody ask as often as they like.
    pub fn new(db: Db, clock: Clock, local: LocalKey, provider: Option<Jwks>, quotas: Option<Quotas>) -> Self {
        Self { db, clock, local, provider, quotas, remembered: Mutex::default() }
    }

    /// The viewer whom `token` names; one and the same problem for whatever is wrong with it.
    async fn admit(&self, token: &str) -> Result<Viewer, Problem> {
        let (claims, named_by) = self.verified(token).await.ok_or_else(Problem::unauthenticated)?;
        let is_service = claims.scope.is_some() && named_by.is_none();
        // Roles are for people: a token that gives them to a service contradicts itself.
        if is_service && !claims.roles.is_empty() {
            return Err(Problem::unauthenticated());
        }
        let mut tx = self.db.look().await?;
        let subject = match (&claims.scope, named_by) {
            (Some(asked), None) => {
                let id = claims.sub.parse::<Uuid>().map_err(|_| Problem::unauthenticated())?.into();
                let granted = store::find_service(&mut tx, id).await?;
                let asked: Vec<_> = asked.split(' ').filter_map(Scope::named).collect();
                granted.map(|granted| {
                    Subject::Service(id, granted.into_iter().filter(|scope| asked.contains(scope)).collect())
                })
            }
            (None, None) => {
                let id = claims.sub.parse::<Uuid>().map_err(|_| Problem::unauthenticated())?;
                store::find_person(&mut tx, id.into()).await?.map(Subject::Person)
            }
            // The provider's own scopes are for its other clients; here it only names people.
            (_, Some(person_claim)) => {
                let name = claims.name_of_person(person_claim).ok_or_else(Problem::unauthenticated)?;
                store::find_person_by_claim(&mut tx, person_claim, &name).await?.map(Subject::Person)
            }
        };
        let subject = subject.ok_or_else(Problem::unauthenticated)?;
        let has = |role: &str| claims.roles.iter().any(|held| held == role);
        let is_person = matches!(subject, Subject::Person(_));
        let programs = match subject {
            Subject::Person(id) if has("coordinator") => store::list_coordinated(&mut tx, id).await?,
            _ => Vec::new(),
        };
        Ok(Viewer { subject, is_admin: is_person && has("admin"), programs })
    }

    /// The claims of a token whose signature and claims hold, remembered for a minute.
    async fn verified(&self, token: &str) -> Option<Known> {
        let now = self.clock.now();
        let header = claims::header(token)?;
        let mut hash = [0; 32];
        hash.copy_from_slice(digest(&SHA256, token.as_bytes()).as_ref());
        let remembered = self.remembered().get(&hash).cloned();
        if let Some((known, _)) = remembered.filter(|(_, until)| now < *until) {
            return Some(known);
        }
        // One family an issuer: our own key never verifies a public-key token, nor the reverse.
        let known = match (header.algorithm, &self.provider) {
            (Algorithm::HS256, _) => (self.local.verify(token, now)?, None),
            (_, Some(provider)) => (provider.verify(token, &header, now).await?, Some(provider.person_claim)),
            (_, None) => return None,
        };
        let expires = DateTime::from_timestamp(known.0.exp, 0)?;
        let until = expires.min(now + TimeDelta::seconds(REMEMBERED_SECONDS));
        let mut memory = self.remembered();
        if memory.len() >= REMEMBERED_TOKENS {
            memory.clear();
        }
        memory.insert(hash, (known.clone(), until));
        Some(known)
    }

    fn remembered(&self) -> MutexGuard<'_, Memory> {
        self.remembered.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Drops what is no longer needed; called now and then.
    pub fn tidy(&self) {
        let now = self.clock.now();
        self.remembered().retain(|_, (_, until)| now < *until);
        if let Some(quotas) = &self.quotas {
            quotas.tidy();
        }
    }
}

/// The token of the one `Authorization: Bearer …` header.
fn bearer(request: &HttpRequest) -> Option<&str> {
    let mut headers = request.headers().get_all(AUTHORIZATION);
    let (Some(header), None) = (headers.next(), headers.next()) else { return None };
    let (scheme, token) = header.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token)
}

/// Stands before every address under `/v1`: without a viewer nothing else of a request is read.
pub async fn admit(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    if request.path().starts_with("/v1/") {
        let gate = request.app_data::<Data<Gate>>().cloned().ok_or_else(|| Problem::internal("no gate"))?;
        match enter(&gate, request.request()).await {
            Ok(viewer) => request.extensions_mut().insert(viewer),
            Err(problem) => return Ok(request.error_response(problem).map_into_right_body()),
        };
    }
    Ok(next.call(request).await?.map_into_left_body())
}

async fn enter(gate: &Gate, request: &HttpRequest) -> Result<Viewer, Problem> {
    let token = bearer(request).ok_or_else(Problem::unauthenticated)?;
    let viewer = gate.admit(token).await?;
    if let Some(quotas) = &gate.quotas {
        let quota = quotas.take(viewer.subject.uuid());
        request.extensions_mut().insert(quota.unwrap_or_else(|left| left));
        if quota.is_err() {
            return Err(Problem::new(Code::TooManyRequests, "Wait as Retry-After says, then go on."));
        }
    }
    Ok(viewer)
}

impl FromRequest for Viewer {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(request.extensions().get::<Self>().cloned().ok_or_else(Problem::unauthenticated))
    }
}
