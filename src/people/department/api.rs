//! Departments over HTTP.

use actix_web::web::Data;
use actix_web::{delete, get, patch, post};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::model::Department;
use super::store;
use crate::db::Tx;
use crate::http::{App, Done, IdempotencyKey, Json, Page, Path, Preconditions, Query, list_query, merge_patch, page};
use crate::ids::DepartmentId;
use crate::people::organisation::Organisation;
use crate::policy::acts::{ChangeOrganisation, ReadOrganisation};
use crate::policy::{Shown, Viewer, may_list, permit, show, view};
use crate::problem::Problem;
use crate::text::Name;

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(list_departments)
        .service(create_department)
        .service(read_department)
        .service(change_department)
        .service(delete_department);
}

/// A department as it appears in other records.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DepartmentRef {
    /// Id of the department.
    pub id: DepartmentId,
    /// Name of the department.
    pub name: Name,
}

view! {
    /// A department: a group of teams.
    DepartmentView of department: Department, clearance {
        /// Id of the department.
        public id: DepartmentId,
        /// Name of the department. No other department has the same name. Upper and lower case count as the same.
        public name: Name,
        /// Time of creation.
        public created_at: DateTime<Utc>,
        /// Time of the last change.
        public updated_at: DateTime<Utc>,
    }
}

list_query! {
    /// Filters of the list of departments.
    ListDepartments from DepartmentId {
        /// Lists only departments whose name starts with this text. Upper and lower case count as the same.
        #[param(inline)]
        q: Option<Name>,
    }
}

/// List departments
///
/// Sorted by time of creation, oldest first. Each person can list departments. A service needs the scope `people:read`.
/// Use `?q=eng` to complete a name while it is typed.
#[utoipa::path(tag = "teams", params(ListDepartments), responses((status = 200, body = Page<DepartmentView>)))]
#[get("/v1/departments")]
async fn list_departments(
    app: Data<App>,
    viewer: Viewer,
    query: Query<ListDepartments>,
) -> Result<Page<DepartmentView>, Problem> {
    may_list::<ReadOrganisation>(&viewer)?;
    let after = query.cursor.map_or(DepartmentId::first(), |cursor| cursor.0);
    let mut tx = app.read_one().await?;
    let departments = store::list(&mut tx, query.q.as_ref(), after, query.limit.and_one()).await?;
    let total = query.count.of(store::count(&mut tx, query.q.as_ref())).await?;
    page(&viewer, query.limit, departments, total, |department| department.id)
}

/// A new department.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"name": "Engineering"})))]
pub struct CreateDepartment {
    /// Name of the department. No other department may have the same name. Upper and lower case count as the same.
    name: Name,
}

/// Create a department
///
/// Admins may do this, and services with the scopes `people:read` and `people:write`. A name that another department
/// has gives 409 `already_exists`.
#[utoipa::path(tag = "teams", request_body = CreateDepartment, responses((status = 201, body = DepartmentView)))]
#[post("/v1/departments")]
async fn create_department(
    app: Data<App>,
    viewer: Viewer,
    input: Json<CreateDepartment>,
    once: IdempotencyKey,
) -> Result<Shown<DepartmentView>, Problem> {
    may_list::<ReadOrganisation>(&viewer)?;
    let input = input.into_inner();
    app.once(
        &viewer,
        &once,
        async |tx| {
            let permitted = permit::<ChangeOrganisation, _>(&viewer, Organisation)?;
            let (id, now) = (DepartmentId::new(&app.clock), app.clock.now());
            let department = Department { id, name: input.name, created_at: now, updated_at: now, revision: 1 };
            store::insert(tx, &permitted, &department).await?;
            Ok(id)
        },
        async |tx, id| Ok(read(tx, &viewer, id).await?.created(format!("/v1/departments/{id}"))),
    )
    .await
}

/// Read a department
///
/// Each person can read departments. A service needs the scope `people:read`. `GET /v1/teams?department_id=…` lists the
/// teams.
#[utoipa::path(tag = "teams", params(("id" = DepartmentId, Path)), responses((status = 200, body = DepartmentView)))]
#[get("/v1/departments/{id}")]
async fn read_department(
    app: Data<App>,
    viewer: Viewer,
    id: Path<DepartmentId>,
) -> Result<Shown<DepartmentView>, Problem> {
    let mut tx = app.read_one().await?;
    read(&mut tx, &viewer, *id).await
}

merge_patch! {
    /// Changes to a department. Fields that are left out stay as they are.
    #[schema(examples(json!({"name": "Engineering"})))]
    ChangeDepartmentInput {
        /// Name of the department. No other department may have the same name. Upper and lower case count as the same.
        name: Name,
    }
}

/// Change a department
///
/// Admins may do this, and services with the scopes `people:read` and `people:write`. A name that another department
/// has gives 409 `already_exists`.
#[utoipa::path(tag = "teams", params(("id" = DepartmentId, Path)), request_body = ChangeDepartmentInput, responses((status = 200, body = DepartmentView)))]
#[patch("/v1/departments/{id}")]
async fn change_department(
    app: Data<App>,
    viewer: Viewer,
    id: Path<DepartmentId>,
    seen: Preconditions,
    input: Json<ChangeDepartmentInput>,
) -> Result<Shown<DepartmentView>, Problem> {
    may_list::<ReadOrganisation>(&viewer)?;
    let input = input.into_inner();
    let mut tx = app.write(&viewer).await?;
    let department = store::find(&mut tx, *id).await?.ok_or_else(Problem::not_found)?;
    seen.check(&viewer, &department)?;
    let department = permit::<ChangeOrganisation, _>(&viewer, department)?;
    if input.is_empty() {
        return show(&viewer, department.unchanged());
    }
    let department = department.change(|department| {
        let before = department.clone();
        input.name.apply(&mut department.name);
        if *department != before {
            department.updated_at = app.clock.now();
        }
        Ok(())
    })?;
    store::save(&mut tx, &department).await?;
    let answer = read(&mut tx, &viewer, *id).await?;
    tx.commit().await?;
    Ok(answer)
}

/// Delete a department
///
/// Admins may do this, and services with the scopes `people:read` and `people:write`. If teams belong to the
/// department, the answer is 409 `still_in_use`. Move the teams first.
#[utoipa::path(tag = "teams", params(("id" = DepartmentId, Path)), responses((status = 204, description = "The department is deleted.")))]
#[delete("/v1/departments/{id}")]
async fn delete_department(
    app: Data<App>,
    viewer: Viewer,
    id: Path<DepartmentId>,
    seen: Preconditions,
) -> Result<Done, Problem> {
    may_list::<ReadOrganisation>(&viewer)?;
    let mut tx = app.write(&viewer).await?;
    let department = store::find(&mut tx, *id).await?.ok_or_else(Problem::not_found)?;
    seen.check(&viewer, &department)?;
    let department = permit::<ChangeOrganisation, _>(&viewer, department)?;
    store::delete(&mut tx, department).await?;
    tx.commit().await?;
    Ok(Done)
}

async fn read(tx: &mut Tx, viewer: &Viewer, id: DepartmentId) -> Result<Shown<DepartmentView>, Problem> {
    show(viewer, store::find(tx, id).await?.ok_or_else(Problem::not_found)?)
}
