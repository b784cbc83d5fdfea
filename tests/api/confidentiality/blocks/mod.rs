//! Blocks, directed: two worlds in which somebody blocks the other one of the two, or a person who has nothing to do with
//! it. Whatever is done about the two, everybody but the author of the block gets the same bytes.

mod play;

use std::collections::BTreeMap;

use chrono::TimeDelta;
use mentorship::ids::PersonId;
use mentorship::notify::mail::MailTransport;
use reqwest::Method;
use serde_json::{Value, json};

use self::play::{Play, Told, compare};
use crate::harness::{Person, Setup, TestApp};
use crate::matching_rounds::club::{Club, path_of};
use crate::suggestions::world::{self, World};

/// Makes two tests of one: `…::sqlite` and `…::postgres`. Write it as `#[apply(in_both_worlds!)]`.
macro_rules! in_both_worlds {
    ($(#[doc = $doc:literal])* async fn $name:ident($play:ident: Play) $body:block) => {
        $(#[doc = $doc])*
        mod $name {
            use super::*;

            #[actix_web::test]
            async fn sqlite() {
                compare(async || Some(TestApp::on_sqlite().await), run).await;
            }

            #[actix_web::test]
            async fn postgres() {
                compare(TestApp::on_postgres, run).await;
            }

            async fn run($play: &mut Play<'_>) $body
        }
    };
}

/// Two people, of whom the mentor was suggested to the mentee: their ids, and the suggestion.
async fn suggested(play: &mut Play<'_>) -> (PersonId, PersonId, String) {
    let world = World::new(play.app).await;
    let manager = play.app.person().await;
    play.viewers.push(("manager", play.app.as_(manager)));
    let (mentor, mentee) = (world.mentor(play.app).await, world.mentee(play.app).await);
    world::relate(play.app, mentee, manager, world::MOVE).await;
    let suggestion = world::only(play.app, mentee).await;
    (mentor, mentee, suggestion)
}

/// A pair is proposed, by the mentee with `path` and `body`, and nobody answers.
async fn proposed(
    play: &mut Play<'_>,
    (proposer, other): (PersonId, PersonId),
    suggestion: &str,
    path: &str,
    body: Value,
) {
    play.block(other, proposer).await;
    let client = play.app.as_(proposer);
    play.viewers.push(("proposer", client.clone()));
    play.look(&[suggestion]).await;
    let made = play.post("proposer", &client, path, body.clone()).await.created();
    let pair = match made.body["pair_id"].as_str() {
        Some(pair) => format!("/v1/pairs/{pair}"),
        None => format!("/v1/pairs/{}", made.id()),
    };
    let proposal = play.app.as_(other).get(&pair).await.ok().has("/status", "proposed");
    assert_eq!(proposal.body["expires_on"], "2026-03-16", "the author of the block finds it, as everybody does");
    play.look(&[suggestion, &pair]).await;
    play.check_left_alone(other, "pair.proposed").await;
    // They are reminded of nothing either.
    play.app.clock.advance(TimeDelta::days(11));
    play.look(&[&pair]).await;
    play.check_left_alone(other, "pair.expiring").await;
    // It lapses like any other, and the same is proposed once more.
    play.app.clock.advance(TimeDelta::days(5));
    play.look(&[&pair]).await;
    play.mails(other);
    let (mentor, mentee) = (made.body["mentor"]["id"].clone(), made.body["mentee"]["id"].clone());
    let again = json!({"mentor_id": mentor, "mentee_id": mentee});
    let again = play.post("proposer", &client, "/v1/pairs", again).await.created();
    play.look(&[&pair, &format!("/v1/pairs/{}", again.id())]).await;
    // What they take back is not told either.
    play.post("proposer", &client, &format!("/v1/pairs/{}/decline", again.id()), json!({})).await.ok();
    play.look(&[]).await;
    play.check_left_alone(other, "pair.declined").await;
}

/// The blocked mentee answers a suggestion that they had before the block.
#[apply(in_both_worlds!)]
async fn a_blocked_mentee_makes_a_pair_of_a_suggestion(play: Play) {
    let (mentor, mentee, suggestion) = suggested(play).await;
    let path = format!("{suggestion}/create-pair");
    Box::pin(proposed(play, (mentee, mentor), &suggestion, &path, json!({"goals_focus": "Speak up"}))).await;
}

/// The blocked mentee proposes a pair by hand.
#[apply(in_both_worlds!)]
async fn a_blocked_mentee_proposes_a_pair(play: Play) {
    let (mentor, mentee, suggestion) = suggested(play).await;
    let body = json!({"mentor_id": mentor, "mentee_id": mentee, "goals_focus": "Speak up"});
    Box::pin(proposed(play, (mentee, mentor), &suggestion, "/v1/pairs", body)).await;
}

/// The blocked mentor proposes a pair to the mentee who blocked them.
#[apply(in_both_worlds!)]
async fn a_blocked_mentor_proposes_a_pair(play: Play) {
    let (mentor, mentee, suggestion) = suggested(play).await;
    let body = json!({"mentor_id": mentor, "mentee_id": mentee});
    Box::pin(proposed(play, (mentor, mentee), &suggestion, "/v1/pairs", body)).await;
}

/// Whoever leads makes a pair of a suggestion, or by hand: it begins as every other one, and the two are told.
#[apply(in_both_worlds!)]
async fn a_lead_assigns_a_pair(play: Play) {
    let (mentor, mentee, suggestion) = suggested(play).await;
    play.viewers.push(("mentee", play.app.as_(mentee)));
    play.block(mentor, mentee).await;
    let admin = play.admin();
    let made = play.post("admin", &admin, &format!("{suggestion}/create-pair"), json!({})).await.created();
    let pair = format!("/v1/pairs/{}", made.body["pair_id"].as_str().expect("a pair"));
    play.look(&[&suggestion, &pair]).await;
    assert!(play.mails(mentor), "an assignment is told");
    play.app.as_(mentor).post(&format!("{pair}/end"), json!({"reason": "other"})).await.ok();
    play.look(&[&pair]).await;
    play.mails(mentor);
    let again = json!({"mentor_id": mentor, "mentee_id": mentee});
    let pair = play.post("admin", &admin, "/v1/pairs", again).await.created().has("/status", "active").id();
    play.look(&[&format!("/v1/pairs/{pair}")]).await;
    assert!(play.mails(mentor), "an assignment is told");
}

/// In a program that asks both, a lead's proposal waits for a yes that does not come.
#[apply(in_both_worlds!)]
async fn a_lead_proposes_a_pair(play: Play) {
    let (mentor, mentee, _) = suggested(play).await;
    let (coordinator, admin) = (play.app.person().await, play.admin());
    let program = play.app.program(coordinator).await;
    admin.patch(&format!("/v1/programs/{program}"), json!({"requires_acceptance": true})).await.ok();
    let lead = play.app.as_with(coordinator, &["coordinator"]);
    play.viewers.extend([("mentee", play.app.as_(mentee)), ("lead", lead.clone())]);
    play.block(mentor, mentee).await;
    let body = json!({"mentor_id": mentor, "mentee_id": mentee, "program_id": program});
    let made = play.post("lead", &lead, "/v1/pairs", body).await.created().has("/status", "proposed");
    let pair = format!("/v1/pairs/{}", made.id());
    play.look(&[&pair]).await;
    play.check_left_alone(mentor, "pair.proposed").await;
    let me = play.app.as_(mentee);
    play.post("mentee", &me, &format!("{pair}/accept"), json!({})).await.ok().has("/status", "proposed");
    play.look(&[&pair]).await;
    play.app.clock.advance(TimeDelta::days(15));
    play.look(&[&pair]).await;
}

/// A mentee asks several mentors: the one who blocked them, before or after, is asked and does not hear of it.
#[apply(in_both_worlds!)]
async fn a_blocked_mentee_asks_mentors(play: Play) {
    let world = World::new(play.app).await;
    let mentee = world.mentee(play.app).await;
    let mentors = [world.mentor(play.app).await, world.mentor(play.app).await, world.mentor(play.app).await];
    let (_, made) = world::ask(play.app, mentee).await;
    let of = |mentor: PersonId| {
        let all = made["suggestions"].as_array().expect("a list");
        let one = all.iter().find(|one| one["mentor"]["id"] == mentor.to_string()).expect("a suggestion");
        one["id"].as_str().expect("an id").to_owned()
    };
    let me = play.app.as_(mentee);
    play.viewers.push(("mentee", me.clone()));
    play.block(mentors[0], mentee).await;
    let choices = json!({"choices": mentors.map(of), "days_to_answer": 3});
    let request =
        play.post("mentee", &me, "/v1/mentor-requests", choices).await.created().has("/choices/0/status", "asked");
    let at = format!("/v1/mentor-requests/{}", request.id());
    // The second one blocks before their turn.
    play.block(mentors[1], mentee).await;
    play.look(&[&at]).await;
    play.check_left_alone(mentors[0], "mentor_invitation.made").await;
    play.app.clock.advance(TimeDelta::days(4));
    play.look(&[&at]).await;
    play.check_left_alone(mentors[1], "mentor_invitation.made").await;
    play.app.clock.advance(TimeDelta::days(4));
    play.look(&[&at]).await;
    // A mentor whom the mentee blocks is asked all the same, and may say yes: the mentee can withdraw.
    play.viewers.retain(|(who, _)| *who != "mentee");
    play.block(mentee, mentors[2]).await;
    let mentor = play.app.as_(mentors[2]);
    let asks = play.ask("third", &mentor, Method::GET, "/v1/mentor-invitations", Value::Null).await.ok();
    let ask = asks.items()[0]["id"].as_str().expect("an id").to_owned();
    play.post("third", &mentor, &format!("/v1/mentor-invitations/{ask}/accept"), json!({}))
        .await
        .created()
        .has("/status", "active");
    play.look(&[&at]).await;
}

/// Who is asked by somebody they blocked cannot answer; once the block is gone they can.
#[apply(in_both_worlds!)]
async fn an_ask_comes_back_with_the_end_of_the_block(play: Play) {
    let (mentor, mentee, suggestion) = suggested(play).await;
    let (me, id) = (play.app.as_(mentee), suggestion.rsplit('/').next().expect("an id"));
    play.viewers.push(("mentee", me.clone()));
    let made = play.post("mentee", &me, "/v1/mentor-requests", json!({"choices": [id]})).await.created();
    let own = play.app.as_(mentor);
    let ask = own.get("/v1/mentor-invitations").await.ok().items()[0]["id"].as_str().expect("an id").to_owned();
    play.block(mentor, mentee).await;
    play.look(&[&format!("/v1/mentor-requests/{}", made.id())]).await;
    own.get(&format!("/v1/mentor-invitations/{ask}")).await.is(if play.is_blocked { 404 } else { 200 });
    if play.is_blocked {
        own.post(&format!("/v1/mentor-invitations/{ask}/accept"), json!({})).await.problem(404, "not_found");
        own.post(&format!("/v1/mentor-invitations/{ask}/decline"), json!({})).await.problem(404, "not_found");
    }
    let whom = if play.is_blocked { mentee } else { play.stranger };
    own.delete(&format!("/v1/me/blocks/{whom}")).await.is(204);
    own.post(&format!("/v1/mentor-invitations/{ask}/accept"), json!({})).await.created();
    play.look(&[]).await;
}

/// A lead reviews a plan that was made before the block: locks, refuses and gives again, swaps, plans around a lock,
/// publishes.
#[apply(in_both_worlds!)]
async fn a_lead_learns_nothing_from_drafts(play: Play) {
    let club = Club::new(play.app, 2, 2).await;
    let path = club.round(json!({})).await;
    let lead = club.lead.clone();
    let mut mentors = BTreeMap::new();
    for mentee in &club.mentees {
        let draft = club.draft_of(&path, *mentee).await;
        mentors.insert(*mentee, (path_of(&draft), draft["mentor"]["id"].as_str().expect("a mentor").to_owned()));
    }
    let one = mentors[&club.mentees[0]].clone();
    let other = mentors[&club.mentees[1]].clone();
    let mentor = PersonId::from(one.1.parse::<uuid::Uuid>().expect("an id"));
    play.block(mentor, club.mentees[0]).await;
    play.block(club.mentees[1], mentor).await;
    play.viewers.push(("lead", lead.clone()));
    play.look(&[&path, &format!("{path}/drafts"), &one.0]).await;
    play.ask("lead", &lead, Method::PATCH, &one.0, json!({"is_locked": true})).await.ok();
    play.post("lead", &lead, &format!("{}/refuse", one.0), json!({})).await.ok();
    play.ask("lead", &lead, Method::PATCH, &one.0, json!({"mentor_id": one.1})).await.ok();
    if one.1 != other.1 {
        let with = json!({"other_draft_id": other.0.rsplit('/').next()});
        for _ in 0..2 {
            play.post("lead", &lead, &format!("{}/swap", one.0), with.clone()).await.ok();
        }
    }
    let give = json!({"mentor_id": one.1, "is_locked": true});
    play.ask("lead", &lead, Method::PATCH, &other.0, give).await.ok();
    play.look(&[&path, &format!("{path}/drafts"), &other.0]).await;
    // Both are locked now, so the plan has their scores in its sum.
    club.done(&path, "plan", json!({})).await.has("/status", "drafted");
    play.look(&[&path, &format!("{path}/drafts")]).await;
    club.done(&path, "publish", json!({})).await.has("/drafts/published", 2).has("/drafts/failed", 0);
    play.look(&[&path, &format!("{path}/drafts")]).await;
}

/// Who is suggested to others, and every count of who is not, does not depend on a block; nor does what the blocked
/// person is told but for the one who is missing.
#[apply(in_both_worlds!)]
async fn suggestions_lack_one_person_and_nothing_else(play: Play) {
    let world = World::new(play.app).await;
    let (mentor, other) = (world.mentor(play.app).await, world.mentor(play.app).await);
    let (mentee, third) = (world.mentee(play.app).await, world.mentee(play.app).await);
    world.at(play.app, 4, Person { capacity: 1, ..Person::default() }).await;
    play.block(mentor, mentee).await;
    let (me, they) = (play.app.as_(mentee), play.app.as_(third));
    // Who leads sees whom the mentee may have, as the mentee does.
    play.viewers.retain(|(who, _)| *who != "admin");
    for _ in 0..4 {
        play.post("third", &they, "/v1/suggestions", json!({"limit": 10})).await.created();
        let made = me.post("/v1/suggestions", json!({"limit": 10})).await.created();
        let all = made.body["suggestions"].as_array().expect("a list");
        let of = |mentor: PersonId| all.iter().find(|one| one["mentor"]["id"] == mentor.to_string());
        assert_eq!(of(mentor).is_some(), !play.is_blocked);
        let rest = json!([of(other).map(|one| (&one["score"], &one["reasons"])), made.body["excluded"]]);
        play.told.push(Told { by: "mentee".to_owned(), what: rest.to_string(), etag: String::new() });
        play.look(&[]).await;
    }
}

/// A mail server that is away.
fn without_mail() -> Setup {
    Setup { post: Some(MailTransport::to_server("smtp://127.0.0.1:1").expect("an address")), ..Setup::default() }
}

/// Admins read how far deliveries got: a mail that is kept back waits for the mail server like the others.
#[apply(on_both_engines!)]
#[set_up_by(without_mail())]
async fn a_mail_that_is_kept_back_fails_like_the_others(app: TestApp) {
    let admin = app.as_with(app.person().await, &["admin"]);
    let (one, other, proposer) = (app.person().await, app.person().await, app.person().await);
    app.as_(one).put(&format!("/v1/me/blocks/{proposer}"), json!({})).await.created();
    for mentor in [one, other] {
        let body = json!({"mentor_id": mentor, "mentee_id": proposer});
        app.as_(proposer).post("/v1/pairs", body).await.created();
    }
    app.service.deliver().await.expect("it delivers");
    for mentor in [one, other] {
        let found = admin.get(&format!("/v1/deliveries?recipient_id={mentor}&channel=mail")).await.ok();
        assert_eq!(found.items().len(), 1, "{}", found.body);
        let found = found.has("/items/0/kind", "pair.proposed").has("/items/0/status", "pending");
        found.has("/items/0/attempts", 1).has("/items/0/last_error", "the mail server cannot be reached");
    }
}
