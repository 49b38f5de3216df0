//! Wires up views.

use std::sync::Arc;

use crate::foundation::{Application, ServiceProvider};
use crate::http::Result;
use crate::view::{ViewConfig, Views};

/// Binds the [`Views`] that read `config/view.rs`; errors are then shown as pages too.
#[derive(Clone, Copy, Debug, Default)]
pub struct ViewServiceProvider;

impl ServiceProvider for ViewServiceProvider {
    async fn register(&self, app: &Application) -> Result<()> {
        let config = app.try_config::<ViewConfig>().unwrap_or_default();
        let mut views = Views::new(&config);
        let values = app.clone();
        views.function("config", move |name: String| {
            minijinja::Value::from(minijinja::value::Serde(values.config_value(&name)))
        });
        app.instance::<Views>(Arc::new(views));
        Ok(())
    }

    async fn boot(&self, app: &Application) -> Result<()> {
        for problem in app.make::<Views>()?.check() {
            app.report_problem(problem);
        }
        Ok(())
    }
}
