//! Reminders: what is due is told once, in time, by the clock of whom it concerns.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, Days, Months, NaiveDate, TimeDelta, Timelike as _, Utc};
use chrono_tz::Tz;
use mentorship::ids::{ActionItemId, AgendaItemId, CheckInId, GoalId, PersonId, SessionId};
use mentorship::vault::Ring;
use serde_json::json;
use uuid::Uuid;

use super::mails::{Letter, kinds, schedule, set, take, to};
use crate::confidentiality::setting;
use crate::harness::{Pair, TestApp};

/// Clocks that go forward and back on different days, by an hour, by half of one and not at all.
const ZONES: [&str; 6] =
    ["UTC", "Europe/Zurich", "America/New_York", "Australia/Lord_Howe", "America/Santiago", "Asia/Kolkata"];
/// What is due is looked for this often.
const STEP: TimeDelta = TimeDelta::hours(6);

async fn remind(app: &TestApp) -> Vec<Letter> {
    app.service.send_reminders().await.expect("it reminds");
    take(app).await
}

async fn notices(app: &TestApp, person: PersonId) -> Vec<String> {
    let listed = app.as_(person).get("/v1/notices").await.ok();
    listed.items().iter().map(|item| item["kind"].as_str().expect("a kind").to_owned()).collect()
}

/// A day before, both by one mail, and the mentee by a notice that there is no agenda; once.
#[apply(on_both_engines!)]
async fn a_session_is_near(app: TestApp) {
    let (pair, prepared) = (app.pair().await, app.pair().await);
    let path = format!("/v1/sessions/{}", schedule_id(app, &pair).await);
    let other = format!("/v1/sessions/{}", schedule_id(app, &prepared).await);
    app.as_(prepared.mentee)
        .post(&format!("{other}/agenda-items"), json!({"topic": "feedback", "text": "canary"}))
        .await
        .created();
    app.as_(pair.mentor)
        .post(&format!("{path}/action-items"), json!({"text": "canary", "owner": "mentee"}))
        .await
        .created();
    remind(app).await;
    app.clock.advance(TimeDelta::minutes(24 * 60 - 1));
    assert!(remind(app).await.is_empty());
    app.clock.advance(TimeDelta::minutes(1));
    let letters = remind(app).await;
    assert_eq!(kinds(&letters), ["Your mentoring session is soon"; 4]);
    assert!(letters.iter().all(|letter| !letter.whole.contains("canary")));
    // Whether it has one, no mail tells.
    let asks = |person: PersonId| to(&letters, person).whole.contains("If the session has no agenda yet");
    assert!(asks(pair.mentee) && asks(prepared.mentee) && !asks(pair.mentor) && !asks(prepared.mentor));
    assert_eq!(notices(app, pair.mentee).await[..2], ["agenda.missing", "session.upcoming"]);
    assert_eq!(notices(app, pair.mentor).await[0], "session.upcoming");
    assert_eq!(notices(app, prepared.mentee).await[0], "session.upcoming");
    assert!(remind(app).await.is_empty());
    let admin = app.as_with(app.person().await, &["admin"]);
    let told = admin.get("/v1/deliveries?limit=200").await.ok().body.to_string();
    assert!(
        told.contains("session.upcoming") && !told.contains("agenda") && !told.contains("action_item"),
        "what is for the two alone is not seen by admins"
    );
}

/// Scheduled for tomorrow, the invitation is reminder enough; cancelled, there is nothing to remind of.
#[apply(on_both_engines!)]
async fn there_is_not_always_something_to_remind_of(app: TestApp) {
    let (soon, cancelled, paused) = (app.pair().await, app.pair().await, app.pair().await);
    let at = app.clock.now() + TimeDelta::hours(20);
    app.as_(soon.mentee).post("/v1/sessions", json!({"pair_id": soon.id, "starts_at": at})).await.created();
    let path = format!("/v1/sessions/{}", schedule_id(app, &cancelled).await);
    schedule(app, &paused).await;
    app.as_(cancelled.mentee).post(&format!("{path}/cancel"), json!({})).await.ok();
    app.as_(paused.mentee).post(&format!("{}/pause", paused.path), json!({})).await.ok();
    remind(app).await;
    for _ in 0..60 {
        app.clock.advance(TimeDelta::hours(1));
        assert!(remind(app).await.is_empty());
    }
}

