//! Who takes part in a program: applying, waiting, being let in, and what follows from it.

use std::collections::BTreeSet;

use mentorship::ids::PersonId;
use mentorship::policy::Scope;
use serde_json::{Value, json};

use crate::harness::{Answer, Client, Person, TestApp};
use crate::notify::mails::{kinds, take, to};
use crate::suggestions::world::{World, alter};

/// A program with whoever coordinates it.
struct Program {
    id: String,
    path: String,
    coordinator: PersonId,
    lead: Client,
}

impl Program {
    async fn new(app: &TestApp, terms: Value) -> Self {
        let coordinator = app.person().await;
        let id = app.program(coordinator).await;
        let lead = app.as_with(coordinator, &["coordinator"]);
        let path = format!("/v1/programs/{id}");
        lead.patch(&path, terms).await.ok();
        Self { id: id.to_string(), path, coordinator, lead }
    }

    async fn enrol(&self, client: &Client, body: Value) -> Answer {
        client.post(&format!("{}/enrolments", self.path), body).await
    }

    /// Somebody new who enrols.
    async fn newcomer(&self, app: &TestApp, role: &str) -> (PersonId, String) {
        let person = app.person().await;
        let made = self.enrol(&app.as_(person), json!({"role": role})).await.created();
        (person, made.header("location").to_owned())
    }

    async fn pair(&self, mentor: PersonId, mentee: PersonId, more: Value) -> Answer {
        let mut body = json!({"mentor_id": mentor, "mentee_id": mentee, "program_id": self.id});
        body.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        self.lead.post("/v1/pairs", body).await
    }
}

async fn status(program: &Program, path: &str) -> String {
    program.lead.get(path).await.ok().body["status"].as_str().expect("a status").to_owned()
}

async fn notices(app: &TestApp, person: PersonId) -> Vec<String> {
    app.service.deliver().await.expect("it delivers");
    let listed = app.as_(person).get("/v1/notices").await.ok();
    listed.items().iter().map(|notice| notice["kind"].as_str().expect("a kind").to_owned()).collect()
}

/// Where a program asks for it, whoever applies waits for the answer of a lead; and may apply again after a no.
#[apply(on_both_engines!)]
async fn a_lead_answers_who_applies(app: TestApp) {
    let program = Program::new(app, json!({"enrolling": "by_approval"})).await;
    let (mentee, path) = program.newcomer(app, "mentee").await;
    let me = app.as_(mentee);
    let mine = me.get(&path).await.ok();
    let mine =
        mine.has("/status", "applied").has("/role", "mentee").has("/capacity", Value::Null).has("/withheld", json!([]));
    mine.has("/program/id", program.id.clone()).has("/person/id", mentee.to_string());
    assert_eq!(notices(app, program.coordinator).await, ["enrolment.requested"]);
    for other in [app.as_(app.person().await), app.as_service(app.service_account(&Scope::ALL).await, &Scope::ALL)] {
        other.get(&path).await.problem(404, "not_found");
        other.post(&format!("{path}/approve"), json!({})).await.problem(404, "not_found");
    }
    me.post(&format!("{path}/approve"), json!({})).await.problem(403, "not_allowed");
    program.lead.post(&format!("{path}/decline"), json!({})).await.ok().has("/status", "declined");
    program.lead.post(&format!("{path}/approve"), json!({})).await.problem(409, "wrong_state");
    me.post(&format!("{path}/withdraw"), json!({})).await.problem(409, "wrong_state");
    let again = program.enrol(&me, json!({"role": "mentee"})).await.created().header("location").to_owned();
    program.lead.post(&format!("{again}/approve"), json!({})).await.ok().has("/status", "enrolled");
    program.lead.post(&format!("{again}/decline"), json!({})).await.problem(409, "wrong_state");
    assert_eq!(notices(app, mentee).await, ["enrolment.accepted", "enrolment.declined"]);
    let letters = take(app).await;
    let subjects = ["About your application to a mentoring program", "You take part in a mentoring program"];
    assert_eq!(kinds(&letters).into_iter().collect::<BTreeSet<_>>(), BTreeSet::from(subjects));
    assert!(letters.iter().all(|letter| letter.header("To").contains(&mentee.to_string())));
    let listed = me.get("/v1/enrolments").await.ok();
    assert_eq!(
        listed.items().iter().map(|one| one["status"].as_str().unwrap()).collect::<Vec<_>>(),
        ["declined", "enrolled"]
    );
    me.get("/v1/enrolments?status=enrolled&count=exact").await.ok().has("/total", 1);
    app.as_(app.person().await)
        .get(&format!("/v1/enrolments?program_id={}&count=exact", program.id))
        .await
        .ok()
        .has("/total", 0);
}

