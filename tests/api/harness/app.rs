//! The service under test: real, on a socket, with a clock the test moves.

use std::time::Duration;

use actix_web::HttpServer;
use actix_web::dev::ServerHandle;
use actix_web::web::Data;
use chrono::{DateTime, TimeDelta, Utc};
use mentorship::app::Service;
use mentorship::audit_log::{AuditLog, Signer};
use mentorship::auth::{AddressLimits, Authenticator, ClientAddress, Jwks, LocalKey, Quotas, TokenSubject};
use mentorship::clock::Clock;
use mentorship::db::{Db, Durability};
use mentorship::http::system::MetricsAccess;
use mentorship::http::{App, Limits};
use mentorship::ids::{PersonId, ServiceAccountId};
use mentorship::notify::mail::{Mail, MailTemplates, MailTransport};
use mentorship::notify::webhook::{AllowedAddresses, WebhookClient};
use mentorship::policy::Scope;
use mentorship::privacy::retention::model::Retention;
use mentorship::vault::Ring;

use super::client::Client;
use super::log::Log;
use super::postgres::{self, OWNER, SERVANT, as_role};
use super::sqlite;
use super::texts::Texts;

/// Reads the figures of every service under test.
pub const METRICS_TOKEN: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";

/// What signs the audit log of every service under test.
pub const SIGNER: [u8; 32] = *b"0123456789abcdefghijklmnopqrstuv";

/// The service, its database and its clock.
pub struct TestApp {
    pub db: Db,
    pub clock: Clock,
    pub address: String,
    pub key: LocalKey,
    /// What the handlers share, for tests that stop the service.
    pub state: Data<App>,
    /// The same service, for tests that ask it without a socket.
    pub service: Service,
    /// The SQL that the service runs for requests, if the set-up asks for it.
    pub texts: Option<Texts>,
    /// What the service logs, if the set-up asks for it.
    pub log: Option<Log>,
    /// Where the database is.
    pub url: String,
    /// The mails that it sent, unless the set-up has another post.
    pub mails: tempfile::TempDir,
    handle: ServerHandle,
    keeper: actix_web::rt::task::JoinHandle<()>,
    _folder: Option<tempfile::TempDir>,
}

/// What a test sets up differently.
#[derive(Default)]
pub struct Setup {
    pub provider: Option<Jwks>,
    pub quotas: Option<Quotas>,
    /// What one address may send without a valid token.
    pub address_limits: Option<AddressLimits>,
    pub limits: Option<Limits>,
    pub origins: Vec<String>,
    /// How long a client may take for its headers.
    pub patience: Option<Duration>,
    /// Keeps the SQL that the service runs.
    pub texts: Option<Texts>,
    /// Keeps what the service logs.
    pub log: Option<Log>,
    /// What wraps the keys of private words.
    pub ring: Option<Ring>,
    /// What goes by itself.
    pub retention: Retention,
    /// Who carries mail.
    pub post: Option<MailTransport>,
    /// Who calls webhooks; only public addresses, unless the set-up has another one.
    pub webhook_client: Option<WebhookClient>,
    /// Where people choose which mails they get.
    pub unsubscribe: Option<&'static str>,
    /// Serves behind row security, on PostgreSQL.
    pub has_row_security: bool,
}

impl Setup {
    fn ring(&self) -> Ring {
        self.ring.clone().unwrap_or_else(Ring::of_one)
    }
}

impl TestApp {
    pub async fn on_sqlite() -> Self {
        Self::on_sqlite_with(Setup::default()).await
    }

