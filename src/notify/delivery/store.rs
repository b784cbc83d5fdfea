//! The SQL of deliveries.

use chrono::{DateTime, Utc};
use sqlx::FromRow;
use uuid::Uuid;

use super::model::{Channel, Delivery, DeliveryStatus, LEASE};
use crate::clock::Clock;
use crate::db::{Ids, Query, Sql, Tx, UNLIMITED};
use crate::ids::{DeliveryId, EventId, PairId, PersonId};
use crate::outbox::Event;
use crate::people::organisation::Organisation;
use crate::policy::Permit;
use crate::policy::acts::ReadDelivery;

/// Who plans holds this: one instance plans at a time, so that an earlier event of a pair is never
/// planned after a later one.
const PLANNING: Uuid = Uuid::from_u128(0x4d91_6f0a_9c1e_7b0c_8f5e_2f7a_6f15_d3a1);
/// So many events are planned in one unit of work: others write in between.
const EVENTS_AT_ONCE: i64 = 200;

/// An event that nobody looked at yet.
#[derive(Debug, FromRow)]
pub struct Unplanned {
    /// Its place among all events.
    pub number: i64,
    /// Names the event.
    pub id: EventId,
    /// Its name.
    pub kind: String,
    /// The record it happened to.
    pub record_id: Uuid,
    /// The pair whose events keep their order.
    pub pair_id: Option<PairId>,
    /// When it happened.
    pub created_at: DateTime<Utc>,
}

impl Unplanned {
    /// What happened. `None`: an event of another version.
    pub fn event(&self) -> Option<Event> {
        Event::named(&self.kind, self.record_id)
    }
}

/// Whether there is anything to plan or, on this channel, to deliver.
pub async fn is_due(tx: &mut Tx, channel: Channel, now: DateTime<Utc>) -> sqlx::Result<bool> {
    let (is_due,) = tx
        .query(
            "select exists (select 1 from events where not is_planned)
                or exists (select 1 from deliveries where channel = $2 and status = 'pending' and next_at <= $1)",
        )
        .bind(now)
        .bind(channel)
        .one::<(bool,)>()
        .await?;
    Ok(is_due)
}

/// The next events to plan, in the order they happened; nobody else plans until this unit of work ends.
pub async fn list_unplanned(tx: &mut Tx) -> sqlx::Result<Vec<Unplanned>> {
    tx.hold(PLANNING).await?;
    let unplanned = tx.query(
        "select number, id, kind, record_id, pair_id, created_at from events where not is_planned
         order by number limit $1",
    );
    unplanned.bind(EVENTS_AT_ONCE).all().await
}

/// These events were looked at.
pub async fn mark_planned(tx: &mut Tx, events: Ids) -> sqlx::Result<()> {
    let marked = tx.query(Sql {
        sqlite: "update events set is_planned = true where id in (select unhex(value) from json_each($1))",
        postgres: "update events set is_planned = true where id = any($1)",
    });
    marked.bind(events).run().await.map(drop)
}

/// For whom each of these suggestions was asked.
pub async fn list_mentees(tx: &mut Tx, requests: Ids) -> sqlx::Result<Vec<(Uuid, PersonId)>> {
    let mentees = tx.query(Sql {
        sqlite: "select id, mentee_id from suggestion_requests where id in (select unhex(value) from json_each($1))",
        postgres: "select id, mentee_id from suggestion_requests where id = any($1)",
    });
    mentees.bind(requests).all().await
}

/// Who made each of these requests for a mentor.
pub async fn list_asking(tx: &mut Tx, requests: Ids) -> sqlx::Result<Vec<(Uuid, PersonId)>> {
    let mentees = tx.query(Sql {
        sqlite: "select id, mentee_id from mentor_requests where id in (select unhex(value) from json_each($1))",
        postgres: "select id, mentee_id from mentor_requests where id = any($1)",
    });
    mentees.bind(requests).all().await
}

/// Who is to do each of these action items.
pub async fn list_owners(tx: &mut Tx, items: Ids) -> sqlx::Result<Vec<(Uuid, PersonId)>> {
    let owners = tx.query(Sql {
        sqlite: "select id, owner_id from action_items where id in (select unhex(value) from json_each($1))",
        postgres: "select id, owner_id from action_items where id = any($1)",
    });
    owners.bind(items).all().await
}

/// Whose each of these enrolments is.
pub async fn list_enrolled(tx: &mut Tx, enrolments: Ids) -> sqlx::Result<Vec<(Uuid, PersonId)>> {
    let people = tx.query(Sql {
        sqlite: "select id, person_id from enrolments where id in (select unhex(value) from json_each($1))",
        postgres: "select id, person_id from enrolments where id = any($1)",
    });
    people.bind(enrolments).all().await
}

