//! The audit log over HTTP.

use actix_web::get;
use actix_web::web::Data;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::model::{Access, AuditEvent, EventKind};
use super::store::{self, Filter};
use crate::db::Asker;
use crate::http::{App, Count, Cursor, Limit, Page, Query, page};
use crate::ids::{AuditEventId, PersonId};
use crate::people::organisation::Organisation;
use crate::people::person::api::PersonRef;
use crate::policy::acts::ReadAuditEvent;
use crate::policy::{Clearance, Relation, Viewed, Viewer, may_list, permit, view};
use crate::problem::Problem;
use crate::time::Moment;
use crate::trail::{ActorKind, first_id_at};

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config.service(list_audit_events).service(list_accesses);
}

view! {
    /// Something that somebody did: ids and names of fields, never a value. Only admins see these
    /// records.
    AuditEventView {
        /// Names the event.
        public id: AuditEventId,
        /// When.
        public at: DateTime<Utc>,
        /// In which request; its answer has this id as `X-Request-Id`.
        public request_id: Uuid,
        /// Who: a person or a service account. Zeros for whoever runs the service, on its command line.
        public actor_id: Uuid,
        /// What the actor is.
        public actor_kind: ActorKind,
        /// How the actor stood to the record.
        public relation: Relation,
        /// Whether it was a look or a deed.
        public kind: EventKind,
        /// What was done; `null` for a look.
        #[schema(max_length = 60, examples("change_note"))]
        public act: Option<String>,
        /// The kind of record.
        #[schema(max_length = 60, examples("notes"))]
        public record_kind: String,
        /// The records: those read, or the one that it was done to and the one that came of it. Zeros
        /// for the organisation as a whole.
        #[schema(max_items = 1000)]
        public record_ids: Vec<Uuid>,
        /// The fields that were read; empty for a deed.
        #[schema(max_items = 50)]
        public fields: Vec<String>,
        /// Who wrote what was read; `null` for a deed.
        public author_id: Option<PersonId>,
        /// Whether the service wrote the event. `false`: somebody put it into the database or changed it there; run
        /// `mentorship audit verify`.
        public is_genuine: bool,
    }
}

impl Viewed for AuditEvent {
    type View = AuditEventView;

    fn view(self, clearance: &Clearance) -> AuditEventView {
        let event = self.event;
        AuditEventView {
            id: event.id,
            at: event.at,
            request_id: event.request_id,
            actor_id: event.actor_id,
            actor_kind: event.actor_kind,
            relation: self.relation,
            kind: self.kind,
            act: event.act,
            record_kind: event.record_kind,
            record_ids: event.record_ids.0,
            fields: event.fields.0,
            author_id: event.author_id,
            is_genuine: self.is_genuine,
            withheld: clearance.withheld::<AuditEventView>(),
        }
    }
}

view! {
    /// A look of somebody else at what you wrote.
    AccessView {
        /// Names the event.
        public id: AuditEventId,
        /// When.
        public at: DateTime<Utc>,
        /// Who; `null` once they are erased.
        never_shared viewer: Option<PersonRef>,
        /// How they stood to the record then.
        never_shared relation: Relation,
        /// The kind of record.
        #[schema(max_length = 60, examples("notes"))]
        never_shared record_kind: String,
        /// The records.
        #[schema(max_items = 1000)]
        never_shared record_ids: Vec<Uuid>,
        /// The fields that they read.
        #[schema(max_items = 50)]
        never_shared fields: Vec<String>,
        /// Whether the service wrote the event. `false`: somebody put it into the database or changed it there; tell an
        /// admin.
        public is_genuine: bool,
    }
}

impl Viewed for Access {
    type View = AccessView;

    fn view(self, clearance: &Clearance) -> AccessView {
        let look = || clearance.open(self.look.clone());
        let person = look().map(|look| {
            let (id, title) = (PersonId::from(look.event.actor_id), look.title);
            look.name.map(|name| PersonRef { id, name, title })
        });
        AccessView {
            id: self.id,
            at: self.at,
            viewer: person,
            relation: look().map(|look| look.relation),
            record_kind: look().map(|look| look.event.record_kind),
            record_ids: look().map(|look| look.event.record_ids.0),
            fields: look().map(|look| look.event.fields.0),
            is_genuine: self.is_genuine,
            withheld: clearance.withheld::<AccessView>(),
        }
    }
}

