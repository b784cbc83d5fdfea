//! The SQL of pair health. The facts of each pair are selected in subqueries: a join might read whole tables.

use chrono::{DateTime, Utc};

use super::model::{
    COUNTED_PERIOD, GRACE_PERIOD, HealthState, MAX_CHECK_IN_GAP, MAX_SESSION_GAP, MIN_AGE, OVERDUE_AFTER, PairFacts,
    PairHealth, PairHealthSummary, PrivateFacts, REFLECTIONS, TalkShareAnswer,
};
use crate::db::{Query, Tx, UNLIMITED, query};
use crate::ids::{PairId, PersonId, ProgramId};
use crate::policy::{Guarded, Viewer};

/// The facts of active pairs. `from`, a row `x` of `pairs`, and [`ACTIVE`] follow.
const FACTS: &str =
    "select x.id, x.mentor_id, x.mentee_id, x.program_id, x.cadence, x.words_revision, x.active_since, x.starts_on,
     (select p.manager_id from people p where p.id = x.mentee_id) as mentee_manager_id,
     (select p.name from people p where p.id = x.mentee_id) as mentee_name,
     (select p.title from people p where p.id = x.mentee_id) as mentee_title,
     (select p.name from people p where p.id = x.mentor_id) as mentor_name,
     (select p.title from people p where p.id = x.mentor_id) as mentor_title,
     (select p.mentor_load from people p where p.id = x.mentor_id) as mentor_load,
     (select y.active_since from pairs y where y.mentor_id = x.mentor_id
         and y.status in ('active', 'paused') order by y.active_since limit 1 offset 3) as fourth_pair_at,
     (select g.id from goals g where g.pair_id = x.id and g.activated_at is not null limit 1) is not null
         as has_goal,
     (select count(*) from sessions s where s.pair_id = x.id and s.status = 'completed') as sessions_held,
     (select s.closed_at from sessions s where s.pair_id = x.id and s.status = 'completed'
         order by s.closed_at limit 1 offset 1) as second_session_at,
     (select s.starts_at from sessions s where s.pair_id = x.id and (s.status = 'completed'
         or s.status = 'scheduled' and s.starts_at <= :now) order by s.starts_at desc limit 1)
         as last_session_at,
     (select s.id from sessions s where s.pair_id = x.id and s.starts_at > :now and s.status = 'scheduled'
         limit 1) is not null as is_session_ahead,
     (select max(s.closed_at) from sessions s where s.pair_id = x.id and s.status = 'cancelled')
         as called_off_at,
     (select count(distinct s.closed_at) from sessions s where s.pair_id = x.id and s.status = 'cancelled'
         and s.closed_at > :counted_from and s.closed_at >= x.active_since) as cancellations,
     (select distinct s.closed_at from sessions s where s.pair_id = x.id and s.status = 'cancelled'
         and s.closed_at > :known_from and s.closed_at >= x.active_since order by s.closed_at limit 1 offset 2)
         as third_cancelled_at,
     (select count(*) from goals g where g.pair_id = x.id and g.status = 'active' and coalesce((select
         c.created_at from check_ins c where c.goal_id = g.id order by c.id desc limit 1),
         g.activated_at) <= :quiet_from) as still_goals,
     (select min(coalesce((select c.created_at from check_ins c where c.goal_id = g.id
         order by c.id desc limit 1), g.activated_at))
         from goals g where g.pair_id = x.id and g.status = 'active') as reported_at";

/// Health is computed for active pairs.
const ACTIVE: &str = "where x.status = 'active' and";

/// Filters one page of facts `f` of the pairs that the viewer leads. The SQL states repeat the rules of
/// [`PairFacts::known`] and [`state`].
///
/// [`state`]: super::model::state
const FILTERED: &str = ") f where coalesce(:state = case
       when not f.has_goal and f.second_session_at <= :known and f.active_since <= :known
               and f.starts_on <= :known_on
           or not f.is_session_ahead and coalesce(f.last_session_at, f.active_since) <= :silent
               and f.active_since <= :silent and f.starts_on <= :silent_on
               and coalesce(f.called_off_at, f.active_since) <= :known
           or f.cancellations >= 3 and f.third_cancelled_at <= :known
           or f.reported_at <= :still and f.active_since <= :still and f.starts_on <= :still_on
           or f.fourth_pair_at is not null then 'needs_attention'
       when f.active_since > :early or f.starts_on > :early_on then 'too_early'
       else 'on_track' end, :state is null)
    and coalesce(f.program_id = :program, :program is null) order by f.id limit :limit";

/// Prepares a statement about the facts at `$now`; other values follow.
macro_rules! facts {
    ($tx:expr, [$($part:expr),+], $now:expr $(, $name:ident $(= $value:expr)?)*) => {
        query!(
            $tx,
            [$($part),+],
            now = $now,
            counted_from = $now - COUNTED_PERIOD,
            quiet_from = $now - MAX_CHECK_IN_GAP,
            known_from = $now - COUNTED_PERIOD - GRACE_PERIOD
            $(, $name $(= $value)?)*
        )
    };
}

/// Filter of a list of pair health.
#[derive(Clone, Copy, Debug)]
pub struct Filter {
    /// Only pairs with this state.
    pub state: Option<HealthState>,
    /// Only pairs of this program.
    pub program: Option<ProgramId>,
}

