//! Who listens for notices at this instance. One task looks for all of them what is new, and rings; what
//! it is, each of them reads for themselves.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use actix_web::web::Data;
use tokio::sync::Notify;
use tokio::time::{MissedTickBehavior, interval};

use super::store;
use crate::http::App;
use crate::ids::{NoticeId, PersonId};

/// A person listens at one instance at most so often at once: who opens one more closes their first.
const AT_MOST: usize = 8;
/// Between two looks whether there is anything new.
const PAUSE: Duration = Duration::from_secs(1);
/// After so many looks everybody is rung for, so that the line stays open and who left is found.
const BEAT: u32 = 15;
/// So many notices are looked at in one statement.
const AT_ONCE: i64 = 500;

/// Everybody who listens here.
#[derive(Debug, Default)]
pub struct Listeners(Mutex<Listening>);

#[derive(Debug, Default)]
struct Listening {
    bells: HashMap<PersonId, Vec<Arc<Notify>>>,
    /// Up to which notice bells were rung; `None` while nobody listened.
    rung: Option<NoticeId>,
}

/// Somebody who listens, until dropped.
#[derive(Debug)]
pub struct Listener {
    listeners: Data<Listeners>,
    person: PersonId,
    bell: Arc<Notify>,
}

impl Listener {
    /// Listens for a person from now on.
    pub fn new(listeners: &Data<Listeners>, person: PersonId) -> Self {
        let bell = Arc::new(Notify::new());
        let mut listening = listeners.listening();
        let bells = listening.bells.entry(person).or_default();
        if bells.len() >= AT_MOST {
            bells.remove(0).notify_one();
        }
        bells.push(Arc::clone(&bell));
        Self { listeners: listeners.clone(), person, bell }
    }

    /// Waits until there may be something new, or something else to see to. Rung before, it does not wait.
    pub async fn rung(&self) {
        self.bell.notified().await;
    }

    /// Whether it has to make room for another.
    pub fn is_dismissed(&self) -> bool {
        Arc::strong_count(&self.bell) == 1
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let mut listening = self.listeners.listening();
        if let Some(bells) = listening.bells.get_mut(&self.person) {
            bells.retain(|bell| !Arc::ptr_eq(bell, &self.bell));
            if bells.is_empty() {
                listening.bells.remove(&self.person);
            }
        }
    }
}

impl Listeners {
    /// Rings until the service stops, and then once more for everybody, so that no stream holds it up.
    pub async fn work(&self, app: &App) {
        let mut moment = interval(PAUSE);
        moment.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut looks = 0_u32;
        while !app.is_stopping() {
            moment.tick().await;
            if let Err(error) = self.ring(app).await {
                tracing::warn!(%error, "who listens is not told now");
            }
            looks = (looks + 1) % BEAT;
            if looks == 0 {
                self.ring_for_all();
            }
        }
        self.ring_for_all();
    }

    /// Rings for whoever was told something since the last time.
    pub async fn ring(&self, app: &App) -> sqlx::Result<()> {
        let Some(mut rung) = self.rung() else {
            if self.is_idle() {
                return Ok(());
            }
            // Who came before this moment may have missed something already.
            let newest = store::find_newest(&mut app.look().await?).await?;
            self.listening().rung = Some(newest);
            self.ring_for_all();
            return Ok(());
        };
        loop {
            let told = store::list_told(&mut app.look().await?, rung, AT_ONCE).await?;
            let mut listening = self.listening();
            for (notice, person) in &told {
                listening.bells.get(person).into_iter().flatten().for_each(|bell| bell.notify_one());
                rung = *notice;
            }
            listening.rung = Some(rung);
            if told.is_empty() {
                return Ok(());
            }
        }
    }

    /// Rings for everybody.
    pub fn ring_for_all(&self) {
        self.listening().bells.values().flatten().for_each(|bell| bell.notify_one());
    }

    /// Up to where bells were rung; forgotten once nobody listens.
    fn rung(&self) -> Option<NoticeId> {
        let mut listening = self.listening();
        if listening.bells.is_empty() {
            listening.rung = None;
        }
        listening.rung
    }

    fn is_idle(&self) -> bool {
        self.listening().bells.is_empty()
    }

    fn listening(&self) -> MutexGuard<'_, Listening> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
