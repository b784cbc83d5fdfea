//! Starting and stopping the service.

use std::fs;
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;
use std::time::Duration;

use actix_web::HttpServer;
use actix_web::dev::Server;
use secrecy::ExposeSecret as _;
use tokio::signal::unix::{SignalKind, signal};

use crate::app::Service;
use crate::auth::{Gate, Jwks, LocalKey, Quotas};
use crate::clock::Clock;
use crate::config::Settings;
use crate::db::{Asker, Db, Durability};
use crate::http::system::{self, MetricsAccess};
use crate::http::{App, Limits};
use crate::notify::mail::{Mail, Post, Words};
use crate::notify::webhook::{Caller, Reach};
use crate::privacy::erasure;
use crate::trail::{Signer, Trail};
use crate::vault::Ring;

/// Why the service does not start; says which setting is wrong.
#[derive(Debug)]
pub struct StartError {
    setting: &'static str,
    reason: String,
}

impl StartError {
    /// `setting` is wrong because of `reason`.
    pub fn new(setting: &'static str, reason: impl std::fmt::Display) -> Self {
        Self { setting, reason: reason.to_string() }
    }
}

impl std::fmt::Display for StartError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "--{}: {}", self.setting, self.reason)
    }
}

impl std::error::Error for StartError {}

/// What is wrong without `--row-security` where it should be.
pub const HELD_BACK: &str = "is not set, but the database hides private rows from this role; set it";

/// Who stops waits this long for the delivery at work.
const LAST_DELIVERY: Duration = Duration::from_secs(5);

/// Opens the database that the settings name, and migrates it unless that is another role's work.
pub async fn open_database(settings: &Settings, durability: Durability) -> Result<Db, StartError> {
    let url = settings.database_url();
    let ring = key_ring(settings)?;
    let opened = Db::open(url.expose_secret(), settings.database_connections, durability, ring).await;
    let db = opened.map_err(|error| StartError::new("database-url", error))?;
    let db = if settings.row_security {
        // Who may change tables is another role, whose password this process does not have.
        db.behind_row_security().await.map_err(|error| StartError::new("row-security", error))?
    } else {
        db.migrate().await.map_err(|error| StartError::new("database-url", error))?;
        if db.is_held_back().await.map_err(|error| StartError::new("database-url", error))? {
            return Err(StartError::new("row-security", HELD_BACK));
        }
        db
    };
    let wrong = |error| StartError::new("keyring-file", format!("does not open the keys of this database: {error}"));
    db.keys().check().await.map_err(wrong)?;
    Ok(db)
}

/// Before anybody is answered: a restored backup brings no erased person back.
pub async fn erase_again(db: &Db, clock: &Clock) -> Result<(), StartError> {
    let again = Asker::Service.scope(erasure::again::erase_again(db, clock));
    let count = again.await.map_err(|error| StartError::new("database-url", error))?;
    if count > 0 {
        tracing::warn!(count, "a restored backup knew people who were erased since; they are erased again");
    }
    Ok(())
}

/// What wraps the keys of private words; its file is made on first start.
pub fn key_ring(settings: &Settings) -> Result<Ring, StartError> {
    make_folder(&settings.data).map_err(|error| StartError::new("data", error))?;
    match &settings.keyring {
        Some(text) => Ring::parse(text.expose_secret()).map_err(|error| StartError::new("keyring", error)),
        None => Ring::read_or_make(&settings.keyring_file()).map_err(|error| StartError::new("keyring-file", error)),
    }
}

/// The service's own key, made on first start.
pub fn local_key(settings: &Settings) -> Result<LocalKey, StartError> {
    make_folder(&settings.data).map_err(|error| StartError::new("data", error))?;
    LocalKey::read_or_make(&settings.key_file()).map_err(|error| StartError::new("key-file", error))
}

