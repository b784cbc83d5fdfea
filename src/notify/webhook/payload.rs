//! What a webhook is told of each event: its kind, and where the record is. Whoever wants to know
//! more asks the API, within its scopes.

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};

use super::model::WebhookFormat;
use crate::notify::delivery::model::Delivery;
use crate::outbox::Event;
use crate::policy::acts::{
    ReadActionItem, ReadCohort, ReadDisclosure, ReadEnrolment, ReadGoal, ReadMentorAsk, ReadMentorRequest, ReadPair,
    ReadPerson, ReadProgram, ReadSession, ReadSuggestion,
};
use crate::policy::{Act, Scope};

/// What may be told of an event.
#[derive(Clone, Copy, Debug)]
pub struct Told {
    /// What its hearers may read. `None`: it is for the webhook itself, and for no other.
    pub scope: Option<Scope>,
    /// Where records of its kind are.
    collection: &'static str,
    /// It in a sentence.
    sentence: &'static str,
}

/// What may be told of an event to whom; a new event does not compile without a line here. Only what
/// a service may read at all is told, and with the scope that reading takes.
pub fn told(event: Event) -> Option<Told> {
    #[cfg(feature = "planted-leaks")]
    if let (true, Event::SessionPlaceChanged(_)) = (crate::leaks::Leak::WebhookOfPrivate.is_planted(), event) {
        return of::<ReadSession>("sessions", "A mentoring session has another place");
    }
    match event {
        Event::PersonCreated(_) => of::<ReadPerson>("people", "A person was added"),
        Event::PersonChanged(_) => of::<ReadPerson>("people", "A person's public record changed"),
        Event::PersonDeparted(_) => of::<ReadPerson>("people", "A person left"),
        Event::PersonErased(_) => of::<ReadPerson>("people", "A person was erased"),
        Event::ProgramCreated(_) => of::<ReadProgram>("programs", "A program was added"),
        Event::ProgramChanged(_) => of::<ReadProgram>("programs", "A program changed"),
        Event::ProgramAdvanced(_) => of::<ReadProgram>("programs", "A program entered its next stage"),
        Event::PairProposed(_) => of::<ReadPair>("pairs", "A mentoring pair was proposed"),
        Event::PairStarted(_) => of::<ReadPair>("pairs", "A mentoring pair began"),
        Event::PairDeclined(_) => of::<ReadPair>("pairs", "A mentoring pair was declined"),
        Event::PairChanged(_) => of::<ReadPair>("pairs", "A mentoring pair's public record changed"),
        Event::PairPaused(_) => of::<ReadPair>("pairs", "A mentoring pair pauses"),
        Event::PairResumed(_) => of::<ReadPair>("pairs", "A mentoring pair goes on"),
        Event::PairEnded(_) => of::<ReadPair>("pairs", "A mentoring pair ended"),
        Event::SessionScheduled(_) => of::<ReadSession>("sessions", "A mentoring session was scheduled"),
        Event::SessionChanged(_) => of::<ReadSession>("sessions", "A mentoring session changed"),
        Event::SessionCompleted(_) => of::<ReadSession>("sessions", "A mentoring session took place"),
        Event::SessionCancelled(_) => of::<ReadSession>("sessions", "A mentoring session was cancelled"),
        Event::SessionRescheduled(_) => of::<ReadSession>("sessions", "A mentoring session moved"),
        Event::GoalSet(_) => of::<ReadGoal>("goals", "A goal was set"),
        Event::GoalActivated(_) => of::<ReadGoal>("goals", "A pair began to work towards a goal"),
        Event::GoalChanged(_) => of::<ReadGoal>("goals", "A goal changed"),
        Event::GoalCheckedIn(_) => of::<ReadGoal>("goals", "Progress towards a goal was reported"),
        Event::GoalCelebrated(_) => of::<ReadGoal>("goals", "A goal was celebrated"),
        Event::GoalClosed(_) => of::<ReadGoal>("goals", "A goal was achieved, missed or abandoned"),
        // No service may read these.
        Event::ActionItemAdded(_) | Event::ActionItemCompleted(_) | Event::ActionItemReopened(_) => {
            of::<ReadActionItem>("action-items", "An action item changed")
        }
        Event::EnrolmentRequested(_)
        | Event::EnrolmentQueued(_)
        | Event::EnrolmentAccepted(_)
        | Event::EnrolmentDeclined(_)
        | Event::EnrolmentWithdrawn(_)
        | Event::EnrolmentEnded(_) => of::<ReadEnrolment>("enrolments", "An enrolment changed"),
        Event::SuggestionsMade(_) | Event::SuggestionAccepted(_) | Event::SuggestionDismissed(_) => {
            of::<ReadSuggestion>("suggestions", "A suggestion changed")
        }
        Event::CohortDrafted(_) | Event::CohortPublished(_) | Event::CohortUndone(_) | Event::CohortFailed(_) => {
            of::<ReadCohort>("cohorts", "A cohort changed")
        }
        Event::MentorRequestMade(_)
        | Event::MentorRequestPassedOn(_)
        | Event::MentorRequestMatched(_)
        | Event::MentorRequestExhausted(_)
        | Event::MentorRequestWithdrawn(_) => of::<ReadMentorRequest>("mentor-requests", "A mentor request changed"),
        Event::MentorAskMade(_) => of::<ReadMentorAsk>("mentor-asks", "A mentor was asked"),
        Event::ValueDisclosed(_) | Event::DisclosureRevoked(_) => {
            of::<ReadDisclosure>("disclosures", "A disclosure changed")
        }
        // A session may be read, its place may not: when that changes is for the two alone. Reminders are for
        // those who are reminded.
        Event::IdentityRebindOpened(_)
        | Event::IdentityRebindWaiting(_)
        | Event::SessionPlaceChanged(_)
        | Event::SessionUpcoming(_)
        | Event::AgendaMissing(_)
        | Event::ActionItemDue(_)
        | Event::GoalCheckInDue(_)
        | Event::PairReviewDue(_)
        | Event::PairMidpoint(_)
        | Event::PairNeedsAttention(_)
        | Event::PairExpiring(_)
        | Event::DigestDue(_) => None,
        Event::WebhookTested(_) => {
            Some(Told { scope: None, collection: "webhooks", sentence: "This webhook was tried out" })
        }
    }
}

