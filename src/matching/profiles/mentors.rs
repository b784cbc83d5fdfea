//! People as mentors, for the index and for single pairs.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use super::facts::{Facts, list_facts, list_mentor_facts, small_number};
use super::numbers::Numbers;
use super::reporting_lines::ReportingLines;
use crate::db::{Ids, Tx, query};
use crate::ids::{LadderRoleId, PersonId, SkillId};
use crate::matching::engine::{Offered, Profile};
use crate::people::person::model::StyleAnswersPlace;
use crate::policy::input;

/// People with their skills and past roles.
#[derive(Debug)]
pub struct People {
    /// Facts of each person.
    pub facts: Vec<Facts>,
    skills: HashMap<PersonId, Vec<(SkillId, i64)>>,
    past_roles: HashMap<PersonId, Vec<LadderRoleId>>,
}

impl People {
    /// The sealed values that are read for mentors and mentees.
    pub const INPUTS: [(&'static str, &'static str); 1] = [input::<StyleAnswersPlace>()];

    /// Reads all people who belong in the index of mentors.
    pub async fn mentors(tx: &mut Tx) -> sqlx::Result<Self> {
        let facts = list_mentor_facts(tx).await?;
        let skills = query!(
            tx,
            "select s.person_id, s.skill_id, s.level from person_skills s join people p on p.id = s.person_id
             where p.offers_mentoring = true and p.status <> 'departed'"
        )
        .all()
        .await?;
        let past_roles = query!(
            tx,
            "select distinct h.person_id, h.ladder_role_id from person_history h join people p on p.id = h.person_id
             where p.offers_mentoring = true and p.status <> 'departed' and h.ladder_role_id is not null"
        )
        .all()
        .await?;
        Ok(Self::gathered(facts, skills, past_roles))
    }

    /// Reads these people, whether they are mentors or not.
    pub async fn by_ids(tx: &mut Tx, ids: &Ids) -> sqlx::Result<Self> {
        let facts = list_facts(tx, ids).await?;
        let skills = query!(
            tx,
            "select person_id, skill_id, level from person_skills where person_id = any(:ids)",
            ids = ids.clone()
        )
        .all()
        .await?;
        let past_roles = query!(
            tx,
            "select distinct person_id, ladder_role_id from person_history
             where person_id = any(:ids) and ladder_role_id is not null",
            ids = ids.clone()
        )
        .all()
        .await?;
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

    /// The profile of one person as a mentor. `None`: the person has no ladder role.
    pub fn mentor(
        &self,
        facts: &Facts,
        now: DateTime<Utc>,
        numbers: &mut Numbers,
        lines: &ReportingLines,
    ) -> Option<Profile> {
        let bare = facts.profile(now, numbers, lines)?;
        let skills = self.skills.get(&facts.id).into_iter().flatten();
        let skills = skills
            .map(|(skill, level)| Offered { skill: numbers.skill(*skill), level: small_number(*level) })
            .collect();
        let held = self.past_roles.get(&facts.id).into_iter().flatten();
        let held = held.filter(|role| facts.ladder_role_id != Some(**role));
        let mut past_roles: Vec<_> = held.map(|role| numbers.role(*role)).collect();
        past_roles.sort_unstable();
        Some(Profile { past_roles, skills, ..bare })
    }
}

/// All managers, each with their own manager.
pub async fn list_managers(tx: &mut Tx) -> sqlx::Result<Vec<(PersonId, Option<PersonId>)>> {
    query!(
        tx,
        "select id, manager_id from people where id in (select manager_id from people where manager_id is not null)"
    )
    .all()
    .await
}

/// Pairs of related skills.
pub async fn list_related_skills(tx: &mut Tx) -> sqlx::Result<Vec<(SkillId, SkillId)>> {
    query!(tx, "select skill_id, related_id from skill_relations").all().await
}
