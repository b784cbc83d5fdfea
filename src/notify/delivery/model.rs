//! What a delivery is and how it lives: `pending → delivered | dead`.

use std::borrow::Cow;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use sqlx::FromRow;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::clock::Clock;
use crate::ids::{DeliveryId, EventId, PairId};
use crate::outbox::Event;
use crate::policy::acts::ReadDelivery;
use crate::policy::{Readable, Related, Relation, Relations, Takes, Viewer};

/// A mail is tried so often before it is given up: for two days and a half, so that a weekend passes.
pub const MOST_ATTEMPTS: i64 = 16;
/// Who claims a delivery has this long; then another worker may take it up.
pub const LEASE: TimeDelta = TimeDelta::minutes(5);
/// The second attempt comes at most this long after the first; then each pause is four times the last.
const FIRST_PAUSE: TimeDelta = TimeDelta::seconds(15);
/// No pause is longer.
const LONGEST_PAUSE: TimeDelta = TimeDelta::hours(6);

/// The pauses of a webhook, as Standard Webhooks advises: three days in all.
const PAUSES_OF_WEBHOOKS: [TimeDelta; 9] = [
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

/// Which way it goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, sqlx::Type, ToSchema)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum Channel {
    /// Inside the service: the pairs of a person who left end.
    Departures,
    /// Inside the service: the sessions to come of a pair that ended are cancelled.
    Endings,
    /// By mail.
    Mail,
    /// To an address outside that listens.
    Webhook,
}

impl Channel {
    /// Every channel. Each has its own worker, so that none waits for another.
    pub const ALL: [Self; 4] = [Self::Departures, Self::Endings, Self::Mail, Self::Webhook];

    /// Tried so often before it is given up.
    pub const fn most_attempts(self) -> i64 {
        match self {
            Self::Departures | Self::Endings | Self::Mail => MOST_ATTEMPTS,
            // At once, and after each pause.
            Self::Webhook => 10,
        }
    }
}

/// Where it is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, ToSchema)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum DeliveryStatus {
    /// Waits for its first or next attempt.
    Pending,
    /// Waits for the day's digest.
    Collected,
    /// Done; or by the time it was due there was nothing to tell any more.
    Delivered,
    /// Given up.
    Dead,
}

/// One event on its way to one recipient by one channel. Tried again it is the same delivery, so
/// its id tells a recipient what they have already.
#[derive(Clone, Debug, FromRow)]
pub struct Delivery {
    /// Names the delivery.
    pub id: DeliveryId,
    /// What happened; ids sort by time.
    pub event_id: EventId,
    /// The event's name.
    pub kind: String,
    /// The record that it happened to.
    pub record_id: Uuid,
    /// The pair whose events keep their order.
    pub pair_id: Option<PairId>,
    /// Which way it goes.
    pub channel: Channel,
    /// For whom it is: a person or, as the channel says, a pair or a webhook.
    pub recipient_id: Uuid,
    /// Where it is in its life.
    pub status: DeliveryStatus,
    /// How often it was tried.
    pub attempts: i64,
    /// When it is tried next.
    pub next_at: Option<DateTime<Utc>>,
    /// What went wrong last.
    pub last_error: Option<String>,
    /// When it was planned.
    pub created_at: DateTime<Utc>,
    /// When it was tried last.
    pub updated_at: DateTime<Utc>,
}

