//! Suggestions: who is suggested to whom and why, who learns of it, what comes of it.

use chrono::TimeDelta;
use mentorship::ids::{CareerLadderId, LadderRoleId, PersonId, SkillId, TeamId};
use mentorship::policy::Scope;
use reqwest::Method;
use serde_json::{Value, json};
use sqlx::types::Json;

use crate::harness::{Person, TestApp};

/// A career ladder with a role at each level from 1, and three skills, of which the first two are related.
struct World {
    roles: Vec<LadderRoleId>,
    rust: SkillId,
    sql: SkillId,
    talking: SkillId,
}

impl World {
    async fn new(app: &TestApp) -> Self {
        let (ladder, now) = (CareerLadderId::new(&app.clock), app.clock.now());
        let mut tx = app.db.write().await.unwrap();
        tx.query(
            "insert into career_ladders (id, name, name_folded, track, created_at, updated_at, revision)
             values ($1, 'Engineering', 'engineering', 'individual', $2, $2, 1)",
        )
        .bind(ladder)
        .bind(now)
        .run()
        .await
        .unwrap();
        let mut roles = Vec::new();
        for level in 1..=7_i64 {
            let role = LadderRoleId::new(&app.clock);
            tx.query("insert into ladder_roles (id, ladder_id, name, name_folded, level) values ($1, $2, $3, $3, $4)")
                .bind(role)
                .bind(ladder)
                .bind(format!("engineer {level}"))
                .bind(level)
                .run()
                .await
                .unwrap();
            roles.push(role);
        }
        let mut skills = Vec::new();
        for name in ["Rust", "SQL", "Negotiation"] {
            let skill = SkillId::new(&app.clock);
            tx.query(
                "insert into skills (id, name, name_folded, created_at, updated_at, revision) values ($1, $2, $3, $4, $4, 1)",
            )
            .bind(skill)
            .bind(name)
            .bind(name.to_lowercase())
            .bind(now)
            .run()
            .await
            .unwrap();
            skills.push(skill);
        }
        for (one, other) in [(0, 1), (1, 0)] {
            tx.query("insert into skill_relations (skill_id, related_id) values ($1, $2)")
                .bind(skills[one])
                .bind(skills[other])
                .run()
                .await
                .unwrap();
        }
        tx.commit().await.unwrap();
        Self { roles, rust: skills[0], sql: skills[1], talking: skills[2] }
    }

    /// Somebody at this level, by default with three places and nobody above.
    async fn at(&self, app: &TestApp, level: usize, person: Person) -> PersonId {
        let id = app.person_with(person).await;
        let mut tx = app.db.write().await.unwrap();
        tx.query("update people set ladder_role_id = $2 where id = $1")
            .bind(id)
            .bind(self.roles[level - 1])
            .run()
            .await
            .unwrap();
        tx.commit().await.unwrap();
        id
    }

    /// A mentee at level 2 who wants to learn Rust and negotiation.
    async fn mentee(&self, app: &TestApp) -> PersonId {
        let id = self.at(app, 2, Person::default()).await;
        let mut tx = app.db.write().await.unwrap();
        for (skill, priority) in [(self.rust, 3_i64), (self.talking, 1)] {
            tx.query(
                "insert into person_needs (person_id, skill_id, priority, current_level, target_level) values ($1, $2, $3, 1, 3)",
            )
            .bind(id)
            .bind(skill)
            .bind(priority)
            .run()
            .await
            .unwrap();
        }
        tx.commit().await.unwrap();
        id
    }

    /// A mentor at level 4 who masters Rust.
    async fn mentor(&self, app: &TestApp) -> PersonId {
        let id = self.at(app, 4, Person::default()).await;
        self.teach(app, id, self.rust).await;
        id
    }

    async fn teach(&self, app: &TestApp, person: PersonId, skill: SkillId) {
        let mut tx = app.db.write().await.unwrap();
        tx.query("insert into person_skills (person_id, skill_id, level) values ($1, $2, 5)")
            .bind(person)
            .bind(skill)
            .run()
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }
}

