//! The views of a goal: a summary for lists, and the goal with its parts.

use chrono::{DateTime, NaiveDate, Utc};

use super::model::{Confidence, Goal, GoalStatus, OwnerRole};
use super::smart::Smart;
use super::whole::WholeGoal;
use crate::goals::blocker::api::BlockerView;
use crate::goals::celebration::api::CelebrationView;
use crate::goals::check_in::api::CheckInView;
use crate::goals::key_result::api::KeyResultView;
use crate::goals::number::Percent;
use crate::goals::plan_step::api::PlanStepView;
use crate::ids::{GoalId, PairId};
use crate::people::person::api::PersonRef;
use crate::policy::acts::ReadGoal;
use crate::policy::{Clearance, Viewed, readable_as, view};
use crate::text::{Line, Name, Sentence, Text};

/// Declares a view with the fields that both views have.
macro_rules! goal_view {
    ($(#[$meta:meta])* $name:ident { $($more:tt)* }) => {
        view! {
            $(#[$meta])*
            $name {
                /// Id of the goal.
                public id: GoalId,
                /// Id of the pair that works towards the goal.
                public pair_id: PairId,
                /// Owner of the goal: the mentor or the mentee.
                public owner: PersonRef,
                /// Role of the owner in the pair.
                public owner_role: OwnerRole,
                /// Author of the goal: the mentor or the mentee.
                public author: PersonRef,
                /// The objective in one line.
                public title: Name,
                /// Exact description of the objective. `null`: not written yet.
                public specific: Option<Text>,
                /// Criterion by which the mentor and the mentee recognise success. `null`: not written yet.
                public measurable: Option<Text>,
                /// Reason why the goal can be achieved. `null`: not written yet.
                public achievable: Option<Text>,
                /// Reason why the goal matters for the career of its owner. `null`: not written yet.
                public relevant: Option<Text>,
                /// Target date. `null`: not set yet.
                public target_on: Option<NaiveDate>,
                /// Objective of the program, or id of an OKR in another system, that the goal supports. `null`: none.
                public aligned_to: Option<Line<200>>,
                /// Status of the goal.
                public status: GoalStatus,
                /// Progress in percent. If the goal has key results, it is their weighted mean.
                public progress: Percent,
                /// Confidence of the latest check-in. `null`: no check-in yet.
                public confidence: Option<Confidence>,
                /// Result of the SMART check today.
                public smart: Smart,
                /// What was reached, or why the goal was closed, in one line. `null`: not given.
                manager_visible result: Option<Sentence>,
                /// Longer text about the outcome. `null`: not given.
                manager_visible outcome_summary: Option<Text>,
                /// Time at which the goal was achieved, missed or abandoned. `null`: the goal is not closed.
                public closed_at: Option<DateTime<Utc>>,
                $($more)*
                /// Time of creation.
                public created_at: DateTime<Utc>,
                /// Time of the last change of a public field.
                public updated_at: DateTime<Utc>,
            }
        }
    };
}

/// Fills the fields that both views have.
macro_rules! fill {
    ($name:ident from $goal:expr, $clearance:ident, { $($more:tt)* }) => {{
        let goal = $goal;
        $name {
            id: goal.id,
            pair_id: goal.pair_id,
            owner_role: goal.owner_role(),
            owner: PersonRef::new(goal.owner_id, goal.owner_name, goal.owner_title),
            author: PersonRef::new(goal.author_id, goal.author_name, goal.author_title),
            title: goal.title,
            specific: goal.specific,
            measurable: goal.measurable,
            achievable: goal.achievable,
            relevant: goal.relevant,
            target_on: goal.target_on,
            aligned_to: goal.aligned_to,
            status: goal.status,
            progress: goal.progress,
            confidence: goal.confidence,
            smart: goal.smart,
            result: $clearance.open(goal.result),
            outcome_summary: $clearance.open(goal.outcome_summary),
            closed_at: goal.closed_at,
            $($more)*
            created_at: goal.created_at,
            updated_at: goal.updated_at,
            withheld: $clearance.withheld::<$name>(),
        }
    }};
}

goal_view! {
    /// Summary of a goal, as in lists.
    GoalSummaryView {
        /// Number of key results.
        #[schema(minimum = 0, maximum = 20, examples(2))]
        public key_results_count: i64,
    }
}

goal_view! {
    /// A goal with its parts.
    GoalView {
        /// Key results of the goal, oldest first. Empty: progress is reported in check-ins.
        #[schema(max_items = 20)]
        public key_results: Vec<KeyResultView>,
        /// Plan steps of the goal, oldest first.
        #[schema(max_items = 50)]
        public plan_steps: Vec<PlanStepView>,
        /// The latest ten check-ins, newest first. `GET /v1/goals/{id}/check-ins` lists all.
        #[schema(max_items = 10)]
        public check_ins: Vec<CheckInView>,
        /// Celebrations of the goal, oldest first.
        #[schema(max_items = 50)]
        public celebrations: Vec<CelebrationView>,
        /// The oldest fifty open blockers. `GET /v1/goals/{id}/blockers` lists all. Only the mentor and the mentee see
        /// them.
        private blockers: Vec<BlockerView>,
    }
}

readable_as!(Goal: ReadGoal, "goals");

impl Viewed for Goal {
    type View = GoalSummaryView;

    fn view(self, clearance: &Clearance) -> GoalSummaryView {
        let key_results_count = self.key_results_count;
        fill!(GoalSummaryView from self, clearance, { key_results_count, })
    }
}

readable_as!(WholeGoal: ReadGoal, "goals", id goal.id);

impl Viewed for WholeGoal {
    type View = GoalView;

    fn view(self, clearance: &Clearance) -> GoalView {
        fill!(GoalView from self.goal, clearance, {
            key_results: self.key_results.into_iter().map(|part| clearance.nested(part)).collect(),
            plan_steps: self.plan_steps.into_iter().map(|part| clearance.nested(part)).collect(),
            check_ins: self.check_ins.into_iter().map(|part| clearance.nested(part)).collect(),
            celebrations: self.celebrations.into_iter().map(|part| clearance.nested(part)).collect(),
            blockers: clearance.open(self.blockers)
                .map(|open| open.into_iter().map(|part| clearance.nested(part)).collect()),
        })
    }
}
