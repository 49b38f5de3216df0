//! What no single file can show: requests side by side, in every order, and cut off at every await.

mod dropped;
mod interleavings;
mod laziness;
mod serial_orders;
mod slow_store;
mod stepping;
mod tags;
mod walk;

use super::api::Session;
use super::{SessionManager, commit_alone};

/// Changes the session of a cookie as a request would; gives the cookie's new value if it has one.
pub(crate) async fn seed(
    manager: &SessionManager,
    cookie: Option<&str>,
    change: impl FnOnce(&Session),
) -> Result<Option<String>, crate::error::Error> {
    let session = manager.start(cookie.into_iter()).await?;
    change(&session);
    commit_alone(manager, &session).await
}
