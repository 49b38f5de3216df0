//! The drivers that come with the engine.
//!
//! - [`MemoryDriver`] keeps sessions in this process: for tests, and for one process that may forget.
//! - [`FileDriver`] keeps one file a session: for one machine, any number of processes.
//!
#![cfg_attr(
    feature = "redis",
    doc = "- [`RedisDriver`] keeps sessions in Redis or Valkey: for several machines."
)]
#![cfg_attr(
    feature = "database",
    doc = "- [`SqlDriver`] keeps sessions in a database: SQLite for one machine, PostgreSQL, MySQL or MariaDB for several."
)]
//!
//! All pass the contract suite of [`lunox::testing`](crate::testing), and a driver of your own should
//! too.

mod budget;
mod driver;
mod erased;
mod error;
mod file;
mod memory;
#[cfg(feature = "redis")]
mod redis;
mod sealed;
#[cfg(feature = "database")]
mod sql;
#[cfg(any(feature = "redis", feature = "database"))]
mod stamp;
mod timed;
mod versions;

pub(crate) use budget::share_time;
pub(crate) use driver::BATCH_BYTES;
pub use driver::{Batch, Cursor, Listed, Outcome, Rotation, SessionDriver, Stored};
pub(crate) use erased::ErasedDriver;
pub use error::DriverError;
pub use file::FileDriver;
#[cfg(all(any(test, fuzzing), feature = "uploads"))]
pub(crate) use file::file_of_any_bytes;
pub(crate) use file::note_key;
pub use memory::MemoryDriver;
#[cfg(feature = "redis")]
pub use redis::RedisDriver;
pub(crate) use sealed::SealedDriver;
#[cfg(all(feature = "database", feature = "console"))]
pub(crate) use sql::schema_of;
#[cfg(feature = "database")]
pub use sql::{Dialect, SqlDriver};
pub(crate) use timed::TimedDriver;

use std::path::Path;
use std::sync::Arc;

use super::SessionConfig;
use crate::error::BoxError;
use crate::support::BoxFuture;

/// A driver made from the configuration, not known by type.
pub struct BoxDriver {
    pub(crate) driver: Arc<dyn ErasedDriver>,
    pub(crate) check: Option<Check>,
}

/// What the boot asks of a store: whether it can be reached and is as it should be.
pub(crate) type Check = Box<dyn Fn() -> BoxFuture<'static, Result<(), BoxError>> + Send + Sync>;

impl BoxDriver {
    /// Wraps a driver.
    pub fn new(driver: impl SessionDriver) -> Self {
        Self { driver: Arc::new(driver), check: None }
    }

    /// With a check for the boot.
    #[cfg(any(feature = "redis", feature = "database"))]
    fn checked(
        self,
        check: impl Fn() -> BoxFuture<'static, Result<(), BoxError>> + Send + Sync + 'static,
    ) -> Self {
        Self { check: Some(Box::new(check)), ..self }
    }
}

/// Makes a driver of ours for the application in a folder.
type Make = fn(&SessionConfig, &Path) -> Result<BoxDriver, BoxError>;

/// Where sessions are kept, and how what keeps them is made.
pub(crate) enum Kept {
    /// By a driver, where other processes reach them.
    Stored(Make),
    /// By a driver, in this process alone.
    InProcess(Make),
    /// By the visitors.
    InCookies,
    /// Not at all.
    Nowhere,
    /// By a driver whose feature is off.
    #[allow(dead_code, reason = "all features may be on")]
    Without(&'static str),
}

/// Who can reach the sessions that are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Whoever can reach the store.
    Everyone,
    /// This process alone.
    ThisProcess,
    /// Each visitor their own.
    Visitors,
    /// Nobody: none is kept.
    Nobody,
}

/// What `driver` in `config/session.rs` can name. A new driver of ours takes its file and a line here.
pub(crate) const BUILT_IN: &[(&str, Kept)] = &[
    ("file", Kept::Stored(make_file)),
    ("memory", Kept::InProcess(make_memory)),
    ("array", Kept::InProcess(make_memory)),
    ("cookie", Kept::InCookies),
    ("null", Kept::Nowhere),
    #[cfg(feature = "redis")]
    ("redis", Kept::Stored(make_redis)),
    #[cfg(not(feature = "redis"))]
    ("redis", Kept::Without("redis")),
    #[cfg(feature = "sqlite")]
    ("sqlite", Kept::Stored(make_sql::<sqlx::Sqlite>)),
    #[cfg(not(feature = "sqlite"))]
    ("sqlite", Kept::Without("sqlite")),
    #[cfg(feature = "postgres")]
    ("postgres", Kept::Stored(make_sql::<sqlx::Postgres>)),
    #[cfg(not(feature = "postgres"))]
    ("postgres", Kept::Without("postgres")),
    #[cfg(feature = "mysql")]
    ("mysql", Kept::Stored(make_sql::<sqlx::MySql>)),
    #[cfg(not(feature = "mysql"))]
    ("mysql", Kept::Without("mysql")),
];

#[cfg(any(feature = "sqlite", feature = "postgres", feature = "mysql"))]
fn make_sql<DB: Dialect>(config: &SessionConfig, base: &Path) -> Result<BoxDriver, BoxError> {
    Ok(SqlDriver::<DB>::of(config, base)?.boxed())
}

#[cfg(feature = "redis")]
fn make_redis(config: &SessionConfig, _: &Path) -> Result<BoxDriver, BoxError> {
    Ok(RedisDriver::new(config.redis_url.expose(), &config.redis_prefix)?.boxed())
}

fn make_file(config: &SessionConfig, base: &Path) -> Result<BoxDriver, BoxError> {
    let driver = FileDriver::new(base.join(&config.files));
    driver.prepare()?;
    Ok(BoxDriver::new(driver))
}

fn make_memory(config: &SessionConfig, _: &Path) -> Result<BoxDriver, BoxError> {
    let driver = MemoryDriver::with_limits(config.memory_records, config.memory_bytes);
    Ok(BoxDriver::new(driver))
}
