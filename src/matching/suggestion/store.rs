//! The SQL of suggestions.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::model::{Suggestion, SuggestionRequest, SuggestionStatus};
use crate::db::{Ids, Query, Sql, Tx, UNLIMITED};
use crate::ids::{PairId, PersonId, ProgramId, SuggestionId, SuggestionRequestId};
use crate::policy::acts::RequestSuggestions;
use crate::policy::{Changed, Permit, Viewer, close, readable};
use crate::problem::{OnClash as _, Problem};

/// Selects a suggestion with the names of its people; `x` is its row.
macro_rules! select_suggestion {
    ($($rest:literal),+) => {
        concat!(
            "select x.id, x.request_id, x.mentee_id, mentee.name as mentee_name, mentee.title as mentee_title,
                x.mentor_id, mentor.name as mentor_name, mentor.title as mentor_title, x.program_id,
                g.name as program_name, x.model, x.status, x.score, x.level, x.assessment, x.model_version, x.pair_id,
                x.dismiss_reason, x.dismiss_note, x.created_at, x.updated_at, x.revision
             from suggestions x
             join people mentee on mentee.id = x.mentee_id
             join people mentor on mentor.id = x.mentor_id
             left join programs g on g.id = x.program_id ",
            $($rest),+
        )
    };
}

/// Selects a request with the names of its people; `x` is its row.
macro_rules! select_request {
    ($rest:literal) => {
        concat!(
            "select x.id, x.mentee_id, p.name as mentee_name, p.title as mentee_title, x.program_id,
                g.name as program_name, x.model, x.excluded, x.created_at
             from suggestion_requests x join people p on p.id = x.mentee_id left join programs g on g.id = x.program_id ",
            $rest
        )
    };
}

/// One page of the suggestions that a viewer may read, without open ones whose mentor takes no mentee now; the profile
/// of the mentor shows that too. Each frequent filter has a statement of its own, so that its index is used. `$1`: the
/// viewer, `$2`: whether an admin, `$3`: the programs they lead.
macro_rules! list_suggestions {
    ($hot:literal, $programs:literal) => {
        select_suggestion!(
            "where ",
            $hot,
            " and ($2 or x.mentee_id = $1 or x.program_id ",
            $programs,
            ") and x.id > $4 and coalesce(x.mentee_id = $5, $5 is null) and coalesce(x.program_id = $6, $6 is null)
             and coalesce(x.status = $7, $7 is null)
             and (x.status <> 'open' or (mentor.status = 'active' and mentor.offers_mentoring and not mentor.is_paused
                and mentor.mentor_load < mentor.mentor_capacity))
             order by x.id limit $8"
        )
    };
    ($hot:literal) => {
        Sql {
            sqlite: list_suggestions!($hot, "in (select unhex(value) from json_each($3))"),
            postgres: list_suggestions!($hot, "= any($3)"),
        }
    };
}

/// Mentors who are not suggested to these mentees again, in the two spellings of `in`.
macro_rules! select_dismissed {
    ($these:literal) => {
        concat!(
            "select mentee_id, mentor_id from suggestions where mentee_id ",
            $these,
            " and status = 'dismissed' and updated_at >= $2
             union select r.mentee_id, c.mentor_id from mentor_requests r
                join mentor_request_choices c on c.request_id = r.id
                where r.mentee_id ",
            $these,
            " and c.status = 'declined' and c.closed_at >= $2"
        )
    };
}

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
    tx.query(select_suggestion!("where x.id = $1")).bind(id).optional().await
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
    let sql = match only {
        Filter { mentee: Some(_), .. } => list_suggestions!("x.mentee_id = $5"),
        Filter { program: Some(_), .. } => list_suggestions!("x.program_id = $6"),
        Filter { status: Some(_), .. } if viewer.is_admin => list_suggestions!("x.status = $7"),
        Filter { .. } if viewer.is_admin => list_suggestions!("x.id >= $4"),
        Filter { .. } if viewer.programs.is_empty() => list_suggestions!("x.mentee_id = $1"),
        Filter { .. } => Sql {
            sqlite: list_suggestions!(
                "x.id in (select id from suggestions where mentee_id = $1
                    union select id from suggestions where program_id in (select unhex(value) from json_each($3)))",
                "in (select unhex(value) from json_each($3))"
            ),
            postgres: list_suggestions!(
                "x.id in (select id from suggestions where mentee_id = $1
                    union select id from suggestions where program_id = any($3))",
                "= any($3)"
            ),
        },
    };
    tx.query(sql)
        .bind(viewer.person())
        .bind(viewer.is_admin)
        .bind(viewer.programs.iter().copied().collect::<Ids>())
        .bind(after)
        .bind(only.mentee)
        .bind(only.program)
        .bind(only.status)
        .bind(limit)
}

/// One request with its suggestions.
pub async fn find_request(
    tx: &mut Tx,
    viewer: &Viewer,
    id: SuggestionRequestId,
) -> sqlx::Result<Option<SuggestionRequest>> {
    let found: Option<SuggestionRequest> = tx.query(select_request!("where x.id = $1")).bind(id).optional().await?;
    let Some(mut request) = readable(viewer, found) else { return Ok(None) };
    request.suggestions = tx.query(select_suggestion!("where x.request_id = $1 order by x.id")).bind(id).all().await?;
    Ok(Some(request))
}

