//! Requests that no honest client sends, each with its answer.

use std::time::Instant;

use crate::process::{DEADLINE, Server, Site};
use crate::wire::Connection;

/// What has to happen.
#[derive(Clone, Copy)]
enum Then {
    /// It is answered with this status, and the next request on the connection is answered too.
    GoesOn(u16),
    /// It is answered with this status and the connection is closed: nothing behind it is looked at.
    Closes(u16),
    /// The connection is closed without an answer.
    Vanishes,
}
use Then::{Closes, GoesOn, Vanishes};

struct Case {
    name: &'static str,
    request: Vec<u8>,
    then: Then,
}

fn case(name: &'static str, request: impl Into<Vec<u8>>, then: Then) -> Case {
    Case { name, request: request.into(), then }
}

const PING: &str = "GET /api/ping HTTP/1.1\r\nHost: a.test\r\n\r\n";

/// A GET of this target.
fn target(name: &'static str, target: &str, then: Then) -> Case {
    case(name, format!("GET {target} HTTP/1.1\r\nHost: a.test\r\n\r\n"), then)
}

/// A GET with these lines after its first.
fn headers(name: &'static str, lines: &str, then: Then) -> Case {
    case(name, format!("GET /api/ping HTTP/1.1\r\n{lines}\r\n"), then)
}

/// A POST with these headers and what follows them.
fn post(name: &'static str, lines: &str, body: &str, then: Then) -> Case {
    case(
        name,
        format!(
            "POST /session HTTP/1.1\r\nHost: a.test\r\nOrigin: http://a.test\r\n{lines}\r\n{body}"
        ),
        then,
    )
}

/// Sends every request on a connection of its own; all failures at once.
fn check(server: &Server, cases: Vec<Case>) {
    let failures: Vec<String> =
        cases.iter().filter_map(|case| failure(&mut server.connect(), case)).collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(!server.log().contains("panicked"), "{}", server.log());
}

fn failure(connection: &mut Connection, case: &Case) -> Option<String> {
    connection.send(&case.request);
    let answer = connection.receive();
    let (status, wanted) = match (&answer, case.then) {
        (Ok(Some(answer)), Closes(status) | GoesOn(status)) => (answer.status, status),
        (Ok(None), Vanishes) => return None,
        _ => return Some(format!("{}: {answer:?}", case.name)),
    };
    if status != wanted {
        return Some(format!("{}: {wanted} was expected, not {answer:?}", case.name));
    }
    match case.then {
        GoesOn(_) if connection.exchange(PING).status != 200 => {
            Some(format!("{}: the connection is of no more use", case.name))
        }
        GoesOn(_) => None,
        _ => match connection.rest() {
            rest if rest.is_empty() => None,
            rest => Some(format!("{}: something behind it was answered: {rest}", case.name)),
        },
    }
}

#[test]
fn a_request_names_exactly_one_well_formed_host() {
    let site = Site::new();
    let site = site.with("TRUSTED_HOSTS", "a.test,.b.test");
    check(
        &site.start(),
        vec![
            headers("no Host", "", Closes(400)),
            headers("two Hosts", "Host: a.test\r\nHost: b.test\r\n", Closes(400)),
            headers("the same Host twice", "Host: a.test\r\nHost: a.test\r\n", Closes(400)),
            headers("an empty Host", "Host: \r\n", Closes(400)),
            headers("a Host with a path", "Host: a.test/evil\r\n", Closes(400)),
            headers("a Host with a user", "Host: evil@a.test\r\n", Closes(400)),
            headers("a Host with a blank", "Host: a.test evil\r\n", Closes(400)),
            headers("a Host that is not served here", "Host: evil.test\r\n", Closes(421)),
            headers("a Host that only ends like ours", "Host: evilb.test\r\n", Closes(421)),
            headers("a subdomain of ours", "Host: x.b.test:8000\r\n", GoesOn(200)),
            target("an absolute target of another host", "http://evil.test/", Closes(400)),
            target("an absolute target of the same host", "http://a.test/api/ping", GoesOn(200)),
            case("HTTP/1.0 without a Host", "GET /api/ping HTTP/1.0\r\n\r\n", Closes(421)),
        ],
    );
}

#[test]
fn a_target_is_a_plain_path() {
    let site = Site::new();
    check(
        &site.start(),
        vec![
            target("an empty first segment", "//evil.test/p", Closes(400)),
            target("dot segments", "/session/../profile", Closes(400)),
            target("a single dot", "/./profile", Closes(400)),
            target("encoded dot segments", "/%2e%2E/etc/passwd", Closes(400)),
            target("encoded slashes between dots", "/..%2f..%2fetc", Closes(400)),
            target("an encoded NUL", "/hello/1/%00", Closes(400)),
            target("an encoded line end", "/hello/1/a%0d%0aSet-Cookie:x", Closes(400)),
            target("a backslash", "/\\evil.test", GoesOn(404)),
            target("an encoded backslash", "/%5cevil.test", GoesOn(404)),
            target("an escape that is not UTF-8", "/hello/1/%ff", Closes(400)),
            target("a blank", "/hello/1/a b", Closes(400)),
            target("no path", "api/ping", Closes(400)),
            target("an asterisk for GET", "*", Closes(400)),
            case(
                "an asterisk for OPTIONS",
                "OPTIONS * HTTP/1.1\r\nHost: a.test\r\n\r\n",
                GoesOn(204),
            ),
            target("a target over 8 KiB", &format!("/{}", "a".repeat(9 << 10)), Closes(414)),
            target("a query that is not UTF-8", "/api/ping?a=%ff", GoesOn(400)),
            target("half an escape", "/hello/1/%2", GoesOn(200)),
            target("a parameter that is no number", "/hello/x/y", GoesOn(404)),
        ],
    );
}