/// Told to whoever has the scope of this act, if services have one.
fn of<A: Act>(collection: &'static str, sentence: &'static str) -> Option<Told> {
    A::SCOPE.map(|scope| Told { scope: Some(scope), collection, sentence })
}

impl Told {
    /// The body of a call.
    pub fn body(self, format: WebhookFormat, delivery: &Delivery, happened_at: DateTime<Utc>) -> String {
        let resource = format!("/v1/{}/{}", self.collection, delivery.record_id);
        let text = format!("{}: {resource}", self.sentence);
        let body = match format {
            WebhookFormat::Standard => standard(delivery, &resource, happened_at),
            WebhookFormat::Slack => json!({ "text": text }),
            WebhookFormat::Teams => card(&text),
        };
        body.to_string()
    }
}

fn standard(delivery: &Delivery, resource: &str, happened_at: DateTime<Utc>) -> Value {
    let mut data = json!({ "id": delivery.record_id, "resource": resource });
    if let Some(pair) = delivery.pair_id {
        data["pair_id"] = json!(pair);
    }
    let timestamp = happened_at.to_rfc3339_opts(SecondsFormat::AutoSi, true);
    json!({ "type": delivery.kind, "timestamp": timestamp, "data": data })
}

/// An adaptive card, in the form in which workflows of Teams take it.
fn card(text: &str) -> Value {
    json!({
        "type": "message",
        "attachments": [{
            "contentType": "application/vnd.microsoft.card.adaptive",
            "contentUrl": null,
            "content": {
                "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
                "type": "AdaptiveCard",
                "version": "1.4",
                "body": [{ "type": "TextBlock", "text": text, "wrap": true }],
            },
        }],
    })
}
