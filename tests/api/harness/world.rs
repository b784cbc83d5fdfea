//! Builders that give the least valid world, written straight into the database.

use mentorship::ids::{PairId, PersonId, ProgramId, ServiceAccountId};
use mentorship::policy::Scope;
use sqlx::types::Json;

use super::app::TestApp;

/// A pair and the people around it.
pub struct Pair {
    pub id: PairId,
    pub path: String,
    pub mentor: PersonId,
    pub mentee: PersonId,
    /// The mentee's direct manager.
    pub manager: PersonId,
    /// Coordinates the program, and needs the role in their token.
    pub coordinator: PersonId,
    pub program: ProgramId,
}

/// A person as the builder takes them.
#[derive(Clone, Debug)]
pub struct Person {
    pub manager: Option<PersonId>,
    pub status: &'static str,
    pub capacity: i64,
}

impl Default for Person {
    fn default() -> Self {
        Self { manager: None, status: "active", capacity: 3 }
    }
}

impl TestApp {
    /// An active person without a manager.
    pub async fn person(&self) -> PersonId {
        self.person_with(Person::default()).await
    }

    pub async fn person_under(&self, manager: PersonId) -> PersonId {
        self.person_with(Person { manager: Some(manager), ..Person::default() }).await
    }

    pub async fn person_with(&self, person: Person) -> PersonId {
        let (id, now) = (PersonId::new(&self.clock), self.clock.now());
        let name = format!("Person {}", &id.to_string()[30..]);
        let mut tx = self.db.write().await.expect("a unit of work");
        tx.query(
            "insert into people (id, name, name_folded, email, manager_id, time_zone, languages, status, offers_mentoring,
                wants_mentoring, is_paused, mentor_capacity, mentor_load, formats, topics, consents_to_personal_fit,
                created_at, updated_at, revision)
             values ($1, $2, $3, $4, $5, 'UTC', $6, $7, true, true, false, $8, 0, $9, $9, false, $10, $10, 1)",
        )
        .bind(id)
        .bind(&name)
        .bind(name.to_lowercase())
        .bind(format!("{id}@example.com"))
        .bind(person.manager)
        .bind(Json(["en"]))
        .bind(person.status)
        .bind(person.capacity)
        .bind(Json::<[&str; 0]>([]))
        .bind(now)
        .run()
        .await
        .expect("a person");
        tx.commit().await.expect("it commits");
        id
    }

    /// A program with one coordinator.
    pub async fn program(&self, coordinator: PersonId) -> ProgramId {
        let (id, now) = (ProgramId::new(&self.clock), self.clock.now());
        let mut tx = self.db.write().await.expect("a unit of work");
        tx.query(
            "insert into programs (id, name, name_folded, model, stage, is_formal, requires_acceptance, enrolling, created_at, updated_at,
                revision)
             values ($1, $2, $2, 'one_on_one', 'mentoring', true, false, 'none', $3, $3, 1)",
        )
        .bind(id)
        .bind(format!("program {id}"))
        .bind(now)
        .run()
        .await
        .expect("a program");
        tx.query("insert into program_coordinators (program_id, person_id) values ($1, $2)")
            .bind(id)
            .bind(coordinator)
            .run()
            .await
            .expect("a coordinator");
        tx.commit().await.expect("it commits");
        id
    }

    /// An enabled service account.
    pub async fn service_account(&self, scopes: &[Scope]) -> ServiceAccountId {
        let (id, now) = (ServiceAccountId::new(&self.clock), self.clock.now());
        let mut tx = self.db.write().await.expect("a unit of work");
        tx.query("insert into service_accounts (id, name, name_folded, scopes, is_enabled, created_at, updated_at, revision) values ($1, $2, $2, $3, true, $4, $4, 1)")
            .bind(id)
            .bind(format!("account {id}"))
            .bind(Json(scopes))
            .bind(now)
            .run()
            .await
            .expect("an account");
        tx.commit().await.expect("it commits");
        id
    }

    /// An active pair in a program, its mentee with a manager.
    pub async fn pair(&self) -> Pair {
        let (manager, coordinator, mentor) = (self.person().await, self.person().await, self.person().await);
        let mentee = self.person_under(manager).await;
        let program = self.program(coordinator).await;
        let (id, now) = (PairId::new(&self.clock), self.clock.now());
        let mut tx = self.db.write().await.expect("a unit of work");
        tx.query(
            "insert into pairs (id, mentor_id, mentee_id, program_id, model, status, mentor_accepted, mentee_accepted,
                starts_on, active_since, created_at, updated_at, revision)
             values ($1, $2, $3, $4, 'one_on_one', 'active', true, true, $5, $6, $6, $6, 1)",
        )
        .bind(id)
        .bind(mentor)
        .bind(mentee)
        .bind(program)
        .bind(now.date_naive())
        .bind(now)
        .run()
        .await
        .expect("a pair");
        tx.query("update people set mentor_load = mentor_load + 1 where id = $1")
            .bind(mentor)
            .run()
            .await
            .expect("a load");
        tx.commit().await.expect("it commits");
        Pair { id, path: format!("/v1/pairs/{id}"), mentor, mentee, manager, coordinator, program }
    }
}
