//! The session record and its status: `scheduled → completed | cancelled | rescheduled`.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Deserializer, Serialize};
use sqlx::FromRow;
use utoipa::ToSchema;

use crate::ids::{PairId, PersonId, SessionId};
use crate::number::whole;
use crate::pairs::model::{Pair, PairStatus, Standing};
use crate::policy::acts::{ChangeSession, ReadSession, ScheduleSession, WriteInSession};
use crate::policy::{
    Bare, Guarded, ManagerVisible, PairPeople, Private, Related, Relations, Sealed, Takes, Viewer, places,
};
use crate::problem::Problem;
use crate::text::{Link, Name, Sentence, Text, TimeZone};

/// A past session can be scheduled this long after its start.
const ENTERED_WITHIN: TimeDelta = TimeDelta::days(1);
/// A session can start at most this far in the future.
const FURTHEST_AHEAD: TimeDelta = TimeDelta::days(731);
/// A session can be completed this long before its start: people start early.
const EARLIEST_END: TimeDelta = TimeDelta::hours(1);
/// A session has at most this many agenda items, notes or action items of each kind.
pub const MAX_ITEMS: i64 = 100;

values! {
    /// Purpose of a session.
    #[derive(Default)]
    pub enum SessionKind {
        /// A regular session.
        #[default]
        Regular,
        /// The first session: get to know each other and agree on how to work.
        Kickoff,
        /// The session at half-time: review the progress and agree on changes.
        Midpoint,
        /// One person watches the other at work.
        Shadowing,
        /// The last session: review the results and agree on what follows.
        Closing,
        /// An update in writing, without a common time.
        AsyncUpdate,
    }
}

values! {
    /// Status of a session.
    pub enum SessionStatus {
        /// The session will take place.
        Scheduled,
        /// The session took place.
        Completed,
        /// The session will not take place.
        Cancelled,
        /// The session was rescheduled to another time: see `successor_id`.
        Rescheduled,
    }
}

/// Length of a session in minutes, 5 to 480.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, sqlx::Type, ToSchema)]
#[sqlx(transparent)]
#[schema(minimum = 5, maximum = 480, examples(45))]
pub struct LengthMinutes(i64);

impl LengthMinutes {
    /// The length as a duration.
    pub fn span(self) -> TimeDelta {
        TimeDelta::minutes(self.0)
    }
}

impl Default for LengthMinutes {
    fn default() -> Self {
        Self(45)
    }
}

impl<'de> Deserialize<'de> for LengthMinutes {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        whole(from)
    }
}

impl TryFrom<i64> for LengthMinutes {
    type Error = &'static str;

    fn try_from(minutes: i64) -> Result<Self, Self::Error> {
        if (5..=480).contains(&minutes) { Ok(Self(minutes)) } else { Err("must be from 5 to 480 minutes") }
    }
}

places! {
    /// The place of a session.
    SessionPlace = sessions.place of SessionId, ForBoth: Private Sentence;
    /// The online link of a session.
    SessionLink = sessions.link of SessionId, ForBoth: Private Link;
    /// Why a session was cancelled.
    CancellationReason = sessions.cancellation_reason of SessionId, ForBoth: Private Text;
}

/// A session with the names of the mentor and the mentee. Some `manager_visible` fields are plain because the rules
/// read them; `view` guards them.
#[derive(Clone, Debug, FromRow)]
pub struct Session {
    /// Id of the session.
    pub id: SessionId,
    /// Id of the pair.
    pub pair_id: PairId,
    /// The people who have a relation to it.
    #[sqlx(flatten)]
    pub standing: Standing,
    /// Status of the pair.
    pub pair_status: PairStatus,
    /// The mentor's name.
    pub mentor_name: Name,
    /// The mentor's title.
    pub mentor_title: Option<Name>,
    /// The mentee's name.
    pub mentee_name: Name,
    /// The mentee's title.
    pub mentee_title: Option<Name>,
    /// Id of the calendar event: the id of the first session of the chain.
    pub event_id: SessionId,
    /// Version of the calendar event.
    pub sequence: i64,
    /// Id of the session that was rescheduled to this one.
    pub predecessor_id: Guarded<ManagerVisible, Option<SessionId>>,
    /// Id of the session that replaced this one.
    pub successor_id: Guarded<ManagerVisible, Option<SessionId>>,
    /// Id of the series.
    pub series_id: Option<SessionId>,
    /// Start as planned in the series. It stays the same when the session is rescheduled.
    pub occurrence_at: Option<DateTime<Utc>>,
    /// Start of the session.
    pub starts_at: DateTime<Utc>,
    /// Time zone of the person who scheduled it.
    pub time_zone: Guarded<ManagerVisible, TimeZone>,
    /// Length of the session.
    pub length_minutes: LengthMinutes,
    /// Purpose of the session.
    pub kind: Guarded<ManagerVisible, SessionKind>,
    /// Status of the session.
    pub status: SessionStatus,
    /// Outcome of the session.
    pub outcome: Guarded<ManagerVisible, Option<Text>>,
    /// Time when it was completed, cancelled or rescheduled.
    pub closed_at: Guarded<ManagerVisible, Option<DateTime<Utc>>>,
    /// Place of the session.
    pub place: Option<Sealed<SessionPlace>>,
    /// Online link.
    pub link: Option<Sealed<SessionLink>>,
    /// Id of the person who wrote place and link last.
    pub place_author_id: Option<PersonId>,
    /// Reason for the cancellation, written by the person who closed the session.
    pub cancellation_reason: Option<Sealed<CancellationReason>>,
    /// Id of the person who completed, cancelled or rescheduled it.
    pub closed_by_id: Guarded<Private, Bare<Option<PersonId>>>,
    /// Time of creation.
    pub created_at: DateTime<Utc>,
    /// Time of the last change to a field that a manager can see.
    pub updated_at: DateTime<Utc>,
    /// Counts changes.
    pub revision: i64,
    /// Counts how often its sealed texts were written.
    pub words_revision: i64,
}