    pub async fn on_sqlite_with(setup: Setup) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let url = sqlite::database(folder.path()).await;
        let db = Db::open(&url, 4, Durability::Relaxed, setup.ring()).await.expect("it opens");
        Self::serve(db, url, Some(folder), setup, monday())
    }

    pub async fn on_postgres() -> Option<Self> {
        Self::on_postgres_with(Setup::default()).await
    }

    pub async fn on_postgres_with(setup: Setup) -> Option<Self> {
        let mut url = postgres::database().await?;
        if setup.has_row_security {
            let owner = Db::open(&as_role(&url, OWNER), 1, Durability::Full, Ring::of_one()).await.expect("it opens");
            owner.install_row_security(SERVANT).await.expect("the wall is up");
            owner.close().await;
            url = as_role(&url, SERVANT);
        }
        let mut db = Db::open(&url, 6, Durability::Full, setup.ring()).await.expect("it opens");
        if setup.has_row_security {
            db = db.with_row_security().await.expect("it holds");
        }
        Some(Self::serve(db, url, None, setup, monday()))
    }

    /// A second instance on the same database and clock, as behind a balancer. [`TestApp::leave`] it.
    pub fn beside(&self) -> Self {
        Self::serve(self.db.clone(), self.url.clone(), None, Setup::default(), self.clock.clone())
    }

    /// The same with a clock of its own: the clocks of two hosts differ.
    pub fn beside_at(&self, clock: Clock) -> Self {
        Self::serve(self.db.clone(), self.url.clone(), None, Setup::default(), clock)
    }

    /// A process of its own on the same database and clock: with what is stored, and nothing in
    /// memory. [`TestApp::stop`] it.
    pub async fn apart(&self, ring: Ring) -> Self {
        let db = Db::open(&self.url, 2, Durability::Relaxed, ring).await.expect("it opens");
        Self::serve(db, self.url.clone(), None, Setup::default(), self.clock.clone())
    }

    /// Stops this instance; the database stays open for the others.
    pub async fn leave(self) {
        self.handle.stop(false).await;
        self.state.audit_log().stop().await;
    }

    /// Nobody keeps the audit log of this instance any more, as after a kill.
    pub async fn kill_keeper(&self) {
        self.keeper.abort();
        while !self.keeper.is_finished() {
            tokio::task::yield_now().await;
        }
    }

    fn serve(db: Db, url: String, folder: Option<tempfile::TempDir>, setup: Setup, clock: Clock) -> Self {
        let key = LocalKey::new((0..64).collect()).expect("a key");
        let auth = Authenticator::new(db.clone(), clock.clone(), key.clone(), setup.provider, setup.quotas);
        let auth = auth.with_address_limits(setup.address_limits, ClientAddress::default());
        let limits = setup.limits.unwrap_or_else(|| Limits::new(1000, Duration::from_secs(30)));
        let signer = Signer::new(&SIGNER).expect("a key");
        let audit_log = AuditLog::new(db.clone(), clock.clone(), signer);
        let keeping = audit_log.clone();
        let keeper = actix_web::rt::spawn(async move { keeping.run().await });
        let mails = tempfile::tempdir().expect("a temporary folder");
        let post = setup.post.unwrap_or_else(|| MailTransport::Folder(mails.path().to_owned()));
        let from = "Mentoring <mentoring@example.com>".parse().expect("an address");
        let mail = Mail::new(post, from, MailTemplates::new(None).expect("our own words"));
        let webhook_client =
            setup.webhook_client.unwrap_or_else(|| WebhookClient::new(AllowedAddresses::Public).expect("a client"));
        let unsubscribe = setup.unsubscribe.map(|address| Mail::unsubscribe_address(address).expect("an address"));
        let mail = mail.with_unsubscribe(unsubscribe);
        let service = Service::new(App::new(db.clone(), clock.clone(), audit_log), auth, limits, setup.origins);
        let service = service.with_retention(setup.retention).with_delivery(mail, webhook_client);
        let service = service.with_metrics(MetricsAccess::of(METRICS_TOKEN));
        let (state, same) = (service.app.clone(), service.clone());
        let (heard, kept) = (setup.texts.clone(), setup.log.clone());
        let worker = move || {
            if let Some(texts) = &heard {
                texts.listen();
            }
            if let Some(log) = &kept {
                log.listen();
            }
            service.worker()
        };
        let server = HttpServer::new(worker)
            .workers(1)
            .disable_signals()
            // Many of these share two cores: patience is seldom what is tested.
            .client_request_timeout(setup.patience.unwrap_or(Duration::from_mins(1)))
            .keep_alive(Duration::from_mins(1))
            .shutdown_timeout(1)
            .bind(("127.0.0.1", 0))
            .expect("a port");
        let address = format!("http://{}", server.addrs()[0]);
        let server = server.run();
        let handle = server.handle();
        actix_web::rt::spawn(server);
        Self {
            db,
            clock,
            address,
            key,
            state,
            service: same,
            texts: setup.texts,
            log: setup.log,
            url,
            mails,
            handle,
            keeper,
            _folder: folder,
        }
    }

    pub async fn stop(self) {
        self.handle.stop(false).await;
        self.state.audit_log().stop().await;
        self.db.close().await;
    }

    /// Nobody: no token at all.
    pub fn nobody(&self) -> Client {
        Client::new(&self.address, None)
    }

    /// A client with this very token.
    pub fn bearing(&self, token: &str) -> Client {
        Client::new(&self.address, Some(token.to_owned()))
    }

    /// The person, without any role.
    pub fn as_(&self, person: impl Into<PersonId>) -> Client {
        self.as_with(person, &[])
    }

    /// The person, with roles in their token.
    pub fn as_with(&self, person: impl Into<PersonId>, roles: &[&str]) -> Client {
        let roles = roles.iter().map(|role| (*role).to_owned()).collect();
        self.bearing(&self.token(TokenSubject::Person(person.into(), roles)))
    }

    /// A service account with these scopes in its token.
    pub fn as_service(&self, account: ServiceAccountId, scopes: &[Scope]) -> Client {
        self.bearing(&self.token(TokenSubject::Service(account, scopes.to_vec())))
    }

    pub fn token(&self, mint: TokenSubject) -> String {
        self.key.sign(mint, self.clock.now(), TimeDelta::days(1000)).expect("it signs")
    }
}

fn monday() -> Clock {
    let monday: DateTime<Utc> = "2026-03-02T09:00:00Z".parse().expect("a date");
    Clock::held_at(monday, 1)
}
