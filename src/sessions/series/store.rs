//! The SQL of series.

use super::model::Series;
use crate::db::{Tx, insert, query};
use crate::pairs::model::Pair;
use crate::policy::Permit;
use crate::policy::acts::ScheduleSession;
use crate::sessions::session::model::Session;

/// Inserts a series.
pub async fn insert(tx: &mut Tx, _: &Permit<ScheduleSession, Pair>, series: &Series) -> sqlx::Result<()> {
    insert!(tx, "session_series", series { id, pair_id, cadence, times, starts_at, time_zone, length_minutes })
        .run()
        .await
        .map(drop)
}

/// The series that a session belongs to.
pub async fn find(tx: &mut Tx, session: &Session) -> sqlx::Result<Option<Series>> {
    let Some(id) = session.series_id else { return Ok(None) };
    let found = query!(
        tx,
        "select id, pair_id, cadence, times, starts_at, time_zone, length_minutes from session_series
         where id = :id",
        id
    );
    found.optional().await
}
