//! From cases to a verdict.

use super::{
    case::Case,
    fit::{Belief, TERMS},
    sample::{Example, sample},
    shares::shares,
    trial::trial,
    verdict::{Counts, Decision, Refusal, Trial, Verdict},
};
use crate::matching::engine::{Calibration, Factor, Weights, weights::WHOLE};

/// Below so many outcomes nothing is learnt.
const LEAST_OUTCOMES: usize = 100;
/// Nor below so many that went well, or so many that did not.
const LEAST_OF_A_KIND: usize = 20;

/// How far a coefficient is believed to be from the first weights, in log-odds over the whole scale of its factor.
const SD: f64 = 0.55;
/// Wide enough to leave the intercept free, yet it ends somewhere even when all pairs went the same way.
const FREE: f64 = 10.0;

/// What learning starts from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Learner {
    /// The weights before anything was learnt: what is believed until outcomes say otherwise.
    pub first: Weights,
    /// The weights in use.
    pub incumbent: Weights,
    /// Decides which cases are judged together.
    pub seed: u64,
}

impl Learner {
    /// What these cases teach. The order of the cases does not matter.
    #[must_use]
    pub fn learn(&self, cases: &[Case]) -> Verdict {
        let examples = sample(cases, self.seed);
        let counts = count(cases.len(), &examples);
        if let Some(refusal) = too_little(&counts) {
            return Verdict { counts, trial: None, decision: Decision::Keep(refusal) };
        }
        let Some(trial) = trial(self, &examples) else {
            return Verdict { counts, trial: None, decision: Decision::Keep(Refusal::NothingCounts) };
        };
        let decision = decide(&trial);
        Verdict { counts, trial: Some(trial), decision }
    }

    /// What to believe of each factor after these examples.
    pub(super) fn belief(&self, examples: &[&Example]) -> Belief<TERMS> {
        let rows: Vec<_> = examples.iter().map(|example| example.row()).collect();
        self.prior().after(&rows)
    }

    pub(super) fn prior(&self) -> Belief<TERMS> {
        let slope = Calibration::default().slope;
        let (mut mean, mut sd) = ([0.0; TERMS], [SD; TERMS]);
        for (mean, factor) in mean[1..].iter_mut().zip(Factor::ALL) {
            *mean = slope * f64::from(self.first.of(factor)) / f64::from(WHOLE);
        }
        sd[0] = FREE;
        Belief { mean, sd }
    }
}

impl Belief<TERMS> {
    /// The weights that a belief stands for; `None` where no factor counts.
    pub(super) fn weights(&self) -> Option<Weights> {
        shares(&Factor::ALL.map(|factor| self.mean[1 + factor as usize]))
    }
}

fn count(cases: usize, examples: &[Example]) -> Counts {
    let how_many = |is: fn(&Example) -> bool| examples.iter().filter(|example| is(example)).count();
    Counts {
        cases,
        outcomes: how_many(|one| one.label.is_outcome),
        good: how_many(|one| one.label.is_outcome && one.label.is_good()),
        bad: how_many(|one| one.label.is_outcome && !one.label.is_good()),
        reactions: how_many(|one| !one.label.is_outcome),
        silent: cases - examples.len(),
    }
}

fn too_little(counts: &Counts) -> Option<Refusal> {
    let missing = |have: usize, need: usize| need.checked_sub(have).filter(|&missing| missing > 0);
    missing(counts.outcomes, LEAST_OUTCOMES)
        .map(|missing| Refusal::TooFewOutcomes { missing })
        .or_else(|| missing(counts.good, LEAST_OF_A_KIND).map(|missing| Refusal::TooFewGood { missing }))
        .or_else(|| missing(counts.bad, LEAST_OF_A_KIND).map(|missing| Refusal::TooFewBad { missing }))
}

