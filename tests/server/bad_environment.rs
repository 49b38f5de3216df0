//! What keeps the program from starting, and what it makes by itself.

use std::fs;

use crate::process::{APP_KEY, Site};

/// Starts in vain and gives what was said.
fn refusal(site: &Site) -> String {
    let (code, said) = site.start_in_vain();
    assert_eq!(code, Some(1), "{said}");
    said
}

fn refused(site: &Site, lines: &[&str]) {
    assert_eq!(refusal(site), format!("  ERROR  {}\n", lines.join("\n")));
}

const ONE: &str = "the application cannot start: 1 problem";

#[test]
fn an_unknown_driver_is_named_with_those_that_there_are() {
    let site = Site::new().with("SESSION_DRIVER", "radis");
    refused(
        &site,
        &[
            ONE,
            "  1. config/session.rs: unknown session driver `radis` (SESSION_DRIVER); known: file, memory, array, cookie, null, redis, sqlite, postgres, mysql",
            "     cure: set SESSION_DRIVER to one of them, or add yours with SessionManager::extend",
        ],
    );
}

#[test]
#[cfg(not(feature = "redis"))]
fn a_driver_whose_feature_is_off_is_named_with_the_feature() {
    let site = Site::new().with("SESSION_DRIVER", "redis");
    refused(
        &site,
        &[
            ONE,
            "  1. config/session.rs: the session driver `redis` (SESSION_DRIVER) needs the feature `redis` of lunox",
            "     cure: run `cargo add lunox --features redis`, or set SESSION_DRIVER to another driver",
        ],
    );
}

#[test]
fn a_value_that_does_not_parse_is_named_with_its_variable_and_file() {
    let site = Site::new().with("SESSION_LIFETIME", "abc");
    refused(
        &site,
        &[
            ONE,
            "  1. config/session.rs:19: SESSION_LIFETIME=`abc` (the environment) is not a whole number of minutes",
            "     cure: correct SESSION_LIFETIME in the environment, or unset it to use the default",
        ],
    );
}

#[test]
fn a_value_of_the_env_file_is_named_with_its_line() {
    let site = Site::bare();
    fs::write(site.path(".env"), format!("APP_ENV=local\nAPP_KEY={APP_KEY}\nSERVER_PORT=ten\n"))
        .unwrap();
    refused(
        &site,
        &[
            ONE,
            "  1. config/server.rs:9: SERVER_PORT=`ten` (.env line 3) is not a number of type `u16`",
            "     cure: correct .env line 3, or remove it to use the default",
        ],
    );
}

#[test]
fn production_does_not_start_without_a_key() {
    let site = Site::bare().with("APP_ENV", "production");
    refused(
        &site,
        &[
            ONE,
            "  1. config/app.rs: APP_KEY is not set, and this is production",
            "     cure: run `cargo artisan key:generate --show` and put the line into the server's environment",
        ],
    );
    assert!(!site.path(".env").exists());
}

#[test]
fn an_environment_that_nobody_named_is_production() {
    let site = Site::bare();
    assert!(refusal(&site).contains("APP_KEY is not set, and this is production"));
}

#[test]
fn a_folder_of_sessions_that_cannot_be_made_is_named() {
    let site = Site::new();
    fs::create_dir_all(site.path("storage")).unwrap();
    fs::write(site.path("storage/framework"), "a file, no folder").unwrap();
    let sessions = site.path("storage/framework/sessions");
    refused(
        &site,
        &[
            ONE,
            &format!(
                "  1. config/session.rs: the session driver `file` cannot work: cannot make the session folder `{}`: Not a directory (os error 20)",
                sessions.display()
            ),
            "     cure: mend what it names, or set SESSION_DRIVER to another driver",
        ],
    );
}

#[test]
fn all_problems_are_reported_at_once() {
    let site = Site::bare()
        .with("APP_ENV", "production")
        .with("APP_DEBUG", "true")
        .with("SESSION_LIFETIME", "abc")
        .with("SERVER_PORT", "70000");
    refused(
        &site,
        &[
            "the application cannot start: 4 problems",
            "  1. config/server.rs:9: SERVER_PORT=`70000` (the environment) is not a number of type `u16`",
            "     cure: correct SERVER_PORT in the environment, or unset it to use the default",
            "  2. config/session.rs:19: SESSION_LIFETIME=`abc` (the environment) is not a whole number of minutes",
            "     cure: correct SESSION_LIFETIME in the environment, or unset it to use the default",
            "  3. config/app.rs: APP_KEY is not set, and this is production",
            "     cure: run `cargo artisan key:generate --show` and put the line into the server's environment",
            "  4. config/app.rs: APP_DEBUG is true, and this is production: errors would show their causes",
            "     cure: set APP_DEBUG=false",
        ],
    );
}

#[test]
fn a_level_of_the_log_that_is_none_is_named() {
    for level in ["loud", "lo_ud", "in-fo", "app=loud", " "] {
        let said = refusal(&Site::new().with("LOG_LEVEL", level));
        let named = format!("config/logging.rs: LOG_LEVEL `{level}` is no level and no filter");
        assert!(said.contains(&named), "{said}");
    }
}

#[test]
fn a_server_that_could_answer_nobody_does_not_start() {
    for option in ["MAX_CONNECTIONS", "HEADER_TIMEOUT", "WRITE_TIMEOUT"] {
        let said = refusal(&Site::new().with(&format!("SERVER_{option}"), "0"));
        let named = format!("{} of config/server.rs is 0", option.to_lowercase());
        assert!(said.contains(&named) && said.contains(&format!("set SERVER_{option}")), "{said}");
    }
}

