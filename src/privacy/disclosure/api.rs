//! Disclosures over HTTP.

use actix_web::web::Data;
use actix_web::{get, post};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::model::{Asked, Audience, Disclosure, Field};
use super::store;
use crate::db::Asker;
use crate::goals::blocker::model::BlockerText;
use crate::http::{App, Count, Cursor, Json, Limit, Nothing, Once, Page, Path, Query, Seen, page};
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
    /// A private value that its author opened for one audience.
    DisclosureView {
        /// Names the disclosure.
        public id: DisclosureId,
        /// The pair of the value.
        public pair_id: PairId,
        /// Who gives.
        public mentor: PersonRef,
        /// Who asks.
        public mentee: PersonRef,
        /// Which value.
        public field: Field,
        /// Of which record; for `pair.…` the pair's own id.
        public record_id: Uuid,
        /// For whom.
        public audience: Audience,
        /// Who wrote the value and opened it.
        public disclosed_by: PersonRef,
        /// When it was opened.
        public created_at: DateTime<Utc>,
        /// When it was taken back.
        public revoked_at: Option<DateTime<Utc>>,
        /// The value was written anew or removed since: open it again, if the new one shall be seen.
        public is_stale: bool,
        /// The value, as it was when it was opened; `null` once it is stale or taken back.
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
            mentor: PersonRef { id: self.standing.mentor_id, name: self.mentor_name, title: self.mentor_title },
            mentee: PersonRef { id: self.standing.mentee_id, name: self.mentee_name, title: self.mentee_title },
            field: self.field,
            record_id: self.record_id,
            audience: self.audience,
            disclosed_by: PersonRef {
                id: self.disclosed_by_id,
                name: self.disclosed_by_name,
                title: self.disclosed_by_title,
            },
            created_at: self.created_at,
            revoked_at: self.revoked_at,
            is_stale,
            value,
            withheld: clearance.withheld::<DisclosureView>(),
        }
    }
}

impl Disclosure {
    /// The value, if it is still the one that was opened.
    fn open(&self, clearance: &Clearance) -> Opened<ManagerVisible, Option<String>> {
        match self.field {
            Field::NoteText => self.open_at::<NoteText>(clearance),
            Field::AgendaItemTopic => self.open_at::<AgendaItemTopic>(clearance),
            Field::AgendaItemText => self.open_at::<AgendaItemText>(clearance),
            Field::ActionItemText => self.open_at::<ActionItemText>(clearance),
            Field::BlockerText => self.open_at::<BlockerText>(clearance),
            Field::SessionPlace => self.open_at::<SessionPlace>(clearance),
            Field::SessionLink => self.open_at::<SessionLink>(clearance),
            Field::CancellationReason => self.open_at::<CancellationReason>(clearance),
            Field::Cadence => self.open_at::<PairCadence>(clearance),
            Field::Agreement | Field::EndNote => self.open_at::<PairNoteText>(clearance),
        }
    }

    /// All of these values are texts or words.
    fn open_at<P: Place<Tier = Private, Kin = ForBoth, Row: From<Uuid>>>(
        &self,
        clearance: &Clearance,
    ) -> Opened<ManagerVisible, Option<String>> {
        let stored = self.sealed.clone().filter(|_| self.revoked_at.is_none());
        let value = clearance.disclose::<P>(self.home(), stored, (&self.statement(), &self.voucher));
        value.map(|value| serde_json::to_value(value?).ok()?.as_str().map(str::to_owned))
    }
}

/// Which disclosures to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListDisclosures {
    /// Those of this pair.
    pair_id: Option<PairId>,
    /// Items on a page.
    #[serde(default)]
    #[param(inline, required = false)]
    limit: Limit,
    /// `next_cursor` of the page before.
    #[param(value_type = Option<String>, max_length = 500)]
    cursor: Option<Cursor<DisclosureId>>,
    /// `exact`: the page says how many there are in all, as `total`.
    #[serde(default)]
    #[param(inline, required = false)]
    count: Count,
}

/// Lists disclosures, in the order they were made.
///
/// You get those of your own pairs, also what was taken back, and what is open to you as somebody's
/// manager or lead.
#[utoipa::path(tag = "privacy", params(ListDisclosures), responses((status = 200, body = Page<DisclosureView>)))]
#[get("/v1/disclosures")]
async fn list_disclosures(
    app: Data<App>,
    viewer: Viewer,
    query: Query<ListDisclosures>,
) -> Result<Page<DisclosureView>, Problem> {
    may_list::<ReadDisclosure>(&viewer)?;
    let after = query.cursor.map_or(DisclosureId::first(), |cursor| cursor.0);
    let mut tx = Asker::Service.scope(app.look()).await?;
    let disclosures = store::list(&mut tx, &viewer, query.pair_id, after, query.limit.and_one()).await?;
    let total = query.count.of(store::count(&mut tx, &viewer, query.pair_id)).await?;
    page(&viewer, query.limit, disclosures, total, |disclosure| disclosure.id)
}

