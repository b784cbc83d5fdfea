//! Limits the number of requests of one viewer.

use std::num::NonZeroU32;
use std::time::Duration;

use governor::clock::{Clock as _, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::DefaultKeyedStateStore;
use governor::{Quota as Rule, RateLimiter};
use uuid::Uuid;

/// The quota of every viewer.
#[derive(Debug)]
pub struct Quotas {
    limiter: RateLimiter<Uuid, DefaultKeyedStateStore<Uuid>, DefaultClock, StateInformationMiddleware>,
    per_minute: NonZeroU32,
}

/// The remaining quota of one viewer, for the headers of the answer.
#[derive(Clone, Copy, Debug)]
pub struct Quota {
    /// Allowed requests per minute.
    pub limit: u32,
    /// Number of requests that may follow at once.
    pub remaining: u32,
    /// Time until the next request is allowed. Zero: at once.
    pub wait: Duration,
}

impl Quotas {
    /// Allows each viewer `per_minute` requests per minute, which may come at once.
    pub fn new(per_minute: NonZeroU32) -> Self {
        let limiter = RateLimiter::keyed(Rule::per_minute(per_minute)).with_middleware();
        Self { limiter, per_minute }
    }

    /// Counts one request. `Err`: the viewer has no quota left.
    pub fn take(&self, viewer: Uuid) -> Result<Quota, Quota> {
        let limit = self.per_minute.get();
        match self.limiter.check_key(&viewer) {
            Ok(left) => Ok(Quota { limit, remaining: left.remaining_burst_capacity(), wait: Duration::ZERO }),
            Err(until) => Err(Quota { limit, remaining: 0, wait: until.wait_time_from(DefaultClock::default().now()) }),
        }
    }

    /// Forgets viewers that have their whole quota again.
    pub fn tidy(&self) {
        self.limiter.retain_recent();
    }
}
