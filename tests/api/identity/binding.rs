//! A subject of the identity provider is tied to a person at the first sign-in; address and external id are data.

use chrono::TimeDelta;
use mentorship::auth::PersonClaim;
use serde_json::json;

use super::{account, admin, count, hire, mails, none, who, write_notebook};
use crate::auth::forge::Signer;
use crate::auth::keys::Reply;
use crate::auth::provider::on_both;
use crate::harness::TestApp;

async fn with_provider(test: impl AsyncFn(&TestApp, &Signer)) {
    let signer = Signer::new("one");
    on_both(PersonClaim::email(), || Reply::keys(&[&signer]), async |app, _| test(app, &signer).await).await;
}

/// Whoever may write the roster cannot become anybody: by swapping addresses, one after the other or by PATCH.
#[actix_web::test]
async fn an_address_on_a_record_is_no_way_in() {
    with_provider(async |app, signer| {
        let hr = admin(app).await;
        let (one, nine) = (hire(&hr, "E-1", "one@example.com").await, hire(&hr, "E-9", "nine@example.com").await);
        let (_, secret) = write_notebook(app, &one).await;
        let (victim, attacker) =
            (account(app, signer, "s-1", "one@example.com"), account(app, signer, "s-9", "nine@example.com"));
        assert_eq!((who(&victim).await, who(&attacker).await), (Some(one.clone()), Some(nine.clone())));
        hr.put("/v1/roster/E-9", json!({"name": "Nine", "email": "free@example.com"})).await.ok();
        hr.put("/v1/roster/E-1", json!({"name": "One", "email": "nine@example.com"})).await.ok();
        for (path, email) in [(&nine, "one@example.com"), (&one, "nine@example.com")] {
            hr.patch(&format!("/v1/people/{path}"), json!({"email": email})).await.ok();
            // Old tokens, and new ones with whatever address the provider has now.
            for email in ["one@example.com", "nine@example.com", "free@example.com"] {
                assert_eq!(who(&account(app, signer, "s-1", email)).await, Some(one.clone()));
                assert_eq!(who(&account(app, signer, "s-9", email)).await, Some(nine.clone()));
            }
        }
        attacker.get(&secret).await.problem(404, "not_found");
        victim.get(&secret).await.ok().has("/text", "canary of the notebook");
        // Another account with the address is not the person either: one subject of a provider is enough.
        assert_eq!(who(&account(app, signer, "s-3", "nine@example.com")).await, None);
        // And what the provider calls the person now does not matter: the subject does.
        assert_eq!(who(&account(app, signer, "s-1", "unknown@example.com")).await, Some(one));
    })
    .await;
}

/// The first sign-in is open for a month after somebody was added.
#[actix_web::test]
async fn the_first_sign_in_is_open_for_a_while() {
    with_provider(async |app, signer| {
        let hr = admin(app).await;
        let early = hire(&hr, "E-1", "early@example.com").await;
        hire(&hr, "E-2", "late@example.com").await;
        app.clock.advance(TimeDelta::days(30) - TimeDelta::seconds(1));
        assert_eq!(who(&account(app, signer, "s-1", "early@example.com")).await, Some(early.clone()));
        app.clock.advance(TimeDelta::seconds(1));
        assert_eq!(who(&account(app, signer, "s-2", "late@example.com")).await, None);
        assert_eq!(who(&account(app, signer, "s-1", "early@example.com")).await, Some(early));
    })
    .await;
}

/// Who left stays who they were; their address may be somebody else's.
#[actix_web::test]
async fn the_account_of_a_leaver_opens_nobody_else() {
    with_provider(async |app, signer| {
        let hr = admin(app).await;
        let leaver = hire(&hr, "E-1", "kim@example.com").await;
        assert_eq!(who(&account(app, signer, "s-1", "kim@example.com")).await, Some(leaver.clone()));
        for change in [json!({"email": "kim.left@example.com"}), json!({"status": "departed"})] {
            hr.patch(&format!("/v1/people/{leaver}"), change).await.ok();
        }
        let namesake = hire(&hr, "E-2", "kim@example.com").await;
        app.clock.advance(TimeDelta::minutes(1));
        assert_eq!(who(&account(app, signer, "s-1", "kim@example.com")).await, None);
        assert_eq!(who(&account(app, signer, "s-2", "kim@example.com")).await, Some(namesake));
        hr.post(&format!("/v1/people/{leaver}/erase"), none()).await.ok();
        assert_eq!(count(app, "select count(*) from identity_bindings").await, 1, "the erased person's is still there");
        assert_eq!(who(&account(app, signer, "s-1", "kim@example.com")).await, None);
    })
    .await;
}