#[test]
fn a_head_follows_the_grammar_and_the_limits() {
    let site = Site::new();
    let many = (0..101).map(|number| format!("X-{number}: 1\r\n")).collect::<String>();
    let large = format!("Host: a.test\r\nCookie: {}\r\n", "a".repeat(300_000));
    check(
        &site.start(),
        vec![
            // RFC 9112, 2.2 lets a recipient take a lone LF for the end of a line; hyper does. No second reading
            // of the same bytes follows from it, since bodies are measured by their length alone.
            case(
                "lines that end with LF alone",
                "GET /api/ping HTTP/1.1\nHost: a.test\n\n",
                GoesOn(200),
            ),
            headers("a lone CR", "Host: a.test\r\nX: a\rb\r\n", Closes(400)),
            headers("a folded header", "Host: a.test\r\nX: a\r\n b\r\n", Closes(400)),
            headers("a blank before the colon", "Host: a.test\r\nX : a\r\n", Closes(400)),
            headers("a header without a name", "Host: a.test\r\n: a\r\n", Closes(400)),
            headers("a NUL in a header", "Host: a.test\r\nX: \0\r\n", Closes(400)),
            headers("a header of 300 kB", &large, Closes(431)),
            headers("101 headers and a Host", &format!("Host: a.test\r\n{many}"), Closes(431)),
            case("TRACE", "TRACE / HTTP/1.1\r\nHost: a.test\r\n\r\n", Closes(405)),
            case("CONNECT", "CONNECT a.test:80 HTTP/1.1\r\nHost: a.test:80\r\n\r\n", Closes(405)),
            case("an unknown method", "BREW / HTTP/1.1\r\nHost: a.test\r\n\r\n", GoesOn(405)),
            case(
                "a method in small letters",
                "get / HTTP/1.1\r\nHost: a.test\r\n\r\n",
                GoesOn(405),
            ),
            case("another version", "GET / HTTP/3.0\r\nHost: a.test\r\n\r\n", Closes(400)),
            case("HTTP/2 on clear text", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", Vanishes),
            case(
                "TLS on clear text",
                b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".as_slice(),
                Closes(400),
            ),
            case("no HTTP at all", "EHLO a.test\r\n\r\n", Closes(400)),
        ],
    );
}

#[test]
fn a_body_has_one_length_and_nothing_behind_it_is_taken_for_a_request() {
    let site = Site::new();
    let form = "Content-Type: application/x-www-form-urlencoded\r\n";
    let two = |lengths: &str| format!("{form}{lengths}");
    check(
        &site.start(),
        vec![
            // RFC 9112, 6.1: Transfer-Encoding counts alone, and the connection ends with the answer.
            post(
                "Content-Length and Transfer-Encoding",
                &two("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"),
                &format!("0\r\n\r\n{PING}"),
                Closes(302),
            ),
            post(
                "Transfer-Encoding and Content-Length",
                &two("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"),
                &format!("0\r\n\r\n{PING}"),
                Closes(302),
            ),
            post(
                "two lengths",
                &two("Content-Length: 3\r\nContent-Length: 5\r\n"),
                &format!("a=b{PING}"),
                Closes(400),
            ),
            post(
                "two lengths in one header",
                &two("Content-Length: 3, 5\r\n"),
                &format!("a=b{PING}"),
                Closes(400),
            ),
            post(
                "a negative length",
                &two("Content-Length: -3\r\n"),
                &format!("a=b{PING}"),
                Closes(400),
            ),
            post(
                "a length with a sign",
                &two("Content-Length: +3\r\n"),
                &format!("a=b{PING}"),
                Closes(400),
            ),
            post(
                "a length beyond all numbers",
                &two("Content-Length: 99999999999999999999\r\n"),
                PING,
                Closes(400),
            ),
            post("an unknown coding", &two("Transfer-Encoding: gzip\r\n"), PING, Closes(400)),
            post(
                "a coding after chunked",
                &two("Transfer-Encoding: chunked, identity\r\n"),
                &format!("0\r\n\r\n{PING}"),
                Closes(400),
            ),
            post(
                "a malformed chunk",
                &two("Transfer-Encoding: chunked\r\n"),
                &format!("zz\r\na=b\r\n0\r\n\r\n{PING}"),
                Closes(400),
            ),
            post(
                "a chunk longer than it says",
                &two("Transfer-Encoding: chunked\r\n"),
                &format!("1\r\na=b\r\n0\r\n\r\n{PING}"),
                Closes(400),
            ),
            post(
                "chunks that end with LF alone",
                &two("Transfer-Encoding: chunked\r\n"),
                &format!("3\na=b\n0\n\n{PING}"),
                Closes(400),
            ),
            post(
                "a body that is announced too large",
                &two("Content-Length: 3000000\r\n"),
                "",
                Closes(413),
            ),
            post(
                "the same for a client that asks first",
                &two("Content-Length: 3000000\r\nExpect: 100-continue\r\n"),
                "",
                Closes(413),
            ),
        ],
    );
}

#[test]
fn a_body_that_cannot_be_understood_is_refused_and_the_connection_goes_on() {
    let site = Site::new();
    let sized = |kind: &str, body: &str| {
        format!("Content-Type: {kind}\r\nContent-Length: {}\r\n", body.len())
    };
    let json = |name, body: &str, then| post(name, &sized("application/json", body), body, then);
    let form = |name, body: &str, then| {
        post(name, &sized("application/x-www-form-urlencoded", body), body, then)
    };
    let deep = "[".repeat(10_000);
    let many = format!("[{}0]", "0,".repeat(10_000));
    let fields = "a=b&".repeat(1_001);
    check(
        &site.start(),
        vec![
            json("JSON that is cut", r#"{"key":"#, GoesOn(400)),
            json("JSON that is none", "key=name", GoesOn(400)),
            json("JSON that is too deep", &deep, GoesOn(413)),
            json("JSON with too many values", &many, GoesOn(413)),
            json("JSON that is not UTF-8", "\"\u{0}\"", GoesOn(400)),
            form("a form that is not UTF-8", "key=%ff&value=1", GoesOn(400)),
            form("a form with too many fields", &fields, GoesOn(413)),
            form("a method that does not exist", "_method=BREW", GoesOn(400)),
            form("a method that would slip past the check of origins", "_method=GET", GoesOn(400)),
            post(
                "a multipart form without a boundary",
                &sized("multipart/form-data", "x"),
                "x",
                Closes(400),
            ),
        ],
    );
}

#[test]
fn a_body_that_grows_too_large_is_refused_while_it_comes() {
    let site = Site::new();
    let server = site.start();
    let mut connection = server.connect();
    connection.send("POST /session HTTP/1.1\r\nHost: a.test\r\nOrigin: http://a.test\r\nTransfer-Encoding: chunked\r\n\r\n");
    let chunk = format!("10000\r\n{}\r\n", "a".repeat(0x10000));
    // What goes past the limit of 2 MiB is forgotten for a while, and then nothing more is taken.
    let started = Instant::now();
    while connection.try_send(&chunk).is_ok() {
        assert!(started.elapsed() < DEADLINE, "it is still taken");
    }
}

#[test]
fn a_client_that_sends_all_before_it_reads_still_gets_its_413() {
    let site = Site::new();
    let server = site.start();
    for _ in 0..10 {
        let mut connection = server.connect();
        let head = "POST /session HTTP/1.1\r\nHost: a.test\r\nOrigin: http://a.test\r\nContent-Length: 30000000\r\n\r\n";
        connection.send(head);
        // The server takes and forgets it, so that no reset outruns the answer.
        connection.send("a".repeat(30_000_000));
        assert_eq!(connection.receive().unwrap().expect("an answer").status, 413);
    }
}

#[test]
fn what_was_pipelined_before_a_bad_request_is_answered_and_nothing_after_it() {
    let site = Site::new();
    let server = site.start();
    let mut connection = server.connect();
    connection.send(format!("{PING}{PING}GET // HTTP/1.1\r\nHost: a.test\r\n\r\n{PING}"));

    let answers = connection.rest();

    let statuses: Vec<&str> =
        answers.split("HTTP/1.1 ").skip(1).map(|answer| &answer[..3]).collect();
    assert_eq!(statuses, ["200", "200", "400"], "{answers}");
}

#[test]
fn http_2_is_not_spoken() {
    let site = Site::new();
    let server = site.start();
    let mut connection = server.connect();
    connection.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\u{4}\0\0\0\0\0");
    let answer = connection.rest();
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{answer:?}");
    let h2c = "Host: a.test\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n";
    check(&server, vec![headers("an upgrade in the clear", h2c, GoesOn(200))]);
}

#[test]
fn no_answer_names_its_software() {
    let site = Site::new();
    let server = site.start();
    let nowhere = PING.replace("/api/ping", "/nowhere");
    for request in [PING, &nowhere, "GET // HTTP/1.1\r\nHost: a.test\r\n\r\n", "nonsense\r\n\r\n"] {
        let mut connection = server.connect();
        connection.send(request);
        let answer = connection.receive().expect("no timeout").expect("an answer");
        for name in ["server", "x-powered-by", "via"] {
            assert_eq!(answer.headers(name).next(), None, "{request}");
        }
        let text = format!("{answer:?}").to_ascii_lowercase();
        assert!(!text.contains("hyper") && !text.contains("lunox/"), "{text}");
    }
}
