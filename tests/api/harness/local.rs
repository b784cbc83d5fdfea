//! The service asked without a socket: everything but the wire, in a quarter of the time.

use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

use actix_web::body::to_bytes;
use actix_web::dev::Service as _;
use actix_web::test::{TestRequest, init_service};
use mentorship::app::Service;
use serde_json::Value;

/// One worker of the service, in the test's own thread.
pub struct Local(Box<dyn Fn(TestRequest) -> Answering>);

type Answering = Pin<Box<dyn Future<Output = Heard>>>;

/// What came back: all of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heard {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Local {
    pub async fn of(service: &Service) -> Self {
        let worker = Rc::new(init_service(service.worker()).await);
        Self(Box::new(move |request| {
            let worker = Rc::clone(&worker);
            Box::pin(async move {
                let answer = worker.call(request.to_request()).await.expect("an answer");
                let status = answer.status().as_u16();
                let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
                let headers = answer.headers().iter();
                let mut headers: Vec<_> =
                    headers.map(|(name, value)| (name.to_string(), text(value.as_bytes()))).collect();
                headers.sort_unstable();
                let body = to_bytes(answer.into_body()).await.expect("a body").to_vec();
                Heard { status, headers, body }
            })
        }))
    }

    pub async fn send(&self, request: TestRequest) -> Heard {
        (self.0)(request).await
    }
}

impl Heard {
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }
}
