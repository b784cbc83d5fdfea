//! What a version tells a coordinator, in sentences.

use chrono::{DateTime, Utc};

use super::model::{MatchModel, MatchModelStatus};
use super::report::{Counts, FactorMove, Foretold, MatchModelFinding, Report, TrialReport};
use super::shadow::{Compared, TOLD_AT_ONCE};
use crate::matching::engine::WHOLE;
use crate::matching::suggestion::assessment::SuggestionFactor;
use crate::matching::weighting::basis::ModelVersion;
use crate::number::in_parts;

/// Figures about fewer than this are not told.
const LEAST_TOLD: usize = 20;
/// Below so many outcomes nothing is learnt.
const LEAST_OUTCOMES: usize = 100;
/// From here on it is worth a word that percentages may be off.
const MUCH_OFF: f64 = 0.05;

/// A count in whole tens, so that two answers never differ by one person's; `None` where it is about too few.
pub fn told(count: usize) -> Option<i64> {
    let tens = count / 10 * 10;
    i64::try_from(tens).ok().filter(|_| count >= LEAST_TOLD)
}

/// A weight in percent: 26 %, 31.4 %.
fn percent(weight: u16) -> String {
    let tenths = in_parts(f64::from(weight) / f64::from(WHOLE), 1_000);
    match (tenths / 10, tenths % 10) {
        (whole, 0) => format!("{whole} %"),
        (whole, tenth) => format!("{whole}.{tenth} %"),
    }
}

/// How sure of what happened weights were on average, in percent with one decimal.
pub fn sureness(foretold: &Foretold) -> f64 {
    f64::from(in_parts((-foretold.log_loss).exp(), 1_000)) / 10.0
}

/// What a factor is called at the beginning of a sentence, and whether it is many.
const fn subject(factor: SuggestionFactor) -> (&'static str, bool) {
    match factor {
        SuggestionFactor::SkillCoverage => ("Skills", true),
        SuggestionFactor::LevelGap => ("The levels between the two", true),
        SuggestionFactor::Aspiration => ("The role that the mentee aims for", false),
        SuggestionFactor::MutualInterest => ("Shared topics", true),
        SuggestionFactor::ExperienceGap => ("Years at work", true),
        SuggestionFactor::TeamDistance => ("The distance between their teams", false),
        SuggestionFactor::Availability => ("Shared working hours", true),
        SuggestionFactor::Workload => ("The mentor's free places", true),
        SuggestionFactor::Format => ("Ways to meet", true),
        SuggestionFactor::PersonalFit => ("How alike the two like to work", false),
    }
}

/// What changes for one factor. `is_used`: it has come to pass.
pub fn of_change(change: FactorMove, is_used: bool) -> String {
    let (subject, is_many) = subject(change.factor);
    let verb = match (is_used, is_many) {
        (true, true) => "now count",
        (true, false) => "now counts",
        (false, _) => "would count",
    };
    let (from, to) = (percent(change.from), percent(change.to));
    match change.to.cmp(&change.from) {
        _ if from == to => format!("{subject} {verb} as much as before: {to}."),
        std::cmp::Ordering::Less if change.to == 0 => format!("{subject} {verb} no longer: {from} → {to}."),
        std::cmp::Ordering::Less => format!("{subject} {verb} less: {from} → {to}."),
        std::cmp::Ordering::Equal | std::cmp::Ordering::Greater => format!("{subject} {verb} more: {from} → {to}."),
    }
}

