//! The first sign-in through the provider ties its subject to a person. Later ones go by that alone: whoever may change
//! an address or an external id cannot become somebody else.

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::FromRow;
use uuid::Uuid;

use super::naming::MatchedWith;
use super::refusal::Refusal;
use super::store::{self, Binding};
use crate::clock::Clock;
use crate::db::{Db, Tx};
use crate::ids::PersonId;
use crate::outbox::{self, Event};
use crate::problem::Problem;

/// How long what stays open.
#[derive(Clone, Copy, Debug)]
pub struct FirstSignIn {
    /// After somebody was added, or a new sign-in was opened for them.
    pub open_for: TimeDelta,
    /// Until a new sign-in opens sealed words without the person's yes.
    pub waits_for: TimeDelta,
}

impl Default for FirstSignIn {
    fn default() -> Self {
        Self { open_for: TimeDelta::days(30), waits_for: TimeDelta::days(7) }
    }
}

/// A subject of the provider and what its token calls the person.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stranger<'t> {
    pub issuer: &'t str,
    pub subject: &'t str,
    pub matches: MatchedWith,
    pub name: &'t str,
    pub token: Uuid,
}

impl Stranger<'_> {
    async fn find_binding(&self, tx: &mut Tx) -> sqlx::Result<Option<Binding>> {
        store::find_binding(tx, self.issuer, self.subject, self.token).await
    }
}

/// Somebody who may be meant.
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
#[derive(Clone, Debug, FromRow)]
struct Candidate {
    id: PersonId,
    has_left: bool,
    created_at: DateTime<Utc>,
    /// When the address or external id changed last.
    named_at: Option<DateTime<Utc>>,
    former_email: Option<String>,
    /// When a new first sign-in was opened that nobody has used yet.
    opened_at: Option<DateTime<Utc>>,
    /// Whether another subject of this provider is tied to them.
    is_bound_here: bool,
    /// Whether any subject is.
    is_bound: bool,
    has_pairs: bool,
}

/// What the first sign-in comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// It is them.
    Bind,
    /// It may be somebody else: sealed words stay closed for a while.
    Wait,
}

impl FirstSignIn {
    /// `has_words`: whether they sealed anything.
    fn judge(self, candidate: &Candidate, has_words: bool, now: DateTime<Utc>) -> Result<Step, Refusal> {
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
        Ok(if has_something_to_lose && is_doubtful { Step::Wait } else { Step::Bind })
    }

    /// Ties the subject to the person whom its token names, in one unit of work. If another request of the same subject
    /// was first, it is what that one did.
    pub(super) async fn bind(self, db: &Db, clock: &Clock, stranger: Stranger<'_>) -> Result<Binding, Denied> {
        let now = clock.now();
        let found = find(&mut db.look().await?, stranger, now).await?.ok_or(Refusal::UnknownPerson)?;
        if let Err(refusal) = self.judge(&found, false, now) {
            let first = stranger.find_binding(&mut db.look().await?).await?;
            return first.ok_or(refusal.into());
        }
        let has_words = has_words(db, found.id).await?;
        let mut tx = db.write().await?;
        tx.hold(found.id.into()).await?;
        // Things may have changed while we waited.
        if let Some(first) = stranger.find_binding(&mut tx).await? {
            // Waits until the other request's work is durable.
            tx.commit().await?;
            return Ok(first);
        }
        let found = find(&mut tx, stranger, now).await?.filter(|again| again.id == found.id);
        let candidate = found.ok_or(Refusal::UnknownPerson)?;
        let step = self.judge(&candidate, has_words, now)?;
        let binding = clock.uuid();
        let opens_at = (step == Step::Wait).then(|| now + self.waits_for);
        let insert = tx
            .query(
                "insert into identity_bindings (id, person_id, issuer, subject, bound_at, opens_at)
                 values ($1, $2, $3, $4, $5, $6) on conflict do nothing",
            )
            .bind(binding)
            .bind(candidate.id)
            .bind(stranger.issuer)
            .bind(stranger.subject)
            .bind(now)
            .bind(opens_at);
        // None: another request of the same subject, whose token named somebody else, was first.
        if insert.run().await? == 1 {
            match opens_at {
                Some(opens_at) => wait(&mut tx, clock, &candidate, binding, opens_at).await?,
                None => settle(&mut tx, candidate.id).await?,
            }
        }
        let bound = stranger.find_binding(&mut tx).await?.ok_or(Refusal::UnknownPerson)?;
        tx.commit().await?;
        tracing::info!(
            event = "sign_in.bound", person_id = %candidate.id, is_waiting = opens_at.is_some(),
            "sign-in: a subject of the identity provider is now tied to a person"
        );
        Ok(bound)
    }
}

