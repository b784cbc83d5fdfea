//! People: the roster and who may change it, profiles and who reads them, the reporting line.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use mentorship::ids::{DepartmentId, LadderRoleId, PersonId, SkillId, TeamId};
use mentorship::policy::Scope;
use serde_json::{Value, json};

use crate::harness::{Person, TestApp};

/// A team in a department of its own.
async fn a_team(app: &TestApp) -> (TeamId, DepartmentId) {
    let (team, department, now) = (TeamId::new(&app.clock), DepartmentId::new(&app.clock), app.clock.now());
    let mut tx = app.db.write().await.expect("a unit of work");
    tx.query("insert into departments (id, name, name_folded, created_at, updated_at, revision) values ($1, $2, $2, $3, $3, 1)")
        .bind(department)
        .bind(format!("department {department}"))
        .bind(now)
        .run()
        .await
        .expect("a department");
    tx.query("insert into teams (id, name, name_folded, department_id, created_at, updated_at, revision) values ($1, $2, $2, $3, $4, $4, 1)")
        .bind(team)
        .bind(format!("team {team}"))
        .bind(department)
        .bind(now)
        .run()
        .await
        .expect("a team");
    tx.commit().await.expect("it commits");
    (team, department)
}

async fn a_skill(app: &TestApp) -> SkillId {
    let (id, now) = (SkillId::new(&app.clock), app.clock.now());
    let mut tx = app.db.write().await.expect("a unit of work");
    tx.query(
        "insert into skills (id, name, name_folded, created_at, updated_at, revision) values ($1, $2, $2, $3, $3, 1)",
    )
    .bind(id)
    .bind(format!("skill {id}"))
    .bind(now)
    .run()
    .await
    .expect("a skill");
    tx.commit().await.expect("it commits");
    id
}

async fn a_ladder_role(app: &TestApp, level: i64) -> LadderRoleId {
    let (ladder, id, now) = (LadderRoleId::new(&app.clock), LadderRoleId::new(&app.clock), app.clock.now());
    let mut tx = app.db.write().await.expect("a unit of work");
    tx.query("insert into career_ladders (id, name, name_folded, track, created_at, updated_at, revision) values ($1, $2, $2, 'individual', $3, $3, 1)")
        .bind(ladder)
        .bind(format!("ladder {ladder}"))
        .bind(now)
        .run()
        .await
        .expect("a ladder");
    tx.query("insert into ladder_roles (id, ladder_id, name, name_folded, level) values ($1, $2, 'Engineer', 'engineer', $3)")
        .bind(id)
        .bind(ladder)
        .bind(level)
        .run()
        .await
        .expect("a role");
    tx.commit().await.expect("it commits");
    id
}

/// How often this happened.
async fn events(app: &TestApp, kind: &str, person: &str) -> i64 {
    let id: PersonId = person.parse::<uuid::Uuid>().expect("an id").into();
    let mut tx = app.db.look().await.expect("a look");
    let counted = tx.query("select count(*) from events where kind = $1 and record_id = $2").bind(kind).bind(id);
    counted.one::<(i64,)>().await.expect("a count").0
}

fn names(items: &[Value]) -> Vec<&str> {
    items.iter().map(|item| item["name"].as_str().expect("a name")).collect()
}

fn ids(items: &[Value]) -> Vec<&str> {
    items.iter().map(|item| item["id"].as_str().expect("an id")).collect()
}

