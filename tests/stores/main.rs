//! Sessions in stores that several processes share, on real servers that the tests start.

#[path = "../layer/asking.rs"]
#[allow(dead_code, reason = "some of it is for the tests of the layer")]
mod asking;
#[cfg(feature = "redis")]
mod boot;
#[cfg(feature = "mysql")]
mod mariadb;
#[cfg(feature = "redis")]
mod outages;
#[cfg(feature = "postgres")]
mod postgres;
#[path = "../server/process.rs"]
#[allow(clippy::unwrap_used, dead_code, reason = "some of it is for the tests of the server")]
mod process;
#[cfg(feature = "redis")]
mod processes;
#[cfg(feature = "redis")]
mod redis;
#[path = "../servers/mod.rs"]
mod servers;
mod sql;
mod sqlite;
#[path = "../server/wire.rs"]
#[allow(clippy::unwrap_used, dead_code, reason = "some of it is for the tests of the server")]
mod wire;
