//! A goal and its status changes: `draft → active → achieved | missed | abandoned`.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::FromRow;

use super::smart::Smart;
use crate::goals::check_day;
use crate::goals::key_result::model::KeyResult;
use crate::goals::number::{Percent, Weight};
use crate::ids::{GoalId, PairId, PersonId};
use crate::pairs::model::{Pair, PairStatus, Standing};
use crate::policy::acts::{self, CelebrateGoal, ChangeGoal, ListBlockers, RaiseBlocker, ReadGoal, SetGoal};
use crate::policy::{Guarded, ManagerVisible, Related, Relations, Takes, Viewer};
use crate::problem::{Code, Problem};
use crate::text::{Line, Name, Sentence, Text};

values! {
    /// Status of a goal.
    pub enum GoalStatus {
        /// The mentor and the mentee are still writing the goal.
        Draft,
        /// The mentor and the mentee work towards the goal.
        Active,
        /// The goal was achieved. It is closed.
        Achieved,
        /// The goal was not achieved. It is closed.
        Missed,
        /// The mentor or the mentee gave up the goal. It is closed.
        Abandoned,
    }
}

values! {
    /// Estimate of whether the goal will be achieved by its target date.
    pub enum Confidence {
        /// The goal is expected to be achieved in time.
        OnTrack,
        /// It is doubtful whether the goal will be achieved in time.
        AtRisk,
        /// The goal is not expected to be achieved in time.
        OffTrack,
    }
}

values! {
    /// Role of the goal's owner in the pair.
    pub enum OwnerRole {
        /// The goal belongs to the mentor.
        Mentor,
        /// The goal belongs to the mentee.
        Mentee,
    }
}

/// A goal with the names of its owner and its author.
#[derive(Clone, Debug, FromRow)]
pub struct Goal {
    /// Id of the goal.
    pub id: GoalId,
    /// Id of the pair that works towards the goal.
    pub pair_id: PairId,
    /// The pair's people and program, for the access rules.
    #[sqlx(flatten)]
    pub standing: Standing,
    /// Status of the pair.
    pub pair_status: PairStatus,
    /// Id of the owner.
    pub owner_id: PersonId,
    /// Name of the owner.
    pub owner_name: Name,
    /// Job title of the owner.
    pub owner_title: Option<Name>,
    /// Id of the person who created the goal.
    pub author_id: PersonId,
    /// Name of the author.
    pub author_name: Name,
    /// Job title of the author.
    pub author_title: Option<Name>,
    /// The objective in one line.
    pub title: Name,
    /// Exact description of the objective.
    pub specific: Option<Text>,
    /// Criterion by which the mentor and the mentee recognise success.
    pub measurable: Option<Text>,
    /// Reason why the goal can be achieved.
    pub achievable: Option<Text>,
    /// Reason why the goal matters.
    pub relevant: Option<Text>,
    /// Target date.
    pub target_on: Option<NaiveDate>,
    /// A larger objective that the goal supports.
    pub aligned_to: Option<Line<200>>,
    /// Status of the goal.
    pub status: GoalStatus,
    /// Progress in percent.
    pub progress: Percent,
    /// Confidence of the latest check-in.
    pub confidence: Option<Confidence>,
    /// The outcome in one line.
    pub result: Guarded<ManagerVisible, Option<Sentence>>,
    /// Summary of the outcome.
    pub outcome_summary: Guarded<ManagerVisible, Option<Text>>,
    /// Time of activation.
    pub activated_at: Option<DateTime<Utc>>,
    /// Time at which the goal was achieved, missed or abandoned.
    pub closed_at: Option<DateTime<Utc>>,
    /// Time of creation.
    pub created_at: DateTime<Utc>,
    /// Time of the last change of a public field.
    pub updated_at: DateTime<Utc>,
    /// Number of changes, for optimistic locking.
    pub revision: i64,
    /// Number of key results.
    pub key_results_count: i64,
    /// Missing and vague parts on the day of reading. Filled only for goals that are shown.
    #[sqlx(skip)]
    pub smart: Smart,
}

impl Goal {
    /// Role of the owner.
    pub fn owner_role(&self) -> OwnerRole {
        if self.owner_id == self.standing.mentor_id { OwnerRole::Mentor } else { OwnerRole::Mentee }
    }

