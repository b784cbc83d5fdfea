//! The SQL of erasures: rows that are deleted, and rows that are emptied and stay.

use chrono::{DateTime, Utc};

use super::model::Erasure;
use crate::clock::Clock;
use crate::db::{Ids, Tx, query, run_each};
use crate::fairness::group;
use crate::ids::{HistoryEntryId, PairId, PersonId};
use crate::matching::mentor_request::departure::leave;
use crate::outbox::{self, Event};
use crate::pairs::departure::end_pairs;
use crate::pairs::store::PAIRS_OF_PERSON;
use crate::programs::enrolment::departure::withdraw;
use crate::vault::Envelope;

/// Name of an erased person.
const NAME: &str = "Erased person";

/// Erases everything about a person from the rows. Their keys are destroyed already.
pub async fn apply(tx: &mut Tx, clock: &Clock, erasure: &Erasure) -> sqlx::Result<()> {
    let (person, at) = (erasure.person_id(), erasure.at());
    end_pairs(tx, clock, person, at).await?;
    withdraw(tx, clock, person, at).await?;
    leave(tx, clock, person, at).await?;
    delete(tx, person).await?;
    change(tx, person, at).await?;
    forget_wishes(tx, person).await?;
    group::store::forget(tx, person).await?;
    forget_cadences(tx, person).await?;
    note_departure(tx, clock, erasure).await?;
    query!(tx, "update person_history set title = null, manager_id = null where person_id = :person", person)
        .run()
        .await?;
    query!(
        tx,
        "update people set external_id = null, name = :name, name_folded = :name_folded, email = :email,
            title = null, manager_id = null, hired_on = null, location = null, time_zone = 'UTC', languages = '[]',
            bio = null, status = 'departed', offers_mentoring = false, wants_mentoring = false, is_paused = false,
            mentor_capacity = 1, mentor_load = 0, formats = '[]', topics = '[]', career_goals = null,
            career_interest = null, target_role_id = null, learning_style = null, communication_style = null,
            accommodations = null, style_answers = null, consents_to_personal_fit = false, former_email = null,
            named_at = null, erased_at = :at, updated_at = :at, revision = revision + 1
         where id = :person",
        person,
        at,
        name = NAME,
        name_folded = NAME.to_lowercase(),
        email = format!("{person}@erased.invalid")
    )
    .run()
    .await?;
    outbox::add(tx, clock, Event::PersonErased(person), None).await
}

/// Deletes rows that belong to the person or that they wrote, and their texts in rows that are counted later. Changes no
/// `updated_at` that others see.
async fn delete(tx: &mut Tx, person: PersonId) -> sqlx::Result<u64> {
    Ok(run_each!(
        tx,
        (person),
        [
            "delete from disclosures where disclosed_by_id = :person",
            "delete from pair_notes where author_id = :person",
            "delete from notebook_entries where author_id = :person",
            "delete from reflections where author_id = :person",
            "delete from agenda_items where author_id = :person",
            "delete from notes where author_id = :person",
            "delete from action_items where author_id = :person",
            "delete from blockers where author_id = :person",
            "delete from celebrations where author_id = :person",
            "delete from plan_steps where goal_id in (select id from goals where owner_id = :person)",
            "delete from match_cases where mentee_id = :person",
            "delete from match_cases where mentor_id = :person",
            "delete from mentor_request_choices where mentor_id = :person",
            "delete from mentor_request_choices
             where request_id in (select id from mentor_requests where mentee_id = :person)",
            "delete from mentor_requests where mentee_id = :person",
            "delete from suggestions where mentee_id = :person",
            "delete from suggestions where mentor_id = :person",
            "delete from suggestion_requests where mentee_id = :person",
            "delete from enrolments where person_id = :person",
            "delete from matching_drafts where mentee_id = :person",
            "update matching_drafts set mentor_id = null, status = 'unmatched', reason = 'mentor_left',
                score = null, is_locked = false, problem = null, pair_id = null, revision = revision + 1
             where mentor_id = :person",
            "delete from matching_round_refusals where mentee_id = :person",
            "delete from matching_round_refusals where mentor_id = :person",
            "delete from person_blocks where person_id = :person",
            "delete from person_blocks where blocked_id = :person",
            "delete from calendar_feeds where person_id = :person",
            "delete from identity_rebinds where person_id = :person",
            "delete from identity_bindings where person_id = :person",
            "delete from person_skills where person_id = :person",
            "delete from person_needs where person_id = :person",
            "delete from notice_preferences where person_id = :person",
            "delete from notices where recipient_id = :person",
            "delete from program_coordinators where person_id = :person",
            "delete from idempotency_keys where subject_id = :person",
            "update sessions set place = null, link = null, place_author_id = null, revision = revision + 1
             where place_author_id = :person",
            "update check_ins set note = null where author_id = :person",
            // Check-ins of others name the key results of the person's goals.
            "update check_ins set key_results = '[]'
             where goal_id in (select id from goals where owner_id = :person)",
        ]
    ))
}

