//! Streams of server-sent events (WHATWG HTML §9.2).

use std::convert::Infallible;
use std::fmt::Display;
use std::future::{Ready, ready};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::Payload;
use actix_web::http::header::ACCEPT;
use actix_web::web::Bytes;
use actix_web::{FromRequest, HttpRequest, Responder};
use serde::Serialize;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::sync::oneshot;
use tokio::time::timeout;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::auth::{Authenticator, Session};
use crate::policy::Shown;
use crate::problem::{Code, Problem};

/// The content type of a stream.
const CONTENT_TYPE: &str = "text/event-stream";
/// Says how long a client waits before it connects again, in milliseconds.
const RETRY: &str = "retry: 3000\n\n";
/// Maximum number of events that wait for a client.
const WAITING: usize = 16;
/// A client that takes nothing for this time counts as gone.
const SEND_TIMEOUT: Duration = Duration::from_secs(10);

/// One event of a stream, as a client parses it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ServerSentEvent {
    /// Kind of the record in `data`.
    #[schema(max_length = 60, examples("notice", "matching_round"))]
    event: String,
    /// Id of the event. Send the last one as `Last-Event-ID` when you connect again.
    #[schema(max_length = 60)]
    id: String,
    /// The record as JSON text, as you would read it by its own address.
    #[schema(max_length = 100_000)]
    data: String,
}

/// The body of a stream.
#[derive(Debug)]
pub struct EventStream {
    from: Receiver<Bytes>,
    /// Completes when the token of the stream is no longer valid.
    ended: oneshot::Receiver<()>,
}

/// The sender of the events of one stream.
#[derive(Debug)]
pub struct Events(Sender<Bytes>);

/// The client is gone or takes no events.
#[derive(Clone, Copy, Debug)]
pub struct Gone;

/// A stream and its sender. The stream ends when the sender is dropped, and when its token is no longer valid.
pub fn event_stream(auth: &Authenticator, session: Session) -> (Events, EventStream) {
    let (to, from) = channel(WAITING);
    // Never fails: the channel is empty.
    let _ = to.try_send(Bytes::from_static(RETRY.as_bytes()));
    (Events(to), EventStream { from, ended: auth.open_stream(session) })
}

impl Events {
    /// Sends a shown record as one event.
    pub async fn send<V: Serialize>(&self, name: &str, id: impl Display, shown: &Shown<V>) -> Result<(), Gone> {
        // JSON text from `to_string` has no line breaks.
        let data = serde_json::to_string(shown.view()).map_err(|_| Gone)?;
        self.put(format!("event: {name}\nid: {id}\ndata: {data}\n\n").into()).await
    }

    /// Sends a comment that keeps the connection open. Clients ignore it.
    pub async fn keep_alive(&self) -> Result<(), Gone> {
        self.put(Bytes::from_static(b": here\n\n")).await
    }

    /// Waits until the client is gone.
    pub async fn abandoned(&self) {
        self.0.closed().await;
    }

    async fn put(&self, text: Bytes) -> Result<(), Gone> {
        match timeout(SEND_TIMEOUT, self.0.send(text)).await {
            Ok(Ok(())) => Ok(()),
            _ => Err(Gone),
        }
    }
}

impl MessageBody for EventStream {
    type Error = Infallible;

    fn size(&self) -> BodySize {
        BodySize::Stream
    }

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Infallible>>> {
        let stream = self.get_mut();
        // Events that wait are not sent any more.
        if Pin::new(&mut stream.ended).poll(context).is_ready() {
            stream.from.close();
            return Poll::Ready(None);
        }
        stream.from.poll_recv(context).map(|text| text.map(Ok))
    }
}

#[expect(clippy::disallowed_types, reason = "every event was shown")]
impl Responder for EventStream {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> actix_web::HttpResponse {
        let mut answer = actix_web::HttpResponse::Ok();
        // Tells proxies not to buffer the events.
        answer.content_type(CONTENT_TYPE).insert_header(("x-accel-buffering", "no")).body(self)
    }
}

/// The headers with which a client opens a stream.
#[derive(Clone, Copy, Debug)]
pub struct StreamRequest {
    /// The last event that the client has: `Last-Event-ID`.
    pub last: Option<Uuid>,
    /// Whether the client wants a stream: `Accept` contains `text/event-stream`. Other clients get an answer that ends.
    pub stays: bool,
}

impl FromRequest for StreamRequest {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let text = |name: &str| request.headers().get(name).map(|value| value.to_str().unwrap_or("?"));
        let stays = text(ACCEPT.as_str()).is_some_and(|types| types.contains(CONTENT_TYPE));
        let last = text("last-event-id").map(str::parse).transpose();
        ready(
            last.map(|last| Self { last, stays })
                .map_err(|_| Problem::new(Code::InvalidRequest, "`Last-Event-ID` must be the id of an event.")),
        )
    }
}
