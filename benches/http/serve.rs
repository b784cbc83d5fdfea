//! The service of a bench: on a port of its own, in this process, with the limits that a bench would meet out of its way.

use std::net::SocketAddr;
use std::time::Duration;

use actix_web::HttpServer;
use actix_web::dev::ServerHandle;
use chrono::TimeDelta;
use mentorship::app::Service;
use mentorship::auth::{Gate, LocalKey, Mint};
use mentorship::clock::Clock;
use mentorship::db::Db;
use mentorship::http::{App, Limits};
use mentorship::ids::PersonId;
use mentorship::trail::{Signer, Trail};

/// A service that answers.
pub struct Serving {
    /// Where.
    pub address: SocketAddr,
    /// What answers.
    pub service: Service,
    handle: ServerHandle,
    trail: Trail,
    key: LocalKey,
}

impl Serving {
    /// Serves this database.
    pub fn start(db: Db, clock: Clock) -> Self {
        let key = || LocalKey::new((0..64).collect()).expect("a key");
        let gate = Gate::new(db.clone(), clock.clone(), key(), None, None);
        let signer = Signer::new(b"0123456789abcdefghijklmnopqrstuv").expect("a key");
        let trail = Trail::new(db.clone(), clock.clone(), signer);
        let keeping = trail.clone();
        actix_web::rt::spawn(async move { keeping.keep().await });
        let limits = Limits::new(10_000, Duration::from_secs(30));
        let service = Service::new(App::new(db, clock, trail.clone()), gate, limits, Vec::new());
        let workers = service.clone();
        let server = HttpServer::new(move || workers.worker()).workers(2).disable_signals();
        let server = server.bind(("127.0.0.1", 0)).expect("a port");
        let address = server.addrs()[0];
        let server = server.run();
        let handle = server.handle();
        actix_web::rt::spawn(server);
        Self { address, service, handle, trail, key: key() }
    }

    /// A token for this person.
    pub fn token(&self, person: PersonId, roles: &[&str]) -> String {
        let roles = roles.iter().map(|role| (*role).to_owned()).collect();
        let now = self.service.app.clock.now();
        self.key.sign(Mint::Person(person, roles), now, TimeDelta::hours(1)).expect("it signs")
    }

    /// Answers no more.
    pub async fn stop(self) {
        self.handle.stop(false).await;
        self.trail.stop().await;
        self.service.app.close().await;
    }
}
