//! What HR says of a person.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
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

/// Pairs somebody would mentor at once, until they say otherwise.
const USUAL_CAPACITY: i64 = 3;
/// Nobody lists more languages.
const MOST_LANGUAGES: usize = 20;

/// A person as HR knows them. What is left out is empty; three members have a default of their
/// own.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[schema(examples(json!({
    "external_id": "E-1024", "name": "Ada Lovelace", "email": "ada@example.com", "title": "Senior Engineer",
    "hired_on": "2024-03-01", "location": "Zurich", "time_zone": "Europe/Zurich",
    "languages": ["en", "de"], "status": "active",
})))]
#[serde(deny_unknown_fields)]
pub struct RosterEntry {
    /// What HR calls them; unique.
    pub external_id: Option<Line<100>>,
    /// As colleagues write it.
    pub name: Name,
    /// Work e-mail; unique.
    pub email: Email,
    /// Job title.
    pub title: Option<Name>,
    /// Their team.
    pub team_id: Option<TeamId>,
    /// Their direct manager.
    pub manager_id: Option<PersonId>,
    /// Their direct manager, by what HR calls them; instead of `manager_id`.
    pub manager_external_id: Option<Line<100>>,
    /// Their step on a career ladder.
    pub ladder_role_id: Option<LadderRoleId>,
    /// First day here.
    pub hired_on: Option<Day>,
    /// Where they work.
    pub location: Option<Name>,
    /// Where their clock stands. Left out, it stays as it is; at first `UTC`.
    pub time_zone: Option<TimeZone>,
    /// What they speak, best first; at most 20. Left out, it stays as it is; at first none.
    #[schema(max_items = 20)]
    pub languages: Option<Vec<Language>>,
    /// Whether they work here; `active` unless told. With `departed` nothing else of the entry is applied, and nobody is
    /// added.
    pub status: Option<PersonStatus>,
}

/// Why the entry of somebody who left names nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AbsenceOutcome {
    /// It names somebody who was erased, by external id or e-mail address. They are not brought back.
    Erased,
    /// It names nobody whom the service knows. Nobody is added as somebody who left.
    Unknown,
}

/// The entry of somebody who left and is not here: nothing was changed.
#[derive(Clone, Copy, Debug)]
pub struct Absence {
    /// Why it names nobody.
    pub outcome: AbsenceOutcome,
}

impl Related for Absence {
    fn relations(&self, viewer: &Viewer) -> Relations {
        Organisation.relations(viewer)
    }
}

merge_patch! {
    /// What to change of the facts that HR keeps.
    #[schema(examples(json!({"title": "Senior engineer", "manager_id": "01985b1e-6d0a-7c11-9a52-3f4c5d6e7f80", "location": null})))]
    ChangePersonInput {
        /// What HR calls them; unique.
        external_id: Option<Line<100>>,
        /// As colleagues write it.
        name: Name,
        /// Work e-mail; unique.
        email: Email,
        /// Job title.
        title: Option<Name>,
        /// Their team.
        team_id: Option<TeamId>,
        /// Their direct manager.
        manager_id: Option<PersonId>,
        /// Their step on a career ladder.
        ladder_role_id: Option<LadderRoleId>,
        /// First day here.
        hired_on: Option<Day>,
        /// Where they work.
        location: Option<Name>,
        /// Where their clock stands.
        time_zone: TimeZone,
        /// What they speak, best first; at most 20.
        #[schema(max_items = 20)]
        languages: Vec<Language>,
        /// Whether they work here. Who is `departed` is signed out at once, and with it nothing else of the body is applied.
        status: PersonStatus,
    }
}

impl RosterEntry {
    /// Somebody of whom no more is known than how to reach them.
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

    /// The same as a change of an existing record, with the manager found.
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
    /// Refuses what no person can have.
    pub fn check(&self) -> Result<(), Problem> {
        self.languages.set().map_or(Ok(()), |languages| check_languages(languages))
    }
}

/// At most 20 languages, each once.
pub fn check_languages(languages: &[Language]) -> Result<(), Problem> {
    check_list("/languages", languages, MOST_LANGUAGES)
}

/// A list of at most `most` items, each once.
pub fn check_list<T: PartialEq>(pointer: &str, items: &[T], most: usize) -> Result<(), Problem> {
    if items.len() > most {
        return Err(Problem::invalid(pointer, format!("must hold at most {most} items")));
    }
    let again = items.iter().enumerate().find(|(place, item)| items[..*place].contains(item));
    match again {
        Some((place, _)) => Err(Problem::invalid(format!("{pointer}/{place}"), "stands here twice")),
        None => Ok(()),
    }
}

impl Takes<ReuseErasedName> for Organisation {}

impl Person {
    /// Somebody new, of whom nothing is known but a name and an address.
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

    /// Takes over what HR says.
    pub fn follow(&mut self, roster: ChangePersonInput) {
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

    /// Whether HR says the same of both, as far as everybody may know.
    pub fn has_same_roster(&self, other: &Self) -> bool {
        self.has_same_station(other)
            && self.external_id == other.external_id
            && self.name == other.name
            && self.email == other.email
            && self.location == other.location
            && self.time_zone == other.time_zone
            && self.languages == other.languages
    }

    /// Whether both stand at the same place: what the history keeps.
    pub fn has_same_station(&self, other: &Self) -> bool {
        self.title == other.title
            && self.team_id == other.team_id
            && self.manager_id == other.manager_id
            && self.ladder_role_id == other.ladder_role_id
            && self.status == other.status
    }
}
