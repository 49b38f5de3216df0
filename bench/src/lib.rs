//! What all servers have in common: how they are started, and what they keep in a session.
//!
//! Each answers the same routes. `/hello` has no session; `/make` makes one of eleven keys; `/read` answers with one
//! of its keys; `/add` adds one to another, stores the session and answers with the sum.

use std::future::Future;
use std::net::SocketAddr;
use std::path::PathBuf;

use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};

/// What `/hello` and `/make` answer.
pub const HELLO: &str = "hello";
/// The key that `/read` answers with.
pub const READ: &str = "name";
/// The key that `/add` adds to.
pub const ADD: &str = "count";

/// The keys of a session, about 300 bytes of JSON.
pub fn keys() -> [(&'static str, Value); 11] {
    [
        ("user", json!(4711)),
        (READ, json!("Ada Lovelace")),
        ("email", json!("ada.lovelace@example.com")),
        ("locale", json!("en_GB")),
        ("theme", json!("dark")),
        ("seen", json!("2026-01-31T12:34:56Z")),
        ("intended", json!("/account/orders?page=2")),
        ("cart", json!([1003, 2017, 4242])),
        ("roles", json!(["customer", "editor"])),
        ("csrf", json!("Zt8vHq3mYxJbN5wLr2KdPfUeCgAoSi7T4nQ1hX0B")),
        (ADD, json!(0)),
    ]
}

/// How a server is started: `serve-NAME STORE ADDRESS FOLDER [THREADS]`.
pub struct Args {
    /// Where sessions are kept.
    pub store: String,
    /// Where to listen.
    pub address: SocketAddr,
    /// For stores that keep files.
    pub folder: PathBuf,
    /// Worker threads; 0 answers everything on the main thread.
    pub threads: usize,
}

impl Args {
    /// Reads the arguments of this process.
    ///
    /// # Panics
    /// When they are not as they should be.
    pub fn read() -> Self {
        let mut args = std::env::args().skip(1);
        let mut next = |what: &str| {
            args.next()
                .unwrap_or_else(|| panic!("{what} is missing: STORE ADDRESS FOLDER [THREADS]"))
        };
        let store = next("STORE");
        let address = next("ADDRESS").parse().expect("ADDRESS is an address and a port");
        let folder = next("FOLDER").into();
        let threads = args.next().map_or(0, |text| text.parse().expect("THREADS is a number"));
        Self { store, address, folder, threads }
    }

    /// The runtime that all servers but actix-web's use.
    pub fn runtime(&self) -> Runtime {
        let mut builder = match self.threads {
            0 => Builder::new_current_thread(),
            _ => Builder::new_multi_thread(),
        };
        builder.worker_threads(self.threads.max(1)).enable_all().build().expect("a runtime")
    }

    /// Listens and serves.
    pub fn serve<F: Future>(self, server: impl FnOnce(TcpListener, Self) -> F) {
        let runtime = self.runtime();
        runtime.block_on(async {
            let listener = TcpListener::bind(self.address).await.expect("the address is free");
            server(listener, self).await;
        });
    }
}
