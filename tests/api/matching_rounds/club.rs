//! A program that people enrol in, with mentors and mentees who fit.

use std::time::Duration;

use mentorship::ids::PersonId;
use serde_json::{Value, json};

use crate::harness::{Answer, Client, TestApp};
use crate::suggestions::world::World;

/// The program with those who take part.
pub struct Club {
    pub id: String,
    pub coordinator: PersonId,
    pub lead: Client,
    pub world: World,
    pub mentors: Vec<PersonId>,
    pub mentees: Vec<PersonId>,
}

impl Club {
    /// A club with so many mentors of three places each, and so many mentees.
    pub async fn new(app: &TestApp, mentors: usize, mentees: usize) -> Self {
        let coordinator = app.person().await;
        let id = app.program(coordinator).await.to_string();
        let lead = app.as_with(coordinator, &["coordinator"]);
        lead.patch(&format!("/v1/programs/{id}"), json!({"enrolling": "open"})).await.ok();
        let world = World::new(app).await;
        let mut club = Self { id, coordinator, lead, world, mentors: Vec::new(), mentees: Vec::new() };
        for _ in 0..mentors {
            let mentor = club.world.mentor(app).await;
            club.enrol(mentor, "mentor").await;
            club.mentors.push(mentor);
        }
        for _ in 0..mentees {
            let mentee = club.world.mentee(app).await;
            club.enrol(mentee, "mentee").await;
            club.mentees.push(mentee);
        }
        club
    }

    pub async fn enrol(&self, person: PersonId, role: &str) -> String {
        let path = format!("/v1/programs/{}/enrolments", self.id);
        let made = self.lead.post(&path, json!({"role": role, "person_id": person})).await.created();
        made.header("location").to_owned()
    }

    /// The address of a new matching round, planned.
    pub async fn round(&self, how: Value) -> String {
        let made = self.lead.post(&format!("/v1/programs/{}/matching-rounds", self.id), how).await.created();
        let path = made.header("location").to_owned();
        self.rest(&path).await.has("/status", "drafted");
        path
    }

    /// The matching round once the service has done what was asked.
    pub async fn rest(&self, path: &str) -> Answer {
        for _ in 0..200 {
            let round = self.lead.get(path).await.ok();
            if !["planning", "publishing", "undoing"].contains(&round.body["status"].as_str().expect("a status")) {
                return round;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{path} does not come to rest");
    }

    /// Asks something of a matching round and waits until it is done.
    pub async fn done(&self, path: &str, what: &str, body: Value) -> Answer {
        self.lead.post(&format!("{path}/{what}"), body).await.ok();
        self.rest(path).await
    }

    pub async fn drafts(&self, path: &str) -> Vec<Value> {
        self.lead.get(&format!("{path}/drafts?limit=200")).await.ok().items().clone()
    }

    /// The draft of a mentee.
    pub async fn draft_of(&self, path: &str, mentee: PersonId) -> Value {
        let found = self.lead.get(&format!("{path}/drafts?mentee_id={mentee}")).await.ok();
        found.items().first().expect("a draft").clone()
    }

    /// The live pairs of the program.
    pub async fn pairs(&self) -> Vec<(String, String)> {
        let pairs = self.lead.get(&format!("/v1/pairs?program_id={}&status=active&limit=200", self.id)).await.ok();
        let who = |pair: &Value, role: &str| pair[role]["id"].as_str().expect("an id").to_owned();
        pairs.items().iter().map(|pair| (who(pair, "mentee"), who(pair, "mentor"))).collect()
    }
}

/// The address of a draft.
pub fn path_of(draft: &Value) -> String {
    format!("/v1/matching-drafts/{}", draft["id"].as_str().expect("an id"))
}

/// The mentor of a draft.
pub fn mentor_of(draft: &Value) -> Option<&str> {
    draft["mentor"]["id"].as_str()
}
