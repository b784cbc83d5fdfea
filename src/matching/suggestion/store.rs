//! The SQL of suggestions.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::model::{Suggestion, SuggestionRequest, SuggestionStatus};
use crate::db::{Ids, Query, Tx, UNLIMITED, insert, query, save};
use crate::ids::{PairId, PersonId, ProgramId, SuggestionId, SuggestionRequestId};
use crate::policy::acts::RequestSuggestions;
use crate::policy::{Changed, Permit, Viewer, close, readable};
use crate::problem::{OnClash as _, Problem, saved};

/// Selects a suggestion with the names of its people; `x` is its row.
const SELECT_SUGGESTION: &str =
    "select x.id, x.request_id, x.mentee_id, mentee.name as mentee_name, mentee.title as mentee_title, x.mentor_id,
         mentor.name as mentor_name, mentor.title as mentor_title, x.program_id, g.name as program_name, x.model,
         x.status, x.score, x.level, x.assessment, x.model_version, x.pair_id, x.dismiss_reason, x.dismiss_note,
         x.created_at, x.updated_at, x.revision
     from suggestions x join people mentee on mentee.id = x.mentee_id join people mentor on mentor.id = x.mentor_id
     left join programs g on g.id = x.program_id";

/// Selects a request with the names of its people; `x` is its row.
const SELECT_REQUEST: &str = "select x.id, x.mentee_id, p.name as mentee_name, p.title as mentee_title, x.program_id,
        g.name as program_name, x.model, x.excluded, x.created_at
    from suggestion_requests x join people p on p.id = x.mentee_id left join programs g on g.id = x.program_id";

/// The scope and the filters of one page of suggestions, which narrow the result. Each frequent filter has its own SQL text
/// before them, so that its index is used. `:led` are the programs that the viewer leads. Open suggestions whose mentor
/// takes no mentee now are left out; the profile of the mentor shows that too.
const FILTERED: &str = "and (:is_admin or x.mentee_id = :viewer or x.program_id = any(:led)) and x.id > :after
    and coalesce(x.mentee_id = :mentee, :mentee is null) and coalesce(x.program_id = :program, :program is null)
    and coalesce(x.status = :status, :status is null)
    and (x.status <> 'open' or (mentor.status = 'active' and mentor.offers_mentoring and not mentor.is_paused
        and mentor.mentor_load < mentor.mentor_capacity))
    order by x.id limit :limit";

/// Filters of a list of suggestions.
#[derive(Clone, Copy, Debug, Default)]
pub struct Filter {
    /// Only suggestions for this mentee.
    pub mentee: Option<PersonId>,
    /// Only suggestions of this program.
    pub program: Option<ProgramId>,
    /// Only suggestions with this status.
    pub status: Option<SuggestionStatus>,
}

/// One suggestion.
pub async fn find(tx: &mut Tx, id: SuggestionId) -> sqlx::Result<Option<Suggestion>> {
    query!(tx, [SELECT_SUGGESTION, "where x.id = :id"], id).optional().await
}

/// One suggestion, locked until the transaction ends, so that it is answered only once.
pub async fn find_for_update(tx: &mut Tx, id: SuggestionId) -> sqlx::Result<Option<Suggestion>> {
    tx.lock(id.into()).await?;
    find(tx, id).await
}

/// One page after `after`, oldest first; of one request, the best first.
pub async fn list(
    tx: &mut Tx,
    viewer: &Viewer,
    only: &Filter,
    after: SuggestionId,
    limit: i64,
) -> sqlx::Result<Vec<Suggestion>> {
    listed(tx, viewer, only, after, limit).all().await
}

/// Number of suggestions on all pages.
pub async fn count(tx: &mut Tx, viewer: &Viewer, only: &Filter) -> sqlx::Result<i64> {
    listed(tx, viewer, only, SuggestionId::first(), UNLIMITED).count().await
}

