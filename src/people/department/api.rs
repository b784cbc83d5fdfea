//! Departments over HTTP.

use actix_web::web::Data;
use actix_web::{delete, get, patch, post};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use super::model::Department;
use super::store;
use crate::http::{App, Count, Cursor, Done, Json, Limit, Once, Page, Path, Query, Seen, merge_patch, page};
use crate::ids::DepartmentId;
use crate::people::organisation::Organisation;
use crate::policy::acts::{ChangeOrganisation, ReadOrganisation};
use crate::policy::{Clearance, Shown, Viewed, Viewer, may_list, permit, show, view};
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

/// A department as it appears inside other records.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DepartmentRef {
    /// Names the department.
    pub id: DepartmentId,
    /// What it is called.
    pub name: Name,
}

view! {
    /// A department: what teams are gathered under.
    DepartmentView {
        /// Names the department.
        public id: DepartmentId,
        /// What it is called; no other department is.
        public name: Name,
        /// When the record was made.
        public created_at: DateTime<Utc>,
        /// When it changed last.
        public updated_at: DateTime<Utc>,
    }
}

impl Viewed for Department {
    type View = DepartmentView;

    fn view(self, clearance: &Clearance) -> DepartmentView {
        DepartmentView {
            id: self.id,
            name: self.name,
            created_at: self.created_at,
            updated_at: self.updated_at,
            withheld: clearance.withheld::<DepartmentView>(),
        }
    }
}

/// Which departments to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListDepartments {
    /// Departments whose name begins like this, in upper or lower case.
    #[param(inline)]
    q: Option<Name>,
    /// Items on a page.
    #[serde(default)]
    #[param(inline, required = false)]
    limit: Limit,
    /// `next_cursor` of the page before.
    #[param(value_type = Option<String>, max_length = 500)]
    cursor: Option<Cursor<DepartmentId>>,
    /// `exact`: the page says how many there are in all, as `total`.
    #[serde(default)]
    #[param(inline, required = false)]
    count: Count,
}

/// Lists departments, in the order they were made.
///
/// `?q=eng` finds those whose name begins with it, for a field that completes what is typed.
#[utoipa::path(tag = "teams", params(ListDepartments), responses((status = 200, body = Page<DepartmentView>)))]
#[get("/v1/departments")]
async fn list_departments(
    app: Data<App>,
    viewer: Viewer,
    query: Query<ListDepartments>,
) -> Result<Page<DepartmentView>, Problem> {
    may_list::<ReadOrganisation>(&viewer)?;
    let after = query.cursor.map_or(DepartmentId::first(), |cursor| cursor.0);
    let mut tx = app.look().await?;
    let departments = store::list(&mut tx, query.q.as_ref(), after, query.limit.and_one()).await?;
    let total = query.count.of(store::count(&mut tx, query.q.as_ref())).await?;
    page(&viewer, query.limit, departments, total, |department| department.id)
}

/// A new department.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"name": "Engineering"})))]
pub struct CreateDepartment {
    /// What it is called; no other department may be, in upper or lower case.
    name: Name,
}

/// Adds a department.
///
/// Admins may, and services with `people:read` and `people:write`.
#[utoipa::path(tag = "teams", request_body = CreateDepartment, responses((status = 201, body = DepartmentView)))]
#[post("/v1/departments")]
async fn create_department(
    app: Data<App>,
    viewer: Viewer,
    input: Json<CreateDepartment>,
    once: Once,
) -> Result<Shown<DepartmentView>, Problem> {
    may_list::<ReadOrganisation>(&viewer)?;
    let input = input.into_inner();
    let id = app
        .once(&viewer, &once, async |tx| {
            let leave = permit::<ChangeOrganisation, _>(&viewer, Organisation)?;
            let (id, now) = (DepartmentId::new(&app.clock), app.clock.now());
            let department = Department { id, name: input.name, created_at: now, updated_at: now, revision: 1 };
            store::insert(tx, &leave, &department).await?;
            Ok(id)
        })
        .await?;
    Ok(read_again(&app, &viewer, id).await?.created(format!("/v1/departments/{id}")))
}

/// Reads a department.
///
/// Everybody who works here may. Its teams are at `/v1/teams?department_id=…`.
#[utoipa::path(tag = "teams", params(("id" = DepartmentId, Path)), responses((status = 200, body = DepartmentView)))]
#[get("/v1/departments/{id}")]
async fn read_department(
    app: Data<App>,
    viewer: Viewer,
    id: Path<DepartmentId>,
) -> Result<Shown<DepartmentView>, Problem> {
    read_again(&app, &viewer, *id).await
}

merge_patch! {
    /// What to change of a department.
    #[schema(examples(json!({"name": "Engineering"})))]
    ChangeDepartmentInput {
        /// What it is called; no other department may be, in upper or lower case.
        name: Name,
    }
}

/// Renames a department.
///
/// Admins may, and services with `people:read` and `people:write`.
#[utoipa::path(tag = "teams", params(("id" = DepartmentId, Path)), request_body = ChangeDepartmentInput, responses((status = 200, body = DepartmentView)))]
#[patch("/v1/departments/{id}")]
async fn change_department(
    app: Data<App>,
    viewer: Viewer,
    id: Path<DepartmentId>,
    seen: Seen,
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
    tx.commit().await?;
    read_again(&app, &viewer, *id).await
}

/// Removes a department that no team belongs to.
///
/// Where teams belong to it the answer is the problem `still_in_use`; move them first.
#[utoipa::path(tag = "teams", params(("id" = DepartmentId, Path)), responses((status = 204, description = "Gone.")))]
#[delete("/v1/departments/{id}")]
async fn delete_department(
    app: Data<App>,
    viewer: Viewer,
    id: Path<DepartmentId>,
    seen: Seen,
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

async fn read_again(app: &App, viewer: &Viewer, id: DepartmentId) -> Result<Shown<DepartmentView>, Problem> {
    let mut tx = app.look().await?;
    show(viewer, store::find(&mut tx, id).await?.ok_or_else(Problem::not_found)?)
}
