//! A goal together with its parts, for the answer to a read.

use chrono::NaiveDate;

use super::model::Goal;
use super::smart::Smart;
use super::store;
use crate::db::Tx;
use crate::goals::blocker::model::Blocker;
use crate::goals::celebration::model::Celebration;
use crate::goals::check_in::model::CheckIn;
use crate::goals::key_result::model::KeyResult;
use crate::goals::plan_step::model::PlanStep;
use crate::goals::{blocker, celebration, check_in, key_result, plan_step};
use crate::ids::GoalId;
use crate::policy::{Guarded, Private, Related, Relations, Viewer, readable};

/// A goal and its parts.
#[derive(Clone, Debug)]
pub struct WholeGoal {
    /// The goal itself.
    pub goal: Goal,
    /// Its key results.
    pub key_results: Vec<KeyResult>,
    /// Its plan steps.
    pub plan_steps: Vec<PlanStep>,
    /// The latest check-ins, newest first.
    pub check_ins: Vec<CheckIn>,
    /// Its celebrations.
    pub celebrations: Vec<Celebration>,
    /// The open blockers. Loaded only for the mentor and the mentee.
    pub blockers: Guarded<Private, Vec<Blocker>>,
}

impl Related for WholeGoal {
    fn relations(&self, viewer: &Viewer) -> Relations {
        self.goal.relations(viewer)
    }
}

/// Finds one goal with its parts, with the SMART check as of `today`. `None`: not found, or withheld.
pub async fn find(tx: &mut Tx, viewer: &Viewer, id: GoalId, today: NaiveDate) -> sqlx::Result<Option<WholeGoal>> {
    let Some(mut goal) = readable(viewer, store::find(tx, id).await?) else { return Ok(None) };
    goal.smart = Smart::of(&goal, today);
    let is_own = goal.standing.has(viewer);
    Ok(Some(WholeGoal {
        goal,
        key_results: key_result::store::list(tx, id).await?,
        plan_steps: plan_step::store::list(tx, id).await?,
        check_ins: check_in::store::latest(tx, id).await?,
        celebrations: celebration::store::list(tx, id).await?,
        blockers: if is_own { blocker::store::list_open(tx, id).await?.into() } else { Guarded::default() },
    }))
}