fn listed<'t>(tx: &'t mut Tx, viewer: &Viewer, only: &Filter, after: SuggestionId, limit: i64) -> Query<'t> {
    let Filter { mentee, program, status } = *only;
    macro_rules! list {
        ($hot:literal) => {
            query!(
                tx,
                [SELECT_SUGGESTION, "where", $hot, FILTERED],
                viewer = viewer.person(),
                is_admin = viewer.is_admin,
                led = viewer.led(),
                after,
                mentee,
                program,
                status,
                limit
            )
        };
    }
    match only {
        Filter { mentee: Some(_), .. } => list!("x.mentee_id = :mentee"),
        Filter { program: Some(_), .. } => list!("x.program_id = :program"),
        Filter { status: Some(_), .. } if viewer.is_admin => list!("x.status = :status"),
        Filter { .. } if viewer.is_admin => list!("x.id >= :after"),
        Filter { .. } if viewer.programs.is_empty() => list!("x.mentee_id = :viewer"),
        Filter { .. } => list!(
            "x.id in (select id from suggestions where mentee_id = :viewer
             union select id from suggestions where program_id = any(:led))"
        ),
    }
}

/// One request with its suggestions.
pub async fn find_request(
    tx: &mut Tx,
    viewer: &Viewer,
    id: SuggestionRequestId,
) -> sqlx::Result<Option<SuggestionRequest>> {
    let found: Option<SuggestionRequest> = query!(tx, [SELECT_REQUEST, "where x.id = :id"], id).optional().await?;
    let Some(mut request) = readable(viewer, found) else { return Ok(None) };
    request.suggestions = query!(tx, [SELECT_SUGGESTION, "where x.request_id = :id order by x.id"], id).all().await?;
    Ok(Some(request))
}

/// Requests for a mentee with their suggestions, oldest first, up to `limit`.
pub async fn list_requests_of_mentee(
    tx: &mut Tx,
    mentee: PersonId,
    limit: i64,
) -> sqlx::Result<Vec<SuggestionRequest>> {
    let requests =
        query!(tx, [SELECT_REQUEST, "where x.mentee_id = :mentee order by x.id limit :limit"], mentee, limit);
    let mut requests: Vec<SuggestionRequest> = requests.all().await?;
    let suggestions = query!(
        tx,
        [
            SELECT_SUGGESTION,
            "where x.request_id in (select id from suggestion_requests where mentee_id = :mentee
                order by id limit :limit)
             order by x.id"
        ],
        mentee,
        limit
    );
    let suggestions: Vec<Suggestion> = suggestions.all().await?;
    for suggestion in suggestions {
        // Both are ordered by id.
        if let Ok(place) = requests.binary_search_by_key(&suggestion.request_id, |request| request.id) {
            requests[place].suggestions.push(suggestion);
        }
    }
    Ok(requests)
}

/// Writes a request with its suggestions. Other open suggestions for the same mentee and program become stale, except
/// those in an open mentor request.
pub async fn insert(tx: &mut Tx, request: Permit<RequestSuggestions, SuggestionRequest>) -> Result<(), Problem> {
    query!(
        tx,
        "update suggestions set status = 'stale', updated_at = :created_at, revision = revision + 1
         where mentee_id = :mentee_id and program_id is not distinct from :program_id and status = 'open'
            and not exists (select 1 from mentor_request_choices c
                where c.suggestion_id = suggestions.id and c.status in ('waiting', 'asked'))",
        mentee_id = request.mentee_id,
        program_id = request.program_id,
        created_at = request.created_at
    )
    .run()
    .await?;
    let excluded = close(tx, request.home(), &request.excluded).await?;
    insert!(tx, "suggestion_requests", request { id, mentee_id, program_id, model, created_at }, excluded)
        .run()
        .await
        .on_missing(|| Problem::invalid("/program_id", "must be the id of an existing program"))?;
    for suggestion in &request.suggestions {
        insert_suggestion(tx, suggestion).await?;
    }
    Ok(())
}

