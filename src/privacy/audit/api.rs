//! HTTP handlers for the audit log.

use actix_web::get;
use actix_web::web::Data;
use chrono::{DateTime, Utc};
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::model::{Access, AuditEvent, AuditEventKind};
use super::store::{self, Filter};
use crate::audit_log::{ActorKind, first_id_at};
use crate::db::OnBehalfOf;
use crate::http::{App, Page, Query, list_query, page};
use crate::ids::{AuditEventId, PersonId};
use crate::people::organisation::Organisation;
use crate::people::person::api::PersonRef;
use crate::policy::acts::ReadAuditEvent;
use crate::policy::{Relation, Viewer, may_list, permit, view};
use crate::problem::Problem;
use crate::time::Moment;

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config.service(list_audit_events).service(list_accesses);
}

view! {
    /// An event of the audit log: ids and names of fields, never a value. Only admins see audit events.
    AuditEventView of stored: AuditEvent, clearance {
        let event = stored.event;
        /// Id of the event.
        public id: AuditEventId = event.id,
        /// Time of the event.
        public at: DateTime<Utc> = event.at,
        /// Id of the request. Its answer has this id in the header `X-Request-Id`.
        public request_id: Uuid = event.request_id,
        /// Id of the person or service account that acted. All zeros: the operator, on the command line.
        public actor_id: Uuid = event.actor_id,
        /// Kind of the actor.
        public actor_kind: ActorKind = event.actor_kind,
        /// Relation of the actor to the record.
        public relation: Relation,
        /// Kind of the event: read or change.
        public kind: AuditEventKind,
        /// Act that changed the record. `null`: the event is a read.
        #[schema(max_length = 60, examples("change_note"))]
        public act: Option<String> = event.act,
        /// Kind of the record.
        #[schema(max_length = 60, examples("notes"))]
        public record_kind: String = event.record_kind,
        /// Ids of the records: those that were read, or the one that was changed and the one that was created from it.
        /// All zeros: the organisation as a whole.
        #[schema(max_items = 1000)]
        public record_ids: Vec<Uuid> = event.record_ids.0,
        /// Names of the fields that were read. Empty: the event is a change.
        #[schema(max_items = 50)]
        public fields: Vec<String> = event.fields.0,
        /// Id of the person who wrote what was read. `null`: the event is a change.
        public author_id: Option<PersonId> = event.author_id,
        /// Whether the service wrote the event. `false`: it was added or changed in the database by other means; run
        /// `mentorship audit verify`.
        public is_genuine: bool,
    }
}

view! {
    /// A read event: another person or a service read what you wrote.
    AccessView of access: Access, clearance {
        let read = || clearance.open(access.read_event.clone());
        let person = read().map(|read| {
            let (id, title) = (PersonId::from(read.event.actor_id), read.title);
            read.name.map(|name| PersonRef::new(id, name, title))
        });
        /// Id of the event.
        public id: AuditEventId,
        /// Time of the event.
        public at: DateTime<Utc>,
        /// The reader. `null`: the reader has been erased, or is a service account.
        never_shared viewer: Option<PersonRef> = person,
        /// Relation of the reader to the record at that time.
        never_shared relation: Relation = read().map(|read| read.relation),
        /// Kind of the record.
        #[schema(max_length = 60, examples("notes"))]
        never_shared record_kind: String = read().map(|read| read.event.record_kind),
        /// Ids of the records.
        #[schema(max_items = 1000)]
        never_shared record_ids: Vec<Uuid> = read().map(|read| read.event.record_ids.0),
        /// Names of the fields that were read.
        #[schema(max_items = 50)]
        never_shared fields: Vec<String> = read().map(|read| read.event.fields.0),
        /// Whether the service wrote the event. `false`: it was added or changed in the database by other means; report
        /// it to an admin.
        public is_genuine: bool,
    }
}

list_query! {
    /// Query parameters of the list of audit events.
    ListAuditEvents from AuditEventId {
        /// Only events by this person or service account.
        actor_id: Option<Uuid>,
        /// Only events of this record.
        record_id: Option<Uuid>,
        /// Only events of this kind.
        #[param(inline)]
        kind: Option<AuditEventKind>,
        /// Only events at this time or later, to the millisecond.
        from: Option<Moment>,
        /// Only events before this time, to the millisecond.
        to: Option<Moment>,
    }
}

/// The list key after every event.
const LAST: AuditEventId = AuditEventId::last();

/// List audit events
///
/// Lists reads of private fields, and changes of records, newest first. Only admins may do this; for others the problem
/// is `not_allowed`. The log shows which records were read or changed, by which person or service, and in which
/// relation, also for records that an admin cannot read. It never shows their content. An event is listed at once on
/// the instance where it happened, and after a moment on other instances.
#[utoipa::path(tag = "audit", params(ListAuditEvents), responses((status = 200, body = Page<AuditEventView>)))]
#[get("/v1/audit-events")]
async fn list_audit_events(
    app: Data<App>,
    viewer: Viewer,
    query: Query<ListAuditEvents>,
) -> Result<Page<AuditEventView>, Problem> {
    may_list::<ReadAuditEvent>(&viewer)?;
    let permitted = permit(&viewer, Organisation)?;
    app.audit_log().settle().await?;
    let id_at = |moment: Moment| first_id_at(moment.into());
    let (from, to) = (query.from.map_or(AuditEventId::first(), id_at), query.to.map_or(LAST, id_at));
    let all = Filter { record: query.record_id, actor: query.actor_id, kind: query.kind, from, to };
    let rest = Filter { to: to.min(query.cursor.map_or(LAST, |cursor| cursor.0)), ..all };
    let mut tx = OnBehalfOf::Service.scope(app.read_one()).await?;
    let events = store::list(&mut tx, app.audit_log(), &permitted, rest, query.limit.and_one()).await?;
    let total = query.count.of(store::count(&mut tx, &permitted, all)).await?;
    page(&viewer, query.limit, events, total, |event| event.event.id)
}

list_query! {
    /// Query parameters of the list of accesses.
    ListAccesses from AuditEventId {}
}

/// List the people who read your private texts
///
/// Lists every time another person or a service read a private field that you wrote, such as a note, an agenda item or
/// a blocker; newest first. Each entry has the time and the relation of the reader to the record. You see only your own
/// list. A service account has an empty list.
#[utoipa::path(tag = "viewer", params(ListAccesses), responses((status = 200, body = Page<AccessView>)))]
#[get("/v1/me/access-log")]
async fn list_accesses(
    app: Data<App>,
    viewer: Viewer,
    query: Query<ListAccesses>,
) -> Result<Page<AccessView>, Problem> {
    let before = query.cursor.map_or(LAST, |cursor| cursor.0);
    let Some(author) = viewer.person() else { return Ok(Page::empty(query.count)) };
    app.audit_log().settle().await?;
    let mut tx = app.read_one().await?;
    let accesses = store::list_accesses(&mut tx, app.audit_log(), author, before, query.limit.and_one()).await?;
    let total = query.count.of(store::count_accesses(&mut tx, author)).await?;
    page(&viewer, query.limit, accesses, total, |access| access.id)
}
