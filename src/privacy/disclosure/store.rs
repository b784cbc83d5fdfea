//! The SQL of disclosures.

use uuid::Uuid;

use super::model::{DisclosableField, Disclosure, NewDisclosure, PrivateValue};
use crate::db::{Query, Tx, UNLIMITED, insert, lock_found, query};
use crate::ids::{DisclosureId, PairId, PersonId};
use crate::pairs::store::PAIRS_OF_PERSON;
use crate::policy::acts::DiscloseValue;
use crate::policy::{Changed, Permit, Viewer};
use crate::problem::{Code, OnClash as _, Problem, saved};

/// A revoked disclosure loses its voucher, so setting `revoked_at` back to null in the database discloses nothing.
const NO_VOUCHER: &[u8] = &[];

/// The people who have a relation to a private value. The columns `author_id` and `sealed` follow.
const SELECT_VALUE: &str =
    "select x.id as pair_id, x.mentor_id, x.mentee_id, mentee.manager_id as mentee_manager_id, x.program_id,";

/// The pair of a record `v`, and its mentee.
const OF_PAIR: &str = "v join pairs x on x.id = v.pair_id join people mentee on mentee.id = x.mentee_id";

/// Selects disclosures with the value that is stored today. `d` is the row of `disclosures`.
const SELECT: &str =
    "select d.id, d.pair_id, x.mentor_id, x.mentee_id, mentee.manager_id as mentee_manager_id, x.program_id,
        mentor.name as mentor_name, mentor.title as mentor_title, mentee.name as mentee_name,
        mentee.title as mentee_title, d.field, d.record_id, d.audience, d.disclosed_by_id,
        author.name as disclosed_by_name, author.title as disclosed_by_title, d.voucher, d.created_at,
        d.revoked_at,
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
     join people author on author.id = d.disclosed_by_id";

/// The scope and the filter of one page of disclosures, which narrow the result. `:coordinates`: whether the viewer
/// coordinates a program.
const FILTERED: &str = "and (x.mentor_id = :viewer or x.mentee_id = :viewer
       or (d.revoked_at is null and d.audience = 'manager' and mentee.manager_id = :viewer)
       or (d.revoked_at is null and d.audience = 'lead' and (:is_admin or (:coordinates and exists (
           select 1 from program_coordinators c where c.program_id = x.program_id and c.person_id = :viewer)))))
    and d.id > :after and coalesce(d.pair_id = :pair, :pair is null) order by d.id limit :limit";

/// A private value with its author. `None`: there is no such record or no such text.
pub async fn find_value(
    tx: &mut Tx,
    viewer: &Viewer,
    field: DisclosableField,
    record: Uuid,
) -> sqlx::Result<Option<PrivateValue>> {
    macro_rules! value {
        ($columns:literal, $from:literal) => {
            query!(tx, [SELECT_VALUE, $columns, $from, OF_PAIR, "where v.id = :record"], record)
        };
    }
    /// A note of the pair `:record`.
    macro_rules! pair_note {
        ($which:literal $(, $name:ident = $value:expr)*) => {
            query!(
                tx,
                [
                    SELECT_VALUE,
                    "v.author_id as author_id, v.text as sealed from pair_notes",
                    OF_PAIR,
                    "where v.pair_id = :record and",
                    $which
                ],
                record
                $(, $name = $value)*
            )
        };
    }
    let value = match field {
        DisclosableField::NoteText => value!("v.author_id as author_id, v.text as sealed", "from notes"),
        DisclosableField::AgendaItemTopic => value!("v.author_id as author_id, v.topic as sealed", "from agenda_items"),
        DisclosableField::AgendaItemText => value!("v.author_id as author_id, v.text as sealed", "from agenda_items"),
        DisclosableField::ActionItemText => value!("v.author_id as author_id, v.text as sealed", "from action_items"),
        DisclosableField::BlockerText => value!("v.author_id as author_id, v.text as sealed", "from blockers"),
        DisclosableField::SessionPlace => value!("v.place_author_id as author_id, v.place as sealed", "from sessions"),
        DisclosableField::SessionLink => value!("v.place_author_id as author_id, v.link as sealed", "from sessions"),
        DisclosableField::CancellationReason => {
            value!("v.closed_by_id as author_id, v.cancellation_reason as sealed", "from sessions")
        }
        DisclosableField::Cadence => query!(
            tx,
            [
                SELECT_VALUE,
                "null as author_id, x.cadence as sealed
                 from pairs x join people mentee on mentee.id = x.mentee_id where x.id = :record"
            ],
            record
        ),
        DisclosableField::Agreement => {
            pair_note!("v.kind = 'agreement' order by v.created_at desc, v.author_id desc limit 1")
        }
        DisclosableField::EndNote => {
            pair_note!("v.kind = 'end_note' and v.author_id = :viewer", viewer = viewer.person())
        }
    };
    value.optional().await
}

