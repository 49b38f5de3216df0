//! Wires up cookies.

use crate::foundation::{AppConfig, Application, ServiceProvider};
use crate::http::{BoxMiddleware, Result};
use crate::routing::ParameterError;
use crate::session::SessionConfig;
use crate::web::{AddQueuedCookies, EncryptCookies};

/// Names the middleware `cookies`, which sends what [`cookies().queue(...)`](crate::web::cookies) queued, and
/// `encrypt_cookies`.
#[derive(Clone, Copy, Debug, Default)]
pub struct CookieServiceProvider;

impl ServiceProvider for CookieServiceProvider {
    async fn register(&self, app: &Application) -> Result<()> {
        let config = app.try_config::<SessionConfig>().unwrap_or_default();
        let has_key = app.try_config::<AppConfig>().is_some_and(|app| app.key.is_some());
        let encrypt = BoxMiddleware::new(EncryptCookies::new());
        app.middleware(|middleware| {
            middleware.alias("cookies", AddQueuedCookies::new(&config));
            middleware.alias_with("encrypt_cookies", move |parameters| match parameters {
                [] if has_key => Ok(encrypt.clone()),
                [] => Err(ParameterError(
                    "APP_KEY is not set; run `cargo artisan key:generate`".to_owned(),
                )),
                _ => Err(ParameterError("it takes no parameters".to_owned())),
            });
        });
        Ok(())
    }
}
