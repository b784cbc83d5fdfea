//! Changes of the roster within a transaction: rules that concern several people, history and events.

use aws_lc_rs::digest::{SHA256, digest};
use chrono::NaiveDate;
use uuid::Uuid;

use super::model::{AbsenceOutcome, ChangePersonInput, RosterEntry};
use super::store::{self, RosterPermit};
use crate::db::{FormerName, Tx};
use crate::http::{App, Departure, Preconditions};
use crate::ids::PersonId;
use crate::outbox::{self, Event};
use crate::people::organisation::Organisation;
use crate::people::person;
use crate::people::person::history;
use crate::people::person::model::{Person, PersonStatus};
use crate::people::person::store::is_above;
use crate::policy::acts::{ReadPerson, ReuseErasedName};
use crate::policy::{Viewer, may_list, permit};
use crate::problem::{Code, Problem};
use crate::text::{Email, Line};

/// Lock for changes of a manager: two changes at the same time could create a loop.
const REPORTING_LINE: Uuid = Uuid::from_u128(0x7265_706f_7274_7f6e_a769_6e67_6c69_6e65);

/// The result of creating or replacing a person.
pub enum Upserted {
    /// A person was created.
    Created(PersonId),
    /// The person exists, and was changed if necessary.
    Known(PersonId),
    /// There is no such person, and nothing was changed.
    Absent(AbsenceOutcome),
}

/// Permission to change the roster, for admins and for services that may also read people.
pub fn permit_change(viewer: &Viewer) -> Result<RosterPermit, Problem> {
    may_list::<ReadPerson>(viewer)?;
    permit(viewer, Organisation)
}

/// Creates a person who works here.
pub async fn create(
    app: &App,
    tx: &mut Tx,
    viewer: &Viewer,
    permitted: &RosterPermit,
    entry: RosterEntry,
) -> Result<PersonId, Problem> {
    if entry.status == Some(PersonStatus::Departed) {
        return Err(Problem::invalid("/status", "must not be departed for a new person"));
    }
    let (manager_id, pointer) = find_manager(tx, &entry).await?;
    let mut person = Person::new(PersonId::new(&app.clock), entry.name.clone(), entry.email.clone(), app.clock.now());
    let roster = entry.into_change(manager_id);
    roster.check()?;
    person.apply_roster(roster);
    store::check_references(tx, &person).await?;
    if let Some(manager) = manager_id {
        check_can_manage(tx, manager, pointer).await?;
    }
    note_reuse(tx, viewer, &person.names()).await?;
    store::insert(tx, permitted, &person).await?;
    history::store::note(tx, permitted, &app.clock, person.id).await?;
    outbox::add(tx, &app.clock, Event::PersonCreated(person.id), None).await?;
    Ok(person.id)
}

/// Applies the facts from HR. Facts that are already known change nothing.
pub async fn change(
    app: &App,
    tx: &mut Tx,
    viewer: &Viewer,
    permitted: &RosterPermit,
    before: Person,
    roster: ChangePersonInput,
    manager_pointer: &'static str,
) -> Result<(), Problem> {
    roster.check()?;
    if before.erased_at.is_some() {
        return Err(Problem::wrong_state(
            "The person was erased and cannot be changed. If they return, create a new person.",
        ));
    }
    let is_first_day_changed = match roster.hired_on.set() {
        Some(day) => store::has_other_first_day(tx, before.id, day.map(NaiveDate::from)).await?,
        None => false,
    };
    let mut person = before.clone();
    person.apply_roster(roster);
    let is_public = !person.has_same_roster(&before);
    if !is_public && !is_first_day_changed {
        return Ok(());
    }
    store::check_references(tx, &person).await?;
    if let Some(manager) = person.manager_id.filter(|_| person.manager_id != before.manager_id) {
        tx.lock(REPORTING_LINE).await?;
        check_can_manage(tx, manager, manager_pointer).await?;
        if manager == person.id || is_above(tx, person.id, manager).await? {
            let problem = Problem::new(
                Code::ReportingLoop,
                "The new manager reports to this person, which would be a loop. Choose another manager.",
            );
            return Err(problem.at(manager_pointer, "must not report to this person"));
        }
    }
    if is_public {
        person.updated_at = app.clock.now();
    }
    rename(tx, viewer, &before, &person).await?;
    store::save(tx, permitted, &person).await?;
    if !person.has_same_position(&before) {
        history::store::note(tx, permitted, &app.clock, person.id).await?;
    }
    let has_left = person.status == PersonStatus::Departed && before.status != PersonStatus::Departed;
    if has_left {
        outbox::add(tx, &app.clock, Event::PersonDeparted(person.id), None).await?;
    } else if is_public {
        outbox::add(tx, &app.clock, Event::PersonChanged(person.id), None).await?;
    }
    Ok(())
}

/// Marks a person as departed, which ends their access. No other field changes, so no rule can refuse it. A person who
/// has already left does not change.
pub async fn depart(app: &App, tx: &mut Tx, permitted: &RosterPermit, id: PersonId) -> Result<(), Problem> {
    if store::depart(tx, permitted, id, app.clock.now()).await? {
        history::store::note(tx, permitted, &app.clock, id).await?;
        outbox::add(tx, &app.clock, Event::PersonDeparted(id), None).await?;
    }
    Ok(())
}

