//! The first sign-in through the identity provider binds its subject to a person. Later sign-ins use this binding only:
//! a changed address or external id cannot make a subject another person.

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::FromRow;
use uuid::Uuid;

use super::naming::MatchedWith;
use super::refusal::Refusal;
use super::store::{self, Binding};
use crate::clock::Clock;
use crate::db::{Db, Tx, query};
use crate::ids::PersonId;
use crate::outbox::{self, Event};
use crate::problem::Problem;

/// Periods for first sign-ins.
#[derive(Clone, Copy, Debug)]
pub struct FirstSignIn {
    /// How long a first sign-in is possible after a person was added, or after an admin opened a new one.
    pub open_for: TimeDelta,
    /// How long a new sign-in waits for the person's confirmation before it may read sealed words without it.
    pub waits_for: TimeDelta,
}

impl Default for FirstSignIn {
    fn default() -> Self {
        Self { open_for: TimeDelta::days(30), waits_for: TimeDelta::days(7) }
    }
}

/// A subject of the provider that is not bound to a person, and the name that its token gives the person.
#[derive(Clone, Copy, Debug)]
pub(super) struct UnboundSubject<'t> {
    pub issuer: &'t str,
    pub subject: &'t str,
    pub matches: MatchedWith,
    pub name: &'t str,
    pub token: Uuid,
}

impl UnboundSubject<'_> {
    async fn find_binding(&self, tx: &mut Tx) -> sqlx::Result<Option<Binding>> {
        store::find_binding(tx, self.issuer, self.subject, self.token).await
    }
}

/// A person that the token may mean.
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
#[derive(Clone, Debug, FromRow)]
struct Candidate {
    id: PersonId,
    has_left: bool,
    created_at: DateTime<Utc>,
    /// Time of the last change of the address or external id.
    named_at: Option<DateTime<Utc>>,
    former_email: Option<String>,
    /// When an admin opened a new first sign-in that is not used yet.
    opened_at: Option<DateTime<Utc>>,
    /// Whether another subject of this provider is bound to the person.
    is_bound_here: bool,
    /// Whether any subject is bound to the person.
    is_bound: bool,
    has_pairs: bool,
}

/// The decision about a first sign-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Decision {
    /// The subject is bound to the person.
    Bind,
    /// The subject is bound, but it may be another person: sealed words stay closed until it is confirmed.
    Wait,
}

impl FirstSignIn {
    /// Decides about a first sign-in. `has_words`: whether the person wrote sealed words.
    fn judge(self, candidate: &Candidate, has_words: bool, now: DateTime<Utc>) -> Result<Decision, Refusal> {
        if candidate.has_left {
            return Err(Refusal::Departed);
        }
        if candidate.is_bound_here && candidate.opened_at.is_none() {
            return Err(Refusal::BoundToAnother);
        }
        let since = candidate.opened_at.unwrap_or(candidate.created_at).max(candidate.created_at);
        if now >= since + self.open_for {
            return Err(if candidate.is_bound { Refusal::BoundToAnother } else { Refusal::FirstSignInOver });
        }
        let has_something_to_lose = candidate.is_bound || candidate.has_pairs || has_words;
        let is_doubtful = candidate.opened_at.is_some() || candidate.is_bound || candidate.named_at.is_some();
        Ok(if has_something_to_lose && is_doubtful { Decision::Wait } else { Decision::Bind })
    }

    /// Binds the subject to the person that its token names, in one transaction. If another request of the same subject
    /// was first, returns the binding that it made.
    pub(super) async fn bind(self, db: &Db, clock: &Clock, unbound: UnboundSubject<'_>) -> Result<Binding, Denied> {
        let now = clock.now();
        let found = find(&mut db.read_one().await?, unbound, now).await?.ok_or(Refusal::UnknownPerson)?;
        if let Err(refusal) = self.judge(&found, false, now) {
            let first = unbound.find_binding(&mut db.read_one().await?).await?;
            return first.ok_or(refusal.into());
        }
        let has_words = has_words(db, found.id).await?;
        let mut tx = db.write().await?;
        tx.lock(found.id.into()).await?;
        // The records may have changed while this transaction waited for the lock.
        if let Some(first) = unbound.find_binding(&mut tx).await? {
            // The commit waits until the other request's changes are durable.
            tx.commit().await?;
            return Ok(first);
        }
        let found = find(&mut tx, unbound, now).await?.filter(|again| again.id == found.id);
        let candidate = found.ok_or(Refusal::UnknownPerson)?;
        let step = self.judge(&candidate, has_words, now)?;
        let binding = clock.uuid();
        let opens_at = (step == Decision::Wait).then(|| now + self.waits_for);
        let insert = query!(
            tx,
            "insert into identity_bindings (id, person_id, issuer, subject, bound_at, opens_at)
             values (:binding, :person_id, :issuer, :subject, :now, :opens_at) on conflict do nothing",
            binding,
            person_id = candidate.id,
            issuer = unbound.issuer,
            subject = unbound.subject,
            now,
            opens_at
        );
        // No row was inserted: another request of the same subject, whose token named another person, was first.
        if insert.run().await? == 1 {
            match opens_at {
                Some(opens_at) => wait(&mut tx, clock, &candidate, binding, opens_at).await?,
                None => settle(&mut tx, candidate.id).await?,
            }
        }
        let bound = unbound.find_binding(&mut tx).await?.ok_or(Refusal::UnknownPerson)?;
        tx.commit().await?;
        tracing::info!(
            event = "sign_in.bound", person_id = %candidate.id, is_waiting = opens_at.is_some(),
            "sign-in: a subject of the identity provider is now bound to a person; from now on the subject alone decides"
        );
        Ok(bound)
    }
}

