//! The view of a match model.

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::model::{MatchModel, MatchModelStatus};
use super::report::{FactorMove, MatchModelFinding, Report, TrialReport};
use super::words;
use crate::ids::PersonId;
use crate::matching::engine::Weights;
use crate::matching::engine::learn::Curve;
use crate::matching::suggestion::assessment::SuggestionFactor;
use crate::matching::suggestion::model::SuggestionLevel;
use crate::matching::weighting::basis::ModelVersion;
use crate::matching::weighting::factor_weights::FactorWeights;
use crate::number::in_parts;
use crate::people::person::api::PersonRef;
use crate::policy::view;
use crate::text::Name;

view! {
    /// A version of the weights and the calibration that make a score, and why it is used or not. For admins and for
    /// coordinators of a program. All figures are sums over pairs, never about one pair or person.
    MatchModelView of model: MatchModel, clearance {
        let is_first = model.version == ModelVersion::FIRST;
        let report = model.report.as_ref().map(|report| &report.0);
        let trial = report.and_then(|report| report.trial.as_ref());
        let base = model.base.unwrap_or(ModelVersion::FIRST);
        let curve = match &model.curve {
            Some(kept) => Some(Curve::from(&kept.0)),
            None => is_first.then(Curve::default),
        };
        let first = || Weights::default().try_into().ok();
        /// Version of the match model. Suggestions have it as `model_version`.
        public version: ModelVersion,
        /// Status of the version.
        public status: MatchModelStatus,
        /// Summary in one to three sentences.
        #[schema(max_length = 1000, examples("Skills now count more: 26 % → 31 %. In use. Promoted on 9 March 2026."))]
        public headline: String = words::headline(&model),
        /// What an admin may do next, in words. `null`: the version is not in the shadow.
        #[schema(max_length = 500)]
        public next_step: Option<String> = words::next_step(&model),
        /// Result of learning. `null`: the first version, a version that is still being learnt, or one that failed.
        public finding: Option<MatchModelFinding> = report.map(|report| report.finding),
        /// Weight of each factor in a score. `null`: the version has no weights that may be used.
        public weights: Option<FactorWeights> =
            model.weights.map(|kept| kept.0).or_else(|| first().filter(|_| is_first)),
        /// Change of each factor compared with `base`, largest increase first. Empty: the version was not compared with
        /// `base`.
        #[schema(max_items = 10)]
        public changes: Vec<MatchModelChange> =
            report.map(|report| MatchModelChange::all(report, model.status)).unwrap_or_default(),
        /// Version that was in use when this one was learnt. Rolling back returns to it. `null`: the first version, a
        /// version that is still being learnt, or one that failed.
        public base: Option<ModelVersion>,
        /// The data the version is based on. `null`: nothing was learnt from data.
        public evidence: Option<MatchModelEvidence> = report.and_then(MatchModelEvidence::of),
        /// How well the version predicts how pairs go, compared with `base`. `null`: it was not compared.
        public prediction: Option<MatchModelPrediction> = trial.map(|trial| MatchModelPrediction::of(trial, base)),
        /// What to keep in mind when you use the version. Empty: it was not compared with `base`.
        #[schema(max_items = 20)]
        public caveats: Vec<String> = report.map(words::caveats).unwrap_or_default(),
        /// Meaning of a score in this version, in steps of 1 000. Empty: the version has no weights that may be used.
        #[schema(max_items = 11)]
        public calibration: Vec<MatchModelCalibration> =
            curve.as_ref().map(MatchModelCalibration::table).unwrap_or_default(),
        /// How much the version would have changed the suggestions while it was in the shadow. `null`: it was never in
        /// the shadow.
        public shadow: Option<MatchModelShadow> = MatchModelShadow::of(&model),
        /// SHA-256 of the data that was learnt from. Two versions with the same value were learnt from the same data.
        /// `null`: too little data was new, or nothing was learnt.
        #[schema(max_length = 64, examples("9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"))]
        public data_hash: Option<String>,
        /// Seed that decides how pairs are divided into groups to test the version. The same data and seed give the
        /// same result.
        #[schema(minimum = 0, examples(1))]
        public seed: i64,
        /// Time of the request to learn.
        public created_at: DateTime<Utc>,
        /// Time when learning was finished. A better version is in the shadow from then on. `null`: still being learnt,
        /// or the first version.
        public decided_at: Option<DateTime<Utc>>,
        /// Admin who promoted the version. `null`: it was never promoted.
        public promoted_by: Option<PersonRef> =
            person(model.promoted_by_id.zip(model.promoted_by_name), model.promoted_by_title),
        /// Time of the promotion. `null`: it was never promoted.
        public promoted_at: Option<DateTime<Utc>>,
        /// Admin who rolled the version back. `null`: it was not rolled back.
        public rolled_back_by: Option<PersonRef> =
            person(model.rolled_back_by_id.zip(model.rolled_back_by_name), model.rolled_back_by_title),
        /// Time of the roll-back. `null`: it was not rolled back.
        public rolled_back_at: Option<DateTime<Utc>>,
    }
}

