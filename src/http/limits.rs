//! The load limits of one process: how many requests are in flight, and how many reads of one viewer.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use actix_web::web::Data;
use uuid::Uuid;

use crate::db::{ReadLimits, ReadSlot, TooManyReads};
use crate::problem::{Code, Problem};

/// The load limits of one process.
#[derive(Debug)]
pub struct Limits {
    /// Maximum number of requests in flight. Further requests get 503 at once.
    pub at_once: usize,
    /// Maximum duration of a request.
    pub time_out: Duration,
    in_flight: AtomicUsize,
    reads: ReadLimits,
}

/// Default number of connections for reading.
const CONNECTIONS: usize = 12;

impl Limits {
    /// At most `at_once` requests in flight, each for at most `time_out`.
    pub fn new(at_once: usize, time_out: Duration) -> Self {
        Self { at_once, time_out, in_flight: AtomicUsize::new(0), reads: ReadLimits::new(CONNECTIONS, at_once / 2) }
    }

    /// The same limits for this number of connections. One viewer may use only a part of the connections.
    #[must_use]
    pub fn sharing(self, connections: usize) -> Self {
        Self { reads: ReadLimits::new(connections, self.at_once / 2), ..self }
    }

    /// Waits until a read of this viewer may begin. The request does not count as in flight meanwhile.
    pub(super) async fn admit(&self, viewer: Uuid, query: &str) -> Result<Arc<ReadSlot>, Problem> {
        let is_count =
            form_urlencoded::parse(query.as_bytes()).any(|(name, value)| name == "count" && value == "exact");
        let entering = self.reads.enter(viewer, is_count);
        let entered = if self.reads.is_free(viewer, is_count) { entering.await } else { self.aside(entering).await? };
        entered.map_err(|TooManyReads| {
            Problem::new(
                Code::Overloaded,
                "Too many of your requests are waiting. Send the next one after one of these is answered.",
            )
        })
    }

    /// Waits for something, such as a slow client, while the request does not count as in flight. Fails if the limit is
    /// reached at the end of the wait.
    pub async fn aside<T>(&self, awaited: impl Future<Output = T>) -> Result<T, Problem> {
        let aside = Aside::new(self);
        let result = awaited.await;
        drop(aside);
        if self.in_flight.load(Ordering::Relaxed) > self.at_once { Err(overloaded()) } else { Ok(result) }
    }
}

/// Takes a request out of the count of requests in flight until dropped.
struct Aside<'l>(&'l Limits);

impl<'l> Aside<'l> {
    fn new(limits: &'l Limits) -> Self {
        limits.in_flight.fetch_sub(1, Ordering::Relaxed);
        Self(limits)
    }
}

impl Drop for Aside<'_> {
    fn drop(&mut self) {
        self.0.in_flight.fetch_add(1, Ordering::Relaxed);
    }
}

/// The problem if too many requests are in flight.
pub(super) fn overloaded() -> Problem {
    Problem::new(Code::Overloaded, "The service is answering too many requests. Try again in a moment.")
}

/// Counts a request as in flight until dropped.
pub(super) struct InFlight(Data<Limits>);

impl InFlight {
    /// Counts a request. Returns the number of requests that were in flight before.
    pub fn enter(limits: Data<Limits>) -> (usize, Self) {
        (limits.in_flight.fetch_add(1, Ordering::Relaxed), Self(limits))
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.in_flight.fetch_sub(1, Ordering::Relaxed);
    }
}
