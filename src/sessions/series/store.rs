//! The SQL of series.

use super::model::Series;
use crate::db::Tx;
use crate::pairs::model::Pair;
use crate::policy::Permit;
use crate::policy::acts::ScheduleSession;
use crate::sessions::session::model::Session;

/// Inserts a series.
pub async fn insert(tx: &mut Tx, _: &Permit<ScheduleSession, Pair>, series: &Series) -> sqlx::Result<()> {
    tx.query(
        "insert into session_series (id, pair_id, cadence, times, starts_at, time_zone, length_minutes)
         values ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(series.id)
    .bind(series.pair_id)
    .bind(series.cadence)
    .bind(series.times)
    .bind(series.starts_at)
    .bind(&series.time_zone)
    .bind(series.length_minutes)
    .run()
    .await
    .map(drop)
}

/// The series that a session belongs to.
pub async fn find(tx: &mut Tx, session: &Session) -> sqlx::Result<Option<Series>> {
    let Some(id) = session.series_id else { return Ok(None) };
    let found = tx.query(
        "select id, pair_id, cadence, times, starts_at, time_zone, length_minutes from session_series where id = $1",
    );
    found.bind(id).optional().await
}
