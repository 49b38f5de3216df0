//! One session over many connections, many sessions beside each other, and a restart.

use std::sync::Barrier;

use crate::process::Site;

#[test]
fn a_session_is_the_same_over_all_connections() {
    let site = Site::new();
    let server = site.start();
    let mut ada = server.browser();

    let stored = ada.post("/session", "key=name&value=Ada");
    assert_eq!((stored.status, stored.headers("location").next()), (302, Some("/")));
    let token = ada.token().unwrap().to_owned();
    let page = ada.get("/").body;
    assert!(page.contains("session.put(&quot;name&quot;, &quot;Ada&quot;)"), "{page}");
    assert!(page.contains(r#"<code class="value">&quot;Ada&quot;</code>"#), "{page}");
    assert!(!ada.get("/").body.contains("session.put(&quot;"), "what was flashed stays");

    // `/profile` reads through `request().session()` what was stored through `req.session()`.
    assert!(ada.get("/profile").body.contains("Hello, Ada."));
    assert!(ada.get("/").body.contains("<code>seen</code>"));

    assert_eq!(ada.post("/session/name", "_method=DELETE").status, 303);
    assert!(ada.get("/profile").body.contains("Who are you?"));
    assert_eq!(ada.post("/session", "_method=delete").status, 303);
    assert_eq!(ada.get("/").visits(), 1);

    assert_eq!(ada.token().unwrap(), token);
    assert_eq!(site.session_files().len(), 1);
}

#[test]
fn visitors_without_a_session_leave_nothing_behind() {
    let site = Site::new();
    let server = site.start();

    let answer = server.browser().get("/api/ping");

    assert_eq!((answer.status, answer.body.as_str()), (200, r#"{"pong":true}"#));
    assert_eq!(answer.headers("set-cookie").count(), 0);
    assert!(site.session_files().is_empty());
}

#[test]
fn a_token_that_the_client_chose_is_not_taken() {
    let site = Site::new();
    let server = site.start();
    let mut visitor = server.browser();
    visitor.get("/");
    let chosen = "A".repeat(visitor.token().unwrap().len());
    let mut connection = server.connect();

    let answer = connection.exchange(format!(
        "GET / HTTP/1.1\r\nHost: {}\r\nCookie: lunox_session={chosen}\r\n\r\n",
        server.address()
    ));

    assert_eq!((answer.status, answer.visits()), (200, 1));
    let cookie = answer.headers("set-cookie").find(|cookie| cookie.starts_with("lunox_session="));
    let cookie = cookie.unwrap();
    assert!(!cookie.contains(&chosen), "{cookie}");
}

#[test]
fn sessions_of_64_connections_never_mix() {
    const VISITORS: usize = 64;
    const ROUNDS: usize = 5;
    let site = Site::new();
    let server = site.start();
    let barrier = Barrier::new(VISITORS);

    std::thread::scope(|scope| {
        for number in 0..VISITORS {
            let (server, barrier) = (&server, &barrier);
            scope.spawn(move || {
                let mut visitor = server.browser();
                let mut connection = server.connect();
                for round in 0..ROUNDS {
                    // All of them store, then all of them read.
                    barrier.wait();
                    let form = format!("key=name&value=visitor-{number}-round-{round}");
                    visitor.post_on(&mut connection, "/session", &form).unwrap();
                    barrier.wait();
                    let page = visitor.get_on(&mut connection, "/profile").unwrap();
                    let hello = format!("Hello, visitor-{number}-round-{round}.");
                    assert!(page.body.contains(&hello), "{hello} {}", page.body);
                }
            });
        }
    });

    assert_eq!(site.session_files().len(), VISITORS);
}

#[test]
fn requests_of_one_session_at_the_same_time_are_all_counted() {
    const REQUESTS: u64 = 32;
    let site = Site::new();
    let server = site.start();
    let mut visitor = server.browser();
    visitor.get("/");

    std::thread::scope(|scope| {
        for _ in 0..REQUESTS {
            let mut visitor = visitor.clone();
            scope.spawn(move || assert_eq!(visitor.get("/").status, 200));
        }
    });

    assert_eq!(visitor.get("/").visits(), REQUESTS + 2);
}

#[test]
fn a_restart_keeps_sessions() {
    let site = Site::new();
    let first = site.start();
    let mut ada = first.browser();
    ada.post("/session", "key=name&value=Ada");
    ada.get("/");
    first.stop();

    let second = site.start();
    let mut ada = ada.at(second.address());

    assert!(ada.get("/profile").body.contains("Hello, Ada."));
    assert_eq!(ada.get("/").visits(), 2);
}

#[test]
fn a_start_with_another_key_says_so_until_the_former_one_is_named() {
    const OTHER: &str = "base64:YW5vdGhlciBrZXkgb2YgdGhpcnR5LXR3byBieXRlcyE=";
    let site = Site::new();
    site.start().stop();
    assert!(!site.start().log().contains("APP_PREVIOUS_KEYS"));
    let log = |site: &Site| {
        let before = std::fs::read_to_string(site.path("stderr.log")).unwrap().len();
        let server = site.start();
        let log = server.log().split_off(before);
        server.stop();
        log
    };
    let site = site.with("APP_KEY", OTHER);
    assert!(log(&site).contains("put the former one into APP_PREVIOUS_KEYS"));
    let site = site.with("APP_PREVIOUS_KEYS", crate::process::APP_KEY);
    assert!(!log(&site).contains("APP_PREVIOUS_KEYS"));
}
