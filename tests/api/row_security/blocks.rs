//! Who keeps away from whom is hidden behind row-level security, and heeded all the same.

use mentorship::db::OnBehalfOf;
use serde_json::json;

use super::walled;
use crate::suggestions::world::{self, World};

/// Whoever asks cannot see the block: it decides nothing but whom they are newly offered and what its author hears.
#[actix_web::test]
async fn a_block_that_nobody_sees_is_heeded() {
    let Some(app) = walled().await else { return };
    let world = World::new(&app).await;
    let (mentor, mentee) = (world.mentor(&app).await, world.mentee(&app).await);
    let suggestion = world::only(&app, mentee).await;
    let (me, own) = (app.as_(mentee), app.as_(mentor));
    own.put(&format!("/v1/me/blocks/{mentee}"), json!({})).await.created();
    // An open suggestion is answered as ever, and whoever blocked is not asked.
    let choice = suggestion.rsplit('/').next().expect("an id");
    let request = me.post("/v1/mentor-requests", json!({"choices": [choice]})).await.created();
    let request = request.has("/choices/0/status", "asked").id();
    OnBehalfOf::Service.scope(app.service.deliver()).await.expect("it delivers");
    own.get("/v1/mentor-invitations?count=exact").await.ok().has("/total", 0);
    own.get("/v1/notices?count=exact").await.ok().has("/total", 0);
    me.post(&format!("/v1/mentor-requests/{request}/withdraw"), json!({})).await.ok();
    let made = me.post(&format!("{suggestion}/create-pair"), json!({})).await.created().has("/status", "accepted");
    let pair = format!("/v1/pairs/{}", made.body["pair_id"].as_str().expect("a pair"));
    OnBehalfOf::Service.scope(app.service.deliver()).await.expect("it delivers");
    own.get(&pair).await.ok().has("/status", "proposed");
    own.get("/v1/notices?count=exact").await.ok().has("/total", 0);
    let mails = std::fs::read_dir(app.mails.path()).expect("a folder").count();
    assert_eq!(mails, 0, "the mentor was to get the only mail");
    me.post(&format!("{pair}/decline"), json!({})).await.ok();
    assert!(!world::finds(&app, mentee, mentor).await, "nobody is offered whoever blocked them");
    app.stop().await;
}
