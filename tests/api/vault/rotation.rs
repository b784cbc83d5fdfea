//! The key ring turns while everybody works.

use mentorship::vault::Ring;

use super::{note, session};
use crate::harness::TestApp;

/// One process rotates and wraps anew, another reads and writes all the while, and knows of it
/// only from the file.
#[apply(on_both_engines!)]
async fn rotation_under_load_loses_nothing(app: TestApp) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("keyring");
    let service = app.apart(Ring::read_or_make(&file).expect("a ring")).await;
    let mut pairs = Vec::new();
    for _ in 0..6 {
        let pair = app.pair().await;
        let session = session(&service, &pair).await;
        note(&service, &session, pair.mentor, "Before").await;
        pairs.push((pair, session));
    }
    let other = app.apart(Ring::read(&file).expect("a ring")).await;
    let old = other.db.keys().ring().first();
    let (turning, working) = (
        async {
            for _ in 0..3 {
                other.db.keys().ring().rotate().expect("it rotates");
                while other.db.keys().rewrap().await.expect("it is wrapped anew") > 0 {}
            }
        },
        async {
            for (pair, session) in &pairs {
                // The mentee's first words make a new key, in the middle of it all.
                note(&service, session, pair.mentee, "Meanwhile").await;
                let fresh = service.apart(Ring::read(&file).expect("a ring")).await;
                for app in [&service, &fresh] {
                    let list = app.as_(pair.mentor).get(&format!("/v1/sessions/{session}/notes")).await.ok();
                    list.has("/items/0/text", "Before").has("/items/1/text", "Meanwhile");
                }
                fresh.stop().await;
            }
        },
    );
    tokio::join!(turning, working);
    while other.db.keys().rewrap().await.expect("it is wrapped anew") > 0 {}
    let (first, mut count) = (other.db.keys().ring().first(), 0);
    let each = |key: &mentorship::vault::WrappedKey| {
        assert_eq!(key.label().expect("a label"), Some(first.clone()));
        count += 1;
    };
    other.db.keys().each(each).await.expect("keys");
    assert_eq!(count, 12, "two a pair");
    assert_eq!(other.db.keys().ring().labels().len(), 4);
    // Now only the newest key is needed.
    let newest = std::fs::read_to_string(&file).expect("it reads");
    let newest = Ring::parse(newest.lines().next().expect("a line")).expect("a ring");
    let last = app.apart(newest).await;
    last.db.keys().check().await.expect("it opens what is there");
    let (pair, session) = &pairs[0];
    last.as_(pair.mentee).get(&format!("/v1/sessions/{session}/notes")).await.ok().has("/items/0/text", "Before");
    // Another ring is noticed before anybody is served.
    let strange = app.apart(Ring::of_one()).await;
    let wrong = strange.db.keys().check().await.expect_err("it opens nothing").to_string();
    assert!(wrong.contains(&format!("has no key `{first}`")), "{wrong}");
    assert_ne!(first, old);
    for app in [service, other, last, strange] {
        app.stop().await;
    }
}
