//! An organisation made by chance, beside the people of the house.

use std::collections::BTreeMap;

use serde_json::json;

use super::dice::Dice;
use crate::matrix::house::House;

/// People besides those of the house.
pub const PEOPLE: usize = 14;
/// Attempts at pairs.
pub const PAIRS: usize = 22;

/// What chance made.
#[derive(Default)]
pub struct Organisation {
    /// Ids by where they are listed.
    pub records: BTreeMap<&'static str, Vec<String>>,
    /// Each pair's name, and mentor, mentee, the mentee's manager and the coordinator, if any.
    pub pairs: Vec<(String, [String; 4])>,
}

/// People under each other, pairs of any two of them, and what hangs on these.
pub async fn organisation(house: &mut House<'_>, dice: &mut Dice) -> Organisation {
    let mut managers = vec![String::new(); PEOPLE];
    for (person, manager) in managers.iter_mut().enumerate() {
        let mut entry = json!({"name": format!("P{person}"), "email": format!("p{person}@example.com")});
        if person > 0 && dice.percent(70) {
            *manager = format!("p{}", dice.below(person));
            entry["manager_id"] = json!(format!("{{{manager}}}"));
        }
        let name = format!("p{person}");
        house.make(&name, "admin", "/v1/people", entry).await;
        house.give_token(&name, &[]);
        let profile = json!({"mentor_capacity": 10});
        house.act(&name, "patch", &format!("/v1/people/{{{name}}}/profile"), profile).await;
    }
    let mut made = Organisation::default();
    for number in 0..PAIRS {
        let two = [(); 2].map(|()| dice.below(PEOPLE));
        let [mentor, mentee] = two.map(|person| format!("p{person}"));
        let mut body = json!({"mentor_id": format!("{{{mentor}}}"), "mentee_id": format!("{{{mentee}}}"),
            "override_reason": "By chance"});
        let (program, lead) = *dice.pick(&[("{program}", "lead"), ("{other_program}", "other_lead"), ("", "")]);
        if !program.is_empty() {
            body["program_id"] = json!(program);
        }
        // Some two cannot be a pair: the same person, a report of the other, a pair already.
        let answer = house.ask("admin", "post", "/v1/pairs", &body).await;
        if answer.status != 201 {
            continue;
        }
        let pair = format!("pair{number}");
        house.ids.insert(pair.clone(), answer.id());
        house.places.push(format!("/v1/pairs/{}", answer.id()));
        made.records.entry("/v1/pairs").or_default().push(answer.id());
        hang_on(house, dice, &pair, [&mentor, &mentee], &mut made.records).await;
        let around = [mentor.clone(), mentee, managers[two[1]].clone(), lead.to_owned()];
        made.pairs.push((pair.clone(), around));
        if dice.percent(20) {
            house.act(&mentor, "post", &format!("/v1/pairs/{{{pair}}}/end"), json!({"reason": "other"})).await;
        }
    }
    made
}

async fn hang_on(
    house: &mut House<'_>,
    dice: &mut Dice,
    pair: &str,
    two: [&str; 2],
    records: &mut BTreeMap<&'static str, Vec<String>>,
) {
    for _ in 0..dice.below(4) {
        let who = *dice.pick(&two);
        // Some at one moment, so that pages end between equal ones.
        let starts_at = format!("2026-03-0{}T1{}:00:00Z", 3 + dice.below(2), dice.below(2));
        let body = json!({"pair_id": format!("{{{pair}}}"), "starts_at": starts_at});
        let made = house.make("session", who, "/v1/sessions", body).await;
        records.entry("/v1/sessions").or_default().push(made.id());
        match dice.below(4) {
            0 => {
                house.act(who, "post", "/v1/sessions/{session}/cancel", json!({})).await;
            }
            1 => {
                let to = json!({"starts_at": "2026-03-09T10:00:00Z"});
                let moved = house.make("session", who, "/v1/sessions/{session}/reschedule", to).await;
                records.entry("/v1/sessions").or_default().push(moved.id());
            }
            _ => {}
        }
    }
    for number in 0..dice.below(3) {
        let who = *dice.pick(&two);
        let body = json!({"pair_id": format!("{{{pair}}}"), "title": format!("Goal {number}")});
        let made = house.make("goal", who, "/v1/goals", body).await;
        records.entry("/v1/goals").or_default().push(made.id());
        if dice.percent(30) {
            house.act(who, "post", "/v1/goals/{goal}/abandon", json!({})).await;
        }
    }
}
