//! Drafts become pairs, a few in each unit of work. What the rules of pairs refuse by now is noted on the draft and holds
//! up nobody else.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Utc};

use super::draft::store::{self as drafts, Ready};
use super::job::Taken;
use super::model::{Cohort, CohortStatus};
use super::store;
use crate::db::{Ids, Tx};
use crate::http::App;
use crate::ids::{CohortDraftId, PairId, PersonId, SkillId};
use crate::matching::engine::{Features, Rules, SkillGraph, exclusion};
use crate::matching::learning::{Proposal, note};
use crate::matching::profiles::{Mentee, People, list_related_skills};
use crate::matching::roster::{Lines, Numbers};
use crate::matching::suggestion::model::{DISMISSED_FOR, engine_model};
use crate::matching::suggestion::store::list_dismissed;
use crate::matching::weighting::store as weighting;
use crate::outbox::Event;
use crate::pairs::create::{CreatePair, create};
use crate::policy::Viewer;
use crate::problem::{Code, Problem};
use crate::programs::store::find_terms;

/// So many pairs are made in one unit of work.
const AT_ONCE: i64 = 25;

/// Makes pairs of all drafts, as the lead who asked for it.
pub(super) async fn publish(app: &App, taken: &Taken, cohort: &Cohort) -> Result<(), Problem> {
    let lead = Viewer::leading(cohort.lead_id, cohort.program_id).seen_by(app.trail(), cohort.id.uuid());
    let terms = Terms::find(&mut app.read().await?, cohort).await?;
    let mut at_once = AT_ONCE;
    loop {
        let ready = drafts::list_ready(&mut app.look().await?, cohort.id, at_once).await?;
        if ready.is_empty() {
            return taken.rest(app, CohortStatus::Published, None, Event::CohortPublished(cohort.id)).await;
        }
        match make_pairs(app, taken, &lead, (cohort, &terms), &ready).await? {
            Batch::Made => at_once = (at_once * 2).min(AT_ONCE),
            Batch::Lost => return Ok(()),
            // Nothing was made. One by one, until it is clear again which of them it is.
            Batch::Refused(draft, why) => {
                let now = app.clock.now();
                let mut tx = app.chore().await?;
                if !taken.goes_on(&mut tx, now).await? {
                    return Ok(());
                }
                drafts::note_failed(&mut tx, draft, why, now).await?;
                tx.commit().await?;
                at_once = 1;
            }
        }
    }
}

/// What became of some drafts.
enum Batch {
    /// They are pairs.
    Made,
    /// Somebody else has taken the work up.
    Lost,
    /// The rules of pairs refuse this one, and so nothing was made.
    Refused(CohortDraftId, Code),
}

/// Makes pairs of these, or of none.
async fn make_pairs(
    app: &App,
    taken: &Taken,
    lead: &Viewer,
    (cohort, terms): (&Cohort, &Terms),
    ready: &[Ready],
) -> Result<Batch, Problem> {
    let now = app.clock.now();
    let mut tx = app.write(lead).await?;
    // In one order, before any of them is held for a pair of theirs.
    let people: BTreeSet<PersonId> = ready.iter().flat_map(|draft| [draft.mentor_id, draft.mentee_id]).collect();
    for person in people {
        tx.hold(person.into()).await?;
    }
    if !taken.goes_on(&mut tx, now).await? {
        return Ok(Batch::Lost);
    }
    let mentees: Ids = ready.iter().map(|draft| draft.mentee_id).collect();
    let paired = store::list_paired(&mut tx, cohort.program_id, now.date_naive(), &mentees).await?;
    let features = terms.look(&mut tx, ready, now).await?;
    for draft in ready {
        if paired.contains(&(draft.mentee_id,)) {
            return Ok(Batch::Refused(draft.id, Code::PairExists));
        }
        let Some(features) = features.get(&draft.id) else {
            return Ok(Batch::Refused(draft.id, Code::SuggestionStale));
        };
        let pair = match make_pair(app, &mut tx, lead, cohort, draft).await {
            Ok(pair) => pair,
            Err(problem) if is_refusal(problem.code) => return Ok(Batch::Refused(draft.id, problem.code)),
            Err(problem) => return Err(problem),
        };
        // What is learnt from once it is known how it went.
        note(&mut tx, &Proposal::of(pair, draft.mentee_id, draft.mentor_id, *features, now)).await?;
        drafts::note_published(&mut tx, draft.id, pair, now).await?;
    }
    tx.commit().await?;
    Ok(Batch::Made)
}

