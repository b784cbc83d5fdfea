//! Around every request: its id, span, log line, figures, limits, time-out and problem body.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
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
use uuid::Uuid;

use super::openapi::Document;
use super::state::App;
use super::{etag, figure};
use crate::auth::{Gate, Quota, Stopped, Wait};
use crate::db::{Asker, Full, Lanes, Place};
use crate::problem::{Code, Problem};

const DOCS_POLICY: &str = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
                           frame-ancestors 'none'";

/// What one process takes on.
#[derive(Debug)]
pub struct Limits {
    /// Requests at work at once; more are answered 503 at once.
    pub at_once: usize,
    /// The longest a request may take.
    pub time_out: Duration,
    in_flight: AtomicUsize,
    lanes: Lanes,
}

/// Connections for reading, unless somebody says how many there are.
const CONNECTIONS: usize = 12;

impl Limits {
    /// At most `at_once` requests, each for at most `time_out`.
    pub fn new(at_once: usize, time_out: Duration) -> Self {
        Self { at_once, time_out, in_flight: AtomicUsize::new(0), lanes: Lanes::new(CONNECTIONS, at_once / 2) }
    }

    /// For this many connections: one viewer may not read on all of them.
    #[must_use]
    pub fn sharing(self, connections: usize) -> Self {
        Self { lanes: Lanes::new(connections, self.at_once / 2), ..self }
    }

    /// Waits until a viewer may begin a read. Who waits takes no place from those at work.
    async fn admit(&self, viewer: Uuid, query: &str) -> Result<Arc<Place>, Problem> {
        let is_count =
            form_urlencoded::parse(query.as_bytes()).any(|(name, value)| name == "count" && value == "exact");
        let entering = self.lanes.enter(viewer, is_count);
        let entered = if self.lanes.is_free(viewer, is_count) { entering.await } else { self.aside(entering).await? };
        entered.map_err(|Full| {
            Problem::new(
                Code::Overloaded,
                "Too many of your requests wait already; send the next one when one is answered.",
            )
        })
    }

    /// Waits for what the client sends, aside: whoever sends slowly takes no place from those at
    /// work, and may find none when they are done.
    pub async fn aside<T>(&self, sent: impl Future<Output = T>) -> Result<T, Problem> {
        let aside = Aside::new(self);
        let sent = sent.await;
        drop(aside);
        if self.in_flight.load(Ordering::Relaxed) > self.at_once { Err(overloaded()) } else { Ok(sent) }
    }
}

/// Takes a request out of the count until dropped.
struct Aside<'l>(&'l Limits);

impl<'l> Aside<'l> {
    fn new(limits: &'l Limits) -> Self {
        limits.in_flight.fetch_sub(1, Ordering::Relaxed);
        Self(limits)
    }
}

impl Drop for Aside<'_> {
    fn drop(&mut self) {
        self.0.in_flight.fetch_add(1, Ordering::Relaxed);
    }
}

fn overloaded() -> Problem {
    Problem::new(Code::Overloaded, "Too many requests are at work; try again in a moment.")
}

