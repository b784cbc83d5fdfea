//! A delivery and its status: `pending → delivered | dead`, or `collected → delivered` for a mail in a digest.

use std::borrow::Cow;

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::FromRow;
use uuid::Uuid;

use crate::clock::Clock;
use crate::ids::{DeliveryId, EventId, PairId};
use crate::outbox::Event;
use crate::policy::acts::ReadDelivery;
use crate::policy::{Related, Relation, Relations, Takes, Viewer, readable_as};

/// Largest number of attempts for a mail. They last about two and a half days, longer than a weekend.
pub const MAX_ATTEMPTS: i64 = 16;
/// How long a claimed delivery belongs to its worker; then another worker may claim it.
pub const LEASE: TimeDelta = TimeDelta::minutes(5);
/// Longest time between the first and the second attempt. Each later pause is four times as long as the previous one.
const FIRST_RETRY_AFTER: TimeDelta = TimeDelta::seconds(15);
/// Longest pause between two attempts.
const LONGEST_RETRY_AFTER: TimeDelta = TimeDelta::hours(6);

/// The pauses between the attempts of a webhook, as Standard Webhooks recommends: three days in total.
const WEBHOOK_RETRIES_AFTER: [TimeDelta; 9] = [
    TimeDelta::seconds(5),
    TimeDelta::minutes(5),
    TimeDelta::minutes(30),
    TimeDelta::hours(2),
    TimeDelta::hours(5),
    TimeDelta::hours(10),
    TimeDelta::hours(14),
    TimeDelta::hours(20),
    TimeDelta::hours(24),
];

values! {
    /// Channel of a delivery.
    #[derive(Hash)]
    @may_grow pub enum Channel {
        /// Inside the service: ends the pairs, enrolments and mentor requests of a person who departed.
        Departures,
        /// Inside the service: cancels the future sessions of a pair that ended.
        Endings,
        /// A mail to a person.
        Mail,
        /// A call of a webhook.
        Webhook,
    }
}

impl Channel {
    /// Every channel. Each has its own worker, so that no channel waits for another.
    pub const ALL: [Self; 4] = [Self::Departures, Self::Endings, Self::Mail, Self::Webhook];

    /// Largest number of attempts.
    pub const fn max_attempts(self) -> i64 {
        match self {
            Self::Departures | Self::Endings | Self::Mail => MAX_ATTEMPTS,
            // The first attempt, and one after each pause.
            Self::Webhook => 10,
        }
    }
}

values! {
    /// Status of a delivery.
    pub enum DeliveryStatus {
        /// Waits for its first or next attempt.
        Pending,
        /// Waits for the recipient's next digest mail.
        Collected,
        /// Delivered. Or not needed any more when it was due, for example because the session was cancelled meanwhile.
        Delivered,
        /// Failed for good. There will be no further attempt.
        Dead,
    }
}

/// The delivery of one event to one recipient on one channel. All attempts have the same id, so that a recipient can
/// recognise a delivery that it has already.
#[derive(Clone, Debug, FromRow)]
pub struct Delivery {
    /// Id of the delivery.
    pub id: DeliveryId,
    /// Id of the event; ids sort by time.
    pub event_id: EventId,
    /// Name of the event.
    pub kind: String,
    /// Id of the record that the event is about.
    pub record_id: Uuid,
    /// Id of the pair. The events of one pair are delivered in order.
    pub pair_id: Option<PairId>,
    /// Channel of the delivery.
    pub channel: Channel,
    /// Id of the recipient: a person, a pair or a webhook, depending on the channel.
    pub recipient_id: Uuid,
    /// Status of the delivery.
    pub status: DeliveryStatus,
    /// Number of attempts.
    pub attempts: i64,
    /// Time of the next attempt or of the digest. `None`: there will be no further attempt.
    pub next_at: Option<DateTime<Utc>>,
    /// Error of the last attempt.
    pub last_error: Option<String>,
    /// When the delivery was planned.
    pub created_at: DateTime<Utc>,
    /// Time of the last attempt or change.
    pub updated_at: DateTime<Utc>,
}

