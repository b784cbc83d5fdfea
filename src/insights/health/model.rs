//! The rules of health: what was found, from which facts, and who may know. The two hear of a finding
//! first; a week later, if it still holds, so do those who help them.

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use sqlx::FromRow;
use utoipa::ToSchema;

use crate::ids::{PairId, PersonId, ReflectionId, SessionId};
use crate::pairs::model::{Cadence, PairCadence, Standing};
use crate::policy::{Guarded, Home, NeverShared, Private, Related, Relation, Relations, Sealed, Viewer};
use crate::sessions::reflection::model::{Step, TalkShare};
use crate::text::Name;

/// The two have so long to see to it by themselves.
pub const PATIENCE: TimeDelta = TimeDelta::days(7);
/// A younger pair is not judged.
pub const TOO_EARLY: TimeDelta = TimeDelta::days(28);
/// A pair that did not meet for so long has stopped, whatever rhythm it chose: two months, as the slowest would.
pub const SILENCE: TimeDelta = TimeDelta::days(62);
/// A goal on which nobody reported for so long does not move.
pub const STANDSTILL: TimeDelta = TimeDelta::days(60);
/// Cancellations are counted so far back.
pub const LOOK_BACK: TimeDelta = TimeDelta::days(90);
/// Something to do is left lying so long after its day, or twice as long after it was written down.
pub const LEFT_LYING: Days = Days::new(30);
/// So many items or cancellations are a habit.
const MANY: i64 = 3;
/// Somebody who says so in as many reflections in a row talks too much, or too little.
pub const REFLECTIONS: i64 = 3;

/// How a pair is doing, as far as its viewer sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, ToSchema)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum HealthState {
    /// Nothing was found.
    OnTrack,
    /// Something was.
    NeedsAttention,
    /// Nothing was, and it began less than four weeks ago.
    TooEarly,
}

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FindingKind {
    /// They met twice and work towards no goal.
    NoGoal,
    /// They have not met for long, and plan no session.
    NoSession,
    /// Sessions are cancelled again and again.
    Cancellations,
    /// The mentee cancels again and again. For the two alone.
    CancelledByMentee,
    /// What they said they would do is left lying. For the two alone.
    ItemsLeft,
    /// Goals do not move.
    Standstill,
    /// The mentor has more pairs than most do well.
    MentorOverloaded,
    /// You yourself talk nearly all the time, or hardly at all. For you alone.
    OneWayTalk,
}

/// Something to look into, and what it rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(examples(json!({"kind": "no_goal", "since": "2026-03-17T15:00:00Z", "count": 2, "says": "Two sessions took place and there is no goal. Agree on a first one in the next session."})))]
pub struct Finding {
    /// What it is.
    pub kind: FindingKind,
    /// Since when it is so; of `items_left`, when the oldest of them was written.
    pub since: DateTime<Utc>,
    /// What it counts: sessions held, days without one, sessions or items or goals concerned, pairs, reflections.
    #[schema(minimum = 0)]
    pub count: i64,
    /// In words, with what helps.
    pub says: &'static str,
}

impl Finding {
    fn new(kind: FindingKind, since: DateTime<Utc>, count: i64) -> Self {
        let says = match kind {
            FindingKind::NoGoal => {
                "Two sessions took place and there is no goal. Agree on a first one in the next session."
            }
            FindingKind::NoSession => {
                "No session took place for long and none is planned. Schedule one, or pause the pair."
            }
            FindingKind::Cancellations => {
                "Sessions were cancelled three times or more in 90 days. Find a time that holds, or meet less often."
            }
            FindingKind::CancelledByMentee => {
                "The mentee cancelled twice or more in 90 days. Talk about what gets in the way."
            }
            FindingKind::ItemsLeft => {
                "What was to be done is left lying for a month or more. Do it, make it smaller, or let it go."
            }
            FindingKind::Standstill => {
                "Nobody reported on a goal for two months. Say where it stands, change it, or close it."
            }
            FindingKind::MentorOverloaded => {
                "The mentor has more than three pairs. See whether one of them can end or go to somebody else."
            }
            FindingKind::OneWayTalk => {
                "By your own last three reflections the talk goes one way. Ask, and wait; or say more of what you think."
            }
        };
        Self { kind, since, count, says }
    }

    /// Whether the two can do nothing about it.
    pub fn is_for_leads(&self) -> bool {
        self.kind == FindingKind::MentorOverloaded
    }

    /// Whether the two had a week to see to it, or it is not theirs to see to.
    fn is_known(&self, now: DateTime<Utc>) -> bool {
        self.is_for_leads() || self.since <= now - PATIENCE
    }
}

