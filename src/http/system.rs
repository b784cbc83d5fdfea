//! Health, metrics, the meanings of problems, and the OpenAPI document.

use std::sync::OnceLock;

use actix_web::http::header::AUTHORIZATION;
use actix_web::web::Data;
use actix_web::{HttpRequest, Responder, get};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::openapi::Document;
use super::{App, Path};
use crate::db::query;
use crate::problem::{Code, FieldError, Problem};
use crate::secret::{self, SecretError};

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config.service(read_liveness).service(read_readiness).service(read_metrics).service(read_problem);
}

/// The state of the service. It contains nothing confidential.
#[derive(Debug, Serialize, ToSchema)]
struct ServiceHealth {
    /// Always `ok`: if the service is not well, the answer is a problem.
    #[schema(examples("ok"), max_length = 2)]
    status: &'static str,
}

/// Check that the process runs
///
/// Needs no token. It does not use the database; see `GET /health/ready` for that.
#[utoipa::path(tag = "system", security(()), responses((status = 200, body = ServiceHealth, description = "The process runs.")))]
#[get("/health/live")]
async fn read_liveness() -> impl Responder {
    actix_web::web::Json(ServiceHealth { status: "ok" })
}

/// Check that the service is ready for requests
///
/// Needs no token. A load balancer should send requests only while this answers 200. Otherwise it answers 503:
///
/// - `overloaded`: the service is stopping, is still loading the index of mentors for suggestions, or the database is
///   busy.
/// - `storage_unavailable`: the service cannot write to the database.
#[utoipa::path(tag = "system", security(()), responses((status = 200, body = ServiceHealth, description = "The service is ready.")))]
#[get("/health/ready")]
async fn read_readiness(app: Data<App>) -> Result<impl Responder, Problem> {
    if app.is_stopping() {
        return Err(Problem::new(Code::Overloaded, "The service is stopping. Send requests to another instance."));
    }
    if app.is_warming_up() {
        return Err(Problem::new(
            Code::Overloaded,
            "The service is starting: it still loads the index of mentors for suggestions. Try again in a moment.",
        ));
    }
    app.check_writable().await?;
    let mut tx = app.service_read_one().await?;
    query!(tx, "select 1 from idempotency_keys limit 1").run().await?;
    Ok(actix_web::web::Json(ServiceHealth { status: "ok" }))
}

/// Who may read the metrics on the address of the API.
#[derive(Clone, Debug)]
pub enum MetricsAccess {
    /// No one.
    Closed,
    /// Clients with the token that has this hash.
    Token([u8; 32]),
}

impl MetricsAccess {
    /// Access with the token in `file`.
    pub fn read(file: &std::path::Path) -> Result<Self, SecretError> {
        let text = secret::read(file)?;
        secret::decode(text.trim())?;
        Ok(Self::of(text.trim()))
    }

    /// Access with this token.
    pub fn of(token: &str) -> Self {
        Self::Token(sha256(token))
    }

    fn check(&self, request: &HttpRequest) -> Result<(), Problem> {
        let Self::Token(expected) = self else { return Err(Problem::not_found()) };
        let sent = request.headers().get(AUTHORIZATION).and_then(|header| header.to_str().ok());
        let token =
            sent.and_then(|sent| sent.split_once(' ')).filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
        let hash = sha256(token.map_or("", |(_, token)| token));
        verify_slices_are_equal(&hash, expected).map_err(|_| Problem::unauthenticated())
    }
}

fn sha256(text: &str) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest(&SHA256, text.as_bytes()).as_ref());
    hash
}

/// Read metrics for Prometheus
///
/// Send the token of the setting `--metrics-token-file` as a bearer token. It is not a token of a person or a service
/// account. Without that setting the answer is 404.
///
/// Metrics have one label for each route. Routes of private records share one label for each area. With the setting
/// `--metrics-address` the same metrics are on a separate address, without a token.
#[utoipa::path(tag = "system", responses((status = 200, body = String, content_type = "text/plain", description = "The metrics in the text format of Prometheus."), (status = 404)))]
#[get("/metrics")]
async fn read_metrics(request: HttpRequest, access: Data<MetricsAccess>) -> Result<impl Responder, Problem> {
    access.check(&request)?;
    Ok(prometheus().render())
}

/// The same metrics on a separate address.
#[get("/metrics")]
pub async fn read_own_metrics() -> impl Responder {
    prometheus().render()
}

/// The metrics of this process. The first call starts the recording.
pub fn prometheus() -> &'static PrometheusHandle {
    static PROMETHEUS: OnceLock<PrometheusHandle> = OnceLock::new();
    PROMETHEUS.get_or_init(|| {
        let recorder = PrometheusBuilder::new().build_recorder();
        let handle = recorder.handle();
        // Fails only if this process already has a recorder. Then that one keeps the metrics.
        let _ = metrics::set_global_recorder(recorder);
        handle
    })
}

/// The meaning of a problem code.
#[derive(Debug, Serialize, ToSchema)]
struct ProblemMeaning {
    /// Code of the problem.
    code: Code,
    /// HTTP status of answers with this code.
    #[schema(minimum = 400, maximum = 599, examples(409))]
    status: u16,
    /// Title of the problem, in one line.
    #[schema(max_length = 100, examples("Mentor is at capacity"))]
    title: &'static str,
    /// Meaning of the problem, and what to do.
    #[schema(max_length = 1000)]
    meaning: &'static str,
}

/// Read the meaning of a problem code
///
/// Needs no token. The answer says what the problem means and what to do. The field `type` of every problem is this
/// address.
#[utoipa::path(tag = "system", security(()), params(("code" = Code, Path, description = "Code of the problem.", example = "mentor_at_capacity")),
    responses((status = 200, body = ProblemMeaning, description = "The meaning of the code.")))]
#[get("/problems/{code}")]
async fn read_problem(code: Path<String>) -> Result<impl Responder, Problem> {
    let known = Code::ALL.iter().find(|known| known.to_string() == *code).ok_or_else(Problem::not_found)?;
    let (status, title, meaning) = (known.status(), known.title(), known.meaning().trim());
    Ok(actix_web::web::Json(ProblemMeaning { code: *known, status, title, meaning }))
}

/// Problem details (RFC 9457): the body of every answer with an error.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemBody {
    /// Address of the explanation of the code.
    #[schema(max_length = 100, examples("/problems/not_found"))]
    r#type: String,
    /// Title of the problem. The same for all problems with this code.
    #[schema(max_length = 100, examples("Not found"))]
    title: String,
    /// HTTP status of the answer.
    #[schema(minimum = 400, maximum = 599, examples(404))]
    status: u16,
    /// Code of the problem. It is never renamed: compare this value in your program.
    code: Code,
    /// Text for a person: what is wrong with this request, and what to do. It may change.
    #[schema(max_length = 1000, examples("There is no such record, or you may not see it."))]
    detail: String,
    /// Id of the request. The operator finds it in the log.
    #[schema(max_length = 64, examples("01988b64-97e0-7d1e-a3b5-6d7e8f9a0b1c"))]
    instance: String,
    /// Errors in the request, each with its place. Absent if the problem is not about one place.
    #[schema(required = false, max_items = 50)]
    errors: Option<Vec<FieldError>>,
}

/// The document itself.
#[get("/openapi.json")]
pub async fn read_document(document: Data<Document>) -> impl Responder {
    document.text().to_owned().customize().insert_header(("content-type", "application/json"))
}