/// Which value to open for whom.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({
    "field": "blocker.text", "record_id": "01988b64-97e0-7d1e-a3b5-6d7e8f9a0b1c", "audience": "manager",
})))]
pub struct CreateDisclosure {
    /// The value.
    field: Field,
    /// Its record: the note, agenda item, action item, blocker or session; for `pair.…` the pair.
    record_id: Uuid,
    /// For whom.
    audience: Audience,
}

/// Opens one private value for the mentee's direct manager or for the leads.
///
/// Only who wrote a value opens it; the cadence, which belongs to both, either of the two. It is
/// open as it stands now: written anew, it has to be opened anew, which takes the place of the
/// earlier disclosure. The audience reads it here and nowhere else, while they are the mentee's
/// manager or lead of the pair. Nothing that is never shared can be opened.
#[utoipa::path(tag = "privacy", request_body = CreateDisclosure, responses((status = 201, body = DisclosureView), (status = 404)))]
#[post("/v1/disclosures")]
async fn create_disclosure(
    app: Data<App>,
    viewer: Viewer,
    input: Json<CreateDisclosure>,
    once: Once,
) -> Result<Shown<DisclosureView>, Problem> {
    let CreateDisclosure { field, record_id, audience } = input.into_inner();
    let id = app
        .once(&viewer, &once, async |tx| {
            let value = store::find_value(tx, &viewer, field, record_id).await?.ok_or_else(Problem::not_found)?;
            let value = permit::<DiscloseValue, _>(&viewer, value)?;
            tx.hold(value.pair_id.into()).await?;
            let by = viewer.person().ok_or_else(Problem::not_found)?;
            let disclosure = value.open(&app.clock, Asked { field, record_id, audience }, by)?;
            store::insert(tx, &value, &disclosure).await?;
            let event = Event::ValueDisclosed(disclosure.id);
            outbox::add(tx, &app.clock, event, Some(value.pair_id)).await?;
            Ok(disclosure.id)
        })
        .await?;
    Ok(read_again(&app, &viewer, id).await?.created(format!("/v1/disclosures/{id}")))
}

/// Reads a disclosure, with the value while it is open.
///
/// For the two of the pair and, until it is taken back, for its audience.
#[utoipa::path(tag = "privacy", params(("id" = DisclosureId, Path)), responses((status = 200, body = DisclosureView)))]
#[get("/v1/disclosures/{id}")]
async fn read_disclosure(
    app: Data<App>,
    viewer: Viewer,
    id: Path<DisclosureId>,
) -> Result<Shown<DisclosureView>, Problem> {
    read_again(&app, &viewer, *id).await
}

/// Takes back what you opened, at once.
///
/// The audience finds nothing there any more. For you and your partner the record stays.
#[utoipa::path(tag = "privacy", params(("id" = DisclosureId, Path)), request_body = Nothing, responses((status = 200, body = DisclosureView)))]
#[post("/v1/disclosures/{id}/revoke")]
async fn revoke_disclosure(
    app: Data<App>,
    viewer: Viewer,
    id: Path<DisclosureId>,
    seen: Seen,
    _input: Json<Nothing>,
    once: Once,
) -> Result<Shown<DisclosureView>, Problem> {
    app.once(&viewer, &once, async |tx| {
        let disclosure = store::hold(tx, *id).await?.ok_or_else(Problem::not_found)?;
        seen.check(&viewer, &disclosure)?;
        let now = app.clock.now();
        let revoked =
            permit::<RevokeDisclosure, _>(&viewer, disclosure)?.change(|disclosure| disclosure.revoke(now))?;
        store::save(tx, &revoked).await?;
        outbox::add(tx, &app.clock, Event::DisclosureRevoked(*id), Some(revoked.pair_id)).await?;
        Ok(*id)
    })
    .await?;
    read_again(&app, &viewer, *id).await
}

async fn read_again(app: &App, viewer: &Viewer, id: DisclosureId) -> Result<Shown<DisclosureView>, Problem> {
    let mut tx = Asker::Service.scope(app.look()).await?;
    show(viewer, store::find(&mut tx, id).await?.ok_or_else(Problem::not_found)?)
}
