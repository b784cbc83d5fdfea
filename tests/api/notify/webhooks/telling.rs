//! What a webhook hears: kinds and ids, as far as its scopes reach, signed.

use chrono::TimeDelta;
use mentorship::notify::webhook::{AllowedAddresses, WebhookClient, store};
use mentorship::vault::Ring;
use serde_json::{Value, json};

use super::receiver::Receiver;
use super::{admin, deliver, hook, made, near, propose};
use crate::harness::{Setup, TestApp};
use crate::matrix::house::{Canary, House};

/// A call says what happened and to which record, and nothing else.
#[apply(on_both_engines!)]
#[set_up_by(near())]
async fn a_webhook_hears_of_a_pair(app: TestApp) {
    let (receiver, admin) = (Receiver::start(), admin(app).await);
    let hook = hook(&admin, &receiver.url, &["pairs:read"]).await;
    let (mentor, mentee) = (app.person().await, app.person().await);
    let pair = propose(app, mentor, mentee).await;
    let id = pair.rsplit('/').next().expect("an id");
    deliver(app).await;
    let calls = receiver.take();
    let [call] = &calls[..] else { panic!("{calls:?}") };
    let data = json!({"id": id, "pair_id": id, "resource": pair});
    assert_eq!(call.body, json!({"type": "pair.proposed", "timestamp": "2026-03-02T09:00:00Z", "data": data}));
    assert_eq!(call.path, "/hooks");
    assert_eq!(call.headers["content-type"], "application/json");
    assert_eq!(call.headers["webhook-timestamp"], app.clock.now().timestamp().to_string());
    assert_eq!((call.signed_by(&hook.secret), call.headers["webhook-signature"].split(' ').count()), (1, 1));
    assert!(!call.headers.contains_key("authorization") && !call.headers.contains_key("cookie"), "{call:?}");

    app.as_(mentor).post(&format!("{pair}/accept"), json!({})).await.ok();
    app.as_(mentor).post(&format!("{pair}/end"), json!({"reason": "other", "end_note": "canary"})).await.ok();
    deliver(app).await;
    assert_eq!(receiver.kinds(), ["pair.started", "pair.ended"]);
    deliver(app).await;
    assert!(receiver.take().is_empty(), "nobody hears it twice");

    let log = hook.deliveries(&admin).await;
    assert_eq!(log.len(), 3);
    assert_eq!(
        (&log[2]["id"], &log[2]["channel"], &log[2]["status"]),
        (&json!(call.id()), &json!("webhook"), &json!("delivered"))
    );
    let by = async |filter: &str| {
        admin.get(&format!("/v1/deliveries?count=exact&{filter}")).await.ok().body["total"].clone()
    };
    assert_eq!(by("channel=webhook").await, 3);
    assert_eq!(by("channel=webhook&kind=pair.ended").await, 1);
    assert_eq!(by("channel=webhook&status=dead").await, 0);
    assert_eq!(by("channel=mail").await, 6);
    assert_eq!(by(&format!("recipient_id={mentor}")).await, 3);
    assert_eq!(by(&format!("recipient_id={mentor}&channel=webhook")).await, 0);
    admin.get("/v1/deliveries?channel=pigeon").await.problem(400, "invalid_request").points_at("?channel");
}

