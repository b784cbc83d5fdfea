//! The middleware around every request: id, span, log line, metrics, limits, time-out and problem body.

use std::time::{Duration, Instant};

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::InternalError;
use actix_web::http::Method;
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, HttpMessage as _, HttpRequest, ResponseError as _};
use serde_json::json;
use tracing::Instrument as _;

use super::limits::{InFlight, Limits, overloaded};
use super::openapi::Document;
use super::state::App;
use super::{etag, metric_labels};
use crate::auth::{Authenticator, Quota, Stopped, Wait};
use crate::db::OnBehalfOf;
use crate::problem::{Code, Problem};

const DOCS_POLICY: &str = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
                           frame-ancestors 'none'";

/// The middleware of the service.
pub async fn guard(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let started = Instant::now();
    let set_up = (
        request.app_data::<Data<App>>(),
        request.app_data::<Data<Authenticator>>(),
        request.app_data::<Data<Limits>>(),
    );
    let (Some(app), Some(auth), Some(limits)) = set_up else {
        return Err(Problem::internal("the service is not set up").into());
    };
    let request_id = app.clock.uuid();
    let id = request_id.to_string();
    let (app, auth, limits) = (app.clone(), auth.clone(), limits.clone());
    let (method, path) = (request.method().clone(), request.path().to_owned());
    let span = tracing::info_span!("request", %id, %method);
    if method == Method::HEAD {
        // The same answer as to `GET`. The HTTP server removes the body.
        request.head_mut().method = Method::GET;
    }
    let (busy, _in_flight) = InFlight::enter(limits.clone());
    // Monitoring must get an answer from a busy service, so that it does not count as dead.
    let is_monitoring = path.starts_with("/health/") || path == "/metrics";
    let answered = if busy >= limits.at_once && !is_monitoring {
        Err(overloaded())
    } else {
        let work = async {
            if !path.starts_with("/v1/") {
                return next.call(request).await.map(ServiceResponse::map_into_boxed_body);
            }
            let mut arrival = auth.arrive(request.request());
            if auth.has_to_wait(&arrival).await
                && let Err(problem) = limits.aside(auth.wait_for_keys(&mut arrival)).await
            {
                return Ok(request.error_response(problem));
            }
            match auth.recognise(request.request(), arrival, app.audit_log(), request_id).await {
                Ok(on_behalf_of) => {
                    if let Err(problem) = etag::check_form(request.headers()) {
                        return Ok(request.error_response(problem));
                    }
                    on_behalf_of.scope(with_read_slot(&limits, on_behalf_of, request, next)).await
                }
                Err(Stopped::AtOnce(problem)) => Ok(request.error_response(problem)),
                Err(Stopped::Anonymous(charge)) => {
                    let response = next.call(request).await?.map_into_boxed_body();
                    if response.status().as_u16() < 400 {
                        auth.give_back(charge);
                    }
                    Ok(response)
                }
            }
        };
        let answer = tokio::time::timeout(limits.time_out, work.instrument(span.clone())).await;
        answer.map_err(|_| {
            Problem::new(
                Code::TimedOut,
                "The request took too long and was stopped. Check whether it had an effect before you repeat it.",
            )
        })
    };
    let mut response = match answered {
        Ok(response) => response?,
        // The handler owned the request, so the answer can only be returned as an error.
        Err(problem) => {
            if problem.code == Code::TimedOut {
                tracing::warn!(
                    parent: &span, event = "request.timed_out", seconds = started.elapsed().as_secs_f64(),
                    "request: it took longer than --request-seconds; it was ended and answered 503; check the database \
                     and the load"
                );
            }
            record(&method, "unanswered", problem.code.status(), started, &span);
            let mut answer = render(&problem, &id, &[]);
            finish(answer.headers_mut(), &path, &id, None);
            return Err(InternalError::from_response(problem, answer).into());
        }
    };
    let route = response.request().match_pattern().unwrap_or_else(|| "unmatched".to_owned());
    if let Some(problem) = problem_of(&response) {
        if let Some(cause) = &problem.cause {
            tracing::error!(
                parent: &span, event = "request.failed", code = %problem.code, cause,
                "request: it failed because of the service or the database; the client got `code`; the reason is \
                 `cause`"
            );
        }
        let document = response.request().app_data::<Data<Document>>().cloned();
        let methods = document.as_ref().map(|document| document.methods_of(&path)).unwrap_or_default();
        let answer = render(&problem, &id, &methods);
        response = response.into_response(answer);
    }
    let quota = response.request().extensions().get::<Quota>().copied();
    let wait = response.request().extensions().get::<Wait>().copied();
    finish(response.headers_mut(), &path, &id, quota);
    if let Some(Wait(wait)) = wait {
        set(response.headers_mut(), header::RETRY_AFTER, &whole_seconds(wait).max(1).to_string());
    }
    record(&method, &route, response.status().as_u16(), started, &span);
    Ok(response)
}

/// Serves a request of a viewer. A read takes one of the read slots of the viewer, and waits if all are in use.
async fn with_read_slot(
    limits: &Limits,
    on_behalf_of: OnBehalfOf,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let slot = match on_behalf_of {
        OnBehalfOf::Viewer(viewer) if request.method() == Method::GET => {
            match limits.admit(viewer, request.query_string()).await {
                Ok(slot) => Some(slot),
                Err(problem) => return Ok(request.error_response(problem)),
            }
        }
        _ => None,
    };
    let answer = next.call(request);
    let answer = match slot {
        Some(slot) => slot.scope(answer).await,
        None => answer.await,
    };
    answer.map(ServiceResponse::map_into_boxed_body)
}

