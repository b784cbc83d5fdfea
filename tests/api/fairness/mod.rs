//! Fairness: what the report finds, what it keeps to itself, and that nothing else knows of groups.

mod alone;
mod apart;
mod loading;
mod outcomes;
mod report;

use mentorship::ids::PersonId;
use serde_json::{Value, json};

use crate::harness::{Answer, Client, Person, TestApp};
use crate::suggestions::world::{World, alter, ask};

const REPORT: &str = "/v1/fairness/report";

/// Says to which groups people belong, in order.
async fn load<'a>(admin: &Client, attribute: &str, members: impl IntoIterator<Item = (PersonId, &'a str)>) -> Answer {
    let members: Vec<_> =
        members.into_iter().map(|(person, group)| json!({"person_id": person, "group": group})).collect();
    admin.put(&format!("/v1/fairness/attributes/{attribute}"), json!({ "members": members })).await
}

/// An organisation in which some get suggestions and others do not.
struct Planted {
    admin: Client,
    /// Fifty who find mentors, the second half at the other end of the world.
    near: Vec<PersonId>,
    /// Thirty for whom nobody is senior enough.
    far: Vec<PersonId>,
    /// Twenty-five, all alike.
    mentors: Vec<PersonId>,
}

impl Planted {
    /// All of them have asked, and the quarter is over.
    async fn new(app: &TestApp) -> Self {
        let world = World::new(app).await;
        let admin = app.as_with(app.person().await, &["admin"]);
        let (mut near, mut far, mut mentors) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..25 {
            mentors.push(world.mentor(app).await);
        }
        for place in 0..50 {
            let mentee = world.mentee(app).await;
            if place >= 25 {
                alter(app, mentee, "update people set time_zone = 'Pacific/Auckland' where id = $1").await;
            }
            near.push(mentee);
        }
        for _ in 0..30 {
            far.push(world.at(app, 7, Person::default()).await);
        }
        for mentee in near.iter().chain(&far) {
            ask(app, *mentee).await;
        }
        app.clock.advance(chrono::TimeDelta::days(60));
        Self { admin, near, far, mentors }
    }

    fn mentees(&self) -> impl Iterator<Item = PersonId> {
        self.near.iter().chain(&self.far).copied()
    }

    /// What the report says of an attribute.
    async fn told_of(&self, attribute: &str) -> Value {
        self.admin.get(&format!("{REPORT}?attribute={attribute}")).await.ok().body["attributes"][0].clone()
    }
}

/// The groups of a stage that are told of, and how many people they have.
fn told(finding: &Value) -> Vec<(&str, Option<u64>)> {
    let groups = finding["groups"].as_array().expect("groups");
    groups.iter().map(|group| (group["group"].as_str().expect("a name"), group["people"].as_u64())).collect()
}
