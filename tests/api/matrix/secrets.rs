//! What the people of the house say: to everybody, to some, to each other and to themselves.

use mentorship::db::OnBehalfOf;
use mentorship::notify::plan::plan;
use serde_json::{Value, json};

use super::house::House;
use super::personas::About;
use super::personas::Reach::{ManagerVisible, NeverShared, Private};

const MAIN: About = About::Pair("main");
const OTHER: About = About::Pair("other");

impl House<'_> {
    /// Everything, in order.
    pub async fn furnish(&mut self) {
        self.people().await;
        self.relationships().await;
    }

    /// What the people do once they are there.
    pub async fn relationships(&mut self) {
        self.pairs().await;
        self.profiles().await;
        self.sessions().await;
        self.goals().await;
        self.suggestions().await;
        self.round().await;
        self.disclosures().await;
        self.notices().await;
        self.groups().await;
    }

    /// Which groups the report of fairness counts people in.
    async fn groups(&mut self) {
        let member = |who: &str, group: &str| json!({"external_id": format!("hr-{who}"), "group": group});
        let members = [member("mentor", "30 to 49"), member("mentee", "under 30"), member("other_mentee", "under 30")];
        self.act("admin", "put", "/v1/fairness/attributes/age band", json!({"members": members})).await;
    }

    /// Everybody is told what happened so far; mail waits.
    async fn notices(&mut self) {
        self.step();
        while OnBehalfOf::Service.scope(plan(&self.app.state)).await.expect("it plans") > 0 {}
        for who in ["mentor", "mentee", "other_mentee"] {
            let listed = self.ask(who, "get", "/v1/notices?limit=1", &Value::Null).await.ok();
            let id = listed.items()[0]["id"].as_str().expect("an id").to_owned();
            self.places.push(format!("/v1/notices/{id}"));
            self.ids.insert(format!("{who}_notice"), id);
        }
    }

    /// A note for the manager and a blocker for the leads, by the mentor and by the mentee.
    async fn disclosures(&mut self) {
        for (audience, author, path, field) in [
            ("manager", "mentor", "/v1/sessions/{session}/notes", "note.text"),
            ("lead", "mentee", "/v1/goals/{goal}/blockers", "blocker.text"),
        ] {
            let text = self.plant(&format!("opened_for_{audience}"), Private, About::Opened(audience), author);
            let name = format!("opened_for_{audience}");
            self.make(&name, author, path, json!({"text": text})).await;
            let body = json!({"field": field, "record_id": format!("{{{name}}}"), "audience": audience});
            self.make(&format!("{audience}_disclosure"), author, "/v1/disclosures", body).await;
        }
    }

    async fn suggestions(&mut self) {
        // The other lead knows most, and so comes first.
        for (mentor, level) in [("guide", 3), ("elder", 3), ("lead", 3), ("other_lead", 5)] {
            let profile = json!({"offers_mentoring": true, "mentor_capacity": 5});
            self.act(mentor, "patch", &format!("/v1/people/{{{mentor}}}/profile"), profile).await;
            let offer = json!({"skills": [{"skill_id": "{talks}", "level": level}]});
            self.act(mentor, "put", &format!("/v1/people/{{{mentor}}}/skills"), offer).await;
        }
        self.act("mentee", "patch", "/v1/people/{mentee}/profile", json!({"wants_mentoring": true})).await;
        self.make("enrolment", "mentee", "/v1/programs/{club}/enrolments", json!({"role": "mentee"})).await;
        let made = self.make("suggestion_request", "mentee", "/v1/suggestions", json!({})).await;
        let made = made.body["suggestions"].as_array().expect("a list");
        assert_eq!(made[0]["mentor"]["id"].as_str(), Some(self.ids["other_lead"].as_str()));
        for (name, mentor) in [
            ("suggestion", "other_lead"),
            ("other_suggestion", "guide"),
            ("spare_suggestion", "elder"),
            ("asked_suggestion", "lead"),
        ] {
            let made = made.iter().find(|one| one["mentor"]["id"] == self.ids[mentor]).expect("a suggestion");
            let id = made["id"].as_str().expect("an id");
            self.ids.insert(name.to_owned(), id.to_owned());
            self.places.push(format!("/v1/suggestions/{id}"));
        }
        let note = self.plant("suggestion.note", Private, About::Suggestion, "mentee");
        let dismissal = json!({"reason": "no_time", "note": note});
        self.act("mentee", "post", "/v1/suggestions/{other_suggestion}/dismiss", dismissal).await;
        let message = self.plant("mentor_request.message", Private, About::Asked, "mentee");
        let request = json!({"choices": ["{asked_suggestion}"], "message": message});
        self.make("mentor_request", "mentee", "/v1/mentor-requests", request).await;
        let asked = self.ask("lead", "get", "/v1/mentor-invitations", &Value::Null).await.ok();
        let id = asked.items()[0]["id"].as_str().expect("an id").to_owned();
        self.places.push(format!("/v1/mentor-invitations/{id}"));
        self.ids.insert("mentor_invitation".to_owned(), id);
    }

    /// Two of the club and the one who takes both, matched.
    async fn round(&mut self) {
        let enrolments = "/v1/programs/{club}/enrolments";
        for mentee in ["novice", "other_mentee"] {
            let profile = format!("/v1/people/{{{mentee}}}/profile");
            self.act(mentee, "patch", &profile, json!({"wants_mentoring": true})).await;
            let body = json!({"role": "mentee", "person_id": format!("{{{mentee}}}")});
            self.act("lead", "post", enrolments, body).await;
        }
        self.act("lead", "post", enrolments, json!({"role": "mentor", "person_id": "{lead}"})).await;
        self.make("matching_round", "lead", "/v1/programs/{club}/matching-rounds", json!({})).await;
        // Paired once, so that the lead knows both for good.
        self.bring_matching_round("published").await;
        for mentee in ["novice", "other_mentee"] {
            let draft = format!("/v1/matching-rounds/{{matching_round}}/drafts?mentee_id={{{mentee}}}");
            let draft = self.act("lead", "get", &draft, Value::Null).await;
            let pair = draft.items()[0]["pair_id"].as_str().expect("a pair").to_owned();
            self.ids.insert(format!("published_{mentee}"), pair);
        }
        self.bring_matching_round("drafted").await;
        let drafts = self.act("lead", "get", "/v1/matching-rounds/{matching_round}/drafts", Value::Null).await;
        for (name, draft) in ["matching_draft", "other_matching_draft"].into_iter().zip(drafts.items()) {
            assert_eq!(draft["mentor"]["id"].as_str(), Some(self.ids["lead"].as_str()), "{draft}");
            let id = draft["id"].as_str().expect("an id").to_owned();
            self.places.push(format!("/v1/matching-drafts/{id}"));
            self.ids.insert(name.to_owned(), id);
        }
    }

    /// Waits until the service has done what was asked of the matching round, and asks for what is missing. Looks without a step
    /// of the clock: how often does not matter.
    pub async fn bring_matching_round(&mut self, to: &str) {
        let id: uuid::Uuid = self.ids["matching_round"].parse().expect("an id");
        for _ in 0..400 {
            let mut tx = self.app.db.read_one().await.expect("it looks");
            let status = tx.query("select status from matching_rounds where id = $1").bind(id).one::<(String,)>().await;
            drop(tx);
            let act = match (status.expect("a status").0.as_str(), to) {
                (now, to) if now == to => return,
                ("drafted", "published") => "publish",
                ("published", "drafted") => "undo",
                _ => {
                    tokio::time::sleep(std::time::Duration::from_millis(25)).await;
                    continue;
                }
            };
            self.act("lead", "post", &format!("/v1/matching-rounds/{{matching_round}}/{act}"), json!({})).await;
        }
        panic!("the matching round does not come to rest");
    }

    async fn pairs(&mut self) {
        let pair =
            json!({"mentor_id": "{mentor}", "mentee_id": "{mentee}", "program_id": "{program}", "cadence": "weekly"});
        self.make("past_pair", "admin", "/v1/pairs", pair.clone()).await;
        let end = json!({
            "reason": "life_change",
            "outcome_summary": self.plant("pair.outcome_summary", ManagerVisible, MAIN, "mentor"),
            "end_note": self.plant("pair.end_note", Private, MAIN, "mentor"),
        });
        self.act("mentor", "post", "/v1/pairs/{past_pair}/end", end).await;
        let mut pair = pair;
        pair["override_reason"] = json!(self.plant("pair.override_reason", ManagerVisible, MAIN, "admin"));
        self.make("pair", "admin", "/v1/pairs", pair).await;
        let text = self.plant("pair.agreement", Private, MAIN, "mentee");
        let at = "/v1/pairs/{pair}";
        self.act_seen("mentee", "put", "/v1/pairs/{pair}/agreement", at, json!({"text": text})).await;
        let pair = json!({"mentor_id": "{mentor}", "mentee_id": "{other_mentee}"});
        self.make("other_pair", "admin", "/v1/pairs", pair).await;
        let text = self.plant("pair.agreement", Private, OTHER, "other_mentee");
        let at = "/v1/pairs/{other_pair}";
        self.act_seen("other_mentee", "put", "/v1/pairs/{other_pair}/agreement", at, json!({"text": text})).await;
        let pair = json!({"mentor_id": "{guide}", "mentee_id": "{novice}", "program_id": "{other_program}"});
        self.make("foreign_pair", "admin", "/v1/pairs", pair).await;
        let proposal = json!({"mentor_id": "{guide}", "mentee_id": "{colleague}"});
        self.make("proposal", "colleague", "/v1/pairs", proposal).await;
        for (author, pair) in [("mentor", "pair"), ("mentee", "pair"), ("other_mentee", "other_pair")] {
            let about = if pair == "pair" { MAIN } else { OTHER };
            let text = self.plant("notebook.text", NeverShared, about, author);
            let path = format!("/v1/pairs/{{{pair}}}/notebook-entries");
            self.make(&format!("{author}_entry"), author, &path, json!({"text": text})).await;
        }
    }

    async fn profiles(&mut self) {
        for who in ["mentor", "mentee", "other_mentee", "colleague", "novice"] {
            let about = About::Person(who);
            let mut profile = json!({"style_answers": [5, 1, 5, 2], "consents_to_personal_fit": true, "bio": "Hello", "mentor_capacity": 9});
            for field in ["career_goals", "career_interest"] {
                profile[field] = json!(self.plant(&format!("person.{field}"), ManagerVisible, about.clone(), who));
            }
            for field in ["learning_style", "communication_style", "accommodations"] {
                profile[field] = json!(self.plant(&format!("person.{field}"), Private, about.clone(), who));
            }
            profile["target_role_id"] = json!("{senior}");
            self.act(who, "patch", &format!("/v1/people/{{{who}}}/profile"), profile).await;
            let need = json!({"skill_id": "{talks}", "priority": 3, "current_level": 1, "target_level": 4});
            self.act(who, "put", &format!("/v1/people/{{{who}}}/needs"), json!({"needs": [need]})).await;
            let offer = json!({"skills": [{"skill_id": "{rust}", "level": 4}]});
            self.act(who, "put", &format!("/v1/people/{{{who}}}/skills"), offer).await;
        }
        for (who, whom) in [("mentee", "colleague"), ("mentor", "manager"), ("other_mentee", "mentee")] {
            self.act(who, "put", &format!("/v1/me/blocks/{{{whom}}}"), Value::Null).await;
        }
        for who in ["mentor", "mentee"] {
            self.act(who, "post", "/v1/me/calendar-feed", json!({})).await;
        }
    }

    async fn session(&mut self, name: &str, pair: &str, at: &str, about: &About) {
        let body = json!({
            "pair_id": format!("{{{pair}}}"), "starts_at": at,
            "place": self.plant(&format!("{name}.place"), Private, about.clone(), "mentor"),
            "link": format!("https://video.example.com/{}", self.plant(&format!("{name}.link"), Private, about.clone(), "mentor")),
        });
        self.make(name, "mentor", "/v1/sessions", body).await;
    }

    async fn contents(&mut self, session: &str, author: &'static str, about: &About) {
        let at = format!("/v1/sessions/{{{session}}}");
        let text = self.plant(&format!("{session}.agenda"), Private, about.clone(), author);
        let body = json!({"topic": "feedback", "text": text});
        self.make(&format!("{author}_agenda_item"), author, &format!("{at}/agenda-items"), body).await;
        let text = self.plant(&format!("{session}.note"), Private, about.clone(), author);
        self.make(&format!("{author}_note"), author, &format!("{at}/notes"), json!({"text": text})).await;
        let text = self.plant(&format!("{session}.action_item"), Private, about.clone(), author);
        self.make(&format!("{author}_action_item"), author, &format!("{at}/action-items"), json!({"text": text})).await;
    }

    async fn sessions(&mut self) {
        self.session("other_session", "other_pair", "2026-03-04T09:00:00Z", &OTHER).await;
        self.contents("other_session", "other_mentee", &OTHER).await;
        self.session("session", "pair", "2026-03-03T09:00:00Z", &MAIN).await;
        self.contents("session", "mentor", &MAIN).await;
        self.contents("session", "mentee", &MAIN).await;
        self.session("past_session", "pair", "2026-03-02T09:00:00Z", &MAIN).await;
        let outcome = self.plant("session.outcome", ManagerVisible, MAIN, "mentee");
        self.act("mentee", "post", "/v1/sessions/{past_session}/complete", json!({"outcome": outcome})).await;
        for author in ["mentor", "mentee"] {
            let mut body = json!({"energy": 2, "talk_share": 5});
            for field in ["what_went_well", "what_to_change", "what_i_learned", "next_step"] {
                body[field] = json!(self.plant(&format!("reflection.{field}"), NeverShared, MAIN, author));
            }
            self.act(author, "put", "/v1/sessions/{past_session}/reflection", body).await;
        }
        self.session("cancelled_session", "pair", "2026-03-05T09:00:00Z", &MAIN).await;
        let reason = self.plant("session.cancellation_reason", Private, MAIN, "mentor");
        self.act("mentor", "post", "/v1/sessions/{cancelled_session}/cancel", json!({"reason": reason})).await;
        self.session("moved_session", "pair", "2026-03-06T09:00:00Z", &MAIN).await;
        let to = json!({"starts_at": "2026-03-07T09:00:00Z"});
        self.make("new_session", "mentee", "/v1/sessions/{moved_session}/reschedule", to).await;
    }

    async fn goals(&mut self) {
        for (name, pair, author) in [
            ("goal", "pair", "mentee"),
            ("reached_goal", "pair", "mentor"),
            ("draft", "pair", "mentee"),
            ("other_goal", "other_pair", "other_mentee"),
        ] {
            let body = json!({"pair_id": format!("{{{pair}}}"), "title": format!("Give {name} talks in public"),
                "measurable": "Five of them", "target_on": "2026-09-01"});
            self.make(name, author, "/v1/goals", body).await;
            if name != "draft" {
                self.act(author, "post", &format!("/v1/goals/{{{name}}}/activate"), json!({})).await;
            }
        }
        let end = json!({
            "result": self.plant("goal.result", ManagerVisible, MAIN, "mentor"),
            "outcome_summary": self.plant("goal.outcome_summary", ManagerVisible, MAIN, "mentor"),
        });
        self.act("mentor", "post", "/v1/goals/{reached_goal}/achieve", end).await;
        let (goal, kind) = ("/v1/goals/{goal}", "number");
        let body = json!({"title": "Talks", "kind": kind, "start_value": 0, "target_value": 5});
        self.make("key_result", "mentee", &format!("{goal}/key-results"), body).await;
        self.make("plan_step", "mentor", &format!("{goal}/plan-steps"), json!({"text": "Ask Mira"})).await;
        let body = json!({"confidence": "at_risk", "note": "One held"});
        self.make("check_in", "mentee", &format!("{goal}/check-ins"), body).await;
        self.make("celebration", "mentor", &format!("{goal}/celebrations"), json!({"text": "Bravo"})).await;
        for (author, goal, about) in
            [("mentor", "goal", MAIN), ("mentee", "goal", MAIN), ("other_mentee", "other_goal", OTHER)]
        {
            let text = self.plant("blocker.text", Private, about, author);
            let path = format!("/v1/goals/{{{goal}}}/blockers");
            self.make(&format!("{author}_blocker"), author, &path, json!({"text": text})).await;
        }
    }
}
