//! Reads the participants of a program as they are now, and the combinations that must not form a pair.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use super::model::MatchingRound;
use super::scored::{Scored, Wishes};
use super::store::{self, Participant};
use crate::db::Ids;
use crate::http::App;
use crate::ids::{PersonId, SkillId};
use crate::matching::engine::round::{Effort, MOST_PAIRS};
use crate::matching::engine::{Index, SkillGraph};
use crate::matching::mentor_index::MentorIndex;
use crate::matching::profiles::{Mentee, Numbers, People, ReportingLines, list_related_skills};
use crate::matching::round::draft::store as drafts;
use crate::matching::suggestion::model::{DISMISSED_FOR, engine_model};
use crate::matching::suggestion::store::list_dismissed;
use crate::matching::weighting::model::ProgramWeights;
use crate::matching::weighting::store as weighting;
use crate::policy::note_matching_run;
use crate::problem::Problem;
use crate::programs::model::ProgramModel;
use crate::programs::store::find_terms;

/// Highest number of combinations that are scored. Their scores take about a gigabyte.
const MAX_COMBINATIONS: usize = 500_000_000;

/// Participants of a program, with everything that the plan needs.
pub(super) struct Participants {
    mentees: Vec<Mentee>,
    mentors: People,
    /// Free places of each mentor in the program.
    places: HashMap<PersonId, u8>,
    wishes: Wishes,
    /// Mentee and mentor who must not form a pair: the suggestion was dismissed, the mentor declined, or a lead refused
    /// the draft.
    apart: Vec<(PersonId, PersonId)>,
    /// Mentee and mentor of each locked draft.
    locks: Vec<(PersonId, PersonId)>,
    lines: ReportingLines,
    related: Vec<(SkillId, SkillId)>,
    model: ProgramModel,
    weights: ProgramWeights,
}

impl Participants {
    /// Reads all of it in one read transaction.
    pub async fn read(
        app: &App,
        mentor_index: &MentorIndex,
        round: &MatchingRound,
        now: DateTime<Utc>,
    ) -> Result<Self, Problem> {
        note_matching_run(app.audit_log(), &People::INPUTS)?;
        let (lines, mut tx) = {
            let (mentors, tx) = mentor_index.current(app, now).await?;
            (mentors.lines.clone(), tx)
        };
        let today = now.date_naive();
        let gone = || Problem::internal("a matching round without its program");
        let terms = find_terms(&mut tx, round.program_id).await?.ok_or_else(gone)?;
        let asking = store::list_mentees(&mut tx, round.program_id, today).await?;
        let offering = store::list_mentors(&mut tx, round.program_id, today).await?;
        let mentees: Ids = asking.iter().map(|one| one.person_id).collect();
        let mut apart = list_dismissed(&mut tx, &mentees, now - DISMISSED_FOR).await?;
        apart.extend(drafts::list_refusals(&mut tx, round.id).await?);
        let wishes = |all: Vec<Participant>| all.into_iter().map(|one| (one.person_id, one.wishes.0)).collect();
        let places = |places: i64| u8::try_from(places).unwrap_or(0);
        Ok(Self {
            places: offering.iter().map(|one| (one.person_id, places(one.places))).collect(),
            mentors: People::by_ids(&mut tx, &offering.iter().map(|one| one.person_id).collect()).await?,
            mentees: Mentee::by_ids(&mut tx, &mentees, today).await?,
            wishes: Wishes { of_mentees: wishes(asking), of_mentors: wishes(offering) },
            locks: drafts::list_locks(&mut tx, round.id).await?,
            related: list_related_skills(&mut tx).await?,
            weights: weighting::find(&mut tx, round.program_id).await?.ok_or_else(gone)?,
            model: terms.model,
            apart,
            lines,
        })
    }

    /// Whether the program is too large to be planned. Then its scores are not computed either.
    pub fn are_too_many(&self) -> bool {
        let combinations = self.mentees.len().saturating_mul(self.mentors.facts.len());
        combinations > MAX_COMBINATIONS
            || self.mentees.len().min(self.places.values().map(|places| usize::from(*places)).sum()) > MOST_PAIRS
    }

    /// Scores every mentor for every mentee. It may take seconds: run it on a blocking thread.
    pub fn scored(self, now: DateTime<Utc>) -> Scored {
        let mut numbers = Numbers::default();
        let graph: SkillGraph = self.related.iter().map(|(a, b)| (numbers.skill(*a), numbers.skill(*b))).collect();
        let profile = |facts| self.mentors.mentor(facts, now, &mut numbers, &self.lines);
        let mentors = self.mentors.facts.iter().filter_map(profile);
        // Mentors who are inactive or not opted in have no places.
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
                    // Excluded in the same way as a block, so that no one can distinguish the two.
                    profile.blocked.extend(apart.remove(&id).unwrap_or_default());
                    // A locked pair counts with its score. Leaving the score out would reveal a block.
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
