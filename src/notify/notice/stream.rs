//! One person's notices as they come.

use actix_web::web::Data;
use chrono::TimeDelta;

use super::listen::Listener;
use super::store;
use crate::http::{App, Events};
use crate::ids::{NoticeId, PersonId};
use crate::people::person::store::has_left;
use crate::policy::{Viewer, show};
use crate::problem::Problem;

/// A stream ends after this long, and the client comes again with a token that still holds.
const LONGEST: TimeDelta = TimeDelta::minutes(5);
/// So many notices are read in one statement.
const AT_ONCE: i64 = 100;

/// Sends what the person was told after `last`, and then, if they listen, what comes. It ends when they are gone
/// or left, when its time is over and when the service stops.
pub async fn follow(
    app: Data<App>,
    viewer: Viewer,
    own: PersonId,
    listener: Option<Listener>,
    last: NoticeId,
    to: Events,
) {
    if let Err(problem) = send(&app, &viewer, own, listener.as_ref(), last, &to).await {
        tracing::warn!(code = %problem.code, cause = problem.cause, "a stream of notices broke off");
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
    let mut has_told = false;
    loop {
        let mut tx = app.read().await?;
        if has_left(&mut tx, own).await? {
            return Ok(());
        }
        let news = store::list_since(&mut tx, own, last, AT_ONCE).await?;
        drop(tx);
        let is_all = news.is_empty();
        for notice in news {
            last = notice.id;
            #[cfg(feature = "planted-leaks")]
            if crate::leaks::Leak::StreamCountsNotices.is_planted() {
                let (all,): (i64,) = app.look().await?.query("select count(*) from notices").one().await?;
                if to.send("notice", all, &show(viewer, notice)?).await.is_err() {
                    return Ok(());
                }
                continue;
            }
            if to.send("notice", last, &show(viewer, notice)?).await.is_err() {
                return Ok(());
            }
        }
        if !is_all {
            has_told = true;
            continue;
        }
        let Some(listener) = listener else { return Ok(()) };
        if app.is_stopping()
            || listener.is_dismissed()
            || app.clock.now() >= ends_at
            || !(has_told || to.beat().await.is_ok())
        {
            return Ok(());
        }
        has_told = false;
        tokio::select! {
            () = listener.rung() => {}
            () = to.abandoned() => return Ok(()),
        }
    }
}
