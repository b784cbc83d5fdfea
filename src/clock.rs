//! Time and random ids. Only this module asks the machine for them, so that tests can control both.

use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, NaiveDate, SubsecRound, TimeDelta, Utc};
use uuid::{Builder, Uuid};

/// Gives the time and makes ids. Cheap to clone; all clones share one state.
#[derive(Clone, Debug, Default)]
pub struct Clock(Arc<Mutex<Option<Hand>>>);

/// A stopped clock: it moves only by [`Clock::advance`], and its ids follow from a seed.
#[derive(Debug)]
struct Hand {
    now: DateTime<Utc>,
    seed: u64,
    drawn: u16,
}

impl Clock {
    /// The time and the random numbers of the machine.
    pub fn system() -> Self {
        Self::default()
    }

    /// A clock that is stopped at `now`.
    pub fn held_at(now: DateTime<Utc>, seed: u64) -> Self {
        let clock = Self::system();
        clock.stop_at(now, seed);
        clock
    }

    /// Stops the clock at `now`. Its ids follow from `seed`.
    pub fn stop_at(&self, now: DateTime<Utc>, seed: u64) {
        *self.hand() = Some(Hand { now: now.trunc_subsecs(6), seed, drawn: 0 });
    }

    /// Whether the clock is stopped, as it is in tests and in the demo.
    pub fn is_held(&self) -> bool {
        self.hand().is_some()
    }

    /// Moves a stopped clock. Does nothing to the time of the machine.
    pub fn advance(&self, by: TimeDelta) {
        if let Some(hand) = self.hand().as_mut() {
            hand.now += by;
        }
    }

    /// Lets a stopped clock run again on the time of the machine.
    pub fn release(&self) {
        *self.hand() = None;
    }

    /// The current time, to the microsecond. SQLite keeps nine digits and PostgreSQL six; both must agree.
    #[expect(clippy::disallowed_methods, reason = "this is the Clock")]
    pub fn now(&self) -> DateTime<Utc> {
        self.hand().as_ref().map_or_else(|| Utc::now().trunc_subsecs(6), |hand| hand.now)
    }

    /// The current day, in UTC.
    pub fn today(&self) -> NaiveDate {
        self.now().date_naive()
    }

    /// A new UUID of version 7. These ids sort by the time they were made.
    #[expect(clippy::disallowed_methods, reason = "this is the Clock")]
    pub fn uuid(&self) -> Uuid {
        self.hand().as_mut().map_or_else(Uuid::now_v7, Hand::uuid)
    }

    fn hand(&self) -> std::sync::MutexGuard<'_, Option<Hand>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Hand {
    fn uuid(&mut self) -> Uuid {
        self.drawn = self.drawn.wrapping_add(1);
        let mut random = [0; 10];
        random[..2].copy_from_slice(&self.drawn.to_be_bytes());
        random[2..].copy_from_slice(&split_mix(self.seed ^ (u64::from(self.drawn) << 32)).to_be_bytes());
        // The counter comes first, so that ids of one instant sort in the order they were made.
        let millis = u64::try_from(self.now.timestamp_millis()).unwrap_or_default();
        Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
    }
}

/// One step of SplitMix64 (Steele, Lea, Flood 2014).
fn split_mix(seed: u64) -> u64 {
    let z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
