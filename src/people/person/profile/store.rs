//! The SQL of profiles.

use super::model::{NeededSkill, OfferedSkill};
use crate::db::{Ids, Tx, insert, query, save};
use crate::ids::SkillId;
use crate::people::person::model::Person;
use crate::policy::{Changed, close_again};
use crate::problem::{OnClash as _, Problem, saved};

/// Saves a changed profile. Refuses if another request changed the person first.
pub async fn save(tx: &mut Tx, person: &Changed<Person>) -> Result<(), Problem> {
    let learning_style = close_again(tx, person.home(), &person.learning_style).await?;
    let communication_style = close_again(tx, person.home(), &person.communication_style).await?;
    let accommodations = close_again(tx, person.home(), &person.accommodations).await?;
    let style_answers = close_again(tx, person.home(), &person.style_answers).await?;
    saved(
        save!(
            tx,
            "update people set revision = revision + 1, words_revision = words_revision + 1",
            person {
                bio,
                offers_mentoring,
                wants_mentoring,
                is_paused,
                mentor_capacity,
                formats,
                topics,
                languages,
                time_zone,
                career_goals,
                career_interest,
                target_role_id,
                consents_to_personal_fit,
                updated_at
            },
            learning_style,
            communication_style,
            accommodations,
            style_answers
        )
        .run()
        .await
        .on_missing(|| Problem::invalid("/target_role_id", "must be the id of a career ladder role"))?,
    )
}

/// The skills in `skills` that exist.
pub async fn list_known_skills(tx: &mut Tx, skills: Ids) -> sqlx::Result<Vec<SkillId>> {
    let found = query!(tx, "select id from skills where id = any(:skills)", skills);
    Ok(found.all::<(SkillId,)>().await?.into_iter().map(|(id,)| id).collect())
}

/// Replaces the skills that a person can teach. Save the person first: then two such requests cannot run at the same
/// time.
pub async fn replace_skills(tx: &mut Tx, person: &Changed<Person>, offers: &[OfferedSkill]) -> Result<(), Problem> {
    query!(tx, "delete from person_skills where person_id = :person_id", person_id = person.id).run().await?;
    for offer in offers {
        insert!(tx, "person_skills", offer { skill_id, level }, person_id = person.id)
            .run()
            .await
            .on_missing(|| Problem::invalid("/skills", "must not contain a skill that was deleted"))?;
    }
    Ok(())
}

/// Replaces the skills that a person wants to learn. Save the person first.
pub async fn replace_needs(tx: &mut Tx, person: &Changed<Person>, needs: &[NeededSkill]) -> Result<(), Problem> {
    query!(tx, "delete from person_needs where person_id = :person_id", person_id = person.id).run().await?;
    for need in needs {
        insert!(tx, "person_needs", need { skill_id, priority, current_level, target_level }, person_id = person.id)
            .run()
            .await
            .on_missing(|| Problem::invalid("/needs", "must not contain a skill that was deleted"))?;
    }
    Ok(())
}
