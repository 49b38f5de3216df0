//! Clients that take their time, on purpose or not.

use std::time::{Duration, Instant};

use crate::process::Site;
use crate::wire::Connection;

/// Where the server waits for one second.
fn site() -> Site {
    Site::new().with("SERVER_HEADER_TIMEOUT", "1").with("HTTP_BODY_IDLE_TIMEOUT", "1")
}

/// What comes until the connection is closed, and that this takes about a second.
fn closed_in_time(mut connection: Connection) -> String {
    let started = Instant::now();
    let rest = connection.rest();
    let took = started.elapsed();
    assert!(took > Duration::from_millis(500), "closed after {took:?}");
    assert!(took < Duration::from_secs(8), "closed after {took:?}");
    rest
}

#[test]
fn a_silent_connection_is_closed() {
    let site = site();
    let server = site.start();
    assert_eq!(closed_in_time(server.connect()), "");
}

#[test]
fn half_a_head_is_closed() {
    let site = site();
    let server = site.start();
    let mut connection = server.connect();
    connection.send("GET / HTTP/1.1\r\nHost: a.te");
    let rest = closed_in_time(connection);
    assert!(rest.is_empty() || rest.starts_with("HTTP/1.1 408 "), "{rest}");
}

#[test]
fn a_kept_connection_that_asks_for_nothing_more_is_closed() {
    let site = site();
    let server = site.start();
    let mut connection = server.connect();
    assert_eq!(connection.exchange("GET /api/ping HTTP/1.1\r\nHost: a.test\r\n\r\n").status, 200);
    assert_eq!(closed_in_time(connection), "");
}

#[test]
fn a_body_that_stalls_is_answered_with_408_and_closed() {
    let site = site();
    let server = site.start();
    for kind in ["application/json", "multipart/form-data; boundary=b"] {
        let mut connection = server.connect();
        connection.send(format!(
            "POST /session HTTP/1.1\r\nHost: a.test\r\nOrigin: http://a.test\r\nContent-Type: {kind}\r\nContent-Length: 50\r\n\r\n--b"
        ));
        let rest = closed_in_time(connection);
        assert!(rest.starts_with("HTTP/1.1 408 "), "{kind}: {rest}");
    }
}

#[test]
fn a_body_that_trickles_is_cut_by_its_total_time() {
    let site = Site::new().with("HTTP_BODY_TIMEOUT", "1");
    let server = site.start();
    let mut connection = server.connect();
    connection.send("POST /session HTTP/1.1\r\nHost: a.test\r\nOrigin: http://a.test\r\nContent-Length: 50\r\n\r\nab");
    let rest = closed_in_time(connection);
    assert!(rest.starts_with("HTTP/1.1 408 "), "{rest}");
}

#[test]
fn a_connection_whose_answers_are_not_read_makes_room_for_another() {
    let site = Site::new().with("SERVER_WRITE_TIMEOUT", "1").with("SERVER_MAX_CONNECTIONS", "1");
    let server = site.start();
    let mut unread = server.connect();
    // It may be cut before the last of them.
    let _ = unread.try_send("GET /api/ping HTTP/1.1\r\nHost: a.test\r\n\r\n".repeat(100_000));
    assert_eq!(server.browser().get("/api/ping").status, 200);
    let cut = "the client takes too little of what is sent to it";
    assert!(server.log().contains(cut), "{}", server.log());
    drop(unread);
}

#[test]
fn a_client_that_leaves_in_mid_body_costs_nothing() {
    let site = site();
    let server = site.start();
    for _ in 0..20 {
        let mut connection = server.connect();
        connection.send("POST /session HTTP/1.1\r\nHost: a.test\r\nOrigin: http://a.test\r\nContent-Length: 50\r\n\r\nkey=");
    }
    let mut visitor = server.browser();
    assert_eq!(visitor.get("/").visits(), 1);
    assert_eq!(site.session_files().len(), 1);
    assert!(!server.log().contains("panicked"));
}
