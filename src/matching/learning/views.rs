//! What is shown of a version.

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
use crate::matching::weighting::model::FactorWeights;
use crate::number::in_parts;
use crate::people::person::api::PersonRef;
use crate::policy::{Clearance, Viewed, view};
use crate::text::Name;

view! {
    /// A version of what makes a score, and why it is used or not. For admins and for those who coordinate a program;
    /// sums over pairs, never a pair or a person.
    MatchModelView {
        /// Names the version, as suggestions do in `model_version`.
        public version: ModelVersion,
        /// Where it is in its life.
        public status: MatchModelStatus,
        /// What to know of it, in a sentence or two.
        #[schema(max_length = 1000, examples("Skills now count more: 26 % → 31 %. In use; promoted on 9 March 2026."))]
        public headline: String,
        /// What may happen next.
        #[schema(max_length = 500)]
        public next_step: Option<String>,
        /// What learning came to; `null` of the first version and while it is being learnt.
        public finding: Option<MatchModelFinding>,
        /// How much each factor counts; `null` of what was not learnt to be used.
        public weights: Option<FactorWeights>,
        /// What changes factor by factor against `base`, the largest gain first.
        #[schema(max_items = 10)]
        public changes: Vec<MatchModelChange>,
        /// The version in use that it was learnt against; rolling back returns to it.
        public base: Option<ModelVersion>,
        /// What it rests on.
        public evidence: Option<MatchModelEvidence>,
        /// How much better it foretells how pairs go.
        public foretelling: Option<MatchModelForetelling>,
        /// What to bear in mind.
        #[schema(max_items = 20)]
        public caveats: Vec<String>,
        /// What a score means under it, in steps of 1 000; empty of what was not learnt to be used.
        #[schema(max_items = 11)]
        public calibration: Vec<MatchModelCalibration>,
        /// How far it would have changed what was suggested while it was in the shadow.
        public shadow: Option<MatchModelShadow>,
        /// Names what there was to learn from (SHA-256): two versions with the same were learnt from the same. `null` where
        /// too little of it was new.
        #[schema(max_length = 64, examples("9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"))]
        public data_hash: Option<String>,
        /// Decides which pairs are judged together; with `data_hash` it makes learning repeatable.
        #[schema(minimum = 0, examples(1))]
        public seed: i64,
        /// When somebody asked for it.
        public created_at: DateTime<Utc>,
        /// When it was learnt; from then on a version that is better is in the shadow.
        public decided_at: Option<DateTime<Utc>>,
        /// Who let it be used.
        public promoted_by: Option<PersonRef>,
        /// When.
        public promoted_at: Option<DateTime<Utc>>,
        /// Who went back to the version before it.
        public rolled_back_by: Option<PersonRef>,
        /// When.
        public rolled_back_at: Option<DateTime<Utc>>,
    }
}

/// What changes for one factor.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct MatchModelChange {
    /// Which.
    factor: SuggestionFactor,
    /// How much it counts under `base`, of 10 000.
    #[schema(minimum = 0, maximum = 10_000, examples(2_600))]
    from: u16,
    /// How much it counts under this version; in whole percents where it was `kept`.
    #[schema(minimum = 0, maximum = 10_000, examples(3_100))]
    to: u16,
    /// How much of that comes from outcomes; the rest is what was believed at first.
    #[schema(minimum = 0, maximum = 100, examples(62))]
    learnt_percent: u8,
    /// In words.
    #[schema(max_length = 200, examples("Skills now count more: 26 % → 31 %."))]
    sentence: String,
}

/// What a version rests on, in whole tens; `null` for fewer than 20. Of fewer than 100 outcomes only their number is told.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct MatchModelEvidence {
    /// Pairs that went well or badly: at least so many.
    #[schema(minimum = 20, examples(420))]
    outcomes: Option<i64>,
    /// Of them, those that went well. Not told where fewer than 20 went badly.
    #[schema(minimum = 20, examples(290))]
    went_well: Option<i64>,
    /// Of them, those that did not. Not told where fewer than 20 went well.
    #[schema(minimum = 20, examples(130))]
    went_badly: Option<i64>,
    /// Suggestions of which only the answer is known: they count a little.
    #[schema(minimum = 20, examples(90))]
    answers: Option<i64>,
    /// Proposals that tell nothing, such as pairs still at work.
    #[schema(minimum = 20, examples(140))]
    left_out: Option<i64>,
    /// In words.
    #[schema(max_length = 500)]
    sentence: String,
}

/// How well two versions foretell how pairs go that neither had seen.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct MatchModelForetelling {
    /// The chance that this version gave, on average, to what then happened; a coin gives 50 %.
    #[schema(minimum = 0.0, maximum = 100.0, examples(66.1))]
    percent: f64,
    /// The chance that `base` gave to it.
    #[schema(minimum = 0.0, maximum = 100.0, examples(58.3))]
    base_percent: f64,
    /// How much less wrong this version is, in nats (log-loss).
    #[schema(examples(0.126))]
    gain: f64,
    /// By how much `gain` may be off by chance.
    #[schema(minimum = 0.0, examples(0.03))]
    standard_error: f64,
    /// How much `gain` had to be at least.
    #[schema(minimum = 0.0, examples(0.015))]
    needed: f64,
    /// By how many points its percentages and what happened differ on average (ECE).
    #[schema(minimum = 0.0, maximum = 100.0, examples(2.4))]
    calibration_error: f64,
    /// The same of `base`.
    #[schema(minimum = 0.0, maximum = 100.0, examples(4.0))]
    base_calibration_error: f64,
    /// In words.
    #[schema(max_length = 500)]
    sentence: String,
}

