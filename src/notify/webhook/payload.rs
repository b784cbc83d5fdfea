//! The body of a call for each event: the kind of the event, and the path of the record. The receiver reads the record
//! in the API, within its own scopes.

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};

use crate::notify::delivery::model::Delivery;
use crate::outbox::Event;
use crate::policy::acts::{
    ReadActionItem, ReadDisclosure, ReadEnrolment, ReadGoal, ReadMatchingRound, ReadMentorInvitation,
    ReadMentorRequest, ReadPair, ReadPerson, ReadProgram, ReadSession, ReadSuggestion,
};
use crate::policy::{Act, Scope};

values! {
    /// Format of the calls of a webhook.
    #[derive(Default)]
    pub enum WebhookFormat {
        /// Standard Webhooks: an object with `type`, `timestamp` and `data`.
        #[default]
        Standard,
        /// A message for an incoming webhook of Slack, or of a compatible chat.
        Slack,
        /// An adaptive card for a workflow of Microsoft Teams.
        Teams,
    }
}

/// What a webhook may learn of an event.
#[derive(Clone, Copy, Debug)]
pub struct Payload {
    /// The scope that a webhook needs. `None`: the event is only for the webhook that it is about.
    pub scope: Option<Scope>,
    /// Path of the records of this kind.
    collection: &'static str,
    /// What happened: the text for chats, and in the document.
    pub sentence: &'static str,
}

/// What a webhook may learn of an event; a new event does not compile without a line here. A webhook gets only events
/// about records that services can read, with the scope for reading them. `None`: no webhook gets the event.
pub fn payload_of(event: Event) -> Option<Payload> {
    match event {
        Event::PersonCreated(_) => of::<ReadPerson>("people", "A person was added"),
        Event::PersonChanged(_) => of::<ReadPerson>("people", "A person's public record changed"),
        Event::PersonDeparted(_) => of::<ReadPerson>("people", "A person departed"),
        Event::PersonErased(_) => of::<ReadPerson>("people", "A person was erased"),
        Event::ProgramCreated(_) => of::<ReadProgram>("programs", "A program was added"),
        Event::ProgramChanged(_) => of::<ReadProgram>("programs", "A program changed"),
        Event::ProgramAdvanced(_) => of::<ReadProgram>("programs", "A program entered its next stage"),
        Event::PairProposed(_) => of::<ReadPair>("pairs", "A mentoring pair was proposed"),
        Event::PairStarted(_) => of::<ReadPair>("pairs", "A mentoring pair started"),
        Event::PairDeclined(_) => of::<ReadPair>("pairs", "A mentoring pair was declined"),
        Event::PairChanged(_) => of::<ReadPair>("pairs", "A mentoring pair's public record changed"),
        Event::PairPaused(_) => of::<ReadPair>("pairs", "A mentoring pair was paused"),
        Event::PairResumed(_) => of::<ReadPair>("pairs", "A mentoring pair was resumed"),
        Event::PairEnded(_) => of::<ReadPair>("pairs", "A mentoring pair ended"),
        Event::SessionScheduled(_) => of::<ReadSession>("sessions", "A mentoring session was scheduled"),
        Event::SessionChanged(_) => of::<ReadSession>("sessions", "A mentoring session changed"),
        Event::SessionCompleted(_) => of::<ReadSession>("sessions", "A mentoring session took place"),
        Event::SessionCancelled(_) => of::<ReadSession>("sessions", "A mentoring session was cancelled"),
        Event::SessionRescheduled(_) => of::<ReadSession>("sessions", "A mentoring session was rescheduled"),
        Event::GoalSet(_) => of::<ReadGoal>("goals", "A goal was set"),
        Event::GoalActivated(_) => of::<ReadGoal>("goals", "A pair started to work towards a goal"),
        Event::GoalChanged(_) => of::<ReadGoal>("goals", "A goal changed"),
        Event::GoalCheckedIn(_) => of::<ReadGoal>("goals", "Progress towards a goal was reported"),
        Event::GoalCelebrated(_) => of::<ReadGoal>("goals", "A goal was celebrated"),
        Event::GoalClosed(_) => of::<ReadGoal>("goals", "A goal was achieved, missed or abandoned"),
        // No service may read the following records, so no webhook gets these events.
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
        Event::MatchingRoundDrafted(_)
        | Event::MatchingRoundPublished(_)
        | Event::MatchingRoundUndone(_)
        | Event::MatchingRoundFailed(_) => of::<ReadMatchingRound>("matching-rounds", "A matching round changed"),
        Event::MentorRequestMade(_)
        | Event::MentorRequestPassedOn(_)
        | Event::MentorRequestMatched(_)
        | Event::MentorRequestExhausted(_)
        | Event::MentorRequestWithdrawn(_) => of::<ReadMentorRequest>("mentor-requests", "A mentor request changed"),
        Event::MentorInvitationMade(_) => {
            of::<ReadMentorInvitation>("mentor-invitations", "A mentor got an invitation")
        }
        Event::ValueDisclosed(_) | Event::DisclosureRevoked(_) => {
            of::<ReadDisclosure>("disclosures", "A disclosure changed")
        }
        // A service may read sessions, but not their places, so changes of a place are only for the pair. Reminders are
        // only for their recipients.
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
            Some(Payload { scope: None, collection: "webhooks", sentence: "This webhook was tested" })
        }
    }
}

/// The payload for webhooks with the scope of this act. `None`: services cannot do this act.
fn of<A: Act>(collection: &'static str, sentence: &'static str) -> Option<Payload> {
    A::SCOPE.map(|scope| Payload { scope: Some(scope), collection, sentence })
}

impl Payload {
    /// The body of a call, as JSON.
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

/// An adaptive card, as workflows of Teams expect it.
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
