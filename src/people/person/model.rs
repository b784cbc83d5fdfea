//! A person: facts from HR, and the profile that the person keeps.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use sqlx::FromRow;
use sqlx::types::Json;
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::db::FormerName;
use crate::ids::{LadderRoleId, PersonId, SkillId, TeamId};
use crate::number::Whole;
use crate::policy::acts::{ChangeProfile, ReadHistory, ReadPerson};
use crate::policy::{
    Bare, Consent, Guarded, Home, ManagerVisible, MatchingInput, OfPerson, Place, Private, Related, Relation,
    Relations, Sealed, Takes, Viewer, places,
};
use crate::text::{Email, Language, Line, Name, Text, TimeZone};

values! {
    /// Employment status of a person.
    pub enum PersonStatus {
        /// The person works here and can be paired.
        Active,
        /// The person is on leave: they can sign in, but not be paired.
        OnLeave,
        /// The person has left: they cannot sign in, be paired or be suggested.
        Departed,
    }
}

values! {
    /// Way in which a pair meets.
    #[derive(Hash)]
    pub enum MeetingFormat {
        /// In the same room.
        InPerson,
        /// By video call.
        Video,
        /// By phone.
        Phone,
        /// On a walk.
        Walking,
        /// In writing, each at their own time.
        Async,
        /// One person accompanies the other at work.
        Shadowing,
    }
}

/// Four answers of a questionnaire, each from 1 to 5, in this order: direct or diplomatic, planned or spontaneous, talk
/// or write first, big picture or detail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "[Whole; 4]")]
pub struct StyleAnswers([u8; 4]);

impl PartialSchema for StyleAnswers {
    fn schema() -> RefOr<Schema> {
        let answer = ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(1)).maximum(Some(5));
        let answers = ArrayBuilder::new().items(answer).min_items(Some(4)).max_items(Some(4));
        answers.examples([serde_json::json!([2, 4, 1, 5])]).into()
    }
}

impl ToSchema for StyleAnswers {}

impl StyleAnswers {
    /// The four answers in order.
    pub const fn answers(self) -> [u8; 4] {
        self.0
    }
}

impl TryFrom<[Whole; 4]> for StyleAnswers {
    type Error = &'static str;

    fn try_from(answers: [Whole; 4]) -> Result<Self, Self::Error> {
        let mut kept = [0; 4];
        for (kept, Whole(answer)) in kept.iter_mut().zip(answers) {
            let valid = u8::try_from(answer).ok().filter(|answer| (1..=5).contains(answer));
            *kept = valid.ok_or("must have answers from 1 to 5")?;
        }
        Ok(Self(kept))
    }
}

// Sealed for the person alone. The store reads these columns only if the viewer is the person.
places! {
    /// Learning style.
    LearningStyle = people.learning_style of PersonId, OfPerson: Private Text;
    /// Communication style.
    CommunicationStyle = people.communication_style of PersonId, OfPerson: Private Text;
    /// Accommodations that the person needs to take part.
    Accommodations = people.accommodations of PersonId, OfPerson: Private Text;
    /// Answers to the questionnaire.
    StyleAnswersPlace = people.style_answers of PersonId, OfPerson: Private StyleAnswers;
}

/// Suggestions may read the answers of people who consent.
impl MatchingInput for StyleAnswersPlace {
    type Condition = Consent;
}

/// A person with the names of their team, manager and ladder role.
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
#[derive(Clone, Debug, FromRow)]
pub struct Person {
    /// Id of the person.
    pub id: PersonId,
    /// Id of the person in the HR system.
    pub external_id: Option<Line<100>>,
    /// Name of the person.
    pub name: Name,
    /// Work e-mail address.
    pub email: Email,
    /// Job title.
    pub title: Option<Name>,
    /// Id of the team.
    pub team_id: Option<TeamId>,
    /// Name of the team.
    pub team_name: Option<Name>,
    /// Id of the direct manager.
    pub manager_id: Option<PersonId>,
    /// Name of the manager.
    pub manager_name: Option<Name>,
    /// Job title of the manager.
    pub manager_title: Option<Name>,
    /// Id of the career ladder role.
    pub ladder_role_id: Option<LadderRoleId>,
    /// Name of the role.
    pub ladder_role_name: Option<Name>,
    /// Level of the role.
    pub level: Option<i64>,
    /// First day in the organisation.
    pub hired_on: Guarded<ManagerVisible, Option<NaiveDate>>,
    /// Place of work.
    pub location: Option<Name>,
    /// Time zone of the person.
    pub time_zone: TimeZone,
    /// Languages, best first.
    pub languages: Json<Vec<Language>>,
    /// Text about themselves.
    pub bio: Option<Text>,
    /// Employment status.
    pub status: PersonStatus,
    /// Whether the person offers to be a mentor.
    pub offers_mentoring: bool,
    /// Whether the person wants a mentor.
    pub wants_mentoring: bool,
    /// Whether the person takes no new pairs for now.
    pub is_paused: bool,
    /// Maximum number of mentees at the same time.
    pub mentor_capacity: i64,
    /// Number of active and paused pairs in which the person is the mentor.
    pub mentor_load: i64,
    /// Preferred ways to meet.
    pub formats: Json<Vec<MeetingFormat>>,
    /// Topics that the person likes to talk about.
    pub topics: Json<Vec<Name>>,
    /// Career goals.
    pub career_goals: Guarded<ManagerVisible, Option<Text>>,
    /// Career interests.
    pub career_interest: Guarded<ManagerVisible, Option<Text>>,
    /// Id of the ladder role that the person works towards.
    pub target_role_id: Guarded<ManagerVisible, Option<LadderRoleId>>,
    /// Learning style.
    pub learning_style: Option<Sealed<LearningStyle>>,
    /// Communication style.
    pub communication_style: Option<Sealed<CommunicationStyle>>,
    /// Accommodations that the person needs to take part.
    pub accommodations: Option<Sealed<Accommodations>>,
    /// Answers to the questionnaire.
    pub style_answers: Option<Sealed<StyleAnswersPlace>>,
    /// Whether suggestions may use the answers to the questionnaire.
    pub consents_to_personal_fit: Guarded<Private, Bare<bool>>,
    /// Time at which the personal data was erased.
    pub erased_at: Option<DateTime<Utc>>,
    /// Time of creation.
    pub created_at: DateTime<Utc>,
    /// Time of the last change of a public field.
    pub updated_at: DateTime<Utc>,
    /// Number of changes, for optimistic locking.
    pub revision: i64,
    /// Number of times the sealed texts were written.
    pub words_revision: i64,
    /// Whether the viewer coordinates a program in which the person has a pair.
    pub is_in_viewers_program: bool,
    /// Skills that the person can teach. Filled from a table of their own.
    #[sqlx(skip)]
    pub skills: Vec<PersonSkill>,
    /// Skills that the person wants to learn. Filled from a table of their own.
    #[sqlx(skip)]
    pub needs: Guarded<ManagerVisible, Vec<PersonNeed>>,
}