/// Why an attempt failed. The text is from this service and never has content of the delivery.
#[derive(Debug)]
pub enum DeliveryError {
    /// Another attempt may succeed, after the pause that the recipient asked for.
    Temporary(Cow<'static, str>, TimeDelta),
    /// Another attempt would fail as well.
    Permanent(Cow<'static, str>),
    /// No failure: the delivery has to wait until this time.
    TooEarly(DateTime<Utc>),
}

impl DeliveryError {
    /// A failure that another attempt may not have.
    pub fn temporary(why: impl Into<Cow<'static, str>>) -> Self {
        Self::Temporary(why.into(), TimeDelta::zero())
    }

    /// A failure that another attempt would have as well.
    pub fn permanent(why: impl Into<Cow<'static, str>>) -> Self {
        Self::Permanent(why.into())
    }
}

impl From<sqlx::Error> for DeliveryError {
    fn from(error: sqlx::Error) -> Self {
        tracing::warn!(
            event = "delivery.database_failed", %error,
            "delivery: the database failed during an attempt; the attempt counts as failed; the next line says when it is \
             retried"
        );
        Self::temporary("the database failed")
    }
}

impl Delivery {
    /// The event. `None`: this version has no such event.
    pub fn event(&self) -> Option<Event> {
        Event::named(&self.kind, self.record_id)
    }

    /// Marks the delivery as delivered.
    pub fn mark_delivered(&mut self, clock: &Clock) {
        self.settle(DeliveryStatus::Delivered, None, clock);
        self.last_error = None;
    }

    /// Records a failed attempt. The delivery is retried later, or marked as dead.
    pub fn fail(&mut self, error: DeliveryError, clock: &Clock) {
        let (why, wait) = match error {
            DeliveryError::TooEarly(until) => return self.settle(DeliveryStatus::Pending, Some(until), clock),
            DeliveryError::Temporary(why, wait) => {
                (why, Some(wait).filter(|_| self.attempts < self.channel.max_attempts()))
            }
            DeliveryError::Permanent(why) => (why, None),
        };
        let (id, kind, channel, attempts) = (self.id, &self.kind, self.channel, self.attempts);
        let wait = wait.map(|wait| pause(channel, attempts, clock).max(wait));
        if let Some(wait) = wait {
            tracing::warn!(
                event = "delivery.failed", %id, kind, ?channel, attempts, reason = why.as_ref(), retry_seconds = wait.num_seconds(),
                "delivery: an attempt failed; the delivery waits; the service retries it after `retry_seconds`"
            );
        } else {
            tracing::error!(
                event = "delivery.gave_up", %id, kind, ?channel, attempts, reason = why.as_ref(),
                "delivery: it failed for good and is not retried; remove the cause in `reason`; GET /v1/deliveries lists it"
            );
        }
        let next_at = wait.map(|wait| clock.now() + wait);
        let status = if next_at.is_some() { DeliveryStatus::Pending } else { DeliveryStatus::Dead };
        self.settle(status, next_at, clock);
        self.last_error = Some(why.into_owned());
    }

    /// Gives a claimed delivery back without an attempt, so that another worker can claim it.
    pub fn release(&mut self, clock: &Clock) {
        self.settle(DeliveryStatus::Pending, Some(clock.now()), clock);
    }

    fn settle(&mut self, status: DeliveryStatus, next_at: Option<DateTime<Utc>>, clock: &Clock) {
        self.status = status;
        self.next_at = next_at;
        self.updated_at = clock.now();
    }
}

/// The pause after this number of attempts. Part of it is random, so that deliveries that failed together are not
/// retried together.
fn pause(channel: Channel, attempts: i64, clock: &Clock) -> TimeDelta {
    let tries = usize::try_from(attempts - 1).unwrap_or_default().min(8);
    let (for_sure, by_chance) = match channel {
        Channel::Webhook => (WEBHOOK_RETRIES_AFTER[tries], WEBHOOK_RETRIES_AFTER[tries] / 10),
        Channel::Departures | Channel::Endings | Channel::Mail => {
            let longest = (FIRST_RETRY_AFTER * (1 << (2 * tries))).min(LONGEST_RETRY_AFTER);
            (longest / 2, longest / 2)
        }
    };
    let (_, chance) = clock.uuid().as_u64_pair();
    for_sure + by_chance * i32::try_from(chance % 1000).unwrap_or_default() / 1000
}

/// Only admins may read deliveries.
impl Related for Delivery {
    fn relations(&self, viewer: &Viewer) -> Relations {
        viewer.relations().and(Relation::Lead, viewer.is_admin)
    }
}

readable_as!(Delivery: ReadDelivery, "deliveries");

impl Takes<ReadDelivery> for Delivery {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_six_hours_and_differ() {
        let clock = Clock::held_at(DateTime::UNIX_EPOCH, 1);
        let pauses: Vec<_> = (1..=MAX_ATTEMPTS).map(|attempts| pause(Channel::Mail, attempts, &clock)).collect();
        assert!(pauses[0] >= FIRST_RETRY_AFTER / 2 && pauses[0] <= FIRST_RETRY_AFTER, "{pauses:?}");
        assert!(pauses[1] >= FIRST_RETRY_AFTER * 2 && pauses[1] <= FIRST_RETRY_AFTER * 4, "{pauses:?}");
        assert!(pauses.iter().all(|pause| *pause <= LONGEST_RETRY_AFTER), "{pauses:?}");
        assert!(pauses[10] != pauses[11], "{pauses:?}");
        let all: TimeDelta = pauses.iter().take(15).sum();
        assert!(all > TimeDelta::hours(30), "{all}");
    }

    #[test]
    fn pauses_of_webhooks_are_the_recommended_ones_with_a_random_part() {
        let clock = Clock::held_at(DateTime::UNIX_EPOCH, 1);
        assert_eq!((1..Channel::Webhook.max_attempts()).count(), WEBHOOK_RETRIES_AFTER.len());
        for (attempts, advised) in (1..Channel::Webhook.max_attempts()).zip(WEBHOOK_RETRIES_AFTER) {
            let pause = pause(Channel::Webhook, attempts, &clock);
            assert!(pause >= advised && pause < advised * 11 / 10, "{attempts}: {pause}");
        }
    }
}