/// Whoever has not answered hears of it three days before it lapses.
#[apply(on_both_engines!)]
async fn a_proposal_is_about_to_lapse(app: TestApp) {
    let (mentor, mentee) = (app.person().await, app.person().await);
    let body = json!({"mentor_id": mentor, "mentee_id": mentee, "model": "one_on_one"});
    let pair = format!("/v1/pairs/{}", app.as_(mentee).post("/v1/pairs", body).await.created().id());
    take(app).await;
    app.clock.advance(TimeDelta::days(11) - TimeDelta::minutes(1));
    assert!(remind(app).await.is_empty());
    app.clock.advance(TimeDelta::minutes(1));
    let letters = remind(app).await;
    assert_eq!(kinds(&letters), ["A mentoring proposal waits for your answer"]);
    assert!(to(&letters, mentor).whole.contains("by 2026-03-16"));
    app.as_(mentor).post(&format!("{pair}/accept"), json!({})).await.ok();
    take(app).await;
    assert!(remind(app).await.is_empty());
}

/// In the morning of its day, to whoever is to do it, and nobody else; done before, not at all.
#[apply(on_both_engines!)]
async fn an_action_item_is_due(app: TestApp) {
    let pair = app.pair().await;
    set(app, "update people set time_zone = $2 where id = $1", pair.mentee, "America/New_York").await;
    let path = format!("/v1/sessions/{}/action-items", schedule_id(app, &pair).await);
    for _ in 0..2 {
        app.as_(pair.mentor)
            .post(&path, json!({"text": "x", "owner": "mentee", "due_on": "2026-03-10"}))
            .await
            .created();
    }
    let done =
        app.as_(pair.mentor).get("/v1/action-items").await.ok().items()[0]["id"].as_str().expect("an id").to_owned();
    app.as_(pair.mentee).post(&format!("/v1/action-items/{done}/complete"), json!({})).await.ok();
    // Nine in New York, where summer has begun on the 8th.
    let nine: DateTime<Utc> = "2026-03-10T13:00:00Z".parse().expect("a moment");
    let of_due = async || notices(app, pair.mentee).await.iter().filter(|kind| *kind == "action_item.due").count();
    app.clock.stop_at(nine - TimeDelta::seconds(1), 5);
    remind(app).await;
    assert_eq!(of_due().await, 0);
    app.clock.stop_at(nine, 6);
    remind(app).await;
    remind(app).await;
    assert_eq!(of_due().await, 1);
    assert!(!notices(app, pair.mentor).await.contains(&"action_item.due".to_owned()));
}

/// A year of many pairs, with clocks that go forward and back, instances that die and start beside each other:
/// nothing is told twice, nothing is not told, and nobody is woken.
#[apply(on_both_engines!)]
async fn a_year_goes_by(app: TestApp) {
    year(app).await;
}

async fn schedule_id(app: &TestApp, pair: &Pair) -> String {
    schedule(app, pair).await.rsplit('/').next().expect("an id").to_owned()
}

/// One pair of the year, and what is going to happen to it.
struct Life {
    pair: Pair,
    zone: Tz,
    starts_on: NaiveDate,
    sessions: Vec<(SessionId, DateTime<Utc>, bool)>,
    items: Vec<(ActionItemId, NaiveDate)>,
    goal: GoalId,
    /// Reported every so many days, if at all.
    reports_every: Option<u64>,
}

impl Life {
    async fn begin(app: &TestApp, number: usize) -> Self {
        let (pair, begin) = (app.pair().await, app.clock.now());
        let zone = ZONES[number % ZONES.len()];
        for person in [pair.mentor, pair.mentee] {
            set(app, "update people set time_zone = $2 where id = $1", person, zone).await;
        }
        let starts_on = begin.date_naive() - Days::new(1 + number as u64 % 31);
        let mut life = Self {
            pair,
            zone: zone.parse().expect("a zone"),
            starts_on,
            sessions: Vec::new(),
            items: Vec::new(),
            goal: GoalId::new(&app.clock),
            reports_every: number.is_multiple_of(3).then_some(45),
        };
        life.write(app, number, begin).await;
        if number.is_multiple_of(4) {
            let digest = json!({"digest_at": "07:30", "quiet_hours": {"from": "19:00", "to": "07:00"}});
            app.as_(life.pair.mentee).patch("/v1/me/notice-preferences", digest).await.ok();
        }
        life
    }

