//! Alarms that wait to be written into the chain, and which rows already have one.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use uuid::Uuid;

use super::event::Event;

/// Number of reported rows to remember, so that a report is not repeated.
const REMEMBERED: usize = 10_000;

/// Reports that wait to be written into the chain.
#[derive(Debug, Default)]
pub(super) struct Alarms(Mutex<Waiting>);

#[derive(Debug, Default)]
struct Waiting {
    events: Vec<Event>,
    reported: BTreeSet<(&'static str, Uuid)>,
}

impl Alarms {
    pub fn is_empty(&self) -> bool {
        self.waiting().events.is_empty()
    }

    pub fn take(&self) -> Vec<Event> {
        std::mem::take(&mut self.waiting().events)
    }

    /// The rows without an alarm of this kind. From now on they count as reported.
    pub fn not_reported(&self, what: &'static str, ids: impl IntoIterator<Item = Uuid>) -> Vec<Uuid> {
        let mut waiting = self.waiting();
        if waiting.reported.len() > REMEMBERED {
            waiting.reported.clear();
        }
        ids.into_iter().filter(|id| waiting.reported.insert((what, *id))).collect()
    }

    pub fn add(&self, event: Event) {
        self.waiting().events.push(event);
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
