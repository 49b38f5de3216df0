//! Answering with a view.

use std::sync::Arc;

use serde::Serialize;

use super::Views;
use crate::error::Error;
use crate::http::{HttpRequest, IntoResponse, Response, html, request};
use crate::routing::{Group, RouteHandle, Router};

/// Answers with a template: `view("photos.show", context! { photo => photo })`.
///
/// A missing or broken template is a 500, with its file and line in the log.
///
/// # Panics
/// Outside a request.
#[track_caller]
pub fn view(name: &str, data: impl Serialize) -> Response {
    render(&request(), name, data)
}

/// Answers with a template and another status than 200.
///
/// # Panics
/// Outside a request, and when the number is not a status.
#[track_caller]
pub fn view_with_status(status: u16, name: &str, data: impl Serialize) -> Response {
    view(name, data).status(status)
}

#[track_caller]
fn render(req: &HttpRequest, name: &str, data: impl Serialize) -> Response {
    let views = match req.container().make::<Views>() {
        Ok(views) => views,
        Err(error) => {
            return Error::with_source(
                500,
                format!("{error}; add ViewServiceProvider to the providers in config/app.rs"),
            )
            .into_response();
        }
    };
    match views.render(name, data) {
        Ok(page) => html(page),
        Err(mut problem) => {
            let excerpt = problem.excerpt.take();
            let error = Error::with_source(500, problem);
            match excerpt {
                Some(excerpt) => error.with_excerpt(*excerpt),
                None => error,
            }
            .into_response()
        }
    }
}

macro_rules! views_of {
    ($on:ty) => {
        impl $on {
            /// Answers `GET` with a template that needs no data: `route.view("/about", "about")`.
            #[track_caller]
            pub fn view(&mut self, uri: &str, name: &str) -> RouteHandle<'_> {
                let name: Arc<str> = name.into();
                self.get(uri, move |req: HttpRequest| {
                    let name = Arc::clone(&name);
                    async move { render(&req, &name, ()) }
                })
            }
        }
    };
}

views_of!(Router);
views_of!(Group<'_>);
