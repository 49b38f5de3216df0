//! What bodies cost in memory: the peak of a server in a process of its own.
//!
//! This binary is its own child: the test named `child` does nothing unless the environment says otherwise.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use lunox::prelude::*;
use lunox::server::{ServerConfig, serve};
use lunox::testing::TestApp;
use tokio::net::TcpListener;

const CHILD: &str = "LUNOX_MEMORY_CHILD";
const FILES: &str = "LUNOX_MEMORY_FILES";

/// Largest body that is accepted by default.
const LARGEST: usize = 2 << 20;

#[test]
fn child() {
    if std::env::var_os(CHILD).is_some() {
        tokio::runtime::Runtime::new().expect("a runtime").block_on(serve_for_ever());
    }
}

async fn serve_for_ever() {
    let files = std::path::PathBuf::from(std::env::var_os(FILES).expect("a folder"));
    let app = TestApp::new()
        .session(move |session| {
            session.driver = "file".to_owned();
            session.files = files;
        })
        .routes(|route| {
            route.post("/form", async || back().with_input());
            route.post("/fill", async |req: HttpRequest| {
                req.session().put("cart", "x".repeat((1 << 20) - 100));
            });
            route.post("/read", async |req: HttpRequest| {
                req.session().get::<String>("cart").map_or(0, |cart| cart.len()).to_string()
            });
            route.post("/stats", async || -> Result {
                let manager = app().make::<SessionManager>()?;
                let listed = manager.list().await?.unwrap_or_default().len();
                Ok(format!("{listed} of {}", manager.stats().await?.living).into_response())
            });
        });
    let client = app.client().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    println!("\nlistens on {}", listener.local_addr().expect("an address"));
    let config = ServerConfig::default();
    serve(client.app().clone(), listener, &config, std::future::pending()).await;
}

struct Server {
    process: Child,
    address: SocketAddr,
    _files: tempfile::TempDir,
}

impl Server {
    fn start() -> Self {
        let files = tempfile::tempdir().expect("a folder");
        let mut process = Command::new(std::env::current_exe().expect("this test has a path"))
            .args(["--exact", "memory::child", "--nocapture"])
            .env(CHILD, "1")
            .env(FILES, files.path())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the child starts");
        let said = BufReader::new(process.stdout.take().expect("it is piped"));
        let address = said
            .lines()
            .find_map(|line| line.expect("text").strip_prefix("listens on ")?.parse().ok())
            .expect("it says where it listens");
        Self { process, address, _files: files }
    }

    /// Sends ten requests at once; their statuses.
    fn send(&self, path: &str, content_type: &str, body: &[u8]) -> Vec<u16> {
        let answers = self.ask(10, path, &format!("Content-Type: {content_type}\r\n"), body);
        let status = |answer: &String| answer.split(' ').nth(1)?.parse().ok();
        answers.iter().map(|answer| status(answer).unwrap_or_default()).collect()
    }

    /// Sends requests at once; what was answered.
    fn ask(&self, count: usize, path: &str, headers: &str, body: &[u8]) -> Vec<String> {
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: a.test\r\nOrigin: http://a.test\r\n{headers}Content-Length: {}\r\n\
             Connection: close\r\n\r\n",
            body.len()
        );
        let once = || {
            let mut connection = TcpStream::connect(self.address).expect("connects");
            connection.set_read_timeout(Some(Duration::from_secs(60))).expect("is set");
            connection.write_all(&[head.as_bytes(), body].concat()).expect("sends");
            let mut answer = String::new();
            connection.read_to_string(&mut answer).expect("an answer");
            answer
        };
        std::thread::scope(|scope| {
            let clients: Vec<_> = (0..count).map(|_| scope.spawn(once)).collect();
            clients.into_iter().map(|client| client.join().expect("it ends")).collect()
        })
    }

    /// The largest amount of memory that the process has had, in MiB.
    fn peak(&self) -> usize {
        let path = format!("/proc/{}/status", self.process.id());
        let status = std::fs::read_to_string(path).expect("Linux says it");
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = peak.and_then(|peak| peak.trim().strip_suffix(" kB")?.parse::<usize>().ok());
        kib.expect("a number") >> 10
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.process.kill().expect("it can be killed");
        self.process.wait().expect("it ends");
    }
}

/// A list of as many of these members as a body holds.
fn list(member: &str) -> Vec<u8> {
    let members = vec![member; (LARGEST - 8) / (member.len() + 1)];
    format!("{{\"a\":[{}]}}", members.join(",")).into_bytes()
}

#[test]
fn ten_bodies_at_once_take_a_few_times_their_length() {
    let server = Server::start();
    println!("at rest: {} MiB", server.peak());
    let tiny = list(r#"{"a":1}"#);
    // 4,800 objects of one member.
    let allowed = list(&format!(r#"{{"a":"{}"}}"#, "x".repeat(425)));
    let text = "x".repeat(LARGEST / 2);
    let part = |name: &str| {
        format!("--b\r\nContent-Disposition: form-data; name={name}\r\n\r\n{text}\r\n")
    };
    let fields: String = ('a'..='s').map(|name| part(&name.to_string())).collect();
    let fields = format!("{fields}--b--\r\n");
    let (json, multipart) = ("application/json", "multipart/form-data; boundary=b");
    let cases = [
        ("JSON to no route", "/nowhere", json, tiny.as_slice(), 404),
        ("a form to no route", "/nowhere", multipart, fields.as_bytes(), 404),
        ("JSON of tiny members", "/form", json, &tiny, 413),
        ("a form of 19 MiB of text", "/form", multipart, fields.as_bytes(), 413),
        ("JSON that is kept as old input", "/form", json, &allowed, 302),
    ];
    for (name, path, content_type, body, status) in cases {
        let statuses = server.send(path, content_type, body);
        println!("{name}: {} MiB, {statuses:?}", server.peak());
        assert_eq!(statuses, [status; 10], "{name}");
    }
    assert!(server.peak() < 256, "{} MiB", server.peak());
}

/// Sixty reads of a session of the largest size at once, and a store of forty such sessions.
#[test]
fn large_sessions_take_a_few_times_their_size() {
    let server = Server::start();
    let filled = server.ask(40, "/fill", "", b"");
    let cookie = |answer: &String| {
        let header = answer.lines().find_map(|line| line.strip_prefix("set-cookie: lunox_"))?;
        Some(format!("Cookie: lunox_{}\r\n", header.split(';').next()?))
    };
    let cookie = filled.first().and_then(cookie).expect("a session");
    println!("40 sessions made: {} MiB", server.peak());
    for answer in server.ask(60, "/read", &cookie, b"") {
        assert!(answer.ends_with("\r\n\r\n1048476"), "{answer}");
    }
    println!("60 reads at once: {} MiB", server.peak());
    let stats = server.ask(1, "/stats", "", b"");
    assert!(stats[0].ends_with("40 of 40"), "{stats:?}");
    println!("listed and counted: {} MiB", server.peak());
    assert!(server.peak() < 256, "{} MiB", server.peak());
}
