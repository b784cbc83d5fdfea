//! The rules of pair health: which facts give which finding, and which people see it. The mentor and the mentee see a
//! finding first. If it still holds a week later, the manager and the leads see it too.

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use serde::Serialize;
use sqlx::FromRow;
use utoipa::ToSchema;

use crate::ids::{PairId, PersonId, ReflectionId, SessionId};
use crate::pairs::model::{Cadence, PairCadence, Standing};
use crate::policy::{Guarded, Home, NeverShared, Private, Related, Relation, Relations, Sealed, Viewer};
use crate::sessions::reflection::model::{Rating, TalkShare};
use crate::text::Name;

/// The mentor and the mentee have this long to act before others see a finding.
pub const GRACE_PERIOD: TimeDelta = TimeDelta::days(7);
/// A younger pair is not judged.
pub const MIN_AGE: TimeDelta = TimeDelta::days(28);
/// A pair without a session for this long has stopped, whatever its cadence: two intervals of a monthly cadence.
pub const MAX_SESSION_GAP: TimeDelta = TimeDelta::days(62);
/// A goal without a check-in for this long stands still.
pub const MAX_CHECK_IN_GAP: TimeDelta = TimeDelta::days(60);
/// Cancellations in this period are counted.
pub const COUNTED_PERIOD: TimeDelta = TimeDelta::days(90);
/// An action item is left open this long after its due date, or twice as long after its creation.
pub const OVERDUE_AFTER: Days = Days::new(30);
/// This many action items or cancellations make a finding.
const HABIT: i64 = 3;
/// This many reflections in a row make a finding about one-way talk.
pub const REFLECTIONS: i64 = 3;

values! {
    /// State of a pair, according to the findings that the viewer sees.
    pub enum HealthState {
        /// There is no finding.
        OnTrack,
        /// There is at least one finding.
        NeedsAttention,
        /// There is no finding, but the pair started or was resumed less than four weeks ago.
        TooEarly,
    }
}

values! {
    /// Kind of a finding.
    @may_grow pub enum HealthFindingKind {
        /// The pair had two sessions or more and has no goal.
        NoGoal,
        /// The pair had no session for a long time and none is scheduled. Long is 62 days. For the mentor and the
        /// mentee it is two weeks with a weekly and four weeks with a biweekly cadence.
        NoSession,
        /// Sessions were cancelled three times or more in 90 days.
        Cancellations,
        /// The mentee cancelled sessions twice or more in 90 days. Only the mentor and the mentee see it.
        CancelledByMentee,
        /// Three or more action items are still open 30 days after their due date, or 60 days after creation if they
        /// have none. Only the mentor and the mentee see it.
        ItemsLeft,
        /// An active goal had no check-in for 60 days.
        Standstill,
        /// The mentor has more than three live pairs.
        MentorOverloaded,
        /// According to your last three reflections you talked nearly all the time (mentor) or hardly at all (mentee).
        /// Only you see it.
        OneWayTalk,
    }
}

/// A finding about a pair, with the numbers behind it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(examples(json!({"kind": "no_goal", "since": "2026-03-17T15:00:00Z", "count": 2, "message": "Two sessions took place and the pair has no goal. Agree on a first goal in the next session."})))]
pub struct HealthFinding {
    /// Kind of the finding.
    pub kind: HealthFindingKind,
    /// Time since which the finding holds. For `items_left`: time of creation of the oldest item.
    pub since: DateTime<Utc>,
    /// Number that the finding counts: sessions held (`no_goal`), days without a session (`no_session`), cancellations,
    /// open action items, goals (`standstill`), live pairs of the mentor, or reflections.
    #[schema(minimum = 0)]
    pub count: i64,
    /// The finding in words, with advice.
    pub message: &'static str,
}

