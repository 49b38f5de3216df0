//! Databases: SQLite always, PostgreSQL and MariaDB on servers that the tests start.

#![cfg(all(feature = "default", feature = "sqlite"))]

#[cfg(any(feature = "postgres", feature = "mysql"))]
#[path = "../servers/mod.rs"]
mod servers;

mod boot;
#[cfg(feature = "mysql")]
mod mariadb;
#[cfg(feature = "postgres")]
mod postgres;
mod sqlite;
