//! Clients that do not take what is sent to them, over real connections.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use bytes::Bytes;
use lunox::http::{Event, event_stream, stream};
use lunox::server::{ServerConfig, serve};
use lunox::testing::TestApp;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::Semaphore;

use crate::connections::{LARGE, ask, pass, rest, until_a_silent_connection_is_closed};

const TIMEOUT: Duration = Duration::from_secs(1);

/// The longest that anything here may take on a busy machine.
const DEADLINE: Duration = Duration::from_secs(20);

/// Has always more to send, and opens a gate when it is dropped.
struct Endless(Arc<Semaphore>);

impl Drop for Endless {
    fn drop(&mut self) {
        self.0.add_permits(1);
    }
}

impl futures_core::Stream for Endless {
    type Item = io::Result<Bytes>;

    fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Ready(Some(Ok(Bytes::from_static(&[b'x'; 64 << 10]))))
    }
}

/// An event at once, and one that waits.
struct Events {
    sent: usize,
    wait: Pin<Box<dyn Future<Output = ()> + Send>>,
}

impl futures_core::Stream for Events {
    type Item = Event;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Event>> {
        if self.sent == 1 {
            ready!(self.wait.as_mut().poll(cx));
        }
        self.sent += 1;
        Poll::Ready((self.sent <= 2).then(|| Event::new(self.sent.to_string())))
    }
}

struct Server {
    address: SocketAddr,
    /// Lets an idle stream go on.
    gate: Arc<Semaphore>,
    /// Has a permit for each endless stream that was dropped.
    dropped: Arc<Semaphore>,
    /// How often the action that answers nothing was called.
    called: Arc<AtomicUsize>,
    /// Has a permit when the server is to stop.
    stop: Arc<Semaphore>,
    running: tokio::task::JoinHandle<()>,
}

fn config() -> ServerConfig {
    ServerConfig {
        header_timeout: Duration::from_millis(100),
        write_timeout: TIMEOUT,
        ..ServerConfig::default()
    }
}

async fn server(config: ServerConfig) -> Server {
    let [gate, dropped, stop] = [(); 3].map(|()| Arc::new(Semaphore::new(0)));
    let called = Arc::new(AtomicUsize::new(0));
    let (calls, endless, events) = (Arc::clone(&called), Arc::clone(&dropped), Arc::clone(&gate));
    let client = TestApp::new()
        .routes(move |route| {
            route.get("/small", async || "small");
            route.get("/large", async || Bytes::from(vec![b'x'; LARGE]));
            route.get("/endless", move || {
                let body = Endless(Arc::clone(&endless));
                async { stream(body) }
            });
            route.get("/events", move || {
                let events = Events { sent: 0, wait: Box::pin(pass(Arc::clone(&events))) };
                async { event_stream(events) }
            });
            route.get("/nothing", move || {
                calls.fetch_add(1, Relaxed);
                async {}
            });
        })
        .client()
        .await;
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let (app, stopping) = (client.app().clone(), Arc::clone(&stop));
    let running = tokio::spawn(async move { serve(app, listener, &config, pass(stopping)).await });
    Server { address, gate, dropped, called, stop, running }
}

/// A client whose system keeps little, so that it takes more whenever the client has read a little.
async fn ask_with_a_small_buffer(address: SocketAddr, path: &str) -> TcpStream {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.set_recv_buffer_size(32 << 10).expect("a size");
    let mut connection = socket.connect(address).await.expect("connects");
    let request = format!("GET {path} HTTP/1.1\r\nHost: a.test\r\n\r\n");
    connection.write_all(request.as_bytes()).await.expect("sends");
    connection
}

async fn soon<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(DEADLINE, what).await.expect("takes too long")
}

#[tokio::test]
async fn clients_that_do_not_read_make_room_for_others() {
    let server = server(ServerConfig { max_connections: 5, ..config() }).await;
    let started = Instant::now();
    let mut held = Vec::new();
    for _ in 0..5 {
        held.push(ask(server.address, "/large").await);
    }
    let answer = soon(rest(ask(server.address, "/small").await)).await;
    assert!(answer.starts_with("HTTP/1.1 200 ") && answer.ends_with("small"), "{answer}");
    assert!(started.elapsed() >= TIMEOUT, "after {:?}", started.elapsed());
    drop(held);
}

#[tokio::test]
async fn a_client_that_reads_slowly_gets_all_of_its_answer() {
    let server = server(config()).await;
    let mut large = ask_with_a_small_buffer(server.address, "/large").await;
    let (mut answer, started) = (Vec::new(), Instant::now());
    // Far less than the third of megabytes that has to be read until the system accepts more.
    while started.elapsed() < 3 * TIMEOUT {
        let mut piece = vec![0; 32 << 10];
        large.read_exact(&mut piece).await.unwrap();
        answer.extend(piece);
        until_a_silent_connection_is_closed(server.address).await;
    }
    soon(large.read_to_end(&mut answer)).await.unwrap();
    let head = answer.windows(4).position(|end| end == b"\r\n\r\n").unwrap() + 4;
    assert_eq!(answer.len() - head, LARGE);
}

#[tokio::test]
async fn a_client_that_reads_byte_by_byte_is_cut_and_the_stream_dropped() {
    let server = server(config()).await;
    let mut endless = ask(server.address, "/endless").await;
    let bytes = async {
        loop {
            endless.read_u8().await.unwrap();
            until_a_silent_connection_is_closed(server.address).await;
        }
    };
    soon(async {
        tokio::select! {
            () = bytes => {}
            () = pass(Arc::clone(&server.dropped)) => {}
        }
    })
    .await;
}

#[tokio::test]
async fn a_stream_that_has_nothing_to_send_is_kept() {
    let server = server(config()).await;
    let mut events = ask(server.address, "/events").await;
    let mut beginning = String::new();
    while !beginning.ends_with("data: 1\n\n\r\n") {
        beginning.push(char::from(events.read_u8().await.unwrap()));
    }
    for _ in 0..2 {
        let _unread = ask(server.address, "/endless").await;
        soon(pass(Arc::clone(&server.dropped))).await;
    }
    server.gate.add_permits(1);
    assert!(soon(rest(events)).await.contains("data: 2\n\n"));
}

#[tokio::test]
async fn a_client_that_asks_on_and_on_and_does_not_read_is_cut() {
    let server = server(config()).await;
    let mut connection = ask_with_a_small_buffer(server.address, "/nothing").await;
    let requests = "GET /nothing HTTP/1.1\r\nHost: a.test\r\n\r\n".repeat(1000);
    let send = async {
        for _ in 0..1000 {
            connection.write_all(requests.as_bytes()).await?;
        }
        Ok(())
    };
    let sent: io::Result<()> = soon(send).await;
    // Nor are answers collected for it: there are no more than the system accepts.
    let called = server.called.load(Relaxed);
    assert!(sent.is_err() && called < 200_000, "{called} of a million were answered");
}

#[tokio::test]
async fn a_client_that_does_not_read_delays_a_stop_as_long_as_may_be() {
    let second = Duration::from_secs(1);
    for (write_timeout, shutdown_timeout) in [(second, 60 * second), (60 * second, second)] {
        let server = server(ServerConfig { write_timeout, shutdown_timeout, ..config() }).await;
        let mut unread = ask(server.address, "/large").await;
        unread.read_u8().await.unwrap();
        server.stop.add_permits(1);
        soon(server.running).await.unwrap();
    }
}