/// A house full of secrets: each hears of what a service with its scopes may read, and none hears a word.
#[apply(on_both_engines!)]
#[set_up_by(near())]
async fn a_webhook_is_a_viewer(app: TestApp) {
    let cry = |canary: &Canary| format!("canary.{}.{}", canary.reach.name(), canary.name);
    let mut house = House::new(app, &cry).await;
    let receivers: Vec<_> = (0..4).map(|_| Receiver::start()).collect();
    let every = ["people:read", "programs:read", "pairs:read", "outcomes:read"];
    let admin = admin(app).await;
    for (receiver, scope) in receivers.iter().zip(every) {
        hook(&admin, &receiver.url, &[scope]).await;
    }
    let (all, some) = (Receiver::start(), Receiver::start());
    hook(&admin, &all.url, &every).await;
    let wish = json!({"url": some.url, "scopes": every, "kinds": ["goal.celebrated", "pair.ended"]});
    admin.post("/v1/webhooks", wish).await.created();
    house.furnish().await;
    house.act("mentee", "post", "/v1/pairs/{pair}/end", json!({"reason": "poor_chemistry"})).await;
    deliver(app).await;

    let mut heard = Vec::new();
    for (receiver, begins) in
        receivers.iter().zip([&["person."][..], &["program."], &["pair.", "goal."], &["session."]])
    {
        let kinds = receiver.kinds();
        assert!(
            !kinds.is_empty() && kinds.iter().all(|kind| begins.iter().any(|begin| kind.starts_with(begin))),
            "{begins:?}: {kinds:?}"
        );
        heard.extend(kinds);
    }
    let calls = all.take();
    let mut kinds: Vec<_> = calls.iter().map(|call| call.kind().to_owned()).collect();
    kinds.sort();
    heard.sort();
    assert_eq!(kinds, heard, "who has all scopes hears what the others hear");
    let is_private = |kind: &str| {
        ["session.place_changed", "value.", "disclosure.", "action_item.", "suggestion", "mentor_"]
            .iter()
            .any(|begin| kind.starts_with(begin))
    };
    assert!(!kinds.iter().any(|kind| is_private(kind)), "{kinds:?}");
    let mut wished = some.kinds();
    wished.sort();
    wished.dedup();
    assert_eq!(wished, ["goal.celebrated", "pair.ended"]);

    let hris =
        app.as_service(app.service_account(&mentorship::policy::Scope::ALL).await, &mentorship::policy::Scope::ALL);
    for call in &calls {
        let members: Vec<_> = call.body.as_object().expect("an object").keys().map(String::as_str).collect();
        assert_eq!(members, ["data", "timestamp", "type"]);
        for (name, value) in call.body["data"].as_object().expect("an object") {
            let is_id = value.as_str().is_some_and(|id| uuid::Uuid::parse_str(id).is_ok());
            assert!(
                if name == "resource" {
                    value.is_string()
                } else {
                    ["id", "pair_id"].contains(&name.as_str()) && is_id
                },
                "{call:?}"
            );
        }
        let whole = format!("{:?}{}", call.headers, call.text);
        assert!(!whole.contains("canary") && !whole.contains("The mentee"), "{whole}");
        hris.get(call.body["data"]["resource"].as_str().expect("a path")).await.ok();
    }
}

/// Its secret is told when it is made, and never again; nobody else knows of it at all.
#[apply(on_both_engines!)]
#[set_up_by(near())]
async fn a_secret_is_told_once(app: TestApp) {
    let (receiver, admin) = (Receiver::start(), admin(app).await);
    let body = json!({"url": receiver.url, "description": "HR", "scopes": ["pairs:read"], "kinds": ["pair.ended"]});
    let request = admin.request(reqwest::Method::POST, "/v1/webhooks").header("idempotency-key", "one").json(&body);
    let again = request.try_clone().expect("a copy");
    let answer = admin.send(request).await.created();
    let hook = made(&answer);
    admin.send(again).await.created().has("/id", hook.id.clone()).has("/secret", Value::Null);
    let read = admin.get(&hook.path).await.ok().has("/secret", Value::Null).has("/description", "HR");
    read.has("/kinds", json!(["pair.ended"])).has("/format", "standard").has("/is_enabled", true);
    admin.get("/v1/webhooks?count=exact").await.ok().has("/total", 1).has("/items/0/secret", Value::Null);
    let stored = crate::privacy::tables::dump(app).await;
    let as_bytes = receiver.url.bytes().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"));
    assert!(!stored.contains(&receiver.url) && !stored.to_lowercase().contains(&as_bytes));
    assert!(stored.contains("HR") && !stored.contains("whsec_") && !stored.contains(&hook.secret[6..]));

    app.as_(app.person().await).get(&hook.path).await.problem(404, "not_found");
    app.as_(app.person().await).get("/v1/webhooks").await.problem(403, "not_allowed");
    app.as_(app.person().await).post("/v1/webhooks", body).await.problem(403, "not_allowed");
    app.as_(app.person().await)
        .post(&format!("{}/rotate-secret", hook.path), json!({}))
        .await
        .problem(404, "not_found");
}

