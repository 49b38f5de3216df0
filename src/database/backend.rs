//! The databases, each as sqlx's type and as a value.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use serde::{Serialize, Serializer};
use sqlx::migrate::{Migrate, MigrateDatabase, MigrateError};
use sqlx::{Connection, Database};

use super::connections::{Pooled, unreachable};
use super::{Connections, DatabaseConfig, Rows, Target};
use crate::error::BootProblem;
use crate::support::BoxFuture;

/// How connections of a database are opened.
pub(crate) type Options<DB> = <<DB as Database>::Connection as Connection>::Options;

/// A database that an application can be written for: `sqlx::Sqlite`, `sqlx::Postgres` or `sqlx::MySql`, with the
/// feature of its name.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a database that lunox was built for",
    note = "name the feature `sqlite`, `postgres` or `mysql` for lunox in Cargo.toml, and `sqlx::Sqlite`, `sqlx::Postgres` or `sqlx::MySql` in app/db.rs"
)]
pub trait Backend: Database<Connection: Migrate> + MigrateDatabase + Rows {
    /// Whether the database is a file, which is made when it is missing.
    #[doc(hidden)]
    const IS_FILE: bool = false;

    /// Reads the URL.
    #[doc(hidden)]
    fn options(
        url: &str,
        base: &std::path::Path,
        config: &DatabaseConfig,
    ) -> Result<Options<Self>, BackendError>;

    /// Bounds the time of each statement on a new connection.
    #[doc(hidden)]
    fn limit_statements(
        connection: &mut Self::Connection,
        timeout: Duration,
    ) -> BoxFuture<'_, Result<(), sqlx::Error>>;

    /// Waits until nobody else migrates. The lock ends with the connection.
    #[doc(hidden)]
    fn lock_migrations(
        connection: &mut Self::Connection,
    ) -> BoxFuture<'_, Result<(), MigrateError>> {
        Box::pin(connection.lock())
    }

    /// Removes a database that others may still be connected to.
    #[doc(hidden)]
    fn remove(url: &str) -> impl Future<Output = Result<(), sqlx::Error>> + Send {
        Self::drop_database(url)
    }

    /// What can be done about an error of the server while connecting.
    #[doc(hidden)]
    fn cure(code: &str) -> Option<&'static str>;
}

/// Why a URL cannot be used: what, and the cure.
#[doc(hidden)]
pub struct BackendError {
    pub(super) what: String,
    pub(super) cure: &'static str,
}

impl From<sqlx::Error> for BackendError {
    fn from(error: sqlx::Error) -> Self {
        let what = match error {
            sqlx::Error::Configuration(source) => source.to_string(),
            error => error.to_string(),
        };
        Self {
            what,
            cure: "correct DATABASE_URL; in a password, write @ as %40, : as %3A, / as %2F, ? as %3F, # as %23 and % as %25",
        }
    }
}

/// Which database an application is written for, as a value: `Driver::of::<sqlx::Sqlite>()`.
#[derive(Clone, Copy)]
pub struct Driver(&'static dyn ErasedBackend);

impl Driver {
    /// The driver of a database.
    pub fn of<DB: Backend>() -> Self {
        Self(&Of::<DB>(PhantomData))
    }

    /// The name for people: `PostgreSQL`.
    pub fn name(self) -> &'static str {
        self.0.name()
    }

    /// What its URLs begin with.
    pub(crate) fn schemes(self) -> &'static [&'static str] {
        self.0.schemes()
    }

    pub(crate) fn is_file(self) -> bool {
        self.0.is_file()
    }

    /// Makes an empty database on a server.
    pub(crate) async fn create(self, target: &Target) -> Result<(), BootProblem> {
        self.0.create(target).await
    }

    /// Removes a database from its server, with everything in it.
    pub(crate) async fn remove(self, target: &Target) -> Result<(), sqlx::Error> {
        self.0.remove(target.url()).await
    }

    /// Makes the pool. Nothing is connected yet.
    pub(crate) fn open(
        self,
        target: &Target,
        config: &DatabaseConfig,
    ) -> Result<Arc<dyn Connections>, BootProblem> {
        self.0.open(target, config)
    }
}

impl fmt::Debug for Driver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Serialize for Driver {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// A database without its type.
trait ErasedBackend: Send + Sync {
    fn name(&self) -> &'static str;
    fn schemes(&self) -> &'static [&'static str];
    fn is_file(&self) -> bool;
    fn create<'a>(&'a self, target: &'a Target) -> BoxFuture<'a, Result<(), BootProblem>>;
    fn remove<'a>(&'a self, url: &'a str) -> BoxFuture<'a, Result<(), sqlx::Error>>;
    fn open(
        &self,
        target: &Target,
        config: &DatabaseConfig,
    ) -> Result<Arc<dyn Connections>, BootProblem>;
}

struct Of<DB>(PhantomData<fn() -> DB>);

impl<DB: Backend> ErasedBackend for Of<DB> {
    fn name(&self) -> &'static str {
        DB::NAME
    }

    fn schemes(&self) -> &'static [&'static str] {
        DB::URL_SCHEMES
    }

    fn is_file(&self) -> bool {
        DB::IS_FILE
    }

    fn create<'a>(&'a self, target: &'a Target) -> BoxFuture<'a, Result<(), BootProblem>> {
        Box::pin(async move {
            let created = DB::create_database(target.url()).await;
            created.map_err(|error| unreachable::<DB>(target, &error))
        })
    }

    fn remove<'a>(&'a self, url: &'a str) -> BoxFuture<'a, Result<(), sqlx::Error>> {
        Box::pin(DB::remove(url))
    }

    fn open(
        &self,
        target: &Target,
        config: &DatabaseConfig,
    ) -> Result<Arc<dyn Connections>, BootProblem> {
        Ok(Arc::new(Pooled::<DB>::open(target, config)?))
    }
}
