//! HTTP operations that change drafts: another mentor, swap, lock, refuse.

use actix_web::web::Data;
use actix_web::{patch, post};
use chrono::NaiveDate;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::api::{MatchingDraftView, assess_one, find_assessed};
use super::assess::judge;
use super::model::Draft;
use super::store;
use crate::db::Tx;
use crate::http::{App, EmptyBody, IdempotencyKey, Json, Path, Preconditions, merge_patch};
use crate::ids::{MatchingDraftId, PersonId};
use crate::matching::mentor_index::MentorIndex;
use crate::matching::round::store as matching_rounds;
use crate::policy::acts::ChangeMatchingRound;
use crate::policy::{Permit, Shown, Viewer, permit, show};
use crate::problem::Problem;

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config.service(change_matching_draft).service(swap_matching_drafts).service(refuse_matching_draft);
}

merge_patch! {
    /// Changes to a draft. Fields that are left out stay as they are.
    #[schema(examples(json!({"mentor_id": "01988b64-97e0-7d1e-a3b5-6d7e8f9a0b1c"}), json!({"is_locked": true})))]
    ChangeMatchingDraftInput {
        /// Id of another mentor of the program, with a free place. This also locks the draft, unless `is_locked` is
        /// `false`.
        mentor_id: PersonId,
        /// Whether the draft is locked. Planning again does not change a locked draft.
        is_locked: bool,
    }
}

/// Change a matching draft
///
/// Gives the mentee another mentor, or locks and unlocks the draft. Leads of the program and admins may, while the
/// matching round is `drafted`. Conditions for another mentor:
///
/// - The mentor is enrolled in the program and has a free place.
/// - No hard constraint excludes the two.
/// - The score of the two reaches at least the level `low`.
#[utoipa::path(tag = "matching rounds", params(("id" = MatchingDraftId, Path)), request_body = ChangeMatchingDraftInput, responses((status = 200, body = MatchingDraftView)))]
#[patch("/v1/matching-drafts/{id}")]
async fn change_matching_draft(
    app: Data<App>,
    mentor_index: Data<MentorIndex>,
    viewer: Viewer,
    id: Path<MatchingDraftId>,
    seen: Preconditions,
    input: Json<ChangeMatchingDraftInput>,
) -> Result<Shown<MatchingDraftView>, Problem> {
    let ChangeMatchingDraftInput { mentor_id, is_locked } = input.into_inner();
    let before = find_assessed(&app, &mentor_index, &viewer, *id).await?;
    before.matching_round_status.check_is_in_review()?;
    let given = mentor_id.set().copied().filter(|mentor| before.mentor_id != Some(*mentor));
    let score = match given {
        Some(mentor) => Some((mentor, score_of(&app, &mentor_index, &before, mentor, "/mentor_id").await?)),
        None => None,
    };
    let now = app.clock.now();
    let mut tx = app.write(&viewer).await?;
    let draft = lock_draft(&mut tx, &viewer, &before, &seen).await?;
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
    let draft = read(&mut tx, *id).await?;
    tx.commit().await?;
    show(&viewer, assess_one(&app, &mentor_index, &viewer, draft).await?)
}

/// The other draft of a swap.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"other_draft_id": "01988b64-97e0-7d1e-a3b5-6d7e8f9a0b1c"})))]
pub struct SwapMatchingDraftsInput {
    /// Id of another draft of the same matching round. It has a mentor.
    other_draft_id: MatchingDraftId,
}

/// Swap the mentors of two matching drafts
///
/// Gives each of the two mentees the mentor of the other, and locks both drafts. Leads of the program and admins may,
/// while the matching round is `drafted`. For both new combinations, no hard constraint may exclude the two, and the
/// score must reach at least the level `low`. The answer is the draft in the path; the other draft changes too.
#[utoipa::path(tag = "matching rounds", params(("id" = MatchingDraftId, Path)), request_body = SwapMatchingDraftsInput, responses((status = 200, body = MatchingDraftView)))]
#[post("/v1/matching-drafts/{id}/swap")]
async fn swap_matching_drafts(
    app: Data<App>,
    mentor_index: Data<MentorIndex>,
    viewer: Viewer,
    id: Path<MatchingDraftId>,
    seen: Preconditions,
    input: Json<SwapMatchingDraftsInput>,
    once: IdempotencyKey,
) -> Result<Shown<MatchingDraftView>, Problem> {
    let asked = find_assessed(&app, &mentor_index, &viewer, *id).await?;
    asked.matching_round_status.check_is_in_review()?;
    let missing = |_| Problem::invalid("/other_draft_id", "must be the id of another draft of the same matching round");
    let other = find_assessed(&app, &mentor_index, &viewer, input.other_draft_id).await.map_err(missing)?;
    if other.matching_round_id != asked.matching_round_id || other.id == asked.id {
        return Err(missing(Problem::not_found()));
    }
    let none =
        || Problem::wrong_state("One of the two drafts has no mentor. Choose two drafts that both have a mentor.");
    let (mentor, other_mentor) = asked.mentor_id.zip(other.mentor_id).ok_or_else(none)?;
    let score = score_of(&app, &mentor_index, &asked, other_mentor, "/other_draft_id").await?;
    let other_score = score_of(&app, &mentor_index, &other, mentor, "/other_draft_id").await?;
    let now = app.clock.now();
    let draft = app
        .once(
            &viewer,
            &once,
            async |tx| {
                let first = lock_draft(tx, &viewer, &asked, &seen).await?;
                let second = lock_draft(tx, &viewer, &other, &Preconditions::default()).await?;
                let first = first.change(|draft| draft.give(other_mentor, score, now))?;
                let second = second.change(|draft| draft.give(mentor, other_score, now))?;
                for draft in [&first, &second] {
                    store::forget_refusal(tx, draft).await?;
                    store::save(tx, draft).await?;
                }
                Ok(first.id)
            },
            async |tx, id| read(tx, id).await,
        )
        .await?;
    show(&viewer, assess_one(&app, &mentor_index, &viewer, draft).await?)
}

