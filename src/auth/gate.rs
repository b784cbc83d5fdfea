//! The door: every request that names a viewer passes here.

use std::collections::HashMap;
use std::future::{Ready, ready};
use std::sync::{Mutex, MutexGuard, PoisonError};

use actix_web::dev::Payload;
use actix_web::http::header::AUTHORIZATION;
use actix_web::{FromRequest, HttpMessage as _, HttpRequest};
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
use crate::db::{Asker, Db};
use crate::policy::{Scope, Subject, Viewer};
use crate::problem::{Code, Problem};
use crate::trail::{Trail, Witness};

/// A verified token is not verified again for this long, in seconds.
const REMEMBERED_SECONDS: i64 = 60;
/// More verified tokens than this are not remembered.
const REMEMBERED_TOKENS: usize = 20_000;
/// A viewer is looked up again after this long, in seconds, though nothing here changed: somebody
/// may have written into the file with a tool of their own.
const ADMITTED_SECONDS: i64 = 1;

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

/// Verified tokens by their hash.
type Memory = HashMap<Hash, Remembered>;
type Hash = [u8; 32];

/// Claims, and how their issuer names a person (`None`: by our own id).
type Known = (Claims, Option<PersonClaim>);

/// What is known of a token.
#[derive(Debug)]
struct Remembered {
    known: Known,
    /// Until when it is not verified again.
    until: DateTime<Utc>,
    /// Whom it let in last.
    admitted: Option<Admitted>,
}

/// A viewer, as of a moment.
#[derive(Debug)]
struct Admitted {
    viewer: Viewer,
    /// What [`Db::admission`] said before the viewer was looked up.
    as_of: u64,
    until: DateTime<Utc>,
}

impl Gate {
    /// Trusts our own key and, if there is one, the identity provider. `quotas` of `None` lets
    /// everybody ask as often as they like.
    pub fn new(db: Db, clock: Clock, local: LocalKey, provider: Option<Jwks>, quotas: Option<Quotas>) -> Self {
        Self { db, clock, local, provider, quotas, remembered: Mutex::default() }
    }

    /// The viewer whom `token` names; one and the same problem for whatever is wrong with it.
    async fn admit(&self, token: &str) -> Result<Viewer, Problem> {
        if token.len() > claims::LONGEST_TOKEN {
            return Err(Problem::unauthenticated());
        }
        let hash = hash_of(token);
        let as_of = self.db.admission();
        if let Some(viewer) = as_of.and_then(|as_of| self.admitted(&hash, as_of)) {
            return Ok(viewer);
        }
        let known = self.verified(hash, token).await.ok_or_else(Problem::unauthenticated)?;
        let viewer = self.look_up(known).await?;
        if let (Some(as_of), Some(remembered)) = (as_of, self.remembered().get_mut(&hash)) {
            let until = self.clock.now() + TimeDelta::seconds(ADMITTED_SECONDS);
            remembered.admitted = Some(Admitted { viewer: viewer.clone(), as_of, until });
        }
        Ok(viewer)
    }

    /// Whom this token let in a moment ago, if nothing can have changed since.
    fn admitted(&self, hash: &Hash, as_of: u64) -> Option<Viewer> {
        let now = self.clock.now();
        let memory = self.remembered();
        let remembered = memory.get(hash).filter(|remembered| now < remembered.until)?;
        let admitted = remembered.admitted.as_ref()?;
        (admitted.as_of == as_of && now < admitted.until).then(|| admitted.viewer.clone())
    }

    /// The viewer whom verified claims name, as the database knows them now.
    async fn look_up(&self, (claims, named_by): Known) -> Result<Viewer, Problem> {
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
        Ok(Viewer { subject, is_admin: is_person && has("admin"), programs, witness: Witness::default() })
    }

    /// The claims of a token whose signature and claims hold, remembered for a minute.
    async fn verified(&self, hash: Hash, token: &str) -> Option<Known> {
        let now = self.clock.now();
        let remembered =
            self.remembered().get(&hash).filter(|known| now < known.until).map(|known| known.known.clone());
        if remembered.is_some() {
            return remembered;
        }
        let header = claims::header(token)?;
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
        memory.insert(hash, Remembered { known: known.clone(), until, admitted: None });
        Some(known)
    }

    fn remembered(&self) -> MutexGuard<'_, Memory> {
        self.remembered.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Drops what is no longer needed; called now and then.
    pub fn tidy(&self) {
        let now = self.clock.now();
        self.remembered().retain(|_, remembered| now < remembered.until);
        if let Some(quotas) = &self.quotas {
            quotas.tidy();
        }
    }
}

fn hash_of(token: &str) -> Hash {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest(&SHA256, token.as_bytes()).as_ref());
    hash
}

/// The token of the one `Authorization: Bearer …` header.
fn bearer(request: &HttpRequest) -> Option<&str> {
    let mut headers = request.headers().get_all(AUTHORIZATION);
    let (Some(header), None) = (headers.next(), headers.next()) else { return None };
    let (scheme, token) = header.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token)
}

/// Who sends a request, or why nobody does.
struct Recognised(Result<Viewer, Problem>);

impl Gate {
    /// Finds out who sends the request, before anything looks at its path or body: 401 and 429
    /// come before every other answer. Says for whom the work goes on, if it does.
    pub async fn recognise(&self, request: &HttpRequest, trail: &Trail, request_id: Uuid) -> Option<Asker> {
        let known = match bearer(request) {
            Some(token) => self.admit(token).await,
            None => Err(Problem::unauthenticated()),
        };
        let seen = known.map(|viewer| viewer.seen_by(trail, request_id));
        let counted = seen.and_then(|viewer| self.count(request, viewer));
        let asker = counted.as_ref().ok().map(|viewer| Asker::Viewer(viewer.subject.uuid()));
        request.extensions_mut().insert(Recognised(counted));
        asker
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

impl FromRequest for Viewer {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let recognised = request.extensions_mut().remove::<Recognised>();
        ready(recognised.map_or_else(|| Err(Problem::internal("nobody was at the gate")), |Recognised(who)| who))
    }
}
