//! The pair record and its status: `proposed → active ⇄ paused → ended`, `proposed → declined`.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use sqlx::FromRow;

use crate::clock::Clock;
use crate::ids::{PairId, PairNoteId, PersonId, ProgramId, TeamId};
use crate::policy::acts::{
    AnswerPair, ChangeAgreement, ChangePair, EndPair, OverrideRule, PausePair, ProposePair, ReadPair, WriteNotebook,
};
use crate::policy::{
    Guarded, Home, ManagerVisible, PairPeople, Private, Related, Relation, Relations, Sealed, Takes, Viewer, places,
};
use crate::problem::Problem;
use crate::programs::model::ProgramModel;
use crate::text::{Name, Sentence, Text};

/// A proposal expires after this time without an answer.
pub const PROPOSAL_LIFETIME: TimeDelta = TimeDelta::days(14);
/// Shorter and longer pairs get a warning. In days: 6 to 24 months.
const USUAL_DAYS: std::ops::RangeInclusive<i64> = 180..=732;
/// A mentor with more live pairs than this gets a warning.
const HIGH_LOAD: i64 = 3;

values! {
    /// Status of a pair.
    pub enum PairStatus {
        /// The pair waits until the mentor and the mentee have accepted it.
        Proposed,
        /// The pair is active: sessions can be scheduled and goals set.
        Active,
        /// The pair is paused and can be resumed.
        Paused,
        /// The pair has ended. It cannot be reopened.
        Ended,
        /// The pair never started: it was declined, or the proposal expired.
        Declined,
    }
}

values! {
    /// Reason why a pair ended.
    pub enum EndReason {
        /// The goals were met.
        GoalsMet,
        /// The two people did not get on well with each other.
        PoorChemistry,
        /// The personal situation of one person changed.
        LifeChange,
        /// It was too much work for the mentor.
        MentorBurnout,
        /// The mentee lost interest.
        MenteeDisengaged,
        /// The two people did not fit each other's needs.
        Mismatch,
        /// The program ended.
        ProgramEnded,
        /// One of the two people left the organisation.
        PersonLeft,
        /// Another reason.
        Other,
    }
}

values! {
    /// How often the mentor and the mentee plan to meet.
    pub enum Cadence {
        /// Every week: for new people and urgent skill gaps.
        Weekly,
        /// Every two weeks: suitable for most pairs.
        Biweekly,
        /// Every month: for long-term pairs.
        Monthly,
        /// When needed. Such pairs often stop meeting.
        AsNeeded,
    }
}

values! {
    /// Something a lead should know about a pair. A warning never refuses a request.
    @may_grow pub enum PairWarning {
        /// The mentor has more than three live pairs.
        MentorLoadHigh,
        /// The pair is planned for less than 6 or more than 24 months.
        UnusualLength,
    }
}

/// The people who have a relation to a pair, and so to all its records.
#[derive(Clone, Copy, Debug, FromRow)]
pub struct Standing {
    /// Id of the mentor.
    pub mentor_id: PersonId,
    /// Id of the mentee.
    pub mentee_id: PersonId,
    /// Id of the mentee's direct manager today.
    pub mentee_manager_id: Option<PersonId>,
    /// Id of the program. Its coordinators lead the pair.
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
    /// The pair, the mentor and the mentee: the context of their sealed texts.
    pub const fn two(&self, pair_id: PairId) -> PairPeople {
        PairPeople { pair_id, mentor_id: self.mentor_id, mentee_id: self.mentee_id }
    }

    /// Whether the viewer is the mentor or the mentee.
    pub fn has(&self, viewer: &Viewer) -> bool {
        viewer.is(self.mentor_id) || viewer.is(self.mentee_id)
    }
}

places! {
    /// Cadence of a pair.
    PairCadence = pairs.cadence of PairId, ForBoth: Private Cadence;
    /// Text of a pair note.
    PairNoteText = pair_notes.text of PairNoteId, ForBoth: Private Text;
}

/// A text that the mentor or the mentee wrote for both.
#[derive(Clone, Debug, FromRow)]
pub struct PairNote {
    /// Id of the note. Another text is another note.
    pub id: PairNoteId,
    /// Id of the pair.
    pub pair_id: PairId,
    /// Id of the author.
    pub author_id: PersonId,
    /// Kind of the note.
    pub kind: PairNoteKind,
    /// Text of the note.
    pub text: Sealed<PairNoteText>,
    /// Time of creation.
    pub created_at: DateTime<Utc>,
}

