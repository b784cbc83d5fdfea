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

/// The lock for planning: one instance plans at a time, so that the events of a pair are planned in order.
const PLANNING: Uuid = Uuid::from_u128(0x4d91_6f0a_9c1e_7b0c_8f5e_2f7a_6f15_d3a1);
/// Number of events that one transaction plans, so that other transactions can write in between.
const EVENTS_AT_ONCE: i64 = 200;

/// An event that is not planned yet.
#[derive(Debug, FromRow)]
pub struct Unplanned {
    /// Position among all events.
    pub number: i64,
    /// Id of the event.
    pub id: EventId,
    /// Name of the event.
    pub kind: String,
    /// Id of the record that the event is about.
    pub record_id: Uuid,
    /// Id of the pair. The events of one pair are delivered in order.
    pub pair_id: Option<PairId>,
    /// Time of the event.
    pub created_at: DateTime<Utc>,
}

impl Unplanned {
    /// The event. `None`: this version has no such event.
    pub fn event(&self) -> Option<Event> {
        Event::named(&self.kind, self.record_id)
    }
}

/// Whether there is an event to plan, or a delivery due on this channel.
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

/// The next events to plan, in order. No other instance plans until this transaction ends.
pub async fn list_unplanned(tx: &mut Tx) -> sqlx::Result<Vec<Unplanned>> {
    tx.lock(PLANNING).await?;
    let unplanned = tx.query(
        "select number, id, kind, record_id, pair_id, created_at from events where not is_planned
         order by number limit $1",
    );
    unplanned.bind(EVENTS_AT_ONCE).all().await
}

/// Marks events as planned.
pub async fn mark_planned(tx: &mut Tx, events: Ids) -> sqlx::Result<()> {
    let marked = tx.query(Sql {
        sqlite: "update events set is_planned = true where id in (select unhex(value) from json_each($1))",
        postgres: "update events set is_planned = true where id = any($1)",
    });
    marked.bind(events).run().await.map(drop)
}

/// The mentee of each suggestion request.
pub async fn list_mentees(tx: &mut Tx, requests: Ids) -> sqlx::Result<Vec<(Uuid, PersonId)>> {
    let mentees = tx.query(Sql {
        sqlite: "select id, mentee_id from suggestion_requests where id in (select unhex(value) from json_each($1))",
        postgres: "select id, mentee_id from suggestion_requests where id = any($1)",
    });
    mentees.bind(requests).all().await
}

/// The mentee of each mentor request.
pub async fn list_asking(tx: &mut Tx, requests: Ids) -> sqlx::Result<Vec<(Uuid, PersonId)>> {
    let mentees = tx.query(Sql {
        sqlite: "select id, mentee_id from mentor_requests where id in (select unhex(value) from json_each($1))",
        postgres: "select id, mentee_id from mentor_requests where id = any($1)",
    });
    mentees.bind(requests).all().await
}

/// The owner of each action item.
pub async fn list_owners(tx: &mut Tx, items: Ids) -> sqlx::Result<Vec<(Uuid, PersonId)>> {
    let owners = tx.query(Sql {
        sqlite: "select id, owner_id from action_items where id in (select unhex(value) from json_each($1))",
        postgres: "select id, owner_id from action_items where id = any($1)",
    });
    owners.bind(items).all().await
}

/// The person of each enrolment.
pub async fn list_enrolled(tx: &mut Tx, enrolments: Ids) -> sqlx::Result<Vec<(Uuid, PersonId)>> {
    let people = tx.query(Sql {
        sqlite: "select id, person_id from enrolments where id in (select unhex(value) from json_each($1))",
        postgres: "select id, person_id from enrolments where id = any($1)",
    });
    people.bind(enrolments).all().await
}

/// Selects the coordinators of the programs of these rows of a table.
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

/// The coordinators of the program of each enrolment.
pub async fn list_coordinators(tx: &mut Tx, enrolments: Ids) -> sqlx::Result<Vec<(Uuid, PersonId)>> {
    tx.query(coordinators_of!("enrolments")).bind(enrolments).all().await
}

/// The coordinators of the program of each matching round.
pub async fn list_matching_round_coordinators(
    tx: &mut Tx,
    matching_rounds: Ids,
) -> sqlx::Result<Vec<(Uuid, PersonId)>> {
    tx.query(coordinators_of!("matching_rounds")).bind(matching_rounds).all().await
}

/// Plans one delivery. A second call for the same event, channel and recipient does nothing.
pub async fn insert(
    tx: &mut Tx,
    clock: &Clock,
    event: &Unplanned,
    channel: Channel,
    recipient: impl Into<Uuid>,
) -> sqlx::Result<()> {
    plan(tx, clock, event, (channel, recipient.into()), (DeliveryStatus::Pending, clock.now())).await
}

/// Plans a mail that waits for the recipient's digest. A second call for the same event and recipient does nothing.
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

/// Whether any person's digest is due.
pub async fn is_digest_due(tx: &mut Tx, now: DateTime<Utc>) -> sqlx::Result<bool> {
    let due = tx.query("select exists (select 1 from deliveries where status = 'collected' and next_at <= $1)");
    Ok(due.bind(now).one::<(bool,)>().await?.0)
}

/// The people whose digest is due. No other instance plans until this transaction ends.
pub async fn list_digests_due(tx: &mut Tx, now: DateTime<Utc>) -> sqlx::Result<Vec<PersonId>> {
    tx.lock(PLANNING).await?;
    let due = tx.query(
        "select distinct recipient_id from deliveries where status = 'collected' and next_at <= $1
         order by recipient_id limit $2",
    );
    Ok(due.bind(now).bind(EVENTS_AT_ONCE).all::<(PersonId,)>().await?.into_iter().map(|(id,)| id).collect())
}

/// Puts the waiting mails of a person into a digest and marks them as delivered.
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

/// The events of a digest, in order.
pub async fn list_bundled(tx: &mut Tx, digest: EventId) -> sqlx::Result<Vec<Unplanned>> {
    let bundled = tx.query(
        "select number, event_id as id, kind, record_id, pair_id, created_at from deliveries where digest_id = $1
         order by number",
    );
    bundled.bind(digest).all().await
}

/// Claims due deliveries of a channel, each the oldest pending one for its pair, channel and recipient. They are due
/// again after the lease, unless they are settled by then.
///
/// A subquery finds the oldest one, not a join: PostgreSQL without statistics would compare all rows with all rows.
///
/// There are two versions: on PostgreSQL an instance skips rows that another one is claiming, and SQLite has one writer
/// and no such clause.
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

/// Writes the result of an attempt, unless the lease has ended and another worker has made the next attempt.
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

/// The statement for each filter that has an index: recipient, kind, status, channel, none.
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

/// Filters for a list of deliveries. `None`: no filter.
#[derive(Clone, Debug)]
pub struct Filter {
    /// Deliveries with this status.
    pub status: Option<DeliveryStatus>,
    /// Deliveries of events with this name.
    pub kind: Option<&'static str>,
    /// Deliveries on this channel.
    pub channel: Option<Channel>,
    /// Deliveries to this person, pair or webhook.
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

/// Number of deliveries on all pages.
pub async fn count(tx: &mut Tx, _: &Permit<ReadDelivery, Organisation>, only: &Filter) -> sqlx::Result<i64> {
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
