//! Mentees. They are read from the database for each request; the index of mentors does not hold them.

use std::collections::HashMap;

use chrono::{DateTime, Months, NaiveDate, Utc};
use sqlx::FromRow;
use uuid::Uuid;

use super::facts::{Facts, list_facts, small_number};
use super::numbers::Numbers;
use super::reporting_lines::ReportingLines;
use crate::db::{Ids, Tx, query};
use crate::ids::{PersonId, SkillId};
use crate::matching::engine::{Names, Need, Profile, Skill, Target};
use crate::text::Name;

/// A skill that a mentee wants to learn.
#[derive(Clone, Debug, FromRow)]
pub struct WantedSkill {
    person_id: PersonId,
    /// Id of the skill.
    pub skill_id: SkillId,
    /// Name of the skill.
    pub name: Name,
    priority: i64,
    current_level: i64,
    target_level: i64,
}

/// A mentee with the links to other people that rule out a pair: live pairs, pairs that ended badly and blocks. The
/// index of mentors therefore does not need to hold these links.
#[derive(Debug)]
pub struct Mentee {
    /// Facts of the person.
    pub facts: Facts,
    /// Skills the mentee wants to learn.
    pub needs: Vec<WantedSkill>,
    bonds: Vec<(Bond, Uuid)>,
}

/// What links a mentee to another person, in either direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
enum Bond {
    /// The two have a live pair.
    Live,
    /// A pair of the two ended badly within the last 24 months.
    EndedBadly,
    /// One of the two blocked the other.
    Blocked,
}

impl Mentee {
    /// Reads one mentee.
    pub async fn find(tx: &mut Tx, id: PersonId, today: NaiveDate) -> sqlx::Result<Option<Self>> {
        Ok(Self::by_ids(tx, &std::iter::once(id).collect(), today).await?.pop())
    }

    /// Reads these mentees.
    pub async fn by_ids(tx: &mut Tx, ids: &Ids, today: NaiveDate) -> sqlx::Result<Vec<Self>> {
        let facts = list_facts(tx, ids).await?;
        let wanted = query!(
            tx,
            "select n.person_id, n.skill_id, s.name, n.priority, n.current_level, n.target_level
             from person_needs n join skills s on s.id = n.skill_id
             where n.person_id = any(:ids) order by n.priority desc, s.name_folded, n.skill_id",
            ids = ids.clone()
        );
        let (mut needs, mut bonds) = (HashMap::<_, Vec<_>>::new(), HashMap::<_, Vec<_>>::new());
        for wanted in wanted.all::<WantedSkill>().await? {
            needs.entry(wanted.person_id).or_default().push(wanted);
        }
        let linked = query!(
            tx,
            "select mentee_id, 'live' as bond, mentor_id as other from pairs where mentee_id = any(:ids)
                and (status in ('active', 'paused')
                    or (status = 'proposed' and (expires_on is null or expires_on >= :today)))
             union all select mentor_id, 'live', mentee_id from pairs where mentor_id = any(:ids)
                and (status in ('active', 'paused')
                    or (status = 'proposed' and (expires_on is null or expires_on >= :today)))
             union all select mentee_id, 'ended_badly', mentor_id from pairs where mentee_id = any(:ids)
                and status = 'ended' and end_reason in ('poor_chemistry', 'mismatch') and ended_on >= :since
             union all select mentor_id, 'ended_badly', mentee_id from pairs where mentor_id = any(:ids)
                and status = 'ended' and end_reason in ('poor_chemistry', 'mismatch') and ended_on >= :since
             union all select person_id, 'blocked', blocked_id from person_blocks where person_id = any(:ids)
             union all select blocked_id, 'blocked', person_id from person_blocks where blocked_id = any(:ids)",
            ids = ids.clone(),
            today,
            since = today - Months::new(24)
        );
        for (mentee, bond, other) in linked.all::<(PersonId, Bond, Uuid)>().await? {
            bonds.entry(mentee).or_default().push((bond, other));
        }
        let mentees = facts.into_iter().map(|facts| {
            let (needs, bonds) = (needs.remove(&facts.id), bonds.remove(&facts.id));
            Self { facts, needs: needs.unwrap_or_default(), bonds: bonds.unwrap_or_default() }
        });
        Ok(mentees.collect())
    }

    /// The profile to check a suggestion, draft or request that already exists. `None`: the person has no ladder role.
    /// The lead of the mentee's team counts as a second manager.
    ///
    /// It contains no blocks: an answer that changes with a block would reveal the block. Blocks are used in
    /// [`profile_to_offer`](Self::profile_to_offer); see also `people::person::block`.
    pub fn profile(&self, now: DateTime<Utc>, numbers: &mut Numbers, lines: &ReportingLines) -> Option<Profile> {
        let bare = self.facts.profile(now, numbers, lines)?;
        let needs = self.needs.iter().map(|need| Need {
            skill: numbers.skill(need.skill_id),
            priority: small_number(need.priority),
            current: small_number(need.current_level),
            target: small_number(need.target_level),
        });
        let needs = needs.collect();
        let target = self.facts.target_role_id.zip(self.facts.target_ladder_id);
        let target = target.map(|(role, ladder)| Target { role: numbers.role(role), ladder: numbers.ladder(ladder) });
        Some(Profile {
            needs,
            target,
            dotted_manager: self.facts.lead_id.filter(|lead| *lead != self.facts.id).map(PersonId::uuid),
            live: self.bound_by(Bond::Live),
            ended_badly: self.bound_by(Bond::EndedBadly),
            ..bare
        })
    }

    /// The profile to choose mentors for new suggestions and plans. It leaves out mentors who blocked the mentee or
    /// were blocked by the mentee. Read it with a system transaction: only the service may see all blocks.
    pub fn profile_to_offer(
        &self,
        now: DateTime<Utc>,
        numbers: &mut Numbers,
        lines: &ReportingLines,
    ) -> Option<Profile> {
        let profile = self.profile(now, numbers, lines)?;
        Some(Profile { blocked: self.bound_by(Bond::Blocked), ..profile })
    }

    fn bound_by(&self, kind: Bond) -> Vec<Uuid> {
        self.bonds.iter().filter(|(bond, _)| *bond == kind).map(|(_, other)| *other).collect()
    }
}

impl Mentee {
    /// Names for the sentences to the mentee: wanted skills, the target role and topics.
    pub fn names(&self, numbers: &mut Numbers) -> (HashMap<Skill, (SkillId, Name)>, Names) {
        let wanted = self.needs.iter().map(|need| (numbers.skill(need.skill_id), (need.skill_id, need.name.clone())));
        let skills: HashMap<_, _> = wanted.collect();
        let role = self.facts.target_role_id.zip(self.facts.target_role_name.as_ref());
        let topics = self.facts.topics.0.iter();
        let names = Names {
            people: HashMap::new(),
            skills: skills.iter().map(|(skill, (_, name))| (*skill, name.to_string())).collect(),
            roles: role.map(|(role, name)| (numbers.role(role), name.to_string())).into_iter().collect(),
            topics: topics.map(|topic| (numbers.topic(topic.as_str()), topic.to_string())).collect(),
        };
        (skills, names)
    }
}
