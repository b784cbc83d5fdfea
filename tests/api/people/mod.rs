//! People: the roster and who may change it, profiles and who reads them, the reporting line.

mod departures;
mod finding;
mod profile;
mod returning;
mod roster;

use mentorship::ids::{DepartmentId, LadderRoleId, PersonId, SkillId, TeamId};
use serde_json::Value;

use crate::harness::TestApp;

/// A team in a department of its own.
async fn a_team(app: &TestApp) -> (TeamId, DepartmentId) {
    let (team, department, now) = (TeamId::new(&app.clock), DepartmentId::new(&app.clock), app.clock.now());
    let mut tx = app.db.write().await.expect("a unit of work");
    tx.query("insert into departments (id, name, name_folded, created_at, updated_at, revision) values ($1, $2, $2, $3, $3, 1)")
        .bind(department)
        .bind(format!("department {department}"))
        .bind(now)
        .run()
        .await
        .expect("a department");
    tx.query("insert into teams (id, name, name_folded, department_id, created_at, updated_at, revision) values ($1, $2, $2, $3, $4, $4, 1)")
        .bind(team)
        .bind(format!("team {team}"))
        .bind(department)
        .bind(now)
        .run()
        .await
        .expect("a team");
    tx.commit().await.expect("it commits");
    (team, department)
}

async fn a_skill(app: &TestApp) -> SkillId {
    let (id, now) = (SkillId::new(&app.clock), app.clock.now());
    let mut tx = app.db.write().await.expect("a unit of work");
    tx.query(
        "insert into skills (id, name, name_folded, created_at, updated_at, revision) values ($1, $2, $2, $3, $3, 1)",
    )
    .bind(id)
    .bind(format!("skill {id}"))
    .bind(now)
    .run()
    .await
    .expect("a skill");
    tx.commit().await.expect("it commits");
    id
}

async fn a_ladder_role(app: &TestApp, level: i64) -> LadderRoleId {
    let (ladder, id, now) = (LadderRoleId::new(&app.clock), LadderRoleId::new(&app.clock), app.clock.now());
    let mut tx = app.db.write().await.expect("a unit of work");
    tx.query("insert into career_ladders (id, name, name_folded, track, created_at, updated_at, revision) values ($1, $2, $2, 'individual', $3, $3, 1)")
        .bind(ladder)
        .bind(format!("ladder {ladder}"))
        .bind(now)
        .run()
        .await
        .expect("a ladder");
    tx.query("insert into ladder_roles (id, ladder_id, name, name_folded, level) values ($1, $2, 'Engineer', 'engineer', $3)")
        .bind(id)
        .bind(ladder)
        .bind(level)
        .run()
        .await
        .expect("a role");
    tx.commit().await.expect("it commits");
    id
}

/// How often this happened.
async fn events(app: &TestApp, kind: &str, person: &str) -> i64 {
    let id: PersonId = person.parse::<uuid::Uuid>().expect("an id").into();
    let mut tx = app.db.read_one().await.expect("a look");
    let counted = tx.query("select count(*) from events where kind = $1 and record_id = $2").bind(kind).bind(id);
    counted.one::<(i64,)>().await.expect("a count").0
}

fn names(items: &[Value]) -> Vec<&str> {
    items.iter().map(|item| item["name"].as_str().expect("a name")).collect()
}

fn ids(items: &[Value]) -> Vec<&str> {
    items.iter().map(|item| item["id"].as_str().expect("an id")).collect()
}
