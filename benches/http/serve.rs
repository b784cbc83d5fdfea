//! The service under test: in this process, on its own port, with limits that a benchmark does not reach.

use std::net::SocketAddr;
use std::time::Duration;

use actix_web::HttpServer;
use actix_web::dev::ServerHandle;
use chrono::TimeDelta;
use mentorship::app::Service;
use mentorship::audit_log::{AuditLog, Signer};
use mentorship::auth::{Authenticator, LocalKey, TokenSubject};
use mentorship::clock::Clock;
use mentorship::db::Db;
use mentorship::http::{App, Limits};
use mentorship::ids::PersonId;

/// A running service.
pub struct Serving {
    /// Address of the service.
    pub address: SocketAddr,
    /// The service.
    pub service: Service,
    handle: ServerHandle,
    audit_log: AuditLog,
    key: LocalKey,
}

impl Serving {
    /// Starts the service on this database.
    pub fn start(db: Db, clock: Clock) -> Self {
        let key = || LocalKey::new((0..64).collect()).expect("a key");
        let auth = Authenticator::new(db.clone(), clock.clone(), key(), None, None);
        let signer = Signer::new(b"0123456789abcdefghijklmnopqrstuv").expect("a key");
        let audit_log = AuditLog::new(db.clone(), clock.clone(), signer);
        let keeping = audit_log.clone();
        actix_web::rt::spawn(async move { keeping.run().await });
        let limits = Limits::new(10_000, Duration::from_secs(30));
        let service = Service::new(App::new(db, clock, audit_log.clone()), auth, limits, Vec::new());
        let workers = service.clone();
        let server = HttpServer::new(move || workers.worker()).workers(2).disable_signals();
        let server = server.bind(("127.0.0.1", 0)).expect("a port");
        let address = server.addrs()[0];
        let server = server.run();
        let handle = server.handle();
        actix_web::rt::spawn(server);
        Self { address, service, handle, audit_log, key: key() }
    }

    /// A token for this person.
    pub fn token(&self, person: PersonId, roles: &[&str]) -> String {
        let roles = roles.iter().map(|role| (*role).to_owned()).collect();
        let now = self.service.app.clock.now();
        self.key.sign(TokenSubject::Person(person, roles), now, TimeDelta::hours(1)).expect("it signs")
    }

    /// Stops the service.
    pub async fn stop(self) {
        self.handle.stop(false).await;
        self.audit_log.stop().await;
        self.service.app.close().await;
    }
}
