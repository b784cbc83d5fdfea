//! The SQL of mentor requests.

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use super::model::{MentorChoice, MentorRequest, MentorRequestStatus};
use crate::db::{Ids, Query, Sql, Tx, UNLIMITED};
use crate::ids::{MentorRequestId, PersonId, ProgramId};
use crate::matching::suggestion;
use crate::policy::acts::AskMentors;
use crate::policy::{Home, Permit, Viewer, close, readable};
use crate::problem::{Code, OnClash as _, Problem};

/// Number of due requests read at once.
const BATCH: i64 = 100;

/// Selects a request with the names of its people; `x` is its row.
macro_rules! select_request {
    ($($rest:literal),+) => {
        concat!(
            "select x.id, x.mentee_id, p.name as mentee_name, p.title as mentee_title, x.program_id,
                g.name as program_name, x.message, x.days_to_answer, x.status, x.pair_id, x.due_at, x.created_at,
                x.updated_at, x.revision
             from mentor_requests x
             join people p on p.id = x.mentee_id
             left join programs g on g.id = x.program_id ",
            $($rest),+
        )
    };
}

/// Selects choices with the names of their mentors.
macro_rules! select_choice {
    ($rest:literal) => {
        concat!(
            "select c.request_id, c.rank, c.suggestion_id, c.mentor_id, p.name as mentor_name, p.title as mentor_title,
                c.status, c.ask_id, c.asked_at, c.answer_by, c.closed_at
             from mentor_request_choices c join people p on p.id = c.mentor_id ",
            $rest,
            " order by c.request_id, c.rank"
        )
    };
}

/// One page of the requests that a viewer may read. Each frequent filter has a statement of its own, so that its index
/// is used. `$1`: the viewer, `$2`: whether an admin, `$3`: the programs they lead.
macro_rules! list_requests {
    ($hot:literal, $programs:literal) => {
        select_request!(
            "where ",
            $hot,
            " and ($2 or x.mentee_id = $1 or x.program_id ",
            $programs,
            ") and x.id > $4 and coalesce(x.mentee_id = $5, $5 is null) and coalesce(x.program_id = $6, $6 is null)
             and coalesce(x.status = $7, $7 is null) order by x.id limit $8"
        )
    };
    ($hot:literal) => {
        Sql {
            sqlite: list_requests!($hot, "in (select unhex(value) from json_each($3))"),
            postgres: list_requests!($hot, "= any($3)"),
        }
    };
}

/// Filters of a list of requests.
#[derive(Clone, Copy, Debug, Default)]
pub struct Filter {
    /// Only requests of this mentee.
    pub mentee: Option<PersonId>,
    /// Only requests in this program.
    pub program: Option<ProgramId>,
    /// Only requests with this status.
    pub status: Option<MentorRequestStatus>,
}

/// One request, if the viewer may read it.
pub async fn find(tx: &mut Tx, viewer: &Viewer, id: MentorRequestId) -> sqlx::Result<Option<MentorRequest>> {
    let found = tx.query(select_request!("where x.id = $1")).bind(id).optional().await?;
    match readable(viewer, found) {
        Some(request) => with_choices(tx, request).await.map(Some),
        None => Ok(None),
    }
}

/// The same, locked: changes of a request wait for each other.
pub async fn find_for_update(tx: &mut Tx, viewer: &Viewer, id: MentorRequestId) -> sqlx::Result<Option<MentorRequest>> {
    tx.lock(id.into()).await?;
    find(tx, viewer, id).await
}

/// The same for the service itself: the mentor who answers may not read the request, and no viewer ends a turn.
pub async fn find_unread_for_update(tx: &mut Tx, id: MentorRequestId) -> sqlx::Result<Option<MentorRequest>> {
    tx.lock(id.into()).await?;
    match tx.query(select_request!("where x.id = $1")).bind(id).optional().await? {
        Some(request) => with_choices(tx, request).await.map(Some),
        None => Ok(None),
    }
}