/// What the two change for themselves makes no call, for nobody else sees a change.
#[apply(on_both_engines!)]
#[set_up_by(near())]
async fn a_change_of_the_cadence_is_told_to_nobody(app: TestApp) {
    let (receiver, admin, pair) = (Receiver::start(), admin(app).await, app.pair().await);
    hook(&admin, &receiver.url, &["pairs:read", "outcomes:read"]).await;
    let mentee = app.as_(pair.mentee);
    mentee.patch(&pair.path, json!({"cadence": "weekly"})).await.ok();
    let agreement = mentee.request(reqwest::Method::PUT, &format!("{}/agreement", pair.path));
    mentee.send(agreement.header("if-match", "*").json(&json!({"text": "We meet on Mondays."}))).await.ok();
    deliver(app).await;
    assert_eq!(receiver.kinds(), [""; 0]);
    assert!(!admin.get("/v1/deliveries").await.ok().body.to_string().contains("pair.changed"));
    mentee.patch(&pair.path, json!({"cadence": "monthly", "goals_focus": "Talks"})).await.ok();
    deliver(app).await;
    assert_eq!(receiver.kinds(), ["pair.changed"]);
}

/// One whose address is lost with its key is given up; everybody else is told, and an admin mends it.
#[apply(on_both_engines!)]
#[set_up_by(near())]
async fn a_lost_address_holds_up_nobody(app: TestApp) {
    let (receiver, admin) = (Receiver::start(), admin(app).await);
    let lost = hook(&admin, &receiver.url, &["pairs:read"]).await;
    let hook = hook(&admin, &receiver.url, &["pairs:read"]).await;
    let mut tx = app.db.write().await.expect("a unit of work");
    let swap = "update webhooks set url = (select w.url from webhooks w where w.id = $2) where id = $1";
    let [one, other] = [&lost, &hook].map(|hook| hook.id.parse::<uuid::Uuid>().expect("an id"));
    tx.query(swap).bind(one).bind(other).run().await.expect("it is set");
    tx.commit().await.expect("it commits");
    propose(app, app.person().await, app.person().await).await;
    deliver(app).await;
    assert_eq!(receiver.take().len(), 1);
    let given_up = &lost.deliveries(&admin).await[0];
    assert_eq!(
        (&given_up["status"], &given_up["last_error"]),
        (&json!("dead"), &json!("the sealed address of the webhook cannot be opened; set `url` again"))
    );
    admin.get(&lost.path).await.ok().has("/url", Value::Null);
    admin.patch(&lost.path, json!({"description": "x"})).await.ok().has("/url", Value::Null);
    admin.patch(&lost.path, json!({"url": receiver.url})).await.ok().has("/url", receiver.url.clone());
    admin.send(admin.request(reqwest::Method::DELETE, &lost.path)).await;
    admin.get("/v1/webhooks?count=exact").await.ok().has("/total", 1);
}

/// A day long both secrets sign.
#[apply(on_both_engines!)]
#[set_up_by(near())]
async fn an_old_secret_signs_for_a_day(app: TestApp) {
    let (receiver, admin) = (Receiver::start(), admin(app).await);
    let old = hook(&admin, &receiver.url, &["pairs:read"]).await;
    let new = made(&admin.post(&format!("{}/rotate-secret", old.path), json!({})).await.ok());
    assert_ne!(old.secret, new.secret);
    let test = async || {
        admin.post(&format!("{}/test", old.path), json!({})).await.ok().has("/secret", Value::Null);
        deliver(app).await;
        receiver.take().pop().expect("a call")
    };
    let both = test().await;
    assert_eq!((both.signed_by(&old.secret), both.signed_by(&new.secret)), (1, 1));
    app.clock.advance(TimeDelta::hours(23));
    assert_eq!(test().await.signed_by(&old.secret), 1);
    app.clock.advance(TimeDelta::hours(1));
    let one = test().await;
    assert_eq!((one.signed_by(&old.secret), one.signed_by(&new.secret)), (0, 1));
    assert!(!one.headers["webhook-signature"].contains(' '));
}

