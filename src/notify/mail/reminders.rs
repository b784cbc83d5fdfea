//! The facts for reminder mails, from the current records. A reminder that no longer applies makes no mail.

use chrono::TimeDelta;
use minijinja::value::Value;

use super::contents::{MailContext, cannot_read, template_facts};
use super::store;
use crate::db::Tx;
use crate::goals::goal::model::{Goal, GoalStatus};
use crate::goals::goal::store as goals;
use crate::ids::{GoalId, PersonId, SessionId};
use crate::notify::delivery::model::DeliveryError;
use crate::pairs::model::PairStatus;
use crate::policy::acts::ReadGoal;
use crate::policy::{Related, Relations, Viewer, readable_as, show, view};
use crate::sessions::session::model::SessionStatus;
use crate::sessions::session::store as sessions;
use crate::text::Name;

/// A goal with a check-in within this time needs no reminder.
const FRESH: TimeDelta = TimeDelta::days(29);

/// A session in the future. The mail never says whether it has an agenda, because only the mentor and the mentee may
/// know.
pub(super) async fn facts_of_session(
    tx: &mut Tx,
    by: MailContext<'_>,
    id: SessionId,
) -> Result<Option<Value>, DeliveryError> {
    let session = sessions::find_bare(tx, id).await?;
    let ahead = session.filter(|session| session.status == SessionStatus::Scheduled && session.starts_at > by.now);
    let Some(session) = ahead else { return Ok(None) };
    let is_mentee = by.viewer.is(session.standing.mentee_id);
    let views = by.view_all(vec![session])?;
    Ok(views.first().map(|news| by.facts(news, &[("is_mentee", Value::from(is_mentee))])))
}

/// The part of a goal that a reminder mail shows.
#[derive(Clone, Debug)]
struct GoalInMail(Goal);

view! {
    /// The part of a goal that a reminder mail shows.
    GoalInMailView of mail: GoalInMail, clearance {
        /// Id of the goal.
        public id: GoalId = mail.0.id,
        /// Id of the owner.
        public owner_id: PersonId = mail.0.owner_id,
        /// Name of the owner.
        public owner: Name = mail.0.owner_name,
        /// Title of the goal.
        public title: Name = mail.0.title,
    }
}

impl Related for GoalInMail {
    fn relations(&self, viewer: &Viewer) -> Relations {
        self.0.relations(viewer)
    }
}

readable_as!(GoalInMail: ReadGoal, Goal::KIND, id 0.id);

/// An active goal without a recent check-in.
pub(super) async fn facts_of_goal(
    tx: &mut Tx,
    by: MailContext<'_>,
    id: GoalId,
) -> Result<Option<Value>, DeliveryError> {
    let goal = goals::find(tx, id).await?;
    let goal = goal.filter(|goal| goal.status == GoalStatus::Active && goal.pair_status == PairStatus::Active);
    let Some(goal) = goal else { return Ok(None) };
    if store::has_check_in_since(tx, id, by.now - FRESH).await? {
        return Ok(None);
    }
    let shown = show(by.viewer, GoalInMail(goal)).map_err(cannot_read)?;
    let (news, is_own) = (shown.view(), by.viewer.is(shown.view().owner_id));
    Ok(Some(template_facts(by.to, &news.owner, news, &[("is_own", Value::from(is_own))])))
}
