//! What leads do to a plan before they publish it.

use serde_json::{Value, json};

use super::club::{Club, mentor_of, path_of};
use crate::harness::{Person, TestApp};
use crate::suggestions::world::{BLOCK, alter, relate};

/// A lead gives a mentee another mentor, who has to be one whom a plan might choose; it is locked, and planning again
/// leaves it.
#[apply(on_both_engines!)]
async fn a_lead_gives_another_mentor(app: TestApp) {
    let club = Club::new(app, 2, 2).await;
    let path = club.round(json!({})).await;
    let draft = club.draft_of(&path, club.mentees[0]).await;
    let (here, had) = (path_of(&draft), mentor_of(&draft).expect("a mentor").to_owned());
    let other = club.mentors.iter().find(|mentor| mentor.to_string() != had).expect("another");
    let seen = club.lead.get(&here).await.ok();
    let given = club.lead.patch_seen(&here, &seen, json!({"mentor_id": other})).await.ok();
    let given = given.has("/mentor/id", other.to_string()).has("/is_locked", true).has("/status", "drafted");
    assert_eq!(given.body["score"], given.body["assessment"]["score"]);
    club.lead.patch_seen(&here, &seen, json!({"mentor_id": had})).await.problem(412, "stale_record");
    for seed in 1..4 {
        club.done(&path, "plan", json!({"seed": seed})).await.has("/status", "drafted");
        let kept = club.draft_of(&path, club.mentees[0]).await;
        assert_eq!((mentor_of(&kept), &kept["is_locked"]), (Some(other.to_string().as_str()), &json!(true)));
        assert_eq!((&path_of(&kept), &kept["score"]), (&here, &given.body["score"]));
    }
    club.lead.patch(&here, json!({"is_locked": false})).await.ok().has("/is_locked", false);
    // Nobody from outside, nobody unknown, nobody who is full, nobody who is kept apart.
    let stranger = club.world.mentor(app).await;
    club.lead.patch(&here, json!({"mentor_id": stranger})).await.problem(422, "invalid_value").points_at("/mentor_id");
    let below = club.world.at(app, 1, Person::default()).await;
    club.enrol(below, "mentor").await;
    club.lead.patch(&here, json!({"mentor_id": below})).await.problem(422, "invalid_value").points_at("/mentor_id");
    let gone = "01988b64-97e0-7d1e-a3b5-6d7e8f9a0b1c";
    club.lead.patch(&here, json!({"mentor_id": gone})).await.problem(422, "invalid_value").points_at("/mentor_id");
    club.lead.patch(&here, json!({"mentor_id": null})).await.problem(400, "invalid_request").points_at("/mentor_id");
    club.lead.patch(&here, json!({"score": 1})).await.problem(400, "invalid_request").points_at("/score");
    alter(app, club.mentors[0], "update people set mentor_load = 3 where id = $1").await;
    let draft = club.draft_of(&path, club.mentees[1]).await;
    let to = if mentor_of(&draft) == Some(club.mentors[0].to_string().as_str()) {
        &draft
    } else {
        &club.draft_of(&path, club.mentees[0]).await
    };
    if mentor_of(to) != Some(club.mentors[0].to_string().as_str()) {
        club.lead
            .patch(&path_of(to), json!({"mentor_id": club.mentors[0]}))
            .await
            .problem(422, "invalid_value")
            .points_at("/mentor_id");
    }
}

