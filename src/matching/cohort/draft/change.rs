//! What leads do to drafts before they publish them: give another mentor, swap two, lock, refuse.

use actix_web::web::Data;
use actix_web::{patch, post};
use chrono::NaiveDate;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::api::{CohortDraftView, find_assessed};
use super::assess::judge;
use super::model::Draft;
use super::store;
use crate::db::Tx;
use crate::http::{App, Json, Nothing, Once, Path, Seen, merge_patch};
use crate::ids::{CohortDraftId, PersonId};
use crate::matching::cohort::store as cohorts;
use crate::matching::roster::Roster;
use crate::policy::acts::ChangeCohort;
use crate::policy::{Permit, Shown, Viewer, permit, show};
use crate::problem::Problem;

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config.service(change_cohort_draft).service(swap_cohort_drafts).service(refuse_cohort_draft);
}

merge_patch! {
    /// What to change of a draft.
    #[schema(examples(json!({"mentor_id": "01988b64-97e0-7d1e-a3b5-6d7e8f9a0b1c"}), json!({"is_locked": true})))]
    ChangeCohortDraftInput {
        /// Another mentor of the program, with a place left. Locks the draft, unless `is_locked` says otherwise.
        mentor_id: PersonId,
        /// Whether planning again leaves it as it is.
        is_locked: bool,
    }
}

/// Gives a mentee another mentor in a cohort, or locks what they have.
///
/// Leads of the program may, while the cohort is `drafted`. The mentor has to be one whom a plan might have chosen: takes
/// part in the program, has a place left, is kept apart by no hard constraint, and scores enough.
#[utoipa::path(tag = "cohorts", params(("id" = CohortDraftId, Path)), request_body = ChangeCohortDraftInput, responses((status = 200, body = CohortDraftView)))]
#[patch("/v1/cohort-drafts/{id}")]
async fn change_cohort_draft(
    app: Data<App>,
    roster: Data<Roster>,
    viewer: Viewer,
    id: Path<CohortDraftId>,
    seen: Seen,
    input: Json<ChangeCohortDraftInput>,
) -> Result<Shown<CohortDraftView>, Problem> {
    let ChangeCohortDraftInput { mentor_id, is_locked } = input.into_inner();
    let before = find_assessed(&app, &roster, &viewer, *id).await?;
    before.cohort_status.check_is_in_review()?;
    let given = mentor_id.set().copied().filter(|mentor| before.mentor_id != Some(*mentor));
    let score = match given {
        Some(mentor) => Some((mentor, score_of(&app, &roster, &before, mentor, "/mentor_id").await?)),
        None => None,
    };
    let now = app.clock.now();
    let mut tx = app.write(&viewer).await?;
    let draft = held(&mut tx, &viewer, &before, &seen).await?;
    if let Some((mentor, _)) = score {
        check_place(&mut tx, &draft, now.date_naive(), mentor).await?;
    }
    let is_locked = is_locked.set().copied();
    if score.is_none() && is_locked.is_none_or(|is_locked| is_locked == draft.is_locked) {
        return show(&viewer, before);
    }
    let draft = draft.change(|draft| {
        if let Some((mentor, score)) = score {
            draft.give(mentor, score, now)?;
        }
        is_locked.map_or(Ok(()), |is_locked| draft.lock(is_locked, now))
    })?;
    if score.is_some() {
        store::forget_refusal(&mut tx, &draft).await?;
    }
    store::save(&mut tx, &draft).await?;
    tx.commit().await?;
    show(&viewer, find_assessed(&app, &roster, &viewer, *id).await?)
}

/// With which other draft to swap.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"with_id": "01988b64-97e0-7d1e-a3b5-6d7e8f9a0b1c"})))]
pub struct SwapCohortDraftsInput {
    /// Another draft of the same cohort, with a mentor.
    with_id: CohortDraftId,
}