    /// Refuses if the goal is closed or its pair has ended.
    pub fn check_is_open(&self) -> Result<(), Problem> {
        self.check_pair_runs()?;
        match self.status {
            GoalStatus::Draft | GoalStatus::Active => Ok(()),
            GoalStatus::Achieved | GoalStatus::Missed | GoalStatus::Abandoned => {
                Err(Problem::wrong_state("The goal is closed. Only drafts and active goals can be changed."))
            }
        }
    }

    /// Refuses if the pair has ended.
    pub fn check_pair_runs(&self) -> Result<(), Problem> {
        match self.pair_status {
            PairStatus::Active | PairStatus::Paused => Ok(()),
            PairStatus::Proposed | PairStatus::Ended | PairStatus::Declined => {
                Err(Problem::wrong_state("The pair has ended. Its goals can no longer be changed."))
            }
        }
    }

    /// Refuses unless the goal is active.
    pub fn check_is_active(&self) -> Result<(), Problem> {
        self.check_is_open()?;
        if self.status == GoalStatus::Active {
            return Ok(());
        }
        Err(Problem::wrong_state("The goal is a draft. Activate it first."))
    }

    /// Changes the texts and the target date. An active goal must keep what activation requires.
    pub fn reword(&mut self, now: DateTime<Utc>, words: impl FnOnce(&mut Self)) -> Result<(), Problem> {
        self.check_is_open()?;
        words(self);
        check_day("/target_on", self.target_on)?;
        if self.status == GoalStatus::Active {
            self.check_is_ready()?;
        }
        self.updated_at = now;
        Ok(())
    }

    /// Activates a draft.
    pub fn activate(&mut self, now: DateTime<Utc>) -> Result<(), Problem> {
        self.check_is_open()?;
        if self.status != GoalStatus::Draft {
            return Err(Problem::wrong_state("The goal is already active."));
        }
        self.check_is_ready()?;
        self.status = GoalStatus::Active;
        self.activated_at = Some(now);
        self.updated_at = now;
        Ok(())
    }

    /// Closes the goal with `status`. A draft can only be abandoned.
    pub fn close(
        &mut self,
        status: GoalStatus,
        (result, summary): (Option<Sentence>, Option<Text>),
        now: DateTime<Utc>,
    ) -> Result<(), Problem> {
        self.check_is_open()?;
        if status != GoalStatus::Abandoned {
            self.check_is_active()?;
        }
        self.status = status;
        self.result = Guarded::new(result);
        self.outcome_summary = Guarded::new(summary);
        self.closed_at = Some(now);
        self.updated_at = now;
        Ok(())
    }

    /// Takes the progress from the key results. Without key results, the progress stays as it is.
    pub fn measure_by(&mut self, key_results: &[KeyResult], now: DateTime<Utc>) -> Result<(), Problem> {
        self.check_is_open()?;
        self.key_results_count = i64::try_from(key_results.len()).unwrap_or(i64::MAX);
        if self.status == GoalStatus::Active && key_results.is_empty() && self.measurable.is_none() {
            return Err(Problem::wrong_state(
                "An active goal needs a key result or `measurable`. Set `measurable` before you delete the last key result.",
            ));
        }
        self.progress = mean(key_results).unwrap_or(self.progress);
        self.updated_at = now;
        Ok(())
    }

    /// Records the progress that the mentor or the mentee reports.
    pub fn check_in(
        &mut self,
        progress: Option<Percent>,
        confidence: Confidence,
        key_results: &[KeyResult],
        now: DateTime<Utc>,
    ) -> Result<(), Problem> {
        self.check_is_active()?;
        if progress.is_some() && !key_results.is_empty() {
            return Err(Problem::invalid(
                "/progress",
                "must be absent, because progress follows from the key results; report their current_value",
            ));
        }
        self.progress = progress.unwrap_or(self.progress);
        self.confidence = Some(confidence);
        self.measure_by(key_results, now)
    }

