//! The sentences about a match model, for admins and coordinators.

use chrono::{DateTime, Utc};

use super::model::{MatchModel, MatchModelStatus};
use super::report::{Counts, FactorMove, MatchModelFinding, PredictionQuality, Report, TrialReport};
use super::shadow::{Compared, REQUESTS_PER_UPDATE};
use crate::matching::engine::WHOLE;
use crate::matching::suggestion::assessment::SuggestionFactor;
use crate::matching::weighting::basis::ModelVersion;
use crate::number::in_parts;

/// Figures about fewer pairs than this are withheld.
const MIN_SHOWN: usize = 20;
/// With fewer outcomes than this nothing is learnt.
const MIN_OUTCOMES: usize = 100;
/// With a larger calibration error there is a caveat.
const MAX_CALIBRATION_ERROR: f64 = 0.05;

/// A count in whole tens, so that two answers never differ by one pair. `None`: the count is too small to publish.
pub fn rounded_count(count: usize) -> Option<i64> {
    let tens = count / 10 * 10;
    i64::try_from(tens).ok().filter(|_| count >= MIN_SHOWN)
}

/// A weight in percent: 26 %, 31.4 %.
fn percent(weight: u16) -> String {
    let tenths = in_parts(f64::from(weight) / f64::from(WHOLE), 1_000);
    match (tenths / 10, tenths % 10) {
        (whole, 0) => format!("{whole} %"),
        (whole, tenth) => format!("{whole}.{tenth} %"),
    }
}

/// Mean probability that the weights gave to the actual results, in percent with one decimal.
pub fn mean_chance(quality: &PredictionQuality) -> f64 {
    f64::from(in_parts((-quality.log_loss).exp(), 1_000)) / 10.0
}

/// Name of a factor at the beginning of a sentence, and whether it is plural.
const fn subject(factor: SuggestionFactor) -> (&'static str, bool) {
    match factor {
        SuggestionFactor::SkillCoverage => ("Skills", true),
        SuggestionFactor::LevelGap => ("The difference in levels", false),
        SuggestionFactor::Aspiration => ("The target role of the mentee", false),
        SuggestionFactor::MutualInterest => ("Shared topics", true),
        SuggestionFactor::ExperienceGap => ("The difference in years at work", false),
        SuggestionFactor::TeamDistance => ("The distance between their teams", false),
        SuggestionFactor::Availability => ("Shared working hours", true),
        SuggestionFactor::Workload => ("The mentor's free places", true),
        SuggestionFactor::Format => ("Shared ways to meet", true),
        SuggestionFactor::PersonalFit => ("Personal fit", false),
    }
}

/// The change of one factor. `is_used`: the version is in use.
pub fn of_change(change: FactorMove, is_used: bool) -> String {
    let (subject, is_plural) = subject(change.factor);
    let (verb, no_longer) = match (is_used, is_plural) {
        (true, true) => ("now count", "no longer count"),
        (true, false) => ("now counts", "no longer counts"),
        (false, _) => ("would count", "would no longer count"),
    };
    let (from, to) = (percent(change.from), percent(change.to));
    match change.to.cmp(&change.from) {
        _ if from == to => format!("{subject} {verb} as much as before: {to}."),
        std::cmp::Ordering::Less if change.to == 0 => format!("{subject} {no_longer}: {from} → {to}."),
        std::cmp::Ordering::Less => format!("{subject} {verb} less: {from} → {to}."),
        std::cmp::Ordering::Equal | std::cmp::Ordering::Greater => format!("{subject} {verb} more: {from} → {to}."),
    }
}

/// The summary of a version.
pub fn headline(model: &MatchModel) -> String {
    let report = model.report.as_ref().map(|report| &report.0);
    match (model.status, report) {
        (MatchModelStatus::Learning, _) => "The service is learning from outcomes. Scores do not change.".to_owned(),
        (MatchModelStatus::Failed, _) => {
            "Learning failed. Scores do not change. The log of the service says why.".to_owned()
        }
        (MatchModelStatus::InUse, None) => "The first weights, set by hand, are in use.".to_owned(),
        (_, None) => "These are the first weights, set by hand. Another version is in use.".to_owned(),
        (MatchModelStatus::Kept, Some(report)) => format!("Nothing changes: {}", why_kept(report, model.base)),
        (MatchModelStatus::Shadow, Some(report)) => {
            format!("{} It runs in the shadow: it does not make suggestions yet.", main_changes(report, false))
        }
        (MatchModelStatus::InUse, Some(report)) => {
            format!("{} In use. Promoted on {}.", main_changes(report, true), day(model.promoted_at))
        }
        (MatchModelStatus::Retired, Some(report)) if model.rolled_back_at.is_some() => {
            format!("{} Rolled back on {}.", main_changes(report, false), day(model.rolled_back_at))
        }
        (MatchModelStatus::Retired, Some(report)) if model.promoted_at.is_some() => {
            format!("{} A newer version replaced it.", main_changes(report, false))
        }
        (MatchModelStatus::Retired, Some(report)) => format!("{} It was never used.", main_changes(report, false)),
    }
}

fn day(at: Option<DateTime<Utc>>) -> String {
    at.map(|at| at.format("%-d %B %Y").to_string()).unwrap_or_default()
}

