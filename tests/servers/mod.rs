//! Real servers for tests: each in a temporary folder, reached by a socket there, killed when it is dropped.
//!
//! They are Debian's programs, of the packages `postgresql`, `mariadb-server` and `redis-server`. Neither runs as root: they run as
//! `nobody` if the tests do.

#![allow(dead_code, reason = "each target that includes this uses some of it")]

use std::io::{BufRead, BufReader};
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

pub mod proxy;

/// The password of the servers' user.
pub const PASSWORD: &str = "s3cret";

/// A PostgreSQL server.
pub struct Postgres(Server);

impl Postgres {
    /// Starts a server and waits until it answers.
    pub fn start() -> Self {
        let programs = newest("/usr/lib/postgresql");
        let folder = folder();
        let data = folder.path().join("data");
        let password = folder.path().join("password");
        std::fs::write(&password, PASSWORD).expect("written");
        give(&password);
        let mut init = Command::new(programs.join("bin/initdb"));
        init.arg("--pgdata").arg(&data).arg("--pwfile").arg(&password);
        // Plain text: in a debug build, to hash a password for each connection takes longer than some tests wait.
        init.args(["--username=lunox", "--auth=password", "--encoding=UTF8"]);
        run(init.args(["--locale=C", "--no-sync"]), folder.path());
        Self(Self::start_in(folder))
    }

    fn start_in(folder: tempfile::TempDir) -> Server {
        let mut server = Command::new(newest("/usr/lib/postgresql").join("bin/postgres"));
        server.arg("-D").arg(folder.path().join("data")).arg("-k").arg(folder.path());
        server.args(["-F", "-c", "listen_addresses="]);
        Server::start(server, folder, "ready to accept connections")
    }

    /// The URL of its database `postgres`.
    pub fn url(&self) -> String {
        Self::url_in(self.0.folder())
    }

    /// The URL of that database for a socket in another folder.
    pub fn url_in(folder: &Path) -> String {
        let folder = folder.display().to_string().replace('/', "%2F");
        format!("postgres://lunox:{PASSWORD}@{folder}/postgres")
    }

    /// The name of its socket.
    pub const SOCKET: &str = ".s.PGSQL.5432";
}

/// A MariaDB server.
pub struct MariaDb(Server);

impl MariaDb {
    /// Starts a server and waits until it answers.
    pub fn start() -> Self {
        let folder = folder();
        let data = format!("--datadir={}", folder.path().join("data").display());
        let users = folder.path().join("users.sql");
        let sql = format!(
            "create user 'lunox'@'localhost' identified by '{PASSWORD}';\ngrant all on *.* to 'lunox'@'localhost';\n"
        );
        std::fs::write(&users, sql).expect("written");
        give(&users);
        let mut init = Command::new("mariadb-install-db");
        init.args(["--no-defaults", "--skip-test-db", "--auth-root-authentication-method=normal"]);
        run(init.arg(&data), folder.path());
        Self(Self::start_in(folder, Some(users)))
    }

    fn start_in(folder: tempfile::TempDir, users: Option<PathBuf>) -> Server {
        let mut server = Command::new("/usr/sbin/mariadbd");
        // What was acknowledged survives the end of the process, but not of the machine.
        server.args(["--no-defaults", "--skip-networking", "--innodb-flush-log-at-trx-commit=2"]);
        server.arg(format!("--datadir={}", folder.path().join("data").display()));
        server.arg(format!("--socket={}", folder.path().join(Self::SOCKET).display()));
        server.args(users.map(|users| format!("--init-file={}", users.display())));
        Server::start(server, folder, "ready for connections")
    }

    /// The URL of its database `mysql`.
    pub fn url(&self) -> String {
        Self::url_in(self.0.folder())
    }

    /// The URL of that database for a socket in another folder.
    pub fn url_in(folder: &Path) -> String {
        let socket = folder.join(Self::SOCKET).display().to_string();
        format!("mysql://lunox:{PASSWORD}@localhost/mysql?socket={}", socket.replace('/', "%2F"))
    }

    /// The name of its socket.
    pub const SOCKET: &str = "socket";
}

/// A Redis server that keeps what it acknowledged.
pub struct Redis(Server);

impl Redis {
    /// Starts a server and waits until it answers.
    pub fn start() -> Self {
        Self(Self::start_in(folder()))
    }

    fn start_in(folder: tempfile::TempDir) -> Server {
        let mut server = Command::new("/bin/sh");
        // It writes its log to standard output.
        server.args(["-c", "exec redis-server --port 0 --unixsocket socket --appendonly yes --appendfsync always --maxmemory-policy noeviction --save '' >&2"]);
        Server::start(server, folder, "ready to accept connections")
    }

