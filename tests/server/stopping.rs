//! SIGTERM in the middle of work.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use lunox::prelude::*;
use lunox::testing::TestApp;

use crate::process::{Site, start_test};
use crate::wire::{Browser, Connection};

/// What one visitor knows when the server is gone.
struct Visitor {
    browser: Browser,
    sent: u64,
    acknowledged: u64,
}

/// Visits the first page, reconnecting now and then, until the server is gone.
fn visit(mut browser: Browser, address: std::net::SocketAddr, total: &AtomicU64) -> Visitor {
    let (mut sent, mut acknowledged) = (0, 0);
    while let Ok(mut connection) = Connection::open(address) {
        for _ in 0..10 {
            sent += 1;
            let Ok(page) = browser.get_on(&mut connection, "/") else { break };
            assert_eq!(page.status, 200);
            acknowledged += 1;
            assert_eq!(page.visits(), acknowledged, "an answer came out of turn");
            total.fetch_add(1, Ordering::Relaxed);
        }
    }
    Visitor { browser, sent, acknowledged }
}

#[test]
fn a_stop_in_mid_load_loses_no_visit_that_was_answered() {
    const VISITORS: usize = 16;
    let site = Site::new().with("SERVER_SHUTDOWN_TIMEOUT", "10").with("LOG_LEVEL", "info");
    let mut first = site.start();
    let (address, total) = (first.address(), AtomicU64::new(0));

    let visitors: Vec<Visitor> = std::thread::scope(|scope| {
        let running: Vec<_> = (0..VISITORS)
            .map(|_| scope.spawn(|| visit(Browser::new(address), address, &total)))
            .collect();
        let started = Instant::now();
        while total.load(Ordering::Relaxed) < 300 && started.elapsed() < crate::process::DEADLINE {
            std::thread::yield_now();
        }
        let stopped = Instant::now();
        first.terminate();
        assert_eq!(first.wait().code(), Some(0), "{}", first.log());
        assert!(stopped.elapsed() < Duration::from_secs(10), "{:?}", stopped.elapsed());
        running.into_iter().map(|visitor| visitor.join().unwrap()).collect()
    });

    let second = site.start();
    for visitor in visitors {
        let found = visitor.browser.at(second.address()).get("/").visits() - 1;
        let (sent, acknowledged) = (visitor.sent, visitor.acknowledged);
        assert!(acknowledged > 0 && found >= acknowledged, "{found} of {acknowledged} are kept");
        assert!(found <= sent, "{found} were counted of {sent} that were sent");
    }
}

#[test]
fn a_stop_in_the_moment_of_the_start_is_as_clean_as_any() {
    for _ in 0..10 {
        Site::new().start().stop();
    }
}

#[test]
fn connections_that_ask_for_nothing_do_not_delay_a_stop() {
    let site = Site::new().with("SERVER_SHUTDOWN_TIMEOUT", "10");
    let mut server = site.start();
    let mut kept = server.connect();
    let ping = "GET /api/ping HTTP/1.1\r\nHost: a.test\r\n\r\n";
    assert_eq!(kept.exchange(ping).status, 200);
    let started = Instant::now();

    server.terminate();

    assert_eq!(server.wait().code(), Some(0));
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
    assert_eq!(kept.rest(), "");
}

#[test]
fn a_request_that_never_ends_is_cut_when_the_budget_is_spent() {
    let site = Site::new().with("SERVER_SHUTDOWN_TIMEOUT", "1");
    let mut server = site.start();
    let mut stalled = server.connect();
    stalled.send("POST /session HTTP/1.1\r\nHost: a.test\r\nOrigin: http://a.test\r\nContent-Length: 10\r\nExpect: 100-continue\r\n\r\n");
    // The server asks for the body: the request is in flight.
    assert_eq!(stalled.receive().unwrap().unwrap().status, 100);
    let started = Instant::now();

    server.terminate();

    assert_eq!(server.wait().code(), Some(0));
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
    assert!(server.log().contains("requests were still running and are cut"), "{}", server.log());
}

#[test]
fn down_and_up_reach_the_running_server() {
    let site = Site::new();
    let server = site.start();
    let status = || {
        let mut connection = server.connect();
        connection.exchange("GET / HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n").status
    };
    let becomes = |wanted: u16| {
        let end = Instant::now() + crate::process::DEADLINE;
        while status() != wanted {
            assert!(Instant::now() < end, "it is not {wanted}");
        }
    };
    assert_eq!(status(), 200);
    assert_eq!(site.run_unheard(&["down", "--retry=60"]), Some(0));
    becomes(503);
    assert_eq!(site.run_unheard(&["up"]), Some(0));
    becomes(200);
    assert_ne!(site.run_unheard(&["down", "--secret=short"]), Some(0));
    assert!(!site.path("storage/framework/down").exists());
}

static BLOCKED: AtomicBool = AtomicBool::new(true);

/// Serves an action that never gives its thread back, with one async thread.
#[test]
#[ignore = "started by the test below as a process of its own"]
fn a_server_that_can_be_blocked() {
    if std::env::var_os("LUNOX_CHILD").is_none() {
        return;
    }
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let runtime = runtime.unwrap();
    runtime.block_on(async {
        let app = TestApp::bare().plain_routes(|route| {
            route.get("/block", async || {
                eprintln!("blocked");
                while BLOCKED.load(Ordering::Relaxed) {
                    std::thread::park();
                }
            });
        });
        let app = app.builder().boot().await.unwrap();
        let timeout = Duration::from_secs(1);
        let config = ServerConfig { port: 0, shutdown_timeout: timeout, ..ServerConfig::default() };
        let listener = lunox::server::bind(&config, 0).await.unwrap();
        let stop = lunox::server::stop_signal();
        println!("http://{}", listener.local_addr().unwrap());
        lunox::server::serve(app, listener, &config, stop).await;
        println!("it has stopped");
    });
    runtime.shutdown_background();
}

#[test]
fn a_stop_is_heard_while_all_async_threads_are_blocked() {
    let mut server = start_test("stopping::a_server_that_can_be_blocked");
    let mut blocked = server.connect();
    blocked.send("GET /block HTTP/1.1\r\nHost: a.test\r\n\r\n");
    let end = Instant::now() + crate::process::DEADLINE;
    while !server.log().contains("blocked") {
        assert!(Instant::now() < end, "it is not blocked");
        std::thread::yield_now();
    }

    server.terminate();

    assert_eq!(server.wait().code(), Some(0), "{}", server.log());
    assert!(server.stdout().contains("it has stopped"), "{}", server.log());
}
