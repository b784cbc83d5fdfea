//! How much work a plan may be, and when it is over.

use std::num::NonZero;
use std::thread::available_parallelism;
use std::time::{Duration, Instant};

/// How much work a plan may be.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// So long; then what was found so far has to do.
    pub time: Duration,
    /// On so many threads. The plan does not depend on it.
    pub threads: usize,
    /// So many choices of each mentee to begin with. Too few or too many take longer; the plan is as good.
    pub choices: usize,
}

impl Default for Effort {
    fn default() -> Self {
        Self { time: Duration::from_secs(30), threads: available_parallelism().map_or(1, NonZero::get), choices: 32 }
    }
}

/// The time that is left.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock {
    /// `None`: for ever.
    end: Option<Instant>,
}

impl Clock {
    pub(super) fn start(effort: &Effort) -> Self {
        Self { end: Instant::now().checked_add(effort.time) }
    }

    pub(super) fn is_over(self) -> bool {
        self.end.is_some_and(|end| Instant::now() >= end)
    }
}
