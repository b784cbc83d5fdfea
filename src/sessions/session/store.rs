//! The SQL of sessions.

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use super::full::SessionInFull;
use super::model::{NewSession, Session, SessionStatus, SessionWarning};
use crate::db::{Query, Tx, UNLIMITED};
use crate::ids::{NoteId, PairId, PersonId, SessionId};
use crate::pairs::model::Pair;
use crate::policy::acts::ScheduleSession;
use crate::policy::{Changed, Guarded, Permit, Viewer, carry, close, close_again};
use crate::problem::{Code, OnClash as _, Problem};
use crate::sessions::{action_item, agenda, note};
use crate::vault::Envelope;

/// The first moment that both engines can hold and that anybody asks for.
pub const EARLIEST: DateTime<Utc> = DateTime::UNIX_EPOCH;
/// The last one: the year 9999.
pub const LATEST: DateTime<Utc> = DateTime::from_timestamp(253_370_764_800, 0).expect("a date");
/// Before every session: where a list begins.
pub const FIRST: (DateTime<Utc>, SessionId) = (EARLIEST, SessionId::first());
/// More things than this hang on no session.
pub const AT_MOST: i64 = 100;

/// A session with the names that go with it, `s` being the row of `sessions`.
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

/// One page of sessions. Each hot filter has its own text, so that each has its own index; `$2`
/// to `$7` are what all of them share.
macro_rules! list_sessions {
    ($from:literal, $hot:literal) => {
        select_session!(
            "",
            $from,
            "where ",
            $hot,
            " and (s.starts_at, s.id) > ($2, $3) and s.starts_at < $4 and coalesce(s.status = $5, $5 is null)
             and coalesce(s.updated_at > $6, $6 is null) order by s.starts_at, s.id limit $7"
        )
    };
}

/// Which sessions a list holds.
#[derive(Clone, Debug)]
pub struct Filter {
    /// Those of this pair.
    pub pair: Option<PairId>,
    /// Those of this status.
    pub status: Option<SessionStatus>,
    /// Those that begin then or later.
    pub from: DateTime<Utc>,
    /// Those that begin earlier than then.
    pub to: DateTime<Utc>,
    /// Those that changed after this, for a manager's eyes.
    pub updated_after: Option<DateTime<Utc>>,
}

/// A session, and which of its lists hold anything: most hold nothing, and need no statement.
#[expect(clippy::struct_excessive_bools, reason = "each is a question of its own to the database")]
#[derive(FromRow)]
struct Found {
    #[sqlx(flatten)]
    session: Session,
    has_agenda: bool,
    has_notes: bool,
    has_action_items: bool,
    has_carried_over: bool,
    overlaps: bool,
}

/// One session, with all that hangs on it if the viewer is one of the two.
pub async fn find(tx: &mut Tx, viewer: &Viewer, id: SessionId) -> sqlx::Result<Option<SessionInFull>> {
    // A warning tells the viewer only of sessions of their own. `closed_at is null` says scheduled
    // without luring SQLite into the index of all that are.
    let found = tx.query(select_session!(
        ", exists (select 1 from agenda_items a where a.session_id = s.id) as has_agenda,
           exists (select 1 from notes n where n.session_id = s.id) as has_notes,
           exists (select 1 from action_items i where i.session_id = s.id) as has_action_items,
           exists (select 1 from action_items i where i.pair_id = s.pair_id and i.status = 'open'
                   and i.session_id <> s.id) as has_carried_over,
           s.status = 'scheduled' and exists (
               select 1 from (select id from pairs where mentor_id = $2
                              union all select id from pairs where mentee_id = $2) own
               cross join sessions o
               where o.pair_id = own.id and o.starts_at < s.ends_at and o.ends_at > s.starts_at
                 and o.closed_at is null and o.id <> s.id) as overlaps",
        "sessions s",
        "where s.id = $1"
    ));
    let Some(found) = found.bind(id).bind(viewer.person()).optional::<Found>().await? else { return Ok(None) };
    let mut full = SessionInFull::from(found.session);
    if !full.session.standing.has(viewer) {
        return Ok(Some(full));
    }
    full.warnings = Guarded::new(found.overlaps.then_some(SessionWarning::Overlaps).into_iter().collect());
    if found.has_agenda {
        full.agenda = Guarded::new(agenda::store::list(tx, id, agenda::store::FIRST, AT_MOST).await?);
    }
    if found.has_notes {
        full.notes = Guarded::new(note::store::list(tx, id, NoteId::first(), AT_MOST).await?);
    }
    if found.has_action_items {
        full.action_items = Guarded::new(action_item::store::list_of_session(tx, id, AT_MOST).await?);
    }
    if found.has_carried_over {
        full.carried_over = Guarded::new(action_item::store::list_carried_over(tx, &full.session, AT_MOST).await?);
    }
    Ok(Some(full))
}