/// A person gets a mail when a lead approves, declines or ends their enrolment.
#[apply(on_both_engines!)]
async fn each_decision_of_a_lead_is_mailed(app: TestApp) {
    let program = Program::new(app, json!({"enrolling": "by_approval"})).await;
    let (_, one) = program.newcomer(app, "mentee").await;
    let (leaving, two) = program.newcomer(app, "mentee").await;
    take(app).await;
    for (path, act, subject) in [
        (&one, "decline", "About your application to a mentoring program"),
        (&two, "approve", "You take part in a mentoring program"),
        (&two, "withdraw", "You no longer take part in a mentoring program"),
    ] {
        program.lead.post(&format!("{path}/{act}"), json!({})).await.ok();
        assert_eq!(kinds(&take(app).await), [subject], "after {act}");
    }
    assert_eq!(notices(app, leaving).await, ["enrolment.ended", "enrolment.accepted"]);
}

/// Where the program is full, who comes waits; who came first is let in first.
#[apply(on_both_engines!)]
async fn who_comes_too_late_waits(app: TestApp) {
    let program = Program::new(app, json!({"enrolling": "open", "max_mentees": 1})).await;
    let (first, one) = program.newcomer(app, "mentee").await;
    let (second, two) = program.newcomer(app, "mentee").await;
    let (_, three) = program.newcomer(app, "mentee").await;
    let (_, mentor) = program.newcomer(app, "mentor").await;
    let all = async || [status(&program, &one).await, status(&program, &two).await, status(&program, &three).await];
    assert_eq!(
        (all().await, status(&program, &mentor).await),
        (["enrolled", "waiting", "waiting"].map(str::to_owned), "enrolled".to_owned())
    );
    program.lead.post(&format!("{two}/approve"), json!({})).await.problem(409, "wrong_state");
    app.as_(second).post(&format!("{one}/withdraw"), json!({})).await.problem(404, "not_found");
    app.as_(first).post(&format!("{one}/withdraw"), json!({})).await.ok().has("/status", "withdrawn");
    assert_eq!(all().await, ["withdrawn", "enrolled", "waiting"]);
    program.lead.patch(&program.path, json!({"max_mentees": 2})).await.ok().has("/max_mentees", 2);
    assert_eq!(all().await, ["withdrawn", "enrolled", "enrolled"]);
    // Who takes part stays when the limit is lowered; nobody else is let in.
    program.lead.patch(&program.path, json!({"max_mentees": 1})).await.ok();
    let (_, four) = program.newcomer(app, "mentee").await;
    program.lead.post(&format!("{two}/withdraw"), json!({})).await.ok();
    assert_eq!(
        (all().await, status(&program, &four).await),
        (["withdrawn", "ended", "enrolled"].map(str::to_owned), "waiting".to_owned())
    );
    program.lead.patch(&program.path, json!({"max_mentees": null})).await.ok().has("/max_mentees", Value::Null);
    assert_eq!(status(&program, &four).await, "enrolled");
    program.lead.post(&format!("{two}/withdraw"), json!({})).await.problem(409, "wrong_state");
    assert_eq!(notices(app, second).await, ["enrolment.ended", "enrolment.accepted", "enrolment.queued"]);
    assert_eq!(notices(app, program.coordinator).await, ["enrolment.withdrawn"]);
}

/// The last place is given once, however many ask for it at the same moment.
#[apply(on_both_engines!)]
async fn the_last_place_is_given_once(app: TestApp) {
    let program = Program::new(app, json!({"enrolling": "open", "max_mentors": 3})).await;
    let path = format!("{}/enrolments", program.path);
    let mut asking = Vec::new();
    for _ in 0..12 {
        asking.push(app.as_(app.person().await));
    }
    let asked = asking.iter().map(|client| client.post(&path, json!({"role": "mentor"})));
    let answers = futures_util::future::join_all(asked).await;
    let enrolled = answers.iter().filter(|answer| answer.body["status"] == "enrolled").count();
    let waiting = answers.iter().filter(|answer| answer.body["status"] == "waiting").count();
    assert_eq!((enrolled, waiting), (3, 9));
}

