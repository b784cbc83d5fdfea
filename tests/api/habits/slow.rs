//! A thousand clients that begin and do not come to an end.

use std::time::{Duration, Instant};

use mentorship::auth::TokenSubject;
use mentorship::http::Limits;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::harness::{Setup, TestApp};

const CLIENTS: usize = 1000;
/// For headers, and for the whole request.
const PATIENCE: Duration = Duration::from_secs(6);

fn impatient() -> Setup {
    Setup { limits: Some(Limits::new(100, PATIENCE)), patience: Some(PATIENCE), ..Setup::default() }
}

/// Sends the beginning, and then a byte now and then, until the service has enough of it; says
/// what it was told.
async fn trickle(address: String, begun: String) -> String {
    let mut wire = TcpStream::connect(address.trim_start_matches("http://")).await.expect("it connects");
    wire.write_all(begun.as_bytes()).await.expect("it takes them");
    let (mut told, mut buffer) = (Vec::new(), [0; 4096]);
    loop {
        match tokio::time::timeout(Duration::from_millis(500), wire.read(&mut buffer)).await {
            Ok(Ok(0) | Err(_)) => return String::from_utf8_lossy(&told).into_owned(),
            Ok(Ok(count)) => told.extend_from_slice(&buffer[..count]),
            // What is written to a closed connection shows in the next read.
            Err(_) => drop(wire.write_all(b"x").await),
        }
    }
}

/// Half of them never finish their headers and half never their body, ten times as many as may
/// be at work. Whoever asks properly is answered; the others are cut off.
#[apply(on_both_engines!)]
#[set_up_by(impatient())]
async fn a_thousand_slow_clients_are_outlived(app: TestApp) {
    let person = app.person().await;
    let token = app.token(TokenSubject::Person(person, Vec::new()));
    let host = app.address.trim_start_matches("http://");
    let headers = format!("GET /v1/pairs HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\nX-Slow: ");
    let body = format!(
        "POST /v1/pairs HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n{{"
    );
    let mut slow = JoinSet::new();
    let client = app.as_(person);
    let mut slowest = Duration::ZERO;
    for number in 0..CLIENTS {
        let begun = if number % 2 == 0 { headers.clone() } else { body.clone() };
        slow.spawn(trickle(app.address.clone(), begun));
        // Not more come at once than may be at work: this is about those who stay.
        if number % 50 == 49 {
            let asked = Instant::now();
            client.get("/v1/pairs").await.ok();
            slowest = slowest.max(asked.elapsed());
        }
    }
    let asked = Instant::now();
    client.get("/v1/pairs").await.ok();
    assert!(slowest.max(asked.elapsed()) < PATIENCE / 2, "somebody waited {slowest:?}");
    let told = tokio::time::timeout(PATIENCE * 8, slow.join_all()).await.expect("all of them are cut off");
    let (cut, timed_out): (Vec<_>, Vec<_>) = told.iter().partition(|told| !told.contains("timed_out"));
    assert_eq!((cut.len(), timed_out.len()), (CLIENTS / 2, CLIENTS / 2), "{:?}", cut.first());
    assert!(cut.iter().all(|told| told.is_empty() || told.starts_with("HTTP/1.1 408")), "{:?}", cut.first());
    client.get("/v1/pairs").await.ok();
}
