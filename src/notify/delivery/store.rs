//! The SQL of deliveries.

use chrono::{DateTime, Utc};
use sqlx::FromRow;
use uuid::Uuid;

use super::model::{Channel, Delivery, DeliveryStatus, LEASE};
use crate::clock::Clock;
use crate::db::{Ids, Query, Tx, UNLIMITED, query};
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
    let (is_due,) = query!(
        tx,
        "select exists (select 1 from events where not is_planned)
         or exists (select 1 from deliveries
             where channel = :channel and status = 'pending' and next_at <= :now)",
        now,
        channel
    )
    .one::<(bool,)>()
    .await?;
    Ok(is_due)
}

/// The next events to plan, in order. No other instance plans until this transaction ends.
pub async fn list_unplanned(tx: &mut Tx) -> sqlx::Result<Vec<Unplanned>> {
    tx.lock(PLANNING).await?;
    query!(
        tx,
        "select number, id, kind, record_id, pair_id, created_at from events where not is_planned
         order by number limit :limit",
        limit = EVENTS_AT_ONCE
    )
    .all()
    .await
}

/// Marks events as planned.
pub async fn mark_planned(tx: &mut Tx, events: Ids) -> sqlx::Result<()> {
    query!(tx, "update events set is_planned = true where id = any(:events)", events).run().await.map(drop)
}

/// The mentee of each suggestion request.
pub async fn list_mentees(tx: &mut Tx, requests: Ids) -> sqlx::Result<Vec<(Uuid, PersonId)>> {
    query!(tx, "select id, mentee_id from suggestion_requests where id = any(:requests)", requests).all().await
}

/// The mentee of each mentor request.
pub async fn list_asking(tx: &mut Tx, requests: Ids) -> sqlx::Result<Vec<(Uuid, PersonId)>> {
    query!(tx, "select id, mentee_id from mentor_requests where id = any(:requests)", requests).all().await
}

/// The owner of each action item.
pub async fn list_owners(tx: &mut Tx, items: Ids) -> sqlx::Result<Vec<(Uuid, PersonId)>> {
    query!(tx, "select id, owner_id from action_items where id = any(:items)", items).all().await
}

/// The person of each enrolment.
pub async fn list_enrolled(tx: &mut Tx, enrolments: Ids) -> sqlx::Result<Vec<(Uuid, PersonId)>> {
    query!(tx, "select id, person_id from enrolments where id = any(:enrolments)", enrolments).all().await
}

/// The coordinators of the program of each enrolment.
pub async fn list_coordinators(tx: &mut Tx, enrolments: Ids) -> sqlx::Result<Vec<(Uuid, PersonId)>> {
    query!(
        tx,
        "select x.id, c.person_id from enrolments x join program_coordinators c on c.program_id = x.program_id
         where x.id = any(:enrolments)",
        enrolments
    )
    .all()
    .await
}

/// The coordinators of the program of each matching round.
pub async fn list_matching_round_coordinators(
    tx: &mut Tx,
    matching_rounds: Ids,
) -> sqlx::Result<Vec<(Uuid, PersonId)>> {
    query!(
        tx,
        "select x.id, c.person_id from matching_rounds x join program_coordinators c on c.program_id = x.program_id
         where x.id = any(:matching_rounds)",
        matching_rounds
    )
    .all()
    .await
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
    query!(
        tx,
        "insert into deliveries (id, event_id, number, kind, record_id, pair_id, channel, recipient_id,
            status, attempts, next_at, created_at, updated_at)
         values (:id, :event_id, :number, :kind, :record_id, :pair_id, :channel, :recipient,
            :status, 0, :next_at, :now, :now)
         on conflict do nothing",
        id = DeliveryId::new(clock),
        event_id = event.id,
        number = event.number,
        kind = &event.kind,
        record_id = event.record_id,
        pair_id = event.pair_id,
        channel,
        recipient,
        status,
        next_at,
        now = clock.now()
    )
    .run()
    .await
    .map(drop)
}

/// Whether any person's digest is due.
pub async fn is_digest_due(tx: &mut Tx, now: DateTime<Utc>) -> sqlx::Result<bool> {
    let due =
        query!(tx, "select exists (select 1 from deliveries where status = 'collected' and next_at <= :now)", now);
    Ok(due.one::<(bool,)>().await?.0)
}

/// The people whose digest is due. No other instance plans until this transaction ends.
pub async fn list_digests_due(tx: &mut Tx, now: DateTime<Utc>) -> sqlx::Result<Vec<PersonId>> {
    tx.lock(PLANNING).await?;
    let due = query!(
        tx,
        "select distinct recipient_id from deliveries where status = 'collected' and next_at <= :now
         order by recipient_id limit :limit",
        now,
        limit = EVENTS_AT_ONCE
    );
    Ok(due.all::<(PersonId,)>().await?.into_iter().map(|(id,)| id).collect())
}