/// The old sign-ins end when the new one opens, and the person hears of it at once.
async fn wait(
    tx: &mut Tx,
    clock: &Clock,
    candidate: &Candidate,
    binding: Uuid,
    opens_at: DateTime<Utc>,
) -> sqlx::Result<()> {
    let now = clock.now();
    tx.query(
        "update identity_bindings set ends_at = $3
         where person_id = $1 and id <> $2 and (ends_at is null or ends_at > $3)",
    )
    .bind(candidate.id)
    .bind(binding)
    .bind(opens_at)
    .run()
    .await?;
    tx.query(
        "insert into identity_rebinds (person_id, opened_at, former_email, binding_id, opens_at)
         values ($1, $2, $3, $4, $5)
         on conflict (person_id) do update set binding_id = excluded.binding_id, opens_at = excluded.opens_at,
            former_email = coalesce(identity_rebinds.former_email, excluded.former_email)",
    )
    .bind(candidate.id)
    .bind(now)
    .bind(&candidate.former_email)
    .bind(binding)
    .bind(opens_at)
    .run()
    .await?;
    outbox::add(tx, clock, Event::IdentityRebindWaiting(candidate.id), None).await
}

/// The address that they have now is the one that they signed in with.
async fn settle(tx: &mut Tx, person: PersonId) -> sqlx::Result<()> {
    tx.query("delete from identity_rebinds where person_id = $1").bind(person).run().await?;
    let settled = tx.query(
        "update people set named_at = null, former_email = null
         where id = $1 and (named_at is not null or former_email is not null)",
    );
    settled.bind(person).run().await.map(drop)
}

/// Whether somebody sealed words of their own: then there is something to read.
async fn has_words(db: &Db, person: PersonId) -> sqlx::Result<bool> {
    let mut tx = db.keys().look().await?;
    let found = tx.query("select exists (select 1 from keys.data_keys where author_id = $1)").bind(person);
    Ok(found.one::<(bool,)>().await?.0)
}

/// One text for each column.
macro_rules! find_candidate {
    ($column:literal) => {
        concat!(
            "select p.id, p.status = 'departed' as has_left, p.created_at, p.named_at, p.former_email,
                (select r.opened_at from identity_rebinds r where r.person_id = p.id and r.binding_id is null) as opened_at,
                exists (select 1 from identity_bindings b where b.person_id = p.id and b.issuer = $2
                    and (b.ends_at is null or b.ends_at > $3)) as is_bound_here,
                exists (select 1 from identity_bindings b where b.person_id = p.id
                    and (b.ends_at is null or b.ends_at > $3)) as is_bound,
                exists (select 1 from pairs x where x.mentor_id = p.id)
                    or exists (select 1 from pairs x where x.mentee_id = p.id) as has_pairs
             from people p
             where p.", $column, " = $1 and not exists (select 1 from revoked_tokens where id = $4)"
        )
    };
}

async fn find(tx: &mut Tx, stranger: Stranger<'_>, now: DateTime<Utc>) -> sqlx::Result<Option<Candidate>> {
    let found = tx.query(match stranger.matches {
        MatchedWith::Email => find_candidate!("email"),
        MatchedWith::ExternalId => find_candidate!("external_id"),
    });
    found.bind(stranger.name).bind(stranger.issuer).bind(now).bind(stranger.token).optional().await
}

/// Why nobody is let in.
#[derive(Debug)]
pub(super) enum Denied {
    /// The token is refused.
    Refused(Refusal),
    /// It cannot be said now.
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
