//! ETags of what one viewer sees, and preconditions made of them.

use reqwest::Method;
use serde_json::json;

use crate::harness::TestApp;

/// What the client has already is not sent again, in every form the header has.
#[apply(on_both_engines!)]
async fn if_none_match_saves_the_body(app: TestApp) {
    let pair = app.pair().await;
    let mentor = app.as_(pair.mentor);
    let tag = mentor.get(&pair.path).await.ok().header("etag").to_owned();
    assert!(tag.starts_with('"') && tag.ends_with('"') && tag.len() > 20, "{tag}");
    let matching = [
        tag.clone(),
        format!("W/{tag}"),
        format!("\"x\", {tag}"),
        format!("\"x\",W/\"y\",{tag},\"z\""),
        format!("{tag},"),
        "*".to_owned(),
    ];
    for known in matching {
        for method in [Method::GET, Method::HEAD] {
            let answer = mentor.send(mentor.request(method, &pair.path).header("if-none-match", &known)).await.is(304);
            assert_eq!(answer.header("etag"), tag, "{known}");
            assert!(answer.bytes.is_empty(), "{known}");
        }
    }
    let twice = mentor.request(Method::GET, &pair.path).header("if-none-match", "\"x\"").header("if-none-match", &tag);
    mentor.send(twice).await.is(304);
    let bare = tag.trim_matches('"').to_owned();
    for other in [
        "\"x\"".to_owned(),
        bare,
        format!("{tag}x"),
        format!("w/{tag}"),
        format!("W/W/{tag}"),
        String::new(),
        "\"\"".to_owned(),
        tag.to_uppercase(),
    ] {
        mentor.send(mentor.request(Method::GET, &pair.path).header("if-none-match", &other)).await.ok();
    }
    // A change that is not wanted of the record as it is, is refused.
    for unwanted in [tag.as_str(), "*"] {
        let patch = mentor
            .request(Method::PATCH, &pair.path)
            .header("if-none-match", unwanted)
            .json(&json!({"goals_focus": "x"}));
        mentor.send(patch).await.problem(412, "stale_record");
    }
    let patch =
        mentor.request(Method::PATCH, &pair.path).header("if-none-match", "\"x\"").json(&json!({"goals_focus": "x"}));
    mentor.send(patch).await.ok();
    mentor.send(mentor.request(Method::GET, &pair.path).header("if-none-match", &tag)).await.ok();
}

/// A tag is of what this viewer sees: what is hidden from them does not change it.
#[apply(on_both_engines!)]
async fn a_tag_is_of_the_visible(app: TestApp) {
    let pair = app.pair().await;
    let (mentor, stranger) = (app.as_(pair.mentor), app.as_(app.person().await));
    let tag = async |client: &crate::harness::Client| client.get(&pair.path).await.ok().header("etag").to_owned();
    let (seen, strangers) = (tag(&mentor).await, tag(&stranger).await);
    assert_ne!(seen, strangers);
    mentor.patch(&pair.path, json!({"cadence": "weekly"})).await.ok();
    assert_ne!(tag(&mentor).await, seen);
    assert_eq!(tag(&stranger).await, strangers, "a private edit shows in a stranger's tag");
}

/// Whoever says what they saw changes only that.
#[apply(on_both_engines!)]
async fn if_match_guards_the_change(app: TestApp) {
    let pair = app.pair().await;
    let mentor = app.as_(pair.mentor);
    let patch = async |tag: &str, focus: &str| {
        let request = mentor
            .request(Method::PATCH, &pair.path)
            .header("if-match", tag.as_bytes())
            .json(&json!({"goals_focus": focus}));
        mentor.send(request).await
    };
    let first = mentor.get(&pair.path).await.ok().header("etag").to_owned();
    let second = patch(&first, "one").await.ok().header("etag").to_owned();
    assert_eq!(
        mentor.get(&pair.path).await.ok().header("etag"),
        second,
        "a change answers with the tag of what is now"
    );
    for stale in [first.as_str(), "\"x\"", "", "x", &format!("{first}, \"y\"")] {
        patch(stale, "two").await.problem(412, "stale_record");
    }
    mentor.get(&pair.path).await.ok().has("/goals_focus", "one");
    patch(&format!("\"x\", {second}"), "three").await.ok();
    patch("*", "four").await.ok();
    // Compared strongly: what is only weakly the same is not the same.
    let now = mentor.get(&pair.path).await.ok().header("etag").to_owned();
    for weak in [format!("W/{now}"), format!("\"x\", W/{now}"), format!("W/W/{now}"), "W/*".to_owned()] {
        patch(&weak, "weak").await.problem(412, "stale_record");
    }
    mentor.get(&pair.path).await.ok().has("/goals_focus", "four");
    patch("\u{fc}", "five").await.problem(400, "invalid_request");
    mentor.patch(&pair.path, json!({"goals_focus": "six"})).await.ok();
    // What is not there has no tag to miss, and what may not be read none to guess.
    let absent = mentor
        .request(Method::PATCH, "/v1/pairs/01900000-0000-7000-8000-000000000000")
        .header("if-match", "*")
        .json(&json!({}));
    mentor.send(absent).await.problem(404, "not_found");
}

/// What no list of tags can be is refused, once it is known who asks.
#[apply(on_both_engines!)]
async fn odd_preconditions_are_refused(app: TestApp) {
    let pair = app.pair().await;
    let mentor = app.as_(pair.mentor);
    for (method, name) in [(Method::GET, "if-none-match"), (Method::PATCH, "if-match")] {
        for odd in ["\u{fc}".to_owned(), format!("\"{}\"", "x".repeat(999))] {
            let ask = |client: &crate::harness::Client| {
                client.request(method.clone(), &pair.path).header(name, odd.as_bytes())
            };
            mentor.send(ask(&mentor).json(&json!({}))).await.problem(400, "invalid_request");
            app.nobody().send(ask(&app.nobody())).await.problem(401, "unauthenticated");
        }
    }
    let full = format!("\"{}\"", "x".repeat(998));
    mentor.send(mentor.request(Method::GET, &pair.path).header("if-none-match", full)).await.ok();
}

/// Two who read the same and write at once: one of them is told.
#[apply(on_both_engines!)]
async fn two_changes_of_one_reading_do_not_both_win(app: TestApp) {
    let pair = app.pair().await;
    let mentor = app.as_(pair.mentor);
    for round in 0..5 {
        let seen = mentor.get(&pair.path).await.ok().header("etag").to_owned();
        let change = async |who: &str| {
            let request = mentor.request(Method::PATCH, &pair.path).header("if-match", &seen);
            mentor.send(request.json(&json!({"goals_focus": format!("{who} {round}")}))).await.status
        };
        let (left, right) = tokio::join!(change("left"), change("right"));
        let mut told = [left, right];
        told.sort_unstable();
        assert!(told == [200, 412] || told == [200, 409], "{told:?}");
    }
}
