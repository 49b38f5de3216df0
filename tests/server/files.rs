//! The files of `public/`, over TCP.

use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::process::{Server, Site};
use crate::wire::Response;

/// A folder with a page's files, and beside them what nobody may see.
fn site() -> Site {
    let site = Site::new();
    for (name, text) in [
        ("public/robots.txt", "0123456789"),
        ("public/css/app.css", "body {}"),
        ("public/\u{e9} b.html", "<p>"),
        ("public/LICENSE", "free"),
        ("public/empty.txt", ""),
        ("public/.env", "secret"),
        ("public/.git/config", "secret"),
        ("public/css/.hidden.css", "secret"),
        ("secret.txt", "secret"),
        ("storage/app/public/upload.svg", "<svg/>"),
        ("storage/app/public/.env", "secret"),
        ("storage/app/secret.txt", "secret"),
    ] {
        let path = site.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    site
}

/// The answer to a request with these header lines.
fn ask(server: &Server, method: &str, target: &str, lines: &str) -> Response {
    let mut connection = server.connect();
    // hyper sends the body of no HEAD, which the reader of responses cannot know.
    connection.send(format!(
        "{method} {target} HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n{lines}\r\n"
    ));
    let text = connection.rest();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Response { status, head: head.to_owned(), body: body.to_owned() }
}

fn get(server: &Server, target: &str) -> Response {
    ask(server, "GET", target, "")
}

fn header(response: &Response, name: &str) -> Option<String> {
    response.headers(name).next().map(str::to_owned)
}

#[test]
fn a_file_is_sent_with_its_type_and_what_identifies_it() {
    let site = site();
    let server = site.start();
    for (target, text, kind) in [
        ("/robots.txt", "0123456789", "text/plain; charset=utf-8"),
        ("/css/app.css?v=1", "body {}", "text/css; charset=utf-8"),
        ("/%C3%A9%20b.html", "<p>", "text/html; charset=utf-8"),
        ("/LICENSE", "free", "application/octet-stream"),
        ("/empty.txt", "", "text/plain; charset=utf-8"),
    ] {
        let answer = get(&server, target);
        assert_eq!((answer.status, answer.body.as_str()), (200, text), "{target}");
        let named = |name| header(&answer, name);
        assert_eq!(named("content-type").as_deref(), Some(kind), "{target}");
        assert_eq!(named("content-length"), Some(text.len().to_string()), "{target}");
        assert_eq!(named("x-content-type-options").as_deref(), Some("nosniff"));
        assert_eq!(named("cache-control").as_deref(), Some("no-cache"));
        assert_eq!(named("accept-ranges").as_deref(), Some("bytes"));
        assert!(named("etag").is_some() && named("last-modified").is_some());
        assert_eq!(named("set-cookie"), None);

        let head = ask(&server, "HEAD", target, "Range: bytes=0-0\r\n");
        assert_eq!((head.status, head.body.as_str()), (200, ""), "{target}");
        for name in ["content-type", "content-length", "etag", "last-modified", "cache-control"] {
            assert_eq!(header(&head, name), header(&answer, name), "{target}: {name}");
        }
    }
    assert_eq!(ask(&server, "POST", "/robots.txt", "Content-Length: 0\r\n").status, 404);
}

#[test]
fn nothing_but_the_regular_files_of_the_folder_can_be_fetched() {
    let site = site();
    for (target, link) in [
        ("robots.txt", "public/inside.txt"),
        ("../secret.txt", "public/outside.txt"),
        ("/etc/passwd", "public/absolute.txt"),
        ("nowhere", "public/dangling.txt"),
        ("..", "public/up"),
        ("css", "public/styles"),
        ("../storage/app", "public/css/storage"),
        ("upload.svg", "storage/app/public/link.svg"),
        ("..", "storage/app/public/up"),
        ("../storage/app/public", "public/storage"),
    ] {
        symlink(target, site.path(link)).unwrap();
    }
    let pipe = site.path("public/pipe.txt");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let _socket = std::os::unix::net::UnixListener::bind(site.path("public/socket.txt")).unwrap();
    let server = site.start();
    let long = format!("/{}.txt", "x".repeat(300));
    for target in [
        // Up, in all spellings.
        "/../secret.txt",
        "/%2e%2e/secret.txt",
        "/css/%2E%2E/%2e%2e/secret.txt",
        "/..%2fsecret.txt",
        "/css/..%2f..%2fsecret.txt",
        "/%2e%2e%2fsecret.txt",
        "/..%5csecret.txt",
        "/..\\secret.txt",
        "/css\\app.css",
        "/css%5capp.css",
        "/css%2fapp.css",
        "/%252e%252e/secret.txt",
        "//etc/passwd",
        "/css//app.css",
        "/%2fetc%2fpasswd",
        "/./robots.txt",
        // What ends names early.
        "/robots.txt%00",
        "/robots.txt%00.css",
        "/robots.txt%0a",
        "/robots.txt%1f",
        // Links inside, at the end, to a parent, beneath the one that is allowed.
        "/inside.txt",
        "/outside.txt",
        "/absolute.txt",
        "/dangling.txt",
        "/up/secret.txt",
        "/up/public/robots.txt",
        "/styles/app.css",
        "/css/storage/secret.txt",
        "/storage/link.svg",
        "/storage/up/secret.txt",
        "/storage/../secret.txt",
        "/storage/.env",
        // What begins with a dot.
        "/.env",
        "/.git/config",
        "/css/.hidden.css",
        // What is not a file.
        "/css",
        "/css/",
        "/storage",
        "/storage/",
        "/robots.txt/x",
        "/pipe.txt",
        "/socket.txt",
        "/missing.txt",
        &long,
    ] {
        let answer = get(&server, target);
        assert!(matches!(answer.status, 400 | 404), "{target}: {}", answer.status);
        assert!(!answer.body.contains("secret") && !answer.body.contains("root:"), "{target}");
    }
    assert_eq!(get(&server, "/storage/upload.svg").status, 200);
    assert!(!server.log().contains("ERROR"), "{}", server.log());
}

#[test]
fn the_link_storage_may_lead_out_of_the_folder_and_its_files_run_no_scripts() {
    let site = site();
    symlink(site.path("storage/app/public"), site.path("public/storage")).unwrap();
    let server = site.start();
    let answer = get(&server, "/storage/upload.svg");
    assert_eq!((answer.status, answer.body.as_str()), (200, "<svg/>"));
    assert_eq!(header(&answer, "content-security-policy").as_deref(), Some("sandbox"));
    drop(server);

    fs::remove_file(site.path("public/storage")).unwrap();
    symlink("/dev", site.path("public/storage")).unwrap();
    let server = site.start();
    for device in ["/storage/zero", "/storage/null", "/storage/tty"] {
        assert_eq!(get(&server, device).status, 404, "{device}");
    }
}

#[test]
fn storage_link_makes_the_link() {
    let site = site();
    for _ in 0..2 {
        assert_eq!(site.run_unheard(&["storage:link"]), Some(0));
    }
    assert_eq!(get(&site.start(), "/storage/upload.svg").body, "<svg/>");
}

struct EndOnDrop<'a>(&'a AtomicBool);

