//! Writing the roster within a unit of work: rules that span several people, history, events.

use aws_lc_rs::digest::{SHA256, digest};
use chrono::NaiveDate;
use uuid::Uuid;

use super::model::{AbsenceOutcome, ChangePersonInput, RosterEntry};
use super::store::{self, Leave};
use crate::db::{FormerName, Tx};
use crate::http::{App, Departure, Seen};
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

/// Held by whoever changes a manager: two such changes at once could make a loop.
const REPORTING_LINE: Uuid = Uuid::from_u128(0x7265_706f_7274_7f6e_a769_6e67_6c69_6e65);

/// What an upsert came to.
pub enum Upserted {
    /// A new person.
    Created(PersonId),
    /// A person who was there, changed or not.
    Known(PersonId),
    /// Nobody, and nothing was changed.
    Nobody(AbsenceOutcome),
}

/// Leave to change the roster: the admin's, or of a service that may read what it writes.
pub fn leave(viewer: &Viewer) -> Result<Leave, Problem> {
    may_list::<ReadPerson>(viewer)?;
    permit(viewer, Organisation)
}

/// Adds a person, who works here.
pub async fn create(
    app: &App,
    tx: &mut Tx,
    viewer: &Viewer,
    leave: &Leave,
    entry: RosterEntry,
) -> Result<PersonId, Problem> {
    if entry.status == Some(PersonStatus::Departed) {
        return Err(Problem::invalid("/status", "must not be departed: nobody is added as somebody who left"));
    }
    let (manager_id, pointer) = find_manager(tx, &entry).await?;
    let mut person = Person::new(PersonId::new(&app.clock), entry.name.clone(), entry.email.clone(), app.clock.now());
    let roster = entry.into_change(manager_id);
    roster.check()?;
    person.follow(roster);
    store::check_references(tx, &person).await?;
    if let Some(manager) = manager_id {
        check_can_manage(tx, manager, pointer).await?;
    }
    note_reuse(tx, viewer, &person.names()).await?;
    store::insert(tx, leave, &person).await?;
    history::store::note(tx, leave, &app.clock, person.id).await?;
    outbox::add(tx, &app.clock, Event::PersonCreated(person.id), None).await?;
    Ok(person.id)
}

/// Brings a person in line with what HR says; what says nothing new changes nothing.
pub async fn change(
    app: &App,
    tx: &mut Tx,
    viewer: &Viewer,
    leave: &Leave,
    before: Person,
    roster: ChangePersonInput,
    manager_pointer: &'static str,
) -> Result<(), Problem> {
    roster.check()?;
    if before.erased_at.is_some() {
        return Err(Problem::wrong_state("The person was erased. Who comes back is a new person."));
    }
    let is_hired_otherwise = match roster.hired_on.set() {
        Some(day) => store::was_hired_otherwise(tx, before.id, day.map(NaiveDate::from)).await?,
        None => false,
    };
    let mut person = before.clone();
    person.follow(roster);
    let is_public = !person.has_same_roster(&before);
    if !is_public && !is_hired_otherwise {
        return Ok(());
    }
    store::check_references(tx, &person).await?;
    if let Some(manager) = person.manager_id.filter(|_| person.manager_id != before.manager_id) {
        tx.hold(REPORTING_LINE).await?;
        check_can_manage(tx, manager, manager_pointer).await?;
        if manager == person.id || is_above(tx, person.id, manager).await? {
            let problem = Problem::new(Code::ReportingLoop, "The person would be above themselves.");
            return Err(problem.at(manager_pointer, "reports to this person"));
        }
    }
    if is_public {
        person.updated_at = app.clock.now();
    }
    rename(tx, viewer, &before, &person).await?;
    store::save(tx, leave, &person).await?;
    if !person.has_same_station(&before) {
        history::store::note(tx, leave, &app.clock, person.id).await?;
    }
    let has_left = person.status == PersonStatus::Departed && before.status != PersonStatus::Departed;
    if has_left {
        outbox::add(tx, &app.clock, Event::PersonDeparted(person.id), None).await?;
    } else if is_public {
        outbox::add(tx, &app.clock, Event::PersonChanged(person.id), None).await?;
    }
    Ok(())
}

/// Closes the access of a person who left. Nothing else changes, so nothing can refuse it; who had left before stays as they
/// are.
pub async fn depart(app: &App, tx: &mut Tx, leave: &Leave, id: PersonId) -> Result<(), Problem> {
    if store::depart(tx, leave, id, app.clock.now()).await? {
        history::store::note(tx, leave, &app.clock, id).await?;
        outbox::add(tx, &app.clock, Event::PersonDeparted(id), None).await?;
    }
    Ok(())
}

