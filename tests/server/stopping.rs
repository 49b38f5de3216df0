//! SIGTERM in the middle of work.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::process::Site;
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