/// Many at once, of one account and of two: one of them is the person.
#[actix_web::test]
async fn first_sign_ins_at_once_tie_one_account() {
    with_provider(async |app, signer| {
        let hr = admin(app).await;
        let person = hire(&hr, "E-1", "kim@example.com").await;
        let mut all = tokio::task::JoinSet::new();
        for n in 0..12 {
            let client = account(app, signer, &format!("s-{}", n % 2), "kim@example.com");
            all.spawn_local(async move { (n % 2, client.get("/v1/me").await.status) });
        }
        let mut let_in = Vec::new();
        while let Some(done) = all.join_next().await {
            let (n, status) = done.expect("no panic");
            assert!([200, 401].contains(&status), "{status}");
            if status == 200 {
                let_in.push(n);
            }
        }
        assert_eq!(let_in.len(), 6, "all of one account: {let_in:?}");
        assert!(let_in.iter().all(|n| *n == let_in[0]), "{let_in:?}");
        assert_eq!(count(app, "select count(*) from identity_bindings").await, 1);
        assert_eq!(who(&account(app, signer, &format!("s-{}", let_in[0]), "x@example.com")).await, Some(person));
    })
    .await;
}

/// Somebody who has words here, and whose address was changed before they ever signed in through the provider: whoever
/// has that address now reads none of them, and the person is told at the old address.
#[actix_web::test]
async fn an_address_changed_before_the_first_sign_in_opens_no_words() {
    with_provider(async |app, signer| {
        let hr = admin(app).await;
        let person = hire(&hr, "E-1", "kim@example.com").await;
        let (own, secret) = write_notebook(app, &person).await;
        for email in ["between@example.com", "mallory@example.com"] {
            hr.patch(&format!("/v1/people/{person}"), json!({"email": email})).await.ok();
        }
        let mallory = account(app, signer, "s-9", "mallory@example.com");
        assert_eq!(who(&mallory).await, Some(person.clone()));
        mallory.get(&secret).await.problem(404, "not_found");
        let told = mails(app).await;
        let letter = told.iter().find(|mail| mail.contains("Confirm your new sign-in")).expect("a mail");
        assert!(letter.contains("kim@example.com") && letter.contains("mallory@example.com"), "{letter}");
        own.post("/v1/me/identity-rebind/reject", none()).await.is(204);
        assert_eq!(who(&mallory).await, None);
        app.clock.advance(TimeDelta::days(10));
        assert_eq!(who(&account(app, signer, "s-9", "mallory@example.com")).await, None);
        own.get(&secret).await.ok();
    })
    .await;
}

/// Without a change of address the first sign-in is the person, words or not; and a newcomer's address may be put right.
#[actix_web::test]
async fn an_honest_first_sign_in_opens_all() {
    with_provider(async |app, signer| {
        let hr = admin(app).await;
        let person = hire(&hr, "E-1", "kim@example.com").await;
        let (_, secret) = write_notebook(app, &person).await;
        account(app, signer, "s-1", "kim@example.com").get(&secret).await.ok();
        let newcomer = hire(&hr, "E-2", "lee@exampel.com").await;
        hr.patch(&format!("/v1/people/{newcomer}"), json!({"email": "lee@example.com"})).await.ok();
        let lee = account(app, signer, "s-2", "lee@example.com");
        assert_eq!(who(&lee).await, Some(newcomer.clone()));
        lee.get("/v1/me/identity-rebind").await.problem(404, "not_found");
        lee.get(&format!("/v1/people/{newcomer}")).await.ok().has("/learning_style", serde_json::Value::Null);
    })
    .await;
}
