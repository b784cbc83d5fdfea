//! What changes about people is in the next answer.

use mentorship::db::Engine;

use super::world::{MOVE, World, alter, ask, finds, relate};
use crate::harness::{Person, TestApp};

on_both_engines! {
    /// What changes about a mentor is known at the next request, also in another process.
    async fn changes_are_seen_at_the_next_request(app: TestApp) {
        let world = World::new(app).await;
        let (mentee, mentor) = (world.mentee(app).await, world.mentor(app).await);
        let second = app.beside();
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
        both(false, "no skill").await;
        let newest = world.mentor(app).await;
        assert!(finds(&second, mentee, newest).await && finds(app, mentee, newest).await, "a new mentor");
        second.leave().await;
    }

    /// A unit of work that began early and ended late is not missed. SQLite has but one at a time.
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
}
