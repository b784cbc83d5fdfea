//! A world in which somebody blocks the other one of the two, or a stranger; and what everybody is told in it.

use std::collections::BTreeMap;
use std::fs;

use mentorship::ids::PersonId;
use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Answer, Client, TestApp};

/// What somebody was told: by which request, and what.
#[derive(Debug)]
pub struct Told {
    pub by: String,
    pub what: String,
    pub etag: String,
}

/// One of the two worlds.
pub struct Play<'a> {
    pub app: &'a TestApp,
    /// Whether the block is between the two.
    pub is_blocked: bool,
    pub told: Vec<Told>,
    pub viewers: Vec<(&'static str, Client)>,
    pub stranger: PersonId,
}

impl<'a> Play<'a> {
    pub async fn new(app: &'a TestApp, is_blocked: bool) -> Self {
        let admin = app.as_with(app.person().await, &["admin"]);
        let colleague = app.as_(app.person().await);
        let stranger = app.person().await;
        Self { app, is_blocked, told: Vec::new(), viewers: vec![("admin", admin), ("colleague", colleague)], stranger }
    }

    pub fn admin(&self) -> Client {
        self.viewers[0].1.clone()
    }

    /// Somebody blocks the other one of the two; in the other world, a stranger.
    pub async fn block(&self, author: PersonId, other: PersonId) {
        let whom = if self.is_blocked { other } else { self.stranger };
        self.app.as_(author).put(&format!("/v1/me/blocks/{whom}"), json!({})).await.created();
    }

    fn hear(&mut self, who: &str, answer: &Answer) {
        let of = |name: &str| answer.headers.get(name).map_or("", |value| value.to_str().expect("text")).to_owned();
        let what = format!("{} {} {}", answer.status, of("location"), String::from_utf8_lossy(&answer.bytes));
        self.told.push(Told { by: format!("{who}: {}", answer.told), what, etag: of("etag") });
    }

    /// Somebody asks for something.
    pub async fn ask(&mut self, who: &str, client: &Client, method: Method, path: &str, body: Value) -> Answer {
        let request = client.request(method.clone(), path);
        let request = if method == Method::GET { request } else { request.json(&body) };
        let answer = client.send(request).await;
        self.hear(who, &answer);
        answer
    }

    pub async fn post(&mut self, who: &str, client: &Client, path: &str, body: Value) -> Answer {
        self.ask(who, client, Method::POST, path, body).await
    }

    /// What happened is delivered, and everybody looks everywhere.
    pub async fn look(&mut self, records: &[&str]) {
        self.app.service.send_reminders().await.expect("it reminds");
        self.app.service.pass_on_requests().await.expect("it passes on");
        self.app.service.deliver().await.expect("it delivers");
        for (who, client) in self.viewers.clone() {
            for list in
                ["pairs", "suggestions", "mentor-requests", "mentor-invitations", "notices", "deliveries", "people"]
            {
                let answer = client.get(&format!("/v1/{list}?count=exact&limit=200")).await;
                self.hear(who, &answer);
            }
            for record in records {
                let answer = client.get(record).await;
                self.hear(who, &answer);
            }
        }
    }

    /// The mails since the last time, but for those of `except`; whether there was one for them.
    pub fn mails(&mut self, except: PersonId) -> bool {
        let mut files: Vec<_> =
            fs::read_dir(self.app.mails.path()).expect("a folder").map(|file| file.expect("a file").path()).collect();
        files.sort();
        let mut has_own = false;
        for file in files {
            let mail = fs::read_to_string(&file).expect("text");
            fs::remove_file(&file).expect("it goes");
            if mail.contains(&format!("<{except}@example.com>")) {
                has_own = true;
            } else {
                self.told.push(Told { by: "mail".to_owned(), what: mail, etag: String::new() });
            }
        }
        has_own
    }

    /// In the world of the block its author hears nothing of a proposal; in the other one they do.
    pub async fn check_left_alone(&mut self, author: PersonId, kind: &str) {
        let has_mail = self.mails(author);
        let notices = self.app.as_(author).get("/v1/notices?limit=200").await.ok();
        let has_notice = notices.items().iter().any(|notice| notice["kind"] == kind);
        assert_eq!(has_notice, !self.is_blocked, "{kind}: {}", notices.body);
        if kind.starts_with("pair") {
            assert_eq!(has_mail, !self.is_blocked, "{kind}");
        } else {
            let asks = self.app.as_(author).get("/v1/mentor-invitations?count=exact").await.ok();
            asks.has("/total", u8::from(!self.is_blocked));
        }
    }
}

/// A text with each id replaced by its place among those that were told: some are drawn where requests run at once.
fn numbered(text: &str, known: &mut BTreeMap<String, usize>) -> String {
    let (mut out, mut rest) = (String::new(), text);
    let is_id = |text: &str| {
        text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
    };
    while !rest.is_empty() {
        let next = if let Some(id) = rest.get(..36).filter(|start| is_id(start)) {
            let next = known.len();
            out.push('#');
            out.push_str(&known.entry(id.to_owned()).or_insert(next).to_string());
            36
        } else {
            let next = rest.chars().next().map_or(0, char::len_utf8);
            out.push_str(&rest[..next]);
            next
        };
        rest = &rest[next..];
    }
    out
}

pub async fn compare(open: impl AsyncFn() -> Option<TestApp>, story: impl AsyncFn(&mut Play<'_>)) {
    let mut worlds = Vec::new();
    for is_blocked in [true, false] {
        let Some(app) = open().await else { return };
        let mut play = Play::new(&app, is_blocked).await;
        story(&mut play).await;
        worlds.push(play.told);
        app.stop().await;
    }
    let [with, without] = worlds.try_into().expect("two worlds");
    assert!(with.len() > 20 && with.len() == without.len(), "{} and {}", with.len(), without.len());
    let mut known = [BTreeMap::new(), BTreeMap::new()];
    for (one, other) in with.iter().zip(&without) {
        let (first, second) = (numbered(&one.what, &mut known[0]), numbered(&other.what, &mut known[1]));
        let same = first.bytes().zip(second.bytes()).take_while(|(one, other)| one == other).count();
        let around =
            |text: &str| text.get(same.saturating_sub(120)..).map(|rest| rest.chars().take(300).collect::<String>());
        assert!(first == second, "{}:\n{:?}\n{:?}", one.by, around(&first), around(&second));
        assert!(one.what != other.what || one.etag == other.etag, "{}: {} and {}", one.by, one.etag, other.etag);
    }
}
