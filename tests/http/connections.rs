//! The time for a head, over real connections. What has to outlast it is measured by a silent connection, which the server
//! closes when that time is over.

use std::future::{Future, pending};
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use lunox::http::stream;
use lunox::server::{ServerConfig, serve};
use lunox::testing::TestApp;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

/// More than the system keeps for a client that does not read.
pub const LARGE: usize = 16 << 20;

/// Says one word, waits, and says another.
struct Words {
    next: Option<&'static str>,
    wait: Pin<Box<dyn Future<Output = ()> + Send>>,
}

impl futures_core::Stream for Words {
    type Item = io::Result<&'static str>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.next == Some("two") {
            ready!(self.wait.as_mut().poll(cx));
        }
        let word = self.next.take();
        self.next = (word == Some("one ")).then_some("two");
        Poll::Ready(word.map(Ok))
    }
}

pub async fn pass(gate: Arc<Semaphore>) {
    gate.acquire().await.expect("is never closed").forget();
}

/// A server that waits 100 ms for a head, and the gate that its slow answers wait for.
pub async fn server() -> (std::net::SocketAddr, Arc<Semaphore>) {
    let gate = Arc::new(Semaphore::new(0));
    let (slow, words) = (Arc::clone(&gate), Arc::clone(&gate));
    let client = TestApp::new()
        .routes(move |route| {
            route.get("/large", async || Bytes::from(vec![b'x'; LARGE]));
            route.get("/slow", move || {
                let gate = pass(Arc::clone(&slow));
                async {
                    gate.await;
                    "slow"
                }
            });
            route.get("/words", move || {
                let words = Words { next: Some("one "), wait: Box::pin(pass(Arc::clone(&words))) };
                async { stream(words) }
            });
        })
        .client()
        .await;
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let config =
        ServerConfig { header_timeout: Duration::from_millis(100), ..ServerConfig::default() };
    let app = client.app().clone();
    tokio::spawn(async move { serve(app, listener, &config, pending()).await });
    (address, gate)
}

pub async fn ask(address: std::net::SocketAddr, path: &str) -> TcpStream {
    let mut connection = TcpStream::connect(address).await.expect("connects");
    let request = format!("GET {path} HTTP/1.1\r\nHost: a.test\r\n\r\n");
    connection.write_all(request.as_bytes()).await.expect("sends");
    connection
}

/// Everything until the server closes, which it does when it has waited for another head.
pub async fn rest(mut connection: TcpStream) -> String {
    let mut bytes = Vec::new();
    connection.read_to_end(&mut bytes).await.expect("reads");
    String::from_utf8(bytes).expect("text")
}

pub async fn until_a_silent_connection_is_closed(address: std::net::SocketAddr) {
    for _ in 0..3 {
        assert_eq!(rest(TcpStream::connect(address).await.expect("connects")).await, "");
    }
}

#[tokio::test]
async fn an_action_may_take_longer_than_a_head() {
    let (address, gate) = server().await;
    let slow = ask(address, "/slow").await;
    until_a_silent_connection_is_closed(address).await;
    gate.add_permits(1);
    let answer = rest(slow).await;
    assert!(answer.starts_with("HTTP/1.1 200 ") && answer.ends_with("slow"), "{answer}");
}

#[tokio::test]
async fn a_stream_may_pause_longer_than_a_head_may_take() {
    let (address, gate) = server().await;
    let mut words = ask(address, "/words").await;
    let mut beginning = String::new();
    while !beginning.ends_with("one \r\n") {
        beginning.push(char::from(words.read_u8().await.unwrap()));
    }
    until_a_silent_connection_is_closed(address).await;
    gate.add_permits(1);
    assert_eq!(rest(words).await, "3\r\ntwo\r\n0\r\n\r\n");
}

#[tokio::test]
async fn a_client_may_take_a_large_answer_slowly() {
    let (address, _gate) = server().await;
    let mut large = ask(address, "/large").await;
    let mut beginning = [0; 12];
    large.read_exact(&mut beginning).await.unwrap();
    assert_eq!(&beginning, b"HTTP/1.1 200");
    until_a_silent_connection_is_closed(address).await;
    let answer = rest(large).await;
    assert_eq!(answer.split("\r\n\r\n").nth(1).map(str::len), Some(LARGE));
}
