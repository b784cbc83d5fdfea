//! The facts about a person that HR keeps.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use sqlx::types::Json;
use utoipa::ToSchema;

use crate::http::{Change, merge_patch};
use crate::ids::{LadderRoleId, PersonId, TeamId};
use crate::people::organisation::Organisation;
use crate::people::person::model::{Person, PersonStatus};
use crate::policy::acts::ReuseErasedName;
use crate::policy::{Guarded, Related, Relations, Takes, Viewer};
use crate::problem::Problem;
use crate::text::{Email, Language, Line, Name, TimeZone};
use crate::time::Day;

/// Capacity of a new person, until they change it in their profile.
const USUAL_CAPACITY: i64 = 3;
/// Maximum number of languages.
const MOST_LANGUAGES: usize = 20;

/// The facts about a person that HR keeps. A field that is left out becomes empty, except `time_zone`, `languages` and
/// `status`.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[schema(examples(json!({
    "external_id": "E-1024", "name": "Ada Lovelace", "email": "ada@example.com", "title": "Senior Engineer",
    "hired_on": "2024-03-01", "location": "Zurich", "time_zone": "Europe/Zurich",
    "languages": ["en", "de"], "status": "active",
})))]
#[serde(deny_unknown_fields)]
pub struct RosterEntry {
    /// Id of the person in the HR system. It is unique.
    pub external_id: Option<Line<100>>,
    /// Name of the person.
    pub name: Name,
    /// Work e-mail address. It is unique.
    pub email: Email,
    /// Job title. Default: none.
    pub title: Option<Name>,
    /// Id of the team. Default: none.
    pub team_id: Option<TeamId>,
    /// Id of the direct manager. Default: none.
    pub manager_id: Option<PersonId>,
    /// External id of the direct manager. Send either this or `manager_id`. Default: none.
    pub manager_external_id: Option<Line<100>>,
    /// Id of the career ladder role. Default: none.
    pub ladder_role_id: Option<LadderRoleId>,
    /// First day in the organisation. Default: none.
    pub hired_on: Option<Day>,
    /// Place of work. Default: none.
    pub location: Option<Name>,
    /// Time zone of the person. Default: the current value, or `UTC` for a new person.
    pub time_zone: Option<TimeZone>,
    /// Languages, best first, at most 20. Default: the current value, or none for a new person.
    #[schema(max_items = 20)]
    pub languages: Option<Vec<Language>>,
    /// Employment status. Default: `active`. `departed`: the service changes only the status and ignores the new values
    /// of other fields. It creates no new person.
    pub status: Option<PersonStatus>,
}

values! {
    /// Reason why the report of a departure changed no person. More values can be added.
    @may_grow pub enum AbsenceOutcome {
        /// The external id or the address belonged to a person who was erased. Erased people are not created again.
        Erased,
        /// The service does not know the person. No person is created as departed.
        Unknown,
    }
}

/// The report of a departure of a person who is not in the service. Nothing was changed.
#[derive(Clone, Copy, Debug)]
pub struct Absence {
    /// Reason why no person was changed.
    pub outcome: AbsenceOutcome,
}

impl Related for Absence {
    fn relations(&self, viewer: &Viewer) -> Relations {
        Organisation.relations(viewer)
    }
}

merge_patch! {
    /// Changes to the facts that HR keeps. Fields that are left out stay as they are.
    #[schema(examples(json!({"title": "Senior engineer", "manager_id": "01985b1e-6d0a-7c11-9a52-3f4c5d6e7f80", "location": null})))]
    ChangePersonInput {
        /// Id of the person in the HR system. It is unique. `null` removes it.
        external_id: Option<Line<100>>,
        /// Name of the person.
        name: Name,
        /// Work e-mail address. It is unique.
        email: Email,
        /// Job title. `null` removes it.
        title: Option<Name>,
        /// Id of the team. `null` removes the team.
        team_id: Option<TeamId>,
        /// Id of the direct manager. `null` removes the manager.
        manager_id: Option<PersonId>,
        /// Id of the career ladder role. `null` removes the role.
        ladder_role_id: Option<LadderRoleId>,
        /// First day in the organisation. `null` removes it.
        hired_on: Option<Day>,
        /// Place of work. `null` removes it.
        location: Option<Name>,
        /// Time zone of the person.
        time_zone: TimeZone,
        /// Languages, best first, at most 20. Empty: not known.
        #[schema(max_items = 20)]
        languages: Vec<Language>,
        /// Employment status. `departed` signs the person out at once. The service then changes only the status and
        /// ignores the new values of other fields.
        status: PersonStatus,
    }
}

