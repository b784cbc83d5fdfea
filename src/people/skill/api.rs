//! Skills over HTTP.

use actix_web::web::Data;
use actix_web::{delete, get, patch, post};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::model::{RelatedSkill, Skill, check_related};
use super::store;
use crate::db::Tx;
use crate::http::{
    App, Change, Done, IdempotencyKey, Json, Page, Path, Preconditions, Query, list_query, merge_patch, page,
};
use crate::ids::SkillId;
use crate::people::organisation::{Organisation, may_learn_of_use};
use crate::policy::acts::{ChangeOrganisation, ReadOrganisation};
use crate::policy::{Shown, Viewer, may_list, permit, show, view};
use crate::problem::Problem;
use crate::text::Name;

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config.service(list_skills).service(create_skill).service(read_skill).service(change_skill).service(delete_skill);
}

view! {
    /// A skill that people can teach or want to learn.
    SkillView of skill: Skill, clearance {
        /// Id of the skill.
        public id: SkillId,
        /// Name of the skill. No other skill has the same name or synonym. Upper and lower case count as the same.
        public name: Name,
        /// Other names of the skill, in alphabetical order. Empty: none.
        #[schema(max_items = 20)]
        public synonyms: Vec<Name>,
        /// Related skills, in alphabetical order. A person who knows one of them can often help with the other. Empty:
        /// none.
        #[schema(max_items = 20)]
        public related: Vec<RelatedSkill>,
        /// Time of creation.
        public created_at: DateTime<Utc>,
        /// Time of the last change.
        public updated_at: DateTime<Utc>,
    }
}

list_query! {
    /// Filters of the list of skills.
    ListSkills from SkillId {
        /// Lists only skills with a name or synonym that starts with this text. Upper and lower case count as the same.
        #[param(inline)]
        q: Option<Name>,
    }
}

/// List skills
///
/// Sorted by time of creation, oldest first. Each person can list skills. A service needs the scope `people:read`. Use
/// `?q=java` to complete a name or synonym while it is typed.
#[utoipa::path(tag = "skills", params(ListSkills), responses((status = 200, body = Page<SkillView>)))]
#[get("/v1/skills")]
async fn list_skills(app: Data<App>, viewer: Viewer, query: Query<ListSkills>) -> Result<Page<SkillView>, Problem> {
    may_list::<ReadOrganisation>(&viewer)?;
    let after = query.cursor.map_or(SkillId::first(), |cursor| cursor.0);
    let mut tx = app.read().await?;
    let skills = store::list(&mut tx, query.q.as_ref(), after, query.limit.and_one()).await?;
    let total = query.count.of(store::count(&mut tx, query.q.as_ref())).await?;
    page(&viewer, query.limit, skills, total, |skill| skill.id)
}

/// A new skill.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"name": "Public speaking", "synonyms": ["Presenting", "Giving talks"], "related_ids": []})))]
pub struct CreateSkill {
    /// Name of the skill. No other skill may have the same name or synonym. Upper and lower case count as the same.
    name: Name,
    /// Other names of the skill, at most 20. Default: none.
    #[serde(default)]
    #[schema(max_items = 20)]
    synonyms: Vec<Name>,
    /// Ids of related skills, at most 20. The relation is mutual: each of them becomes related to this skill. Default:
    /// none.
    #[serde(default)]
    #[schema(max_items = 20)]
    related_ids: Vec<SkillId>,
}

/// Create a skill
///
/// Admins may do this, and services with the scopes `people:read` and `people:write`. A name or synonym that another
/// skill has gives 409 `already_exists`.
#[utoipa::path(tag = "skills", request_body = CreateSkill, responses((status = 201, body = SkillView)))]
#[post("/v1/skills")]
async fn create_skill(
    app: Data<App>,
    viewer: Viewer,
    input: Json<CreateSkill>,
    once: IdempotencyKey,
) -> Result<Shown<SkillView>, Problem> {
    may_list::<ReadOrganisation>(&viewer)?;
    let CreateSkill { name, synonyms, related_ids } = input.into_inner();
    app.once(
        &viewer,
        &once,
        async |tx| {
            let permitted = permit::<ChangeOrganisation, _>(&viewer, Organisation)?;
            let (id, now) = (SkillId::new(&app.clock), app.clock.now());
            let related = Vec::new();
            let skill = Skill { id, name, created_at: now, updated_at: now, revision: 1, synonyms, related };
            skill.check_names()?;
            check_related(id, &related_ids)?;
            store::find_for_update(tx).await?;
            store::insert(tx, &permitted, &skill).await?;
            store::put_related(tx, &skill, &related_ids, now).await?;
            Ok(id)
        },
        async |tx, id| Ok(read(tx, &viewer, id).await?.created(format!("/v1/skills/{id}"))),
    )
    .await
}

