//! People as the engine takes them: rows in, profiles out. What is not read here cannot enter a suggestion; a test pins
//! the list, so that one more input is a decision somebody reads.

mod mentee;

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Offset as _, TimeZone as _, Utc};
use sqlx::FromRow;
use sqlx::types::Json;

pub use mentee::{Mentee, Wanted};

use super::engine::{Offer, Offered, Person, Profile};
use super::roster::{Lines, Numbers};
use crate::db::{Ids, Sql, Tx};
use crate::ids::{CareerLadderId, DepartmentId, LadderRoleId, PersonId, SkillId, TeamId};
use crate::people::person::model::{Format, PersonStatus, StyleAnswers, StyleAnswersPlace};
use crate::policy::{Consent, Home, Sealed, input, matching_input};
use crate::text::{Language, Name, TimeZone};

/// The facts of a person, `p` being their row.
macro_rules! select_facts {
    ($rest:literal) => {
        concat!(
            "select p.id, p.name, p.status, p.offers_mentoring, p.wants_mentoring, p.is_paused, p.mentor_capacity,
                p.mentor_load, p.ladder_role_id, r.ladder_id, r.level, p.team_id, t.department_id, t.lead_id,
                p.manager_id, p.hired_on, p.time_zone, p.languages, p.formats, p.topics, p.style_answers, p.words_revision,
                p.consents_to_personal_fit, p.target_role_id, g.ladder_id as target_ladder_id, g.name as target_role_name
             from people p
             left join ladder_roles r on r.id = p.ladder_role_id
             left join teams t on t.id = p.team_id
             left join ladder_roles g on g.id = p.target_role_id ",
            $rest
        )
    };
}

/// The facts of one person.
#[derive(Clone, Debug, FromRow)]
pub struct Facts {
    /// Who.
    pub id: PersonId,
    /// What to call them in a sentence.
    pub name: Name,
    /// Whether they work here.
    pub status: PersonStatus,
    /// Their direct manager.
    pub manager_id: Option<PersonId>,
    /// What they like to talk about.
    pub topics: Json<Vec<Name>>,
    /// The role they aim for.
    pub target_role_id: Option<LadderRoleId>,
    /// Its name.
    pub target_role_name: Option<Name>,
    /// Would like a mentor.
    pub wants_mentoring: bool,
    /// Takes no new pairs for now.
    pub is_paused: bool,
    offers_mentoring: bool,
    mentor_capacity: i64,
    mentor_load: i64,
    ladder_role_id: Option<LadderRoleId>,
    ladder_id: Option<CareerLadderId>,
    level: Option<i64>,
    team_id: Option<TeamId>,
    department_id: Option<DepartmentId>,
    /// Who leads their team.
    lead_id: Option<PersonId>,
    hired_on: Option<NaiveDate>,
    time_zone: TimeZone,
    languages: Json<Vec<Language>>,
    formats: Json<Vec<Format>>,
    style_answers: Option<Sealed<StyleAnswersPlace>>,
    words_revision: i64,
    consents_to_personal_fit: Consent,
    target_ladder_id: Option<CareerLadderId>,
}

impl Facts {
    /// Whether the index has to know them.
    pub fn mentors(&self) -> bool {
        self.offers_mentoring && self.status != PersonStatus::Departed
    }

    /// How much they mentor.
    pub fn offer(&self) -> Offer {
        let small = |count: i64| u8::try_from(count).unwrap_or(u8::MAX);
        let opted_in = self.offers_mentoring && !self.is_paused;
        Offer { opted_in, capacity: small(self.mentor_capacity), active: small(self.mentor_load) }
    }