/// The health of an active pair. The mentor and the mentee also get the private facts.
pub async fn find(tx: &mut Tx, viewer: &Viewer, id: PairId, now: DateTime<Utc>) -> sqlx::Result<Option<PairHealth>> {
    let found = facts!(tx, [FACTS, "from pairs x", ACTIVE, "x.id = :id"], now, id).optional::<PairFacts>().await?;
    let Some(facts) = found else { return Ok(None) };
    let party = viewer.person().filter(|_| facts.standing.has(viewer));
    let mut health =
        PairHealth { facts, private: Guarded::default(), shares: Guarded::default(), author_id: party, now };
    if let Some(party) = party {
        health.private = Guarded::new(find_private(tx, &health.facts, now).await?);
        health.shares = Guarded::new(list_shares(tx, id, party).await?);
    }
    Ok(Some(health))
}

async fn find_private(tx: &mut Tx, of: &PairFacts, now: DateTime<Utc>) -> sqlx::Result<PrivateFacts> {
    let (left, long_left) = (now.date_naive() - OVERDUE_AFTER, now.date_naive() - OVERDUE_AFTER - OVERDUE_AFTER);
    let long_left = long_left.and_time(chrono::NaiveTime::MIN).and_utc();
    query!(
        tx,
        "select (select count(distinct s.closed_at) from sessions s where s.pair_id = :pair
             and s.status = 'cancelled' and s.closed_at > :counted_from and s.closed_by_id = :mentee)
             as by_mentee,
         (select distinct s.closed_at from sessions s where s.pair_id = :pair and s.status = 'cancelled'
             and s.closed_at > :counted_from and s.closed_by_id = :mentee order by s.closed_at limit 1 offset 1)
             as second_by_mentee_at,
         (select count(*) from action_items i where i.pair_id = :pair and i.status = 'open'
             and (i.due_on <= :left or i.due_on is null and i.created_at <= :long_left)) as items,
         (select min(i.created_at) from action_items i where i.pair_id = :pair and i.status = 'open'
             and (i.due_on <= :left or i.due_on is null and i.created_at <= :long_left)) as oldest_item_at",
        pair = of.id,
        counted_from = now - COUNTED_PERIOD,
        mentee = of.standing.mentee_id,
        left,
        long_left
    )
    .one()
    .await
}

/// The last answers of a person about their own talk, newest first.
async fn list_shares(tx: &mut Tx, pair: PairId, author: PersonId) -> sqlx::Result<Vec<TalkShareAnswer>> {
    query!(
        tx,
        "select id, session_id, talk_share, words_revision, created_at from reflections
         where pair_id = :pair and author_id = :author and talk_share is not null
         order by id desc limit :limit",
        pair,
        author,
        limit = REFLECTIONS
    )
    .all()
    .await
}

/// One page of the active pairs that the viewer leads, after `after`, by time of creation of the pair.
pub async fn list(
    tx: &mut Tx,
    viewer: &Viewer,
    only: Filter,
    after: PairId,
    (limit, now): (i64, DateTime<Utc>),
) -> sqlx::Result<Vec<PairHealthSummary>> {
    let led: Vec<PairFacts> = listed(tx, viewer, only, after, (limit, now)).all().await?;
    Ok(led.into_iter().map(|facts| PairHealthSummary { facts, now }).collect())
}

/// Number of pairs on all pages.
pub async fn count(tx: &mut Tx, viewer: &Viewer, only: Filter, now: DateTime<Utc>) -> sqlx::Result<i64> {
    listed(tx, viewer, only, PairId::first(), (UNLIMITED, now)).count().await
}

fn listed<'t>(
    tx: &'t mut Tx,
    viewer: &Viewer,
    only: Filter,
    after: PairId,
    (limit, now): (i64, DateTime<Utc>),
) -> Query<'t> {
    let Filter { state, program } = only;
    // The times since which findings are known to the leads.
    let known = now - GRACE_PERIOD;
    let (silent, still, early) = (known - MAX_SESSION_GAP, known - MAX_CHECK_IN_GAP, now - MIN_AGE);
    macro_rules! list {
        ($from:literal, $indexed:literal $(, $name:ident = $value:expr)*) => {
            facts!(
                tx,
                ["select * from (", FACTS, $from, ACTIVE, $indexed, "and x.id > :after", FILTERED],
                now,
                after,
                state,
                known,
                known_on = known.date_naive(),
                silent,
                silent_on = silent.date_naive(),
                still,
                still_on = still.date_naive(),
                early,
                early_on = early.date_naive(),
                program,
                limit
                $(, $name = $value)*
            )
        };
    }
    // No person: a service with `outcomes:read`, which reads all pairs.
    let Some(person) = viewer.person().filter(|_| !viewer.is_admin) else { return list!("from pairs x", "true") };
    list!(
        "from (select y.id from program_coordinators c join pairs y on y.program_id = c.program_id
               where :coordinates and c.person_id = :person) led cross join pairs x",
        "x.id = led.id",
        person = person,
        coordinates = !viewer.programs.is_empty()
    )
}

/// All active pairs after `after`, for the reminder job.
pub async fn list_all(tx: &mut Tx, after: PairId, limit: i64, now: DateTime<Utc>) -> sqlx::Result<Vec<PairFacts>> {
    facts!(tx, [FACTS, "from pairs x", ACTIVE, "x.id > :after order by x.id limit :limit"], now, after, limit)
        .all()
        .await
}
