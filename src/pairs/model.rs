//! What a pair is and how it lives: `proposed → active ⇄ paused → ended`, `proposed → declined`.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use sqlx::FromRow;
use utoipa::ToSchema;

use crate::clock::Clock;
use crate::ids::{PairId, PairNoteId, PersonId, ProgramId, TeamId};
use crate::policy::acts::{
    AnswerPair, ChangeAgreement, ChangePair, EndPair, OverrideRule, PausePair, ProposePair, ReadPair, WriteNotebook,
};
use crate::policy::{
    Guarded, Home, ManagerVisible, Private, Related, Relation, Relations, Sealed, Takes, Two, Viewer, places,
};
use crate::problem::Problem;
use crate::programs::model::Model;
use crate::text::{Name, Sentence, Text};

/// A proposal that nobody answers lapses after this long.
pub const PROPOSAL_STANDS: TimeDelta = TimeDelta::days(14);
/// Shorter and longer pairs than this are warned about, in days: 6 to 24 months.
const USUAL_DAYS: std::ops::RangeInclusive<i64> = 180..=732;
/// More live pairs than this are warned about.
const HIGH_LOAD: i64 = 3;

/// Where a pair is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, ToSchema)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum PairStatus {
    /// Waits for a yes.
    Proposed,
    /// At work.
    Active,
    /// Rests, and can go on.
    Paused,
    /// Over.
    Ended,
    /// Never began: somebody said no, or nobody answered in time.
    Declined,
}

/// Why a pair ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, ToSchema)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum EndReason {
    /// They got where they wanted.
    GoalsMet,
    /// They did not click.
    PoorChemistry,
    /// Life took another turn.
    LifeChange,
    /// It was too much for the mentor.
    MentorBurnout,
    /// The mentee lost interest.
    MenteeDisengaged,
    /// They were wrongly put together.
    Mismatch,
    /// The program came to its end.
    ProgramEnded,
    /// One of them left.
    PersonLeft,
    /// Something else.
    Other,
}

/// How often the two meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, ToSchema)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum Cadence {
    /// Every week: for new people and urgent gaps.
    Weekly,
    /// Every two weeks: right for most.
    Biweekly,
    /// Every month: for the long run.
    Monthly,
    /// When needed; such pairs often fizzle out.
    AsNeeded,
}

/// Something a lead should know; never a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PairWarning {
    /// The mentor has more than three live pairs.
    MentorLoadHigh,
    /// Planned for less than 6 or more than 24 months.
    UnusualLength,
}

/// Who stands how to a pair, and so to all that hangs on it.
#[derive(Clone, Copy, Debug, FromRow)]
pub struct Standing {
    /// The mentor.
    pub mentor_id: PersonId,
    /// The mentee.
    pub mentee_id: PersonId,
    /// The mentee's direct manager today.
    pub mentee_manager_id: Option<PersonId>,
    /// The program whose coordinators lead the pair.
    pub program_id: Option<ProgramId>,
}

impl Related for Standing {
    fn relations(&self, viewer: &Viewer) -> Relations {
        viewer
            .relations()
            .and(Relation::Party, self.has(viewer))
            .and(Relation::Manager, viewer.is(self.mentee_manager_id))
            .and(Relation::Lead, viewer.leads(self.program_id))
    }
}

impl Standing {
    /// The pair and its two people, for what they wrote.
    pub const fn two(&self, pair_id: PairId) -> Two {
        Two { pair_id, mentor_id: self.mentor_id, mentee_id: self.mentee_id }
    }

    /// Whether the viewer is one of the two.
    pub fn has(&self, viewer: &Viewer) -> bool {
        viewer.is(self.mentor_id) || viewer.is(self.mentee_id)
    }
}

places! {
    /// How often the two meet.
    PairCadence = pairs.cadence of PairId, ForBoth: Private Cadence;
    /// What one of the two wrote for both.
    PairNoteText = pair_notes.text of PairNoteId, ForBoth: Private Text;
}

/// Text that one of the two wrote for both.
#[derive(Clone, Debug, FromRow)]
pub struct PairNote {
    /// Names the note; another text is another note.
    pub id: PairNoteId,
    /// The pair it belongs to.
    pub pair_id: PairId,
    /// Who wrote it.
    pub author_id: PersonId,
    /// What it is.
    pub kind: PairNoteKind,
    /// What it says.
    pub text: Sealed<PairNoteText>,
    /// When it was written.
    pub created_at: DateTime<Utc>,
}

impl PairNote {
    /// Where its text lives, in the pair of these two. Another text is another row, so it has no revision.
    pub fn home(&self, two: Two) -> Home<PairNoteText> {
        Home::for_both(self.id, two, &self.author_id, two.pair_id, 0)
    }