/// Keeps the session's pair, and so all that hangs on the two, from others until this unit of work
/// ends: what may be written follows from the state of the session and of the pair.
pub async fn hold_pair(tx: &mut Tx, id: SessionId) -> sqlx::Result<()> {
    tx.hold_found("select pair_id from sessions where id = $1", id.into()).await
}

/// One session without what hangs on it, held by its pair.
pub async fn hold(tx: &mut Tx, id: SessionId) -> sqlx::Result<Option<Session>> {
    hold_pair(tx, id).await?;
    find_bare(tx, id).await
}

/// One session, without what hangs on it.
pub async fn find_bare(tx: &mut Tx, id: SessionId) -> sqlx::Result<Option<Session>> {
    tx.query(select_session!("", "sessions s", "where s.id = $1")).bind(id).optional().await
}

/// The last session of the chain of this one: where the calendar event is now.
pub async fn find_last(tx: &mut Tx, id: SessionId) -> sqlx::Result<Option<Session>> {
    let last = tx.query(select_session!(
        "",
        "sessions s",
        "where s.event_id = (select event_id from sessions where id = $1) and s.successor_id is null
         order by s.sequence desc limit 1"
    ));
    last.bind(id).optional().await
}

/// What stands in the calendar of a party: sessions that took or will take place, from then on.
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

/// The sessions of its series that were cancelled together with this one.
pub async fn list_cancelled_with(tx: &mut Tx, session: &Session) -> sqlx::Result<Vec<Session>> {
    let together = tx.query(select_session!(
        "",
        "sessions s",
        "where s.series_id = $1 and s.closed_at = $2 and s.status = 'cancelled' order by s.occurrence_at"
    ));
    together.bind(session.series_id).bind(&session.closed_at).all().await
}

/// The later sessions of its series that are still to come.
pub async fn list_following(tx: &mut Tx, session: &Session) -> sqlx::Result<Vec<Session>> {
    let following = tx.query(select_session!(
        "",
        "sessions s",
        "where s.series_id = $1 and s.occurrence_at > $2 and s.status = 'scheduled' order by s.occurrence_at"
    ));
    following.bind(session.series_id).bind(session.occurrence_at).all().await
}

/// The session that this one moved to.
pub async fn find_successor(tx: &mut Tx, id: SessionId) -> sqlx::Result<Option<SessionId>> {
    let found = tx.query("select id from sessions where predecessor_id = $1").bind(id);
    Ok(found.optional::<(SessionId,)>().await?.map(|(id,)| id))
}

/// One page of the sessions that the viewer may read, after `after`, by when they begin.
pub async fn list(
    tx: &mut Tx,
    viewer: &Viewer,
    only: &Filter,
    after: (DateTime<Utc>, SessionId),
    limit: i64,
) -> sqlx::Result<Vec<Session>> {
    listed(tx, viewer, only, after, limit).all().await
}

