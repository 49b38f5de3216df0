//! How much is allowed.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::http::{HttpRequest, IntoResponse, Response};

type After = Arc<dyn Fn(&Response) -> bool + Send + Sync>;
type Refusal = Arc<dyn Fn(&HttpRequest) -> Response + Send + Sync>;

/// How many requests are allowed in a window, and to whom.
#[derive(Clone)]
pub struct Limit {
    pub(super) max: u32,
    pub(super) window: Duration,
    pub(super) key: String,
    pub(super) after: Option<After>,
    pub(super) refusal: Option<Refusal>,
}

impl Limit {
    /// So many requests in a window of this length. Without [`by`](Limit::by) all visitors share them.
    pub fn new(max: u32, window: Duration) -> Self {
        Self { max, window, key: String::new(), after: None, refusal: None }
    }

    /// So many requests in a minute.
    pub fn per_minute(max: u32) -> Self {
        Self::new(max, Duration::from_secs(60))
    }

    /// So many requests in an hour.
    pub fn per_hour(max: u32) -> Self {
        Self::new(max, Duration::from_secs(60 * 60))
    }

    /// So many requests in a day.
    pub fn per_day(max: u32) -> Self {
        Self::new(max, Duration::from_secs(24 * 60 * 60))
    }

    /// Counts those with the same key together, such as the user's id or [`visitor`](super::visitor).
    #[must_use]
    pub fn by(mut self, key: impl Into<String>) -> Self {
        self.key = key.into();
        self
    }

    /// Counts those requests alone whose response this says yes to: answers of 404, say, which somebody who guesses
    /// addresses gets.
    ///
    /// They count when they are answered, so requests that run at once may be more than the limit.
    ///
    /// ```
    /// use lunox::prelude::*;
    /// use lunox::throttle::{Limit, visitor};
    ///
    /// fn guesses(req: &HttpRequest) -> Limit {
    ///     Limit::per_minute(10).by(visitor(req)).after(|response| response.status_code() == 404)
    /// }
    /// ```
    #[must_use]
    pub fn after(mut self, counts: impl Fn(&Response) -> bool + Send + Sync + 'static) -> Self {
        self.after = Some(Arc::new(counts));
        self
    }

    /// Answers requests beyond this limit so, in place of the page for 429. A response of status 200 becomes a 429, and the headers of
    /// the limit are added.
    #[must_use]
    pub fn response<R: IntoResponse>(
        mut self,
        refusal: impl Fn(&HttpRequest) -> R + Send + Sync + 'static,
    ) -> Self {
        self.refusal = Some(Arc::new(move |req| refusal(req).into_response()));
        self
    }
}

impl fmt::Debug for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { max, window, key, .. } = self;
        f.debug_struct("Limit")
            .field("max", max)
            .field("window", window)
            .field("key", key)
            .finish_non_exhaustive()
    }
}

/// What a named limiter returns: one limit, several of which each counts, or none.
pub trait IntoLimits {
    /// The limits.
    fn into_limits(self) -> Vec<Limit>;
}

impl IntoLimits for Limit {
    fn into_limits(self) -> Vec<Limit> {
        vec![self]
    }
}

impl IntoLimits for Option<Limit> {
    fn into_limits(self) -> Vec<Limit> {
        self.into_iter().collect()
    }
}

impl IntoLimits for Vec<Limit> {
    fn into_limits(self) -> Vec<Limit> {
        self
    }
}
