//! Profiles: what people say of themselves, and how far each word travels.

use chrono::TimeDelta;
use mentorship::ids::{LadderRoleId, PersonId, SkillId};
use mentorship::policy::Scope;
use serde_json::json;

use super::{a_ladder_role, a_skill, events};
use crate::harness::TestApp;

/// Everybody can ask who they are, and learns nothing of anybody else.
#[apply(on_both_engines!)]
async fn everybody_learns_who_they_are(app: TestApp) {
    let pair = app.pair().await;
    let me = app.as_(pair.mentee).get("/v1/me").await.ok();
    let me =
        me.has("/person/id", pair.mentee.to_string()).has("/service_account", json!(null)).has("/roles", json!([]));
    assert!(
        me.has("/scopes", json!([]))
            .has("/programs", json!([]))
            .has("/withheld", json!([]))
            .header("etag")
            .starts_with('"')
    );
    let lead = app.as_with(pair.coordinator, &["coordinator"]).get("/v1/me").await.ok();
    lead.has("/roles", json!(["coordinator"])).has("/programs/0/id", pair.program.to_string());
    app.as_(pair.coordinator).get("/v1/me").await.ok().has("/roles", json!([])).has("/programs", json!([]));
    app.as_with(pair.mentor, &["admin"]).get("/v1/me").await.ok().has("/roles", json!(["admin"]));
    let account = app.service_account(&[Scope::PeopleRead, Scope::PairsRead]).await;
    let service = app.as_service(account, &[Scope::PeopleRead, Scope::PeopleWrite]).get("/v1/me").await.ok();
    service
        .has("/service_account/id", account.to_string())
        .has("/scopes", json!(["people:read"]))
        .has("/person", json!(null));
    app.nobody().get("/v1/me").await.problem(401, "unauthenticated");
}

/// Everybody keeps their own profile, and each part of it travels as far as it says.
#[apply(on_both_engines!)]
async fn a_profile_travels_as_far_as_it_says(app: TestApp) {
    let pair = app.pair().await;
    let role = a_ladder_role(app, 6).await;
    let path = format!("/v1/people/{}", pair.mentee);
    let profile = format!("{path}/profile");
    let own = app.as_(pair.mentee);
    let colleague = app.as_(app.person().await);
    let open = json!({
        "bio": "I count.", "offers_mentoring": true, "mentor_capacity": 10, "formats": ["video", "walking"],
        "topics": ["Engines"], "languages": ["en", "it"], "time_zone": "Europe/London", "is_paused": true,
        "wants_mentoring": false,
    });
    let changed = own.patch(&profile, open).await.ok();
    changed.has("/mentoring/capacity", 10).has("/formats", json!(["video", "walking"]));
    let before = colleague
        .get(&path)
        .await
        .ok()
        .has("/bio", "I count.")
        .has("/topics", json!(["Engines"]))
        .has("/time_zone", "Europe/London");
    assert_eq!(events(app, "person.changed", &pair.mentee.to_string()).await, 1);

    app.clock.advance(TimeDelta::hours(1));
    let confidential = json!({
        "career_goals": "⟨goal⟩", "career_interest": "⟨interest⟩", "target_role_id": role,
        "learning_style": "⟨learning⟩", "communication_style": "⟨style⟩", "accommodations": "⟨need⟩",
        "style_answers": [1, 2, 3, 4], "consents_to_personal_fit": true,
    });
    let changed = own.patch(&profile, confidential).await.ok();
    changed.has("/style_answers", json!([1, 2, 3, 4])).has("/accommodations", "⟨need⟩").has("/withheld", json!([]));
    assert_eq!(before.bytes, colleague.get(&path).await.ok().bytes);
    assert_eq!(events(app, "person.changed", &pair.mentee.to_string()).await, 1);
    let account = app.service_account(&Scope::ALL).await;
    let outcomes = app.as_service(account, &[Scope::PeopleRead, Scope::OutcomesRead]);
    for reader in [
        app.as_(pair.manager),
        app.as_with(pair.coordinator, &["coordinator"]),
        app.as_with(pair.mentor, &["admin"]),
        outcomes,
    ] {
        let read = reader
            .get(&path)
            .await
            .ok()
            .has("/career_goals", "⟨goal⟩")
            .has("/career_interest", "⟨interest⟩")
            .has("/target_role_id", role.to_string());
        read.lacks("/learning_style")
            .lacks("/communication_style")
            .lacks("/accommodations")
            .lacks("/style_answers")
            .lacks("/consents_to_personal_fit");
    }
    // The mentor is no party to the person, and a coordinator leads only with the role.
    for reader in [
        colleague.clone(),
        app.as_(pair.mentor),
        app.as_(pair.coordinator),
        app.as_service(account, &[Scope::PeopleRead]),
    ] {
        let read = reader.get(&path).await.ok();
        assert!(!String::from_utf8_lossy(&read.bytes).contains('⟨'));
        read.lacks("/career_goals").lacks("/target_role_id").lacks("/hired_on").lacks("/needs");
    }
    for other in [
        app.as_(pair.manager),
        app.as_(pair.mentor),
        app.as_with(pair.coordinator, &["coordinator"]),
        app.as_with(pair.mentor, &["admin"]),
    ] {
        other.patch(&profile, json!({"bio": "I am a fool."})).await.problem(403, "not_allowed");
        other.put(&format!("{path}/skills"), json!({"skills": []})).await.problem(403, "not_allowed");
        other.put(&format!("{path}/needs"), json!({"needs": []})).await.problem(403, "not_allowed");
    }
    app.as_service(account, &Scope::ALL).patch(&profile, json!({"bio": "x"})).await.problem(403, "not_allowed");
    own.patch(&profile, json!({"bio": null, "style_answers": null}))
        .await
        .ok()
        .has("/bio", json!(null))
        .has("/style_answers", json!(null));
}

