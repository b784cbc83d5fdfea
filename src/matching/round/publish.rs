//! Makes pairs from drafts, several in one transaction. A draft that the rules of pairs refuse is marked as failed; the
//! other drafts are published.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Utc};

use super::claim::Claimed;
use super::draft::store::{self as drafts, Ready};
use super::model::{MatchingRound, MatchingRoundStatus};
use super::store;
use crate::db::{Ids, Tx};
use crate::http::App;
use crate::ids::{MatchingDraftId, PairId, PersonId, SkillId};
use crate::matching::engine::{Features, Rules, SkillGraph, exclusion};
use crate::matching::learning::{Proposal, record};
use crate::matching::profiles::{Mentee, Numbers, People, ReportingLines, list_related_skills};
use crate::matching::suggestion::model::{DISMISSED_FOR, engine_model};
use crate::matching::suggestion::store::list_dismissed;
use crate::matching::weighting::store as weighting;
use crate::outbox::Event;
use crate::pairs::create::{CreatePair, create};
use crate::policy::Viewer;
use crate::problem::{Code, Problem};
use crate::programs::store::find_terms;

/// Number of pairs made in one transaction.
const BATCH: i64 = 25;

/// Makes pairs from all drafts, in the name of the lead who started publishing.
pub(super) async fn publish(app: &App, claimed: &Claimed, round: &MatchingRound) -> Result<(), Problem> {
    let lead = Viewer::leading(round.lead_id, round.program_id).recorded_in(app.audit_log(), round.id.uuid());
    let terms = Terms::find(&mut app.read().await?, round).await?;
    let mut at_once = BATCH;
    loop {
        let ready = drafts::list_ready(&mut app.read_one().await?, round.id, at_once).await?;
        if ready.is_empty() {
            return claimed
                .rest(app, MatchingRoundStatus::Published, None, Event::MatchingRoundPublished(round.id))
                .await;
        }
        match make_pairs(app, claimed, &lead, (round, &terms), &ready).await? {
            Batch::Made => at_once = (at_once * 2).min(BATCH),
            Batch::Lost => return Ok(()),
            // The whole batch was undone. The next batches are small, so that one refusal undoes little.
            Batch::Refused(draft, why) => {
                let now = app.clock.now();
                let mut tx = app.system_write().await?;
                if !claimed.goes_on(&mut tx, now).await? {
                    return Ok(());
                }
                drafts::note_failed(&mut tx, draft, why, now).await?;
                tx.commit().await?;
                at_once = 1;
            }
        }
    }
}

/// Result of one batch.
enum Batch {
    /// All drafts of the batch are pairs.
    Made,
    /// Another process has claimed the round.
    Lost,
    /// The rules of pairs refused this draft; no pair of the batch was made.
    Refused(MatchingDraftId, Code),
}

/// Makes pairs from all these drafts, or from none.
async fn make_pairs(
    app: &App,
    claimed: &Claimed,
    lead: &Viewer,
    (round, terms): (&MatchingRound, &Terms),
    ready: &[Ready],
) -> Result<Batch, Problem> {
    let now = app.clock.now();
    let mut tx = app.write(lead).await?;
    // All people are locked in one order before the first pair is made, so that two transactions cannot wait for each
    // other.
    let people: BTreeSet<PersonId> = ready.iter().flat_map(|draft| [draft.mentor_id, draft.mentee_id]).collect();
    for person in people {
        tx.lock(person.into()).await?;
    }
    if !claimed.goes_on(&mut tx, now).await? {
        return Ok(Batch::Lost);
    }
    let mentees: Ids = ready.iter().map(|draft| draft.mentee_id).collect();
    let paired = store::list_paired(&mut tx, round.program_id, now.date_naive(), &mentees).await?;
    let features = terms.features(&mut tx, ready, now).await?;
    for draft in ready {
        if paired.contains(&(draft.mentee_id,)) {
            return Ok(Batch::Refused(draft.id, Code::PairExists));
        }
        let Some(features) = features.get(&draft.id) else {
            return Ok(Batch::Refused(draft.id, Code::SuggestionStale));
        };
        let pair = match make_pair(app, &mut tx, lead, round, draft).await {
            Ok(pair) => pair,
            Err(problem) if is_refusal(problem.code) => return Ok(Batch::Refused(draft.id, problem.code)),
            Err(problem) => return Err(problem),
        };
        // Recorded, so that the service can learn from the outcome of the pair.
        record(&mut tx, &Proposal::from_pair(pair, draft.mentee_id, draft.mentor_id, *features, now)).await?;
        drafts::note_published(&mut tx, draft.id, pair, now).await?;
    }
    tx.commit().await?;
    Ok(Batch::Made)
}