/// Marks the person with this external id as departed. The person is found as in [`upsert`], as far as the entry can be
/// read. No person is created.
pub async fn report_departure(
    app: &App,
    tx: &mut Tx,
    viewer: &Viewer,
    seen: &Preconditions,
    external_id: &Line<100>,
    departure: &Departure,
) -> Result<Upserted, Problem> {
    let permitted = permit_change(viewer)?;
    let email: Option<Email> = departure.member("email");
    tx.lock(lock_of(external_id)).await?;
    let known = find_known(tx, viewer, external_id, email.as_ref()).await?;
    let has_no_other_id = |person: &Person| person.external_id.as_ref().is_none_or(|known| known == external_id);
    if let Some(before) = known.filter(has_no_other_id) {
        seen.check(viewer, &before)?;
        let id = before.id;
        depart(app, tx, &permitted, id).await?;
        return Ok(Upserted::Known(id));
    }
    seen.check_absent()?;
    let email = email.as_ref().map(|email| FormerName::Email(email.as_str()));
    let names: Vec<_> = email.into_iter().chain([FormerName::ExternalId(external_id.as_str())]).collect();
    let is_erased = tx.was_erased(&names).await?;
    Ok(Upserted::Absent(if is_erased { AbsenceOutcome::Erased } else { AbsenceOutcome::Unknown }))
}

/// Creates or changes the person with this external id. The person is found by external id first, then by address.
pub async fn upsert(
    app: &App,
    tx: &mut Tx,
    viewer: &Viewer,
    seen: &Preconditions,
    external_id: Line<100>,
    mut entry: RosterEntry,
) -> Result<Upserted, Problem> {
    let permitted = permit_change(viewer)?;
    if entry.external_id.as_ref().is_some_and(|named| *named != external_id) {
        return Err(Problem::invalid("/external_id", "must be equal to the external id in the path, or absent"));
    }
    tx.lock(lock_of(&external_id)).await?;
    let known = find_known(tx, viewer, &external_id, Some(&entry.email)).await?;
    entry.external_id = Some(external_id);
    let Some(before) = known else {
        seen.check_absent()?;
        return Ok(Upserted::Created(create(app, tx, viewer, &permitted, entry).await?));
    };
    if before.external_id.is_some() && before.external_id != entry.external_id {
        let problem = Problem::new(
            Code::AlreadyExists,
            "A person with another external id has this e-mail address. Correct one of the two people first.",
        );
        return Err(problem.at("/email", "must not belong to another person"));
    }
    seen.check(viewer, &before)?;
    let id = before.id;
    let (manager_id, pointer) = find_manager(tx, &entry).await?;
    change(app, tx, viewer, &permitted, before, entry.into_change(manager_id), pointer).await?;
    Ok(Upserted::Known(id))
}

/// Finds and locks the person with this external id, or else with this address. Creating a pair locks the same people.
async fn find_known(
    tx: &mut Tx,
    viewer: &Viewer,
    external_id: &Line<100>,
    email: Option<&Email>,
) -> Result<Option<Person>, Problem> {
    let known = match (store::find_by_external_id(tx, external_id).await?, email) {
        (Some(id), _) => Some(id),
        (None, Some(email)) => store::find_by_email(tx, email).await?,
        (None, None) => None,
    };
    let Some(id) = known else { return Ok(None) };
    tx.lock(id.into()).await?;
    Ok(person::store::find(tx, viewer, id).await?)
}

/// Keeps a hash of the external id and address that a person gives up. Notes if the new ones belonged to an erased
/// person.
async fn rename(tx: &mut Tx, viewer: &Viewer, before: &Person, person: &Person) -> Result<(), Problem> {
    let (old, new) = (before.names(), person.names());
    let gone: Vec<_> = old.iter().filter(|name| !new.contains(name)).copied().collect();
    let come: Vec<_> = new.iter().filter(|name| !old.contains(name)).copied().collect();
    tx.note_former_names(person.id, &gone).await?;
    note_reuse(tx, viewer, &come).await
}

/// Adds an event to the audit log if one of these names belonged to an erased person.
async fn note_reuse(tx: &mut Tx, viewer: &Viewer, names: &[FormerName<'_>]) -> Result<(), Problem> {
    if tx.was_erased(names).await? {
        permit::<ReuseErasedName, _>(viewer, Organisation)?;
    }
    Ok(())
}

/// Finds the manager that the entry refers to, and the field that refers to them.
async fn find_manager(tx: &mut Tx, entry: &RosterEntry) -> Result<(Option<PersonId>, &'static str), Problem> {
    const BY_EXTERNAL_ID: &str = "/manager_external_id";
    match (entry.manager_id, &entry.manager_external_id) {
        (Some(_), Some(_)) => Err(Problem::invalid(BY_EXTERNAL_ID, "must be absent if manager_id is present")),
        (id, None) => Ok((id, "/manager_id")),
        (None, Some(name)) => match store::find_by_external_id(tx, name).await? {
            Some(id) => Ok((Some(id), BY_EXTERNAL_ID)),
            None => Err(Problem::invalid(BY_EXTERNAL_ID, "must refer to a person")),
        },
    }
}

/// Refuses a new manager who has left. Existing reports of a departed manager stay until HR moves them.
async fn check_can_manage(tx: &mut Tx, manager: PersonId, pointer: &'static str) -> Result<(), Problem> {
    match store::find_status(tx, manager).await? {
        None => Err(Problem::invalid(pointer, "must refer to a person")),
        Some(PersonStatus::Departed) => {
            Err(Problem::new(Code::PersonNotActive, "The manager has left. Choose a manager who works here.")
                .at(pointer, "must refer to a person who has not left"))
        }
        Some(PersonStatus::Active | PersonStatus::OnLeave) => Ok(()),
    }
}

/// Lock for an external id, so that two requests about the same one wait for each other.
fn lock_of(external_id: &Line<100>) -> Uuid {
    let hash = digest(&SHA256, external_id.as_str().as_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash.as_ref()[..16]);
    Uuid::from_bytes(bytes)
}