/// Leads enrol others, without asking; nobody else does.
#[apply(on_both_engines!)]
async fn leads_enrol_others(app: TestApp) {
    let program = Program::new(app, json!({"enrolling": "closed"})).await;
    let mentor = app.person().await;
    let body = json!({"role": "mentor", "person_id": mentor, "capacity": 2});
    program.enrol(&app.as_(mentor), json!({"role": "mentor"})).await.problem(409, "wrong_state");
    program.enrol(&app.as_(app.person().await), body.clone()).await.problem(403, "not_allowed");
    let elsewhere = app.person().await;
    app.program(elsewhere).await;
    program.enrol(&app.as_with(elsewhere, &["coordinator"]), body.clone()).await.problem(403, "not_allowed");
    let made = program.enrol(&program.lead, body.clone()).await.created();
    let path = made.header("location").to_owned();
    made.has("/status", "enrolled").has("/capacity", 2).has("/person/id", mentor.to_string());
    program.enrol(&program.lead, body).await.problem(409, "already_exists");
    program.enrol(&program.lead, json!({"role": "mentee", "person_id": mentor})).await.created();
    app.as_(mentor).patch(&path, json!({"capacity": 4})).await.ok().has("/capacity", 4);
    app.as_(mentor).patch(&path, json!({"capacity": null})).await.ok().has("/capacity", Value::Null);
    app.as_(mentor).patch(&path, json!({"capacity": 0})).await.problem(422, "invalid_value").points_at("/capacity");
    let letters = take(app).await;
    let letter = to(&letters, mentor);
    assert_eq!(letter.header("Subject"), "You take part in a mentoring program");
    assert!(
        letter.whole.contains("as a mentor") && letter.whole.contains("may ask you to become a mentor"),
        "{}",
        letter.whole
    );
}

/// What makes no sense is refused, and says why.
#[apply(on_both_engines!)]
async fn what_makes_no_sense_is_refused(app: TestApp) {
    let none = Program::new(app, json!({})).await;
    none.lead.get("/v1/programs?enrolling=open&count=exact").await.ok().has("/total", 0);
    none.lead.get("/v1/programs?enrolling=none&count=exact").await.ok().has("/total", 1);
    let person = app.person().await;
    let me = app.as_(person);
    none.enrol(&me, json!({"role": "mentee"})).await.problem(409, "wrong_state");
    none.enrol(&none.lead, json!({"role": "mentee"})).await.problem(409, "wrong_state");
    let program = Program::new(app, json!({"enrolling": "open"})).await;
    program.enrol(&me, json!({"role": "guest"})).await.problem(400, "invalid_request").points_at("/role");
    program.enrol(&me, json!({})).await.problem(400, "invalid_request").points_at("/role");
    program
        .enrol(&me, json!({"role": "mentee", "capacity": 2}))
        .await
        .problem(422, "invalid_value")
        .points_at("/capacity");
    program
        .enrol(&me, json!({"role": "mentor", "capacity": 11}))
        .await
        .problem(422, "invalid_value")
        .points_at("/capacity");
    let nobody = json!({"role": "mentee", "person_id": "01988b64-97e0-7d1e-a3b5-6d7e8f9a0b1c"});
    program.enrol(&program.lead, nobody).await.problem(422, "invalid_value").points_at("/person_id");
    let away = app.person_with(Person { status: "on_leave", ..Person::default() }).await;
    program.enrol(&program.lead, json!({"role": "mentee", "person_id": away})).await.problem(409, "person_not_active");
    alter(app, person, "update people set offers_mentoring = false where id = $1").await;
    program.enrol(&me, json!({"role": "mentor"})).await.problem(409, "wrong_state");
    program.enrol(&program.lead, json!({"role": "mentor", "person_id": person})).await.problem(409, "wrong_state");
    alter(app, person, "update people set wants_mentoring = false where id = $1").await;
    program.enrol(&me, json!({"role": "mentee"})).await.problem(409, "wrong_state");
    let service = app.as_service(app.service_account(&Scope::ALL).await, &Scope::ALL);
    program.enrol(&service, json!({"role": "mentee", "person_id": person})).await.problem(403, "not_allowed");
    service.get("/v1/enrolments").await.problem(403, "not_allowed");
    for _ in 0..3 {
        program.lead.post(&format!("{}/advance", program.path), json!({})).await;
    }
    program.enrol(&app.as_(app.person().await), json!({"role": "mentee"})).await.problem(409, "wrong_state");
    for wrong in [json!({"enrolling": "maybe"}), json!({"max_mentors": 0}), json!({"max_mentees": "many"})] {
        let answer = program.lead.patch(&program.path, wrong).await;
        assert!([400, 422].contains(&answer.status), "{}", answer.body);
    }
    program.lead.get(&format!("/v1/enrolments?program_id={}&count=exact", program.id)).await.ok().has("/total", 0);
}

