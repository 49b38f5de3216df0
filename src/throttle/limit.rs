//! How much is allowed.

use std::time::Duration;

/// How many requests are allowed in a window, and to whom.
#[derive(Clone, Debug)]
pub struct Limit {
    pub(super) max: u32,
    pub(super) window: Duration,
    pub(super) key: String,
}

impl Limit {
    /// So many requests in a window of this length. Without [`by`](Limit::by) all visitors share them.
    pub fn new(max: u32, window: Duration) -> Self {
        Self { max, window, key: String::new() }
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
