//! The error of a request.

use std::fmt;

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde_json::Value;

use super::{BoxError, Excerpt, Place};

/// What an action returns when it cannot answer.
///
/// Every `std::error::Error` converts into one with `?`, as a 500 whose text the visitor never sees. (An error of sqlx
/// that says that the database cannot be reached, or has no connection left, is a 503.)
///
/// ```
/// use lunox::Error;
///
/// let error = Error::new(404, "no such post");
/// assert_eq!(error.status(), 404);
///
/// fn parse(text: &str) -> Result<u8, Error> {
///     Ok(text.parse()?)
/// }
/// let error = parse("x").unwrap_err();
/// assert_eq!((error.status().as_u16(), error.message()), (500, None));
/// ```
pub struct Error(Box<Inner>);

struct Inner {
    status: StatusCode,
    message: Option<String>,
    source: Option<BoxError>,
    headers: HeaderMap,
    details: Option<Value>,
    place: Option<Place>,
    excerpt: Option<Excerpt>,
    unfinished: Option<Unfinished>,
}

/// Why an action has no end.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Unfinished {
    Panicked,
    #[cfg(feature = "framework")]
    TimedOut,
}

impl Error {
    /// An error with a message that the visitor may read.
    ///
    /// A number that is no HTTP status counts as 500.
    #[track_caller]
    pub fn new(status: u16, message: impl Into<String>) -> Self {
        let mut error = Self::of(status, None);
        error.0.message = Some(message.into());
        error
    }

    /// An error whose cause is for the log alone.
    #[track_caller]
    pub fn with_source(status: u16, source: impl Into<BoxError>) -> Self {
        Self::of(status, Some(source.into()))
    }

    /// The error that stands for an action that panicked, at the place of the panic.
    #[cfg(feature = "framework")]
    pub(crate) fn panicked(message: &str) -> Self {
        let mut error = Self::of(500, Some(format!("panicked: {message}").into()));
        error.0.unfinished = Some(Unfinished::Panicked);
        error.0.place = super::panic_place::place_of_panic(message);
        error
    }

    /// The error that stands for an action that was dropped because it took too long.
    #[cfg(feature = "framework")]
    pub(crate) fn timed_out(after: std::time::Duration) -> Self {
        let what = format!(
            "the action took longer than `request_timeout` allows, {after:?}, and was dropped"
        );
        let mut error = Self::of(503, Some(what.into()));
        error.0.unfinished = Some(Unfinished::TimedOut);
        error
    }

    #[track_caller]
    fn of(status: u16, source: Option<BoxError>) -> Self {
        let status = StatusCode::from_u16(status)
            .ok()
            .filter(|status| status.is_client_error() || status.is_server_error())
            .unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Self(Box::new(Inner {
            status,
            message: None,
            source,
            headers: HeaderMap::new(),
            details: None,
            place: Place::of_caller(),
            excerpt: None,
            unfinished: None,
        }))
    }

    /// Adds a message that the visitor may read.
    #[must_use]
    pub fn message_for_visitor(mut self, message: impl Into<String>) -> Self {
        self.0.message = Some(message.into());
        self
    }

    /// Adds a header to the response: `.header("retry-after", "60")`.
    ///
    /// A value with a line break or another control character makes the error a 500, as with a response.
    #[must_use]
    #[track_caller]
    pub fn header(
        mut self,
        name: impl TryInto<HeaderName>,
        value: impl TryInto<HeaderValue>,
    ) -> Self {
        let (Ok(name), Ok(value)) = (name.try_into(), value.try_into()) else {
            return Self::with_source(
                500,
                "a header of an error cannot be sent: its name or value has a character that headers may not have",
            );
        };
        self.0.headers.insert(name, value);
        self
    }

    /// Adds what a JSON client finds under `errors`.
    #[must_use]
    pub fn details(mut self, details: Value) -> Self {
        self.0.details = Some(details);
        self
    }

    /// Adds lines of a file for the debug page: those of a broken template.
    #[must_use]
    pub fn with_excerpt(mut self, excerpt: Excerpt) -> Self {
        self.0.excerpt = Some(excerpt);
        self
    }

    /// Says where it comes from, unless that is known.
    #[cfg(feature = "framework")]
    #[must_use]
    pub(crate) fn or_at(mut self, place: Option<&Place>) -> Self {
        if self.0.place.is_none() {
            self.0.place = place.cloned();
        }
        self
    }

