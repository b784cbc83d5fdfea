//! Notices over HTTP.

use actix_web::web::Data;
use actix_web::{get, post};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::listen::{Listener, Listeners};
use super::model::Notice;
use super::store;
use super::stream::follow;
use crate::auth::{Authenticator, Session};
use crate::db::{OnBehalfOf, Tx};
use crate::http::{
    App, EmptyBody, EventStream, IdempotencyKey, Json, Page, Path, Preconditions, Query, ServerSentEvent,
    StreamRequest, event_stream, list_query, page,
};
use crate::ids::{NoticeId, PairId};
use crate::policy::acts::{MarkNotice, ReadNotice};
use crate::policy::{Shown, Viewer, may_list, permit, show, view};
use crate::problem::{Code, Problem};

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config.service(list_notices).service(stream_notices).service(mark_notices).service(mark_notice);
}

view! {
    /// A notice about one event. It has ids and a kind, never the content of a record. Only you can read your notices.
    NoticeView of notice: Notice, clearance {
        /// Id of the notice. Newer notices have greater ids.
        public id: NoticeId,
        /// Name of the event.
        #[schema(max_length = 60, examples("session.scheduled"))]
        public kind: String,
        /// Id of the record that the event is about. Read this record for more.
        public record_id: Uuid,
        /// Id of the pair. `null`: the event is not about a pair.
        public pair_id: Option<PairId>,
        /// Time of the event.
        public created_at: DateTime<Utc>,
        /// When you marked the notice as read. `null`: it is unread.
        public read_at: Option<DateTime<Utc>>,
    }
}

list_query! {
    /// Filters for the list of notices.
    ListNotices from NoticeId {
        /// `true`: only unread notices. `false`: only read notices. Default: all.
        unread: Option<bool>,
    }
}

/// List your notices
///
/// Newest first. You get notices about your pairs, your enrolments and programs that you coordinate. Your notice
/// preferences can switch off topics. Notices are deleted after 90 days.
///
/// For the number of unread notices, use `?unread=true&count=exact&limit=1` and read `total`. A service account has no
/// notices.
#[utoipa::path(tag = "notices", params(ListNotices), responses((status = 200, body = Page<NoticeView>)))]
#[get("/v1/notices")]
async fn list_notices(app: Data<App>, viewer: Viewer, query: Query<ListNotices>) -> Result<Page<NoticeView>, Problem> {
    let before = query.cursor.map_or(NoticeId::last(), |cursor| cursor.0);
    let Some(own) = viewer.person() else { return Ok(Page::empty(query.count)) };
    let mut tx = app.read_one().await?;
    let notices = store::list(&mut tx, own, query.unread, before, query.limit.and_one()).await?;
    let total = query.count.of(store::count(&mut tx, own, query.unread)).await?;
    page(&viewer, query.limit, notices, total, |notice| notice.id)
}

/// Stream your notices
///
/// The answer is a stream of server-sent events. An event `notice` has the id of the notice as `id`, and the notice as
/// the list shows it as `data`.
///
/// - With `Accept: text/event-stream` you get new notices, or all notices after your `Last-Event-ID`. A comment every
///   15 seconds keeps the connection open.
/// - To miss no notice, open the stream first and then read the list.
/// - The stream ends after five minutes. Connect again with your `Last-Event-ID`; an `EventSource` does this by itself.
/// - You can have eight open streams at one instance of the service. One more closes the oldest.
/// - Without this `Accept` you get the notices after `Last-Event-ID`, and the answer ends.
///
/// A service account gets `not_allowed`.
#[utoipa::path(tag = "notices",
    params(("Last-Event-ID" = Option<NoticeId>, Header, description = "Id of the last notice that you have. Absent: only new notices.")),
    responses((status = 200, body = ServerSentEvent, content_type = "text/event-stream", description = "Your notices, one event for each notice.")))]
#[get("/v1/notices/stream")]
async fn stream_notices(
    app: Data<App>,
    listeners: Data<Listeners>,
    auth: Data<Authenticator>,
    session: Session,
    viewer: Viewer,
    following: StreamRequest,
) -> Result<EventStream, Problem> {
    may_list::<ReadNotice>(&viewer)?;
    let none = || Problem::new(Code::NotAllowed, "A service account has no notices. Use the token of a person.");
    let own = viewer.person().ok_or_else(none)?;
    // Registered before the newest notice is read, so that no notice is missed.
    let listener = following.stays.then(|| Listener::new(&listeners, own));
    let last = match following.last {
        Some(last) => last.into(),
        None => store::find_newest_of(&mut app.read_one().await?, own).await?,
    };
    let (to, stream) = event_stream(&auth, session);
    actix_web::rt::spawn(OnBehalfOf::Viewer(own.uuid()).scope(follow(app, viewer, own, listener, last, to)));
    Ok(stream)
}

/// Mark a notice as read
///
/// Only the recipient may do this. If the notice is read already, `read_at` stays as it is.
#[utoipa::path(tag = "notices", params(("id" = NoticeId, Path)), request_body = EmptyBody, responses((status = 200, body = NoticeView)))]
#[post("/v1/notices/{id}/read")]
async fn mark_notice(
    app: Data<App>,
    viewer: Viewer,
    id: Path<NoticeId>,
    seen: Preconditions,
    _input: Json<EmptyBody>,
    once: IdempotencyKey,
) -> Result<Shown<NoticeView>, Problem> {
    app.once(
        &viewer,
        &once,
        async |tx| {
            let notice = store::find(tx, *id).await?.ok_or_else(Problem::not_found)?;
            seen.check(&viewer, &notice)?;
            store::mark(tx, permit(&viewer, notice)?, app.clock.now()).await?;
            Ok(*id)
        },
        async |tx, _| read(tx, &viewer, *id).await,
    )
    .await
}

/// The newest notice to mark as read. All older notices are marked, too.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"up_to_id": "01988b64-97e0-7d1e-a3b5-6d7e8f9a0b1c"})))]
pub struct MarkNoticesInput {
    /// Id of the newest notice that you have read. It must be your own notice.
    pub up_to_id: NoticeId,
}

/// Mark notices as read up to a notice
///
/// Marks this notice and all your older notices as read. Newer notices stay unread. The answer is this notice. You get
/// 404 if it is not your notice.
#[utoipa::path(tag = "notices", request_body = MarkNoticesInput, responses((status = 200, body = NoticeView), (status = 404)))]
#[post("/v1/notices/read-all")]
async fn mark_notices(
    app: Data<App>,
    viewer: Viewer,
    seen: Preconditions,
    input: Json<MarkNoticesInput>,
    once: IdempotencyKey,
) -> Result<Shown<NoticeView>, Problem> {
    let id = input.up_to_id;
    app.once(
        &viewer,
        &once,
        async |tx| {
            let notice = store::find(tx, id).await?.ok_or_else(Problem::not_found)?;
            seen.check(&viewer, &notice)?;
            store::mark_until(tx, permit::<MarkNotice, _>(&viewer, notice)?, app.clock.now()).await?;
            Ok(id)
        },
        async |tx, _| read(tx, &viewer, id).await,
    )
    .await
}

async fn read(tx: &mut Tx, viewer: &Viewer, id: NoticeId) -> Result<Shown<NoticeView>, Problem> {
    show(viewer, store::find(tx, id).await?.ok_or_else(Problem::not_found)?)
}
