//! Sessions in a database: SQLite, PostgreSQL, MySQL or MariaDB.

mod dialect;
mod list;
#[cfg(feature = "mysql")]
mod mysql;
mod pool;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "sqlite")]
mod sqlite;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

pub use self::dialect::Dialect;
use self::dialect::Value::{Blob, Number};
use self::dialect::{Value, is_deadlock, refused, stored};
use self::pool::{Lease, SqlPool};
use super::stamp::stamp;
use super::{Batch, BoxDriver, Cursor, DriverError, Outcome, Rotation, SessionDriver, Stored};
use crate::error::BoxError;
use crate::session::SessionConfig;
use crate::session::record::{Key, Tag};

/// How many connections a driver opens at most.
const CONNECTIONS: usize = 4;

/// How many records one call of `sweep` removes at most, so that it holds few locks, and those for a short time.
const SWEPT: usize = 500;

/// What is stored beside the JSON: the head of a record, and what `encrypt` adds.
const OVERHEAD: usize = 1024;

/// How often a statement or transaction is sent again that the database rolled back because it and another waited for each other.
const DEADLOCKS: usize = 3;

/// Keeps sessions in a database, on up to four connections of its own.
///
/// A read is one round trip, and so is a write, except that a rotation is a transaction on SQLite and MySQL. A write whose
/// answer is lost fails and is not sent again; a read is repeated once if the connection had been lost while it was idle.
/// Statements that exceed `driver_timeout` fail, and their connection is closed.
///
/// The tables `sessions` and `session_tags` have to exist: `cargo artisan make:session-table` writes the migration, and
/// [`schema`](SqlDriver::schema) has its text. `deadline` is in Unix seconds, `last_activity` in the time of the database. The
/// index from users to keys is in `session_tags`, so `select t.tag, s.last_activity from sessions s join session_tags t on
/// t.key = s.key` shows whose sessions are used.
pub struct SqlDriver<DB: Dialect> {
    reads: Arc<SqlPool<DB>>,
    /// The same pool, except on SQLite, which lets one connection write at a time.
    writes: Arc<SqlPool<DB>>,
}

impl<DB: Dialect> Clone for SqlDriver<DB> {
    fn clone(&self) -> Self {
        Self { reads: Arc::clone(&self.reads), writes: Arc::clone(&self.writes) }
    }
}

impl<DB: Dialect> SqlDriver<DB> {
    /// A driver for the database at a URL. It connects when it is first called. Call it in a tokio runtime.
    ///
    /// # Errors
    /// When the URL is not one of this database.
    pub fn new(url: &str) -> Result<Self, BoxError> {
        Self::open(url, Path::new(""), Duration::from_secs(5))
    }

