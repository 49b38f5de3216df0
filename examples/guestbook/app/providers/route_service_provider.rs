//! Puts the files of `routes/` under their middleware.

use lunox::prelude::*;

use crate::http::kernel;
use crate::routes::{api, web};

pub struct RouteServiceProvider;

impl ServiceProvider for RouteServiceProvider {
    async fn boot(&self, app: &Application) -> Result<()> {
        app.middleware(kernel::middleware);
        app.router().middleware("web").group(web::routes);
        app.router().prefix("/api").middleware("api").group(api::routes);
        Ok(())
    }
}
