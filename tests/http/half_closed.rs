//! Clients that close their writing half, over real connections, and clients that are gone.

use std::future::pending;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use lunox::http::{HttpRequest, stream};
use lunox::server::{ServerConfig, serve};
use lunox::testing::TestApp;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::connections::{LARGE, ask, rest, server, until_a_silent_connection_is_closed};

const HOUR: Duration = Duration::from_secs(3600);

/// Asks and closes the writing half, and gives the server the time to notice.
async fn ask_and_close(address: SocketAddr, path: &str) -> TcpStream {
    let mut connection = ask(address, path).await;
    connection.shutdown().await.expect("closes its half");
    until_a_silent_connection_is_closed(address).await;
    connection
}

#[tokio::test]
async fn a_client_that_closes_its_writing_half_gets_its_answer() {
    let (address, gate) = server().await;
    let slow = ask_and_close(address, "/slow").await;
    gate.add_permits(1);
    let answer = rest(slow).await;
    assert!(answer.starts_with("HTTP/1.1 200 ") && answer.ends_with("slow"), "{answer}");
}

#[tokio::test]
async fn a_client_that_closes_its_writing_half_gets_a_stream_to_its_end() {
    let (address, gate) = server().await;
    let words = ask_and_close(address, "/words").await;
    gate.add_permits(1);
    let answer = rest(words).await;
    assert!(answer.ends_with("4\r\none \r\n3\r\ntwo\r\n0\r\n\r\n"), "{answer}");
}

#[tokio::test]
async fn a_client_that_closes_its_writing_half_may_take_a_large_answer_slowly() {
    let (address, _gate) = server().await;
    let large = ask_and_close(address, "/large").await;
    let answer = rest(large).await;
    assert_eq!(answer.split("\r\n\r\n").nth(1).map(str::len), Some(LARGE));
}

/// Reports when it is made and when it is dropped: a stream that never says anything, or what an action holds.
struct Held(UnboundedSender<&'static str>);

impl Held {
    fn new(reports: &UnboundedSender<&'static str>) -> Self {
        let _ = reports.send("begins");
        Self(reports.clone())
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let _ = self.0.send("ends");
    }
}

impl futures_core::Stream for Held {
    type Item = std::io::Result<&'static str>;

    fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Pending
    }
}

/// Sends all of this and closes the writing half before the server, which runs in this thread, sees any of it, and returns
/// the answers.
async fn send_and_close(address: SocketAddr, sent: &str) -> String {
    use std::io::Write;
    let mut connection = std::net::TcpStream::connect(address).expect("connects");
    connection.write_all(sent.as_bytes()).expect("sends");
    connection.shutdown(std::net::Shutdown::Write).expect("closes its half");
    connection.set_nonblocking(true).expect("is made asynchronous");
    soon(rest(TcpStream::from_std(connection).expect("is made asynchronous"))).await
}

/// A server that waits an hour for a head. When an endless answer begins and is dropped is reported.
async fn patient(write_timeout: Duration) -> (SocketAddr, UnboundedReceiver<&'static str>) {
    let (endless, reports) = unbounded_channel();
    let silent = endless.clone();
    let client = TestApp::new()
        .plain_routes(move |route| {
            route.any("/hello", async || "hello");
            route.post("/length", async |req: HttpRequest| format!("{} bytes", req.bytes().len()));
            route.any("/later", async || {
                for _ in 0..100 {
                    tokio::task::yield_now().await;
                }
                "later"
            });
            route.get("/large", async || vec![b'x'; LARGE]);
            route.get("/endless", move || {
                let held = Held::new(&endless);
                async {
                    pending::<()>().await;
                    drop(held);
                }
            });
            route.get("/silent", move || {
                let held = Held::new(&silent);
                async { stream(held) }
            });
        })
        .client()
        .await;
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let config = ServerConfig { header_timeout: HOUR, write_timeout, ..ServerConfig::default() };
    let app = client.app().clone();
    tokio::spawn(async move { serve(app, listener, &config, pending()).await });
    (address, reports)
}

async fn soon<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(20), work).await.expect("it happens soon")
}