/// What a score means.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct MatchModelCalibration {
    /// The score.
    #[schema(minimum = 0, maximum = 10_000, examples(7_000))]
    score: u16,
    /// The estimated chance that such a pair does well.
    #[schema(minimum = 0, maximum = 100, examples(77))]
    percent: u8,
    /// What to make of it, before cautions; `null`: such mentors are not suggested.
    level: Option<SuggestionLevel>,
}

/// How far a version would have changed what was suggested. Told of 20 requests at a time. It looks at those whom the
/// version in use thinks best, three for each suggestion that is asked for: whom it would have found beyond them, nobody knows.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct MatchModelShadow {
    /// Requests that it was compared on.
    #[schema(minimum = 0, multiple_of = 20, examples(60))]
    requests: i64,
    /// How much of what was suggested it would have suggested, too: it would have placed them as high among those looked at,
    /// and its score is not too low to be shown, cautions aside. `null` before the first 20 requests.
    #[schema(minimum = 0.0, maximum = 100.0, examples(72.5))]
    stayed_percent: Option<f64>,
    /// By how many places among those looked at a suggestion would have stood elsewhere, on average.
    #[schema(minimum = 0.0, examples(1.3))]
    mean_shift: Option<f64>,
    /// In words.
    #[schema(max_length = 500)]
    sentence: String,
}

/// To so many decimals, so that no more is told than is meant.
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
        let told = |change: FactorMove| if is_kept { change.in_percents() } else { change };
        let mut changes: Vec<_> =
            report.trial.iter().flat_map(|trial| &trial.changes).map(|change| told(*change)).collect();
        changes.sort_by_key(|change| i32::from(change.from) - i32::from(change.to));
        changes.into_iter().map(|change| Self::of(change, status == MatchModelStatus::InUse)).collect()
    }
}

impl MatchModelEvidence {
    fn of(report: &Report) -> Option<Self> {
        let counts = report.counts?;
        // One of them and the sum tell the other.
        let both = words::told(counts.good).zip(words::told(counts.bad));
        let whole = Self {
            outcomes: words::told(counts.outcomes),
            went_well: both.map(|(good, _)| good),
            went_badly: both.map(|(_, bad)| bad),
            answers: words::told(counts.reactions),
            left_out: words::told(counts.silent),
            sentence: words::of_counts(&counts),
        };
        if report.finding == MatchModelFinding::TooFewOutcomes {
            // Nothing keeps anybody from asking again with each outcome, and from watching a count as it turns.
            return Some(Self { went_well: None, went_badly: None, answers: None, left_out: None, ..whole });
        }
        Some(whole)
    }
}

impl MatchModelForetelling {
    fn of(trial: &TrialReport, base: ModelVersion) -> Self {
        Self {
            percent: words::sureness(&trial.learnt),
            base_percent: words::sureness(&trial.base),
            gain: rounded(trial.gain, 4),
            standard_error: rounded(trial.standard_error, 4),
            needed: rounded(trial.needed, 4),
            calibration_error: rounded(100.0 * trial.learnt.calibration_error, 1),
            base_calibration_error: rounded(100.0 * trial.base.calibration_error, 1),
            sentence: words::of_foretelling(trial, base),
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

impl Viewed for MatchModel {
    type View = MatchModelView;

    fn view(self, clearance: &Clearance) -> MatchModelView {
        let is_first = self.version == ModelVersion::FIRST;
        let report = self.report.as_ref().map(|report| &report.0);
        let trial = report.and_then(|report| report.trial.as_ref());
        let base = self.base.unwrap_or(ModelVersion::FIRST);
        let curve = match &self.curve {
            Some(kept) => Some(Curve::from(&kept.0)),
            None => is_first.then(Curve::default),
        };
        let first = || Weights::default().try_into().ok();
        MatchModelView {
            version: self.version,
            status: self.status,
            headline: words::headline(&self),
            next_step: words::next_step(&self),
            finding: report.map(|report| report.finding),
            changes: report.map(|report| MatchModelChange::all(report, self.status)).unwrap_or_default(),
            base: self.base,
            evidence: report.and_then(MatchModelEvidence::of),
            foretelling: trial.map(|trial| MatchModelForetelling::of(trial, base)),
            caveats: report.map(words::caveats).unwrap_or_default(),
            calibration: curve.as_ref().map(MatchModelCalibration::table).unwrap_or_default(),
            shadow: MatchModelShadow::of(&self),
            weights: self.weights.map(|kept| kept.0).or_else(|| first().filter(|_| is_first)),
            data_hash: self.data_hash,
            seed: self.seed,
            created_at: self.created_at,
            decided_at: self.decided_at,
            promoted_by: person(self.promoted_by_id.zip(self.promoted_by_name), self.promoted_by_title),
            promoted_at: self.promoted_at,
            rolled_back_by: person(self.rolled_back_by_id.zip(self.rolled_back_by_name), self.rolled_back_by_title),
            rolled_back_at: self.rolled_back_at,
            withheld: clearance.withheld::<MatchModelView>(),
        }
    }
}

fn person(named: Option<(PersonId, Name)>, title: Option<Name>) -> Option<PersonRef> {
    named.map(|(id, name)| PersonRef { id, name, title })
}
