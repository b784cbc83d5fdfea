//! Learning: from cases to a verdict.

use super::{
    case::Case,
    learner::Learner,
    sample::{Example, sample},
    trial::trial,
    verdict::{Counts, Decision, KeepReason, Trial, Verdict},
};

/// With fewer outcomes than this nothing is learnt.
const MIN_OUTCOMES: usize = 100;
/// With fewer good or fewer bad outcomes than this nothing is learnt.
const MIN_OF_A_KIND: usize = 20;

impl Learner {
    /// Learns from these cases. Their order does not matter.
    #[must_use]
    pub fn learn(&self, cases: &[Case]) -> Verdict {
        let examples = sample(cases, self.seed);
        let counts = count(cases.len(), &examples);
        if let Some(reason) = too_little(&counts) {
            return Verdict { counts, trial: None, decision: Decision::Keep(reason) };
        }
        let Some(trial) = trial(self, &examples) else {
            return Verdict { counts, trial: None, decision: Decision::Keep(KeepReason::NothingCounts) };
        };
        let decision = decide(&trial);
        Verdict { counts, trial: Some(trial), decision }
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

fn too_little(counts: &Counts) -> Option<KeepReason> {
    let missing = |have: usize, need: usize| need.checked_sub(have).filter(|&missing| missing > 0);
    missing(counts.outcomes, MIN_OUTCOMES)
        .map(|missing| KeepReason::TooFewOutcomes { missing })
        .or_else(|| missing(counts.good, MIN_OF_A_KIND).map(|missing| KeepReason::TooFewGood { missing }))
        .or_else(|| missing(counts.bad, MIN_OF_A_KIND).map(|missing| KeepReason::TooFewBad { missing }))
}

fn decide(trial: &Trial) -> Decision {
    match () {
        () if trial.candidate.weights == trial.incumbent.weights => Decision::Keep(KeepReason::NothingNew),
        () if trial.gain.is_clear() => Decision::Promote,
        () => Decision::Keep(KeepReason::NotClearlyBetter),
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::matching::engine::{
        FACTORS, Factor, Features, Weights,
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

    /// Pairs whose result depends on two factors with small first weights.
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
    fn the_factors_that_count_are_found_and_promoted() {
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
        assert_eq!(verdict.decision, Decision::Keep(KeepReason::TooFewOutcomes { missing: 1 }));
        assert_eq!(verdict.trial, None);
        let Counts { outcomes, reactions, silent, .. } = verdict.counts;
        assert_eq!((outcomes, reactions, silent), (99, 1_000, 1_000));
    }

    #[test]
    fn nothing_is_learnt_from_happy_ends_alone() {
        let all_well: Vec<_> = (0..200).map(|id| case(id, [7_000; FACTORS], Ending::GoalsMet)).collect();
        assert_eq!(learner().learn(&all_well).decision, Decision::Keep(KeepReason::TooFewBad { missing: 20 }));
        let all_ill: Vec<_> = (0..200).map(|id| case(id, [7_000; FACTORS], Ending::Mismatch)).collect();
        assert_eq!(learner().learn(&all_ill).decision, Decision::Keep(KeepReason::TooFewGood { missing: 20 }));
    }

    #[test]
    fn pairs_that_are_all_alike_change_nothing() {
        let endings = [Ending::GoalsMet, Ending::Mismatch];
        let alike: Vec<_> = (0..200).map(|id| case(id, [5_000; FACTORS], endings[usize::from(id % 3 == 0)])).collect();
        let verdict = learner().learn(&alike);
        assert_eq!(verdict.decision, Decision::Keep(KeepReason::NothingNew));
        assert!(verdict.trial.unwrap().changes.iter().all(|change| change.learnt_percent == 0));
    }

    #[test]
    fn weights_in_use_are_not_promoted_again() {
        let cases = cases(3_000, 2);
        let learnt = learner().learn(&cases).trial.unwrap().candidate.weights;
        let verdict = Learner { incumbent: learnt, ..learner() }.learn(&cases);
        assert_eq!(verdict.decision, Decision::Keep(KeepReason::NothingNew));
    }
}