/// Changes what others see.
async fn change(tx: &mut Tx, person: PersonId, at: DateTime<Utc>) -> sqlx::Result<u64> {
    Ok(run_each!(
        tx,
        (person, at),
        [
            "update sessions set outcome = null, cancellation_reason = null, updated_at = :at,
                revision = revision + 1
             where closed_by_id = :person",
            "update key_results set title = 'Erased', updated_at = :at, revision = revision + 1
             where goal_id in (select id from goals where owner_id = :person)",
            "update goals set title = 'Erased', specific = null, measurable = null, achievable = null,
                relevant = null, aligned_to = null, result = null, outcome_summary = null, updated_at = :at,
                revision = revision + 1
             where owner_id = :person",
            "update pairs set goals_focus = null, updated_at = :at, revision = revision + 1
             where mentee_id = :person and goals_focus is not null",
            "update pairs set outcome_summary = null, updated_at = :at, revision = revision + 1
             where ended_by_id = :person and outcome_summary is not null",
        ]
    ))
}

/// Removes the person from the wishes of others.
async fn forget_wishes(tx: &mut Tx, person: PersonId) -> sqlx::Result<u64> {
    query!(
        tx,
        Sql {
            sqlite: "update enrolments set revision = revision + 1,
                   wishes = (select json_group_array(value order by key) from json_each(wishes)
                       where value <> :person)
                where wishes <> '[]' and exists (select 1 from json_each(wishes) where value = :person)",
            postgres: "update enrolments set revision = revision + 1, wishes = wishes - :person
                where wishes <> '[]' and wishes @> to_jsonb(cast(:person as text))",
        },
        person = person.to_string()
    )
    .run()
    .await
}

/// Removes cadences that the person chose. Only the destroyed key of the sealed text says which person chose it.
async fn forget_cadences(tx: &mut Tx, person: PersonId) -> sqlx::Result<()> {
    let cadences: Vec<(PairId, Envelope)> =
        query!(tx, ["select id, cadence from pairs where id in", PAIRS_OF_PERSON, "and cadence is not null"], person)
            .all()
            .await?;
    for (pair, _) in cadences.into_iter().filter(|(_, cadence)| cadence.is_destroyed()) {
        query!(tx, "update pairs set cadence = null, revision = revision + 1 where id = :pair", pair).run().await?;
    }
    Ok(())
}

/// Adds the departure to the person's history, because departures are counted.
async fn note_departure(tx: &mut Tx, clock: &Clock, erasure: &Erasure) -> sqlx::Result<()> {
    let left = query!(
        tx,
        "insert into person_history (id, person_id, starts_on, status, team_id, ladder_role_id, level, created_at)
         select :id, p.id, :starts_on, 'departed', p.team_id, p.ladder_role_id, r.level, :at
         from people p left join ladder_roles r on r.id = p.ladder_role_id
         where p.id = :person and p.status <> 'departed'",
        id = HistoryEntryId::new(clock),
        person = erasure.person_id(),
        starts_on = erasure.at().date_naive(),
        at = erasure.at()
    )
    .run()
    .await?;
    if left > 0 {
        outbox::add(tx, clock, Event::PersonDeparted(erasure.person_id()), None).await?;
    }
    Ok(())
}

/// Those of these people whose rows are not erased.
pub async fn list_unerased(tx: &mut Tx, people: Ids) -> sqlx::Result<Vec<PersonId>> {
    let found = query!(tx, "select id from people where id = any(:people) and erased_at is null", people);
    Ok(found.all::<(PersonId,)>().await?.into_iter().map(|(id,)| id).collect())
}

/// All people whose rows are erased.
pub async fn list_erased(tx: &mut Tx) -> sqlx::Result<Vec<PersonId>> {
    let found = query!(tx, "select id from people where erased_at is not null");
    Ok(found.all::<(PersonId,)>().await?.into_iter().map(|(id,)| id).collect())
}
