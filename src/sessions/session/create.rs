//! How a session comes to be: one of the two schedules it.

use actix_web::post;
use actix_web::web::Data;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::api::read_again;
use super::full::SessionInFullView;
use super::model::{LengthMinutes, NewSession, SessionKind, When};
use super::store;
use crate::http::{App, Json, Once};
use crate::ids::{PairId, SessionId};
use crate::outbox::{self, Event};
use crate::pairs;
use crate::policy::acts::ScheduleSession;
use crate::policy::{Sealed, Shown, Viewer, permit};
use crate::problem::{Code, Problem};
use crate::text::{Link, Sentence, TimeZone};
use crate::time::Moment;

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config.service(create_session);
}

/// A new session.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({
    "pair_id": "01988b64-97e0-7d1e-a3b5-6d7e8f9a0b1c",
    "starts_at": "2027-03-08T15:00:00Z",
    "time_zone": "Europe/Zurich",
    "length_minutes": 45,
    "kind": "regular",
    "place": "The café on the second floor",
})))]
pub struct CreateSession {
    /// The pair that talks.
    pub pair_id: PairId,
    /// When it begins, to the second; not more than a day in the past and within two years.
    #[schema(examples("2027-03-08T15:00:00Z"))]
    pub starts_at: Moment,
    /// Where the clock of who schedules it stands; that of your profile unless told.
    pub time_zone: Option<TimeZone>,
    /// How long it lasts, in minutes; 45 unless told.
    pub length_minutes: Option<LengthMinutes>,
    /// What it is for; `regular` unless told.
    pub kind: Option<SessionKind>,
    /// Where they meet. For the two alone.
    #[schema(examples("The café on the second floor"))]
    pub place: Option<Sentence>,
    /// Where they meet, online. For the two alone.
    #[schema(examples("https://video.example.com/room/42"))]
    pub link: Option<Link>,
}

/// Schedules a session.
///
/// One of the two does, while the pair is `active`. Another session of yours at that time is no
/// obstacle: the answer names it in `warnings`. What the other has at that time is not told.
#[utoipa::path(tag = "sessions", request_body = CreateSession, responses((status = 201, body = SessionInFullView)))]
#[post("/v1/sessions")]
async fn create_session(
    app: Data<App>,
    viewer: Viewer,
    input: Json<CreateSession>,
    once: Once,
) -> Result<Shown<SessionInFullView>, Problem> {
    let input = input.into_inner();
    let id = app
        .once(&viewer, &once, async |tx| {
            // Before the pair is looked up: a service learns nothing of which pairs there are.
            let by = viewer.person().ok_or_else(|| Problem::new(Code::NotAllowed, "Only people schedule sessions."))?;
            let missing = || Problem::invalid("/pair_id", "names no pair");
            tx.hold(input.pair_id.into()).await?;
            let pair = pairs::store::find_bare(tx, input.pair_id).await?.ok_or_else(missing)?;
            let pair = permit::<ScheduleSession, _>(&viewer, pair)?;
            let CreateSession { starts_at, time_zone, length_minutes, .. } = input;
            let when = When { starts_at: starts_at.into(), time_zone, length_minutes };
            let (id, kind) = (SessionId::new(&app.clock), input.kind.unwrap_or_default());
            let mut session = NewSession::first(id, &pair, when, kind, by, app.clock.now())?;
            session.place_author_id = (input.place.is_some() || input.link.is_some()).then_some(by);
            session.place = input.place.map(|place| Sealed::new(by, place));
            session.link = input.link.map(|link| Sealed::new(by, link));
            store::insert(tx, &pair, &session).await?;
            outbox::add(tx, &app.clock, Event::SessionScheduled(id), Some(pair.id)).await?;
            Ok(id)
        })
        .await?;
    Ok(read_again(&app, &viewer, id).await?.created(format!("/v1/sessions/{id}")))
}
