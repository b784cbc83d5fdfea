//! What a person can teach and wants to learn, over HTTP.

use actix_web::put;
use actix_web::web::Data;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::store;
use crate::db::Tx;
use crate::http::{App, Json, Path, Seen};
use crate::ids::{PersonId, SkillId};
use crate::outbox::{self, Event};
use crate::people::person;
use crate::people::person::api::{PersonView, read_again};
use crate::people::person::model::Person;
use crate::people::person::scale::{CurrentLevel, Priority, SkillLevel};
use crate::policy::acts::ChangeProfile;
use crate::policy::{Permit, Shown, Viewer, permit};
use crate::problem::Problem;

/// Nobody teaches more skills.
const MOST_OFFERS: usize = 50;
/// Nobody learns more at once.
const MOST_NEEDS: usize = 20;

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config.service(put_skills).service(put_needs);
}

/// A skill that you can teach.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Offer {
    /// The skill; each once.
    pub skill_id: SkillId,
    /// How well you can teach it.
    pub level: SkillLevel,
}

/// All the skills that you can teach.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"skills": [{"skill_id": "01988b64-97e0-7d1e-a3b5-6d7e8f9a0b1c", "level": 4}]})))]
pub struct SkillsInput {
    /// At most 50.
    #[schema(max_items = 50)]
    skills: Vec<Offer>,
}

/// A skill that you want to learn.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Need {
    /// The skill; each once.
    pub skill_id: SkillId,
    /// How much it matters.
    pub priority: Priority,
    /// Where you are.
    pub current_level: CurrentLevel,
    /// Where you want to be: above `current_level`.
    pub target_level: SkillLevel,
}

/// All the skills that you want to learn.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"needs": [{"skill_id": "01988b64-97e0-7d1e-a3b5-6d7e8f9a0b1c", "priority": 1, "current_level": 1, "target_level": 3}]})))]
pub struct NeedsInput {
    /// At most 20.
    #[schema(max_items = 20)]
    needs: Vec<Need>,
}

/// Writes the skills that you can teach, in place of those before.
///
/// For the person themselves alone; everybody can read them.
#[utoipa::path(tag = "people", params(("id" = PersonId, Path)), request_body = SkillsInput, responses((status = 200, body = PersonView)))]
#[put("/v1/people/{id}/skills")]
async fn put_skills(
    app: Data<App>,
    viewer: Viewer,
    id: Path<PersonId>,
    seen: Seen,
    input: Json<SkillsInput>,
) -> Result<Shown<PersonView>, Problem> {
    let mut tx = app.write(&viewer).await?;
    let permitted = own(&mut tx, &viewer, *id, &seen).await?;
    let offers = &input.skills;
    let skills: Vec<_> = offers.iter().map(|offer| offer.skill_id).collect();
    check_skills(&mut tx, "/skills", &skills, MOST_OFFERS).await?;
    let mut before: Vec<_> = permitted.skills.iter().map(|skill| (skill.skill_id, skill.level)).collect();
    let mut after: Vec<_> = offers.iter().map(|offer| (offer.skill_id, offer.level.into())).collect();
    before.sort_unstable();
    after.sort_unstable();
    if before != after {
        let person = permitted.change(|person| {
            person.updated_at = app.clock.now();
            Ok(())
        })?;
        store::save(&mut tx, &person).await?;
        store::replace_skills(&mut tx, &person, offers).await?;
        outbox::add(&mut tx, &app.clock, Event::PersonChanged(*id), None).await?;
        tx.commit().await?;
    }
    read_again(&app, &viewer, *id).await
}

/// Writes the skills that you want to learn, in place of those before.
///
/// For the person themselves alone; they can read them, their direct manager, and the leads of
/// their programs.
#[utoipa::path(tag = "people", params(("id" = PersonId, Path)), request_body = NeedsInput, responses((status = 200, body = PersonView)))]
#[put("/v1/people/{id}/needs")]
async fn put_needs(
    app: Data<App>,
    viewer: Viewer,
    id: Path<PersonId>,
    seen: Seen,
    input: Json<NeedsInput>,
) -> Result<Shown<PersonView>, Problem> {
    let mut tx = app.write(&viewer).await?;
    let permitted = own(&mut tx, &viewer, *id, &seen).await?;
    let skills: Vec<_> = input.needs.iter().map(|need| need.skill_id).collect();
    check_skills(&mut tx, "/needs", &skills, MOST_NEEDS).await?;
    for (place, need) in input.needs.iter().enumerate() {
        if i64::from(need.target_level) <= i64::from(need.current_level) {
            return Err(Problem::invalid(format!("/needs/{place}/target_level"), "must be above current_level"));
        }
    }
    // Not everybody may know of the needs, so `updated_at` stays, and no event tells of them.
    let person = permitted.change(|_| Ok(()))?;
    store::save(&mut tx, &person).await?;
    store::replace_needs(&mut tx, &person, &input.needs).await?;
    tx.commit().await?;
    read_again(&app, &viewer, *id).await
}

async fn own(
    tx: &mut Tx,
    viewer: &Viewer,
    id: PersonId,
    seen: &Seen,
) -> Result<Permit<ChangeProfile, Person>, Problem> {
    let person = person::store::find(tx, viewer, id).await?.ok_or_else(Problem::not_found)?;
    let permitted = permit::<ChangeProfile, _>(viewer, person.clone())?;
    seen.check(viewer, &person)?;
    Ok(permitted)
}

/// Each skill once, and none that is not in the organisation's list.
async fn check_skills(tx: &mut Tx, pointer: &str, skills: &[SkillId], most: usize) -> Result<(), Problem> {
    if skills.len() > most {
        return Err(Problem::invalid(pointer, format!("must hold at most {most} items")));
    }
    let known = store::list_known_skills(tx, skills.iter().copied().collect()).await?;
    for (place, skill) in skills.iter().enumerate() {
        let wrong = |detail| Err(Problem::invalid(format!("{pointer}/{place}/skill_id"), detail));
        if skills[..place].contains(skill) {
            return wrong("stands here twice");
        }
        if !known.contains(skill) {
            return wrong("names no skill");
        }
    }
    Ok(())
}
