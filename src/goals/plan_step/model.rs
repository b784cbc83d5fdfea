//! A step of a goal's plan.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::FromRow;
use sqlx::types::Json;

use crate::goals::check_day;
use crate::ids::{GoalId, PairId, PlanStepId};
use crate::pairs::model::Standing;
use crate::policy::acts::ChangeGoal;
use crate::policy::{Related, Relations, Takes, Viewer};
use crate::problem::Problem;
use crate::text::{Link, Sentence};

/// Maximum number of plan steps per goal.
pub const MOST: usize = 50;
/// Maximum number of links per plan step.
pub const MOST_RESOURCES: usize = 10;

/// A step on the way to a goal.
#[derive(Clone, Debug, FromRow)]
pub struct PlanStep {
    /// Id of the plan step.
    pub id: PlanStepId,
    /// Id of the goal.
    pub goal_id: GoalId,
    /// Id of the pair of the goal.
    pub pair_id: PairId,
    /// The pair's people and program, for the access rules.
    #[sqlx(flatten)]
    pub standing: Standing,
    /// Task of the step.
    pub text: Sentence,
    /// Due date.
    pub due_on: Option<NaiveDate>,
    /// Links to material that helps.
    pub resources: Json<Vec<Link>>,
    /// Whether the step is done.
    pub is_done: bool,
    /// Time of creation.
    pub created_at: DateTime<Utc>,
    /// Time of the last change.
    pub updated_at: DateTime<Utc>,
    /// Number of changes, for optimistic locking.
    pub revision: i64,
}

impl PlanStep {
    /// Refuses a due date out of range and too many links.
    pub fn check(&self) -> Result<(), Problem> {
        check_day("/due_on", self.due_on)?;
        if self.resources.len() > MOST_RESOURCES {
            return Err(Problem::invalid("/resources", format!("must have at most {MOST_RESOURCES} links")));
        }
        Ok(())
    }
}

impl Related for PlanStep {
    fn relations(&self, viewer: &Viewer) -> Relations {
        self.standing.relations(viewer)
    }
}

impl Takes<ChangeGoal> for PlanStep {}
