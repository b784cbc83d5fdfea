//! The facts of people as rows, and the profile that the matching engine makes of them.

use chrono::{DateTime, NaiveDate, Offset as _, TimeZone as _, Utc};
use sqlx::FromRow;
use sqlx::types::Json;

use super::numbers::Numbers;
use super::reporting_lines::ReportingLines;
use crate::db::{Ids, Tx, query};
use crate::ids::{CareerLadderId, DepartmentId, LadderRoleId, PersonId, TeamId};
use crate::matching::engine::{MentoringOffer, Person, Profile};
use crate::people::person::model::{MeetingFormat, PersonStatus, StyleAnswers, StyleAnswersPlace};
use crate::policy::{Consent, Home, Sealed, matching_input};
use crate::text::{Language, Name, TimeZone};

/// Selects the facts of people. `p` is the row of the person.
const SELECT: &str =
    "select p.id, p.name, p.status, p.offers_mentoring, p.wants_mentoring, p.is_paused, p.mentor_capacity,
         p.mentor_load, p.ladder_role_id, r.ladder_id, r.level, p.team_id, t.department_id, t.lead_id,
         p.manager_id, p.hired_on, p.time_zone, p.languages, p.formats, p.topics, p.style_answers,
         p.words_revision, p.consents_to_personal_fit, p.target_role_id, g.ladder_id as target_ladder_id,
         g.name as target_role_name
     from people p
     left join ladder_roles r on r.id = p.ladder_role_id
     left join teams t on t.id = p.team_id
     left join ladder_roles g on g.id = p.target_role_id";

/// The facts of one person.
#[derive(Clone, Debug, FromRow)]
pub struct Facts {
    /// Id of the person.
    pub id: PersonId,
    /// Name of the person, for sentences.
    pub name: Name,
    /// Whether the person is active, on leave or departed.
    pub status: PersonStatus,
    /// Direct manager.
    pub manager_id: Option<PersonId>,
    /// Topics the person likes to talk about.
    pub topics: Json<Vec<Name>>,
    /// Ladder role the person aims for.
    pub target_role_id: Option<LadderRoleId>,
    /// Name of the target role.
    pub target_role_name: Option<Name>,
    /// Whether the person wants a mentor.
    pub wants_mentoring: bool,
    /// Whether the person takes no new pairs for now.
    pub is_paused: bool,
    offers_mentoring: bool,
    mentor_capacity: i64,
    mentor_load: i64,
    pub(super) ladder_role_id: Option<LadderRoleId>,
    ladder_id: Option<CareerLadderId>,
    level: Option<i64>,
    team_id: Option<TeamId>,
    department_id: Option<DepartmentId>,
    /// Lead of the person's team.
    pub(super) lead_id: Option<PersonId>,
    hired_on: Option<NaiveDate>,
    time_zone: TimeZone,
    languages: Json<Vec<Language>>,
    formats: Json<Vec<MeetingFormat>>,
    style_answers: Option<Sealed<StyleAnswersPlace>>,
    words_revision: i64,
    consents_to_personal_fit: Consent,
    pub(super) target_ladder_id: Option<CareerLadderId>,
}

impl Facts {
    /// Whether the person belongs in the index of mentors.
    pub fn mentors(&self) -> bool {
        self.offers_mentoring && self.status != PersonStatus::Departed
    }

    /// How much mentoring the person offers.
    pub fn offer(&self) -> MentoringOffer {
        let small = |count: i64| u8::try_from(count).unwrap_or(u8::MAX);
        let opted_in = self.offers_mentoring && !self.is_paused;
        MentoringOffer { opted_in, capacity: small(self.mentor_capacity), active: small(self.mentor_load) }
    }

    /// The profile without its lists from other tables. `None`: the person has no ladder role, so the level is unknown
    /// and cannot be compared.
    pub(super) fn profile(&self, now: DateTime<Utc>, numbers: &mut Numbers, lines: &ReportingLines) -> Option<Profile> {
        let (role, ladder, level) = (self.ladder_role_id?, self.ladder_id?, self.level?);
        let offset = self.time_zone.rules().offset_from_utc_datetime(&now.naive_utc()).fix().local_minus_utc();
        // Whole years only: the exact day of hiring is visible to the manager only.
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
            // A person may lead several teams, so this rule is checked from the mentee's side; see `mentee`.
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

/// The facts of everyone who offers mentoring and has not departed.
pub(super) async fn list_mentor_facts(tx: &mut Tx) -> sqlx::Result<Vec<Facts>> {
    query!(tx, [SELECT, "where p.offers_mentoring = true and p.status <> 'departed'"]).all().await
}

/// The facts of these people.
pub(super) async fn list_facts(tx: &mut Tx, ids: &Ids) -> sqlx::Result<Vec<Facts>> {
    query!(tx, [SELECT, "where p.id = any(:ids)"], ids = ids.clone()).all().await
}

/// A level or a priority as a small number. The schema keeps both below 10.
pub(super) fn small_number(value: i64) -> u8 {
    u8::try_from(value).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    /// Age, gender, origin, health and family are not inputs. Neither is anything that reveals them: no name, no
    /// picture and no free text enters a score. Adding an input means changing this test.
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
            line: ReportingLines::default().span(PersonId::first(), None),
            experience_quarters: None,
            utc_offset_minutes: 0,
            style: None,
            formats: None,
            offer: MentoringOffer { opted_in: true, capacity: 1, active: 0 },
            wants_mentor: true,
        };
        let printed = format!("{:#?}", Profile::bare(person));
        let mut fields: Vec<_> = printed.lines().filter_map(|line| Some(line.trim().split_once(": ")?.0)).collect();
        fields.sort_unstable();
        assert_eq!(
            fields.join(" "),
            "active blocked capacity department dotted_manager ended_badly enters experience_quarters formats id \
             is_active ladder languages leads leaves level line live named needs offer opted_in past_roles person role \
             skills style target team topics utc_offset_minutes wants_mentor"
        );

        let columns = SELECT.split_once("select ").and_then(|(_, rest)| rest.split_once(" from")).unwrap().0;
        let columns: Vec<_> = columns.split(',').map(|column| column.split_whitespace().next().unwrap()).collect();
        assert_eq!(
            columns.join(" "),
            // The names are for the sentences. The revision is needed to open the sealed answers.
            "p.id p.name p.status p.offers_mentoring p.wants_mentoring p.is_paused p.mentor_capacity p.mentor_load \
             p.ladder_role_id r.ladder_id r.level p.team_id t.department_id t.lead_id p.manager_id p.hired_on \
             p.time_zone p.languages p.formats p.topics p.style_answers p.words_revision p.consents_to_personal_fit \
             p.target_role_id g.ladder_id g.name"
        );
    }
}