/// The identity provider, if there is one.
pub fn provider(settings: &Settings) -> Result<Option<Jwks>, StartError> {
    let Some(address) = &settings.jwks_address else { return Ok(None) };
    let (issuer, audience) = (settings.jwks_issuer.as_deref(), settings.jwks_audience.as_deref());
    let issuer = issuer.ok_or_else(|| StartError::new("jwks-issuer", "is needed with --jwks-address"))?;
    let audience = audience.ok_or_else(|| StartError::new("jwks-audience", "is needed with --jwks-address"))?;
    let provider = Jwks::new(address, issuer, audience, settings.person_claim());
    provider
        .map(|provider| Some(provider.with_roles(settings.role_claim())))
        .map_err(|error| StartError::new("jwks-address", error))
}

/// What signs checkpoints of the audit log, made on first start.
pub fn signer(settings: &Settings) -> Result<Signer, StartError> {
    make_folder(&settings.data).map_err(|error| StartError::new("data", error))?;
    Signer::read_or_make(&settings.audit_key_file()).map_err(|error| StartError::new("audit-key-file", error))
}

/// What the handlers share.
pub fn app(settings: &Settings, db: Db, clock: Clock) -> Result<App, StartError> {
    let trail = Trail::new(db.clone(), clock.clone(), signer(settings)?);
    Ok(App::new(db, clock, trail))
}

/// What turns news into mail, and carries it.
pub fn mail(settings: &Settings) -> Result<Mail, StartError> {
    let from = settings.mail_from.parse().map_err(|error| StartError::new("mail-from", error))?;
    let words = Words::new(settings.mail_templates.as_deref());
    let words = words.map_err(|error| StartError::new("mail-templates", error))?;
    let post = match &settings.smtp_url {
        Some(url) => Post::to_server(url.expose_secret()).map_err(|error| StartError::new("smtp-url", error))?,
        None => Post::Folder(settings.data.join("mail")),
    };
    let unsubscribe = settings.mail_unsubscribe.as_deref().map(Mail::unsubscribe_address).transpose();
    let unsubscribe = unsubscribe.map_err(|reason| StartError::new("mail-unsubscribe", reason))?;
    Ok(Mail::new(post, from, words).with_unsubscribe(unsubscribe))
}

/// What calls webhooks.
fn caller(settings: &Settings) -> Result<Caller, StartError> {
    let reach = if settings.webhook_allow_private { Reach::Anywhere } else { Reach::Public };
    Caller::new(reach).map_err(|error| StartError::new("webhook-allow-private", format!("no client for it: {error}")))
}

/// Who reads the figures on the API's address.
pub fn metrics_access(settings: &Settings) -> Result<MetricsAccess, StartError> {
    let Some(file) = &settings.metrics_token_file else { return Ok(MetricsAccess::Closed) };
    MetricsAccess::read(file).map_err(|error| StartError::new("metrics-token-file", error))
}

/// Serves the figures on an address of their own, if there is one.
pub fn listen_metrics(settings: &Settings) -> Result<Option<Server>, StartError> {
    let Some(address) = settings.metrics_address else { return Ok(None) };
    let server = HttpServer::new(|| actix_web::App::new().service(system::read_own_metrics)).workers(1);
    let server = server.disable_signals().bind(address).map_err(|error| StartError::new("metrics-address", error))?;
    Ok(Some(server.run()))
}

/// Wires a service on `db`.
pub fn service(settings: &Settings, db: Db, clock: Clock) -> Result<Service, StartError> {
    let quotas = settings.quota().map(Quotas::new);
    let gate = Gate::new(db.clone(), clock.clone(), local_key(settings)?, provider(settings)?, quotas)
        .limiting(settings.strangers(), settings.client_address())
        .tying(settings.first_sign_in());
    let at_once = usize::try_from(settings.requests_at_once).unwrap_or(usize::MAX);
    let limits = Limits::new(at_once, Duration::from_secs(settings.request_seconds));
    let service = Service::new(app(settings, db, clock)?, gate, limits, settings.cors_origins.clone());
    let service = service.measured(metrics_access(settings)?);
    Ok(service.keeping(settings.retention()).delivering(mail(settings)?, caller(settings)?))
}

