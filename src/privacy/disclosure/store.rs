//! The SQL of disclosures.

use uuid::Uuid;

use super::model::{DisclosableField, Disclosure, NewDisclosure, PrivateValue};
use crate::db::{Query, Tx, UNLIMITED};
use crate::ids::{DisclosureId, PairId, PersonId};
use crate::policy::acts::DiscloseValue;
use crate::policy::{Changed, Permit, Viewer};
use crate::problem::{Code, OnClash as _, Problem};

/// A revoked disclosure loses its voucher, so setting `revoked_at` back to null in the database discloses nothing.
const NO_VOUCHER: &[u8] = &[];

/// Selects a value of a record `v` with its author and the people who have a relation to it.
macro_rules! select_value {
    ($value:literal by $author:literal of $record:literal) => {
        concat!(
            "select x.id as pair_id, x.mentor_id, x.mentee_id, mentee.manager_id as mentee_manager_id, x.program_id, ",
            $author,
            " as author_id, ",
            $value,
            " as sealed from ",
            $record
        )
    };
    ($value:literal by $author:literal in $table:literal) => {
        concat!(
            select_value!($value by $author of ""),
            $table,
            " v join pairs x on x.id = v.pair_id join people mentee on mentee.id = x.mentee_id where v.id = $1"
        )
    };
    ($kind:literal: $rest:literal) => {
        concat!(
            select_value!("v.text" by "v.author_id" of "pair_notes v"),
            " join pairs x on x.id = v.pair_id join people mentee on mentee.id = x.mentee_id
             where v.pair_id = $1 and v.kind = '", $kind, "' ", $rest
        )
    };
}

/// Selects disclosures with the value that is stored today. `d` is the row of `disclosures`.
macro_rules! select_disclosure {
    ($($rest:literal),+) => {
        concat!(
            "select d.id, d.pair_id, x.mentor_id, x.mentee_id, mentee.manager_id as mentee_manager_id, x.program_id,
                mentor.name as mentor_name, mentor.title as mentor_title, mentee.name as mentee_name,
                mentee.title as mentee_title, d.field, d.record_id, d.audience, d.disclosed_by_id,
                author.name as disclosed_by_name, author.title as disclosed_by_title, d.voucher, d.created_at, d.revoked_at,
                case d.field
                    when 'note.text' then (select text from notes where id = d.record_id)
                    when 'agenda_item.topic' then (select topic from agenda_items where id = d.record_id)
                    when 'agenda_item.text' then (select text from agenda_items where id = d.record_id)
                    when 'action_item.text' then (select text from action_items where id = d.record_id)
                    when 'blocker.text' then (select text from blockers where id = d.record_id)
                    when 'session.place' then (select place from sessions where id = d.record_id)
                    when 'session.link' then (select link from sessions where id = d.record_id)
                    when 'session.cancellation_reason' then
                        (select cancellation_reason from sessions where id = d.record_id)
                    when 'pair.cadence' then x.cadence
                    when 'pair.agreement' then
                        (select text from pair_notes where pair_id = d.record_id and kind = 'agreement'
                         order by created_at desc, author_id desc limit 1)
                    when 'pair.end_note' then
                        (select text from pair_notes where pair_id = d.record_id and kind = 'end_note'
                            and author_id = d.disclosed_by_id)
                end as sealed,
                case d.field
                    when 'pair.agreement' then
                        (select id from pair_notes where pair_id = d.record_id and kind = 'agreement'
                         order by created_at desc, author_id desc limit 1)
                    when 'pair.end_note' then
                        (select id from pair_notes where pair_id = d.record_id and kind = 'end_note'
                            and author_id = d.disclosed_by_id)
                    else d.record_id
                end as row_id,
                case d.field
                    when 'note.text' then (select session_id from notes where id = d.record_id)
                    when 'agenda_item.topic' then (select s.event_id from agenda_items a
                        join sessions s on s.id = a.session_id where a.id = d.record_id)
                    when 'agenda_item.text' then (select s.event_id from agenda_items a
                        join sessions s on s.id = a.session_id where a.id = d.record_id)
                    when 'action_item.text' then (select session_id from action_items where id = d.record_id)
                    when 'blocker.text' then (select goal_id from blockers where id = d.record_id)
                    else d.record_id
                end as on_id,
                case d.field
                    when 'note.text' then (select words_revision from notes where id = d.record_id)
                    when 'agenda_item.topic' then (select words_revision from agenda_items where id = d.record_id)
                    when 'agenda_item.text' then (select words_revision from agenda_items where id = d.record_id)
                    when 'action_item.text' then (select words_revision from action_items where id = d.record_id)
                    when 'blocker.text' then (select words_revision from blockers where id = d.record_id)
                    when 'pair.cadence' then x.words_revision
                    when 'pair.agreement' then 0
                    when 'pair.end_note' then 0
                    else (select words_revision from sessions where id = d.record_id)
                end as words_revision,
                case d.field
                    when 'agenda_item.topic' then (select author_id from agenda_items where id = d.record_id)
                    when 'agenda_item.text' then (select author_id from agenda_items where id = d.record_id)
                    when 'action_item.text' then (select author_id from action_items where id = d.record_id)
                end as creator_id
             from disclosures d
             join pairs x on x.id = d.pair_id
             join people mentor on mentor.id = x.mentor_id
             join people mentee on mentee.id = x.mentee_id
             join people author on author.id = d.disclosed_by_id ",
            $($rest),+
        )
    };
}

