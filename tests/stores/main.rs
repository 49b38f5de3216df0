//! Sessions in stores that several processes share, on real servers that the tests start.
//!
//! SQLite and Redis always; the tests of PostgreSQL and MariaDB are ignored, because their servers take seconds to start.

mod app;
#[path = "../layer/asking.rs"]
#[allow(dead_code, reason = "some of it is for the tests of the layer")]
mod asking;
#[cfg(feature = "redis")]
mod boot;
#[cfg(any(feature = "redis", feature = "postgres", feature = "mysql"))]
mod lost;
#[cfg(feature = "mysql")]
mod mariadb;
#[cfg(feature = "postgres")]
mod postgres;
#[path = "../server/process.rs"]
#[allow(clippy::unwrap_used, dead_code, reason = "some of it is for the tests of the server")]
mod process;
mod processes;
#[cfg(feature = "redis")]
mod redis;
#[cfg(all(feature = "mysql", feature = "postgres", feature = "redis"))]
mod scaffolded;
#[path = "../servers/mod.rs"]
mod servers;
mod sql;
mod sqlite;
mod store;
mod suite;
mod tables;
#[path = "../server/wire.rs"]
#[allow(clippy::unwrap_used, dead_code, reason = "some of it is for the tests of the server")]
mod wire;
