//! HTTP handlers for disclosures.

use actix_web::web::Data;
use actix_web::{get, post};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::model::{Audience, DisclosableField, Disclosure, Target};
use super::store;
use crate::db::{OnBehalfOf, Tx};
use crate::goals::blocker::model::BlockerText;
use crate::http::{App, EmptyBody, IdempotencyKey, Json, Page, Path, Preconditions, Query, list_query, page};
use crate::ids::{DisclosureId, PairId};
use crate::outbox::{self, Event};
use crate::pairs::model::{PairCadence, PairNoteText};
use crate::people::person::api::PersonRef;
use crate::policy::acts::{DiscloseValue, ReadDisclosure, RevokeDisclosure};
use crate::policy::{
    Clearance, ForBoth, ManagerVisible, Opened, Place, Private, Shown, Viewed, Viewer, may_list, permit, show, view,
};
use crate::problem::Problem;
use crate::sessions::action_item::model::ActionItemText;
use crate::sessions::agenda::model::{AgendaItemText, AgendaItemTopic};
use crate::sessions::note::model::NoteText;
use crate::sessions::session::model::{CancellationReason, SessionLink, SessionPlace};

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config.service(list_disclosures).service(create_disclosure).service(read_disclosure).service(revoke_disclosure);
}

view! {
    /// A private value that its author disclosed to one audience.
    DisclosureView {
        /// Id of the disclosure.
        public id: DisclosureId,
        /// Id of the pair.
        public pair_id: PairId,
        /// The mentor.
        public mentor: PersonRef,
        /// The mentee.
        public mentee: PersonRef,
        /// Field that is disclosed.
        public field: DisclosableField,
        /// Id of the record that has the field. For `pair.…` it is the id of the pair.
        public record_id: Uuid,
        /// Audience: the people who can read the value.
        public audience: Audience,
        /// The person who wrote and disclosed the value.
        public disclosed_by: PersonRef,
        /// Time of creation.
        public created_at: DateTime<Utc>,
        /// Time when it was revoked. `null`: it is in force.
        public revoked_at: Option<DateTime<Utc>>,
        /// Whether the value was changed or removed after the disclosure. The audience does not see the new value:
        /// disclose it again if they should.
        public is_stale: bool,
        /// The value, as it was at the time of the disclosure. `null`: the disclosure is stale or revoked.
        manager_visible value: Option<String>,
    }
}

impl Viewed for Disclosure {
    type View = DisclosureView;

    fn view(self, clearance: &Clearance) -> DisclosureView {
        let mut is_stale = false;
        let (is_open, opened) = (self.revoked_at.is_none(), self.open(clearance));
        let value = opened.map(|value| {
            is_stale = is_open && value.is_none();
            value
        });
        DisclosureView {
            id: self.id,
            pair_id: self.pair_id,
            mentor: PersonRef::new(self.standing.mentor_id, self.mentor_name, self.mentor_title),
            mentee: PersonRef::new(self.standing.mentee_id, self.mentee_name, self.mentee_title),
            field: self.field,
            record_id: self.record_id,
            audience: self.audience,
            disclosed_by: PersonRef::new(self.disclosed_by_id, self.disclosed_by_name, self.disclosed_by_title),
            created_at: self.created_at,
            revoked_at: self.revoked_at,
            is_stale,
            value,
            withheld: clearance.withheld::<DisclosureView>(),
        }
    }
}

impl Disclosure {
    /// The value, if it is still the one that was disclosed.
    fn open(&self, clearance: &Clearance) -> Opened<ManagerVisible, Option<String>> {
        match self.field {
            DisclosableField::NoteText => self.open_at::<NoteText>(clearance),
            DisclosableField::AgendaItemTopic => self.open_at::<AgendaItemTopic>(clearance),
            DisclosableField::AgendaItemText => self.open_at::<AgendaItemText>(clearance),
            DisclosableField::ActionItemText => self.open_at::<ActionItemText>(clearance),
            DisclosableField::BlockerText => self.open_at::<BlockerText>(clearance),
            DisclosableField::SessionPlace => self.open_at::<SessionPlace>(clearance),
            DisclosableField::SessionLink => self.open_at::<SessionLink>(clearance),
            DisclosableField::CancellationReason => self.open_at::<CancellationReason>(clearance),
            DisclosableField::Cadence => self.open_at::<PairCadence>(clearance),
            DisclosableField::Agreement | DisclosableField::EndNote => self.open_at::<PairNoteText>(clearance),
        }
    }

    /// All these values are JSON strings.
    fn open_at<P: Place<Tier = Private, Ownership = ForBoth, Row: From<Uuid>>>(
        &self,
        clearance: &Clearance,
    ) -> Opened<ManagerVisible, Option<String>> {
        let stored = self.sealed.clone().filter(|_| self.revoked_at.is_none());
        let value = clearance.disclose::<P>(self.home(), stored, (&self.statement(), &self.voucher));
        value.map(|value| serde_json::to_value(value?).ok()?.as_str().map(str::to_owned))
    }
}

list_query! {
    /// Query parameters of the list of disclosures.
    ListDisclosures from DisclosureId {
        /// Only disclosures of this pair.
        pair_id: Option<PairId>,
    }
}

