//! Assesses drafts with current data, because a lead may review a plan days after it was made.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use super::model::{Draft, DraftAssessment};
use crate::db::Ids;
use crate::http::App;
use crate::ids::PersonId;
use crate::matching::engine::{Judge, Level, Names, exclusion};
use crate::matching::mentor_index::MentorIndex;
use crate::matching::profiles::{Mentee, People};
use crate::matching::suggestion::assessment::Findings;
use crate::matching::suggestion::model::{DISMISSED_FOR, SuggestionLevel, engine_model};
use crate::matching::suggestion::store::list_dismissed;
use crate::matching::weighting::store as weighting;
use crate::problem::Problem;

/// Assessment of a mentee with a mentor.
pub(super) struct Judged {
    /// The assessment.
    pub assessment: DraftAssessment,
    /// Whether a plan may contain the two: no hard constraint excludes them, and the score is sufficient.
    pub is_suitable: bool,
}

impl Judged {
    /// The score.
    pub const fn score(&self) -> u16 {
        self.assessment.score
    }
}

/// Assesses these combinations for drafts of one matching round, with a few statements for all.
pub(super) async fn judge(
    app: &App,
    mentor_index: &MentorIndex,
    drafts: &[Draft],
    couples: &[(PersonId, PersonId)],
) -> Result<HashMap<(PersonId, PersonId), Judged>, Problem> {
    let (Some(draft), false) = (drafts.first(), couples.is_empty()) else { return Ok(HashMap::new()) };
    let now: DateTime<Utc> = app.clock.now();
    let (mentors, mut tx) = mentor_index.current(app, now).await?;
    let of = |people: &mut dyn Iterator<Item = PersonId>| people.collect::<Ids>();
    let mentees = Mentee::by_ids(&mut tx, &of(&mut couples.iter().map(|couple| couple.0)), now.date_naive()).await?;
    let people = People::by_ids(&mut tx, &of(&mut couples.iter().map(|couple| couple.1))).await?;
    let gone = || Problem::internal("a matching round without its program");
    let weights = weighting::find(&mut tx, draft.program_id).await?.ok_or_else(gone)?;
    let mentee_ids: Ids = mentees.iter().map(|mentee| mentee.facts.id).collect();
    let dismissed = list_dismissed(&mut tx, &mentee_ids, now - DISMISSED_FOR).await?;
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
        let findings = Findings::new(&found, &names, &skills);
        let level: SuggestionLevel = found.level.unwrap_or(Level::Low).into();
        let assessment = DraftAssessment {
            score: found.score,
            level,
            advice: level.advice(),
            percent: findings.percent,
            cautions: findings.cautions,
            reasons: findings.reasons,
            strengths: findings.strengths,
            considerations: findings.considerations,
            growth_areas: findings.growth_areas,
            mentor_capacity: findings.mentor_capacity,
        };
        let is_dismissed = dismissed.contains(couple);
        let is_suitable = !is_dismissed && found.score >= least && exclusion(&one, &other, &rules).is_none();
        judged.insert(*couple, Judged { assessment, is_suitable });
    }
    Ok(judged)
}

/// Adds the assessment to drafts of one matching round.
pub(super) async fn assess(
    app: &App,
    mentor_index: &MentorIndex,
    mut drafts: Vec<Draft>,
) -> Result<Vec<Draft>, Problem> {
    let couples: Vec<_> = drafts.iter().filter_map(|draft| Some((draft.mentee_id, draft.mentor_id?))).collect();
    let mut judged = judge(app, mentor_index, &drafts, &couples).await?;
    for draft in &mut drafts {
        let couple = draft.mentor_id.map(|mentor| (draft.mentee_id, mentor));
        draft.assessment = couple.and_then(|couple| Some(judged.remove(&couple)?.assessment));
    }
    Ok(drafts)
}
