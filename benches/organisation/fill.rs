//! Writes the synthetic organisation into a database with a few large statements. It leaves out data that does not
//! change the time of a search: answers about style, pairs (mentors have their load nevertheless) and blocks.

use std::collections::HashSet;

use chrono::{DateTime, Months, Utc};
use mentorship::clock::Clock;
use mentorship::db::{Sql, Tx};
use mentorship::ids::{CareerLadderId, DepartmentId, EnrolmentId, LadderRoleId, PersonId, ProgramId, SkillId, TeamId};
use mentorship::matching::engine::org::{LADDER_SKILLS, LADDERS, Organisation, SHARED_SKILLS};
use mentorship::matching::engine::{Profile, Skill};
use serde_json::{Value, json};
use sqlx::types::Json;

/// Rows per statement.
const ROWS_PER_STATEMENT: usize = 10_000;
/// Time zones of the sites, by their minutes from UTC.
const SITES: [(i16, &str); 9] = [
    (0, "UTC"),
    (-300, "America/Bogota"),
    (60, "Africa/Lagos"),
    (330, "Asia/Kolkata"),
    (-480, "Pacific/Pitcairn"),
    (480, "Asia/Singapore"),
    (540, "Asia/Tokyo"),
    (120, "Africa/Johannesburg"),
    (-180, "America/Sao_Paulo"),
];
const LANGUAGES: [&str; 7] = ["en", "de", "fr", "es", "pt", "hi", "ja"];
const FORMATS: [&str; 6] = ["in_person", "video", "phone", "walking", "async", "shadowing"];
/// Number of levels. Each ladder has one role per level.
const LEVELS: usize = 10;

macro_rules! column {
    ($name:literal uuid) => {
        concat!("unhex(value ->> '", $name, "', '-')")
    };
    ($name:literal jsonb) => {
        concat!("value -> '", $name, "'")
    };
    ($name:literal $kind:ident) => {
        concat!("value ->> '", $name, "'")
    };
}

/// Inserts rows that are given as JSON.
macro_rules! insert {
    ($table:literal, $first:literal $kind:ident $(, $next:literal $next_kind:ident)*) => {
        Sql {
            sqlite: concat!(
                "insert into ", $table, " (", $first $(, ", ", $next)*, ") select ",
                column!($first $kind) $(, ", ", column!($next $next_kind))*, " from json_each($1)"
            ),
            postgres: concat!(
                "insert into ", $table, " (", $first $(, ", ", $next)*, ") select ", $first $(, ", ", $next)*,
                " from jsonb_to_recordset($1) as new (", $first, " ", stringify!($kind)
                $(, ", ", $next, " ", stringify!($next_kind))*, ")"
            ),
        }
    };
}

/// Writes an organisation.
pub struct Filler<'a> {
    tx: &'a mut Tx,
    clock: &'a Clock,
    now: DateTime<Utc>,
}

impl<'a> Filler<'a> {
    pub fn new(tx: &'a mut Tx, clock: &'a Clock) -> Self {
        Self { tx, clock, now: clock.now() }
    }