/// Selects one page of the disclosures that a viewer may read. `$1`: the viewer; `$2`: whether they are an admin; `$3`:
/// whether they coordinate a program.
macro_rules! list_disclosures {
    ($indexed:literal) => {
        select_disclosure!(
            "where ",
            $indexed,
            " and (x.mentor_id = $1 or x.mentee_id = $1
                or (d.revoked_at is null and d.audience = 'manager' and mentee.manager_id = $1)
                or (d.revoked_at is null and d.audience = 'lead' and ($2 or ($3 and exists (
                    select 1 from program_coordinators c where c.program_id = x.program_id and c.person_id = $1)))))
             and d.id > $4 and coalesce(d.pair_id = $5, $5 is null) order by d.id limit $6"
        )
    };
}

/// A private value with its author. `None`: there is no such record or no such text.
pub async fn find_value(
    tx: &mut Tx,
    viewer: &Viewer,
    field: DisclosableField,
    record: Uuid,
) -> sqlx::Result<Option<PrivateValue>> {
    let sql = match field {
        DisclosableField::NoteText => select_value!("v.text" by "v.author_id" in "notes"),
        DisclosableField::AgendaItemTopic => select_value!("v.topic" by "v.author_id" in "agenda_items"),
        DisclosableField::AgendaItemText => select_value!("v.text" by "v.author_id" in "agenda_items"),
        DisclosableField::ActionItemText => select_value!("v.text" by "v.author_id" in "action_items"),
        DisclosableField::BlockerText => select_value!("v.text" by "v.author_id" in "blockers"),
        DisclosableField::SessionPlace => select_value!("v.place" by "v.place_author_id" in "sessions"),
        DisclosableField::SessionLink => select_value!("v.link" by "v.place_author_id" in "sessions"),
        DisclosableField::CancellationReason => {
            select_value!("v.cancellation_reason" by "v.closed_by_id" in "sessions")
        }
        DisclosableField::Cadence => select_value!(
            "x.cadence" by "null" of "pairs x join people mentee on mentee.id = x.mentee_id where x.id = $1"
        ),
        DisclosableField::Agreement => {
            select_value!("agreement": "order by v.created_at desc, v.author_id desc limit 1")
        }
        DisclosableField::EndNote => {
            let own = tx.query(select_value!("end_note": "and v.author_id = $2"));
            return own.bind(record).bind(viewer.person()).optional().await;
        }
    };
    tx.query(sql).bind(record).optional().await
}

/// One disclosure.
pub async fn find(tx: &mut Tx, id: DisclosureId) -> sqlx::Result<Option<Disclosure>> {
    tx.query(select_disclosure!("where d.id = $1")).bind(id).optional().await
}

/// One disclosure; its pair is locked.
pub async fn find_for_update(tx: &mut Tx, id: DisclosureId) -> sqlx::Result<Option<Disclosure>> {
    tx.lock_found("select pair_id from disclosures where id = $1", id.into()).await?;
    find(tx, id).await
}

/// One page of the disclosures to the viewer and in their pairs, by time of creation.
pub async fn list(
    tx: &mut Tx,
    viewer: &Viewer,
    pair: Option<PairId>,
    after: DisclosureId,
    limit: i64,
) -> sqlx::Result<Vec<Disclosure>> {
    listed(tx, viewer, pair, after, limit).all().await
}

