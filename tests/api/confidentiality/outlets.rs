//! What leaves the process besides answers: background jobs run, and what comes of them for one viewer is collected:
//! mails to their address, calls of a webhook with their scopes, their notices and the stream of them, their calendar
//! feed, and for admins the list of deliveries.

use std::fs;

use mentorship::app::Service;
use mentorship::policy::Scope;
use serde_json::json;

use super::ground::{Ground, Side};
use super::job_ids::JOB_MILLISECOND;
use crate::harness::Heard;
use crate::matrix::house::House;
use crate::matrix::personas::SERVICES;

/// Background jobs run, after the clock jumped.
#[derive(Clone, Copy, Debug)]
pub struct Work {
    /// Its place in the world: it happens a moment after the request of this number.
    pub number: u32,
    /// The clock jumps so far before.
    pub jump_hours: u32,
}

/// Where things of a viewer come out, by the viewer's name.
#[derive(Debug, Default)]
pub struct Outlets {
    /// The addresses of calendar feeds.
    pub feeds: Vec<(String, String)>,
    /// The webhook that hears what a service account may read.
    pub webhooks: Vec<(String, uuid::Uuid)>,
}

impl Outlets {
    /// A feed for each person who has sessions or may see some, a webhook for each service account with a scope.
    pub async fn open(house: &mut House<'_>, receiver: &str) -> Self {
        let mut outlets = Self::default();
        for who in ["mentor", "mentee", "manager", "lead", "admin", "other_lead", "colleague", "other_mentee"] {
            let made = house.act(who, "post", "/v1/me/calendar-feed", json!({})).await;
            let path = made.body["path"].as_str().expect("a path").to_owned();
            outlets.feeds.push((who.to_owned(), path));
        }
        // Its address is on no machine of ours.
        house.act("admin", "patch", "/v1/webhooks/{webhook}", json!({"is_enabled": false})).await;
        for (name, scopes) in SERVICES {
            // Only who may read is told anything.
            let scopes: Vec<_> = scopes.iter().filter(|scope| **scope != Scope::PeopleWrite).collect();
            if scopes.is_empty() {
                continue;
            }
            let hook = json!({"url": format!("{receiver}/{name}"), "scopes": scopes});
            let made = house.make(&format!("webhook_of_{name}"), "admin", "/v1/webhooks", hook).await;
            outlets.webhooks.push((name.to_owned(), made.id().parse().expect("an id")));
        }
        outlets
    }
}

/// Runs every background job once.
pub async fn run_jobs(service: &Service) {
    service.renew_index().await.expect("it renews the index");
    service.send_reminders().await.expect("it reminds");
    service.pass_on_requests().await.expect("it passes mentor requests on");
    service.resume_rounds().await.expect("it plans matching_rounds");
    service.learn().await.expect("it learns");
    service.delete_expired().await.expect("it deletes what is kept no longer");
    service.deliver().await.expect("it delivers");
}

impl Ground<'_> {
    /// Only the viewer's webhook is called: calls take time.
    pub async fn enable_webhook_of(&self, viewer: &str) {
        let own = self.outlets.webhooks.iter().find(|(name, _)| name == viewer).map(|(_, id)| *id);
        let mut tx = self.house.app.db.write().await.expect("a transaction");
        let set = tx.query("update webhooks set is_enabled = coalesce(id = $1, false)").bind(own);
        set.run().await.expect("it runs");
        tx.commit().await.expect("it commits");
    }

    /// Mails and calls for the viewer since the last time, and none for others.
    pub fn letters(&self, viewer: &str) -> Vec<Heard> {
        let folder = self.house.app.mails.path();
        let mut files: Vec<_> =
            fs::read_dir(folder).expect("a folder").map(|file| file.expect("a file").path()).collect();
        // They are named after their deliveries: in the order in which they were planned.
        files.sort_unstable();
        let id = self.house.ids.get(viewer).map_or("", String::as_str);
        let addresses = [viewer, id].map(|name| format!("<{name}@example.com>"));
        let mut letters = Vec::new();
        for file in files {
            let mail = fs::read(&file).expect("a mail");
            fs::remove_file(&file).expect("it goes");
            let text = String::from_utf8_lossy(&mail);
            let to = text.lines().find(|line| line.starts_with("To: ")).unwrap_or_default().to_owned();
            if addresses.iter().any(|address| to.contains(address)) {
                letters.push(Heard { status: 0, headers: vec![("mail".to_owned(), to)], body: mail });
            }
        }
        let mut calls = self.receiver.take();
        // They are made side by side.
        calls.sort_by(|one, other| one.headers.get("webhook-id").cmp(&other.headers.get("webhook-id")));
        for call in calls.into_iter().filter(|call| call.path.ends_with(&format!("/{viewer}"))) {
            let told =
                |(name, _): &(String, String)| ["webhook-id", "webhook-timestamp", "content-type"].contains(&&**name);
            let headers = call.headers.into_iter().filter(told).collect();
            letters.push(Heard { status: 0, headers, body: call.text.into_bytes() });
        }
        letters
    }
}

impl Side<'_, '_> {
    /// Lets the jobs run, and collects what came of them for the viewer.
    pub async fn work(&mut self, viewer: &str, work: &Work) -> Vec<Heard> {
        self.ahead += f64::from(work.jump_hours) * 3600.0;
        #[expect(clippy::cast_precision_loss, reason = "a part of a second")]
        let moment = f64::from(work.number) + JOB_MILLISECOND as f64 / 1000.0;
        self.stop_at(moment, (1 << 61) + u64::from(work.number));
        run_jobs(&self.ground.house.app.service).await;
        let letters = self.ground.letters(viewer);
        let mut heard: Vec<_> = letters.into_iter().map(|letter| self.job_ids.comparable(letter).0).collect();
        let feeds = &self.ground.outlets.feeds;
        let feed = feeds.iter().find(|(name, _)| name == viewer).map(|(_, path)| path.as_str());
        let deliveries = (viewer == "admin").then_some("/v1/deliveries?limit=200&count=exact");
        for path in
            ["/v1/notices?limit=200&count=exact", "/v1/notices/stream"].into_iter().chain(feed).chain(deliveries)
        {
            let from_the_first = ("last-event-id", uuid::Uuid::nil().to_string());
            let headers: &[_] = if path.ends_with("/stream") { &[from_the_first] } else { &[] };
            let answer = self.ground.send(viewer, "get", path, None, headers).await;
            heard.push(self.job_ids.comparable(answer).0);
        }
        heard
    }
}
