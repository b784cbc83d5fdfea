//! What is seen of a goal: a summary in lists, the whole on its own.

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

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
use crate::policy::{Clearance, Readable, Viewed, view};
use crate::text::{Line, Name, Sentence, Text};

/// A view that begins with what both have.
macro_rules! goal_view {
    ($(#[$meta:meta])* $name:ident { $($more:tt)* }) => {
        view! {
            $(#[$meta])*
            $name {
                /// Names the goal.
                public id: GoalId,
                /// The pair that works towards it.
                public pair_id: PairId,
                /// Whose goal it is: one of the two.
                public owner: PersonRef,
                /// Which of the two.
                public owner_role: OwnerRole,
                /// Who set it: one of the two.
                public author: PersonRef,
                /// The objective in one line.
                public title: Name,
                /// What exactly.
                public specific: Option<Text>,
                /// By what one sees that it is reached.
                public measurable: Option<Text>,
                /// Why it can be reached.
                public achievable: Option<Text>,
                /// Why it matters, for the career it serves.
                public relevant: Option<Text>,
                /// By when.
                public target_on: Option<NaiveDate>,
                /// The objective of the program, or an OKR elsewhere, that it serves.
                public aligned_to: Option<Line<200>>,
                /// Where it is in its life.
                public status: GoalStatus,
                /// How far it is: the weighted mean of its key results where it has any.
                public progress: Percent,
                /// How sure the two are, as of the last check-in.
                public confidence: Option<Confidence>,
                /// How SMART it is today.
                public smart: Smart,
                /// What came of it, in one line.
                manager_visible result: Option<Sentence>,
                /// What came of it.
                manager_visible outcome_summary: Option<Text>,
                /// When it was achieved, missed or abandoned.
                public closed_at: Option<DateTime<Utc>>,
                $($more)*
                /// When the record was made.
                public created_at: DateTime<Utc>,
                /// When its public part changed last.
                public updated_at: DateTime<Utc>,
            }
        }
    };
}

/// Fills what both have.
macro_rules! fill {
    ($name:ident from $goal:expr, $clearance:ident, { $($more:tt)* }) => {{
        let goal = $goal;
        $name {
            id: goal.id,
            pair_id: goal.pair_id,
            owner_role: goal.owner_role(),
            owner: PersonRef { id: goal.owner_id, name: goal.owner_name, title: goal.owner_title },
            author: PersonRef { id: goal.author_id, name: goal.author_name, title: goal.author_title },
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
    /// A goal, as lists show it.
    GoalSummaryView {
        /// How many key results it has.
        #[schema(minimum = 0, maximum = 20, examples(2))]
        public key_results_count: i64,
    }
}

goal_view! {
    /// A goal with all that hangs on it.
    GoalView {
        /// What it is measured by.
        #[schema(max_items = 20)]
        public key_results: Vec<KeyResultView>,
        /// How to get there.
        #[schema(max_items = 50)]
        public plan_steps: Vec<PlanStepView>,
        /// The latest ten check-ins, newest first; their own list has all.
        #[schema(max_items = 10)]
        public check_ins: Vec<CheckInView>,
        /// What there was to be glad of.
        #[schema(max_items = 50)]
        public celebrations: Vec<CelebrationView>,
        /// What stands in the way now: the fifty oldest that are open. Their own list has all.
        private blockers: Vec<BlockerView>,
    }
}

impl Readable for Goal {
    type Read = ReadGoal;
    const KIND: &'static str = "goals";

    fn id(&self) -> Uuid {
        self.id.uuid()
    }
}

impl Viewed for Goal {
    type View = GoalSummaryView;

    fn view(self, clearance: &Clearance) -> GoalSummaryView {
        let key_results_count = self.key_results_count;
        fill!(GoalSummaryView from self, clearance, { key_results_count, })
    }
}

impl Readable for WholeGoal {
    type Read = ReadGoal;
    const KIND: &'static str = "goals";

    fn id(&self) -> Uuid {
        self.goal.id.uuid()
    }
}

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