#[tokio::test]
async fn a_half_closed_connection_ends_after_its_answers() {
    let (address, _reports) = patient(HOUR).await;
    for count in 1..=3 {
        let mut connection = TcpStream::connect(address).await.expect("connects");
        let requests = "GET /hello HTTP/1.1\r\nHost: a.test\r\n\r\n".repeat(count);
        connection.write_all(requests.as_bytes()).await.expect("sends");
        connection.shutdown().await.expect("closes its half");
        let answers = soon(rest(connection)).await;
        assert_eq!(answers.matches("\r\n\r\nhello").count(), count, "{answers}");
    }
    let mut large = ask(address, "/large").await;
    large.shutdown().await.expect("closes its half");
    assert!(soon(rest(large)).await.len() > LARGE);
}

#[tokio::test]
async fn a_half_closed_connection_ends_after_an_answer_that_takes_time() {
    let (address, _reports) = patient(HOUR).await;
    for count in 1..=3 {
        let requests = "GET /later HTTP/1.1\r\nHost: a.test\r\n\r\n".repeat(count);
        let answers = send_and_close(address, &requests).await;
        assert_eq!(answers.matches("\r\n\r\nlater").count(), count, "{answers}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_closes_its_writing_half_after_a_body_gets_its_answer() {
    let (address, _reports) = patient(HOUR).await;
    let head = "POST /length HTTP/1.1\r\nHost: a.test\r\ncontent-type: text/plain\r\n";
    for length in [1, 3, 30, 10_000] {
        let body = "x".repeat(length);
        let whole = format!("{head}content-length: {length}\r\n\r\n{body}");
        let chunk = format!("{length:x}\r\n{body}\r\n0\r\n\r\n");
        let chunked = format!("{head}transfer-encoding: chunked\r\n\r\n{chunk}");
        for (request, count) in [(&whole, 1), (&chunked, 1), (&whole, 3), (&chunked, 3)] {
            let answers = send_and_close(address, &request.repeat(count)).await;
            let expected = format!("\r\n\r\n{length} bytes");
            assert_eq!(answers.matches(&expected).count(), count, "{length} {answers}");
        }
    }
}

#[tokio::test]
async fn a_chunked_body_that_is_cut_short_is_not_waited_for() {
    let (address, _reports) = patient(HOUR).await;
    let head = "POST /length HTTP/1.1\r\nHost: a.test\r\ncontent-type: text/plain\r\n";
    for sent in ["", "4", "4\r\nha", "4\r\nhalf\r\n", "4\r\nhalf\r\n0\r\n"] {
        let request = format!("{head}transfer-encoding: chunked\r\n\r\n{sent}");
        let answer = send_and_close(address, &request).await;
        assert!(!answer.contains(" bytes"), "{answer}");
    }
}

#[tokio::test]
async fn a_client_that_is_gone_is_noticed_while_nothing_is_sent() {
    for path in ["/endless", "/silent"] {
        let (address, mut reports) = patient(Duration::from_millis(100)).await;
        let connection = ask(address, path).await;
        assert_eq!(soon(reports.recv()).await, Some("begins"));
        drop(connection);
        assert_eq!(soon(reports.recv()).await, Some("ends"));
    }
}

#[tokio::test]
async fn a_connection_that_is_reset_is_noticed_at_once() {
    for path in ["/endless", "/silent"] {
        let (address, mut reports) = patient(HOUR).await;
        let connection = ask(address, path).await;
        assert_eq!(soon(reports.recv()).await, Some("begins"));
        connection.set_zero_linger().expect("resets when it is dropped");
        drop(connection);
        assert_eq!(soon(reports.recv()).await, Some("ends"));
    }
}

#[tokio::test]
async fn a_body_that_is_cut_short_is_not_waited_for() {
    let (address, _reports) = patient(HOUR).await;
    let mut connection = TcpStream::connect(address).await.expect("connects");
    let head = "POST /hello HTTP/1.1\r\nHost: a.test\r\ncontent-type: text/plain\r\ncontent-length: 9\r\n\r\n";
    connection.write_all(format!("{head}half").as_bytes()).await.expect("sends");
    connection.shutdown().await.expect("closes its half");
    let answer = soon(rest(connection)).await;
    assert!(!answer.contains("hello"), "{answer}");
}