/// What managers and leads may know of a pair at work, as of now.
#[derive(Clone, Debug, FromRow)]
pub struct Facts {
    /// Names the pair.
    pub id: PairId,
    /// Who stands how to it.
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
    /// How often they meet.
    pub cadence: Option<Sealed<PairCadence>>,
    /// Counts how often the sealed words of the pair were written.
    pub words_revision: i64,
    /// When it began, or went on, last.
    pub active_since: DateTime<Utc>,
    /// First day.
    pub starts_on: NaiveDate,
    /// The mentor's live pairs.
    pub mentor_load: i64,
    /// When the fourth of them began, or went on: more than most do well.
    pub fourth_pair_at: Option<DateTime<Utc>>,
    /// Whether they ever worked towards a goal.
    pub has_goal: bool,
    /// How often they met.
    pub sessions_held: i64,
    /// When they said so for the second time.
    pub second_session_at: Option<DateTime<Utc>>,
    /// When they met last. What nobody closed counts as held.
    pub last_session_at: Option<DateTime<Utc>>,
    /// Whether a session is planned.
    pub is_session_ahead: bool,
    /// When they called one off last.
    pub called_off_at: Option<DateTime<Utc>>,
    /// How often they cancelled lately. A series that goes at once counts once.
    pub cancellations: i64,
    /// When they did so for the third time, as those counted it who are told a week later.
    pub third_cancelled_at: Option<DateTime<Utc>>,
    /// How many goals do not move.
    pub still_goals: i64,
    /// When the one that stands longest was reported on last, or set to work.
    pub reported_at: Option<DateTime<Utc>>,
}

impl Facts {
    /// Where the cadence lives, as the pair itself has it.
    pub fn home_of_cadence(&self) -> Home<PairCadence> {
        Home::for_both(self.id, self.standing.two(self.id), &None, self.id, self.words_revision)
    }

    /// When there was something to judge.
    fn began_at(&self) -> DateTime<Utc> {
        self.active_since.max(self.starts_on.and_time(chrono::NaiveTime::MIN).and_utc())
    }

    /// Whether nothing can be said yet.
    pub fn is_early(&self, now: DateTime<Utc>) -> bool {
        self.began_at() > now - TOO_EARLY
    }

    /// All that holds now.
    pub fn findings(&self, now: DateTime<Utc>) -> Vec<Finding> {
        let still = self.reported_at.map(|at| at.max(self.began_at()) + STANDSTILL).filter(|since| *since <= now);
        let met_twice = self.second_session_at.filter(|_| !self.has_goal).map(|at| at.max(self.began_at()));
        let cancelled = self.third_cancelled_at.filter(|_| self.cancellations >= MANY);
        let found = [
            met_twice.map(|since| Finding::new(FindingKind::NoGoal, since, self.sessions_held)),
            self.silence(SILENCE, now),
            cancelled.map(|since| Finding::new(FindingKind::Cancellations, since, self.cancellations)),
            still.map(|since| Finding::new(FindingKind::Standstill, since, self.still_goals)),
            self.fourth_pair_at.map(|since| Finding::new(FindingKind::MentorOverloaded, since, self.mentor_load)),
        ];
        found.into_iter().flatten().collect()
    }

    /// They did not meet for so long, and do not plan to.
    fn silence(&self, longest: TimeDelta, now: DateTime<Utc>) -> Option<Finding> {
        let last = self.last_session_at.unwrap_or(DateTime::UNIX_EPOCH).max(self.began_at());
        // As long as one was planned it was no silence.
        let since = self.called_off_at.map_or(last + longest, |at| at.max(last + longest));
        (since <= now && !self.is_session_ahead)
            .then(|| Finding::new(FindingKind::NoSession, since, (now - last).num_days()))
    }

    /// What those who help the two know.
    pub fn known(&self, now: DateTime<Utc>) -> Vec<Finding> {
        self.findings(now).into_iter().filter(|finding| finding.is_known(now)).collect()
    }

    /// What holds and the leads do not know yet, and silence by the rhythm that the two chose.
    fn fresh(&self, cadence: Option<Cadence>, now: DateTime<Utc>) -> Vec<Finding> {
        let found = self.findings(now);
        let is_silent = found.iter().any(|finding| finding.kind == FindingKind::NoSession);
        let by_rhythm = two_of(cadence).filter(|_| !is_silent).and_then(|longest| self.silence(longest, now));
        found.into_iter().filter(|finding| !finding.is_known(now)).chain(by_rhythm).collect()
    }
}

