//! How many reads one viewer may have at work, and how many exact counts all viewers together: so that nobody can hold
//! every connection.

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use uuid::Uuid;

tokio::task_local! {
    static PLACE: Arc<Place>;
}

/// Who waits, and for what.
#[derive(Debug)]
pub struct Lanes {
    of_one: usize,
    waiting: usize,
    viewers: Arc<Mutex<Viewers>>,
    counts: Arc<Semaphore>,
}

type Viewers = HashMap<Uuid, Arc<Lane>>;

/// The reads of one viewer.
#[derive(Debug)]
struct Lane {
    places: Arc<Semaphore>,
    waiting: AtomicUsize,
}

/// More reads of this viewer wait than may.
#[derive(Debug)]
pub struct Full;

/// The place of a read at work. A read that was given up keeps it until its statement has ended.
pub struct Place {
    viewer: Uuid,
    viewers: Arc<Mutex<Viewers>>,
    held: Option<[Option<OwnedSemaphorePermit>; 2]>,
}

impl Lanes {
    /// For this many connections: a viewer may have a third of them at work, and exact counts a sixth.
    /// `waiting` more reads of a viewer may wait.
    pub fn new(connections: usize, waiting: usize) -> Self {
        let (of_one, counts) = ((connections / 3).max(1), (connections / 6).max(1));
        Self { of_one, waiting, viewers: Arc::default(), counts: Arc::new(Semaphore::new(counts)) }
    }

    /// Waits for the place of a read.
    pub async fn enter(&self, viewer: Uuid, is_count: bool) -> Result<Arc<Place>, Full> {
        let lane = locked(&self.viewers).entry(viewer).or_insert_with(|| Arc::new(Lane::new(self.of_one))).clone();
        // From here on the lane is removed with the place, also of who does not wait to the end.
        let mut place = Place { viewer, viewers: self.viewers.clone(), held: None };
        let own = if let Ok(own) = lane.places.clone().try_acquire_owned() {
            Some(own)
        } else {
            let _waiting = Waiting::begin(&lane, self.waiting)?;
            lane.places.clone().acquire_owned().await.ok()
        };
        drop(lane);
        place.held = Some([own, None]);
        if is_count {
            let count = self.counts.clone().acquire_owned().await.ok();
            place.held = place.held.take().map(|[own, _]| [own, count]);
        }
        Ok(Arc::new(place))
    }

    /// Whether a read of this viewer would begin at once.
    pub fn is_free(&self, viewer: Uuid, is_count: bool) -> bool {
        let is_free = locked(&self.viewers).get(&viewer).is_none_or(|lane| lane.places.available_permits() > 0);
        is_free && (!is_count || self.counts.available_permits() > 0)
    }
}

impl Lane {
    fn new(of_one: usize) -> Self {
        Self { places: Arc::new(Semaphore::new(of_one)), waiting: AtomicUsize::new(0) }
    }
}

fn locked(viewers: &Mutex<Viewers>) -> MutexGuard<'_, Viewers> {
    viewers.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Counts a read as waiting until dropped.
struct Waiting<'l>(&'l Lane);

impl<'l> Waiting<'l> {
    fn begin(lane: &'l Lane, at_most: usize) -> Result<Self, Full> {
        let waiting = Self(lane);
        if lane.waiting.fetch_add(1, Ordering::Relaxed) >= at_most { Err(Full) } else { Ok(waiting) }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Place {
    /// Does `work` in this place: each read that begins in it keeps the place until its statements have ended.
    pub async fn scope<W: Future>(self: Arc<Self>, work: W) -> W::Output {
        PLACE.scope(self, work).await
    }

    /// The place in which the work here is done.
    pub(super) fn current() -> Option<Arc<Self>> {
        PLACE.try_with(Clone::clone).ok()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.held = None;
        let mut viewers = locked(&self.viewers);
        // Nobody else reads or waits.
        if viewers
            .get(&self.viewer)
            .is_some_and(|lane| Arc::strong_count(lane) == 1 && Arc::strong_count(&lane.places) == 1)
        {
            viewers.remove(&self.viewer);
        }
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<place of {}>", self.viewer)
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    #[actix_web::test]
    async fn a_viewer_waits_for_a_place_and_others_do_not() {
        let lanes = Lanes::new(6, 1);
        let (one, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let first = lanes.enter(one, true).await.expect("a place");
        let second = lanes.enter(one, false).await.expect("a place");
        assert!(!lanes.is_free(one, false) && lanes.is_free(other, false) && !lanes.is_free(other, true));
        let waits = lanes.enter(one, false);
        tokio::pin!(waits);
        assert!(waits.as_mut().now_or_never().is_none());
        // As many wait as may.
        assert!(lanes.enter(one, false).await.is_err());
        drop(lanes.enter(other, false).await.expect("others do not wait"));
        drop(second);
        drop(waits.await.expect("its turn"));
        drop(first);
        assert!(locked(&lanes.viewers).is_empty(), "nobody is remembered");
    }
}