/// What a profile cannot hold is refused with its place.
#[apply(on_both_engines!)]
async fn a_wrong_profile_is_refused_with_its_place(app: TestApp) {
    let person = app.person().await;
    let (own, path) = (app.as_(person), format!("/v1/people/{person}"));
    let profile = format!("{path}/profile");
    for (pointer, body) in [
        ("/mentor_capacity", json!({"mentor_capacity": null})),
        ("/formats/0", json!({"formats": ["telepathy"]})),
        ("/status", json!({"status": "departed"})),
        ("/name", json!({"name": "Root"})),
    ] {
        own.patch(&profile, body).await.problem(400, "invalid_request").points_at(pointer);
    }
    let many: Vec<_> = (0..21).map(|n| format!("Topic {n}")).collect();
    for (pointer, body) in [
        ("/mentor_capacity", json!({"mentor_capacity": 0})),
        ("/mentor_capacity", json!({"mentor_capacity": 11})),
        ("/style_answers", json!({"style_answers": [1, 2, 3, 6]})),
        ("/topics", json!({"topics": many})),
        ("/topics/1", json!({"topics": ["a", "a"]})),
        ("/formats/1", json!({"formats": ["video", "video"]})),
        ("/target_role_id", json!({"target_role_id": LadderRoleId::new(&app.clock)})),
    ] {
        own.patch(&profile, body).await.problem(422, "invalid_value").points_at(pointer);
    }
    let seen = own.get(&path).await.ok();
    own.patch_seen(&profile, &seen, json!({"learning_style": "by doing"})).await.ok();
    own.patch_seen(&profile, &seen, json!({"learning_style": "by reading"})).await.problem(412, "stale_record");
}

