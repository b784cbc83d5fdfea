//! Planted mistakes that take a token of an identity provider to show: each is found by the attack that it would let
//! succeed.

use mentorship::auth::PersonClaim;
use mentorship::leaks::{Leak, plant};
use serde_json::json;

use crate::auth::forge::Signer;
use crate::auth::keys::Reply;
use crate::auth::provider::on_both;
use crate::identity::{account, admin, hire, none, who, write_notebook};

/// What an attacker gets with this mistake, if any: a person who is not them, or sealed words.
async fn attack(leak: Option<Leak>) -> bool {
    let (signer, found) = (Signer::new("one"), std::cell::Cell::new(false));
    on_both(
        PersonClaim::email(),
        || Reply::keys(&[&signer]),
        async |app, _| {
            let hr = admin(app).await;
            let (one, nine) = (hire(&hr, "E-1", "one@example.com").await, hire(&hr, "E-9", "nine@example.com").await);
            let (_, secret) = write_notebook(app, &one).await;
            let victim = account(app, &signer, "s-1", "one@example.com");
            let attacker = account(app, &signer, "s-9", "nine@example.com");
            assert_eq!((who(&victim).await, who(&attacker).await), (Some(one.clone()), Some(nine)));
            plant(leak);
            hr.put("/v1/roster/E-9", json!({"name": "Nine", "email": "free@example.com"})).await.ok();
            hr.put("/v1/roster/E-1", json!({"name": "One", "email": "nine@example.com"})).await.ok();
            let is_somebody_else = who(&attacker).await == Some(one.clone());
            hr.post(&format!("/v1/people/{one}/rebind-identity"), none()).await.ok();
            let second = account(app, &signer, "s-2", "nine@example.com");
            let reads = second.get(&secret).await.status == 200;
            plant(None);
            found.set(found.get() || is_somebody_else || reads);
        },
    )
    .await;
    found.get()
}

/// One after the other, and not beside the worlds: what is planted holds for the whole process.
pub async fn every_mistake_about_identity_is_found() {
    for leak in Leak::DIRECTED {
        assert!(attack(Some(*leak)).await, "not found: {leak:?}");
    }
    assert!(!attack(None).await, "nothing is planted, and yet the attack succeeds");
}
