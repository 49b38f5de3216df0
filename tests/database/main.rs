//! Databases: SQLite always, PostgreSQL and MariaDB on servers that the tests start.

#![allow(clippy::duplicate_mod, reason = "the suite is compiled for each database")]
#![cfg(all(feature = "default", feature = "sqlite"))]

#[cfg(any(feature = "postgres", feature = "mysql"))]
#[path = "../servers/mod.rs"]
mod servers;

mod boot;
#[cfg(feature = "mysql")]
mod mariadb;
mod pages;
#[cfg(feature = "postgres")]
mod postgres;
mod sqlite;
