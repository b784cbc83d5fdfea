//! How a pair comes to be: assigned by a lead, or proposed by one of the two.

use actix_web::post;
use actix_web::web::Data;
use chrono::{DateTime, NaiveDate, Utc};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::api::{PairView, read_again};
use super::enrolled::check_enrolled;
use super::model::{Cadence, PROPOSAL_STANDS, Pair, PairStatus, Standing, check_days};
use super::store;
use crate::db::Tx;
use crate::http::{App, Json, Once};
use crate::ids::{PairId, PersonId, ProgramId, TeamId};
use crate::outbox::{self, Event};
use crate::people::person::store::{Candidate, change_load, find_candidate, is_above};
use crate::policy::acts::{OverrideRule, ProposePair};
use crate::policy::{Guarded, Sealed, Shown, Viewer, permit};
use crate::problem::{Code, Problem};
use crate::programs::model::Model;
use crate::programs::store::find_terms;
use crate::text::Sentence;
use crate::time::Day;

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config.service(create_pair);
}

/// A new pair.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({
    "mentor_id": "01988b64-97e0-7d1e-a3b5-6d7e8f9a0b1c",
    "mentee_id": "01985b1e-6d0a-7c11-9a52-3f4c5d6e7f80",
    "model": "one_on_one",
    "starts_on": "2026-03-02",
    "ends_on": "2027-02-26",
    "goals_focus": "Growing into technical leadership",
    "cadence": "biweekly",
})))]
pub struct CreatePair {
    /// Who gives.
    pub mentor_id: PersonId,
    /// Who asks.
    pub mentee_id: PersonId,
    /// The team it is counted under; the mentee's unless told.
    pub team_id: Option<TeamId>,
    /// The program it belongs to; its coordinators lead the pair.
    pub program_id: Option<ProgramId>,
    /// Its way of mentoring; the program's unless told, or `one_on_one`.
    pub model: Option<Model>,
    /// First day; today unless told.
    pub starts_on: Option<Day>,
    /// Planned last day; open unless told. Below 6 and above 24 months is warned about.
    pub ends_on: Option<Day>,
    /// What it is about.
    pub goals_focus: Option<Sentence>,
    /// How often they meet.
    pub cadence: Option<Cadence>,
    /// Why a lead sets aside the mentor's capacity, the reporting line and the program's enrolments: one reason for all.
    pub override_reason: Option<Sentence>,
}

/// Creates a pair.
///
/// A lead creates it `active`, or `proposed` where the program asks both for their yes. One of
/// the two themselves creates it `proposed`, and the other answers within 14 days. In a program that people enrol in, who
/// takes no part is refused as `not_enrolled`.
#[utoipa::path(tag = "pairs", request_body = CreatePair, responses((status = 201, body = PairView)))]
#[post("/v1/pairs")]
async fn create_pair(
    app: Data<App>,
    viewer: Viewer,
    input: Json<CreatePair>,
    once: Once,
) -> Result<Shown<PairView>, Problem> {
    let input = input.into_inner();
    let id = app.once(&viewer, &once, async |tx| create(&app, tx, &viewer, input).await).await?;
    Ok(read_again(&app, &viewer, id).await?.created(format!("/v1/pairs/{id}")))
}

/// Creates a pair within a unit of work; suggestions call this too.
pub async fn create(app: &App, tx: &mut Tx, viewer: &Viewer, input: CreatePair) -> Result<PairId, Problem> {
    write(app, tx, viewer, input, false).await
}

/// Creates a pair to which the two have said yes: one asked, and the viewer answers. It begins.
pub async fn create_agreed(app: &App, tx: &mut Tx, viewer: &Viewer, input: CreatePair) -> Result<PairId, Problem> {
    write(app, tx, viewer, input, true).await
}