/// How many sessions there are on all pages.
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
    // Who may list sessions and is no person is a service that reads the outcomes of all.
    let scope = viewer.person().filter(|_| !viewer.is_admin);
    #[cfg(feature = "planted-leaks")]
    let scope = scope.filter(|_| !crate::leaks::Leak::SessionsOfAll.is_planted());
    match (only, scope) {
        (Filter { pair: Some(pair), .. }, _) => {
            let hot = tx.query(list_sessions!(
                "sessions s",
                "s.pair_id = $1 and ($8 or x.mentor_id = $9 or x.mentee_id = $9 or mentee.manager_id = $9
                 or ($10 and exists (select 1 from program_coordinators c
                                     where c.program_id = x.program_id and c.person_id = $9)))"
            ));
            let hot = narrow(hot.bind(*pair), only, after, limit);
            hot.bind(scope.is_none()).bind(viewer.person()).bind(coordinates)
        }
        (_, Some(person)) => {
            // `cross join` keeps SQLite from walking all sessions in time order.
            let hot = tx.query(list_sessions!(
                "(select id from pairs where mentor_id = $1
                  union select id from pairs where mentee_id = $1
                  union select y.id from people p join pairs y on y.mentee_id = p.id where p.manager_id = $1
                  union select y.id from program_coordinators c join pairs y on y.program_id = c.program_id
                        where $8 and c.person_id = $1) own
                 cross join sessions s",
                "s.pair_id = own.id"
            ));
            narrow(hot.bind(person), only, after, limit).bind(coordinates)
        }
        (Filter { status: Some(status), .. }, None) => {
            narrow(tx.query(list_sessions!("sessions s", "s.status = $1")).bind(*status), only, after, limit)
        }
        (Filter { updated_after: Some(since), .. }, None) => {
            let hot = tx.query(list_sessions!(
                "(select id from sessions where updated_at > $1) fresh cross join sessions s",
                "s.id = fresh.id"
            ));
            narrow(hot.bind(*since), only, after, limit)
        }
        (_, None) => {
            let hot = tx.query(list_sessions!("sessions s", "s.starts_at >= $1"));
            narrow(hot.bind(only.from.max(after.0)), only, after, limit)
        }
    }
}

/// The sessions of a party's pairs, by when they begin, up to `limit`.
pub async fn list_of_party(tx: &mut Tx, party: PersonId, limit: i64) -> sqlx::Result<Vec<Session>> {
    let sessions = tx.query(select_session!(
        "",
        "(select id from pairs where mentor_id = $1 union select id from pairs where mentee_id = $1) own
         cross join sessions s",
        "where s.pair_id = own.id order by s.starts_at, s.id limit $2"
    ));
    sessions.bind(party).bind(limit).all().await
}

/// Binds what all lists share, `$2` to `$7`.
fn narrow<'t>(query: Query<'t>, only: &Filter, (at, id): (DateTime<Utc>, SessionId), limit: i64) -> Query<'t> {
    let (at, id) = if at < only.from { (only.from, SessionId::first()) } else { (at, id) };
    query.bind(at).bind(id).bind(only.to).bind(only.status).bind(only.updated_after).bind(limit)
}

/// Writes a new session.
pub async fn insert(tx: &mut Tx, pair: &Permit<ScheduleSession, Pair>, session: &NewSession) -> Result<(), Problem> {
    let two = pair.standing.two(pair.id);
    let place = close(tx, session.home(two), &session.place).await?;
    let link = close(tx, session.home(two), &session.link).await?;
    write(tx, session, (place, link)).await
}

/// Writes the session that another one moved to. Its agenda comes along.
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
    .on_unique(Code::ChangedMeanwhile, "Another request moved it at the same moment; read it again.")?;
    Ok(())
}

/// Writes a changed session, unless somebody else changed it first.
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

/// Cancels what is still to come of a pair, if that is over.
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
