//! The background jobs of the service: how often each runs, and what is late while it fails.

use std::time::Duration;

use actix_web::rt::spawn;
use futures_util::future::join_all;
use tokio::task::JoinHandle;

use crate::app::Service;
use crate::db::OnBehalfOf;
use crate::http::system;
use crate::jobs::{Job, JobError, Next};
use crate::notify::delivery::model::Channel;

const STREAMS: Job = Job {
    name: "streams",
    pause: Duration::from_millis(500),
    late: "streams whose token is no longer valid stay open",
    runs_on_held_clock: true,
};
const NOTICES: Job = Job {
    name: "notices",
    pause: Duration::from_secs(1),
    late: "open streams get new notices late",
    runs_on_held_clock: true,
};
const KEEP_ALIVE: Job = Job {
    name: "keep_alive",
    pause: Duration::from_secs(15),
    late: "proxies may close silent streams",
    runs_on_held_clock: true,
};
const LEARNING: Job = Job {
    name: "learning",
    pause: Duration::from_secs(5),
    late: "requested match models wait",
    runs_on_held_clock: false,
};
const METRICS: Job =
    Job { name: "metrics", pause: Duration::from_secs(5), late: "metrics are not added up", runs_on_held_clock: true };
const MATCHING_ROUNDS: Job = Job {
    name: "matching_rounds",
    pause: Duration::from_secs(10),
    late: "matching rounds of a stopped instance wait",
    runs_on_held_clock: true,
};
const MENTOR_INDEX: Job = Job {
    name: "mentor_index",
    pause: Duration::from_secs(10),
    late: "suggestions use the index of the day before",
    runs_on_held_clock: true,
};
const TIDY: Job = Job {
    name: "tidy",
    pause: Duration::from_mins(1),
    late: "caches of tokens and quotas grow",
    runs_on_held_clock: true,
};
const MENTOR_REQUESTS: Job = Job {
    name: "mentor_requests",
    pause: Duration::from_mins(1),
    late: "the next mentor of a request is invited late",
    runs_on_held_clock: false,
};
const RETENTION: Job = Job {
    name: "retention",
    pause: Duration::from_mins(1),
    late: "expired records are kept",
    runs_on_held_clock: true,
};
const REMINDERS: Job = Job {
    name: "reminders",
    pause: Duration::from_mins(5),
    late: "people get reminders late",
    runs_on_held_clock: false,
};
const MAIL_FILES: Job = Job {
    name: "mail_files",
    pause: Duration::from_mins(5),
    late: "expired files of mails are kept",
    runs_on_held_clock: false,
};

/// Time that running deliveries may take when the service stops. Another instance or the next start does the rest.
const LAST_DELIVERY: Duration = Duration::from_secs(5);

/// The jobs of a running service.
#[derive(Debug)]
pub struct Background {
    jobs: Vec<JoinHandle<()>>,
    deliveries: JoinHandle<()>,
}

impl Background {
    /// Starts every job. Each is a task of its own, so that none waits for another.
    pub fn start(service: &Service) -> Self {
        let jobs = vec![
            start(service, STREAMS, async |service| Ok(service.auth.end_streams().await?)),
            spawn_with(service, async |service| watch_notices(service).await),
            start(service, KEEP_ALIVE, async |service| {
                service.listeners().wake_all();
                Ok(())
            }),
            start(service, LEARNING, async |service| Ok(service.learn().await?)),
            start(service, METRICS, async |_| {
                system::prometheus().run_upkeep();
                Ok(())
            }),
            start(service, MATCHING_ROUNDS, async |service| Ok(service.resume_rounds().await?)),
            start(service, MENTOR_INDEX, async |service| Ok(service.renew_index().await?)),
            start(service, TIDY, async |service| {
                service.auth.tidy();
                Ok(())
            }),
            start(service, MENTOR_REQUESTS, async |service| Ok(service.pass_on_requests().await?)),
            start(service, RETENTION, async |service| Ok(service.delete_expired().await?)),
            start(service, REMINDERS, async |service| Ok(service.send_reminders().await?)),
            start(service, MAIL_FILES, async |service| Ok(service.delete_old_mails().await?)),
        ];
        Self { jobs, deliveries: spawn_with(service, async |service| deliver(service).await) }
    }

    /// Ends the jobs. What they do at this moment is repeated after the next start. Running deliveries may finish.
    pub async fn stop(mut self) {
        for job in self.jobs {
            job.abort();
        }
        if tokio::time::timeout(LAST_DELIVERY, &mut self.deliveries).await.is_err() {
            self.deliveries.abort();
        }
    }
}

/// Delivers events until the service stops. A slow channel does not delay the others.
pub async fn deliver(service: &Service) {
    let of_channel = async |channel: Channel| {
        let job = Job {
            name: match channel {
                Channel::Departures => "deliveries_of_departures",
                Channel::Endings => "deliveries_of_endings",
                Channel::Mail => "deliveries_of_mail",
                Channel::Webhook => "deliveries_of_webhooks",
            },
            pause: Duration::from_secs(1),
            late: "deliveries of this channel wait",
            runs_on_held_clock: false,
        };
        let work = async || Ok(if service.deliver_on(channel).await? { Next::AtOnce } else { Next::AfterPause });
        job.run(&service.app, work).await;
    };
    join_all(Channel::ALL.map(of_channel)).await;
}

/// Wakes open streams of notices until the service stops, and then once more, so that they end.
pub async fn watch_notices(service: &Service) {
    let work = async || {
        service.listeners().wake(&service.app).await?;
        Ok(Next::AfterPause)
    };
    NOTICES.run(&service.app, work).await;
    service.listeners().wake_all();
}

fn start(
    service: &Service,
    job: Job,
    work: impl AsyncFn(&Service) -> Result<(), JobError> + 'static,
) -> JoinHandle<()> {
    spawn_with(service, async move |service| {
        job.run(&service.app, async || work(service).await.map(|()| Next::AfterPause)).await;
    })
}

fn spawn_with(service: &Service, work: impl AsyncFn(&Service) + 'static) -> JoinHandle<()> {
    let service = service.clone();
    spawn(OnBehalfOf::Service.scope(async move { work(&service).await }))
}