impl RosterEntry {
    /// An entry with a name and an address only.
    pub const fn of(name: Name, email: Email) -> Self {
        Self {
            external_id: None,
            name,
            email,
            title: None,
            team_id: None,
            manager_id: None,
            manager_external_id: None,
            ladder_role_id: None,
            hired_on: None,
            location: None,
            time_zone: None,
            languages: None,
            status: None,
        }
    }

    /// The entry as a change of an existing person, with the id of the manager that it refers to.
    pub fn into_change(self, manager_id: Option<PersonId>) -> ChangePersonInput {
        ChangePersonInput {
            external_id: Change::Set(self.external_id),
            name: Change::Set(self.name),
            email: Change::Set(self.email),
            title: Change::Set(self.title),
            team_id: Change::Set(self.team_id),
            manager_id: Change::Set(manager_id),
            ladder_role_id: Change::Set(self.ladder_role_id),
            hired_on: Change::Set(self.hired_on),
            location: Change::Set(self.location),
            time_zone: self.time_zone.map_or(Change::Keep, Change::Set),
            languages: self.languages.map_or(Change::Keep, Change::Set),
            status: Change::Set(self.status.unwrap_or(PersonStatus::Active)),
        }
    }
}

impl ChangePersonInput {
    /// Refuses lists that are too long or contain a value twice.
    pub fn check(&self) -> Result<(), Problem> {
        self.languages.set().map_or(Ok(()), |languages| check_languages(languages))
    }
}

/// Refuses more than 20 languages, and repeated languages.
pub fn check_languages(languages: &[Language]) -> Result<(), Problem> {
    check_list("/languages", languages, MOST_LANGUAGES)
}

/// Refuses more than `most` items, and repeated items.
pub fn check_list<T: PartialEq>(pointer: &str, items: &[T], most: usize) -> Result<(), Problem> {
    if items.len() > most {
        return Err(Problem::invalid(pointer, format!("must have at most {most} items")));
    }
    let again = items.iter().enumerate().find(|(index, item)| items[..*index].contains(item));
    match again {
        Some((index, _)) => Err(Problem::invalid(format!("{pointer}/{index}"), "must not occur twice")),
        None => Ok(()),
    }
}

impl Takes<ReuseErasedName> for Organisation {}

impl Person {
    /// A new person with a name and an address only.
    pub fn new(id: PersonId, name: Name, email: Email, now: DateTime<Utc>) -> Self {
        Self {
            id,
            external_id: None,
            name,
            email,
            title: None,
            team_id: None,
            team_name: None,
            manager_id: None,
            manager_name: None,
            manager_title: None,
            ladder_role_id: None,
            ladder_role_name: None,
            level: None,
            hired_on: Guarded::default(),
            location: None,
            time_zone: TimeZone::utc(),
            languages: Json(Vec::new()),
            bio: None,
            status: PersonStatus::Active,
            offers_mentoring: false,
            wants_mentoring: false,
            is_paused: false,
            mentor_capacity: USUAL_CAPACITY,
            mentor_load: 0,
            formats: Json(Vec::new()),
            topics: Json(Vec::new()),
            career_goals: Guarded::default(),
            career_interest: Guarded::default(),
            target_role_id: Guarded::default(),
            learning_style: None,
            communication_style: None,
            accommodations: None,
            style_answers: None,
            consents_to_personal_fit: Guarded::default(),
            erased_at: None,
            created_at: now,
            updated_at: now,
            revision: 1,
            words_revision: 0,
            is_in_viewers_program: false,
            skills: Vec::new(),
            needs: Guarded::default(),
        }
    }

    /// Applies the changes of the facts that HR keeps.
    pub fn apply_roster(&mut self, roster: ChangePersonInput) {
        roster.external_id.apply(&mut self.external_id);
        roster.name.apply(&mut self.name);
        roster.email.apply(&mut self.email);
        roster.title.apply(&mut self.title);
        roster.team_id.apply(&mut self.team_id);
        roster.manager_id.apply(&mut self.manager_id);
        roster.ladder_role_id.apply(&mut self.ladder_role_id);
        roster.hired_on.date().apply(&mut self.hired_on);
        roster.location.apply(&mut self.location);
        roster.time_zone.apply(&mut self.time_zone);
        roster.languages.apply(&mut self.languages);
        roster.status.apply(&mut self.status);
    }

    /// Whether both have the same public HR facts.
    pub fn has_same_roster(&self, other: &Self) -> bool {
        self.has_same_position(other)
            && self.external_id == other.external_id
            && self.name == other.name
            && self.email == other.email
            && self.location == other.location
            && self.time_zone == other.time_zone
            && self.languages == other.languages
    }

    /// Whether both have the same position, which is what the history keeps.
    pub fn has_same_position(&self, other: &Self) -> bool {
        self.title == other.title
            && self.team_id == other.team_id
            && self.manager_id == other.manager_id
            && self.ladder_role_id == other.ladder_role_id
            && self.status == other.status
    }
}
