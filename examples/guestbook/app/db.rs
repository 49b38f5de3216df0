//! The database: its type, and its pool from anywhere.

/// The database that this application is written for.
pub type Db = sqlx::Sqlite;

/// The pool of the running application: `sqlx::query("...").execute(db()).await?`.
#[track_caller]
pub fn db() -> &'static sqlx::Pool<Db> {
    lunox::pool()
}
