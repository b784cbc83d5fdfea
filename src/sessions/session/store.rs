//! The SQL of sessions.

use chrono::{DateTime, Utc};

use super::model::{NewSession, Session, SessionStatus};
use crate::db::{Query, Tx, UNLIMITED};
use crate::ids::{PairId, PersonId, SessionId};
use crate::pairs::model::Pair;
use crate::policy::acts::ScheduleSession;
use crate::policy::{Changed, Permit, Viewer, carry, close, close_again};
use crate::problem::{Code, OnClash as _, Problem};
use crate::sessions::agenda;
use crate::vault::Envelope;

/// The earliest start that lists consider.
pub const EARLIEST: DateTime<Utc> = DateTime::UNIX_EPOCH;
/// The latest time that both databases can store: the year 9999.
pub const LATEST: DateTime<Utc> = DateTime::from_timestamp(253_370_764_800, 0).expect("a date");
/// The list key before every session.
pub const FIRST: (DateTime<Utc>, SessionId) = (EARLIEST, SessionId::first());

/// Selects sessions with the names of mentor and mentee. `s` is the row of `sessions`.
macro_rules! select_session {
    ($more:literal, $from:literal, $($rest:literal),+) => {
        concat!(
            "select s.id, s.pair_id, x.mentor_id, x.mentee_id, mentee.manager_id as mentee_manager_id, x.program_id,
                x.status as pair_status, mentor.name as mentor_name, mentor.title as mentor_title,
                mentee.name as mentee_name, mentee.title as mentee_title, s.event_id, s.sequence, s.predecessor_id,
                s.successor_id, s.series_id, s.occurrence_at, s.starts_at, s.time_zone, s.length_minutes, s.kind, s.status, s.outcome, s.closed_at,
                s.place, s.link, s.place_author_id, s.cancellation_reason, s.closed_by_id, s.created_at, s.updated_at,
                s.revision, s.words_revision ",
            $more, " from ", $from,
            " join pairs x on x.id = s.pair_id
             join people mentor on mentor.id = x.mentor_id
             join people mentee on mentee.id = x.mentee_id ",
            $($rest),+
        )
    };
}
pub(super) use select_session;

/// Selects one page of sessions. Each filter with an index has its own SQL text, so that its index is used. `$2` to
/// `$7` are the same in all texts.
macro_rules! list_sessions {
    ($from:literal, $indexed:literal) => {
        select_session!(
            "",
            $from,
            "where ",
            $indexed,
            " and (s.starts_at, s.id) > ($2, $3) and s.starts_at < $4 and coalesce(s.status = $5, $5 is null)
             and coalesce(s.updated_at > $6, $6 is null) order by s.starts_at, s.id limit $7"
        )
    };
}

/// Filter of a list of sessions.
#[derive(Clone, Debug)]
pub struct Filter {
    /// Only sessions of this pair.
    pub pair: Option<PairId>,
    /// Only sessions with this status.
    pub status: Option<SessionStatus>,
    /// Only sessions that start at this time or later.
    pub from: DateTime<Utc>,
    /// Only sessions that start before this time.
    pub to: DateTime<Utc>,
    /// Only sessions with a later `updated_at`.
    pub updated_after: Option<DateTime<Utc>>,
}

/// Locks the pair of the session until this transaction ends: the rules read the status of the session and of the pair.
pub async fn find_pair_for_update(tx: &mut Tx, id: SessionId) -> sqlx::Result<()> {
    tx.lock_found("select pair_id from sessions where id = $1", id.into()).await
}

/// One session without its lists; its pair is locked.
pub async fn find_for_update(tx: &mut Tx, id: SessionId) -> sqlx::Result<Option<Session>> {
    find_pair_for_update(tx, id).await?;
    find_bare(tx, id).await
}

/// One session without its lists.
pub async fn find_bare(tx: &mut Tx, id: SessionId) -> sqlx::Result<Option<Session>> {
    tx.query(select_session!("", "sessions s", "where s.id = $1")).bind(id).optional().await
}

/// The last session of the chain: the current state of the calendar event.
pub async fn find_last(tx: &mut Tx, id: SessionId) -> sqlx::Result<Option<Session>> {
    let last = tx.query(select_session!(
        "",
        "sessions s",
        "where s.event_id = (select event_id from sessions where id = $1) and s.successor_id is null
         order by s.sequence desc limit 1"
    ));
    last.bind(id).optional().await
}

/// Scheduled and completed sessions of a person that start at `since` or later.
pub async fn list_of_calendar(
    tx: &mut Tx,
    party: PersonId,
    since: DateTime<Utc>,
    limit: i64,
) -> sqlx::Result<Vec<Session>> {
    let sessions = tx.query(select_session!(
        "",
        "(select id from pairs where mentor_id = $1 union select id from pairs where mentee_id = $1) own
         cross join sessions s",
        "where s.pair_id = own.id and s.starts_at >= $2 and s.status in ('scheduled', 'completed')
         order by s.starts_at, s.id limit $3"
    ));
    sessions.bind(party).bind(since).bind(limit).all().await
}

