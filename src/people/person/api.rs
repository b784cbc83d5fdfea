//! Reading a person over HTTP, and the views of people in other records.

use actix_web::get;
use actix_web::web::Data;
use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::model::{LoadLevel, MeetingFormat, Person, PersonNeed, PersonSkill, PersonStatus, StyleAnswers};
use super::store;
use crate::db::Tx;
use crate::http::{App, Path};
use crate::ids::{LadderRoleId, PersonId, TeamId};
use crate::policy::acts::ReadPerson;
use crate::policy::{Bare, Shown, Viewer, readable_as, show, view};
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

impl PersonRef {
    /// A person as others refer to them.
    pub const fn new(id: PersonId, name: Name, title: Option<Name>) -> Self {
        Self { id, name, title }
    }
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
    PersonView of person: Person, clearance {
        let (learning_style, communication_style) = (person.home(), person.home());
        let (accommodations, style_answers) = (person.home(), person.home());
        let mentoring = Mentoring {
            offers_mentoring: person.offers_mentoring,
            wants_mentoring: person.wants_mentoring,
            is_paused: person.is_paused,
            capacity: person.mentor_capacity,
            active: person.mentor_load,
            load: person.mentor_load_level(),
        };
        let role = person.ladder_role_id.zip(person.ladder_role_name).zip(person.level);
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
        public team: Option<TeamRef> = person.team_id.zip(person.team_name).map(|(id, name)| TeamRef { id, name }),
        /// Direct manager. `null`: none.
        public manager: Option<PersonRef> = person.manager_id.zip(person.manager_name).map(|(id, name)| PersonRef::new(id, name, person.manager_title)),
        /// Role on a career ladder. `null`: none.
        public ladder_role: Option<LadderRoleRef> = role.map(|((id, name), level)| LadderRoleRef { id, name, level }),
        /// First day in the organisation. `null`: not known.
        manager_visible hired_on: Option<NaiveDate>,
        /// Place of work. `null`: not known.
        public location: Option<Name>,
        /// Time zone of the person.
        public time_zone: TimeZone,
        /// Languages, best first. Empty: not known.
        public languages: Vec<Language> = person.languages.0,
        /// Text about themselves. `null`: not written.
        public bio: Option<Text>,
        /// Employment status.
        public status: PersonStatus,
        /// Wishes about mentoring, and the load as a mentor.
        public mentoring: Mentoring = mentoring,
        /// Skills that the person can teach, in alphabetical order. Empty: none.
        public skills: Vec<PersonSkill>,
        /// Preferred ways to meet. Empty: no preference given.
        public formats: Vec<MeetingFormat> = person.formats.0,
        /// Topics that the person likes to talk about. Empty: none given.
        public topics: Vec<Name> = person.topics.0,
        /// Skills that the person wants to learn, most important first. Empty: none.
        manager_visible needs: Vec<PersonNeed>,
        /// Career goals. `null`: not written.
        manager_visible career_goals: Option<Text>,
        /// Career interests. `null`: not written.
        manager_visible career_interest: Option<Text>,
        /// Id of the career ladder role that the person works towards. `null`: none.
        manager_visible target_role_id: Option<LadderRoleId>,
        /// Learning style. `null`: not written.
        private learning_style: Option<Text> = clearance.unseal(learning_style, person.learning_style),
        /// Communication style. `null`: not written.
        private communication_style: Option<Text> = clearance.unseal(communication_style, person.communication_style),
        /// Accommodations that the person needs to take part. `null`: not written.
        private accommodations: Option<Text> = clearance.unseal(accommodations, person.accommodations),
        /// Four answers about how the person works, each from 1 to 5. `null`: not answered.
        private style_answers: Option<StyleAnswers> = clearance.unseal(style_answers, person.style_answers),
        /// Whether suggestions may use the answers, as part of `personal_fit`.
        private consents_to_personal_fit: bool =
            clearance.open(person.consents_to_personal_fit).map(|Bare(consents)| consents),
        /// Time at which the personal data was erased. `null`: the person was not erased.
        public erased_at: Option<DateTime<Utc>>,
        /// Time of creation.
        public created_at: DateTime<Utc>,
        /// Time of the last change of a public field.
        public updated_at: DateTime<Utc>,
    }
}

readable_as!(Person: ReadPerson, "people");

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
    let mut tx = app.read().await?;
    read(&mut tx, &viewer, *id).await
}

/// Reads a person and shows them.
pub async fn read(tx: &mut Tx, viewer: &Viewer, id: PersonId) -> Result<Shown<PersonView>, Problem> {
    let person = store::find(tx, viewer, id).await?.ok_or_else(Problem::not_found)?;
    show(viewer, person)
}
