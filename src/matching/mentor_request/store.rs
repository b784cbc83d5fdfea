//! The SQL of mentor requests.

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use super::model::{MentorChoice, MentorRequest, MentorRequestStatus};
use crate::db::{Ids, Query, Tx, UNLIMITED, insert, query, save};
use crate::ids::{MentorRequestId, PersonId, ProgramId};
use crate::matching::suggestion;
use crate::policy::acts::AskMentors;
use crate::policy::{Home, Permit, Viewer, close, readable};
use crate::problem::{Code, OnClash as _, Problem, saved};

/// Number of due requests read at once.
const BATCH: i64 = 100;

/// Selects a request with the names of its people; `x` is its row.
const SELECT_REQUEST: &str = "select x.id, x.mentee_id, p.name as mentee_name, p.title as mentee_title, x.program_id,
       g.name as program_name, x.message, x.days_to_answer, x.status, x.pair_id, x.due_at, x.created_at,
       x.updated_at, x.revision
    from mentor_requests x
    join people p on p.id = x.mentee_id
    left join programs g on g.id = x.program_id";

/// Selects choices with the names of their mentors.
const SELECT_CHOICE: &str =
    "select c.request_id, c.rank, c.suggestion_id, c.mentor_id, p.name as mentor_name, p.title as mentor_title,
        c.status, c.ask_id, c.asked_at, c.answer_by, c.closed_at
     from mentor_request_choices c join people p on p.id = c.mentor_id";

/// The scope and the filters of one page of requests, which narrow the result. Each frequent filter has its own SQL text
/// before them, so that its index is used. `:led` are the programs that the viewer leads.
const FILTERED: &str = "and (:is_admin or x.mentee_id = :viewer or x.program_id = any(:led)) and x.id > :after
    and coalesce(x.mentee_id = :mentee, :mentee is null) and coalesce(x.program_id = :program, :program is null)
    and coalesce(x.status = :status, :status is null)
    order by x.id limit :limit";

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
    let found = query!(tx, [SELECT_REQUEST, "where x.id = :id"], id).optional().await?;
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
    match query!(tx, [SELECT_REQUEST, "where x.id = :id"], id).optional().await? {
        Some(request) => with_choices(tx, request).await.map(Some),
        None => Ok(None),
    }
}

