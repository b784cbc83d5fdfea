//! The SQL of sessions.

use chrono::{DateTime, Utc};

use super::model::{NewSession, Session, SessionStatus};
use crate::db::{Query, Tx, UNLIMITED, lock_found, query, save};
use crate::ids::{PairId, PersonId, SessionId};
use crate::pairs::model::Pair;
use crate::policy::acts::ScheduleSession;
use crate::policy::{Changed, Permit, Viewer, carry, close, close_again};
use crate::problem::{Code, OnClash as _, Problem, saved};
use crate::sessions::agenda;
use crate::vault::Envelope;

/// The earliest start that lists consider.
pub const EARLIEST: DateTime<Utc> = DateTime::UNIX_EPOCH;
/// The latest time that both databases can store: the year 9999.
pub const LATEST: DateTime<Utc> = DateTime::from_timestamp(253_370_764_800, 0).expect("a date");
/// The list key before every session.
pub const FIRST: (DateTime<Utc>, SessionId) = (EARLIEST, SessionId::first());

/// Selects sessions with the names of mentor and mentee. `from sessions s` follows, and [`JOINS`].
pub(super) const SELECT: &str =
    "select s.id, s.pair_id, x.mentor_id, x.mentee_id, mentee.manager_id as mentee_manager_id, x.program_id,
     x.status as pair_status, mentor.name as mentor_name, mentor.title as mentor_title,
     mentee.name as mentee_name, mentee.title as mentee_title, s.event_id, s.sequence, s.predecessor_id,
     s.successor_id, s.series_id, s.occurrence_at, s.starts_at, s.time_zone, s.length_minutes, s.kind,
     s.status, s.outcome, s.closed_at, s.place, s.link, s.place_author_id, s.cancellation_reason,
     s.closed_by_id, s.created_at, s.updated_at, s.revision, s.words_revision";

/// The pair of a session and its people.
pub(super) const JOINS: &str = "join pairs x on x.id = s.pair_id
    join people mentor on mentor.id = x.mentor_id
    join people mentee on mentee.id = x.mentee_id";

/// The filters of one page of sessions, which narrow the result. Each filter with an index has its own SQL text before
/// them, so that its index is used.
const FILTERED: &str = "and (s.starts_at, s.id) > (:after_at, :after_id) and s.starts_at < :to
    and coalesce(s.status = :status, :status is null) and coalesce(s.updated_at > :since, :since is null)
    order by s.starts_at, s.id limit :limit";

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
    lock_found!(tx, "select pair_id from sessions where id = :id", id);
    Ok(())
}

/// One session without its lists; its pair is locked.
pub async fn find_for_update(tx: &mut Tx, id: SessionId) -> sqlx::Result<Option<Session>> {
    find_pair_for_update(tx, id).await?;
    find_bare(tx, id).await
}

/// One session without its lists.
pub async fn find_bare(tx: &mut Tx, id: SessionId) -> sqlx::Result<Option<Session>> {
    query!(tx, [SELECT, "from sessions s", JOINS, "where s.id = :id"], id).optional().await
}

/// The last session of the chain: the current state of the calendar event.
pub async fn find_last(tx: &mut Tx, id: SessionId) -> sqlx::Result<Option<Session>> {
    let last = query!(
        tx,
        [
            SELECT,
            "from sessions s",
            JOINS,
            "where s.event_id = (select event_id from sessions where id = :id) and s.successor_id is null
             order by s.sequence desc limit 1"
        ],
        id
    );
    last.optional().await
}

/// Scheduled and completed sessions of a person that start at `since` or later.
pub async fn list_of_calendar(
    tx: &mut Tx,
    party: PersonId,
    since: DateTime<Utc>,
    limit: i64,
) -> sqlx::Result<Vec<Session>> {
    let sessions = query!(
        tx,
        [
            SELECT,
            "from (select id from pairs where mentor_id = :party
                   union select id from pairs where mentee_id = :party) own
             cross join sessions s",
            JOINS,
            "where s.pair_id = own.id and s.starts_at >= :since and s.status in ('scheduled', 'completed')
             order by s.starts_at, s.id limit :limit"
        ],
        party,
        since,
        limit
    );
    sessions.all().await
}

/// The sessions of the series that were cancelled in the same request as this one.
pub async fn list_cancelled_with(tx: &mut Tx, session: &Session) -> sqlx::Result<Vec<Session>> {
    let together = query!(
        tx,
        [
            SELECT,
            "from sessions s",
            JOINS,
            "where s.series_id = :series_id and s.closed_at = :closed_at and s.status = 'cancelled'
             order by s.occurrence_at"
        ],
        series_id = session.series_id,
        closed_at = &session.closed_at
    );
    together.all().await
}

/// The later sessions of the series that are still scheduled.
pub async fn list_following(tx: &mut Tx, session: &Session) -> sqlx::Result<Vec<Session>> {
    let following = query!(
        tx,
        [
            SELECT,
            "from sessions s",
            JOINS,
            "where s.series_id = :series_id and s.occurrence_at > :occurrence_at
             and s.status = 'scheduled' order by s.occurrence_at"
        ],
        series_id = session.series_id,
        occurrence_at = session.occurrence_at
    );
    following.all().await
}