    /// The profile without its lists from other tables. `None` where somebody has no ladder role: without a level they
    /// can be neither above nor below anybody.
    fn profile(&self, now: DateTime<Utc>, numbers: &mut Numbers, lines: &Lines) -> Option<Profile> {
        let (role, ladder, level) = (self.ladder_role_id?, self.ladder_id?, self.level?);
        let offset = self.time_zone.rules().offset_from_utc_datetime(&now.naive_utc()).fix().local_minus_utc();
        // In whole years: when exactly somebody was hired is for their manager.
        let years = self.hired_on.and_then(|hired_on| now.date_naive().years_since(hired_on));
        let home = Home::of_person(self.id, self.id, self.words_revision);
        let style = matching_input(self.consents_to_personal_fit, home, self.style_answers.clone());
        let formats = self.formats.0.iter().fold(0, |bits, format| bits | 1 << *format as u8);
        let mut languages: Vec<_> = self.languages.0.iter().map(|code| numbers.language(code.as_str())).collect();
        languages.sort_unstable();
        let person = Person {
            id: self.id.uuid(),
            is_active: self.status == PersonStatus::Active,
            level: i16::try_from(level).unwrap_or(i16::MAX),
            ladder: numbers.ladder(ladder),
            role: numbers.role(role),
            team: self.team_id.map(|team| numbers.team(team)),
            department: self.department_id.map(|department| numbers.department(department)),
            // Somebody may lead several teams, so the mentee's side tells it; see `mentee`.
            leads: None,
            line: lines.span(self.id, self.manager_id),
            experience_quarters: years.map(|years| u16::try_from(years * 4).unwrap_or(u16::MAX)),
            utc_offset_minutes: i16::try_from(offset / 60).unwrap_or(0),
            style: style.map(StyleAnswers::answers),
            formats: (formats != 0).then_some(formats),
            offer: self.offer(),
            wants_mentor: self.wants_mentoring && !self.is_paused,
        };
        let topics = self.topics.0.iter().map(|topic| numbers.topic(topic.as_str())).collect();
        Some(Profile { languages, topics, ..Profile::bare(person) })
    }
}

async fn list_facts(tx: &mut Tx, ids: &Ids) -> sqlx::Result<Vec<Facts>> {
    let facts = tx.query(Sql {
        sqlite: select_facts!("where p.id in (select unhex(value) from json_each($1))"),
        postgres: select_facts!("where p.id = any($1)"),
    });
    facts.bind(ids.clone()).all().await
}

/// Some people and the lists that belong to them.
#[derive(Debug)]
pub struct People {
    /// The people.
    pub facts: Vec<Facts>,
    skills: HashMap<PersonId, Vec<(SkillId, i64)>>,
    past_roles: HashMap<PersonId, Vec<LadderRoleId>>,
}

impl People {
    /// The sealed values that are read of them, and of mentees.
    pub const INPUTS: [(&'static str, &'static str); 1] = [input::<StyleAnswersPlace>()];

    /// Everybody whom the index has to know.
    pub async fn mentors(tx: &mut Tx) -> sqlx::Result<Self> {
        let facts = tx.query(select_facts!("where p.offers_mentoring = true and p.status <> 'departed'")).all().await?;
        let skills = tx
            .query(
                "select s.person_id, s.skill_id, s.level from person_skills s join people p on p.id = s.person_id
                 where p.offers_mentoring = true and p.status <> 'departed'",
            )
            .all()
            .await?;
        let past_roles = tx
            .query(
                "select distinct h.person_id, h.ladder_role_id from person_history h join people p on p.id = h.person_id
                 where p.offers_mentoring = true and p.status <> 'departed' and h.ladder_role_id is not null",
            )
            .all()
            .await?;
        Ok(Self::gathered(facts, skills, past_roles))
    }

    /// These people, mentors or not.
    pub async fn these(tx: &mut Tx, ids: &Ids) -> sqlx::Result<Self> {
        let facts = list_facts(tx, ids).await?;
        let skills = tx.query(Sql {
            sqlite: "select person_id, skill_id, level from person_skills
                     where person_id in (select unhex(value) from json_each($1))",
            postgres: "select person_id, skill_id, level from person_skills where person_id = any($1)",
        });
        let skills = skills.bind(ids.clone()).all().await?;
        let past_roles = tx.query(Sql {
            sqlite: "select distinct person_id, ladder_role_id from person_history
                     where person_id in (select unhex(value) from json_each($1)) and ladder_role_id is not null",
            postgres: "select distinct person_id, ladder_role_id from person_history
                       where person_id = any($1) and ladder_role_id is not null",
        });
        let past_roles = past_roles.bind(ids.clone()).all().await?;
        Ok(Self::gathered(facts, skills, past_roles))
    }