/// The sessions of the series that were cancelled in the same request as this one.
pub async fn list_cancelled_with(tx: &mut Tx, session: &Session) -> sqlx::Result<Vec<Session>> {
    let together = tx.query(select_session!(
        "",
        "sessions s",
        "where s.series_id = $1 and s.closed_at = $2 and s.status = 'cancelled' order by s.occurrence_at"
    ));
    together.bind(session.series_id).bind(&session.closed_at).all().await
}

/// The later sessions of the series that are still scheduled.
pub async fn list_following(tx: &mut Tx, session: &Session) -> sqlx::Result<Vec<Session>> {
    let following = tx.query(select_session!(
        "",
        "sessions s",
        "where s.series_id = $1 and s.occurrence_at > $2 and s.status = 'scheduled' order by s.occurrence_at"
    ));
    following.bind(session.series_id).bind(session.occurrence_at).all().await
}

/// Id of the session that replaced this one.
pub async fn find_successor(tx: &mut Tx, id: SessionId) -> sqlx::Result<Option<SessionId>> {
    let found = tx.query("select id from sessions where predecessor_id = $1").bind(id);
    Ok(found.optional::<(SessionId,)>().await?.map(|(id,)| id))
}

/// One page of the sessions that the viewer may read, after `after`, by start.
pub async fn list(
    tx: &mut Tx,
    viewer: &Viewer,
    only: &Filter,
    after: (DateTime<Utc>, SessionId),
    limit: i64,
) -> sqlx::Result<Vec<Session>> {
    listed(tx, viewer, only, after, limit).all().await
}

/// Number of sessions on all pages.
pub async fn count(tx: &mut Tx, viewer: &Viewer, only: &Filter) -> sqlx::Result<i64> {
    listed(tx, viewer, only, FIRST, UNLIMITED).count().await
}

fn listed<'t>(
    tx: &'t mut Tx,
    viewer: &Viewer,
    only: &Filter,
    after: (DateTime<Utc>, SessionId),
    limit: i64,
) -> Query<'t> {
    let coordinates = !viewer.programs.is_empty();
    // No person: a service with `outcomes:read`, which reads all sessions.
    let scope = viewer.person().filter(|_| !viewer.is_admin);
    match (only, scope) {
        (Filter { pair: Some(pair), .. }, _) => {
            let query = tx.query(list_sessions!(
                "sessions s",
                "s.pair_id = $1 and ($8 or x.mentor_id = $9 or x.mentee_id = $9 or mentee.manager_id = $9
                 or ($10 and exists (select 1 from program_coordinators c
                                     where c.program_id = x.program_id and c.person_id = $9)))"
            ));
            let query = bind_filter(query.bind(*pair), only, after, limit);
            query.bind(scope.is_none()).bind(viewer.person()).bind(coordinates)
        }
        (_, Some(person)) => {
            // `cross join` keeps SQLite from scanning all sessions in time order.
            let query = tx.query(list_sessions!(
                "(select id from pairs where mentor_id = $1
                  union select id from pairs where mentee_id = $1
                  union select y.id from people p join pairs y on y.mentee_id = p.id where p.manager_id = $1
                  union select y.id from program_coordinators c join pairs y on y.program_id = c.program_id
                        where $8 and c.person_id = $1) own
                 cross join sessions s",
                "s.pair_id = own.id"
            ));
            bind_filter(query.bind(person), only, after, limit).bind(coordinates)
        }
        (Filter { status: Some(status), .. }, None) => {
            bind_filter(tx.query(list_sessions!("sessions s", "s.status = $1")).bind(*status), only, after, limit)
        }
        (Filter { updated_after: Some(since), .. }, None) => {
            let query = tx.query(list_sessions!(
                "(select id from sessions where updated_at > $1) fresh cross join sessions s",
                "s.id = fresh.id"
            ));
            bind_filter(query.bind(*since), only, after, limit)
        }
        (_, None) => {
            let query = tx.query(list_sessions!("sessions s", "s.starts_at >= $1"));
            bind_filter(query.bind(only.from.max(after.0)), only, after, limit)
        }
    }
}

/// The sessions of a person's pairs, by start, up to `limit`.
pub async fn list_of_party(tx: &mut Tx, party: PersonId, limit: i64) -> sqlx::Result<Vec<Session>> {
    let sessions = tx.query(select_session!(
        "",
        "(select id from pairs where mentor_id = $1 union select id from pairs where mentee_id = $1) own
         cross join sessions s",
        "where s.pair_id = own.id order by s.starts_at, s.id limit $2"
    ));
    sessions.bind(party).bind(limit).all().await
}

