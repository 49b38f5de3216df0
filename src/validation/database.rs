//! Rules that have to wait.

use std::future::Future;

use garde::{Report, Validate};

use super::Errors;
use crate::http::{HttpRequest, Result};

/// Rules of a form that have to wait for something, such as a database.
///
/// They run after the rules of garde, and only if all of those passed. A form that has them says so in
/// `#[garde(context(HttpRequest))]`; they cannot be forgotten then, and custom rules of garde get the request as well.
///
/// ```
/// use lunox::prelude::*;
/// use serde::Deserialize;
///
/// #[derive(Deserialize, Validate)]
/// #[garde(context(HttpRequest))]
/// struct NewUser {
///     #[garde(email)]
///     email: String,
/// }
///
/// impl DatabaseRules for NewUser {
///     async fn check(&self, _req: &HttpRequest, errors: &mut Errors) -> Result<()> {
///         if is_taken(&self.email).await? {
///             errors.add("email", "The email has already been taken.");
///         }
///         Ok(())
///     }
/// }
/// # async fn is_taken(_: &str) -> Result<bool> { Ok(true) }
/// ```
///
/// Without the context there are no such rules:
///
/// ```compile_fail,E0271
/// # use lunox::prelude::*;
/// #[derive(serde::Deserialize, Validate)]
/// struct NewUser {
///     #[garde(email)]
///     email: String,
/// }
///
/// impl DatabaseRules for NewUser {
///     async fn check(&self, _: &HttpRequest, _: &mut Errors) -> Result<()> {
///         Ok(())
///     }
/// }
/// ```
///
/// And without the rules the form cannot be validated:
///
/// ```compile_fail,E0277
/// # use lunox::prelude::*;
/// #[derive(serde::Deserialize, Validate)]
/// #[garde(context(HttpRequest))]
/// struct NewUser {
///     #[garde(email)]
///     email: String,
/// }
///
/// async fn store(req: HttpRequest) -> Result<NewUser> {
///     req.validate().await
/// }
/// ```
pub trait DatabaseRules: Validate<Context = HttpRequest> {
    /// Adds what is wrong to the errors.
    ///
    /// # Errors
    /// When it cannot be found out; the visitor gets that error, and not a message about the form.
    fn check(
        &self,
        req: &HttpRequest,
        errors: &mut Errors,
    ) -> impl Future<Output = Result<()>> + Send;
}

/// What the rules of a form are given: nothing, or the request.
///
/// It is implemented for `()`, the context of a form that says nothing, and for [`HttpRequest`], the context of forms
/// that have [`DatabaseRules`].
#[diagnostic::on_unimplemented(
    message = "`{T}` cannot be validated with the context `{Self}`",
    label = "the context of `{T}` is neither `()` nor an `HttpRequest` with `DatabaseRules`",
    note = "a form with `#[garde(context(HttpRequest))]` has `impl DatabaseRules for {T}`; other forms have no context"
)]
pub trait RuleContext<T> {
    #[doc(hidden)]
    fn report(form: &T, req: &HttpRequest) -> Option<Report>;

    #[doc(hidden)]
    fn check(
        form: &T,
        req: &HttpRequest,
        errors: &mut Errors,
    ) -> impl Future<Output = Result<()>> + Send;
}

impl<T: Validate<Context = ()> + Sync> RuleContext<T> for () {
    fn report(form: &T, _: &HttpRequest) -> Option<Report> {
        form.validate_with(&()).err()
    }

    async fn check(_: &T, _: &HttpRequest, _: &mut Errors) -> Result<()> {
        Ok(())
    }
}

impl<T: DatabaseRules + Sync> RuleContext<T> for HttpRequest {
    fn report(form: &T, req: &HttpRequest) -> Option<Report> {
        form.validate_with(req).err()
    }

    async fn check(form: &T, req: &HttpRequest, errors: &mut Errors) -> Result<()> {
        form.check(req, errors).await
    }
}
