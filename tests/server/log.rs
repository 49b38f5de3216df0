//! What the log never says.

use crate::process::{APP_KEY, Site};

#[test]
fn tokens_and_cookies_and_the_key_never_occur_in_the_log() {
    for format in ["human", "json"] {
        let site = Site::new().with("LOG_LEVEL", "trace").with("LOG_FORMAT", format);
        let server = site.start();
        let mut secrets = vec![APP_KEY.to_owned()];
        for number in 0..8 {
            let mut visitor = server.browser();
            visitor.post("/session", &format!("key=name&value=secret-value-{number}"));
            secrets.push(visitor.token().unwrap().to_owned());
            secrets.push(format!("secret-value-{number}"));
            visitor.get("/profile?password=secret-query");
            visitor.get("/nowhere");
            visitor.post("/session", "_method=GET&password=secret-field");
            visitor.post("/session", "_method=DELETE");
            secrets.push(visitor.token().unwrap().to_owned());
        }
        // Unknown, malformed, and of a damaged file: each is worth a line, without the token.
        for file in site.session_files() {
            std::fs::write(file, "damaged").unwrap();
        }
        let claimed = ["B".repeat(43), "secret-and-malformed".to_owned(), secrets[1].clone()];
        for token in claimed {
            let answer = server.connect().exchange(format!(
                "GET / HTTP/1.1\r\nHost: a.test\r\nAuthorization: Bearer secret-bearer\r\nCookie: lunox_session={token}; other=secret-cookie\r\n\r\n"
            ));
            let new =
                answer.headers("set-cookie").next().unwrap().split(['=', ';']).nth(1).unwrap();
            secrets.extend([token, new.to_owned()]);
        }
        // Cut in its head, it never becomes a request.
        server.connect().send("GET / HTTP/1.1\r\nHost: a.test\r\nCookie: lunox_session=secret-cut");
        let parts = ["query", "field", "bearer", "cookie", "cut"];
        secrets.extend(parts.map(|part| format!("secret-{part}")));

        let said = server.stop();

        let log = std::fs::read_to_string(site.path("stderr.log")).unwrap() + &said;
        assert!(log.matches("request_id").count() >= 8 * 5 + 3, "{log}");
        for secret in &secrets {
            assert!(!log.contains(secret.as_str()), "{secret} is in {log}");
        }
        assert!(!log.to_lowercase().contains("cookie:"), "{log}");
    }
}

#[test]
fn a_path_cannot_start_a_line_of_its_own() {
    let site = Site::new().with("LOG_LEVEL", "trace");
    let server = site.start();
    let ask = "GET /hello/1/a%E2%80%A8b%C2%85INFO HTTP/1.1\r\nHost: a.test\r\n\r\n";
    server.connect().exchange(ask);
    let log = server.log();
    assert!(!log.contains('\u{2028}') && !log.contains('\u{85}'), "{log}");
}

#[test]
fn a_path_is_quoted_once_and_controls_no_terminal() {
    let site = Site::new().with("LOG_LEVEL", "info").with("LOG_FORMAT", "json");
    let server = site.start();
    let ask = "GET /hello/1/a%22%E2%80%AEb HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n";
    assert_eq!(server.connect().exchange(ask).status, 200);
    server.stop();
    let log = std::fs::read_to_string(site.path("stderr.log")).unwrap();
    assert!(!log.contains('\u{202e}'), "{log}");
    let line = log.lines().find(|line| line.contains("/hello")).expect("a line");
    let line: serde_json::Value = serde_json::from_str(line).expect("JSON");
    assert_eq!(line["path"], "/hello/1/a\"\u{202e}b");
}

#[test]
fn production_that_names_no_hosts_starts_with_a_warning() {
    let production = || Site::bare().with("APP_ENV", "production").with("APP_KEY", APP_KEY);
    let warns = |site: &Site| site.start().log().contains("TRUSTED_HOSTS");
    assert!(warns(&production()));
    assert!(!warns(&production().with("TRUSTED_HOSTS", "a.test")));
    assert!(!warns(&production().with("TRUSTED_HOSTS", "*")));
}

#[test]
fn a_log_that_nobody_reads_stops_no_command() {
    let site = Site::new();
    let server = site.start();
    for _ in 0..8 {
        server.browser().get("/");
    }
    assert_eq!(site.session_files().len(), 8);

    let code = site.run_unheard(&["session:destroy", "--all", "--force"]);

    assert_eq!((code, site.session_files().len()), (Some(0), 0));
}

#[cfg(target_os = "linux")]
#[test]
fn a_list_that_the_disk_has_no_room_for_is_no_success() {
    let full = || std::fs::File::options().write(true).open("/dev/full").unwrap();
    let site = Site::new();
    let (code, said) = site.run_into(full(), &["route:list"]);
    assert_eq!(code, Some(1));
    assert!(said.contains("standard output cannot be written to: No space left"), "{said}");
    assert_eq!(site.run_into(full(), &["--help"]).0, Some(1));
}