/// Binds `$2` to `$7`, which are the same in all lists.
fn bind_filter<'t>(query: Query<'t>, only: &Filter, (at, id): (DateTime<Utc>, SessionId), limit: i64) -> Query<'t> {
    let (at, id) = if at < only.from { (only.from, SessionId::first()) } else { (at, id) };
    query.bind(at).bind(id).bind(only.to).bind(only.status).bind(only.updated_after).bind(limit)
}

/// Inserts a session.
pub async fn insert(tx: &mut Tx, pair: &Permit<ScheduleSession, Pair>, session: &NewSession) -> Result<(), Problem> {
    let two = pair.standing.two(pair.id);
    let place = close(tx, session.home(two), &session.place).await?;
    let link = close(tx, session.home(two), &session.link).await?;
    write(tx, session, (place, link)).await
}

/// Inserts the session that replaces another one, and moves the agenda to it.
pub async fn insert_successor(tx: &mut Tx, moved: &Changed<Session>, to: &NewSession) -> Result<(), Problem> {
    let place = carry(tx, moved.home(), to.home(moved.two()), &to.place).await?;
    let link = carry(tx, moved.home(), to.home(moved.two()), &to.link).await?;
    write(tx, to, (place, link)).await?;
    agenda::store::move_to(tx, moved, to).await?;
    Ok(())
}

async fn write(
    tx: &mut Tx,
    session: &NewSession,
    (place, link): (Option<Envelope>, Option<Envelope>),
) -> Result<(), Problem> {
    tx.query(
        "insert into sessions (id, pair_id, event_id, sequence, predecessor_id, starts_at, ends_at, time_zone,
            length_minutes, kind, status, place, link, place_author_id, created_at, updated_at, revision,
            series_id, occurrence_at)
         values ($1, $2, $3, $4, $5, $6, $7,
            coalesce($8, (select time_zone from sessions where id = $5)), $9, $10, 'scheduled', $11, $12, $13, $14, $14, 1,
            $15, $16)",
    )
    .bind(session.id)
    .bind(session.pair_id)
    .bind(session.event_id)
    .bind(session.sequence)
    .bind(session.predecessor_id)
    .bind(session.starts_at)
    .bind(session.ends_at())
    .bind(&session.time_zone)
    .bind(session.length_minutes)
    .bind(&session.kind)
    .bind(place)
    .bind(link)
    .bind(session.place_author_id)
    .bind(session.created_at)
    .bind(session.series_id)
    .bind(session.occurrence_at)
    .run()
    .await
    .on_unique(Code::ChangedMeanwhile, "Another request rescheduled the session at the same moment. Read it again.")?;
    Ok(())
}

/// Saves a changed session, unless another request changed it first.
pub async fn save(tx: &mut Tx, session: &Changed<Session>) -> Result<(), Problem> {
    let place = close_again(tx, session.home(), &session.place).await?;
    let link = close_again(tx, session.home(), &session.link).await?;
    let reason = close_again(tx, session.home_of_reason(), &session.cancellation_reason).await?;
    let touched = tx
        .query(
            "update sessions set sequence = $3, successor_id = $4, ends_at = $5, length_minutes = $6, kind = $7,
                status = $8, outcome = $9, closed_at = $10, place = $11, link = $12, place_author_id = $13,
                cancellation_reason = $14, closed_by_id = $15, updated_at = $16, revision = revision + 1,
                words_revision = words_revision + 1
             where id = $1 and revision = $2",
        )
        .bind(session.id)
        .bind(session.revision)
        .bind(session.sequence)
        .bind(&session.successor_id)
        .bind(session.ends_at())
        .bind(session.length_minutes)
        .bind(&session.kind)
        .bind(session.status)
        .bind(&session.outcome)
        .bind(&session.closed_at)
        .bind(place)
        .bind(link)
        .bind(session.place_author_id)
        .bind(reason)
        .bind(&session.closed_by_id)
        .bind(session.updated_at)
        .run()
        .await?;
    if touched == 1 { Ok(()) } else { Err(Problem::changed_meanwhile()) }
}

/// Cancels the sessions of an ended pair that start after `now`. Returns their ids.
pub async fn cancel_coming(tx: &mut Tx, pair: PairId, now: DateTime<Utc>) -> sqlx::Result<Vec<(SessionId,)>> {
    let cancelled = tx.query(
        "update sessions set status = 'cancelled', sequence = sequence + 1, closed_at = $2, updated_at = $2,
            revision = revision + 1
         where pair_id = $1 and starts_at > $2 and status = 'scheduled'
            and exists (select 1 from pairs x where x.id = $1 and x.status = 'ended')
         returning id",
    );
    cancelled.bind(pair).bind(now).all().await
}