/// A session to insert.
#[derive(Clone, Debug)]
pub struct NewSession {
    /// Id of the session.
    pub id: SessionId,
    /// Id of the pair.
    pub pair_id: PairId,
    /// Id of the calendar event.
    pub event_id: SessionId,
    /// Version of the calendar event.
    pub sequence: i64,
    /// Id of the session that is rescheduled to this one.
    pub predecessor_id: Option<SessionId>,
    /// Id of the series.
    pub series_id: Option<SessionId>,
    /// Start as planned in the series.
    pub occurrence_at: Option<DateTime<Utc>>,
    /// Start of the session.
    pub starts_at: DateTime<Utc>,
    /// Time zone. `None`: that of the predecessor.
    pub time_zone: Option<TimeZone>,
    /// Length of the session.
    pub length_minutes: LengthMinutes,
    /// Purpose of the session.
    pub kind: Guarded<ManagerVisible, SessionKind>,
    /// Place of the session.
    pub place: Option<Sealed<SessionPlace>>,
    /// Online link.
    pub link: Option<Sealed<SessionLink>>,
    /// Id of the person who wrote place and link last.
    pub place_author_id: Option<PersonId>,
    /// Time of creation.
    pub created_at: DateTime<Utc>,
}

/// Requested time of a session.
#[derive(Clone, Debug)]
pub struct When {
    /// Start of the session.
    pub starts_at: DateTime<Utc>,
    /// Time zone of the person who schedules it.
    pub time_zone: Option<TimeZone>,
    /// Length of the session.
    pub length_minutes: Option<LengthMinutes>,
}

impl When {
    /// The start, cut to the second. Refuses a start that is too early or too late.
    fn checked_start(&self, now: DateTime<Utc>) -> Result<DateTime<Utc>, Problem> {
        if self.starts_at < now - ENTERED_WITHIN {
            return Err(Problem::invalid("/starts_at", "must not be more than a day in the past"));
        }
        if self.starts_at > now + FURTHEST_AHEAD {
            return Err(Problem::invalid("/starts_at", "must be at most two years in the future"));
        }
        Ok(DateTime::from_timestamp(self.starts_at.timestamp(), 0).unwrap_or(self.starts_at))
    }
}

impl NewSession {
    /// The first session of a calendar event.
    pub fn first(
        id: SessionId,
        pair: &Pair,
        when: When,
        kind: SessionKind,
        now: DateTime<Utc>,
    ) -> Result<Self, Problem> {
        check_pair_is_active(pair.status)?;
        Ok(Self {
            id,
            pair_id: pair.id,
            event_id: id,
            sequence: 0,
            predecessor_id: None,
            series_id: None,
            occurrence_at: None,
            starts_at: when.checked_start(now)?,
            time_zone: when.time_zone,
            length_minutes: when.length_minutes.unwrap_or_default(),
            kind: Guarded::new(kind),
            place: None,
            link: None,
            place_author_id: None,
            created_at: now,
        })
    }

    /// End of the session.
    pub fn ends_at(&self) -> DateTime<Utc> {
        self.starts_at + self.length_minutes.span()
    }
}

impl Session {
    /// Its pair, the mentor and the mentee.
    pub const fn two(&self) -> PairPeople {
        self.standing.two(self.pair_id)
    }