    /// The status of the response.
    pub fn status(&self) -> StatusCode {
        self.0.status
    }

    /// The message for the visitor, if the error has one of its own.
    pub fn message(&self) -> Option<&str> {
        self.0.message.as_deref()
    }

    /// The cause, for the log.
    pub fn source(&self) -> Option<&(dyn std::error::Error + Send + Sync + 'static)> {
        self.0.source.as_deref()
    }

    /// Headers that the response carries.
    pub fn headers(&self) -> &HeaderMap {
        &self.0.headers
    }

    /// What a JSON client finds under `errors`.
    pub fn error_details(&self) -> Option<&Value> {
        self.0.details.as_ref()
    }

    /// Where in the application the error comes from: the line that made it, that panicked, or that lunox failed for.
    ///
    /// It is never a line of lunox itself. An error of lunox that no line asked for, such as a body that is too large,
    /// has the line of its route once it is rendered; a 404 for a path without a route has none.
    pub fn place(&self) -> Option<&Place> {
        self.0.place.as_ref()
    }

    /// Lines of a file that show what is wrong.
    pub fn excerpt(&self) -> Option<&Excerpt> {
        self.0.excerpt.as_ref()
    }

    /// Whether the action panicked.
    pub fn is_panic(&self) -> bool {
        self.0.unfinished == Some(Unfinished::Panicked)
    }

    /// Whether the action was dropped because it took longer than `request_timeout`.
    #[cfg(feature = "framework")]
    pub fn is_timeout(&self) -> bool {
        self.0.unfinished == Some(Unfinished::TimedOut)
    }
}

impl<E: std::error::Error + Send + Sync + 'static> From<E> for Error {
    #[track_caller]
    fn from(source: E) -> Self {
        #[cfg(feature = "database")]
        let status = super::database::status(&source);
        #[cfg(not(feature = "database"))]
        let status = 500;
        Self::with_source(status, source)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.0.message, &self.0.source) {
            (Some(message), _) => f.write_str(message),
            (None, Some(source)) => source.fmt(f),
            (None, None) => f.write_str(self.0.status.canonical_reason().unwrap_or("error")),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.headline(f)?;
        for error in self.causes() {
            write!(f, ": {error}")?;
        }
        Ok(())
    }
}

impl Error {
    /// The source, its source, and so on.
    pub fn causes(&self) -> impl Iterator<Item = &(dyn std::error::Error + 'static)> {
        let source = self.source().map(|source| source as &(dyn std::error::Error + 'static));
        std::iter::successors(source, |error| error.source())
    }

    /// Status, place and message, without the causes.
    fn headline(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { status, message, place, .. } = &*self.0;
        write!(f, "{}", status.as_u16())?;
        if let Some(place) = place {
            write!(f, " at {place}")?;
        }
        if let Some(message) = message {
            write!(f, ": {message}")?;
        }
        Ok(())
    }
}

/// As the cause of another error, for example with `?` in a factory of the container.
impl From<Error> for BoxError {
    fn from(error: Error) -> Self {
        Box::new(Cause(error))
    }
}

/// An [`Error`] as a `std::error::Error`, which it cannot be itself: all of those convert into it.
#[derive(Debug)]
struct Cause(Error);

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.headline(f)
    }
}

impl std::error::Error for Cause {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.causes().next()
    }
}

/// Ends the action with a status: `return abort(404);`.
///
/// # Errors
/// Always; that is its purpose.
#[track_caller]
pub fn abort<T>(status: u16) -> Result<T, Error> {
    Err(Error::of(status, None))
}

/// Ends the action with a status and a message that the visitor may read.
///
/// # Errors
/// Always.
#[track_caller]
pub fn abort_with<T>(status: u16, message: impl Into<String>) -> Result<T, Error> {
    Err(Error::new(status, message))
}

/// Ends the action with a status when `condition` holds: `abort_if(post.draft, 404)?;`.
///
/// # Errors
/// When `condition` is true.
#[track_caller]
pub fn abort_if(condition: bool, status: u16) -> Result<(), Error> {
    if condition { Err(Error::of(status, None)) } else { Ok(()) }
}

/// Ends the action with a status unless `condition` holds.
///
/// # Errors
/// When `condition` is false.
#[track_caller]
pub fn abort_unless(condition: bool, status: u16) -> Result<(), Error> {
    abort_if(!condition, status)
}
