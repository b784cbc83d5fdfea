//! The stream of one person's notices.

use actix_web::web::Data;
use chrono::TimeDelta;

use super::listen::Listener;
use super::store;
use crate::http::{App, Events};
use crate::ids::{NoticeId, PersonId};
use crate::people::person::store::has_left;
use crate::policy::{Viewer, show};
use crate::problem::Problem;

/// Longest time of a stream. Then the client connects again, with a valid token.
const LONGEST: TimeDelta = TimeDelta::minutes(5);
/// Number of notices that one statement reads.
const BATCH: i64 = 100;

/// Sends the notices after `last`. With a listener, then sends new notices too. The stream ends when the client
/// disconnects, when the person departs, after `LONGEST`, and when the service stops.
pub async fn follow(
    app: Data<App>,
    viewer: Viewer,
    own: PersonId,
    listener: Option<Listener>,
    last: NoticeId,
    to: Events,
) {
    if let Err(problem) = send(&app, &viewer, own, listener.as_ref(), last, &to).await {
        tracing::warn!(
            event = "notice.stream_failed", code = %problem.code, cause = problem.cause,
            "notice: a stream of notices ended early; no notice is lost; the client connects again"
        );
    }
}

async fn send(
    app: &App,
    viewer: &Viewer,
    own: PersonId,
    listener: Option<&Listener>,
    mut last: NoticeId,
    to: &Events,
) -> Result<(), Problem> {
    let ends_at = app.clock.now() + LONGEST;
    let mut has_sent = false;
    loop {
        let mut tx = app.read().await?;
        if has_left(&mut tx, own).await? {
            return Ok(());
        }
        let news = store::list_since(&mut tx, own, last, BATCH).await?;
        drop(tx);
        let is_all = news.is_empty();
        for notice in news {
            last = notice.id;
            if to.send("notice", last, &show(viewer, notice)?).await.is_err() {
                return Ok(());
            }
        }
        if !is_all {
            has_sent = true;
            continue;
        }
        let Some(listener) = listener else { return Ok(()) };
        if app.is_stopping()
            || listener.is_replaced()
            || app.clock.now() >= ends_at
            || !(has_sent || to.keep_alive().await.is_ok())
        {
            return Ok(());
        }
        has_sent = false;
        tokio::select! {
            () = listener.woken() => {}
            () = to.abandoned() => return Ok(()),
        }
    }
}