/// It can be tried out, whatever it wants to hear of; disabled it hears nothing.
#[apply(on_both_engines!)]
#[set_up_by(near())]
async fn a_webhook_can_be_tried_out(app: TestApp) {
    let (receiver, admin) = (Receiver::start(), admin(app).await);
    let wish = json!({"url": receiver.url, "scopes": ["pairs:read"], "kinds": ["pair.ended"]});
    let hook = made(&admin.post("/v1/webhooks", wish).await.created());
    super::hook(&admin, &format!("{}/other", receiver.url), &["pairs:read"]).await;
    admin.post(&format!("{}/test", hook.path), json!({})).await.ok();
    deliver(app).await;
    let calls = receiver.take();
    let [call] = &calls[..] else { panic!("{calls:?}") };
    assert_eq!((call.kind(), call.path.as_str()), ("webhook.test", "/hooks"));
    assert_eq!(call.body["data"], json!({"id": hook.id, "resource": hook.path}));

    let off = admin.patch(&hook.path, json!({"is_enabled": false})).await.ok().has("/disabled_reason", Value::Null);
    off.has("/is_enabled", false);
    admin.post(&format!("{}/test", hook.path), json!({})).await.problem(409, "wrong_state");
    admin
        .post(&format!("{}/replay", hook.path), json!({"since": "2026-01-01T00:00:00Z"}))
        .await
        .problem(409, "wrong_state");
    let pair = app.pair().await;
    app.as_(pair.mentor).post(&format!("{}/end", pair.path), json!({"reason": "other"})).await.ok();
    deliver(app).await;
    assert_eq!(receiver.take().iter().map(|call| call.path.clone()).collect::<Vec<_>>(), ["/hooks/other"]);
    admin.patch(&hook.path, json!({"is_enabled": true})).await.ok();
    deliver(app).await;
    assert!(receiver.take().is_empty(), "what happened meanwhile is not kept for it");
}

/// Scopes that are taken away are taken away at once, also from what is on its way.
#[apply(on_both_engines!)]
#[set_up_by(near())]
async fn scopes_hold_for_what_is_on_its_way(app: TestApp) {
    let (receiver, admin) = (Receiver::start(), admin(app).await);
    let hook = hook(&admin, &receiver.url, &["pairs:read", "people:read"]).await;
    propose(app, app.person().await, app.person().await).await;
    receiver.reply(500);
    deliver(app).await;
    assert_eq!(receiver.kinds(), ["pair.proposed"]);
    admin.patch(&hook.path, json!({"scopes": ["people:read"]})).await.ok();
    app.clock.advance(TimeDelta::hours(1));
    deliver(app).await;
    assert!(receiver.take().is_empty());
    assert_eq!(hook.deliveries(&admin).await[0]["status"], "delivered", "there is nothing to tell any more");
}

/// Chats get a sentence, in the form that they take.
#[apply(on_both_engines!)]
#[set_up_by(near())]
async fn chats_get_a_sentence(app: TestApp) {
    let (receiver, admin) = (Receiver::start(), admin(app).await);
    for format in ["slack", "teams"] {
        let body = json!({"url": format!("{}/{format}", receiver.url), "scopes": ["pairs:read"], "format": format});
        admin.post("/v1/webhooks", body).await.created();
    }
    let pair = propose(app, app.person().await, app.person().await).await;
    deliver(app).await;
    let calls = receiver.take();
    let of = |format: &str| calls.iter().find(|call| call.path.ends_with(format)).expect("a call").body.clone();
    let text = format!("A mentoring pair was proposed: {pair}");
    assert_eq!(of("slack"), json!({"text": text}));
    let (teams, card) = (of("teams"), "/attachments/0/content/body/0");
    assert_eq!(
        (&teams["type"], &teams["attachments"][0]["contentType"]),
        (&json!("message"), &json!("application/vnd.microsoft.card.adaptive"))
    );
    assert_eq!(teams.pointer(card), Some(&json!({"type": "TextBlock", "text": text, "wrap": true})));
}