/// In a program that people enrol in, only those are paired and suggested who take part; a lead may say why not.
#[apply(on_both_engines!)]
async fn only_who_takes_part_is_paired(app: TestApp) {
    let world = World::new(app).await;
    let program = Program::new(app, json!({"enrolling": "by_approval"})).await;
    let (mentor, other, mentee) = (world.mentor(app).await, world.mentor(app).await, world.mentee(app).await);
    let suggestions = async || {
        let asked = json!({"program_id": program.id, "mentee_id": mentee, "limit": 10});
        program.lead.post("/v1/suggestions", asked).await
    };
    program.pair(mentor, mentee, json!({})).await.problem(409, "not_enrolled");
    suggestions().await.problem(409, "not_enrolled").points_at("/mentee_id");
    for (person, role) in [(mentor, "mentor"), (mentee, "mentor"), (other, "mentee")] {
        program.enrol(&program.lead, json!({"role": role, "person_id": person})).await.created();
    }
    program.pair(mentor, mentee, json!({})).await.problem(409, "not_enrolled");
    program.enrol(&app.as_(mentee), json!({"role": "mentee"})).await.created().has("/status", "applied");
    suggestions().await.problem(409, "not_enrolled");
    let listed = program.lead.get(&format!("/v1/enrolments?person_id={mentee}&status=applied")).await.ok();
    let applied = listed.items()[0]["id"].as_str().expect("an id").to_owned();
    program.lead.post(&format!("/v1/enrolments/{applied}/approve"), json!({})).await.ok();
    let made = suggestions().await.created();
    let mentors: Vec<_> =
        made.body["suggestions"].as_array().expect("a list").iter().map(|one| one["mentor"]["id"].clone()).collect();
    assert_eq!(mentors, [json!(mentor.to_string())]);
    program.pair(other, mentee, json!({})).await.problem(409, "not_enrolled");
    // A proposal tells nobody whether the other takes part: the other one is told, when they say yes.
    let proposal = json!({"mentor_id": other, "mentee_id": mentee, "program_id": program.id});
    let proposed = app.as_(mentee).post("/v1/pairs", proposal.clone()).await.created().header("location").to_owned();
    app.as_(other).post(&format!("{proposed}/accept"), json!({})).await.problem(409, "not_enrolled");
    app.as_(other).post(&format!("{proposed}/decline"), json!({})).await.ok();
    app.as_(other).post("/v1/pairs", proposal).await.problem(409, "not_enrolled");
    program.pair(other, mentee, json!({"override_reason": "They know each other."})).await.created();
    let suggestion = made.body["suggestions"][0]["id"].as_str().expect("an id");
    program
        .lead
        .post(&format!("/v1/suggestions/{suggestion}/create-pair"), json!({}))
        .await
        .created()
        .has("/status", "accepted");
}

/// A mentor says how many they take in this program; who has so many is suggested no more, and paired only with a reason.
#[apply(on_both_engines!)]
async fn a_mentor_takes_so_many_in_a_program(app: TestApp) {
    let world = World::new(app).await;
    let program = Program::new(app, json!({"enrolling": "open"})).await;
    let (mentor, one, two) = (world.mentor(app).await, world.mentee(app).await, world.mentee(app).await);
    let enrolled = program.enrol(&app.as_(mentor), json!({"role": "mentor", "capacity": 1})).await.created();
    for mentee in [one, two] {
        program.enrol(&app.as_(mentee), json!({"role": "mentee"})).await.created();
    }
    let asked = json!({"program_id": program.id});
    let suggested = async || app.as_(two).post("/v1/suggestions", asked.clone()).await.created();
    assert_eq!(suggested().await.body["suggestions"].as_array().map(Vec::len), Some(1));
    program.pair(mentor, one, json!({})).await.created();
    assert_eq!(suggested().await.body["suggestions"].as_array().map(Vec::len), Some(0));
    program.pair(mentor, two, json!({})).await.problem(409, "mentor_at_capacity");
    let proposal = json!({"mentor_id": mentor, "mentee_id": two, "program_id": program.id});
    let proposed = app.as_(two).post("/v1/pairs", proposal).await.created().header("location").to_owned();
    app.as_(mentor).post(&format!("{proposed}/accept"), json!({})).await.problem(409, "mentor_at_capacity");
    app.as_(mentor).patch(enrolled.header("location"), json!({"capacity": 2})).await.ok();
    app.as_(mentor).post(&format!("{proposed}/accept"), json!({})).await.ok().has("/status", "active");
}