/// Id of the session that replaced this one.
pub async fn find_successor(tx: &mut Tx, id: SessionId) -> sqlx::Result<Option<SessionId>> {
    let found = query!(tx, "select id from sessions where predecessor_id = :id", id);
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
    (at, id): (DateTime<Utc>, SessionId),
    limit: i64,
) -> Query<'t> {
    let Filter { status, from, to, updated_after: since, .. } = *only;
    let (after_at, after_id) = if at < from { (from, SessionId::first()) } else { (at, id) };
    macro_rules! list {
        ($from:literal, $indexed:literal $(, $name:ident $(= $value:expr)?)*) => {
            query!(
                tx,
                [SELECT, $from, JOINS, "where", $indexed, FILTERED],
                after_at,
                after_id,
                to,
                status,
                since,
                limit
                $(, $name $(= $value)?)*
            )
        };
    }
    let coordinates = !viewer.programs.is_empty();
    // No person: a service with `outcomes:read`, which reads all sessions.
    let scope = viewer.person().filter(|_| !viewer.is_admin);
    match (only, scope) {
        (Filter { pair: Some(pair), .. }, _) => list!(
            "from sessions s",
            "s.pair_id = :pair and (:reads_all or x.mentor_id = :viewer or x.mentee_id = :viewer
                or mentee.manager_id = :viewer
                or (:coordinates and exists (select 1 from program_coordinators c
                                             where c.program_id = x.program_id and c.person_id = :viewer)))",
            pair = *pair,
            reads_all = scope.is_none(),
            viewer = viewer.person(),
            coordinates
        ),
        // `cross join` keeps SQLite from scanning all sessions in time order.
        (_, Some(person)) => list!(
            "from (select id from pairs where mentor_id = :person
                   union select id from pairs where mentee_id = :person
                   union select y.id from people p join pairs y on y.mentee_id = p.id where p.manager_id = :person
                   union select y.id from program_coordinators c join pairs y on y.program_id = c.program_id
                         where :coordinates and c.person_id = :person) own
             cross join sessions s",
            "s.pair_id = own.id",
            person,
            coordinates
        ),
        (Filter { status: Some(_), .. }, None) => list!("from sessions s", "s.status = :status"),
        (Filter { updated_after: Some(_), .. }, None) => list!(
            "from (select id from sessions where updated_at > :since) fresh cross join sessions s",
            "s.id = fresh.id"
        ),
        (_, None) => list!("from sessions s", "s.starts_at >= :after_at"),
    }
}

/// The sessions of a person's pairs, by start, up to `limit`.
pub async fn list_of_party(tx: &mut Tx, party: PersonId, limit: i64) -> sqlx::Result<Vec<Session>> {
    let sessions = query!(
        tx,
        [
            SELECT,
            "from (select id from pairs where mentor_id = :party
                   union select id from pairs where mentee_id = :party) own
             cross join sessions s",
            JOINS,
            "where s.pair_id = own.id order by s.starts_at, s.id limit :limit"
        ],
        party,
        limit
    );
    sessions.all().await
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
    query!(
        tx,
        "insert into sessions (id, pair_id, event_id, sequence, predecessor_id, starts_at, ends_at, time_zone,
             length_minutes, kind, status, place, link, place_author_id, created_at, updated_at, revision,
             series_id, occurrence_at)
         values (:id, :pair_id, :event_id, :sequence, :predecessor_id, :starts_at, :ends_at, coalesce(:time_zone,
             (select time_zone from sessions where id = :predecessor_id)), :length_minutes, :kind, 'scheduled',
             :place, :link, :place_author_id, :created_at, :created_at, 1, :series_id, :occurrence_at)",
        id = session.id,
        pair_id = session.pair_id,
        event_id = session.event_id,
        sequence = session.sequence,
        predecessor_id = session.predecessor_id,
        starts_at = session.starts_at,
        ends_at = session.ends_at(),
        time_zone = &session.time_zone,
        length_minutes = session.length_minutes,
        kind = &session.kind,
        place,
        link,
        place_author_id = session.place_author_id,
        created_at = session.created_at,
        series_id = session.series_id,
        occurrence_at = session.occurrence_at
    )
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
    saved(
        save!(
            tx,
            "update sessions set revision = revision + 1, words_revision = words_revision + 1",
            session {
                sequence,
                successor_id,
                length_minutes,
                kind,
                status,
                outcome,
                closed_at,
                place_author_id,
                closed_by_id,
                updated_at
            },
            ends_at = session.ends_at(),
            place,
            link,
            cancellation_reason = reason
        )
        .run()
        .await?,
    )
}

/// Cancels the sessions of an ended pair that start after `now`. Returns their ids.
pub async fn cancel_coming(tx: &mut Tx, pair: PairId, now: DateTime<Utc>) -> sqlx::Result<Vec<(SessionId,)>> {
    let cancelled = query!(
        tx,
        "update sessions set status = 'cancelled', sequence = sequence + 1, closed_at = :now,
            updated_at = :now,
            revision = revision + 1
         where pair_id = :pair and starts_at > :now and status = 'scheduled'
            and exists (select 1 from pairs x where x.id = :pair and x.status = 'ended')
         returning id",
        pair,
        now
    );
    cancelled.all().await
}
