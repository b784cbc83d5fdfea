//! What a session is and how it lives: `scheduled → completed | cancelled | rescheduled`.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Deserializer, Serialize};
use sqlx::FromRow;
use utoipa::ToSchema;

use crate::ids::{PairId, PersonId, SessionId};
use crate::number::whole;
use crate::pairs::model::{Pair, PairStatus, Standing};
use crate::policy::acts::{ChangeSession, ReadSession, ScheduleSession, WriteInSession};
use crate::policy::{Bare, Guarded, ManagerVisible, Private, Related, Relations, Sealed, Takes, Two, Viewer, places};
use crate::problem::Problem;
use crate::text::{Link, Name, Sentence, Text, TimeZone};

/// A session that took place may be entered this long afterwards.
const ENTERED_WITHIN: TimeDelta = TimeDelta::days(1);
/// Nobody schedules further ahead.
const FURTHEST_AHEAD: TimeDelta = TimeDelta::days(731);
/// A session may be completed this long before it begins: people start early.
const EARLIEST_END: TimeDelta = TimeDelta::hours(1);

/// What a session is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, ToSchema)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum SessionKind {
    /// As always.
    #[default]
    Regular,
    /// The first one: get to know each other, agree on how to work.
    Kickoff,
    /// Half-way: is it still worth it, what should change.
    Midpoint,
    /// One watches the other at work.
    Shadowing,
    /// The last one: what was reached, how to go on.
    Closing,
    /// In writing, each in their own time.
    AsyncUpdate,
}

/// Where a session is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, ToSchema)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum SessionStatus {
    /// Will take place.
    Scheduled,
    /// Took place.
    Completed,
    /// Will not take place.
    Cancelled,
    /// Moved: its successor has the new time.
    Rescheduled,
}

/// Something to think about; never a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SessionWarning {
    /// You yourself have another session at that time. What others have at that time is not told.
    Overlaps,
}

/// How long a session lasts, in minutes: 5 to 480.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, sqlx::Type, ToSchema)]
#[sqlx(transparent)]
#[schema(minimum = 5, maximum = 480, examples(45))]
pub struct LengthMinutes(i64);

impl LengthMinutes {
    /// As a stretch of time.
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
    /// Where the two meet.
    SessionPlace = sessions.place of SessionId, ForBoth: Private Sentence;
    /// Where the two meet, online.
    SessionLink = sessions.link of SessionId, ForBoth: Private Link;
    /// Why a session was cancelled.
    CancellationReason = sessions.cancellation_reason of SessionId, ForBoth: Private Text;
}

/// A session with the names that go with it. The rules read when it is and where it stands, so
/// these are closed on their way out; nobody below `manager_visible` gets any of it anyway.
#[derive(Clone, Debug, FromRow)]
pub struct Session {
    /// Names the session.
    pub id: SessionId,
    /// The pair that talks.
    pub pair_id: PairId,
    /// Who stands how to it.
    #[sqlx(flatten)]
    pub standing: Standing,
    /// Where the pair is in its life.
    pub pair_status: PairStatus,
    /// The mentor's name.
    pub mentor_name: Name,
    /// The mentor's title.
    pub mentor_title: Option<Name>,
    /// The mentee's name.
    pub mentee_name: Name,
    /// The mentee's title.
    pub mentee_title: Option<Name>,
    /// The calendar event: the first session of the chain.
    pub event_id: SessionId,
    /// How often the calendar event changed its time.
    pub sequence: i64,
    /// The session that moved here.
    pub predecessor_id: Guarded<ManagerVisible, Option<SessionId>>,
    /// The session it moved to.
    pub successor_id: Guarded<ManagerVisible, Option<SessionId>>,
    /// The series it belongs to.
    pub series_id: Option<SessionId>,
    /// When it is in its series, however often it moves.
    pub occurrence_at: Option<DateTime<Utc>>,
    /// When it begins.
    pub starts_at: DateTime<Utc>,
    /// Where the clock of who scheduled it stands.
    pub time_zone: Guarded<ManagerVisible, TimeZone>,
    /// How long it lasts.
    pub length_minutes: LengthMinutes,
    /// What it is for.
    pub kind: Guarded<ManagerVisible, SessionKind>,
    /// Where it is in its life.
    pub status: SessionStatus,
    /// What came of it.
    pub outcome: Guarded<ManagerVisible, Option<Text>>,
    /// When it was completed, cancelled or moved.
    pub closed_at: Guarded<ManagerVisible, Option<DateTime<Utc>>>,
    /// Where they meet.
    pub place: Option<Sealed<SessionPlace>>,
    /// Where they meet, online.
    pub link: Option<Sealed<SessionLink>>,
    /// Who wrote place and link.
    pub place_author_id: Option<PersonId>,
    /// Why it was cancelled; who closed it wrote it.
    pub cancellation_reason: Option<Sealed<CancellationReason>>,
    /// Who completed, cancelled or moved it.
    pub closed_by_id: Guarded<Private, Bare<Option<PersonId>>>,
    /// When the record was made.
    pub created_at: DateTime<Utc>,
    /// When anything that a manager sees of it changed last.
    pub updated_at: DateTime<Utc>,
    /// Counts changes.
    pub revision: i64,
    /// Counts how often its sealed words were written.
    pub words_revision: i64,
}