/// Who coordinates the programs of these rows of a table.
macro_rules! coordinators_of {
    ($table:literal) => {
        Sql {
            sqlite: coordinators_of!($table, "in (select unhex(value) from json_each($1))"),
            postgres: coordinators_of!($table, "= any($1)"),
        }
    };
    ($table:literal, $these:literal) => {
        concat!(
            "select x.id, c.person_id from ",
            $table,
            " x join program_coordinators c on c.program_id = x.program_id where x.id ",
            $these
        )
    };
}

/// Who coordinates the program of each of these enrolments.
pub async fn list_coordinators(tx: &mut Tx, enrolments: Ids) -> sqlx::Result<Vec<(Uuid, PersonId)>> {
    tx.query(coordinators_of!("enrolments")).bind(enrolments).all().await
}

/// Who coordinates the program of each of these cohorts.
pub async fn list_cohort_coordinators(tx: &mut Tx, cohorts: Ids) -> sqlx::Result<Vec<(Uuid, PersonId)>> {
    tx.query(coordinators_of!("cohorts")).bind(cohorts).all().await
}

/// Plans one delivery, once.
pub async fn insert(
    tx: &mut Tx,
    clock: &Clock,
    event: &Unplanned,
    channel: Channel,
    recipient: impl Into<Uuid>,
) -> sqlx::Result<()> {
    plan(tx, clock, event, (channel, recipient.into()), (DeliveryStatus::Pending, clock.now())).await
}

/// Plans a mail that waits for its recipient's digest, once.
pub async fn collect(
    tx: &mut Tx,
    clock: &Clock,
    event: &Unplanned,
    recipient: PersonId,
    digest_at: DateTime<Utc>,
) -> sqlx::Result<()> {
    plan(tx, clock, event, (Channel::Mail, recipient.uuid()), (DeliveryStatus::Collected, digest_at)).await
}

async fn plan(
    tx: &mut Tx,
    clock: &Clock,
    event: &Unplanned,
    (channel, recipient): (Channel, Uuid),
    (status, next_at): (DeliveryStatus, DateTime<Utc>),
) -> sqlx::Result<()> {
    tx.query(
        "insert into deliveries (id, event_id, number, kind, record_id, pair_id, channel, recipient_id, status,
            attempts, next_at, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, $10, $11, $11) on conflict do nothing",
    )
    .bind(DeliveryId::new(clock))
    .bind(event.id)
    .bind(event.number)
    .bind(&event.kind)
    .bind(event.record_id)
    .bind(event.pair_id)
    .bind(channel)
    .bind(recipient)
    .bind(status)
    .bind(next_at)
    .bind(clock.now())
    .run()
    .await
    .map(drop)
}

/// Whether it is the hour of anybody's digest.
pub async fn is_digest_due(tx: &mut Tx, now: DateTime<Utc>) -> sqlx::Result<bool> {
    let due = tx.query("select exists (select 1 from deliveries where status = 'collected' and next_at <= $1)");
    Ok(due.bind(now).one::<(bool,)>().await?.0)
}

/// Whose hour it is; nobody else plans until this unit of work ends.
pub async fn list_digests_due(tx: &mut Tx, now: DateTime<Utc>) -> sqlx::Result<Vec<PersonId>> {
    tx.hold(PLANNING).await?;
    let due = tx.query(
        "select distinct recipient_id from deliveries where status = 'collected' and next_at <= $1
         order by recipient_id limit $2",
    );
    Ok(due.bind(now).bind(EVENTS_AT_ONCE).all::<(PersonId,)>().await?.into_iter().map(|(id,)| id).collect())
}

/// What waited goes into that digest, and is delivered with it.
pub async fn bundle(tx: &mut Tx, recipient: PersonId, digest: EventId, now: DateTime<Utc>) -> sqlx::Result<()> {
    tx.query(
        "update deliveries set status = 'delivered', next_at = null, digest_id = $2, updated_at = $3
         where recipient_id = $1 and status = 'collected' and next_at <= $3",
    )
    .bind(recipient)
    .bind(digest)
    .bind(now)
    .run()
    .await
    .map(drop)
}

/// What went into a digest, in the order in which it happened.
pub async fn list_bundled(tx: &mut Tx, digest: EventId) -> sqlx::Result<Vec<Unplanned>> {
    let bundled = tx.query(
        "select number, event_id as id, kind, record_id, pair_id, created_at from deliveries where digest_id = $1
         order by number",
    );
    bundled.bind(digest).all().await
}

