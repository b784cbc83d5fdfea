//! An organisation to measure on: 2,000 people and 1,000 pairs.

use mentorship::clock::Clock;
use mentorship::db::{Db, Tx};
use mentorship::ids::{PairId, PersonId};
use sqlx::types::Json;

/// What the requests name.
pub struct World {
    pub mentor: PersonId,
    pub pair: PairId,
    /// Pairs of the same mentor, so that clients who write do not wait for each other's pair.
    pub pairs: Vec<PairId>,
}

impl World {
    pub async fn build(db: &Db, clock: &Clock) -> Self {
        let mut tx = db.write().await.expect("a unit of work");
        let mut people = Vec::new();
        for _ in 0..2000 {
            people.push(person(&mut tx, clock).await);
        }
        let mut pairs = Vec::new();
        for two in people.chunks(2) {
            pairs.push(pair(&mut tx, clock, two[0], two[1]).await);
        }
        let (mentor, mut own) = (people[1000], Vec::new());
        for mentee in &people[..64] {
            own.push(pair(&mut tx, clock, mentor, *mentee).await);
        }
        tx.commit().await.expect("it commits");
        Self { mentor, pair: pairs[500], pairs: own }
    }
}

async fn person(tx: &mut Tx, clock: &Clock) -> PersonId {
    let id = PersonId::new(clock);
    tx.query(
        "insert into people (id, name, name_folded, email, time_zone, languages, status, offers_mentoring, wants_mentoring,
            is_paused, mentor_capacity, mentor_load, formats, topics, consents_to_personal_fit, created_at, updated_at, revision)
         values ($1, $2, $2, $3, 'UTC', $4, 'active', true, true, false, 3, 0, $5, $5, false, $6, $6, 1)",
    )
    .bind(id)
    .bind(format!("person {id}"))
    .bind(format!("{id}@example.com"))
    .bind(Json(["en"]))
    .bind(Json::<[&str; 0]>([]))
    .bind(clock.now())
    .run()
    .await
    .expect("a person");
    id
}

async fn pair(tx: &mut Tx, clock: &Clock, mentor: PersonId, mentee: PersonId) -> PairId {
    let (id, now) = (PairId::new(clock), clock.now());
    tx.query(
        "insert into pairs (id, mentor_id, mentee_id, model, status, mentor_accepted, mentee_accepted, starts_on,
            goals_focus, created_at, updated_at, revision)
         values ($1, $2, $3, 'one_on_one', 'active', true, true, $4, 'Speaking up', $5, $5, 1)",
    )
    .bind(id)
    .bind(mentor)
    .bind(mentee)
    .bind(now.date_naive())
    .bind(now)
    .run()
    .await
    .expect("a pair");
    id
}
