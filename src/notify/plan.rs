//! Which event is told to whom, and by which channel.

use chrono::TimeDelta;
use uuid::Uuid;

use super::delivery::model::Channel;
use super::delivery::parties::{Parties, list_asked, list_parties};
use super::delivery::store::{self, Unplanned};
use super::notice::store::{self as notices, Line};
use super::preference::chosen::Chosen;
use super::preference::model::NoticeGroup;
use super::webhook;
use crate::clock::Clock;
use crate::db::Tx;
use crate::http::App;
use crate::ids::PersonId;
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
    /// The mentee of the pair.
    TheMentee,
    /// Whose the record is: the suggestions, the request for a mentor, the mentor's turn, the item, the enrolment, the
    /// digest.
    TheOwner,
    /// Those who coordinate the program.
    TheCoordinators,
}

/// How an event is told.
#[derive(Clone, Copy, Debug)]
struct Telling {
    /// What a person switches off who does not want to hear of it; `None`: what they asked for.
    group: Option<NoticeGroup>,
    /// Who gets mail. What only the two may know of goes by no mail: an admin sees who gets which.
    by_mail: Audience,
    /// Who gets a notice.
    by_notice: Audience,
    /// Whether its mail can wait for a digest: nothing that asks for an answer, nor that says when to be where.
    can_wait: bool,
}

impl Telling {
    const fn new(group: NoticeGroup, by_mail: Audience, by_notice: Audience) -> Self {
        Self { group: Some(group), by_mail, by_notice, can_wait: false }
    }

    const fn in_time(self) -> Self {
        Self { can_wait: true, ..self }
    }
}

/// How each event is told. `None`: a later one tells of it, or nobody waits for it.
const fn telling(event: Event) -> Option<Telling> {
    use Audience::{Nobody, TheCoordinators, TheMentee, TheOwner, TheTwo};
    use NoticeGroup::{Disclosures, Goals, Pairs, Programs, Reminders, Sessions, Suggestions};
    Some(match event {
        Event::PairProposed(_) => Telling::new(Pairs, TheTwo, TheTwo),
        Event::PairStarted(_) | Event::PairEnded(_) => Telling::new(Pairs, TheTwo, TheTwo).in_time(),
        Event::PairDeclined(_) | Event::PairPaused(_) | Event::PairResumed(_) => Telling::new(Pairs, Nobody, TheTwo),
        Event::SessionScheduled(_)
        | Event::SessionChanged(_)
        | Event::SessionRescheduled(_)
        | Event::SessionCancelled(_) => Telling::new(Sessions, TheTwo, TheTwo),
        Event::SessionPlaceChanged(_)
        | Event::SessionCompleted(_)
        | Event::ActionItemAdded(_)
        | Event::ActionItemCompleted(_)
        | Event::ActionItemReopened(_) => Telling::new(Sessions, Nobody, TheTwo),
        Event::GoalSet(_) | Event::GoalCheckedIn(_) | Event::GoalCelebrated(_) | Event::GoalClosed(_) => {
            Telling::new(Goals, Nobody, TheTwo)
        }
        Event::EnrolmentRequested(_) | Event::EnrolmentWithdrawn(_) => Telling::new(Programs, Nobody, TheCoordinators),
        Event::EnrolmentQueued(_) => Telling::new(Programs, Nobody, TheOwner),
        Event::EnrolmentAccepted(_) | Event::EnrolmentDeclined(_) | Event::EnrolmentEnded(_) => {
            Telling::new(Programs, TheOwner, TheOwner).in_time()
        }
        Event::CohortDrafted(_) | Event::CohortPublished(_) | Event::CohortUndone(_) | Event::CohortFailed(_) => {
            Telling::new(Programs, Nobody, TheCoordinators)
        }
        Event::SuggestionsMade(_) | Event::MentorRequestPassedOn(_) | Event::MentorRequestExhausted(_) => {
            Telling::new(Suggestions, Nobody, TheOwner)
        }
        Event::MentorAskMade(_) => Telling::new(Pairs, Nobody, TheOwner),
        Event::ValueDisclosed(_) | Event::DisclosureRevoked(_) => Telling::new(Disclosures, Nobody, TheTwo),
        Event::SessionUpcoming(_) | Event::PairExpiring(_) => Telling::new(Reminders, TheTwo, TheTwo),
        // Their mail is that of the session.
        Event::AgendaMissing(_) => Telling::new(Reminders, Nobody, TheMentee),
        // Those who lead see which mails went to whom, and hear of this later.
        Event::PairNeedsAttention(_) => Telling::new(Reminders, Nobody, TheTwo),
        Event::ActionItemDue(_) => Telling::new(Reminders, Nobody, TheOwner),
        Event::GoalCheckInDue(_) | Event::PairReviewDue(_) | Event::PairMidpoint(_) => {
            Telling::new(Reminders, TheTwo, TheTwo).in_time()
        }
        // Nobody switches this off: somebody may be about to become them.
        Event::IdentityRebindOpened(_) | Event::IdentityRebindWaiting(_) => {
            Telling { group: None, by_mail: TheOwner, by_notice: TheOwner, can_wait: false }
        }
        Event::DigestDue(_) => Telling { group: None, by_mail: TheOwner, by_notice: Nobody, can_wait: false },
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
        | Event::SuggestionDismissed(_)
        | Event::MentorRequestMade(_)
        | Event::MentorRequestMatched(_)
        | Event::MentorRequestWithdrawn(_)
        | Event::WebhookTested(_) => return None,
    })
}

