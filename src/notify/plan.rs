//! Which event is told to whom, and by which channel.

use chrono::TimeDelta;

use super::delivery::model::Channel;
use super::delivery::store::{self, Unplanned};
use super::notice::store::{self as notices, Line};
use crate::clock::Clock;
use crate::db::Tx;
use crate::http::App;
use crate::ids::{PairId, PersonId, SuggestionRequestId};
use crate::outbox::Event;

/// Nobody is told of what happened longer ago.
const NEWS: TimeDelta = TimeDelta::days(14);

/// Who is told of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Audience {
    /// Nobody.
    Nobody,
    /// The two of the pair.
    TheTwo,
    /// For whom the suggestions are.
    TheMentee,
}

/// Who is told of an event by mail, and who by a notice. What only the two may know of goes by no mail: an admin
/// sees who is told of what.
const fn audiences(event: Event) -> (Audience, Audience) {
    use Audience::{Nobody, TheMentee, TheTwo};
    match event {
        Event::PairProposed(_)
        | Event::PairStarted(_)
        | Event::PairEnded(_)
        | Event::SessionScheduled(_)
        | Event::SessionChanged(_)
        | Event::SessionRescheduled(_)
        | Event::SessionCancelled(_) => (TheTwo, TheTwo),
        Event::PairDeclined(_)
        | Event::PairPaused(_)
        | Event::PairResumed(_)
        | Event::SessionPlaceChanged(_)
        | Event::SessionCompleted(_)
        | Event::ActionItemAdded(_)
        | Event::ActionItemCompleted(_)
        | Event::ActionItemReopened(_)
        | Event::GoalSet(_)
        | Event::GoalCheckedIn(_)
        | Event::GoalCelebrated(_)
        | Event::GoalClosed(_)
        | Event::ValueDisclosed(_)
        | Event::DisclosureRevoked(_) => (Nobody, TheTwo),
        Event::SuggestionsMade(_) => (Nobody, TheMentee),
        // Of the other events a later one tells, or nobody waits for them.
        Event::PersonCreated(_)
        | Event::PersonChanged(_)
        | Event::PersonDeparted(_)
        | Event::PersonErased(_)
        | Event::ProgramCreated(_)
        | Event::ProgramChanged(_)
        | Event::ProgramAdvanced(_)
        | Event::PairChanged(_)
        | Event::GoalActivated(_)
        | Event::GoalChanged(_)
        | Event::SuggestionAccepted(_)
        | Event::SuggestionDismissed(_) => (Nobody, Nobody),
    }
}

/// The people whom the next events are about.
struct People {
    of_pairs: Vec<(PairId, PersonId, PersonId)>,
    of_suggestions: Vec<(SuggestionRequestId, PersonId)>,
}

impl People {
    async fn of(tx: &mut Tx, events: &[Unplanned]) -> sqlx::Result<Self> {
        let of_pairs = store::list_parties(tx, events.iter().filter_map(|event| event.pair_id).collect()).await?;
        let requests = events.iter().filter_map(|event| match event.event() {
            Some(Event::SuggestionsMade(request)) => Some(request),
            _ => None,
        });
        Ok(Self { of_pairs, of_suggestions: store::list_mentees(tx, requests.collect()).await? })
    }

    fn among(&self, audience: Audience, event: &Unplanned) -> Vec<PersonId> {
        match audience {
            Audience::Nobody => Vec::new(),
            Audience::TheTwo => {
                let pairs = self.of_pairs.iter().filter(|(pair, ..)| event.pair_id == Some(*pair));
                pairs.flat_map(|(_, mentor, mentee)| [*mentor, *mentee]).collect()
            }
            Audience::TheMentee => {
                let requests = self.of_suggestions.iter().filter(|(request, _)| request.uuid() == event.record_id);
                requests.map(|(_, mentee)| *mentee).collect()
            }
        }
    }
}

/// Plans the next events; tells how many.
pub async fn plan(app: &App) -> sqlx::Result<usize> {
    let mut tx = app.chore().await?;
    let events = store::list_unplanned(&mut tx).await?;
    let people = People::of(&mut tx, &events).await?;
    let mut line = Line::resume(&mut tx).await?;
    for event in &events {
        let Some(told) = event.event() else { continue };
        if let Event::PersonDeparted(person) = told {
            // Inside the service: their pairs end.
            store::insert(&mut tx, &app.clock, event, Channel::Departures, person).await?;
        }
        if !is_news(event, &app.clock) {
            continue;
        }
        let (by_mail, by_notice) = audiences(told);
        for person in people.among(by_mail, event) {
            store::insert(&mut tx, &app.clock, event, Channel::Mail, person).await?;
        }
        for person in people.among(by_notice, event) {
            notices::insert(&mut tx, &app.clock, &mut line, event, person).await?;
        }
    }
    finish(tx, &events).await?;
    Ok(events.len())
}

fn is_news(event: &Unplanned, clock: &Clock) -> bool {
    event.created_at > clock.now() - NEWS
}

async fn finish(mut tx: Tx, events: &[Unplanned]) -> sqlx::Result<()> {
    store::mark_planned(&mut tx, events.iter().map(|event| event.id).collect()).await?;
    tx.commit().await
}
