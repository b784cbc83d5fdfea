//! Feeds over HTTP.

use actix_web::web::Data;
use actix_web::{delete, get, post};
use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::model::{CalendarFeed, Token};
use super::store;
use crate::db::Asker;
use crate::http::{App, Done, Json, Nothing, Once, Path, Rendered, Seen};
use crate::notify::calendar::calendar;
use crate::notify::calendar::entry::Entry;
use crate::notify::outline::{Outline, OutlineView};
use crate::policy::acts::{ChangeCalendarFeed, ReadCalendarFeed};
use crate::policy::{Clearance, Readable, Shown, Viewed, Viewer, permit, show, show_all, view};
use crate::problem::{Code, Problem};
use crate::sessions::session::store as sessions;

/// So long ago a session may be to be in a feed.
const PAST: TimeDelta = TimeDelta::days(90);
/// More sessions than this are in no feed.
const AT_MOST: i64 = 1000;

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(read_calendar_feed)
        .service(create_calendar_feed)
        .service(delete_calendar_feed)
        .service(read_calendar);
}

/// Where a feed is. Whoever knows it reads the feed.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(transparent)]
#[schema(max_length = 100, examples("/v1/calendar/kI4Y0bQ7yJrM0a5v8m2Qz1xW3cE6tN9sL2uP4fH7gDo.ics"))]
pub struct FeedPath(String);

view! {
    /// Your calendar feed.
    CalendarFeedView {
        /// Where it is, on this host; told once, in the answer that made it, and `null` ever after.
        /// Whoever knows it reads your feed: keep it to yourself.
        never_shared path: Option<FeedPath>,
        /// Since when this address holds.
        public created_at: DateTime<Utc>,
    }
}

impl Readable for CalendarFeed {
    type Read = ReadCalendarFeed;
    const KIND: &'static str = "calendar_feeds";

    fn id(&self) -> Uuid {
        self.person_id.uuid()
    }
}

impl Viewed for CalendarFeed {
    type View = CalendarFeedView;

    fn view(self, clearance: &Clearance) -> CalendarFeedView {
        CalendarFeedView {
            path: clearance.open(self.token).map(|token| token.map(|token| FeedPath(token.path()))),
            created_at: self.created_at,
            withheld: clearance.withheld::<CalendarFeedView>(),
        }
    }
}

/// Reads whether you have a calendar feed.
///
/// Answers 404 if you have none. Its address is told once, when it is made.
#[utoipa::path(tag = "viewer", responses((status = 200, body = CalendarFeedView), (status = 404)))]
#[get("/v1/me/calendar-feed")]
async fn read_calendar_feed(app: Data<App>, viewer: Viewer) -> Result<Shown<CalendarFeedView>, Problem> {
    let person = viewer.person().ok_or_else(Problem::not_found)?;
    let feed = store::find(&mut app.look().await?, person).await?;
    show(&viewer, feed.ok_or_else(Problem::not_found)?)
}

/// Makes a calendar feed of your sessions, at a new address.
///
/// Subscribe to it in Outlook, Google Calendar, Apple Calendar or Thunderbird: your sessions from 90
/// days back, with whom and when; never where, nor anything that was said. An address that you had
/// before holds no longer. Sent again with the same `Idempotency-Key`, `path` is `null`: the address
/// is told once.
#[utoipa::path(tag = "viewer", responses((status = 201, body = CalendarFeedView)))]
#[post("/v1/me/calendar-feed")]
async fn create_calendar_feed(
    app: Data<App>,
    viewer: Viewer,
    _: Json<Nothing>,
    once: Once,
) -> Result<Shown<CalendarFeedView>, Problem> {
    let nobody = || Problem::new(Code::NotAllowed, "A service account has no sessions.");
    let person = viewer.person().ok_or_else(nobody)?;
    let mut made = None;
    app.once(&viewer, &once, async |tx| {
        let token = Token::random();
        let feed = CalendarFeed::new(person, token.clone(), app.clock.now());
        let feed = permit::<ChangeCalendarFeed, _>(&viewer, feed)?;
        store::save(tx, &feed, &token).await?;
        made = Some(feed.unchanged());
        Ok(person)
    })
    .await?;
    let feed = match made {
        Some(feed) => Some(feed),
        None => store::find(&mut app.look().await?, person).await?,
    };
    Ok(show(&viewer, feed.ok_or_else(Problem::not_found)?)?.created("/v1/me/calendar-feed".to_owned()))
}

/// Takes your calendar feed away: its address answers 404 from now on.
///
/// Answers 404 if you have none.
#[utoipa::path(tag = "viewer", responses((status = 204, description = "Gone."), (status = 404)))]
#[delete("/v1/me/calendar-feed")]
async fn delete_calendar_feed(app: Data<App>, viewer: Viewer, seen: Seen) -> Result<Done, Problem> {
    let person = viewer.person().ok_or_else(Problem::not_found)?;
    let mut tx = app.write(&viewer).await?;
    let feed = store::find(&mut tx, person).await?.ok_or_else(Problem::not_found)?;
    seen.check(&viewer, &feed)?;
    store::delete(&mut tx, permit::<ChangeCalendarFeed, _>(&viewer, feed)?).await?;
    tx.commit().await?;
    Ok(Done)
}

/// Reads a calendar feed.
///
/// Needs no bearer token: calendar programs cannot send one, so the address is the secret. What stands
/// in it is what its owner may see of their own sessions, without place and link. With the `ETag` of
/// the last time as `If-None-Match` the answer is 304 while nothing has changed.
#[utoipa::path(tag = "viewer", security(()), params(("feed" = String, Path, description = "What `POST /v1/me/calendar-feed` told.", max_length = 100, example = "kI4Y0bQ7yJrM0a5v8m2Qz1xW3cE6tN9sL2uP4fH7gDo")),
    responses((status = 200, body = String, content_type = "text/calendar", description = "The sessions, as RFC 5545 writes them."), (status = 304, description = "You have it already.")))]
#[get("/v1/calendar/{feed}.ics")]
async fn read_calendar(app: Data<App>, token: Path<String>) -> Result<Rendered, Problem> {
    let owner = store::find_owner(&mut app.look().await?, &Token::told(token.to_string()), app.clock.now()).await?;
    let owner = owner.ok_or_else(Problem::not_found)?;
    let viewer = Viewer::of(owner).seen_by(app.trail(), app.clock.uuid());
    Asker::Viewer(owner.uuid())
        .scope(async {
            let since = app.clock.now() - PAST;
            let found = sessions::list_of_calendar(&mut app.look().await?, owner, since, AT_MOST).await?;
            let views = show_all(&viewer, found.into_iter().map(Outline).collect())?;
            #[cfg(feature = "planted-leaks")]
            if crate::leaks::Leak::FeedTellsPlaces.is_planted() {
                let places = "select cast(coalesce(sum(length(s.place)), 0) as bigint) from sessions s
                    join pairs p on p.id = s.pair_id join people m on m.id = p.mentee_id where m.manager_id = $1";
                let (places,): (i64,) = app.look().await?.query(places).bind(owner).one().await?;
                return Ok(Rendered::new("text/calendar; charset=utf-8", &views, feed).leaking(places));
            }
            Ok(Rendered::new("text/calendar; charset=utf-8", &views, feed))
        })
        .await
}

fn feed(sessions: &[OutlineView]) -> String {
    let entries = sessions.iter().filter_map(|view| Some(Entry::of(view)?.alone(view)));
    calendar(Some("Mentoring"), &entries.collect::<Vec<_>>())
}