/// Counts a request as in flight until dropped.
struct InFlight(Data<Limits>);

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.in_flight.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The one wrapper of the service.
pub async fn guard(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let started = Instant::now();
    let set_up =
        (request.app_data::<Data<App>>(), request.app_data::<Data<Gate>>(), request.app_data::<Data<Limits>>());
    let (Some(app), Some(gate), Some(limits)) = set_up else {
        return Err(Problem::internal("the service is not set up").into());
    };
    let request_id = app.clock.uuid();
    let id = request_id.to_string();
    let (app, gate, limits) = (app.clone(), gate.clone(), limits.clone());
    let (method, path) = (request.method().clone(), request.path().to_owned());
    let span = tracing::info_span!("request", %id, %method);
    if method == Method::HEAD {
        // The same answer as to GET; the server below leaves its body out.
        request.head_mut().method = Method::GET;
    }
    let busy = limits.in_flight.fetch_add(1, Ordering::Relaxed);
    let _in_flight = InFlight(limits.clone());
    // Whoever watches over a busy service must not take it for a dead one.
    let is_watch = path.starts_with("/health/") || path == "/metrics";
    let answered = if busy >= limits.at_once && !is_watch {
        Err(overloaded())
    } else {
        let work = async {
            if !path.starts_with("/v1/") {
                return next.call(request).await.map(ServiceResponse::map_into_boxed_body);
            }
            let mut arrival = gate.arrive(request.request());
            if gate.has_to_wait(&arrival).await
                && let Err(problem) = limits.aside(gate.wait_for_keys(&mut arrival)).await
            {
                return Ok(request.error_response(problem));
            }
            match gate.recognise(request.request(), arrival, app.trail(), request_id).await {
                Ok(asker) => {
                    if let Err(problem) = etag::check_form(request.headers()) {
                        return Ok(request.error_response(problem));
                    }
                    asker.scope(in_lane(&limits, asker, request, next)).await
                }
                Err(Stopped::AtOnce(problem)) => Ok(request.error_response(problem)),
                Err(Stopped::AsNobody(charge)) => {
                    let response = next.call(request).await?.map_into_boxed_body();
                    if response.status().as_u16() < 400 {
                        gate.give_back(charge);
                    }
                    Ok(response)
                }
            }
        };
        let answer = tokio::time::timeout(limits.time_out, work.instrument(span.clone())).await;
        answer.map_err(|_| Problem::new(Code::TimedOut, "It took too long; see what came of it before you repeat it."))
    };
    let mut response = match answered {
        Ok(response) => response?,
        // The request is gone with its handler, so the answer travels as an error.
        Err(problem) => {
            record(&method, "unanswered", problem.code.status(), started, &span);
            let mut answer = render(&problem, &id, &[]);
            finish(answer.headers_mut(), &path, &id, None);
            return Err(InternalError::from_response(problem, answer).into());
        }
    };
    let route = response.request().match_pattern().unwrap_or_else(|| "unmatched".to_owned());
    if let Some(problem) = problem_of(&response) {
        if let Some(cause) = &problem.cause {
            tracing::error!(parent: &span, code = %problem.code, cause, "request failed");
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

/// Serves a request of a viewer. A read takes one of the places that the viewer has, and waits for it if all are taken.
async fn in_lane(
    limits: &Limits,
    asker: Asker,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let place = match asker {
        Asker::Viewer(viewer) if request.method() == Method::GET => {
            match limits.admit(viewer, request.query_string()).await {
                Ok(place) => Some(place),
                Err(problem) => return Ok(request.error_response(problem)),
            }
        }
        _ => None,
    };
    let answer = next.call(request);
    let answer = match place {
        Some(place) => place.scope(answer).await,
        None => answer.await,
    };
    answer.map(ServiceResponse::map_into_boxed_body)
}

/// Around the guard: what never came to it, the answers to browsers that ask what another page
/// may do, looks like every other answer.
pub async fn dress(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let mut response = next.call(request).await?.map_into_boxed_body();
    if !response.headers().contains_key("x-request-id") {
        let app = response.request().app_data::<Data<App>>();
        let id = app.map(|app| app.clock.uuid().to_string()).unwrap_or_default();
        if response.response().error().is_some() {
            let problem = Problem::new(Code::NotAllowed, "Pages of this origin may not ask this from a browser.");
            response = response.into_response(render(&problem, &id, &[]));
        }
        let path = response.request().path().to_owned();
        finish(response.headers_mut(), &path, &id, None);
    }
    Ok(response)
}

/// The log line and the figures: what was asked for by route, never by value.
fn record(method: &Method, route: &str, status: u16, started: Instant, span: &tracing::Span) {
    let seconds = started.elapsed().as_secs_f64();
    tracing::info!(parent: span, route, status, seconds, "answered");
    let labels = if let Some(route) = figure::public_route(route) {
        // Anybody can send a method of their own making; each would be a figure of its own.
        let known =
            [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE, Method::OPTIONS];
        let method = if known.contains(method) { method.as_str() } else { "other" };
        [("method", method.to_owned()), ("route", route.to_owned()), ("status", status.to_string())]
    } else {
        // Neither method nor exact status may tell how many notes or blocks there are.
        let class = format!("{}xx", status / 100);
        [("method", "any".to_owned()), ("route", figure::room_of(route)), ("status", class)]
    };
    metrics::histogram!("http_request_duration_seconds", &labels).record(seconds);
}

/// The problem that a response stands for: ours, or the framework's told in our words.
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
        413 => Problem::new(Code::TooLarge, "Send at most 256 kB."),
        400..=499 => Problem::new(Code::InvalidRequest, "The request cannot be read."),
        _ => Problem::internal(error),
    })
}

#[expect(clippy::disallowed_types, reason = "the one place where problems are answered")]
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
    #[cfg(feature = "planted-leaks")]
    if let Some(count) = crate::leaks::Leak::CountInHeader.told() {
        set(headers, HeaderName::from_static("x-total-count"), &count);
    }
    set(headers, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(headers, header::X_FRAME_OPTIONS, "DENY");
    set(headers, header::REFERRER_POLICY, "no-referrer");
    set(headers, HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
    // Only the Swagger page runs anything in a browser, and only what this service serves.
    let policy = if path.starts_with("/docs") { DOCS_POLICY } else { "default-src 'none'; frame-ancestors 'none'" };
    set(headers, header::CONTENT_SECURITY_POLICY, policy);
    // Kept by the client that asked, if at all, and checked by its ETag before it is used again.
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

/// Answers what no route took: 405 where the address has other methods, 404 otherwise.
pub async fn unmatched(request: HttpRequest, document: Data<Document>) -> Result<super::Done, Problem> {
    let methods = document.methods_of(request.path());
    if methods.is_empty() {
        return Err(Problem::new(Code::NotFound, "There is no such address; see /docs."));
    }
    Err(Problem::new(Code::MethodNotAllowed, format!("This address takes {}.", methods.join(", "))))
}
