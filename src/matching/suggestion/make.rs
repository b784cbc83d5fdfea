//! Makes suggestions: reads the mentee, asks the index for the best mentors, then reads and assesses each one.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::assessment::Findings;
use super::model::{
    DISMISSED_FOR, ExcludedCounts, Suggestion, SuggestionRequest, SuggestionStatus, engine_model, stale,
};
use super::store;
use crate::clock::Clock;
use crate::db::{Ids, Tx};
use crate::ids::{PersonId, SuggestionId};
use crate::matching::engine::{Features, Judge, Rules, exclusion};
use crate::matching::learning::Proposal;
use crate::matching::learning::shadow::Comparison;
use crate::matching::learning::store::find_shadow;
use crate::matching::mentor_index::Mentors;
use crate::matching::profiles::{Mentee, Numbers, People, ReportingLines};
use crate::matching::weighting;
use crate::matching::weighting::model::ProgramWeights;
use crate::people::person::model::PersonStatus;
use crate::policy::Sealed;
use crate::problem::{Code, Problem};
use crate::programs::enrolment;
use crate::programs::enrolment::model::EnrolmentRole;
use crate::programs::model::Enrolling;
use crate::programs::store::find_terms;

/// Number of candidates that are assessed per requested suggestion. Cautions may exclude some of the best candidates.
const CANDIDATES_PER_SUGGESTION: usize = 3;

/// A request with its suggestions and what is stored about them.
#[derive(Debug)]
pub struct Made {
    /// The request.
    pub request: SuggestionRequest,
    /// What the service learns from once the outcome is known.
    pub proposals: Vec<Proposal>,
    /// What the model that is being tested would have suggested.
    pub comparison: Option<Comparison>,
}

/// Makes the suggestions of a request. `tx` is the read transaction that came with the mentors.
pub async fn make(
    tx: &mut Tx,
    mentors: &Mentors,
    clock: &Clock,
    mut request: SuggestionRequest,
    limit: usize,
) -> Result<Made, Problem> {
    let now = request.created_at;
    let missing = || Problem::invalid("/mentee_id", "must be the id of an existing person");
    let mentee = Mentee::find(tx, request.mentee_id, now.date_naive()).await?.ok_or_else(missing)?;
    check_mentee(&mentee)?;
    let ids: Ids = std::iter::once(request.mentee_id).collect();
    let dismissed = store::list_dismissed(tx, &ids, now - DISMISSED_FOR).await?;
    let enrolled = mentors_of(tx, &request).await?;
    let weights = match request.program_id {
        Some(program) => weighting::store::find(tx, program).await?,
        None => None,
    };
    let weights = match weights {
        Some(weights) => weights,
        None => ProgramWeights::none(weighting::store::find_basis(tx).await?),
    };
    // A program with weights of its own would not use the new model, so it is not compared there.
    let mut shadow = if weights.weights.is_some() { None } else { find_shadow(tx).await? };
    let rules = Rules { enrolled: enrolled.as_deref(), ..weights.rules(engine_model(request.model)) };
    let (profile, names, skills) = {
        let mut numbers = mentors.numbers();
        let profile = mentee.profile_to_offer(now, &mut numbers, &mentors.lines);
        let mut profile = profile.ok_or_else(|| Problem::wrong_state("The mentee has no ladder role to compare."))?;
        // Excluded in the same way as a block, and not counted as excluded either.
        profile.blocked.extend(dismissed.into_iter().map(|(_, mentor)| mentor.uuid()));
        let (skills, names) = mentee.names(&mut numbers);
        (profile, names, skills)
    };
    let picks = mentors.index.top(&profile, &rules, limit * CANDIDATES_PER_SUGGESTION);
    // Counted as if without a program, because the counts must not reveal who takes part in it.
    let tally = mentors.index.excluded(&profile, &Rules { enrolled: None, ..rules });
    let excluded = ExcludedCounts::of(&tally, mentors.count_without_ladder_role(request.mentee_id));
    request.excluded = Sealed::new(request.mentee_id, excluded);
    let mut made = Made { request, proposals: Vec::new(), comparison: None };
    if picks.is_empty() {
        return Ok(made);
    }
    let request = &mut made.request;

    let people = People::by_ids(tx, &picks.iter().map(|pick| pick.mentor).collect::<Ids>()).await?;
    let mut names = names;
    names.people = people.facts.iter().map(|facts| (facts.id.uuid(), facts.name.to_string())).collect();
    let curve = weights.curve();
    let judge = Judge { rules: &rules, graph: &mentors.graph, calibration: &curve, names: &names };
    for pick in picks {
        let Some(facts) = people.facts.iter().find(|facts| facts.id.uuid() == pick.mentor) else { continue };
        let mentor = people.mentor(facts, now, &mut mentors.numbers(), &mentors.lines);
        let Some(mentor) = mentor.filter(|mentor| exclusion(&profile, mentor, &rules).is_none()) else { continue };
        if request.suggestions.len() == limit {
            let Some(shadow) = &mut shadow else { break };
            shadow.add(pick.mentor, Features::of(&profile, &mentor, &rules, &mentors.graph), false);
            continue;
        }
        let found = judge.assess(&profile, &mentor);
        if let Some(shadow) = &mut shadow {
            shadow.add(pick.mentor, found.features, found.level.is_some());
        }
        let Some(level) = found.level else { continue };
        let id = SuggestionId::new(clock);
        made.proposals.push(Proposal::from_suggestion(id, request.mentee_id, facts.id, found.features, now));
        request.suggestions.push(Suggestion {
            id,
            request_id: request.id,
            mentee_id: request.mentee_id,
            mentee_name: mentee.facts.name.clone(),
            mentee_title: None,
            mentor_id: facts.id,
            mentor_name: facts.name.clone(),
            mentor_title: None,
            program_id: request.program_id,
            program_name: None,
            model: request.model,
            status: SuggestionStatus::Open,
            score: found.score.into(),
            level: level.into(),
            assessment: Sealed::new(request.mentee_id, Findings::new(&found, &names, &skills)),
            model_version: weights.model_version(),
            pair_id: None,
            dismiss_reason: None,
            dismiss_note: None,
            created_at: now,
            updated_at: now,
            revision: 1,
        });
    }
    made.comparison = shadow.and_then(|shadow| shadow.compare());
    Ok(made)
}