impl PairNote {
    /// The context that the text is sealed for. Another text is another row, so there is no revision.
    pub fn home(&self, two: PairPeople) -> Home<PairNoteText> {
        Home::for_both(self.id, two, &self.author_id, two.pair_id, 0)
    }

    /// A note that `author_id` writes now.
    pub fn new(clock: &Clock, pair_id: PairId, author_id: PersonId, kind: PairNoteKind, text: Text) -> Self {
        let text = Sealed::new(author_id, text);
        Self { id: PairNoteId::new(clock), pair_id, author_id, kind, text, created_at: clock.now() }
    }
}

/// Kind of a pair note.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum PairNoteKind {
    /// Expectations and rules that both agree on.
    Agreement,
    /// A closing note. The mentor and the mentee each have their own.
    EndNote,
}

/// A pair with the names that its view shows.
#[derive(Clone, Debug, FromRow)]
pub struct Pair {
    /// Id of the pair.
    pub id: PairId,
    /// The people who have a relation to it.
    #[sqlx(flatten)]
    pub standing: Standing,
    /// The mentor's name.
    pub mentor_name: Name,
    /// The mentor's title.
    pub mentor_title: Option<Name>,
    /// Number of live pairs of the mentor.
    pub mentor_load: i64,
    /// The mentee's name.
    pub mentee_name: Name,
    /// The mentee's title.
    pub mentee_title: Option<Name>,
    /// Id of the team that the pair counts for.
    pub team_id: Option<TeamId>,
    /// Name of the team.
    pub team_name: Option<Name>,
    /// Name of the program.
    pub program_name: Option<Name>,
    /// Model of mentoring.
    pub model: ProgramModel,
    /// Status of the pair.
    pub status: PairStatus,
    /// Whether the mentor has accepted.
    pub mentor_accepted: bool,
    /// Whether the mentee has accepted.
    pub mentee_accepted: bool,
    /// Last day on which a proposal can be answered.
    pub expires_on: Option<NaiveDate>,
    /// Focus of the pair.
    pub goals_focus: Option<Sentence>,
    /// Time when it last started or was resumed. `None`: it has not started.
    pub active_since: Option<DateTime<Utc>>,
    /// First day.
    pub starts_on: NaiveDate,
    /// Planned last day.
    pub ends_on: Option<NaiveDate>,
    /// Last day.
    pub ended_on: Option<NaiveDate>,
    /// Reason why a lead overrode a rule.
    pub override_reason: Guarded<ManagerVisible, Option<Sentence>>,
    /// Reason why it ended.
    pub end_reason: Guarded<ManagerVisible, Option<EndReason>>,
    /// Outcome of the pair.
    pub outcome_summary: Guarded<ManagerVisible, Option<Text>>,
    /// Id of the person who ended it and wrote the outcome.
    pub ended_by_id: Option<PersonId>,
    /// Planned cadence.
    pub cadence: Option<Sealed<PairCadence>>,
    /// Time of creation.
    pub created_at: DateTime<Utc>,
    /// Time of the last change to a public field.
    pub updated_at: DateTime<Utc>,
    /// Counts changes.
    pub revision: i64,
    /// Counts how often its sealed texts were written.
    pub words_revision: i64,
    /// Agreement. Filled from its own table, for the mentor and the mentee only.
    #[sqlx(skip)]
    pub agreement: Guarded<Private, Option<PairNote>>,
    /// Closing notes. Filled from their own table, for the mentor and the mentee only.
    #[sqlx(skip)]
    pub end_notes: Guarded<Private, Vec<PairNote>>,
}

impl Pair {
    /// The context that the cadence is sealed for. It has no author: the record does not say which person chose it.
    pub fn home(&self) -> Home<PairCadence> {
        Home::for_both(self.id, self.standing.two(self.id), &None, self.id, self.words_revision)
    }

