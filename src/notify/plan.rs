//! Which event is told to whom, and by which channel.

use chrono::TimeDelta;

use super::delivery::model::Channel;
use super::delivery::store::{self, Unplanned};
use super::webhook;
use crate::clock::Clock;
use crate::db::Tx;
use crate::http::App;
use crate::ids::PersonId;
use crate::outbox::Event;

/// Nobody gets mail about what happened longer ago.
const NEWS: TimeDelta = TimeDelta::days(14);

/// Who is told of an event.
enum Audience {
    /// This person's departure, inside the service.
    Departure(PersonId),
    /// The two of the pair, by mail.
    TheTwo,
    /// Nobody.
    Nobody,
}

/// An event that only the two may know of has no place here: an admin sees who is told of what. Which webhook hears of
/// what, the webhook knows.
fn audience(event: &Unplanned, clock: &Clock) -> Audience {
    let is_news = event.created_at > clock.now() - NEWS;
    match Event::named(&event.kind, event.record_id) {
        Some(Event::PersonDeparted(person)) => Audience::Departure(person),
        Some(
            Event::PairProposed(_)
            | Event::PairStarted(_)
            | Event::PairEnded(_)
            | Event::SessionScheduled(_)
            | Event::SessionChanged(_)
            | Event::SessionRescheduled(_)
            | Event::SessionCancelled(_),
        ) if is_news => Audience::TheTwo,
        _ => Audience::Nobody,
    }
}

/// Plans the next events; tells how many.
pub async fn plan(app: &App) -> sqlx::Result<usize> {
    let mut tx = app.chore().await?;
    let events = store::list_unplanned(&mut tx).await?;
    // Most rounds only deliver: nobody waits for them here.
    if events.is_empty() {
        return Ok(0);
    }
    let parties = store::list_parties(&mut tx, events.iter().filter_map(|event| event.pair_id).collect()).await?;
    let webhooks = webhook::store::list_enabled(&mut tx).await?;
    for event in &events {
        for webhook in webhooks.iter().filter(|webhook| webhook.hears_of(event)) {
            store::insert(&mut tx, &app.clock, event, Channel::Webhook, webhook.id).await?;
        }
        match audience(event, &app.clock) {
            Audience::Departure(person) => {
                store::insert(&mut tx, &app.clock, event, Channel::Departures, person).await?;
            }
            Audience::TheTwo => {
                let two = parties.iter().filter(|(pair, ..)| event.pair_id == Some(*pair));
                for person in two.flat_map(|(_, mentor, mentee)| [*mentor, *mentee]) {
                    store::insert(&mut tx, &app.clock, event, Channel::Mail, person).await?;
                }
            }
            Audience::Nobody => {}
        }
    }
    finish(tx, &events).await?;
    Ok(events.len())
}

async fn finish(mut tx: Tx, events: &[Unplanned]) -> sqlx::Result<()> {
    store::mark_planned(&mut tx, events.iter().map(|event| event.id).collect()).await?;
    tx.commit().await
}