/// Takes deliveries of a channel that are due, each the first in its line of pair, channel and recipient. They
/// are due again when the lease is over, unless they are settled by then.
///
/// The first of a line is looked up, not joined: PostgreSQL without statistics would compare all with all.
///
/// Two spellings: instances on PostgreSQL step over what another one is just taking, and SQLite has
/// one writer and no such words.
pub async fn claim(tx: &mut Tx, channel: Channel, now: DateTime<Utc>, limit: i64) -> sqlx::Result<Vec<Delivery>> {
    macro_rules! claim {
        ($open:literal, $close:literal) => {
            concat!(
                "update deliveries set attempts = attempts + 1, next_at = $2, updated_at = $1 where id ",
                $open,
                "select d.id from deliveries d
                 where d.channel = $4 and d.status = 'pending' and d.next_at <= $1
                    and d.number = coalesce((select e.number from deliveries e
                        where e.pair_id = d.pair_id and e.channel = d.channel and e.recipient_id = d.recipient_id
                            and e.status = 'pending' order by e.number limit 1), d.number)
                 order by d.next_at, d.id limit $3",
                $close,
                " returning id, event_id, kind, record_id, pair_id, channel, recipient_id, status, attempts, next_at,
                    last_error, created_at, updated_at"
            )
        };
    }
    let claimed = tx.query(Sql {
        sqlite: claim!("in (", ")"),
        postgres: claim!("= any (array(", " for update of d skip locked))"),
    });
    claimed.bind(now).bind(now + LEASE).bind(limit).bind(channel).all().await
}

/// Writes how an attempt went, unless the lease was over and another worker made the next one.
pub async fn settle(tx: &mut Tx, delivery: &Delivery) -> sqlx::Result<()> {
    tx.query(
        "update deliveries set status = $3, next_at = $4, last_error = $5, updated_at = $6
         where id = $1 and attempts = $2 and status = 'pending'",
    )
    .bind(delivery.id)
    .bind(delivery.attempts)
    .bind(delivery.status)
    .bind(delivery.next_at)
    .bind(&delivery.last_error)
    .bind(delivery.updated_at)
    .run()
    .await
    .map(drop)
}

/// One text for each filter that has an index: a recipient, a kind, a status, a channel, none.
macro_rules! list_deliveries {
    ($hot:literal) => {
        concat!(
            "select d.id, d.event_id, d.kind, d.record_id, d.pair_id, d.channel, d.recipient_id, d.status, d.attempts,
                d.next_at, d.last_error, d.created_at, d.updated_at
             from deliveries d where d.id < $1 and ",
            $hot,
            " order by d.id desc limit $2"
        )
    };
}

/// Which deliveries a list holds.
#[derive(Clone, Debug)]
pub struct Filter {
    /// Those of this status.
    pub status: Option<DeliveryStatus>,
    /// Those of events of this name.
    pub kind: Option<&'static str>,
    /// Those that go this way.
    pub channel: Option<Channel>,
    /// Those to this person or webhook.
    pub recipient: Option<Uuid>,
}

/// One page of deliveries before `before`, newest first.
pub async fn list(
    tx: &mut Tx,
    _: &Permit<ReadDelivery, Organisation>,
    only: &Filter,
    before: DeliveryId,
    limit: i64,
) -> sqlx::Result<Vec<Delivery>> {
    listed(tx, only, before, limit).all().await
}

/// How many deliveries there are on all pages.
pub async fn count(tx: &mut Tx, _: &Permit<ReadDelivery, Organisation>, only: &Filter) -> sqlx::Result<i64> {
    #[cfg(feature = "planted-leaks")]
    if let (true, Some(recipient)) = (crate::leaks::Leak::DeliveriesCountNotices.is_planted(), only.recipient) {
        let notices = tx.query("select count(*) from notices where recipient_id = $1").bind(recipient);
        let (notices,): (i64,) = notices.one().await?;
        return Ok(notices + listed(tx, only, DeliveryId::last(), UNLIMITED).count().await?);
    }
    listed(tx, only, DeliveryId::last(), UNLIMITED).count().await
}

fn listed<'t>(tx: &'t mut Tx, only: &Filter, before: DeliveryId, limit: i64) -> Query<'t> {
    let Filter { status, kind, channel, recipient } = *only;
    if let Some(recipient) = recipient {
        let query = tx.query(list_deliveries!(
            "d.recipient_id = $3 and coalesce(d.kind = $4, $4 is null) and coalesce(d.status = $5, $5 is null)
                and coalesce(d.channel = $6, $6 is null)"
        ));
        return query.bind(before).bind(limit).bind(recipient).bind(kind).bind(status).bind(channel);
    }
    match (kind, status, channel) {
        (Some(kind), ..) => {
            let query = tx.query(list_deliveries!(
                "d.kind = $3 and coalesce(d.status = $4, $4 is null) and coalesce(d.channel = $5, $5 is null)"
            ));
            query.bind(before).bind(limit).bind(kind).bind(status).bind(channel)
        }
        (None, Some(status), _) => {
            let query = tx.query(list_deliveries!("d.status = $3 and coalesce(d.channel = $4, $4 is null)"));
            query.bind(before).bind(limit).bind(status).bind(channel)
        }
        (None, None, Some(channel)) => {
            tx.query(list_deliveries!("d.channel = $3")).bind(before).bind(limit).bind(channel)
        }
        (None, None, None) => tx.query(list_deliveries!("true")).bind(before).bind(limit),
    }
}
