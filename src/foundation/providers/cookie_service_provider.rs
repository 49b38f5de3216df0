//! Wires up queued cookies.

use crate::cookie::AddQueuedCookies;
use crate::foundation::{Application, ServiceProvider};
use crate::http::Result;

/// Names the middleware `cookies`, which sends what [`cookies().queue(...)`](crate::cookie::cookies) queued.
#[derive(Clone, Copy, Debug, Default)]
pub struct CookieServiceProvider;

impl ServiceProvider for CookieServiceProvider {
    async fn register(&self, app: &Application) -> Result<()> {
        app.middleware(|middleware| middleware.alias("cookies", AddQueuedCookies));
        Ok(())
    }
}
