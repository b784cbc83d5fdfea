//! An organisation in which it is known what makes a good pair.

use chrono::TimeDelta;
use mentorship::ids::{PairId, PersonId};
use mentorship::matching::engine::{FACTORS, Factor, Features, Random};
use mentorship::matching::learning::{Proposal, record};
use serde_json::{Value, json};

use crate::harness::{Answer, Client, TestApp};
use crate::suggestions::world::{World, alter};

/// People whose pairs are over.
pub struct Past {
    pub mentees: Vec<PersonId>,
    pub mentors: Vec<PersonId>,
}

impl Past {
    /// Ten mentees and four mentors, without any pair.
    pub async fn new(app: &TestApp) -> Self {
        let (mut mentees, mut mentors) = (Vec::new(), Vec::new());
        for place in 0..14 {
            let person = app.person().await;
            // They take part in nothing that is suggested.
            alter(app, person, "update people set offers_mentoring = false, wants_mentoring = false where id = $1")
                .await;
            if place < 10 { mentees.push(person) } else { mentors.push(person) }
        }
        Self { mentees, mentors }
    }

    /// Pairs that are over, which went well by these factors alone.
    pub async fn of(&self, app: &TestApp, count: usize, seed: u64, counts: &[Factor]) {
        let (mut random, now) = (Random::new(seed), app.clock.now());
        let mut tx = app.db.write().await.expect("a unit of work");
        for place in 0..count {
            let values = [(); FACTORS].map(|()| u16::try_from(random.next() % 10_001).ok());
            let features = Features::from(values);
            let truth: f64 = counts.iter().map(|one| 6.0 * (f64::from(features.value(*one)) / 1e4 - 0.5)).sum();
            let goes_well =
                f64::from(u32::try_from(random.next() % 1_000_000).unwrap_or(0)) < 1e6 / (1.0 + (-0.4 - truth).exp());
            let (mentee, mentor) = (self.mentees[place % 10], self.mentors[place % 4]);
            let pair = PairId::new(&app.clock);
            tx.query(
                "insert into pairs (id, mentor_id, mentee_id, model, status, mentor_accepted, mentee_accepted,
                    active_since, starts_on, ended_on, end_reason, created_at, updated_at, revision)
                 values ($1, $2, $3, 'one_on_one', 'ended', true, true, $4, $5, $5, $6, $4, $4, 1)",
            )
            .bind(pair)
            .bind(mentor)
            .bind(mentee)
            .bind(now)
            .bind((now - TimeDelta::days(30)).date_naive())
            .bind(if goes_well { "goals_met" } else { "mismatch" })
            .run()
            .await
            .expect("a pair");
            record(&mut tx, &Proposal::from_pair(pair, mentee, mentor, features, now)).await.expect("it is recorded");
        }
        tx.commit().await.expect("it commits");
    }
}

/// Somebody with two mentors to choose from: one teaches and is busy, one is free and teaches nothing.
pub struct Choice {
    pub mentee: PersonId,
    pub teaches: PersonId,
    pub is_free: PersonId,
}

impl Choice {
    pub async fn new(app: &TestApp) -> Self {
        let world = World::new(app).await;
        let (mentee, teaches) = (world.mentee(app).await, world.mentor(app).await);
        let is_free = world.at(app, 4, crate::harness::Person::default()).await;
        world.teach(app, is_free, world.sql).await;
        alter(app, teaches, "update people set mentor_load = 2 where id = $1").await;
        Self { mentee, teaches, is_free }
    }

    /// What is suggested to the mentee, the best first.
    pub async fn ask(&self, app: &TestApp) -> Vec<Value> {
        let made = app.as_(self.mentee).post("/v1/suggestions", json!({})).await.created();
        made.body["suggestions"].as_array().expect("a list").clone()
    }
}

pub async fn admin(app: &TestApp) -> Client {
    app.as_with(app.person().await, &["admin"])
}

/// Learns a version, and tells what came of it.
pub async fn learn(app: &TestApp, admin: &Client) -> Answer {
    let asked = admin.post("/v1/match-models", json!({})).await.created();
    let asked = asked.has("/status", "learning").has("/finding", Value::Null);
    app.service.learn().await.expect("it learns");
    admin.get(asked.header("location")).await.ok()
}

/// One number of the database.
pub async fn number(app: &TestApp, sql: &'static str) -> i64 {
    let mut tx = app.db.read_one().await.expect("a look");
    tx.query(sql).one::<(i64,)>().await.expect("a number").0
}
