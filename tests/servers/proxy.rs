//! A proxy in front of a server's socket, which can lose a request or an answer.

use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};

const PASS: u8 = 0;
const LOSE_REQUEST: u8 = 1;
const LOSE_ANSWER: u8 = 2;

/// Passes on what clients and the server say.
#[derive(Clone)]
pub struct Proxy(Arc<State>);

struct State {
    folder: tempfile::TempDir,
    /// What happens to the next request.
    next: AtomicU8,
    /// How many requests have come.
    requests: AtomicUsize,
}

impl Proxy {
    /// A proxy whose socket has the name of the server's, in a folder of its own.
    pub fn start(server: &Path, socket: &str) -> Self {
        let folder = super::folder();
        let listener = UnixListener::bind(folder.path().join(socket)).expect("a socket");
        let server = server.join(socket);
        let state = State { folder, next: AtomicU8::new(PASS), requests: AtomicUsize::new(0) };
        let proxy = Self(Arc::new(state));
        let accepting = proxy.clone();
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                if let Ok(server) = UnixStream::connect(&server) {
                    accepting.serve(client, server);
                }
            }
        });
        proxy
    }

    pub fn folder(&self) -> &Path {
        self.0.folder.path()
    }

    /// The next request does not reach the server, and its connection ends.
    pub fn lose_request(&self) {
        self.0.next.store(LOSE_REQUEST, Ordering::SeqCst);
    }

    /// The server carries out the next request, and its connection ends before the answer arrives.
    pub fn lose_answer(&self) {
        self.0.next.store(LOSE_ANSWER, Ordering::SeqCst);
    }

    /// How many requests have come so far, lost ones included.
    pub fn requests(&self) -> usize {
        self.0.requests.load(Ordering::SeqCst)
    }

    fn serve(&self, client: UnixStream, server: UnixStream) {
        let loses = Arc::new(AtomicU8::new(PASS));
        let both =
            || (client.try_clone().expect("a handle"), server.try_clone().expect("a handle"));
        let ((mut from, mut to), (mut back, mut answers)) = (both(), both());
        let (proxy, lost) = (self.clone(), Arc::clone(&loses));
        std::thread::spawn(move || {
            pass(&mut from, &mut to, || {
                proxy.0.requests.fetch_add(1, Ordering::SeqCst);
                let fate = proxy.0.next.swap(PASS, Ordering::SeqCst);
                lost.store(fate, Ordering::SeqCst);
                fate != LOSE_REQUEST
            });
        });
        std::thread::spawn(move || {
            pass(&mut answers, &mut back, || loses.load(Ordering::SeqCst) != LOSE_ANSWER);
        });
    }
}

/// Passes on what one side says, until it ends or a piece is lost, which ends both.
fn pass(from: &mut UnixStream, to: &mut UnixStream, goes_on: impl Fn() -> bool) {
    let mut piece = [0; 65536];
    while let Ok(length @ 1..) = from.read(&mut piece) {
        if !goes_on() || to.write_all(&piece[..length]).is_err() {
            break;
        }
    }
    let _ = from.shutdown(Shutdown::Both);
    let _ = to.shutdown(Shutdown::Both);
}