/// How many were left out tells nobody who takes part.
#[apply(on_both_engines!)]
async fn what_is_counted_is_the_same_whoever_takes_part(app: TestApp) {
    let world = World::new(app).await;
    let program = Program::new(app, json!({"enrolling": "open"})).await;
    let (mentor, mentee) = (world.mentor(app).await, world.mentee(app).await);
    program.enrol(&app.as_(mentee), json!({"role": "mentee"})).await.created();
    let counted = async || {
        let made = app.as_(mentee).post("/v1/suggestions", json!({"program_id": program.id})).await.created();
        made.body["excluded"].clone()
    };
    program.pair(mentor, mentee, json!({"override_reason": "They know each other."})).await.created();
    let before = counted().await;
    assert_eq!(before["live_pair"], 1);
    program.enrol(&app.as_(mentor), json!({"role": "mentor"})).await.created();
    assert_eq!(counted().await, before);
}

/// Nobody is let in any more whose profile says no by then, nor where nobody enrols any more.
#[apply(on_both_engines!)]
async fn who_wants_no_more_is_not_let_in(app: TestApp) {
    let program = Program::new(app, json!({"enrolling": "by_approval", "max_mentees": 1})).await;
    let (first, one) = program.newcomer(app, "mentee").await;
    alter(app, first, "update people set wants_mentoring = false where id = $1").await;
    program.lead.post(&format!("{one}/approve"), json!({})).await.problem(409, "wrong_state");
    program.lead.post(&format!("{one}/withdraw"), json!({})).await.problem(409, "wrong_state");
    program.lead.patch(&program.path, json!({"enrolling": "open"})).await.ok();
    let (_, two) = program.newcomer(app, "mentee").await;
    let (third, three) = program.newcomer(app, "mentee").await;
    let (_, four) = program.newcomer(app, "mentee").await;
    alter(app, third, "update people set wants_mentoring = false where id = $1").await;
    program.lead.post(&format!("{two}/withdraw"), json!({})).await.ok().has("/status", "ended");
    assert_eq!(
        (status(&program, &three).await, status(&program, &four).await),
        ("waiting".to_owned(), "enrolled".to_owned())
    );
    program.lead.patch(&program.path, json!({"enrolling": "none", "max_mentees": 9})).await.ok();
    alter(app, third, "update people set wants_mentoring = true where id = $1").await;
    program.lead.post(&format!("{four}/withdraw"), json!({})).await.ok();
    assert_eq!(status(&program, &three).await, "waiting");
    program.lead.patch(&program.path, json!({"enrolling": "closed"})).await.ok();
    assert_eq!(status(&program, &three).await, "enrolled");
}

/// Who is erased is in nobody's wishes any more; the other wishes keep their order.
#[apply(on_both_engines!)]
async fn nobody_wishes_for_who_is_erased(app: TestApp) {
    let program = Program::new(app, json!({"enrolling": "open"})).await;
    let mut mentors = Vec::new();
    for _ in 0..3 {
        mentors.push(program.newcomer(app, "mentor").await.0);
    }
    let (mentee, path) = program.newcomer(app, "mentee").await;
    let mentee = app.as_(mentee);
    mentee.patch(&path, json!({"wishes": [mentors[2], mentors[1], mentors[0]]})).await.ok();
    let admin = app.as_with(app.person().await, &["admin"]);
    let confirm = json!({"confirm": format!("{}@example.com", mentors[1])});
    admin.post(&format!("/v1/people/{}/erase", mentors[1]), confirm).await.ok();
    mentee.get(&path).await.ok().has("/wishes", json!([mentors[2], mentors[0]]));
    mentee.patch(&path, json!({"wishes": [mentors[1]]})).await.problem(422, "invalid_value").points_at("/wishes/0");
}

/// Who leaves takes part in nothing any more, and who waited has the place.
#[apply(on_both_engines!)]
async fn who_leaves_makes_room(app: TestApp) {
    let program = Program::new(app, json!({"enrolling": "open", "max_mentors": 1})).await;
    let (leaver, one) = program.newcomer(app, "mentor").await;
    let (_, two) = program.newcomer(app, "mentor").await;
    let admin = app.as_with(app.person().await, &["admin"]);
    admin.patch(&format!("/v1/people/{leaver}"), json!({"status": "departed"})).await.ok();
    app.service.deliver().await.expect("it delivers");
    assert_eq!(
        (status(&program, &one).await, status(&program, &two).await),
        ("withdrawn".to_owned(), "enrolled".to_owned())
    );
    assert_eq!(notices(app, program.coordinator).await, ["enrolment.withdrawn"]);
}
