//! What this application adds to the container.

use lunox::prelude::*;

pub struct AppServiceProvider;

impl ServiceProvider for AppServiceProvider {
    /// Binds things: `app.singleton::<Mailer>(|app| Ok(Mailer::new(app.make()?)))`.
    async fn register(&self, _app: &Application) -> Result<()> {
        Ok(())
    }

    /// Uses what anyone bound. All providers are registered before the first one boots.
    async fn boot(&self, _app: &Application) -> Result<()> {
        Ok(())
    }
}
