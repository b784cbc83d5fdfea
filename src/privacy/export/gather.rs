//! Gathers an export: one list query per section.

use chrono::{DateTime, Utc};

use super::model::{Export, LIMIT, Section};
use crate::db::Tx;
use crate::fairness::group;
use crate::goals::{blocker, celebration, check_in, goal, key_result, plan_step};
use crate::ids::{
    ActionItemId, EnrolmentId, HistoryEntryId, MentorInvitationId, MentorRequestId, NoticeId, PairId, PersonId,
};
use crate::matching::{mentor_invitation, mentor_request, suggestion};
use crate::notify::{notice, preference};
use crate::pairs::{self, notebook};
use crate::people::person::{self, block, history, me};
use crate::policy::acts::ReadHistory;
use crate::policy::{Viewer, permit};
use crate::privacy::disclosure;
use crate::problem::Problem;
use crate::programs::enrolment;
use crate::sessions::{action_item, agenda, note, reflection, session};

/// Everything that the viewer wrote or that is about them, from the snapshot of `tx`.
pub async fn gather(tx: &mut Tx, viewer: &Viewer, own: PersonId, now: DateTime<Utc>) -> Result<Export, Problem> {
    let profile = person::store::find(tx, viewer, own).await?.ok_or_else(Problem::not_found)?;
    let permitted = permit::<ReadHistory, _>(viewer, profile.clone())?;
    let pairs =
        pairs::store::Filter { member: Some((own, pairs::store::Role::Either)), ..pairs::store::Filter::default() };
    let items = action_item::store::Filter { pair: None, status: None, is_mine: false };
    let enrolments = enrolment::store::Filter { person: Some(own), ..enrolment::store::Filter::default() };
    let requests = mentor_request::store::Filter { mentee: Some(own), ..mentor_request::store::Filter::default() };
    let notebook_entries = Section::of(viewer, notebook::store::list_of_author(tx, own, LIMIT).await?)?;
    Ok(Export {
        person_id: own,
        exported_at: now,
        viewer: Section::of(viewer, me::store::find(tx, viewer).await?.into_iter().collect())?,
        profile: Section::of(viewer, vec![profile])?,
        history: Section::of(viewer, history::store::list(tx, &permitted, HistoryEntryId::first(), LIMIT).await?)?,
        blocks: Section::of(viewer, block::store::list(tx, own, PersonId::first(), LIMIT).await?)?,
        enrolments: Section::of(
            viewer,
            enrolment::store::list(tx, viewer, &enrolments, EnrolmentId::first(), LIMIT).await?,
        )?,
        suggestion_requests: Section::of(viewer, suggestion::store::list_requests_of_mentee(tx, own, LIMIT).await?)?,
        mentor_requests: Section::of(
            viewer,
            mentor_request::store::list(tx, viewer, &requests, MentorRequestId::first(), LIMIT).await?,
        )?,
        mentor_invitations: Section::of(
            viewer,
            mentor_invitation::store::list(tx, own, now, MentorInvitationId::first(), LIMIT).await?,
        )?,
        pairs: Section::of(viewer, pairs::store::list(tx, viewer, &pairs, PairId::first(), LIMIT).await?)?,
        notebook_entries,
        sessions: Section::of(viewer, session::store::list_of_party(tx, own, LIMIT).await?)?,
        agenda_items: Section::of(viewer, agenda::store::list_of_party(tx, own, LIMIT).await?)?,
        notes: Section::of(viewer, note::store::list_of_party(tx, own, LIMIT).await?)?,
        action_items: Section::of(
            viewer,
            action_item::store::list(tx, own, items, ActionItemId::first(), LIMIT).await?,
        )?,
        reflections: Section::of(viewer, reflection::store::list_of_author(tx, own, LIMIT).await?)?,
        goals: Section::of(viewer, goal::store::list_of_party(tx, own, LIMIT, now.date_naive()).await?)?,
        key_results: Section::of(viewer, key_result::store::list_of_party(tx, own, LIMIT).await?)?,
        plan_steps: Section::of(viewer, plan_step::store::list_of_party(tx, own, LIMIT).await?)?,
        check_ins: Section::of(viewer, check_in::store::list_of_party(tx, own, LIMIT).await?)?,
        blockers: Section::of(viewer, blocker::store::list_of_party(tx, own, LIMIT).await?)?,
        celebrations: Section::of(viewer, celebration::store::list_of_party(tx, own, LIMIT).await?)?,
        notice_preferences: Section::of(viewer, preference::store::find(tx, own).await?.into_iter().collect())?,
        notices: Section::of(viewer, notice::store::list_since(tx, own, NoticeId::first(), LIMIT).await?)?,
        fairness_groups: Section::of(viewer, group::store::list_of_person(tx, own, LIMIT).await?)?,
        disclosures: Section::of(viewer, disclosure::store::list_of_party(tx, own, LIMIT).await?)?,
    })
}
