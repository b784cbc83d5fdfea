//! Starts and stops the service.

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use actix_web::HttpServer;
use actix_web::dev::Server;
use secrecy::ExposeSecret as _;
use tokio::signal::unix::{SignalKind, signal};

use crate::app::Service;
use crate::audit_log::{AuditLog, Signer};
use crate::auth::{Authenticator, Jwks, LocalKey, Quotas};
use crate::background::Background;
use crate::clock::Clock;
use crate::config::Settings;
use crate::db::{Db, OnBehalfOf};
use crate::http::system::{self, MetricsAccess};
use crate::http::{App, Limits};
use crate::notify::mail::{Mail, MailTemplates, MailTransport};
use crate::notify::webhook::{AllowedAddresses, WebhookClient};
use crate::privacy::erasure;

/// Why a command does not start: which setting or argument is wrong, and what to do.
#[derive(Debug)]
pub struct StartError {
    /// As it is written on the command line: `--data` or `<EMAIL>`.
    name: String,
    reason: String,
}

impl StartError {
    /// The setting `--setting` is wrong because of `reason`.
    pub fn new(setting: &str, reason: impl std::fmt::Display) -> Self {
        Self { name: format!("--{setting}"), reason: reason.to_string() }
    }

    /// The argument `<NAME>` is wrong because of `reason`.
    pub fn of_argument(name: &str, reason: impl std::fmt::Display) -> Self {
        Self { name: format!("<{name}>"), reason: reason.to_string() }
    }
}

impl std::fmt::Display for StartError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.name, self.reason)
    }
}

impl std::error::Error for StartError {}

/// What is wrong if `--row-security` is missing where the database has it.
pub const HELD_BACK: &str =
    "is not set, but the database hides private rows from this role; set it, or use another role";

/// Erases people again whom a restored backup brought back, before the first request is answered.
pub async fn repeat_erasures(db: &Db, clock: &Clock) -> Result<(), StartError> {
    let again = OnBehalfOf::Service.scope(erasure::repeat::repeat_erasures(db, clock));
    let count = again.await.map_err(|error| StartError::new("database-url", error))?;
    if count > 0 {
        tracing::warn!(
            event = "erasure.repeated",
            count,
            "erasure: the restored database or its keys still had `count` people who were erased later; they are erased again"
        );
    }
    Ok(())
}

/// The key of the service's own tokens. Opening the database has created it at the first start.
pub fn local_key(settings: &Settings) -> Result<LocalKey, StartError> {
    LocalKey::read(&settings.key_file()).map_err(|error| StartError::new("key-file", error))
}

/// The identity provider, if there is one.
pub fn provider(settings: &Settings) -> Result<Option<Jwks>, StartError> {
    let Some(address) = &settings.jwks_address else { return Ok(None) };
    let (issuer, audience) = (settings.jwks_issuer.as_deref(), settings.jwks_audience.as_deref());
    let needed = "is missing; --jwks-address needs it";
    let issuer = issuer.ok_or_else(|| StartError::new("jwks-issuer", needed))?;
    let audience = audience.ok_or_else(|| StartError::new("jwks-audience", needed))?;
    let provider = Jwks::new(address, issuer, audience, settings.person_claim());
    provider
        .map(|provider| Some(provider.with_roles(settings.role_claim())))
        .map_err(|error| StartError::new("jwks-address", error))
}

/// The key that signs checkpoints of the audit log, created in the same way.
pub fn signer(settings: &Settings) -> Result<Signer, StartError> {
    Signer::read(&settings.audit_key_file()).map_err(|error| StartError::new("audit-key-file", error))
}

/// Parses the settings that need no database, so that a wrong one stops the start before anything is created.
pub fn check_settings(settings: &Settings) -> Result<(), StartError> {
    provider(settings)?;
    mail(settings)?;
    metrics_access(settings)?;
    Ok(())
}

/// The state that all handlers share.
pub fn app(settings: &Settings, db: Db, clock: Clock) -> Result<App, StartError> {
    let audit_log = AuditLog::new(db.clone(), clock.clone(), signer(settings)?);
    Ok(App::new(db, clock, audit_log))
}

/// Writes and sends mails.
pub fn mail(settings: &Settings) -> Result<Mail, StartError> {
    let from = settings.mail_from.parse().map_err(|_| {
        let wrong = format!("{:?} is not a sender", settings.mail_from);
        StartError::new("mail-from", format!("{wrong}; write an address, or NAME <ADDRESS>"))
    })?;
    let templates = MailTemplates::new(settings.mail_templates.as_deref());
    let templates = templates.map_err(|error| StartError::new("mail-templates", error))?;
    let transport = match &settings.smtp_url {
        Some(url) => {
            MailTransport::to_server(url.expose_secret()).map_err(|error| StartError::new("smtp-url", error))?
        }
        None => MailTransport::Folder(settings.data.join("mail")),
    };
    let unsubscribe = settings.mail_unsubscribe.as_deref().map(Mail::unsubscribe_address).transpose();
    let unsubscribe = unsubscribe.map_err(|reason| StartError::new("mail-unsubscribe", reason))?;
    Ok(Mail::new(transport, from, templates).with_unsubscribe(unsubscribe))
}

