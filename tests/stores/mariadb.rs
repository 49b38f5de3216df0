//! The driver `mysql` on MariaDB: its contract, outages, lost answers.

use std::path::Path;

use lunox::session::SqlDriver;

use crate::lost;
use crate::servers::MariaDb;
use crate::sql::{driver, each, run};
use crate::store::{Store, served};
use crate::suite::suite;
use crate::tables;

served!("mysql", "SESSION_DATABASE_URL", MariaDb, start(), url);

async fn start() -> MariaDb {
    let server = MariaDb::start();
    run::<sqlx::MySql>(&server.url(), "create database blog").await;
    run::<sqlx::MySql>(&url(server.folder()), SqlDriver::<sqlx::MySql>::schema()).await;
    server
}

fn url(folder: &Path) -> String {
    MariaDb::url_in(folder).replace("/mysql?", "/blog?")
}

#[test]
#[ignore = "needs MariaDB"]
fn the_contract_holds() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let server = runtime.block_on(start());
    lunox::__session_driver_clauses!(each, sqlx::MySql, &Store::url(&server));
}

suite! {
    MariaDb, needs "needs MariaDB";
    sixty_four_parallel_requests_through_two_applications_lose_no_update
    a_rotation_and_a_logout_are_seen_by_the_other_application
    a_store_that_is_killed_is_answered_503_and_found_again_when_it_is_back
    a_store_that_does_not_answer_is_answered_503_within_the_timeout
    two_processes_share_their_sessions
    the_skeleton_in_two_processes_shares_its_sessions
    the_first_requests_after_a_restart_are_answered
}

#[tokio::test]
#[ignore = "needs MariaDB"]
async fn lost_answers() {
    let open = driver::<sqlx::MySql>;
    lost::a_lost_answer_is_unavailable_and_nothing_is_sent_twice::<MariaDb, _>(open).await;
    lost::an_increment_whose_answer_is_lost_counts_once_or_not_at_all::<MariaDb>().await;
}

#[tokio::test]
#[ignore = "needs MariaDB"]
async fn tables() {
    let server = MariaDb::start();
    tables::the_migration_makes_the_tables_and_removes_them::<sqlx::MySql>("mysql", &server.url())
        .await;
    tables::users_and_their_last_activity_can_be_queried::<sqlx::MySql, MariaDb>().await;
}
