//! Isotonic regression: the rising steps nearest to the outcomes (pool adjacent violators).

use super::sample::Point;

/// Smallest number of outcomes of a step. Otherwise one bad pair at the end of the scale would give a chance of 0.
const MIN_POINTS: usize = 50;

/// One step: from this score on, up to the next.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CurveStep {
    /// The first score of the step.
    pub from: u16,
    /// The chance of the step.
    pub chance: f64,
}

/// Steps that rise with the score.
#[derive(Debug, Clone, PartialEq)]
pub struct Steps(Vec<CurveStep>);

impl Steps {
    /// Steps that were stored. `None`: there is no step, scores or chances do not rise, or a chance is not from 0 to 1.
    #[must_use]
    pub fn new(steps: Vec<CurveStep>) -> Option<Self> {
        let rise = steps.windows(2).all(|two| two[0].from < two[1].from && two[0].chance <= two[1].chance);
        let are_chances = steps.iter().all(|step| (0.0..=1.0).contains(&step.chance));
        (rise && are_chances && !steps.is_empty()).then_some(Self(steps))
    }

    /// The steps, from the lowest.
    #[must_use]
    pub fn as_slice(&self) -> &[CurveStep] {
        &self.0
    }

    /// The chance of a score. Below the first step: the chance of the first step, because no lower score has an
    /// outcome.
    #[must_use]
    pub fn chance(&self, score: u16) -> f64 {
        let above = self.0.partition_point(|step| step.from <= score);
        self.0.get(above.saturating_sub(1)).map_or(0.5, |step| step.chance)
    }

    pub(super) fn through(points: &[Point]) -> Self {
        let mut pools: Vec<Pool> = Vec::new();
        for pool in bundles(points) {
            pools.push(pool);
            while let [.., lower, higher] = pools[..]
                && lower.chance() >= higher.chance()
            {
                pools.truncate(pools.len() - 2);
                pools.push(lower.joined(higher));
            }
        }
        Self(pools.iter().map(|pool| CurveStep { from: pool.from, chance: pool.chance() }).collect())
    }
}

/// Neighbouring points with one common chance.
#[derive(Debug, Clone, Copy)]
struct Pool {
    from: u16,
    good: f64,
    weight: f64,
}

impl Pool {
    fn of(points: &[&Point]) -> Self {
        let good = points.iter().map(|point| point.weight * point.label).sum();
        let weight = points.iter().map(|point| point.weight).sum();
        Self { from: points.first().map_or(0, |point| point.score), good, weight }
    }

    fn chance(&self) -> f64 {
        self.good / self.weight
    }

    fn joined(self, higher: Self) -> Self {
        Self { from: self.from, good: self.good + higher.good, weight: self.weight + higher.weight }
    }
}

/// The points by score, in bundles. Points with the same score are in one bundle.
fn bundles(points: &[Point]) -> Vec<Pool> {
    let mut sorted: Vec<&Point> = points.iter().collect();
    sorted.sort_by_key(|point| point.score);
    let (mut bundles, mut rest) = (Vec::new(), sorted.as_slice());
    while !rest.is_empty() {
        let full =
            rest.get(MIN_POINTS - 1).map_or(rest.len(), |last| rest.partition_point(|point| point.score <= last.score));
        // The rest would be too small for a bundle, so it joins the last one.
        let end = if rest.len() - full < MIN_POINTS { rest.len() } else { full };
        bundles.push(Pool::of(&rest[..end]));
        rest = &rest[end..];
    }
    bundles
}

#[cfg(test)]
mod tests {
    use super::*;

    fn many(score: u16, good: usize, count: usize) -> impl Iterator<Item = Point> {
        (0..count).map(move |i| Point { score, label: if i < good { 1.0 } else { 0.0 }, weight: 1.0 })
    }

    #[test]
    fn points_that_do_not_rise_are_one_step() {
        let points: Vec<_> = many(2_000, 20, 100).chain(many(4_000, 80, 100)).chain(many(6_000, 60, 100)).collect();
        let steps = Steps::through(&points);
        assert_eq!(steps.as_slice(), [CurveStep { from: 2_000, chance: 0.2 }, CurveStep { from: 4_000, chance: 0.7 }]);
        let percent = |score| (100.0 * steps.chance(score)).round().to_string();
        assert_eq!([0, 3_999, 4_000, 9_999].map(percent), ["20", "20", "70", "70"]);
    }

    #[test]
    fn falling_steps_are_refused() {
        let steps = |chances: [f64; 2]| {
            Steps::new(vec![
                CurveStep { from: 1_000, chance: chances[0] },
                CurveStep { from: 2_000, chance: chances[1] },
            ])
        };
        assert_eq!(steps([0.2, 0.7]).map(|steps| steps.as_slice().len()), Some(2));
        assert_eq!([[0.7, 0.2], [0.2, 1.1], [f64::NAN, 0.5]].map(steps), [None, None, None]);
        assert_eq!(Steps::new(vec![]), None);
    }

    #[test]
    fn few_points_do_not_make_a_step() {
        let points: Vec<_> = many(2_000, 0, 3).chain(many(3_000, 50, 100)).chain(many(9_000, 7, 7)).collect();
        assert_eq!(Steps::through(&points).as_slice().len(), 1);
        assert!((Steps::through(&[]).chance(5_000) - 0.5).abs() < 1e-12);
    }
}
