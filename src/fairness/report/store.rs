//! The SQL of the report. It only reads records of other rooms.

use sqlx::FromRow;
use uuid::Uuid;

use super::model::Slice;
use crate::db::{Ids, Tx, query};
use crate::fairness::group::model::GroupOfMember;
use crate::ids::{FairnessAttributeId, FairnessMemberId, PersonId, ProgramId, SuggestionId, SuggestionRequestId};
use crate::matching::suggestion::model::{SuggestionAssessment, SuggestionLevel, SuggestionStatus};
use crate::pairs::model::PairStatus;
use crate::policy::Sealed;
use crate::programs::model::Enrolling;
use crate::programs::store::find_terms;

/// Number of people read at once.
const BATCH: i64 = 5_000;

/// A mentor who was suggested to a mentee. Those of one request are in the order of the suggestions.
#[derive(Clone, Debug, FromRow)]
pub struct ShownMentor {
    /// Id of the suggestion.
    pub id: SuggestionId,
    /// Request.
    pub request_id: SuggestionRequestId,
    /// Mentee.
    pub mentee_id: PersonId,
    /// Mentor.
    pub mentor_id: PersonId,
    /// Level of the suggestion.
    pub level: SuggestionLevel,
    /// Status of the suggestion.
    pub status: SuggestionStatus,
    /// Status of the pair that was made from it.
    pub pair_status: Option<PairStatus>,
    /// Findings of the suggestion.
    pub assessment: Sealed<SuggestionAssessment>,
}

/// A draft of a published matching round.
#[derive(Clone, Copy, Debug, FromRow)]
pub struct Planned {
    /// Mentee.
    pub mentee_id: PersonId,
    /// Planned mentor; `None`: no mentor.
    pub mentor_id: Option<PersonId>,
    /// Score of the draft.
    pub score: Option<i64>,
    /// Status of the pair that was made from it.
    pub pair_status: Option<PairStatus>,
}

/// Membership of a person in a group.
#[derive(Clone, Debug, FromRow)]
pub struct Membership {
    /// Id of the membership.
    pub id: FairnessMemberId,
    /// Person.
    pub person_id: PersonId,
    /// Sealed id of the group.
    pub group_id: Sealed<GroupOfMember>,
}

/// Requests of a quarter: `:from` is its first id and `:to` the first one after it. `:program` is null for all
/// programs.
const OF_QUARTER: &str = "where r.id >= :from and r.id < :to
    and coalesce(r.program_id = :program, :program is null)";

/// Mentees who requested suggestions. A request without any suggestion has no model, so a report about one model leaves
/// it out.
pub async fn list_asked(tx: &mut Tx, slice: &Slice) -> sqlx::Result<Vec<(PersonId,)>> {
    if slice.model_version.is_some() {
        return Ok(Vec::new());
    }
    let (from, to) = slice.quarter.ids();
    query!(
        tx,
        ["select r.mentee_id from suggestion_requests r", OF_QUARTER, "order by r.id"],
        from,
        to,
        program = slice.program
    )
    .all()
    .await
}

/// Drafts of published matching rounds that were created in the quarter, with scores by the model of the slice.
pub async fn list_planned(tx: &mut Tx, slice: &Slice) -> sqlx::Result<Vec<Planned>> {
    let (from, to) = slice.quarter.ids();
    query!(
        tx,
        "select d.mentee_id, d.mentor_id, d.score, p.status as pair_status
         from matching_rounds c join matching_drafts d on d.matching_round_id = c.id
         left join pairs p on p.id = d.pair_id
         where c.id >= :from and c.id < :to and coalesce(c.program_id = :program, :program is null)
            and c.published_at is not null
            and coalesce(c.model_version = :model_version, :model_version is null) order by d.id",
        from,
        to,
        program = slice.program,
        model_version = &slice.model_version
    )
    .all()
    .await
}

/// Suggestions by the model of the slice.
pub async fn list_shown(tx: &mut Tx, slice: &Slice) -> sqlx::Result<Vec<ShownMentor>> {
    let (from, to) = slice.quarter.ids();
    query!(
        tx,
        [
            "select x.id, x.request_id, x.mentee_id, x.mentor_id, x.level, x.status, p.status as pair_status,
                x.assessment
             from suggestion_requests r
             join suggestions x on x.request_id = r.id
             left join pairs p on p.id = x.pair_id",
            OF_QUARTER,
            "and coalesce(x.model_version = :model_version, :model_version is null) order by x.id"
        ],
        from,
        to,
        program = slice.program,
        model_version = &slice.model_version
    )
    .all()
    .await
}

/// Mentors today: those enrolled in the program, or everyone who offers mentoring if people do not enrol.
pub async fn list_mentors(tx: &mut Tx, program: Option<ProgramId>) -> sqlx::Result<Vec<PersonId>> {
    if let Some(program) = program
        && find_terms(tx, program).await?.is_some_and(|terms| terms.enrolling != Enrolling::None)
    {
        let enrolled: Vec<(PersonId,)> = query!(
            tx,
            "select person_id from enrolments
             where program_id = :program and role = 'mentor' and status = 'enrolled'",
            program
        )
        .all()
        .await?;
        return Ok(enrolled.into_iter().map(|(id,)| id).collect());
    }
    let (mut all, mut after) = (Vec::new(), PersonId::first());
    loop {
        let page: Vec<(PersonId,)> = query!(
            tx,
            "select id from people where offers_mentoring = true and status = 'active' and id > :after
             order by id limit :limit",
            after,
            limit = BATCH
        )
        .all()
        .await?;
        let Some((last,)) = page.last().copied() else { return Ok(all) };
        after = last;
        all.extend(page.into_iter().map(|(id,)| id));
    }
}

/// Memberships of some people in an attribute, by id.
pub async fn list_memberships(
    tx: &mut Tx,
    attribute: FairnessAttributeId,
    people: &[PersonId],
) -> sqlx::Result<Vec<Membership>> {
    let mut all = Vec::new();
    for some in people.chunks(BATCH.unsigned_abs().try_into().unwrap_or(usize::MAX)) {
        let ids: Ids = some.iter().map(|person| Uuid::from(*person)).collect();
        let memberships = query!(
            tx,
            "select id, person_id, group_id from fairness_members
             where attribute_id = :attribute and person_id = any(:ids)",
            attribute,
            ids
        );
        all.extend(memberships.all::<Membership>().await?);
    }
    Ok(all)
}
