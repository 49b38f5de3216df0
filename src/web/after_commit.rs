//! What is left to do for a request when its session was stored.

use crate::http::Result;
use crate::support::BoxFuture;

/// Shared on a request: what `StartSession` does after it has stored the session, if the response gets a cookie for it.
///
/// A failure is sent in place of the response, without the session's cookie.
pub(crate) struct AfterCommit(pub(crate) fn() -> BoxFuture<'static, Result<()>>);