    /// Notes that the goal is celebrated. A draft cannot be.
    pub fn celebrate(&mut self, now: DateTime<Utc>) -> Result<(), Problem> {
        self.check_pair_runs()?;
        if self.status == GoalStatus::Draft {
            return Err(Problem::wrong_state("The goal is a draft. Activate it before you celebrate it."));
        }
        self.updated_at = now;
        Ok(())
    }

    /// Notes that the plan changes.
    pub fn replan(&mut self, now: DateTime<Utc>) -> Result<(), Problem> {
        self.check_is_open()?;
        self.updated_at = now;
        Ok(())
    }

    /// Refuses a goal without a target date or without a measure: its progress could not be judged.
    fn check_is_ready(&self) -> Result<(), Problem> {
        let mut problem = Problem::new(
            Code::InvalidValue,
            "An active goal needs a target day, and a `measurable` text or a key result.",
        );
        if self.target_on.is_none() {
            problem = problem.at("/target_on", "must be set: an active goal needs a target day");
        }
        if self.measurable.is_none() && self.key_results_count == 0 {
            problem = problem.at("/measurable", "must be set, unless the goal has a key result");
        }
        if problem.errors.is_empty() { Ok(()) } else { Err(problem) }
    }
}

/// The weighted mean of the key results' progress, rounded half up. `None`: there are no key results.
fn mean(key_results: &[KeyResult]) -> Option<Percent> {
    weighted(key_results.iter().map(|key_result| (key_result.weight, key_result.progress())))
}

fn weighted(parts: impl Iterator<Item = (Weight, Percent)>) -> Option<Percent> {
    let (sum, weights) = parts.fold((0, 0), |(sum, weights), (weight, progress)| {
        (sum + i64::from(weight) * i64::from(progress), weights + i64::from(weight))
    });
    (weights > 0).then(|| Percent::of(sum, 100 * weights))
}

impl Related for Goal {
    fn relations(&self, viewer: &Viewer) -> Relations {
        self.standing.relations(viewer)
    }
}

impl Takes<SetGoal> for Pair {}
impl Takes<ReadGoal> for Goal {}
impl Takes<ChangeGoal> for Goal {}
impl Takes<acts::CheckIn> for Goal {}
impl Takes<CelebrateGoal> for Goal {}
impl Takes<ListBlockers> for Goal {}
impl Takes<RaiseBlocker> for Goal {}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    fn parts() -> impl Strategy<Value = Vec<(Weight, Percent)>> {
        vec(
            (1..=100_i64, 0..=100_i64).prop_map(|(weight, percent)| (Weight::near(weight), Percent::near(percent))),
            1..20,
        )
    }

    proptest! {
        #[test]
        fn the_mean_lies_between_the_least_and_the_most(parts in parts()) {
            let mean = weighted(parts.iter().copied()).unwrap();
            let progress = || parts.iter().map(|(_, progress)| *progress);
            prop_assert!(progress().min().unwrap() <= mean && mean <= progress().max().unwrap());
        }

        #[test]
        fn more_in_one_part_is_never_less_in_all(parts in parts(), which in any::<prop::sample::Index>(), more in 0..=100_i64) {
            let before = weighted(parts.iter().copied()).unwrap();
            let mut after = parts;
            let part = which.index(after.len());
            after[part].1 = Percent::near(i64::from(after[part].1) + more);
            prop_assert!(weighted(after.into_iter()).unwrap() >= before);
        }

        #[test]
        fn only_the_proportion_of_weights_counts(parts in parts(), times in 1..=100_i64) {
            let small: Vec<_> = parts.into_iter().map(|(w, p)| (Weight::near(i64::from(w) % 10 + 1), p)).collect();
            let factor = times.min(9);
            let large = small.iter().map(|(w, p)| (Weight::near(i64::from(*w) * factor), *p));
            prop_assert_eq!(weighted(small.iter().copied()), weighted(large));
        }
    }

    #[test]
    fn halves_are_rounded_up() {
        let part = |weight, percent| (Weight::near(weight), Percent::near(percent));
        assert_eq!(weighted([part(1, 0), part(1, 1)].into_iter()), Some(Percent::near(1)));
        assert_eq!(weighted([part(3, 100), part(1, 0)].into_iter()), Some(Percent::near(75)));
        assert_eq!(weighted(std::iter::empty()), None);
    }
}