/// Swaps the mentors of two drafts, and locks both.
///
/// Leads of the program may, while the cohort is `drafted`. Both have to be couples whom a plan might have put together.
/// Answers with the draft that was asked; the other one has changed, too.
#[utoipa::path(tag = "cohorts", params(("id" = CohortDraftId, Path)), request_body = SwapCohortDraftsInput, responses((status = 200, body = CohortDraftView)))]
#[post("/v1/cohort-drafts/{id}/swap")]
async fn swap_cohort_drafts(
    app: Data<App>,
    roster: Data<Roster>,
    viewer: Viewer,
    id: Path<CohortDraftId>,
    seen: Seen,
    input: Json<SwapCohortDraftsInput>,
    once: Once,
) -> Result<Shown<CohortDraftView>, Problem> {
    let asked = find_assessed(&app, &roster, &viewer, *id).await?;
    asked.cohort_status.check_is_in_review()?;
    let missing = |_| Problem::invalid("/with_id", "names no other draft of this cohort");
    let other = find_assessed(&app, &roster, &viewer, input.with_id).await.map_err(missing)?;
    if other.cohort_id != asked.cohort_id || other.id == asked.id {
        return Err(missing(Problem::not_found()));
    }
    let none = || Problem::wrong_state("Both drafts need a mentor to swap.");
    let (mentor, other_mentor) = asked.mentor_id.zip(other.mentor_id).ok_or_else(none)?;
    let score = score_of(&app, &roster, &asked, other_mentor, "/with_id").await?;
    let other_score = score_of(&app, &roster, &other, mentor, "/with_id").await?;
    let now = app.clock.now();
    let id = app
        .once(&viewer, &once, async |tx| {
            let first = held(tx, &viewer, &asked, &seen).await?;
            let second = held(tx, &viewer, &other, &Seen::default()).await?;
            let first = first.change(|draft| draft.give(other_mentor, score, now))?;
            let second = second.change(|draft| draft.give(mentor, other_score, now))?;
            for draft in [&first, &second] {
                store::forget_refusal(tx, draft).await?;
                store::save(tx, draft).await?;
            }
            Ok(first.id)
        })
        .await?;
    show(&viewer, find_assessed(&app, &roster, &viewer, id).await?)
}

/// Takes the mentor of a draft away: planning this cohort again will not put the two together.
///
/// Leads of the program may, while the cohort is `drafted`. The two do not learn of it. Giving the mentee this mentor after
/// all takes it back.
#[utoipa::path(tag = "cohorts", params(("id" = CohortDraftId, Path)), request_body = Nothing, responses((status = 200, body = CohortDraftView)))]
#[post("/v1/cohort-drafts/{id}/refuse")]
async fn refuse_cohort_draft(
    app: Data<App>,
    roster: Data<Roster>,
    viewer: Viewer,
    id: Path<CohortDraftId>,
    seen: Seen,
    _input: Json<Nothing>,
    once: Once,
) -> Result<Shown<CohortDraftView>, Problem> {
    let before = find_assessed(&app, &roster, &viewer, *id).await?;
    let now = app.clock.now();
    let id = app
        .once(&viewer, &once, async |tx| {
            let mut refused = None;
            let draft = held(tx, &viewer, &before, &seen).await?.change(|draft| {
                refused = Some(draft.refuse(now)?);
                Ok(())
            })?;
            if let Some(mentor) = refused {
                store::note_refusal(tx, &draft, mentor).await?;
            }
            store::save(tx, &draft).await?;
            Ok(draft.id)
        })
        .await?;
    show(&viewer, find_assessed(&app, &roster, &viewer, id).await?)
}

/// A draft that may be changed, as it was when it was judged; else somebody changed it meanwhile.
async fn held(
    tx: &mut Tx,
    viewer: &Viewer,
    before: &Draft,
    seen: &Seen,
) -> Result<Permit<ChangeCohort, Draft>, Problem> {
    tx.hold(before.cohort_id.into()).await?;
    seen.check(viewer, before)?;
    let draft = store::find(tx, before.id).await?.ok_or_else(Problem::not_found)?;
    let draft = permit::<ChangeCohort, _>(viewer, draft)?;
    draft.cohort_status.check_is_in_review()?;
    if draft.revision != before.revision {
        return Err(Problem::changed_meanwhile());
    }
    Ok(draft)
}

/// The score of a mentee with another mentor; refuses whom no plan would put together.
async fn score_of(
    app: &App,
    roster: &Roster,
    draft: &Draft,
    mentor: PersonId,
    pointer: &'static str,
) -> Result<u16, Problem> {
    let couple = (draft.mentee_id, mentor);
    let mut judged = judge(app, roster, std::slice::from_ref(draft), &[couple]).await?;
    let judged = judged.remove(&couple).filter(|judged| judged.is_suitable);
    let detail = "is not available to this mentee, or too little speaks for the two";
    judged.map(|judged| judged.score()).ok_or_else(|| Problem::invalid(pointer, detail))
}

async fn check_place(tx: &mut Tx, draft: &Draft, today: NaiveDate, mentor: PersonId) -> Result<(), Problem> {
    match cohorts::find_places_left(tx, draft.cohort_id, today, mentor).await? {
        None => Err(Problem::invalid("/mentor_id", "takes no part in the program as a mentor")),
        Some((left,)) if left <= 0 => Err(Problem::invalid(
            "/mentor_id",
            "has no place left in this cohort: swap two drafts, or refuse one first",
        )),
        Some(_) => Ok(()),
    }
}
