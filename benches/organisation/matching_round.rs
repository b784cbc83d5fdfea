//! A whole matching round: planned, read, published and undone.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use mentorship::ids::ProgramId;
use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};

/// A step that takes longer has failed.
const LONGEST: Duration = Duration::from_mins(10);

/// Plans a program, reads all drafts with their reasons, publishes and undoes them, and prints the time of each step.
pub async fn measure(address: SocketAddr, lead: &str, program: ProgramId) {
    let client = Lead { client: Client::new(), base: format!("http://{address}"), token: lead.to_owned() };
    println!("\n| a program | seconds |");
    println!("|---|---:|");
    let started = Instant::now();
    let round = client.post(&format!("/v1/programs/{program}/matching-rounds"), &json!({})).await;
    let path = format!("/v1/matching-rounds/{}", round["id"].as_str().expect("an id"));
    let planned = client.wait_until_done(&path).await;
    print_row(&format!("planned: {} for {} places", planned["mentees"], planned["capacity"]), started);
    let started = Instant::now();
    let mut page = client.get(&format!("{path}/drafts?limit=200")).await;
    print_row("200 drafts with their reasons read", started);
    let mut drafts = 0;
    loop {
        drafts += page["items"].as_array().expect("items").len();
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        page = client.get(&format!("{path}/drafts?limit=200&cursor={cursor}")).await;
    }
    print_row(&format!("all {drafts} drafts with their reasons read"), started);
    for (verb, done) in [("publish", "published"), ("undo", "undone")] {
        let started = Instant::now();
        client.post(&format!("{path}/{verb}"), &json!({})).await;
        let result = client.wait_until_done(&path).await;
        print_row(done, started);
        println!("| {} |", result["drafts"]);
    }
    println!("\n{}", planned["certificate"]);
}

fn print_row(what: &str, started: Instant) {
    println!("| {what} | {:.2} |", started.elapsed().as_secs_f64());
}

/// The lead of the program, as an HTTP client.
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

    /// Waits until the service has finished, and returns the matching round. Prints the time of each step, if there are
    /// any.
    async fn wait_until_done(&self, path: &str) -> Value {
        let (mut step, mut started, asked) = (Value::Null, Instant::now(), Instant::now());
        loop {
            let round = self.get(path).await;
            if round["step"] != step {
                if let Some(step) = step.as_str() {
                    print_row(&format!("… {step}"), started);
                }
                (step, started) = (round["step"].clone(), Instant::now());
            }
            if !["planning", "publishing", "undoing"].contains(&round["status"].as_str().expect("a status")) {
                return round;
            }
            assert!(asked.elapsed() < LONGEST, "it does not finish: {round}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}
