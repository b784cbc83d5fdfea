//! What a step of a goal's plan is.

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

/// A goal has at most so many.
pub const MOST: usize = 50;
/// A step has at most so many.
pub const MOST_RESOURCES: usize = 10;

/// A step on the way to a goal.
#[derive(Clone, Debug, FromRow)]
pub struct PlanStep {
    /// Names the step.
    pub id: PlanStepId,
    /// The goal it leads to.
    pub goal_id: GoalId,
    /// The pair of the goal.
    pub pair_id: PairId,
    /// Who stands how to it.
    #[sqlx(flatten)]
    pub standing: Standing,
    /// What to do.
    pub text: Sentence,
    /// By when.
    pub due_on: Option<NaiveDate>,
    /// What helps.
    pub resources: Json<Vec<Link>>,
    /// Whether it is done.
    pub is_done: bool,
    /// When the record was made.
    pub created_at: DateTime<Utc>,
    /// When it changed last.
    pub updated_at: DateTime<Utc>,
    /// Counts changes.
    pub revision: i64,
}

impl PlanStep {
    /// Its day and resources are within bounds.
    pub fn check(&self) -> Result<(), Problem> {
        check_day("/due_on", self.due_on)?;
        if self.resources.len() > MOST_RESOURCES {
            return Err(Problem::invalid("/resources", format!("must hold at most {MOST_RESOURCES}")));
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
