//! How suggestions are made: the mentee as they are now, the index asked for the best, each of those read and judged.

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
use crate::matching::profiles::{Mentee, People};
use crate::matching::roster::{Lines, Mentors, Numbers};
use crate::matching::weighting;
use crate::matching::weighting::model::ProgramWeights;
use crate::people::person::model::PersonStatus;
use crate::policy::Sealed;
use crate::problem::{Code, Problem};
use crate::programs::enrolment;
use crate::programs::enrolment::model::EnrolmentRole;
use crate::programs::model::Enrolling;
use crate::programs::store::find_terms;

/// Some of the best may be too low to be shown once cautions are heeded, while a later one is not: so many are judged
/// for each that is asked for.
const JUDGED_FOR_ONE: usize = 3;

/// A request with its suggestions, and what is to be noted of them.
#[derive(Debug)]
pub struct Made {
    /// The request.
    pub request: SuggestionRequest,
    /// What is learnt from once it is known how they went.
    pub proposals: Vec<Proposal>,
    /// What the version in the shadow would have suggested.
    pub comparison: Option<Comparison>,
}

/// Fills a request with its suggestions. `tx` is the snapshot that came with the mentors.
pub async fn make(
    tx: &mut Tx,
    mentors: &Mentors,
    clock: &Clock,
    mut request: SuggestionRequest,
    limit: usize,
) -> Result<Made, Problem> {
    let now = request.created_at;
    let missing = || Problem::invalid("/mentee_id", "names no person");
    let mentee = Mentee::find(tx, request.mentee_id, now.date_naive()).await?.ok_or_else(missing)?;
    check_mentee(&mentee)?;
    let ids: Ids = std::iter::once(request.mentee_id).collect();
    let dismissed = store::list_dismissed(tx, &ids, now - DISMISSED_FOR).await?;
    let enrolled = mentors_of(tx, &request).await?;
    #[cfg(feature = "planted-leaks")]
    let blocked_by_anybody = if crate::leaks::Leak::BlockOfThird.is_planted() {
        let blocked = tx.query("select blocked_id from person_blocks where blocked_id <> $1").bind(request.mentee_id);
        blocked.all::<(PersonId,)>().await?.into_iter().map(|(blocked,)| blocked.uuid()).collect()
    } else {
        Vec::new()
    };
    let told = match request.program_id {
        Some(program) => weighting::store::find(tx, program).await?,
        None => None,
    };
    let told = match told {
        Some(told) => told,
        None => ProgramWeights::none(weighting::store::find_basis(tx).await?),
    };
    // Only where it would take the place of what counts.
    let mut shadow = if told.weights.is_some() { None } else { find_shadow(tx).await? };
    let rules = Rules { enrolled: enrolled.as_deref(), ..told.rules(engine_model(request.model)) };
    let (profile, names, skills) = {
        let mut numbers = mentors.numbers();
        let profile = mentee.profile_to_offer(now, &mut numbers, &mentors.lines);
        let mut profile = profile.ok_or_else(|| Problem::wrong_state("The mentee has no ladder role to compare."))?;
        // Kept out like a block: by being absent, and counted nowhere.
        profile.blocked.extend(dismissed.into_iter().map(|(_, mentor)| mentor.uuid()));
        #[cfg(feature = "planted-leaks")]
        profile.blocked.extend(blocked_by_anybody);
        let (skills, names) = mentee.names(&mut numbers);
        (profile, names, skills)
    };
    let picks = mentors.index.top(&profile, &rules, limit * JUDGED_FOR_ONE);
    // As outside the program: what is counted must not tell who takes part in it.
    let tally = mentors.index.excluded(&profile, &Rules { enrolled: None, ..rules });
    let excluded = ExcludedCounts::of(&tally, mentors.unplaced(request.mentee_id));
    request.excluded = Sealed::new(request.mentee_id, excluded);
    let mut made = Made { request, proposals: Vec::new(), comparison: None };
    if picks.is_empty() {
        return Ok(made);
    }
    let request = &mut made.request;

    let people = People::these(tx, &picks.iter().map(|pick| pick.mentor).collect::<Ids>()).await?;
    let mut names = names;
    names.people = people.facts.iter().map(|facts| (facts.id.uuid(), facts.name.to_string())).collect();
    let curve = told.curve();
    let judge = Judge { rules: &rules, graph: &mentors.graph, calibration: &curve, names: &names };
    for pick in picks {
        let Some(facts) = people.facts.iter().find(|facts| facts.id.uuid() == pick.mentor) else { continue };
        let mentor = people.mentor(facts, now, &mut mentors.numbers(), &mentors.lines);
        let Some(mentor) = mentor.filter(|mentor| exclusion(&profile, mentor, &rules).is_none()) else { continue };
        if request.suggestions.len() == limit {
            let Some(shadow) = &mut shadow else { break };
            shadow.look(pick.mentor, Features::of(&profile, &mentor, &rules, &mentors.graph), false);
            continue;
        }
        let found = judge.assess(&profile, &mentor);
        if let Some(shadow) = &mut shadow {
            shadow.look(pick.mentor, found.features, found.level.is_some());
        }
        let Some(level) = found.level else { continue };
        let id = SuggestionId::new(clock);
        made.proposals.push(Proposal::by(id, request.mentee_id, facts.id, found.features, now));
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
            model_version: told.model_version(),
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

/// The mentors who take part in the program and take another mentee in it. `None`: anybody may be paired in it, or it is
/// for no program.
async fn mentors_of(tx: &mut Tx, request: &SuggestionRequest) -> Result<Option<Vec<Uuid>>, Problem> {
    let Some(program) = request.program_id else { return Ok(None) };
    let terms = find_terms(tx, program).await?;
    if terms.is_none_or(|terms| terms.enrolling == Enrolling::None) {
        return Ok(None);
    }
    if !enrolment::store::is_enrolled(tx, program, request.mentee_id, EnrolmentRole::Mentee).await? {
        let problem = Problem::new(Code::NotEnrolled, "Suggestions in this program are for those who take part in it.");
        return Err(problem.at("/mentee_id", "is not enrolled in the program as a mentee"));
    }
    let mentors = store::list_mentors_with_places(tx, program).await?;
    Ok(Some(mentors.into_iter().map(|(mentor,)| mentor).collect()))
}

fn check_mentee(mentee: &Mentee) -> Result<(), Problem> {
    let facts = &mentee.facts;
    if facts.status != PersonStatus::Active {
        let problem = Problem::new(Code::PersonNotActive, "Only active people can have a mentor.");
        return Err(problem.at("/mentee_id", "is not active"));
    }
    if !facts.wants_mentoring {
        return Err(Problem::wrong_state(
            "The mentee does not want a mentor: `wants_mentoring` of their profile is off.",
        ));
    }
    if facts.is_paused {
        return Err(Problem::wrong_state("The mentee takes no new pairs for now: `is_paused` of their profile is on."));
    }
    Ok(())
}

/// Refuses where the two may not be paired any more, in the same words whatever the reason is. The mentor's capacity and
/// the reporting line are left to the rules of pairs, because a lead may set them aside; blocks are not looked at, because
/// the answer would tell of them.
pub async fn check_still_holds(tx: &mut Tx, suggestion: &Suggestion, now: DateTime<Utc>) -> Result<(), Problem> {
    let mentee = Mentee::find(tx, suggestion.mentee_id, now.date_naive()).await?.ok_or_else(stale)?;
    let ids: Ids = std::iter::once::<PersonId>(suggestion.mentor_id).collect();
    let people = People::these(tx, &ids).await?;
    let facts = people.facts.first().ok_or_else(stale)?;
    let (mut numbers, lines) = (Numbers::default(), Lines::default());
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
