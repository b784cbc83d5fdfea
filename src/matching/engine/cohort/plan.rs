//! From a core to the best plan of all, or to one whose distance from the best is known.

use std::time::{Duration, Instant};

use super::assign::assign;
use super::auction;
use super::core::Core;
use super::instance::Instance;
use super::price::price;

/// A core that is not the right one by then is joined by one that knows what places are worth.
const ROUNDS: usize = 4;

/// How much work a plan may be.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// So many choices of each mentee to begin with.
    pub choices: usize,
    /// So long; then what was found so far has to do.
    pub time: Duration,
}

impl Default for Effort {
    fn default() -> Self {
        Self { choices: 32, time: Duration::from_secs(30) }
    }
}

/// Who goes to whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The mentor of each mentee.
    pub mentors: Vec<Option<u32>>,
    /// What the pairs are worth together.
    pub value: i64,
    /// No plan is worth more.
    pub bound: i64,
}

impl Plan {
    /// Whether no plan is better.
    #[must_use]
    pub const fn is_best(&self) -> bool {
        self.value == self.bound
    }
}

/// Plans. The same instance and seed make the same plan, as long as the time suffices.
#[must_use]
pub fn plan(instance: &Instance<'_>, effort: Effort, seed: u64) -> Plan {
    let begin = Instant::now();
    let mut core = Core::best(instance, &vec![0; instance.places().len()], effort.choices, seed);
    let mut rounds = 0;
    let mut best: Option<Plan> = None;
    loop {
        let found = assign(&core, instance.mentees(), instance.places());
        let priced = price(instance, &found, seed);
        let pairs = found.mentors.iter().enumerate();
        let value = pairs.filter_map(|(mentee, mentor)| Some(i64::from(instance.value(mentee, (*mentor)?)))).sum();
        let bound = best.as_ref().map_or(priced.bound, |best| best.bound.min(priced.bound));
        let is_over = priced.missed.is_empty() || begin.elapsed() > effort.time;
        // Each core holds the one before, so the last plan is the best so far.
        best = Some(Plan { mentors: found.mentors, value, bound });
        match best {
            Some(best) if is_over => return best,
            _ => {}
        }
        rounds += 1;
        if rounds == ROUNDS {
            let prices = auction::prices(instance);
            core.join(&Core::best(instance, &prices, effort.choices, seed));
        }
        for (mentee, mentor) in priced.missed {
            core.add(mentee, (mentor, i32::from(instance.value(mentee, mentor))));
        }
    }
}
