//! The SQL of profiles.

use super::model::{NeededSkill, OfferedSkill};
use crate::db::{Ids, Sql, Tx};
use crate::ids::SkillId;
use crate::people::person::model::Person;
use crate::policy::{Changed, close_again};
use crate::problem::{OnClash as _, Problem};

/// Saves a changed profile. Refuses if another request changed the person first.
pub async fn save(tx: &mut Tx, person: &Changed<Person>) -> Result<(), Problem> {
    let learning_style = close_again(tx, person.home(), &person.learning_style).await?;
    let communication_style = close_again(tx, person.home(), &person.communication_style).await?;
    let accommodations = close_again(tx, person.home(), &person.accommodations).await?;
    let style_answers = close_again(tx, person.home(), &person.style_answers).await?;
    let touched = tx
        .query(
            "update people set bio = $3, offers_mentoring = $4, wants_mentoring = $5, is_paused = $6, mentor_capacity = $7,
                formats = $8, topics = $9, languages = $10, time_zone = $11, career_goals = $12, career_interest = $13,
                target_role_id = $14, learning_style = $15, communication_style = $16, accommodations = $17,
                style_answers = $18, consents_to_personal_fit = $19, updated_at = $20, revision = revision + 1,
                words_revision = words_revision + 1
             where id = $1 and revision = $2",
        )
        .bind(person.id)
        .bind(person.revision)
        .bind(&person.bio)
        .bind(person.offers_mentoring)
        .bind(person.wants_mentoring)
        .bind(person.is_paused)
        .bind(person.mentor_capacity)
        .bind(&person.formats)
        .bind(&person.topics)
        .bind(&person.languages)
        .bind(&person.time_zone)
        .bind(&person.career_goals)
        .bind(&person.career_interest)
        .bind(&person.target_role_id)
        .bind(learning_style)
        .bind(communication_style)
        .bind(accommodations)
        .bind(style_answers)
        .bind(&person.consents_to_personal_fit)
        .bind(person.updated_at)
        .run()
        .await
        .on_missing(|| Problem::invalid("/target_role_id", "must be the id of a career ladder role"))?;
    if touched == 1 { Ok(()) } else { Err(Problem::changed_meanwhile()) }
}

/// The skills in `skills` that exist.
pub async fn list_known_skills(tx: &mut Tx, skills: Ids) -> sqlx::Result<Vec<SkillId>> {
    let found = tx.query(Sql {
        sqlite: "select id from skills where id in (select unhex(value) from json_each($1))",
        postgres: "select id from skills where id = any($1)",
    });
    Ok(found.bind(skills).all::<(SkillId,)>().await?.into_iter().map(|(id,)| id).collect())
}

/// Replaces the skills that a person can teach. Save the person first: then two such requests cannot run at the same
/// time.
pub async fn replace_skills(tx: &mut Tx, person: &Changed<Person>, offers: &[OfferedSkill]) -> Result<(), Problem> {
    tx.query("delete from person_skills where person_id = $1").bind(person.id).run().await?;
    for offer in offers {
        tx.query("insert into person_skills (person_id, skill_id, level) values ($1, $2, $3)")
            .bind(person.id)
            .bind(offer.skill_id)
            .bind(offer.level)
            .run()
            .await
            .on_missing(|| Problem::invalid("/skills", "must not contain a skill that was deleted"))?;
    }
    Ok(())
}

/// Replaces the skills that a person wants to learn. Save the person first.
pub async fn replace_needs(tx: &mut Tx, person: &Changed<Person>, needs: &[NeededSkill]) -> Result<(), Problem> {
    tx.query("delete from person_needs where person_id = $1").bind(person.id).run().await?;
    for need in needs {
        tx.query(
            "insert into person_needs (person_id, skill_id, priority, current_level, target_level)
             values ($1, $2, $3, $4, $5)",
        )
        .bind(person.id)
        .bind(need.skill_id)
        .bind(need.priority)
        .bind(need.current_level)
        .bind(need.target_level)
        .run()
        .await
        .on_missing(|| Problem::invalid("/needs", "must not contain a skill that was deleted"))?;
    }
    Ok(())
}
