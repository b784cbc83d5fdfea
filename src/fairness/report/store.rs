//! The SQL of the report. What suggestions and mentors it is about comes from the rooms above, read and never changed.

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

/// So many people are read at once.
const AT_ONCE: i64 = 5_000;

/// That a mentor was shown to a mentee; of one occasion in the order they were shown.
#[derive(Clone, Debug, FromRow)]
pub struct ShownMentor {
    /// Names it.
    pub id: SuggestionId,
    /// The occasion.
    pub request_id: SuggestionRequestId,
    /// To whom.
    pub mentee_id: PersonId,
    /// Who.
    pub mentor_id: PersonId,
    /// How good a pair it would be.
    pub level: SuggestionLevel,
    /// What came of it.
    pub status: SuggestionStatus,
    /// Where the pair is that was made of it.
    pub pair_status: Option<PairStatus>,
    /// What it rests on.
    pub assessment: Sealed<SuggestionAssessment>,
}

/// What a published cohort had for a mentee.
#[derive(Clone, Copy, Debug, FromRow)]
pub struct Planned {
    /// Who.
    pub mentee_id: PersonId,
    /// The mentor, if it had one for them.
    pub mentor_id: Option<PersonId>,
    /// How good a pair it would be.
    pub score: Option<i64>,
    /// Where the pair is that was made of it.
    pub pair_status: Option<PairStatus>,
}

/// That somebody belongs to a group.
#[derive(Clone, Debug, FromRow)]
pub struct Belonging {
    /// Names it.
    pub id: FairnessMemberId,
    /// Who.
    pub person_id: PersonId,
    /// The group.
    pub group_id: Sealed<GroupOfMember>,
}

/// Requests of a quarter, `$1` and `$2` being its first id and the one after; of a program, `$3`, or of all.
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

/// Who asked for suggestions. A request that came to nothing names no model: it belongs to none of them.
pub async fn list_asked(tx: &mut Tx, slice: &Slice) -> sqlx::Result<Vec<(PersonId,)>> {
    if slice.model_version.is_some() {
        return Ok(Vec::new());
    }
    let (from, to) = slice.quarter.ids();
    tx.query(of_quarter!("r.mentee_id", "", "order by r.id")).bind(from).bind(to).bind(slice.program).all().await
}

/// What the cohorts had that were begun in the quarter, with scores by the model of the slice, and published.
pub async fn list_planned(tx: &mut Tx, slice: &Slice) -> sqlx::Result<Vec<Planned>> {
    let (from, to) = slice.quarter.ids();
    let planned = tx.query(
        "select d.mentee_id, d.mentor_id, d.score, p.status as pair_status
         from cohorts c join cohort_drafts d on d.cohort_id = c.id left join pairs p on p.id = d.pair_id
         where c.id >= $1 and c.id < $2 and coalesce(c.program_id = $3, $3 is null) and c.published_at is not null
            and coalesce(c.model_version = $4, $4 is null) order by d.id",
    );
    planned.bind(from).bind(to).bind(slice.program).bind(&slice.model_version).all().await
}

/// Who was shown to whom by the model of the slice.
pub async fn list_shown(tx: &mut Tx, slice: &Slice) -> sqlx::Result<Vec<ShownMentor>> {
    let (from, to) = slice.quarter.ids();
    let shown = tx.query(of_quarter!(
        "x.id, x.request_id, x.mentee_id, x.mentor_id, x.level, x.status, p.status as pair_status, x.assessment",
        "join suggestions x on x.request_id = r.id left join pairs p on p.id = x.pair_id",
        "and coalesce(x.model_version = $4, $4 is null) order by x.id"
    ));
    shown.bind(from).bind(to).bind(slice.program).bind(&slice.model_version).all().await
}

/// Who offers mentoring today: the mentors enrolled in the program, or everybody where nobody enrols.
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
        let page: Vec<(PersonId,)> = page.bind(after).bind(AT_ONCE).all().await?;
        let Some((last,)) = page.last().copied() else { return Ok(all) };
        after = last;
        all.extend(page.into_iter().map(|(id,)| id));
    }
}

/// To which groups of an attribute some people belong, by id.
pub async fn list_belongings(
    tx: &mut Tx,
    attribute: FairnessAttributeId,
    people: &[PersonId],
) -> sqlx::Result<Vec<Belonging>> {
    let mut all = Vec::new();
    for some in people.chunks(AT_ONCE.unsigned_abs().try_into().unwrap_or(usize::MAX)) {
        let belongings = tx.query(Sql {
            sqlite: "select id, person_id, group_id from fairness_members
                     where attribute_id = $1 and person_id in (select unhex(value) from json_each($2))",
            postgres: "select id, person_id, group_id from fairness_members
                       where attribute_id = $1 and person_id = any($2)",
        });
        let ids: Ids = some.iter().map(|person| Uuid::from(*person)).collect();
        all.extend(belongings.bind(attribute).bind(ids).all::<Belonging>().await?);
    }
    Ok(all)
}
