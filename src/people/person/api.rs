//! Reading a person over HTTP, and the views of people in other records.

use actix_web::get;
use actix_web::web::Data;
use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::model::{LoadLevel, MeetingFormat, Person, PersonNeed, PersonSkill, PersonStatus, StyleAnswers};
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

/// A person as they appear in other records.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PersonRef {
    /// Id of the person.
    pub id: PersonId,
    /// Name of the person.
    pub name: Name,
    /// Job title. `null`: not known.
    pub title: Option<Name>,
}

/// A team as it appears in other records.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TeamRef {
    /// Id of the team.
    pub id: TeamId,
    /// Name of the team.
    pub name: Name,
}

/// A career ladder role as it appears in other records.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct LadderRoleRef {
    /// Id of the role.
    pub id: LadderRoleId,
    /// Name of the role.
    pub name: Name,
    /// Level of the role, from 1 (lowest) to 20 (highest). You can compare levels of different ladders.
    #[schema(minimum = 1, maximum = 20, examples(5))]
    pub level: i64,
}

/// The person's wishes about mentoring, and their load as a mentor.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Mentoring {
    /// Whether the person offers to be a mentor.
    pub offers_mentoring: bool,
    /// Whether the person wants a mentor.
    pub wants_mentoring: bool,
    /// Whether the person takes no new pairs for now.
    pub is_paused: bool,
    /// Maximum number of mentees at the same time.
    #[schema(minimum = 1, maximum = 10, examples(3))]
    pub capacity: i64,
    /// Number of active and paused pairs in which the person is the mentor.
    #[schema(minimum = 0, maximum = 1000, examples(1))]
    pub active: i64,
    /// Load level of the mentor.
    pub load: LoadLevel,
}

view! {
    /// A person.
    PersonView {
        /// Id of the person.
        public id: PersonId,
        /// Id of the person in the HR system. `null`: not known.
        public external_id: Option<Line<100>>,
        /// Name of the person.
        public name: Name,
        /// Work e-mail address.
        public email: Email,
        /// Job title. `null`: not known.
        public title: Option<Name>,
        /// Team of the person. `null`: none.
        public team: Option<TeamRef>,
        /// Direct manager. `null`: none.
        public manager: Option<PersonRef>,
        /// Role on a career ladder. `null`: none.
        public ladder_role: Option<LadderRoleRef>,
        /// First day in the organisation. `null`: not known.
        manager_visible hired_on: Option<NaiveDate>,
        /// Place of work. `null`: not known.
        public location: Option<Name>,
        /// Time zone of the person.
        public time_zone: TimeZone,
        /// Languages, best first. Empty: not known.
        public languages: Vec<Language>,
        /// Text about themselves. `null`: not written.
        public bio: Option<Text>,
        /// Employment status.
        public status: PersonStatus,
        /// Wishes about mentoring, and the load as a mentor.
        public mentoring: Mentoring,
        /// Skills that the person can teach, in alphabetical order. Empty: none.
        public skills: Vec<PersonSkill>,
        /// Preferred ways to meet. Empty: no preference given.
        public formats: Vec<MeetingFormat>,
        /// Topics that the person likes to talk about. Empty: none given.
        public topics: Vec<Name>,
        /// Skills that the person wants to learn, most important first. Empty: none.
        manager_visible needs: Vec<PersonNeed>,
        /// Career goals. `null`: not written.
        manager_visible career_goals: Option<Text>,
        /// Career interests. `null`: not written.
        manager_visible career_interest: Option<Text>,
        /// Id of the career ladder role that the person works towards. `null`: none.
        manager_visible target_role_id: Option<LadderRoleId>,
        /// Learning style. `null`: not written.
        private learning_style: Option<Text>,
        /// Communication style. `null`: not written.
        private communication_style: Option<Text>,
        /// Accommodations that the person needs to take part. `null`: not written.
        private accommodations: Option<Text>,
        /// Four answers about how the person works, each from 1 to 5. `null`: not answered.
        private style_answers: Option<StyleAnswers>,
        /// Whether suggestions may use the answers, as part of `personal_fit`.
        private consents_to_personal_fit: bool,
        /// Time at which the personal data was erased. `null`: the person was not erased.
        public erased_at: Option<DateTime<Utc>>,
        /// Time of creation.
        public created_at: DateTime<Utc>,
        /// Time of the last change of a public field.
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

/// Read a person
///
/// All people can read the public fields. Other fields are withheld according to the viewer:
///
/// - Needs, career goals, career interest, target role and first day: the person, their direct manager, and the leads
///   of their programs.
/// - Learning style, communication style, accommodations, answers and consent: only the person.
#[utoipa::path(tag = "people", params(("id" = PersonId, Path)), responses((status = 200, body = PersonView)))]
#[get("/v1/people/{id}")]
async fn read_person(app: Data<App>, viewer: Viewer, id: Path<PersonId>) -> Result<Shown<PersonView>, Problem> {
    read_again(&app, &viewer, *id).await
}

/// Reads a person in a new transaction and shows them.
pub async fn read_again(app: &App, viewer: &Viewer, id: PersonId) -> Result<Shown<PersonView>, Problem> {
    let mut tx = app.read().await?;
    let person = store::find(&mut tx, viewer, id).await?.ok_or_else(Problem::not_found)?;
    show(viewer, person)
}
