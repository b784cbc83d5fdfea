//! HTTP handlers that list, read and change sessions.

use actix_web::web::Data;
use actix_web::{get, patch};
use chrono::{DateTime, Utc};
use utoipa_actix_web::service_config::ServiceConfig;

use super::full::{self, SessionInFullView};
use super::model::{LengthMinutes, SessionKind, SessionStatus};
use super::store::{self, EARLIEST, Filter, LATEST};
use super::views::SessionView;
use crate::db::Tx;
use crate::http::{
    App, Change, Json, MirroredPage, Path, Preconditions, Query, Walk, list_query, merge_patch, mirrored_page,
    reaching_back,
};
use crate::ids::{PairId, SessionId};
use crate::outbox::{self, Event};
use crate::policy::acts::{ChangeSession, ReadSession};
use crate::policy::{Sealed, Shown, Viewer, may_list, permit, show};
use crate::problem::Problem;
use crate::text::{Link, Sentence};
use crate::time::Moment;

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config.service(list_sessions).service(read_session).service(change_session);
}

list_query! {
    /// Query parameters of the list of sessions.
    ListSessions from Walk<(DateTime<Utc>, SessionId)> {
        /// Only sessions of this pair.
        pair_id: Option<PairId>,
        /// Only sessions with this status.
        #[param(inline)]
        status: Option<SessionStatus>,
        /// Only sessions that start at this time or later.
        from: Option<Moment>,
        /// Only sessions that start before this time.
        to: Option<Moment>,
        /// Only sessions whose `updated_at` is later than this time. Sessions that changed up to five minutes earlier are
        /// listed too: see `next_updated_after`.
        updated_after: Option<Moment>,
    }
}

impl ListSessions {
    fn filter(&self) -> Filter {
        // A time that one of the databases cannot store is replaced by the last one that both can.
        let held = |at: Moment| DateTime::from(at).clamp(EARLIEST, LATEST);
        Filter {
            pair: self.pair_id,
            status: self.status,
            from: self.from.map_or(EARLIEST, held),
            to: self.to.map_or(LATEST, held),
            updated_after: self.updated_after.map(|after| reaching_back(after).clamp(EARLIEST, LATEST)),
        }
    }
}

/// List sessions
///
/// The list is sorted by start, earliest first. You get:
/// - your own sessions;
/// - sessions in which the mentee is your direct report;
/// - sessions of the programs you coordinate.
///
/// Admins and services with `outcomes:read` get all sessions. For other people the list is empty. Agenda, notes and
/// action items are not in the list: read a single session. To list future sessions, set `from` to the current time.
#[utoipa::path(tag = "sessions", params(ListSessions), responses((status = 200, body = MirroredPage<SessionView>)))]
#[get("/v1/sessions")]
async fn list_sessions(
    app: Data<App>,
    viewer: Viewer,
    query: Query<ListSessions>,
) -> Result<MirroredPage<SessionView>, Problem> {
    may_list::<ReadSession>(&viewer)?;
    let walk = Walk::of(query.cursor.as_ref(), &app.clock, store::FIRST);
    let (at, id) = walk.after;
    let after = (at.clamp(EARLIEST, LATEST), id);
    let mut tx = app.read_one().await?;
    let only = query.filter();
    let sessions = store::list(&mut tx, &viewer, &only, after, query.limit.and_one()).await?;
    let total = query.count.of(store::count(&mut tx, &viewer, &only)).await?;
    mirrored_page(&viewer, query.limit, sessions, total, &walk, |session| (session.starts_at, session.id))
}

/// Read a session
///
/// The mentor and the mentee also get the agenda, the notes, the action items, and in `carried_over` the open action
/// items of earlier sessions. The mentee's manager, the leads and services with `outcomes:read` get time, kind, status
/// and outcome.
#[utoipa::path(tag = "sessions", params(("id" = SessionId, Path)), responses((status = 200, body = SessionInFullView)))]
#[get("/v1/sessions/{id}")]
async fn read_session(
    app: Data<App>,
    viewer: Viewer,
    id: Path<SessionId>,
) -> Result<Shown<SessionInFullView>, Problem> {
    let mut tx = app.read_one().await?;
    read(&mut tx, &viewer, *id).await
}

merge_patch! {
    /// Changes to a session. Fields that are left out stay as they are. To change the time, reschedule the session.
    #[schema(examples(json!({"length_minutes": 60, "link": "https://video.example.com/room/42"})))]
    ChangeSessionInput {
        /// Length in minutes.
        length_minutes: LengthMinutes,
        /// Purpose of the session.
        kind: SessionKind,
        /// Place where you meet. `null` removes it.
        #[schema(examples("The café on the second floor"))]
        place: Option<Sentence>,
        /// Link to join the session online. `null` removes it.
        #[schema(examples("https://video.example.com/room/42"))]
        link: Option<Link>,
    }
}

/// Change a session
///
/// Changes length, kind, place and link. Only the mentor and the mentee may do this, while the session is `scheduled`;
/// otherwise the problem is `wrong_state`. To change the time, reschedule the session. Other people who see the session
/// do not learn that place or link changed.
#[utoipa::path(tag = "sessions", params(("id" = SessionId, Path)), request_body = ChangeSessionInput, responses((status = 200, body = SessionInFullView)))]
#[patch("/v1/sessions/{id}")]
async fn change_session(
    app: Data<App>,
    viewer: Viewer,
    id: Path<SessionId>,
    seen: Preconditions,
    input: Json<ChangeSessionInput>,
) -> Result<Shown<SessionInFullView>, Problem> {
    let input = input.into_inner();
    let changes_time = input.length_minutes.set().is_some() || input.kind.set().is_some();
    let changes_place = input.place.set().is_some() || input.link.set().is_some();
    let mut tx = app.write(&viewer).await?;
    store::find_pair_for_update(&mut tx, *id).await?;
    let full = full::find(&mut tx, &viewer, *id).await?.ok_or_else(Problem::not_found)?;
    seen.check(&viewer, &full)?;
    let pair = full.session.pair_id;
    let permitted = permit::<ChangeSession, _>(&viewer, full.session.clone())?;
    if input.is_empty() {
        return show(&viewer, full);
    }
    let by = permitted.person();
    let session = permitted.change(|session| {
        session.check_is_scheduled()?;
        if let Change::Set(length) = input.length_minutes {
            session.set_length(length);
        }
        input.kind.apply(&mut session.kind);
        if changes_time {
            session.updated_at = app.clock.now();
        }
        if changes_place {
            session.place_author_id = Some(by);
        }
        input.place.map(|place| place.map(|place| Sealed::new(by, place))).apply(&mut session.place);
        input.link.map(|link| link.map(|link| Sealed::new(by, link))).apply(&mut session.link);
        Ok(())
    })?;
    store::save(&mut tx, &session).await?;
    // Two events, so that only the mentor and the mentee learn that the place changed.
    if changes_time {
        outbox::add(&mut tx, &app.clock, Event::SessionChanged(*id), Some(pair)).await?;
    }
    if changes_place {
        outbox::add(&mut tx, &app.clock, Event::SessionPlaceChanged(*id), Some(pair)).await?;
    }
    let full = full::find(&mut tx, &viewer, *id).await?.ok_or_else(Problem::not_found)?;
    tx.commit().await?;
    show(&viewer, full)
}

pub(super) async fn read(tx: &mut Tx, viewer: &Viewer, id: SessionId) -> Result<Shown<SessionInFullView>, Problem> {
    show(viewer, full::find(tx, viewer, id).await?.ok_or_else(Problem::not_found)?)
}
