//! Clients on plain sockets: each sends a request, waits for the whole answer, and sends the next. They do little
//! themselves, so that the service is measured and not the client.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// A request as bytes.
pub struct Request {
    head: String,
    body: String,
}

/// The result of a run.
pub struct Figures {
    pub per_second: f64,
    /// In milliseconds.
    pub median: f64,
    /// In milliseconds.
    pub p99: f64,
}

impl Request {
    pub fn get(path: &str) -> Self {
        Self { head: format!("GET {path} HTTP/1.1\r\nhost: bench\r\n"), body: String::new() }
    }

    pub fn post(path: &str, body: &Value) -> Self {
        let body = body.to_string();
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\ncontent-length: {}\r\n",
            body.len()
        );
        Self { head, body }
    }

    pub fn bearing(mut self, token: &str) -> Self {
        self.head.extend(["authorization: Bearer ", token, "\r\n"]);
        self
    }

    fn bytes(&self) -> Vec<u8> {
        format!("{}\r\n{}", self.head, self.body).into_bytes()
    }
}

/// Runs `connections` clients against `address` for the time `each`. Every client has its share of the requests and
/// sends one after the other.
pub async fn run(address: SocketAddr, requests: &[Request], connections: usize, each: Duration) -> Figures {
    let end = Instant::now() + each;
    let share = |client: usize| {
        let own = requests.iter().skip(client % requests.len()).step_by(connections);
        own.map(Request::bytes).collect::<Vec<_>>()
    };
    let clients: Vec<_> = (0..connections).map(|number| tokio::spawn(client(address, share(number), end))).collect();
    let mut times = Vec::new();
    for client in clients {
        times.extend(client.await.expect("the client ends"));
    }
    times.sort_unstable();
    let at = |percent: usize| times[(times.len() - 1) * percent / 100].as_secs_f64() * 1000.0;
    let answers = u32::try_from(times.len()).expect("no benchmark runs that long");
    Figures { per_second: f64::from(answers) / each.as_secs_f64(), median: at(50), p99: at(99) }
}

async fn client(address: SocketAddr, requests: Vec<Vec<u8>>, end: Instant) -> Vec<Duration> {
    let mut socket = TcpStream::connect(address).await.expect("it connects");
    socket.set_nodelay(true).expect("a socket option");
    let (mut times, mut buffer) = (Vec::new(), Vec::with_capacity(1 << 17));
    for request in requests.iter().cycle() {
        let started = Instant::now();
        if started >= end {
            break;
        }
        socket.write_all(request).await.expect("it sends");
        read_answer(&mut socket, &mut buffer).await;
        times.push(started.elapsed());
    }
    times
}

async fn read_answer(socket: &mut TcpStream, buffer: &mut Vec<u8>) {
    buffer.clear();
    loop {
        receive(socket, buffer).await;
        let Some(end) = buffer.windows(4).position(|window| window == b"\r\n\r\n") else { continue };
        let head = std::str::from_utf8(&buffer[..end]).expect("headers are text").to_ascii_lowercase();
        assert!(head.starts_with("http/1.1 2"), "not a success: {}", String::from_utf8_lossy(buffer));
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).expect("a length");
        let whole = end + 4 + length.trim().parse::<usize>().expect("a number");
        while buffer.len() < whole {
            receive(socket, buffer).await;
        }
        return;
    }
}

async fn receive(socket: &mut TcpStream, buffer: &mut Vec<u8>) {
    let received = socket.read_buf(buffer).await.expect("it answers");
    assert!(received > 0, "the server closed the connection");
}