/// List disclosures
///
/// Sorted by time of creation, oldest first. You get the disclosures of your own pairs, also revoked ones. As a manager
/// or lead you also get those that are in force and addressed to you.
#[utoipa::path(tag = "privacy", params(ListDisclosures), responses((status = 200, body = Page<DisclosureView>)))]
#[get("/v1/disclosures")]
async fn list_disclosures(
    app: Data<App>,
    viewer: Viewer,
    query: Query<ListDisclosures>,
) -> Result<Page<DisclosureView>, Problem> {
    may_list::<ReadDisclosure>(&viewer)?;
    let after = query.cursor.map_or(DisclosureId::first(), |cursor| cursor.0);
    let mut tx = OnBehalfOf::Service.scope(app.read_one()).await?;
    let disclosures = store::list(&mut tx, &viewer, query.pair_id, after, query.limit.and_one()).await?;
    let total = query.count.of(store::count(&mut tx, &viewer, query.pair_id)).await?;
    page(&viewer, query.limit, disclosures, total, |disclosure| disclosure.id)
}

/// The value to disclose, and its audience.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({
    "field": "blocker.text", "record_id": "01988b64-97e0-7d1e-a3b5-6d7e8f9a0b1c", "audience": "manager",
})))]
pub struct CreateDisclosure {
    /// Field to disclose.
    field: DisclosableField,
    /// Id of the record that has the field: a note, agenda item, action item, blocker or session. For `pair.…` it is
    /// the id of the pair.
    record_id: Uuid,
    /// Audience: the people who can read the value.
    audience: Audience,
}

/// Disclose a private value to the manager or the leads
///
/// Only the author of a value may disclose it; the mentor or the mentee may disclose the cadence. The current version
/// is disclosed. If the value changes, disclose it again: the new disclosure replaces the earlier one. The audience
/// reads the value only here, and only while they are the mentee's direct manager or leads of the pair. Fields that are
/// never shared cannot be disclosed. The problem is `wrong_state` if the value is empty.
#[utoipa::path(tag = "privacy", request_body = CreateDisclosure, responses((status = 201, body = DisclosureView), (status = 404)))]
#[post("/v1/disclosures")]
async fn create_disclosure(
    app: Data<App>,
    viewer: Viewer,
    input: Json<CreateDisclosure>,
    once: IdempotencyKey,
) -> Result<Shown<DisclosureView>, Problem> {
    let CreateDisclosure { field, record_id, audience } = input.into_inner();
    app.once(
        &viewer,
        &once,
        async |tx| {
            let value = store::find_value(tx, &viewer, field, record_id).await?.ok_or_else(Problem::not_found)?;
            let value = permit::<DiscloseValue, _>(&viewer, value)?;
            tx.lock(value.pair_id.into()).await?;
            let disclosure = value.disclose(&app.clock, Target { field, record_id, audience }, value.person())?;
            store::insert(tx, &value, &disclosure).await?;
            let event = Event::ValueDisclosed(disclosure.id);
            outbox::add(tx, &app.clock, event, Some(value.pair_id)).await?;
            Ok(disclosure.id)
        },
        async |tx, id| Ok(read(tx, &viewer, id).await?.created(format!("/v1/disclosures/{id}"))),
    )
    .await
}

/// Read a disclosure
///
/// The mentor, the mentee and, until it is revoked, the audience may do this. The value is included while the
/// disclosure is in force.
#[utoipa::path(tag = "privacy", params(("id" = DisclosureId, Path)), responses((status = 200, body = DisclosureView)))]
#[get("/v1/disclosures/{id}")]
async fn read_disclosure(
    app: Data<App>,
    viewer: Viewer,
    id: Path<DisclosureId>,
) -> Result<Shown<DisclosureView>, Problem> {
    let mut tx = OnBehalfOf::Service.scope(app.read_one()).await?;
    read(&mut tx, &viewer, *id).await
}

/// Revoke a disclosure
///
/// Only the person who created the disclosure may do this. From then on the audience gets `not_found`. The mentor and
/// the mentee still see the disclosure, without the value. The problem is `wrong_state` if it is revoked already.
#[utoipa::path(tag = "privacy", params(("id" = DisclosureId, Path)), request_body = EmptyBody, responses((status = 200, body = DisclosureView)))]
#[post("/v1/disclosures/{id}/revoke")]
async fn revoke_disclosure(
    app: Data<App>,
    viewer: Viewer,
    id: Path<DisclosureId>,
    seen: Preconditions,
    _input: Json<EmptyBody>,
    once: IdempotencyKey,
) -> Result<Shown<DisclosureView>, Problem> {
    app.once(
        &viewer,
        &once,
        async |tx| {
            let disclosure = store::find_for_update(tx, *id).await?.ok_or_else(Problem::not_found)?;
            seen.check(&viewer, &disclosure)?;
            let now = app.clock.now();
            let revoked =
                permit::<RevokeDisclosure, _>(&viewer, disclosure)?.change(|disclosure| disclosure.revoke(now))?;
            store::save(tx, &revoked).await?;
            outbox::add(tx, &app.clock, Event::DisclosureRevoked(*id), Some(revoked.pair_id)).await?;
            Ok(*id)
        },
        async |tx, id| read(tx, &viewer, id).await,
    )
    .await
}

async fn read(tx: &mut Tx, viewer: &Viewer, id: DisclosureId) -> Result<Shown<DisclosureView>, Problem> {
    show(viewer, store::find(tx, id).await?.ok_or_else(Problem::not_found)?)
}
