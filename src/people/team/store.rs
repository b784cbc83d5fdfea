//! The SQL of teams.

use super::model::Team;
use crate::db::{Query, Tx, UNLIMITED};
use crate::ids::{DepartmentId, PersonId, TeamId};
use crate::people::organisation::Organisation;
use crate::policy::acts::ChangeOrganisation;
use crate::policy::{Changed, Permit};
use crate::problem::{Code, OnClash as _, Problem};
use crate::text::Name;

const TAKEN: &str = "Another team has this name. Choose another name.";

/// A team with the names of its department and its lead; `t` is the row of `teams`.
macro_rules! select_team {
    ($($rest:literal),+) => {
        concat!(
            "select t.id, t.name, t.department_id, d.name as department_name, t.lead_id, p.name as lead_name,
                p.title as lead_title, t.created_at, t.updated_at, t.revision
             from teams t
             left join departments d on d.id = t.department_id
             left join people p on p.id = t.lead_id ",
            $($rest),+
        )
    };
}

/// One page of teams. Each frequent filter has its own SQL text, so that it can use its own index. The filters from
/// `$2` on only narrow the result.
macro_rules! list_teams {
    ($hot:literal) => {
        select_team!(
            "where ",
            $hot,
            " and t.id > $2 and coalesce(t.department_id = $3, $3 is null) and coalesce(t.name_folded >= $4, $4 is null)
             and coalesce(t.name_folded < $5, $5 is null) order by t.id limit $6"
        )
    };
}

/// Filters of a list of teams.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only teams whose name starts with this text.
    pub prefix: Option<Name>,
    /// Only teams of this department.
    pub department: Option<DepartmentId>,
    /// Only teams that this person leads.
    pub lead: Option<PersonId>,
}

/// Finds one team.
pub async fn find(tx: &mut Tx, id: TeamId) -> sqlx::Result<Option<Team>> {
    tx.query(select_team!("where t.id = $1")).bind(id).optional().await
}

/// One page of teams after `after`, in order of creation.
pub async fn list(tx: &mut Tx, only: &Filter, after: TeamId, limit: i64) -> sqlx::Result<Vec<Team>> {
    listed(tx, only, after, limit).all().await
}

/// Number of teams on all pages.
pub async fn count(tx: &mut Tx, only: &Filter) -> sqlx::Result<i64> {
    listed(tx, only, TeamId::first(), UNLIMITED).count().await
}

fn listed<'t>(tx: &'t mut Tx, only: &Filter, after: TeamId, limit: i64) -> Query<'t> {
    let (first, beyond) = only.prefix.as_ref().map(Name::prefixed).unzip();
    let query = match only {
        Filter { lead: Some(lead), .. } => tx.query(list_teams!("t.lead_id = $1")).bind(lead),
        Filter { prefix: Some(_), .. } => {
            tx.query(list_teams!("t.name_folded >= $1 and t.name_folded < $5")).bind(first.clone())
        }
        Filter { department: Some(department), .. } => tx.query(list_teams!("t.department_id = $1")).bind(department),
        Filter { .. } => tx.query(list_teams!("t.id >= $1")).bind(after),
    };
    query.bind(after).bind(only.department).bind(first).bind(beyond).bind(limit)
}

/// Refuses a lead who does not exist or has left.
pub async fn check_lead(tx: &mut Tx, lead: PersonId) -> Result<(), Problem> {
    let found = tx.query("select status <> 'departed' from people where id = $1").bind(lead).optional().await?;
    match found {
        Some((true,)) => Ok(()),
        Some((false,)) => {
            let problem = Problem::new(
                Code::PersonNotActive,
                "The lead has left the organisation. Choose a person who works here.",
            );
            Err(problem.at("/lead_id", "must be the id of a person who has not left"))
        }
        None => Err(Problem::invalid("/lead_id", "must be the id of a person")),
    }
}

/// Inserts a new team.
pub async fn insert(
    tx: &mut Tx,
    _permit: &Permit<ChangeOrganisation, Organisation>,
    team: &Team,
) -> Result<(), Problem> {
    tx.query(
        "insert into teams (id, name, name_folded, department_id, lead_id, created_at, updated_at, revision)
         values ($1, $2, $3, $4, $5, $6, $7, 1)",
    )
    .bind(team.id)
    .bind(&team.name)
    .bind(team.name.folded())
    .bind(team.department_id)
    .bind(team.lead_id)
    .bind(team.created_at)
    .bind(team.updated_at)
    .run()
    .await
    .map_err(clash)?;
    Ok(())
}

/// Saves a changed team. Refuses if another request changed it first.
pub async fn save(tx: &mut Tx, team: &Changed<Team>) -> Result<(), Problem> {
    let touched = tx
        .query(
            "update teams set name = $3, name_folded = $4, department_id = $5, lead_id = $6, updated_at = $7,
                revision = revision + 1
             where id = $1 and revision = $2",
        )
        .bind(team.id)
        .bind(team.revision)
        .bind(&team.name)
        .bind(team.name.folded())
        .bind(team.department_id)
        .bind(team.lead_id)
        .bind(team.updated_at)
        .run()
        .await
        .map_err(clash)?;
    if touched == 1 { Ok(()) } else { Err(Problem::changed_meanwhile()) }
}

/// Deletes a team without members and without pairs.
pub async fn delete(tx: &mut Tx, team: Permit<ChangeOrganisation, Team>) -> Result<(), Problem> {
    let gone = tx.query("delete from teams where id = $1").bind(team.id).run().await;
    gone.on_missing(|| {
        Problem::new(
            Code::StillInUse,
            "The team still has members, or pairs are counted for it. Move the members to another team first.",
        )
    })?;
    Ok(())
}

fn clash(error: sqlx::Error) -> Problem {
    match error.as_database_error() {
        Some(cause) if cause.is_unique_violation() => {
            Problem::new(Code::AlreadyExists, TAKEN).at("/name", "must not be the name of another team")
        }
        Some(cause) if cause.is_foreign_key_violation() => {
            Problem::invalid("/department_id", "must be the id of a department")
        }
        _ => error.into(),
    }
}