    /// End of the session.
    pub fn ends_at(&self) -> DateTime<Utc> {
        self.starts_at + self.length_minutes.span()
    }

    /// Changes the length, and so the end of the calendar event.
    pub const fn set_length(&mut self, length: LengthMinutes) {
        self.length_minutes = length;
        self.sequence += 1;
    }

    /// Completes the session.
    pub fn complete(&mut self, by: PersonId, outcome: Option<Text>, now: DateTime<Utc>) -> Result<(), Problem> {
        self.check_is_scheduled()?;
        if now < self.starts_at - EARLIEST_END {
            return Err(Problem::wrong_state(
                "The session has not started. Complete it at the earliest one hour before `starts_at`.",
            ));
        }
        self.outcome = Guarded::new(outcome);
        self.close(SessionStatus::Completed, by, now);
        Ok(())
    }

    /// Cancels the session.
    pub fn cancel(&mut self, by: PersonId, reason: Option<Text>, now: DateTime<Utc>) -> Result<(), Problem> {
        self.check_is_scheduled()?;
        self.cancellation_reason = reason.map(|reason| Sealed::new(by, reason));
        self.sequence += 1;
        self.close(SessionStatus::Cancelled, by, now);
        Ok(())
    }

    /// The session that replaces this one: the same calendar event at another time.
    pub fn successor(&self, id: SessionId, to: When, now: DateTime<Utc>) -> Result<NewSession, Problem> {
        self.check_is_scheduled()?;
        check_pair_is_active(self.pair_status)?;
        Ok(NewSession {
            id,
            pair_id: self.pair_id,
            event_id: self.event_id,
            sequence: self.sequence + 1,
            predecessor_id: Some(self.id),
            series_id: self.series_id,
            occurrence_at: self.occurrence_at,
            starts_at: to.checked_start(now)?,
            time_zone: to.time_zone,
            length_minutes: to.length_minutes.unwrap_or(self.length_minutes),
            kind: self.kind.clone(),
            place: self.place.clone(),
            link: self.link.clone(),
            place_author_id: self.place_author_id,
            created_at: now,
        })
    }

    /// Marks the session as rescheduled.
    pub fn move_to(&mut self, successor: SessionId, by: PersonId, now: DateTime<Utc>) -> Result<(), Problem> {
        self.check_is_scheduled()?;
        self.successor_id = Guarded::new(Some(successor));
        self.close(SessionStatus::Rescheduled, by, now);
        Ok(())
    }

    /// Refuses unless the session is scheduled.
    pub fn check_is_scheduled(&self) -> Result<(), Problem> {
        match self.status {
            SessionStatus::Scheduled => Ok(()),
            SessionStatus::Completed => Err(Problem::wrong_state("The session is `completed` already.")),
            SessionStatus::Cancelled => Err(Problem::wrong_state("The session is `cancelled`. Schedule a new one.")),
            SessionStatus::Rescheduled => {
                Err(Problem::wrong_state("The session was rescheduled. Use the session in `successor_id`."))
            }
        }
    }

    /// Refuses unless the session is scheduled or completed.
    pub fn check_takes_place(&self) -> Result<(), Problem> {
        match self.status {
            SessionStatus::Completed => Ok(()),
            _ => self.check_is_scheduled(),
        }
    }

    /// Refuses unless the session has started or is completed.
    pub fn check_has_begun(&self, now: DateTime<Utc>) -> Result<(), Problem> {
        self.check_takes_place()?;
        if self.status == SessionStatus::Scheduled && now < self.starts_at {
            return Err(Problem::wrong_state("The session has not started. Write the reflection after `starts_at`."));
        }
        Ok(())
    }

    const fn close(&mut self, status: SessionStatus, by: PersonId, now: DateTime<Utc>) {
        self.status = status;
        self.closed_at = Guarded::new(Some(now));
        self.closed_by_id = Guarded::new(Bare(Some(by)));
        self.updated_at = now;
    }
}

fn check_pair_is_active(status: PairStatus) -> Result<(), Problem> {
    match status {
        PairStatus::Active => Ok(()),
        PairStatus::Paused => Err(Problem::wrong_state("The pair is paused. Resume it first.")),
        PairStatus::Proposed => Err(Problem::wrong_state("The pair is proposed. Both people must accept it first.")),
        PairStatus::Ended | PairStatus::Declined => Err(Problem::wrong_state("The pair is over. Create a new pair.")),
    }
}

impl Related for Session {
    fn relations(&self, viewer: &Viewer) -> Relations {
        self.standing.relations(viewer)
    }
}

impl Takes<ScheduleSession> for Pair {}
impl Takes<ReadSession> for Session {}
impl Takes<ChangeSession> for Session {}
impl Takes<WriteInSession> for Session {}
