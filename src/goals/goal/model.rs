//! What a goal is and how it lives: `draft → active → achieved | missed | abandoned`.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use sqlx::FromRow;
use utoipa::ToSchema;

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

/// Where a goal is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, ToSchema)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum GoalStatus {
    /// Being worded.
    Draft,
    /// Worked towards.
    Active,
    /// Reached.
    Achieved,
    /// Not reached.
    Missed,
    /// Given up.
    Abandoned,
}

/// How sure the two are to get there in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, ToSchema)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum Confidence {
    /// As planned.
    OnTrack,
    /// In doubt.
    AtRisk,
    /// Not as things stand.
    OffTrack,
}

/// Whose goal it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OwnerRole {
    /// The mentor's own.
    Mentor,
    /// The mentee's.
    Mentee,
}

/// A goal with the names that go with it.
#[derive(Clone, Debug, FromRow)]
pub struct Goal {
    /// Names the goal.
    pub id: GoalId,
    /// The pair that works towards it.
    pub pair_id: PairId,
    /// Who stands how to it.
    #[sqlx(flatten)]
    pub standing: Standing,
    /// Where the pair is in its life.
    pub pair_status: PairStatus,
    /// Whose goal it is.
    pub owner_id: PersonId,
    /// Their name.
    pub owner_name: Name,
    /// Their title.
    pub owner_title: Option<Name>,
    /// Who set it.
    pub author_id: PersonId,
    /// Their name.
    pub author_name: Name,
    /// Their title.
    pub author_title: Option<Name>,
    /// The objective in one line.
    pub title: Name,
    /// What exactly.
    pub specific: Option<Text>,
    /// By what one sees it is reached.
    pub measurable: Option<Text>,
    /// Why it can be reached.
    pub achievable: Option<Text>,
    /// Why it matters.
    pub relevant: Option<Text>,
    /// By when.
    pub target_on: Option<NaiveDate>,
    /// A larger objective it serves.
    pub aligned_to: Option<Line<200>>,
    /// Where it is in its life.
    pub status: GoalStatus,
    /// How far it is.
    pub progress: Percent,
    /// How sure the two are.
    pub confidence: Option<Confidence>,
    /// What came of it, in one line.
    pub result: Guarded<ManagerVisible, Option<Sentence>>,
    /// What came of it.
    pub outcome_summary: Guarded<ManagerVisible, Option<Text>>,
    /// When the two began to work towards it.
    pub activated_at: Option<DateTime<Utc>>,
    /// When it was achieved, missed or abandoned.
    pub closed_at: Option<DateTime<Utc>>,
    /// When the record was made.
    pub created_at: DateTime<Utc>,
    /// When its public part changed last.
    pub updated_at: DateTime<Utc>,
    /// Counts changes.
    pub revision: i64,
    /// How many key results it has.
    pub key_results_count: i64,
    /// How SMART it is on the day it is read. Filled when it is read to be shown.
    #[sqlx(skip)]
    pub smart: Smart,
}

impl Goal {
    /// Whose goal it is.
    pub fn owner_role(&self) -> OwnerRole {
        if self.owner_id == self.standing.mentor_id { OwnerRole::Mentor } else { OwnerRole::Mentee }
    }

    /// Refuses where the goal, or the pair around it, is over.
    pub fn check_is_open(&self) -> Result<(), Problem> {
        self.check_pair_runs()?;
        match self.status {
            GoalStatus::Draft | GoalStatus::Active => Ok(()),
            GoalStatus::Achieved | GoalStatus::Missed | GoalStatus::Abandoned => {
                Err(Problem::wrong_state("The goal is closed; only drafts and active goals change."))
            }
        }
    }

    /// Refuses where the pair around it is over.
    pub fn check_pair_runs(&self) -> Result<(), Problem> {
        match self.pair_status {
            PairStatus::Active | PairStatus::Paused => Ok(()),
            PairStatus::Proposed | PairStatus::Ended | PairStatus::Declined => {
                Err(Problem::wrong_state("The pair is over; its goals stay as they are."))
            }
        }
    }

    /// Refuses where nobody works towards it.
    pub fn check_is_active(&self) -> Result<(), Problem> {
        self.check_is_open()?;
        if self.status == GoalStatus::Active {
            return Ok(());
        }
        Err(Problem::wrong_state("The goal is a draft; activate it first."))
    }

    /// The two change its words. What an active goal needs it keeps.
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

    /// The two begin to work towards it.
    pub fn activate(&mut self, now: DateTime<Utc>) -> Result<(), Problem> {
        self.check_is_open()?;
        if self.status != GoalStatus::Draft {
            return Err(Problem::wrong_state("Only a draft can be activated."));
        }
        self.check_is_ready()?;
        self.status = GoalStatus::Active;
        self.activated_at = Some(now);
        self.updated_at = now;
        Ok(())
    }

    /// It is over, as `status` says. Drafts can only be abandoned.
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

    /// Its key results are these now; progress follows from them, and stays where there are none.
    pub fn measure_by(&mut self, key_results: &[KeyResult], now: DateTime<Utc>) -> Result<(), Problem> {
        self.check_is_open()?;
        self.key_results_count = i64::try_from(key_results.len()).unwrap_or(i64::MAX);
        if self.status == GoalStatus::Active && key_results.is_empty() && self.measurable.is_none() {
            return Err(Problem::wrong_state("An active goal needs a key result, or `measurable` in words."));
        }
        self.progress = mean(key_results).unwrap_or(self.progress);
        self.updated_at = now;
        Ok(())
    }

    /// One of the two says how far it is.
    pub fn check_in(
        &mut self,
        progress: Option<Percent>,
        confidence: Confidence,
        key_results: &[KeyResult],
        now: DateTime<Utc>,
    ) -> Result<(), Problem> {
        self.check_is_active()?;
        if progress.is_some() && !key_results.is_empty() {
            return Err(Problem::invalid("/progress", "follows from the key results; report their current_value"));
        }
        self.progress = progress.unwrap_or(self.progress);
        self.confidence = Some(confidence);
        self.measure_by(key_results, now)
    }

    /// Something to be glad of.
    pub fn celebrate(&mut self, now: DateTime<Utc>) -> Result<(), Problem> {
        self.check_pair_runs()?;
        if self.status == GoalStatus::Draft {
            return Err(Problem::wrong_state("The goal is a draft; there is nothing to celebrate yet."));
        }
        self.updated_at = now;
        Ok(())
    }

    /// Its plan changes.
    pub fn replan(&mut self, now: DateTime<Utc>) -> Result<(), Problem> {
        self.check_is_open()?;
        self.updated_at = now;
        Ok(())
    }

    /// Nobody can work towards a goal without a day and a measure.
    fn check_is_ready(&self) -> Result<(), Problem> {
        let mut problem = Problem::new(Code::InvalidValue, "An active goal needs a day and a measure.");
        if self.target_on.is_none() {
            problem = problem.at("/target_on", "say by when");
        }
        if self.measurable.is_none() && self.key_results_count == 0 {
            problem = problem.at("/measurable", "say by what one sees it is reached, or add a key result");
        }
        if problem.errors.is_empty() { Ok(()) } else { Err(problem) }
    }
}

/// The weighted mean of what the key results show, rounded half up. `None`: there are none.
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