async fn with_choices(tx: &mut Tx, mut request: MentorRequest) -> sqlx::Result<MentorRequest> {
    request.choices = tx.query(select_choice!("where c.request_id = $1")).bind(request.id).all().await?;
    Ok(request)
}

/// Locks people in one order, so that two transactions cannot wait for each other.
pub async fn lock_people(tx: &mut Tx, mut people: Vec<PersonId>) -> sqlx::Result<()> {
    people.sort_unstable();
    people.dedup();
    for person in people {
        tx.lock(person.into()).await?;
    }
    Ok(())
}

/// One page after `after`, oldest first.
pub async fn list(
    tx: &mut Tx,
    viewer: &Viewer,
    only: &Filter,
    after: MentorRequestId,
    limit: i64,
) -> sqlx::Result<Vec<MentorRequest>> {
    let mut requests: Vec<MentorRequest> = listed(tx, viewer, only, after, limit).all().await?;
    let choices = tx.query(Sql {
        sqlite: select_choice!("where c.request_id in (select unhex(value) from json_each($1))"),
        postgres: select_choice!("where c.request_id = any($1)"),
    });
    let choices: Vec<MentorChoice> =
        choices.bind(requests.iter().map(|request| request.id).collect::<Ids>()).all().await?;
    for choice in choices {
        // Both are ordered by id.
        if let Ok(place) = requests.binary_search_by_key(&choice.request_id, |request| request.id) {
            requests[place].choices.push(choice);
        }
    }
    Ok(requests)
}

/// Number of requests on all pages.
pub async fn count(tx: &mut Tx, viewer: &Viewer, only: &Filter) -> sqlx::Result<i64> {
    listed(tx, viewer, only, MentorRequestId::first(), UNLIMITED).count().await
}