on_both_engines! {
    /// Everybody can ask who they are, and learns nothing of anybody else.
    async fn everybody_learns_who_they_are(app: TestApp) {
        let pair = app.pair().await;
        let me = app.as_(pair.mentee).get("/v1/me").await.ok();
        let me = me.has("/person/id", pair.mentee.to_string()).has("/service_account", json!(null)).has("/roles", json!([]));
        assert!(me.has("/scopes", json!([])).has("/programs", json!([])).has("/withheld", json!([])).header("etag").starts_with('"'));
        let lead = app.as_with(pair.coordinator, &["coordinator"]).get("/v1/me").await.ok();
        lead.has("/roles", json!(["coordinator"])).has("/programs/0/id", pair.program.to_string());
        app.as_(pair.coordinator).get("/v1/me").await.ok().has("/roles", json!([])).has("/programs", json!([]));
        app.as_with(pair.mentor, &["admin"]).get("/v1/me").await.ok().has("/roles", json!(["admin"]));
        let account = app.service_account(&[Scope::PeopleRead, Scope::PairsRead]).await;
        let service = app.as_service(account, &[Scope::PeopleRead, Scope::PeopleWrite]).get("/v1/me").await.ok();
        service.has("/service_account/id", account.to_string()).has("/scopes", json!(["people:read"])).has("/person", json!(null));
        app.nobody().get("/v1/me").await.problem(401, "unauthenticated");
    }

    /// The roster is changed by admins and by services that may, and by nobody else.
    async fn only_hr_changes_the_roster(app: TestApp) {
        let pair = app.pair().await;
        let body = json!({"name": "Ada Lovelace", "email": "Ada@Example.com", "external_id": "E-1", "title": "Analyst"});
        let path = format!("/v1/people/{}", pair.mentee);
        let refused = [app.as_(pair.mentee), app.as_(pair.manager), app.as_(pair.mentor), app.as_with(pair.coordinator, &["coordinator"])];
        for other in refused {
            other.post("/v1/people", body.clone()).await.problem(403, "not_allowed");
            other.patch(&path, json!({"title": "Queen"})).await.problem(403, "not_allowed");
            other.put("/v1/people/by-external-id/E-1", body.clone()).await.problem(403, "not_allowed");
        }
        app.nobody().post("/v1/people", body.clone()).await.problem(401, "unauthenticated");
        let all = [Scope::PeopleRead, Scope::PeopleWrite];
        let account = app.service_account(&all).await;
        for scopes in [&[Scope::PeopleRead][..], &[Scope::PeopleWrite], &[]] {
            app.as_service(account, scopes).post("/v1/people", body.clone()).await.problem(403, "not_allowed");
        }
        app.as_service(account, &[Scope::PeopleRead]).patch(&path, json!({"title": "x"})).await.problem(403, "not_allowed");
        app.as_service(account, &[Scope::PeopleWrite]).patch(&path, json!({"title": "x"})).await.problem(404, "not_found");
        let hr = app.as_service(account, &all);
        let made = hr.post("/v1/people", body).await.created();
        let id = made.id();
        assert_eq!(made.header("location"), format!("/v1/people/{id}"));
        let made = made.has("/email", "ada@example.com").has("/status", "active").has("/time_zone", "UTC").lacks("/hired_on");
        made.has("/mentoring/capacity", 3).has("/mentoring/offers_mentoring", false);
        assert_eq!(events(app, "person.created", &id).await, 1);
        hr.patch(&path, json!({"title": "Engineer"})).await.ok().has("/title", "Engineer");
        let admin = app.as_with(pair.mentor, &["admin"]);
        admin.patch(&path, json!({"title": null})).await.ok().has("/title", json!(null));
        admin.patch(&format!("/v1/people/{}", PersonId::new(&app.clock)), json!({})).await.problem(404, "not_found");
    }

    /// What HR sends is checked, and each refusal says where.
    async fn a_wrong_roster_entry_is_refused_with_its_place(app: TestApp) {
        let person = app.person().await;
        let admin = app.as_with(person, &["admin"]);
        let with = |extra: Value| {
            let mut body = json!({"name": "Bo", "email": "bo@example.com"});
            body.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
            body
        };
        let post = async |extra| admin.post("/v1/people", with(extra)).await;
        admin.post("/v1/people", json!({"email": "bo@example.com"})).await.problem(400, "invalid_request").points_at("/name");
        post(json!({"email": "bo"})).await.problem(400, "invalid_request").points_at("/email");
        post(json!({"bio": "x"})).await.problem(400, "invalid_request").points_at("/bio");
        post(json!({"mentor_load": 3})).await.problem(400, "invalid_request").points_at("/mentor_load");
        post(json!({"time_zone": "Mars/Olympus"})).await.problem(400, "invalid_request").points_at("/time_zone");
        post(json!({"team_id": TeamId::new(&app.clock)})).await.problem(422, "invalid_value").points_at("/team_id");
        post(json!({"manager_id": PersonId::new(&app.clock)})).await.problem(422, "invalid_value").points_at("/manager_id");
        post(json!({"ladder_role_id": LadderRoleId::new(&app.clock)})).await.problem(422, "invalid_value").points_at("/ladder_role_id");
        post(json!({"manager_external_id": "E-0"})).await.problem(422, "invalid_value").points_at("/manager_external_id");
        post(json!({"manager_id": person, "manager_external_id": "E-0"})).await.problem(422, "invalid_value").points_at("/manager_external_id");
        post(json!({"hired_on": "1066-10-14"})).await.problem(422, "invalid_value").points_at("/hired_on");
        post(json!({"languages": ["en", "de", "en"]})).await.problem(422, "invalid_value").points_at("/languages/2");
        let gone = app.person_with(Person { status: "departed", ..Person::default() }).await;
        post(json!({"manager_id": gone})).await.problem(409, "person_not_active").points_at("/manager_id");
        post(json!({"external_id": "E-1"})).await.created();
        post(json!({"external_id": "E-2"})).await.problem(409, "already_exists").points_at("/email");
        post(json!({"external_id": "E-1", "email": "other@example.com"})).await.problem(409, "already_exists").points_at("/external_id");
        let path = format!("/v1/people/{person}");
        admin.patch(&path, json!({"email": "bo@example.com"})).await.problem(409, "already_exists").points_at("/email");
        admin.patch(&path, json!({"name": null})).await.problem(400, "invalid_request").points_at("/name");
        admin.patch(&path, json!({"team_id": TeamId::new(&app.clock)})).await.problem(422, "invalid_value").points_at("/team_id");
        let seen = admin.get(&path).await.ok();
        admin.patch_seen(&path, &seen, json!({"title": "Boss"})).await.ok();
        admin.patch_seen(&path, &seen, json!({"title": "Clerk"})).await.problem(412, "stale_record");
    }

    /// A POST sent twice with one key makes one person.
    async fn a_person_is_added_once(app: TestApp) {
        let admin = app.as_with(app.person().await, &["admin"]);
        let body = json!({"name": "Ada", "email": "ada@example.com"});
        let post = || admin.request(reqwest::Method::POST, "/v1/people").header("idempotency-key", "k").json(&body);
        let (first, again) = (admin.send(post()).await.created(), admin.send(post()).await.created());
        assert_eq!(first.bytes, again.bytes);
        admin.post("/v1/people", body.clone()).await.problem(409, "already_exists");
    }

    /// HR's nightly run: the same again changes nothing at all.
    async fn an_upsert_is_idempotent(app: TestApp) {
        let account = app.service_account(&[Scope::PeopleRead, Scope::PeopleWrite, Scope::OutcomesRead]).await;
        let hr = app.as_service(account, &[Scope::PeopleRead, Scope::PeopleWrite, Scope::OutcomesRead]);
        let put = async |id: &str, body: Value| hr.put(&format!("/v1/people/by-external-id/{id}"), body).await;
        let boss = put("E-1", json!({"name": "Boss", "email": "boss@example.com"})).await.created().id();
        let body = json!({"name": "Ada", "email": "ada@example.com", "manager_external_id": "E-1", "hired_on": "2024-03-01", "languages": ["en", "fr"]});
        let made = put("E-2", body.clone()).await.created().has("/external_id", "E-2").has("/manager/id", boss.clone()).has("/hired_on", "2024-03-01");
        let id = made.id();
        assert_eq!(made.header("location"), format!("/v1/people/{id}"));
        app.clock.advance(TimeDelta::hours(1));
        let again = put("E-2", body).await.ok();
        assert_eq!(made.bytes, again.bytes);
        assert_eq!(events(app, "person.changed", &id).await, 0);
        let history = format!("/v1/people/{id}/history");
        assert_eq!(hr.get(&history).await.ok().items().len(), 1);

        // A day that not everybody sees moves nothing that everybody sees.
        let colleague = app.as_(app.person().await);
        let path = format!("/v1/people/{id}");
        let before = colleague.get(&path).await.ok();
        let body = json!({"name": "Ada", "email": "ada@example.com", "manager_id": boss, "hired_on": "2024-04-01"});
        put("E-2", body).await.ok().has("/hired_on", "2024-04-01").has("/languages", json!(["en", "fr"]));
        assert_eq!(before.bytes, colleague.get(&path).await.ok().bytes);
        assert_eq!(events(app, "person.changed", &id).await, 0);

        // What is left out becomes empty.
        let body = json!({"name": "Ada King", "email": "ada@example.com"});
        put("E-2", body).await.ok().has("/name", "Ada King").has("/manager", json!(null)).has("/hired_on", json!(null));
        assert_eq!(events(app, "person.changed", &id).await, 1);
        assert_eq!(hr.get(&history).await.ok().items().len(), 2);

        // By e-mail second: who has no external id yet gets it; who has another one is somebody else.
        let known = hr.post("/v1/people", json!({"name": "Bo", "email": "bo@example.com"})).await.created().id();
        let found = put("E-3", json!({"name": "Bo", "email": "BO@example.com"})).await.ok().has("/external_id", "E-3");
        assert_eq!(found.id(), known);
        put("E-4", json!({"name": "Bo", "email": "bo@example.com"})).await.problem(409, "already_exists").points_at("/email");
        put("E-3", json!({"name": "Bo", "email": "bo@example.com", "external_id": "E-9"})).await.problem(422, "invalid_value").points_at("/external_id");
        put("E-3", json!({"name": "Bo", "email": "ada@example.com"})).await.problem(409, "already_exists").points_at("/email");
        put("E-3", json!({"name": "Bo", "email": "bo@example.com", "manager_external_id": "E-3"})).await.problem(409, "reporting_loop").points_at("/manager_external_id");
        put("E%0A3", json!({"name": "Bo", "email": "bo@example.com"})).await.problem(400, "invalid_request");
    }

    /// The same new person sent by two runs at once is one person.
    async fn upserts_at_once_make_one_person(app: TestApp) {
        let admin = app.as_with(app.person().await, &["admin"]);
        let body = json!({"name": "Ada", "email": "ada@example.com"});
        let put = || admin.put("/v1/people/by-external-id/E-1", body.clone());
        let answers = tokio::join!(put(), put(), put(), put());
        let mut statuses = [answers.0.status, answers.1.status, answers.2.status, answers.3.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 200, 200, 201]);
    }

    /// Nobody is above themselves, at any depth.
    async fn reporting_loops_are_refused(app: TestApp) {
        let top = app.person().await;
        let middle = app.person_under(top).await;
        let low = app.person_under(middle).await;
        let admin = app.as_with(top, &["admin"]);
        let set = async |person: PersonId, manager: PersonId| admin.patch(&format!("/v1/people/{person}"), json!({"manager_id": manager})).await;
        for manager in [top, middle, low] {
            set(top, manager).await.problem(409, "reporting_loop").points_at("/manager_id");
        }
        set(middle, low).await.problem(409, "reporting_loop");
        set(low, top).await.ok().has("/manager/id", top.to_string());
        set(middle, low).await.ok();
        set(low, middle).await.problem(409, "reporting_loop");
    }

    /// Nor by two changes at the same moment.
    async fn two_changes_at_once_make_no_loop(app: TestApp) {
        let admin = app.as_with(app.person().await, &["admin"]);
        for _ in 0..8 {
            let (one, two, three) = (app.person().await, app.person().await, app.person().await);
            let set = async |person: PersonId, manager: PersonId| {
                admin.patch(&format!("/v1/people/{person}"), json!({"manager_id": manager})).await.status
            };
            let (a, b, c) = tokio::join!(set(one, two), set(two, three), set(three, one));
            let mut statuses = [a, b, c];
            statuses.sort_unstable();
            assert_eq!(statuses, [200, 200, 409]);
        }
    }

    /// Who leaves is out on the very next request, and can come back.
    async fn who_leaves_is_out_at_once(app: TestApp) {
        let person = app.person().await;
        let (own, admin) = (app.as_(person), app.as_with(app.person().await, &["admin"]));
        let path = format!("/v1/people/{person}");
        own.get("/v1/me").await.ok();
        admin.patch(&path, json!({"status": "departed"})).await.ok().has("/status", "departed");
        own.get("/v1/me").await.problem(401, "unauthenticated");
        own.get(&path).await.problem(401, "unauthenticated");
        assert_eq!(events(app, "person.departed", &person.to_string()).await, 1);
        admin.patch(&path, json!({"status": "departed", "title": "Was here"})).await.ok();
        assert_eq!(events(app, "person.departed", &person.to_string()).await, 1);
        let id = person.to_string();
        assert!(!ids(admin.get("/v1/people").await.ok().items()).contains(&id.as_str()));
        assert_eq!(ids(admin.get("/v1/people?status=departed").await.ok().items()), [id]);
        admin.patch(&path, json!({"status": "on_leave"})).await.ok();
        own.get("/v1/me").await.ok();
    }

    /// Promotions and moves are kept, for the person, their manager and their leads.
    async fn the_history_keeps_moves_for_those_who_may_know(app: TestApp) {
        let pair = app.pair().await;
        let (team, _) = a_team(app).await;
        let (junior, senior) = (a_ladder_role(app, 3).await, a_ladder_role(app, 5).await);
        let admin = app.as_with(app.person().await, &["admin"]);
        let path = format!("/v1/people/{}", pair.mentee);
        let history = format!("{path}/history");
        admin.patch(&path, json!({"ladder_role_id": junior, "team_id": team, "title": "Engineer"})).await.ok().has("/ladder_role/level", 3);
        app.clock.advance(TimeDelta::days(10));
        admin.patch(&path, json!({"ladder_role_id": senior})).await.ok();
        admin.patch(&path, json!({"location": "Zurich"})).await.ok();
        admin.patch(&path, json!({"status": "on_leave"})).await.ok();
        for reader in [app.as_(pair.mentee), app.as_(pair.manager), app.as_with(pair.coordinator, &["coordinator"]), admin.clone()] {
            let read = reader.get(&history).await.ok();
            assert_eq!(read.items().len(), 3);
            let read = read.has("/items/0/starts_on", "2026-03-02").has("/items/0/ladder_role/level", 3).has("/items/0/team/id", team.to_string());
            let read = read.has("/items/1/starts_on", "2026-03-12").has("/items/1/ladder_role/level", 5).has("/items/1/title", "Engineer");
            read.has("/items/1/manager/id", pair.manager.to_string()).has("/items/2/status", "on_leave").has("/items/2/withheld", json!([]));
        }
        for other in [app.as_(pair.mentor), app.as_(pair.coordinator), app.as_(app.person().await)] {
            other.get(&history).await.problem(403, "not_allowed");
        }
        let account = app.service_account(&Scope::ALL).await;
        app.as_service(account, &[Scope::OutcomesRead, Scope::PeopleRead]).get(&history).await.ok().has("/items/0/title", "Engineer");
        app.as_service(account, &[Scope::PeopleRead]).get(&history).await.problem(403, "not_allowed");
        app.as_service(account, &[]).get(&history).await.problem(404, "not_found");
        let first = admin.get(&format!("{history}?limit=2")).await.ok();
        assert_eq!(first.items().len(), 2);
        let rest = admin.get(&format!("{history}?limit=2&cursor={}", first.body["next_cursor"].as_str().unwrap())).await.ok();
        rest.has("/items/0/status", "on_leave").has("/next_cursor", json!(null));
        admin.get(&format!("/v1/people/{}/history", PersonId::new(&app.clock))).await.problem(404, "not_found");
    }

    /// Everybody keeps their own profile, and each part of it travels as far as it says.
    async fn a_profile_travels_as_far_as_it_says(app: TestApp) {
        let pair = app.pair().await;
        let role = a_ladder_role(app, 6).await;
        let path = format!("/v1/people/{}", pair.mentee);
        let profile = format!("{path}/profile");
        let own = app.as_(pair.mentee);
        let colleague = app.as_(app.person().await);
        own.patch(&profile, json!({
            "bio": "I count.", "offers_mentoring": true, "mentor_capacity": 10, "formats": ["video", "walking"], "topics": ["Engines"],
            "languages": ["en", "it"], "time_zone": "Europe/London", "is_paused": true, "wants_mentoring": false,
        })).await.ok().has("/mentoring/capacity", 10).has("/formats", json!(["video", "walking"]));
        let before = colleague.get(&path).await.ok().has("/bio", "I count.").has("/topics", json!(["Engines"])).has("/time_zone", "Europe/London");
        assert_eq!(events(app, "person.changed", &pair.mentee.to_string()).await, 1);

        app.clock.advance(TimeDelta::hours(1));
        own.patch(&profile, json!({
            "career_goals": "⟨goal⟩", "career_interest": "⟨interest⟩", "target_role_id": role, "learning_style": "⟨learning⟩",
            "communication_style": "⟨style⟩", "accommodations": "⟨need⟩", "style_answers": [1, 2, 3, 4], "consents_to_personal_fit": true,
        })).await.ok().has("/style_answers", json!([1, 2, 3, 4])).has("/accommodations", "⟨need⟩").has("/withheld", json!([]));
        assert_eq!(before.bytes, colleague.get(&path).await.ok().bytes);
        assert_eq!(events(app, "person.changed", &pair.mentee.to_string()).await, 1);
        let account = app.service_account(&Scope::ALL).await;
        let outcomes = app.as_service(account, &[Scope::PeopleRead, Scope::OutcomesRead]);
        for reader in [app.as_(pair.manager), app.as_with(pair.coordinator, &["coordinator"]), app.as_with(pair.mentor, &["admin"]), outcomes] {
            let read = reader.get(&path).await.ok().has("/career_goals", "⟨goal⟩").has("/career_interest", "⟨interest⟩").has("/target_role_id", role.to_string());
            read.lacks("/learning_style").lacks("/communication_style").lacks("/accommodations").lacks("/style_answers").lacks("/consents_to_personal_fit");
        }
        // The mentor is no party to the person, and a coordinator leads only with the role.
        for reader in [colleague.clone(), app.as_(pair.mentor), app.as_(pair.coordinator), app.as_service(account, &[Scope::PeopleRead])] {
            let read = reader.get(&path).await.ok();
            assert!(!String::from_utf8_lossy(&read.bytes).contains('⟨'));
            read.lacks("/career_goals").lacks("/target_role_id").lacks("/hired_on").lacks("/needs");
        }
        for other in [app.as_(pair.manager), app.as_(pair.mentor), app.as_with(pair.coordinator, &["coordinator"]), app.as_with(pair.mentor, &["admin"])] {
            other.patch(&profile, json!({"bio": "I am a fool."})).await.problem(403, "not_allowed");
            other.put(&format!("{path}/skills"), json!({"skills": []})).await.problem(403, "not_allowed");
            other.put(&format!("{path}/needs"), json!({"needs": []})).await.problem(403, "not_allowed");
        }
        app.as_service(account, &Scope::ALL).patch(&profile, json!({"bio": "x"})).await.problem(403, "not_allowed");
        own.patch(&profile, json!({"bio": null, "style_answers": null})).await.ok().has("/bio", json!(null)).has("/style_answers", json!(null));
    }

    /// What a profile cannot hold is refused with its place.
    async fn a_wrong_profile_is_refused_with_its_place(app: TestApp) {
        let person = app.person().await;
        let (own, path) = (app.as_(person), format!("/v1/people/{person}"));
        let profile = format!("{path}/profile");
        for (pointer, body) in [
            ("/mentor_capacity", json!({"mentor_capacity": 0})),
            ("/mentor_capacity", json!({"mentor_capacity": 11})),
            ("/mentor_capacity", json!({"mentor_capacity": null})),
            ("/style_answers", json!({"style_answers": [1, 2, 3, 6]})),
            ("/formats/0", json!({"formats": ["telepathy"]})),
            ("/status", json!({"status": "departed"})),
            ("/name", json!({"name": "Root"})),
        ] {
            own.patch(&profile, body).await.problem(400, "invalid_request").points_at(pointer);
        }
        let many: Vec<_> = (0..21).map(|n| format!("Topic {n}")).collect();
        for (pointer, body) in [
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
        own.put(&needs, json!({"needs": [{"skill_id": one, "priority": 3, "current_level": 0, "target_level": 4}]})).await.ok().has("/needs/0/target_level", 4);
        assert_eq!(before.bytes, colleague.get(&path).await.ok().bytes);
        assert_eq!(events(app, "person.changed", &pair.mentee.to_string()).await, 1);
        app.as_(pair.manager).get(&path).await.ok().has("/needs/0/priority", 3);
        own.put(&skills, json!({"skills": [{"skill_id": two, "level": 3}]})).await.ok().has("/skills", json!([{"skill_id": two, "name": format!("skill {two}"), "level": 3}]));
        own.put(&needs, json!({"needs": []})).await.ok().has("/needs", json!([]));
        let missing = SkillId::new(&app.clock);
        let need = |skill: SkillId, current: i64, target: i64| json!({"skill_id": skill, "priority": 1, "current_level": current, "target_level": target});
        for (path, pointer, body) in [
            (&skills, "/skills/1/skill_id", json!({"skills": [{"skill_id": one, "level": 1}, {"skill_id": one, "level": 2}]})),
            (&skills, "/skills/1/skill_id", json!({"skills": [{"skill_id": one, "level": 1}, {"skill_id": missing, "level": 2}]})),
            (&skills, "/skills", json!({"skills": vec![json!({"skill_id": one, "level": 1}); 51]})),
            (&needs, "/needs/1/skill_id", json!({"needs": [need(one, 0, 1), need(one, 0, 1)]})),
            (&needs, "/needs/0/skill_id", json!({"needs": [need(missing, 0, 1)]})),
            (&needs, "/needs/0/target_level", json!({"needs": [need(one, 3, 3)]})),
            (&needs, "/needs", json!({"needs": vec![need(one, 0, 1); 21]})),
        ] {
            own.put(path, body).await.problem(422, "invalid_value").points_at(pointer);
        }
        own.put(&skills, json!({"skills": [{"skill_id": one, "level": 6}]})).await.problem(400, "invalid_request").points_at("/skills/0/level");
        own.put(&skills, json!({})).await.problem(400, "invalid_request").points_at("/skills");
        own.put(&needs, json!({"needs": [need(one, 5, 5)]})).await.problem(400, "invalid_request").points_at("/needs/0/current_level");
        own.get(&path).await.ok().has("/skills/0/level", 3);
    }

    /// People are found by name, place, skill and offer; pages follow each other.
    async fn people_are_found(app: TestApp) {
        let (team, department) = a_team(app).await;
        let skill = a_skill(app).await;
        let boss = app.person().await;
        let admin = app.as_with(boss, &["admin"]);
        let mut made = Vec::new();
        for (number, name) in ["Ada_b", "Adam", "ÅSA", "Ada%a", "Bo", "adele"].into_iter().enumerate() {
            let body = json!({"name": name, "email": format!("p{number}@example.com"), "team_id": (number % 2 == 0).then_some(team), "manager_id": (number < 2).then_some(boss)});
            made.push(admin.post("/v1/people", body).await.created().id());
        }
        let get = async |query: &str| admin.get(&format!("/v1/people?{query}")).await.ok();
        assert_eq!(names(get("q=AD").await.items()), ["Ada%a", "Ada_b", "Adam", "adele"]);
        assert_eq!(names(get("q=ada%25").await.items()), ["Ada%a"]);
        assert_eq!(names(get("q=ada_").await.items()), ["Ada_b"]);
        assert_eq!(names(get("q=%C3%A5").await.items()), ["ÅSA"]);
        assert!(get("q=zz").await.items().is_empty());
        assert_eq!(names(get(&format!("q=a&team_id={team}")).await.items()), ["Ada_b"]);
        assert_eq!(names(get(&format!("team_id={team}")).await.items()), ["Ada_b", "ÅSA", "Bo"]);
        assert_eq!(names(get(&format!("department_id={department}")).await.items()), ["Ada_b", "ÅSA", "Bo"]);
        assert_eq!(names(get(&format!("manager_id={boss}")).await.items()), ["Ada_b", "Adam"]);
        assert_eq!(names(get(&format!("manager_id={boss}&team_id={team}")).await.items()), ["Ada_b"]);
        for (number, level) in [(1, 2), (4, 4)] {
            let id: PersonId = made[number].parse::<uuid::Uuid>().unwrap().into();
            app.as_(id).put(&format!("/v1/people/{id}/skills"), json!({"skills": [{"skill_id": skill, "level": level}]})).await.ok();
            app.as_(id).patch(&format!("/v1/people/{id}/profile"), json!({"offers_mentoring": true})).await.ok();
        }
        assert_eq!(names(get(&format!("skill_id={skill}")).await.items()), ["Adam", "Bo"]);
        assert_eq!(names(get(&format!("skill_id={skill}&min_level=3")).await.items()), ["Bo"]);
        assert_eq!(names(get(&format!("skill_id={skill}&offers_mentoring=true&q=a")).await.items()), ["Adam"]);
        assert_eq!(get("offers_mentoring=true").await.items().len(), 3, "the boss does too");
        app.clock.advance(TimeDelta::hours(1));
        admin.patch(&format!("/v1/people/{}", made[2]), json!({"status": "on_leave"})).await.ok();
        assert_eq!(names(get("updated_after=2026-03-02T09:30:00Z").await.items()), ["ÅSA"]);
        assert_eq!(names(get("status=on_leave").await.items()), ["ÅSA"]);
        assert_eq!(get("status=active").await.items().len(), 6);

        for query in ["q=ad&limit=1", "limit=2", "offers_mentoring=true&limit=1"] {
            let whole = get(query.split("limit=").next().unwrap()).await;
            let (mut seen, mut next) = (Vec::new(), query.to_owned());
            loop {
                let page = get(&next).await;
                seen.extend(ids(page.items()).into_iter().map(str::to_owned));
                let Some(cursor) = page.body["next_cursor"].as_str() else { break };
                next = format!("{query}&cursor={cursor}");
            }
            assert_eq!(seen, ids(whole.items()), "{query}");
            assert_eq!(seen.iter().collect::<BTreeSet<_>>().len(), seen.len());
        }
        admin.get("/v1/people?min_level=3").await.problem(422, "invalid_value").points_at("?min_level");
        admin.get(&format!("/v1/people?skill_id={skill}&min_level=6")).await.problem(400, "invalid_request").points_at("?min_level");
        admin.get("/v1/people?q=").await.problem(400, "invalid_request").points_at("?q");
        admin.get("/v1/people?status=gone").await.problem(400, "invalid_request").points_at("?status");
        admin.get("/v1/people?hired_on=2024-01-01").await.problem(400, "invalid_request").points_at("?hired_on");
        admin.get("/v1/people?cursor=nonsense").await.problem(400, "invalid_cursor");
        let account = app.service_account(&Scope::ALL).await;
        assert_eq!(app.as_service(account, &[Scope::PeopleRead]).get("/v1/people").await.ok().items().len(), 7);
        app.as_service(account, &[Scope::PairsRead]).get("/v1/people").await.problem(403, "not_allowed");
        app.nobody().get("/v1/people").await.problem(401, "unauthenticated");
    }

    /// A list hides what reading one by one would hide.
    async fn a_list_keeps_the_tiers(app: TestApp) {
        let pair = app.pair().await;
        app.as_(pair.mentee).patch(&format!("/v1/people/{}/profile", pair.mentee), json!({"career_goals": "⟨goal⟩", "learning_style": "⟨style⟩"})).await.ok();
        let told = async |client: crate::harness::Client| {
            let list = client.get("/v1/people").await.ok();
            let mentee = list.items().iter().find(|person| person["id"] == pair.mentee.to_string()).cloned().expect("the mentee");
            (mentee.get("career_goals").is_some(), mentee.get("learning_style").is_some())
        };
        assert_eq!(told(app.as_(pair.mentee)).await, (true, true));
        assert_eq!(told(app.as_(pair.manager)).await, (true, false));
        assert_eq!(told(app.as_with(pair.coordinator, &["coordinator"])).await, (true, false));
        assert_eq!(told(app.as_with(pair.mentor, &["admin"])).await, (true, false));
        assert_eq!(told(app.as_(pair.coordinator)).await, (false, false));
        assert_eq!(told(app.as_(pair.mentor)).await, (false, false));
        // A coordinator leads the people in their programs, and nobody else.
        let other = app.pair().await;
        let stranger = app.as_with(other.coordinator, &["coordinator"]);
        assert_eq!(told(stranger.clone()).await, (false, false));
        stranger.get(&format!("/v1/people/{}/history", pair.mentee)).await.problem(403, "not_allowed");
    }

    /// The reporting line can be walked down and up.
    async fn the_reporting_line_is_walked(app: TestApp) {
        let top = app.person().await;
        let middle = app.person_under(top).await;
        let gone = app.person_with(Person { manager: Some(top), status: "departed", ..Person::default() }).await;
        let low = app.person_under(middle).await;
        let orphan = app.person_under(gone).await;
        let client = app.as_(low);
        let get = async |path: String| {
            let page = client.get(&path).await.ok();
            (ids(page.items()).into_iter().map(str::to_owned).collect::<Vec<_>>(), page.body["next_cursor"].as_str().map(str::to_owned))
        };
        let of = |people: &[PersonId]| people.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(get(format!("/v1/people/{top}/reports")).await.0, of(&[middle]));
        assert_eq!(get(format!("/v1/people/{top}/reports?depth=all")).await.0, of(&[middle, low, orphan]));
        assert_eq!(get(format!("/v1/people/{low}/reports?depth=all")).await.0, of(&[]));
        let (first, cursor) = get(format!("/v1/people/{top}/reports?depth=all&limit=2")).await;
        assert_eq!(first, of(&[middle, low]));
        assert_eq!(get(format!("/v1/people/{top}/reports?depth=all&limit=2&cursor={}", cursor.unwrap())).await, (of(&[orphan]), None));
        assert_eq!(get(format!("/v1/people/{low}/reporting-line")).await, (of(&[middle, top]), None));
        let (first, cursor) = get(format!("/v1/people/{low}/reporting-line?limit=1")).await;
        assert_eq!(first, of(&[middle]));
        assert_eq!(get(format!("/v1/people/{low}/reporting-line?limit=1&cursor={}", cursor.unwrap())).await, (of(&[top]), None));
        assert_eq!(get(format!("/v1/people/{top}/reporting-line")).await.0, of(&[]));
        client.get(&format!("/v1/people/{top}/reports?depth=2")).await.problem(400, "invalid_request").points_at("?depth");
        client.get(&format!("/v1/people/{}/reports", PersonId::new(&app.clock))).await.problem(404, "not_found");
        let account = app.service_account(&Scope::ALL).await;
        app.as_service(account, &[Scope::PairsRead]).get(&format!("/v1/people/{low}/reporting-line")).await.problem(404, "not_found");
    }

    /// A list of blocks is its author's alone, and changes nothing that others get.
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
        own.get("/v1/me/blocks").await.ok().has("/items/0/person/id", pair.mentor.to_string()).has("/next_cursor", json!(null));
        for other in [app.as_(pair.mentor), app.as_(pair.manager), app.as_with(pair.coordinator, &["coordinator"]), app.as_with(pair.manager, &["admin"])] {
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
}
