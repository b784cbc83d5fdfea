//! What a person is: facts from HR, a profile of their own, and what is true of both.

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

/// Whether somebody works here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, ToSchema)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum PersonStatus {
    /// Works here, and can be paired.
    Active,
    /// Works here and is away: can sign in, cannot be paired.
    OnLeave,
    /// Left: cannot sign in, is in no list of candidates.
    Departed,
}

/// How a pair likes to meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// In one room.
    InPerson,
    /// By video.
    Video,
    /// By phone.
    Phone,
    /// On a walk.
    Walking,
    /// In writing, each in their own time.
    Async,
    /// Next to each other at work.
    Shadowing,
}

/// Four answers on a scale of 1 to 5, as asked by the profile: direct or diplomatic, planned or
/// spontaneous, talking or writing first, big picture or detail.
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
    /// The answers in order.
    pub const fn answers(self) -> [u8; 4] {
        self.0
    }
}

impl TryFrom<[Whole; 4]> for StyleAnswers {
    type Error = &'static str;

    fn try_from(answers: [Whole; 4]) -> Result<Self, Self::Error> {
        let mut kept = [0; 4];
        for (kept, Whole(answer)) in kept.iter_mut().zip(answers) {
            let step = u8::try_from(answer).ok().filter(|step| (1..=5).contains(step));
            *kept = step.ok_or("answers are from 1 to 5")?;
        }
        Ok(Self(kept))
    }
}

// For the person alone; the store reads them for nobody else.
places! {
    /// How they learn.
    LearningStyle = people.learning_style of PersonId, OfPerson: Private Text;
    /// How they communicate.
    CommunicationStyle = people.communication_style of PersonId, OfPerson: Private Text;
    /// What they need to take part.
    Accommodations = people.accommodations of PersonId, OfPerson: Private Text;
    /// How they work.
    StyleAnswersPlace = people.style_answers of PersonId, OfPerson: Private StyleAnswers;
}

/// Suggestions read it of those who consent.
impl MatchingInput for StyleAnswersPlace {
    type Leave = Consent;
}

/// A person with the names that go with them.
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
#[derive(Clone, Debug, FromRow)]
pub struct Person {
    /// Names the person.
    pub id: PersonId,
    /// What HR calls them.
    pub external_id: Option<Line<100>>,
    /// As colleagues write it.
    pub name: Name,
    /// Work e-mail.
    pub email: Email,
    /// Job title.
    pub title: Option<Name>,
    /// Their team.
    pub team_id: Option<TeamId>,
    /// Its name.
    pub team_name: Option<Name>,
    /// Their direct manager.
    pub manager_id: Option<PersonId>,
    /// The manager's name.
    pub manager_name: Option<Name>,
    /// The manager's title.
    pub manager_title: Option<Name>,
    /// Their step on a career ladder.
    pub ladder_role_id: Option<LadderRoleId>,
    /// Its name.
    pub ladder_role_name: Option<Name>,
    /// Its level.
    pub level: Option<i64>,
    /// First day here.
    pub hired_on: Guarded<ManagerVisible, Option<NaiveDate>>,
    /// Where they work.
    pub location: Option<Name>,
    /// Where their clock stands.
    pub time_zone: TimeZone,
    /// What they speak, best first.
    pub languages: Json<Vec<Language>>,
    /// In their own words.
    pub bio: Option<Text>,
    /// Whether they work here.
    pub status: PersonStatus,
    /// Willing to mentor.
    pub offers_mentoring: bool,
    /// Would like a mentor.
    pub wants_mentoring: bool,
    /// Takes no new pairs for now.
    pub is_paused: bool,
    /// Pairs they would mentor at once.
    pub mentor_capacity: i64,
    /// Live pairs they mentor.
    pub mentor_load: i64,
    /// How they like to meet.
    pub formats: Json<Vec<Format>>,
    /// What they like to talk about.
    pub topics: Json<Vec<Name>>,
    /// Where they want to get.
    pub career_goals: Guarded<ManagerVisible, Option<Text>>,
    /// What draws them.
    pub career_interest: Guarded<ManagerVisible, Option<Text>>,
    /// The ladder role they work towards.
    pub target_role_id: Guarded<ManagerVisible, Option<LadderRoleId>>,
    /// How they learn.
    pub learning_style: Option<Sealed<LearningStyle>>,
    /// How they communicate.
    pub communication_style: Option<Sealed<CommunicationStyle>>,
    /// What they need to take part.
    pub accommodations: Option<Sealed<Accommodations>>,
    /// How they work.
    pub style_answers: Option<Sealed<StyleAnswersPlace>>,
    /// Lets their answers enter suggestions.
    pub consents_to_personal_fit: Guarded<Private, Bare<bool>>,
    /// When everything that says who they were was erased.
    pub erased_at: Option<DateTime<Utc>>,
    /// When the record was made.
    pub created_at: DateTime<Utc>,
    /// When its public part changed last.
    pub updated_at: DateTime<Utc>,
    /// Counts changes.
    pub revision: i64,
    /// Counts how often its sealed words were written.
    pub words_revision: i64,
    /// The viewer coordinates a program in which the person has a pair.
    pub is_in_viewers_program: bool,
    /// What they can teach. Filled from its own table.
    #[sqlx(skip)]
    pub skills: Vec<PersonSkill>,
    /// What they want to learn. Filled from its own table.
    #[sqlx(skip)]
    pub needs: Guarded<ManagerVisible, Vec<PersonNeed>>,
}

