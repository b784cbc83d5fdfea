//! HTTP as it stands on the wire: connections that stay, requests that come together or in pieces,
//! and such as no honest client sends.

use std::time::Duration;

use mentorship::auth::TokenSubject;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::harness::TestApp;

/// A bare connection to the service.
pub struct Wire(TcpStream);

impl Wire {
    pub async fn open(app: &TestApp) -> Self {
        Self(TcpStream::connect(app.address.trim_start_matches("http://")).await.expect("it connects"))
    }

    pub async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.0.write_all(bytes.as_ref()).await.expect("it takes them");
    }

    /// What comes until `mark` is in it.
    pub async fn read_until(&mut self, mark: &str) -> String {
        let (mut read, mut buffer) = (String::new(), [0; 8192]);
        while !read.contains(mark) {
            let more = tokio::time::timeout(Duration::from_secs(10), self.0.read(&mut buffer)).await;
            let count = more.unwrap_or_else(|_| panic!("no {mark} in {read}")).expect("it answers");
            assert!(count > 0, "it closes without {mark}: {read}");
            read.push_str(&String::from_utf8_lossy(&buffer[..count]));
        }
        read
    }

    /// What comes until the service closes the connection.
    pub async fn read_to_end(&mut self) -> String {
        let mut read = Vec::new();
        let all = tokio::time::timeout(Duration::from_secs(10), self.0.read_to_end(&mut read)).await;
        // A reset says as much as an end.
        let _ = all.expect("it closes");
        String::from_utf8_lossy(&read).into_owned()
    }
}

fn statuses(text: &str) -> Vec<&str> {
    text.match_indices("HTTP/1.1 ").map(|(at, _)| &text[at + 9..at + 12]).collect()
}

/// One connection, many requests, one after the other; problems do not end it.
#[apply(on_both_engines!)]
async fn connections_stay_open(app: TestApp) {
    let token = app.token(TokenSubject::Person(app.person().await, Vec::new()));
    let mut wire = Wire::open(app).await;
    for _ in 0..3 {
        for (path, authorization, mark) in [
            ("/health/live", "", "\"ok\""),
            ("/v1/pairs", token.as_str(), "\"items\""),
            ("/v1/pairs", "x", "unauthenticated"),
            ("/v1/nothing", &token, "not_found"),
        ] {
            wire.send(format!("GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {authorization}\r\n\r\n")).await;
            wire.read_until(mark).await;
        }
    }
}

/// Requests that come together are answered in order, each with its own.
#[apply(on_both_engines!)]
async fn pipelined_requests_are_answered_in_order(app: TestApp) {
    let token = app.token(TokenSubject::Person(app.person().await, Vec::new()));
    let mut wire = Wire::open(app).await;
    let paths = ["/health/live", "/v1/nothing", "/v1/pairs", "/problems/not_found", "/v1/pairs/x", "/health/ready"];
    let mut requests = String::new();
    for (at, path) in paths.iter().enumerate() {
        let last = if at + 1 == paths.len() { "Connection: close\r\n" } else { "" };
        let head = format!("GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n{last}\r\n");
        requests.push_str(&head);
    }
    wire.send(requests).await;
    let told = wire.read_to_end().await;
    assert_eq!(statuses(&told), ["200", "404", "200", "200", "400", "200"], "{told}");
}

/// A body that nobody reads, because its request was refused, is not taken for the next request.
#[apply(on_both_engines!)]
async fn an_unread_body_is_no_request(app: TestApp) {
    let mut wire = Wire::open(app).await;
    let body = "GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n";
    wire.send(format!("POST /v1/pairs HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n{body}", body.len())).await;
    wire.send("GET /problems/not_found HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await;
    let told = wire.read_to_end().await;
    assert_eq!(statuses(&told).first(), Some(&"401"), "{told}");
    assert!(!told.contains("{\"status\":\"ok\"}"), "the body was taken for a request: {told}");
}

/// A request in pieces is one request.
#[apply(on_both_engines!)]
async fn a_request_may_come_in_pieces(app: TestApp) {
    let token = app.token(TokenSubject::Person(app.person().await, Vec::new()));
    let mut wire = Wire::open(app).await;
    let request = format!(
        "POST /v1/pairs HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{{\r\n1\r\n}}\r\n0\r\n\r\n"
    );
    for piece in request.as_bytes().chunks(17) {
        wire.send(piece).await;
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let told = wire.read_until("mentor_id").await;
    assert_eq!(statuses(&told), ["400"], "{told}");
}

/// Requests that two readers could read in two ways are refused, and the connection ends.
#[apply(on_both_engines!)]
async fn ambiguous_requests_are_refused(app: TestApp) {
    let smuggled = "GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n";
    let heads = [
        "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        "Content-Length: 5\r\nContent-Length: 6\r\n",
        "Content-Length: +5\r\n",
        "Content-Length: -1\r\n",
        "Content-Length: 99999999999999999999\r\n",
        "Transfer-Encoding: chunked, identity\r\n",
        "Transfer-Encoding: xchunked\r\n",
        "Content-Length : 5\r\n",
        " Content-Length: 5\r\n",
        "X-Bad: a\0b\r\n",
    ];
    for head in heads {
        let mut wire = Wire::open(app).await;
        wire.send(format!("POST /v1/pairs HTTP/1.1\r\nHost: x\r\n{head}\r\n0\r\n\r\n{smuggled}")).await;
        // Whether it is read at all or its connection ends, nothing of it is a second request.
        let _ = wire.0.shutdown().await;
        let told = wire.read_to_end().await;
        assert!(!told.contains("{\"status\":\"ok\"}"), "{head:?} smuggles a request: {told}");
        assert!(statuses(&told).iter().all(|status| status.starts_with('4')), "{head:?}: {told}");
    }
}

/// What is no HTTP, or too much of it, gets an answer of the 4xx kind or none.
#[apply(on_both_engines!)]
async fn nonsense_on_the_wire_is_survived(app: TestApp) {
    let long = format!("GET /{} HTTP/1.1\r\nHost: x\r\n\r\n", "a".repeat(200_000));
    let broad = format!("GET / HTTP/1.1\r\nHost: x\r\nX: {}\r\n\r\n", "a".repeat(200_000));
    let many = format!("GET / HTTP/1.1\r\n{}\r\n", "X: y\r\n".repeat(200));
    let cases: [&[u8]; 11] = [
        b"\r\n\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET /\xff HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET http://elsewhere.example.com/health/live HTTP/1.1\r\nHost: x\r\n\r\n",
        b"CONNECT elsewhere.example.com:443 HTTP/1.1\r\nHost: x\r\n\r\n",
        long.as_bytes(),
        broad.as_bytes(),
        many.as_bytes(),
    ];
    for case in cases {
        let mut wire = Wire::open(app).await;
        // The service may close before it has read it all.
        let _ = wire.0.write_all(case).await;
        let _ = wire.0.shutdown().await;
        let told = wire.read_to_end().await;
        let shown = String::from_utf8_lossy(&case[..case.len().min(60)]).into_owned();
        assert!(!told.starts_with("HTTP/1.1 5"), "{shown:?}: {told}");
    }
    app.nobody().get("/health/live").await.ok();
}