/// Refuse a matching draft
///
/// Removes the mentor from the draft. Planning this matching round again does not propose these two again. To allow it
/// again, give the mentee this mentor by changing a draft. Leads of the program and admins may, while the matching
/// round is `drafted`. The mentor and the mentee are not informed.
#[utoipa::path(tag = "matching rounds", params(("id" = MatchingDraftId, Path)), request_body = EmptyBody, responses((status = 200, body = MatchingDraftView)))]
#[post("/v1/matching-drafts/{id}/refuse")]
async fn refuse_matching_draft(
    app: Data<App>,
    mentor_index: Data<MentorIndex>,
    viewer: Viewer,
    id: Path<MatchingDraftId>,
    seen: Preconditions,
    _input: Json<EmptyBody>,
    once: IdempotencyKey,
) -> Result<Shown<MatchingDraftView>, Problem> {
    let before = find_assessed(&app, &mentor_index, &viewer, *id).await?;
    let now = app.clock.now();
    let draft = app
        .once(
            &viewer,
            &once,
            async |tx| {
                let mut refused = None;
                let draft = lock_draft(tx, &viewer, &before, &seen).await?.change(|draft| {
                    refused = Some(draft.refuse(now)?);
                    Ok(())
                })?;
                if let Some(mentor) = refused {
                    store::note_refusal(tx, &draft, mentor).await?;
                }
                store::save(tx, &draft).await?;
                Ok(draft.id)
            },
            async |tx, id| read(tx, id).await,
        )
        .await?;
    show(&viewer, assess_one(&app, &mentor_index, &viewer, draft).await?)
}

/// One draft as it is now, without its assessment.
async fn read(tx: &mut Tx, id: MatchingDraftId) -> Result<Draft, Problem> {
    store::find(tx, id).await?.ok_or_else(Problem::not_found)
}

/// Locks a draft and checks that it may be changed and is as it was when it was assessed. Otherwise another request has
/// changed it.
async fn lock_draft(
    tx: &mut Tx,
    viewer: &Viewer,
    before: &Draft,
    seen: &Preconditions,
) -> Result<Permit<ChangeMatchingRound, Draft>, Problem> {
    tx.lock(before.matching_round_id.into()).await?;
    seen.check(viewer, before)?;
    let draft = read(tx, before.id).await?;
    let draft = permit::<ChangeMatchingRound, _>(viewer, draft)?;
    draft.matching_round_status.check_is_in_review()?;
    if draft.revision != before.revision {
        return Err(Problem::changed_meanwhile());
    }
    Ok(draft)
}

/// The score of a mentee with another mentor. Refuses combinations that no plan would contain.
async fn score_of(
    app: &App,
    mentor_index: &MentorIndex,
    draft: &Draft,
    mentor: PersonId,
    pointer: &'static str,
) -> Result<u16, Problem> {
    let couple = (draft.mentee_id, mentor);
    let mut judged = judge(app, mentor_index, std::slice::from_ref(draft), &[couple]).await?;
    let judged = judged.remove(&couple).filter(|judged| judged.is_suitable);
    let detail = "is not available to this mentee, or too little speaks for the two";
    judged.map(|judged| judged.score()).ok_or_else(|| Problem::invalid(pointer, detail))
}

async fn check_place(tx: &mut Tx, draft: &Draft, today: NaiveDate, mentor: PersonId) -> Result<(), Problem> {
    match matching_rounds::find_places_left(tx, draft.matching_round_id, today, mentor).await? {
        None => Err(Problem::invalid("/mentor_id", "must be the id of a mentor who is enrolled in the program")),
        Some((left,)) if left <= 0 => Err(Problem::invalid(
            "/mentor_id",
            "must be the id of a mentor with a free place in this matching round; swap two drafts, or refuse one first",
        )),
        Some(_) => Ok(()),
    }
}
