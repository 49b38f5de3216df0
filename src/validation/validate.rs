//! From input to a form, or to everything that is wrong with it.

use std::future::Future;

use garde::{Path, Report, Validate};
use serde::de::DeserializeOwned;

use super::messages::{Unit, about, about_shape};
use super::rules::{failed, with_marks};
use super::{Errors, RuleContext, ValidationConfig};
use crate::http::input::{Collected, collect};
use crate::http::{HttpRequest, Result};

impl HttpRequest {
    /// The whole input, files included, as a form whose rules hold.
    ///
    /// ```
    /// # use lunox::prelude::*;
    /// # use serde::Deserialize;
    /// #[derive(Deserialize, Validate)]
    /// struct NewPost {
    ///     #[garde(length(chars, min = 3))]
    ///     title: String,
    /// }
    ///
    /// async fn store(req: HttpRequest) -> Result {
    ///     let post: NewPost = req.validate().await?;
    ///     Ok(post.title.into_response())
    /// }
    /// ```
    ///
    /// # Errors
    /// 422 with every message: about types, about rules, and, once all of these hold, about
    /// [`DatabaseRules`](super::DatabaseRules). For a page it is answered with a redirect back to the form. 415 instead
    /// if there is a body of a content type that is not read as input. In a middleware, those of [`read_body`](HttpRequest::read_body) as well.
    pub fn validate<T>(&self) -> impl Future<Output = Result<T>> + Send
    where
        T: DeserializeOwned + Validate<Context: RuleContext<T>> + Send + Sync,
    {
        self.validate_with_bag("default")
    }

    /// As [`validate`](HttpRequest::validate), for a page with several forms: it finds the errors in `errors.{bag}`.
    ///
    /// # Errors
    /// As [`validate`](HttpRequest::validate).
    pub async fn validate_with_bag<T>(&self, bag: &str) -> Result<T>
    where
        T: DeserializeOwned + Validate<Context: RuleContext<T>> + Send + Sync,
    {
        self.read_body().await?;
        let (form, mut errors) = read::<T>(self, Errors::new().bag(bag));
        if let (Some(form), true) = (form, errors.is_empty()) {
            T::Context::check(&form, self, &mut errors).await?;
            if errors.is_empty() {
                return Ok(form);
            }
        }
        Err(self.unread_type().unwrap_or_else(|| errors.into()))
    }
}

/// The form, perhaps with stand-ins, and what serde and garde have to say about it.
fn read<T>(req: &HttpRequest, mut errors: Errors) -> (Option<T>, Errors)
where
    T: DeserializeOwned + Validate<Context: RuleContext<T>>,
{
    let config = req.container().make::<ValidationConfig>().ok();
    let config = config.map(|config| *config).unwrap_or_default();
    let mut collected = collected::<T>(req);
    for misfit in &collected.misfits {
        errors
            .add(field_or_input(&misfit.field), about_shape(&config, &misfit.field, &misfit.text));
    }
    let form = collected.value.take();
    if let Some(form) = &form
        && let Some(report) = with_marks(|| T::Context::report(form, req))
    {
        add_report(&report, &collected, &config, &mut errors);
    }
    // Without a form there are errors, even if none has been noted.
    if form.is_none() && errors.is_empty() {
        errors.add("input", "The input is not valid.");
    }
    (form, errors)
}

#[cfg(feature = "uploads")]
fn collected<T: DeserializeOwned>(req: &HttpRequest) -> Collected<T> {
    let files: Vec<_> = req.files().collect();
    let names: Vec<&str> = files.iter().map(|(name, _)| *name).collect();
    let files = files.iter().map(|(_, file)| (*file).clone()).collect();
    crate::http::uploads::with_files(files, || collect(req.all(), &names))
}

#[cfg(not(feature = "uploads"))]
fn collected<T: DeserializeOwned>(req: &HttpRequest) -> Collected<T> {
    collect(req.all(), &[])
}

/// Adds what garde says about values that were sent, and not about stand-ins.
fn add_report<T>(
    report: &Report,
    collected: &Collected<T>,
    config: &ValidationConfig,
    errors: &mut Errors,
) {
    for (path, error) in report.iter() {
        let failed = failed(error);
        let (field, sure) = collected.field(names(path).iter().map(String::as_str));
        let around = field.rsplit_once('.').map_or("", |(around, _)| around);
        let about_stand_in = collected.stands_in(&field)
            || (!sure && collected.stands_in_below(around))
            || (failed.rule == "custom" && collected.stands_in_below(&field))
            || (failed.rule == "matches" && {
                let other = names(path).into_iter().rev().skip(1).rev();
                let other: Vec<String> = other.chain([failed.value.to_owned()]).collect();
                collected.stands_in(&collected.field(other.iter().map(String::as_str)).0)
            });
        if !about_stand_in {
            let unit = Unit::of(&failed, collected.sent(&field), collected.is_file(&field));
            errors.add(field_or_input(&field), about(config, &field, &failed, unit));
        }
    }
}

/// The steps of a path of garde, which it writes as `items[0].price`.
fn names(path: &Path) -> Vec<String> {
    let dotted = path.to_string().replace('[', ".").replace(']', "");
    dotted.split('.').filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

fn field_or_input(field: &str) -> &str {
    if field.is_empty() { "input" } else { field }
}
