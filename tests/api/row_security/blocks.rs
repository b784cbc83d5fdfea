//! Who keeps away from whom is hidden behind the wall, and heeded all the same.

use serde_json::json;

use super::walled;
use crate::suggestions::world::{self, World};

/// The mentor blocks after the suggestion was made: whoever answers it, who cannot see the block, gets no pair of it.
#[actix_web::test]
async fn a_block_that_nobody_sees_is_heeded() {
    let Some(app) = walled().await else { return };
    let world = World::new(&app).await;
    let (mentor, mentee) = (world.mentor(&app).await, world.mentee(&app).await);
    let (made, admin) = (world::ask(&app, mentee).await.1, app.as_with(app.person().await, &["admin"]));
    let suggestion = made["suggestions"][0]["id"].as_str().expect("an id");
    let (me, path) = (app.as_(mentee), format!("/v1/suggestions/{suggestion}/create-pair"));
    app.as_(mentor).put(&format!("/v1/me/blocks/{mentee}"), json!({})).await.created();
    let refused = me.post("/v1/mentor-requests", json!({"choices": [suggestion]})).await;
    let refused = refused.problem(409, "suggestion_stale").points_at("/choices/0");
    assert!(!refused.body.to_string().contains("block"));
    admin.post(&path, json!({})).await.problem(409, "suggestion_stale");
    me.get(&format!("/v1/suggestions/{suggestion}")).await.ok().has("/status", "stale");
    // And the mentee, of another suggestion.
    let other = world.mentor(&app).await;
    let made = world::ask(&app, mentee).await.1;
    let suggestion = made["suggestions"][0]["id"].as_str().expect("an id");
    app.as_(other).put(&format!("/v1/me/blocks/{mentee}"), json!({})).await.created();
    me.post(&format!("/v1/suggestions/{suggestion}/create-pair"), json!({})).await.problem(409, "suggestion_stale");
    app.stop().await;
}