/// The people whom the next events are about, and what they chose.
struct People {
    of_pairs: Vec<Parties>,
    owners: Vec<(Uuid, PersonId)>,
    coordinators: Vec<(Uuid, PersonId)>,
    chosen: Chosen,
}

impl People {
    async fn of(tx: &mut Tx, events: &[Unplanned]) -> sqlx::Result<Self> {
        let of_pairs = list_parties(tx, events.iter().filter_map(|event| event.pair_id).collect()).await?;
        let (mut requests, mut items, mut owners) = (Vec::new(), Vec::new(), Vec::new());
        let (mut enrolments, mut coordinated, mut cohorts) = (Vec::new(), Vec::new(), Vec::new());
        let (mut asking, mut asked) = (Vec::new(), Vec::new());
        for event in events {
            match event.event() {
                Some(Event::SuggestionsMade(request)) => requests.push(request),
                Some(Event::MentorRequestPassedOn(request) | Event::MentorRequestExhausted(request)) => {
                    asking.push(request);
                }
                Some(Event::MentorAskMade(ask)) => asked.push(ask),
                Some(Event::ActionItemDue(item)) => items.push(item),
                Some(Event::EnrolmentRequested(enrolment) | Event::EnrolmentWithdrawn(enrolment)) => {
                    coordinated.push(enrolment);
                }
                Some(
                    Event::CohortDrafted(cohort)
                    | Event::CohortPublished(cohort)
                    | Event::CohortUndone(cohort)
                    | Event::CohortFailed(cohort),
                ) => cohorts.push(cohort),
                Some(
                    Event::EnrolmentQueued(enrolment)
                    | Event::EnrolmentAccepted(enrolment)
                    | Event::EnrolmentDeclined(enrolment)
                    | Event::EnrolmentEnded(enrolment),
                ) => enrolments.push(enrolment),
                Some(
                    Event::DigestDue(person)
                    | Event::IdentityRebindOpened(person)
                    | Event::IdentityRebindWaiting(person),
                ) => owners.push((person.uuid(), person)),
                _ => {}
            }
        }
        if !requests.is_empty() {
            owners.extend(store::list_mentees(tx, requests.into_iter().collect()).await?);
        }
        if !asking.is_empty() {
            owners.extend(store::list_asking(tx, asking.into_iter().collect()).await?);
        }
        if !asked.is_empty() {
            owners.extend(list_asked(tx, asked.into_iter().collect()).await?);
        }
        if !items.is_empty() {
            owners.extend(store::list_owners(tx, items.into_iter().collect()).await?);
        }
        if !enrolments.is_empty() {
            owners.extend(store::list_enrolled(tx, enrolments.into_iter().collect()).await?);
        }
        let mut coordinators = Vec::new();
        if !coordinated.is_empty() {
            coordinators.extend(store::list_coordinators(tx, coordinated.into_iter().collect()).await?);
        }
        if !cohorts.is_empty() {
            coordinators.extend(store::list_cohort_coordinators(tx, cohorts.into_iter().collect()).await?);
        }
        let parties = of_pairs.iter().flat_map(|pair| [pair.mentor_id, pair.mentee_id]);
        let all = parties.chain(owners.iter().chain(&coordinators).map(|(_, person)| *person));
        let chosen = Chosen::by(tx, all.collect()).await?;
        Ok(Self { of_pairs, owners, coordinators, chosen })
    }

    fn among(&self, audience: Audience, event: &Unplanned) -> Vec<PersonId> {
        match audience {
            Audience::Nobody => Vec::new(),
            Audience::TheTwo => self.pairs(event).flat_map(|pair| [pair.mentor_id, pair.mentee_id]).collect(),
            Audience::TheMentee => self.pairs(event).map(|pair| pair.mentee_id).collect(),
            Audience::TheOwner => of(&self.owners, event),
            Audience::TheCoordinators => of(&self.coordinators, event),
        }
    }

