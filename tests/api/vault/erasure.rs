//! Erasing a person is destroying their keys: their words are gone, wherever they are stored.

use mentorship::db::Sql;

use super::{note, session};
use crate::harness::TestApp;

/// Their words are absent from then on, in rows that are still there as in a restored backup;
/// their partner's stay.
#[apply(on_both_engines!)]
async fn the_erased_fall_silent_and_their_partners_do_not(app: TestApp) {
    let pair = app.pair().await;
    let session = session(app, &pair).await;
    let gone = note(app, &session, pair.mentor, "Mine").await;
    let kept = note(app, &session, pair.mentee, "Ours").await;
    let of_all = serde_json::json!({"learning_style": "By doing"});
    app.as_(pair.mentor).patch(&format!("/v1/people/{}/profile", pair.mentor), of_all).await.ok();
    let destroyed = app.db.keys().destroy(pair.mentor, app.clock.now()).await.expect("they are destroyed");
    assert_eq!(destroyed, 2, "for the pair, and for themselves");
    let apart = app.apart(app.db.keys().ring().clone()).await;
    for app in [app, &apart] {
        let told = app.as_(pair.mentee).get(&format!("/v1/notes/{gone}")).await.ok().lacks("/text");
        assert_eq!(told.body["withheld"], serde_json::json!([]), "by relation, never by data");
        app.as_(pair.mentee).get(&format!("/v1/notes/{kept}")).await.ok().has("/text", "Ours");
        let list = app.as_(pair.mentee).get(&format!("/v1/sessions/{session}/notes")).await.ok();
        list.lacks("/items/0/text").has("/items/1/text", "Ours");
        app.as_(pair.mentor).get(&format!("/v1/people/{}", pair.mentor)).await.ok().lacks("/learning_style");
    }
    apart.stop().await;
    let again = app.db.keys().destroy(pair.mentor, app.clock.now()).await.expect("nothing is left");
    assert_eq!(again, 0);
    let stored = app
        .db
        .keys()
        .read_one()
        .await
        .expect("a look")
        .query("select count(*) from keys.data_keys where wrapped is not null")
        .one::<(i64,)>()
        .await;
    assert_eq!(stored.expect("a count").0, 1, "the partner's");
}

/// No words without a key that can be destroyed.
#[apply(on_both_engines!)]
async fn the_erased_get_no_new_key(app: TestApp) {
    let pair = app.pair().await;
    let session = session(app, &pair).await;
    app.db.keys().destroy(pair.mentor, app.clock.now()).await.expect("there are none yet");
    let path = format!("/v1/sessions/{session}/notes");
    app.as_(pair.mentor).post(&path, serde_json::json!({"text": "After all"})).await.problem(500, "internal");
    assert!(app.as_(pair.mentee).get(&path).await.ok().items().is_empty());
}

/// A key that is neither there nor destroyed is a fault and is told as one: the keys were
/// restored from a backup older than the rows.
#[apply(on_both_engines!)]
async fn keys_older_than_the_data_are_a_fault(app: TestApp) {
    let pair = app.pair().await;
    let session = session(app, &pair).await;
    let late = note(app, &session, pair.mentor, "Late").await;
    let early = note(app, &session, pair.mentee, "Early").await;
    let forget = Sql::from("delete from keys.data_keys where author_id = $1");
    app.db.keys().read_one().await.expect("a look").query(forget).bind(pair.mentor).run().await.expect("it is done");
    let apart = app.apart(app.db.keys().ring().clone()).await;
    apart.as_(pair.mentee).get(&format!("/v1/notes/{late}")).await.problem(503, "sealed_text_refused");
    apart.as_(pair.mentee).get(&format!("/v1/notes/{early}")).await.ok().has("/text", "Early");
    apart.stop().await;
}
