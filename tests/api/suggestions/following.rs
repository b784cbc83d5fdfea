//! What changes about people is in the next answer.

use chrono::TimeDelta;
use mentorship::db::Engine;

use super::world::{MOVE, World, alter, ask, finds, relate};
use crate::harness::{Person, TestApp};

/// What changes about a mentor is known at the next request, also in two other processes.
#[apply(on_both_engines!)]
async fn changes_are_seen_at_the_next_request(app: TestApp) {
    let world = World::new(app).await;
    let (mentee, mentor) = (world.mentee(app).await, world.mentor(app).await);
    let others = [app.beside(), app.beside()];
    let all = async |expected: bool, what: &str| {
        assert_eq!(finds(app, mentee, mentor).await, expected, "{what}");
        for (other, name) in others.iter().zip(["second", "third"]) {
            assert_eq!(finds(other, mentee, mentor).await, expected, "{what}, in the {name} instance");
        }
    };
    all(true, "as it was").await;
    for (change, undo, what) in [
        ("update people set mentor_load = 3 where id = $1", "update people set mentor_load = 0 where id = $1", "load"),
        (
            "update people set mentor_capacity = 1, mentor_load = 1 where id = $1",
            "update people set mentor_capacity = 3, mentor_load = 0 where id = $1",
            "capacity",
        ),
        (
            "update people set offers_mentoring = false where id = $1",
            "update people set offers_mentoring = true where id = $1",
            "willingness",
        ),
        (
            "update people set is_paused = true where id = $1",
            "update people set is_paused = false where id = $1",
            "pause",
        ),
        (
            "update people set status = 'departed' where id = $1",
            "update people set status = 'active' where id = $1",
            "status",
        ),
        (
            "update people set ladder_role_id = (select id from ladder_roles where level = 7) where id = $1",
            "update people set ladder_role_id = (select id from ladder_roles where level = 4) where id = $1",
            "level",
        ),
        (
            "update people set ladder_role_id = null where id = $1",
            "update people set ladder_role_id = (select id from ladder_roles where level = 4) where id = $1",
            "no level",
        ),
        (
            "update ladder_roles set level = 9 where id = (select ladder_role_id from people where id = $1)",
            "update ladder_roles set level = 4 where id = (select ladder_role_id from people where id = $1)",
            "the level of a role",
        ),
    ] {
        alter(app, mentor, change).await;
        all(false, what).await;
        alter(app, mentor, undo).await;
        all(true, what).await;
    }
    let score = async |app: &TestApp| ask(app, mentee).await.1["suggestions"][0]["score"].as_i64().unwrap();
    let before = score(app).await;
    world.teach(app, mentor, world.talking).await;
    for one in [app, &others[0], &others[1]] {
        assert!(score(one).await > before, "a new skill");
    }
    alter(app, mentor, "delete from person_skills where person_id = $1").await;
    all(false, "no skill").await;
    let newest = world.mentor(app).await;
    for one in [&others[1], &others[0], app] {
        assert!(finds(one, mentee, newest).await, "a new mentor");
    }
    for other in others {
        other.leave().await;
    }
}

/// After midnight yesterday's index is followed until today's is made beside it, and neither misses anything.
#[apply(on_both_engines!)]
async fn a_day_begins_beside_the_one_before(app: TestApp) {
    let world = World::new(app).await;
    let (mentee, mentor) = (world.mentee(app).await, world.mentor(app).await);
    assert!(finds(app, mentee, mentor).await);
    let pause = "update people set is_paused = not is_paused where id = $1";
    for day in 0..2 {
        app.clock.advance(TimeDelta::days(1));
        alter(app, mentor, pause).await;
        assert!(!finds(app, mentee, mentor).await, "by yesterday's, day {day}");
        app.service.renew_index().await.expect("it renews the index");
        assert!(!finds(app, mentee, mentor).await, "by today's, day {day}");
        alter(app, mentor, pause).await;
        assert!(finds(app, mentee, mentor).await, "followed, day {day}");
    }
    app.clock.advance(TimeDelta::days(30));
    assert!(finds(app, mentee, mentor).await, "made by the first who asks");
}

/// A unit of work that began early and ended late is not missed. SQLite has but one at a time.
#[apply(on_both_engines!)]
async fn what_is_committed_late_is_seen(app: TestApp) {
    if app.db.engine() == Engine::Sqlite {
        return;
    }
    let world = World::new(app).await;
    let (mentee, slow, quick) = (world.mentee(app).await, world.mentor(app).await, world.mentor(app).await);
    assert_eq!(ask(app, mentee).await.0.len(), 2);
    let mut tx = app.db.write().await.unwrap();
    tx.query("update people set is_paused = true where id = $1").bind(slow).run().await.unwrap();
    alter(app, quick, "update people set is_paused = true where id = $1").await;
    assert_eq!(ask(app, mentee).await.0, [slow.to_string()]);
    assert_eq!(ask(app, mentee).await.0, [slow.to_string()]);
    tx.commit().await.unwrap();
    assert!(ask(app, mentee).await.0.is_empty());
}

/// Above and below is as of now, whoever moves.
#[apply(on_both_engines!)]
async fn the_reporting_line_is_followed(app: TestApp) {
    let world = World::new(app).await;
    let (mentee, mentor) = (world.mentee(app).await, world.mentor(app).await);
    let middle = world.at(app, 3, Person::default()).await;
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