/// Change of one factor.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct MatchModelChange {
    /// The factor.
    factor: SuggestionFactor,
    /// Weight in `base`, of 10 000.
    #[schema(minimum = 0, maximum = 10_000, examples(2_600))]
    from: u16,
    /// Weight in this version, of 10 000. For a version that was `kept`: rounded to whole percents.
    #[schema(minimum = 0, maximum = 10_000, examples(3_100))]
    to: u16,
    /// Share of the weight that comes from outcomes, in percent. The rest comes from the first weights.
    #[schema(minimum = 0, maximum = 100, examples(62))]
    learnt_percent: u8,
    /// The same in words.
    #[schema(max_length = 200, examples("Skills now count more: 26 % → 31 %."))]
    sentence: String,
}

/// The data a version is based on. Counts are rounded down to whole tens. `null`: fewer than 20. With fewer than 100
/// outcomes only `outcomes` is given.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct MatchModelEvidence {
    /// Number of pairs that went well or badly, at least.
    #[schema(minimum = 20, examples(420))]
    outcomes: Option<i64>,
    /// Number of pairs that went well, at least. Also `null` if fewer than 20 pairs went badly.
    #[schema(minimum = 20, examples(290))]
    went_well: Option<i64>,
    /// Number of pairs that went badly, at least. Also `null` if fewer than 20 pairs went well.
    #[schema(minimum = 20, examples(130))]
    went_badly: Option<i64>,
    /// Number of suggestions where only the answer is known, at least. They count less than outcomes.
    #[schema(minimum = 20, examples(90))]
    answers: Option<i64>,
    /// Number of proposals that were not used for learning, because their result is not known yet, at least. For
    /// example: the pair has not ended. `null`: fewer than 20, or fewer than 100 outcomes.
    #[schema(minimum = 20, examples(140))]
    left_out: Option<i64>,
    /// The same in words.
    #[schema(max_length = 500)]
    sentence: String,
}

/// How well two versions predict pairs that were not used to learn them.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct MatchModelPrediction {
    /// Mean probability in percent that this version gave to the actual results. Tossing a coin gives 50 %.
    #[schema(minimum = 0.0, maximum = 100.0, examples(66.1))]
    percent: f64,
    /// Mean probability in percent that `base` gave to the actual results.
    #[schema(minimum = 0.0, maximum = 100.0, examples(58.3))]
    base_percent: f64,
    /// By how much the mean error of this version is smaller than that of `base`, in nats (log loss). Below 0: it is
    /// larger.
    #[schema(examples(0.126))]
    gain: f64,
    /// Standard error of `gain`, in nats.
    #[schema(minimum = 0.0, examples(0.03))]
    standard_error: f64,
    /// Smallest `gain` that counts as clearly better, in nats.
    #[schema(minimum = 0.0, examples(0.015))]
    needed: f64,
    /// Mean difference between predicted and actual percentages, in percentage points (expected calibration error).
    #[schema(minimum = 0.0, maximum = 100.0, examples(2.4))]
    calibration_error: f64,
    /// The same for `base`, in percentage points.
    #[schema(minimum = 0.0, maximum = 100.0, examples(4.0))]
    base_calibration_error: f64,
    /// The same in words.
    #[schema(max_length = 500)]
    sentence: String,
}

/// Meaning of one score.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct MatchModelCalibration {
    /// Score, of 10 000.
    #[schema(minimum = 0, maximum = 10_000, examples(7_000))]
    score: u16,
    /// Estimated chance that such a pair does well, in percent.
    #[schema(minimum = 0, maximum = 100, examples(77))]
    percent: u8,
    /// Level of the score, before cautions. `null`: mentors with this score are not suggested.
    level: Option<SuggestionLevel>,
}

