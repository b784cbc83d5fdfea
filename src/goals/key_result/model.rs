//! A key result, its rules and its progress.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sqlx::FromRow;
use utoipa::ToSchema;

use crate::goals::number::{Amount, Percent, Weight};
use crate::ids::{GoalId, KeyResultId, PairId};
use crate::pairs::model::Standing;
use crate::policy::acts::{self, ChangeGoal};
use crate::policy::{Related, Relations, Takes, Viewer};
use crate::problem::Problem;
use crate::text::{Line, Name};

/// Maximum number of key results per goal.
pub const MOST: usize = 20;

values! {
    /// Kind of number that a key result measures.
    pub enum KeyResultKind {
        /// Any number.
        Number,
        /// A percentage from 0 to 100.
        Percentage,
        /// 0 for no, 1 for yes.
        YesNo,
        /// An amount of money in the currency of the key result.
        Currency,
    }
}

/// ISO 4217 code of a currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, ToSchema)]
#[serde(try_from = "Line<3>")]
#[sqlx(transparent)]
#[schema(value_type = String, pattern = "^[A-Z]{3}$", min_length = 3, max_length = 3, examples("EUR"))]
pub struct Currency(Line<3>);

impl TryFrom<Line<3>> for Currency {
    type Error = &'static str;

    fn try_from(code: Line<3>) -> Result<Self, Self::Error> {
        let fine = code.as_str().len() == 3 && code.as_str().bytes().all(|b| b.is_ascii_uppercase());
        if fine { Ok(Self(code)) } else { Err("must be an ISO 4217 code such as EUR") }
    }
}

/// A key result.
#[derive(Clone, Debug, FromRow)]
pub struct KeyResult {
    /// Id of the key result.
    pub id: KeyResultId,
    /// Id of the goal.
    pub goal_id: GoalId,
    /// Id of the pair of the goal.
    pub pair_id: PairId,
    /// The pair's people and program, for the access rules.
    #[sqlx(flatten)]
    pub standing: Standing,
    /// Name of the measured quantity.
    pub title: Name,
    /// Kind of number.
    pub kind: KeyResultKind,
    /// Currency, for the kind `currency` only.
    pub currency: Option<Currency>,
    /// Value at the start.
    pub start_value: Amount,
    /// Value to reach.
    pub target_value: Amount,
    /// Current value.
    pub current_value: Amount,
    /// Weight relative to the other key results of the goal.
    pub weight: Weight,
    /// Time of creation.
    pub created_at: DateTime<Utc>,
    /// Time of the last change.
    pub updated_at: DateTime<Utc>,
    /// Number of changes, for optimistic locking.
    pub revision: i64,
}

impl KeyResult {
    /// Progress in whole percent: 100 only if the target is reached, 0 only if nothing is done.
    pub fn progress(&self) -> Percent {
        progress(self.start_value, self.target_value, self.current_value)
    }

    /// Refuses values that do not fit the kind or each other.
    pub fn check(&self) -> Result<(), Problem> {
        match (self.kind, &self.currency) {
            (KeyResultKind::Currency, None) => {
                return Err(Problem::invalid(
                    "/currency",
                    "must be set for the kind currency, as an ISO 4217 code such as EUR",
                ));
            }
            (KeyResultKind::Number | KeyResultKind::Percentage | KeyResultKind::YesNo, Some(_)) => {
                return Err(Problem::invalid("/currency", "must be absent unless the kind is currency"));
            }
            _ => {}
        }
        self.check_value("/start_value", self.start_value)?;
        self.check_value("/target_value", self.target_value)?;
        self.check_value("/current_value", self.current_value)?;
        if self.kind == KeyResultKind::YesNo && self.target_value != Amount::ONE {
            return Err(Problem::invalid("/target_value", "must be 1 for the kind yes_no"));
        }
        if self.start_value == self.target_value {
            return Err(Problem::invalid("/target_value", "must differ from start_value"));
        }
        Ok(())
    }

    /// Sets the current value. `pointer` is the place of the value in the request.
    pub fn report(&mut self, value: Amount, pointer: &str, now: DateTime<Utc>) -> Result<(), Problem> {
        self.check_value(pointer, value)?;
        self.current_value = value;
        self.updated_at = now;
        Ok(())
    }

    fn check_value(&self, pointer: &str, value: Amount) -> Result<(), Problem> {
        let detail = match self.kind {
            KeyResultKind::Percentage if !(Amount::ZERO..=Amount::HUNDRED).contains(&value) => "must be from 0 to 100",
            KeyResultKind::YesNo if value != Amount::ZERO && value != Amount::ONE => "must be 0 for no or 1 for yes",
            _ => return Ok(()),
        };
        Err(Problem::invalid(pointer, detail))
    }
}

fn progress(start: Amount, target: Amount, current: Amount) -> Percent {
    let (done, whole) = (current.thousandths() - start.thousandths(), target.thousandths() - start.thousandths());
    // A target below the start is reached by falling values.
    let (done, whole) = if whole < 0 { (-done, -whole) } else { (done, whole) };
    Percent::of(done, whole)
}

impl Related for KeyResult {
    fn relations(&self, viewer: &Viewer) -> Relations {
        self.standing.relations(viewer)
    }
}

impl Takes<ChangeGoal> for KeyResult {}
impl Takes<acts::CheckIn> for KeyResult {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LARGEST: i64 = 1_000_000_000_000_000;

    fn amount() -> impl Strategy<Value = Amount> {
        prop_oneof![(-LARGEST..=LARGEST), (-20_000..=20_000_i64)].prop_map(Amount::of)
    }

    proptest! {
        #[test]
        fn progress_never_leaves_its_bounds(start in amount(), target in amount(), current in amount()) {
            let progress = progress(start, target, current);
            prop_assert!((Percent::LEAST..=Percent::MOST).contains(&progress));
        }

        #[test]
        fn nearer_to_the_target_is_never_less(start in amount(), target in amount(), a in amount(), b in amount()) {
            prop_assume!(start != target);
            let (low, high) = (a.min(b), a.max(b));
            let (far, near) = if target > start { (low, high) } else { (high, low) };
            prop_assert!(progress(start, target, far) <= progress(start, target, near));
        }

        #[test]
        fn the_ends_are_nothing_and_all(start in amount(), target in amount(), current in amount()) {
            prop_assume!(start != target);
            prop_assert_eq!(progress(start, target, start), Percent::LEAST);
            prop_assert_eq!(progress(start, target, target), Percent::MOST);
            let is_up = target > start;
            let (is_begun, is_reached) =
                if is_up { (current > start, current >= target) } else { (current < start, current <= target) };
            prop_assert_eq!(progress(start, target, current) == Percent::LEAST, !is_begun);
            prop_assert_eq!(progress(start, target, current) == Percent::MOST, is_reached);
        }
    }

    #[test]
    fn targets_may_fall_and_halves_are_rounded_up() {
        let at =
            |start, target, current| i64::from(progress(Amount::of(start), Amount::of(target), Amount::of(current)));
        assert_eq!(at(40_000, 20_000, 30_000), 50);
        assert_eq!(at(40_000, 20_000, 50_000), 0);
        assert_eq!(at(0, 200, 1), 1);
        assert_eq!(at(0, 1000, 4), 1);
        assert_eq!(at(0, 1000, 999), 99);
        assert_eq!(at(1000, 0, 1), 99);
        assert_eq!(at(1000, 0, 999), 1);
        assert_eq!(at(-10, 10, 20), 100);
    }
}