/// Mentors who take part in the program and have a free place in it. `None`: no program, or a program without
/// enrolment.
async fn mentors_of(tx: &mut Tx, request: &SuggestionRequest) -> Result<Option<Vec<Uuid>>, Problem> {
    let Some(program) = request.program_id else { return Ok(None) };
    let terms = find_terms(tx, program).await?;
    if terms.is_none_or(|terms| terms.enrolling == Enrolling::None) {
        return Ok(None);
    }
    if !enrolment::store::is_enrolled(tx, program, request.mentee_id, EnrolmentRole::Mentee).await? {
        let problem = Problem::new(
            Code::NotEnrolled,
            "The mentee is not enrolled in this program. Enrol the mentee first, or ask without `program_id`.",
        );
        return Err(problem.at("/mentee_id", "must be the id of a mentee who is enrolled in the program"));
    }
    let mentors = store::list_mentors_with_places(tx, program).await?;
    Ok(Some(mentors.into_iter().map(|(mentor,)| mentor).collect()))
}

fn check_mentee(mentee: &Mentee) -> Result<(), Problem> {
    let facts = &mentee.facts;
    if facts.status != PersonStatus::Active {
        let problem =
            Problem::new(Code::PersonNotActive, "The mentee is not active. Only active people can have a mentor.");
        return Err(problem.at("/mentee_id", "must be the id of an active person"));
    }
    if !facts.wants_mentoring {
        return Err(Problem::wrong_state(
            "The mentee does not want a mentor: `wants_mentoring` in the profile is `false`. Change the profile first.",
        ));
    }
    if facts.is_paused {
        return Err(Problem::wrong_state(
            "The mentee takes no new pairs: `is_paused` in the profile is `true`. Change the profile first.",
        ));
    }
    Ok(())
}

/// Refuses if the two may no longer form a pair, with one text for all reasons. The rules of pairs check capacity and
/// the reporting line, because a lead may override these. Blocks are not checked, because the answer would reveal them.
pub async fn check_still_holds(tx: &mut Tx, suggestion: &Suggestion, now: DateTime<Utc>) -> Result<(), Problem> {
    let mentee = Mentee::find(tx, suggestion.mentee_id, now.date_naive()).await?.ok_or_else(stale)?;
    let ids: Ids = std::iter::once::<PersonId>(suggestion.mentor_id).collect();
    let people = People::by_ids(tx, &ids).await?;
    let facts = people.facts.first().ok_or_else(stale)?;
    let (mut numbers, lines) = (Numbers::default(), ReportingLines::default());
    let profiles = mentee.profile(now, &mut numbers, &lines).zip(people.mentor(facts, now, &mut numbers, &lines));
    let (mentee, mut mentor) = profiles.ok_or_else(stale)?;
    mentor.person.offer.active = 0;
    if let Some(program) = suggestion.program_id
        && !enrolment::store::is_enrolled(tx, program, suggestion.mentor_id, EnrolmentRole::Mentor).await?
    {
        return Err(stale());
    }
    match exclusion(&mentee, &mentor, &Rules::of(engine_model(suggestion.model))) {
        None => Ok(()),
        Some(_) => Err(stale()),
    }
}
