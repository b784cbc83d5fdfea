//! Answers that go on: what is shown as it comes, as server-sent events (WHATWG HTML §9.2).

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

use crate::auth::{Gate, Session};
use crate::policy::Shown;
use crate::problem::{Code, Problem};

/// What such an answer is called.
const KIND: &str = "text/event-stream";
/// A client whose stream ended comes again after so many milliseconds.
const RETRY: &str = "retry: 3000\n\n";
/// So many events wait for a client.
const WAITING: usize = 16;
/// A client that takes nothing for so long is gone.
const PATIENCE: Duration = Duration::from_secs(10);

/// One event of such an answer, as a client takes it apart.
#[derive(Debug, Serialize, ToSchema)]
pub struct ServerSentEvent {
    /// What it is.
    #[schema(max_length = 60, examples("notice", "cohort"))]
    event: String,
    /// Names it.
    #[schema(max_length = 60)]
    id: String,
    /// JSON: what reading the record shows.
    #[schema(max_length = 100_000)]
    data: String,
}

/// The body of such an answer.
#[derive(Debug)]
pub struct EventStream {
    from: Receiver<Bytes>,
    /// Done when the token behind the stream is no longer good.
    ended: oneshot::Receiver<()>,
}

/// Where the events of one stream go.
#[derive(Debug)]
pub struct Events(Sender<Bytes>);

/// The client is gone, or takes nothing.
#[derive(Clone, Copy, Debug)]
pub struct Gone;

/// A stream and where its events go. It ends when the latter is dropped, and with the token that opened it.
pub fn event_stream(gate: &Gate, session: Session) -> (Events, EventStream) {
    let (to, from) = channel(WAITING);
    // There is room.
    let _ = to.try_send(Bytes::from_static(RETRY.as_bytes()));
    (Events(to), EventStream { from, ended: gate.open_stream(session) })
}

impl Events {
    /// Sends what was shown, as one event.
    pub async fn send<V: Serialize>(&self, name: &str, id: impl Display, shown: &Shown<V>) -> Result<(), Gone> {
        // JSON has no line breaks of its own.
        let data = serde_json::to_string(shown.view()).map_err(|_| Gone)?;
        self.put(format!("event: {name}\nid: {id}\ndata: {data}\n\n").into()).await
    }

    /// Says that the line is open: a comment, which clients pass over.
    pub async fn beat(&self) -> Result<(), Gone> {
        self.put(Bytes::from_static(b": here\n\n")).await
    }

    /// Waits until the client is gone.
    pub async fn abandoned(&self) {
        self.0.closed().await;
    }

    async fn put(&self, text: Bytes) -> Result<(), Gone> {
        match timeout(PATIENCE, self.0.send(text)).await {
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
        // What waits to be sent is not sent either.
        if Pin::new(&mut stream.ended).poll(context).is_ready() {
            stream.from.close();
            return Poll::Ready(None);
        }
        stream.from.poll_recv(context).map(|text| text.map(Ok))
    }
}

#[expect(clippy::disallowed_types, reason = "what goes in was shown")]
impl Responder for EventStream {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> actix_web::HttpResponse {
        let mut answer = actix_web::HttpResponse::Ok();
        // A proxy that gathers answers would hold events back.
        answer.content_type(KIND).insert_header(("x-accel-buffering", "no")).body(self)
    }
}

/// How a client wants to follow.
#[derive(Clone, Copy, Debug)]
pub struct Following {
    /// The last event it has: its `Last-Event-ID`.
    pub last: Option<Uuid>,
    /// Whether it stays, as all clients of such streams do: they name the kind in `Accept`. Others get
    /// an answer that ends.
    pub stays: bool,
}

impl FromRequest for Following {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let text = |name: &str| request.headers().get(name).map(|value| value.to_str().unwrap_or("?"));
        let stays = text(ACCEPT.as_str()).is_some_and(|kinds| kinds.contains(KIND));
        let last = text("last-event-id").map(str::parse).transpose();
        ready(
            last.map(|last| Self { last, stays })
                .map_err(|_| Problem::new(Code::InvalidRequest, "Last-Event-ID is the id of the last event you have.")),
        )
    }
}
