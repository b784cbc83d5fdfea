//! Skills over HTTP.

use actix_web::web::Data;
use actix_web::{delete, get, patch, post};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use super::model::{RelatedSkill, Skill, check_related};
use super::store;
use crate::http::{App, Change, Count, Cursor, Done, Json, Limit, Once, Page, Path, Query, Seen, merge_patch, page};
use crate::ids::SkillId;
use crate::people::organisation::{Organisation, may_hear_of_use};
use crate::policy::acts::{ChangeOrganisation, ReadOrganisation};
use crate::policy::{Clearance, Shown, Viewed, Viewer, may_list, permit, show, view};
use crate::problem::Problem;
use crate::text::Name;

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config.service(list_skills).service(create_skill).service(read_skill).service(change_skill).service(delete_skill);
}

view! {
    /// A skill that people offer and want to learn.
    SkillView {
        /// Names the skill.
        public id: SkillId,
        /// What it is called.
        public name: Name,
        /// What it is called too, by the alphabet.
        #[schema(max_items = 20)]
        public synonyms: Vec<Name>,
        /// Skills near it, by the alphabet: who knows one may be of help with the other.
        #[schema(max_items = 20)]
        public related: Vec<RelatedSkill>,
        /// When the record was made.
        public created_at: DateTime<Utc>,
        /// When it changed last.
        public updated_at: DateTime<Utc>,
    }
}

impl Viewed for Skill {
    type View = SkillView;

    fn view(self, clearance: &Clearance) -> SkillView {
        SkillView {
            id: self.id,
            name: self.name,
            synonyms: self.synonyms,
            related: self.related,
            created_at: self.created_at,
            updated_at: self.updated_at,
            withheld: clearance.withheld::<SkillView>(),
        }
    }
}

/// Which skills to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListSkills {
    /// Skills of which a name or synonym begins like this, in upper or lower case.
    #[param(inline)]
    q: Option<Name>,
    /// Items on a page.
    #[serde(default)]
    #[param(inline, required = false)]
    limit: Limit,
    /// `next_cursor` of the page before.
    #[param(value_type = Option<String>, max_length = 500)]
    cursor: Option<Cursor<SkillId>>,
    /// `exact`: the page says how many there are in all, as `total`.
    #[serde(default)]
    #[param(inline, required = false)]
    count: Count,
}

/// Lists skills, in the order they were made.
///
/// `?q=java` finds those of which a name or synonym begins with it, for a field that completes
/// what is typed.
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
    /// What it is called. No name means two skills, in upper or lower case, as name or synonym.
    name: Name,
    /// What it is called too.
    #[serde(default)]
    #[schema(max_items = 20)]
    synonyms: Vec<Name>,
    /// Skills near it. It becomes related to them, and they to it.
    #[serde(default)]
    #[schema(max_items = 20)]
    related_ids: Vec<SkillId>,
}

/// Adds a skill.
///
/// Admins may, and services with `people:read` and `people:write`. A name that another skill has,
/// as name or synonym, is the problem `already_exists`.
#[utoipa::path(tag = "skills", request_body = CreateSkill, responses((status = 201, body = SkillView)))]
#[post("/v1/skills")]
async fn create_skill(
    app: Data<App>,
    viewer: Viewer,
    input: Json<CreateSkill>,
    once: Once,
) -> Result<Shown<SkillView>, Problem> {
    may_list::<ReadOrganisation>(&viewer)?;
    let CreateSkill { name, synonyms, related_ids } = input.into_inner();
    let id = app
        .once(&viewer, &once, async |tx| {
            let leave = permit::<ChangeOrganisation, _>(&viewer, Organisation)?;
            let (id, now) = (SkillId::new(&app.clock), app.clock.now());
            let related = Vec::new();
            let skill = Skill { id, name, created_at: now, updated_at: now, revision: 1, synonyms, related };
            skill.check_names()?;
            check_related(id, &related_ids)?;
            store::hold(tx).await?;
            store::insert(tx, &leave, &skill).await?;
            store::put_related(tx, &skill, &related_ids, now).await?;
            Ok(id)
        })
        .await?;
    Ok(read_again(&app, &viewer, id).await?.created(format!("/v1/skills/{id}")))
}

/// Reads a skill.
///
/// With its synonyms and the skills related to it. Everybody who works here may.
#[utoipa::path(tag = "skills", params(("id" = SkillId, Path)), responses((status = 200, body = SkillView)))]
#[get("/v1/skills/{id}")]
async fn read_skill(app: Data<App>, viewer: Viewer, id: Path<SkillId>) -> Result<Shown<SkillView>, Problem> {
    read_again(&app, &viewer, *id).await
}

merge_patch! {
    /// What to change of a skill.
    #[schema(examples(json!({"synonyms": ["Presenting", "Giving talks"], "related_ids": []})))]
    ChangeSkillInput {
        /// What it is called. No name means two skills, in upper or lower case, as name or synonym.
        name: Name,
        /// What it is called too, in place of the synonyms it has.
        #[schema(max_items = 20)]
        synonyms: Vec<Name>,
        /// Skills near it, in place of those it has. It becomes related to them, and they to it.
        #[schema(max_items = 20)]
        related_ids: Vec<SkillId>,
    }
}

/// Changes a skill: name, synonyms, related skills.
///
/// A list takes the place of the one before. Admins may, and services with `people:read` and
/// `people:write`.
#[utoipa::path(tag = "skills", params(("id" = SkillId, Path)), request_body = ChangeSkillInput, responses((status = 200, body = SkillView)))]
#[patch("/v1/skills/{id}")]
async fn change_skill(
    app: Data<App>,
    viewer: Viewer,
    id: Path<SkillId>,
    seen: Seen,
    input: Json<ChangeSkillInput>,
) -> Result<Shown<SkillView>, Problem> {
    may_list::<ReadOrganisation>(&viewer)?;
    let input = input.into_inner();
    let now = app.clock.now();
    let mut tx = app.write(&viewer).await?;
    store::hold(&mut tx).await?;
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
    tx.commit().await?;
    read_again(&app, &viewer, *id).await
}

/// Removes a skill that nobody offers or wants to learn.
///
/// Otherwise the answer is the problem `still_in_use`. As it tells of what people want to learn, a
/// service account needs `outcomes:read` as well.
#[utoipa::path(tag = "skills", params(("id" = SkillId, Path)), responses((status = 204, description = "Gone.")))]
#[delete("/v1/skills/{id}")]
async fn delete_skill(app: Data<App>, viewer: Viewer, id: Path<SkillId>, seen: Seen) -> Result<Done, Problem> {
    may_hear_of_use(&viewer)?;
    let mut tx = app.write(&viewer).await?;
    store::hold(&mut tx).await?;
    let skill = store::find(&mut tx, &viewer, *id).await?.ok_or_else(Problem::not_found)?;
    seen.check(&viewer, &skill)?;
    let skill = permit::<ChangeOrganisation, _>(&viewer, skill)?;
    store::delete(&mut tx, skill, app.clock.now()).await?;
    tx.commit().await?;
    Ok(Done)
}

async fn read_again(app: &App, viewer: &Viewer, id: SkillId) -> Result<Shown<SkillView>, Problem> {
    let mut tx = app.read().await?;
    show(viewer, store::find(&mut tx, viewer, id).await?.ok_or_else(Problem::not_found)?)
}