    /// What `author_id` writes now.
    pub fn new(clock: &Clock, pair_id: PairId, author_id: PersonId, kind: PairNoteKind, text: Text) -> Self {
        let text = Sealed::new(author_id, text);
        Self { id: PairNoteId::new(clock), pair_id, author_id, kind, text, created_at: clock.now() }
    }
}

/// What the two write for themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum PairNoteKind {
    /// What they expect of each other.
    Agreement,
    /// A word at the end, each their own.
    EndNote,
}

/// A pair with the names that go with it.
#[derive(Clone, Debug, FromRow)]
pub struct Pair {
    /// Names the pair.
    pub id: PairId,
    /// Who stands how to it.
    #[sqlx(flatten)]
    pub standing: Standing,
    /// The mentor's name.
    pub mentor_name: Name,
    /// The mentor's title.
    pub mentor_title: Option<Name>,
    /// The mentor's live pairs.
    pub mentor_load: i64,
    /// The mentee's name.
    pub mentee_name: Name,
    /// The mentee's title.
    pub mentee_title: Option<Name>,
    /// The team it is counted under.
    pub team_id: Option<TeamId>,
    /// Its name.
    pub team_name: Option<Name>,
    /// The program's name.
    pub program_name: Option<Name>,
    /// Its way of mentoring.
    pub model: Model,
    /// Where it is in its life.
    pub status: PairStatus,
    /// The mentor said yes.
    pub mentor_accepted: bool,
    /// The mentee said yes.
    pub mentee_accepted: bool,
    /// A proposal lapses after this day.
    pub expires_on: Option<NaiveDate>,
    /// What it is about.
    pub goals_focus: Option<Sentence>,
    /// When it began, or went on, last. `None`: it did neither yet.
    pub active_since: Option<DateTime<Utc>>,
    /// First day.
    pub starts_on: NaiveDate,
    /// Planned last day.
    pub ends_on: Option<NaiveDate>,
    /// Last day.
    pub ended_on: Option<NaiveDate>,
    /// Why a lead set a rule aside.
    pub override_reason: Guarded<ManagerVisible, Option<Sentence>>,
    /// Why it ended.
    pub end_reason: Guarded<ManagerVisible, Option<EndReason>>,
    /// What came of it.
    pub outcome_summary: Guarded<ManagerVisible, Option<Text>>,
    /// Who ended it, and so wrote what came of it.
    pub ended_by_id: Option<PersonId>,
    /// How often they meet.
    pub cadence: Option<Sealed<PairCadence>>,
    /// When the record was made.
    pub created_at: DateTime<Utc>,
    /// When its public part changed last.
    pub updated_at: DateTime<Utc>,
    /// Counts changes.
    pub revision: i64,
    /// Counts how often its sealed words were written.
    pub words_revision: i64,
    /// What they expect of each other. Filled from its own table, for the two.
    #[sqlx(skip)]
    pub agreement: Guarded<Private, Option<PairNote>>,
    /// Their words at the end. Filled from its own table, for the two.
    #[sqlx(skip)]
    pub end_notes: Guarded<Private, Vec<PairNote>>,
}

impl Pair {
    /// Where the cadence lives. The record does not say which of the two chose it.
    pub fn home(&self) -> Home<PairCadence> {
        Home::for_both(self.id, self.standing.two(self.id), &None, self.id, self.words_revision)
    }

    /// What a lead should know.
    pub fn warnings(&self) -> Vec<PairWarning> {
        let is_live = matches!(self.status, PairStatus::Proposed | PairStatus::Active | PairStatus::Paused);
        let planned = self.ends_on.map(|end| (end - self.starts_on).num_days());
        let is_unusual = self.model.longest_days().is_none() && planned.is_some_and(|days| !USUAL_DAYS.contains(&days));
        let load = (is_live && self.mentor_load > HIGH_LOAD).then_some(PairWarning::MentorLoadHigh);
        load.into_iter().chain((is_live && is_unusual).then_some(PairWarning::UnusualLength)).collect()
    }

    /// Whether it takes one of the mentor's places.
    pub const fn is_running(&self) -> bool {
        matches!(self.status, PairStatus::Active | PairStatus::Paused)
    }

    /// One party says yes. It begins when both have.
    pub fn accept(&mut self, viewer: &Viewer, now: DateTime<Utc>) -> Result<(), Problem> {
        self.check_answerable(now)?;
        self.mentor_accepted |= viewer.is(self.standing.mentor_id);
        self.mentee_accepted |= viewer.is(self.standing.mentee_id);
        if self.mentor_accepted && self.mentee_accepted {
            self.status = PairStatus::Active;
            self.active_since = Some(now);
            self.expires_on = None;
        }
        self.updated_at = now;
        Ok(())
    }