impl HealthFinding {
    fn new(kind: HealthFindingKind, since: DateTime<Utc>, count: i64) -> Self {
        let message = match kind {
            HealthFindingKind::NoGoal => {
                "Two sessions took place and the pair has no goal. Agree on a first goal in the next session."
            }
            HealthFindingKind::NoSession => {
                "No session took place for a long time and none is scheduled. Schedule a session or pause the pair."
            }
            HealthFindingKind::Cancellations => {
                "Sessions were cancelled three times or more in 90 days. Find a better time or meet less often."
            }
            HealthFindingKind::CancelledByMentee => {
                "The mentee cancelled twice or more in 90 days. Talk about the reasons."
            }
            HealthFindingKind::ItemsLeft => {
                "Action items are open a month or more after they were due. Do them, make them smaller or drop them."
            }
            HealthFindingKind::Standstill => {
                "A goal had no check-in for two months. Report its progress, change the goal or close it."
            }
            HealthFindingKind::MentorOverloaded => {
                "The mentor has more than three live pairs. Check whether one can end or get another mentor."
            }
            HealthFindingKind::OneWayTalk => {
                "According to your last three reflections one person talks most of the time. If you are the mentor, \
                 ask more and wait; if you are the mentee, say more of what you think."
            }
        };
        Self { kind, since, count, message }
    }

    /// Whether only the leads can act on it.
    pub fn is_for_leads(&self) -> bool {
        self.kind == HealthFindingKind::MentorOverloaded
    }

    /// Whether others see it: the mentor and the mentee had a week to act, or only the leads can act on it.
    fn is_known(&self, now: DateTime<Utc>) -> bool {
        self.is_for_leads() || self.since <= now - GRACE_PERIOD
    }
}

/// The facts of an active pair that managers and leads may know, as of now.
#[derive(Clone, Debug, FromRow)]
pub struct PairFacts {
    /// Id of the pair.
    pub id: PairId,
    /// The people who have a relation to it.
    #[sqlx(flatten)]
    pub standing: Standing,
    /// The mentor's name.
    pub mentor_name: Name,
    /// The mentor's title.
    pub mentor_title: Option<Name>,
    /// The mentee's name.
    pub mentee_name: Name,
    /// The mentee's title.
    pub mentee_title: Option<Name>,
    /// Planned cadence.
    pub cadence: Option<Sealed<PairCadence>>,
    /// Counts how often the sealed texts of the pair were written.
    pub words_revision: i64,
    /// Time when the pair last started or was resumed.
    pub active_since: DateTime<Utc>,
    /// First day.
    pub starts_on: NaiveDate,
    /// Number of live pairs of the mentor.
    pub mentor_load: i64,
    /// Time when the fourth live pair of the mentor started or was resumed.
    pub fourth_pair_at: Option<DateTime<Utc>>,
    /// Whether the pair ever had an active goal.
    pub has_goal: bool,
    /// Number of completed sessions.
    pub sessions_held: i64,
    /// Time when the second session was completed.
    pub second_session_at: Option<DateTime<Utc>>,
    /// Start of the last session. A past session that is still `scheduled` counts as held.
    pub last_session_at: Option<DateTime<Utc>>,
    /// Whether a future session is scheduled.
    pub is_session_ahead: bool,
    /// Time of the last cancellation.
    pub called_off_at: Option<DateTime<Utc>>,
    /// Number of cancellations in the counted period. Sessions that were cancelled together count once.
    pub cancellations: i64,
    /// Time of the third cancellation, counted from a week earlier: those who see the finding a week later count the
    /// same sessions.
    pub third_cancelled_at: Option<DateTime<Utc>>,
    /// Number of goals that stand still.
    pub still_goals: i64,
    /// Time of the last check-in, or of activation, of the goal that stands still longest.
    pub reported_at: Option<DateTime<Utc>>,
}

impl PairFacts {
    /// The context that the cadence is sealed for, as in the pair.
    pub fn home_of_cadence(&self) -> Home<PairCadence> {
        Home::for_both(self.id, self.standing.two(self.id), &None, self.id, self.words_revision)
    }

