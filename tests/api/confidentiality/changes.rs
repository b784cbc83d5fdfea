//! What changes something is asked as well, after all that is hidden from the viewer has happened: every row of the matrix,
//! and every hidden request once more, by the viewer and under the same idempotency key.

use serde_json::json;

use super::asks::Request;
use super::declared::is_way;
use super::directed::{Directed, Outcome};
use super::gets::ASKED_AT;
use super::ground::{Happening, Step, World};
use super::{DirectedTally, shape_of};
use crate::matrix::house::{fill, fill_body};
use crate::matrix::table::{documented, rows};

/// What an answer draws anew each time: a secret that nobody could guess.
const BY_CHANCE: [&str; 3] = ["create_webhook", "rotate_webhook_secret", "create_calendar_feed"];

impl Directed<'_, '_> {
    /// Asks the viewer's changes on either side.
    pub async fn request_changes(&self, viewer: &str, acts: &[Happening], tally: &mut DirectedTally) -> Outcome {
        let known = &self.ground.known;
        let (mut together, mut alone) = (Vec::new(), suggestions(&self.ground.house.ids, viewer));
        for request in self.rows(viewer).into_iter().chain(self.repeated(viewer, acts)) {
            let is_declared = acts.iter().any(|act| is_way(known, viewer, &request, &act.act));
            if is_declared { alone.push(request) } else { together.push(request) }
        }
        self.ask_in_turn(viewer, acts, &together, tally).await?;
        for request in alone {
            // Without those that it tells of in a declared way.
            let rest: Vec<_> = acts.iter().filter(|act| !is_way(known, viewer, &request, &act.act)).cloned().collect();
            self.ask_in_turn(viewer, &rest, &[request], tally).await?;
        }
        Ok(())
    }

    async fn ask_in_turn(
        &self,
        viewer: &str,
        acts: &[Happening],
        requests: &[Request],
        tally: &mut DirectedTally,
    ) -> Outcome {
        let mut before = Vec::new();
        for number in [0, 1] {
            let mut side = self.ground.begin(viewer, number).await;
            for act in acts {
                side.happen(act).await;
            }
            for (place, request) in requests.iter().enumerate() {
                let heard = side.ask(viewer, request).await.0;
                if number == 0 {
                    before.push(heard);
                    continue;
                }
                *tally.answers.entry(request.operation.clone()).or_default() += 1;
                if heard != before[place] {
                    let hidden = acts.iter().map(|act| Step::Hidden(Box::new(act.clone())));
                    let asked = requests[..place].iter().cloned().map(Step::Asked);
                    let world = World { viewer: viewer.to_owned(), steps: hidden.chain(asked).collect() };
                    return Err(self.found(&world, Some(request.clone())).await);
                }
            }
        }
        Ok(())
    }

    /// The rows of the matrix that change something.
    fn rows(&self, viewer: &str) -> Vec<Request> {
        let operations = documented();
        let is_meant = |name: &str| operations[name].method != "get" && !BY_CHANCE.contains(&name);
        let rows = rows().filter(|row| row.1 != "fresh" && is_meant(row.0)).enumerate();
        let mut requests = Vec::new();
        for (place, row) in rows {
            let operation = &operations[row.0];
            let (path, body) = row.request(&self.ground.house.ids, operation, viewer);
            // Of the record as it was, and as it is: a refusal tells something, too.
            let states: &[_] = if operation.method == "post" { &[None] } else { &[Some("\"stale\""), Some("*")] };
            for state in states {
                let headers = state.map(|state| ("if-match", state.to_owned())).into_iter().collect();
                requests.push(request(place, row.0, &operation.method, path.clone(), body.clone(), headers));
            }
        }
        requests
    }

    /// What the others asked, asked by the viewer: one of each kind.
    fn repeated(&self, viewer: &str, acts: &[Happening]) -> Vec<Request> {
        let ids = &self.ground.house.ids;
        let operations = documented();
        let mut seen = Vec::new();
        let mut requests = Vec::new();
        for Happening { act, sides } in acts.iter().filter(|happening| happening.act.method == "post") {
            let knows = act
                .path
                .split('{')
                .skip(1)
                .all(|rest| rest.split_once('}').is_some_and(|(name, _)| ids.contains_key(name)));
            let (Some(said), true) = (&sides[1], knows && !seen.contains(&&act.path) && act.actor != viewer) else {
                continue;
            };
            seen.push(&act.path);
            let text = act.body.to_string().replace("{words}", "words");
            let body = fill_body(&serde_json::from_str(&text).expect("still JSON"), ids);
            let body = said.body(&body, &act.body);
            let headers = said.key.iter().map(|key| ("idempotency-key", key.clone())).collect();
            let place = 300 + requests.len();
            // By its name, since ways are declared by name.
            let mut named = operations.iter().filter(|(_, known)| known.method == act.method);
            let (name, _) =
                named.find(|(_, known)| shape_of(&known.path) == shape_of(&act.path)).expect("an operation");
            requests.push(request(place, name, act.method, fill(&act.path, ids), Some(body), headers));
        }
        requests
    }
}

/// Suggestions are asked for by whoever may: what decides on them is hidden from most.
fn suggestions(ids: &crate::matrix::house::Ids, viewer: &str) -> Vec<Request> {
    let body = match viewer {
        "mentee" | "other_mentee" => json!({}),
        "admin" => json!({"mentee_id": ids["mentee"]}),
        _ => return Vec::new(),
    };
    let body = Some(body.to_string().into_bytes());
    vec![request(200, "request_suggestions", "post", "/v1/suggestions".to_owned(), body, Vec::new())]
}

/// Each at a second of its own.
fn request(
    place: usize,
    operation: &str,
    method: &str,
    path: String,
    body: Option<Vec<u8>>,
    headers: Vec<(&'static str, String)>,
) -> Request {
    let number = ASKED_AT + u32::try_from(place).expect("a few");
    Request { number, operation: operation.to_owned(), method: method.to_owned(), path, body, headers }
}