/// How much a version would have changed the suggestions. The figures are updated after every 20 requests. Only the
/// best mentors of the version in use are compared, three for each requested suggestion. Other mentors are not
/// considered.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct MatchModelShadow {
    /// Number of compared requests.
    #[schema(minimum = 0, multiple_of = 20, examples(60))]
    requests: i64,
    /// Share of the suggestions that this version would have made too, in percent: they are as high among the compared
    /// mentors, and their score is not too low, before cautions. `null`: fewer than 20 requests were compared.
    #[schema(minimum = 0.0, maximum = 100.0, examples(72.5))]
    stayed_percent: Option<f64>,
    /// Mean number of positions by which a suggestion would have moved among the compared mentors. `null`: fewer than
    /// 20 requests were compared.
    #[schema(minimum = 0.0, examples(1.3))]
    mean_shift: Option<f64>,
    /// The same in words.
    #[schema(max_length = 500)]
    sentence: String,
}

/// Rounds to some decimals, so that the figure is not more precise than it can be.
fn rounded(number: f64, decimals: i32) -> f64 {
    let scale = 10_f64.powi(decimals);
    (number * scale).round() / scale
}

impl MatchModelChange {
    fn of(change: FactorMove, is_used: bool) -> Self {
        let FactorMove { factor, from, to, learnt_percent } = change;
        Self { factor, from, to, learnt_percent, sentence: words::of_change(change, is_used) }
    }

    fn all(report: &Report, status: MatchModelStatus) -> Vec<Self> {
        let is_kept = status == MatchModelStatus::Kept;
        let published = |change: FactorMove| if is_kept { change.in_percents() } else { change };
        let mut changes: Vec<_> =
            report.trial.iter().flat_map(|trial| &trial.changes).map(|change| published(*change)).collect();
        changes.sort_by_key(|change| i32::from(change.from) - i32::from(change.to));
        changes.into_iter().map(|change| Self::of(change, status == MatchModelStatus::InUse)).collect()
    }
}

impl MatchModelEvidence {
    fn of(report: &Report) -> Option<Self> {
        let counts = report.counts?;
        // One of the two and the sum would reveal the other.
        let both = words::rounded_count(counts.good).zip(words::rounded_count(counts.bad));
        let whole = Self {
            outcomes: words::rounded_count(counts.outcomes),
            went_well: both.map(|(good, _)| good),
            went_badly: both.map(|(_, bad)| bad),
            answers: words::rounded_count(counts.reactions),
            left_out: words::rounded_count(counts.silent),
            sentence: words::of_counts(&counts),
        };
        if report.finding == MatchModelFinding::TooFewOutcomes {
            // An admin can ask again after each new outcome, so more counts would reveal how single pairs ended.
            return Some(Self { went_well: None, went_badly: None, answers: None, left_out: None, ..whole });
        }
        Some(whole)
    }
}

impl MatchModelPrediction {
    fn of(trial: &TrialReport, base: ModelVersion) -> Self {
        Self {
            percent: words::mean_chance(&trial.learnt),
            base_percent: words::mean_chance(&trial.base),
            gain: rounded(trial.gain, 4),
            standard_error: rounded(trial.standard_error, 4),
            needed: rounded(trial.needed, 4),
            calibration_error: rounded(100.0 * trial.learnt.calibration_error, 1),
            base_calibration_error: rounded(100.0 * trial.base.calibration_error, 1),
            sentence: words::of_prediction(trial, base),
        }
    }
}

impl MatchModelCalibration {
    fn table(curve: &Curve) -> Vec<Self> {
        let row = |score| Self { score, percent: curve.percent(score), level: curve.level(score).map(Into::into) };
        (0..=10_000).step_by(1_000).map(row).collect()
    }
}

impl MatchModelShadow {
    fn of(model: &MatchModel) -> Option<Self> {
        let report = model.report.as_ref()?;
        if report.finding != MatchModelFinding::Better {
            return None;
        }
        let compared = model.compared;
        let (requests, shown) = (compared.told_requests, compared.told_shown);
        let mean = |of: f64, decimals| (requests > 0).then(|| rounded(of, decimals));
        Some(Self {
            requests,
            stayed_percent: (requests > 0)
                .then(|| f64::from(in_parts(words::ratio(compared.told_stayed, shown), 1_000)) / 10.0),
            mean_shift: mean(words::ratio(compared.told_shifted, shown), 1),
            sentence: words::of_shadow(&compared),
        })
    }
}

fn person(named: Option<(PersonId, Name)>, title: Option<Name>) -> Option<PersonRef> {
    named.map(|(id, name)| PersonRef::new(id, name, title))
}
