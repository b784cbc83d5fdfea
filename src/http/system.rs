//! What operators and machines ask of any service: health, figures, problems, the document.

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
use crate::problem::{Code, Fault, Problem};
use crate::secret::{self, SecretError};

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config.service(read_liveness).service(read_readiness).service(read_metrics).service(read_problem);
}

/// An answer about the service itself, which is nobody's secret.
#[derive(Debug, Serialize, ToSchema)]
struct Health {
    /// `ok`, always: otherwise the answer is a problem.
    #[schema(examples("ok"), max_length = 2)]
    status: &'static str,
}

/// Says that the process runs.
///
/// Needs no token.
#[utoipa::path(tag = "system", security(()), responses((status = 200, body = Health, description = "It runs.")))]
#[get("/health/live")]
async fn read_liveness() -> impl Responder {
    actix_web::web::Json(Health { status: "ok" })
}

/// Says that requests will be served: the database answers, suggestions have what they look through, and the service is not
/// stopping.
///
/// Needs no token.
#[utoipa::path(tag = "system", security(()), responses((status = 200, body = Health, description = "It serves.")))]
#[get("/health/ready")]
async fn read_readiness(app: Data<App>) -> Result<impl Responder, Problem> {
    if app.is_stopping() {
        return Err(Problem::new(Code::Overloaded, "The service is stopping."));
    }
    if app.is_warming_up() {
        return Err(Problem::new(Code::Overloaded, "The service still reads what suggestions look through."));
    }
    let mut tx = app.look().await?;
    tx.query("select 1 from idempotency_keys limit 1").run().await?;
    Ok(actix_web::web::Json(Health { status: "ok" }))
}

/// Who reads the figures on the API's address.
#[derive(Clone, Debug)]
pub enum MetricsAccess {
    /// Nobody.
    Closed,
    /// Whoever has the token with this hash.
    Token([u8; 32]),
}

impl MetricsAccess {
    /// Reads the token in `file`.
    pub fn read(file: &std::path::Path) -> Result<Self, SecretError> {
        let text = secret::read(file)?;
        secret::decode(text.trim())?;
        Ok(Self::of(text.trim()))
    }

    /// For whoever has this token.
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

/// Read figures for Prometheus
///
/// Needs the token of `--metrics-token-file`, which is none of a person or service account; without that setting the answer
/// is 404. Counts and durations by route; operations on private records are counted together, one label a room. With
/// `--metrics-address` the same figures are on an address of their own, without a token.
#[utoipa::path(tag = "system", responses((status = 200, body = String, content_type = "text/plain", description = "Figures in the text format of Prometheus."), (status = 404)))]
#[get("/metrics")]
async fn read_metrics(request: HttpRequest, access: Data<MetricsAccess>) -> Result<impl Responder, Problem> {
    access.check(&request)?;
    Ok(figures().render())
}

/// The same on an address of its own.
#[get("/metrics")]
pub async fn read_own_metrics() -> impl Responder {
    figures().render()
}

/// The figures of this process; the first call starts to count.
pub fn figures() -> &'static PrometheusHandle {
    static FIGURES: OnceLock<PrometheusHandle> = OnceLock::new();
    FIGURES.get_or_init(|| {
        let recorder = PrometheusBuilder::new().build_recorder();
        let handle = recorder.handle();
        // Fails only if somebody else in this process counts already; then they keep the figures.
        let _ = metrics::set_global_recorder(recorder);
        handle
    })
}

/// What a problem's code means and what to do about it.
#[derive(Debug, Serialize, ToSchema)]
struct ProblemMeaning {
    /// The code.
    code: Code,
    /// The HTTP status it comes with.
    #[schema(minimum = 400, maximum = 599, examples(409))]
    status: u16,
    /// One line.
    #[schema(max_length = 100, examples("Mentor is at capacity"))]
    title: &'static str,
    /// What it means and what to do.
    #[schema(max_length = 1000)]
    meaning: &'static str,
}

/// Tells what a problem's code means and what to do about it.
///
/// Needs no token: the `type` of every problem points here.
#[utoipa::path(tag = "system", security(()), params(("code" = Code, Path, description = "A problem's code.", example = "mentor_at_capacity")),
    responses((status = 200, body = ProblemMeaning, description = "The meaning.")))]
#[get("/problems/{code}")]
async fn read_problem(code: Path<String>) -> Result<impl Responder, Problem> {
    let known = Code::ALL.iter().find(|known| known.to_string() == *code).ok_or_else(Problem::not_found)?;
    let (status, title, meaning) = (known.status(), known.title(), known.meaning().trim());
    Ok(actix_web::web::Json(ProblemMeaning { code: *known, status, title, meaning }))
}

/// RFC 9457 problem details, as every error is answered.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemBody {
    /// Where the code is explained.
    #[schema(max_length = 100, examples("/problems/not_found"))]
    r#type: String,
    /// The code in one line.
    #[schema(max_length = 100, examples("Not found"))]
    title: String,
    /// The HTTP status.
    #[schema(minimum = 400, maximum = 599, examples(404))]
    status: u16,
    /// Stable: match on this.
    code: Code,
    /// This occurrence, for a person.
    #[schema(max_length = 1000, examples("There is no such record."))]
    detail: String,
    /// The request id; the log has it too.
    #[schema(max_length = 64, examples("01988b64-97e0-7d1e-a3b5-6d7e8f9a0b1c"))]
    instance: String,
    /// The places in the request that are wrong.
    #[schema(required = false, max_items = 50)]
    errors: Option<Vec<Fault>>,
}

/// The document itself.
#[get("/openapi.json")]
pub async fn read_document(document: Data<Document>) -> impl Responder {
    document.text().to_owned().customize().insert_header(("content-type", "application/json"))
}