/// Puts the waiting mails of a person into a digest and marks them as delivered.
pub async fn bundle(tx: &mut Tx, recipient: PersonId, digest: EventId, now: DateTime<Utc>) -> sqlx::Result<()> {
    query!(
        tx,
        "update deliveries set status = 'delivered', next_at = null, digest_id = :digest, updated_at = :now
         where recipient_id = :recipient and status = 'collected' and next_at <= :now",
        recipient,
        digest,
        now
    )
    .run()
    .await
    .map(drop)
}

/// The events of a digest, in order.
pub async fn list_bundled(tx: &mut Tx, digest: EventId) -> sqlx::Result<Vec<Unplanned>> {
    query!(
        tx,
        "select number, event_id as id, kind, record_id, pair_id, created_at from deliveries
         where digest_id = :digest order by number",
        digest
    )
    .all()
    .await
}

/// Claims due deliveries of a channel, each the oldest pending one for its pair, channel and recipient. They are due
/// again after the lease, unless they are settled by then.
///
/// A subquery finds the oldest one, not a join: PostgreSQL without statistics would compare all rows with all rows.
///
/// There are two versions: on PostgreSQL an instance skips rows that another one is claiming, and SQLite has one writer
/// and no such clause.
pub async fn claim(tx: &mut Tx, channel: Channel, now: DateTime<Utc>, limit: i64) -> sqlx::Result<Vec<Delivery>> {
    const CLAIM: &str =
        "update deliveries set attempts = attempts + 1, next_at = :leased_until, updated_at = :now where id";
    const DUE: &str = "select d.id from deliveries d
    where d.channel = :channel and d.status = 'pending' and d.next_at <= :now
        and d.number = coalesce((select e.number from deliveries e
            where e.pair_id = d.pair_id and e.channel = d.channel and e.recipient_id = d.recipient_id
                and e.status = 'pending' order by e.number limit 1), d.number)
    order by d.next_at, d.id limit :limit";
    const CLAIMED: &str = "returning id, event_id, kind, record_id, pair_id, channel, recipient_id, status, attempts,
        next_at, last_error, created_at, updated_at";
    query!(
        tx,
        Sql {
            sqlite: [CLAIM, "in (", DUE, ")", CLAIMED],
            postgres: [CLAIM, "= any (array(", DUE, "for update of d skip locked))", CLAIMED],
        },
        now,
        leased_until = now + LEASE,
        limit,
        channel
    )
    .all()
    .await
}

/// Writes the result of an attempt, unless the lease has ended and another worker has made the next attempt.
pub async fn settle(tx: &mut Tx, delivery: &Delivery) -> sqlx::Result<()> {
    query!(
        tx,
        "update deliveries set status = :status, next_at = :next_at, last_error = :last_error,
            updated_at = :updated_at
         where id = :id and attempts = :attempts and status = 'pending'",
        id = delivery.id,
        attempts = delivery.attempts,
        status = delivery.status,
        next_at = delivery.next_at,
        last_error = &delivery.last_error,
        updated_at = delivery.updated_at
    )
    .run()
    .await
    .map(drop)
}

/// Selects deliveries before `:before`. One more condition on the delivery `d` follows.
const SELECT: &str = "select d.id, d.event_id, d.kind, d.record_id, d.pair_id, d.channel, d.recipient_id, d.status,
        d.attempts, d.next_at, d.last_error, d.created_at, d.updated_at
    from deliveries d where d.id < :before and";

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

/// Each filter that has an index has its own SQL text: recipient, kind, status, channel, none.
fn listed<'t>(tx: &'t mut Tx, only: &Filter, before: DeliveryId, limit: i64) -> Query<'t> {
    let Filter { status, kind, channel, recipient } = *only;
    macro_rules! list {
        ($hot:literal $(, $name:ident)*) => {
            query!(tx, [SELECT, $hot, "order by d.id desc limit :limit"], before, limit $(, $name)*)
        };
    }
    match (recipient, kind, status, channel) {
        (Some(recipient), ..) => list!(
            "d.recipient_id = :recipient and coalesce(d.kind = :kind, :kind is null)
             and coalesce(d.status = :status, :status is null)
             and coalesce(d.channel = :channel, :channel is null)",
            recipient,
            kind,
            status,
            channel
        ),
        (None, Some(kind), ..) => list!(
            "d.kind = :kind and coalesce(d.status = :status, :status is null)
             and coalesce(d.channel = :channel, :channel is null)",
            kind,
            status,
            channel
        ),
        (None, None, Some(status), _) => {
            list!("d.status = :status and coalesce(d.channel = :channel, :channel is null)", status, channel)
        }
        (None, None, None, Some(channel)) => list!("d.channel = :channel", channel),
        (None, None, None, None) => list!("true"),
    }
}