/// Changes one person, behind the service's back.
async fn alter(app: &TestApp, person: PersonId, sql: &'static str) {
    let mut tx = app.db.write().await.unwrap();
    tx.query(sql).bind(person).run().await.unwrap();
    tx.commit().await.unwrap();
}

/// The same with a second person.
async fn relate(app: &TestApp, person: PersonId, other: PersonId, sql: &'static str) {
    let mut tx = app.db.write().await.unwrap();
    tx.query(sql).bind(person).bind(other).run().await.unwrap();
    tx.commit().await.unwrap();
}

/// Whom the mentee is told of, and the whole answer.
async fn ask(app: &TestApp, mentee: PersonId) -> (Vec<String>, Value) {
    let answer = app.as_(mentee).post("/v1/suggestions", json!({"limit": 10})).await.created();
    let suggestions = answer.body["suggestions"].as_array().unwrap();
    let mentors = suggestions.iter().map(|one| one["mentor"]["id"].as_str().unwrap().to_owned()).collect();
    (mentors, answer.body)
}

/// Whether the mentee is told of the mentor.
async fn finds(app: &TestApp, mentee: PersonId, mentor: PersonId) -> bool {
    ask(app, mentee).await.0.contains(&mentor.to_string())
}

/// The address of the mentee's only suggestion.
async fn only(app: &TestApp, mentee: PersonId) -> String {
    let (mentors, answer) = ask(app, mentee).await;
    assert_eq!(mentors.len(), 1, "{answer}");
    format!("/v1/suggestions/{}", answer["suggestions"][0]["id"].as_str().unwrap())
}

