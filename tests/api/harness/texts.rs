//! What SQL the service runs, heard from its trace.

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tracing::field::{Field, Visit};
use tracing::{Dispatch, Event, Metadata, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};
use tracing_subscriber::registry;

/// Distinct texts, in order.
#[derive(Clone, Debug, Default)]
pub struct Texts(Arc<Mutex<BTreeSet<String>>>, Arc<AtomicUsize>);

impl Texts {
    /// Hears what this thread runs from now on.
    pub fn listen(&self) {
        // A worker's thread ends with its service.
        std::mem::forget(tracing::subscriber::set_default(registry().with(self.clone())));
        // As long as there is only one of them, `tracing` asks whichever thread comes first to a
        // place in the code whether anybody listens there, and that thread's answer holds for all.
        std::mem::forget(Dispatch::new(registry().with(self.clone())));
    }

    /// How many statements were run so far.
    pub fn count(&self) -> usize {
        self.1.load(Ordering::Relaxed)
    }

    /// What was heard so far.
    pub fn heard(&self) -> BTreeSet<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
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
        self.0.1.fetch_add(1, Ordering::Relaxed);
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner).insert(text.to_owned());
    }

    fn record_debug(&mut self, _: &Field, _: &dyn Debug) {}
}