/// The one sentence above all.
pub fn headline(model: &MatchModel) -> String {
    let report = model.report.as_ref().map(|report| &report.0);
    match (model.status, report) {
        (MatchModelStatus::Learning, _) => "How pairs went is being learnt from; nothing changes by that.".to_owned(),
        (MatchModelStatus::Failed, _) => {
            "Learning failed, and nothing changes. The log of the service says why.".to_owned()
        }
        (MatchModelStatus::InUse, None) => "The first weights, made by hand, are in use.".to_owned(),
        (_, None) => "The first weights, made by hand; others are in use now.".to_owned(),
        (MatchModelStatus::Kept, Some(report)) => format!("Nothing changes: {}", why_kept(report, model.base)),
        (MatchModelStatus::Shadow, Some(report)) => {
            format!("{} It runs in the shadow: no suggestion is made by it yet.", gist(report, false))
        }
        (MatchModelStatus::InUse, Some(report)) => {
            format!("{} In use; promoted on {}.", gist(report, true), day(model.promoted_at))
        }
        (MatchModelStatus::Retired, Some(report)) if model.rolled_back_at.is_some() => {
            format!("{} Rolled back on {}.", gist(report, false), day(model.rolled_back_at))
        }
        (MatchModelStatus::Retired, Some(report)) if model.promoted_at.is_some() => {
            format!("{} A newer version took its place.", gist(report, false))
        }
        (MatchModelStatus::Retired, Some(report)) => format!("{} It was never used.", gist(report, false)),
    }
}

fn day(at: Option<DateTime<Utc>>) -> String {
    at.map(|at| at.format("%-d %B %Y").to_string()).unwrap_or_default()
}

/// What gains and what loses most.
fn gist(report: &Report, is_used: bool) -> String {
    let changes = report.trial.iter().flat_map(|trial| &trial.changes);
    let by = |change: &&FactorMove| i32::from(change.to) - i32::from(change.from);
    let (gains, loses) = (changes.clone().max_by_key(by), changes.min_by_key(by));
    let sentences = gains.into_iter().chain(loses).map(|change| of_change(*change, is_used));
    sentences.collect::<Vec<_>>().join(" ")
}

fn why_kept(report: &Report, base: Option<ModelVersion>) -> String {
    let base = base.unwrap_or(ModelVersion::FIRST);
    match report.finding {
        MatchModelFinding::TooFewOutcomes => {
            let known = report.counts.map_or(0, |counts| counts.outcomes);
            match told(known).and_then(|known| usize::try_from(known).ok()) {
                Some(known) => {
                    format!("at most {} more outcomes are needed before anything is learnt.", LEAST_OUTCOMES - known)
                }
                None => format!(
                    "fewer than {LEAST_TOLD} outcomes are known, and {LEAST_OUTCOMES} are needed before anything is learnt."
                ),
            }
        }
        MatchModelFinding::TooFewGood => {
            format!("fewer than {LEAST_TOLD} pairs went well, so nothing tells what makes them.")
        }
        MatchModelFinding::TooFewBad => {
            format!("fewer than {LEAST_TOLD} pairs went badly, so nothing tells what to avoid.")
        }
        MatchModelFinding::NothingCounts => "no factor foretells how pairs go.".to_owned(),
        MatchModelFinding::NothingNew => format!("outcomes teach just what {base} has."),
        MatchModelFinding::SameData => {
            let before = report.same_as.unwrap_or(base);
            format!("nothing has happened since {before} was learnt.")
        }
        MatchModelFinding::TooLittleNew => {
            format!("fewer than {LEAST_TOLD} outcomes were added since some were looked at.")
        }
        MatchModelFinding::NotClearlyBetter | MatchModelFinding::Better => {
            format!("what was learnt does not foretell clearly better than {base}.")
        }
    }
}

/// How much better it foretells.
pub fn of_foretelling(trial: &TrialReport, base: ModelVersion) -> String {
    let (learnt, before) = (sureness(&trial.learnt), sureness(&trial.base));
    let verdict = if trial.gain > 0.0 && trial.gain >= trial.needed {
        "That is better by more than chance would explain easily."
    } else if trial.gain > 0.0 {
        "That is better, yet chance would explain it easily."
    } else {
        "That is no better."
    };
    format!(
        "Asked about pairs that it had not seen, it gave what then happened a chance of {learnt:.1} % on average, and \
         {base} one of {before:.1} %; a coin gives 50 %. {verdict}"
    )
}

