//! Notices over HTTP.

use actix_web::web::Data;
use actix_web::{get, post};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::listen::{Listener, Listeners};
use super::model::Notice;
use super::store;
use super::stream::follow;
use crate::auth::{Gate, Session};
use crate::db::Asker;
use crate::http::{
    App, Count, Cursor, EventStream, Following, Json, Limit, Nothing, Once, Page, Path, Query, Seen, ServerSentEvent,
    event_stream, page,
};
use crate::ids::{NoticeId, PairId};
use crate::policy::acts::{MarkNotice, ReadNotice};
use crate::policy::{Clearance, Shown, Viewed, Viewer, may_list, permit, show, view};
use crate::problem::{Code, Problem};

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config.service(list_notices).service(stream_notices).service(mark_notices).service(mark_notice);
}

view! {
    /// Something that happened and that you are told of: ids and a kind, never what a record says.
    /// Only you see your notices.
    NoticeView {
        /// Names the notice. Ids grow in the order in which you are told.
        public id: NoticeId,
        /// What happened.
        #[schema(max_length = 60, examples("session.scheduled"))]
        public kind: String,
        /// The record that it happened to: read it to learn more.
        public record_id: Uuid,
        /// The pair it is about; `null` if it is about none.
        public pair_id: Option<PairId>,
        /// When it happened.
        public created_at: DateTime<Utc>,
        /// When you marked it as read; `null` if you did not yet.
        public read_at: Option<DateTime<Utc>>,
    }
}

impl Viewed for Notice {
    type View = NoticeView;

    fn view(self, clearance: &Clearance) -> NoticeView {
        NoticeView {
            id: self.id,
            kind: self.kind,
            record_id: self.record_id,
            pair_id: self.pair_id,
            created_at: self.created_at,
            read_at: self.read_at,
            withheld: clearance.withheld::<NoticeView>(),
        }
    }
}

/// Which notices to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListNotices {
    /// `true`: those you have not read; `false`: those you have.
    unread: Option<bool>,
    /// Items on a page.
    #[serde(default)]
    #[param(inline, required = false)]
    limit: Limit,
    /// `next_cursor` of the page before.
    #[param(value_type = Option<String>, max_length = 500)]
    cursor: Option<Cursor<NoticeId>>,
    /// `exact`: the page says how many there are in all, as `total`.
    #[serde(default)]
    #[param(inline, required = false)]
    count: Count,
}

/// Lists what you are told, newest first.
///
/// Notices of your own, whatever happens in your pairs and is news; they go after 90 days. How many you
/// have not read: `?unread=true&count=exact&limit=1`, in `total`. A service account has none.
#[utoipa::path(tag = "notices", params(ListNotices), responses((status = 200, body = Page<NoticeView>)))]
#[get("/v1/notices")]
async fn list_notices(app: Data<App>, viewer: Viewer, query: Query<ListNotices>) -> Result<Page<NoticeView>, Problem> {
    let before = query.cursor.map_or(NoticeId::last(), |cursor| cursor.0);
    let Some(own) = viewer.person() else { return Ok(Page::empty(query.count)) };
    let mut tx = app.look().await?;
    let notices = store::list(&mut tx, own, query.unread, before, query.limit.and_one()).await?;
    let total = query.count.of(store::count(&mut tx, own, query.unread)).await?;
    page(&viewer, query.limit, notices, total, |notice| notice.id)
}

/// Streams what you are told, as it comes.
///
/// Server-sent events: each `notice` has the notice's id as its `id` and, as its `data`, what the list shows
/// of it. A client that sends `Accept: text/event-stream`, as all of them do, gets what is new from now on,
/// or from its `Last-Event-ID` on; a comment every 15 seconds keeps the line open. Open the stream first
/// and read the list then, and you miss nothing. After five minutes the stream ends, and the client comes
/// again by itself with its `Last-Event-ID`. Of more than eight streams of yours the first ends. Without that `Accept` the
/// answer holds what came after `Last-Event-ID`, and ends.
#[utoipa::path(tag = "notices",
    params(("Last-Event-ID" = Option<NoticeId>, Header, description = "The last notice you have.")),
    responses((status = 200, body = ServerSentEvent, content_type = "text/event-stream", description = "Your notices, one event each.")))]
#[get("/v1/notices/stream")]
async fn stream_notices(
    app: Data<App>,
    listeners: Data<Listeners>,
    gate: Data<Gate>,
    session: Session,
    viewer: Viewer,
    following: Following,
) -> Result<EventStream, Problem> {
    may_list::<ReadNotice>(&viewer)?;
    let none = || Problem::new(Code::NotAllowed, "A service account has no notices.");
    let own = viewer.person().ok_or_else(none)?;
    // Before it looks what was last: so nothing falls between.
    let listener = following.stays.then(|| Listener::new(&listeners, own));
    let last = match following.last {
        Some(last) => last.into(),
        None => store::find_newest_of(&mut app.look().await?, own).await?,
    };
    let (to, stream) = event_stream(&gate, session);
    actix_web::rt::spawn(Asker::Viewer(own.uuid()).scope(follow(app, viewer, own, listener, last, to)));
    Ok(stream)
}

/// Marks a notice as read; sent twice, it stays as it was.
#[utoipa::path(tag = "notices", params(("id" = NoticeId, Path)), request_body = Nothing, responses((status = 200, body = NoticeView)))]
#[post("/v1/notices/{id}/read")]
async fn mark_notice(
    app: Data<App>,
    viewer: Viewer,
    id: Path<NoticeId>,
    seen: Seen,
    _input: Json<Nothing>,
    once: Once,
) -> Result<Shown<NoticeView>, Problem> {
    app.once(&viewer, &once, async |tx| {
        let notice = store::find(tx, *id).await?.ok_or_else(Problem::not_found)?;
        seen.check(&viewer, &notice)?;
        store::mark(tx, permit(&viewer, notice)?, app.clock.now()).await?;
        Ok(*id)
    })
    .await?;
    read_again(&app, &viewer, *id).await
}

/// Up to where you have read.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"up_to_id": "01988b64-97e0-7d1e-a3b5-6d7e8f9a0b1c"})))]
pub struct MarkNoticesInput {
    /// The last notice that you have read: one of yours.
    pub up_to_id: NoticeId,
}

/// Marks all notices as read up to one and with it.
///
/// What came after it stays unread. Answers with that one.
#[utoipa::path(tag = "notices", request_body = MarkNoticesInput, responses((status = 200, body = NoticeView), (status = 404)))]
#[post("/v1/notices/read-all")]
async fn mark_notices(
    app: Data<App>,
    viewer: Viewer,
    seen: Seen,
    input: Json<MarkNoticesInput>,
    once: Once,
) -> Result<Shown<NoticeView>, Problem> {
    let id = input.up_to_id;
    app.once(&viewer, &once, async |tx| {
        let notice = store::find(tx, id).await?.ok_or_else(Problem::not_found)?;
        seen.check(&viewer, &notice)?;
        store::mark_until(tx, permit::<MarkNotice, _>(&viewer, notice)?, app.clock.now()).await?;
        Ok(id)
    })
    .await?;
    read_again(&app, &viewer, id).await
}

async fn read_again(app: &App, viewer: &Viewer, id: NoticeId) -> Result<Shown<NoticeView>, Problem> {
    let mut tx = app.look().await?;
    show(viewer, store::find(&mut tx, id).await?.ok_or_else(Problem::not_found)?)
}
