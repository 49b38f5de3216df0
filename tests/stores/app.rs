//! The application of these tests.

use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::routing::get;
use lunox::session::{self, Session, SessionConfig};
use tokio::sync::Notify;

fn session(req: &Request) -> &Session {
    req.extensions().get().expect("the layer")
}

/// An application with a store of its own connections.
pub async fn app(config: SessionConfig) -> Router {
    app_with(config, || {}).await
}

/// The same, with something that `/late` does between reading the session and storing it.
pub async fn app_with(
    config: SessionConfig,
    between: impl Fn() + Clone + Send + Sync + 'static,
) -> Router {
    let manager = session::open(config).await.expect("the store works");
    let add = async |req: Request| session(&req).increment("sum", 1).to_string();
    let (arrived, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (arrives, waits) = (Arc::clone(&arrived), Arc::clone(&go_on));
    Router::new()
        .route("/add", get(add))
        .route("/read", get(async |req: Request| session(&req).get_or("sum", 0).to_string()))
        .route("/rotate", get(async |req: Request| session(&req).regenerate()))
        .route("/logout", get(async |req: Request| session(&req).invalidate()))
        .route("/", get(async || "no session is needed"))
        .route(
            "/late",
            get(async move |req: Request| {
                between();
                add(req).await
            }),
        )
        // A request that is under way from `/arrived` to `/go`.
        .route(
            "/slow",
            get(async move |req: Request| {
                arrives.notify_one();
                waits.notified().await;
                add(req).await
            }),
        )
        .route("/arrived", get(async move || arrived.notified().await))
        .route("/go", get(async move || go_on.notify_one()))
        .layer(session::layer(manager))
}