/// A refused couple is not planned again, until a lead gives them to each other after all.
#[apply(on_both_engines!)]
async fn a_refused_couple_is_not_planned_again(app: TestApp) {
    let club = Club::new(app, 1, 1).await;
    let path = club.round(json!({})).await;
    let draft = club.draft_of(&path, club.mentees[0]).await;
    let refused = club.lead.post(&format!("{}/refuse", path_of(&draft)), json!({})).await.ok();
    let refused = refused.has("/mentor", Value::Null).has("/status", "unmatched").has("/unmatched_reason", "refused");
    refused.has("/assessment", Value::Null).has("/score", Value::Null);
    club.lead.post(&format!("{}/refuse", path_of(&draft)), json!({})).await.problem(409, "wrong_state");
    club.lead
        .patch(&path_of(&draft), json!({"is_locked": true}))
        .await
        .problem(422, "invalid_value")
        .points_at("/is_locked");
    club.done(&path, "plan", json!({})).await.has("/drafts/unmatched", 1).has("/drafts/drafted", 0);
    let draft = club.draft_of(&path, club.mentees[0]).await;
    assert_eq!(draft["unmatched_reason"], "no_suitable_mentor");
    club.lead
        .patch(&path_of(&draft), json!({"mentor_id": club.mentors[0]}))
        .await
        .ok()
        .has("/status", "drafted")
        .has("/unmatched_reason", Value::Null);
    club.lead.patch(&path_of(&draft), json!({"is_locked": false})).await.ok();
    club.done(&path, "plan", json!({})).await.has("/drafts/drafted", 1);
    // Nor does another matching round know of it.
    let refused = club.draft_of(&path, club.mentees[0]).await;
    club.lead.post(&format!("{}/refuse", path_of(&refused)), json!({})).await.ok();
    let other = club.round(json!({})).await;
    club.lead.get(&other).await.ok().has("/drafts/drafted", 1);
}

/// Who became somebody's mentee meanwhile gets no second mentor; whom a mentee dismissed is not given to them.
#[apply(on_both_engines!)]
async fn nobody_gets_a_second_mentor(app: TestApp) {
    let club = Club::new(app, 2, 2).await;
    let path = club.round(json!({})).await;
    let draft = club.draft_of(&path, club.mentees[0]).await;
    let other =
        club.mentors.iter().find(|mentor| Some(mentor.to_string().as_str()) != mentor_of(&draft)).expect("another");
    let pair = json!({"mentor_id": other, "mentee_id": club.mentees[0], "program_id": club.id});
    club.lead.post("/v1/pairs", pair).await.created();
    let asked =
        app.as_(club.mentees[1]).post("/v1/suggestions", json!({"program_id": club.id, "limit": 10})).await.created();
    let mentor = mentor_of(&club.draft_of(&path, club.mentees[1]).await).expect("a mentor").to_owned();
    let made =
        asked.body["suggestions"].as_array().expect("a list").iter().find(|one| one["mentor"]["id"] == mentor.as_str());
    let dismissed = format!("/v1/suggestions/{}/dismiss", made.expect("a suggestion")["id"].as_str().expect("an id"));
    app.as_(club.mentees[1]).post(&dismissed, json!({"reason": "no_time"})).await.ok();
    club.done(&path, "publish", json!({})).await.has("/drafts/failed", 2).has("/drafts/published", 0);
    assert_eq!(club.draft_of(&path, club.mentees[0]).await["problem"], "pair_exists");
    let second = club.draft_of(&path, club.mentees[1]).await;
    assert_eq!(second["problem"], "suggestion_stale");
    assert_eq!(club.pairs().await.len(), 1);
    club.done(&path, "undo", json!({})).await.has("/status", "drafted");
    club.lead.post(&format!("{}/refuse", path_of(&second)), json!({})).await.ok();
    club.lead
        .patch(&path_of(&second), json!({"mentor_id": mentor}))
        .await
        .problem(422, "invalid_value")
        .points_at("/mentor_id");
}

