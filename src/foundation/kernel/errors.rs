//! Errors as pages.

#[cfg(feature = "views")]
use serde_json::json;

use crate::error::Error;
use crate::foundation::{AppConfig, Application};
use crate::http::{ErrorRenderer, HttpRequest, Response, error_json, error_page, public_message};

/// Renders errors with the application's own pages: `resources/views/errors/404.html`, else `4xx.html` or
/// `5xx.html`, else a plain page for browsers and a line of text for others. JSON when the client expects it.
///
/// With `debug` on, and only then, the causes are shown, and where the error was made.
pub struct ViewErrors {
    app: Application,
}

impl ViewErrors {
    /// Renders for this application.
    pub fn new(app: Application) -> Self {
        Self { app }
    }

    fn debug(&self) -> bool {
        self.app.try_config::<AppConfig>().is_some_and(|app| app.debug)
    }

    #[cfg(feature = "views")]
    fn page(&self, error: &Error) -> Option<Response> {
        let views = self.app.make::<crate::view::Views>().ok()?;
        let status = error.status().as_u16();
        let kind = format!("errors.{}xx", status / 100);
        let name =
            [format!("errors.{status}"), kind].into_iter().find(|name| views.exists(name))?;
        let data = json!({
            "status": status,
            "title": crate::http::reason(error.status()),
            "message": self.message(error),
        });
        match views.render(&name, &data) {
            Ok(page) => Some(crate::http::html(page)),
            Err(problem) => {
                // The page that shows errors must not hide this one behind another.
                tracing::error!("the error page `{name}` cannot be rendered: {problem}");
                None
            }
        }
    }

    #[cfg(not(feature = "views"))]
    fn page(&self, _: &Error) -> Option<Response> {
        None
    }

    #[cfg(feature = "views")]
    fn message(&self, error: &Error) -> String {
        if self.debug() { format!("{error:?}") } else { public_message(error).to_owned() }
    }
}

impl ErrorRenderer for ViewErrors {
    fn render(&self, error: &Error, req: &HttpRequest) -> Response {
        if let Some(response) = self.app.error_hooks().answer(error, req) {
            return response;
        }
        if req.expects_json() {
            let mut body = error_json(error);
            if self.debug() {
                body["debug"] = format!("{error:?}").into();
            }
            return crate::http::json(body);
        }
        if let Some(page) = self.page(error) {
            return page;
        }
        let cause = self.debug().then(|| format!("{error:?}"));
        error_page(error.status(), public_message(error), cause.as_deref(), req.headers())
    }
}