/// Two rounds of a rhythm, where that is shorter than anybody's silence.
fn two_of(cadence: Option<Cadence>) -> Option<TimeDelta> {
    match cadence? {
        Cadence::Weekly => Some(TimeDelta::weeks(2)),
        Cadence::Biweekly => Some(TimeDelta::weeks(4)),
        Cadence::Monthly | Cadence::AsNeeded => None,
    }
}

/// What only the two may know.
#[derive(Clone, Copy, Debug, Default, FromRow)]
pub struct PrivateFacts {
    /// How often the mentee cancelled lately.
    pub by_mentee: i64,
    /// When they did so for the second time.
    pub second_by_mentee_at: Option<DateTime<Utc>>,
    /// How many items are left lying.
    pub items: i64,
    /// When the oldest of them was written.
    pub oldest_item_at: Option<DateTime<Utc>>,
}

impl PrivateFacts {
    fn findings(self) -> Vec<Finding> {
        let cancelled = self.second_by_mentee_at;
        let cancelled = cancelled.map(|since| Finding::new(FindingKind::CancelledByMentee, since, self.by_mentee));
        let left = self.oldest_item_at.filter(|_| self.items >= MANY);
        let left = left.map(|since| Finding::new(FindingKind::ItemsLeft, since, self.items));
        cancelled.into_iter().chain(left).collect()
    }
}

/// How much one of the two talked, as they say themselves.
#[derive(Clone, Debug, FromRow)]
pub struct Share {
    /// The reflection that says so.
    pub id: ReflectionId,
    /// The session that it looks back on.
    pub session_id: SessionId,
    /// 1 (hardly talked) to 5 (hardly listened).
    pub talk_share: Sealed<TalkShare>,
    /// Counts how often the words of the reflection were written.
    pub words_revision: i64,
    /// When it was written.
    pub created_at: DateTime<Utc>,
}

impl Share {
    /// Where the answer lives, which `author` gave on a session of the pair.
    pub fn home(&self, pair: PairId, author: PersonId) -> Home<TalkShare> {
        Home::for_oneself(self.id, pair, author, self.session_id, self.words_revision)
    }
}

/// The health of a pair as one viewer gets it.
#[derive(Clone, Debug)]
pub struct PairHealth {
    /// What managers and leads may know.
    pub facts: Facts,
    /// What the two know besides. Filled for them.
    pub private: Guarded<Private, PrivateFacts>,
    /// What this party said of their own talk last. Filled for them.
    pub shares: Guarded<NeverShared, Vec<Share>>,
    /// Whose `shares` they are.
    pub author_id: Option<PersonId>,
    /// When it was looked at.
    pub now: DateTime<Utc>,
}

impl PairHealth {
    /// What the two know and nobody else.
    pub fn between(&self, private: PrivateFacts, cadence: Option<Cadence>) -> Vec<Finding> {
        self.facts.fresh(cadence, self.now).into_iter().chain(private.findings()).collect()
    }

    /// What follows from one's own reflections, newest first: a mentor who talks, a mentee who does not.
    pub fn own(&self, shares: &[(Step, DateTime<Utc>)]) -> Vec<Finding> {
        let is_mentor = self.author_id == Some(self.facts.standing.mentor_id);
        let is_one_way = |(share, _): &(Step, _)| if is_mentor { share.get() >= 4 } else { share.get() <= 2 };
        let is_habit = i64::try_from(shares.len()) == Ok(REFLECTIONS) && shares.iter().all(is_one_way);
        let newest = shares.first().filter(|_| is_habit);
        newest.map(|(_, since)| Finding::new(FindingKind::OneWayTalk, *since, REFLECTIONS)).into_iter().collect()
    }
}

impl Related for PairHealth {
    fn relations(&self, viewer: &Viewer) -> Relations {
        self.facts.standing.relations(viewer).and(Relation::Author, viewer.is(self.author_id))
    }
}

/// The health of a pair as those who lead it get it in a list.
#[derive(Clone, Debug)]
pub struct LedPair {
    /// What they may know.
    pub facts: Facts,
    /// When it was looked at.
    pub now: DateTime<Utc>,
}

impl Related for LedPair {
    fn relations(&self, viewer: &Viewer) -> Relations {
        self.facts.standing.relations(viewer)
    }
}

/// What findings come to.
pub const fn state(is_found: bool, is_early: bool) -> HealthState {
    match (is_found, is_early) {
        (true, _) => HealthState::NeedsAttention,
        (false, true) => HealthState::TooEarly,
        (false, false) => HealthState::OnTrack,
    }
}