    /// One party says no.
    pub fn decline(&mut self, now: DateTime<Utc>) -> Result<(), Problem> {
        self.check_answerable(now)?;
        self.move_to(PairStatus::Declined, now);
        Ok(())
    }

    /// It rests.
    pub fn pause(&mut self, now: DateTime<Utc>) -> Result<(), Problem> {
        self.check_is(PairStatus::Active, "Only an active pair can be paused.")?;
        self.move_to(PairStatus::Paused, now);
        Ok(())
    }

    /// It goes on.
    pub fn resume(&mut self, now: DateTime<Utc>) -> Result<(), Problem> {
        self.check_is(PairStatus::Paused, "Only a paused pair can go on.")?;
        self.move_to(PairStatus::Active, now);
        self.active_since = Some(now);
        Ok(())
    }

    /// It is over.
    pub fn end(
        &mut self,
        by: Option<PersonId>,
        (reason, outcome): (EndReason, Option<Text>),
        now: DateTime<Utc>,
    ) -> Result<(), Problem> {
        if !self.is_running() {
            return Err(Problem::wrong_state("Only an active or paused pair can end."));
        }
        self.move_to(PairStatus::Ended, now);
        self.ended_on = Some(now.date_naive());
        self.end_reason = Guarded::new(Some(reason));
        self.outcome_summary = Guarded::new(outcome);
        self.ended_by_id = by;
        Ok(())
    }

    /// It is as if it had never been: nothing was begun in it.
    pub fn take_back(&mut self, by: Option<PersonId>, now: DateTime<Utc>) -> Result<(), Problem> {
        match self.status {
            PairStatus::Proposed => {
                self.move_to(PairStatus::Declined, now);
                Ok(())
            }
            _ => self.end(by, (EndReason::Other, None), now),
        }
    }

    /// Moves its planned end; an open end is `None`.
    pub fn plan_end(&mut self, ends_on: Option<NaiveDate>) -> Result<(), Problem> {
        check_days(self.model, self.starts_on, ends_on)?;
        self.ends_on = ends_on;
        Ok(())
    }

    /// Refuses where the pair can no longer change.
    pub fn check_is_live(&self) -> Result<(), Problem> {
        match self.status {
            PairStatus::Proposed | PairStatus::Active | PairStatus::Paused => Ok(()),
            PairStatus::Ended | PairStatus::Declined => Err(Problem::wrong_state("The pair is over.")),
        }
    }

    fn check_answerable(&self, now: DateTime<Utc>) -> Result<(), Problem> {
        self.check_is(PairStatus::Proposed, "Only a proposed pair can be answered.")?;
        if self.expires_on.is_some_and(|last| now.date_naive() > last) {
            return Err(Problem::wrong_state("Nobody answered in time; propose it again."));
        }
        Ok(())
    }

    fn check_is(&self, status: PairStatus, otherwise: &'static str) -> Result<(), Problem> {
        if self.status == status { Ok(()) } else { Err(Problem::wrong_state(otherwise)) }
    }

    const fn move_to(&mut self, status: PairStatus, now: DateTime<Utc>) {
        self.status = status;
        self.updated_at = now;
    }
}

/// The days of a pair fit its model.
pub fn check_days(model: Model, starts_on: NaiveDate, ends_on: Option<NaiveDate>) -> Result<(), Problem> {
    let Some(ends_on) = ends_on else {
        return match model.longest_days() {
            Some(_) => Err(Problem::invalid("/ends_on", "pairs of this model need an end")),
            None => Ok(()),
        };
    };
    if ends_on < starts_on {
        return Err(Problem::invalid("/ends_on", "must not be before starts_on"));
    }
    match model.longest_days() {
        Some(most) if (ends_on - starts_on).num_days() > most => {
            Err(Problem::invalid("/ends_on", format!("pairs of this model last at most {most} days")))
        }
        _ => Ok(()),
    }
}

impl Related for Pair {
    fn relations(&self, viewer: &Viewer) -> Relations {
        self.standing.relations(viewer)
    }
}

impl Takes<ReadPair> for Pair {}
impl Takes<ProposePair> for Pair {}
impl Takes<OverrideRule> for Pair {}
impl Takes<AnswerPair> for Pair {}
impl Takes<ChangePair> for Pair {}
impl Takes<ChangeAgreement> for Pair {}
impl Takes<PausePair> for Pair {}
impl Takes<EndPair> for Pair {}
impl Takes<WriteNotebook> for Pair {}
