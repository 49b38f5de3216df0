//! The servers that are measured, and the routes.

use std::path::{Path, PathBuf};

/// A server and where it keeps its sessions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Server {
    /// The framework: its feature, and its program without `serve-`.
    pub framework: &'static str,
    /// The first argument of the program.
    pub store: &'static str,
    /// How tables call it.
    pub title: &'static str,
}

const fn server(framework: &'static str, store: &'static str, title: &'static str) -> Server {
    Server { framework, store, title }
}

/// All servers, in the order of the tables.
pub const SERVERS: &[Server] = &[
    server("hyper", "map", "hyper 1, a map in the process"),
    server("lunox", "memory", "**lunox, memory**"),
    server("lunox", "web", "lunox, memory, the whole group `web`"),
    server("axum", "memory", "axum 0.8 + tower-sessions, memory"),
    server("layer", "memory", "axum 0.8 + **lunox's layer**, memory"),
    server("salvo", "memory", "salvo 1, memory"),
    server("poem", "memory", "poem 3, memory"),
    server("actix", "cookie", "actix-web 4 + actix-session, cookie"),
    server("lunox", "cookie", "**lunox, cookie**"),
    server("lunox", "file", "**lunox, file**"),
    server("hyper", "file", "hyper 1, a JSON file rewritten in place under a lock"),
    server("hyper", "rename", "hyper 1, a JSON file written aside and renamed"),
    server("axum", "file", "axum 0.8 + tower-sessions file store"),
];

/// Those that need a store at BENCH_URL, for `bench stores`.
pub const STORES: &[Server] = &[
    server("layer", "redis", "axum 0.8 + **lunox's layer**, Redis"),
    server("tower", "redis", "axum 0.8 + tower-sessions, Redis"),
    server("layer", "postgres", "axum 0.8 + **lunox's layer**, PostgreSQL"),
    server("tower", "postgres", "axum 0.8 + tower-sessions, PostgreSQL"),
    server("layer", "sqlite", "axum 0.8 + **lunox's layer**, SQLite"),
    server("tower", "sqlite", "axum 0.8 + tower-sessions, SQLite"),
];

impl Server {
    /// Its name on the command line and in the baseline: `lunox-memory`.
    pub fn name(self) -> String {
        format!("{}-{}", self.framework, self.store)
    }

    /// Its program, beside this one.
    pub fn program(self) -> PathBuf {
        let here = std::env::current_exe().expect("this program has a path");
        let folder = here.parent().unwrap_or(Path::new("."));
        folder.join(format!("serve-{}", self.framework))
    }

    /// The server of a name.
    pub fn named(name: &str) -> Option<Self> {
        SERVERS.iter().chain(STORES).copied().find(|server| server.name() == name)
    }
}

/// What is asked of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Route {
    /// Nothing but an answer.
    Hello,
    /// A key of a session.
    Read,
    /// One added to a key, and the session stored.
    Add,
    /// A session of eleven keys.
    Make,
}

impl Route {
    /// All routes, in the order of the tables.
    pub const ALL: [Self; 4] = [Self::Hello, Self::Read, Self::Add, Self::Make];

    /// Its path without the slash.
    pub fn name(self) -> &'static str {
        match self {
            Self::Hello => "hello",
            Self::Read => "read",
            Self::Add => "add",
            Self::Make => "make",
        }
    }

    /// How tables call it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Hello => "hello, no session",
            Self::Read => "read a key",
            Self::Add => "add one and store",
            Self::Make => "make a session of 11 keys",
        }
    }

    /// The route of a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|route| route.name() == name)
    }
}