/// The largest increase and the largest decrease.
fn main_changes(report: &Report, is_used: bool) -> String {
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
            match rounded_count(known).and_then(|known| usize::try_from(known).ok()) {
                Some(known) => {
                    format!("at most {} more outcomes are needed before the service can learn.", MIN_OUTCOMES - known)
                }
                None => {
                    format!("fewer than {MIN_SHOWN} outcomes are known. The service needs {MIN_OUTCOMES} to learn.")
                }
            }
        }
        MatchModelFinding::TooFewGood => {
            format!("fewer than {MIN_SHOWN} pairs went well, so the service cannot learn what helps.")
        }
        MatchModelFinding::TooFewBad => {
            format!("fewer than {MIN_SHOWN} pairs went badly, so the service cannot learn what to avoid.")
        }
        MatchModelFinding::NothingCounts => "no factor predicts how pairs go.".to_owned(),
        MatchModelFinding::NothingNew => format!("the learnt weights are the same as those of {base}."),
        MatchModelFinding::SameData => {
            let before = report.same_as.unwrap_or(base);
            format!("the data has not changed since {before} was learnt.")
        }
        MatchModelFinding::TooLittleNew => {
            format!("fewer than {MIN_SHOWN} outcomes were added since the service last learnt.")
        }
        MatchModelFinding::NotClearlyBetter | MatchModelFinding::Better => {
            format!("the learnt weights do not predict clearly better than {base}.")
        }
    }
}

/// How well the version predicts, compared with `base`.
pub fn of_prediction(trial: &TrialReport, base: ModelVersion) -> String {
    let (learnt, before) = (mean_chance(&trial.learnt), mean_chance(&trial.base));
    let verdict = if trial.gain > 0.0 && trial.gain >= trial.needed {
        "The difference is large enough to use this version."
    } else if trial.gain > 0.0 {
        "That is better, but the difference is small and may be chance."
    } else {
        "That is not better."
    };
    format!(
        "For pairs that were not used to learn, this version gave the actual result a mean probability of \
         {learnt:.1} %. {base} gave {before:.1} %; tossing a coin gives 50 %. {verdict}"
    )
}

/// The data a version is based on.
pub fn of_counts(counts: &Counts) -> String {
    match rounded_count(counts.outcomes) {
        Some(outcomes) => format!("Based on the outcomes of at least {outcomes} pairs. Newer outcomes count more."),
        None => format!("Fewer than {MIN_SHOWN} pairs have an outcome."),
    }
}

/// The comparison in the shadow.
pub fn of_shadow(compared: &Compared) -> String {
    let Compared { told_requests, told_shown, told_stayed, told_shifted } = *compared;
    if told_requests == 0 {
        return format!("Compared on fewer than {REQUESTS_PER_UPDATE} requests so far.");
    }
    format!(
        "On {told_requests} requests this version would have kept {:.0} % of the suggestions. On average a suggestion \
         would have moved by {:.1} positions.",
        100.0 * ratio(told_stayed, told_shown),
        ratio(told_shifted, told_shown)
    )
}

/// One number divided by another. 0 if the second is 0.
#[expect(clippy::cast_precision_loss, reason = "counts of suggestions")]
pub fn ratio(of: i64, all: i64) -> f64 {
    if all == 0 { 0.0 } else { of as f64 / all as f64 }
}

/// What an admin may do next.
pub fn next_step(model: &MatchModel) -> Option<String> {
    let ripe_at = model.ripe_at()?;
    Some(format!("An admin may promote this version from {} on.", ripe_at.format("%-d %B %Y")))
}

/// Caveats of every learnt version.
const ALWAYS: [&str; 4] = [
    "The service learns only from proposals that it made. It knows little about people who were never proposed.",
    "A result is how a pair ended or how a suggestion was answered. There are no ratings from the middle of a pair. \
     Pairs that ended because of burnout, a change of life, a departure or the end of a program are not counted.",
    "A factor that predicts good pairs is not always the cause of good pairs.",
    "Programs with their own weights keep them.",
];

/// What to keep in mind when the version is used.
pub fn caveats(report: &Report) -> Vec<String> {
    let Some(trial) = &report.trial else { return Vec::new() };
    let mut all: Vec<_> = ALWAYS.into_iter().map(str::to_owned).collect();
    if report.lacks_style {
        all.push(format!(
            "Personal fit was left out: in fewer than {MIN_SHOWN} pairs with an outcome both people consent to its use."
        ));
    }
    let unlearnt = trial.changes.iter().filter(|change| change.learnt_percent < 10);
    let unlearnt: Vec<_> = unlearnt.map(|change| subject(change.factor).0).collect();
    if !unlearnt.is_empty() {
        all.push(format!("The outcomes say almost nothing yet about these factors: {}.", unlearnt.join("; ")));
    }
    if trial.learnt.calibration_error > MAX_CALIBRATION_ERROR {
        let off = 100.0 * trial.learnt.calibration_error;
        all.push(format!("Its percentages may be wrong by about {off:.0} points."));
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
        assert_eq!(of_change(change(2_600, 0), true), "Skills no longer count: 26 % → 0 %.");
        assert_eq!(of_change(change(2_600, 2_599), true), "Skills now count as much as before: 26 %.");
        let style = FactorMove { factor: SuggestionFactor::PersonalFit, ..change(1_000, 1_997) };
        assert_eq!(of_change(style, true), "Personal fit now counts more: 10 % → 20 %.");
    }

    #[test]
    fn small_counts_are_withheld() {
        assert_eq!([0, 1, 19, 20, 29, 107].map(rounded_count), [None, None, None, Some(20), Some(20), Some(100)]);
    }

    #[test]
    fn the_mean_chance_is_a_percentage() {
        let coin = PredictionQuality { log_loss: std::f64::consts::LN_2, calibration_error: 0.0 };
        assert!((mean_chance(&coin) - 50.0).abs() < 1e-9);
    }
}
