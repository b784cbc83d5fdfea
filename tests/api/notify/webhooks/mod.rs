//! Webhooks: whom the service calls, what it says, and how often.

mod addresses;
mod foreign;
pub mod receiver;
mod telling;
mod trying;

use mentorship::ids::PersonId;
use mentorship::notify::webhook::{AllowedAddresses, WebhookClient};
use serde_json::{Value, json};

use crate::harness::{Answer, Client, Setup, TestApp};

/// A service that calls receivers on this machine.
fn near() -> Setup {
    Setup {
        webhook_client: Some(WebhookClient::new(AllowedAddresses::Anywhere).expect("a client")),
        ..Setup::default()
    }
}

async fn admin(app: &TestApp) -> Client {
    app.as_with(app.person().await, &["admin"])
}

/// A webhook that hears all that these scopes cover.
async fn hook(admin: &Client, url: &str, scopes: &[&str]) -> Hook {
    made(&admin.post("/v1/webhooks", json!({"url": url, "scopes": scopes})).await.created())
}

fn made(answer: &Answer) -> Hook {
    let secret = answer.body["secret"].as_str().expect("a secret").to_owned();
    Hook { id: answer.id(), path: format!("/v1/webhooks/{}", answer.id()), secret }
}

/// A webhook as its admin knows it.
struct Hook {
    id: String,
    path: String,
    secret: String,
}

impl Hook {
    /// What is on its way to it or was, newest first.
    async fn deliveries(&self, admin: &Client) -> Vec<Value> {
        let listed = admin.get(&format!("/v1/deliveries?recipient_id={}", self.id)).await.ok();
        listed.body["items"].as_array().expect("a list").clone()
    }
}

/// A pair that is proposed: the first event of its line.
async fn propose(app: &TestApp, mentor: PersonId, mentee: PersonId) -> String {
    let pair = app.as_(mentee).post("/v1/pairs", json!({"mentor_id": mentor, "mentee_id": mentee})).await.created();
    format!("/v1/pairs/{}", pair.id())
}

async fn deliver(app: &TestApp) {
    app.service.deliver().await.expect("it delivers");
}
