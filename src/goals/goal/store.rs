//! The SQL of goals.

use chrono::{DateTime, NaiveDate, Utc};

use super::model::{Goal, GoalStatus};
use super::smart::Smart;
use crate::db::{Query, Tx, UNLIMITED, insert, lock_found, query, save};
use crate::ids::{GoalId, PairId, PersonId};
use crate::pairs::model::Pair;
use crate::pairs::store::PAIRS_OF_PERSON;
use crate::policy::acts::SetGoal;
use crate::policy::{Changed, Permit};
use crate::problem::{Problem, saved};

/// A goal with the names of its owner and its author; `x` is the row of `goals`.
const SELECT: &str = concat!(
    "select x.id, x.pair_id, ",
    standing!(columns),
    ", p.status as pair_status, x.owner_id, owner.name as owner_name, owner.title as owner_title, x.author_id,
         author.name as author_name, author.title as author_title, x.title, x.specific, x.measurable, x.achievable,
         x.relevant, x.target_on, x.aligned_to, x.status, x.progress, x.confidence, x.result, x.outcome_summary,
         x.closed_at, x.activated_at, x.created_at, x.updated_at, x.revision,
         (select count(*) from key_results k where k.goal_id = x.id) as key_results_count
     from goals x",
    standing!(tables),
    "
             join people owner on owner.id = x.owner_id
             join people author on author.id = x.author_id "
);

/// The filters of one page of goals, which narrow the result. Each frequent filter has its own SQL text before them, so
/// that it can use its own index.
const FILTERED: &str = "and x.id > :after and coalesce(x.owner_id = :owner, :owner is null)
    and coalesce(x.status = :status, :status is null) and coalesce(x.updated_at > :since, :since is null)
    order by x.id limit :limit";

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
    query!(tx, [SELECT, "where x.id = :id"], id).optional().await
}

/// Locks the goal's pair, and so everything that belongs to it, until the transaction ends. Progress follows from
/// several rows, and the allowed changes follow from the status of the pair.
pub async fn find_pair_for_update(tx: &mut Tx, id: GoalId) -> sqlx::Result<()> {
    lock_found!(tx, "select pair_id from goals where id = :id", id);
    Ok(())
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
    let Filter { owner, status, updated_after: since, .. } = *only;
    macro_rules! list {
        ($hot:literal $(, $pair:ident)?) => {
            query!(tx, [SELECT, "where", $hot, FILTERED], after, owner, status, since, limit $(, $pair)?)
        };
    }
    match *only {
        Filter { pair: Some(pair), .. } => list!("x.pair_id = :pair", pair),
        Filter { owner: Some(_), .. } => list!("x.owner_id = :owner"),
        Filter { status: Some(_), .. } => list!("x.status = :status"),
        Filter { updated_after: Some(_), .. } => list!("x.id in (select id from goals where updated_at > :since)"),
        Filter { .. } => list!("x.id >= :after"),
    }
}

/// The goals of a person's pairs, in order of creation, up to `limit`, with the SMART check as of `today`.
pub async fn list_of_party(tx: &mut Tx, party: PersonId, limit: i64, today: NaiveDate) -> sqlx::Result<Vec<Goal>> {
    let goals = query!(
        tx,
        [SELECT, "where x.pair_id in", PAIRS_OF_PERSON, "order by x.id limit :limit"],
        person = party,
        limit
    );
    Ok(with_smart(goals.all().await?, today))
}

/// Inserts a new goal of the pair.
pub async fn insert(tx: &mut Tx, pair: &Permit<SetGoal, Pair>, goal: &Goal) -> sqlx::Result<()> {
    insert!(
        tx,
        "goals",
        goal {
            id,
            owner_id,
            author_id,
            title,
            specific,
            measurable,
            achievable,
            relevant,
            target_on,
            aligned_to,
            status,
            progress,
            created_at,
            updated_at
        },
        pair_id = pair.id,
        revision = 1_i64
    )
    .run()
    .await?;
    Ok(())
}

/// Saves a changed goal. Refuses if another request changed it first.
pub async fn save(tx: &mut Tx, goal: &Changed<Goal>) -> Result<(), Problem> {
    saved(
        save!(
            tx,
            "update goals set revision = revision + 1",
            goal {
                title,
                specific,
                measurable,
                achievable,
                relevant,
                target_on,
                aligned_to,
                status,
                progress,
                confidence,
                result,
                outcome_summary,
                closed_at,
                updated_at,
                activated_at
            }
        )
        .run()
        .await?,
    )
}
