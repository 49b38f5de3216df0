//! The database.

use lunox::prelude::*;

use crate::db::Db;

pub fn config(env: &Env) -> DatabaseConfig {
    DatabaseConfig {
        // Where the database is, with user and password: sqlite://storage/database.sqlite, which is also the default.
        url: env.secret("DATABASE_URL"),

        // Open connections at most; queries wait when all are in use.
        max_connections: env.integer("DATABASE_MAX_CONNECTIONS", 10),

        // How long a query waits for a connection, before the visitor gets a 503.
        acquire_timeout: env.seconds("DATABASE_ACQUIRE_TIMEOUT", 5),

        // How long one statement may take; 0 for any time. SQLite has no such limit.
        statement_timeout: env.seconds("DATABASE_STATEMENT_TIMEOUT", 30),

        // The scripts that make the tables: `cargo artisan make:migration create_posts_table`, then `migrate`.
        migrations: Some(migrations!("$CARGO_MANIFEST_DIR/database/migrations")),

        ..DatabaseConfig::of::<Db>()
    }
}
