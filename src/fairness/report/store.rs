//! The SQL of the report. It only reads records of other rooms.

use sqlx::FromRow;
use uuid::Uuid;

use super::model::Slice;
use crate::db::{Ids, Sql, Tx};
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

/// Requests of a quarter: `$1` is its first id and `$2` the first one after it. `$3` is the program, or null for all.
macro_rules! of_quarter {
    ($columns:literal, $joins:literal, $rest:literal) => {
        concat!(
            "select ",
            $columns,
            " from suggestion_requests r ",
            $joins,
            " where r.id >= $1 and r.id < $2 and coalesce(r.program_id = $3, $3 is null) ",
            $rest
        )
    };
}

/// Mentees who requested suggestions. A request without any suggestion has no model, so a report about one model leaves
/// it out.
pub async fn list_asked(tx: &mut Tx, slice: &Slice) -> sqlx::Result<Vec<(PersonId,)>> {
    if slice.model_version.is_some() {
        return Ok(Vec::new());
    }
    let (from, to) = slice.quarter.ids();
    tx.query(of_quarter!("r.mentee_id", "", "order by r.id")).bind(from).bind(to).bind(slice.program).all().await
}

/// Drafts of published matching rounds that were created in the quarter, with scores by the model of the slice.
pub async fn list_planned(tx: &mut Tx, slice: &Slice) -> sqlx::Result<Vec<Planned>> {
    let (from, to) = slice.quarter.ids();
    let planned = tx.query(
        "select d.mentee_id, d.mentor_id, d.score, p.status as pair_status
         from matching_rounds c join matching_drafts d on d.matching_round_id = c.id left join pairs p on p.id = d.pair_id
         where c.id >= $1 and c.id < $2 and coalesce(c.program_id = $3, $3 is null) and c.published_at is not null
            and coalesce(c.model_version = $4, $4 is null) order by d.id",
    );
    planned.bind(from).bind(to).bind(slice.program).bind(&slice.model_version).all().await
}

/// Suggestions by the model of the slice.
pub async fn list_shown(tx: &mut Tx, slice: &Slice) -> sqlx::Result<Vec<ShownMentor>> {
    let (from, to) = slice.quarter.ids();
    let shown = tx.query(of_quarter!(
        "x.id, x.request_id, x.mentee_id, x.mentor_id, x.level, x.status, p.status as pair_status, x.assessment",
        "join suggestions x on x.request_id = r.id left join pairs p on p.id = x.pair_id",
        "and coalesce(x.model_version = $4, $4 is null) order by x.id"
    ));
    shown.bind(from).bind(to).bind(slice.program).bind(&slice.model_version).all().await
}

/// Mentors today: those enrolled in the program, or everyone who offers mentoring if people do not enrol.
pub async fn list_mentors(tx: &mut Tx, program: Option<ProgramId>) -> sqlx::Result<Vec<PersonId>> {
    if let Some(program) = program
        && find_terms(tx, program).await?.is_some_and(|terms| terms.enrolling != Enrolling::None)
    {
        let enrolled = tx.query(
            "select person_id from enrolments where program_id = $1 and role = 'mentor' and status = 'enrolled'",
        );
        let enrolled: Vec<(PersonId,)> = enrolled.bind(program).all().await?;
        return Ok(enrolled.into_iter().map(|(id,)| id).collect());
    }
    let (mut all, mut after) = (Vec::new(), PersonId::first());
    loop {
        let page = tx.query(
            "select id from people where offers_mentoring = true and status = 'active' and id > $1 order by id limit $2",
        );
        let page: Vec<(PersonId,)> = page.bind(after).bind(BATCH).all().await?;
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
        let memberships = tx.query(Sql {
            sqlite: "select id, person_id, group_id from fairness_members
                     where attribute_id = $1 and person_id in (select unhex(value) from json_each($2))",
            postgres: "select id, person_id, group_id from fairness_members
                       where attribute_id = $1 and person_id = any($2)",
        });
        let ids: Ids = some.iter().map(|person| Uuid::from(*person)).collect();
        all.extend(memberships.bind(attribute).bind(ids).all::<Membership>().await?);
    }
    Ok(all)
}
