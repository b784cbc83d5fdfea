//! Ways in and out: whom a sign-in is, and when it ends.

mod binding;
mod out;
mod rebind;
mod streams;

use mentorship::ids::PersonId;
use serde_json::{Value, json};

use crate::auth::forge::{Signer, with};
use crate::auth::provider::claims;
use crate::harness::{Client, TestApp};

/// A token of the provider for the account `sub` with this address, issued now.
pub fn account(app: &TestApp, signer: &Signer, sub: &str, email: &str) -> Client {
    let now = app.clock.now().timestamp();
    let changes = json!({"email": email, "iat": now, "exp": now + 100 * 86_400});
    app.bearing(&signer.sign(&with(&claims(app, sub), changes)))
}

/// Whom the client is taken for.
pub async fn who(client: &Client) -> Option<String> {
    let answer = client.get("/v1/me").await;
    if answer.status == 200 {
        return answer.body["person"]["id"].as_str().map(str::to_owned);
    }
    answer.problem(401, "unauthenticated");
    None
}

pub async fn admin(app: &TestApp) -> Client {
    app.as_with(app.person().await, &["admin"])
}

/// A person with this external id and address, added by HR.
pub async fn hire(admin: &Client, external_id: &str, email: &str) -> String {
    let entry = json!({"name": "Somebody", "email": email});
    admin.put(&format!("/v1/roster/{external_id}"), entry).await.created().id()
}

/// Writes an entry into the person's notebook of a pair, and tells its path.
pub async fn write_notebook(app: &TestApp, person: &str) -> (Client, String) {
    let person: uuid::Uuid = person.parse().expect("an id");
    let own = app.as_(PersonId::from(person));
    let lead = admin(app).await;
    let other = app.person().await;
    let pair = lead.post("/v1/pairs", json!({"mentor_id": person, "mentee_id": other})).await.created().id();
    own.post(&format!("/v1/pairs/{pair}/accept"), json!({})).await;
    app.as_(other).post(&format!("/v1/pairs/{pair}/accept"), json!({})).await;
    let path = format!("/v1/pairs/{pair}/notebook-entries");
    let entry = own.post(&path, json!({"text": "canary of the notebook"})).await.created();
    (own, format!("/v1/notebook-entries/{}", entry.id()))
}

pub async fn mails(app: &TestApp) -> Vec<String> {
    app.service.deliver().await.expect("it delivers");
    let folder = std::fs::read_dir(app.mails.path()).expect("a folder");
    folder.map(|file| std::fs::read_to_string(file.expect("a file").path()).expect("text")).collect()
}

pub async fn count(app: &TestApp, sql: &'static str) -> i64 {
    let mut tx = app.db.read_one().await.expect("a look");
    tx.query(sql).one::<(i64,)>().await.expect("a number").0
}

pub fn none() -> Value {
    json!({})
}