/// Why an attempt failed, in words of our own: nothing of what was to be told.
#[derive(Debug)]
pub enum Trouble {
    /// Worth another attempt, after as long a pause as the recipient asked for.
    Passing(Cow<'static, str>, TimeDelta),
    /// It would go wrong again.
    Lasting(Cow<'static, str>),
    /// Nothing is wrong: it is too early until then.
    Early(DateTime<Utc>),
}

impl Trouble {
    /// Worth another attempt.
    pub fn passing(why: impl Into<Cow<'static, str>>) -> Self {
        Self::Passing(why.into(), TimeDelta::zero())
    }

    /// Not worth another attempt.
    pub fn lasting(why: impl Into<Cow<'static, str>>) -> Self {
        Self::Lasting(why.into())
    }
}

impl From<sqlx::Error> for Trouble {
    fn from(error: sqlx::Error) -> Self {
        tracing::warn!(%error, "the database failed a delivery");
        Self::passing("the database failed")
    }
}

impl Delivery {
    /// What happened. `None`: an event of another version.
    pub fn event(&self) -> Option<Event> {
        Event::named(&self.kind, self.record_id)
    }

    /// It arrived.
    pub fn arrive(&mut self, clock: &Clock) {
        self.settle(DeliveryStatus::Delivered, None, clock);
        self.last_error = None;
    }

    /// It did not, and is tried again or given up.
    pub fn fail(&mut self, trouble: Trouble, clock: &Clock) {
        let (why, wait) = match trouble {
            Trouble::Early(until) => return self.settle(DeliveryStatus::Pending, Some(until), clock),
            Trouble::Passing(why, wait) => (why, Some(wait).filter(|_| self.attempts < self.channel.most_attempts())),
            Trouble::Lasting(why) => (why, None),
        };
        let (id, kind, attempts) = (self.id, &self.kind, self.attempts);
        tracing::warn!(%id, kind, attempts, %why, "a delivery failed");
        let next_at = wait.map(|wait| clock.now() + pause(self.channel, self.attempts, clock).max(wait));
        let status = if next_at.is_some() { DeliveryStatus::Pending } else { DeliveryStatus::Dead };
        self.settle(status, next_at, clock);
        self.last_error = Some(why.into_owned());
    }

    /// It was not tried: the next worker may.
    pub fn give_back(&mut self, clock: &Clock) {
        self.settle(DeliveryStatus::Pending, Some(clock.now()), clock);
    }

    fn settle(&mut self, status: DeliveryStatus, next_at: Option<DateTime<Utc>>, clock: &Clock) {
        self.status = status;
        self.next_at = next_at;
        self.updated_at = clock.now();
    }
}

/// How long to wait after so many attempts. Part of it is chance, so that what failed together does
/// not come back together.
fn pause(channel: Channel, attempts: i64, clock: &Clock) -> TimeDelta {
    let tries = usize::try_from(attempts - 1).unwrap_or_default().min(8);
    let (for_sure, by_chance) = match channel {
        Channel::Webhook => (PAUSES_OF_WEBHOOKS[tries], PAUSES_OF_WEBHOOKS[tries] / 10),
        Channel::Departures | Channel::Endings | Channel::Mail => {
            let longest = (FIRST_PAUSE * (1 << (2 * tries))).min(LONGEST_PAUSE);
            (longest / 2, longest / 2)
        }
    };
    let (_, chance) = clock.uuid().as_u64_pair();
    for_sure + by_chance * i32::try_from(chance % 1000).unwrap_or_default() / 1000
}

/// Deliveries are the admin's.
impl Related for Delivery {
    fn relations(&self, viewer: &Viewer) -> Relations {
        viewer.relations().and(Relation::Lead, viewer.is_admin)
    }
}

impl Readable for Delivery {
    type Read = ReadDelivery;
    const KIND: &'static str = "deliveries";

    fn id(&self) -> Uuid {
        self.id.uuid()
    }
}

impl Takes<ReadDelivery> for Delivery {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_six_hours_and_are_never_alike() {
        let clock = Clock::held_at(DateTime::UNIX_EPOCH, 1);
        let pauses: Vec<_> = (1..=MOST_ATTEMPTS).map(|attempts| pause(Channel::Mail, attempts, &clock)).collect();
        assert!(pauses[0] >= FIRST_PAUSE / 2 && pauses[0] <= FIRST_PAUSE, "{pauses:?}");
        assert!(pauses[1] >= FIRST_PAUSE * 2 && pauses[1] <= FIRST_PAUSE * 4, "{pauses:?}");
        assert!(pauses.iter().all(|pause| *pause <= LONGEST_PAUSE), "{pauses:?}");
        assert!(pauses[10] != pauses[11], "{pauses:?}");
        let all: TimeDelta = pauses.iter().take(15).sum();
        assert!(all > TimeDelta::hours(30), "{all}");
    }

    #[test]
    fn pauses_of_webhooks_are_the_advised_ones_with_a_little_chance() {
        let clock = Clock::held_at(DateTime::UNIX_EPOCH, 1);
        assert_eq!((1..Channel::Webhook.most_attempts()).count(), PAUSES_OF_WEBHOOKS.len());
        for (attempts, advised) in (1..Channel::Webhook.most_attempts()).zip(PAUSES_OF_WEBHOOKS) {
            let pause = pause(Channel::Webhook, attempts, &clock);
            assert!(pause >= advised && pause < advised * 11 / 10, "{attempts}: {pause}");
        }
    }
}
