//! Errors of a database.

use std::any::Any;

/// The status of an error: 503 where the database could not be asked, 500 for everything else.
pub(super) fn status(error: &dyn Any) -> u16 {
    match error.downcast_ref::<sqlx::Error>() {
        Some(sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::Io(_)) => 503,
        Some(sqlx::Error::Database(error)) if is_unavailable(error.code().as_deref()) => 503,
        _ => 500,
    }
}

/// PostgreSQL: it is starting or stopping, or has no connection left. MySQL's state for too many connections.
fn is_unavailable(code: Option<&str>) -> bool {
    matches!(code, Some("57P01" | "57P02" | "57P03" | "53300" | "08004"))
}
