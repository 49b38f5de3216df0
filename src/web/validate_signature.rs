//! The middleware that asks for a signed URL.

use crate::error::Error;
use crate::http::{HttpRequest, Middleware, Next, Result};
use crate::routing::UrlSigner;

/// Lets a request pass whose URL this application has signed and that has not expired; others get 403.
///
/// Registered as `signed`. Parameters: `relative` for URLs that were signed without their host, and the names of parameters
/// that others add to a link, as newsletters do: `signed:utm_source,utm_medium`.
///
/// ```
/// use std::time::Duration;
/// use lunox::prelude::*;
/// use lunox::testing::TestApp;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let client = TestApp::new()
///     .routes(|route| {
///         route.get("/leave/{user}", async || "You are out.").name("leave").middleware("signed");
///         route.get("/link", async || {
///             temporary_signed_route("leave", Duration::from_secs(600), [("user", 5)])
///         });
///     })
///     .client()
///     .await;
/// let link = client.get("/link").await.text();
/// let path = link.strip_prefix("http://localhost").unwrap();
/// client.get(path).await.assert_text("You are out.");
/// client.get(&path.replace("/5", "/6")).await.assert_status(403);
/// client.travel_minutes(11);
/// client.get(path).await.assert_status(403);
/// # }
/// ```
#[derive(Clone, Debug, Default)]
pub struct ValidateSignature {
    relative: bool,
    ignored: Vec<String>,
}

impl ValidateSignature {
    /// From what follows the name of the middleware: `signed:relative,utm_source`.
    pub(crate) fn from_parameters(parameters: &[&str]) -> Self {
        let (relative, ignored) =
            parameters.iter().partition::<Vec<&str>, _>(|p| **p == "relative");
        let ignored = ignored.into_iter().map(str::to_owned).collect();
        Self { relative: !relative.is_empty(), ignored }
    }
}

impl Middleware for ValidateSignature {
    async fn handle(&self, req: HttpRequest, next: Next) -> Result {
        let signer = req.container().make::<UrlSigner>()?;
        match signer.check(&req, self.relative, &self.ignored) {
            Ok(()) => Ok(next.run(req).await),
            Err(unsigned) => Err(Error::new(403, unsigned.to_string())),
        }
    }
}