impl Drop for EndOnDrop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Each answer is the file or a 404, whatever stands at its name in that moment.
#[test]
fn a_file_and_a_folder_that_are_swapped_for_links_meanwhile_lead_nowhere() {
    let site = site();
    let file = site.path("public/swapped.txt");
    let folder = site.path("public/folder");
    let spare = site.path("public/spare");
    fs::create_dir(site.path("other")).unwrap();
    fs::write(site.path("other/a.txt"), "secret").unwrap();
    let server = site.start();
    let over = AtomicBool::new(false);
    let swap = || {
        while !over.load(Ordering::Relaxed) {
            for link in [true, false] {
                let next = site.path("public/next");
                if link { symlink("../secret.txt", &next) } else { fs::write(&next, "open") }
                    .unwrap();
                fs::rename(&next, &file).unwrap();
                if link {
                    let _ = fs::rename(&folder, &spare);
                    symlink("../other", &folder).unwrap();
                } else {
                    fs::remove_file(&folder).unwrap();
                    if fs::rename(&spare, &folder).is_err() {
                        fs::create_dir(&folder).unwrap();
                        fs::write(folder.join("a.txt"), "open").unwrap();
                    }
                }
            }
        }
    };
    std::thread::scope(|scope| {
        // Also where an assertion fails: the scope waits for the thread.
        let _end = EndOnDrop(&over);
        scope.spawn(swap);
        let mut found = [0, 0];
        for number in 0..2_000 {
            let target = ["/swapped.txt", "/folder/a.txt"][number % 2];
            let answer = get(&server, target);
            if answer.status == 200 {
                found[number % 2] += 1;
                assert_eq!(answer.body, "open", "{target}");
            } else {
                assert_eq!(answer.status, 404, "{target}");
            }
        }
        assert!(found.iter().all(|found| *found > 0), "{found:?}");
    });
}