impl Person {
    /// Where what they said of themselves lives.
    pub fn home<P: Place<Row = PersonId, Kin = OfPerson>>(&self) -> Home<P> {
        Home::of_person(self.id, self.id, self.words_revision)
    }
}

/// A skill somebody offers.
#[derive(Clone, Debug, Serialize, FromRow, ToSchema)]
pub struct PersonSkill {
    /// Whose; known from the record around it.
    #[serde(skip)]
    pub person_id: PersonId,
    /// The skill.
    pub skill_id: SkillId,
    /// Its name.
    pub name: Name,
    /// 1 (knows the basics) to 5 (is asked by experts).
    #[schema(minimum = 1, maximum = 5, examples(4))]
    pub level: i64,
}

/// A skill somebody wants to develop.
#[derive(Clone, Debug, Serialize, FromRow, ToSchema)]
pub struct PersonNeed {
    /// Whose; known from the record around it.
    #[serde(skip)]
    pub person_id: PersonId,
    /// The skill.
    pub skill_id: SkillId,
    /// Its name.
    pub name: Name,
    /// 1 (would be nice) to 3 (matters most).
    #[schema(minimum = 1, maximum = 3, examples(3))]
    pub priority: i64,
    /// Where they are, 0 to 4.
    #[schema(minimum = 0, maximum = 4, examples(1))]
    pub current_level: i64,
    /// Where they want to be, 1 to 5.
    #[schema(minimum = 1, maximum = 5, examples(3))]
    pub target_level: i64,
}

impl Person {
    /// Above this many live pairs a mentor's load is called high.
    const HIGH_LOAD: i64 = 3;

    /// Who stands how to them.
    pub const fn standing(&self) -> PersonStanding {
        let (person_id, manager_id) = (self.id, self.manager_id);
        PersonStanding { person_id, manager_id, is_in_viewers_program: self.is_in_viewers_program }
    }

    /// What stands for this person alone, and must not bring them back once they are erased.
    pub fn names(&self) -> Vec<FormerName<'_>> {
        let external_id = self.external_id.as_ref().map(|id| FormerName::ExternalId(id.as_str()));
        external_id.into_iter().chain([FormerName::Email(self.email.as_str())]).collect()
    }

    /// `high` above three live pairs: a warning, no refusal.
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

/// How busy a mentor is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LoadLevel {
    /// Below what they offered.
    Free,
    /// As much as they offered.
    Full,
    /// More than three live pairs, which few people do well.
    High,
}

/// Who stands how to a person, and to what hangs on them.
#[derive(Clone, Copy, Debug)]
pub struct PersonStanding {
    /// Names the person.
    pub person_id: PersonId,
    /// Their direct manager today.
    pub manager_id: Option<PersonId>,
    /// The viewer coordinates a program in which the person has a pair.
    pub is_in_viewers_program: bool,
}

/// A person is the author of their own record; admins lead everybody, coordinators the people in
/// their programs.
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
