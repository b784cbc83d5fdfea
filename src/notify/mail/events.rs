//! The contents of the mail about one event.

use super::contents::{MailContents, MailContext, cannot_read, template_facts};
use super::{pair, reminders, session};
use crate::db::Tx;
use crate::ids::EnrolmentId;
use crate::notify::delivery::model::DeliveryError;
use crate::outbox::Event;
use crate::policy::show;
use crate::programs::enrolment;
use crate::programs::enrolment::model::EnrolmentStatus;

/// The contents of a mail about an event. `None`: there is nothing to send any more, or a later event has the news.
pub async fn contents_of(
    tx: &mut Tx,
    by: MailContext<'_>,
    event: Event,
) -> Result<Option<MailContents>, DeliveryError> {
    let facts = match event {
        Event::PairProposed(id)
        | Event::PairStarted(id)
        | Event::PairEnded(id)
        | Event::PairReviewDue(id)
        | Event::PairMidpoint(id)
        | Event::PairExpiring(id) => pair::facts_of_pair(tx, by, event, id).await?,
        Event::SessionUpcoming(id) => reminders::facts_of_session(tx, by, id).await?,
        Event::GoalCheckInDue(id) => reminders::facts_of_goal(tx, by, id).await?,
        Event::EnrolmentAccepted(id) => return of_enrolment(tx, by, id, EnrolmentStatus::Enrolled).await,
        Event::EnrolmentDeclined(id) => return of_enrolment(tx, by, id, EnrolmentStatus::Declined).await,
        Event::EnrolmentEnded(id) => return of_enrolment(tx, by, id, EnrolmentStatus::Ended).await,
        _ => return session::contents_of(tx, by, event).await,
    };
    Ok(facts.map(MailContents::without_calendar))
}

/// The contents for an enrolment that still has this status.
async fn of_enrolment(
    tx: &mut Tx,
    by: MailContext<'_>,
    id: EnrolmentId,
    status: EnrolmentStatus,
) -> Result<Option<MailContents>, DeliveryError> {
    let enrolment = enrolment::store::find(tx, id).await?.filter(|enrolment| enrolment.status == status);
    let Some(enrolment) = enrolment else { return Ok(None) };
    let program = enrolment.program_name.clone();
    let shown = show(by.viewer, enrolment).map_err(cannot_read)?;
    Ok(Some(MailContents::without_calendar(template_facts(by.to, &program, shown.view(), &[]))))
}