/// Whether it is the rules that say no, and not a database that is busy: what passes is tried again.
const fn is_refusal(code: Code) -> bool {
    !matches!(code, Code::Internal | Code::Overloaded | Code::TimedOut | Code::ChangedMeanwhile)
}

async fn make_pair(app: &App, tx: &mut Tx, lead: &Viewer, cohort: &Cohort, draft: &Ready) -> Result<PairId, Problem> {
    let pair = CreatePair {
        mentor_id: draft.mentor_id,
        mentee_id: draft.mentee_id,
        team_id: None,
        program_id: Some(cohort.program_id),
        model: None,
        starts_on: cohort.starts_on,
        ends_on: cohort.ends_on,
        goals_focus: None,
        cadence: None,
        override_reason: None,
    };
    create(app, tx, lead, pair).await
}

/// What is the same for all pairs of a cohort.
struct Terms {
    rules: Rules<'static>,
    related: Vec<(SkillId, SkillId)>,
}

impl Terms {
    async fn find(tx: &mut Tx, cohort: &Cohort) -> Result<Self, Problem> {
        let gone = || Problem::internal("a cohort without its program");
        let model = find_terms(tx, cohort.program_id).await?.ok_or_else(gone)?.model;
        Ok(Self {
            rules: weighting::find(tx, cohort.program_id).await?.ok_or_else(gone)?.rules(engine_model(model)),
            related: list_related_skills(tx).await?,
        })
    }

    /// How the two of each of these drafts stand to each other, for those whom no hard constraint keeps apart by now that
    /// the rules of pairs do not know of.
    async fn look(
        &self,
        tx: &mut Tx,
        ready: &[Ready],
        now: DateTime<Utc>,
    ) -> sqlx::Result<HashMap<CohortDraftId, Features>> {
        let ids = |who: fn(&Ready) -> PersonId| ready.iter().map(who).collect::<Ids>();
        let mentees = Mentee::these(tx, &ids(|draft| draft.mentee_id), now.date_naive()).await?;
        let mentors = People::these(tx, &ids(|draft| draft.mentor_id)).await?;
        let dismissed = list_dismissed(tx, &ids(|draft| draft.mentee_id), now - DISMISSED_FOR).await?;
        let (mut numbers, lines) = (Numbers::default(), Lines::default());
        let graph: SkillGraph = self.related.iter().map(|(a, b)| (numbers.skill(*a), numbers.skill(*b))).collect();
        let mut features = HashMap::new();
        for draft in ready {
            let mentee = mentees.iter().find(|mentee| mentee.facts.id == draft.mentee_id);
            let mentor = mentors.facts.iter().find(|facts| facts.id == draft.mentor_id);
            let mentee = mentee.and_then(|mentee| mentee.profile(now, &mut numbers, &lines));
            let mentor = mentor.and_then(|facts| mentors.mentor(facts, now, &mut numbers, &lines));
            let Some((mentee, mut mentor)) = mentee.zip(mentor) else { continue };
            let found = Features::of(&mentee, &mentor, &self.rules, &graph);
            // Capacity and the reporting line are for the rules of pairs, who know them better.
            mentor.person.offer.active = 0;
            let is_dismissed = dismissed.contains(&(draft.mentee_id, draft.mentor_id));
            if !is_dismissed && exclusion(&mentee, &mentor, &self.rules).is_none() {
                features.insert(draft.id, found);
            }
        }
        Ok(features)
    }
}