    /// Time from which the pair is judged.
    fn began_at(&self) -> DateTime<Utc> {
        self.active_since.max(self.starts_on.and_time(chrono::NaiveTime::MIN).and_utc())
    }

    /// Whether the pair is too young to be judged.
    pub fn is_early(&self, now: DateTime<Utc>) -> bool {
        self.began_at() > now - MIN_AGE
    }

    /// All findings that hold now.
    pub fn findings(&self, now: DateTime<Utc>) -> Vec<HealthFinding> {
        let still = self.reported_at.map(|at| at.max(self.began_at()) + MAX_CHECK_IN_GAP).filter(|since| *since <= now);
        let met_twice = self.second_session_at.filter(|_| !self.has_goal).map(|at| at.max(self.began_at()));
        let cancelled = self.third_cancelled_at.filter(|_| self.cancellations >= HABIT);
        let found = [
            met_twice.map(|since| HealthFinding::new(HealthFindingKind::NoGoal, since, self.sessions_held)),
            self.gap_finding(MAX_SESSION_GAP, now),
            cancelled.map(|since| HealthFinding::new(HealthFindingKind::Cancellations, since, self.cancellations)),
            still.map(|since| HealthFinding::new(HealthFindingKind::Standstill, since, self.still_goals)),
            self.fourth_pair_at
                .map(|since| HealthFinding::new(HealthFindingKind::MentorOverloaded, since, self.mentor_load)),
        ];
        found.into_iter().flatten().collect()
    }

    /// The finding that no session took place for `longest` and none is scheduled.
    fn gap_finding(&self, longest: TimeDelta, now: DateTime<Utc>) -> Option<HealthFinding> {
        let last = self.last_session_at.unwrap_or(DateTime::UNIX_EPOCH).max(self.began_at());
        // The gap counts only from the time when the last scheduled session was cancelled.
        let since = self.called_off_at.map_or(last + longest, |at| at.max(last + longest));
        (since <= now && !self.is_session_ahead)
            .then(|| HealthFinding::new(HealthFindingKind::NoSession, since, (now - last).num_days()))
    }

    /// The findings that the manager and the leads see.
    pub fn known(&self, now: DateTime<Utc>) -> Vec<HealthFinding> {
        self.findings(now).into_iter().filter(|finding| finding.is_known(now)).collect()
    }

    /// The findings that the leads do not see yet, and the gap according to the pair's own cadence.
    fn new_findings(&self, cadence: Option<Cadence>, now: DateTime<Utc>) -> Vec<HealthFinding> {
        let found = self.findings(now);
        let has_gap = found.iter().any(|finding| finding.kind == HealthFindingKind::NoSession);
        let by_cadence = two_intervals(cadence).filter(|_| !has_gap).and_then(|longest| self.gap_finding(longest, now));
        found.into_iter().filter(|finding| !finding.is_known(now)).chain(by_cadence).collect()
    }
}

/// Two intervals of a cadence, if that is shorter than the general limit.
fn two_intervals(cadence: Option<Cadence>) -> Option<TimeDelta> {
    match cadence? {
        Cadence::Weekly => Some(TimeDelta::weeks(2)),
        Cadence::Biweekly => Some(TimeDelta::weeks(4)),
        Cadence::Monthly | Cadence::AsNeeded => None,
    }
}

/// Facts that only the mentor and the mentee may know.
#[derive(Clone, Copy, Debug, Default, FromRow)]
pub struct PrivateFacts {
    /// Number of cancellations by the mentee in the counted period.
    pub by_mentee: i64,
    /// Time of the second cancellation.
    pub second_by_mentee_at: Option<DateTime<Utc>>,
    /// Number of action items that are left open.
    pub items: i64,
    /// Time of creation of the oldest item.
    pub oldest_item_at: Option<DateTime<Utc>>,
}

