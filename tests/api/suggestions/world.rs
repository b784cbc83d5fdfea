//! A small organisation whose mentors can be compared, and ways to change it behind the service's back.

use mentorship::ids::{CareerLadderId, LadderRoleId, PersonId, SkillId};
use serde_json::{Value, json};

use crate::harness::{Person, TestApp};

/// A career ladder with a role at each level from 1, and three skills, of which the first two are related.
pub struct World {
    pub roles: Vec<LadderRoleId>,
    pub rust: SkillId,
    pub sql: SkillId,
    pub talking: SkillId,
}

impl World {
    pub async fn new(app: &TestApp) -> Self {
        let (ladder, now) = (CareerLadderId::new(&app.clock), app.clock.now());
        let mut tx = app.db.write().await.unwrap();
        tx.query(
            "insert into career_ladders (id, name, name_folded, track, created_at, updated_at, revision)
             values ($1, 'Engineering', 'engineering', 'individual', $2, $2, 1)",
        )
        .bind(ladder)
        .bind(now)
        .run()
        .await
        .unwrap();
        let mut roles = Vec::new();
        for level in 1..=7_i64 {
            let role = LadderRoleId::new(&app.clock);
            tx.query("insert into ladder_roles (id, ladder_id, name, name_folded, level) values ($1, $2, $3, $3, $4)")
                .bind(role)
                .bind(ladder)
                .bind(format!("engineer {level}"))
                .bind(level)
                .run()
                .await
                .unwrap();
            roles.push(role);
        }
        let mut skills = Vec::new();
        for name in ["Rust", "SQL", "Negotiation"] {
            let skill = SkillId::new(&app.clock);
            tx.query(
                "insert into skills (id, name, name_folded, created_at, updated_at, revision) values ($1, $2, $3, $4, $4, 1)",
            )
            .bind(skill)
            .bind(name)
            .bind(name.to_lowercase())
            .bind(now)
            .run()
            .await
            .unwrap();
            skills.push(skill);
        }
        for (one, other) in [(0, 1), (1, 0)] {
            tx.query("insert into skill_relations (skill_id, related_id) values ($1, $2)")
                .bind(skills[one])
                .bind(skills[other])
                .run()
                .await
                .unwrap();
        }
        tx.commit().await.unwrap();
        Self { roles, rust: skills[0], sql: skills[1], talking: skills[2] }
    }

    /// Somebody at this level, by default with three places and nobody above.
    pub async fn at(&self, app: &TestApp, level: usize, person: Person) -> PersonId {
        let id = app.person_with(person).await;
        let mut tx = app.db.write().await.unwrap();
        tx.query("update people set ladder_role_id = $2 where id = $1")
            .bind(id)
            .bind(self.roles[level - 1])
            .run()
            .await
            .unwrap();
        tx.commit().await.unwrap();
        id
    }

    /// A mentee at level 2 who wants to learn Rust and negotiation.
    pub async fn mentee(&self, app: &TestApp) -> PersonId {
        let id = self.at(app, 2, Person::default()).await;
        let mut tx = app.db.write().await.unwrap();
        for (skill, priority) in [(self.rust, 3_i64), (self.talking, 1)] {
            tx.query(
                "insert into person_needs (person_id, skill_id, priority, current_level, target_level) values ($1, $2, $3, 1, 3)",
            )
            .bind(id)
            .bind(skill)
            .bind(priority)
            .run()
            .await
            .unwrap();
        }
        tx.commit().await.unwrap();
        id
    }

    /// A mentor at level 4 who masters Rust.
    pub async fn mentor(&self, app: &TestApp) -> PersonId {
        let id = self.at(app, 4, Person::default()).await;
        self.teach(app, id, self.rust).await;
        id
    }

    pub async fn teach(&self, app: &TestApp, person: PersonId, skill: SkillId) {
        let mut tx = app.db.write().await.unwrap();
        tx.query("insert into person_skills (person_id, skill_id, level) values ($1, $2, 5)")
            .bind(person)
            .bind(skill)
            .run()
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }
}

/// Changes one person, behind the service's back.
pub async fn alter(app: &TestApp, person: PersonId, sql: &'static str) {
    let mut tx = app.db.write().await.unwrap();
    tx.query(sql).bind(person).run().await.unwrap();
    tx.commit().await.unwrap();
}

/// The same with a second person.
pub async fn relate(app: &TestApp, person: PersonId, other: PersonId, sql: &'static str) {
    let mut tx = app.db.write().await.unwrap();
    tx.query(sql).bind(person).bind(other).run().await.unwrap();
    tx.commit().await.unwrap();
}

/// Whom the mentee is told of, and the whole answer.
pub async fn ask(app: &TestApp, mentee: PersonId) -> (Vec<String>, Value) {
    let answer = app.as_(mentee).post("/v1/suggestions", json!({"limit": 10})).await.created();
    let suggestions = answer.body["suggestions"].as_array().unwrap();
    let mentors = suggestions.iter().map(|one| one["mentor"]["id"].as_str().unwrap().to_owned()).collect();
    (mentors, answer.body)
}

/// Whether the mentee is told of the mentor.
pub async fn finds(app: &TestApp, mentee: PersonId, mentor: PersonId) -> bool {
    ask(app, mentee).await.0.contains(&mentor.to_string())
}

/// The address of the mentee's only suggestion.
pub async fn only(app: &TestApp, mentee: PersonId) -> String {
    let (mentors, answer) = ask(app, mentee).await;
    assert_eq!(mentors.len(), 1, "{answer}");
    format!("/v1/suggestions/{}", answer["suggestions"][0]["id"].as_str().unwrap())
}

/// One keeps away from another.
pub const BLOCK: &str =
    "insert into person_blocks (person_id, blocked_id, created_at) values ($1, $2, '2026-01-01T00:00:00Z')";
/// One reports to another.
pub const MOVE: &str = "update people set manager_id = $2 where id = $1";
/// One lets their answers count.
pub const AGREE: &str = "update people set consents_to_personal_fit = true where id = $1";