fn decide(trial: &Trial) -> Decision {
    match () {
        () if trial.candidate.weights == trial.incumbent.weights => Decision::Keep(Refusal::NothingNew),
        () if trial.gain.is_clear() => Decision::Promote,
        () => Decision::Keep(Refusal::NotClearlyBetter),
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::matching::engine::{
        FACTORS, Features,
        learn::{Dated, Ending, Reaction},
        level::chance,
        random::Random,
    };

    fn learner() -> Learner {
        Learner { first: Weights::default(), incumbent: Weights::default(), seed: 1 }
    }

    fn case(id: u128, values: [u16; FACTORS], ending: Ending) -> Case {
        Case {
            id: Uuid::from_u128(id),
            features: Features::from(values.map(Some)),
            ending: Some(Dated { what: ending, days_ago: 0 }),
            midpoint: None,
            reaction: None,
        }
    }

    /// Pairs that go well by two factors of which the first weights think little.
    fn cases(count: u128, seed: u64) -> Vec<Case> {
        let mut random = Random::new(seed);
        (0..count)
            .map(|id| {
                let values = [(); FACTORS].map(|()| u16::try_from(random.below(10_001)).unwrap_or(0));
                let of = |factor: Factor| f64::from(values[factor as usize]) / 1e4 - 0.5;
                let truth = 0.5 + 5.0 * of(Factor::Format) + 4.0 * of(Factor::Workload);
                let goes_well = f64::from(random.below(1_000_000)) < 1e6 * chance(truth);
                case(id, values, if goes_well { Ending::GoalsMet } else { Ending::Mismatch })
            })
            .collect()
    }

    #[test]
    fn what_really_counts_is_found_and_promoted() {
        let verdict = learner().learn(&cases(3_000, 2));
        let trial = verdict.trial.unwrap();
        assert_eq!(verdict.decision, Decision::Promote);
        let to = |factor: Factor| trial.changes[factor as usize].to;
        assert!(to(Factor::Format) > 4_000 && to(Factor::Workload) > 3_000, "{:?}", trial.changes);
        assert!(to(Factor::SkillCoverage) < 700, "{:?}", trial.changes);
        assert!(trial.candidate.log_loss < trial.incumbent.log_loss);
        assert!(trial.candidate.calibration_error < 0.05, "{}", trial.candidate.calibration_error);
        assert!(trial.changes.iter().all(|change| (50..=100).contains(&change.learnt_percent)));
    }

    #[test]
    fn the_order_of_the_cases_does_not_matter() {
        let mut cases = cases(400, 3);
        let verdict = learner().learn(&cases);
        cases.reverse();
        cases.rotate_left(123);
        assert_eq!(learner().learn(&cases), verdict);
    }

    #[test]
    fn below_a_hundred_outcomes_nothing_is_learnt() {
        let mut cases = cases(99, 4);
        let values = [5_000; FACTORS];
        cases.extend((1_000..2_000).map(|id| case(id, values, Ending::Censored)));
        cases.extend((2_000..3_000).map(|id| Case {
            ending: None,
            reaction: Some(Dated { what: Reaction::NotRelevant, days_ago: 3 }),
            ..case(id, values, Ending::Censored)
        }));
        let verdict = learner().learn(&cases);
        assert_eq!(verdict.decision, Decision::Keep(Refusal::TooFewOutcomes { missing: 1 }));
        assert_eq!(verdict.trial, None);
        let Counts { outcomes, reactions, silent, .. } = verdict.counts;
        assert_eq!((outcomes, reactions, silent), (99, 1_000, 1_000));
    }

    #[test]
    fn nothing_is_learnt_from_happy_ends_alone() {
        let all_well: Vec<_> = (0..200).map(|id| case(id, [7_000; FACTORS], Ending::GoalsMet)).collect();
        assert_eq!(learner().learn(&all_well).decision, Decision::Keep(Refusal::TooFewBad { missing: 20 }));
        let all_ill: Vec<_> = (0..200).map(|id| case(id, [7_000; FACTORS], Ending::Mismatch)).collect();
        assert_eq!(learner().learn(&all_ill).decision, Decision::Keep(Refusal::TooFewGood { missing: 20 }));
    }

    #[test]
    fn pairs_that_are_all_alike_change_nothing() {
        let endings = [Ending::GoalsMet, Ending::Mismatch];
        let alike: Vec<_> = (0..200).map(|id| case(id, [5_000; FACTORS], endings[usize::from(id % 3 == 0)])).collect();
        let verdict = learner().learn(&alike);
        assert_eq!(verdict.decision, Decision::Keep(Refusal::NothingNew));
        assert!(verdict.trial.unwrap().changes.iter().all(|change| change.learnt_percent == 0));
    }

    #[test]
    fn what_is_already_in_use_is_not_promoted_again() {
        let cases = cases(3_000, 2);
        let learnt = learner().learn(&cases).trial.unwrap().candidate.weights;
        let verdict = Learner { incumbent: learnt, ..learner() }.learn(&cases);
        assert_eq!(verdict.decision, Decision::Keep(Refusal::NothingNew));
    }
}