/// One disclosure.
pub async fn find(tx: &mut Tx, id: DisclosureId) -> sqlx::Result<Option<Disclosure>> {
    query!(tx, [SELECT, "where d.id = :id"], id).optional().await
}

/// One disclosure; its pair is locked.
pub async fn find_for_update(tx: &mut Tx, id: DisclosureId) -> sqlx::Result<Option<Disclosure>> {
    lock_found!(tx, "select pair_id from disclosures where id = :id", id);
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
    macro_rules! list {
        ($indexed:literal) => {
            query!(
                tx,
                [SELECT, "where", $indexed, FILTERED],
                viewer = viewer.person(),
                is_admin = viewer.is_admin,
                coordinates = !viewer.programs.is_empty(),
                after,
                pair,
                limit
            )
        };
    }
    match pair {
        Some(_) => list!("d.pair_id = :pair"),
        None if viewer.is_admin => list!(
            "d.id in (select id from disclosures where audience = 'lead' and revoked_at is null and id > :after
             union select o.id from pairs p join disclosures o on o.pair_id = p.id where p.mentor_id = :viewer
             union select o.id from pairs p join disclosures o on o.pair_id = p.id where p.mentee_id = :viewer
             union select o.id from people r join pairs p on p.mentee_id = r.id
                 join disclosures o on o.pair_id = p.id where r.manager_id = :viewer)"
        ),
        None => list!(
            "d.id in (select o.id from pairs p join disclosures o on o.pair_id = p.id where p.mentor_id = :viewer
             union select o.id from pairs p join disclosures o on o.pair_id = p.id where p.mentee_id = :viewer
             union select o.id from people r join pairs p on p.mentee_id = r.id
                 join disclosures o on o.pair_id = p.id where r.manager_id = :viewer
             union select o.id from program_coordinators c join pairs p on p.program_id = c.program_id
                 join disclosures o on o.pair_id = p.id where :coordinates and c.person_id = :viewer)"
        ),
    }
}

/// The disclosures in a person's pairs, by time of creation, up to `limit`.
pub async fn list_of_party(tx: &mut Tx, party: PersonId, limit: i64) -> sqlx::Result<Vec<Disclosure>> {
    query!(tx, [SELECT, "where d.pair_id in", PAIRS_OF_PERSON, "order by d.id limit :limit"], person = party, limit)
        .all()
        .await
}

/// Inserts a disclosure and revokes the earlier one of the same value, which may be of another version.
pub async fn insert(
    tx: &mut Tx,
    value: &Permit<DiscloseValue, PrivateValue>,
    disclosure: &NewDisclosure,
) -> Result<(), Problem> {
    let target = disclosure.target;
    query!(
        tx,
        "update disclosures set revoked_at = :created_at, voucher = :no_voucher
         where record_id = :record_id and field = :field and audience = :audience
            and disclosed_by_id = :disclosed_by_id and revoked_at is null",
        record_id = target.record_id,
        field = target.field,
        audience = target.audience,
        disclosed_by_id = disclosure.disclosed_by_id,
        created_at = disclosure.created_at,
        no_voucher = NO_VOUCHER
    )
    .run()
    .await?;
    insert!(
        tx,
        "disclosures",
        disclosure { id, disclosed_by_id, created_at },
        pair_id = value.pair_id,
        field = target.field,
        record_id = target.record_id,
        audience = target.audience,
        voucher = &disclosure.voucher[..]
    )
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
    let touched = query!(
        tx,
        "update disclosures set revoked_at = :revoked_at, voucher = :no_voucher
         where id = :id and revoked_at is null",
        id = disclosure.id,
        revoked_at = disclosure.revoked_at,
        no_voucher = NO_VOUCHER
    )
    .run()
    .await?;
    saved(touched)
}