    /// The statements that create the tables.
    pub fn schema() -> &'static str {
        SCHEMAS.iter().find(|(_, name, _)| *name == DB::NAME).map_or("", |(.., schema)| schema)
    }

    /// The driver that the configuration of an application in a folder asks for.
    pub(super) fn of(config: &SessionConfig, base: &Path) -> Result<Self, BoxError> {
        let most = DB::MOST_BYTES.map(|most| most - OVERHEAD);
        if let Some(most) = most.filter(|most| config.max_bytes > *most) {
            return Err(format!(
                "a row has room for {most} bytes of JSON, and `max_bytes` is {}; lower it",
                config.max_bytes
            )
            .into());
        }
        let url = match (&config.database_url, DB::DEFAULT_URL) {
            (Some(url), _) => url.expose(),
            (None, Some(url)) => url,
            (None, None) => {
                return Err(format!(
                    "there is no URL; write SESSION_DATABASE_URL={}://user:password@localhost/name, or DATABASE_URL, into .env",
                    DB::URL_SCHEMES[0]
                )
                .into());
            }
        };
        Self::open(url, base, config.driver_timeout)
    }

    fn open(url: &str, base: &Path, timeout: Duration) -> Result<Self, BoxError> {
        let scheme = url.split_once(':').map_or("", |(scheme, _)| scheme);
        if !DB::URL_SCHEMES.contains(&scheme) {
            return Err(format!(
                "SESSION_DATABASE_URL, or else DATABASE_URL, is not the URL of a {} database; it begins with {}://",
                DB::NAME,
                DB::URL_SCHEMES[0]
            )
            .into());
        }
        let options = DB::options(url, base, timeout)?;
        let pool = |connections| Arc::new(SqlPool::new(options.clone(), connections));
        if DB::ONE_WRITER {
            return Ok(Self { reads: pool(CONNECTIONS - 1), writes: pool(1) });
        }
        let both = pool(CONNECTIONS);
        Ok(Self { reads: Arc::clone(&both), writes: both })
    }

    /// The driver with the check that the boot makes.
    pub(super) fn boxed(self) -> BoxDriver {
        let checked = self.clone();
        BoxDriver::new(self).checked(move || {
            let driver = checked.clone();
            Box::pin(async move { driver.check().await })
        })
    }

    /// Whether the database can be reached and has the tables.
    async fn check(&self) -> Result<(), BoxError> {
        let nothing = [0; 32];
        for (table, sql, values) in [
            ("sessions", DB::SQL.read, [Blob(&nothing)]),
            ("session_tags", DB::SQL.tagged, [Blob(&nothing[..16])]),
        ] {
            match self.rows(sql, &values).await {
                Ok(_) => {}
                Err(error) if DB::is_missing_table(&error) => {
                    return Err(format!(
                        "the database has no table `{table}`; run `cargo artisan make:session-table`, then `cargo artisan migrate`"
                    )
                    .into());
                }
                Err(error) => {
                    return Err(
                        format!("{error} (SESSION_DATABASE_URL, or else DATABASE_URL)").into()
                    );
                }
            }
        }
        Ok(())
    }

    /// The rows of a query. It is sent again if its connection was lost while it was idle: reading twice does no harm.
    async fn rows(
        &self,
        sql: &'static str,
        values: &[Value<'_>],
    ) -> Result<Vec<DB::Row>, sqlx::Error> {
        let mut lease = self.reads.take().await?;
        let rows = lease.rows(sql, values).await;
        if rows.is_ok() || !lease.was_lost_idle() {
            return rows;
        }
        drop(lease);
        self.reads.take().await?.rows(sql, values).await
    }

    /// A statement that needs no comparison; how many rows it changed.
    async fn write(&self, sql: &'static str, values: &[Value<'_>]) -> Result<u64, DriverError> {
        let mut lease = self.writes.take().await.map_err(refused)?;
        statement(&mut lease, sql, values).await.map_err(refused)
    }

    /// A statement that changes a row if it has the version that was read. If it changed none, a second one finds out why.
    async fn conditional(
        &self,
        key: &Key,
        sql: &'static str,
        values: &[Value<'_>],
    ) -> Result<Outcome, DriverError> {
        let mut lease = self.writes.take().await.map_err(refused)?;
        match statement(&mut lease, sql, values).await.map_err(refused)? {
            0 => why_not(&mut lease, key).await.map_err(refused),
            _ => Ok(Outcome::Done),
        }
    }

    /// A rotation as a transaction, where it cannot be one statement. It is carried out anew if the database rolled it back.
    async fn rotate_in_transaction(
        &self,
        old: &Key,
        leave: (&'static str, &[Value<'_>]),
        make: &[Value<'_>],
    ) -> Result<Outcome, DriverError> {
        let mut lease = self.writes.take().await.map_err(refused)?;
        let mut deadlocks = 0;
        loop {
            match steps_of_rotation(&mut lease, old, leave, make).await {
                Ok(outcome) => return Ok(outcome),
                Err(error) if is_deadlock(&error) && deadlocks < DEADLOCKS => deadlocks += 1,
                Err(error) => {
                    lease.roll_back().await;
                    return Err(refused(error));
                }
            }
        }
    }
}

