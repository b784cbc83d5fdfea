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
use crate::clock::Clock;
use crate::http::{App, Json, Once};
use crate::ids::{PairId, PersonId, SessionId};
use crate::outbox::{self, Event};
use crate::pairs;
use crate::pairs::model::{Cadence, Pair};
use crate::people::person::store::find_zone;
use crate::policy::acts::ScheduleSession;
use crate::policy::{Sealed, Shown, Viewer, permit};
use crate::problem::{Code, Problem};
use crate::sessions::series;
use crate::sessions::series::model::{Series, Times};
use crate::text::{Link, Sentence, TimeZone};
use crate::time::Moment;

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config.service(create_session);
}

/// How a session repeats.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Repeat {
    /// How often: `weekly`, `biweekly`, or `monthly`, which is the same weekday of each month (the second
    /// Tuesday, the last Friday).
    pub cadence: Cadence,
    /// How many sessions in all, 2 to 52.
    pub times: Times,
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
    /// Schedules a series: the same time on the clock of `time_zone`, whatever summer time does. Each
    /// session of it is then moved, cancelled and completed by itself.
    pub repeat: Option<Repeat>,
}

impl CreateSession {
    /// All sessions that are asked for, the first one first, and the series if they are one.
    fn sessions(
        self,
        clock: &Clock,
        zone: TimeZone,
        pair: &Pair,
        by: PersonId,
    ) -> Result<(Option<Series>, Vec<NewSession>), Problem> {
        let (first, kind, now) = (SessionId::new(clock), self.kind.unwrap_or_default(), clock.now());
        let new = |id, starts_at| {
            let when = When { starts_at, time_zone: Some(zone.clone()), length_minutes: self.length_minutes };
            let mut session = NewSession::first(id, pair, when, kind, now)?;
            session.place_author_id = (self.place.is_some() || self.link.is_some()).then_some(by);
            session.place = self.place.clone().map(|place| Sealed::new(by, place));
            session.link = self.link.clone().map(|link| Sealed::new(by, link));
            Ok::<_, Problem>(session)
        };
        let session = new(first, self.starts_at.into())?;
        let Some(Repeat { cadence, times }) = self.repeat else { return Ok((None, vec![session])) };
        let mut series = Series {
            id: first,
            pair_id: pair.id,
            cadence,
            times,
            starts_at: session.starts_at,
            time_zone: zone.clone(),
            length_minutes: session.length_minutes,
        };
        let occurrences = series.occurrences()?;
        let too_far = |_| Problem::invalid("/repeat/times", "the last session must be within two years");
        let mut sessions = Vec::with_capacity(occurrences.len());
        for at in occurrences {
            let id = if sessions.is_empty() { first } else { SessionId::new(clock) };
            let session = new(id, at).map_err(too_far)?;
            sessions.push(NewSession { series_id: Some(first), occurrence_at: Some(at), ..session });
        }
        series.starts_at = sessions[0].starts_at;
        Ok((Some(series), sessions))
    }
}

/// Schedules a session.
///
/// One of the two does, while the pair is `active`. Another session of yours at that time is no
/// obstacle: the answer names it in `warnings`. What the other has at that time is not told. With
/// `repeat` it is the first of a series, and the answer is that one; `GET /v1/sessions?pair_id=…`
/// lists them all, with the same `series_id`.
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
            #[cfg(feature = "planted-leaks")]
            if crate::leaks::Leak::PointerQuotesCadence.is_planted() && !pair.standing.has(&viewer) {
                let quoted = if pair.cadence.is_some() { "has a cadence" } else { "has no cadence" };
                return Err(Problem::new(Code::NotAllowed, "It is for the two.").at("/pair_id", quoted));
            }
            let pair = permit::<ScheduleSession, _>(&viewer, pair)?;
            let zone = match input.time_zone.clone() {
                Some(zone) => zone,
                None => find_zone(tx, by).await?.ok_or_else(Problem::not_found)?,
            };
            let (series, sessions) = input.sessions(&app.clock, zone, &pair, by)?;
            if let Some(series) = &series {
                series::store::insert(tx, &pair, series).await?;
            }
            for session in &sessions {
                store::insert(tx, &pair, session).await?;
                outbox::add(tx, &app.clock, Event::SessionScheduled(session.id), Some(pair.id)).await?;
            }
            sessions.first().map(|session| session.id).ok_or_else(Problem::not_found)
        })
        .await?;
    Ok(read_again(&app, &viewer, id).await?.created(format!("/v1/sessions/{id}")))
}
