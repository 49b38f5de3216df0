//! What a request may cost.

use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;

/// How much of a request's body is accepted. Sizes are in bytes.
///
/// `config/http.rs` sets them for all routes. A route or a group changes them for itself:
///
/// ```
/// use lunox::prelude::*;
///
/// fn routes(route: &mut Router) {
///     route.post("/videos", async || "stored").middleware("auth").limits(|limits| {
///         limits.file = 500 << 20;
///         limits.upload = 501 << 20;
///     });
///     route.prefix("/api").limits(|limits| limits.body = 16 << 10).group(|route| {
///         route.post("/notes", async || "noted");
///     });
/// }
/// ```
///
/// The body is read after the middleware, so that these 500 MiB are for members only. A form that names its method
/// with `_method` is read before, within the largest limits of the routes of its path, and so is one whose browser does not
/// say where it comes from, for its CSRF token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Limits {
    /// The largest body that is not a multipart form, and the most text in the fields of one, in one or in all
    /// together. Default: 2 MiB.
    pub body: u64,
    /// The largest multipart form, files included. Default: 20 MiB.
    pub upload: u64,
    /// The largest single uploaded file. Default: 10 MiB.
    pub file: u64,
    /// The most fields of a form, or parts of a multipart form. Default: 1,000.
    pub fields: usize,
    /// The most values in JSON: members of objects and elements of lists, all together. Default: 10,000, which take at
    /// most 10 MB once they are parsed.
    pub json_values: usize,
    /// The longest time that an action may take until it returns its response. Default: 60 seconds; zero turns the limit off.
    ///
    /// It counts from when the action begins: not the middleware, not the body, which has limits of its own, and not what the
    /// response then sends, such as a download or a stream of events. An action that takes longer is dropped where it waits,
    /// as when its client leaves, and answered with 503. Its session is as after a panic: what the action has changed in it is not stored, while
    /// a login, logout or new token that it asked for ends the old token.
    ///
    /// An action that never waits, as one that computes, is not stopped; nor is what it has started with `spawn`.
    #[serde(serialize_with = "crate::support::duration::serialize")]
    pub request_timeout: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body: 2 << 20,
            upload: 20 << 20,
            file: 10 << 20,
            fields: 1_000,
            json_values: 10_000,
            request_timeout: Duration::from_secs(60),
        }
    }
}

/// A change of the limits for some routes.
pub(crate) type ChangeLimits = Arc<dyn Fn(&mut Limits) + Send + Sync>;

impl Limits {
    /// The larger of each.
    pub(crate) fn largest(self, other: Self) -> Self {
        Self {
            body: self.body.max(other.body),
            upload: self.upload.max(other.upload),
            file: self.file.max(other.file),
            fields: self.fields.max(other.fields),
            json_values: self.json_values.max(other.json_values),
            ..self
        }
    }

    /// What makes no sense in limits that were changed from these, and the cure.
    pub(crate) fn problem(&self, from: &Self) -> Option<(String, &'static str)> {
        let all = [
            ("body", self.body),
            ("upload", self.upload),
            ("file", self.file),
            ("fields", self.fields as u64),
            ("json_values", self.json_values as u64),
        ];
        if let Some((name, _)) = all.into_iter().find(|(_, limit)| *limit == 0) {
            let what = format!("`limits.{name}` is 0, which accepts nothing");
            return Some((
                what,
                "set it to the most that the route has to accept; no number means unlimited",
            ));
        }
        (self.file > self.upload && self.file != from.file).then(|| {
            let what = format!(
                "`limits.file` is {}, but the form around a file may have {} bytes at most",
                self.file, self.upload
            );
            (what, "set `limits.upload` to more than `limits.file`")
        })
    }
}