/// Which events to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListAuditEvents {
    /// Events by this person or service account.
    actor_id: Option<Uuid>,
    /// Events that touched this record.
    record_id: Option<Uuid>,
    /// Only looks, or only deeds.
    #[param(inline)]
    kind: Option<EventKind>,
    /// Events from this moment on, to the millisecond.
    from: Option<Moment>,
    /// Events before this moment, to the millisecond.
    to: Option<Moment>,
    /// Items on a page.
    #[serde(default)]
    #[param(inline, required = false)]
    limit: Limit,
    /// `next_cursor` of the page before.
    #[param(value_type = Option<String>, max_length = 500)]
    cursor: Option<Cursor<AuditEventId>>,
    /// `exact`: the page says how many there are in all, as `total`.
    #[serde(default)]
    #[param(inline, required = false)]
    count: Count,
}

/// After every event that can be.
const LAST: AuditEventId = AuditEventId::last();

/// Lists who looked at private words and who changed what, newest first.
///
/// For admins alone; everybody else is refused. It tells that records were touched which an admin
/// cannot read, by whom, and under which relation; it never tells what they say. Events show up at
/// once on the instance that they happened on, and within a moment on others.
#[utoipa::path(tag = "audit", params(ListAuditEvents), responses((status = 200, body = Page<AuditEventView>)))]
#[get("/v1/audit-events")]
async fn list_audit_events(
    app: Data<App>,
    viewer: Viewer,
    query: Query<ListAuditEvents>,
) -> Result<Page<AuditEventView>, Problem> {
    may_list::<ReadAuditEvent>(&viewer)?;
    let leave = permit(&viewer, Organisation)?;
    app.trail().settle().await?;
    let id_at = |moment: Moment| first_id_at(moment.into());
    let (from, to) = (query.from.map_or(AuditEventId::first(), id_at), query.to.map_or(LAST, id_at));
    let all = Filter { record: query.record_id, actor: query.actor_id, kind: query.kind, from, to };
    let rest = Filter { to: to.min(query.cursor.map_or(LAST, |cursor| cursor.0)), ..all };
    let mut tx = Asker::Service.scope(app.look()).await?;
    let events = store::list(&mut tx, app.trail(), &leave, rest, query.limit.and_one()).await?;
    let total = query.count.of(store::count(&mut tx, &leave, all)).await?;
    page(&viewer, query.limit, events, total, |event| event.event.id)
}

/// Which part of the list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListAccesses {
    /// Items on a page.
    #[serde(default)]
    #[param(inline, required = false)]
    limit: Limit,
    /// `next_cursor` of the page before.
    #[param(value_type = Option<String>, max_length = 500)]
    cursor: Option<Cursor<AuditEventId>>,
    /// `exact`: the page says how many there are in all, as `total`.
    #[serde(default)]
    #[param(inline, required = false)]
    count: Count,
}

/// Lists who else read what you wrote in confidence, newest first.
///
/// Your notes, agenda items, blockers and the like: each look by somebody else at a private field
/// that you filled in, with when, and how they stood to the record. Everybody sees their own list and
/// no other; a service account has none.
#[utoipa::path(tag = "viewer", params(ListAccesses), responses((status = 200, body = Page<AccessView>)))]
#[get("/v1/me/access-log")]
async fn list_accesses(
    app: Data<App>,
    viewer: Viewer,
    query: Query<ListAccesses>,
) -> Result<Page<AccessView>, Problem> {
    let before = query.cursor.map_or(LAST, |cursor| cursor.0);
    let Some(author) = viewer.person() else { return Ok(Page::empty(query.count)) };
    app.trail().settle().await?;
    let mut tx = app.look().await?;
    let accesses = store::list_accesses(&mut tx, app.trail(), author, before, query.limit.and_one()).await?;
    let total = query.count.of(store::count_accesses(&mut tx, author)).await?;
    page(&viewer, query.limit, accesses, total, |access| access.id)
}
