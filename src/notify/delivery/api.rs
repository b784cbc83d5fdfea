//! Deliveries over HTTP.

use actix_web::get;
use actix_web::web::Data;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::model::{Channel, Delivery, DeliveryStatus};
use super::store::{self, Filter};
use crate::http::{App, Page, Query, list_query, page};
use crate::ids::{DeliveryId, EventId, PairId};
use crate::outbox::Event;
use crate::people::organisation::Organisation;
use crate::policy::acts::ReadDelivery;
use crate::policy::{Viewer, may_list, permit, view};
use crate::problem::Problem;

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config.service(list_deliveries);
}

view! {
    /// The delivery of one event to one recipient on one channel. It has ids and kinds, never the content. Only admins
    /// can read deliveries.
    DeliveryView of delivery: Delivery, clearance {
        /// Id of the delivery, the same for all attempts. It is in the `Message-ID` of a mail, and in the header
        /// `webhook-id` of a call.
        public id: DeliveryId,
        /// Id of the event.
        public event_id: EventId,
        /// Name of the event.
        #[schema(max_length = 60, examples("session.scheduled"))]
        public kind: String,
        /// Id of the record that the event is about. The first part of `kind` is the kind of the record:
        /// `session.scheduled` has the id of a session. Exceptions: `agenda.missing` has the id of a session,
        /// `identity.…` and `digest.due` of a person, `suggestions.made` of a suggestion request, and `value.disclosed`
        /// of a disclosure.
        public record_id: Uuid,
        /// Id of the pair. The events of one pair are delivered in order. `null`: the event is not about a pair.
        public pair_id: Option<PairId>,
        /// Channel of the delivery.
        public channel: Channel,
        /// Id of the recipient: a person (`mail`, `departures`), a pair (`endings`) or a webhook (`webhook`).
        public recipient_id: Uuid,
        /// Status of the delivery.
        public status: DeliveryStatus,
        /// Number of attempts.
        #[schema(minimum = 0)]
        public attempts: i64,
        /// Time of the next attempt, or of the digest. `null`: there will be no further attempt.
        public next_at: Option<DateTime<Utc>>,
        /// Error of the last attempt. `null`: no attempt failed, or the delivery succeeded.
        #[schema(max_length = 200, examples("the mail server cannot be reached"))]
        public last_error: Option<String>,
        /// When the delivery was planned.
        public created_at: DateTime<Utc>,
        /// Time of the last attempt or change.
        public updated_at: DateTime<Utc>,
    }
}

/// Name of an event.
#[derive(Clone, Copy, Debug)]
struct EventName(&'static str);

impl<'de> Deserialize<'de> for EventName {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let name = String::deserialize(from)?;
        let known = Event::KINDS.iter().find(|known| **known == name);
        known.copied().map(Self).ok_or_else(|| serde::de::Error::unknown_variant(&name, Event::KINDS))
    }
}

impl PartialSchema for EventName {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new().schema_type(Type::String).enum_values(Some(Event::KINDS.iter().copied())).into()
    }
}

impl ToSchema for EventName {}

list_query! {
    /// Filters for the list of deliveries.
    ListDeliveries from DeliveryId {
        /// Only deliveries with this status. Default: all.
        #[param(inline)]
        status: Option<DeliveryStatus>,
        /// Only deliveries of events with this name. Default: all.
        #[param(inline)]
        kind: Option<EventName>,
        /// Only deliveries on this channel. Default: all.
        #[param(inline)]
        channel: Option<Channel>,
        /// Only deliveries to this person, pair or webhook. Default: all.
        recipient_id: Option<Uuid>,
    }
}

/// List deliveries
///
/// Newest first. Only admins may do this. The list says which event went to which recipient, and the error of a failed
/// attempt. It never has the content of a mail.
///
/// A failed mail is retried for about two and a half days, a failed call of a webhook for three days. Then the delivery
/// is `dead`.
#[utoipa::path(tag = "deliveries", params(ListDeliveries), responses((status = 200, body = Page<DeliveryView>)))]
#[get("/v1/deliveries")]
async fn list_deliveries(
    app: Data<App>,
    viewer: Viewer,
    query: Query<ListDeliveries>,
) -> Result<Page<DeliveryView>, Problem> {
    may_list::<ReadDelivery>(&viewer)?;
    let leave = permit(&viewer, Organisation)?;
    let only = Filter {
        status: query.status,
        kind: query.kind.map(|EventName(kind)| kind),
        channel: query.channel,
        recipient: query.recipient_id,
    };
    let before = query.cursor.map_or(DeliveryId::last(), |cursor| cursor.0);
    let mut tx = app.read_one().await?;
    let deliveries = store::list(&mut tx, &leave, &only, before, query.limit.and_one()).await?;
    let total = query.count.of(store::count(&mut tx, &leave, &only)).await?;
    page(&viewer, query.limit, deliveries, total, |delivery| delivery.id)
}
