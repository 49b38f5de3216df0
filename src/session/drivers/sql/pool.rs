//! The driver's connections.
//!
//! sqlx's own pool asks the server whether a connection still works each time that it is given back, and so makes two round
//! trips of each. Here a connection is given back as soon as its answer has been read, and only one that has been idle for
//! a while is asked. A connection whose call was dropped or lost is closed: what it was doing then is unknown.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use sqlx::Connection;
use tokio::sync::{Semaphore, SemaphorePermit};

use super::dialect::{Dialect, Options, Value, is_lost};
use crate::support::lock::lock;

/// After this time without use a connection is asked whether it works: firewalls and servers close idle ones.
const QUIET: Duration = Duration::from_secs(30);

/// How long that may take.
const PING: Duration = Duration::from_secs(1);

pub(super) struct SqlPool<DB: Dialect> {
    options: Options<DB>,
    permits: Semaphore,
    idle: Mutex<Vec<Idle<DB>>>,
}

struct Idle<DB: Dialect> {
    connection: DB::Connection,
    since: Instant,
}

impl<DB: Dialect> SqlPool<DB> {
    pub(super) fn new(options: Options<DB>, connections: usize) -> Self {
        Self { options, permits: Semaphore::new(connections), idle: Mutex::default() }
    }

    /// A connection: the one that was used last, or a new one. Waits while all are in use.
    pub(super) async fn take(&self) -> Result<Lease<'_, DB>, sqlx::Error> {
        let Ok(permit) = self.permits.acquire().await else { return Err(sqlx::Error::PoolClosed) };
        let idle = lock(&self.idle).pop();
        let (connection, was_idle) = match idle {
            Some(idle) => (self.asked(idle).await, true),
            None => (None, false),
        };
        let was_idle = was_idle && connection.is_some();
        let connection = match connection {
            Some(connection) => connection,
            None => DB::connect(&self.options).await?,
        };
        Ok(Lease { pool: self, connection: Some(connection), was_idle, _permit: permit })
    }

    /// The connection, unless it has been idle for long and does not work any more.
    async fn asked(&self, mut idle: Idle<DB>) -> Option<DB::Connection> {
        if idle.since.elapsed() > QUIET {
            let ping = tokio::time::timeout(PING, idle.connection.ping()).await;
            if !matches!(ping, Ok(Ok(()))) {
                lock(&self.idle).clear();
                return None;
            }
        }
        Some(idle.connection)
    }
}

/// A connection that is in use. It is given back when this is dropped, if its last call ended and left it usable.
pub(super) struct Lease<'p, DB: Dialect> {
    pool: &'p SqlPool<DB>,
    /// `None` during a call, and after one that was lost.
    connection: Option<DB::Connection>,
    /// Whether it was opened for another call, so that it may have been closed since.
    was_idle: bool,
    _permit: SemaphorePermit<'p>,
}

impl<DB: Dialect> Lease<'_, DB> {
    pub(super) async fn execute(
        &mut self,
        sql: &'static str,
        values: &[Value<'_>],
    ) -> Result<u64, sqlx::Error> {
        let mut connection = self.connection()?;
        let result = DB::execute(&mut connection, sql, values).await;
        self.ended(connection, result)
    }

    pub(super) async fn rows(
        &mut self,
        sql: &'static str,
        values: &[Value<'_>],
    ) -> Result<Vec<DB::Row>, sqlx::Error> {
        let mut connection = self.connection()?;
        let result = DB::rows(&mut connection, sql, values).await;
        self.ended(connection, result)
    }

    pub(super) async fn command(&mut self, sql: &'static str) -> Result<(), sqlx::Error> {
        let mut connection = self.connection()?;
        let result = DB::command(&mut connection, sql).await;
        self.ended(connection, result)
    }

    /// Ends a transaction without effect. If that fails, the connection is closed, which has the same effect.
    pub(super) async fn roll_back(&mut self) {
        if self.command("ROLLBACK").await.is_err() {
            self.connection = None;
        }
    }

    /// Whether it was lost during a call that was the first one after a while.
    pub(super) fn was_lost_idle(&self) -> bool {
        self.was_idle && self.connection.is_none()
    }

    fn connection(&mut self) -> Result<DB::Connection, sqlx::Error> {
        self.connection.take().ok_or(sqlx::Error::PoolClosed)
    }

    fn ended<T>(
        &mut self,
        connection: DB::Connection,
        result: Result<T, sqlx::Error>,
    ) -> Result<T, sqlx::Error> {
        match &result {
            // Whatever closed this one has closed those that are idle.
            Err(error) if is_lost(error) => lock(&self.pool.idle).clear(),
            _ => self.connection = Some(connection),
        }
        result
    }
}

impl<DB: Dialect> Drop for Lease<'_, DB> {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take() {
            lock(&self.pool.idle).push(Idle { connection, since: Instant::now() });
        }
    }
}