#[test]
fn a_client_that_has_the_file_gets_304() {
    let site = site();
    let path = site.path("public/robots.txt");
    File::options()
        .write(true)
        .open(&path)
        .unwrap()
        .set_modified(UNIX_EPOCH + Duration::from_millis(784_111_777_900))
        .unwrap();
    let server = site.start();
    let first = get(&server, "/robots.txt");
    let etag = header(&first, "etag").unwrap();
    let date = "Sun, 06 Nov 1994 08:49:37 GMT";
    assert_eq!(header(&first, "last-modified").as_deref(), Some(date));
    for (lines, status) in [
        (format!("If-None-Match: {etag}\r\n"), 304),
        (format!("If-None-Match: \"x\", W/{etag}\r\n"), 304),
        (format!("If-None-Match: \"x\"\r\nIf-None-Match: {etag}\r\n"), 304),
        ("If-None-Match: *\r\n".to_owned(), 304),
        ("If-None-Match: \"x\"\r\n".to_owned(), 200),
        (format!("If-Modified-Since: {date}\r\n"), 304),
        ("If-Modified-Since: Sunday, 06-Nov-94 08:49:37 GMT\r\n".to_owned(), 304),
        ("If-Modified-Since: Sun, 06 Nov 1994 08:49:38 GMT\r\n".to_owned(), 304),
        ("If-Modified-Since: Sun, 06 Nov 1994 08:49:36 GMT\r\n".to_owned(), 200),
        ("If-Modified-Since: yesterday\r\n".to_owned(), 200),
        // The tag is more exact than the date (RFC 9110, 13.2.2).
        (format!("If-None-Match: \"x\"\r\nIf-Modified-Since: {date}\r\n"), 200),
        (format!("If-None-Match: {etag}\r\nRange: bytes=0-1\r\n"), 304),
    ] {
        for method in ["GET", "HEAD"] {
            let answer = ask(&server, method, "/robots.txt", &lines);
            // A range belongs to GET alone.
            assert_eq!(answer.status, status, "{method} {lines}");
            assert_eq!(header(&answer, "etag").as_ref(), Some(&etag));
            assert_eq!(header(&answer, "cache-control").as_deref(), Some("no-cache"));
            if status == 304 {
                assert_eq!(answer.body, "");
                assert_eq!(header(&answer, "content-type"), None);
            }
        }
    }
    fs::write(&path, "9876543210").unwrap();
    let changed = ask(&server, "GET", "/robots.txt", &format!("If-None-Match: {etag}\r\n"));
    assert_eq!((changed.status, changed.body.as_str()), (200, "9876543210"));
}

#[test]
fn one_range_is_sent_alone() {
    let site = site();
    let server = site.start();
    let first = get(&server, "/robots.txt");
    let etag = header(&first, "etag").unwrap();
    let date = header(&first, "last-modified").unwrap();
    for (lines, status, body, range) in [
        ("Range: bytes=2-4".to_owned(), 206, "234", Some("bytes 2-4/10")),
        ("Range: bytes=7-".to_owned(), 206, "789", Some("bytes 7-9/10")),
        ("Range: bytes=-2".to_owned(), 206, "89", Some("bytes 8-9/10")),
        ("Range: bytes=0-99".to_owned(), 206, "0123456789", Some("bytes 0-9/10")),
        ("Range: bytes=10-".to_owned(), 416, "", Some("bytes */10")),
        ("Range: bytes=-0".to_owned(), 416, "", Some("bytes */10")),
        ("Range: bytes=0-1,4-5".to_owned(), 200, "0123456789", None),
        ("Range: bytes=4-2".to_owned(), 200, "0123456789", None),
        ("Range: pages=1-2".to_owned(), 200, "0123456789", None),
        ("Range: bytes=0-1\r\nRange: bytes=3-4".to_owned(), 200, "0123456789", None),
        (format!("Range: bytes=2-4\r\nIf-Range: {etag}"), 206, "234", Some("bytes 2-4/10")),
        (format!("Range: bytes=2-4\r\nIf-Range: {date}"), 206, "234", Some("bytes 2-4/10")),
        (format!("Range: bytes=2-4\r\nIf-Range: W/{etag}"), 200, "0123456789", None),
        ("Range: bytes=2-4\r\nIf-Range: \"x\"".to_owned(), 200, "0123456789", None),
        ("Range: bytes=20-\r\nIf-Range: \"x\"".to_owned(), 200, "0123456789", None),
        (
            "Range: bytes=2-4\r\nIf-Range: Sun, 06 Nov 1994 08:49:37 GMT".to_owned(),
            200,
            "0123456789",
            None,
        ),
    ] {
        let answer = ask(&server, "GET", "/robots.txt", &format!("{lines}\r\n"));
        assert_eq!((answer.status, answer.body.as_str()), (status, body), "{lines}");
        assert_eq!(header(&answer, "content-range").as_deref(), range, "{lines}");
        assert_eq!(header(&answer, "content-length"), Some(body.len().to_string()), "{lines}");
        assert_eq!(header(&answer, "etag").as_ref(), Some(&etag), "{lines}");
    }
    let empty = ask(&server, "GET", "/empty.txt", "Range: bytes=0-0\r\n");
    assert_eq!((empty.status, empty.body.as_str()), (200, ""));
}