/// Read a skill
///
/// The answer contains the synonyms and the related skills. Each person can read skills. A service needs the scope
/// `people:read`.
#[utoipa::path(tag = "skills", params(("id" = SkillId, Path)), responses((status = 200, body = SkillView)))]
#[get("/v1/skills/{id}")]
async fn read_skill(app: Data<App>, viewer: Viewer, id: Path<SkillId>) -> Result<Shown<SkillView>, Problem> {
    let mut tx = app.read().await?;
    read(&mut tx, &viewer, *id).await
}

merge_patch! {
    /// Changes to a skill. Fields that are left out stay as they are.
    #[schema(examples(json!({"synonyms": ["Presenting", "Giving talks"], "related_ids": []})))]
    ChangeSkillInput {
        /// Name of the skill. No other skill may have the same name or synonym. Upper and lower case count as the same.
        name: Name,
        /// Other names of the skill, at most 20. They replace the previous synonyms. Empty: none.
        #[schema(max_items = 20)]
        synonyms: Vec<Name>,
        /// Ids of related skills, at most 20. They replace the previous ones. The relation is mutual: the other skills
        /// change too. Empty: none.
        #[schema(max_items = 20)]
        related_ids: Vec<SkillId>,
    }
}

/// Change a skill
///
/// Admins may do this, and services with the scopes `people:read` and `people:write`. A list replaces the previous
/// list. A name or synonym that another skill has gives 409 `already_exists`.
#[utoipa::path(tag = "skills", params(("id" = SkillId, Path)), request_body = ChangeSkillInput, responses((status = 200, body = SkillView)))]
#[patch("/v1/skills/{id}")]
async fn change_skill(
    app: Data<App>,
    viewer: Viewer,
    id: Path<SkillId>,
    seen: Preconditions,
    input: Json<ChangeSkillInput>,
) -> Result<Shown<SkillView>, Problem> {
    may_list::<ReadOrganisation>(&viewer)?;
    let input = input.into_inner();
    let now = app.clock.now();
    let mut tx = app.write(&viewer).await?;
    store::find_for_update(&mut tx).await?;
    let skill = store::find(&mut tx, &viewer, *id).await?.ok_or_else(Problem::not_found)?;
    seen.check(&viewer, &skill)?;
    let skill = permit::<ChangeOrganisation, _>(&viewer, skill)?;
    if input.is_empty() {
        return show(&viewer, skill.unchanged());
    }
    let related_ids = input.related_ids;
    let skill = skill.change(|skill| {
        let before = skill.clone();
        input.name.apply(&mut skill.name);
        input.synonyms.apply(&mut skill.synonyms);
        skill.check_names()?;
        if let Some(related) = related_ids.set() {
            check_related(skill.id, related)?;
        }
        if *skill != before || related_ids.set().is_some_and(|related| !skill.is_related_to_just(related)) {
            skill.updated_at = now;
        }
        Ok(())
    })?;
    store::save(&mut tx, &skill).await?;
    if let Change::Set(related) = related_ids {
        store::put_related(&mut tx, &skill, &related, now).await?;
    }
    let answer = read(&mut tx, &viewer, *id).await?;
    tx.commit().await?;
    Ok(answer)
}

/// Delete a skill
///
/// Admins may do this, and services with the scopes `people:read`, `people:write` and `outcomes:read`. If people can
/// teach the skill or want to learn it, the answer is 409 `still_in_use`. This answer reveals people's needs, so a
/// service needs `outcomes:read` too.
#[utoipa::path(tag = "skills", params(("id" = SkillId, Path)), responses((status = 204, description = "The skill is deleted.")))]
#[delete("/v1/skills/{id}")]
async fn delete_skill(app: Data<App>, viewer: Viewer, id: Path<SkillId>, seen: Preconditions) -> Result<Done, Problem> {
    may_learn_of_use(&viewer)?;
    let mut tx = app.write(&viewer).await?;
    store::find_for_update(&mut tx).await?;
    let skill = store::find(&mut tx, &viewer, *id).await?.ok_or_else(Problem::not_found)?;
    seen.check(&viewer, &skill)?;
    let skill = permit::<ChangeOrganisation, _>(&viewer, skill)?;
    store::delete(&mut tx, skill, app.clock.now()).await?;
    tx.commit().await?;
    Ok(Done)
}

async fn read(tx: &mut Tx, viewer: &Viewer, id: SkillId) -> Result<Shown<SkillView>, Problem> {
    show(viewer, store::find(tx, viewer, id).await?.ok_or_else(Problem::not_found)?)
}