/// Listens. The service runs while the returned server is polled.
pub fn listen(settings: &Settings, service: &Service) -> Result<(Server, std::net::SocketAddr), StartError> {
    let workers = service.clone();
    let mut server = HttpServer::new(move || workers.worker())
        .client_request_timeout(Duration::from_secs(settings.client_seconds))
        .keep_alive(Duration::from_secs(75))
        .shutdown_timeout(settings.stop_seconds)
        .disable_signals();
    if let Some(count) = settings.workers {
        server = server.workers(usize::from(count));
    }
    let server = server.bind(settings.address).map_err(|error| StartError::new("address", error))?;
    let address = server.addrs().first().copied().unwrap_or(settings.address);
    Ok((server.run(), address))
}

/// Serves until the process is asked to stop: readiness goes off first, then requests at work end.
pub async fn run(server: Server, service: Service) -> io::Result<()> {
    let handle = server.handle();
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let stopping = service.clone();
    actix_web::rt::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("stopping: no new requests are taken, those at work end");
        stopping.app.stop();
        handle.stop(true).await;
    });
    let tidying = actix_web::rt::spawn(Asker::Service.scope(tidy(service.clone())));
    let posting = service.clone();
    let mut posting = actix_web::rt::spawn(Asker::Service.scope(async move { posting.work().await }));
    let calling = service.clone();
    let calling = actix_web::rt::spawn(Asker::Service.scope(async move { calling.call().await }));
    let watching = service.clone();
    let watching = actix_web::rt::spawn(Asker::Service.scope(async move { watching.watch_streams().await }));
    let warming = service.clone();
    service.app.warm_up(true);
    let warming = actix_web::rt::spawn(Asker::Service.scope(async move { warming.warm_up().await }));
    let planning = actix_web::rt::spawn(Asker::Service.scope(plan(service.clone())));
    let studying = service.clone();
    let studying = actix_web::rt::spawn(Asker::Service.scope(async move { studying.study().await }));
    let trail = service.app.trail().clone();
    actix_web::rt::spawn(async move { trail.keep().await });
    server.await?;
    warming.abort();
    tidying.abort();
    calling.abort();
    watching.abort();
    planning.abort();
    studying.abort();
    // What is just being told is told to the end, if it does not take long; another worker goes on with the rest.
    if tokio::time::timeout(LAST_DELIVERY, &mut posting).await.is_err() {
        posting.abort();
    }
    service.app.close().await;
    Ok(())
}

/// Every few seconds: adds up the figures, whether anybody reads them or not. Once a minute:
/// forgets what need not be remembered, and passes requests for a mentor on. Every five: reminds of what is due.
async fn tidy(service: Service) {
    let mut moment = tokio::time::interval(Duration::from_secs(5));
    let mut minute = tokio::time::interval(Duration::from_mins(1));
    let mut some_minutes = tokio::time::interval(Duration::from_mins(5));
    loop {
        tokio::select! {
            _ = moment.tick() => system::figures().run_upkeep(),
            // What happens on a held clock is a play: nobody is reminded of it.
            _ = some_minutes.tick(), if !service.app.clock.is_held() => {
                if let Err(error) = service.remind().await {
                    tracing::warn!(%error, "nobody is reminded now");
                }
            }
            _ = minute.tick() => {
                service.gate.tidy();
                // As above.
                if !service.app.clock.is_held() && let Err(error) = service.pass_on().await {
                    tracing::warn!(%error, "nobody's turn is over now");
                }
                if let Err(error) = service.tidy().await {
                    tracing::warn!(%error, "what should be gone by now is still there");
                }
            }
        }
    }
}

/// Goes on with the cohorts of an instance that stopped, and begins the day for suggestions.
async fn plan(service: Service) {
    let mut moment = tokio::time::interval(Duration::from_secs(10));
    loop {
        moment.tick().await;
        service.renew().await;
        if let Err(error) = service.plan().await {
            tracing::warn!(%error, "cohorts have to wait");
        }
    }
}

/// For the owner alone: it holds the database and the keys.
fn make_folder(folder: &Path) -> io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}