    /// Starts a server that speaks TLS alone, on a free port; its URL, and the file with the authority to trust.
    pub fn start_with_tls() -> (Self, String, PathBuf) {
        let folder = folder();
        let mut certificate = Command::new("openssl");
        certificate.args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]);
        certificate.args(["-nodes", "-days", "2", "-subj", "/CN=localhost", "-keyout", "key.pem"]);
        run(
            certificate.args([
                "-addext",
                "subjectAltName=DNS:localhost",
                "-out",
                "cert.pem",
                "-addext",
                "basicConstraints=critical,CA:FALSE",
            ]),
            folder.path(),
        );
        let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = free.local_addr().expect("an address").port();
        drop(free);
        let mut server = Command::new("/bin/sh");
        let options = "--port 0 --tls-cert-file cert.pem --tls-key-file key.pem --tls-auth-clients no --save '' --maxmemory-policy noeviction";
        server.args(["-c", &format!("exec redis-server --tls-port {port} {options} >&2")]);
        let trusted = folder.path().join("cert.pem");
        let server = Server::start(server, folder, "eady to accept connections");
        (Self(server), format!("rediss://localhost:{port}"), trusted)
    }

    /// The URL of its socket.
    pub fn url(&self) -> String {
        Self::url_in(self.0.folder())
    }

    /// The URL of a socket in another folder.
    pub fn url_in(folder: &Path) -> String {
        format!("redis+unix://{}", folder.join(Self::SOCKET).display())
    }

    /// The name of its socket.
    pub const SOCKET: &str = "socket";

    /// Changes one of its settings.
    pub fn configure(&self, name: &str, value: &str) {
        let mut command = Command::new("redis-cli");
        command.arg("-s").arg(self.0.folder().join("socket"));
        run(command.args(["CONFIG", "SET", name, value]), self.0.folder());
    }
}

/// What can be done to each.
macro_rules! can_fail {
    ($server:ty, $start:expr) => {
        impl $server {
            /// The folder of its socket.
            pub fn folder(&self) -> &Path {
                self.0.folder()
            }

            /// Ends the server, as a crash does.
            pub fn stop(&mut self) {
                self.0.crash();
            }

            /// Starts it again where it was.
            pub fn restart(&mut self) {
                self.0.crash();
                let place = std::mem::replace(&mut self.0.folder, folder());
                self.0 = $start(place);
            }

            /// Stops its processes without ending them: connections stay open and nothing is answered.
            pub fn pause(&self) {
                self.0.signal("STOP");
            }

            /// Lets them go on.
            pub fn resume(&self) {
                self.0.signal("CONT");
            }
        }
    };
}

can_fail!(Postgres, Postgres::start_in);
can_fail!(MariaDb, |folder| MariaDb::start_in(folder, None));
can_fail!(Redis, Redis::start_in);

/// A process that runs for as long as this value lives.
pub struct Server {
    process: Child,
    folder: tempfile::TempDir,
}

impl Server {
    /// Starts a process and reads its standard error until a line contains `ready`.
    pub fn start(mut command: Command, folder: tempfile::TempDir, ready: &str) -> Self {
        demote(&mut command, folder.path());
        let command = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let process = command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
        // Before anything can panic: dropped, it ends the process.
        let mut server = Self { process, folder };
        let mut log = BufReader::new(server.process.stderr.take().expect("piped")).lines();
        let mut said = String::new();
        loop {
            let Some(Ok(line)) = log.next() else { panic!("{command:?} ended:\n{said}") };
            said.push_str(&line);
            said.push('\n');
            if line.contains(ready) {
                break;
            }
        }
        // A full pipe would stop it.
        std::thread::spawn(move || log.for_each(drop));
        server
    }

    /// The folder in which it keeps its files.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Sends a signal to the process and to those that it has started.
    fn signal(&self, signal: &str) {
        let id = self.process.id();
        let children = std::fs::read_to_string(format!("/proc/{id}/task/{id}/children"));
        // A child may have ended by then, as PostgreSQL's do when it ends.
        let children = children.unwrap_or_default();
        let kill = format!("kill -{signal} {id} && {{ kill -{signal} {children} 2>&-; true; }}");
        let status = Command::new("/bin/sh").args(["-c", &kill]).status().expect("a shell");
        assert!(status.success());
    }

    /// Ends the process and those that it has started, and waits until nothing of them is left.
    fn crash(&mut self) {
        if matches!(self.process.try_wait(), Ok(None)) {
            self.signal("QUIT");
        }
        // Where the tests run in the background of a shell, the signal is ignored.
        let patience = std::time::Instant::now() + std::time::Duration::from_secs(2);
        while matches!(self.process.try_wait(), Ok(None)) {
            if std::time::Instant::now() > patience {
                self.signal("KILL");
                break;
            }
            std::thread::yield_now();
        }
        let _ = self.process.wait();
    }

    /// Ends the process at once.
    pub fn kill(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A folder that the server may write to.
pub fn folder() -> tempfile::TempDir {
    // Not TMPDIR: the path of a socket has at most 107 bytes.
    let folder = tempfile::tempdir_in("/tmp").expect("a folder");
    give(folder.path());
    folder
}

const NOBODY: u32 = 65534;

fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}

/// Gives a file to the user that servers run as.
pub fn give(path: &Path) {
    if is_root() {
        std::os::unix::fs::chown(path, Some(NOBODY), Some(NOBODY)).expect("root may");
    }
}

fn demote(command: &mut Command, folder: &Path) {
    command.current_dir(folder).env("HOME", folder).env("TZ", "UTC").env("TMPDIR", folder);
    if is_root() {
        command.uid(NOBODY).gid(NOBODY);
    }
}

fn run(command: &mut Command, folder: &Path) {
    demote(command, folder);
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{command:?}: {said}");
}

/// The folder of the highest version.
fn newest(folder: &str) -> PathBuf {
    let entries = std::fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("{folder}: {error}; apt-get install postgresql"));
    let version = |path: &PathBuf| path.file_name()?.to_str()?.parse::<u32>().ok();
    let paths = entries.flatten().map(|entry| entry.path());
    paths.max_by_key(version).expect("a version of PostgreSQL")
}