/// Requests for a mentee with their suggestions, oldest first, up to `limit`.
pub async fn list_requests_of_mentee(
    tx: &mut Tx,
    mentee: PersonId,
    limit: i64,
) -> sqlx::Result<Vec<SuggestionRequest>> {
    let requests = tx.query(select_request!("where x.mentee_id = $1 order by x.id limit $2"));
    let mut requests: Vec<SuggestionRequest> = requests.bind(mentee).bind(limit).all().await?;
    let suggestions = tx.query(select_suggestion!(
        "where x.request_id in (select id from suggestion_requests where mentee_id = $1 order by id limit $2)
         order by x.id"
    ));
    let suggestions: Vec<Suggestion> = suggestions.bind(mentee).bind(limit).all().await?;
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
    tx.query(
        "update suggestions set status = 'stale', updated_at = $3, revision = revision + 1
         where mentee_id = $1 and program_id is not distinct from $2 and status = 'open'
            and not exists (select 1 from mentor_request_choices c
                where c.suggestion_id = suggestions.id and c.status in ('waiting', 'asked'))",
    )
    .bind(request.mentee_id)
    .bind(request.program_id)
    .bind(request.created_at)
    .run()
    .await?;
    let excluded = close(tx, request.home(), &request.excluded).await?;
    tx.query(
        "insert into suggestion_requests (id, mentee_id, program_id, model, excluded, created_at)
         values ($1, $2, $3, $4, $5, $6)",
    )
    .bind(request.id)
    .bind(request.mentee_id)
    .bind(request.program_id)
    .bind(request.model)
    .bind(excluded)
    .bind(request.created_at)
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
    tx.query(
        "insert into suggestions (id, request_id, mentee_id, mentor_id, program_id, model, status, score, level,
            assessment, model_version, created_at, updated_at, revision)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12, 1)",
    )
    .bind(suggestion.id)
    .bind(suggestion.request_id)
    .bind(suggestion.mentee_id)
    .bind(suggestion.mentor_id)
    .bind(suggestion.program_id)
    .bind(suggestion.model)
    .bind(suggestion.status)
    .bind(suggestion.score)
    .bind(suggestion.level)
    .bind(assessment)
    .bind(&suggestion.model_version)
    .bind(suggestion.created_at)
    .run()
    .await
}

/// Saves an answered suggestion, unless another request answered it first.
pub async fn save(tx: &mut Tx, suggestion: &Changed<Suggestion>) -> Result<(), Problem> {
    let reason = close(tx, suggestion.home(), &suggestion.dismiss_reason).await?;
    let note = close(tx, suggestion.home(), &suggestion.dismiss_note).await?;
    let touched = tx
        .query(
            "update suggestions set status = $3, pair_id = $4, dismiss_reason = $5, dismiss_note = $6, updated_at = $7,
                revision = revision + 1
             where id = $1 and revision = $2",
        )
        .bind(suggestion.id)
        .bind(suggestion.revision)
        .bind(suggestion.status)
        .bind(suggestion.pair_id)
        .bind(reason)
        .bind(note)
        .bind(suggestion.updated_at)
        .run()
        .await?;
    if touched == 1 { Ok(()) } else { Err(Problem::changed_meanwhile()) }
}

/// Marks an open suggestion as stale.
pub async fn note_stale(tx: &mut Tx, id: SuggestionId, now: DateTime<Utc>) -> sqlx::Result<u64> {
    tx.query(
        "update suggestions set status = 'stale', updated_at = $2, revision = revision + 1
         where id = $1 and status = 'open'",
    )
    .bind(id)
    .bind(now)
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
    let dismissed = tx.query(Sql {
        sqlite: select_dismissed!("in (select unhex(value) from json_each($1))"),
        postgres: select_dismissed!("= any($1)"),
    });
    dismissed.bind(mentees.clone()).bind(since).all().await
}

/// Accepts an open suggestion, because the mentor accepted the mentor request. The mentor may not read the suggestion.
pub async fn accept(tx: &mut Tx, id: SuggestionId, pair: PairId, now: DateTime<Utc>) -> sqlx::Result<u64> {
    let accepted = tx.query(
        "update suggestions set status = 'accepted', pair_id = $2, updated_at = $3, revision = revision + 1
         where id = $1 and status = 'open'",
    );
    accepted.bind(id).bind(pair).bind(now).run().await
}

/// Several suggestions at once.
pub async fn list_these(tx: &mut Tx, ids: Ids) -> sqlx::Result<Vec<Suggestion>> {
    let these = tx.query(Sql {
        sqlite: select_suggestion!("where x.id in (select unhex(value) from json_each($1))"),
        postgres: select_suggestion!("where x.id = any($1)"),
    });
    these.bind(ids).all().await
}

/// Whether the suggestion is in an open mentor request.
pub async fn is_chosen(tx: &mut Tx, id: SuggestionId) -> sqlx::Result<bool> {
    let found = tx.query(
        "select exists (select 1 from mentor_request_choices where suggestion_id = $1 and status in ('waiting', 'asked'))",
    );
    found.bind(id).one::<(bool,)>().await.map(|(is_chosen,)| is_chosen)
}

/// Mentors of a program with a free place in it, by id.
pub async fn list_mentors_with_places(tx: &mut Tx, program: ProgramId) -> sqlx::Result<Vec<(Uuid,)>> {
    let mentors = tx.query(
        "select e.person_id from enrolments e where e.program_id = $1 and e.role = 'mentor' and e.status = 'enrolled'
            and (e.capacity is null or e.capacity > (select count(*) from pairs x where x.mentor_id = e.person_id
                and x.program_id = e.program_id and x.status in ('active', 'paused')))
         order by e.person_id",
    );
    mentors.bind(program).all().await
}