fn listed<'t>(tx: &'t mut Tx, viewer: &Viewer, only: &Filter, after: MentorRequestId, limit: i64) -> Query<'t> {
    // A filter uses its index only if the viewer may read all its rows. Otherwise the time of the answer would reveal
    // the number of other rows.
    let sql = match only {
        Filter { mentee: Some(mentee), .. } if viewer.is_admin || viewer.is(*mentee) => {
            list_requests!("x.mentee_id = $5")
        }
        Filter { program: Some(program), .. } if viewer.leads(Some(*program)) => list_requests!("x.program_id = $6"),
        Filter { status: Some(_), .. } if viewer.is_admin => list_requests!("x.status = $7"),
        Filter { .. } if viewer.is_admin => list_requests!("x.id >= $4"),
        Filter { .. } if viewer.programs.is_empty() => list_requests!("x.mentee_id = $1"),
        Filter { .. } => Sql {
            sqlite: list_requests!(
                "x.id in (select id from mentor_requests where mentee_id = $1
                    union select id from mentor_requests where program_id in (select unhex(value) from json_each($3)))",
                "in (select unhex(value) from json_each($3))"
            ),
            postgres: list_requests!(
                "x.id in (select id from mentor_requests where mentee_id = $1
                    union select id from mentor_requests where program_id = any($3))",
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

/// Number of open requests of a mentee.
pub async fn count_live(tx: &mut Tx, mentee: PersonId) -> sqlx::Result<i64> {
    let live = tx.query("select count(*) from mentor_requests where mentee_id = $1 and status = 'open'");
    live.bind(mentee).one::<(i64,)>().await.map(|(count,)| count)
}

/// The next requests whose turn is over, the longest overdue first.
pub async fn list_due(
    tx: &mut Tx,
    now: DateTime<Utc>,
    after: Option<(DateTime<Utc>, MentorRequestId)>,
) -> sqlx::Result<Vec<(DateTime<Utc>, MentorRequestId)>> {
    let (since, id) = after.unwrap_or((DateTime::UNIX_EPOCH, MentorRequestId::first()));
    let due = tx.query(
        "select due_at, id from mentor_requests where due_at is not null and (due_at, id) > ($1, $2) and due_at <= $3
         order by due_at, id limit $4",
    );
    due.bind(since).bind(id).bind(now).bind(BATCH).all().await
}

/// The next open requests after `after` whose mentee is no longer enrolled in the program. The subqueries run per
/// request, so that PostgreSQL does not read all programs or enrolments.
pub async fn list_left(tx: &mut Tx, after: MentorRequestId) -> sqlx::Result<Vec<(MentorRequestId,)>> {
    let left = tx.query(
        "select r.id from mentor_requests r
         where r.status = 'open' and r.id > $1 and (select g.enrolling from programs g where g.id = r.program_id) <> 'none'
            and (select count(*) from enrolments e where e.program_id = r.program_id
                and e.person_id = r.mentee_id and e.role = 'mentee' and e.status = 'enrolled') = 0
         order by r.id limit $2",
    );
    left.bind(after).bind(BATCH).all().await
}

/// Whether a mentee has a mentor in the program.
pub async fn has_mentor(tx: &mut Tx, mentee: PersonId, program: Option<ProgramId>) -> sqlx::Result<bool> {
    let found = tx.query(
        "select exists (select 1 from pairs where mentee_id = $1 and program_id = $2 and status in ('active', 'paused'))",
    );
    found.bind(mentee).bind(program).one::<(bool,)>().await.map(|(has_mentor,)| has_mentor)
}

/// Free places and open invitations of a mentor.
#[derive(Clone, Copy, Debug, FromRow)]
pub struct MentorPlaces {
    /// Free places of the whole capacity.
    pub free: i64,
    /// Number of open invitations.
    pub asked: i64,
    /// Free places in the program; `None`: the program does not limit them.
    pub free_in_program: Option<i64>,
    /// Number of open invitations in the program.
    pub asked_in_program: i64,
}

impl MentorPlaces {
    /// Whether the mentor has a free place, without regard to open invitations.
    pub fn has_place(self) -> bool {
        self.free > 0 && self.free_in_program.is_none_or(|free| free > 0)
    }

    /// Whether a free place is left for one more invitation.
    pub fn has_turn(self) -> bool {
        self.free > self.asked && self.free_in_program.is_none_or(|free| free > self.asked_in_program)
    }
}

/// Free places of a mentor, also in the program if there is one.
pub async fn find_free_places(
    tx: &mut Tx,
    mentor: PersonId,
    program: Option<ProgramId>,
    now: DateTime<Utc>,
) -> sqlx::Result<MentorPlaces> {
    let places = tx.query(
        "select p.mentor_capacity - p.mentor_load as free,
            (select count(*) from mentor_request_choices c
                where c.mentor_id = p.id and c.status = 'asked' and c.answer_by > $3) as asked,
            (select e.capacity - (select count(*) from pairs x where x.mentor_id = e.person_id
                    and x.program_id = e.program_id and x.status in ('active', 'paused'))
                from enrolments e where e.program_id = $2 and e.person_id = p.id and e.role = 'mentor'
                    and e.status = 'enrolled') as free_in_program,
            (select count(*) from mentor_request_choices c join mentor_requests r on r.id = c.request_id
                where c.mentor_id = p.id and c.status = 'asked' and c.answer_by > $3 and r.program_id = $2)
                as asked_in_program
         from people p where p.id = $1",
    );
    places.bind(mentor).bind(program).bind(now).one().await
}

/// Writes a new request, before the first mentor is invited.
pub async fn insert(tx: &mut Tx, request: Permit<AskMentors, MentorRequest>) -> Result<(), Problem> {
    let message = close(tx, Home::of_person(request.id, request.mentee_id, 0), &request.message).await?;
    tx.query(
        "insert into mentor_requests (id, mentee_id, program_id, message, days_to_answer, status, due_at, created_at,
            updated_at, revision)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $8, 1)",
    )
    .bind(request.id)
    .bind(request.mentee_id)
    .bind(request.program_id)
    .bind(message)
    .bind(request.days_to_answer)
    .bind(request.status)
    .bind(request.due_at)
    .bind(request.created_at)
    .run()
    .await
    .on_unique(Code::AlreadyExists, "You already have an open mentor request in this program. Withdraw it first.")?;
    for choice in &request.choices {
        tx.query(
            "insert into mentor_request_choices (request_id, rank, suggestion_id, mentor_id, status)
             values ($1, $2, $3, $4, $5)",
        )
        .bind(choice.request_id)
        .bind(choice.rank)
        .bind(choice.suggestion_id)
        .bind(choice.mentor_id)
        .bind(choice.status)
        .run()
        .await?;
    }
    Ok(())
}

