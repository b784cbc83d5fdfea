//! Everybody who takes part in a program, as they are now, and what keeps some of them apart.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use super::model::Cohort;
use super::scored::{Scored, Wishes};
use super::store::{self, Entrant};
use crate::db::Ids;
use crate::http::App;
use crate::ids::{PersonId, SkillId};
use crate::matching::cohort::draft::store as drafts;
use crate::matching::engine::cohort::{Effort, MOST_PAIRS};
use crate::matching::engine::{Index, SkillGraph};
use crate::matching::profiles::{Mentee, People, list_related_skills};
use crate::matching::roster::{Lines, Numbers, Roster};
use crate::matching::suggestion::model::{DISMISSED_FOR, engine_model};
use crate::matching::suggestion::store::list_dismissed;
use crate::matching::weighting::model::ProgramWeights;
use crate::matching::weighting::store as weighting;
use crate::policy::note_matching_run;
use crate::problem::Problem;
use crate::programs::model::Model;
use crate::programs::store::find_terms;

/// So many couples are scored at most: a gigabyte of scores.
const MOST_COUPLES: usize = 500_000_000;

/// Everybody who takes part.
pub(super) struct Entrants {
    mentees: Vec<Mentee>,
    mentors: People,
    /// The places that each mentor has left in the program.
    places: HashMap<PersonId, u8>,
    wishes: Wishes,
    /// Mentees, each with a mentor they shall not have: one of the two, or a lead, said so.
    apart: Vec<(PersonId, PersonId)>,
    /// Mentees with the mentor that a lead gave them.
    locks: Vec<(PersonId, PersonId)>,
    lines: Lines,
    related: Vec<(SkillId, SkillId)>,
    model: Model,
    weights: ProgramWeights,
}

impl Entrants {
    /// Reads them, in one snapshot.
    pub async fn read(app: &App, roster: &Roster, cohort: &Cohort, now: DateTime<Utc>) -> Result<Self, Problem> {
        note_matching_run(app.trail(), &People::INPUTS)?;
        let (lines, mut tx) = {
            let (mentors, tx) = roster.current(app, now).await?;
            (mentors.lines.clone(), tx)
        };
        let today = now.date_naive();
        let gone = || Problem::internal("a cohort without its program");
        let terms = find_terms(&mut tx, cohort.program_id).await?.ok_or_else(gone)?;
        let asking = store::list_asking(&mut tx, cohort.program_id, today).await?;
        let offering = store::list_offering(&mut tx, cohort.program_id, today).await?;
        let mentees: Ids = asking.iter().map(|one| one.person_id).collect();
        let mut apart = list_dismissed(&mut tx, &mentees, now - DISMISSED_FOR).await?;
        apart.extend(drafts::list_refusals(&mut tx, cohort.id).await?);
        let wishes = |all: Vec<Entrant>| all.into_iter().map(|one| (one.person_id, one.wishes.0)).collect();
        let places = |places: i64| u8::try_from(places).unwrap_or(0);
        Ok(Self {
            places: offering.iter().map(|one| (one.person_id, places(one.places))).collect(),
            mentors: People::these(&mut tx, &offering.iter().map(|one| one.person_id).collect()).await?,
            mentees: Mentee::these(&mut tx, &mentees, today).await?,
            wishes: Wishes { of_mentees: wishes(asking), of_mentors: wishes(offering) },
            locks: drafts::list_locks(&mut tx, cohort.id).await?,
            related: list_related_skills(&mut tx).await?,
            weights: weighting::find(&mut tx, cohort.program_id).await?.ok_or_else(gone)?,
            model: terms.model,
            apart,
            lines,
        })
    }

    /// Whether there are more than a plan is made for: then not even their scores are.
    pub fn are_too_many(&self) -> bool {
        let couples = self.mentees.len().saturating_mul(self.mentors.facts.len());
        couples > MOST_COUPLES
            || self.mentees.len().min(self.places.values().map(|places| usize::from(*places)).sum()) > MOST_PAIRS
    }

    /// Scores every mentor for every mentee. Not where others wait: it may take a second.
    pub fn scored(self, now: DateTime<Utc>) -> Scored {
        let mut numbers = Numbers::default();
        let graph: SkillGraph = self.related.iter().map(|(a, b)| (numbers.skill(*a), numbers.skill(*b))).collect();
        let profile = |facts| self.mentors.mentor(facts, now, &mut numbers, &self.lines);
        let mentors = self.mentors.facts.iter().filter_map(profile);
        // The places of the others are none.
        let mentors = mentors.filter(|mentor| mentor.person.is_active && mentor.person.offer.opted_in);
        let index = Index::build(mentors.collect(), graph);
        let mut apart: HashMap<PersonId, Vec<_>> = HashMap::new();
        for (mentee, mentor) in &self.apart {
            apart.entry(*mentee).or_default().push(mentor.uuid());
        }
        let (mut profiles, mut mentees, mut unready) = (Vec::new(), Vec::new(), Vec::new());
        for mentee in &self.mentees {
            let id = mentee.facts.id;
            let profile = mentee.profile_to_offer(now, &mut numbers, &self.lines);
            match profile.filter(|profile| profile.person.is_active && profile.person.wants_mentor) {
                Some(mut profile) => {
                    // Kept out like a block: by being absent.
                    profile.blocked.extend(apart.remove(&id).unwrap_or_default());
                    // What a lead gave counts in full: a sum without its score would tell of a block.
                    profile.blocked.retain(|mentor| !self.locks.contains(&(id, (*mentor).into())));
                    profiles.push(profile);
                    mentees.push(id);
                }
                None => unready.push(id),
            }
        }
        let rules = self.weights.rules(engine_model(self.model));
        let scores = index.scores(&profiles, &rules, Effort::default().threads);
        let mentors: Vec<PersonId> = index.columns().map(PersonId::from).collect();
        let places = mentors.iter().map(|mentor| self.places.get(mentor).copied().unwrap_or(0)).collect();
        Scored::new(scores, (mentees, unready), (mentors, places), self.wishes, &self.weights).with_locks(&self.locks)
    }
}
