//! Accounts in tables: SQLite always, PostgreSQL and MariaDB on servers that the tests start.

#![allow(clippy::duplicate_mod, reason = "the suite is compiled for each database")]
#![cfg(all(feature = "default", feature = "auth", feature = "sqlite"))]

mod contract;
#[path = "../session/log.rs"]
mod log;
#[cfg(feature = "mysql")]
mod mariadb;
#[cfg(feature = "postgres")]
mod postgres;
#[path = "../auth/remember.rs"]
mod remember;
#[path = "../auth/reset.rs"]
mod reset;
#[cfg(any(feature = "postgres", feature = "mysql"))]
#[path = "../servers/mod.rs"]
mod servers;
mod sqlite;
mod stores;
#[allow(dead_code, reason = "some of it is for other tests")]
#[path = "../auth/support.rs"]
mod support;
