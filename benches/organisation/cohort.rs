//! A whole program as its lead has it: planned, read, published, taken back.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use mentorship::ids::ProgramId;
use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};

/// Whatever takes longer has failed.
const LONGEST: Duration = Duration::from_mins(10);

/// Plans a program, reads all drafts with their reasons, publishes and takes back, and tells how long each took.
pub async fn measure(address: SocketAddr, lead: &str, program: ProgramId) {
    let client = Lead { client: Client::new(), base: format!("http://{address}"), token: lead.to_owned() };
    println!("\n| a program | seconds |");
    println!("|---|---:|");
    let started = Instant::now();
    let cohort = client.post(&format!("/v1/programs/{program}/cohorts"), &json!({})).await;
    let path = format!("/v1/cohorts/{}", cohort["id"].as_str().expect("an id"));
    let planned = client.rest(&path).await;
    tell(&format!("planned: {} for {} places", planned["mentees"], planned["places"]), started);
    let started = Instant::now();
    let mut page = client.get(&format!("{path}/drafts?limit=200")).await;
    tell("200 drafts with their reasons read", started);
    let mut drafts = 0;
    loop {
        drafts += page["items"].as_array().expect("items").len();
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        page = client.get(&format!("{path}/drafts?limit=200&cursor={cursor}")).await;
    }
    tell(&format!("all {drafts} drafts with their reasons read"), started);
    for (verb, told) in [("publish", "published"), ("undo", "taken back")] {
        let started = Instant::now();
        client.post(&format!("{path}/{verb}"), &json!({})).await;
        let rested = client.rest(&path).await;
        tell(told, started);
        println!("| {} |", rested["drafts"]);
    }
    println!("\n{}", planned["certificate"]);
}

fn tell(what: &str, started: Instant) {
    println!("| {what} | {:.2} |", started.elapsed().as_secs_f64());
}

/// Who leads the program.
struct Lead {
    client: Client,
    base: String,
    token: String,
}

impl Lead {
    async fn get(&self, path: &str) -> Value {
        self.ask(self.client.get(format!("{}{path}", self.base))).await
    }

    async fn post(&self, path: &str, body: &Value) -> Value {
        self.ask(self.client.post(format!("{}{path}", self.base)).json(body)).await
    }

    async fn ask(&self, request: RequestBuilder) -> Value {
        let answer = request.bearer_auth(&self.token).send().await.expect("it answers");
        let (status, text) = (answer.status(), answer.text().await.expect("a text"));
        assert!(status.is_success(), "{status}: {text}");
        serde_json::from_str(&text).expect("JSON")
    }

    /// The cohort once the service has done what was asked; tells how long each step took, if there are any.
    async fn rest(&self, path: &str) -> Value {
        let (mut step, mut started, asked) = (Value::Null, Instant::now(), Instant::now());
        loop {
            let cohort = self.get(path).await;
            if cohort["step"] != step {
                if let Some(step) = step.as_str() {
                    tell(&format!("… {step}"), started);
                }
                (step, started) = (cohort["step"].clone(), Instant::now());
            }
            if !["planning", "publishing", "undoing"].contains(&cohort["status"].as_str().expect("a status")) {
                return cohort;
            }
            assert!(asked.elapsed() < LONGEST, "it does not come to rest: {cohort}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}
