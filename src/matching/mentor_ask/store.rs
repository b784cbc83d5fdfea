//! The SQL of what mentors are asked: choices whose turn it is.

use chrono::{DateTime, Utc};

use super::model::MentorAsk;
use crate::db::{Query, Tx, UNLIMITED};
use crate::ids::{MentorAskId, PersonId};

/// What waits for an answer at `$1`: the rest is not there. Nor is what somebody asks whom the mentor blocked: they are not
/// bothered, and it lapses like any other that nobody answers. Row-level security lets mentors see their own blocks.
macro_rules! select_ask {
    ($rest:literal) => {
        concat!(
            "select c.ask_id as id, c.request_id, c.mentor_id, r.mentee_id, p.name as mentee_name,
                p.title as mentee_title, r.program_id, g.name as program_name, s.model, r.message, c.suggestion_id,
                s.assessment, c.asked_at, c.answer_by
             from mentor_request_choices c
             join mentor_requests r on r.id = c.request_id
             join suggestions s on s.id = c.suggestion_id
             join people p on p.id = r.mentee_id
             left join programs g on g.id = r.program_id
             where c.status = 'asked' and c.answer_by > $1
                and not exists (select 1 from person_blocks b
                    where b.person_id = c.mentor_id and b.blocked_id = r.mentee_id) and ",
            $rest
        )
    };
}

/// What somebody is asked, if it waits for their answer.
pub async fn find(tx: &mut Tx, id: MentorAskId, now: DateTime<Utc>) -> sqlx::Result<Option<MentorAsk>> {
    tx.query(select_ask!("c.ask_id = $2")).bind(now).bind(id).optional().await
}

/// The same, held by its request: it is answered once.
pub async fn hold(tx: &mut Tx, id: MentorAskId, now: DateTime<Utc>) -> sqlx::Result<Option<MentorAsk>> {
    tx.hold_found("select request_id from mentor_request_choices where ask_id = $1 and status = 'asked'", id.into())
        .await?;
    find(tx, id, now).await
}

/// One page of what a mentor is asked after `after`, in the order in which it became their turn.
pub async fn list(
    tx: &mut Tx,
    mentor: PersonId,
    now: DateTime<Utc>,
    after: MentorAskId,
    limit: i64,
) -> sqlx::Result<Vec<MentorAsk>> {
    listed(tx, mentor, now, after, limit).all().await
}

/// How many there are on all pages.
pub async fn count(tx: &mut Tx, mentor: PersonId, now: DateTime<Utc>) -> sqlx::Result<i64> {
    listed(tx, mentor, now, MentorAskId::first(), UNLIMITED).count().await
}

fn listed(tx: &mut Tx, mentor: PersonId, now: DateTime<Utc>, after: MentorAskId, limit: i64) -> Query<'_> {
    let listed = tx.query(select_ask!("c.mentor_id = $2 and c.ask_id > $3 order by c.ask_id limit $4"));
    listed.bind(now).bind(mentor).bind(after).bind(limit)
}