async fn with_choices(tx: &mut Tx, mut request: MentorRequest) -> sqlx::Result<MentorRequest> {
    request.choices =
        query!(tx, [SELECT_CHOICE, "where c.request_id = :request_id order by c.rank"], request_id = request.id)
            .all()
            .await?;
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
    let choices = query!(
        tx,
        [SELECT_CHOICE, "where c.request_id = any(:requests) order by c.request_id, c.rank"],
        requests = requests.iter().map(|request| request.id).collect::<Ids>()
    );
    let choices: Vec<MentorChoice> = choices.all().await?;
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
    let Filter { mentee, program, status } = *only;
    macro_rules! list {
        ($hot:literal) => {
            query!(
                tx,
                [SELECT_REQUEST, "where", $hot, FILTERED],
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
    // A filter uses its index only if the viewer may read all its rows. Otherwise the time of the answer would reveal
    // the number of other rows.
    match only {
        Filter { mentee: Some(mentee), .. } if viewer.is_admin || viewer.is(*mentee) => list!("x.mentee_id = :mentee"),
        Filter { program: Some(program), .. } if viewer.leads(Some(*program)) => list!("x.program_id = :program"),
        Filter { status: Some(_), .. } if viewer.is_admin => list!("x.status = :status"),
        Filter { .. } if viewer.is_admin => list!("x.id >= :after"),
        Filter { .. } if viewer.programs.is_empty() => list!("x.mentee_id = :viewer"),
        Filter { .. } => list!(
            "x.id in (select id from mentor_requests where mentee_id = :viewer
             union select id from mentor_requests where program_id = any(:led))"
        ),
    }
}

/// Number of open requests of a mentee.
pub async fn count_live(tx: &mut Tx, mentee: PersonId) -> sqlx::Result<i64> {
    let live = query!(tx, "select count(*) from mentor_requests where mentee_id = :mentee and status = 'open'", mentee);
    live.one::<(i64,)>().await.map(|(count,)| count)
}

/// The next requests whose turn is over, the longest overdue first.
pub async fn list_due(
    tx: &mut Tx,
    now: DateTime<Utc>,
    after: Option<(DateTime<Utc>, MentorRequestId)>,
) -> sqlx::Result<Vec<(DateTime<Utc>, MentorRequestId)>> {
    let (since, id) = after.unwrap_or((DateTime::UNIX_EPOCH, MentorRequestId::first()));
    let due = query!(
        tx,
        "select due_at, id from mentor_requests where due_at is not null and (due_at, id) > (:since, :id)
            and due_at <= :now
         order by due_at, id limit :limit",
        since,
        id,
        now,
        limit = BATCH
    );
    due.all().await
}

/// The next open requests after `after` whose mentee is no longer enrolled in the program. The subqueries run per
/// request, so that PostgreSQL does not read all programs or enrolments.
pub async fn list_left(tx: &mut Tx, after: MentorRequestId) -> sqlx::Result<Vec<(MentorRequestId,)>> {
    let left = query!(
        tx,
        "select r.id from mentor_requests r
         where r.status = 'open' and r.id > :after and (select g.enrolling from programs g
             where g.id = r.program_id) <> 'none'
            and (select count(*) from enrolments e where e.program_id = r.program_id
                and e.person_id = r.mentee_id and e.role = 'mentee' and e.status = 'enrolled') = 0
         order by r.id limit :limit",
        after,
        limit = BATCH
    );
    left.all().await
}

/// Whether a mentee has a mentor in the program.
pub async fn has_mentor(tx: &mut Tx, mentee: PersonId, program: Option<ProgramId>) -> sqlx::Result<bool> {
    let found = query!(
        tx,
        "select exists (select 1 from pairs where mentee_id = :mentee and program_id = :program
         and status in ('active', 'paused'))",
        mentee,
        program
    );
    found.one::<(bool,)>().await.map(|(has_mentor,)| has_mentor)
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
    let places = query!(
        tx,
        "select p.mentor_capacity - p.mentor_load as free,
            (select count(*) from mentor_request_choices c
                where c.mentor_id = p.id and c.status = 'asked' and c.answer_by > :now) as asked,
            (select e.capacity - (select count(*) from pairs x where x.mentor_id = e.person_id
                    and x.program_id = e.program_id and x.status in ('active', 'paused'))
                from enrolments e where e.program_id = :program and e.person_id = p.id and e.role = 'mentor'
                    and e.status = 'enrolled') as free_in_program,
            (select count(*) from mentor_request_choices c join mentor_requests r on r.id = c.request_id
                where c.mentor_id = p.id and c.status = 'asked' and c.answer_by > :now
                    and r.program_id = :program) as asked_in_program
         from people p where p.id = :mentor",
        mentor,
        program,
        now
    );
    places.one().await
}

/// Writes a new request, before the first mentor is invited.
pub async fn insert(tx: &mut Tx, request: Permit<AskMentors, MentorRequest>) -> Result<(), Problem> {
    let message = close(tx, Home::of_person(request.id, request.mentee_id, 0), &request.message).await?;
    insert!(
        tx,
        "mentor_requests",
        request { id, mentee_id, program_id, days_to_answer, status, due_at, created_at },
        message,
        updated_at = request.created_at,
        revision = 1_i64
    )
    .run()
    .await
    .on_unique(Code::AlreadyExists, "You already have an open mentor request in this program. Withdraw it first.")?;
    for choice in &request.choices {
        insert!(tx, "mentor_request_choices", choice { request_id, rank, suggestion_id, mentor_id, status })
            .run()
            .await?;
    }
    Ok(())
}

/// Saves a changed request. The caller has checked that the mentee or mentor may change it, or that a turn is over.
pub async fn save(tx: &mut Tx, request: &MentorRequest) -> Result<(), Problem> {
    let touched = save!(
        tx,
        "update mentor_requests set revision = revision + 1",
        request { status, pair_id, due_at, updated_at }
    );
    saved(touched.run().await?)?;
    for choice in &request.choices {
        let saved = query!(
            tx,
            "update mentor_request_choices set status = :status, ask_id = :ask_id, asked_at = :asked_at,
                 answer_by = :answer_by, closed_at = :closed_at
             where request_id = :request_id and rank = :rank and status <> :status",
            request_id = choice.request_id,
            rank = choice.rank,
            status = choice.status,
            ask_id = choice.ask_id,
            asked_at = choice.asked_at,
            answer_by = choice.answer_by,
            closed_at = choice.closed_at
        );
        saved.run().await?;
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
    let withdrawn = query!(
        tx,
        "update mentor_requests set status = 'withdrawn', due_at = null, updated_at = :now,
            revision = revision + 1
         where mentee_id = :mentee and status = 'open' returning id",
        mentee,
        now
    );
    let mut withdrawn: Vec<_> = withdrawn.all::<(MentorRequestId,)>().await?;
    withdrawn.sort_unstable();
    let dropped = query!(
        tx,
        "update mentor_request_choices set status = 'dropped', closed_at = :now
         where status in ('waiting', 'asked') and request_id in (select id from mentor_requests
             where mentee_id = :mentee)",
        mentee,
        now
    );
    dropped.run().await?;
    Ok(withdrawn.into_iter().map(|(id,)| id).collect())
}

/// Removes a mentor from all open requests.
pub async fn remove_mentor(tx: &mut Tx, mentor: PersonId, now: DateTime<Utc>) -> sqlx::Result<()> {
    let due_now = query!(
        tx,
        "update mentor_requests set due_at = :now, updated_at = :now, revision = revision + 1
         where status = 'open' and id in (select request_id from mentor_request_choices
            where mentor_id = :mentor and status = 'asked')",
        mentor,
        now
    );
    due_now.run().await?;
    let removed = query!(
        tx,
        "update mentor_request_choices set status = 'unavailable', closed_at = :now
         where mentor_id = :mentor and status in ('waiting', 'asked')",
        mentor,
        now
    );
    removed.run().await?;
    Ok(())
}
