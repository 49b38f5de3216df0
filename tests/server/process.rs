//! The program in a folder of its own.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::wire::{Browser, Connection};

/// A key as good as any other, for servers that need one.
pub const APP_KEY: &str = "base64:c2l4dGVlbiBieXRlcyB0d2ljZSBtYWtlIGEga2V5ISE=";

/// The longest that anything here may take on a busy machine.
pub const DEADLINE: Duration = Duration::from_secs(30);

/// The program: the one that was built for the tests, or the one that LUNOX_PROGRAM names.
fn program() -> String {
    std::env::var("LUNOX_PROGRAM").unwrap_or_else(|_| env!("CARGO_BIN_EXE_app").to_owned())
}

/// A folder for an application, and the environment that the program gets there.
pub struct Site {
    folder: TempDir,
    environment: Vec<(String, String)>,
    open_files: Option<[u32; 2]>,
}

impl Site {
    /// A folder with an environment that starts.
    pub fn new() -> Self {
        Self::bare()
            .with("APP_ENV", "local")
            .with("APP_KEY", APP_KEY)
            .with("TRUSTED_HOSTS", "*")
            .with("SESSION_SECURE_COOKIE", "false")
            .with("LOG_LEVEL", "debug")
    }

    /// A folder with no environment at all.
    pub fn bare() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let base = folder.path().to_str().unwrap().to_owned();
        Self { folder, environment: Vec::new(), open_files: None }.with("APP_BASE_PATH", base)
    }

    pub fn with(mut self, variable: &str, value: impl Into<String>) -> Self {
        self.environment.push((variable.to_owned(), value.into()));
        self
    }

    /// How many files the program is started with, and how many it may ask for.
    pub fn open_files(self, soft: u32, hard: u32) -> Self {
        Self { open_files: Some([soft, hard]), ..self }
    }

    pub fn path(&self, below: &str) -> PathBuf {
        self.folder.path().join(below)
    }

    /// The files of all sessions, sorted.
    pub fn session_files(&self) -> Vec<PathBuf> {
        let mut files = Vec::new();
        for folder in listed(&self.path("storage/framework/sessions")) {
            files.extend(listed(&folder));
        }
        files.sort();
        files
    }

    fn command(&self, port: u16) -> Command {
        let program = &*program();
        let mut command = match self.open_files {
            None => Command::new(program),
            Some([soft, hard]) => {
                let limited =
                    format!("ulimit -S -n {soft}; ulimit -H -n {hard}; exec \"$0\" \"$@\"");
                let mut shell = Command::new("/bin/sh");
                shell.args(["-c", &limited, program]);
                shell
            }
        };
        command.args(["serve", "--port", &port.to_string()]).env_clear();
        command.envs(self.environment.iter().cloned()).stdin(Stdio::null());
        command
    }

    /// Runs a command of the program whose output nobody reads to its end, as with `| head`; its exit code.
    pub fn run_unheard(&self, arguments: &[&str]) -> Option<i32> {
        let mut command = Command::new(program());
        command.args(arguments).env_clear().envs(self.environment.iter().cloned());
        let piped = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut guard = KilledOnDrop(piped.spawn().unwrap());
        drop((guard.0.stdout.take(), guard.0.stderr.take()));
        ended(&mut guard.0).code()
    }

    /// Starts the program on a free port.
    pub fn start(&self) -> Server {
        self.start_on(0)
    }

    /// Starts the program and waits until it has said where it listens.
    pub fn start_on(&self, port: u16) -> Server {
        let log = self.path("stderr.log");
        let stderr = File::options().create(true).append(true).open(&log).unwrap();
        let child = self.command(port).stdout(Stdio::piped()).stderr(stderr).spawn().unwrap();
        Server::of(child, log)
    }

    /// Runs the program where it cannot start; its exit code and what it said on standard error.
    pub fn start_in_vain(&self) -> (Option<i32>, String) {
        end_of(self.command(0).stdout(Stdio::null()))
    }

    /// Runs a command of the program that writes to a file; its exit code and what it said on standard error.
    pub fn run_into(&self, file: File, arguments: &[&str]) -> (Option<i32>, String) {
        let mut command = Command::new(program());
        command.args(arguments).env_clear().envs(self.environment.iter().cloned());
        end_of(command.stdin(Stdio::null()).stdout(file))
    }
}

