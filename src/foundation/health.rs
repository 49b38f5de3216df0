//! The route that says whether the application can work.

use std::time::Duration;

use http::header::CACHE_CONTROL;
use serde_json::json;

use crate::http::{HttpRequest, Response, json};
use crate::session::SessionManager;

/// The longest that one check may take: whoever asks has given up by then.
const TIMEOUT: Duration = Duration::from_secs(5);

/// 200 with `{"status":"up"}`, or 503 with `{"status":"down"}`. Which part is down is in the log and not in the answer, which
/// anybody can read.
pub(super) async fn health(req: HttpRequest) -> Response {
    let mut up = true;
    if let Ok(sessions) = req.container().make::<SessionManager>() {
        up &= passes("the session store", async { sessions.backend()?.ping().await }).await;
    }
    #[cfg(feature = "database")]
    if let Ok(database) = req.container().make::<dyn crate::database::Ping>() {
        up &= passes(database.name(), database.ping()).await;
    }
    let (status, said) = if up { (200, "up") } else { (503, "down") };
    json(json!({ "status": said })).status(status).header(CACHE_CONTROL, "no-store")
}

async fn passes<E: std::fmt::Display>(
    what: &str,
    check: impl Future<Output = Result<(), E>>,
) -> bool {
    match tokio::time::timeout(TIMEOUT, check).await {
        Ok(Ok(())) => return true,
        Ok(Err(error)) => tracing::error!("health: {what} does not answer: {error}"),
        Err(_) => tracing::error!("health: {what} does not answer within {TIMEOUT:?}"),
    }
    false
}
