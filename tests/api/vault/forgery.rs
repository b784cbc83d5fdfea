//! Who can write to the database cannot make it say what nobody wrote there.

use mentorship::ids::{NoteId, PersonId};
use uuid::Uuid;

use super::{alter, note, session};
use crate::harness::{Answer, TestApp};

const WORDS: &str = "I am afraid of the big room";

async fn stored(app: &TestApp, id: &str) -> Vec<u8> {
    let id: NoteId = id.parse::<Uuid>().expect("an id").into();
    let mut tx = app.db.read_one().await.expect("a look");
    tx.query("select text from notes where id = $1").bind(id).one::<(Vec<u8>,)>().await.expect("a note").0
}

async fn store(app: &TestApp, id: &str, text: Vec<u8>) {
    let id: NoteId = id.parse::<Uuid>().expect("an id").into();
    let mut tx = app.db.write().await.expect("a unit of work");
    tx.query("update notes set text = $2 where id = $1").bind(id).bind(text).run().await.expect("it is stored");
    tx.commit().await.expect("it commits");
}

async fn read(app: &TestApp, who: PersonId, id: &str) -> Answer {
    app.as_(who).get(&format!("/v1/notes/{id}")).await
}

/// The record is refused as a fault of ours; nothing of it is told.
fn is_refused(answer: Answer) {
    let answer = answer.problem(503, "sealed_text_refused").lacks("/text");
    assert!(!answer.body.to_string().contains("afraid"), "{}", answer.body);
}

/// Version, key, nonce, text, tag: wherever a bit flips, and wherever the envelope ends.
#[apply(on_both_engines!)]
async fn an_altered_envelope_stays_closed(app: TestApp) {
    let pair = app.pair().await;
    let session = session(app, &pair).await;
    let (id, other) = (note(app, &session, pair.mentor, WORDS).await, note(app, &session, pair.mentor, "Else").await);
    let whole = stored(app, &id).await;
    for at in [0, 1, 16, 17, 40, 41, 60, whole.len() - 1] {
        let mut altered = whole.clone();
        altered[at] ^= 1;
        store(app, &id, altered).await;
        is_refused(read(app, pair.mentee, &id).await);
    }
    for length in [0, 1, 17, 41, 57, whole.len() - 1] {
        store(app, &id, whole[..length].to_vec()).await;
        is_refused(read(app, pair.mentee, &id).await);
    }
    // A list with such a note is refused as a whole; other records are not.
    is_refused(app.as_(pair.mentee).get(&format!("/v1/sessions/{session}/notes")).await);
    read(app, pair.mentee, &other).await.ok().has("/text", "Else");
    // Who may not read the note learns nothing of its state.
    read(app, pair.manager, &id).await.problem(404, "not_found");
    store(app, &id, whole).await;
    read(app, pair.mentee, &id).await.ok().has("/text", WORDS);
}

/// One's own words in another row, another column, or under another key.
#[apply(on_both_engines!)]
async fn words_open_only_where_they_were_written(app: TestApp) {
    let pair = app.pair().await;
    let session = session(app, &pair).await;
    let (one, two) = (note(app, &session, pair.mentor, WORDS).await, note(app, &session, pair.mentor, "Two").await);
    let theirs = note(app, &session, pair.mentee, "Three").await;
    let (first, second, third) = (stored(app, &one).await, stored(app, &two).await, stored(app, &theirs).await);
    store(app, &two, first.clone()).await;
    store(app, &one, second.clone()).await;
    for id in [&one, &two] {
        is_refused(read(app, pair.mentor, id).await);
    }
    store(app, &one, [&third[..17], &first[17..]].concat()).await;
    is_refused(read(app, pair.mentor, &one).await);
    store(app, &one, first).await;
    store(app, &two, second).await;
    read(app, pair.mentor, &one).await.ok().has("/text", WORDS);
    let agenda = serde_json::json!({"topic": "feedback", "text": WORDS});
    let agenda = app.as_(pair.mentor).post(&format!("/v1/sessions/{session}/agenda-items"), agenda).await.created();
    alter(app, "update agenda_items set topic = text").await;
    is_refused(app.as_(pair.mentor).get(agenda.header("location")).await);
}

/// A wrapped key is the key of its owner and of nobody else.
#[apply(on_both_engines!)]
async fn a_wrapped_key_cannot_be_given_to_another(app: TestApp) {
    let pair = app.pair().await;
    let session = session(app, &pair).await;
    let ours = note(app, &session, pair.mentor, WORDS).await;
    let theirs = note(app, &session, pair.mentee, "Three").await;
    let mut tx = app.db.keys().read_one().await.expect("a look");
    tx.query("update keys.data_keys set wrapped = (select wrapped from keys.data_keys where author_id = $1) where author_id = $2")
        .bind(pair.mentor)
        .bind(pair.mentee)
        .run()
        .await
        .expect("it is done");
    drop(tx);
    let apart = app.apart(app.db.keys().ring().clone()).await;
    is_refused(read(&apart, pair.mentor, &theirs).await);
    read(&apart, pair.mentor, &ours).await.ok().has("/text", WORDS);
    apart.stop().await;
}