/// Skills offered are for everybody, skills wanted are not.
#[apply(on_both_engines!)]
async fn skills_are_public_and_needs_are_not(app: TestApp) {
    let pair = app.pair().await;
    let (one, two) = (a_skill(app).await, a_skill(app).await);
    let path = format!("/v1/people/{}", pair.mentee);
    let (skills, needs) = (format!("{path}/skills"), format!("{path}/needs"));
    let (own, colleague) = (app.as_(pair.mentee), app.as_(app.person().await));
    let offered = json!({"skills": [{"skill_id": two, "level": 2}, {"skill_id": one, "level": 5}]});
    own.put(&skills, offered.clone()).await.ok().has("/skills/0/skill_id", one.to_string()).has("/skills/0/level", 5);
    app.clock.advance(TimeDelta::hours(1));
    let before = colleague.get(&path).await.ok().has("/skills/1/level", 2);
    own.put(&skills, offered).await.ok();
    own.put(&needs, json!({"needs": [{"skill_id": one, "priority": 3, "current_level": 0, "target_level": 4}]}))
        .await
        .ok()
        .has("/needs/0/target_level", 4);
    assert_eq!(before.bytes, colleague.get(&path).await.ok().bytes);
    assert_eq!(events(app, "person.changed", &pair.mentee.to_string()).await, 1);
    app.as_(pair.manager).get(&path).await.ok().has("/needs/0/priority", 3);
    own.put(&skills, json!({"skills": [{"skill_id": two, "level": 3}]}))
        .await
        .ok()
        .has("/skills", json!([{"skill_id": two, "name": format!("skill {two}"), "level": 3}]));
    own.put(&needs, json!({"needs": []})).await.ok().has("/needs", json!([]));
    let missing = SkillId::new(&app.clock);
    let need = |skill: SkillId, current: i64, target: i64| json!({"skill_id": skill, "priority": 1, "current_level": current, "target_level": target});
    for (path, pointer, body) in [
        (
            &skills,
            "/skills/1/skill_id",
            json!({"skills": [{"skill_id": one, "level": 1}, {"skill_id": one, "level": 2}]}),
        ),
        (
            &skills,
            "/skills/1/skill_id",
            json!({"skills": [{"skill_id": one, "level": 1}, {"skill_id": missing, "level": 2}]}),
        ),
        (&skills, "/skills", json!({"skills": vec![json!({"skill_id": one, "level": 1}); 51]})),
        (&needs, "/needs/1/skill_id", json!({"needs": [need(one, 0, 1), need(one, 0, 1)]})),
        (&needs, "/needs/0/skill_id", json!({"needs": [need(missing, 0, 1)]})),
        (&needs, "/needs/0/target_level", json!({"needs": [need(one, 3, 3)]})),
        (&needs, "/needs", json!({"needs": vec![need(one, 0, 1); 21]})),
    ] {
        own.put(path, body).await.problem(422, "invalid_value").points_at(pointer);
    }
    own.put(&skills, json!({"skills": [{"skill_id": one, "level": 6}]}))
        .await
        .problem(422, "invalid_value")
        .points_at("/skills/0/level");
    own.put(&skills, json!({})).await.problem(400, "invalid_request").points_at("/skills");
    own.put(&needs, json!({"needs": [need(one, 5, 5)]}))
        .await
        .problem(422, "invalid_value")
        .points_at("/needs/0/current_level");
    own.get(&path).await.ok().has("/skills/0/level", 3);
}

/// A list of blocks is its author's alone, and changes nothing that others get.
#[apply(on_both_engines!)]
async fn blocks_are_their_authors_alone(app: TestApp) {
    let pair = app.pair().await;
    let own = app.as_(pair.mentee);
    let (path, person) = (format!("/v1/me/blocks/{}", pair.mentor), format!("/v1/people/{}", pair.mentee));
    let colleague = app.as_(pair.mentor);
    let before = colleague.get(&person).await.ok();
    own.get(&path).await.problem(404, "not_found");
    let made = own.put(&path, json!({})).await.created().has("/person/id", pair.mentor.to_string());
    assert_eq!(made.header("location"), path);
    app.clock.advance(TimeDelta::hours(1));
    let again = own.put(&path, json!({})).await.ok();
    assert_eq!(made.bytes, again.bytes);
    assert_eq!(own.get(&path).await.ok().bytes, made.bytes);
    own.get("/v1/me/blocks")
        .await
        .ok()
        .has("/items/0/person/id", pair.mentor.to_string())
        .has("/next_cursor", json!(null));
    for other in [
        app.as_(pair.mentor),
        app.as_(pair.manager),
        app.as_with(pair.coordinator, &["coordinator"]),
        app.as_with(pair.manager, &["admin"]),
    ] {
        assert!(other.get("/v1/me/blocks").await.ok().items().is_empty());
    }
    assert_eq!(before.bytes, colleague.get(&person).await.ok().bytes);
    // A pair made by hand does not tell either.
    let third = app.person().await;
    app.as_(third).put(&format!("/v1/me/blocks/{}", pair.manager), json!({})).await.created();
    app.as_(pair.manager).post("/v1/pairs", json!({"mentor_id": third, "mentee_id": pair.manager})).await.created();
    own.put(&format!("/v1/me/blocks/{}", pair.mentee), json!({})).await.problem(422, "invalid_value");
    own.put(&format!("/v1/me/blocks/{}", PersonId::new(&app.clock)), json!({})).await.problem(404, "not_found");
    let account = app.service_account(&Scope::ALL).await;
    app.as_service(account, &Scope::ALL).put(&path, json!({})).await.problem(403, "not_allowed");
    assert!(app.as_service(account, &Scope::ALL).get("/v1/me/blocks").await.ok().items().is_empty());
    own.delete(&path).await.is(204);
    own.delete(&path).await.problem(404, "not_found");
    assert!(own.get("/v1/me/blocks").await.ok().items().is_empty());
}
