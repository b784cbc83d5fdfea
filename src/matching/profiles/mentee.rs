//! Mentees: always read fresh, whoever else the index knows.

use std::collections::HashMap;

use chrono::{DateTime, Months, NaiveDate, Utc};
use sqlx::FromRow;
use uuid::Uuid;

use super::{Facts, list_facts, step};
use crate::db::{Ids, Sql, Tx};
use crate::ids::{PersonId, SkillId};
use crate::matching::engine::{Names, Need, Profile, Skill, Target};
use crate::matching::roster::{Lines, Numbers};
use crate::text::Name;

/// What some mentees want to learn, in the two spellings of `in`.
macro_rules! select_wanted {
    ($these:literal) => {
        concat!(
            "select n.person_id, n.skill_id, s.name, n.priority, n.current_level, n.target_level
             from person_needs n join skills s on s.id = n.skill_id where n.person_id ",
            $these,
            " order by n.priority desc, s.name_folded, n.skill_id"
        )
    };
}

/// A skill somebody wants, with its name.
#[derive(Clone, Debug, FromRow)]
pub struct Wanted {
    person_id: PersonId,
    /// Which.
    pub skill_id: SkillId,
    /// What it is called.
    pub name: Name,
    priority: i64,
    current_level: i64,
    target_level: i64,
}

/// A mentee, always read fresh, with everything that links them to others, from whichever side it comes. So what the
/// index knows of a mentor never has to hold it.
#[derive(Debug)]
pub struct Mentee {
    /// The facts.
    pub facts: Facts,
    /// What they want to learn.
    pub needs: Vec<Wanted>,
    bonds: Vec<(Bond, Uuid)>,
}

/// What links a mentee to somebody, whichever side says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
enum Bond {
    /// They have a live pair.
    Live,
    /// A pair of the two ended badly not long ago.
    EndedBadly,
    /// One does not want to be paired with the other.
    Blocked,
}

/// The links of some mentees, in the two spellings of `in`.
macro_rules! select_bonds {
    ($these:literal) => {
        concat!(
            "select mentee_id, 'live' as bond, mentor_id as other from pairs where mentee_id ", $these, "
                and (status in ('active', 'paused') or (status = 'proposed' and (expires_on is null or expires_on >= $2)))
             union all select mentor_id, 'live', mentee_id from pairs where mentor_id ", $these, "
                and (status in ('active', 'paused') or (status = 'proposed' and (expires_on is null or expires_on >= $2)))
             union all select mentee_id, 'ended_badly', mentor_id from pairs where mentee_id ", $these, "
                and status = 'ended' and end_reason in ('poor_chemistry', 'mismatch') and ended_on >= $3
             union all select mentor_id, 'ended_badly', mentee_id from pairs where mentor_id ", $these, "
                and status = 'ended' and end_reason in ('poor_chemistry', 'mismatch') and ended_on >= $3
             union all select person_id, 'blocked', blocked_id from person_blocks where person_id ", $these, "
             union all select blocked_id, 'blocked', person_id from person_blocks where blocked_id ", $these
        )
    };
}

impl Mentee {
    /// Reads a mentee.
    pub async fn find(tx: &mut Tx, id: PersonId, today: NaiveDate) -> sqlx::Result<Option<Self>> {
        Ok(Self::these(tx, &std::iter::once(id).collect(), today).await?.pop())
    }

    /// Reads some mentees.
    pub async fn these(tx: &mut Tx, ids: &Ids, today: NaiveDate) -> sqlx::Result<Vec<Self>> {
        let facts = list_facts(tx, ids).await?;
        let wanted = tx.query(Sql {
            sqlite: select_wanted!("in (select unhex(value) from json_each($1))"),
            postgres: select_wanted!("= any($1)"),
        });
        let (mut needs, mut bonds) = (HashMap::<_, Vec<_>>::new(), HashMap::<_, Vec<_>>::new());
        for wanted in wanted.bind(ids.clone()).all::<Wanted>().await? {
            needs.entry(wanted.person_id).or_default().push(wanted);
        }
        let linked = tx.query(Sql {
            sqlite: select_bonds!("in (select unhex(value) from json_each($1))"),
            postgres: select_bonds!("= any($1)"),
        });
        let linked = linked.bind(ids.clone()).bind(today).bind(today - Months::new(24));
        for (mentee, bond, other) in linked.all::<(PersonId, Bond, Uuid)>().await? {
            bonds.entry(mentee).or_default().push((bond, other));
        }
        let mentees = facts.into_iter().map(|facts| {
            let (needs, bonds) = (needs.remove(&facts.id), bonds.remove(&facts.id));
            Self { facts, needs: needs.unwrap_or_default(), bonds: bonds.unwrap_or_default() }
        });
        Ok(mentees.collect())
    }

    /// The profile by which a suggestion, a draft or a request that exists already is checked; `None` without a ladder
    /// role. Who leads the mentee's team counts as a manager beside the line.
    ///
    /// It knows no blocks: an answer that changed with a block would tell of it. What a block is for, see
    /// [`profile_to_offer`](Self::profile_to_offer) and `people::person::block`.
    pub fn profile(&self, now: DateTime<Utc>, numbers: &mut Numbers, lines: &Lines) -> Option<Profile> {
        let bare = self.facts.profile(now, numbers, lines)?;
        let needs = self.needs.iter().map(|need| Need {
            skill: numbers.skill(need.skill_id),
            priority: step(need.priority),
            current: step(need.current_level),
            target: step(need.target_level),
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

    /// The profile by which the service itself chooses mentors, for new suggestions and for plans: those are left out who
    /// blocked the mentee, or whom the mentee blocked. Read as the service, which alone knows all blocks.
    pub fn profile_to_offer(&self, now: DateTime<Utc>, numbers: &mut Numbers, lines: &Lines) -> Option<Profile> {
        let profile = self.profile(now, numbers, lines)?;
        Some(Profile { blocked: self.bound_by(Bond::Blocked), ..profile })
    }

    fn bound_by(&self, kind: Bond) -> Vec<Uuid> {
        self.bonds.iter().filter(|(bond, _)| *bond == kind).map(|(_, other)| *other).collect()
    }
}

impl Mentee {
    /// What sentences to the mentee call things: the skills they want, the role they aim for, their topics.
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