/// A statement outside of a transaction. It is sent again if the database rolled it back.
async fn statement<DB: Dialect>(
    lease: &mut Lease<'_, DB>,
    sql: &'static str,
    values: &[Value<'_>],
) -> Result<u64, sqlx::Error> {
    for _ in 0..DEADLOCKS {
        match lease.execute(sql, values).await {
            Err(error) if is_deadlock(&error) => {}
            done => return done,
        }
    }
    lease.execute(sql, values).await
}

async fn steps_of_rotation<DB: Dialect>(
    lease: &mut Lease<'_, DB>,
    old: &Key,
    leave: (&'static str, &[Value<'_>]),
    make: &[Value<'_>],
) -> Result<Outcome, sqlx::Error> {
    lease.command(DB::BEGIN).await?;
    if lease.execute(leave.0, leave.1).await? == 0 {
        let outcome = why_not(lease, old).await?;
        lease.roll_back().await;
        return Ok(outcome);
    }
    lease.execute(DB::SQL.create, make).await?;
    lease.command("COMMIT").await?;
    Ok(Outcome::Done)
}

/// Why a conditional statement changed no row.
async fn why_not<DB: Dialect>(
    lease: &mut Lease<'_, DB>,
    key: &Key,
) -> Result<Outcome, sqlx::Error> {
    let found = lease.rows(DB::SQL.version, &[Blob(key.as_bytes())]).await?;
    Ok(if found.is_empty() { Outcome::Gone } else { Outcome::Conflict })
}

impl<DB: Dialect> SessionDriver for SqlDriver<DB> {
    async fn read(&self, key: &Key) -> Result<Option<Stored>, DriverError> {
        let rows = self.rows(DB::SQL.read, &[Blob(key.as_bytes())]).await.map_err(refused)?;
        rows.first().map(|row| stored::<DB>(row, 0)).transpose()
    }

    async fn create(&self, key: &Key, payload: Bytes, deadline: u64) -> Result<(), DriverError> {
        let values = [
            Blob(key.as_bytes()),
            Number(stamp()?.cast_signed()),
            Number(deadline.cast_signed()),
            Blob(&payload),
        ];
        self.write(DB::SQL.create, &values).await.map(drop)
    }

    async fn replace(
        &self,
        key: &Key,
        version: u64,
        payload: Bytes,
        deadline: u64,
    ) -> Result<Outcome, DriverError> {
        let values = [
            Number(stamp()?.cast_signed()),
            Number(deadline.cast_signed()),
            Blob(&payload),
            Blob(key.as_bytes()),
            Number(version.cast_signed()),
        ];
        self.conditional(key, DB::SQL.replace, &values).await
    }

    async fn touch(&self, key: &Key, version: u64, deadline: u64) -> Result<Outcome, DriverError> {
        let values =
            [Number(deadline.cast_signed()), Blob(key.as_bytes()), Number(version.cast_signed())];
        self.conditional(key, DB::SQL.touch, &values).await
    }

    async fn rotate(&self, rotation: Rotation<'_>) -> Result<Outcome, DriverError> {
        let Rotation { old, version, new, payload, deadline, left_behind } = rotation;
        if old.shard() != new.shard() {
            return Err(DriverError::unavailable("a rotation to a key of another shard"));
        }
        if old == new {
            // One statement could not tell the old row from the new one.
            return match self.read(old).await? {
                None => Ok(Outcome::Gone),
                Some(stored) if stored.version != version => Ok(Outcome::Conflict),
                Some(_) => Err(DriverError::DuplicateId),
            };
        }
        let only_if = [Blob(old.as_bytes()), Number(version.cast_signed())];
        let make = [
            Blob(new.as_bytes()),
            Number(stamp()?.cast_signed()),
            Number(deadline.cast_signed()),
            Blob(&payload),
        ];
        let leave: &[Value<'_>] = match &left_behind {
            Some((left, until)) => &[
                Number(stamp()?.cast_signed()),
                Number(until.cast_signed()),
                Blob(left),
                only_if[0],
                only_if[1],
            ],
            None => &only_if,
        };
        match (DB::ROTATE, &left_behind) {
            (Some([_, leaving]), Some(_)) => {
                self.conditional(old, leaving, &[leave, &make].concat()).await
            }
            (Some([removing, _]), None) => {
                self.conditional(old, removing, &[leave, &make].concat()).await
            }
            (None, Some(_)) => {
                self.rotate_in_transaction(old, (DB::SQL.replace, leave), &make).await
            }
            (None, None) => self.rotate_in_transaction(old, (DB::SQL.remove, leave), &make).await,
        }
    }

    async fn destroy(&self, key: &Key) -> Result<(), DriverError> {
        self.write(DB::SQL.destroy, &[Blob(key.as_bytes())]).await.map(drop)
    }

    async fn sweep(&self, now: u64, limit: usize) -> Result<Option<usize>, DriverError> {
        let now = Number(latest(now));
        let limit = Number(limit.min(SWEPT) as i64);
        self.write(DB::SQL.sweep_tags, &[now, limit]).await?;
        let removed = self.write(DB::SQL.sweep, &[now, limit]).await?;
        Ok(Some(removed as usize))
    }

    async fn list(
        &self,
        from: Option<&Cursor>,
        limit: usize,
    ) -> Result<Option<Batch>, DriverError> {
        list::list(self, from, limit).await.map(Some)
    }

    async fn tag(&self, tag: &Tag, key: &Key, until: u64) -> Result<(), DriverError> {
        let values = [Blob(tag.as_bytes()), Blob(key.as_bytes()), Number(latest(until))];
        self.write(DB::SQL.tag, &values).await.map(drop)
    }

    async fn untag(&self, tag: &Tag, key: &Key) -> Result<(), DriverError> {
        let values = [Blob(tag.as_bytes()), Blob(key.as_bytes())];
        self.write(DB::SQL.untag, &values).await.map(drop)
    }

    async fn tagged(&self, tag: &Tag) -> Result<Option<Vec<Key>>, DriverError> {
        let rows = self.rows(DB::SQL.tagged, &[Blob(tag.as_bytes())]).await.map_err(refused)?;
        rows.iter().map(|row| dialect::key::<DB>(row)).collect::<Result<_, _>>().map(Some)
    }
}

/// The drivers, the names of their databases for people, and what creates the tables.
const SCHEMAS: [(&str, &str, &str); 3] = [
    ("sqlite", "SQLite", include_str!("sqlite.sql")),
    ("postgres", "PostgreSQL", include_str!("postgres.sql")),
    ("mysql", "MySQL", include_str!("mysql.sql")),
];

/// The database of a session driver, or else this one, and what creates the tables in it.
#[cfg(feature = "console")]
pub(crate) fn schema_of(
    driver: Option<&str>,
    database: Option<&str>,
) -> Option<(&'static str, &'static str)> {
    let of_driver = SCHEMAS.iter().find(|(name, ..)| Some(*name) == driver);
    let (_, name, schema) =
        of_driver.or_else(|| SCHEMAS.iter().find(|(_, name, _)| Some(*name) == database))?;
    Some((name, schema))
}

/// A time that is compared and never read back: the latest that the column holds stands for later ones.
fn latest(time: u64) -> i64 {
    i64::try_from(time).unwrap_or(i64::MAX)
}
