//! What speaks for drafts, reckoned from how things are now: whoever reviews a plan a week later decides by today's facts.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::model::Draft;
use crate::db::Ids;
use crate::http::App;
use crate::ids::PersonId;
use crate::matching::engine::{Judge, Level, Names, exclusion};
use crate::matching::profiles::{Mentee, People};
use crate::matching::roster::Roster;
use crate::matching::suggestion::assessment::{
    Findings, SuggestionCapacity, SuggestionCaution, SuggestionGrowthArea, SuggestionReason, SuggestionRemark,
};
use crate::matching::suggestion::model::{DISMISSED_FOR, SuggestionLevel, engine_model};
use crate::matching::suggestion::store::list_dismissed;
use crate::matching::weighting::store as weighting;
use crate::problem::Problem;

/// What speaks for a draft, as things are now.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DraftAssessment {
    /// 0 to 10 000: the sum of the contributions of all `reasons`. It may differ from the draft's `score`, which is of the
    /// day it was planned.
    #[schema(minimum = 0, maximum = 10_000, examples(7412))]
    score: u16,
    /// What to make of it, once `cautions` are heeded; `low`, too, where the score of today or a caution would keep the
    /// mentor out of suggestions: see `percent` and `cautions`.
    level: SuggestionLevel,
    /// What the level advises.
    #[schema(max_length = 100, examples("proceed with confidence"))]
    advice: &'static str,
    /// The estimated chance that such a pair does well, before cautions. By `prior-1`, and by a program's own weights, a rule of thumb
    /// set by hand; estimated from outcomes where something was learnt.
    #[schema(minimum = 0, maximum = 100, examples(81))]
    percent: u8,
    /// Why the level is lower than the score alone would give.
    #[schema(max_items = 3)]
    cautions: Vec<SuggestionCaution>,
    /// What each factor adds to the score, and why. The sentences are addressed to the mentee.
    #[schema(max_items = 10)]
    reasons: Vec<SuggestionReason>,
    /// The three reasons that speak most for it.
    #[schema(max_items = 3)]
    strengths: Vec<SuggestionRemark>,
    /// What to think about first.
    #[schema(max_items = 10)]
    considerations: Vec<SuggestionRemark>,
    /// What the mentee wants to learn, most covered first.
    #[schema(max_items = 200)]
    growth_areas: Vec<SuggestionGrowthArea>,
    /// The mentor's places before this pair.
    mentor_capacity: SuggestionCapacity,
}

/// Two people, judged.
pub(super) struct Judged {
    /// What speaks for them.
    pub assessment: DraftAssessment,
    /// Whether a plan might have put them together: no hard constraint keeps them apart, and the score suffices.
    pub is_suitable: bool,
}

impl Judged {
    /// The score.
    pub const fn score(&self) -> u16 {
        self.assessment.score
    }
}

/// Judges a mentee with a mentor for each of these drafts, which are of one cohort, in a few statements for all.
pub(super) async fn judge(
    app: &App,
    roster: &Roster,
    drafts: &[Draft],
    couples: &[(PersonId, PersonId)],
) -> Result<HashMap<(PersonId, PersonId), Judged>, Problem> {
    let (Some(draft), false) = (drafts.first(), couples.is_empty()) else { return Ok(HashMap::new()) };
    let now: DateTime<Utc> = app.clock.now();
    let (mentors, mut tx) = roster.current(app, now).await?;
    let of = |people: &mut dyn Iterator<Item = PersonId>| people.collect::<Ids>();
    let mentees = Mentee::these(&mut tx, &of(&mut couples.iter().map(|couple| couple.0)), now.date_naive()).await?;
    let people = People::these(&mut tx, &of(&mut couples.iter().map(|couple| couple.1))).await?;
    let gone = || Problem::internal("a cohort without its program");
    let weights = weighting::find(&mut tx, draft.program_id).await?.ok_or_else(gone)?;
    let asking: Ids = mentees.iter().map(|mentee| mentee.facts.id).collect();
    let dismissed = list_dismissed(&mut tx, &asking, now - DISMISSED_FOR).await?;
    drop(tx);
    let rules = weights.rules(engine_model(draft.model));
    let curve = weights.curve();
    let least = curve.least();
    let mut numbers = mentors.numbers();
    let mut judged = HashMap::new();
    for couple in couples {
        let mentee = mentees.iter().find(|mentee| mentee.facts.id == couple.0);
        let facts = people.facts.iter().find(|facts| facts.id == couple.1);
        let Some((mentee, facts)) = mentee.zip(facts) else { continue };
        let one = mentee.profile(now, &mut numbers, &mentors.lines);
        let other = people.mentor(facts, now, &mut numbers, &mentors.lines);
        let Some((one, other)) = one.zip(other) else { continue };
        let (skills, names) = mentee.names(&mut numbers);
        let names = Names { people: [(couple.1.uuid(), facts.name.to_string())].into(), ..names };
        let found =
            Judge { rules: &rules, graph: &mentors.graph, calibration: &curve, names: &names }.assess(&one, &other);
        let told = Findings::new(&found, &names, &skills);
        let level: SuggestionLevel = found.level.unwrap_or(Level::Low).into();
        let assessment = DraftAssessment {
            score: found.score,
            level,
            advice: level.advice(),
            percent: told.percent,
            cautions: told.cautions,
            reasons: told.reasons,
            strengths: told.strengths,
            considerations: told.considerations,
            growth_areas: told.growth_areas,
            mentor_capacity: told.mentor_capacity,
        };
        let is_dismissed = dismissed.contains(couple);
        let is_suitable = !is_dismissed && found.score >= least && exclusion(&one, &other, &rules).is_none();
        judged.insert(*couple, Judged { assessment, is_suitable });
    }
    Ok(judged)
}

/// Adds to drafts of one cohort what speaks for each.
pub(super) async fn assess(app: &App, roster: &Roster, mut drafts: Vec<Draft>) -> Result<Vec<Draft>, Problem> {
    let couples: Vec<_> = drafts.iter().filter_map(|draft| Some((draft.mentee_id, draft.mentor_id?))).collect();
    let mut judged = judge(app, roster, &drafts, &couples).await?;
    for draft in &mut drafts {
        let couple = draft.mentor_id.map(|mentor| (draft.mentee_id, mentor));
        draft.assessment = couple.and_then(|couple| Some(judged.remove(&couple)?.assessment));
    }
    Ok(drafts)
}
