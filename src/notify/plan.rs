//! Plans the recipients and channels of each event.

use chrono::TimeDelta;
use uuid::Uuid;

use super::delivery::model::Channel;
use super::delivery::parties::{Parties, list_asked, list_parties};
use super::delivery::store::{self, Unplanned};
use super::notice::store::{self as notices, NoticeIds};
use super::preference::chosen::Chosen;
use super::preference::model::NoticeGroup;
use super::webhook;
use crate::clock::Clock;
use crate::db::Tx;
use crate::http::App;
use crate::ids::PersonId;
use crate::outbox::Event;

/// Older events make no notices and mails.
const NEWS: TimeDelta = TimeDelta::days(14);

/// The recipients of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Audience {
    /// No recipient.
    NoOne,
    /// The mentor and the mentee of the pair.
    MentorAndMentee,
    /// The mentee of the pair.
    Mentee,
    /// The owner of the record: of the suggestions, mentor request, mentor invitation, action item, enrolment or
    /// digest.
    Owner,
    /// The coordinators of the program.
    Coordinators,
}

/// How people are notified of an event.
#[derive(Clone, Copy, Debug)]
struct NotificationRule {
    /// The group that a person can switch off. `None`: the event cannot be switched off.
    group: Option<NoticeGroup>,
    /// The recipients of mail. Events that only the mentor and the mentee may know make no mail, because admins see the
    /// list of mails.
    by_mail: Audience,
    /// The recipients of a notice.
    by_notice: Audience,
    /// Whether the mail can wait for a digest. A mail that asks for an answer or has a session's time cannot wait.
    can_wait: bool,
}

impl NotificationRule {
    const fn new(group: NoticeGroup, by_mail: Audience, by_notice: Audience) -> Self {
        Self { group: Some(group), by_mail, by_notice, can_wait: false }
    }

    const fn can_wait(self) -> Self {
        Self { can_wait: true, ..self }
    }
}