impl PrivateFacts {
    fn findings(self) -> Vec<HealthFinding> {
        let cancelled = self.second_by_mentee_at;
        let cancelled =
            cancelled.map(|since| HealthFinding::new(HealthFindingKind::CancelledByMentee, since, self.by_mentee));
        let left = self.oldest_item_at.filter(|_| self.items >= HABIT);
        let left = left.map(|since| HealthFinding::new(HealthFindingKind::ItemsLeft, since, self.items));
        cancelled.into_iter().chain(left).collect()
    }
}

/// How much a person talked, according to their own reflection.
#[derive(Clone, Debug, FromRow)]
pub struct TalkShareAnswer {
    /// Id of the reflection.
    pub id: ReflectionId,
    /// Id of the session.
    pub session_id: SessionId,
    /// From 1 (hardly talked) to 5 (hardly listened).
    pub talk_share: Sealed<TalkShare>,
    /// Counts how often the sealed texts of the reflection were written.
    pub words_revision: i64,
    /// Time of creation.
    pub created_at: DateTime<Utc>,
}

impl TalkShareAnswer {
    /// The context that the answer is sealed for.
    pub fn home(&self, pair: PairId, author: PersonId) -> Home<TalkShare> {
        Home::for_oneself(self.id, pair, author, self.session_id, self.words_revision)
    }
}

/// The health of a pair for one viewer.
#[derive(Clone, Debug)]
pub struct PairHealth {
    /// The facts that managers and leads may know.
    pub facts: PairFacts,
    /// More facts, filled for the mentor and the mentee only.
    pub private: Guarded<Private, PrivateFacts>,
    /// The viewer's last answers about their own talk, filled for the mentor and the mentee only.
    pub shares: Guarded<NeverShared, Vec<TalkShareAnswer>>,
    /// Id of the person who gave the answers in `shares`.
    pub author_id: Option<PersonId>,
    /// Time of the evaluation.
    pub now: DateTime<Utc>,
}

impl PairHealth {
    /// The findings that only the mentor and the mentee see.
    pub fn private_findings(&self, private: PrivateFacts, cadence: Option<Cadence>) -> Vec<HealthFinding> {
        self.facts.new_findings(cadence, self.now).into_iter().chain(private.findings()).collect()
    }

    /// The findings from the viewer's own reflections, newest first: a mentor who talks too much, or a mentee who talks
    /// too little.
    pub fn own_findings(&self, shares: &[(Rating, DateTime<Utc>)]) -> Vec<HealthFinding> {
        let is_mentor = self.author_id == Some(self.facts.standing.mentor_id);
        let is_one_way = |(share, _): &(Rating, _)| if is_mentor { share.get() >= 4 } else { share.get() <= 2 };
        let is_habit = i64::try_from(shares.len()) == Ok(REFLECTIONS) && shares.iter().all(is_one_way);
        let newest = shares.first().filter(|_| is_habit);
        newest
            .map(|(_, since)| HealthFinding::new(HealthFindingKind::OneWayTalk, *since, REFLECTIONS))
            .into_iter()
            .collect()
    }
}

impl Related for PairHealth {
    fn relations(&self, viewer: &Viewer) -> Relations {
        self.facts.standing.relations(viewer).and(Relation::Author, viewer.is(self.author_id))
    }
}

/// The health of a pair in the list for its leads.
#[derive(Clone, Debug)]
pub struct PairHealthSummary {
    /// The facts that leads may know.
    pub facts: PairFacts,
    /// Time of the evaluation.
    pub now: DateTime<Utc>,
}

impl Related for PairHealthSummary {
    fn relations(&self, viewer: &Viewer) -> Relations {
        self.facts.standing.relations(viewer)
    }
}

/// The state that follows from the findings.
pub const fn state(is_found: bool, is_early: bool) -> HealthState {
    match (is_found, is_early) {
        (true, _) => HealthState::NeedsAttention,
        (false, true) => HealthState::TooEarly,
        (false, false) => HealthState::OnTrack,
    }
}
