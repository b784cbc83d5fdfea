//! Creates a pair: a lead assigns it, or the mentor or the mentee proposes it.

use actix_web::post;
use actix_web::web::Data;
use chrono::{DateTime, NaiveDate, Utc};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::api::{PairView, read};
use super::enrolled::check_enrolled;
use super::model::{Cadence, PROPOSAL_LIFETIME, Pair, PairStatus, Standing, check_days};
use super::store;
use crate::db::Tx;
use crate::http::{App, IdempotencyKey, Json};
use crate::ids::{PairId, PersonId, ProgramId, TeamId};
use crate::outbox::{self, Event};
use crate::people::person::store::{Candidate, change_load, find_candidate, is_above};
use crate::policy::acts::{OverrideRule, ProposePair};
use crate::policy::{Guarded, Sealed, Shown, Viewer, permit};
use crate::problem::{Code, Problem};
use crate::programs::model::ProgramModel;
use crate::programs::store::find_terms;
use crate::text::Sentence;
use crate::time::Day;

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config.service(create_pair);
}

/// A pair to create.
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
    /// Id of the mentor.
    pub mentor_id: PersonId,
    /// Id of the mentee.
    pub mentee_id: PersonId,
    /// Id of the team that the pair counts for. Default: the team of the mentee.
    pub team_id: Option<TeamId>,
    /// Id of the program. The coordinators of the program are the leads of the pair. Absent: no program.
    pub program_id: Option<ProgramId>,
    /// Model of mentoring. Default: the model of the program; without a program `one_on_one`.
    pub model: Option<ProgramModel>,
    /// First day. Default: today.
    pub starts_on: Option<Day>,
    /// Planned last day. Absent: no planned end. Less than 6 or more than 24 months gives a warning.
    pub ends_on: Option<Day>,
    /// Focus of the pair, in one sentence.
    pub goals_focus: Option<Sentence>,
    /// How often the mentor and the mentee plan to meet. Only these two people see it.
    pub cadence: Option<Cadence>,
    /// Reason why a lead overrides the mentor's capacity, the reporting line and the enrolments of the program. One
    /// reason covers all three rules. Only leads may give it.
    pub override_reason: Option<Sentence>,
}

/// Create a pair
///
/// The mentor, the mentee or a lead may do this. The status of the new pair depends on who creates it:
/// - A lead: `active`. The pair begins at once.
/// - A lead, in a program with `requires_acceptance`: `proposed`. The mentor and the mentee have 14 days to accept.
/// - The mentor or the mentee: `proposed`. The other person has 14 days to accept or decline.
///
/// Problems:
/// - `person_not_active`: one of the two people is not active.
/// - `direct_report`: one person is the direct manager of the other.
/// - `pair_exists`: these two people already have a live pair, in either role. A pair is live while its status is
///   `proposed`, `active` or `paused`.
/// - `mentor_at_capacity`, `reporting_line`, `not_enrolled`: a lead can override these rules with `override_reason`.
#[utoipa::path(tag = "pairs", request_body = CreatePair, responses((status = 201, body = PairView)))]
#[post("/v1/pairs")]
async fn create_pair(
    app: Data<App>,
    viewer: Viewer,
    input: Json<CreatePair>,
    once: IdempotencyKey,
) -> Result<Shown<PairView>, Problem> {
    let input = input.into_inner();
    app.once(
        &viewer,
        &once,
        async |tx| create(&app, tx, &viewer, input).await,
        async |tx, id| Ok(read(tx, &viewer, id).await?.created(format!("/v1/pairs/{id}"))),
    )
    .await
}

/// Creates a pair in the given transaction. Suggestions use it too.
pub async fn create(app: &App, tx: &mut Tx, viewer: &Viewer, input: CreatePair) -> Result<PairId, Problem> {
    write(app, tx, viewer, input, false).await
}

/// Creates an active pair that both people have agreed to: one person asked, and the viewer accepts.
pub async fn create_agreed(app: &App, tx: &mut Tx, viewer: &Viewer, input: CreatePair) -> Result<PairId, Problem> {
    write(app, tx, viewer, input, true).await
}

