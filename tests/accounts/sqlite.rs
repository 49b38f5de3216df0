//! SQLite.

use lunox::prelude::*;

pub type Db = sqlx::Sqlite;
/// The folder of the database's file.
pub type Server = tempfile::TempDir;

#[path = "suite.rs"]
mod suite;

pub fn config() -> DatabaseConfig {
    DatabaseConfig {
        migrations: Some(migrations!(
            "$CARGO_MANIFEST_DIR/src/installer/stubs/auth/migrations/sqlite"
        )),
        ..DatabaseConfig::of::<Db>()
    }
}

/// The URL of a database without tables.
async fn empty(folder: &Server) -> String {
    format!("sqlite://{}/{}.sqlite", folder.path().display(), uuid::Uuid::new_v4())
}

macro_rules! tests {
    ($($name:ident)*) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $name() {
                suite::$name(&tempfile::tempdir().expect("a folder")).await;
            }
        )*
    };
}

tests! {
    tables_keep_the_contract
    users_are_found_in_their_table
    of_parallel_changes_of_a_password_one_wins
    processes_share_devices_links_and_passwords
    a_stolen_token_is_noticed_by_another_process
}