async fn insert_suggestion(tx: &mut Tx, suggestion: &Suggestion) -> sqlx::Result<u64> {
    let assessment = close(tx, suggestion.home(), &suggestion.assessment).await?;
    insert!(
        tx,
        "suggestions",
        suggestion {
            id,
            request_id,
            mentee_id,
            mentor_id,
            program_id,
            model,
            status,
            score,
            level,
            model_version,
            created_at
        },
        assessment,
        updated_at = suggestion.created_at,
        revision = 1_i64
    )
    .run()
    .await
}

/// Saves an answered suggestion, unless another request answered it first.
pub async fn save(tx: &mut Tx, suggestion: &Changed<Suggestion>) -> Result<(), Problem> {
    let reason = close(tx, suggestion.home(), &suggestion.dismiss_reason).await?;
    let note = close(tx, suggestion.home(), &suggestion.dismiss_note).await?;
    saved(
        save!(
            tx,
            "update suggestions set revision = revision + 1",
            suggestion { status, pair_id, updated_at },
            dismiss_reason = reason,
            dismiss_note = note
        )
        .run()
        .await?,
    )
}

/// Marks an open suggestion as stale.
pub async fn note_stale(tx: &mut Tx, id: SuggestionId, now: DateTime<Utc>) -> sqlx::Result<u64> {
    query!(
        tx,
        "update suggestions set status = 'stale', updated_at = :now, revision = revision + 1
         where id = :id and status = 'open'",
        id,
        now
    )
    .run()
    .await
}

/// Mentee and mentor of suggestions that were dismissed, and of mentor requests that the mentor declined, since `since`
/// in any program.
pub async fn list_dismissed(
    tx: &mut Tx,
    mentees: &Ids,
    since: DateTime<Utc>,
) -> sqlx::Result<Vec<(PersonId, PersonId)>> {
    query!(
        tx,
        "select mentee_id, mentor_id from suggestions
         where mentee_id = any(:mentees) and status = 'dismissed' and updated_at >= :since
         union select r.mentee_id, c.mentor_id from mentor_requests r
            join mentor_request_choices c on c.request_id = r.id
            where r.mentee_id = any(:mentees) and c.status = 'declined' and c.closed_at >= :since",
        mentees = mentees.clone(),
        since
    )
    .all()
    .await
}

/// Accepts an open suggestion, because the mentor accepted the mentor request. The mentor may not read the suggestion.
pub async fn accept(tx: &mut Tx, id: SuggestionId, pair: PairId, now: DateTime<Utc>) -> sqlx::Result<u64> {
    let accepted = query!(
        tx,
        "update suggestions set status = 'accepted', pair_id = :pair, updated_at = :now,
            revision = revision + 1
         where id = :id and status = 'open'",
        id,
        pair,
        now
    );
    accepted.run().await
}

/// Several suggestions at once.
pub async fn list_these(tx: &mut Tx, ids: Ids) -> sqlx::Result<Vec<Suggestion>> {
    let these = query!(tx, [SELECT_SUGGESTION, "where x.id = any(:ids)"], ids);
    these.all().await
}

/// Whether the suggestion is in an open mentor request.
pub async fn is_chosen(tx: &mut Tx, id: SuggestionId) -> sqlx::Result<bool> {
    let found = query!(
        tx,
        "select exists (select 1 from mentor_request_choices where suggestion_id = :id
         and status in ('waiting', 'asked'))",
        id
    );
    found.one::<(bool,)>().await.map(|(is_chosen,)| is_chosen)
}

/// Mentors of a program with a free place in it, by id.
pub async fn list_mentors_with_places(tx: &mut Tx, program: ProgramId) -> sqlx::Result<Vec<(Uuid,)>> {
    let mentors = query!(
        tx,
        "select e.person_id from enrolments e where e.program_id = :program and e.role = 'mentor'
            and e.status = 'enrolled'
            and (e.capacity is null or e.capacity > (select count(*) from pairs x
                where x.mentor_id = e.person_id
                and x.program_id = e.program_id and x.status in ('active', 'paused')))
         order by e.person_id",
        program
    );
    mentors.all().await
}