    /// Writes all people with the facts that suggestions read.
    pub async fn organisation(&mut self, organisation: &Organisation) {
        let roles = self.roles().await;
        let skills = self.skills(organisation).await;
        let people = &organisation.people;
        let role_of = |ladder: u32, level: i16| roles[ladder as usize * LEVELS + usize::from(level.unsigned_abs()) - 1];
        let teams = self.teams(people).await;
        let mut rows = people.iter().zip(0_usize..).map(|(profile, number)| {
            let person = &profile.person;
            // A team has the number of its lead.
            let manager = person.team.map(|team| people[team.0 as usize].person.id);
            let target = profile.target.map(|target| role_of(target.ladder.0, (person.level + 1).min(10)));
            let hired = person.experience_quarters.map(|quarters| self.now.date_naive() - Months::new(3 * u32::from(quarters)));
            let formats = FORMATS.iter().enumerate().filter(|(bit, _)| person.formats.is_some_and(|bits| bits & (1 << bit) != 0));
            json!({
                "id": person.id, "name": format!("Person {number}"), "name_folded": format!("person {number}"),
                "email": format!("person-{number}@example.com"), "team_id": person.team.map(|team| teams[team.0 as usize]),
                "manager_id": manager, "ladder_role_id": role_of(person.ladder.0, person.level), "hired_on": hired,
                "time_zone": SITES.iter().find(|(minutes, _)| *minutes == person.utc_offset_minutes).map(|(_, name)| name),
                "languages": profile.languages.iter().map(|language| LANGUAGES[usize::from(language.0)]).collect::<Vec<_>>(),
                "status": if person.is_active { "active" } else { "on_leave" },
                "offers_mentoring": person.offer.opted_in, "wants_mentoring": person.wants_mentor, "is_paused": false,
                "mentor_capacity": person.offer.capacity, "mentor_load": person.offer.active,
                "formats": formats.map(|(_, name)| name).collect::<Vec<_>>(),
                "topics": profile.topics.iter().map(|topic| format!("topic {}", topic.0)).collect::<Vec<_>>(),
                "target_role_id": target, "consents_to_personal_fit": false,
                "created_at": self.now, "updated_at": self.now, "revision": 1,
            })
        });
        let insert = insert!(
            "people", "id" uuid, "name" text, "name_folded" text, "email" text, "team_id" uuid, "manager_id" uuid,
            "ladder_role_id" uuid, "hired_on" date, "time_zone" text, "languages" jsonb, "status" text,
            "offers_mentoring" boolean, "wants_mentoring" boolean, "is_paused" boolean, "mentor_capacity" bigint,
            "mentor_load" bigint, "formats" jsonb, "topics" jsonb, "target_role_id" uuid,
            "consents_to_personal_fit" boolean, "created_at" timestamptz, "updated_at" timestamptz, "revision" bigint
        );
        write(self.tx, insert, &mut rows).await;
        let offered = people.iter().filter(|profile| profile.person.offer.opted_in).flat_map(|profile| {
            let id = profile.person.id;
            profile.skills.iter().map(move |offered| (id, offered))
        });
        let mut rows = offered.map(|(person, offered)| {
            json!({"person_id": person, "skill_id": skills[offered.skill.0 as usize], "level": offered.level})
        });
        let insert = insert!("person_skills", "person_id" uuid, "skill_id" uuid, "level" bigint);
        write(self.tx, insert, &mut rows).await;
        let wanted = people.iter().filter(|profile| profile.person.wants_mentor).flat_map(|profile| {
            let id = profile.person.id;
            profile.needs.iter().map(move |need| (id, need))
        });
        let mut rows = wanted.map(|(person, need)| {
            json!({"person_id": person, "skill_id": skills[need.skill.0 as usize], "priority": need.priority,
                "current_level": need.current, "target_level": need.target})
        });
        let insert = insert!(
            "person_needs", "person_id" uuid, "skill_id" uuid, "priority" bigint, "current_level" bigint,
            "target_level" bigint
        );
        write(self.tx, insert, &mut rows).await;
    }

    /// Writes a program with these participants, led by `lead`.
    pub async fn program(&mut self, lead: PersonId, mentees: &[&Profile], mentors: &[&Profile]) -> ProgramId {
        let id = ProgramId::new(self.clock);
        let program = json!({"id": id, "name": "Everybody", "name_folded": "everybody", "model": "one_on_one",
            "stage": "initiation", "is_formal": true, "requires_acceptance": false, "enrolling": "open",
            "created_at": self.now, "updated_at": self.now, "revision": 1});
        let insert = insert!(
            "programs", "id" uuid, "name" text, "name_folded" text, "model" text, "stage" text, "is_formal" boolean,
            "requires_acceptance" boolean, "enrolling" text, "created_at" timestamptz, "updated_at" timestamptz,
            "revision" bigint
        );
        write(self.tx, insert, &mut std::iter::once(program)).await;
        let leads = insert!("program_coordinators", "program_id" uuid, "person_id" uuid);
        write(self.tx, leads, &mut std::iter::once(json!({"program_id": id, "person_id": lead}))).await;
        let sides = [("mentee", mentees), ("mentor", mentors)];
        let both = sides.iter().flat_map(|(role, people)| people.iter().map(move |profile| (role, profile)));
        let mut rows = both.map(|(role, profile)| {
            json!({"id": EnrolmentId::new(self.clock), "program_id": id, "person_id": profile.person.id, "role": role,
                "status": "enrolled", "wishes": [], "created_at": self.now, "updated_at": self.now, "revision": 1})
        });
        let insert = insert!(
            "enrolments", "id" uuid, "program_id" uuid, "person_id" uuid, "role" text, "status" text, "wishes" jsonb,
            "created_at" timestamptz, "updated_at" timestamptz, "revision" bigint
        );
        write(self.tx, insert, &mut rows).await;
        id
    }

