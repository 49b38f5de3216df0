//! Wires up queued cookies.

use crate::foundation::{Application, ServiceProvider};
use crate::http::Result;
use crate::session::SessionConfig;
use crate::web::AddQueuedCookies;

/// Names the middleware `cookies`, which sends what [`cookies().queue(...)`](crate::web::cookies) queued.
#[derive(Clone, Copy, Debug, Default)]
pub struct CookieServiceProvider;

impl ServiceProvider for CookieServiceProvider {
    async fn register(&self, app: &Application) -> Result<()> {
        let config = app.try_config::<SessionConfig>().unwrap_or_default();
        app.middleware(|middleware| middleware.alias("cookies", AddQueuedCookies::new(&config)));
        Ok(())
    }
}
