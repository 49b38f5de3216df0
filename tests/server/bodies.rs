//! Bodies that nobody reads, on real connections.

use crate::process::Site;

const PING: &str = "GET /api/ping HTTP/1.1\r\nHost: a.test\r\n\r\n";

/// Requests that their head decides about: no route, a wrong method, another site's form.
const REFUSED: [(&str, &str, u16); 3] = [
    ("POST /nowhere HTTP/1.1\r\nHost: a.test\r\n", "404", 404),
    ("POST /api/ping HTTP/1.1\r\nHost: a.test\r\n", "405", 405),
    ("POST /session HTTP/1.1\r\nHost: a.test\r\nSec-Fetch-Site: cross-site\r\n", "419", 419),
];

#[test]
fn a_client_that_asks_first_is_not_told_to_send_what_its_head_decides_about() {
    let site = Site::new();
    let server = site.start();
    let asks = "Content-Length: 100\r\nExpect: 100-continue\r\n\r\n";
    for (head, code, _) in REFUSED {
        let mut connection = server.connect();
        connection.send(format!("{head}{asks}"));
        let said = connection.rest();
        assert!(said.starts_with(&format!("HTTP/1.1 {code} ")), "{said}");
        assert!(said.contains("connection: close"), "{said}");
    }
    let mut connection = server.connect();
    let form = "key=name&value=Ada";
    let answer = connection.exchange(format!(
        "POST /session HTTP/1.1\r\nHost: a.test\r\nOrigin: http://a.test\r\nContent-Type: application/x-www-form-urlencoded\r\n\
         Content-Length: {}\r\nExpect: 100-continue\r\n\r\n",
        form.len()
    ));
    assert_eq!(answer.status, 100);
    assert_eq!(connection.exchange(form).status, 302);
}

#[test]
fn a_body_that_was_left_is_never_read_as_a_request() {
    let site = Site::new();
    let server = site.start();
    for (head, _, status) in REFUSED {
        // All of it is here: the connection goes on behind it.
        let mut connection = server.connect();
        let sent = format!("{head}Content-Length: {}\r\n\r\n{PING}{PING}", PING.len());
        assert_eq!(connection.exchange(sent).status, status);
        assert_eq!(connection.receive().unwrap().expect("the second").status, 200);
        assert_eq!(connection.exchange(PING).status, 200);
        // More is to come: the connection ends.
        let mut connection = server.connect();
        connection.send(format!("{head}Content-Length: 1000\r\n\r\n{PING}"));
        let said = connection.rest();
        assert!(said.contains("connection: close"), "{said}");
        assert_eq!(said.matches("HTTP/1.1 ").count(), 1, "{said}");
    }
}

#[test]
fn a_client_that_sends_all_of_it_before_it_reads_still_gets_its_answer() {
    let site = Site::new();
    let server = site.start();
    for (head, _, status) in REFUSED {
        let mut connection = server.connect();
        connection.send(format!("{head}Content-Length: 30000000\r\n\r\n"));
        connection.send("a".repeat(30_000_000));
        assert_eq!(connection.receive().unwrap().expect("an answer").status, status);
    }
}

#[test]
fn uploads_that_are_refused_leave_no_file() {
    let site = Site::new();
    let files = site.path("tmp");
    std::fs::create_dir(&files).unwrap();
    let site = site.with("TMPDIR", files.to_str().unwrap());
    let server = site.start();
    let start = "--b\r\nContent-Disposition: form-data; name=a; filename=b\r\n\r\n";
    let upload = format!(
        "Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 1000000\r\n\r\n{start}{}",
        "a".repeat(600_000)
    );
    let spooled = || std::fs::read_dir(&files).unwrap().count();
    for (head, _, status) in REFUSED.into_iter().take(2) {
        let mut connection = server.connect();
        assert_eq!(connection.exchange(format!("{head}{upload}")).status, status);
        assert_eq!(spooled(), 0);
    }
}

#[test]
fn uploads_that_a_killed_process_left_are_removed_at_the_next_start() {
    let temporary = tempfile::tempdir().unwrap();
    let site = Site::new().with("TMPDIR", temporary.path().to_str().unwrap());
    let left = || {
        let folders = std::fs::read_dir(temporary.path()).unwrap();
        let files = folders.flat_map(|folder| std::fs::read_dir(folder.unwrap().path()).unwrap());
        files.count()
    };
    let wait = |is: &dyn Fn() -> bool| {
        let end = std::time::Instant::now() + crate::process::DEADLINE;
        while !is() {
            assert!(std::time::Instant::now() < end, "{} files", left());
            std::thread::yield_now();
        }
    };
    let mut server = site.start();
    let mut visitor = server.connect();
    visitor.send("POST /session HTTP/1.1\r\nHost: a.test\r\nOrigin: http://a.test\r\nContent-Length: 2000000\r\n");
    visitor.send("Content-Type: multipart/form-data; boundary=x\r\n\r\n--x\r\n");
    visitor.send("Content-Disposition: form-data; name=\"photo\"; filename=\"a.png\"\r\n\r\n");
    visitor.send("x".repeat(1 << 20));
    wait(&|| left() > 1);
    server.kill();
    assert!(left() > 1);

    let _server = site.start();

    wait(&|| std::fs::read_dir(temporary.path()).unwrap().count() == 0);
}