/// The outermost middleware. Answers to CORS requests of browsers do not reach [`guard`]; this gives them the same
/// headers and problem bodies as other answers.
pub async fn complete(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let mut response = next.call(request).await?.map_into_boxed_body();
    if !response.headers().contains_key("x-request-id") {
        let app = response.request().app_data::<Data<App>>();
        let id = app.map(|app| app.clock.uuid().to_string()).unwrap_or_default();
        if response.response().error().is_some() {
            let problem = Problem::new(
                Code::NotAllowed,
                "This origin may not use the service from a browser. The operator can allow it.",
            );
            response = response.into_response(render(&problem, &id, &[]));
        }
        let path = response.request().path().to_owned();
        finish(response.headers_mut(), &path, &id, None);
    }
    Ok(response)
}

/// Writes the log line and the metrics. They have the route, never the values in the address.
fn record(method: &Method, route: &str, status: u16, started: Instant, span: &tracing::Span) {
    let seconds = started.elapsed().as_secs_f64();
    tracing::info!(parent: span, event = "request.answered", route, status, seconds, "request: answered");
    let labels = if let Some(route) = metric_labels::public_route(route) {
        // A client can send any method name, and each one would be a label of its own.
        let known =
            [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE, Method::OPTIONS];
        let method = if known.contains(method) { method.as_str() } else { "other" };
        [("method", method.to_owned()), ("route", route.to_owned()), ("status", status.to_string())]
    } else {
        // Neither the method nor the exact status may reveal how many notes or blocks there are.
        let class = format!("{}xx", status / 100);
        [("method", "any".to_owned()), ("route", metric_labels::area_of(route)), ("status", class)]
    };
    metrics::histogram!("http_request_duration_seconds", &labels).record(seconds);
}

/// The problem of a failed response: a problem of this service, or an error of the framework converted to one.
fn problem_of(response: &ServiceResponse<BoxBody>) -> Option<Problem> {
    let error = response.response().error()?;
    if let Some(ours) = error.as_error::<Problem>() {
        return Some(Problem {
            code: ours.code,
            detail: ours.detail.clone(),
            errors: ours.errors.clone(),
            cause: ours.cause.clone(),
        });
    }
    Some(match response.status().as_u16() {
        413 => Problem::new(Code::TooLarge, "The body is larger than 256 kB. Send a smaller one."),
        400..=499 => {
            Problem::new(Code::InvalidRequest, "The service cannot read the request. Check its headers and body.")
        }
        _ => Problem::internal(error),
    })
}

#[expect(clippy::disallowed_types, reason = "the one place that answers with problems")]
fn render(problem: &Problem, instance: &str, methods: &[&str]) -> actix_web::HttpResponse {
    let mut body = json!({
        "type": format!("/problems/{}", problem.code),
        "title": problem.code.title(),
        "status": problem.code.status(),
        "code": problem.code,
        "detail": problem.detail,
        "instance": instance,
    });
    if !problem.errors.is_empty() {
        body["errors"] = json!(problem.errors);
    }
    let mut answer = actix_web::HttpResponse::build(problem.status_code());
    match problem.code {
        Code::Unauthenticated => answer.insert_header((header::WWW_AUTHENTICATE, "Bearer")),
        Code::Overloaded | Code::TimedOut => answer.insert_header((header::RETRY_AFTER, "1")),
        Code::SignInUnavailable => answer.insert_header((header::RETRY_AFTER, "5")),
        Code::StorageUnavailable | Code::SealedTextRefused => answer.insert_header((header::RETRY_AFTER, "30")),
        Code::MethodNotAllowed => answer.insert_header((header::ALLOW, methods.join(", "))),
        _ => &mut answer,
    };
    answer.content_type("application/problem+json").body(body.to_string())
}

fn finish(headers: &mut HeaderMap, path: &str, id: &str, quota: Option<Quota>) {
    set(headers, HeaderName::from_static("x-request-id"), id);
    set(headers, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(headers, header::X_FRAME_OPTIONS, "DENY");
    set(headers, header::REFERRER_POLICY, "no-referrer");
    set(headers, HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
    // Only the Swagger page may run scripts in a browser, and only scripts of this service.
    let policy = if path.starts_with("/docs") { DOCS_POLICY } else { "default-src 'none'; frame-ancestors 'none'" };
    set(headers, header::CONTENT_SECURITY_POLICY, policy);
    // Only the client may store an answer, and must check it by its ETag before it uses it again.
    set(headers, header::CACHE_CONTROL, "private, no-cache, no-store");
    headers.append(header::VARY, HeaderValue::from_static("Authorization"));
    if let Some(quota) = quota {
        let wait = whole_seconds(quota.wait);
        set(headers, HeaderName::from_static("ratelimit-policy"), &format!("\"viewer\";q={};w=60", quota.limit));
        set(headers, HeaderName::from_static("ratelimit"), &format!("\"viewer\";r={};t={wait}", quota.remaining));
        if wait > 0 {
            set(headers, header::RETRY_AFTER, &wait.to_string());
        }
    }
}

fn whole_seconds(wait: Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}

fn set(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

/// Answers requests without a route: 405 if the address has other methods, otherwise 404.
pub async fn unmatched(request: HttpRequest, document: Data<Document>) -> Result<super::Done, Problem> {
    let methods = document.methods_of(request.path());
    if methods.is_empty() {
        return Err(Problem::new(Code::NotFound, "There is no such address. See `/docs` for all addresses."));
    }
    Err(Problem::new(Code::MethodNotAllowed, format!("This address accepts only {}.", methods.join(", "))))
}
