//! The SQL of teams.

use super::model::Team;
use crate::db::{Query, Tx, UNLIMITED, insert, query, save};
use crate::ids::{DepartmentId, PersonId, TeamId};
use crate::people::organisation::Organisation;
use crate::policy::acts::ChangeOrganisation;
use crate::policy::{Changed, Permit};
use crate::problem::{Code, OnClash as _, Problem, saved};
use crate::text::Name;

const TAKEN: &str = "Another team has this name. Choose another name.";

/// A team with the names of its department and its lead; `t` is the row of `teams`.
const SELECT: &str = "select t.id, t.name, t.department_id, d.name as department_name, t.lead_id, p.name as lead_name,
        p.title as lead_title, t.created_at, t.updated_at, t.revision
    from teams t
    left join departments d on d.id = t.department_id
    left join people p on p.id = t.lead_id";

/// The filters of one page of teams, which narrow the result. Each frequent filter has its own SQL text before them, so
/// that it can use its own index.
const FILTERED: &str = "and t.id > :after and coalesce(t.department_id = :department, :department is null)
    and coalesce(t.name_folded >= :first, :first is null) and coalesce(t.name_folded < :beyond, :beyond is null)
    order by t.id limit :limit";

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
    query!(tx, [SELECT, "where t.id = :id"], id).optional().await
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
    let department = only.department;
    let (first, beyond) = only.prefix.as_ref().map(Name::prefixed).unzip();
    macro_rules! list {
        ($hot:literal $(, $lead:ident)?) => {
            query!(tx, [SELECT, "where", $hot, FILTERED], after, department, first, beyond, limit $(, $lead)?)
        };
    }
    match *only {
        Filter { lead: Some(lead), .. } => list!("t.lead_id = :lead", lead),
        Filter { prefix: Some(_), .. } => list!("t.name_folded >= :first and t.name_folded < :beyond"),
        Filter { department: Some(_), .. } => list!("t.department_id = :department"),
        Filter { .. } => list!("t.id >= :after"),
    }
}

/// Refuses a lead who does not exist or has left.
pub async fn check_lead(tx: &mut Tx, lead: PersonId) -> Result<(), Problem> {
    let found = query!(tx, "select status <> 'departed' from people where id = :lead", lead).optional().await?;
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
    insert!(
        tx,
        "teams",
        team { id, name, department_id, lead_id, created_at, updated_at },
        name_folded = team.name.folded(),
        revision = 1_i64
    )
    .run()
    .await
    .map_err(clash)?;
    Ok(())
}

/// Saves a changed team. Refuses if another request changed it first.
pub async fn save(tx: &mut Tx, team: &Changed<Team>) -> Result<(), Problem> {
    saved(
        save!(
            tx,
            "update teams set revision = revision + 1",
            team { name, department_id, lead_id, updated_at },
            name_folded = team.name.folded()
        )
        .run()
        .await
        .map_err(clash)?,
    )
}

/// Deletes a team without members and without pairs.
pub async fn delete(tx: &mut Tx, team: Permit<ChangeOrganisation, Team>) -> Result<(), Problem> {
    let gone = query!(tx, "delete from teams where id = :id", id = team.id).run().await;
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
