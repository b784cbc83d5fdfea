//! The outbox: what happened arrives, in order, whoever dies on the way.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::time::Duration;

use chrono::TimeDelta;
use mentorship::db::Db;
use mentorship::ids::EventId;
use mentorship::notify::delivery::model::{Channel, Delivery, DeliveryError, LEASE, MAX_ATTEMPTS};
use mentorship::notify::job;
use mentorship::outbox::{self, Event};
use mentorship::vault::Ring;
use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::confidentiality::setting;
use crate::harness::{Pair, TestApp};

type Received = Rc<RefCell<Vec<Delivery>>>;

/// Something that both of a pair are told of happens so often to these pairs, in turn.
async fn happen(app: &TestApp, pairs: &[Pair], count: usize) {
    for some in (0..count).collect::<Vec<_>>().chunks(500) {
        app.clock.advance(TimeDelta::milliseconds(1));
        let mut tx = app.db.write().await.expect("a unit of work");
        for n in some {
            let pair = pairs[n % pairs.len()].id;
            let event = Event::SessionChanged(pair.uuid().into());
            outbox::add(&mut tx, &app.clock, event, Some(pair)).await.expect("it is noted");
        }
        tx.commit().await.expect("it commits");
    }
}

fn worker(instance: &TestApp, received: &Received) -> JoinHandle<()> {
    let (app, received) = (instance.state.clone(), received.clone());
    actix_web::rt::spawn(async move {
        loop {
            let deliver = async |delivery: &Delivery| {
                tokio::task::yield_now().await;
                received.borrow_mut().push(delivery.clone());
                tokio::task::yield_now().await;
                Ok(())
            };
            if !job::round(&app, Channel::Mail, deliver).await.expect("a round") {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        }
    })
}

async fn count(app: &TestApp, sql: &'static str) -> i64 {
    app.db.read_one().await.expect("a look").query(sql).one::<(i64,)>().await.expect("a count").0
}

/// Workers die at random moments: each event arrives at least once, twice only as the same
/// delivery, and the events of a pair in their order.
#[apply(on_both_engines!)]
async fn every_event_arrives_in_order_though_workers_die(app: TestApp) {
    let events = setting("MENTORSHIP_EVENTS").unwrap_or(300);
    let mut pairs = Vec::new();
    for _ in 0..8 {
        pairs.push(app.pair().await);
    }
    happen(app, &pairs, events).await;
    let mut instances = Vec::new();
    if let Db::Postgres { .. } = app.db {
        for _ in 0..2 {
            instances.push(app.apart(Ring::of_one()).await);
        }
    }
    let (received, all) = (Received::default(), instances.iter().chain([app]).collect::<Vec<_>>());
    let mut workers: Vec<_> = all.iter().map(|instance| worker(instance, &received)).collect();
    let (mut kills, mut arrived, mut idle) = (0, 0, 0);
    let open = "select (select count(*) from deliveries where status = 'pending')
                    + (select count(*) from events where not is_planned)";
    while count(app, open).await > 0 {
        let (_, chance) = app.clock.uuid().as_u64_pair();
        tokio::time::sleep(Duration::from_millis(20 + chance % 60)).await;
        // Kills do not outrun deliveries, however busy the machine is: what dies too often is given up.
        let so_far = count(app, "select count(*) from deliveries where status = 'delivered'").await;
        if so_far == arrived && idle < 10 {
            idle += 1;
            continue;
        }
        (arrived, idle) = (so_far, 0);
        let n = kills % workers.len();
        workers[n].abort();
        let _ = (&mut workers[n]).await;
        workers[n] = worker(all[n], &received);
        // What it held is taken up when its lease is over.
        app.clock.advance(LEASE + TimeDelta::seconds(1));
        kills += 1;
    }
    workers.iter().for_each(JoinHandle::abort);
    assert!(kills > 1, "nobody died");
    assert_eq!(count(app, "select count(*) from deliveries where status <> 'delivered'").await, 0);

    let mut ids: BTreeMap<(EventId, Uuid), BTreeSet<_>> = BTreeMap::new();
    let mut lines: BTreeMap<_, Vec<EventId>> = BTreeMap::new();
    for delivery in received.borrow().iter() {
        ids.entry((delivery.event_id, delivery.recipient_id)).or_default().insert(delivery.id);
        let line = lines.entry((delivery.pair_id, delivery.recipient_id)).or_default();
        if !line.contains(&delivery.event_id) {
            line.push(delivery.event_id);
        }
    }
    assert_eq!(ids.len(), events * 2, "each event for each of the two");
    assert!(ids.values().all(|ids| ids.len() == 1), "the same delivery keeps its id");
    assert!(lines.values().all(|line| line.is_sorted()), "a pair's events keep their order");
    drop(all);
    for instance in instances {
        instance.stop().await;
    }
}

/// What fails is tried again, later and later, and then given up; what comes after it waits.
#[apply(on_both_engines!)]
async fn what_fails_is_tried_again_and_then_given_up(app: TestApp) {
    let pair = app.pair().await;
    happen(app, &[pair], 2).await;
    let tried = RefCell::new(Vec::new());
    let deliver = async |delivery: &Delivery| {
        tried.borrow_mut().push(delivery.event_id);
        if tried.borrow().first() == Some(&delivery.event_id) {
            Err(DeliveryError::temporary("nobody is at home"))
        } else {
            Ok(())
        }
    };
    let mut days = 0;
    let open = "select case when exists (select 1 from deliveries)
                    then (select count(*) from deliveries where status = 'pending') else 1 end";
    while count(app, open).await > 0 {
        while job::round(&app.state, Channel::Mail, deliver).await.expect("a round") {}
        app.clock.advance(TimeDelta::hours(6));
        days += 1;
        assert!(days < 100, "it never ends");
    }
    let tried = tried.into_inner();
    let (first, second) = (tried[0], *tried.last().expect("an attempt"));
    assert!(first < second, "the second waits for the first");
    // For each of the two.
    assert_eq!(
        tried.iter().filter(|event| **event == first).count(),
        2 * usize::try_from(MAX_ATTEMPTS).expect("a few")
    );
    assert_eq!(tried.iter().filter(|event| **event == second).count(), 2);

    let admin = app.as_with(app.person().await, &["admin"]);
    let dead = admin.get("/v1/deliveries?status=dead&count=exact").await.ok().has("/total", 2);
    let dead = dead.has("/items/0/last_error", "nobody is at home").has("/items/0/attempts", MAX_ATTEMPTS);
    dead.has("/items/0/kind", "session.changed")
        .has("/items/0/channel", "mail")
        .has("/items/0/next_at", serde_json::Value::Null);
    admin.get("/v1/deliveries?status=delivered&kind=session.changed&count=exact").await.ok().has("/total", 2);
    admin.get("/v1/deliveries?kind=pair.started&count=exact").await.ok().has("/total", 0);
    admin.get("/v1/deliveries?kind=tea").await.problem(400, "invalid_request").points_at("?kind");
    app.as_(app.person().await).get("/v1/deliveries").await.problem(403, "not_allowed");
}

/// What would go wrong again is given up at once, and nobody waits for it.
#[apply(on_both_engines!)]
async fn what_cannot_succeed_is_given_up_at_once(app: TestApp) {
    let pair = app.pair().await;
    happen(app, &[pair], 1).await;
    let deliver = async |_: &Delivery| Err(DeliveryError::permanent("refused"));
    while job::round(&app.state, Channel::Mail, deliver).await.expect("a round") {}
    assert_eq!(count(app, "select count(*) from deliveries where status = 'dead' and attempts = 1").await, 2);
}

/// Old news is no news: nobody gets mail about what happened more than two weeks ago.
#[apply(on_both_engines!)]
async fn old_news_is_told_to_nobody(app: TestApp) {
    let pair = app.pair().await;
    happen(app, &[pair], 1).await;
    app.clock.advance(TimeDelta::days(15));
    app.service.deliver().await.expect("it delivers");
    assert_eq!(count(app, "select count(*) from deliveries").await, 0);
    assert_eq!(count(app, "select count(*) from events where not is_planned").await, 0);
}
