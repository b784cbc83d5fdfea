//! Limits for concurrent reads of one viewer, and for concurrent exact counts of all viewers, so that one viewer cannot
//! use every connection.

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use uuid::Uuid;

tokio::task_local! {
    static CURRENT: Arc<ReadSlot>;
}

/// The limits, and the reads that run or wait now.
#[derive(Debug)]
pub struct ReadLimits {
    /// Reads of one viewer that may run at the same time.
    per_viewer: usize,
    /// Further reads of one viewer that may wait.
    waiting: usize,
    viewers: Arc<Mutex<Viewers>>,
    counts: Arc<Semaphore>,
}

type Viewers = HashMap<Uuid, Arc<ViewerReads>>;

/// The reads of one viewer.
#[derive(Debug)]
struct ViewerReads {
    slots: Arc<Semaphore>,
    waiting: AtomicUsize,
}

/// Too many reads of this viewer are waiting.
#[derive(Debug)]
pub struct TooManyReads;

/// The slot of a running read. A cancelled read keeps it until its statement has ended.
pub struct ReadSlot {
    viewer: Uuid,
    viewers: Arc<Mutex<Viewers>>,
    held: Option<[Option<OwnedSemaphorePermit>; 2]>,
}

impl ReadLimits {
    /// The limits for this number of connections: one viewer may use a third, and all exact counts together may use a
    /// sixth. `waiting` further reads of a viewer may wait.
    pub fn new(connections: usize, waiting: usize) -> Self {
        let (per_viewer, counts) = ((connections / 3).max(1), (connections / 6).max(1));
        Self { per_viewer, waiting, viewers: Arc::default(), counts: Arc::new(Semaphore::new(counts)) }
    }

    /// Waits for the slot of a read.
    pub async fn enter(&self, viewer: Uuid, is_count: bool) -> Result<Arc<ReadSlot>, TooManyReads> {
        let fresh = || Arc::new(ViewerReads::new(self.per_viewer));
        let reads = locked(&self.viewers).entry(viewer).or_insert_with(fresh).clone();
        // From here on the drop of the slot removes the entry of the viewer, also if the wait is cancelled.
        let mut slot = ReadSlot { viewer, viewers: self.viewers.clone(), held: None };
        let own = if let Ok(own) = reads.slots.clone().try_acquire_owned() {
            Some(own)
        } else {
            let _waiting = Waiting::begin(&reads, self.waiting)?;
            reads.slots.clone().acquire_owned().await.ok()
        };
        drop(reads);
        slot.held = Some([own, None]);
        if is_count {
            let count = self.counts.clone().acquire_owned().await.ok();
            slot.held = slot.held.take().map(|[own, _]| [own, count]);
        }
        Ok(Arc::new(slot))
    }

    /// Whether a read of this viewer would start at once.
    pub fn is_free(&self, viewer: Uuid, is_count: bool) -> bool {
        let is_free = locked(&self.viewers).get(&viewer).is_none_or(|reads| reads.slots.available_permits() > 0);
        is_free && (!is_count || self.counts.available_permits() > 0)
    }
}

impl ViewerReads {
    fn new(per_viewer: usize) -> Self {
        Self { slots: Arc::new(Semaphore::new(per_viewer)), waiting: AtomicUsize::new(0) }
    }
}

fn locked(viewers: &Mutex<Viewers>) -> MutexGuard<'_, Viewers> {
    viewers.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Counts a read as waiting until dropped.
struct Waiting<'l>(&'l ViewerReads);

impl<'l> Waiting<'l> {
    fn begin(reads: &'l ViewerReads, at_most: usize) -> Result<Self, TooManyReads> {
        let waiting = Self(reads);
        if reads.waiting.fetch_add(1, Ordering::Relaxed) >= at_most { Err(TooManyReads) } else { Ok(waiting) }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}

impl ReadSlot {
    /// Runs `work` in this slot. Each read that begins in it keeps the slot until its statements have ended.
    pub async fn scope<W: Future>(self: Arc<Self>, work: W) -> W::Output {
        CURRENT.scope(self, work).await
    }

    /// The slot of the current task.
    pub(super) fn current() -> Option<Arc<Self>> {
        CURRENT.try_with(Clone::clone).ok()
    }
}

impl Drop for ReadSlot {
    fn drop(&mut self) {
        self.held = None;
        let mut viewers = locked(&self.viewers);
        // No other read of the viewer runs or waits.
        if viewers
            .get(&self.viewer)
            .is_some_and(|reads| Arc::strong_count(reads) == 1 && Arc::strong_count(&reads.slots) == 1)
        {
            viewers.remove(&self.viewer);
        }
    }
}

impl fmt::Debug for ReadSlot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<read slot of {}>", self.viewer)
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    #[actix_web::test]
    async fn a_viewer_waits_for_a_slot_and_others_do_not() {
        let limits = ReadLimits::new(6, 1);
        let (one, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let first = limits.enter(one, true).await.expect("a slot");
        let second = limits.enter(one, false).await.expect("a slot");
        assert!(!limits.is_free(one, false) && limits.is_free(other, false) && !limits.is_free(other, true));
        let waits = limits.enter(one, false);
        tokio::pin!(waits);
        assert!(waits.as_mut().now_or_never().is_none());
        // The maximum number of reads waits.
        assert!(limits.enter(one, false).await.is_err());
        drop(limits.enter(other, false).await.expect("others do not wait"));
        drop(second);
        drop(waits.await.expect("a slot is free"));
        drop(first);
        assert!(locked(&limits.viewers).is_empty(), "no viewer is left");
    }
}
