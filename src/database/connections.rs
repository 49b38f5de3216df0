//! The pool, with its type and without.

use std::time::Duration;

use sqlx::pool::PoolOptions;
use sqlx::{ConnectOptions, Connection, Database, Pool};

use super::backend::{Backend, Options};
use super::migrate::{Done, Entry};
use super::{DatabaseConfig, Script, Target};
use crate::container::Container;
use crate::error::{BootProblem, Error};
use crate::http::Result;
use crate::support::BoxFuture;

/// A database that can be asked whether it answers, whichever it is: `app.make::<dyn Ping>()?.ping().await?`.
pub trait Ping: Send + Sync {
    /// The name of the database for people: `PostgreSQL`.
    fn name(&self) -> &'static str;

    /// Sends the smallest request that there is.
    ///
    /// # Errors
    /// When no connection is to be had in time, or the database does not answer.
    fn ping(&self) -> BoxFuture<'_, Result<()>>;
}

/// The pool of the application, without its type.
pub(crate) trait Connections: Ping {
    /// Binds the pool into the container.
    fn bind(&self, container: &Container);

    /// Connects once, so that a wrong password is noticed before the first visitor.
    fn check(&self) -> BoxFuture<'_, Result<(), BootProblem>>;

    /// What became of each migration. Nothing is written.
    fn migration_entries<'a>(
        &'a self,
        scripts: &'a [Script],
    ) -> BoxFuture<'a, Result<Vec<Entry>, BootProblem>>;

    /// Applies the migrations that are pending.
    fn migrate<'a>(
        &'a self,
        scripts: &'a [Script],
        done: Done<'a>,
    ) -> BoxFuture<'a, Result<(), BootProblem>>;

    /// Takes back the migrations that were applied last.
    fn roll_back<'a>(
        &'a self,
        scripts: &'a [Script],
        steps: usize,
        done: Done<'a>,
    ) -> BoxFuture<'a, Result<(), BootProblem>>;

    /// Waits for the queries that are running, and closes all connections.
    fn close(&self) -> BoxFuture<'_, ()>;

    /// Closes what is idle at once, and lets nobody open a connection any more.
    fn abandon(&self);
}

/// How [`pool`](crate::pool) finds it: queries borrow their pool, and this reference can be handed out.
pub(crate) struct SharedPool<DB: Database>(pub(crate) &'static Pool<DB>);

/// The pool of a database.
pub(super) struct Pooled<DB: Database> {
    pub(super) pool: &'static Pool<DB>,
    pub(super) options: Options<DB>,
    pub(super) target: Target,
    pub(super) timeout: Duration,
}

impl<DB: Backend> Pooled<DB> {
    pub(super) fn open(target: &Target, config: &DatabaseConfig) -> Result<Self, BootProblem> {
        let options = DB::options(target.url(), target.base(), config).map_err(|error| {
            let what = format!("`{target}` cannot be used: {}", error.what);
            BootProblem::new("DATABASE_URL", what).cure(error.cure)
        })?;
        let limit = config.statement_timeout;
        let mut pool = PoolOptions::<DB>::new()
            .max_connections(config.max_connections.max(1))
            .acquire_timeout(config.acquire_timeout);
        if !limit.is_zero() {
            pool = pool.after_connect(move |connection, _| DB::limit_statements(connection, limit));
        }
        let pool = pool.connect_lazy_with(options.clone());
        // One for each application, which is one for the process except in tests. A closed pool keeps no connection.
        let pool = Box::leak(Box::new(pool));
        Ok(Self { pool, options, target: target.clone(), timeout: config.acquire_timeout })
    }

    /// A connection that is not of the pool: it fails with the first error, where the pool tries again until its time
    /// is over, and its statements may take any time.
    pub(super) async fn connect(&self) -> Result<DB::Connection, BootProblem> {
        match tokio::time::timeout(self.timeout, self.options.connect()).await {
            Ok(Ok(connection)) => Ok(connection),
            Ok(Err(error)) => Err(unreachable::<DB>(&self.target, &error)),
            Err(_) => {
                let what = format!("{} did not answer within {:?}", self.target, self.timeout);
                Err(BootProblem::new("DATABASE_URL", what)
                    .cure("start the database, or correct DATABASE_URL"))
            }
        }
    }
}

/// The boot error for a database that cannot be connected to.
pub(super) fn unreachable<DB: Backend>(target: &Target, error: &sqlx::Error) -> BootProblem {
    let what = match error {
        sqlx::Error::Database(error) => format!("{target} refuses: {error}"),
        sqlx::Error::Io(error) => format!("{target} cannot be reached: {error}"),
        error => format!("{target} cannot be used: {error}"),
    };
    let code = error.as_database_error().and_then(|error| error.code());
    let cure = code.and_then(|code| DB::cure(&code));
    BootProblem::new("DATABASE_URL", what)
        .cure(cure.unwrap_or("start the database, or correct DATABASE_URL"))
}

impl<DB: Backend> Ping for Pooled<DB> {
    fn name(&self) -> &'static str {
        DB::NAME
    }

    fn ping(&self) -> BoxFuture<'_, Result<()>> {
        Box::pin(async {
            let mut connection = self.pool.acquire().await.map_err(Error::from)?;
            connection.ping().await.map_err(Error::from)
        })
    }
}

impl<DB: Backend> Connections for Pooled<DB> {
    fn bind(&self, container: &Container) {
        container.instance::<SharedPool<DB>>(SharedPool(self.pool));
        container.instance::<Pool<DB>>(self.pool.clone());
    }

    fn check(&self) -> BoxFuture<'_, Result<(), BootProblem>> {
        Box::pin(async {
            // Whatever goes wrong with the farewell is the server's business.
            let _ = self.connect().await?.close().await;
            Ok(())
        })
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        Box::pin(self.pool.close())
    }

    fn abandon(&self) {
        while let Some(connection) = self.pool.try_acquire() {
            drop(connection.detach());
        }
        // Closed from here on; waiting for the rest takes a runtime.
        drop(self.pool.close());
    }

    fn migration_entries<'a>(
        &'a self,
        scripts: &'a [Script],
    ) -> BoxFuture<'a, Result<Vec<Entry>, BootProblem>> {
        Box::pin(self.entries(scripts))
    }

    fn migrate<'a>(
        &'a self,
        scripts: &'a [Script],
        done: Done<'a>,
    ) -> BoxFuture<'a, Result<(), BootProblem>> {
        Box::pin(self.apply(scripts, done))
    }

    fn roll_back<'a>(
        &'a self,
        scripts: &'a [Script],
        steps: usize,
        done: Done<'a>,
    ) -> BoxFuture<'a, Result<(), BootProblem>> {
        Box::pin(self.revert(scripts, steps, done))
    }
}
