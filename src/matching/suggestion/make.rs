//! How suggestions are made: the mentee as they are now, the index asked for the best, each of those read and judged.

use std::collections::HashMap;

use chrono::{DateTime, Months, Utc};

use super::assessment::Findings;
use super::model::{ExcludedCounts, MODEL_VERSION, Suggestion, SuggestionRequest, SuggestionStatus, engine_model};
use super::store;
use crate::clock::Clock;
use crate::db::{Ids, Tx};
use crate::ids::{PersonId, SuggestionId};
use crate::matching::engine::{Calibration, Judge, Names, Rules, exclusion};
use crate::matching::profiles::{Mentee, People};
use crate::matching::roster::Mentors;
use crate::people::person::model::PersonStatus;
use crate::policy::Sealed;
use crate::problem::{Code, Problem};

/// A mentor dismissed for a mentee is not suggested to them again for this long.
const DISMISSED_FOR: Months = Months::new(12);
/// Some of the best may be too low to be shown once cautions are heeded, while a later one is not: so many are judged
/// for each that is asked for.
const JUDGED_FOR_ONE: usize = 3;

/// Fills a request with its suggestions. `tx` is the snapshot that came with the mentors.
pub async fn make(
    tx: &mut Tx,
    mentors: &Mentors,
    clock: &Clock,
    mut request: SuggestionRequest,
    limit: usize,
) -> Result<SuggestionRequest, Problem> {
    let now = request.created_at;
    let missing = || Problem::invalid("/mentee_id", "names no person");
    let mentee = Mentee::find(tx, request.mentee_id, now.date_naive()).await?.ok_or_else(missing)?;
    check_mentee(&mentee)?;
    let dismissed = store::list_dismissed(tx, request.mentee_id, now - DISMISSED_FOR).await?;
    let rules = Rules::of(engine_model(request.model));
    let (profile, names, skills) = {
        let mut numbers = mentors.numbers();
        let profile = mentee.profile(now, &mut numbers, &mentors.lines);
        let mut profile = profile.ok_or_else(|| Problem::wrong_state("The mentee has no ladder role to compare."))?;
        // Kept out like a block: by being absent, and counted nowhere.
        profile.blocked.extend(dismissed.into_iter().map(|(mentor,)| mentor));
        let of_need = |need: &_| {
            let crate::matching::profiles::Wanted { skill_id, name, .. } = need;
            (numbers.skill(*skill_id), (*skill_id, name.clone()))
        };
        let skills: HashMap<_, _> = mentee.needs.iter().map(of_need).collect();
        let role = mentee.facts.target_role_id.zip(mentee.facts.target_role_name.as_ref());
        let topics = mentee.facts.topics.0.iter();
        let names = Names {
            people: HashMap::new(),
            skills: skills.iter().map(|(skill, (_, name))| (*skill, name.to_string())).collect(),
            roles: role.map(|(role, name)| (numbers.role(role), name.to_string())).into_iter().collect(),
            topics: topics.map(|topic| (numbers.topic(topic.as_str()), topic.to_string())).collect(),
        };
        (profile, names, skills)
    };
    let picks = mentors.index.top(&profile, &rules, limit * JUDGED_FOR_ONE);
    let tally = mentors.index.excluded(&profile, &rules);
    let excluded = ExcludedCounts::of(&tally, mentors.unplaced(request.mentee_id));
    request.excluded = Sealed::new(request.mentee_id, excluded);
    if picks.is_empty() {
        return Ok(request);
    }

    let people = People::these(tx, &picks.iter().map(|pick| pick.mentor).collect::<Ids>()).await?;
    let mut names = names;
    names.people = people.facts.iter().map(|facts| (facts.id.uuid(), facts.name.to_string())).collect();
    let judge = Judge { rules: &rules, graph: &mentors.graph, calibration: Calibration::default(), names: &names };
    for pick in picks {
        let Some(facts) = people.facts.iter().find(|facts| facts.id.uuid() == pick.mentor) else { continue };
        let mentor = people.mentor(facts, now, &mut mentors.numbers(), &mentors.lines);
        let Some(mentor) = mentor.filter(|mentor| exclusion(&profile, mentor, &rules).is_none()) else { continue };
        let found = judge.assess(&profile, &mentor);
        let Some(level) = found.level else { continue };
        request.suggestions.push(Suggestion {
            id: SuggestionId::new(clock),
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
            model_version: MODEL_VERSION.to_owned(),
            pair_id: None,
            dismiss_reason: None,
            dismiss_note: None,
            created_at: now,
            updated_at: now,
            revision: 1,
        });
        if request.suggestions.len() == limit {
            break;
        }
    }
    Ok(request)
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

/// Refuses where the two may not be paired any more. The mentor's capacity and the reporting line are left to the rules
/// of pairs, because a lead may set them aside.
pub async fn check_still_holds(tx: &mut Tx, suggestion: &Suggestion, now: DateTime<Utc>) -> Result<(), Problem> {
    use super::model::stale;
    use crate::matching::engine::Exclusion as E;
    use crate::matching::roster::{Lines, Numbers};

    let gone = || stale("One of the two is not there any more.");
    let mentee = Mentee::find(tx, suggestion.mentee_id, now.date_naive()).await?.ok_or_else(gone)?;
    let ids: Ids = std::iter::once::<PersonId>(suggestion.mentor_id).collect();
    let people = People::these(tx, &ids).await?;
    let facts = people.facts.first().ok_or_else(gone)?;
    let (mut numbers, lines) = (Numbers::default(), Lines::default());
    let profiles = mentee.profile(now, &mut numbers, &lines).zip(people.mentor(facts, now, &mut numbers, &lines));
    let (mentee, mut mentor) = profiles.ok_or_else(|| stale("One of the two has no ladder role any more."))?;
    mentor.person.offer.active = 0;
    match exclusion(&mentee, &mentor, &Rules::of(engine_model(suggestion.model))) {
        None => Ok(()),
        Some(E::NotActive) => Err(stale("One of the two is not active.")),
        Some(E::NotOptedIn) => Err(stale("One of the two wants no new pair for now.")),
        Some(E::LevelOutsideWindow) => Err(stale("The mentor's level no longer fits the model.")),
        Some(E::ReportingLine | E::LeadsTeam) => Err(stale("The mentor leads the mentee's team.")),
        Some(E::NoSharedLanguage) => Err(stale("The two share no working language any more.")),
        Some(E::LivePair) => Err(stale("The two have a live pair.")),
        Some(E::SamePerson | E::NotEnrolled | E::AtCapacity | E::EndedBadly | E::Blocked) => {
            Err(stale("The mentor is not available to this mentee."))
        }
    }
}
