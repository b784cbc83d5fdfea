//! The SQL of pair health. The facts of each pair are selected in subqueries: a join might read whole tables.

use chrono::{DateTime, Utc};

use super::model::{
    COUNTED_PERIOD, GRACE_PERIOD, HealthState, MAX_CHECK_IN_GAP, MAX_SESSION_GAP, MIN_AGE, OVERDUE_AFTER, PairFacts,
    PairHealth, PairHealthSummary, PrivateFacts, REFLECTIONS, TalkShareAnswer,
};
use crate::db::{Query, Tx, UNLIMITED};
use crate::ids::{PairId, PersonId, ProgramId};
use crate::policy::{Guarded, Viewer};

/// Selects the facts of active pairs. `x` is the row of `pairs`; [`facts`] binds `$1` to `$4`.
macro_rules! select_facts {
    ($from:literal, $($rest:literal),+) => {
        concat!(
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
                    or s.status = 'scheduled' and s.starts_at <= $1) order by s.starts_at desc limit 1)
                    as last_session_at,
                (select s.id from sessions s where s.pair_id = x.id and s.starts_at > $1 and s.status = 'scheduled'
                    limit 1) is not null as is_session_ahead,
                (select max(s.closed_at) from sessions s where s.pair_id = x.id and s.status = 'cancelled')
                    as called_off_at,
                (select count(distinct s.closed_at) from sessions s where s.pair_id = x.id and s.status = 'cancelled'
                    and s.closed_at > $2 and s.closed_at >= x.active_since) as cancellations,
                (select distinct s.closed_at from sessions s where s.pair_id = x.id and s.status = 'cancelled'
                    and s.closed_at > $4 and s.closed_at >= x.active_since order by s.closed_at limit 1 offset 2)
                    as third_cancelled_at,
                (select count(*) from goals g where g.pair_id = x.id and g.status = 'active' and coalesce((select
                    c.created_at from check_ins c where c.goal_id = g.id order by c.id desc limit 1), g.activated_at) <= $3)
                    as still_goals,
                (select min(coalesce((select c.created_at from check_ins c where c.goal_id = g.id
                    order by c.id desc limit 1), g.activated_at))
                    from goals g where g.pair_id = x.id and g.status = 'active') as reported_at
             from ", $from, " where x.status = 'active' and ",
            $($rest),+
        )
    };
}

/// Selects one page of the pairs that the viewer leads. The SQL states repeat the rules of [`PairFacts::known`] and
/// [`state`].
///
/// [`state`]: super::model::state
macro_rules! list_facts {
    ($from:literal, $indexed:literal) => {
        concat!(
            "select * from (",
            select_facts!($from, $indexed, " and x.id > $5"),
            ") f where coalesce($6 = case
                when not f.has_goal and f.second_session_at <= $7 and f.active_since <= $7 and f.starts_on <= $8
                    or not f.is_session_ahead and coalesce(f.last_session_at, f.active_since) <= $9
                        and f.active_since <= $9 and f.starts_on <= $10
                        and coalesce(f.called_off_at, f.active_since) <= $7
                    or f.cancellations >= 3 and f.third_cancelled_at <= $7
                    or f.reported_at <= $11 and f.active_since <= $11 and f.starts_on <= $12
                    or f.fourth_pair_at is not null then 'needs_attention'
                when f.active_since > $13 or f.starts_on > $14 then 'too_early'
                else 'on_track' end, $6 is null)
             and coalesce(f.program_id = $15, $15 is null) order by f.id limit $16"
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
    let found = facts(tx.query(select_facts!("pairs x", "x.id = $5")), now).bind(id).optional::<PairFacts>().await?;
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
    let found = tx.query(
        "select (select count(distinct s.closed_at) from sessions s where s.pair_id = $1 and s.status = 'cancelled'
                and s.closed_at > $2 and s.closed_by_id = $3) as by_mentee,
            (select distinct s.closed_at from sessions s where s.pair_id = $1 and s.status = 'cancelled'
                and s.closed_at > $2 and s.closed_by_id = $3 order by s.closed_at limit 1 offset 1)
                as second_by_mentee_at,
            (select count(*) from action_items i where i.pair_id = $1 and i.status = 'open'
                and (i.due_on <= $4 or i.due_on is null and i.created_at <= $5)) as items,
            (select min(i.created_at) from action_items i where i.pair_id = $1 and i.status = 'open'
                and (i.due_on <= $4 or i.due_on is null and i.created_at <= $5)) as oldest_item_at",
    );
    let found = found.bind(of.id).bind(now - COUNTED_PERIOD).bind(of.standing.mentee_id).bind(left).bind(long_left);
    found.one().await
}

/// The last answers of a person about their own talk, newest first.
async fn list_shares(tx: &mut Tx, pair: PairId, author: PersonId) -> sqlx::Result<Vec<TalkShareAnswer>> {
    let shares = tx.query(
        "select id, session_id, talk_share, words_revision, created_at from reflections
         where pair_id = $1 and author_id = $2 and talk_share is not null order by id desc limit $3",
    );
    shares.bind(pair).bind(author).bind(REFLECTIONS).all().await
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
    // No person: a service with `outcomes:read`, which reads all pairs.
    let coordinator = viewer.person().filter(|_| !viewer.is_admin);
    let query = if coordinator.is_some() {
        tx.query(list_facts!(
            "(select y.id from program_coordinators c join pairs y on y.program_id = c.program_id
                where $18 and c.person_id = $17) led cross join pairs x",
            "x.id = led.id"
        ))
    } else {
        tx.query(list_facts!("pairs x", "true"))
    };
    let query = bind_filter(facts(query, now).bind(after), only, now).bind(limit);
    match coordinator {
        Some(person) => query.bind(person).bind(!viewer.programs.is_empty()),
        None => query,
    }
}

/// All active pairs after `after`, for the reminder job.
pub async fn list_all(tx: &mut Tx, after: PairId, limit: i64, now: DateTime<Utc>) -> sqlx::Result<Vec<PairFacts>> {
    let all = tx.query(select_facts!("pairs x", "x.id > $5 order by x.id limit $6"));
    facts(all, now).bind(after).bind(limit).all().await
}

/// Binds `$1` to `$4`: the times from which facts are counted.
fn facts(query: Query<'_>, now: DateTime<Utc>) -> Query<'_> {
    query.bind(now).bind(now - COUNTED_PERIOD).bind(now - MAX_CHECK_IN_GAP).bind(now - COUNTED_PERIOD - GRACE_PERIOD)
}

/// Binds `$6` to `$15`: filter values, and the times since which findings are known to the leads.
fn bind_filter(query: Query<'_>, only: Filter, now: DateTime<Utc>) -> Query<'_> {
    let known = now - GRACE_PERIOD;
    let (silent, still, early) = (known - MAX_SESSION_GAP, known - MAX_CHECK_IN_GAP, now - MIN_AGE);
    let query = query.bind(only.state).bind(known).bind(known.date_naive());
    let query = query.bind(silent).bind(silent.date_naive()).bind(still).bind(still.date_naive());
    let query = query.bind(early).bind(early.date_naive());
    query.bind(only.program)
}
