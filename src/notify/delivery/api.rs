//! Deliveries over HTTP.

use actix_web::get;
use actix_web::web::Data;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{IntoParams, PartialSchema, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::model::{Channel, Delivery, DeliveryStatus};
use super::store::{self, Filter};
use crate::http::{App, Count, Cursor, Limit, Page, Query, page};
use crate::ids::{DeliveryId, EventId, PairId};
use crate::outbox::Event;
use crate::people::organisation::Organisation;
use crate::policy::acts::ReadDelivery;
use crate::policy::{Clearance, Viewed, Viewer, may_list, permit, view};
use crate::problem::Problem;

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config.service(list_deliveries);
}

view! {
    /// One event on its way to one recipient by one channel: ids and kinds, never what is told. Only
    /// admins see these records.
    DeliveryView {
        /// Names the delivery: the same however often it is tried. A mail has it in its `Message-ID`, a
        /// webhook's receiver finds it in `webhook-id`.
        public id: DeliveryId,
        /// What happened.
        public event_id: EventId,
        /// The event's name.
        #[schema(max_length = 60, examples("session.scheduled"))]
        public kind: String,
        /// The record that it happened to.
        public record_id: Uuid,
        /// The pair whose events keep their order; `null` if it is about none.
        public pair_id: Option<PairId>,
        /// Which way it goes.
        public channel: Channel,
        /// For whom it is: a person or, as the channel says, a pair or a webhook.
        public recipient_id: Uuid,
        /// Where it is in its life.
        public status: DeliveryStatus,
        /// How often it was tried.
        #[schema(minimum = 0)]
        public attempts: i64,
        /// When it is tried next; `null` once it is over.
        public next_at: Option<DateTime<Utc>>,
        /// What went wrong last; `null` if nothing did.
        #[schema(max_length = 200, examples("the mail server cannot be reached"))]
        public last_error: Option<String>,
        /// When it was planned.
        public created_at: DateTime<Utc>,
        /// When it was tried last.
        public updated_at: DateTime<Utc>,
    }
}

impl Viewed for Delivery {
    type View = DeliveryView;

    fn view(self, clearance: &Clearance) -> DeliveryView {
        DeliveryView {
            id: self.id,
            event_id: self.event_id,
            kind: self.kind,
            record_id: self.record_id,
            pair_id: self.pair_id,
            channel: self.channel,
            recipient_id: self.recipient_id,
            status: self.status,
            attempts: self.attempts,
            next_at: self.next_at,
            last_error: self.last_error,
            created_at: self.created_at,
            updated_at: self.updated_at,
            withheld: clearance.withheld::<DeliveryView>(),
        }
    }
}

/// The name of an event.
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

/// Which deliveries to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListDeliveries {
    /// Deliveries of this status.
    #[param(inline)]
    status: Option<DeliveryStatus>,
    /// Deliveries of events of this name.
    #[param(inline)]
    kind: Option<EventName>,
    /// Deliveries that go this way.
    #[param(inline)]
    channel: Option<Channel>,
    /// Deliveries to this person or webhook.
    recipient_id: Option<Uuid>,
    /// Items on a page.
    #[serde(default)]
    #[param(inline, required = false)]
    limit: Limit,
    /// `next_cursor` of the page before.
    #[param(value_type = Option<String>, max_length = 500)]
    cursor: Option<Cursor<DeliveryId>>,
    /// `exact`: the page says how many there are in all, as `total`.
    #[serde(default)]
    #[param(inline, required = false)]
    count: Count,
}

/// Lists what is told to whom and how far that got, newest first.
///
/// For admins alone; everybody else is refused. It tells which mail of which kind went to whom and
/// what went wrong, never what it says. A mail that fails is tried again for two days and a half, a
/// call of a webhook for three; then it is `dead`.
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
    let mut tx = app.look().await?;
    let deliveries = store::list(&mut tx, &leave, &only, before, query.limit.and_one()).await?;
    let total = query.count.of(store::count(&mut tx, &leave, &only)).await?;
    page(&viewer, query.limit, deliveries, total, |delivery| delivery.id)
}
