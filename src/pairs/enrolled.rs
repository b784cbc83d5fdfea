//! Checks that both people of a pair are enrolled in its program.

use super::model::Pair;
use super::store;
use crate::db::Tx;
use crate::ids::{PersonId, ProgramId};
use crate::policy::Viewer;
use crate::problem::{Code, Problem};
use crate::programs::enrolment::model::EnrolmentRole;
use crate::programs::enrolment::store::is_enrolled;

/// Refuses a pair if one of its people is not enrolled in the program or the mentor has no free place in it, unless a
/// lead overrode the rule. Only leads may know the enrolments of others: each person is checked when they propose or
/// accept, and both people when the pair starts.
pub(super) async fn check_enrolled(tx: &mut Tx, viewer: &Viewer, pair: &Pair) -> Result<(), Problem> {
    let Some(program) = pair.standing.program_id else { return Ok(()) };
    if store::is_overridden(tx, pair.id).await? {
        return Ok(());
    }
    let is_checked = |person: PersonId| pair.is_running() || viewer.leads(Some(program)) || viewer.is(person);
    if is_checked(pair.standing.mentor_id) {
        check_is_enrolled(tx, program, pair.standing.mentor_id, EnrolmentRole::Mentor).await?;
        if !store::has_free_place_in(tx, program, pair).await? {
            let full = "The mentor has no free place in this program. Choose another mentor, or a lead gives an \
                        `override_reason`.";
            return Err(Problem::new(Code::MentorAtCapacity, full));
        }
    }
    if is_checked(pair.standing.mentee_id) {
        check_is_enrolled(tx, program, pair.standing.mentee_id, EnrolmentRole::Mentee).await?;
    }
    Ok(())
}

async fn check_is_enrolled(
    tx: &mut Tx,
    program: ProgramId,
    person: PersonId,
    role: EnrolmentRole,
) -> Result<(), Problem> {
    if is_enrolled(tx, program, person, role).await? {
        return Ok(());
    }
    let detail = match role {
        EnrolmentRole::Mentor => "The mentor is not enrolled in this program as a mentor. The mentor enrols first.",
        EnrolmentRole::Mentee => "The mentee is not enrolled in this program as a mentee. The mentee enrols first.",
    };
    Err(Problem::new(Code::NotEnrolled, detail))
}
