//! The loop of background jobs. All jobs fail, recover and are counted in the same way. `background.rs` lists them.
//!
//! Each instance runs each job. What must happen only once is claimed in the database by the job itself.

use std::fmt;
use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval};

use crate::http::App;
use crate::problem::Problem;

/// Pause between two checks of a held clock, so that a job runs soon after the clock is released.
const HELD_PAUSE: Duration = Duration::from_secs(1);

/// Work that is repeated until the service stops.
#[derive(Clone, Copy, Debug)]
pub struct Job {
    /// Its name in the log and in the metric.
    pub name: &'static str,
    /// Pause between two runs.
    pub pause: Duration,
    /// What is late while the job fails.
    pub late: &'static str,
    /// Whether it runs while the clock is held. Then the demo makes its history, and tests run jobs explicitly.
    pub runs_on_held_clock: bool,
}

/// When the next run starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// At once, because there may be more to do.
    AtOnce,
    /// After the pause.
    AfterPause,
}

/// Why a run failed. It holds no text of people.
#[derive(Debug)]
pub struct JobError(String);

impl Job {
    /// Repeats the work until the service stops. A failed run is repeated after the pause.
    pub async fn run(self, app: &App, work: impl AsyncFn() -> Result<Next, JobError>) {
        let mut ticks = interval(self.pause);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut failures = 0_u64;
        while !app.is_stopping() {
            ticks.tick().await;
            if app.clock.is_held() && !self.runs_on_held_clock {
                ticks.reset_after(HELD_PAUSE);
                continue;
            }
            let result = work().await;
            self.report(result.as_ref().err(), &mut failures);
            if matches!(result, Ok(Next::AtOnce)) {
                ticks.reset_immediately();
            }
        }
    }

    /// Counts a run, and writes a line for a failure and for the first success after it.
    fn report(self, error: Option<&JobError>, failures: &mut u64) {
        let result = if error.is_some() { "failed" } else { "succeeded" };
        metrics::counter!("job_runs_total", "job" => self.name, "result" => result).increment(1);
        match error {
            Some(error) => {
                *failures += 1;
                tracing::warn!(
                    event = "job.failed", job = self.name, late = self.late, failures = *failures, %error,
                    retry_seconds = self.pause.as_secs_f64(),
                    "job: a run failed; what `late` says has to wait; the job runs again after `retry_seconds`"
                );
            }
            None if *failures > 0 => {
                tracing::info!(
                    event = "job.recovered",
                    job = self.name,
                    failures = *failures,
                    "job: a run succeeded after `failures` failures; the job catches up by itself"
                );
                *failures = 0;
            }
            None => {}
        }
    }
}

impl From<sqlx::Error> for JobError {
    fn from(error: sqlx::Error) -> Self {
        Self(error.to_string())
    }
}

impl From<Problem> for JobError {
    fn from(problem: Problem) -> Self {
        let cause = problem.cause.as_deref().unwrap_or("no cause is known");
        Self(format!("{}: {cause}", problem.code))
    }
}

impl fmt::Display for JobError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
