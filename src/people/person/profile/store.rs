//! The SQL of profiles.

use super::skills::{Need, Offer};
use crate::db::{Ids, Sql, Tx};
use crate::ids::SkillId;
use crate::people::person::model::Person;
use crate::policy::{Changed, close_again};
use crate::problem::{OnClash as _, Problem};

/// Writes a changed profile, unless another request changed the record first.
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
        .on_missing(|| Problem::invalid("/target_role_id", "names no ladder role"))?;
    if touched == 1 { Ok(()) } else { Err(Problem::changed_meanwhile()) }
}

/// Which of `skills` there are.
pub async fn list_known_skills(tx: &mut Tx, skills: Ids) -> sqlx::Result<Vec<SkillId>> {
    let found = tx.query(Sql {
        sqlite: "select id from skills where id in (select unhex(value) from json_each($1))",
        postgres: "select id from skills where id = any($1)",
    });
    Ok(found.bind(skills).all::<(SkillId,)>().await?.into_iter().map(|(id,)| id).collect())
}

/// Writes what a person offers, in place of what they offered before. Their record is saved
/// first: it makes two such requests follow each other.
pub async fn replace_skills(tx: &mut Tx, person: &Changed<Person>, offers: &[Offer]) -> Result<(), Problem> {
    tx.query("delete from person_skills where person_id = $1").bind(person.id).run().await?;
    for offer in offers {
        tx.query("insert into person_skills (person_id, skill_id, level) values ($1, $2, $3)")
            .bind(person.id)
            .bind(offer.skill_id)
            .bind(offer.level)
            .run()
            .await
            .on_missing(|| Problem::invalid("/skills", "names a skill that is gone"))?;
    }
    Ok(())
}

/// Writes what a person wants to learn, in place of what they wanted before, likewise.
pub async fn replace_needs(tx: &mut Tx, person: &Changed<Person>, needs: &[Need]) -> Result<(), Problem> {
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
        .on_missing(|| Problem::invalid("/needs", "names a skill that is gone"))?;
    }
    Ok(())
}