/// Lets the old sign-ins end when the new one opens, and notifies the person at once.
async fn wait(
    tx: &mut Tx,
    clock: &Clock,
    candidate: &Candidate,
    binding: Uuid,
    opens_at: DateTime<Utc>,
) -> sqlx::Result<()> {
    let now = clock.now();
    query!(
        tx,
        "update identity_bindings set ends_at = :opens_at
         where person_id = :person_id and id <> :binding and (ends_at is null or ends_at > :opens_at)",
        person_id = candidate.id,
        binding,
        opens_at
    )
    .run()
    .await?;
    query!(
        tx,
        "insert into identity_rebinds (person_id, opened_at, former_email, binding_id, opens_at)
         values (:person_id, :now, :former_email, :binding, :opens_at)
         on conflict (person_id) do update set binding_id = excluded.binding_id, opens_at = excluded.opens_at,
            former_email = coalesce(identity_rebinds.former_email, excluded.former_email)",
        person_id = candidate.id,
        now,
        former_email = &candidate.former_email,
        binding,
        opens_at
    )
    .run()
    .await?;
    outbox::add(tx, clock, Event::IdentityRebindWaiting(candidate.id), None).await
}

/// Records that the current address is the address of the sign-in.
async fn settle(tx: &mut Tx, person: PersonId) -> sqlx::Result<()> {
    query!(tx, "delete from identity_rebinds where person_id = :person", person).run().await?;
    query!(
        tx,
        "update people set named_at = null, former_email = null
         where id = :person and (named_at is not null or former_email is not null)",
        person
    )
    .run()
    .await
    .map(drop)
}

/// Whether a person wrote sealed words, which a wrong sign-in could read.
async fn has_words(db: &Db, person: PersonId) -> sqlx::Result<bool> {
    let mut tx = db.keys().read_one().await?;
    let found = query!(tx, "select exists (select 1 from keys.data_keys where author_id = :person)", person);
    Ok(found.one::<(bool,)>().await?.0)
}

/// A person to sign in for the first time. A condition on the person `p` follows.
const SELECT_CANDIDATE: &str =
    "select p.id, p.status = 'departed' as has_left, p.created_at, p.named_at, p.former_email,
         (select r.opened_at from identity_rebinds r
             where r.person_id = p.id and r.binding_id is null) as opened_at,
         exists (select 1 from identity_bindings b where b.person_id = p.id and b.issuer = :issuer
             and (b.ends_at is null or b.ends_at > :now)) as is_bound_here,
         exists (select 1 from identity_bindings b where b.person_id = p.id
             and (b.ends_at is null or b.ends_at > :now)) as is_bound,
         exists (select 1 from pairs x where x.mentor_id = p.id)
             or exists (select 1 from pairs x where x.mentee_id = p.id) as has_pairs
     from people p where not exists (select 1 from revoked_tokens where id = :token) and";

async fn find(tx: &mut Tx, unbound: UnboundSubject<'_>, now: DateTime<Utc>) -> sqlx::Result<Option<Candidate>> {
    macro_rules! candidate {
        ($named:literal) => {
            query!(
                tx,
                [SELECT_CANDIDATE, $named],
                name = unbound.name,
                issuer = unbound.issuer,
                now,
                token = unbound.token
            )
        };
    }
    let found = match unbound.matches {
        MatchedWith::Email => candidate!("p.email = :name"),
        MatchedWith::ExternalId => candidate!("p.external_id = :name"),
    };
    found.optional().await
}

/// Why a request is not authenticated.
#[derive(Debug)]
pub(super) enum Denied {
    /// The token is refused.
    Refused(Refusal),
    /// The token could not be checked.
    Failed(Problem),
}

impl From<Refusal> for Denied {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<sqlx::Error> for Denied {
    fn from(error: sqlx::Error) -> Self {
        Self::Failed(error.into())
    }
}