/// Saves a changed request. The caller has checked that the mentee or mentor may change it, or that a turn is over.
pub async fn save(tx: &mut Tx, request: &MentorRequest) -> Result<(), Problem> {
    let touched = tx.query(
        "update mentor_requests set status = $3, pair_id = $4, due_at = $5, updated_at = $6, revision = revision + 1
         where id = $1 and revision = $2",
    );
    let touched = touched.bind(request.id).bind(request.revision).bind(request.status).bind(request.pair_id);
    if touched.bind(request.due_at).bind(request.updated_at).run().await? != 1 {
        return Err(Problem::changed_meanwhile());
    }
    for choice in &request.choices {
        let saved = tx.query(
            "update mentor_request_choices set status = $3, ask_id = $4, asked_at = $5, answer_by = $6, closed_at = $7
             where request_id = $1 and rank = $2 and status <> $3",
        );
        let saved = saved.bind(choice.request_id).bind(choice.rank).bind(choice.status).bind(choice.ask_id);
        saved.bind(choice.asked_at).bind(choice.answer_by).bind(choice.closed_at).run().await?;
        // A mentor who did not accept is no longer suggested.
        if choice.has_failed() {
            suggestion::store::note_stale(tx, choice.suggestion_id, request.updated_at).await?;
        }
    }
    Ok(())
}

/// Withdraws all open requests of a mentee. Requests are changed before choices, as everywhere, so that transactions do
/// not wait for each other.
pub async fn withdraw_all(tx: &mut Tx, mentee: PersonId, now: DateTime<Utc>) -> sqlx::Result<Vec<MentorRequestId>> {
    let withdrawn = tx.query(
        "update mentor_requests set status = 'withdrawn', due_at = null, updated_at = $2, revision = revision + 1
         where mentee_id = $1 and status = 'open' returning id",
    );
    let mut withdrawn: Vec<_> = withdrawn.bind(mentee).bind(now).all::<(MentorRequestId,)>().await?;
    withdrawn.sort_unstable();
    let dropped = tx.query(
        "update mentor_request_choices set status = 'dropped', closed_at = $2
         where status in ('waiting', 'asked') and request_id in (select id from mentor_requests where mentee_id = $1)",
    );
    dropped.bind(mentee).bind(now).run().await?;
    Ok(withdrawn.into_iter().map(|(id,)| id).collect())
}

/// Removes a mentor from all open requests.
pub async fn remove_mentor(tx: &mut Tx, mentor: PersonId, now: DateTime<Utc>) -> sqlx::Result<()> {
    for text in [
        "update mentor_requests set due_at = $2, updated_at = $2, revision = revision + 1
         where status = 'open' and id in (select request_id from mentor_request_choices
            where mentor_id = $1 and status = 'asked')",
        "update mentor_request_choices set status = 'unavailable', closed_at = $2
         where mentor_id = $1 and status in ('waiting', 'asked')",
    ] {
        tx.query(text).bind(mentor).bind(now).run().await?;
    }
    Ok(())
}
