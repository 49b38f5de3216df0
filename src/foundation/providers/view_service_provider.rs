//! Wires up views.

use std::panic::Location;
use std::sync::Arc;

use crate::error::BootProblem;
use crate::foundation::{Application, ServiceProvider};
use crate::http::Result;
use crate::support::place;
use crate::view::{ViewConfig, Views};

/// Binds the [`Views`] that read `config/view.rs`; errors are then shown as pages too.
#[derive(Clone, Copy, Debug, Default)]
pub struct ViewServiceProvider;

impl ServiceProvider for ViewServiceProvider {
    async fn register(&self, app: &Application) -> Result<()> {
        let config = app.try_config::<ViewConfig>().unwrap_or_default();
        let views = Views::new(&config);
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
        let url = app.try_config::<ViewConfig>().and_then(|config| config.asset_url.clone());
        if let Some(url) = url.filter(|url| !is_root_of_assets(url)) {
            let what =
                format!("`asset_url` is `{url}`: browsers would look for it below each page");
            app.report_problem(
                BootProblem::new("config/view.rs", what)
                    .cure("write scheme and host, such as https://cdn.example, in ASSET_URL"),
            );
        }
        Ok(())
    }
}

/// Whether a path behind it leads to the same file from every page.
fn is_root_of_assets(url: &str) -> bool {
    ["https://", "http://", "/"].iter().any(|start| url.starts_with(start))
}

impl Application {
    /// Adds functions and data that all templates have: in a provider's `boot`,
    /// `app.view(|views| views.share("year", 2026));`.
    ///
    /// Without `ViewServiceProvider`, or before its `register`, it is a boot error.
    #[track_caller]
    pub fn view(&self, change: impl FnOnce(&Views)) {
        match self.make::<Views>() {
            Ok(views) => change(&views),
            Err(_) => self.report_problem(
                BootProblem::new(place(Location::caller()), "app.view() needs ViewServiceProvider, which has not been registered")
                    .cure("add ViewServiceProvider to the providers in config/app.rs, and call app.view() in a provider's boot()"),
            ),
        }
    }
}
