//! `Session` as an argument of axum's handlers.

use axum_core::extract::FromRequestParts;
use http::StatusCode;
use http::request::Parts;

use super::Session;

/// The session that [`layer`](super::layer) gave to the request.
impl<S: Sync> FromRequestParts<S> for Session {
    type Rejection = (StatusCode, &'static str);

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let session = parts.extensions.get::<Self>().cloned();
        session.ok_or_else(|| {
            tracing::error!(
                path = parts.uri.path(),
                "the route has no session: apply lunox::session::layer to the router after this route was added"
            );
            (StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error")
        })
    }
}
