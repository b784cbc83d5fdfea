//! HTTP handler that schedules a session or a series.

use actix_web::post;
use actix_web::web::Data;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::api::read;
use super::full::SessionInFullView;
use super::model::{LengthMinutes, NewSession, SessionKind, When};
use super::store;
use crate::clock::Clock;
use crate::http::{App, IdempotencyKey, Json};
use crate::ids::{PairId, PersonId, SessionId};
use crate::outbox::{self, Event};
use crate::pairs;
use crate::pairs::model::{Cadence, Pair};
use crate::people::person::store::find_zone;
use crate::policy::acts::ScheduleSession;
use crate::policy::{Sealed, Shown, Viewer, permit};
use crate::problem::{Code, Problem};
use crate::sessions::series;
use crate::sessions::series::model::{Series, SeriesLength};
use crate::text::{Link, Sentence, TimeZone};
use crate::time::Moment;

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config.service(create_session);
}

/// Repetition of a session: it makes a series.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Repeat {
    /// Time between two sessions: `weekly`, `biweekly` or `monthly`. `monthly` is the same weekday of each month, such
    /// as the second Tuesday or the last Friday. `as_needed` is refused.
    pub cadence: Cadence,
    /// Number of sessions in the series, 2 to 52.
    pub times: SeriesLength,
}

/// A session to schedule.
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
    /// Id of the pair.
    pub pair_id: PairId,
    /// Start of the session, to the second. At most one day in the past and at most two years ahead.
    #[schema(examples("2027-03-08T15:00:00Z"))]
    pub starts_at: Moment,
    /// Time zone of the person who schedules the session. Default: the time zone of your profile.
    pub time_zone: Option<TimeZone>,
    /// Length in minutes. Default: 45.
    pub length_minutes: Option<LengthMinutes>,
    /// Purpose of the session. Default: `regular`.
    pub kind: Option<SessionKind>,
    /// Place where you meet. Only the mentor and the mentee see it.
    #[schema(examples("The café on the second floor"))]
    pub place: Option<Sentence>,
    /// Link to join the session online. Only the mentor and the mentee see it.
    #[schema(examples("https://video.example.com/room/42"))]
    pub link: Option<Link>,
    /// Repetition. Absent: a single session. All sessions of a series start at the same local time in `time_zone`, also
    /// when daylight saving time begins or ends. Afterwards each session is rescheduled, cancelled and completed
    /// separately.
    pub repeat: Option<Repeat>,
}

impl CreateSession {
    /// All sessions to write, in order of time, and the series if there is one.
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
        let too_far =
            |_| Problem::invalid("/repeat/times", "must be smaller: the last session must start within two years");
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

/// Schedule a session
///
/// The mentor or the mentee may do this, while the pair is `active`; otherwise the problem is `wrong_state`. If you
/// have another session at that time, the session is still created, and `warnings` contains `overlaps`. Sessions of the
/// other person are not checked.
///
/// With `repeat` a series is created, and the answer is its first session. To list all sessions of the series, use `GET
/// /v1/sessions?pair_id=…`; they have the same `series_id`.
#[utoipa::path(tag = "sessions", request_body = CreateSession, responses((status = 201, body = SessionInFullView)))]
#[post("/v1/sessions")]
async fn create_session(
    app: Data<App>,
    viewer: Viewer,
    input: Json<CreateSession>,
    once: IdempotencyKey,
) -> Result<Shown<SessionInFullView>, Problem> {
    let input = input.into_inner();
    app.once(
        &viewer,
        &once,
        async |tx| {
            // Before the pair is read: a service must not learn which pairs exist.
            let by = viewer.person().ok_or_else(|| {
                Problem::new(
                    Code::NotAllowed,
                    "A service account cannot schedule sessions. Sign in as the mentor or the mentee.",
                )
            })?;
            let missing = || Problem::invalid("/pair_id", "must be the id of an existing pair");
            tx.lock(input.pair_id.into()).await?;
            let pair = pairs::store::find_bare(tx, input.pair_id).await?.ok_or_else(missing)?;
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
        },
        async |tx, id| Ok(read(tx, &viewer, id).await?.created(format!("/v1/sessions/{id}"))),
    )
    .await
}
