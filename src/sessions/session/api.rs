//! Sessions over HTTP: listing, reading and changing them.

use actix_web::web::Data;
use actix_web::{get, patch};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::full::SessionInFullView;
use super::model::{LengthMinutes, Session, SessionKind, SessionStatus};
use super::store::{self, EARLIEST, Filter, LATEST};
use crate::http::{
    App, Change, Count, Cursor, Json, Limit, MirroredPage, Path, Query, Seen, Walk, merge_patch, mirrored_page,
    reaching_back,
};
use crate::ids::{PairId, PersonId, SessionId};
use crate::outbox::{self, Event};
use crate::pairs::api::AuthoredText;
use crate::people::person::api::PersonRef;
use crate::policy::acts::{ChangeSession, ReadSession};
use crate::policy::{Bare, Clearance, Guarded, Readable, Sealed, Shown, Viewed, Viewer, may_list, permit, show};
use crate::problem::Problem;
use crate::text::{Link, Sentence, Text, TimeZone};
use crate::time::Moment;

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config.service(list_sessions).service(read_session).service(change_session);
}

/// A view of a session: what all of them have, and what each adds.
macro_rules! session_view {
    ($(#[$meta:meta])* $name:ident { $($more:tt)* }) => {
        $crate::policy::view! {
            $(#[$meta])*
            $name {
                /// Names the session.
                public id: SessionId,
                /// The pair that talks.
                public pair_id: PairId,
                /// Who gives.
                public mentor: PersonRef,
                /// Who asks.
                public mentee: PersonRef,
                /// When it begins.
                manager_visible starts_at: DateTime<Utc>,
                /// Where the clock of who scheduled it stands: show the time in this zone.
                manager_visible time_zone: TimeZone,
                /// How long it lasts, in minutes.
                manager_visible length_minutes: LengthMinutes,
                /// What it is for.
                manager_visible kind: SessionKind,
                /// Where it is in its life.
                manager_visible status: SessionStatus,
                /// What came of it, for development planning.
                manager_visible outcome: Option<Text>,
                /// When it was completed, cancelled or moved.
                manager_visible closed_at: Option<DateTime<Utc>>,
                /// The calendar event: the id of the first session of the chain, the same
                /// however often it moves.
                manager_visible event_id: SessionId,
                /// The version of the calendar event; a larger one replaces a smaller one.
                manager_visible sequence: i64,
                /// The session that moved here.
                manager_visible predecessor_id: Option<SessionId>,
                /// The session it moved to.
                manager_visible successor_id: Option<SessionId>,
                /// The series it belongs to: the id of its first session; `null` if it belongs to none.
                manager_visible series_id: Option<SessionId>,
                /// When it is in its series, however often it moves by itself.
                manager_visible occurrence_at: Option<DateTime<Utc>>,
                /// Where they meet.
                private place: Option<Sentence>,
                /// Where they meet, online.
                private link: Option<Link>,
                /// Why it will not take place.
                private cancellation_reason: Option<AuthoredText>,
                /// Who completed, cancelled or moved it.
                private closed_by_id: Option<PersonId>,
                /// When the record was made.
                public created_at: DateTime<Utc>,
                /// When anything changed last that the mentee's manager sees, too.
                public updated_at: DateTime<Utc>,
                $($more)*
            }
        }
    };
}
pub(super) use session_view;

session_view! {
    /// When a pair talks.
    SessionView {}
}

impl Readable for Session {
    type Read = ReadSession;
    const KIND: &'static str = "sessions";

    fn id(&self) -> Uuid {
        self.id.uuid()
    }
}

impl Viewed for Session {
    type View = SessionView;

    fn view(self, clearance: &Clearance) -> SessionView {
        let (place, link, reason) = (self.home(), self.home(), self.home_of_reason());
        let closed_by = clearance.open(self.closed_by_id).map(|Bare(person)| person);
        let closed_at = clearance.open(self.closed_at);
        let reason = clearance.unseal(reason, self.cancellation_reason).map(|reason| {
            let author_id = closed_by.clone().into_value().flatten();
            let written_at = closed_at.clone().into_value().flatten();
            reason.zip(author_id.zip(written_at)).map(|(text, (author_id, written_at))| AuthoredText {
                author_id,
                text,
                written_at,
            })
        });
        SessionView {
            id: self.id,
            pair_id: self.pair_id,
            mentor: PersonRef { id: self.standing.mentor_id, name: self.mentor_name, title: self.mentor_title },
            mentee: PersonRef { id: self.standing.mentee_id, name: self.mentee_name, title: self.mentee_title },
            starts_at: clearance.open(Guarded::new(self.starts_at)),
            time_zone: clearance.open(self.time_zone),
            length_minutes: clearance.open(Guarded::new(self.length_minutes)),
            kind: clearance.open(self.kind),
            status: clearance.open(Guarded::new(self.status)),
            outcome: clearance.open(self.outcome),
            closed_at,
            event_id: clearance.open(Guarded::new(self.event_id)),
            sequence: clearance.open(Guarded::new(self.sequence)),
            predecessor_id: clearance.open(self.predecessor_id),
            successor_id: clearance.open(self.successor_id),
            series_id: clearance.open(Guarded::new(self.series_id)),
            occurrence_at: clearance.open(Guarded::new(self.occurrence_at)),
            place: clearance.unseal(place, self.place),
            link: clearance.unseal(link, self.link),
            cancellation_reason: reason,
            closed_by_id: closed_by,
            created_at: self.created_at,
            updated_at: self.updated_at,
            withheld: clearance.withheld::<SessionView>(),
        }
    }
}

/// Sessions are listed by when they begin.
type SessionCursor = Cursor<Walk<(DateTime<Utc>, SessionId)>>;

/// Which sessions to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListSessions {
    /// Sessions of this pair.
    pair_id: Option<PairId>,
    /// Sessions of this status.
    #[param(inline)]
    status: Option<SessionStatus>,
    /// Sessions that begin then or later.
    from: Option<Moment>,
    /// Sessions that begin earlier than then.
    to: Option<Moment>,
    /// Sessions of which something changed after this that the mentee's manager sees, too, and some that changed up to five
    /// minutes earlier: see `next_updated_after`.
    updated_after: Option<Moment>,
    /// Items on a page.
    #[serde(default)]
    #[param(inline, required = false)]
    limit: Limit,
    /// `next_cursor` of the page before.
    #[param(value_type = Option<String>, max_length = 500)]
    cursor: Option<SessionCursor>,
    /// `exact`: the page says how many there are in all, as `total`.
    #[serde(default)]
    #[param(inline, required = false)]
    count: Count,
}

impl ListSessions {
    fn filter(&self) -> Filter {
        // Years that one of the engines cannot hold are as good as the last that it can.
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

/// Lists sessions by when they begin, earliest first.
///
/// You get your own, those of your direct reports as mentees, and those of the programs you
/// coordinate; for a colleague the list is empty. What hangs on a session comes with reading it:
/// `GET /v1/sessions/{id}`. `?from=` with the time now lists what is to come.
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
    let mut tx = app.look().await?;
    let only = query.filter();
    let sessions = store::list(&mut tx, &viewer, &only, after, query.limit.and_one()).await?;
    let total = query.count.of(store::count(&mut tx, &viewer, &only)).await?;
    mirrored_page(&viewer, query.limit, sessions, total, &walk, |session| (session.starts_at, session.id))
}

/// Reads a session with all that hangs on it.
///
/// For the two it embeds the agenda, the notes, the action items, and as `carried_over` what is
/// still open from earlier sessions. Others who may read it see when it is and what came of it.
#[utoipa::path(tag = "sessions", params(("id" = SessionId, Path)), responses((status = 200, body = SessionInFullView)))]
#[get("/v1/sessions/{id}")]
async fn read_session(
    app: Data<App>,
    viewer: Viewer,
    id: Path<SessionId>,
) -> Result<Shown<SessionInFullView>, Problem> {
    read_again(&app, &viewer, *id).await
}

merge_patch! {
    /// What to change of a session. To move it to another time, reschedule it.
    #[schema(examples(json!({"length_minutes": 60, "link": "https://video.example.com/room/42"})))]
    ChangeSessionInput {
        /// How long it lasts, in minutes.
        length_minutes: LengthMinutes,
        /// What it is for.
        kind: SessionKind,
        /// Where they meet.
        #[schema(examples("The café on the second floor"))]
        place: Option<Sentence>,
        /// Where they meet, online.
        #[schema(examples("https://video.example.com/room/42"))]
        link: Option<Link>,
    }
}

/// Changes a session: length, kind, place, link.
///
/// For the two alone, as long as it is `scheduled`. To move it to another time, reschedule it.
#[utoipa::path(tag = "sessions", params(("id" = SessionId, Path)), request_body = ChangeSessionInput, responses((status = 200, body = SessionInFullView)))]
#[patch("/v1/sessions/{id}")]
async fn change_session(
    app: Data<App>,
    viewer: Viewer,
    id: Path<SessionId>,
    seen: Seen,
    input: Json<ChangeSessionInput>,
) -> Result<Shown<SessionInFullView>, Problem> {
    let input = input.into_inner();
    let changes_time = input.length_minutes.set().is_some() || input.kind.set().is_some();
    #[cfg(feature = "planted-leaks")]
    let changes_time = changes_time || crate::leaks::Leak::UpdatedAtFollowsPlace.is_planted();
    let changes_place = input.place.set().is_some() || input.link.set().is_some();
    let mut tx = app.write(&viewer).await?;
    store::hold_pair(&mut tx, *id).await?;
    let full = store::find(&mut tx, &viewer, *id).await?.ok_or_else(Problem::not_found)?;
    seen.check(&viewer, &full)?;
    let pair = full.session.pair_id;
    let permitted = permit::<ChangeSession, _>(&viewer, full.session.clone())?;
    if input.is_empty() {
        return show(&viewer, full);
    }
    let by = viewer.person().ok_or_else(Problem::not_found)?;
    let session = permitted.change(|session| {
        session.check_is_scheduled()?;
        if let Change::Set(length) = input.length_minutes {
            session.last(length);
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
    // Apart, so that nobody but the two learns that the place changed.
    if changes_time {
        outbox::add(&mut tx, &app.clock, Event::SessionChanged(*id), Some(pair)).await?;
    }
    if changes_place {
        outbox::add(&mut tx, &app.clock, Event::SessionPlaceChanged(*id), Some(pair)).await?;
    }
    let full = store::find(&mut tx, &viewer, *id).await?.ok_or_else(Problem::not_found)?;
    tx.commit().await?;
    show(&viewer, full)
}

pub(super) async fn read_again(app: &App, viewer: &Viewer, id: SessionId) -> Result<Shown<SessionInFullView>, Problem> {
    let mut tx = app.look().await?;
    show(viewer, store::find(&mut tx, viewer, id).await?.ok_or_else(Problem::not_found)?)
}