impl Person {
    /// The place to which a sealed value of the profile is bound.
    pub fn home<P: Place<Row = PersonId, Ownership = OfPerson>>(&self) -> Home<P> {
        Home::of_person(self.id, self.id, self.words_revision)
    }
}

/// A skill that a person can teach.
#[derive(Clone, Debug, Serialize, FromRow, ToSchema)]
pub struct PersonSkill {
    /// Id of the person. The record around it has it already.
    #[serde(skip)]
    pub person_id: PersonId,
    /// Id of the skill.
    pub skill_id: SkillId,
    /// Name of the skill.
    pub name: Name,
    /// Level from 1 (knows the basics) to 5 (experts ask for advice).
    #[schema(minimum = 1, maximum = 5, examples(4))]
    pub level: i64,
}

/// A skill that a person wants to learn.
#[derive(Clone, Debug, Serialize, FromRow, ToSchema)]
pub struct PersonNeed {
    /// Id of the person. The record around it has it already.
    #[serde(skip)]
    pub person_id: PersonId,
    /// Id of the skill.
    pub skill_id: SkillId,
    /// Name of the skill.
    pub name: Name,
    /// Importance from 1 (would be nice) to 3 (matters most).
    #[schema(minimum = 1, maximum = 3, examples(3))]
    pub priority: i64,
    /// Current level, from 0 (none) to 4.
    #[schema(minimum = 0, maximum = 4, examples(1))]
    pub current_level: i64,
    /// Level to reach, from 1 to 5.
    #[schema(minimum = 1, maximum = 5, examples(3))]
    pub target_level: i64,
}

impl Person {
    /// A mentor with more active and paused pairs has a high load.
    const HIGH_LOAD: i64 = 3;

    /// The person's manager and programs, for the access rules.
    pub const fn standing(&self) -> PersonStanding {
        let (person_id, manager_id) = (self.id, self.manager_id);
        PersonStanding { person_id, manager_id, is_in_viewers_program: self.is_in_viewers_program }
    }

    /// The external id and the address. The service notes when a new person gets those of an erased person.
    pub fn names(&self) -> Vec<FormerName<'_>> {
        let external_id = self.external_id.as_ref().map(|id| FormerName::ExternalId(id.as_str()));
        external_id.into_iter().chain([FormerName::Email(self.email.as_str())]).collect()
    }

    /// The load level, which never causes a refusal by itself.
    pub const fn mentor_load_level(&self) -> LoadLevel {
        if self.mentor_load > Self::HIGH_LOAD {
            LoadLevel::High
        } else if self.mentor_load >= self.mentor_capacity {
            LoadLevel::Full
        } else {
            LoadLevel::Free
        }
    }
}

values! {
    /// Load of a mentor, compared with the capacity of their profile.
    pub enum LoadLevel {
        /// The mentor has fewer mentees than their capacity.
        Free,
        /// The mentor has as many mentees as their capacity.
        Full,
        /// The mentor has more than three active and paused pairs, whatever their capacity.
        High,
    }
}

/// The relations of a viewer to a person, and to the records of the person.
#[derive(Clone, Copy, Debug)]
pub struct PersonStanding {
    /// Id of the person.
    pub person_id: PersonId,
    /// Id of the current direct manager.
    pub manager_id: Option<PersonId>,
    /// Whether the viewer coordinates a program in which the person has a pair.
    pub is_in_viewers_program: bool,
}

/// A person is the author of their own record. Admins lead all people, coordinators the people in their programs.
impl Related for PersonStanding {
    fn relations(&self, viewer: &Viewer) -> Relations {
        viewer
            .relations()
            .and(Relation::Author, viewer.is(self.person_id))
            .and(Relation::Manager, viewer.is(self.manager_id))
            .and(Relation::Lead, viewer.is_admin || (self.is_in_viewers_program && !viewer.programs.is_empty()))
    }
}

impl Related for Person {
    fn relations(&self, viewer: &Viewer) -> Relations {
        self.standing().relations(viewer)
    }
}

impl Takes<ReadPerson> for Person {}
impl Takes<ReadHistory> for Person {}
impl Takes<ChangeProfile> for Person {}