    async fn write(&mut self, app: &TestApp, number: usize, begin: DateTime<Utc>) {
        let mut tx = app.db.write().await.expect("a unit of work");
        let pair = self.pair.id;
        tx.query("update pairs set starts_on = $2 where id = $1")
            .bind(pair)
            .bind(self.starts_on)
            .run()
            .await
            .expect("a day");
        tx.query(
            "insert into goals (id, pair_id, owner_id, author_id, title, status, progress, activated_at, created_at, updated_at, revision)
             values ($1, $2, $3, $3, 'Talks', 'active', 0, $4, $4, $4, 1)",
        )
        .bind(self.goal).bind(pair).bind(self.pair.mentee).bind(begin).run().await.expect("a goal");
        for week in 1..17_usize {
            let id = SessionId::new(&app.clock);
            let minutes = i64::try_from((week * 22 * 24 * 60) + (number * 977 + week * 311) % 1440).expect("a year");
            let (at, has_agenda) = (begin + TimeDelta::minutes(minutes), (number + week).is_multiple_of(2));
            tx.query(
                "insert into sessions (id, pair_id, event_id, sequence, starts_at, ends_at, time_zone, length_minutes, kind,
                    status, created_at, updated_at, revision)
                 values ($1, $2, $1, 0, $3, $3, 'UTC', 45, 'regular', 'scheduled', $4, $4, 1)",
            )
            .bind(id).bind(pair).bind(at).bind(begin).run().await.expect("a session");
            if has_agenda {
                tx.query(
                    "insert into agenda_items (id, session_id, pair_id, author_id, topic, text, position, created_at, updated_at, revision)
                     values ($1, $2, $3, $4, $5, $5, 1, $6, $6, 1)",
                )
                .bind(AgendaItemId::new(&app.clock)).bind(id).bind(pair).bind(self.pair.mentee).bind(vec![0_u8]).bind(begin)
                .run().await.expect("an agenda");
            }
            self.sessions.push((id, at, has_agenda));
        }
        let session = self.sessions[0].0;
        for month in 1..6 {
            let (id, due_on) =
                (ActionItemId::new(&app.clock), begin.date_naive() + Days::new(61 * month + number as u64 % 7));
            tx.query(
                "insert into action_items (id, session_id, pair_id, author_id, owner_id, text, due_on, status, created_at, updated_at, revision)
                 values ($1, $2, $3, $4, $5, $6, $7, 'open', $8, $8, 1)",
            )
            .bind(id).bind(session).bind(pair).bind(self.pair.mentor).bind(self.pair.mentee).bind(vec![0_u8]).bind(due_on)
            .bind(begin).run().await.expect("an item");
            self.items.push((id, due_on));
        }
        tx.commit().await.expect("it commits");
    }

    /// Reports, on a day on which it does.
    async fn report(&self, app: &TestApp, day: u64) {
        if !self.reports_every.is_some_and(|every| day > 0 && day.is_multiple_of(every)) {
            return;
        }
        let mut tx = app.db.write().await.expect("a unit of work");
        tx.query(
            "insert into check_ins (id, goal_id, pair_id, author_id, confidence, progress_before, progress_after, key_results, created_at)
             values ($1, $2, $3, $4, 'on_track', 0, 0, '[]', $5)",
        )
        .bind(CheckInId::new(&app.clock)).bind(self.goal).bind(self.pair.id).bind(self.pair.mentee).bind(app.clock.now())
        .run().await.expect("a report");
        tx.commit().await.expect("it commits");
    }

    /// All that has to be told between the first moment and the last, and when it is due.
    fn expected(&self, begin: DateTime<Utc>, end: DateTime<Utc>) -> Vec<(&'static str, Uuid, DateTime<Utc>)> {
        let mut all = Vec::new();
        for (id, at, has_agenda) in &self.sessions {
            all.push(("session.upcoming", id.uuid(), *at - TimeDelta::hours(24)));
            if !has_agenda {
                all.push(("agenda.missing", id.uuid(), *at - TimeDelta::hours(24)));
            }
        }
        // Nine in the morning is leapt over or repeated nowhere.
        let nine = |day: NaiveDate| {
            let local = day.and_hms_opt(9, 0, 0).expect("a time").and_local_timezone(self.zone);
            local.single().expect("once").to_utc()
        };
        all.extend(self.items.iter().map(|(id, due_on)| ("action_item.due", id.uuid(), nine(*due_on))));
        for month in 1..20 {
            let kind = if month == 3 { "pair.midpoint" } else { "pair.review_due" };
            all.push((kind, self.pair.id.uuid(), nine(self.starts_on + Months::new(month))));
        }
        let first = begin.with_timezone(&self.zone).date_naive();
        let mut since = vec![first];
        if let Some(every) = self.reports_every {
            since.extend((1..9).map(|n| (begin + Days::new(n * every)).with_timezone(&self.zone).date_naive()));
        }
        for (place, day) in since.iter().enumerate() {
            let asked = (1..13)
                .map(|n| *day + Days::new(30 * n))
                .filter(|asked| since.get(place + 1).is_none_or(|next| asked < next));
            all.extend(asked.map(|asked| ("goal.check_in_due", self.goal.uuid(), nine(asked))));
        }
        // Nobody reports for two months: the goal stands still. A session is always planned.
        if self.reports_every.is_none() {
            all.push(("pair.needs_attention", self.pair.id.uuid(), begin + TimeDelta::days(60)));
        }
        // What came due shortly before anybody looked is told, too.
        all.retain(|(_, _, due)| *due > begin - TimeDelta::days(2) && *due <= end);
        all
    }
}