/// The rule for each event. `None`: a later event has the news, or no one needs to know.
const fn rule_for(event: Event) -> Option<NotificationRule> {
    use Audience::{Coordinators, Mentee, MentorAndMentee, NoOne, Owner};
    use NoticeGroup::{Disclosures, Goals, Pairs, Programs, Reminders, Sessions, Suggestions};
    Some(match event {
        Event::PairProposed(_) => NotificationRule::new(Pairs, MentorAndMentee, MentorAndMentee),
        Event::PairStarted(_) | Event::PairEnded(_) => {
            NotificationRule::new(Pairs, MentorAndMentee, MentorAndMentee).can_wait()
        }
        Event::PairDeclined(_) | Event::PairPaused(_) | Event::PairResumed(_) => {
            NotificationRule::new(Pairs, NoOne, MentorAndMentee)
        }
        Event::SessionScheduled(_)
        | Event::SessionChanged(_)
        | Event::SessionRescheduled(_)
        | Event::SessionCancelled(_) => NotificationRule::new(Sessions, MentorAndMentee, MentorAndMentee),
        Event::SessionPlaceChanged(_)
        | Event::SessionCompleted(_)
        | Event::ActionItemAdded(_)
        | Event::ActionItemCompleted(_)
        | Event::ActionItemReopened(_) => NotificationRule::new(Sessions, NoOne, MentorAndMentee),
        Event::GoalSet(_) | Event::GoalCheckedIn(_) | Event::GoalCelebrated(_) | Event::GoalClosed(_) => {
            NotificationRule::new(Goals, NoOne, MentorAndMentee)
        }
        Event::EnrolmentRequested(_) | Event::EnrolmentWithdrawn(_) => {
            NotificationRule::new(Programs, NoOne, Coordinators)
        }
        Event::EnrolmentQueued(_) => NotificationRule::new(Programs, NoOne, Owner),
        Event::EnrolmentAccepted(_) | Event::EnrolmentDeclined(_) | Event::EnrolmentEnded(_) => {
            NotificationRule::new(Programs, Owner, Owner).can_wait()
        }
        Event::MatchingRoundDrafted(_)
        | Event::MatchingRoundPublished(_)
        | Event::MatchingRoundUndone(_)
        | Event::MatchingRoundFailed(_) => NotificationRule::new(Programs, NoOne, Coordinators),
        Event::SuggestionsMade(_) | Event::MentorRequestPassedOn(_) | Event::MentorRequestExhausted(_) => {
            NotificationRule::new(Suggestions, NoOne, Owner)
        }
        Event::MentorInvitationMade(_) => NotificationRule::new(Pairs, NoOne, Owner),
        Event::ValueDisclosed(_) | Event::DisclosureRevoked(_) => {
            NotificationRule::new(Disclosures, NoOne, MentorAndMentee)
        }
        Event::SessionUpcoming(_) | Event::PairExpiring(_) => {
            NotificationRule::new(Reminders, MentorAndMentee, MentorAndMentee)
        }
        // The mail about the session covers the agenda.
        Event::AgendaMissing(_) => NotificationRule::new(Reminders, NoOne, Mentee),
        // No mail: admins see the list of mails, and leads must learn of this later than the pair.
        Event::PairNeedsAttention(_) => NotificationRule::new(Reminders, NoOne, MentorAndMentee),
        Event::ActionItemDue(_) => NotificationRule::new(Reminders, NoOne, Owner),
        Event::GoalCheckInDue(_) | Event::PairReviewDue(_) | Event::PairMidpoint(_) => {
            NotificationRule::new(Reminders, MentorAndMentee, MentorAndMentee).can_wait()
        }
        // Cannot be switched off: another account may be taking over the person's sign-in.
        Event::IdentityRebindOpened(_) | Event::IdentityRebindWaiting(_) => {
            NotificationRule { group: None, by_mail: Owner, by_notice: Owner, can_wait: false }
        }
        Event::DigestDue(_) => NotificationRule { group: None, by_mail: Owner, by_notice: NoOne, can_wait: false },
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

/// The people that the next events are about, and their preferences.
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
        let (mut enrolments, mut coordinated, mut matching_rounds) = (Vec::new(), Vec::new(), Vec::new());
        let (mut asking, mut asked) = (Vec::new(), Vec::new());
        for event in events {
            match event.event() {
                Some(Event::SuggestionsMade(request)) => requests.push(request),
                Some(Event::MentorRequestPassedOn(request) | Event::MentorRequestExhausted(request)) => {
                    asking.push(request);
                }
                Some(Event::MentorInvitationMade(ask)) => asked.push(ask),
                Some(Event::ActionItemDue(item)) => items.push(item),
                Some(Event::EnrolmentRequested(enrolment) | Event::EnrolmentWithdrawn(enrolment)) => {
                    coordinated.push(enrolment);
                }
                Some(
                    Event::MatchingRoundDrafted(round)
                    | Event::MatchingRoundPublished(round)
                    | Event::MatchingRoundUndone(round)
                    | Event::MatchingRoundFailed(round),
                ) => matching_rounds.push(round),
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
        if !matching_rounds.is_empty() {
            coordinators
                .extend(store::list_matching_round_coordinators(tx, matching_rounds.into_iter().collect()).await?);
        }
        let parties = of_pairs.iter().flat_map(|pair| [pair.mentor_id, pair.mentee_id]);
        let all = parties.chain(owners.iter().chain(&coordinators).map(|(_, person)| *person));
        let chosen = Chosen::by(tx, all.collect()).await?;
        Ok(Self { of_pairs, owners, coordinators, chosen })
    }

    fn among(&self, audience: Audience, event: &Unplanned) -> Vec<PersonId> {
        match audience {
            Audience::NoOne => Vec::new(),
            Audience::MentorAndMentee => self.pairs(event).flat_map(|pair| [pair.mentor_id, pair.mentee_id]).collect(),
            Audience::Mentee => self.pairs(event).map(|pair| pair.mentee_id).collect(),
            Audience::Owner => of(&self.owners, event),
            Audience::Coordinators => of(&self.coordinators, event),
        }
    }

    /// Whether a person must not get an event: it is about a pair that they did not accept, with a person they blocked.
    fn has_blocked_partner(&self, person: PersonId, event: &Unplanned) -> bool {
        self.pairs(event).any(|pair| pair.has_blocked_partner(person))
    }

    fn pairs(&self, event: &Unplanned) -> impl Iterator<Item = &Parties> {
        self.of_pairs.iter().filter(move |pair| event.pair_id == Some(pair.pair_id))
    }
}

/// The people that belong to the record of an event.
fn of(people: &[(Uuid, PersonId)], event: &Unplanned) -> Vec<PersonId> {
    let own = people.iter().filter(|(record, _)| *record == event.record_id);
    own.map(|(_, person)| *person).collect()
}

/// Plans the next events. Returns their number.
pub async fn plan(app: &App) -> sqlx::Result<usize> {
    let mut tx = app.system_write().await?;
    let events = store::list_unplanned(&mut tx).await?;
    // Most rounds only deliver: they end here and commit nothing.
    if events.is_empty() {
        return Ok(0);
    }
    let people = People::of(&mut tx, &events).await?;
    let webhooks = webhook::store::list_enabled(&mut tx).await?;
    let mut ids = NoticeIds::resume(&mut tx).await?;
    for event in &events {
        let Some(happened) = event.event() else { continue };
        match happened {
            // Work inside the service: the pairs of the person end, and then the sessions of these pairs.
            Event::PersonDeparted(person) => {
                store::insert(&mut tx, &app.clock, event, Channel::Departures, person).await?;
            }
            Event::PairEnded(pair) => store::insert(&mut tx, &app.clock, event, Channel::Endings, pair).await?,
            _ => {}
        }
        for webhook in webhooks.iter().filter(|webhook| webhook.wants(event)) {
            store::insert(&mut tx, &app.clock, event, Channel::Webhook, webhook.id).await?;
        }
        if let Some(rule) = rule_for(happened).filter(|_| is_news(event, &app.clock)) {
            by_mail(&mut tx, &app.clock, event, rule, &people).await?;
            by_notice(&mut tx, &app.clock, &mut ids, event, rule, &people).await?;
        }
    }
    finish(tx, &events).await?;
    Ok(events.len())
}

/// Plans mails. A person who blocked the partner gets a delivery too, so that admins cannot see the block in the list
/// of deliveries; `mail::write` does not send it.
async fn by_mail(
    tx: &mut Tx,
    clock: &Clock,
    event: &Unplanned,
    rule: NotificationRule,
    people: &People,
) -> sqlx::Result<()> {
    for person in people.among(rule.by_mail, event) {
        if !people.chosen.wants_mail(person, rule.group) {
            continue;
        }
        match people.chosen.next_digest(person, clock.now()).filter(|_| rule.can_wait) {
            Some(at) => store::collect(tx, clock, event, person, at).await?,
            None => store::insert(tx, clock, event, Channel::Mail, person).await?,
        }
    }
    Ok(())
}

async fn by_notice(
    tx: &mut Tx,
    clock: &Clock,
    ids: &mut NoticeIds,
    event: &Unplanned,
    rule: NotificationRule,
    people: &People,
) -> sqlx::Result<()> {
    for person in people.among(rule.by_notice, event) {
        if people.chosen.wants_notice(person, rule.group) && !people.has_blocked_partner(person, event) {
            notices::insert(tx, clock, ids, event, person).await?;
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
