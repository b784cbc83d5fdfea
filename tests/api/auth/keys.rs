//! A JWKS address that the test owns: it answers as it is told and counts how often it was asked.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::forge::Signer;

/// What is answered.
#[derive(Clone)]
pub enum Reply {
    /// These bytes, head and all.
    Bytes(Vec<u8>),
    /// These bytes, and then one more every 200 ms without end.
    Drip(Vec<u8>),
    /// Nothing, with the connection open.
    Silence,
}

impl Reply {
    pub fn json(body: &Value) -> Self {
        Self::text("200 OK", "Content-Type: application/json\r\n", &body.to_string())
    }

    pub fn keys(signers: &[&Signer]) -> Self {
        Self::json(&json!({"keys": signers.iter().map(|signer| signer.jwk()).collect::<Vec<_>>()}))
    }

    pub fn text(status: &str, headers: &str, body: &str) -> Self {
        let length = body.len();
        Self::Bytes(format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {length}\r\n\r\n{body}").into_bytes())
    }
}

/// The listener; it ends with the test's runtime.
pub struct KeyServer {
    pub address: String,
    reply: Arc<Mutex<Reply>>,
    asked: Arc<AtomicUsize>,
}

impl KeyServer {
    pub async fn start(reply: Reply) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        let address = format!("http://{}/jwks", listener.local_addr().expect("an address"));
        let (reply, asked) = (Arc::new(Mutex::new(reply)), Arc::new(AtomicUsize::new(0)));
        let (replies, count) = (reply.clone(), asked.clone());
        actix_web::rt::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                actix_web::rt::spawn(answer(stream, replies.clone(), count.clone()));
            }
        });
        Self { address, reply, asked }
    }

    pub fn answers(&self, reply: Reply) {
        *self.reply.lock().expect("no test panicked") = reply;
    }

    pub fn times_asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

async fn answer(mut stream: TcpStream, replies: Arc<Mutex<Reply>>, count: Arc<AtomicUsize>) {
    let (mut buffer, mut head) = ([0; 4096], Vec::new());
    loop {
        match stream.read(&mut buffer).await {
            Ok(0) | Err(_) => return,
            Ok(read) => head.extend_from_slice(&buffer[..read]),
        }
        if !head.ends_with(b"\r\n\r\n") {
            continue;
        }
        head.clear();
        count.fetch_add(1, Ordering::SeqCst);
        let reply = replies.lock().expect("no test panicked").clone();
        let (bytes, drips) = match reply {
            Reply::Bytes(bytes) => (bytes, false),
            Reply::Drip(bytes) => (bytes, true),
            Reply::Silence => {
                tokio::time::sleep(Duration::from_mins(1)).await;
                return;
            }
        };
        if stream.write_all(&bytes).await.is_err() {
            return;
        }
        if drips {
            while stream.write_all(b" ").await.is_ok() {
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
            return;
        }
    }
}
