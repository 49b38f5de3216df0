//! Databases: the pool of the application, migrations, and pages of rows.
//!
//! There is no query builder and no ORM here: queries are written with [sqlx](https://docs.rs/sqlx), on a pool of one
//! database whose type the application chooses. `docs/database.md` is the manual.
//!
//! | feature | type | URL |
//! |---|---|---|
//! | `sqlite` | `sqlx::Sqlite` | `sqlite://storage/blog.sqlite`; without one, `storage/database.sqlite` |
//! | `postgres` | `sqlx::Postgres` | `postgres://user:password@host/blog` |
//! | `mysql` | `sqlx::MySql` | `mysql://user:password@host/blog`, for MariaDB too |
//!
//! [`DatabaseConfig::of`] takes the type, `DatabaseServiceProvider` opens the pool, and [`pool`](crate::pool) is that
//! pool from anywhere. `app/db.rs` of a project names the type once:
//!
#![cfg_attr(feature = "sqlite", doc = "```")]
#![cfg_attr(not(feature = "sqlite"), doc = "```ignore")]
//! use lunox::prelude::*;
//!
//! pub type Db = sqlx::Sqlite;
//!
//! #[track_caller]
//! pub fn db() -> &'static sqlx::Pool<Db> {
//!     lunox::pool()
//! }
//!
//! async fn store(req: HttpRequest) -> Result {
//!     let title = req.string("title");
//!     sqlx::query("insert into posts (title) values (?)").bind(title).execute(db()).await?;
//!     Ok(redirect("/posts").into_response())
//! }
//! ```

mod backend;
mod config;
mod connections;
mod migrate;
mod migrations;
#[cfg(feature = "mysql")]
mod mysql;
mod page;
#[cfg(feature = "postgres")]
mod postgres;
mod rows;
#[cfg(feature = "sqlite")]
mod sqlite;
mod target;

pub use backend::{Backend, Driver};
pub use config::DatabaseConfig;
pub(crate) use config::ForTests;
pub use connections::Ping;
pub(crate) use connections::{Connections, SharedPool};
pub(crate) use migrate::{Entry, State, problem};
pub use migrations::Migrations;
pub(crate) use migrations::Script;
pub use page::{Link, Page, Paginated};
#[cfg(feature = "auth")]
pub(crate) use rows::Value;
#[doc(hidden)]
pub use rows::{Rows, Statement};
pub(crate) use target::Target;
