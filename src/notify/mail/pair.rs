//! The part of a pair that mails show. Only these fields are opened, so that the audit log has no other read.

use chrono::NaiveDate;
use minijinja::value::Value;

use super::contents::{MailContext, cannot_read, template_facts};
use crate::db::Tx;
use crate::ids::{PairId, PersonId};
use crate::notify::delivery::model::DeliveryError;
use crate::outbox::Event;
use crate::pairs;
use crate::pairs::model::{Pair, PairStatus};
use crate::policy::acts::ReadPair;
use crate::policy::{Related, Relations, Viewer, readable_as, show, view};
use crate::text::{Name, Sentence};

/// The part of a pair that mails show.
#[derive(Clone, Debug)]
pub struct PairInMail(pub Pair);

view! {
    /// The part of a pair that mails show.
    PairInMailView of mail: PairInMail, clearance {
        let pair = mail.0;
        /// Id of the pair.
        public id: PairId = pair.id,
        /// Id of the mentor.
        public mentor_id: PersonId = pair.standing.mentor_id,
        /// Name of the mentor.
        public mentor: Name = pair.mentor_name,
        /// Name of the mentee.
        public mentee: Name = pair.mentee_name,
        /// Name of the program. `null`: the pair belongs to no program.
        public program: Option<Name> = pair.program_name,
        /// Status of the pair.
        public status: PairStatus = pair.status,
        /// Whether the mentor accepted.
        public mentor_accepted: bool = pair.mentor_accepted,
        /// Whether the mentee accepted.
        public mentee_accepted: bool = pair.mentee_accepted,
        /// Last day to answer the proposal. `null`: no limit.
        public expires_on: Option<NaiveDate> = pair.expires_on,
        /// Focus of the pair. `null`: not given.
        public goals_focus: Option<Sentence> = pair.goals_focus,
        /// First day.
        public starts_on: NaiveDate = pair.starts_on,
        /// Planned last day. `null`: no end is planned.
        public ends_on: Option<NaiveDate> = pair.ends_on,
    }
}

impl Related for PairInMail {
    fn relations(&self, viewer: &Viewer) -> Relations {
        self.0.relations(viewer)
    }
}

readable_as!(PairInMail: ReadPair, Pair::KIND, id 0.id);

/// The facts about a pair for the template. `None`: the pair has changed again.
pub(super) async fn facts_of_pair(
    tx: &mut Tx,
    by: MailContext<'_>,
    event: Event,
    id: PairId,
) -> Result<Option<Value>, DeliveryError> {
    let Some(pair) = pairs::store::find_bare(tx, id).await? else { return Ok(None) };
    let shown = show(by.viewer, PairInMail(pair)).map_err(cannot_read)?;
    let news = shown.view();
    let is_mentor = by.viewer.is(news.mentor_id);
    let is_so = match event {
        // A person who has accepted needs no mail.
        Event::PairProposed(_) | Event::PairExpiring(_) => {
            let has_accepted = if is_mentor { news.mentor_accepted } else { news.mentee_accepted };
            news.status == PairStatus::Proposed && !has_accepted
        }
        Event::PairReviewDue(_) | Event::PairMidpoint(_) => news.status == PairStatus::Active,
        Event::PairStarted(_) => matches!(news.status, PairStatus::Active | PairStatus::Paused),
        _ => news.status == PairStatus::Ended,
    };
    let other = if is_mentor { &news.mentee } else { &news.mentor };
    Ok(is_so.then(|| template_facts(by.to, other, news, &[])))
}
