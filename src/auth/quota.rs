//! How often one viewer may ask.

use std::num::NonZeroU32;
use std::time::Duration;

use governor::clock::{Clock as _, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::DefaultKeyedStateStore;
use governor::{Quota as Rule, RateLimiter};
use uuid::Uuid;

/// The count for each viewer.
#[derive(Debug)]
pub struct Quotas {
    limiter: RateLimiter<Uuid, DefaultKeyedStateStore<Uuid>, DefaultClock, StateInformationMiddleware>,
    per_minute: NonZeroU32,
}

/// What is left to one viewer, for the headers of the answer.
#[derive(Clone, Copy, Debug)]
pub struct Quota {
    /// Requests a minute.
    pub limit: u32,
    /// Requests that may follow at once.
    pub remaining: u32,
    /// When the next one may come, if none is left.
    pub wait: Duration,
}

impl Quotas {
    /// Lets each viewer ask `per_minute` times a minute, in bursts of as many.
    pub fn new(per_minute: NonZeroU32) -> Self {
        let limiter = RateLimiter::keyed(Rule::per_minute(per_minute)).with_middleware();
        Self { limiter, per_minute }
    }

    /// Counts one request. `Err`: one too many.
    pub fn take(&self, viewer: Uuid) -> Result<Quota, Quota> {
        let limit = self.per_minute.get();
        match self.limiter.check_key(&viewer) {
            Ok(left) => Ok(Quota { limit, remaining: left.remaining_burst_capacity(), wait: Duration::ZERO }),
            Err(until) => Err(Quota { limit, remaining: 0, wait: until.wait_time_from(DefaultClock::default().now()) }),
        }
    }

    /// Forgets viewers who have their whole quota again.
    pub fn tidy(&self) {
        self.limiter.retain_recent();
    }
}
