//! Wires the rooms into one HTTP service; `main` and the tests both call it.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use actix_cors::Cors;
use actix_web::body::BoxBody;
use actix_web::dev::{ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::middleware::{Condition, from_fn};
use actix_web::web::Data;
use actix_web::{Error, web};
use tokio::time::{MissedTickBehavior, interval};
use utoipa::OpenApi as _;
use utoipa_actix_web::AppExt as _;
use utoipa_actix_web::service_config::ServiceConfig;
use utoipa_swagger_ui::{Config, SwaggerUi};

use crate::auth::Gate;
use crate::http::openapi::Document;
use crate::http::system::{self, MetricsAccess};
use crate::http::{self, App, Limits};
use crate::matching::cohort::job::Planner;
use crate::matching::learning::job as learning;
use crate::matching::mentor_request::turn;
use crate::matching::roster::Roster;
use crate::notify::courier;
use crate::notify::delivery::model::{Channel, Delivery};
use crate::notify::job as deliveries;
use crate::notify::mail::{Mail, files};
use crate::notify::notice::listen::Listeners;
use crate::notify::reminder::job as reminders;
use crate::notify::webhook::{Caller, Reach};
use crate::privacy::retention::job;
use crate::privacy::retention::model::Retention;

/// Between two looks whether the tokens of open streams are still good.
const STREAMS_PAUSE: Duration = Duration::from_millis(500);

/// Everything the workers of one process share.
#[derive(Clone, Debug)]
pub struct Service {
    /// The handlers' state.
    pub app: Data<App>,
    /// Who is asking.
    pub gate: Data<Gate>,
    limits: Data<Limits>,
    roster: Data<Roster>,
    planner: Data<Planner>,
    document: Data<Document>,
    retention: Data<Retention>,
    mail: Option<Data<Mail>>,
    caller: Option<Data<Caller>>,
    reach: Data<Reach>,
    metrics: Data<MetricsAccess>,
    listeners: Data<Listeners>,
    origins: Vec<String>,
}

impl Service {
    /// A service; `origins` are the browsers' origins that may read answers, none by default.
    pub fn new(app: App, gate: Gate, limits: Limits, origins: Vec<String>) -> Self {
        system::figures();
        let (app, roster) = (Data::new(app), Data::new(Roster::default()));
        Self {
            planner: Data::new(Planner::new(app.clone(), roster.clone())),
            app,
            gate: Data::new(gate),
            limits: Data::new(limits),
            roster,
            document: Data::from(document()),
            retention: Data::new(Retention::default()),
            mail: None,
            caller: None,
            reach: Data::new(Reach::Public),
            metrics: Data::new(MetricsAccess::Closed),
            listeners: Data::new(Listeners::default()),
            origins,
        }
    }

    /// The same with rules of what goes by itself.
    #[must_use]
    pub fn keeping(mut self, rules: Retention) -> Self {
        self.retention = Data::new(rules);
        self
    }

    /// The same with figures on this address for whoever has their token.
    #[must_use]
    pub fn measured(mut self, access: MetricsAccess) -> Self {
        self.metrics = Data::new(access);
        self
    }

    /// Lets go of what is kept no longer, if no other instance does.
    pub async fn tidy(&self) -> sqlx::Result<()> {
        job::apply(&self.app, **self.retention).await
    }

    /// The same with mail and calls of webhooks: then it delivers what happened, as instances without
    /// leave to others.
    #[must_use]
    pub fn delivering(mut self, mail: Mail, caller: Caller) -> Self {
        self.reach = Data::new(caller.reach());
        (self.mail, self.caller) = (Some(Data::new(mail)), Some(Data::new(caller)));
        self
    }

    /// Delivers what happened, until the service stops.
    pub async fn work(&self) {
        let (Some(mail), Some(caller)) = (&self.mail, &self.caller) else { return };
        let deliver = async |delivery: &Delivery| courier::deliver(&self.app, mail, caller, delivery).await;
        deliveries::work(&self.app, deliver).await;
    }

    /// Delivers what is due now.
    pub async fn deliver(&self) -> sqlx::Result<()> {
        let (Some(mail), Some(caller)) = (&self.mail, &self.caller) else { return Ok(()) };
        let deliver = async |delivery: &Delivery| courier::deliver(&self.app, mail, caller, delivery).await;
        let mut has_work = true;
        while has_work {
            has_work = false;
            for channel in Channel::ALL {
                has_work |= deliveries::round(&self.app, channel, deliver).await?;
            }
        }
        Ok(())
    }

    /// Deletes the files of mails that are kept no longer.
    pub async fn forget_mails(&self) -> sqlx::Result<()> {
        let Some(mail) = &self.mail else { return Ok(()) };
        let count = files::forget(&self.app, mail, self.retention.of_mails()).await?;
        if count > 0 {
            tracing::info!(event = "mail.files_deleted", count, "mail: deleted files of mails that are kept no longer");
        }
        Ok(())
    }

    /// Reminds of what is due now.
    pub async fn remind(&self) -> sqlx::Result<()> {
        reminders::remind(&self.app).await
    }

    /// Reads what suggestions look through, so that the first who asks does not wait for it. Until it is there the service
    /// is not ready.
    pub async fn warm_up(&self) {
        self.app.warm_up(true);
        if let Err(problem) = self.roster.current(&self.app, self.app.clock.now()).await {
            tracing::warn!(code = %problem.code, cause = problem.cause, "the first who asks for suggestions waits");
        }
        self.app.warm_up(false);
    }

    /// Makes what suggestions look through anew when a new day has begun.
    pub async fn renew(&self) {
        if let Err(problem) = self.roster.renew(&self.app, self.app.clock.now()).await {
            tracing::warn!(code = %problem.code, cause = problem.cause, "suggestions go by yesterday");
        }
    }

    /// Goes on with cohorts that nobody works on.
    pub async fn plan(&self) -> sqlx::Result<()> {
        self.planner.resume().await
    }

    /// Learns what somebody asked for, until the service stops.
    pub async fn study(&self) {
        learning::work(&self.app).await;
    }

    /// Learns what somebody asked for now.
    pub async fn learn(&self) -> sqlx::Result<()> {
        learning::learn(&self.app).await
    }

    /// Gives the turn to the next mentor where the one who is asked did not answer in time.
    pub async fn pass_on(&self) -> sqlx::Result<()> {
        turn::pass_on(&self.app).await
    }

    /// Rings for who listens for notices, until the service stops.
    pub async fn call(&self) {
        self.listeners.work(&self.app).await;
    }

    /// Ends streams whose token is no longer good, until the service stops.
    pub async fn watch_streams(&self) {
        let mut moment = interval(STREAMS_PAUSE);
        moment.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            moment.tick().await;
            if let Err(error) = self.gate.end_streams().await {
                tracing::warn!(
                    event = "streams.unchecked", %error,
                    "streams: whether their tokens are still good cannot be asked; they go on; trying again in 0.5 s"
                );
            }
        }
    }

    /// Who listens for notices here.
    pub fn listeners(&self) -> &Listeners {
        &self.listeners
    }

    /// One worker's copy, for `HttpServer::new`.
    pub fn worker(
        &self,
    ) -> actix_web::App<
        impl ServiceFactory<ServiceRequest, Config = (), Response = ServiceResponse<BoxBody>, Error = Error, InitError = ()>
        + use<>,
    > {
        let docs =
            Config::from("/openapi.json").persist_authorization(false).try_it_out_enabled(true).validator_url("none");
        let app = actix_web::App::new();
        let app = match &self.mail {
            Some(mail) => app.app_data(mail.clone()),
            None => app,
        };
        app.app_data(self.app.clone())
            .app_data(self.gate.clone())
            .app_data(self.limits.clone())
            .app_data(self.roster.clone())
            .app_data(self.planner.clone())
            .app_data(self.document.clone())
            .app_data(self.retention.clone())
            .app_data(self.reach.clone())
            .app_data(self.metrics.clone())
            .app_data(self.listeners.clone())
            .app_data(http::payload_limit())
            .wrap(from_fn(http::guard))
            .wrap(Condition::new(!self.origins.is_empty(), self.cors()))
            .into_utoipa_app()
            .configure(routes)
            .into_app()
            .service(system::read_document)
            .service(web::redirect("/docs", "/docs/"))
            .service(SwaggerUi::new("/docs/{_:.*}").config(docs))
            .default_service(web::to(http::unmatched))
            .wrap(from_fn(http::dress))
    }

    fn cors(&self) -> Cors {
        let cors = Cors::default()
            .allowed_methods(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"])
            .allowed_headers([
                "authorization",
                "content-type",
                "idempotency-key",
                "if-match",
                "if-none-match",
                "last-event-id",
            ])
            .expose_headers([
                "etag",
                "link",
                "location",
                "ratelimit",
                "ratelimit-policy",
                "retry-after",
                "x-request-id",
            ])
            .max_age(3600);
        self.origins.iter().fold(cors, |cors, origin| cors.allowed_origin(origin))
    }
}

/// The OpenAPI document of this service, gathered and finished once in a process.
pub fn document() -> Arc<Document> {
    static DOCUMENT: LazyLock<Arc<Document>> = LazyLock::new(|| {
        #[derive(utoipa::OpenApi)]
        #[openapi(components(schemas(system::ProblemBody)))]
        struct Gathered;
        let app = actix_web::App::new().into_utoipa_app().openapi(Gathered::openapi()).configure(routes);
        let (_, gathered) = app.split_for_parts();
        Arc::new(Document::new(&gathered))
    });
    Arc::clone(&DOCUMENT)
}

fn routes(config: &mut ServiceConfig) {
    config
        .configure(system::routes)
        .configure(crate::people::routes)
        .configure(crate::identity::routes)
        .configure(crate::programs::routes)
        .configure(crate::pairs::routes)
        .configure(crate::sessions::routes)
        .configure(crate::goals::routes)
        .configure(crate::matching::routes)
        .configure(crate::insights::routes)
        .configure(crate::fairness::routes)
        .configure(crate::privacy::routes)
        .configure(crate::notify::routes);
}
