//! A server that runs as a process of its own.

use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::servers::{Route, Server};
use crate::visitor::{Response, Visitor};

/// The core that servers run on; the load is on another.
pub const SERVER_CORE: &str = "0";

/// The folders of all servers of a run, removed when it ends and not before: ext4 without a journal looks past every file that was
/// removed in the last minutes when it makes one, which would charge a server for what the one before it left behind.
pub struct Folders;

impl Folders {
    /// Where they are.
    pub fn path() -> PathBuf {
        std::env::temp_dir().join(format!("lunox-bench-{}", std::process::id()))
    }
}

impl Drop for Folders {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(Self::path());
    }
}

/// A running server, with a folder of its own for its sessions.
pub struct Running {
    child: Child,
    /// Where it listens.
    pub address: SocketAddr,
    /// Where it keeps its sessions.
    pub folder: PathBuf,
    /// From its start to its first answer.
    pub started_in: Duration,
}

impl Running {
    /// Starts a server behind `wrapper` (`taskset`, `valgrind`) and waits until it answers.
    ///
    /// # Panics
    /// When it does not.
    pub fn start(server: Server, wrapper: &[&str], threads: usize) -> Self {
        let free = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = free.local_addr().expect("an address");
        drop(free);
        let begun = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let folder = Folders::path().join(format!("{}-{}", server.name(), begun.as_nanos()));
        fs::create_dir_all(&folder).expect("a folder for sessions");
        let program = server.program();
        assert!(program.exists(), "{} is not built; see run.sh", program.display());
        let (first, rest) = wrapper.split_first().expect("a wrapper");
        let mut command = Command::new(first);
        command.args(rest).arg(&program).arg(server.store).arg(address.to_string()).arg(&folder);
        command.arg(threads.to_string()).stdin(Stdio::null()).stdout(Stdio::null());
        let begun = Instant::now();
        let child =
            command.spawn().unwrap_or_else(|error| panic!("cannot start `{first}`: {error}"));
        let mut running = Self { child, address, folder, started_in: Duration::ZERO };
        running.wait_for_answer(begun);
        running
    }

    fn wait_for_answer(&mut self, begun: Instant) {
        while begun.elapsed() < Duration::from_secs(60) {
            if let Ok(status) = self.child.try_wait()
                && let Some(status) = status
            {
                panic!("the server ended: {status}");
            }
            if let Ok(stream) = TcpStream::connect(self.address) {
                Connection::new(stream).ask(&mut Visitor::default(), Route::Hello);
                self.started_in = begun.elapsed();
                return;
            }
            std::thread::sleep(Duration::from_micros(200));
        }
        panic!("the server did not answer within a minute");
    }

    /// Opens a connection.
    pub fn connect(&self) -> Connection {
        Connection::new(TcpStream::connect(self.address).expect("the server listens"))
    }

    /// The processor time that it has used, user and system.
    pub fn cpu(&self) -> (Duration, Duration) {
        let path = Path::new("/proc").join(self.child.id().to_string()).join("stat");
        let stat = fs::read_to_string(path).expect("the server runs");
        // The name in parentheses may hold spaces; utime and stime are the 12th and 13th fields after it.
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split(' ').collect();
        let ticks = |index: usize| fields[index].parse::<u64>().expect("a number of ticks");
        // USER_HZ is 100 on every Linux.
        (Duration::from_millis(ticks(12) * 10), Duration::from_millis(ticks(13) * 10))
    }

    /// How long its main thread could have run and did not, because something else had the core.
    pub fn waited(&self) -> Duration {
        waited(&self.child.id().to_string())
    }

    /// The memory that it holds now, in KiB.
    pub fn memory(&self) -> u64 {
        let path = Path::new("/proc").join(self.child.id().to_string()).join("status");
        let status = fs::read_to_string(path).expect("the server runs");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        line.and_then(|line| line.split_whitespace().next()?.parse().ok()).expect("a size")
    }

    /// Sends the server a signal: `STOP` halts it until `CONT`.
    ///
    /// # Panics
    /// When it is gone.
    pub fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        let told = Command::new("kill").args([&format!("-{name}"), &id]).status();
        assert!(told.is_ok_and(|status| status.success()), "the server was gone already");
    }

    /// Tells the server to end and waits for it; valgrind writes its results then.
    pub fn stop(mut self) {
        self.signal("TERM");
        let _ = self.child.wait();
    }
}

/// How long the main thread of a process, or of `self`, has waited for a processor. Others take work that may wait.
pub fn waited(process: &str) -> Duration {
    let text = fs::read_to_string(Path::new("/proc").join(process).join("schedstat"));
    // A kernel that does not tell has nobody waiting.
    let waited = text.ok().and_then(|text| text.split(' ').nth(1)?.parse().ok());
    Duration::from_nanos(waited.unwrap_or_default())
}

impl Drop for Running {
    fn drop(&mut self) {
        // A check that failed leaves no server behind.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A connection that asks one thing at a time.
pub struct Connection {
    stream: TcpStream,
    out: Vec<u8>,
    bytes: Vec<u8>,
}

impl Connection {
    fn new(stream: TcpStream) -> Self {
        stream.set_nodelay(true).expect("an option of every socket");
        Self { stream, out: Vec::new(), bytes: Vec::new() }
    }

    /// Asks and checks the answer.
    ///
    /// # Panics
    /// When the server does not answer, or wrongly.
    pub fn ask(&mut self, visitor: &mut Visitor, route: Route) {
        visitor.request(route, &mut self.out);
        self.stream.write_all(&self.out).expect("the server reads");
        self.bytes.clear();
        let mut chunk = [0; 4096];
        loop {
            if let Some(response) = Response::parse(&self.bytes) {
                return visitor.receive(route, &response);
            }
            let count = self.stream.read(&mut chunk).expect("the server answers");
            assert!(count > 0, "the server closed the connection");
            self.bytes.extend_from_slice(&chunk[..count]);
        }
    }
}