/// Number of disclosures on all pages of [`list`].
pub async fn count(tx: &mut Tx, viewer: &Viewer, pair: Option<PairId>) -> sqlx::Result<i64> {
    listed(tx, viewer, pair, DisclosureId::first(), UNLIMITED).count().await
}

fn listed<'t>(tx: &'t mut Tx, viewer: &Viewer, pair: Option<PairId>, after: DisclosureId, limit: i64) -> Query<'t> {
    let query = match pair {
        Some(_) => tx.query(list_disclosures!("d.pair_id = $5")),
        None if viewer.is_admin => tx.query(list_disclosures!(
            "d.id in (select id from disclosures where audience = 'lead' and revoked_at is null and id > $4
                union select o.id from pairs p join disclosures o on o.pair_id = p.id where p.mentor_id = $1
                union select o.id from pairs p join disclosures o on o.pair_id = p.id where p.mentee_id = $1
                union select o.id from people r join pairs p on p.mentee_id = r.id
                    join disclosures o on o.pair_id = p.id where r.manager_id = $1)"
        )),
        None => tx.query(list_disclosures!(
            "d.id in (select o.id from pairs p join disclosures o on o.pair_id = p.id where p.mentor_id = $1
                union select o.id from pairs p join disclosures o on o.pair_id = p.id where p.mentee_id = $1
                union select o.id from people r join pairs p on p.mentee_id = r.id
                    join disclosures o on o.pair_id = p.id where r.manager_id = $1
                union select o.id from program_coordinators c join pairs p on p.program_id = c.program_id
                    join disclosures o on o.pair_id = p.id where $3 and c.person_id = $1)"
        )),
    };
    query
        .bind(viewer.person())
        .bind(viewer.is_admin)
        .bind(!viewer.programs.is_empty())
        .bind(after)
        .bind(pair)
        .bind(limit)
}

/// The disclosures in a person's pairs, by time of creation, up to `limit`.
pub async fn list_of_party(tx: &mut Tx, party: PersonId, limit: i64) -> sqlx::Result<Vec<Disclosure>> {
    let disclosures = tx.query(select_disclosure!(
        "where d.pair_id in (select id from pairs where mentor_id = $1 union all select id from pairs where mentee_id = $1)
         order by d.id limit $2"
    ));
    disclosures.bind(party).bind(limit).all().await
}

/// Inserts a disclosure and revokes the earlier one of the same value, which may be of another version.
pub async fn insert(
    tx: &mut Tx,
    value: &Permit<DiscloseValue, PrivateValue>,
    disclosure: &NewDisclosure,
) -> Result<(), Problem> {
    let target = disclosure.target;
    tx.query(
        "update disclosures set revoked_at = $5, voucher = $6
         where record_id = $1 and field = $2 and audience = $3 and disclosed_by_id = $4 and revoked_at is null",
    )
    .bind(target.record_id)
    .bind(target.field)
    .bind(target.audience)
    .bind(disclosure.disclosed_by_id)
    .bind(disclosure.created_at)
    .bind(NO_VOUCHER)
    .run()
    .await?;
    tx.query(
        "insert into disclosures (id, pair_id, field, record_id, audience, disclosed_by_id, voucher, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(disclosure.id)
    .bind(value.pair_id)
    .bind(target.field)
    .bind(target.record_id)
    .bind(target.audience)
    .bind(disclosure.disclosed_by_id)
    .bind(&disclosure.voucher[..])
    .bind(disclosure.created_at)
    .run()
    .await
    .on_unique(
        Code::ChangedMeanwhile,
        "Another request of yours disclosed the value at the same moment. List your disclosures.",
    )?;
    Ok(())
}

/// Saves a revoked disclosure.
pub async fn save(tx: &mut Tx, disclosure: &Changed<Disclosure>) -> Result<(), Problem> {
    let touched = tx
        .query("update disclosures set revoked_at = $2, voucher = $3 where id = $1 and revoked_at is null")
        .bind(disclosure.id)
        .bind(disclosure.revoked_at)
        .bind(NO_VOUCHER)
        .run()
        .await?;
    if touched == 1 { Ok(()) } else { Err(Problem::changed_meanwhile()) }
}
