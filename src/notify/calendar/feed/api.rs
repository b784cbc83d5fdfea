//! Calendar feeds over HTTP.

use std::cell::Cell;

use actix_web::web::Data;
use actix_web::{delete, get, post};
use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::model::{CalendarFeed, Token};
use super::store;
use crate::db::OnBehalfOf;
use crate::http::{App, Done, EmptyBody, IdempotencyKey, Json, Path, Preconditions, Rendered};
use crate::notify::calendar::calendar;
use crate::notify::calendar::entry::Entry;
use crate::notify::outline::{Outline, OutlineView};
use crate::policy::acts::{ChangeCalendarFeed, ReadCalendarFeed};
use crate::policy::{Shown, Viewer, permit, readable_as, show, show_all, view};
use crate::problem::{Code, Problem};
use crate::sessions::session::store as sessions;

/// How far back a feed lists sessions.
const PAST: TimeDelta = TimeDelta::days(90);
/// Largest number of sessions in a feed.
const AT_MOST: i64 = 1000;

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(read_calendar_feed)
        .service(create_calendar_feed)
        .service(delete_calendar_feed)
        .service(read_calendar);
}

/// Secret path of a calendar feed. A person who knows it can read the feed.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(transparent)]
#[schema(max_length = 100, examples("/v1/calendar/kI4Y0bQ7yJrM0a5v8m2Qz1xW3cE6tN9sL2uP4fH7gDo.ics"))]
pub struct FeedPath(String);

view! {
    /// Your calendar feed.
    CalendarFeedView of feed: CalendarFeed, clearance {
        /// Path of the feed on this host. Only in the answer that creates the feed; later it is `null`. A person who
        /// knows the path can read your feed, so keep it secret.
        never_shared path: Option<FeedPath> =
            clearance.open(feed.token).map(|token| token.map(|token| FeedPath(token.path()))),
        /// When this address was made.
        public created_at: DateTime<Utc>,
    }
}

readable_as!(CalendarFeed: ReadCalendarFeed, "calendar_feeds", id person_id);

/// Read your calendar feed
///
/// The answer is 404 if you have no feed. It does not have the address: only the answer that creates the feed has it.
#[utoipa::path(tag = "viewer", responses((status = 200, body = CalendarFeedView), (status = 404)))]
#[get("/v1/me/calendar-feed")]
async fn read_calendar_feed(app: Data<App>, viewer: Viewer) -> Result<Shown<CalendarFeedView>, Problem> {
    let person = viewer.person().ok_or_else(Problem::not_found)?;
    let feed = store::find(&mut app.read_one().await?, person).await?;
    show(&viewer, feed.ok_or_else(Problem::not_found)?)
}

/// Create your calendar feed
///
/// Subscribe to the feed in Outlook, Google Calendar, Apple Calendar or Thunderbird. It has your future sessions and
/// those of the last 90 days, with partner and time. It never has place, link or notes.
///
/// The answer has the secret path of the feed, once. A previous address of yours stops working. If you repeat the
/// request with the same `Idempotency-Key`, `path` is `null`. A service account gets `not_allowed`.
#[utoipa::path(tag = "viewer", responses((status = 201, body = CalendarFeedView)))]
#[post("/v1/me/calendar-feed")]
async fn create_calendar_feed(
    app: Data<App>,
    viewer: Viewer,
    _: Json<EmptyBody>,
    once: IdempotencyKey,
) -> Result<Shown<CalendarFeedView>, Problem> {
    let no_person = || Problem::new(Code::NotAllowed, "A service account has no sessions. Use the token of a person.");
    let person = viewer.person().ok_or_else(no_person)?;
    let made = Cell::new(None);
    app.once(
        &viewer,
        &once,
        async |tx| {
            let token = Token::random();
            let feed = CalendarFeed::new(person, token.clone(), app.clock.now());
            let feed = permit::<ChangeCalendarFeed, _>(&viewer, feed)?;
            store::save(tx, &feed, &token).await?;
            made.set(Some(feed.unchanged()));
            Ok(person)
        },
        async |tx, person| {
            let feed = match made.take() {
                Some(feed) => Some(feed),
                None => store::find(tx, person).await?,
            };
            Ok(show(&viewer, feed.ok_or_else(Problem::not_found)?)?.created("/v1/me/calendar-feed".to_owned()))
        },
    )
    .await
}

/// Delete your calendar feed
///
/// From now on, `GET` of the secret path of the feed answers 404. If you have no feed, this request also answers 404.
#[utoipa::path(tag = "viewer", responses((status = 204, description = "The feed is deleted."), (status = 404)))]
#[delete("/v1/me/calendar-feed")]
async fn delete_calendar_feed(app: Data<App>, viewer: Viewer, seen: Preconditions) -> Result<Done, Problem> {
    let person = viewer.person().ok_or_else(Problem::not_found)?;
    let mut tx = app.write(&viewer).await?;
    let feed = store::find(&mut tx, person).await?.ok_or_else(Problem::not_found)?;
    seen.check(&viewer, &feed)?;
    store::delete(&mut tx, permit::<ChangeCalendarFeed, _>(&viewer, feed)?).await?;
    tx.commit().await?;
    Ok(Done)
}

/// Read a calendar feed
///
/// Calendar programs cannot send a bearer token, so this needs none: the path is the secret. The feed has the sessions
/// of its owner, without place and link. Send the last `ETag` as `If-None-Match`: the answer is 304 if nothing has
/// changed.
///
/// The answer is 404 for an unknown or replaced path, and after the owner signed out everywhere or departed.
#[utoipa::path(tag = "viewer", security(()), params(("feed" = String, Path, description = "Token from the path that `POST /v1/me/calendar-feed` returned.", max_length = 100, example = "kI4Y0bQ7yJrM0a5v8m2Qz1xW3cE6tN9sL2uP4fH7gDo")),
    responses((status = 200, body = String, content_type = "text/calendar", description = "The sessions as iCalendar events (RFC 5545)."), (status = 304, description = "The feed has not changed.")))]
#[get("/v1/calendar/{feed}.ics")]
async fn read_calendar(app: Data<App>, token: Path<String>) -> Result<Rendered, Problem> {
    let owner =
        store::find_owner(&mut app.read_one().await?, &Token::given(token.to_string()), app.clock.now()).await?;
    let owner = owner.ok_or_else(Problem::not_found)?;
    let viewer = Viewer::of(owner).recorded_in(app.audit_log(), app.clock.uuid());
    OnBehalfOf::Viewer(owner.uuid())
        .scope(async {
            let since = app.clock.now() - PAST;
            let found = sessions::list_of_calendar(&mut app.read_one().await?, owner, since, AT_MOST).await?;
            let views = show_all(&viewer, found.into_iter().map(Outline).collect())?;
            Ok(Rendered::new("text/calendar; charset=utf-8", &views, feed))
        })
        .await
}

fn feed(sessions: &[OutlineView]) -> String {
    let entries = sessions.iter().filter_map(|view| Some(Entry::of(view)?.alone(view)));
    calendar(Some("Mentoring"), &entries.collect::<Vec<_>>())
}
