//! MariaDB, which stands for MySQL too.

use lunox::prelude::*;

pub use super::servers::MariaDb as Server;

pub type Db = sqlx::MySql;

#[path = "suite.rs"]
mod suite;

pub fn config() -> DatabaseConfig {
    DatabaseConfig {
        migrations: Some(migrations!(
            "$CARGO_MANIFEST_DIR/src/installer/stubs/auth/migrations/mysql"
        )),
        ..DatabaseConfig::of::<Db>()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "needs MariaDB"]
async fn everything_holds_on_mariadb() {
    suite::all(&Server::start()).await;
}

/// The URL of a database without tables.
async fn empty(server: &Server) -> String {
    use sqlx::migrate::MigrateDatabase;
    let name = format!("/empty_{}?", uuid::Uuid::new_v4().simple());
    let url = server.url().replace("/mysql?", &name);
    Db::create_database(&url).await.expect("made");
    url
}