/// What it rests on.
pub fn of_counts(counts: &Counts) -> String {
    match told(counts.outcomes) {
        Some(outcomes) => format!("Rests on how at least {outcomes} pairs went, the newer the more."),
        None => format!("Fewer than {LEAST_TOLD} pairs have an outcome."),
    }
}

/// What was seen in its shadow.
pub fn of_shadow(compared: &Compared) -> String {
    let Compared { told_requests, told_shown, told_stayed, told_shifted } = *compared;
    if told_requests == 0 {
        return format!("Compared on fewer than {TOLD_AT_ONCE} requests so far.");
    }
    format!(
        "On {told_requests} requests it would have kept {:.0} % of the suggestions made, each {:.1} places from where it \
         stood on average.",
        100.0 * ratio(told_stayed, told_shown),
        ratio(told_shifted, told_shown)
    )
}

/// One number over another.
#[expect(clippy::cast_precision_loss, reason = "counts of suggestions")]
pub fn ratio(of: i64, all: i64) -> f64 {
    if all == 0 { 0.0 } else { of as f64 / all as f64 }
}

/// What may happen next.
pub fn next_step(model: &MatchModel) -> Option<String> {
    let ripe_at = model.ripe_at()?;
    Some(format!("An admin may promote it from {} on.", ripe_at.format("%-d %B %Y")))
}

/// What holds of everything that is learnt.
const ALWAYS: [&str; 4] = [
    "Only pairs that came about can be learnt from, so it knows little of people whom nobody would have put together.",
    "What counts is how pairs ended and how suggestions were answered; nobody is asked half-way yet. Pairs that ended \
     because of burnout, a change of life, somebody leaving or the end of a program tell nothing.",
    "What foretells how pairs go need not be why they do.",
    "Programs with weights of their own keep them.",
];

/// What to bear in mind.
pub fn caveats(report: &Report) -> Vec<String> {
    let Some(trial) = &report.trial else { return Vec::new() };
    let mut all: Vec<_> = ALWAYS.into_iter().map(str::to_owned).collect();
    if report.lacks_style {
        all.push(format!(
            "How alike people like to work was left out: fewer than {LEAST_TOLD} pairs with an outcome agreed to its use."
        ));
    }
    let unlearnt = trial.changes.iter().filter(|change| change.learnt_percent < 10);
    let unlearnt: Vec<_> = unlearnt.map(|change| subject(change.factor).0).collect();
    if !unlearnt.is_empty() {
        all.push(format!("Outcomes say next to nothing yet about: {}.", unlearnt.join("; ")));
    }
    if trial.learnt.calibration_error > MUCH_OFF {
        let off = 100.0 * trial.learnt.calibration_error;
        all.push(format!("Its percentages may be off by {off:.0} points."));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(from: u16, to: u16) -> FactorMove {
        FactorMove { factor: SuggestionFactor::SkillCoverage, from, to, learnt_percent: 40 }
    }

    #[test]
    fn a_change_is_a_sentence() {
        assert_eq!(of_change(change(2_600, 3_100), true), "Skills now count more: 26 % → 31 %.");
        assert_eq!(of_change(change(2_600, 1_136), false), "Skills would count less: 26 % → 11.4 %.");
        assert_eq!(of_change(change(2_600, 0), true), "Skills now count no longer: 26 % → 0 %.");
        assert_eq!(of_change(change(2_600, 2_599), true), "Skills now count as much as before: 26 %.");
        let style = FactorMove { factor: SuggestionFactor::PersonalFit, ..change(1_000, 1_997) };
        assert_eq!(of_change(style, true), "How alike the two like to work now counts more: 10 % → 20 %.");
    }

    #[test]
    fn what_is_about_few_is_not_told() {
        assert_eq!([0, 1, 19, 20, 29, 107].map(told), [None, None, None, Some(20), Some(20), Some(100)]);
    }

    #[test]
    fn sureness_is_a_percentage() {
        let coin = Foretold { log_loss: std::f64::consts::LN_2, calibration_error: 0.0 };
        assert!((sureness(&coin) - 50.0).abs() < 1e-9);
    }
}