/// Notes that the person whom HR calls this left. They are found as by [`upsert`], as far as the entry can be read; nobody
/// is added.
pub async fn report_departure(
    app: &App,
    tx: &mut Tx,
    viewer: &Viewer,
    seen: &Seen,
    external_id: &Line<100>,
    departure: &Departure,
) -> Result<Upserted, Problem> {
    let leave = leave(viewer)?;
    let email: Option<Email> = departure.member("email");
    tx.hold(lock_of(external_id)).await?;
    let known = find_known(tx, viewer, external_id, email.as_ref()).await?;
    let is_theirs = |person: &Person| person.external_id.as_ref().is_none_or(|known| known == external_id);
    if let Some(before) = known.filter(is_theirs) {
        seen.check(viewer, &before)?;
        let id = before.id;
        depart(app, tx, &leave, id).await?;
        return Ok(Upserted::Known(id));
    }
    seen.check_absent()?;
    let email = email.as_ref().map(|email| FormerName::Email(email.as_str()));
    let names: Vec<_> = email.into_iter().chain([FormerName::ExternalId(external_id.as_str())]).collect();
    let is_erased = tx.was_erased(&names).await?;
    Ok(Upserted::Nobody(if is_erased { AbsenceOutcome::Erased } else { AbsenceOutcome::Unknown }))
}

/// Creates the person whom HR calls this, or brings them in line: found by external id first and
/// by e-mail second.
pub async fn upsert(
    app: &App,
    tx: &mut Tx,
    viewer: &Viewer,
    seen: &Seen,
    external_id: Line<100>,
    mut entry: RosterEntry,
) -> Result<Upserted, Problem> {
    let leave = leave(viewer)?;
    if entry.external_id.as_ref().is_some_and(|named| *named != external_id) {
        return Err(Problem::invalid("/external_id", "must be the one in the address, or left out"));
    }
    tx.hold(lock_of(&external_id)).await?;
    let known = find_known(tx, viewer, &external_id, Some(&entry.email)).await?;
    entry.external_id = Some(external_id);
    let Some(before) = known else {
        seen.check_absent()?;
        return Ok(Upserted::Created(create(app, tx, viewer, &leave, entry).await?));
    };
    if before.external_id.is_some() && before.external_id != entry.external_id {
        let problem = Problem::new(Code::AlreadyExists, "A person of another external id has this e-mail.");
        return Err(problem.at("/email", "another person has it"));
    }
    seen.check(viewer, &before)?;
    let id = before.id;
    let (manager_id, pointer) = find_manager(tx, &entry).await?;
    change(app, tx, viewer, &leave, before, entry.into_change(manager_id), pointer).await?;
    Ok(Upserted::Known(id))
}

/// The person of this external id, else the one of this address; held, since who makes a pair of them holds them, too.
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
    tx.hold(id.into()).await?;
    Ok(person::store::find(tx, viewer, id).await?)
}

/// Keeps a hash of the names that a person gives up, and notes if the new ones were those of somebody who was erased.
async fn rename(tx: &mut Tx, viewer: &Viewer, before: &Person, person: &Person) -> Result<(), Problem> {
    let (old, new) = (before.names(), person.names());
    let gone: Vec<_> = old.iter().filter(|name| !new.contains(name)).copied().collect();
    let come: Vec<_> = new.iter().filter(|name| !old.contains(name)).copied().collect();
    tx.note_former_names(person.id, &gone).await?;
    note_reuse(tx, viewer, &come).await
}

/// Notes in the audit log if one of these names was that of somebody who was erased.
async fn note_reuse(tx: &mut Tx, viewer: &Viewer, names: &[FormerName<'_>]) -> Result<(), Problem> {
    if tx.was_erased(names).await? {
        permit::<ReuseErasedName, _>(viewer, Organisation)?;
    }
    Ok(())
}

/// The manager that the entry names one way or the other, and where it names them.
async fn find_manager(tx: &mut Tx, entry: &RosterEntry) -> Result<(Option<PersonId>, &'static str), Problem> {
    const BY_EXTERNAL_ID: &str = "/manager_external_id";
    match (entry.manager_id, &entry.manager_external_id) {
        (Some(_), Some(_)) => Err(Problem::invalid(BY_EXTERNAL_ID, "name the manager one way, not both")),
        (id, None) => Ok((id, "/manager_id")),
        (None, Some(name)) => match store::find_by_external_id(tx, name).await? {
            Some(id) => Ok((Some(id), BY_EXTERNAL_ID)),
            None => Err(Problem::invalid(BY_EXTERNAL_ID, "names no person")),
        },
    }
}

/// Nobody comes to report to somebody who left; those who did before stay until HR moves them.
async fn check_can_manage(tx: &mut Tx, manager: PersonId, pointer: &'static str) -> Result<(), Problem> {
    match store::find_status(tx, manager).await? {
        None => Err(Problem::invalid(pointer, "names no person")),
        Some(PersonStatus::Departed) => {
            Err(Problem::new(Code::PersonNotActive, "The manager left.").at(pointer, "left"))
        }
        Some(PersonStatus::Active | PersonStatus::OnLeave) => Ok(()),
    }
}

/// What to hold so that two upserts of one external id follow each other.
fn lock_of(external_id: &Line<100>) -> Uuid {
    let hash = digest(&SHA256, external_id.as_str().as_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash.as_ref()[..16]);
    Uuid::from_bytes(bytes)
}