async fn write(app: &App, tx: &mut Tx, viewer: &Viewer, input: CreatePair, is_agreed: bool) -> Result<PairId, Problem> {
    // Before any person is read: a service must not learn which people exist.
    if viewer.person().is_none() {
        return Err(Problem::new(Code::NotAllowed, "A service account cannot create pairs. Sign in as a person."));
    }
    let now = app.clock.now();
    // Always in the same order, so that two requests about the same people do not deadlock.
    let (first, second) = (input.mentor_id.min(input.mentee_id), input.mentor_id.max(input.mentee_id));
    tx.lock(first.into()).await?;
    tx.lock(second.into()).await?;
    if first == second {
        return Err(Problem::invalid("/mentee_id", "must not be the same person as the mentor"));
    }
    let missing = |pointer: &'static str| move || Problem::invalid(pointer, "must be the id of an existing person");
    let mentor = find_candidate(tx, input.mentor_id).await?.ok_or_else(missing("/mentor_id"))?;
    let mentee = find_candidate(tx, input.mentee_id).await?.ok_or_else(missing("/mentee_id"))?;
    let terms = match input.program_id {
        Some(program) => {
            let found = find_terms(tx, program).await?;
            Some(found.ok_or_else(|| Problem::invalid("/program_id", "must be the id of an existing program"))?)
        }
        None => None,
    };
    let requires_acceptance = terms.is_some_and(|terms| terms.requires_acceptance) || !viewer.leads(input.program_id);
    let is_proposed = requires_acceptance && !is_agreed;
    let model = input.model.or(terms.map(|terms| terms.model)).unwrap_or_default();
    let pair = draft(PairId::new(&app.clock), &input, (&mentor, &mentee), (model, is_proposed), viewer, now);
    check_days(model, pair.starts_on, pair.ends_on)?;
    let pair = permit::<ProposePair, _>(viewer, pair)?;
    if input.override_reason.is_some() {
        permit::<OverrideRule, _>(viewer, (*pair).clone())?;
    }
    check_people(tx, &mentor, &mentee, model, input.override_reason.is_some()).await?;
    store::decline_expired(tx, mentor.id, mentee.id, now.date_naive(), now).await?;
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
    (model, is_proposed): (ProgramModel, bool),
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
        status: if is_proposed { PairStatus::Proposed } else { PairStatus::Active },
        mentor_accepted: !is_proposed || viewer.is(mentor.id),
        mentee_accepted: !is_proposed || viewer.is(mentee.id),
        expires_on: is_proposed.then(|| today + PROPOSAL_LIFETIME),
        goals_focus: input.goals_focus.clone(),
        active_since: (!is_proposed).then_some(now),
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

/// Checks the rules about the two people. `is_overridden` skips capacity and reporting line, and no other rule.
async fn check_people(
    tx: &mut Tx,
    mentor: &Candidate,
    mentee: &Candidate,
    model: ProgramModel,
    is_overridden: bool,
) -> Result<(), Problem> {
    for (person, pointer) in [(mentor, "/mentor_id"), (mentee, "/mentee_id")] {
        if !person.is_active {
            let problem =
                Problem::new(Code::PersonNotActive, "Only active people can form a pair. Choose another person.");
            return Err(problem.at(pointer, "must be an active person"));
        }
    }
    if mentor.manager_id == Some(mentee.id) || mentee.manager_id == Some(mentor.id) {
        let detail =
            "One person is the direct manager of the other, so they cannot form a pair. Choose another mentor.";
        return Err(Problem::new(Code::DirectReport, detail));
    }
    if let (Some((least, most)), Some(above), Some(level)) = (model.level_window(), mentor.level, mentee.level) {
        let gap = above - level;
        if !(least..=most).contains(&gap) {
            let detail = format!(
                "must fit the levels: the mentor has to be {least} to {most} levels above the mentee, but is {gap}"
            );
            return Err(Problem::invalid("/model", detail));
        }
    }
    if is_overridden {
        return Ok(());
    }
    if mentor.mentor_load >= mentor.mentor_capacity {
        let (load, capacity) = (mentor.mentor_load, mentor.mentor_capacity);
        let detail = format!(
            "The mentor has no free place ({load} of {capacity} taken). Choose another mentor, or a lead gives an \
             `override_reason`."
        );
        return Err(Problem::new(Code::MentorAtCapacity, detail));
    }
    if is_above(tx, mentor.id, mentee.id).await? || is_above(tx, mentee.id, mentor.id).await? {
        let detail = "One person is above the other in the reporting line. Choose another mentor, or a lead gives an \
                      `override_reason`.";
        return Err(Problem::new(Code::ReportingLine, detail));
    }
    Ok(())
}
