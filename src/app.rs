//! Connects the modules to one HTTP service. Both `main` and the tests use it.

use std::sync::{Arc, LazyLock};

use actix_cors::Cors;
use actix_web::body::BoxBody;
use actix_web::dev::{ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::middleware::{Condition, from_fn};
use actix_web::web::Data;
use actix_web::{Error, web};
use utoipa::OpenApi as _;
use utoipa_actix_web::AppExt as _;
use utoipa_actix_web::service_config::ServiceConfig;
use utoipa_swagger_ui::{Config, SwaggerUi};

use crate::auth::Authenticator;
use crate::http::openapi::Document;
use crate::http::system::{self, MetricsAccess};
use crate::http::{self, App, Limits};
use crate::matching::learning::job as learning;
use crate::matching::mentor_index::MentorIndex;
use crate::matching::mentor_request::turn;
use crate::matching::round::job::Planner;
use crate::notify::delivery::model::{Channel, Delivery};
use crate::notify::dispatcher;
use crate::notify::job as deliveries;
use crate::notify::mail::{Mail, files};
use crate::notify::notice::listen::Listeners;
use crate::notify::reminder::job as reminders;
use crate::notify::webhook::{AllowedAddresses, WebhookClient};
use crate::privacy::retention::job;
use crate::privacy::retention::model::Retention;
use crate::problem::Problem;

/// What the workers of one process share.
#[derive(Clone, Debug)]
pub struct Service {
    /// The state of the handlers.
    pub app: Data<App>,
    /// The check of tokens.
    pub auth: Data<Authenticator>,
    limits: Data<Limits>,
    mentor_index: Data<MentorIndex>,
    planner: Data<Planner>,
    document: Data<Document>,
    retention: Data<Retention>,
    mail: Option<Data<Mail>>,
    webhook_client: Option<Data<WebhookClient>>,
    allowed_addresses: Data<AllowedAddresses>,
    metrics: Data<MetricsAccess>,
    listeners: Data<Listeners>,
    origins: Vec<String>,
}

impl Service {
    /// A service. Pages of `origins` may read answers in a browser; an empty list allows no origin.
    pub fn new(app: App, auth: Authenticator, limits: Limits, origins: Vec<String>) -> Self {
        system::prometheus();
        let (app, mentor_index) = (Data::new(app), Data::new(MentorIndex::default()));
        Self {
            planner: Data::new(Planner::new(app.clone(), mentor_index.clone())),
            app,
            auth: Data::new(auth),
            limits: Data::new(limits),
            mentor_index,
            document: Data::from(document()),
            retention: Data::new(Retention::default()),
            mail: None,
            webhook_client: None,
            allowed_addresses: Data::new(AllowedAddresses::Public),
            metrics: Data::new(MetricsAccess::Closed),
            listeners: Data::new(Listeners::default()),
            origins,
        }
    }

    /// The same service with these retention rules.
    #[must_use]
    pub fn with_retention(mut self, rules: Retention) -> Self {
        self.retention = Data::new(rules);
        self
    }

    /// The same service with this access to the metrics.
    #[must_use]
    pub fn with_metrics(mut self, access: MetricsAccess) -> Self {
        self.metrics = Data::new(access);
        self
    }

    /// Deletes expired records, if no other instance is doing it.
    pub async fn delete_expired(&self) -> sqlx::Result<()> {
        job::apply(&self.app, **self.retention).await
    }

    /// The same service with mail and webhooks. Then it delivers events; an instance without them leaves this to
    /// others.
    #[must_use]
    pub fn with_delivery(mut self, mail: Mail, webhook_client: WebhookClient) -> Self {
        self.allowed_addresses = Data::new(webhook_client.allowed_addresses());
        (self.mail, self.webhook_client) = (Some(Data::new(mail)), Some(Data::new(webhook_client)));
        self
    }

    /// Plans events and delivers a batch on one channel. Returns whether there was any work.
    pub async fn deliver_on(&self, channel: Channel) -> sqlx::Result<bool> {
        let (Some(mail), Some(webhook_client)) = (&self.mail, &self.webhook_client) else { return Ok(false) };
        let deliver = async |delivery: &Delivery| dispatcher::deliver(&self.app, mail, webhook_client, delivery).await;
        deliveries::round(&self.app, channel, deliver).await
    }

    /// Delivers the events that are due now.
    pub async fn deliver(&self) -> sqlx::Result<()> {
        let mut has_work = true;
        while has_work {
            has_work = false;
            for channel in Channel::ALL {
                has_work |= self.deliver_on(channel).await?;
            }
        }
        Ok(())
    }

    /// Deletes the expired files of mails.
    pub async fn delete_old_mails(&self) -> sqlx::Result<()> {
        let Some(mail) = &self.mail else { return Ok(()) };
        let count = files::forget(&self.app, mail, self.retention.of_mails()).await?;
        if count > 0 {
            tracing::info!(
                event = "mail.files_deleted",
                count,
                "mail: files of mails were deleted because their time is over"
            );
        }
        Ok(())
    }

    /// Sends the reminders that are due now.
    pub async fn send_reminders(&self) -> sqlx::Result<()> {
        reminders::remind(&self.app).await
    }

    /// Loads the index of mentors, so that the first request for suggestions does not wait for it. Until then the
    /// service is not ready.
    pub async fn warm_up(&self) {
        self.app.warm_up(true);
        if let Err(problem) = self.mentor_index.current(&self.app, self.app.clock.now()).await {
            tracing::warn!(
                event = "suggestion.index_not_loaded", code = %problem.code, cause = problem.cause,
                "suggestions: the index of mentors could not be loaded at the start; the first request for suggestions \
                 loads it and takes longer"
            );
        }
        self.app.warm_up(false);
    }

    /// Makes a new index of mentors when a new day has begun.
    pub async fn renew_index(&self) -> Result<(), Problem> {
        self.mentor_index.renew(&self.app, self.app.clock.now()).await
    }

    /// Continues matching rounds that no instance is working on.
    pub async fn resume_rounds(&self) -> sqlx::Result<()> {
        self.planner.resume().await
    }

    /// Learns the match models that are requested now.
    pub async fn learn(&self) -> sqlx::Result<()> {
        learning::learn(&self.app).await
    }

    /// Invites the next mentor of a mentor request if the invited one did not answer in time.
    pub async fn pass_on_requests(&self) -> sqlx::Result<()> {
        turn::pass_on(&self.app).await
    }

    /// The open streams of notices of this process.
    pub fn listeners(&self) -> &Listeners {
        &self.listeners
    }

    /// The application of one worker, for `HttpServer::new`.
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
            .app_data(self.auth.clone())
            .app_data(self.limits.clone())
            .app_data(self.mentor_index.clone())
            .app_data(self.planner.clone())
            .app_data(self.document.clone())
            .app_data(self.retention.clone())
            .app_data(self.allowed_addresses.clone())
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
            .wrap(from_fn(http::complete))
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

/// The OpenAPI document of this service. It is made once in a process.
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