    fn gathered(
        facts: Vec<Facts>,
        offered: Vec<(PersonId, SkillId, i64)>,
        held: Vec<(PersonId, LadderRoleId)>,
    ) -> Self {
        let (mut skills, mut past_roles) = (HashMap::<_, Vec<_>>::new(), HashMap::<_, Vec<_>>::new());
        for (person, skill, level) in offered {
            skills.entry(person).or_default().push((skill, level));
        }
        for (person, role) in held {
            past_roles.entry(person).or_default().push(role);
        }
        Self { facts, skills, past_roles }
    }

    /// One of them as a mentor; `None` without a ladder role.
    pub fn mentor(&self, facts: &Facts, now: DateTime<Utc>, numbers: &mut Numbers, lines: &Lines) -> Option<Profile> {
        let bare = facts.profile(now, numbers, lines)?;
        let skills = self.skills.get(&facts.id).into_iter().flatten();
        let skills =
            skills.map(|(skill, level)| Offered { skill: numbers.skill(*skill), level: step(*level) }).collect();
        let held = self.past_roles.get(&facts.id).into_iter().flatten();
        let held = held.filter(|role| facts.ladder_role_id != Some(**role));
        let mut past_roles: Vec<_> = held.map(|role| numbers.role(*role)).collect();
        past_roles.sort_unstable();
        Some(Profile { past_roles, skills, ..bare })
    }
}

/// A level or a priority, which the schema keeps below 10.
fn step(value: i64) -> u8 {
    u8::try_from(value).unwrap_or(0)
}

/// The managers with their own managers: the inner places of the reporting line.
pub async fn list_managers(tx: &mut Tx) -> sqlx::Result<Vec<(PersonId, Option<PersonId>)>> {
    tx.query(
        "select id, manager_id from people where id in (select manager_id from people where manager_id is not null)",
    )
    .all()
    .await
}

/// Which skills are near each other.
pub async fn list_related_skills(tx: &mut Tx) -> sqlx::Result<Vec<(SkillId, SkillId)>> {
    tx.query("select skill_id, related_id from skill_relations").all().await
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    /// Age, gender, origin, health and family are not among them, nor is anything they could be read from: no name, no
    /// picture, no free text enters a score. Adding an input means changing this test.
    #[test]
    fn the_inputs_of_a_suggestion_are_these() {
        let person = Person {
            id: Uuid::nil(),
            is_active: true,
            level: 1,
            ladder: Numbers::default().ladder(CareerLadderId::first()),
            role: Numbers::default().role(LadderRoleId::first()),
            team: None,
            department: None,
            leads: None,
            line: Lines::default().span(PersonId::first(), None),
            experience_quarters: None,
            utc_offset_minutes: 0,
            style: None,
            formats: None,
            offer: Offer { opted_in: true, capacity: 1, active: 0 },
            wants_mentor: true,
        };
        let told = format!("{:#?}", Profile::bare(person));
        let mut fields: Vec<_> = told.lines().filter_map(|line| Some(line.trim().split_once(": ")?.0)).collect();
        fields.sort_unstable();
        assert_eq!(
            fields.join(" "),
            "active blocked capacity department dotted_manager ended_badly enters experience_quarters formats id \
             is_active ladder languages leads leaves level line live named needs offer opted_in past_roles person role \
             skills style target team topics utc_offset_minutes wants_mentor"
        );

        let columns = select_facts!("").split_once("select ").and_then(|(_, rest)| rest.split_once(" from")).unwrap().0;
        let columns: Vec<_> = columns.split(',').map(|column| column.split_whitespace().next().unwrap()).collect();
        assert_eq!(
            columns.join(" "),
            // The names are for the sentences, the revision opens the answers.
            "p.id p.name p.status p.offers_mentoring p.wants_mentoring p.is_paused p.mentor_capacity p.mentor_load \
             p.ladder_role_id r.ladder_id r.level p.team_id t.department_id t.lead_id p.manager_id p.hired_on \
             p.time_zone p.languages p.formats p.topics p.style_answers p.words_revision p.consents_to_personal_fit \
             p.target_role_id g.ladder_id g.name"
        );
    }
}
