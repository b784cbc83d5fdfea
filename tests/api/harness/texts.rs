//! What SQL the service runs, heard from its trace.

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::sync::{Arc, Mutex, PoisonError};

use tracing::field::{Field, Visit};
use tracing::{Dispatch, Event, Metadata, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};
use tracing_subscriber::registry;

/// Their texts, in the order in which they ran.
#[derive(Clone, Debug, Default)]
pub struct Texts(Arc<Mutex<Vec<String>>>);

impl Texts {
    /// Hears what this thread runs from now on.
    pub fn listen(&self) {
        // A worker's thread ends with its service.
        std::mem::forget(tracing::subscriber::set_default(registry().with(self.clone())));
        // As long as there is only one of them, `tracing` asks whichever thread comes first to a
        // place in the code whether anybody listens there, and that thread's answer holds for all.
        std::mem::forget(Dispatch::new(registry().with(self.clone())));
    }

    /// How many statements were run since the last [`Self::take`].
    pub fn count(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// The distinct texts that were heard so far.
    pub fn heard(&self) -> BTreeSet<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    /// Everything that was heard since the last time.
    pub fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl<S: Subscriber> Layer<S> for Texts {
    fn enabled(&self, metadata: &Metadata<'_>, _: Context<'_, S>) -> bool {
        metadata.target() == "sql"
    }

    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        event.record(&mut Listener(self));
    }
}

struct Listener<'t>(&'t Texts);

impl Visit for Listener<'_> {
    fn record_str(&mut self, _: &Field, text: &str) {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner).push(text.to_owned());
    }

    fn record_debug(&mut self, _: &Field, _: &dyn Debug) {}
}