    /// Warnings for the leads.
    pub fn warnings(&self) -> Vec<PairWarning> {
        let is_live = matches!(self.status, PairStatus::Proposed | PairStatus::Active | PairStatus::Paused);
        let planned = self.ends_on.map(|end| (end - self.starts_on).num_days());
        let is_unusual = self.model.longest_days().is_none() && planned.is_some_and(|days| !USUAL_DAYS.contains(&days));
        let load = (is_live && self.mentor_load > HIGH_LOAD).then_some(PairWarning::MentorLoadHigh);
        load.into_iter().chain((is_live && is_unusual).then_some(PairWarning::UnusualLength)).collect()
    }

    /// Whether it uses a place of the mentor.
    pub const fn is_running(&self) -> bool {
        matches!(self.status, PairStatus::Active | PairStatus::Paused)
    }

    /// The mentor or the mentee accepts. The pair becomes active when both have.
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

    /// The mentor or the mentee declines.
    pub fn decline(&mut self, now: DateTime<Utc>) -> Result<(), Problem> {
        self.check_answerable(now)?;
        self.move_to(PairStatus::Declined, now);
        Ok(())
    }

    /// Pauses the pair.
    pub fn pause(&mut self, now: DateTime<Utc>) -> Result<(), Problem> {
        self.check_is(PairStatus::Active, "Only an active pair can be paused.")?;
        self.move_to(PairStatus::Paused, now);
        Ok(())
    }

    /// Resumes the pair.
    pub fn resume(&mut self, now: DateTime<Utc>) -> Result<(), Problem> {
        self.check_is(PairStatus::Paused, "Only a paused pair can be resumed.")?;
        self.move_to(PairStatus::Active, now);
        self.active_since = Some(now);
        Ok(())
    }

    /// Ends the pair.
    pub fn end(
        &mut self,
        by: Option<PersonId>,
        (reason, outcome): (EndReason, Option<Text>),
        now: DateTime<Utc>,
    ) -> Result<(), Problem> {
        if !self.is_running() {
            return Err(Problem::wrong_state("Only an active or paused pair can be ended."));
        }
        self.move_to(PairStatus::Ended, now);
        self.ended_on = Some(now.date_naive());
        self.end_reason = Guarded::new(Some(reason));
        self.outcome_summary = Guarded::new(outcome);
        self.ended_by_id = by;
        Ok(())
    }

    /// Withdraws a pair in which nothing has been started: a proposal is declined, any other pair ends.
    pub fn withdraw(&mut self, by: Option<PersonId>, now: DateTime<Utc>) -> Result<(), Problem> {
        match self.status {
            PairStatus::Proposed => {
                self.move_to(PairStatus::Declined, now);
                Ok(())
            }
            _ => self.end(by, (EndReason::Other, None), now),
        }
    }

    /// Changes the planned last day. `None`: open.
    pub fn plan_end(&mut self, ends_on: Option<NaiveDate>) -> Result<(), Problem> {
        check_days(self.model, self.starts_on, ends_on)?;
        self.ends_on = ends_on;
        Ok(())
    }

    /// Refuses if the pair is over.
    pub fn check_is_live(&self) -> Result<(), Problem> {
        match self.status {
            PairStatus::Proposed | PairStatus::Active | PairStatus::Paused => Ok(()),
            PairStatus::Ended | PairStatus::Declined => {
                Err(Problem::wrong_state("The pair has ended or was declined, so it cannot be changed."))
            }
        }
    }

    fn check_answerable(&self, now: DateTime<Utc>) -> Result<(), Problem> {
        self.check_is(PairStatus::Proposed, "Only a proposed pair can be answered.")?;
        if self.expires_on.is_some_and(|last| now.date_naive() > last) {
            return Err(Problem::wrong_state("The proposal has expired. Propose the pair again."));
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

/// Checks that first and last day fit the model.
pub fn check_days(model: ProgramModel, starts_on: NaiveDate, ends_on: Option<NaiveDate>) -> Result<(), Problem> {
    let Some(ends_on) = ends_on else {
        return match model.longest_days() {
            Some(_) => Err(Problem::invalid("/ends_on", "must be given: pairs of this model need a planned last day")),
            None => Ok(()),
        };
    };
    if ends_on < starts_on {
        return Err(Problem::invalid("/ends_on", "must not be before `starts_on`"));
    }
    match model.longest_days() {
        Some(most) if (ends_on - starts_on).num_days() > most => Err(Problem::invalid(
            "/ends_on",
            format!("must be at most {most} days after `starts_on`: the model allows no longer pairs"),
        )),
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