#[test]
fn a_large_file_is_streamed_and_can_be_sent_in_part() {
    let site = site();
    let text: String = (0..40_000).map(|number| format!("{number:07}\n")).collect();
    fs::write(site.path("public/large.txt"), &text).unwrap();
    // Takes no room on the disk.
    File::create(site.path("public/huge.bin")).unwrap().set_len(8 << 30).unwrap();
    let server = site.start();
    assert!(get(&server, "/large.txt").body == text);
    let part = ask(&server, "GET", "/large.txt", "Range: bytes=80000-239999\r\n");
    assert_eq!(part.status, 206);
    assert!(part.body == text[80_000..240_000]);

    let mut connections: Vec<_> = (0..20).map(|_| server.connect()).collect();
    for connection in &mut connections {
        connection.send("GET /huge.bin HTTP/1.1\r\nHost: a.test\r\n\r\n");
    }
    for connection in &mut connections {
        while !connection.has_received() {
            std::thread::yield_now();
        }
    }
    let last = ask(&server, "GET", "/huge.bin", "Range: bytes=8589934591-\r\n");
    assert_eq!((last.status, last.body.as_str()), (206, "\0"));
    #[cfg(target_os = "linux")]
    assert!(server.peak_memory() < 200 << 20, "{} bytes", server.peak_memory());
}

#[test]
fn a_file_that_becomes_shorter_while_it_is_sent_cuts_the_connection() {
    let site = site();
    let path = site.path("public/shrinking.bin");
    File::create(&path).unwrap().set_len(64 << 20).unwrap();
    let server = site.start();
    let mut connection = server.connect();
    connection.send("GET /shrinking.bin HTTP/1.1\r\nHost: a.test\r\n\r\n");
    while !connection.has_received() {
        std::thread::yield_now();
    }
    File::options().write(true).open(&path).unwrap().set_len(0).unwrap();
    let rest = connection.rest();
    assert!(rest.starts_with("HTTP/1.1 200 ") && rest.len() < 64 << 20, "{}", rest.len());
}

#[test]
fn a_name_with_the_hash_of_the_content_is_kept_for_a_year() {
    let site = site();
    let server = site.start();
    // The first digits of the SHA-256 of `body {}`.
    let current = "/css/app.62368a1a29259b30.css";
    let answer = get(&server, current);
    assert_eq!((answer.status, answer.body.as_str()), (200, "body {}"));
    let kept = "public, max-age=31536000, immutable";
    assert_eq!(header(&answer, "cache-control").as_deref(), Some(kept));
    assert_eq!(header(&answer, "content-type").as_deref(), Some("text/css; charset=utf-8"));
    for (target, status) in [
        ("/css/app.0123456789abcdef.css", 200),
        ("/css/app.62368a1a29259b3.css", 404),
        ("/css/none.62368a1a29259b30.css", 404),
        ("/.62368a1a29259b30.env", 404),
        ("/css/.hidden.62368a1a29259b30.css", 404),
    ] {
        let answer = get(&server, target);
        assert_eq!(answer.status, status, "{target}");
        assert!(header(&answer, "cache-control").is_none_or(|control| control != kept), "{target}");
        assert!(!answer.body.contains("secret"));
    }
    fs::write(site.path("public/css/app.css"), "main {}").unwrap();
    let answer = get(&server, current);
    assert_eq!((answer.status, answer.body.as_str()), (200, "main {}"));
    assert_eq!(header(&answer, "cache-control").as_deref(), Some("no-cache"));
}

#[test]
fn a_date_in_the_future_is_not_sent() {
    let site = site();
    let path = site.path("public/robots.txt");
    let tomorrow = SystemTime::now() + Duration::from_secs(86_400);
    File::options().write(true).open(&path).unwrap().set_modified(tomorrow).unwrap();
    let server = site.start();
    let answer = get(&server, "/robots.txt");
    assert_eq!(answer.status, 200);
    assert_eq!(header(&answer, "last-modified"), None);
}

#[test]
fn a_route_with_a_parameter_does_not_hide_a_file() {
    let site = site();
    fs::create_dir_all(site.path("public/hello/1")).unwrap();
    fs::write(site.path("public/hello/1/a.txt"), "file").unwrap();
    fs::write(site.path("public/hello/1/a"), "file").unwrap();
    let server = site.start();
    assert_eq!(get(&server, "/hello/1/a.txt").body, "file");
    assert_eq!(get(&server, "/hello/1/b.txt").body, "1: b.txt");
    assert_eq!(get(&server, "/hello/1/a").body, "1: a");
}