async fn year(app: &TestApp) {
    let mut lives = Vec::new();
    for number in 0..setting("MENTORSHIP_PAIRS").unwrap_or(40) {
        lives.push(Life::begin(app, number).await);
    }
    let begin = app.clock.now();
    let digesting: BTreeMap<_, _> =
        lives.iter().step_by(4).map(|life| (life.pair.mentee.to_string(), life.zone)).collect();
    let mut digests: BTreeMap<(String, NaiveDate), usize> = BTreeMap::new();
    let mut other = app.apart(Ring::of_one()).await;
    for step in 0..366 * 4_u64 {
        let now = begin + STEP * i32::try_from(step).expect("a year");
        app.clock.stop_at(now, step + 1000);
        if step.is_multiple_of(4) {
            for life in &lives {
                life.report(app, step / 4).await;
            }
        }
        // Some die of it, some do it at once with another, and some are new.
        if step.is_multiple_of(7) {
            let _ = tokio::time::timeout(Duration::from_micros(300 * (step % 11)), app.service.send_reminders()).await;
        }
        if step.is_multiple_of(50) {
            other.stop().await;
            other = app.apart(Ring::of_one()).await;
            let (one, two) = tokio::join!(app.service.send_reminders(), other.service.send_reminders());
            one.and(two).expect("both remind");
        }
        for letter in remind(app).await {
            let address = letter.header("To").to_owned();
            for (person, zone) in &digesting {
                if !address.contains(person) {
                    continue;
                }
                let local = now.with_timezone(zone);
                assert!((7..19).contains(&local.hour()), "{} at {local}", letter.header("Subject"));
                let single = [
                    "How is your mentoring goal going?",
                    "Your monthly mentoring review",
                    "Time to look back on your mentoring",
                ];
                assert!(!single.contains(&letter.header("Subject")), "{}", letter.whole);
                if letter.header("Subject") == "Your mentoring news of the day" {
                    *digests.entry((person.clone(), local.date_naive())).or_default() += 1;
                }
            }
        }
    }
    other.stop().await;
    let end = app.clock.now();
    let mut tx = app.db.read_one().await.expect("a look");
    let told = tx.query("select kind, record_id, created_at from events where kind not in ('digest.due') order by id");
    let mut told: Vec<(String, Uuid, DateTime<Utc>)> = told.all().await.expect("events");
    let mut expected: Vec<_> = lives.iter().flat_map(|life| life.expected(begin, end)).collect();
    told.sort();
    expected.sort_unstable();
    assert!(expected.len() > lives.len() * 40, "only {}", expected.len());
    for (told, expected) in told.iter().zip(&expected) {
        assert_eq!((told.0.as_str(), told.1), (expected.0, expected.1), "{told:?} {expected:?}");
        let late = told.2 - expected.2.max(begin);
        assert!(late >= TimeDelta::zero() && late < STEP, "{told:?} was due at {}", expected.2);
    }
    assert_eq!(told.len(), expected.len());
    assert!(digests.len() > digesting.len() * 10 && digests.values().all(|count| *count == 1), "{digests:?}");
    let left =
        tx.query("select count(*) from notices n where not exists (select 1 from events e where e.id = n.event_id)");
    assert_eq!(left.one::<(i64,)>().await.expect("a count").0, 0);
}
