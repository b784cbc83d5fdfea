//! Time and chance: the only place that asks the machine for either, so that tests own both.

use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, NaiveDate, SubsecRound, TimeDelta, Utc};
use uuid::{Builder, Uuid};

/// Tells the time and makes ids; cheap to clone, all clones agree.
#[derive(Clone, Debug, Default)]
pub struct Clock(Arc<Mutex<Option<Hand>>>);

/// A clock somebody holds still: it moves only when told, and its ids follow from a seed.
#[derive(Debug)]
struct Hand {
    now: DateTime<Utc>,
    seed: u64,
    drawn: u16,
}

impl Clock {
    /// The machine's own time and chance.
    pub fn system() -> Self {
        Self::default()
    }

    /// A clock that stands at `now` until it is moved.
    pub fn held_at(now: DateTime<Utc>, seed: u64) -> Self {
        let clock = Self::system();
        clock.hold(now, seed);
        clock
    }

    /// Stops the clock at `now` and restarts its chance from `seed`.
    pub fn hold(&self, now: DateTime<Utc>, seed: u64) {
        *self.hand() = Some(Hand { now: now.trunc_subsecs(6), seed, drawn: 0 });
    }

    /// Whether somebody holds it: then what happens is a play.
    pub fn is_held(&self) -> bool {
        self.hand().is_some()
    }

    /// Moves a held clock; the machine's own time cannot be moved.
    pub fn advance(&self, by: TimeDelta) {
        if let Some(hand) = self.hand().as_mut() {
            hand.now += by;
        }
    }

    /// Lets a held clock run again on the machine's time.
    pub fn release(&self) {
        *self.hand() = None;
    }

    /// Now, to the microsecond: SQLite keeps nine digits and PostgreSQL six, and both must agree.
    #[expect(clippy::disallowed_methods, reason = "this is the Clock")]
    pub fn now(&self) -> DateTime<Utc> {
        self.hand().as_ref().map_or_else(|| Utc::now().trunc_subsecs(6), |hand| hand.now)
    }

    /// The day it is, in UTC.
    pub fn today(&self) -> NaiveDate {
        self.now().date_naive()
    }

    /// A fresh version 7 id: ids sort by the time they were made.
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
        // The counter leads, so ids made in one instant still sort in the order they were made.
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
