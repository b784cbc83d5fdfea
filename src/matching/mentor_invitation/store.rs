//! The SQL of mentor invitations: choices of mentor requests whose mentor is invited.

use chrono::{DateTime, Utc};

use super::model::MentorInvitation;
use crate::db::{Query, Tx, UNLIMITED, lock_found, query};
use crate::ids::{MentorInvitationId, PersonId};

/// Selects invitations that are open at `:now`. Invitations by a mentee that the mentor blocked are left out; they expire
/// like unanswered ones. Row-level security lets mentors see their own blocks.
const SELECT: &str = "select c.ask_id as id, c.request_id, c.mentor_id, r.mentee_id, p.name as mentee_name,
       p.title as mentee_title, r.program_id, g.name as program_name, s.model, r.message, c.suggestion_id,
       s.assessment, c.asked_at, c.answer_by
    from mentor_request_choices c
    join mentor_requests r on r.id = c.request_id
    join suggestions s on s.id = c.suggestion_id
    join people p on p.id = r.mentee_id
    left join programs g on g.id = r.program_id
    where c.status = 'asked' and c.answer_by > :now
       and not exists (select 1 from person_blocks b
           where b.person_id = c.mentor_id and b.blocked_id = r.mentee_id) and";

/// One invitation, if it is open.
pub async fn find(tx: &mut Tx, id: MentorInvitationId, now: DateTime<Utc>) -> sqlx::Result<Option<MentorInvitation>> {
    query!(tx, [SELECT, "c.ask_id = :id"], now, id).optional().await
}

/// The same, with its request locked, so that it is answered only once.
pub async fn find_for_update(
    tx: &mut Tx,
    id: MentorInvitationId,
    now: DateTime<Utc>,
) -> sqlx::Result<Option<MentorInvitation>> {
    lock_found!(tx, "select request_id from mentor_request_choices where ask_id = :id and status = 'asked'", id);
    find(tx, id, now).await
}

/// One page of the open invitations of a mentor after `after`, oldest first.
pub async fn list(
    tx: &mut Tx,
    mentor: PersonId,
    now: DateTime<Utc>,
    after: MentorInvitationId,
    limit: i64,
) -> sqlx::Result<Vec<MentorInvitation>> {
    listed(tx, mentor, now, after, limit).all().await
}

/// Number of invitations on all pages.
pub async fn count(tx: &mut Tx, mentor: PersonId, now: DateTime<Utc>) -> sqlx::Result<i64> {
    listed(tx, mentor, now, MentorInvitationId::first(), UNLIMITED).count().await
}

fn listed(tx: &mut Tx, mentor: PersonId, now: DateTime<Utc>, after: MentorInvitationId, limit: i64) -> Query<'_> {
    query!(
        tx,
        [SELECT, "c.mentor_id = :mentor and c.ask_id > :after order by c.ask_id limit :limit"],
        now,
        mentor,
        after,
        limit
    )
}
