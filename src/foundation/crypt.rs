//! The application's keys in the container, and encrypting under them from anywhere.

use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{AppConfig, Application, app};
use crate::encryption::Keyring;
use crate::http::Result;
use crate::routing::UrlSigner;

/// Binds the [`Keyring`] of `config/app.rs`, and what signs URLs with it.
pub(super) fn bind(app: &Application) {
    let config = app.try_config::<AppConfig>().unwrap_or_default();
    app.singleton::<Keyring>(move |_| match &config.key {
        Some(key) => Ok(Keyring::new(key.clone(), config.previous_keys.clone())),
        None => Err("APP_KEY is not set; run `cargo artisan key:generate`".into()),
    });
    let clock = Arc::clone(app.clock());
    app.singleton::<UrlSigner>(move |container| {
        Ok(UrlSigner::new(&*container.make::<Keyring>()?, Arc::clone(&clock)))
    });
}

/// Encrypts a value under the application's key, as text for a URL, a column or a cookie.
///
/// [`decrypt`] reads it back. The text is another one each time, so it cannot be searched for. A provider or a command
/// that has the [`Application`] calls [`Keyring::encrypt`] of `app.make::<Keyring>()?`.
///
/// ```
/// use lunox::prelude::*;
///
/// async fn invite(req: HttpRequest) -> Result {
///     let ticket = encrypt(&req.string("email"))?;
///     Ok(redirect(format!("/join?ticket={ticket}")).into_response())
/// }
/// ```
///
/// # Errors
/// 500 when `APP_KEY` is not set or the value cannot be JSON.
///
/// # Panics
/// As [`app()`](app).
#[track_caller]
pub fn encrypt(value: &(impl Serialize + ?Sized)) -> Result<String> {
    Ok(app().make::<Keyring>()?.encrypt(value)?)
}

/// Decrypts what [`encrypt`] returned, under `APP_KEY` or one of `APP_PREVIOUS_KEYS`.
///
/// ```
/// use lunox::prelude::*;
///
/// async fn join(req: HttpRequest) -> Result {
///     // A ticket that was changed is the visitor's fault, not ours.
///     let Ok(email) = decrypt::<String>(&req.string("ticket")) else { return abort(403) };
///     Ok(email.into_response())
/// }
/// ```
///
/// # Errors
/// 500, whose cause says whether the text was changed, was encrypted under another key, or holds another type.
///
/// # Panics
/// As [`app()`](app).
#[track_caller]
pub fn decrypt<T: DeserializeOwned>(text: &str) -> Result<T> {
    Ok(app().make::<Keyring>()?.decrypt(text)?)
}
