//! The organisation of the demo, and the profiles of its people.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::cast::{BIOS, CAREER_GOALS, COMPANY, DEPARTMENTS, FIRST_NAMES, LADDERS, LAST_NAMES, PLACES, SKILLS};
use super::client::{Refused, Stage, id};
use crate::ids::{LadderRoleId, PersonId, ServiceAccountId, SkillId, TeamId};
use crate::policy::Scope;

/// The people that the demo has added.
pub struct Company {
    /// First the chief executive, then four vice presidents, twelve team leads, and the rest.
    pub people: Vec<Member>,
}

/// One person.
#[derive(Clone)]
pub struct Member {
    pub id: PersonId,
    pub name: String,
    /// Index of the manager. `None`: the chief executive.
    pub manager: Option<usize>,
    /// Index of the team. `None`: people above the teams.
    pub team: Option<usize>,
    pub level: i64,
}

/// Number of people.
const PEOPLE: usize = 120;
const TEAMS: usize = 12;
const DEPARTMENT_HEADS: usize = 4;
/// Index of the first person who manages no one.
pub const FIRST_MEMBER: usize = 1 + DEPARTMENT_HEADS + TEAMS;

/// Roles by ladder, in order of level.
type Roles = Vec<Vec<(LadderRoleId, &'static str, i64)>>;

/// Builds the company: structure as the admin, roster as the HR system, profiles as each person.
pub async fn found(stage: &Stage, admin: PersonId, hris: ServiceAccountId) -> Result<Company, Refused> {
    let office = stage.person(admin, &["admin"])?;
    let mut teams: Vec<TeamId> = Vec::new();
    for (department, names) in DEPARTMENTS {
        let department = office.post("/v1/departments", json!({ "name": department })).await?;
        for name in names {
            let team = office.post("/v1/teams", json!({ "name": name, "department_id": department["id"] })).await?;
            teams.push(id(&team)?);
        }
    }
    let mut roles: Roles = Vec::new();
    for (name, track, steps) in LADDERS {
        let steps: Vec<Value> = steps.iter().map(|(name, level)| json!({ "name": name, "level": level })).collect();
        let ladder = office.post("/v1/career-ladders", json!({ "name": name, "track": track, "roles": steps })).await?;
        let made = ladder["roles"].as_array().cloned().unwrap_or_default();
        let steps = LADDERS[roles.len()].2.iter().zip(&made);
        roles.push(steps.map(|((name, level), role)| Ok((id(role)?, *name, *level))).collect::<Result<_, Refused>>()?);
    }
    let mut skills: Vec<SkillId> = Vec::new();
    for (name, synonyms) in SKILLS {
        // Neighbours in the list are related: each skill points at the one before it.
        let related: Vec<_> = skills.last().filter(|_| !skills.len().is_multiple_of(4)).into_iter().collect();
        let skill = json!({ "name": name, "synonyms": synonyms, "related_ids": related });
        skills.push(id(&office.post("/v1/skills", skill).await?)?);
    }
    let people = roster(stage, hris, &teams, &roles).await?;
    for (n, member) in people.iter().enumerate() {
        profile(stage, n, member, &skills, &roles).await?;
    }
    for (team, lead) in teams.iter().zip(&people[1 + DEPARTMENT_HEADS..]) {
        office.patch(&format!("/v1/teams/{team}"), json!({ "lead_id": lead.id })).await?;
    }
    Ok(Company { people })
}

async fn roster(
    stage: &Stage,
    hris: ServiceAccountId,
    teams: &[TeamId],
    roles: &Roles,
) -> Result<Vec<Member>, Refused> {
    let hr = stage.service(hris, &[Scope::PeopleRead, Scope::PeopleWrite])?;
    let today = stage.now().date_naive();
    let mut people: Vec<Member> = Vec::new();
    for n in 0..PEOPLE {
        let (manager, team, (role_id, role, level)) = place(n, roles);
        let name = format!("{} {}", FIRST_NAMES[n % FIRST_NAMES.len()], LAST_NAMES[n % LAST_NAMES.len()]);
        let (location, time_zone, language) = PLACES[n * 7 % PLACES.len()];
        let entry = json!({
            "name": name,
            "email": format!("{}@{}.example", name.to_lowercase().replace(' ', "."), COMPANY.to_lowercase()),
            "title": role,
            "team_id": team.map(|team| teams[team]),
            "manager_external_id": manager.map(external_id),
            "ladder_role_id": role_id,
            "hired_on": today - TimeDelta::days(100 + level * 250 + i64::try_from(n * 37 % 400)?),
            "location": location,
            "time_zone": time_zone,
            "languages": ["en", language],
        });
        let person = hr.put(&format!("/v1/roster/{}", external_id(n)), entry).await?;
        people.push(Member { id: id(&person)?, name, manager, team, level });
    }
    Ok(people)
}

/// External id of the n-th person.
pub fn external_id(n: usize) -> String {
    format!("B-{:04}", 1001 + n)
}

/// Four levels of the reporting line: the chief executive, four vice presidents, twelve team leads, and their teams.
fn place(n: usize, roles: &Roles) -> (Option<usize>, Option<usize>, (LadderRoleId, &'static str, i64)) {
    let management = &roles[2];
    match n {
        0 => (None, None, management[3]),
        1..=DEPARTMENT_HEADS => (Some(0), None, management[2]),
        n if n < FIRST_MEMBER => {
            let team = n - 1 - DEPARTMENT_HEADS;
            (Some(1 + team / 3), Some(team), management[team % 2])
        }
        n => {
            let (team, turn) = ((n - FIRST_MEMBER) % TEAMS, (n - FIRST_MEMBER) / TEAMS);
            let ladder = &roles[usize::from(team >= 6)];
            (Some(1 + DEPARTMENT_HEADS + team), Some(team), ladder[[1, 3, 0, 2, 1, 2, 4, 0, 2][turn % 9]])
        }
    }
}

async fn profile(stage: &Stage, n: usize, member: &Member, skills: &[SkillId], roles: &Roles) -> Result<(), Refused> {
    let own = stage.person(member.id, &[])?;
    let path = format!("/v1/people/{}", member.id);
    // Each team has its own part of the list of skills, and each person one from elsewhere.
    let near = member.team.unwrap_or(n) * 3;
    let pick = |step: usize| skills[(near + step) % skills.len()];
    let level = (member.level / 2).clamp(1, 5);
    let ladder = &roles[usize::from(member.team.is_some_and(|team| team >= 6))];
    let target = ladder.iter().find(|(_, _, above)| *above > member.level).map(|(role, ..)| *role);
    let answers = [1 + n % 5, 1 + n / 5 % 5, 1 + n / 2 % 5, 1 + n / 3 % 5];
    own.patch(
        &format!("{path}/profile"),
        json!({
            "bio": BIOS[n % BIOS.len()],
            "offers_mentoring": member.level >= 5,
            "wants_mentoring": member.level <= 7,
            "mentor_capacity": 2 + n % 3,
            "formats": if n.is_multiple_of(2) { json!(["video", "walking"]) } else { json!(["in_person", "video"]) },
            "topics": [super::cast::FOCI[n % super::cast::FOCI.len()].0],
            "career_goals": CAREER_GOALS[n % CAREER_GOALS.len()],
            "target_role_id": target,
            "learning_style": (n.is_multiple_of(3)).then_some("By doing, then by reading about it."),
            "style_answers": (!n.is_multiple_of(4)).then_some(answers),
            "consents_to_personal_fit": n % 5 < 2,
        }),
    )
    .await?;
    let offered: Vec<Value> = [0, 1, 2, 7, 19]
        .iter()
        .enumerate()
        .map(|(rank, step)| {
            let rank = i64::try_from(rank).unwrap_or_default();
            json!({ "skill_id": pick(*step), "level": (level + 1 - rank / 2).clamp(1, 5) })
        })
        .collect();
    own.put(&format!("{path}/skills"), json!({ "skills": offered })).await?;
    if member.level <= 7 {
        let needs: Vec<Value> = [3, 8, 22].iter().enumerate().map(|(rank, step)| {
            json!({ "skill_id": pick(*step), "priority": 3 - rank, "current_level": 1, "target_level": 3 + rank % 2 })
        }).collect();
        own.put(&format!("{path}/needs"), json!({ "needs": needs })).await?;
    }
    Ok(())
}
