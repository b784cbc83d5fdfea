//! Finding people, by filter and along the reporting line.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use mentorship::ids::PersonId;
use mentorship::policy::Scope;
use serde_json::json;

use super::{a_skill, a_team, ids, names};
use crate::harness::{Client, Person, TestApp};

/// People are found by name, place, skill and offer; pages follow each other.
#[apply(on_both_engines!)]
async fn people_are_found(app: TestApp) {
    let (team, department) = a_team(app).await;
    let skill = a_skill(app).await;
    let boss = app.person().await;
    let admin = app.as_with(boss, &["admin"]);
    let mut made = Vec::new();
    for (number, name) in ["Ada_b", "Adam", "ÅSA", "Ada%a", "Bo", "adele"].into_iter().enumerate() {
        let (team, boss) = ((number % 2 == 0).then_some(team), (number < 2).then_some(boss));
        let email = format!("p{number}@example.com");
        let body = json!({"name": name, "email": email, "team_id": team, "manager_id": boss});
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
        app.as_(id)
            .put(&format!("/v1/people/{id}/skills"), json!({"skills": [{"skill_id": skill, "level": level}]}))
            .await
            .ok();
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
    admin
        .get(&format!("/v1/people?skill_id={skill}&min_level=6"))
        .await
        .problem(422, "invalid_value")
        .points_at("?min_level");
    admin.get("/v1/people?q=").await.problem(422, "invalid_value").points_at("?q");
    admin.get("/v1/people?status=gone").await.problem(400, "invalid_request").points_at("?status");
    admin.get("/v1/people?hired_on=2024-01-01").await.problem(400, "invalid_request").points_at("?hired_on");
    admin.get("/v1/people?cursor=nonsense").await.problem(422, "invalid_cursor");
    let account = app.service_account(&Scope::ALL).await;
    assert_eq!(app.as_service(account, &[Scope::PeopleRead]).get("/v1/people").await.ok().items().len(), 7);
    app.as_service(account, &[Scope::PairsRead]).get("/v1/people").await.problem(403, "not_allowed");
    app.nobody().get("/v1/people").await.problem(401, "unauthenticated");
}

/// A list hides what reading one by one would hide.
#[apply(on_both_engines!)]
async fn a_list_keeps_the_tiers(app: TestApp) {
    let pair = app.pair().await;
    app.as_(pair.mentee)
        .patch(
            &format!("/v1/people/{}/profile", pair.mentee),
            json!({"career_goals": "⟨goal⟩", "learning_style": "⟨style⟩"}),
        )
        .await
        .ok();
    let told = async |client: Client| {
        let list = client.get("/v1/people").await.ok();
        let mentee =
            list.items().iter().find(|person| person["id"] == pair.mentee.to_string()).cloned().expect("the mentee");
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
#[apply(on_both_engines!)]
async fn the_reporting_line_is_walked(app: TestApp) {
    let top = app.person().await;
    let middle = app.person_under(top).await;
    let gone = app.person_with(Person { manager: Some(top), status: "departed", ..Person::default() }).await;
    let low = app.person_under(middle).await;
    let orphan = app.person_under(gone).await;
    let client = app.as_(low);
    let get = async |path: String| {
        let page = client.get(&path).await.ok();
        (
            ids(page.items()).into_iter().map(str::to_owned).collect::<Vec<_>>(),
            page.body["next_cursor"].as_str().map(str::to_owned),
        )
    };
    let of = |people: &[PersonId]| people.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(get(format!("/v1/people/{top}/reports")).await.0, of(&[middle]));
    assert_eq!(get(format!("/v1/people/{top}/reports?depth=all")).await.0, of(&[middle, low, orphan]));
    assert_eq!(get(format!("/v1/people/{low}/reports?depth=all")).await.0, of(&[]));
    let (first, cursor) = get(format!("/v1/people/{top}/reports?depth=all&limit=2")).await;
    assert_eq!(first, of(&[middle, low]));
    assert_eq!(
        get(format!("/v1/people/{top}/reports?depth=all&limit=2&cursor={}", cursor.unwrap())).await,
        (of(&[orphan]), None)
    );
    assert_eq!(get(format!("/v1/people/{low}/reporting-line")).await, (of(&[middle, top]), None));
    let (first, cursor) = get(format!("/v1/people/{low}/reporting-line?limit=1")).await;
    assert_eq!(first, of(&[middle]));
    assert_eq!(
        get(format!("/v1/people/{low}/reporting-line?limit=1&cursor={}", cursor.unwrap())).await,
        (of(&[top]), None)
    );
    assert_eq!(get(format!("/v1/people/{top}/reporting-line")).await.0, of(&[]));
    client.get(&format!("/v1/people/{top}/reports?depth=2")).await.problem(400, "invalid_request").points_at("?depth");
    client.get(&format!("/v1/people/{}/reports", PersonId::new(&app.clock))).await.problem(404, "not_found");
    let account = app.service_account(&Scope::ALL).await;
    app.as_service(account, &[Scope::PairsRead])
        .get(&format!("/v1/people/{low}/reporting-line"))
        .await
        .problem(404, "not_found");
}