/// What makes no sense is refused where it stands.
#[apply(on_both_engines!)]
#[set_up_by(near())]
async fn what_makes_no_sense_is_refused(app: TestApp) {
    let (receiver, admin) = (Receiver::start(), admin(app).await);
    let url = &receiver.url;
    for (body, status, pointer) in [
        (json!({"url": url, "scopes": []}), 422, "/scopes"),
        (json!({"url": url, "scopes": ["people:read", "people:write"]}), 422, "/scopes/1"),
        (json!({"url": url, "scopes": ["pairs:write"]}), 400, "/scopes/0"),
        (json!({"url": url, "scopes": ["pairs:read"], "kinds": ["session.completed"]}), 422, "/kinds"),
        (json!({"url": url, "scopes": ["pairs:read"], "kinds": ["pair.ended", "action_item.added"]}), 422, "/kinds/1"),
        (json!({"url": url, "scopes": ["pairs:read"], "kinds": ["webhook.test"]}), 422, "/kinds/0"),
        (json!({"url": url, "scopes": ["pairs:read"], "format": "discord"}), 400, "/format"),
        (json!({"url": url, "scopes": ["pairs:read"], "secret": "whsec_x"}), 400, ""),
        (json!({"scopes": ["pairs:read"]}), 400, "/url"),
    ] {
        let answer = admin.post("/v1/webhooks", body).await.is(status);
        if !pointer.is_empty() {
            answer.points_at(pointer);
        }
    }
    let hook = hook(&admin, url, &["pairs:read", "outcomes:read"]).await;
    admin.patch(&hook.path, json!({"kinds": ["session.completed"]})).await.ok();
    admin.patch(&hook.path, json!({"scopes": ["pairs:read"]})).await.problem(422, "invalid_value").points_at("/kinds");
    admin
        .post(&format!("{}/replay", hook.path), json!({"since": "yesterday"}))
        .await
        .problem(422, "invalid_value")
        .points_at("/since");
    let seen = admin.get(&hook.path).await.ok();
    admin.patch(&hook.path, json!({"kinds": []})).await.ok();
    admin.patch_seen(&hook.path, &seen, json!({"kinds": []})).await.problem(412, "stale_record");
    for _ in 1..50 {
        super::hook(&admin, url, &["pairs:read"]).await;
    }
    admin.post("/v1/webhooks", json!({"url": url, "scopes": ["pairs:read"]})).await.problem(409, "wrong_state");
}

/// The ring rotates, and its old key goes: webhooks sign on.
#[actix_web::test]
async fn secrets_follow_the_key_ring() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("keyring");
    let ring = Ring::read_or_make(&file).expect("a ring");
    let webhook_client = Some(WebhookClient::new(AllowedAddresses::Anywhere).expect("a client"));
    let app = TestApp::on_sqlite_with(Setup { ring: Some(ring.clone()), webhook_client, ..Setup::default() }).await;
    let admin = admin(&app).await;
    let hook = hook(&admin, "https://hooks.example.com", &["pairs:read"]).await;
    ring.rotate().expect("it rotates");
    assert!(app.db.keys().rewrap().await.expect("it wraps anew") > 0);
    let text = std::fs::read_to_string(&file).expect("a ring");
    let newest = text.lines().find(|line| !line.is_empty() && !line.starts_with('#')).expect("a key");
    let apart = app.apart(Ring::parse(newest).expect("a ring")).await;
    let id = hook.id.parse::<uuid::Uuid>().expect("an id").into();
    let mut tx = apart.db.read_one().await.expect("a look");
    let secrets = store::find_secrets(&mut tx, id).await.expect("they open");
    assert_eq!(secrets.newest().reveal(), hook.secret);
    drop(tx);
    apart.stop().await;
    app.stop().await;
}
