//! Mails that lie in a folder go with the people whom they are to or about, and with time.

use std::collections::BTreeSet;
use std::fs;
use std::time::{Duration, SystemTime};

use chrono::{DateTime, TimeDelta, Utc};
use mentorship::privacy::retention::model::Retention;
use serde_json::json;

use crate::harness::{Pair, Setup, TestApp};

/// The mails in the folder, whole or not.
fn files(app: &TestApp) -> BTreeSet<String> {
    let entries = fs::read_dir(app.mails.path()).expect("a folder");
    entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("a name")).collect()
}

/// All that they say.
fn words(app: &TestApp) -> String {
    files(app).iter().map(|name| fs::read_to_string(app.mails.path().join(name)).expect("text")).collect()
}

async fn talk(app: &TestApp, pair: &Pair) {
    let at = app.clock.now() + TimeDelta::days(2);
    app.as_(pair.mentee)
        .post("/v1/sessions", json!({"pair_id": pair.id, "starts_at": at, "place": "Secret room"}))
        .await
        .created();
    app.service.deliver().await.expect("it delivers");
}

async fn name_of(app: &TestApp, person: mentorship::ids::PersonId) -> String {
    app.as_(person).get("/v1/me").await.ok().body["name"].as_str().map_or_else(String::new, str::to_owned)
}

/// At once, those to them and those about their pairs; what is others' stays.
#[apply(on_both_engines!)]
async fn mails_of_the_erased_are_deleted(app: TestApp) {
    let (pair, other) = (app.pair().await, app.pair().await);
    talk(app, &pair).await;
    talk(app, &other).await;
    let (mentee, partner) = (format!("{}@example.com", pair.mentee), format!("{}@example.com", pair.mentor));
    let (theirs, others) = (words(app), format!("{}@example.com", other.mentee));
    assert!(theirs.contains(&mentee) && theirs.contains(&partner) && theirs.contains(&others));
    let count = files(app).len();
    let name = name_of(app, pair.mentee).await;
    let admin = app.as_with(app.person().await, &["admin"]);
    admin.post(&format!("/v1/people/{}/erase", pair.mentee), json!({"confirm": mentee})).await.ok();
    let left = words(app);
    assert!(!left.contains(&mentee) && !left.contains(&partner) && left.contains(&others));
    assert!(name.is_empty() || !left.contains(&name));
    assert_eq!(files(app).len(), count / 2);
    // What is told after it knows nobody's name.
    app.clock.advance(TimeDelta::minutes(1));
    app.service.deliver().await.expect("it delivers");
    app.clock.advance(TimeDelta::hours(1));
    let after = files(app);
    app.service.delete_old_mails().await.expect("it looks");
    assert_eq!(files(app), after);
    assert!(!words(app).contains(&mentee));
}

/// What could not be deleted then, what was left half-written, and what nobody knows of go later.
#[apply(on_both_engines!)]
async fn what_is_left_over_is_deleted_later(app: TestApp) {
    let pair = app.pair().await;
    talk(app, &pair).await;
    let kept: Vec<_> = files(app).into_iter().collect();
    let texts: Vec<_> = kept.iter().map(|name| fs::read(app.mails.path().join(name)).expect("a mail")).collect();
    fs::write(app.mails.path().join("01900000-0000-7000-8000-000000000000.eml"), "of an unknown delivery")
        .expect("it is written");
    fs::write(app.mails.path().join("README"), "not a mail").expect("it is written");
    app.service.delete_old_mails().await.expect("it looks");
    let mut expected: BTreeSet<_> = kept.iter().cloned().collect();
    expected.insert("README".to_owned());
    assert_eq!(files(app), expected);
    let email = format!("{}@example.com", pair.mentor);
    let admin = app.as_with(app.person().await, &["admin"]);
    app.clock.advance(TimeDelta::minutes(1));
    admin.post(&format!("/v1/people/{}/erase", pair.mentor), json!({"confirm": email})).await.ok();
    assert_eq!(files(app), BTreeSet::from(["README".to_owned()]));
    // As if written just after, or restored.
    for (name, text) in kept.iter().zip(texts) {
        fs::write(app.mails.path().join(name.replace(".eml", ".part")), &text).expect("it is written");
        fs::write(app.mails.path().join(name), text).expect("it is written");
    }
    app.service.delete_old_mails().await.expect("it looks");
    assert_eq!(files(app), BTreeSet::from(["README".to_owned()]));
}

/// No mail lies there for longer than notices, or the words of pairs that are over, are kept.
async fn check_age(app: &TestApp, days: i64) {
    let pair = app.pair().await;
    talk(app, &pair).await;
    let set = |name: &str, at: DateTime<Utc>| {
        let file = fs::File::options().write(true).open(app.mails.path().join(name)).expect("it opens");
        let since = Duration::from_secs(u64::try_from(at.timestamp()).expect("after 1970"));
        file.set_modified(SystemTime::UNIX_EPOCH + since).expect("it is set");
    };
    let all: Vec<_> = files(app).into_iter().collect();
    for (number, name) in all.iter().enumerate() {
        let age = if number == 0 {
            TimeDelta::days(days) + TimeDelta::hours(1)
        } else {
            TimeDelta::days(days) - TimeDelta::hours(1)
        };
        set(name, app.clock.now() - age);
    }
    app.service.delete_old_mails().await.expect("it looks");
    assert_eq!(files(app), all[1..].iter().cloned().collect());
}

/// By default.
#[apply(on_both_engines!)]
async fn mails_are_kept_as_long_as_notices(app: TestApp) {
    check_age(app, 90).await;
}

mod with_a_rule {
    use super::*;

    /// What pairs wrote goes a month after their end.
    fn a_month() -> Setup {
        Setup { retention: Retention { ended_pairs_days: Some(30), ..Retention::default() }, ..Setup::default() }
    }

    /// Where the words of pairs go sooner.
    #[apply(on_both_engines!)]
    #[set_up_by(a_month())]
    async fn mails_are_kept_no_longer_than_words(app: TestApp) {
        check_age(app, 30).await;
    }
}
