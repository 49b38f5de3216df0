//! Errors as pages.

#[cfg(feature = "views")]
use serde_json::json;

use super::debug_page::{Secrets, page};
use crate::error::Error;
use crate::foundation::{AppConfig, Application};
use crate::http::input::accepts_html;
use crate::http::{
    ErrorRenderer, HttpRequest, IntoResponse, Response, error_json, error_page, public_message,
};

/// Renders errors: by the [hooks](crate::foundation::ErrorHooks) of the application, else with its own pages:
/// `resources/views/errors/404.html`, else `4xx.html` or `5xx.html`, else a plain page for browsers and a line of text for
/// others. JSON when the client expects it.
///
/// Where the environment is local and `debug` is on, and only there, browsers get the debug page instead, and other
/// clients the causes, without the secrets that are known.
pub struct ViewErrors {
    app: Application,
}

impl ViewErrors {
    /// Renders for this application.
    pub fn new(app: Application) -> Self {
        Self { app }
    }

    fn debug(&self) -> bool {
        self.app.is_local() && self.app.try_config::<AppConfig>().is_some_and(|app| app.debug)
    }

    /// The page, the JSON or the text for a developer.
    fn debugging(&self, error: &Error, req: &HttpRequest) -> Response {
        if !req.expects_json() && accepts_html(req.header("accept")) {
            let template = self.template(error);
            let visitors_see = template.map_or_else(
                || "a plain page".to_owned(),
                |name| format!("resources/views/{}.html", name.replace('.', "/")),
            );
            return page(&self.app, error, req, &visitors_see);
        }
        let secrets = Secrets::of(&self.app, req);
        let text = secrets.scrub(&format!("{error:?}")).into_owned();
        if !req.expects_json() {
            return format!("{text}\n").into_response();
        }
        let mut body = error_json(error);
        body["debug"] = text.into();
        crate::http::json(body)
    }

    /// The name of the template for an error, if the application has one.
    #[cfg(feature = "views")]
    fn template(&self, error: &Error) -> Option<String> {
        let views = self.app.make::<crate::view::Views>().ok()?;
        let status = error.status().as_u16();
        let kind = format!("errors.{}xx", status / 100);
        [format!("errors.{status}"), kind].into_iter().find(|name| views.exists(name))
    }

    #[cfg(not(feature = "views"))]
    fn template(&self, _: &Error) -> Option<String> {
        None
    }

    #[cfg(feature = "views")]
    fn page(&self, error: &Error) -> Option<Response> {
        let name = self.template(error)?;
        let data = json!({
            "status": error.status().as_u16(),
            "title": crate::http::reason(error.status()),
            "message": public_message(error),
        });
        match self.app.make::<crate::view::Views>().ok()?.render(&name, &data) {
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
}

impl ErrorRenderer for ViewErrors {
    fn render(&self, error: &Error, req: &HttpRequest) -> Response {
        if let Some(response) = self.app.error_hooks().answer(error, req) {
            return response;
        }
        if self.debug() {
            return self.debugging(error, req);
        }
        if req.expects_json() {
            return crate::http::json(error_json(error));
        }
        self.page(error)
            .unwrap_or_else(|| error_page(error.status(), public_message(error), req.headers()))
    }
}