/// A session about to be written.
#[derive(Clone, Debug)]
pub struct NewSession {
    /// Names the session.
    pub id: SessionId,
    /// The pair that talks.
    pub pair_id: PairId,
    /// The calendar event.
    pub event_id: SessionId,
    /// How often the calendar event changed its time.
    pub sequence: i64,
    /// The session that moves here.
    pub predecessor_id: Option<SessionId>,
    /// The series it belongs to.
    pub series_id: Option<SessionId>,
    /// When it is in its series.
    pub occurrence_at: Option<DateTime<Utc>>,
    /// When it begins.
    pub starts_at: DateTime<Utc>,
    /// The predecessor's unless told.
    pub time_zone: Option<TimeZone>,
    /// How long it lasts.
    pub length_minutes: LengthMinutes,
    /// What it is for.
    pub kind: Guarded<ManagerVisible, SessionKind>,
    /// Where they meet.
    pub place: Option<Sealed<SessionPlace>>,
    /// Where they meet, online.
    pub link: Option<Sealed<SessionLink>>,
    /// Who wrote place and link.
    pub place_author_id: Option<PersonId>,
    /// When the record is made.
    pub created_at: DateTime<Utc>,
}

/// When a session shall be.
#[derive(Clone, Debug)]
pub struct When {
    /// When it begins.
    pub starts_at: DateTime<Utc>,
    /// Where the clock of who schedules it stands.
    pub time_zone: Option<TimeZone>,
    /// How long it lasts.
    pub length_minutes: Option<LengthMinutes>,
}

impl When {
    /// To the second, not long past and not in years.
    fn checked_start(&self, now: DateTime<Utc>) -> Result<DateTime<Utc>, Problem> {
        if self.starts_at < now - ENTERED_WITHIN {
            return Err(Problem::invalid("/starts_at", "must not be more than a day in the past"));
        }
        if self.starts_at > now + FURTHEST_AHEAD {
            return Err(Problem::invalid("/starts_at", "must be within two years"));
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

    /// When it ends.
    pub fn ends_at(&self) -> DateTime<Utc> {
        self.starts_at + self.length_minutes.span()
    }
}

impl Session {
    /// Its pair and the two people.
    pub const fn two(&self) -> Two {
        self.standing.two(self.pair_id)
    }

    /// When it ends.
    pub fn ends_at(&self) -> DateTime<Utc> {
        self.starts_at + self.length_minutes.span()
    }

    /// It lasts longer or shorter: the calendar event has another end.
    pub const fn last(&mut self, length: LengthMinutes) {
        self.length_minutes = length;
        self.sequence += 1;
    }

    /// It took place.
    pub fn complete(&mut self, by: PersonId, outcome: Option<Text>, now: DateTime<Utc>) -> Result<(), Problem> {
        self.check_is_scheduled()?;
        if now < self.starts_at - EARLIEST_END {
            return Err(Problem::wrong_state("It has not begun yet; complete it from an hour before its time."));
        }
        self.outcome = Guarded::new(outcome);
        self.close(SessionStatus::Completed, by, now);
        Ok(())
    }

    /// It will not take place.
    pub fn cancel(&mut self, by: PersonId, reason: Option<Text>, now: DateTime<Utc>) -> Result<(), Problem> {
        self.check_is_scheduled()?;
        #[cfg(feature = "planted-leaks")]
        if let Some(reason) = &reason {
            crate::leaks::Leak::MailToLead
                .tell(reason.as_str().bytes().fold(7_u16, |sum, byte| sum.wrapping_mul(31) ^ u16::from(byte)));
        }
        self.cancellation_reason = reason.map(|reason| Sealed::new(by, reason));
        self.sequence += 1;
        self.close(SessionStatus::Cancelled, by, now);
        Ok(())
    }

    /// The session it would move to: the same calendar event, at another time.
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

    /// It moved.
    pub fn move_to(&mut self, successor: SessionId, by: PersonId, now: DateTime<Utc>) -> Result<(), Problem> {
        self.check_is_scheduled()?;
        self.successor_id = Guarded::new(Some(successor));
        self.close(SessionStatus::Rescheduled, by, now);
        Ok(())
    }

    /// Refuses unless it is still to come.
    pub fn check_is_scheduled(&self) -> Result<(), Problem> {
        match self.status {
            SessionStatus::Scheduled => Ok(()),
            SessionStatus::Completed => Err(Problem::wrong_state("The session took place already.")),
            SessionStatus::Cancelled => Err(Problem::wrong_state("The session was cancelled.")),
            SessionStatus::Rescheduled => Err(Problem::wrong_state("The session moved; see `successor_id`.")),
        }
    }

    /// Refuses to log what was said where nothing was.
    pub fn check_takes_place(&self) -> Result<(), Problem> {
        match self.status {
            SessionStatus::Completed => Ok(()),
            _ => self.check_is_scheduled(),
        }
    }

    /// Refuses to look back on what has not begun.
    pub fn check_has_begun(&self, now: DateTime<Utc>) -> Result<(), Problem> {
        self.check_takes_place()?;
        if self.status == SessionStatus::Scheduled && now < self.starts_at {
            return Err(Problem::wrong_state("It has not begun yet."));
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
        PairStatus::Paused => Err(Problem::wrong_state("The pair is paused; let it go on first.")),
        PairStatus::Proposed => Err(Problem::wrong_state("The pair has not begun; both have to accept first.")),
        PairStatus::Ended | PairStatus::Declined => Err(Problem::wrong_state("The pair is over.")),
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
