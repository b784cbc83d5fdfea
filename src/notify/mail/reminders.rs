//! What mails remind of, as things are now: what was seen to meanwhile is not told.

use chrono::{DateTime, TimeDelta, Utc};
use minijinja::context;
use minijinja::value::Value;
use uuid::Uuid;

use super::letter::{self, told, unshown};
use super::store::{self, Recipient};
use crate::db::Tx;
use crate::goals::goal::model::{Goal, GoalStatus};
use crate::goals::goal::store as goals;
use crate::ids::{GoalId, PersonId, SessionId};
use crate::notify::delivery::model::Trouble;
use crate::outbox::Event;
use crate::pairs::model::PairStatus;
use crate::policy::acts::ReadGoal;
use crate::policy::{Clearance, Readable, Related, Relations, Viewed, Viewer, show, view};
use crate::sessions::session::model::SessionStatus;
use crate::sessions::session::store as sessions;
use crate::text::Name;

/// Who reported in so many days is not asked to.
const FRESH: TimeDelta = TimeDelta::days(29);

/// What the template gets, of reminders and of all else.
pub async fn facts(
    tx: &mut Tx,
    viewer: &Viewer,
    event: Event,
    to: &Recipient,
    now: DateTime<Utc>,
) -> Result<Option<Value>, Trouble> {
    match event {
        Event::SessionUpcoming(id) => of_session(tx, viewer, id, to, now).await,
        Event::GoalCheckInDue(id) => of_goal(tx, viewer, id, to, now).await,
        Event::PairReviewDue(id) | Event::PairMidpoint(id) | Event::PairExpiring(id) => {
            letter::facts_of_pair(tx, viewer, event, id, to).await
        }
        event => letter::facts(tx, viewer, event, to).await,
    }
}

/// A session that is still ahead. Whether it has an agenda, no mail tells: that is between the two.
async fn of_session(
    tx: &mut Tx,
    viewer: &Viewer,
    id: SessionId,
    to: &Recipient,
    now: DateTime<Utc>,
) -> Result<Option<Value>, Trouble> {
    let session = sessions::find_bare(tx, id).await?;
    let ahead = session.filter(|session| session.status == SessionStatus::Scheduled && session.starts_at > now);
    let is_mentee = ahead.as_ref().is_some_and(|session| viewer.is(session.standing.mentee_id));
    let facts = letter::facts_of_session(viewer, ahead, to)?;
    Ok(facts.map(|facts| context! { is_mentee, ..facts }))
}

/// A goal, as a mail reminds of it.
#[derive(Clone, Debug)]
struct GoalNews(Goal);

view! {
    /// What a mail tells of a goal.
    GoalNewsView {
        /// Names the goal.
        public id: GoalId,
        /// The mentor.
        public mentor_id: PersonId,
        /// Whose goal it is.
        public owner: Name,
        /// What it is.
        public title: Name,
    }
}

impl Related for GoalNews {
    fn relations(&self, viewer: &Viewer) -> Relations {
        self.0.relations(viewer)
    }
}

impl Readable for GoalNews {
    type Read = ReadGoal;
    const KIND: &'static str = Goal::KIND;

    fn id(&self) -> Uuid {
        self.0.id.uuid()
    }
}

impl Viewed for GoalNews {
    type View = GoalNewsView;

    fn view(self, clearance: &Clearance) -> GoalNewsView {
        GoalNewsView {
            id: self.0.id,
            mentor_id: self.0.standing.mentor_id,
            owner: self.0.owner_name,
            title: self.0.title,
            withheld: clearance.withheld::<GoalNewsView>(),
        }
    }
}

async fn of_goal(
    tx: &mut Tx,
    viewer: &Viewer,
    id: GoalId,
    to: &Recipient,
    now: DateTime<Utc>,
) -> Result<Option<Value>, Trouble> {
    let goal = goals::find(tx, id).await?;
    let goal = goal.filter(|goal| goal.status == GoalStatus::Active && goal.pair_status == PairStatus::Active);
    let Some(goal) = goal else { return Ok(None) };
    if store::has_check_in_since(tx, id, now - FRESH).await? {
        return Ok(None);
    }
    let shown = show(viewer, GoalNews(goal)).map_err(unshown)?;
    Ok(Some(told(to, &shown.view().owner, None, shown.view())))
}
