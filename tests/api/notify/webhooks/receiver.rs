//! A receiver on a socket of this machine, which keeps what it hears and answers as it is told.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};

use actix_web::dev::ServerHandle;
use actix_web::http::StatusCode;
use actix_web::web::{self, Bytes};
use actix_web::{HttpRequest, HttpServer};
use aws_lc_rs::hmac::{HMAC_SHA256, Key, verify};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::Value;

/// One call.
#[derive(Clone, Debug)]
pub struct Call {
    pub path: String,
    pub headers: BTreeMap<String, String>,
    pub text: String,
    pub body: Value,
}

/// A status, and a header.
type Reply = (u16, Option<(&'static str, String)>);

#[derive(Default)]
struct State {
    calls: Mutex<Vec<Call>>,
    replies: Mutex<VecDeque<Reply>>,
    /// A kind that it never takes.
    refused: Mutex<Option<&'static str>>,
}

/// The running receiver; it ends with this.
pub struct Receiver {
    pub url: String,
    state: Arc<State>,
    handle: ServerHandle,
}

impl Drop for Receiver {
    fn drop(&mut self) {
        drop(self.handle.stop(false));
    }
}

impl Call {
    /// What happened.
    pub fn kind(&self) -> &str {
        self.body["type"].as_str().unwrap_or_default()
    }

    pub fn id(&self) -> &str {
        &self.headers["webhook-id"]
    }

    /// The signatures that are by this secret.
    pub fn signed_by(&self, secret: &str) -> usize {
        let key = BASE64_STANDARD.decode(secret.strip_prefix("whsec_").expect("a prefix")).expect("base64");
        assert_eq!(key.len(), 32);
        let signed = format!("{}.{}.{}", self.id(), self.headers["webhook-timestamp"], self.text);
        let signatures = self.headers["webhook-signature"].split(' ');
        let is_by = |signature: &&str| {
            let tag = BASE64_STANDARD.decode(signature.strip_prefix("v1,").expect("a version")).expect("base64");
            verify(&Key::new(HMAC_SHA256, &key), signed.as_bytes(), &tag).is_ok()
        };
        signatures.filter(is_by).count()
    }
}

impl Receiver {
    pub fn start() -> Self {
        let state = Arc::<State>::default();
        let shared = state.clone();
        let server = HttpServer::new(move || {
            actix_web::App::new().app_data(web::Data::from(shared.clone())).default_service(web::to(hear))
        });
        let server = server.workers(1).disable_signals().shutdown_timeout(1).bind(("127.0.0.1", 0)).expect("a port");
        let url = format!("http://{}/hooks", server.addrs()[0]);
        let server = server.run();
        let handle = server.handle();
        actix_web::rt::spawn(server);
        Self { url, state, handle }
    }

    /// Answers so the next time; what is not told is 204.
    pub fn reply(&self, status: u16) {
        self.state.replies.lock().expect("the replies").push_back((status, None));
    }

    pub fn reply_with(&self, status: u16, name: &'static str, value: &str) {
        self.state.replies.lock().expect("the replies").push_back((status, Some((name, value.to_owned()))));
    }

    /// Answers 500 to every event of a kind.
    pub fn refuse(&self, kind: &'static str) {
        *self.state.refused.lock().expect("the refusal") = Some(kind);
    }

    /// What it heard since the last time.
    pub fn take(&self) -> Vec<Call> {
        std::mem::take(&mut *self.state.calls.lock().expect("the calls"))
    }

    /// How much it heard since the last time.
    pub fn count(&self) -> usize {
        self.state.calls.lock().expect("the calls").len()
    }

    pub fn kinds(&self) -> Vec<String> {
        self.take().iter().map(|call| call.kind().to_owned()).collect()
    }
}

#[expect(clippy::disallowed_types, reason = "not an answer of the service")]
async fn hear(state: web::Data<State>, request: HttpRequest, body: Bytes) -> actix_web::HttpResponse {
    assert_eq!(request.method(), "POST");
    let headers = request.headers().iter();
    let headers = headers.map(|(name, value)| (name.to_string(), value.to_str().expect("text").to_owned())).collect();
    let text = String::from_utf8(body.to_vec()).expect("text");
    let (path, body): (_, Value) = (request.uri().to_string(), serde_json::from_str(&text).expect("JSON"));
    let is_refused = state.refused.lock().expect("the refusal").is_some_and(|kind| body["type"] == kind);
    state.calls.lock().expect("the calls").push(Call { path, headers, text, body });
    if is_refused {
        return actix_web::HttpResponse::InternalServerError().finish();
    }
    let (status, header) = state.replies.lock().expect("the replies").pop_front().unwrap_or((204, None));
    let mut answer = actix_web::HttpResponse::build(StatusCode::from_u16(status).expect("a status"));
    if let Some(header) = header {
        answer.insert_header(header);
    }
    if status == 204 { answer.finish() } else { answer.body("canary of the receiver") }
}
