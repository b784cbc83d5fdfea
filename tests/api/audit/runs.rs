//! What the service reads of many people at once, for nobody to see.

use serde_json::json;

use super::log;
use crate::harness::TestApp;
use crate::matching_rounds::club::Club;

/// One event when the index of mentors is built, however many people there are and however often it is asked; one more
/// for each plan.
#[apply(on_both_engines!)]
async fn a_run_of_matching_is_one_event(app: TestApp) {
    let club = Club::new(app, 3, 2).await;
    let runs = async || {
        let events = log(app, "&kind=read").await;
        let by_the_service = events.into_iter().filter(|event| event["relation"] == "service");
        by_the_service.collect::<Vec<_>>()
    };
    assert_eq!(runs().await, [json!(null); 0]);
    for mentee in &club.mentees {
        app.as_(*mentee).post("/v1/suggestions", json!({})).await.created();
    }
    let built = runs().await;
    assert_eq!(built.len(), 1, "{built:?}");
    let none = "00000000-0000-0000-0000-000000000000";
    assert_eq!((&built[0]["record_kind"], &built[0]["fields"]), (&json!("people"), &json!(["style_answers"])));
    assert_eq!((&built[0]["actor_id"], &built[0]["record_ids"]), (&json!(none), &json!([none])));
    app.clock.advance(chrono::TimeDelta::seconds(1));
    club.round(json!({})).await;
    assert_eq!(runs().await.len(), 2);
    let learnt = app.as_with(app.person().await, &["admin"]).post("/v1/match-models", json!({})).await.created();
    app.service.learn().await.expect("it learns");
    let fields: Vec<_> = runs().await.into_iter().map(|event| event["fields"].clone()).collect();
    assert_eq!(fields.len(), 4, "{}: {fields:?}", learnt.body);
    assert!(
        fields.contains(&json!(["features", "style"])) && fields.contains(&json!(["dismiss_reason"])),
        "{fields:?}"
    );
}