/// Whether the rules refused the pair. Other failures, such as a busy database, are temporary and are repeated.
const fn is_refusal(code: Code) -> bool {
    !matches!(code, Code::Internal | Code::Overloaded | Code::TimedOut | Code::ChangedMeanwhile)
}

async fn make_pair(
    app: &App,
    tx: &mut Tx,
    lead: &Viewer,
    round: &MatchingRound,
    draft: &Ready,
) -> Result<PairId, Problem> {
    let pair = CreatePair {
        mentor_id: draft.mentor_id,
        mentee_id: draft.mentee_id,
        team_id: None,
        program_id: Some(round.program_id),
        model: None,
        starts_on: round.starts_on,
        ends_on: round.ends_on,
        goals_focus: None,
        cadence: None,
        override_reason: None,
    };
    create(app, tx, lead, pair).await
}

/// What all pairs of a matching round have in common.
struct Terms {
    rules: Rules<'static>,
    related: Vec<(SkillId, SkillId)>,
}

impl Terms {
    async fn find(tx: &mut Tx, round: &MatchingRound) -> Result<Self, Problem> {
        let gone = || Problem::internal("a matching round without its program");
        let model = find_terms(tx, round.program_id).await?.ok_or_else(gone)?.model;
        Ok(Self {
            rules: weighting::find(tx, round.program_id).await?.ok_or_else(gone)?.rules(engine_model(model)),
            related: list_related_skills(tx).await?,
        })
    }

    /// The features of each draft. Drafts that a hard constraint excludes now are left out; the rules of pairs do not
    /// know these constraints.
    async fn features(
        &self,
        tx: &mut Tx,
        ready: &[Ready],
        now: DateTime<Utc>,
    ) -> sqlx::Result<HashMap<MatchingDraftId, Features>> {
        let ids = |who: fn(&Ready) -> PersonId| ready.iter().map(who).collect::<Ids>();
        let mentees = Mentee::by_ids(tx, &ids(|draft| draft.mentee_id), now.date_naive()).await?;
        let mentors = People::by_ids(tx, &ids(|draft| draft.mentor_id)).await?;
        let dismissed = list_dismissed(tx, &ids(|draft| draft.mentee_id), now - DISMISSED_FOR).await?;
        let (mut numbers, lines) = (Numbers::default(), ReportingLines::default());
        let graph: SkillGraph = self.related.iter().map(|(a, b)| (numbers.skill(*a), numbers.skill(*b))).collect();
        let mut features = HashMap::new();
        for draft in ready {
            let mentee = mentees.iter().find(|mentee| mentee.facts.id == draft.mentee_id);
            let mentor = mentors.facts.iter().find(|facts| facts.id == draft.mentor_id);
            let mentee = mentee.and_then(|mentee| mentee.profile(now, &mut numbers, &lines));
            let mentor = mentor.and_then(|facts| mentors.mentor(facts, now, &mut numbers, &lines));
            let Some((mentee, mut mentor)) = mentee.zip(mentor) else { continue };
            let found = Features::of(&mentee, &mentor, &self.rules, &graph);
            // The rules of pairs check capacity and the reporting line themselves, with newer data.
            mentor.person.offer.active = 0;
            let is_dismissed = dismissed.contains(&(draft.mentee_id, draft.mentor_id));
            if !is_dismissed && exclusion(&mentee, &mentor, &self.rules).is_none() {
                features.insert(draft.id, found);
            }
        }
        Ok(features)
    }
}