fn end_of(command: &mut Command) -> (Option<i32>, String) {
    let mut guard = KilledOnDrop(command.stderr(Stdio::piped()).spawn().unwrap());
    let status = ended(&mut guard.0);
    let mut said = String::new();
    guard.0.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    (status.code(), said)
}

fn listed(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    entries.map(|entry| entry.unwrap().path()).collect()
}

/// Runs an ignored test of this program as a process of its own, up to the line that names its address.
pub fn start_test(name: &str) -> Server {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("stderr.log");
    let stderr = File::options().create(true).append(true).open(&log).unwrap();
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", name, "--ignored", "--nocapture"]).env("LUNOX_CHILD", "1");
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(stderr);
    let mut server = Server::of(child.spawn().unwrap(), log);
    server._folder = Some(folder);
    server
}

/// A server that runs until it is told to stop or dropped.
pub struct Server {
    child: Child,
    address: SocketAddr,
    log: PathBuf,
    rest_of_stdout: Option<JoinHandle<String>>,
    _folder: Option<TempDir>,
}

impl Server {
    /// A process that will say where it listens.
    fn of(child: Child, log: PathBuf) -> Self {
        // Before anything can fail: the guard ends the process.
        let mut server = Self {
            child,
            address: ([127, 0, 0, 1], 0).into(),
            log,
            rest_of_stdout: None,
            _folder: None,
        };
        let mut stdout = BufReader::new(server.child.stdout.take().unwrap());
        let mut said = String::new();
        server.address = loop {
            let length = stdout.read_line(&mut said).unwrap();
            assert_ne!(length, 0, "it ended; it said {said:?} and {}", server.log());
            if let Some((_, address)) = said.trim_end().rsplit_once("http://") {
                break address.parse().unwrap();
            }
        };
        server.rest_of_stdout = Some(std::thread::spawn(move || {
            let _ = stdout.read_to_string(&mut said);
            said
        }));
        server
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn connect(&self) -> Connection {
        Connection::open(self.address).unwrap()
    }

    /// A browser without cookies.
    pub fn browser(&self) -> Browser {
        Browser::new(self.address)
    }

    /// What it has written to standard error since the folder was made.
    pub fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap()
    }

    /// The most memory that the process has used, in bytes.
    #[cfg(target_os = "linux")]
    pub fn peak_memory(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() << 10
    }

    /// Tells the process to stop, as a service manager does.
    pub fn terminate(&self) {
        let kill = format!("kill -TERM {}", self.child.id());
        assert!(Command::new("/bin/sh").args(["-c", &kill]).status().unwrap().success());
    }

    /// Ends the process in mid-air, as `kill -9` does.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Waits for the end of the process.
    pub fn wait(&mut self) -> ExitStatus {
        ended(&mut self.child)
    }

    /// Everything that a process that has ended wrote to standard output.
    pub fn stdout(&mut self) -> String {
        self.rest_of_stdout.take().unwrap().join().unwrap()
    }

    /// Tells the process to stop and waits until it has; everything that it wrote to standard output.
    pub fn stop(mut self) -> String {
        self.terminate();
        let status = self.wait();
        assert_eq!(status.code(), Some(0), "{}", self.log());
        self.stdout()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It has ended already where a test stopped it.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

struct KilledOnDrop(Child);

impl Drop for KilledOnDrop {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn ended(child: &mut Child) -> ExitStatus {
    let started = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status;
        }
        assert!(started.elapsed() < DEADLINE, "the process did not end");
        std::thread::park_timeout(Duration::from_millis(5));
    }
}
