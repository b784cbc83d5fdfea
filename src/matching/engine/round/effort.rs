//! How much work a plan may take, and when the time is over.

use std::num::NonZero;
use std::thread::available_parallelism;
use std::time::{Duration, Instant};

/// How much work a plan may take.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// Time limit. After it the best plan so far is used.
    pub time: Duration,
    /// Number of threads. The plan does not depend on it.
    pub threads: usize,
    /// Number of mentors per mentee in the first core. Too few or too many take longer; the plan is equally good.
    pub choices: usize,
}

impl Default for Effort {
    fn default() -> Self {
        Self { time: Duration::from_secs(30), threads: available_parallelism().map_or(1, NonZero::get), choices: 32 }
    }
}

/// When the time is over. `None`: never.
#[derive(Clone, Copy, Debug)]
pub(super) struct Deadline(Option<Instant>);

impl Deadline {
    pub(super) fn after(time: Duration) -> Self {
        Self(Instant::now().checked_add(time))
    }

    pub(super) fn is_over(self) -> bool {
        self.0.is_some_and(|end| Instant::now() >= end)
    }
}