async fn write(app: &App, tx: &mut Tx, viewer: &Viewer, input: CreatePair, is_agreed: bool) -> Result<PairId, Problem> {
    // Before anybody is looked up: a service learns nothing of which people there are.
    if viewer.person().is_none() {
        return Err(Problem::new(Code::NotAllowed, "Only people propose pairs."));
    }
    let now = app.clock.now();
    // In one order, so that two requests about the same people never wait for each other.
    let (first, second) = (input.mentor_id.min(input.mentee_id), input.mentor_id.max(input.mentee_id));
    tx.hold(first.into()).await?;
    tx.hold(second.into()).await?;
    if first == second {
        return Err(Problem::invalid("/mentee_id", "nobody mentors themselves"));
    }
    let missing = |pointer: &'static str| move || Problem::invalid(pointer, "names no person");
    let mentor = find_candidate(tx, input.mentor_id).await?.ok_or_else(missing("/mentor_id"))?;
    let mentee = find_candidate(tx, input.mentee_id).await?.ok_or_else(missing("/mentee_id"))?;
    let terms = match input.program_id {
        Some(program) => {
            let found = find_terms(tx, program).await?;
            Some(found.ok_or_else(|| Problem::invalid("/program_id", "names no program"))?)
        }
        None => None,
    };
    let is_asked = terms.is_some_and(|terms| terms.asks_for_acceptance) || !viewer.leads(input.program_id);
    let needs_a_yes = is_asked && !is_agreed;
    let model = input.model.or(terms.map(|terms| terms.model)).unwrap_or_default();
    let pair = draft(PairId::new(&app.clock), &input, (&mentor, &mentee), (model, needs_a_yes), viewer, now);
    check_days(model, pair.starts_on, pair.ends_on)?;
    let pair = permit::<ProposePair, _>(viewer, pair)?;
    if input.override_reason.is_some() {
        permit::<OverrideRule, _>(viewer, (*pair).clone())?;
    }
    check_people(tx, &mentor, &mentee, model, input.override_reason.is_some()).await?;
    store::lapse(tx, mentor.id, mentee.id, now.date_naive(), now).await?;
    let (id, status) = (pair.id, pair.status);
    let drafted = (*pair).clone();
    store::insert(tx, pair).await?;
    check_enrolled(tx, viewer, &drafted).await?;
    let event = if status == PairStatus::Active {
        change_load(tx, mentor.id, 1).await?;
        Event::PairStarted(id)
    } else {
        Event::PairProposed(id)
    };
    outbox::add(tx, &app.clock, event, Some(id)).await?;
    Ok(id)
}

fn draft(
    id: PairId,
    input: &CreatePair,
    (mentor, mentee): (&Candidate, &Candidate),
    (model, needs_a_yes): (Model, bool),
    viewer: &Viewer,
    now: DateTime<Utc>,
) -> Pair {
    let today = now.date_naive();
    Pair {
        id,
        standing: Standing {
            mentor_id: mentor.id,
            mentee_id: mentee.id,
            mentee_manager_id: mentee.manager_id,
            program_id: input.program_id,
        },
        mentor_name: mentor.name.clone(),
        mentor_title: None,
        mentor_load: mentor.mentor_load,
        mentee_name: mentee.name.clone(),
        mentee_title: None,
        team_id: input.team_id.or(mentee.team_id),
        team_name: None,
        program_name: None,
        model,
        status: if needs_a_yes { PairStatus::Proposed } else { PairStatus::Active },
        mentor_accepted: !needs_a_yes || viewer.is(mentor.id),
        mentee_accepted: !needs_a_yes || viewer.is(mentee.id),
        expires_on: needs_a_yes.then(|| today + PROPOSAL_STANDS),
        goals_focus: input.goals_focus.clone(),
        active_since: (!needs_a_yes).then_some(now),
        starts_on: input.starts_on.map_or(today, NaiveDate::from),
        ends_on: input.ends_on.map(NaiveDate::from),
        ended_on: None,
        override_reason: Guarded::new(input.override_reason.clone()),
        end_reason: Guarded::new(None),
        outcome_summary: Guarded::new(None),
        ended_by_id: None,
        cadence: input.cadence.zip(viewer.person()).map(|(cadence, author)| Sealed::new(author, cadence)),
        created_at: now,
        updated_at: now,
        revision: 1,
        words_revision: 0,
        agreement: Guarded::default(),
        end_notes: Guarded::default(),
    }
}

/// The rules about the two people. A lead's reason sets the soft ones aside, never the hard ones.
async fn check_people(
    tx: &mut Tx,
    mentor: &Candidate,
    mentee: &Candidate,
    model: Model,
    is_overridden: bool,
) -> Result<(), Problem> {
    for (person, pointer) in [(mentor, "/mentor_id"), (mentee, "/mentee_id")] {
        if !person.is_active {
            let problem = Problem::new(Code::PersonNotActive, "Only active people can form a pair.");
            return Err(problem.at(pointer, "is not active"));
        }
    }
    if mentor.manager_id == Some(mentee.id) || mentee.manager_id == Some(mentor.id) {
        return Err(Problem::new(Code::DirectReport, "A person and their direct manager never form a pair."));
    }
    if let (Some((least, most)), Some(above), Some(level)) = (model.level_window(), mentor.level, mentee.level) {
        let gap = above - level;
        if !(least..=most).contains(&gap) {
            let detail = format!("this model pairs a mentor {least} to {most} levels above; here it is {gap}");
            return Err(Problem::invalid("/model", detail));
        }
    }
    if is_overridden {
        return Ok(());
    }
    if mentor.mentor_load >= mentor.mentor_capacity {
        return Err(Problem::new(Code::MentorAtCapacity, "The mentor has as many live pairs as they offered to take."));
    }
    if is_above(tx, mentor.id, mentee.id).await? || is_above(tx, mentee.id, mentor.id).await? {
        return Err(Problem::new(Code::ReportingLine, "One is above the other in the reporting line."));
    }
    Ok(())
}
