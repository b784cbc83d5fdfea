//! The open notice streams of this instance. One task checks for new notices and wakes the streams of their recipients.
//! Each stream then reads its notices itself.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use actix_web::web::Data;
use tokio::sync::Notify;

use super::store;
use crate::http::App;
use crate::ids::{NoticeId, PersonId};

/// Largest number of open streams of a person at one instance. One more closes the oldest.
const AT_MOST: usize = 8;
/// Number of notices that one statement reads.
const BATCH: i64 = 500;

/// All open streams of this instance.
#[derive(Debug, Default)]
pub struct Listeners(Mutex<Registry>);

#[derive(Debug, Default)]
struct Registry {
    signals: HashMap<PersonId, Vec<Arc<Notify>>>,
    /// Id of the last notice whose stream was woken. `None`: no stream is open.
    last: Option<NoticeId>,
}

/// One open stream, until dropped.
#[derive(Debug)]
pub struct Listener {
    listeners: Data<Listeners>,
    person: PersonId,
    signal: Arc<Notify>,
}

impl Listener {
    /// Registers a stream of a person.
    pub fn new(listeners: &Data<Listeners>, person: PersonId) -> Self {
        let signal = Arc::new(Notify::new());
        let mut listening = listeners.listening();
        let signals = listening.signals.entry(person).or_default();
        if signals.len() >= AT_MOST {
            signals.remove(0).notify_one();
        }
        signals.push(Arc::clone(&signal));
        Self { listeners: listeners.clone(), person, signal }
    }

    /// Waits until the stream is woken. Returns at once if it was woken before.
    pub async fn woken(&self) {
        self.signal.notified().await;
    }

    /// Whether a newer stream of the same person replaced this one.
    pub fn is_replaced(&self) -> bool {
        Arc::strong_count(&self.signal) == 1
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let mut listening = self.listeners.listening();
        if let Some(signals) = listening.signals.get_mut(&self.person) {
            signals.retain(|signal| !Arc::ptr_eq(signal, &self.signal));
            if signals.is_empty() {
                listening.signals.remove(&self.person);
            }
        }
    }
}

impl Listeners {
    /// Wakes the streams of people who got a notice since the last check.
    pub async fn wake(&self, app: &App) -> sqlx::Result<()> {
        let Some(mut last) = self.last() else {
            if self.is_idle() {
                return Ok(());
            }
            // A stream that opened before this check may have missed a notice.
            let newest = store::find_newest(&mut app.read_one().await?).await?;
            self.listening().last = Some(newest);
            self.wake_all();
            return Ok(());
        };
        loop {
            let new = store::list_after(&mut app.read_one().await?, last, BATCH).await?;
            let mut listening = self.listening();
            for (notice, person) in &new {
                listening.signals.get(person).into_iter().flatten().for_each(|signal| signal.notify_one());
                last = *notice;
            }
            listening.last = Some(last);
            if new.is_empty() {
                return Ok(());
            }
        }
    }

    /// Wakes all open streams.
    pub fn wake_all(&self) {
        self.listening().signals.values().flatten().for_each(|signal| signal.notify_one());
    }

    /// Id of the last notice whose stream was woken. Forgotten when no stream is open.
    fn last(&self) -> Option<NoticeId> {
        let mut listening = self.listening();
        if listening.signals.is_empty() {
            listening.last = None;
        }
        listening.last
    }

    fn is_idle(&self) -> bool {
        self.listening().signals.is_empty()
    }

    fn listening(&self) -> MutexGuard<'_, Registry> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
