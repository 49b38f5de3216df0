//! What `docs/deployment.md` says to do, done: its files for nginx and systemd are run as they stand there.

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::Instant;

use crate::process::{DEADLINE, Site};

const PAGE: &str = include_str!("../../docs/deployment.md");

/// The block of a language in the page.
fn block(language: &str) -> &'static str {
    let (_, rest) = PAGE.split_once(&format!("```{language}\n")).unwrap();
    rest.split_once("```").unwrap().0
}

fn run(program: &str, arguments: &[&str]) -> Output {
    let output = Command::new(program).args(arguments).stdin(Stdio::null()).output();
    let output = output.unwrap_or_else(|error| panic!("{program}: {error}"));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program} {arguments:?}: {said}");
    output
}

/// nginx in a folder of its own, in front of a server. Ended when it is dropped.
struct Nginx {
    child: Child,
    folder: tempfile::TempDir,
    port: u16,
}

impl Nginx {
    fn before(server: std::net::SocketAddr) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        let request = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1"];
        let names = ["-subj", "/CN=blog.example", "-addext", "subjectAltName=DNS:blog.example"];
        let (key, certificate) = (path("key.pem"), path("cert.pem"));
        let files = ["-keyout", &key, "-out", &certificate];
        run("openssl", &[request.as_slice(), &names, &files].concat());

        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let server = block("nginx")
            .replace("listen 443 ssl;", &format!("listen 127.0.0.1:{port} ssl;"))
            .replace("/etc/ssl/blog.crt", &certificate)
            .replace("/etc/ssl/blog.key", &key)
            .replace("127.0.0.1:8000", &server.to_string());
        let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map(|kind| format!("{kind}_temp_path {};\n", path(kind)))
            .concat();
        let config = format!(
            "daemon off;\npid {};\nerror_log stderr;\nevents {{}}\nhttp {{\naccess_log off;\n{temporary}{server}}}\n",
            path("pid"),
        );
        fs::write(folder.path().join("nginx.conf"), config).unwrap();
        let child = Command::new("/usr/sbin/nginx")
            .args(["-p", folder.path().to_str().unwrap(), "-c", &path("nginx.conf")])
            .stdin(Stdio::null())
            .spawn()
            .unwrap();
        let nginx = Self { child, folder, port };
        let patience = Instant::now() + DEADLINE;
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(Instant::now() < patience, "nginx does not listen");
            std::thread::yield_now();
        }
        nginx
    }

    /// What curl prints, head included, for a path and further arguments. Cookies are kept from one call to the next.
    fn curl(&self, path: &str, arguments: &[&str]) -> String {
        let below = |name: &str| self.folder.path().join(name).to_str().unwrap().to_owned();
        let (jar, certificate) = (below("jar"), below("cert.pem"));
        let resolve = format!("blog.example:{}:127.0.0.1", self.port);
        let url = format!("{}{path}", self.origin());
        let fixed = ["-sS", "-i", "-c", &jar, "-b", &jar, "--cacert", &certificate];
        let output =
            run("curl", &[&fixed, ["--resolve", &resolve, &url].as_slice(), arguments].concat());
        String::from_utf8(output.stdout).unwrap()
    }

    fn origin(&self) -> String {
        format!("https://blog.example:{}", self.port)
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // Its workers end with it.
        let _ = Command::new("kill").arg(self.child.id().to_string()).status();
        let _ = self.child.wait();
    }
}

#[test]
#[ignore = "needs nginx, openssl and curl; .ci/run installs them"]
fn behind_nginx_cookies_are_secure_and_addresses_are_the_visitors() {
    let site = Site::new()
        .with("APP_ENV", "production")
        .with("APP_DEBUG", "false")
        .with("APP_URL", "https://blog.example")
        .with("TRUSTED_HOSTS", "blog.example")
        .with("TRUSTED_PROXIES", "127.0.0.1")
        .with("SESSION_SECURE_COOKIE", "true");
    let server = site.start();
    let nginx = Nginx::before(server.address());

    let first = nginx.curl("/", &[]);
    assert!(first.starts_with("HTTP/1.1 200"), "{first}");
    assert!(first.contains("__Host-lunox_session=") && first.contains("Secure"), "{first}");
    assert!(first.to_ascii_lowercase().contains("strict-transport-security"), "{first}");

    // A form of the site itself passes, and its redirect stays on https.
    let origin = nginx.origin();
    let stored = nginx.curl(
        "/session",
        &["-H", &format!("Origin: {origin}"), "-d", "key=name", "-d", "value=Ada"],
    );
    assert!(stored.starts_with("HTTP/1.1 302"), "{stored}");
    let page = nginx.curl("/", &[]);
    assert!(page.contains("Ada"), "{page}");

    // A form of another site does not, and nobody chooses an address for himself.
    let forged = nginx.curl("/session", &["-H", "Origin: https://evil.test", "-d", "key=a"]);
    assert!(forged.starts_with("HTTP/1.1 419"), "{forged}");
    nginx.curl("/spoofed", &["-H", "X-Forwarded-For: 6.6.6.6", "-H", "X-Forwarded-Proto: http"]);
    let unknown = run(
        "curl",
        &["-sS", "-i", "-H", "Host: evil.test", &format!("http://{}/", server.address())],
    );
    assert!(unknown.stdout.starts_with(b"HTTP/1.1 421"));
    server.stop();
    let log = fs::read_to_string(site.path("stderr.log")).unwrap();
    assert!(log.contains("spoofed") && !log.contains("6.6.6.6"), "{log}");
}

#[test]
#[ignore = "needs systemd-analyze; .ci/run installs it"]
fn systemd_accepts_the_unit() {
    let folder = tempfile::tempdir().unwrap();
    let unit = folder.path().join("blog.service");
    let file = block("ini")
        .replace("/opt/blog/app", env!("CARGO_BIN_EXE_app"))
        .replace("/opt/blog", folder.path().to_str().unwrap());
    fs::write(&unit, file).unwrap();
    verify(&unit, true);

    // The check finds an option that does not exist.
    fs::write(&unit, block("ini").replace("ReadWritePaths", "WritePaths")).unwrap();
    verify(&unit, false);
}

fn verify(unit: &Path, accepted: bool) {
    let output = Command::new("systemd-analyze").arg("verify").arg(unit).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    // A misspelt option is only a warning, so nothing may be said about the unit at all.
    let silent = !said.contains("blog.service");
    assert_eq!(output.status.success() && silent, accepted, "{said}");
}