#[test]
fn a_port_that_is_taken_gives_way_to_the_next() {
    // A port that nobody else takes between two lines: this one holds it.
    let held = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = held.local_addr().unwrap().port();
    let site = Site::new();
    let server = site.start_on(port);
    assert_ne!(server.address().port(), port);
    assert_eq!(server.browser().get("/api/ping").status, 200);
}

#[test]
fn a_developer_who_has_no_env_file_yet_gets_one() {
    let site = Site::bare();
    let example = "APP_ENV=local\nAPP_NAME=\"My Site\"\nAPP_KEY=\nSESSION_SECURE_COOKIE=false\n";
    fs::write(site.path(".env.example"), example).unwrap();

    let server = site.start();
    let mut visitor = server.browser();
    assert!(visitor.get("/").body.contains("My Site is up."));
    let said = server.log();
    assert!(said.contains("made .env from .env.example\n"), "{said}");
    assert!(said.contains("made an APP_KEY and put it into .env\n"), "{said}");
    server.stop();

    let made = fs::read_to_string(site.path(".env")).unwrap();
    let key = made.lines().find_map(|line| line.strip_prefix("APP_KEY=")).unwrap();
    assert!(key.trim_matches('"').starts_with("base64:"), "the file has no key");
    assert!(!said.contains(key), "the key is in the log");

    // The second start finds both and changes neither.
    let server = site.start();
    assert_eq!(fs::read_to_string(site.path(".env")).unwrap(), made);
    assert_eq!(server.log().matches("made ").count(), 2);
    assert_eq!(visitor.at(server.address()).get("/").visits(), 2);
}

#[test]
fn an_empty_key_of_the_process_costs_no_key_of_the_file() {
    let site = Site::bare().with("APP_KEY", "").with("SESSION_ENCRYPT", "true");
    let text = format!("APP_ENV=local\nAPP_KEY={APP_KEY}\n");
    fs::write(site.path(".env"), &text).unwrap();
    let said = refusal(&site);
    assert!(said.contains("the application has no key to seal with"), "{said}");
    assert_eq!(fs::read_to_string(site.path(".env")).unwrap(), text);
}

#[test]
fn null_is_a_driver_and_not_as_good_as_unset() {
    let site = Site::new().with("SESSION_DRIVER", "null");
    let server = site.start();
    let mut visitor = server.browser();
    assert_eq!([visitor.get("/").visits(), visitor.get("/").visits()], [1, 1]);
    assert!(!server.log().contains("session created"), "{}", server.log());
}

#[test]
fn a_proxy_that_is_neither_an_address_nor_a_range_is_named() {
    let site = Site::new().with("TRUSTED_PROXIES", "10.0.0.0/8,proxy.internal");
    refused(
        &site,
        &[
            ONE,
            "  1. config/http.rs: `trusted_proxies` has `proxy.internal`, which is neither an address nor a range",
            "     cure: write addresses, ranges such as 10.0.0.0/8, or * in TRUSTED_PROXIES",
        ],
    );
}

#[test]
fn a_misspelt_variable_is_named_at_the_start_with_the_one_that_was_meant() {
    let site = Site::bare();
    let text = format!("APP_ENV=local\nAPP_KEY={APP_KEY}\nSESION_DRIVER=memory\nNEWSLETTER=1\n");
    fs::write(site.path(".env"), text).unwrap();
    let server = site.start();
    assert_eq!(server.browser().get("/api/ping").status, 200);
    let said = server.log();
    let expected = ".env line 3: nobody reads SESION_DRIVER; did you mean SESSION_DRIVER?";
    assert!(said.contains(expected), "{said}");
    // It may be for another program.
    assert!(!said.contains("NEWSLETTER"), "{said}");
    server.stop();

    // In production the log is for what has to be acted upon.
    let site = site.with("APP_ENV", "production").with("TRUSTED_HOSTS", "*");
    let server = site.start();
    server.browser().get("/api/ping");
    assert_eq!(server.log().matches("SESION_DRIVER").count(), 1);
}

#[test]
fn a_key_is_shown_as_the_line_for_the_env_file() {
    let site = Site::bare();
    let said = fs::File::create(site.path("said")).unwrap();
    assert_eq!(site.run_into(said, &["key:generate", "--show"]).0, Some(0));
    let line = fs::read_to_string(site.path("said")).unwrap();
    assert!(line.starts_with("APP_KEY=base64:") && line.trim_end().len() == 59, "{line}");
}

#[test]
fn a_request_whose_client_does_not_wait_is_in_the_log() {
    let site = Site::new();
    let server = site.start();
    let mut visitor = server.connect();
    let head = "POST /profile HTTP/1.1\r\nHost: a.test\r\nSec-Fetch-Site: same-origin\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\nname=";
    visitor.send(head);
    // Whatever else is answered meanwhile: this one waits for the rest of the body.
    server.browser().get("/api/ping");
    drop(visitor);
    let patience = std::time::Instant::now() + crate::process::DEADLINE;
    while !server.log().contains("POST request_id") {
        assert!(std::time::Instant::now() < patience, "{}", server.log());
        std::thread::yield_now();
    }
    let log = server.log();
    assert!(log.contains("path=\"/profile\"") || log.contains("path=/profile"), "{log}");
}