on_both_engines! {
    /// The score is the sum of its reasons, and each reason says what it stands on.
    async fn the_reasons_add_up_to_the_score(app: TestApp) {
        let world = World::new(app).await;
        let (mentee, good, fair) = (world.mentee(app).await, world.mentor(app).await, world.at(app, 3, Person::default()).await);
        world.teach(app, fair, world.sql).await;
        alter(app, mentee, "update people set hired_on = '2024-01-15' where id = $1").await;
        alter(app, good, "update people set hired_on = '2018-01-15' where id = $1").await;
        let made = app.as_(mentee).post("/v1/suggestions", json!({})).await.created();
        let made = made.has("/mentee/id", mentee.to_string()).has("/program", json!(null)).has("/withheld", json!([]));
        let suggestions = made.body["suggestions"].as_array().unwrap();
        assert_eq!(suggestions.len(), 2, "{}", made.body);
        for suggestion in suggestions {
            let reasons = suggestion["reasons"].as_array().unwrap();
            let sum = |what: &str| reasons.iter().map(|reason| reason[what].as_i64().unwrap()).sum::<i64>();
            assert_eq!((sum("contribution"), sum("weight")), (suggestion["score"].as_i64().unwrap(), 10_000));
            assert!(reasons.iter().all(|reason| reason["sentence"].as_str().unwrap().ends_with('.')));
            assert_eq!(reasons.last().unwrap()["factor"], "personal_fit");
            assert_eq!(reasons.last().unwrap()["evidence"], json!({}));
            assert_eq!(suggestion["mentor_capacity"], json!({"active": 0, "capacity": 3, "free": 3}));
            assert_eq!((suggestion["status"].as_str(), suggestion["model_version"].as_str()), (Some("open"), Some("prior-1")));
        }
        let first = &suggestions[0];
        assert_eq!(first["mentor"]["id"], good.to_string());
        assert_eq!(first["growth_areas"][0]["name"], "Rust");
        assert_eq!((first["growth_areas"][0]["covered"].as_i64(), first["growth_areas"][1]["covered"].as_i64()), (Some(10_000), Some(0)));
        let reason = |factor: &str| first["reasons"].as_array().unwrap().iter().find(|one| one["factor"] == factor).unwrap().clone();
        assert_eq!(reason("skill_coverage")["sentence"], "Covers 1 of your 2 growth areas: Rust.");
        assert_eq!(reason("level_gap")["evidence"], json!({"levels_above": 2}));
        assert_eq!(reason("experience_gap")["evidence"], json!({"years_longer": 6}));
        assert_eq!(first["strengths"].as_array().unwrap().len(), 3);
        assert_eq!(suggestions[1]["growth_areas"][0]["covered"], 5_000, "a related skill counts half");
        let read = app.as_(mentee).get(made.header("location")).await.ok();
        assert_eq!(read.body, made.body);
    }

    /// Whoever cannot be a mentor to this mentee is left out, and counted under the reason.
    async fn who_may_not_is_left_out_and_counted(app: TestApp) {
        let world = World::new(app).await;
        let top = world.at(app, 6, Person::default()).await;
        let middle = world.at(app, 4, Person { manager: Some(top), ..Person::default() }).await;
        let mentee = world.mentee(app).await;
        relate(app, mentee, middle, "update people set manager_id = $2 where id = $1").await;
        let fine = world.mentor(app).await;
        let full = world.at(app, 4, Person { capacity: 1, ..Person::default() }).await;
        alter(app, full, "update people set mentor_load = 1 where id = $1").await;
        let paused = world.mentor(app).await;
        alter(app, paused, "update people set is_paused = true where id = $1").await;
        let willing_not = world.mentor(app).await;
        alter(app, willing_not, "update people set offers_mentoring = false where id = $1").await;
        world.at(app, 4, Person { status: "on_leave", ..Person::default() }).await;
        world.at(app, 4, Person { status: "departed", ..Person::default() }).await;
        world.at(app, 7, Person::default()).await;
        app.person().await;
        let foreign = world.mentor(app).await;
        let mut tx = app.db.write().await.unwrap();
        tx.query("update people set languages = $2 where id = $1").bind(foreign).bind(Json(["fr"])).run().await.unwrap();
        let (lead, team) = (world.mentor(app), TeamId::new(&app.clock));
        tx.commit().await.unwrap();
        let lead = lead.await;
        let mut tx = app.db.write().await.unwrap();
        tx.query("insert into teams (id, name, name_folded, lead_id, created_at, updated_at, revision) values ($1, 'a', 'a', $2, $3, $3, 1)")
            .bind(team).bind(lead).bind(app.clock.now()).run().await.unwrap();
        tx.query("update people set team_id = $2 where id = $1").bind(mentee).bind(team).run().await.unwrap();
        tx.commit().await.unwrap();
        let taken = world.mentor(app).await;
        app.as_(mentee).post("/v1/pairs", json!({"mentor_id": taken, "mentee_id": mentee})).await.created();

        let (mentors, answer) = ask(app, mentee).await;
        assert_eq!(mentors, [fine.to_string()]);
        assert_eq!(answer["excluded"], json!({
            "not_active": 1, "not_opted_in": 1, "at_capacity": 1, "level_outside_window": 2, "level_unknown": 1,
            "reporting_line": 3, "no_shared_language": 1, "live_pair": 1,
        }), "{top} {middle} {lead}");
    }

    /// A block keeps two people apart whoever made it, and nobody can count it.
    async fn a_block_leaves_no_trace(app: TestApp) {
        let world = World::new(app).await;
        let (mentee, mentor, other) = (world.mentee(app).await, world.mentor(app).await, world.mentor(app).await);
        let (before, counted) = ask(app, mentee).await;
        assert_eq!(before.len(), 2);
        const BLOCK: &str = "insert into person_blocks (person_id, blocked_id, created_at) values ($1, $2, '2026-01-01T00:00:00Z')";
        relate(app, mentor, mentee, BLOCK).await;
        let (after, recounted) = ask(app, mentee).await;
        assert_eq!(after, [other.to_string()]);
        assert_eq!(counted["excluded"], recounted["excluded"]);
        relate(app, mentee, other, BLOCK).await;
        let (after, recounted) = ask(app, mentee).await;
        assert!(after.is_empty());
        assert_eq!(counted["excluded"], recounted["excluded"]);
    }

    /// A pair of the two that did not fit counts for two years, and how it ended is told to nobody.
    async fn what_went_wrong_is_not_repeated_for_two_years(app: TestApp) {
        let world = World::new(app).await;
        let (mentee, mentor) = (world.mentee(app).await, world.mentor(app).await);
        let (_, counted) = ask(app, mentee).await;
        let pair = app.as_(mentee).post("/v1/pairs", json!({"mentor_id": mentor, "mentee_id": mentee})).await.created().id();
        app.as_(mentor).post(&format!("/v1/pairs/{pair}/accept"), json!({})).await.ok();
        app.as_(mentor).post(&format!("/v1/pairs/{pair}/end"), json!({"reason": "poor_chemistry"})).await.ok();
        let (mentors, recounted) = ask(app, mentee).await;
        assert!(mentors.is_empty());
        assert_eq!(counted["excluded"], recounted["excluded"]);
        app.clock.advance(TimeDelta::days(732));
        assert!(finds(app, mentee, mentor).await);
    }

    /// What changes about a mentor is known at the next request, also in another process.
    async fn changes_are_seen_at_the_next_request(app: TestApp) {
        let world = World::new(app).await;
        let (mentee, mentor) = (world.mentee(app).await, world.mentor(app).await);
        let second = app.beside().await;
        let both = async |expected: bool, what: &str| {
            assert_eq!(finds(app, mentee, mentor).await, expected, "{what}");
            assert_eq!(finds(&second, mentee, mentor).await, expected, "{what}, in the second instance");
        };
        both(true, "as it was").await;
        for (change, undo, what) in [
            ("update people set mentor_load = 3 where id = $1", "update people set mentor_load = 0 where id = $1", "load"),
            ("update people set mentor_capacity = 1, mentor_load = 1 where id = $1", "update people set mentor_capacity = 3, mentor_load = 0 where id = $1", "capacity"),
            ("update people set offers_mentoring = false where id = $1", "update people set offers_mentoring = true where id = $1", "willingness"),
            ("update people set is_paused = true where id = $1", "update people set is_paused = false where id = $1", "pause"),
            ("update people set status = 'departed' where id = $1", "update people set status = 'active' where id = $1", "status"),
            ("update people set ladder_role_id = (select id from ladder_roles where level = 7) where id = $1", "update people set ladder_role_id = (select id from ladder_roles where level = 4) where id = $1", "level"),
            ("update people set ladder_role_id = null where id = $1", "update people set ladder_role_id = (select id from ladder_roles where level = 4) where id = $1", "no level"),
            ("update ladder_roles set level = 9 where id = (select ladder_role_id from people where id = $1)", "update ladder_roles set level = 4 where id = (select ladder_role_id from people where id = $1)", "the level of a role"),
        ] {
            alter(app, mentor, change).await;
            both(false, what).await;
            alter(app, mentor, undo).await;
            both(true, what).await;
        }
        let score = async |app: &TestApp| ask(app, mentee).await.1["suggestions"][0]["score"].as_i64().unwrap();
        let before = (score(app).await, score(&second).await);
        world.teach(app, mentor, world.talking).await;
        assert!(score(app).await > before.0 && score(&second).await > before.1, "a new skill");
        alter(app, mentor, "delete from person_skills where person_id = $1").await;
        assert!(score(app).await < before.0 && score(&second).await < before.1, "no skill");
        let newest = world.mentor(app).await;
        assert!(finds(&second, mentee, newest).await && finds(app, mentee, newest).await, "a new mentor");
        second.leave().await;
    }

    /// Above and below is as of now, whoever moves.
    async fn the_reporting_line_is_followed(app: TestApp) {
        let world = World::new(app).await;
        let (mentee, mentor) = (world.mentee(app).await, world.mentor(app).await);
        let middle = world.at(app, 3, Person::default()).await;
        const MOVE: &str = "update people set manager_id = $2 where id = $1";
        assert!(finds(app, mentee, mentor).await);
        relate(app, mentee, middle, MOVE).await;
        assert!(finds(app, mentee, mentor).await, "a new manager");
        relate(app, middle, mentor, MOVE).await;
        assert!(!finds(app, mentee, mentor).await, "the manager's new manager");
        alter(app, middle, "update people set manager_id = null where id = $1").await;
        assert!(finds(app, mentee, mentor).await, "the manager moved away");
        relate(app, mentor, mentee, MOVE).await;
        assert!(!finds(app, mentee, mentor).await, "the mentor reports to the mentee");
    }

    /// Private answers count for those who agreed, as one number without a word.
    async fn personal_fit_needs_the_consent_of_both(app: TestApp) {
        let world = World::new(app).await;
        let (mentee, mentor) = (world.mentee(app).await, world.mentor(app).await);
        let (_, silent) = ask(app, mentee).await;
        let mut tx = app.db.write().await.unwrap();
        for person in [mentee, mentor] {
            tx.query("update people set style_answers = $2 where id = $1").bind(person).bind(Json([2, 3, 4, 5])).run().await.unwrap();
        }
        tx.commit().await.unwrap();
        const AGREE: &str = "update people set consents_to_personal_fit = true where id = $1";
        let told = |answer: &Value| {
            let one = &answer["suggestions"][0];
            json!([one["reasons"], one["score"], one["strengths"], one["cautions"]])
        };
        alter(app, mentor, AGREE).await;
        assert_eq!(told(&silent), told(&ask(app, mentee).await.1), "one has not agreed");
        alter(app, mentee, AGREE).await;
        let (_, open) = ask(app, mentee).await;
        let fit = open["suggestions"][0]["reasons"].as_array().unwrap().last().unwrap().clone();
        assert_eq!((&fit["factor"], &fit["value"], &fit["evidence"]), (&json!("personal_fit"), &json!(10_000), &json!({})));
        assert_eq!(fit["sentence"], silent["suggestions"][0]["reasons"].as_array().unwrap().last().unwrap()["sentence"]);
    }

    /// A mentee makes a pair of a suggestion, and the mentor answers it.
    async fn a_suggestion_becomes_a_pair(app: TestApp) {
        let world = World::new(app).await;
        let (mentee, mentor) = (world.mentee(app).await, world.mentor(app).await);
        let path = only(app, mentee).await;
        let create = format!("{path}/create-pair");
        let client = app.as_(mentee);
        let post = || client.request(Method::POST, &create).header("idempotency-key", "k1").json(&json!({"goals_focus": "Speak up", "cadence": "weekly"}));
        let first = client.send(post()).await.created().has("/status", "accepted");
        let again = client.send(post()).await.created();
        assert_eq!(first.bytes, again.bytes);
        let pair = first.header("location").to_owned();
        assert_eq!(pair, format!("/v1/pairs/{}", first.body["pair_id"].as_str().unwrap()));
        let pair = client.get(&pair).await.ok().has("/status", "proposed").has("/mentor/id", mentor.to_string());
        pair.has("/mentee/id", mentee.to_string()).has("/model", "one_on_one").has("/goals_focus", "Speak up").has("/cadence", "weekly");
        client.post(&create, json!({})).await.problem(409, "wrong_state");
        client.post(&format!("{path}/dismiss"), json!({"reason": "other"})).await.problem(409, "wrong_state");
        assert!(!finds(app, mentee, mentor).await);
    }

    /// A coordinator makes it within their program.
    async fn a_lead_makes_an_active_pair(app: TestApp) {
        let world = World::new(app).await;
        let (mentee, mentor, coordinator) = (world.mentee(app).await, world.mentor(app).await, app.person().await);
        let program = app.program(coordinator).await;
        let lead = app.as_with(coordinator, &["coordinator"]);
        let made = lead.post("/v1/suggestions", json!({"mentee_id": mentee, "program_id": program})).await.created();
        let made = made.has("/program/id", program.to_string()).has("/suggestions/0/mentor/id", mentor.to_string());
        let path = format!("/v1/suggestions/{}", made.body["suggestions"][0]["id"].as_str().unwrap());
        app.as_(mentee).get(&path).await.ok();
        let pair = lead.post(&format!("{path}/create-pair"), json!({"ends_on": "2026-12-31"})).await.created().header("location").to_owned();
        lead.get(&pair).await.ok().has("/status", "active").has("/program/id", program.to_string()).has("/ends_on", "2026-12-31");
        app.as_(mentee).get(&format!("/v1/people/{mentor}")).await.ok().has("/mentoring/active", 1);
    }

    /// The rules are checked again when the pair is made.
    async fn a_suggestion_that_no_longer_holds_becomes_no_pair(app: TestApp) {
        let world = World::new(app).await;
        let (mentee, mentor) = (world.mentee(app).await, world.mentor(app).await);
        let path = only(app, mentee).await;
        let create = format!("{path}/create-pair");
        let client = app.as_(mentee);
        alter(app, mentor, "update people set mentor_load = 3 where id = $1").await;
        client.post(&create, json!({})).await.problem(409, "mentor_at_capacity");
        client.post(&create, json!({"override_reason": "I want to"})).await.problem(403, "not_allowed");
        client.get(&path).await.ok().has("/status", "open");
        alter(app, mentor, "update people set mentor_load = 0, is_paused = true where id = $1").await;
        client.post(&create, json!({})).await.problem(409, "suggestion_stale");
        client.get(&path).await.ok().has("/status", "stale");
        alter(app, mentor, "update people set is_paused = false where id = $1").await;
        client.post(&create, json!({})).await.problem(409, "suggestion_stale");

        for (change, undo) in [
            ("update people set status = 'on_leave' where id = $1", "update people set status = 'active' where id = $1"),
            ("update people set offers_mentoring = false where id = $1", "update people set offers_mentoring = true where id = $1"),
        ] {
            let path = only(app, mentee).await;
            alter(app, mentor, change).await;
            client.post(&format!("{path}/create-pair"), json!({})).await.problem(409, "suggestion_stale");
            client.get(&path).await.ok().has("/status", "stale");
            alter(app, mentor, undo).await;
        }
        let path = only(app, mentee).await;
        relate(app, mentor, mentee, "insert into person_blocks (person_id, blocked_id, created_at) values ($1, $2, '2026-01-01T00:00:00Z')").await;
        let refused = client.post(&format!("{path}/create-pair"), json!({})).await.problem(409, "suggestion_stale");
        assert!(!refused.body.to_string().contains("block"));
    }

    /// A lead may set the mentor's capacity aside, with a reason.
    async fn a_lead_may_override_the_capacity(app: TestApp) {
        let world = World::new(app).await;
        let (mentee, mentor) = (world.mentee(app).await, world.mentor(app).await);
        let path = only(app, mentee).await;
        alter(app, mentor, "update people set mentor_load = 3 where id = $1").await;
        let admin = app.as_with(app.person().await, &["admin"]);
        admin.post(&format!("{path}/create-pair"), json!({"override_reason": "She asked for it"})).await.created();
    }

    /// Dismissed is dismissed for a year; what is left open goes stale when one asks again.
    async fn a_dismissed_mentor_is_not_suggested_again(app: TestApp) {
        let world = World::new(app).await;
        let (mentee, mentor, other) = (world.mentee(app).await, world.mentor(app).await, world.mentor(app).await);
        let (_, made) = ask(app, mentee).await;
        let of = |mentor: PersonId| {
            let all = made["suggestions"].as_array().unwrap();
            let one = all.iter().find(|one| one["mentor"]["id"] == mentor.to_string()).unwrap();
            format!("/v1/suggestions/{}", one["id"].as_str().unwrap())
        };
        let (path, left) = (of(mentor), of(other));
        let client = app.as_(mentee);
        client.post(&format!("{path}/dismiss"), json!({})).await.problem(400, "invalid_request").points_at("/reason");
        client.post(&format!("{path}/dismiss"), json!({"reason": "ugly"})).await.problem(400, "invalid_request").points_at("/reason");
        let dismissed = client.post(&format!("{path}/dismiss"), json!({"reason": "too_senior", "note": "Not yet"})).await.ok();
        dismissed.has("/status", "dismissed").has("/dismissal", json!({"reason": "too_senior", "note": "Not yet"}));
        client.post(&format!("{path}/dismiss"), json!({"reason": "other"})).await.problem(409, "wrong_state");
        client.get(&left).await.ok().has("/status", "open");
        assert_eq!(ask(app, mentee).await.0, [other.to_string()]);
        client.get(&left).await.ok().has("/status", "stale");
        client.get(&path).await.ok().has("/status", "dismissed");
        app.clock.advance(TimeDelta::days(366));
        assert_eq!(ask(app, mentee).await.0.len(), 2);
    }

    /// A suggestion is the mentee's and the leads', and does not exist for anybody else.
    async fn nobody_else_learns_of_a_suggestion(app: TestApp) {
        let world = World::new(app).await;
        let (mentee, mentor, manager, coordinator, elsewhere) =
            (world.mentee(app).await, world.mentor(app).await, app.person().await, app.person().await, app.person().await);
        relate(app, mentee, manager, "update people set manager_id = $2 where id = $1").await;
        let (program, another) = (app.program(coordinator).await, app.program(elsewhere).await);
        let own = json!({"mentee_id": mentee, "program_id": program});
        let made = app.as_(mentee).post("/v1/suggestions", own.clone()).await.created();
        let (request, id) = (made.header("location").to_owned(), made.body["suggestions"][0]["id"].as_str().unwrap().to_owned());
        let path = format!("/v1/suggestions/{id}");
        let account = app.service_account(&Scope::ALL).await;
        let strangers = [
            app.as_(mentor),
            app.as_(manager),
            app.as_(app.person().await),
            app.as_(coordinator),
            app.as_with(elsewhere, &["coordinator"]),
            app.as_service(account, &Scope::ALL),
        ];
        for stranger in strangers {
            stranger.get(&path).await.problem(404, "not_found");
            stranger.get(&request).await.problem(404, "not_found");
            stranger.post(&format!("{path}/dismiss"), json!({"reason": "other"})).await.problem(404, "not_found");
            stranger.post(&format!("{path}/create-pair"), json!({})).await.problem(404, "not_found");
            stranger.post("/v1/suggestions", own.clone()).await.problem(403, "not_allowed");
            stranger.post("/v1/suggestions", json!({"mentee_id": mentee})).await.problem(403, "not_allowed");
        }
        for filter in ["", "?status=open", &format!("?mentee_id={mentee}"), &format!("?program_id={program}")] {
            let list = format!("/v1/suggestions{filter}");
            for stranger in [app.as_(mentor), app.as_(manager), app.as_(coordinator), app.as_with(elsewhere, &["coordinator"])] {
                assert!(stranger.get(&list).await.ok().items().is_empty(), "{list}");
            }
            app.as_service(account, &Scope::ALL).get(&list).await.problem(403, "not_allowed");
            for reader in [app.as_(mentee), app.as_with(coordinator, &["coordinator"]), app.as_with(elsewhere, &["admin"])] {
                assert_eq!(reader.get(&list).await.ok().items().len(), 1, "{list}");
                reader.get(&path).await.ok();
                reader.get(&request).await.ok();
            }
        }
        let coordinates_another = app.as_with(elsewhere, &["coordinator"]);
        coordinates_another.post("/v1/suggestions", json!({"mentee_id": mentee, "program_id": another})).await.created();
        assert_eq!(coordinates_another.get("/v1/suggestions").await.ok().items().len(), 1);
        app.nobody().get(&path).await.problem(401, "unauthenticated");
    }

    /// What cannot be is refused where it stands.
    async fn bad_requests_are_pointed_at(app: TestApp) {
        let world = World::new(app).await;
        let (mentee, admin) = (world.mentee(app).await, app.as_with(app.person().await, &["admin"]));
        let me = app.as_(mentee);
        for limit in [json!(0), json!(11), json!("5"), json!(2.5)] {
            let answer = me.post("/v1/suggestions", json!({"limit": limit})).await.points_at("/limit");
            assert!([400, 422].contains(&answer.status), "{}", answer.body);
        }
        me.post("/v1/suggestions", json!({"model": "speed_dating"})).await.problem(400, "invalid_request").points_at("/model");
        me.post("/v1/suggestions", json!({"colour": "red"})).await.problem(400, "invalid_request").points_at("/colour");
        let nobody = SkillId::new(&app.clock);
        admin.post("/v1/suggestions", json!({"mentee_id": nobody})).await.problem(422, "invalid_value").points_at("/mentee_id");
        admin.post("/v1/suggestions", json!({"mentee_id": mentee, "program_id": nobody})).await.problem(422, "invalid_value").points_at("/program_id");
        admin.post("/v1/suggestions", json!({})).await.problem(409, "wrong_state");
        alter(app, mentee, "update people set wants_mentoring = false where id = $1").await;
        me.post("/v1/suggestions", json!({})).await.problem(409, "wrong_state");
        alter(app, mentee, "update people set wants_mentoring = true, status = 'on_leave' where id = $1").await;
        admin.post("/v1/suggestions", json!({"mentee_id": mentee})).await.problem(409, "person_not_active").points_at("/mentee_id");
        admin.get(&format!("/v1/suggestions/{nobody}")).await.problem(404, "not_found");
        admin.get("/v1/suggestions?status=red").await.problem(400, "invalid_request").points_at("?status");
        admin.get("/v1/suggestions?cursor=nonsense").await.problem(422, "invalid_cursor");
    }

    /// A key makes asking happen once; pages follow each other; an answer given on an old view is refused.
    async fn the_habits_of_http_hold(app: TestApp) {
        let world = World::new(app).await;
        let mentee = world.mentee(app).await;
        for _ in 0..4 {
            world.mentor(app).await;
        }
        let me = app.as_(mentee);
        let post = |limit: i64| me.request(Method::POST, "/v1/suggestions").header("idempotency-key", "k").json(&json!({"limit": limit}));
        let first = me.send(post(3)).await.created();
        let again = me.send(post(3)).await.created();
        assert_eq!((first.bytes.clone(), first.header("location")), (again.bytes.clone(), again.header("location")));
        me.send(post(4)).await.problem(422, "idempotency_key_reused");
        let (mut next, mut seen) = ("/v1/suggestions?limit=2".to_owned(), Vec::new());
        loop {
            let page = me.get(&next).await.ok();
            seen.extend(page.items().clone());
            let Some(cursor) = page.body["next_cursor"].as_str() else { break };
            next = format!("/v1/suggestions?limit=2&cursor={cursor}");
        }
        assert_eq!(Value::from(seen), first.body["suggestions"]);
        let path = format!("/v1/suggestions/{}", first.body["suggestions"][0]["id"].as_str().unwrap());
        let old = me.get(&path).await.ok();
        ask(app, mentee).await;
        let late = me.request(Method::POST, &format!("{path}/dismiss")).header("if-match", old.header("etag")).json(&json!({"reason": "other"}));
        me.send(late).await.problem(412, "stale_record");
        assert_eq!(me.get("/v1/suggestions?status=stale").await.ok().items().len(), 3);
    }

    /// The model decides who is senior.
    async fn a_model_has_its_own_window(app: TestApp) {
        let world = World::new(app).await;
        let (senior, junior) = (world.at(app, 5, Person::default()).await, world.at(app, 2, Person::default()).await);
        let me = app.as_(senior);
        let normal = me.post("/v1/suggestions", json!({})).await.created();
        assert_eq!(normal.body["suggestions"], json!([]));
        let reverse = me.post("/v1/suggestions", json!({"model": "reverse"})).await.created();
        reverse.has("/suggestions/0/mentor/id", junior.to_string()).has("/model", "reverse");
    }
}
