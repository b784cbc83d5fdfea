//! In a program that people enrol in, only those are paired who take part.

use super::model::Pair;
use super::store;
use crate::db::Tx;
use crate::ids::{PersonId, ProgramId};
use crate::policy::Viewer;
use crate::problem::{Code, Problem};
use crate::programs::enrolment::model::EnrolmentRole;
use crate::programs::enrolment::store::is_enrolled;

/// Refuses a pair in a program in which one of the two takes no part, or the mentor as many as they like, unless a lead
/// set that aside. Who takes part, leads may know: of the two each is asked for themselves, and the other one when they
/// say yes; both once it begins.
pub(super) async fn check_enrolled(tx: &mut Tx, viewer: &Viewer, pair: &Pair) -> Result<(), Problem> {
    let Some(program) = pair.standing.program_id else { return Ok(()) };
    if store::is_overridden(tx, pair.id).await? {
        return Ok(());
    }
    let is_asked = |person: PersonId| pair.is_running() || viewer.leads(Some(program)) || viewer.is(person);
    if is_asked(pair.standing.mentor_id) {
        check_takes_part(tx, program, pair.standing.mentor_id, EnrolmentRole::Mentor).await?;
        if !store::has_place_in(tx, program, pair).await? {
            let full = "The mentor has as many pairs in this program as they offered to take in it.";
            return Err(Problem::new(Code::MentorAtCapacity, full));
        }
    }
    if is_asked(pair.standing.mentee_id) {
        check_takes_part(tx, program, pair.standing.mentee_id, EnrolmentRole::Mentee).await?;
    }
    Ok(())
}

async fn check_takes_part(
    tx: &mut Tx,
    program: ProgramId,
    person: PersonId,
    role: EnrolmentRole,
) -> Result<(), Problem> {
    if is_enrolled(tx, program, person, role).await? {
        return Ok(());
    }
    let detail = match role {
        EnrolmentRole::Mentor => "The mentor is not enrolled in this program as a mentor.",
        EnrolmentRole::Mentee => "The mentee is not enrolled in this program as a mentee.",
    };
    Err(Problem::new(Code::NotEnrolled, detail))
}
