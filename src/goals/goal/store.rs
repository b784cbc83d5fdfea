//! The SQL of goals.

use chrono::{DateTime, NaiveDate, Utc};

use super::model::{Goal, GoalStatus};
use super::smart::Smart;
use crate::db::{Query, Tx, UNLIMITED};
use crate::ids::{GoalId, PairId, PersonId};
use crate::pairs::model::Pair;
use crate::policy::acts::SetGoal;
use crate::policy::{Changed, Permit};
use crate::problem::Problem;

/// A goal with the names of its owner and its author; `x` is the row of `goals`.
macro_rules! select_goal {
    ($($rest:literal),+) => {
        concat!(
            "select x.id, x.pair_id, ", standing!(columns), ", p.status as pair_status, x.owner_id,
                owner.name as owner_name, owner.title as owner_title, x.author_id, author.name as author_name,
                author.title as author_title, x.title, x.specific, x.measurable, x.achievable, x.relevant, x.target_on,
                x.aligned_to, x.status, x.progress, x.confidence, x.result, x.outcome_summary, x.closed_at,
                x.activated_at, x.created_at, x.updated_at, x.revision,
                (select count(*) from key_results k where k.goal_id = x.id) as key_results_count
             from goals x", standing!(tables), "
             join people owner on owner.id = x.owner_id
             join people author on author.id = x.author_id ",
            $($rest),+
        )
    };
}

/// One page of goals. Each frequent filter has its own SQL text, so that it can use its own index. `$2` and later are
/// the filters that only narrow the result.
macro_rules! list_goals {
    ($hot:literal) => {
        select_goal!(
            "where ",
            $hot,
            " and x.id > $2 and coalesce(x.owner_id = $3, $3 is null) and coalesce(x.status = $4, $4 is null)
             and coalesce(x.updated_at > $5, $5 is null) order by x.id limit $6"
        )
    };
}

/// Filters of a list of goals.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only goals of this pair.
    pub pair: Option<PairId>,
    /// Only goals of this owner.
    pub owner: Option<PersonId>,
    /// Only goals with this status.
    pub status: Option<GoalStatus>,
    /// Only goals whose public fields changed after this time.
    pub updated_after: Option<DateTime<Utc>>,
}

/// Finds one goal.
pub async fn find(tx: &mut Tx, id: GoalId) -> sqlx::Result<Option<Goal>> {
    tx.query(select_goal!("where x.id = $1")).bind(id).optional().await
}

/// Locks the goal's pair, and so everything that belongs to it, until the transaction ends. Progress follows from
/// several rows, and the allowed changes follow from the status of the pair.
pub async fn find_pair_for_update(tx: &mut Tx, id: GoalId) -> sqlx::Result<()> {
    tx.lock_found("select pair_id from goals where id = $1", id.into()).await
}

/// Finds one goal and locks its pair.
pub async fn find_for_update(tx: &mut Tx, id: GoalId) -> sqlx::Result<Option<Goal>> {
    find_pair_for_update(tx, id).await?;
    find(tx, id).await
}

/// One page of goals after `after`, in order of creation, with the SMART check as of `today`.
pub async fn list(tx: &mut Tx, only: &Filter, after: GoalId, limit: i64, today: NaiveDate) -> sqlx::Result<Vec<Goal>> {
    Ok(with_smart(listed(tx, only, after, limit).all().await?, today))
}

fn with_smart(mut goals: Vec<Goal>, today: NaiveDate) -> Vec<Goal> {
    for goal in &mut goals {
        goal.smart = Smart::of(goal, today);
    }
    goals
}

/// Number of goals on all pages.
pub async fn count(tx: &mut Tx, only: &Filter) -> sqlx::Result<i64> {
    listed(tx, only, GoalId::first(), UNLIMITED).count().await
}

fn listed<'t>(tx: &'t mut Tx, only: &Filter, after: GoalId, limit: i64) -> Query<'t> {
    let query = match *only {
        Filter { pair: Some(pair), .. } => tx.query(list_goals!("x.pair_id = $1")).bind(pair),
        Filter { owner: Some(owner), .. } => tx.query(list_goals!("x.owner_id = $1")).bind(owner),
        Filter { status: Some(status), .. } => tx.query(list_goals!("x.status = $1")).bind(status),
        Filter { updated_after: Some(since), .. } => {
            tx.query(list_goals!("x.id in (select id from goals where updated_at > $1)")).bind(since)
        }
        Filter { .. } => tx.query(list_goals!("x.id >= $1")).bind(after),
    };
    query.bind(after).bind(only.owner).bind(only.status).bind(only.updated_after).bind(limit)
}

/// The goals of a person's pairs, in order of creation, up to `limit`, with the SMART check as of `today`.
pub async fn list_of_party(tx: &mut Tx, party: PersonId, limit: i64, today: NaiveDate) -> sqlx::Result<Vec<Goal>> {
    let goals = tx.query(select_goal!(
        "where x.pair_id in (select id from pairs where mentor_id = $1 union all select id from pairs where mentee_id = $1)
         order by x.id limit $2"
    ));
    Ok(with_smart(goals.bind(party).bind(limit).all().await?, today))
}

/// Inserts a new goal of the pair.
pub async fn insert(tx: &mut Tx, pair: &Permit<SetGoal, Pair>, goal: &Goal) -> sqlx::Result<()> {
    tx.query(
        "insert into goals (id, pair_id, owner_id, author_id, title, specific, measurable, achievable, relevant,
            target_on, aligned_to, status, progress, created_at, updated_at, revision)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, 1)",
    )
    .bind(goal.id)
    .bind(pair.id)
    .bind(goal.owner_id)
    .bind(goal.author_id)
    .bind(&goal.title)
    .bind(&goal.specific)
    .bind(&goal.measurable)
    .bind(&goal.achievable)
    .bind(&goal.relevant)
    .bind(goal.target_on)
    .bind(&goal.aligned_to)
    .bind(goal.status)
    .bind(goal.progress)
    .bind(goal.created_at)
    .bind(goal.updated_at)
    .run()
    .await?;
    Ok(())
}

/// Saves a changed goal. Refuses if another request changed it first.
pub async fn save(tx: &mut Tx, goal: &Changed<Goal>) -> Result<(), Problem> {
    let touched = tx
        .query(
            "update goals set title = $3, specific = $4, measurable = $5, achievable = $6, relevant = $7,
                target_on = $8, aligned_to = $9, status = $10, progress = $11, confidence = $12, result = $13,
                outcome_summary = $14, closed_at = $15, updated_at = $16, activated_at = $17, revision = revision + 1
             where id = $1 and revision = $2",
        )
        .bind(goal.id)
        .bind(goal.revision)
        .bind(&goal.title)
        .bind(&goal.specific)
        .bind(&goal.measurable)
        .bind(&goal.achievable)
        .bind(&goal.relevant)
        .bind(goal.target_on)
        .bind(&goal.aligned_to)
        .bind(goal.status)
        .bind(goal.progress)
        .bind(goal.confidence)
        .bind(&goal.result)
        .bind(&goal.outcome_summary)
        .bind(goal.closed_at)
        .bind(goal.updated_at)
        .bind(goal.activated_at)
        .run()
        .await?;
    if touched == 1 { Ok(()) } else { Err(Problem::changed_meanwhile()) }
}
