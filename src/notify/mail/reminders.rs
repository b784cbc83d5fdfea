//! What mails remind of, as things are now: what was seen to meanwhile is not told.

use chrono::TimeDelta;
use minijinja::value::Value;
use uuid::Uuid;

use super::letter::{self, Told, told, unshown};
use super::session::Writer;
use super::store;
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

/// What mails tell, reminders and all else.
pub async fn told_of(tx: &mut Tx, by: Writer<'_>, event: Event) -> Result<Option<Told>, Trouble> {
    let facts = match event {
        Event::SessionUpcoming(id) => of_session(tx, by, id).await?,
        Event::GoalCheckInDue(id) => of_goal(tx, by, id).await?,
        Event::PairReviewDue(id) | Event::PairMidpoint(id) | Event::PairExpiring(id) => {
            letter::facts_of_pair(tx, by, event, id).await?
        }
        event => return letter::told_of(tx, by, event).await,
    };
    Ok(facts.map(Told::without_calendar))
}

/// A session that is still ahead. Whether it has an agenda, no mail tells: that is between the two.
async fn of_session(tx: &mut Tx, by: Writer<'_>, id: SessionId) -> Result<Option<Value>, Trouble> {
    let session = sessions::find_bare(tx, id).await?;
    let ahead = session.filter(|session| session.status == SessionStatus::Scheduled && session.starts_at > by.now);
    let Some(session) = ahead else { return Ok(None) };
    let is_mentee = by.viewer.is(session.standing.mentee_id);
    let views = by.look_at(vec![session])?;
    Ok(views.first().map(|news| by.facts(news, &[("is_mentee", Value::from(is_mentee))])))
}

/// A goal, as a mail reminds of it.
#[derive(Clone, Debug)]
struct GoalNews(Goal);

view! {
    /// What a mail tells of a goal.
    GoalNewsView {
        /// Names the goal.
        public id: GoalId,
        /// Whose goal it is.
        public owner_id: PersonId,
        /// Their name.
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
            owner_id: self.0.owner_id,
            owner: self.0.owner_name,
            title: self.0.title,
            withheld: clearance.withheld::<GoalNewsView>(),
        }
    }
}

async fn of_goal(tx: &mut Tx, by: Writer<'_>, id: GoalId) -> Result<Option<Value>, Trouble> {
    let goal = goals::find(tx, id).await?;
    let goal = goal.filter(|goal| goal.status == GoalStatus::Active && goal.pair_status == PairStatus::Active);
    let Some(goal) = goal else { return Ok(None) };
    if store::has_check_in_since(tx, id, by.now - FRESH).await? {
        return Ok(None);
    }
    let shown = show(by.viewer, GoalNews(goal)).map_err(unshown)?;
    let (news, is_own) = (shown.view(), by.viewer.is(shown.view().owner_id));
    Ok(Some(told(by.to, &news.owner, news, &[("is_own", Value::from(is_own))])))
}