    /// Whether somebody is not to be bothered with an event: it is about a pair to which they did not say yes, with somebody
    /// they blocked.
    fn keeps_away(&self, person: PersonId, event: &Unplanned) -> bool {
        self.pairs(event).any(|pair| pair.keeps_away(person))
    }

    fn pairs(&self, event: &Unplanned) -> impl Iterator<Item = &Parties> {
        self.of_pairs.iter().filter(move |pair| event.pair_id == Some(pair.pair_id))
    }
}

/// Who goes with the record of an event.
fn of(people: &[(Uuid, PersonId)], event: &Unplanned) -> Vec<PersonId> {
    let own = people.iter().filter(|(record, _)| *record == event.record_id);
    own.map(|(_, person)| *person).collect()
}

/// Plans the next events; tells how many.
pub async fn plan(app: &App) -> sqlx::Result<usize> {
    let mut tx = app.chore().await?;
    let events = store::list_unplanned(&mut tx).await?;
    // Most rounds only deliver: nobody waits for them here.
    if events.is_empty() {
        return Ok(0);
    }
    let people = People::of(&mut tx, &events).await?;
    let webhooks = webhook::store::list_enabled(&mut tx).await?;
    let mut line = Line::resume(&mut tx).await?;
    for event in &events {
        let Some(told) = event.event() else { continue };
        match told {
            // Inside the service: their pairs end, and the sessions of these.
            Event::PersonDeparted(person) => {
                store::insert(&mut tx, &app.clock, event, Channel::Departures, person).await?;
            }
            Event::PairEnded(pair) => store::insert(&mut tx, &app.clock, event, Channel::Endings, pair).await?,
            _ => {}
        }
        for webhook in webhooks.iter().filter(|webhook| webhook.hears_of(event)) {
            store::insert(&mut tx, &app.clock, event, Channel::Webhook, webhook.id).await?;
        }
        if let Some(telling) = telling(told).filter(|_| is_news(event, &app.clock)) {
            by_mail(&mut tx, &app.clock, event, telling, &people).await?;
            by_notice(&mut tx, &app.clock, &mut line, event, telling, &people).await?;
        }
    }
    finish(tx, &events).await?;
    Ok(events.len())
}

/// Mails are planned for whoever is not to be bothered, too, because admins read the list of deliveries; they are kept back
/// when it is their turn (`mail::write`).
async fn by_mail(tx: &mut Tx, clock: &Clock, event: &Unplanned, telling: Telling, people: &People) -> sqlx::Result<()> {
    for person in people.among(telling.by_mail, event) {
        if !people.chosen.wants_mail(person, telling.group) {
            continue;
        }
        match people.chosen.next_digest(person, clock.now()).filter(|_| telling.can_wait) {
            Some(at) => store::collect(tx, clock, event, person, at).await?,
            None => store::insert(tx, clock, event, Channel::Mail, person).await?,
        }
    }
    #[cfg(feature = "planted-leaks")]
    if crate::leaks::Leak::MailToLead.is_planted() && event.kind == "session.cancelled" {
        let leads = "select c.person_id from program_coordinators c join pairs p on p.program_id = c.program_id where p.id = $1";
        for (lead,) in tx.query(leads).bind(event.pair_id).all::<(PersonId,)>().await? {
            store::insert(tx, clock, event, Channel::Mail, lead).await?;
        }
    }
    Ok(())
}

async fn by_notice(
    tx: &mut Tx,
    clock: &Clock,
    line: &mut Line,
    event: &Unplanned,
    telling: Telling,
    people: &People,
) -> sqlx::Result<()> {
    for person in people.among(telling.by_notice, event) {
        if people.chosen.wants_notice(person, telling.group) && !people.keeps_away(person, event) {
            notices::insert(tx, clock, line, event, person).await?;
        }
    }
    #[cfg(feature = "planted-leaks")]
    if crate::leaks::Leak::NoticeToManager.is_planted() && event.kind == "action_item.added" {
        let manager = "select m.manager_id from people m join pairs p on p.mentee_id = m.id
            where p.id = $1 and m.manager_id is not null";
        for (manager,) in tx.query(manager).bind(event.pair_id).all::<(PersonId,)>().await? {
            notices::insert(tx, clock, line, event, manager).await?;
        }
    }
    Ok(())
}

fn is_news(event: &Unplanned, clock: &Clock) -> bool {
    event.created_at > clock.now() - NEWS
}

async fn finish(mut tx: Tx, events: &[Unplanned]) -> sqlx::Result<()> {
    store::mark_planned(&mut tx, events.iter().map(|event| event.id).collect()).await?;
    tx.commit().await
}
