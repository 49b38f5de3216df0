//! The limit of open files, which connections and sessions share.

use crate::process::{Server, Site};
use crate::wire::Connection;

const PING: &str = "GET /api/ping HTTP/1.1\r\nHost: a.test\r\n\r\n";

/// Connections that stay open, each of which was answered.
fn answered(server: &Server, count: usize) -> Vec<Connection> {
    let answered = |mut connection: Connection| {
        assert_eq!(connection.exchange(PING).status, 200);
        connection
    };
    (0..count).map(|_| answered(server.connect())).collect()
}

#[test]
fn a_server_asks_for_all_the_files_that_its_administrator_allows() {
    let site = Site::new().open_files(64, 512);
    let server = site.start();
    let _open = answered(&server, 200);
    assert!(server.log().contains("only 384 of max_connections = 10000"), "{}", server.log());
}

#[test]
fn where_the_system_gives_few_files_the_next_visitor_waits_and_sessions_go_on() {
    const ROOM: usize = 128 - 40;
    let site = Site::new().open_files(128, 128).with("SERVER_HEADER_TIMEOUT", "600");
    let server = site.start();
    let mut visitors = Vec::new();
    for _ in 0..30 {
        let mut visitor = server.browser();
        assert_eq!(visitor.get("/").visits(), 1);
        visitors.push(visitor);
    }
    let mut open = answered(&server, ROOM - 1);
    for visitor in &mut visitors {
        assert_eq!(visitor.get("/").visits(), 2);
    }
    open.extend(answered(&server, 1));
    let mut waiting = server.connect();
    waiting.send(PING);
    assert_eq!(open[0].exchange(PING).status, 200);
    assert!(!waiting.has_received());
    open.pop();
    assert_eq!(waiting.receive().unwrap().unwrap().status, 200);
    let log = server.log();
    assert!(
        log.contains(&format!("only {ROOM} of max_connections = 10000 can be open at a time")),
        "{log}"
    );
    assert!(!log.contains("could not be accepted") && !log.contains("cannot open"), "{log}");
}