/// Two drafts swap their mentors, full as these are.
#[apply(on_both_engines!)]
async fn two_drafts_swap(app: TestApp) {
    let club = Club::new(app, 2, 2).await;
    for mentor in &club.mentors {
        alter(app, *mentor, "update people set mentor_capacity = 1 where id = $1").await;
    }
    let path = club.round(json!({})).await;
    let (one, other) = (club.draft_of(&path, club.mentees[0]).await, club.draft_of(&path, club.mentees[1]).await);
    let full = json!({"mentor_id": mentor_of(&other)});
    club.lead.patch(&path_of(&one), full).await.problem(422, "invalid_value").points_at("/mentor_id");
    let with = json!({"other_draft_id": other["id"]});
    let swapped = club.lead.post(&format!("{}/swap", path_of(&one)), with.clone()).await.ok();
    swapped.has("/mentor/id", mentor_of(&other).expect("a mentor")).has("/is_locked", true);
    let second = club.draft_of(&path, club.mentees[1]).await;
    assert_eq!((mentor_of(&second), &second["is_locked"]), (mentor_of(&one), &json!(true)));
    for wrong in
        [json!({"other_draft_id": one["id"]}), json!({"other_draft_id": "01988b64-97e0-7d1e-a3b5-6d7e8f9a0b1c"})]
    {
        club.lead
            .post(&format!("{}/swap", path_of(&one)), wrong)
            .await
            .problem(422, "invalid_value")
            .points_at("/other_draft_id");
    }
    club.lead.post(&format!("{}/swap", path_of(&one)), json!({})).await.problem(400, "invalid_request");
    let published = club.done(&path, "publish", json!({})).await.has("/drafts/published", 2);
    published.has("/drafts/failed", 0);
    club.lead.post(&format!("{}/swap", path_of(&one)), with).await.problem(409, "wrong_state");
}

/// What the rules refuse by the time of publishing is told on the draft, and holds up nobody else.
#[apply(on_both_engines!)]
async fn what_no_longer_holds_fails_alone(app: TestApp) {
    let club = Club::new(app, 1, 3).await;
    let path = club.round(json!({})).await;
    alter(app, club.mentees[0], "update people set status = 'on_leave' where id = $1").await;
    relate(app, club.mentees[1], club.mentors[0], BLOCK).await;
    let published = club.done(&path, "publish", json!({})).await.has("/status", "published");
    published.has("/drafts/published", 2).has("/drafts/failed", 1);
    let away = club.draft_of(&path, club.mentees[0]).await;
    let apart = club.draft_of(&path, club.mentees[1]).await;
    assert_eq!((&away["status"], &away["problem"]), (&json!("failed"), &json!("suggestion_stale")));
    // A block that came after the plan is no reason to refuse: the leads would learn of it.
    assert_eq!((&apart["status"], &apart["problem"]), (&json!("published"), &Value::Null));
    let mentor = club.mentors[0].to_string();
    let paired = [club.mentees[1], club.mentees[2]].map(|mentee| (mentee.to_string(), mentor.clone()));
    assert_eq!(club.pairs().await, paired);
    club.lead.get(&format!("{path}/drafts?status=failed&count=exact")).await.ok().has("/total", 1);
}

/// Why somebody has no mentor is told; a block looks as if nobody did well enough.
#[apply(on_both_engines!)]
async fn the_unmatched_are_told_why(app: TestApp) {
    let club = Club::new(app, 1, 3).await;
    alter(app, club.mentors[0], "update people set mentor_capacity = 1 where id = $1").await;
    alter(app, club.mentees[0], "update people set is_paused = true where id = $1").await;
    relate(app, club.mentees[1], club.mentors[0], BLOCK).await;
    let high = club.world.at(app, 7, Person::default()).await;
    club.enrol(high, "mentee").await;
    let path = club.round(json!({})).await;
    let more = club.world.mentee(app).await;
    club.enrol(more, "mentee").await;
    club.done(&path, "plan", json!({})).await.has("/mentees", 5).has("/drafts/drafted", 1).has("/drafts/unmatched", 4);
    let why = async |mentee| club.draft_of(&path, mentee).await["unmatched_reason"].clone();
    assert_eq!(why(club.mentees[0]).await, "takes_no_pair");
    assert_eq!(
        (why(club.mentees[1]).await, why(high).await),
        (json!("no_suitable_mentor"), json!("no_suitable_mentor"))
    );
    let two = [why(club.mentees[2]).await, why(more).await];
    assert!(two.contains(&json!("no_free_place")) && two.contains(&Value::Null), "{two:?}");
}