    /// Writes a role for each level of each ladder.
    async fn roles(&mut self) -> Vec<LadderRoleId> {
        let ladders: Vec<_> =
            (0..LADDERS).map(|number| (CareerLadderId::new(self.clock), format!("ladder {number}"))).collect();
        let mut rows = ladders.iter().map(|(id, name)| {
            json!({"id": id, "name": name, "name_folded": name, "track": "individual", "created_at": self.now,
                "updated_at": self.now, "revision": 1})
        });
        let insert = insert!(
            "career_ladders", "id" uuid, "name" text, "name_folded" text, "track" text, "created_at" timestamptz,
            "updated_at" timestamptz, "revision" bigint
        );
        write(self.tx, insert, &mut rows).await;
        let steps = ladders.iter().flat_map(|(ladder, _)| (1..=LEVELS).map(move |level| (*ladder, level)));
        let steps: Vec<_> = steps.map(|(ladder, level)| (LadderRoleId::new(self.clock), ladder, level)).collect();
        let mut rows = steps.iter().map(|(id, ladder, level)| {
            let name = format!("step {level}");
            json!({"id": id, "ladder_id": ladder, "name": name, "name_folded": name, "level": level})
        });
        let insert =
            insert!("ladder_roles", "id" uuid, "ladder_id" uuid, "name" text, "name_folded" text, "level" bigint);
        write(self.tx, insert, &mut rows).await;
        steps.into_iter().map(|(id, ..)| id).collect()
    }

    /// Writes all skills and their relations.
    async fn skills(&mut self, organisation: &Organisation) -> Vec<SkillId> {
        let count = LADDERS * LADDER_SKILLS + SHARED_SKILLS;
        let skills: Vec<_> = (0..count).map(|_| SkillId::new(self.clock)).collect();
        let mut rows = skills.iter().zip(0..).map(|(id, number): (_, u32)| {
            let name = format!("skill {number}");
            json!({"id": id, "name": name, "name_folded": name, "created_at": self.now, "updated_at": self.now, "revision": 1})
        });
        let insert = insert!(
            "skills", "id" uuid, "name" text, "name_folded" text, "created_at" timestamptz, "updated_at" timestamptz,
            "revision" bigint
        );
        write(self.tx, insert, &mut rows).await;
        let related =
            (0..count).flat_map(|one| organisation.graph.related(Skill(one)).iter().map(move |other| (one, other)));
        let mut rows = related
            .map(|(one, other)| json!({"skill_id": skills[one as usize], "related_id": skills[other.0 as usize]}));
        write(self.tx, insert!("skill_relations", "skill_id" uuid, "related_id" uuid), &mut rows).await;
        skills
    }

    /// Writes a team for each manager. The result has an entry for each person; `None`: the person leads no team.
    async fn teams(&mut self, people: &[Profile]) -> Vec<Option<TeamId>> {
        let numbers: HashSet<u32> =
            people.iter().filter_map(|profile| profile.person.department).map(|one| one.0).collect();
        let most = numbers.iter().max().map_or(0, |most| most + 1);
        let departments: Vec<_> = (0..most).map(|_| DepartmentId::new(self.clock)).collect();
        let mut rows = departments.iter().zip(0..).map(|(id, number): (_, u32)| {
            let name = format!("department {number}");
            json!({"id": id, "name": name, "name_folded": name, "created_at": self.now, "updated_at": self.now, "revision": 1})
        });
        let insert = insert!(
            "departments", "id" uuid, "name" text, "name_folded" text, "created_at" timestamptz,
            "updated_at" timestamptz, "revision" bigint
        );
        write(self.tx, insert, &mut rows).await;
        let teams: Vec<_> =
            people.iter().map(|profile| profile.person.leads.map(|_| TeamId::new(self.clock))).collect();
        let led =
            teams.iter().zip(people).zip(0_u32..).filter_map(|((team, lead), number)| Some(((*team)?, lead, number)));
        let mut rows = led.map(|(team, lead, number)| {
            let name = format!("team {number}");
            json!({"id": team, "name": name, "name_folded": name,
                "department_id": lead.person.department.map(|one| departments[one.0 as usize]),
                "lead_id": lead.person.id, "created_at": self.now, "updated_at": self.now, "revision": 1})
        });
        let insert = insert!(
            "teams", "id" uuid, "name" text, "name_folded" text, "department_id" uuid, "lead_id" uuid,
            "created_at" timestamptz, "updated_at" timestamptz, "revision" bigint
        );
        write(self.tx, insert, &mut rows).await;
        teams
    }
}

async fn write(tx: &mut Tx, insert: Sql, rows: &mut impl Iterator<Item = Value>) {
    loop {
        let some: Vec<Value> = rows.take(ROWS_PER_STATEMENT).collect();
        if some.is_empty() {
            return;
        }
        tx.query(insert).bind(Json(some)).run().await.expect("rows");
    }
}
