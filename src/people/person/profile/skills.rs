//! The skills that a person can teach and wants to learn, over HTTP.

use actix_web::put;
use actix_web::web::Data;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::model::{NeededSkill, OfferedSkill};
use super::store;
use crate::db::Tx;
use crate::http::{App, Json, Path, Preconditions};
use crate::ids::{PersonId, SkillId};
use crate::outbox::{self, Event};
use crate::people::person;
use crate::people::person::api::{PersonView, read};
use crate::people::person::model::Person;
use crate::policy::acts::ChangeProfile;
use crate::policy::{Permit, Shown, Viewer, permit, show};
use crate::problem::Problem;

/// Maximum number of skills that a person can teach.
const MOST_SKILLS: usize = 50;
/// Maximum number of skills that a person wants to learn.
const MOST_NEEDS: usize = 20;

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config.service(put_skills).service(put_needs);
}

/// The skills that you can teach.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"skills": [{"skill_id": "01988b64-97e0-7d1e-a3b5-6d7e8f9a0b1c", "level": 4}]})))]
pub struct SkillsInput {
    /// All skills that you can teach, at most 50. Empty: none.
    #[schema(max_items = 50)]
    skills: Vec<OfferedSkill>,
}

/// The skills that you want to learn.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"needs": [{"skill_id": "01988b64-97e0-7d1e-a3b5-6d7e8f9a0b1c", "priority": 1, "current_level": 1, "target_level": 3}]})))]
pub struct NeedsInput {
    /// All skills that you want to learn, at most 20. Empty: none.
    #[schema(max_items = 20)]
    needs: Vec<NeededSkill>,
}

/// Replace the skills that you can teach
///
/// Only the person may do this. The skills are visible to everyone.
#[utoipa::path(tag = "people", params(("id" = PersonId, Path)), request_body = SkillsInput, responses((status = 200, body = PersonView)))]
#[put("/v1/people/{id}/skills")]
async fn put_skills(
    app: Data<App>,
    viewer: Viewer,
    id: Path<PersonId>,
    seen: Preconditions,
    input: Json<SkillsInput>,
) -> Result<Shown<PersonView>, Problem> {
    let mut tx = app.write(&viewer).await?;
    let permitted = own(&mut tx, &viewer, *id, &seen).await?;
    let offers = &input.skills;
    let skills: Vec<_> = offers.iter().map(|offer| offer.skill_id).collect();
    check_skills(&mut tx, "/skills", &skills, MOST_SKILLS).await?;
    let mut before: Vec<_> = permitted.skills.iter().map(|skill| (skill.skill_id, skill.level)).collect();
    let mut after: Vec<_> = offers.iter().map(|offer| (offer.skill_id, offer.level.into())).collect();
    before.sort_unstable();
    after.sort_unstable();
    if before == after {
        return show(&viewer, permitted.unchanged());
    }
    let person = permitted.change(|person| {
        person.updated_at = app.clock.now();
        Ok(())
    })?;
    store::save(&mut tx, &person).await?;
    store::replace_skills(&mut tx, &person, offers).await?;
    outbox::add(&mut tx, &app.clock, Event::PersonChanged(*id), None).await?;
    let answer = read(&mut tx, &viewer, *id).await?;
    tx.commit().await?;
    Ok(answer)
}

/// Replace the skills that you want to learn
///
/// Only the person may do this. The needs are visible to the person, their direct manager and the leads of their
/// programs.
#[utoipa::path(tag = "people", params(("id" = PersonId, Path)), request_body = NeedsInput, responses((status = 200, body = PersonView)))]
#[put("/v1/people/{id}/needs")]
async fn put_needs(
    app: Data<App>,
    viewer: Viewer,
    id: Path<PersonId>,
    seen: Preconditions,
    input: Json<NeedsInput>,
) -> Result<Shown<PersonView>, Problem> {
    let mut tx = app.write(&viewer).await?;
    let permitted = own(&mut tx, &viewer, *id, &seen).await?;
    let skills: Vec<_> = input.needs.iter().map(|need| need.skill_id).collect();
    check_skills(&mut tx, "/needs", &skills, MOST_NEEDS).await?;
    for (index, need) in input.needs.iter().enumerate() {
        if i64::from(need.target_level) <= i64::from(need.current_level) {
            return Err(Problem::invalid(format!("/needs/{index}/target_level"), "must be above current_level"));
        }
    }
    // Needs are not public: so `updated_at` does not change, and there is no event.
    let person = permitted.change(|_| Ok(()))?;
    store::save(&mut tx, &person).await?;
    store::replace_needs(&mut tx, &person, &input.needs).await?;
    let answer = read(&mut tx, &viewer, *id).await?;
    tx.commit().await?;
    Ok(answer)
}

async fn own(
    tx: &mut Tx,
    viewer: &Viewer,
    id: PersonId,
    seen: &Preconditions,
) -> Result<Permit<ChangeProfile, Person>, Problem> {
    let person = person::store::find(tx, viewer, id).await?.ok_or_else(Problem::not_found)?;
    let permitted = permit::<ChangeProfile, _>(viewer, person.clone())?;
    seen.check(viewer, &person)?;
    Ok(permitted)
}

/// Refuses too many, repeated and unknown skills.
async fn check_skills(tx: &mut Tx, pointer: &str, skills: &[SkillId], most: usize) -> Result<(), Problem> {
    if skills.len() > most {
        return Err(Problem::invalid(pointer, format!("must have at most {most} items")));
    }
    let known = store::list_known_skills(tx, skills.iter().copied().collect()).await?;
    for (index, skill) in skills.iter().enumerate() {
        let wrong = |detail| Err(Problem::invalid(format!("{pointer}/{index}/skill_id"), detail));
        if skills[..index].contains(skill) {
            return wrong("must not occur twice");
        }
        if !known.contains(skill) {
            return wrong("must be the id of a skill");
        }
    }
    Ok(())
}