/// The folder of `--mail-templates`, if it does not exist.
pub fn lacking_templates(settings: &Settings) -> Option<&Path> {
    settings.mail_templates.as_deref().filter(|folder| !folder.is_dir())
}

/// The client that calls webhooks.
fn webhook_client(settings: &Settings) -> Result<WebhookClient, StartError> {
    let allowed_addresses =
        if settings.webhook_allow_private { AllowedAddresses::Anywhere } else { AllowedAddresses::Public };
    WebhookClient::new(allowed_addresses)
        .map_err(|error| StartError::new("webhook-allow-private", format!("the HTTP client cannot be made: {error}")))
}

/// Who may read `/metrics` on the API's address.
pub fn metrics_access(settings: &Settings) -> Result<MetricsAccess, StartError> {
    let Some(file) = &settings.metrics_token_file else { return Ok(MetricsAccess::Closed) };
    MetricsAccess::read(file).map_err(|error| StartError::new("metrics-token-file", error))
}

/// Serves `/metrics` on an address of its own, if `--metrics-address` is set.
pub fn listen_metrics(settings: &Settings) -> Result<Option<Server>, StartError> {
    let Some(address) = settings.metrics_address else { return Ok(None) };
    let server = HttpServer::new(|| actix_web::App::new().service(system::read_own_metrics)).workers(1);
    let server =
        server.disable_signals().bind(address).map_err(|error| not_bound("metrics-address", address, &error))?;
    Ok(Some(server.run()))
}

/// Builds a service on `db` from its settings.
pub fn service(settings: &Settings, db: Db, clock: Clock) -> Result<Service, StartError> {
    let quotas = settings.quota().map(Quotas::new);
    let auth = Authenticator::new(db.clone(), clock.clone(), local_key(settings)?, provider(settings)?, quotas)
        .with_address_limits(settings.address_limits(), settings.client_address())
        .with_first_sign_in(settings.first_sign_in());
    let at_once = usize::try_from(settings.requests_at_once).unwrap_or(usize::MAX);
    let limits = Limits::new(at_once, Duration::from_secs(settings.request_seconds));
    let limits = limits.sharing(usize::try_from(settings.database_connections).unwrap_or(usize::MAX));
    let service = Service::new(app(settings, db, clock)?, auth, limits, settings.cors_origins.clone());
    let service = service.with_metrics(metrics_access(settings)?);
    if let Some(folder) = lacking_templates(settings) {
        tracing::warn!(
            event = "mail.templates_missing", folder = %folder.display(),
            "mail: the folder of --mail-templates does not exist, so the service's own texts are used; create it or correct the \
             setting, then restart"
        );
    }
    Ok(service.with_retention(settings.retention()).with_delivery(mail(settings)?, webhook_client(settings)?))
}

/// Begins to listen. The service runs while the returned server is polled.
pub fn listen(settings: &Settings, service: &Service) -> Result<(Server, SocketAddr), StartError> {
    let workers = service.clone();
    let mut server = HttpServer::new(move || workers.worker())
        .client_request_timeout(Duration::from_secs(settings.client_seconds))
        .keep_alive(Duration::from_secs(75))
        .shutdown_timeout(settings.stop_seconds)
        .disable_signals();
    if let Some(count) = settings.workers {
        server = server.workers(usize::from(count));
    }
    let server = server.bind(settings.address).map_err(|error| not_bound("address", settings.address, &error))?;
    let address = server.addrs().first().copied().unwrap_or(settings.address);
    Ok((server.run(), address))
}

fn not_bound(setting: &str, address: SocketAddr, error: &io::Error) -> StartError {
    StartError::new(
        setting,
        format!("the service cannot listen on {address}: {error}; free the port or use another one"),
    )
}

/// Serves until the process gets SIGTERM or SIGINT. Then readiness goes off first, and running requests finish.
pub async fn run(server: Server, service: Service) -> io::Result<()> {
    let handle = server.handle();
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let stopping = service.clone();
    actix_web::rt::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!(
            event = "service.stopping",
            "service: stopping; new requests are refused, running ones may finish within --stop-seconds"
        );
        stopping.app.stop();
        handle.stop(true).await;
    });
    let background = Background::start(&service);
    let index = service.clone();
    service.app.warm_up(true);
    let index = actix_web::rt::spawn(OnBehalfOf::Service.scope(async move { index.warm_up().await }));
    let audit_log = service.app.audit_log().clone();
    actix_web::rt::spawn(async move { audit_log.run().await });
    server.await?;
    index.abort();
    background.stop().await;
    service.app.close().await;
    tracing::info!(event = "service.stopped", "service: stopped");
    Ok(())
}
