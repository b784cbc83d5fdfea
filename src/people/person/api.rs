//! People over HTTP.

use actix_web::get;
use actix_web::web::Data;
use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::model::{Format, LoadLevel, Person, PersonNeed, PersonSkill, PersonStatus, StyleAnswers};
use super::store;
use crate::http::{App, Path};
use crate::ids::{LadderRoleId, PersonId, TeamId};
use crate::policy::acts::ReadPerson;
use crate::policy::{Bare, Clearance, Readable, Shown, Viewed, Viewer, show, view};
use crate::problem::Problem;
use crate::text::{Email, Language, Line, Name, Text, TimeZone};

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config.service(read_person);
}

/// A person as they appear inside other records.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PersonRef {
    /// Names the person.
    pub id: PersonId,
    /// As colleagues write it.
    pub name: Name,
    /// Job title.
    pub title: Option<Name>,
}

/// A team as it appears inside other records.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TeamRef {
    /// Names the team.
    pub id: TeamId,
    /// What it is called.
    pub name: Name,
}

/// A ladder role as it appears inside other records.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct LadderRoleRef {
    /// Names the role.
    pub id: LadderRoleId,
    /// What it is called.
    pub name: Name,
    /// Levels compare across ladders.
    #[schema(minimum = 1, maximum = 20, examples(5))]
    pub level: i64,
}

/// What a mentor offers and has.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Mentoring {
    /// Willing to mentor.
    pub offers_mentoring: bool,
    /// Would like a mentor.
    pub wants_mentoring: bool,
    /// Takes no new pairs for now.
    pub is_paused: bool,
    /// Pairs they would mentor at once.
    #[schema(minimum = 1, maximum = 10, examples(3))]
    pub capacity: i64,
    /// Live pairs they mentor.
    #[schema(minimum = 0, maximum = 1000, examples(1))]
    pub active: i64,
    /// How busy that is.
    pub load: LoadLevel,
}

view! {
    /// A person.
    PersonView {
        /// Names the person.
        public id: PersonId,
        /// What HR calls them.
        public external_id: Option<Line<100>>,
        /// As colleagues write it.
        public name: Name,
        /// Work e-mail.
        public email: Email,
        /// Job title.
        public title: Option<Name>,
        /// Their team.
        public team: Option<TeamRef>,
        /// Their direct manager.
        public manager: Option<PersonRef>,
        /// Their step on a career ladder.
        public ladder_role: Option<LadderRoleRef>,
        /// First day here.
        manager_visible hired_on: Option<NaiveDate>,
        /// Where they work.
        public location: Option<Name>,
        /// Where their clock stands.
        public time_zone: TimeZone,
        /// What they speak, best first.
        public languages: Vec<Language>,
        /// In their own words.
        public bio: Option<Text>,
        /// Whether they work here.
        public status: PersonStatus,
        /// What they offer and have as a mentor.
        public mentoring: Mentoring,
        /// What they can teach.
        public skills: Vec<PersonSkill>,
        /// How they like to meet.
        public formats: Vec<Format>,
        /// What they like to talk about.
        public topics: Vec<Name>,
        /// What they want to learn.
        manager_visible needs: Vec<PersonNeed>,
        /// Where they want to get.
        manager_visible career_goals: Option<Text>,
        /// What draws them.
        manager_visible career_interest: Option<Text>,
        /// The ladder role they work towards.
        manager_visible target_role_id: Option<LadderRoleId>,
        /// How they learn.
        private learning_style: Option<Text>,
        /// How they communicate.
        private communication_style: Option<Text>,
        /// What they need to take part.
        private accommodations: Option<Text>,
        /// How they work: four answers from 1 to 5.
        private style_answers: Option<StyleAnswers>,
        /// Lets their answers enter suggestions as part of `personal_fit`.
        private consents_to_personal_fit: bool,
        /// When everything that says who they were was erased; `null` for everybody else.
        public erased_at: Option<DateTime<Utc>>,
        /// When the record was made.
        public created_at: DateTime<Utc>,
        /// When its public part changed last.
        public updated_at: DateTime<Utc>,
    }
}

impl Readable for Person {
    type Read = ReadPerson;
    const KIND: &'static str = "people";

    fn id(&self) -> Uuid {
        self.id.uuid()
    }
}

impl Viewed for Person {
    type View = PersonView;

    fn view(self, clearance: &Clearance) -> PersonView {
        let (learning_style, communication_style) = (self.home(), self.home());
        let (accommodations, style_answers) = (self.home(), self.home());
        let mentoring = Mentoring {
            offers_mentoring: self.offers_mentoring,
            wants_mentoring: self.wants_mentoring,
            is_paused: self.is_paused,
            capacity: self.mentor_capacity,
            active: self.mentor_load,
            load: self.mentor_load_level(),
        };
        let role = self.ladder_role_id.zip(self.ladder_role_name).zip(self.level);
        PersonView {
            id: self.id,
            external_id: self.external_id,
            name: self.name,
            email: self.email,
            title: self.title,
            team: self.team_id.zip(self.team_name).map(|(id, name)| TeamRef { id, name }),
            manager: self.manager_id.zip(self.manager_name).map(|(id, name)| PersonRef {
                id,
                name,
                title: self.manager_title,
            }),
            ladder_role: role.map(|((id, name), level)| LadderRoleRef { id, name, level }),
            hired_on: clearance.open(self.hired_on),
            location: self.location,
            time_zone: self.time_zone,
            languages: self.languages.0,
            bio: self.bio,
            status: self.status,
            mentoring,
            skills: self.skills,
            formats: self.formats.0,
            topics: self.topics.0,
            needs: clearance.open(self.needs),
            career_goals: clearance.open(self.career_goals),
            career_interest: clearance.open(self.career_interest),
            target_role_id: clearance.open(self.target_role_id),
            learning_style: clearance.unseal(learning_style, self.learning_style),
            communication_style: clearance.unseal(communication_style, self.communication_style),
            accommodations: clearance.unseal(accommodations, self.accommodations),
            style_answers: clearance.unseal(style_answers, self.style_answers),
            consents_to_personal_fit: clearance.open(self.consents_to_personal_fit).map(|Bare(consents)| consents),
            erased_at: self.erased_at,
            created_at: self.created_at,
            updated_at: self.updated_at,
            withheld: clearance.withheld::<PersonView>(),
        }
    }
}

/// Reads a person.
///
/// Development needs and career goals are for the person, their direct manager and the leads of
/// their programs; learning style and the like for the person alone.
#[utoipa::path(tag = "people", params(("id" = PersonId, Path)), responses((status = 200, body = PersonView)))]
#[get("/v1/people/{id}")]
async fn read_person(app: Data<App>, viewer: Viewer, id: Path<PersonId>) -> Result<Shown<PersonView>, Problem> {
    read_again(&app, &viewer, *id).await
}

/// Reads and shows a person, as they are now.
pub async fn read_again(app: &App, viewer: &Viewer, id: PersonId) -> Result<Shown<PersonView>, Problem> {
    let mut tx = app.read().await?;
    let person = store::find(&mut tx, viewer, id).await?.ok_or_else(Problem::not_found)?;
    show(viewer, person)
}
